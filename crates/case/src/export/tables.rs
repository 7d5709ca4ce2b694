//! The columns of what is exported: one list makes the Parquet schema, the README and the test of the
//! manual.

use std::fmt::Write;

/// What a column holds, and how Parquet has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 64 bits. Unsigned values of the ledger keep their bits.
    Whole,
    /// 32 bits.
    Small,
    Flag,
    /// Microseconds since 1970 UTC.
    Time,
    Text,
    Texts,
    /// SHA-256.
    Digest,
    /// Places of bytes in the evidence.
    Spans,
}

/// A column; one that is not `always` there may be null.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub always: bool,
    pub about: &'static str,
}

const fn always(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, always: true, about }
}
const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, always: false, about }
}

const IMPORT: Column = always("import", Kind::Small, "number of the source, as `casebook info` gives it");
const ROW: Column = always("row", Kind::Whole, "number of the row within its import and table: what the leaf is made with");
const SOURCE: Column =
    always("source_id", Kind::Whole, "the file, volume or member it was read from: `source_id` of sources.parquet");
const PARSER: Column = always("parser", Kind::Text, "what read it; empty for the import itself");
const BASIS: Column =
    maybe("zone_basis", Kind::Text, "what ties the time to UTC: utc, stated, assumed, unknown (then it is the local clock)");
const MINUTES: Column = maybe("zone_minutes", Kind::Small, "minutes east of UTC, where stated or assumed");
const SPANS: Column = always("spans", Kind::Spans, "the bytes that say so: source_id, offset, length");
const LEAF: Column = always("leaf", Kind::Digest, "the row's salted leaf, under the root in the import's entry");
const CONTENT: Column = always("content_leaf", Kind::Digest, "the unsalted leaf, the same on every machine");
const ESCAPED: Column = maybe("escaped", Kind::Texts, "columns of this row whose bytes are not UTF-8, written with escapes");
const DETAIL: Column = maybe("detail", Kind::Text, "further values, canonical JSON");

pub const EVENTS: &[Column] = &[
    always("event_id", Kind::Whole, "import × 2^40 + row: what `casebook prove` takes"),
    IMPORT,
    ROW,
    maybe("time", Kind::Time, "when (`at` in the case, a reserved word of databases); null where the evidence gives no time"),
    maybe("until", Kind::Time, "end of a range of possible times"),
    maybe("precision", Kind::Text, "how fine the evidence records the time"),
    BASIS,
    MINUTES,
    always("action", Kind::Text, "what happened"),
    always("state", Kind::Text, "where the record that says so was found"),
    PARSER,
    SOURCE,
    SPANS,
    maybe("actor", Kind::Text, "who: an account, key, SID or address"),
    maybe("object", Kind::Text, "what was acted on: a path, the target of a request"),
    maybe("subject", Kind::Text, "whom the data is about"),
    maybe("address", Kind::Text, "of a request: its network address"),
    maybe("agent", Kind::Text, "of a request: the user agent"),
    maybe("exposes", Kind::Texts, "of a request: kinds of personal data that the answer exposed"),
    maybe("key", Kind::Text, "of a request: the key it was made with"),
    maybe("method", Kind::Text, "of a request"),
    maybe("protocol", Kind::Text, "of a request"),
    maybe("referrer", Kind::Text, "of a request"),
    maybe("bytes", Kind::Whole, "of a request: bytes of the answer"),
    maybe("status", Kind::Small, "of a request: status of the answer"),
    DETAIL,
    LEAF,
    CONTENT,
    ESCAPED,
];

pub const FILES: &[Column] = &[
    always("file_id", Kind::Whole, "import × 2^40 + row; `casebook prove CASE file:ID`"),
    IMPORT,
    ROW,
    SOURCE,
    always("path", Kind::Text, "from the root of the volume or archive"),
    always("kind", Kind::Text, "file, directory, symbolic link, ..."),
    always("name_state", Kind::Text, "allocated, deleted, trashed"),
    always("record_state", Kind::Text, "allocated, free, reused, unknown"),
    always("content_state", Kind::Text, "intact, partly overwritten, overwritten, unknown"),
    always("from_journal", Kind::Flag, "whether this version comes from a journal"),
    maybe("record", Kind::Whole, "number of the record: MFT record, inode, directory slot, member"),
    maybe("sequence", Kind::Whole, "use of the record, counted"),
    maybe("parent", Kind::Whole, "record of the folder"),
    always("size", Kind::Whole, "bytes"),
    BASIS,
    MINUTES,
    maybe("modified", Kind::Time, "as recorded"),
    maybe("accessed", Kind::Time, "as recorded"),
    maybe("changed", Kind::Time, "as recorded: the record or inode"),
    maybe("created", Kind::Time, "as recorded"),
    maybe("deleted", Kind::Time, "as recorded"),
    SPANS,
    DETAIL,
    LEAF,
    CONTENT,
    ESCAPED,
];

pub const FINDINGS: &[Column] = &[
    always("finding_id", Kind::Whole, "import × 2^40 + row; `casebook prove CASE finding:ID`"),
    IMPORT,
    ROW,
    SOURCE,
    always("severity", Kind::Text, "note, warning, error"),
    PARSER,
    always("code", Kind::Text, "what kind of gap or damage"),
    maybe("place", Kind::Text, "what within the source: a path, a member, a field"),
    maybe("says", Kind::Text, "what was expected and what was found, canonical JSON"),
    always("count", Kind::Whole, "occurrences this row stands for"),
    SPANS,
    LEAF,
    CONTENT,
    ESCAPED,
];

pub const SOURCES: &[Column] = &[
    always("source_id", Kind::Whole, "import × 2^40 + row; `casebook prove CASE source:ID`"),
    IMPORT,
    ROW,
    maybe("parent_id", Kind::Whole, "the source its bytes come from; null for the evidence itself"),
    always("kind", Kind::Text, "raw image, volume, file, archive, ..."),
    always("bytes", Kind::Whole, "length"),
    maybe("sha256", Kind::Digest, "of its bytes, where they were hashed on their own"),
    maybe("blocks_root", Kind::Digest, "root of the tree over its blocks of 4 KiB"),
    always("locator", Kind::Text, "how its bytes come from the parent's, canonical JSON"),
    maybe("codec", Kind::Text, "how they are packed there"),
    DETAIL,
    LEAF,
    CONTENT,
    ESCAPED,
];

/// The Parquet schema of a table.
pub fn schema(name: &str, columns: &[Column]) -> String {
    let mut out = format!("message {name} {{\n");
    for c in columns {
        let rule = if c.always { "required" } else { "optional" };
        let n = c.name;
        let line = match c.kind {
            Kind::Whole => format!("{rule} int64 {n};"),
            Kind::Small => format!("{rule} int32 {n};"),
            Kind::Flag => format!("{rule} boolean {n};"),
            Kind::Time => format!("{rule} int64 {n} (TIMESTAMP(MICROS,true));"),
            Kind::Text => format!("{rule} binary {n} (STRING);"),
            Kind::Digest => format!("{rule} fixed_len_byte_array(32) {n};"),
            Kind::Texts => {
                format!("{rule} group {n} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}")
            }
            Kind::Spans => format!(
                "{rule} group {n} (LIST) {{ repeated group list {{ required group element {{ \
                 required int64 source_id; required int64 offset; required int64 length; }} }} }}"
            ),
        };
        let _ = writeln!(out, "  {line}");
    }
    out.push('}');
    out
}

/// The columns as a table of Markdown.
pub fn described(columns: &[Column]) -> String {
    let mut out = String::from("| column | type | |\n|---|---|---|\n");
    for c in columns {
        let kind = match c.kind {
            Kind::Whole => "INT64",
            Kind::Small => "INT32",
            Kind::Flag => "BOOLEAN",
            Kind::Time => "TIMESTAMP, microseconds, UTC",
            Kind::Text => "STRING",
            Kind::Texts => "LIST of STRING",
            Kind::Digest => "32 bytes",
            Kind::Spans => "LIST of (INT64, INT64, INT64)",
        };
        let null = if c.always { "" } else { ", or null" };
        let _ = writeln!(out, "| `{}` | {kind}{null} | {} |", c.name, c.about);
    }
    out
}

/// Columns of all tables, for the manual.
pub fn manual() -> String {
    let tables = [("events", EVENTS), ("files", FILES), ("findings", FINDINGS), ("sources.parquet", SOURCES)];
    let one = |(name, columns): (&str, &[Column])| format!("### {name}\n\n{}\n", described(columns));
    tables.map(one).concat().trim_end().to_owned() + "\n"
}

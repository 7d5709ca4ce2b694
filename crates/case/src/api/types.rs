//! The only types that cross to the interface. 64-bit integers cross as strings; times cross as
//! text with their zone; paths never cross from the interface: it sends handles the host issued.

use super::acts::{AnnotationAct, CustodyAct};
use super::heads::{DiscloseAsked, HeadAct, Heads, MadeFile};
use super::logs::LogPreview;
use super::work::{ExportFormat, FormatInfo, InspectedItem, JobProgress};
use crate::acts::{Annotation, Unmasked};
use crate::countries::CountryTable;
use crate::custody::{Custody, HashAnswer};
use crate::questions::actor::{ActorQuestion, ActorReport};
use crate::questions::compare::{CompareQuestion, Comparison};
use crate::questions::count::{CountQuestion, Counts};
use crate::questions::coverage::Coverage;
use crate::questions::figures::{Figure, FigureState};
use crate::questions::retention::{Retention, RetentionQuestion};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the interface asks.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum Request {
    /// Title, counts, sources, head of the ledger.
    Info,
    /// The views and their columns.
    Views,
    /// One page of a view. At most 500 rows.
    Rows { view: String, query: Query, page: Page },
    /// n of m.
    Count { view: String, query: Query },
    /// The commonest values of a column under the query.
    Facets { view: String, query: Query, column: String, limit: u32 },
    /// Rows by time; at most 1,000 bins. The times of the query narrow the range.
    Histogram { view: String, query: Query, bins: u32 },
    /// Everything known of one row: decoded fields, spans, source chain.
    Detail { table: RowTable, id: String },
    /// Bytes of a source, at most 64 KiB, as base64.
    Bytes { source: String, offset: String, length: u32 },
    /// The proof from a row to the head, checked by the pure verifier.
    Proof { table: RowTable, id: String },
    /// Checks the case; with handles of evidence, that too, its MD5 and SHA-1 only where all digests are
    /// asked for. Answers with a job.
    Verify { evidence: Vec<String>, all_digests: bool },
    /// What the given paths are, before anything is imported.
    Inspect { handles: Vec<String> },
    /// Parsers and log profiles.
    Formats,
    /// The first rows of the logs that the paths hold, under a profile or the one recognised.
    Preview {
        handles: Vec<String>,
        /// Name of a built-in log profile.
        profile: Option<String>,
        /// Text of a profile, in place of a name.
        toml: Option<String>,
        /// Offset of times that state none, "+09:00"; unknown where absent.
        zone: Option<String>,
    },
    /// Starts an import; answers with a job.
    Import {
        handles: Vec<String>,
        profile: Option<String>,
        label: Option<String>,
        /// Text of a log profile, in place of a name.
        #[serde(default)]
        #[ts(optional)]
        toml: Option<String>,
        /// Offset of times that state none, "+09:00"; unknown where absent.
        #[serde(default)]
        #[ts(optional)]
        zone: Option<String>,
    },
    /// Begins a question that may read for long (rows, count, facets, histogram, export, coverage, retention,
    /// actor, counts, compare). Answers it where it is read within `patience` milliseconds, of which a second is
    /// the most; else with a job, which holds the answer until it is told once.
    Begin {
        question: Box<Request>,
        #[serde(default)]
        #[ts(optional, as = "Option<u32>")]
        patience: u32,
    },
    /// How far a job is.
    Progress { job: u32 },
    /// Asks a job to stop; what was imported stays valid.
    Cancel { job: u32 },
    /// What the evidence covers in time, and what is missing.
    Coverage,
    /// What should still have been kept.
    Retention { question: RetentionQuestion },
    /// What one actor did. Reads all its rows.
    Actor { question: ActorQuestion },
    /// Requests and distinct subjects over whole days.
    Counts { question: CountQuestion },
    /// Subjects in the logs against those in files. Reads the files.
    Compare { question: CompareQuestion },
    /// Figures that were published, with what the evidence gives for each.
    Figures,
    /// Adds a figure; answers with all.
    AddFigure { figure: Figure },
    /// The table of countries in force.
    Countries,
    /// Puts a table of countries in force; answers with it.
    AddCountries { handle: String },
    /// Custody of items.
    Custody { asked: CustodyAct },
    /// Tags, notes, bookmarks and what else is written down of people's acts.
    Annotations { asked: AnnotationAct },
    /// Signed heads, keys and time-stamps.
    Heads { asked: HeadAct },
    /// Writes a disclosure package to a place the host chose; answers with a job.
    Disclose { asked: DiscloseAsked },
    /// All rows of a view under a query, written to a file the host chose; answers with the count.
    Export { view: String, query: Query, format: ExportFormat, handle: String },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum Response {
    Info {
        info: CaseInfo,
    },
    Views {
        views: Vec<ViewInfo>,
    },
    Rows {
        rows: RowPage,
    },
    Count {
        matching: String,
        total: String,
    },
    Facets {
        facets: Vec<Facet>,
        more: bool,
    },
    Histogram {
        histogram: Histogram,
    },
    Detail {
        detail: RowDetail,
    },
    Bytes {
        offset: String,
        base64: String,
        source_bytes: String,
    },
    Proof {
        proof: ProofView,
    },
    Job {
        job: u32,
    },
    Progress {
        progress: JobProgress,
    },
    Inspect {
        items: Vec<InspectedItem>,
    },
    Preview {
        logs: Vec<LogPreview>,
    },
    Formats {
        parsers: Vec<FormatInfo>,
        profiles: Vec<FormatInfo>,
    },
    Exported {
        rows: String,
        path: String,
    },
    Coverage {
        coverage: Coverage,
    },
    Retention {
        retention: Retention,
    },
    Actor {
        report: Box<ActorReport>,
    },
    Counts {
        counts: Counts,
    },
    Compare {
        comparison: Comparison,
    },
    Figures {
        figures: Vec<FigureState>,
        units: Vec<String>,
    },
    /// None where no table was given; `faults` are the first lines that a table just given has in vain.
    Countries {
        table: Option<CountryTable>,
        faults: Vec<String>,
    },
    Custody {
        custody: Custody,
    },
    Hash {
        hash: HashAnswer,
    },
    Annotations {
        annotations: Vec<Annotation>,
    },
    Unmasked {
        unmasked: Unmasked,
    },
    RecordOpening {
        recorded: bool,
    },
    Heads {
        heads: Heads,
    },
    /// Files that an act made.
    Made {
        files: Vec<MadeFile>,
    },
    Done,
}

/// An error the interface can branch on: by `code`, never by text.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ApiError {
    /// "no-such-view", "no-such-column", "bad-filter", "bad-question", "no-such-row", "evidence-missing", "busy",
    /// "case-unreadable", "not-a-case", "newer-case", "cancelled", "failed".
    pub code: String,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Which rows, in which order.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Query {
    /// All must hold.
    pub filters: Vec<Filter>,
    /// RFC 3339 or a date; inclusive.
    pub from: Option<String>,
    /// Exclusive.
    pub to: Option<String>,
    /// A column the view allows; its own order where absent.
    pub order: Option<String>,
    pub descending: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Filter {
    pub column: String,
    /// "=", "!=", "<", "<=", ">", ">=", "contains", "in".
    pub op: String,
    /// One value; several for "in".
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum Page {
    /// The first rows.
    First { limit: u32 },
    /// Rows after the one whose cursor is given.
    After { cursor: String, limit: u32 },
    /// Rows from a position, for a scroll bar; dearer than a cursor far into a long view.
    At { position: String, limit: u32 },
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RowPage {
    pub rows: Vec<Row>,
    /// Cursor of the last row; None at the end.
    pub next: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Row {
    /// Row to open for the detail pane; None where the row stands for many.
    pub id: Option<String>,
    pub table: Option<RowTable>,
    /// In the order of the view's columns. Numbers as strings.
    pub cells: Vec<Option<String>>,
}

/// Tables whose rows have a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum RowTable {
    Source,
    File,
    Event,
    Finding,
    Entry,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ViewInfo {
    pub name: String,
    pub title: String,
    pub about: String,
    pub columns: Vec<ColumnInfo>,
    /// Column of the time range and the histogram, where the view has one.
    pub time: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ColumnInfo {
    pub name: String,
    pub title: String,
    pub kind: ColumnKind,
    /// Whether facets are offered.
    pub facet: bool,
    /// Whether the view can be ordered by it.
    pub order: bool,
}

/// How a column is drawn, filtered and compared; one renderer each in the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum ColumnKind {
    /// "2025-06-24T07:20:34Z", "... (local, zone unknown)".
    Time,
    Text,
    /// A path or request target; shown from its end when cut.
    Path,
    Integer,
    /// A size in bytes.
    Bytes,
    /// One of a few words: allocated, deleted, intact, ...
    State,
    /// A digest in hex.
    Digest,
    /// Several words, comma-separated.
    Words,
    /// JSON.
    Json,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Facet {
    /// None for null.
    pub value: Option<String>,
    pub count: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Histogram {
    /// Start of the first bin, microseconds since 1970 UTC, as text.
    pub start: String,
    /// Width of a bin in microseconds.
    pub width: String,
    pub counts: Vec<u32>,
    /// Rows without a time, which no bin holds.
    pub undated: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CaseInfo {
    pub id: String,
    pub title: String,
    pub path: String,
    pub sources: Vec<SourceInfo>,
    pub events: String,
    pub files: String,
    pub findings: String,
    pub entries: String,
    /// Root over all entries, hex.
    pub root: String,
    /// Content root over all sources, hex.
    pub content_root: String,
    /// An import that was interrupted and can be resumed.
    pub unfinished: Vec<String>,
    /// What is not anchored, or an older copy: words for the head's standing.
    pub standing: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct SourceInfo {
    pub id: String,
    pub label: String,
    pub kind: String,
    pub bytes: String,
    pub sha256: Option<String>,
    pub sha1: Option<String>,
    pub md5: Option<String>,
    /// What the container states about itself: hashes and acquisition metadata.
    pub stored: Vec<(String, String)>,
    pub volumes: Vec<VolumeInfo>,
    pub content_root: String,
    /// How often this evidence was imported: one source, so many receipts.
    pub receipts: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct VolumeInfo {
    pub id: String,
    pub offset: String,
    pub bytes: String,
    /// "partition", "whole", "gap".
    pub kind: String,
    pub type_name: Option<String>,
    pub file_system: Option<String>,
    pub label: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RowDetail {
    pub table: RowTable,
    pub id: String,
    pub title: String,
    /// Decoded fields in reading order.
    pub fields: Vec<DetailField>,
    /// The bytes that say so.
    pub spans: Vec<SpanView>,
    /// From the span's source up to the evidence: each with kind, name, bytes, digest.
    pub chain: Vec<ChainLink>,
    pub parser: Option<String>,
    pub parser_limits: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct DetailField {
    pub name: String,
    pub title: String,
    pub value: Option<String>,
    pub kind: ColumnKind,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct SpanView {
    /// Id of the source, for `Bytes`.
    pub source: String,
    pub offset: String,
    pub length: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ChainLink {
    pub source: String,
    pub kind: String,
    pub name: String,
    pub bytes: String,
    pub sha256: Option<String>,
}

/// The road from a row to the head, for people; `bundle` is what a stranger checks.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ProofView {
    pub holds: bool,
    /// In words.
    pub verdict: String,
    pub steps: Vec<ProofStep>,
    /// The proof bundle as JSON text.
    pub bundle: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ProofStep {
    /// "bytes", "row", "import", "entry", "head".
    pub name: String,
    pub says: String,
    pub hash: Option<String>,
    /// None: not checked here, and `says` tells why.
    pub ok: Option<bool>,
}

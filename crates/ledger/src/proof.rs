//! A proof that a row stands under a checkpoint, and that cited bytes stand in the evidence.
//! Everything needed to check it is in it, except the checkpoint one trusts.

use crate::headers::{Span, header_spans, source_digests};
use crate::locate::parent_pieces;
use crate::{
    Anchor, BLOCK_BYTES, Checkpoint, Entry, Field, Hash, Json, RangeProof, Salt, TreeHead, commitment, leaf_hash, row_leaf,
    verify_inclusion, verify_range,
};
use std::fmt;
use std::ops::Range;

/// Most sources between a row and the evidence.
const MOST_SOURCES: usize = 16;

/// A field of a proved row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofField {
    /// Shown: the value, its tag (0 null, 1 text, 2 blob, 3 integer) and its salt.
    Shown { salt: Salt, tag: u8, value: Vec<u8> },
    /// Masked: the commitment alone.
    Masked(Hash),
}

/// One row and its path to the root of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofRow {
    /// Name of the table in the entry's outputs.
    pub table: String,
    /// Leaf tag of the table; the member `schema` of the output.
    pub tag: [u8; 4],
    pub row: u64,
    pub header: Vec<u8>,
    pub fields: Vec<ProofField>,
    pub path: Vec<Hash>,
}

/// Blocks of a source whose own row is in the proof too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofBytes {
    /// Row of the source within the import.
    pub source: u32,
    pub range: RangeProof,
}

/// A proof bundle. The first row is the one asked about; the others are sources that it leads to.
/// Without rows it proves an entry, of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub import: u32,
    pub rows: Vec<ProofRow>,
    pub bytes: Vec<ProofBytes>,
    /// The exact bytes of the entry that sealed the import, its position and its path.
    pub entry: String,
    pub seq: u64,
    pub entry_path: Vec<Hash>,
    pub checkpoint: Checkpoint,
}

/// A step of a proof that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// The checkpoint is not the one that is trusted.
    Anchor(Anchor),
    /// The entry is not under the checkpoint.
    EntryPath,
    /// The entry is unreadable, of another case, number or type.
    Entry(String),
    /// The entry names no root for this row's table and import.
    Output { row: usize },
    /// The row's leaf is not under the root in the entry.
    RowPath { row: usize },
    /// A shown field is no value.
    Field { row: usize, field: usize },
    /// The header does not hold what its table requires.
    Header { row: usize },
    /// The source of disclosed bytes is not in the proof, or has no block tree.
    Source { source: u32 },
    /// The disclosed bytes are not under the source's root.
    Bytes { source: u32 },
}

impl fmt::Display for ProofFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor(_) => f.write_str("the checkpoint in the proof is not the trusted one"),
            Self::EntryPath => f.write_str("the entry is not under the checkpoint"),
            Self::Entry(why) => write!(f, "the entry: {why}"),
            Self::Output { row } => write!(f, "row {row} of the proof: the entry names no root for its table and import"),
            Self::RowPath { row } => write!(f, "row {row} of the proof is not under the root in the entry"),
            Self::Field { row, field } => write!(f, "row {row} of the proof: field {field} is no value"),
            Self::Header { row } => write!(f, "row {row} of the proof: its header is damaged"),
            Self::Source { source } => write!(f, "source {source}, whose bytes are shown, is not proved"),
            Self::Bytes { source } => write!(f, "the shown bytes are not those of source {source}"),
        }
    }
}

/// A span that the proved row cites, and whether the proof shows its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CitedSpan {
    pub span: Span,
    /// All of its bytes are shown and stand under the source's root.
    pub shown: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofReport {
    /// Empty where everything holds.
    pub faults: Vec<ProofFault>,
    /// Whether `anchor` was given; without one the proof rests on the checkpoint it carries.
    pub anchored: bool,
    pub spans: Vec<CitedSpan>,
}

impl Proof {
    /// Checks every step. `anchor` is size and root from a place the verifier trusts.
    pub fn check(&self, anchor: Option<&TreeHead>) -> ProofReport {
        let mut faults = Vec::new();
        if anchor.is_some_and(|a| *a != self.checkpoint.head) {
            faults.push(ProofFault::Anchor(Anchor::Rewritten));
        }
        if !verify_inclusion(&leaf_hash(self.entry.as_bytes()), self.seq, &self.entry_path, &self.checkpoint.head) {
            faults.push(ProofFault::EntryPath);
        }
        let entry = self.check_entry(&mut faults);
        for (i, row) in self.rows.iter().enumerate() {
            self.check_row(i, row, entry.as_ref(), &mut faults);
        }
        let shown: Vec<_> = self.bytes.iter().filter_map(|b| self.check_bytes(b, &mut faults)).collect();
        let cited = self.rows.first().and_then(|r| header_spans(&r.tag, &r.header)).unwrap_or_default();
        let spans = cited.into_iter().map(|span| CitedSpan { span, shown: self.shows(&span, &shown) }).collect();
        ProofReport { faults, anchored: anchor.is_some(), spans }
    }

    /// Whether all bytes of a span are shown: as bytes of its source, or of one above it that
    /// holds them as they are.
    fn shows(&self, span: &Span, shown: &[(u32, Range<u64>)]) -> bool {
        let mut source = span.source;
        let mut pieces = vec![(span.offset, span.length)];
        for _ in 0..MOST_SOURCES {
            let covered = |(offset, length): &(u64, u64)| {
                offset
                    .checked_add(*length)
                    .is_some_and(|end| shown.iter().any(|(s, range)| *s == source && range.start <= *offset && end <= range.end))
            };
            if pieces.iter().all(covered) {
                return true;
            }
            let Some(row) = self.source_row(source) else { return false };
            let Some(ProofField::Shown { value: locator, .. }) = row.fields.first() else { return false };
            let Some(digests) = source_digests(&row.header) else { return false };
            match (digests.parent, parent_pieces(digests.kind, locator, &pieces)) {
                (Some(parent), Some(above)) => (source, pieces) = (parent, above),
                _ => return false,
            }
        }
        false
    }

    fn source_row(&self, source: u32) -> Option<&ProofRow> {
        self.rows.iter().find(|r| &r.tag == b"SRC1" && r.row == u64::from(source))
    }

    fn check_entry(&self, faults: &mut Vec<ProofFault>) -> Option<Entry> {
        let entry = match Entry::read(self.entry.as_bytes()) {
            Ok(entry) => entry,
            Err(e) => {
                faults.push(ProofFault::Entry(e.to_string()));
                return None;
            }
        };
        let mut fault = |why: &str| faults.push(ProofFault::Entry(why.to_owned()));
        if entry.head.seq != self.seq {
            fault("another position than its own");
        }
        if entry.head.case != self.checkpoint.case {
            fault("of another case than the checkpoint");
        }
        if entry.head.kind != "import.seal" && !self.rows.is_empty() {
            fault("not of an import");
        }
        Some(entry)
    }

    fn check_row(&self, i: usize, row: &ProofRow, entry: Option<&Entry>, faults: &mut Vec<ProofFault>) {
        let mut commitments = Vec::with_capacity(row.fields.len());
        for ((number, field), i_field) in (0u8..=u8::MAX).zip(&row.fields).zip(0usize..) {
            match field.commitment(number) {
                Some(hash) => commitments.push(hash),
                None => faults.push(ProofFault::Field { row: i, field: i_field }),
            }
        }
        if header_spans(&row.tag, &row.header).is_none() {
            faults.push(ProofFault::Header { row: i });
        }
        let Some(entry) = entry else { return };
        match import_root(entry, self.import, &row.table, &row.tag) {
            None => faults.push(ProofFault::Output { row: i }),
            Some(head) => {
                let leaf = row_leaf(&row.tag, self.import, row.row, &row.header, &commitments);
                if !verify_inclusion(&leaf, row.row, &row.path, &head) {
                    faults.push(ProofFault::RowPath { row: i });
                }
            }
        }
    }

    /// Source and proved byte range.
    fn check_bytes(&self, bytes: &ProofBytes, faults: &mut Vec<ProofFault>) -> Option<(u32, Range<u64>)> {
        let source = bytes.source;
        let digests = self.source_row(source).and_then(|r| source_digests(&r.header));
        let Some((length, root)) = digests.and_then(|d| Some((d.bytes, d.blocks_root?))) else {
            faults.push(ProofFault::Source { source });
            return None;
        };
        let proved = verify_range(&bytes.range, length, &root);
        if proved.is_none() {
            faults.push(ProofFault::Bytes { source });
        }
        proved.map(|range| (source, range))
    }
}

impl ProofField {
    /// Commitment to it as field `number`; None where what is shown is no value.
    pub fn commitment(&self, number: u8) -> Option<Hash> {
        match self {
            Self::Masked(hash) => Some(*hash),
            Self::Shown { salt, tag, value } => Field::of(*tag, value).map(|field| commitment(number, salt, &field)),
        }
    }
}

/// Size and root of the rows of a table, as the entry that sealed the import has them.
pub fn import_root(entry: &Entry, import: u32, table: &str, leaf_tag: &[u8; 4]) -> Option<TreeHead> {
    let outputs = entry.get("outputs")?.as_list()?;
    let mut found = outputs.iter().filter(|o| {
        o.get("import").and_then(Json::as_int) == Some(i64::from(import))
            && o.get("table").and_then(Json::as_text) == Some(table)
            && o.get("schema").and_then(Json::as_text).map(str::as_bytes) == Some(leaf_tag)
    });
    let output = found.next()?;
    // Two roots for one table would let a prover choose.
    if found.next().is_some() {
        return None;
    }
    Some(TreeHead { size: output.get("rows")?.as_big()?, root: output.get("root")?.as_hash()? })
}

/// Offset in its source of the first shown byte.
impl ProofBytes {
    pub fn offset(&self) -> u64 {
        self.range.first_block.saturating_mul(BLOCK_BYTES as u64)
    }
}

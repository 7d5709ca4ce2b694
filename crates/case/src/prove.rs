//! The road from one row to the head of the ledger, as a bundle that a stranger checks without
//! this program. Source: docs/format.md, "Proof bundles".

use crate::api;
use crate::columns::{join_id, split_id};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::read_entry;
use crate::proved_rows::{MOST_SOURCES, ProvedRows, source_number};
use crate::sources::read_bytes;
use crate::store::Store;
use crate::verify::block_nodes;
use ledger::{
    Chain, Checkpoint, Entry, Hash, Piece, Proof, ProofBytes, ProofField, ProofReport, ProofRow, import_root, parent_pieces,
    prove_range, source_digests,
};
use model::Table;

/// Whether blocks of the evidence go into the bundle. A block shows what lies beside the cited
/// bytes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    Shown,
    Left,
}

/// Most bytes of evidence that one bundle shows.
const MOST_SHOWN: u64 = 1 << 20;
/// Most sources one bundle proves; spans of further ones are not shown.
const MOST_PROVED: usize = 64;

/// A bundle, already checked by the pure verifier.
#[derive(Clone, Debug)]
pub struct Proved {
    pub proof: Proof,
    pub report: ProofReport,
    /// Why cited bytes are not shown, where they are not.
    pub not_shown: Vec<String>,
}

/// Proves a row of a sealed import.
pub fn prove(store: &Store, table: Table, id: i64, blocks: Blocks) -> Result<Proved> {
    let (import, number) = split_id(id);
    // One state of the file, which is locked and looked at once instead of for every question.
    let _reading = store.db.unchecked_transaction()?;
    let (chain, all) = entries::chain(store)?;
    let mut rows = ProvedRows::open(store, &all, import)?;
    let row = rows.prove(table, number)?;
    let spans = ledger::header_spans(&row.tag, &row.header).unwrap_or_default();
    let mut proved = vec![row];
    let above = if table == Table::Source { vec![source_number(number)?] } else { spans.iter().map(|s| s.source).collect() };
    for source in rows.with_parents(&above, MOST_PROVED)? {
        if table != Table::Source || u64::from(source) != number {
            proved.push(rows.prove(Table::Source, u64::from(source))?);
        }
    }
    let mut shown = Shown { store, import, rows: &proved, ranges: Vec::new(), bytes: 0 };
    let mut not_shown = Vec::new();
    for span in &spans {
        let what = format!("{} bytes at {} of source {}", span.length, span.offset, span.source);
        match blocks {
            Blocks::Left => not_shown.push(format!("{what}: no blocks were asked for")),
            Blocks::Shown => {
                if let Err(why) = shown.span(span.source, (span.offset, span.length)) {
                    not_shown.push(format!("{what}: {why}"));
                }
            }
        }
    }
    let bytes = shown.ranges;
    finish(&chain, rows.seal(), import, proved, bytes, not_shown)
}

/// Proves an entry.
pub fn prove_entry(store: &Store, seq: u64) -> Result<Proved> {
    let (chain, _) = entries::chain(store)?;
    let entry = read_entry(store, seq)?;
    finish(&chain, &entry, 0, Vec::new(), Vec::new(), Vec::new())
}

fn finish(
    chain: &Chain,
    entry: &Entry,
    import: u32,
    rows: Vec<ProofRow>,
    bytes: Vec<ProofBytes>,
    not_shown: Vec<String>,
) -> Result<Proved> {
    let (head, seq) = (chain.head(), entry.head.seq);
    let entry_path = chain.tree().inclusion(seq, head.size).ok_or_else(|| CaseError::NoSuchRow(format!("entry {seq}")))?;
    let checkpoint = Checkpoint::unsigned(&entry.head.case, head);
    let proof = Proof { import, rows, bytes, entry: entry.text().to_owned(), seq, entry_path, checkpoint };
    let report = proof.check(Some(&head));
    Ok(Proved { proof, report, not_shown })
}

/// Blocks of the evidence under the cited bytes.
struct Shown<'a> {
    store: &'a Store,
    import: u32,
    rows: &'a [ProofRow],
    ranges: Vec<ProofBytes>,
    bytes: u64,
}

impl Shown<'_> {
    /// Shows a span by the nearest source above it whose blocks are hashed.
    fn span(&mut self, source: u32, span: Piece) -> Result<(), String> {
        let (mut source, mut pieces) = (source, vec![span]);
        for _ in 0..MOST_SOURCES {
            let row = self
                .rows
                .iter()
                .find(|r| &r.tag == b"SRC1" && r.row == u64::from(source))
                .ok_or("its source is not in the proof")?;
            let digests = source_digests(&row.header).ok_or("its source is damaged")?;
            let nodes = block_nodes(self.store, join_id(self.import, u64::from(source))).map_err(|e| e.to_string())?;
            if let Some(nodes) = nodes.filter(|n| !n.is_empty() && digests.blocks_root.is_some()) {
                return pieces.into_iter().try_for_each(|piece| self.piece(source, digests.bytes, &nodes, piece));
            }
            let Some(ProofField::Shown { value: locator, .. }) = row.fields.first() else {
                return Err("its source is masked".into());
            };
            let above = parent_pieces(digests.kind, locator, &pieces);
            (source, pieces) =
                digests.parent.zip(above).ok_or("it is no bytes of the evidence as they are: decoding lies between")?;
        }
        Err("too many sources lie above it".into())
    }

    fn piece(&mut self, source: u32, bytes: u64, nodes: &[Hash], (offset, length): Piece) -> Result<(), String> {
        let covered = |b: &ProofBytes| {
            b.source == source && b.offset() <= offset && offset + length <= b.offset() + b.range.data.len() as u64
        };
        if length == 0 || self.ranges.iter().any(covered) {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > MOST_SHOWN {
            return Err(format!("more than {MOST_SHOWN} bytes would be shown"));
        }
        let id = join_id(self.import, u64::from(source));
        let range = prove_range(bytes, nodes, offset, length, |at, n| read_bytes(self.store, id, at, n as u64));
        self.ranges.push(ProofBytes { source, range: range.map_err(|e| e.to_string())? });
        Ok(())
    }
}

impl Proved {
    /// Whether the pure verifier found every step to hold.
    pub fn holds(&self) -> bool {
        self.report.faults.is_empty()
    }

    /// The bundle as text.
    pub fn bundle(&self) -> Result<String> {
        self.proof.to_json().to_text().map_err(|e| CaseError::Ledger(e.to_string()))
    }

    pub fn verdict(&self) -> String {
        let head = &self.proof.checkpoint.head;
        let what = if self.proof.rows.is_empty() { "entry" } else { "row" };
        match self.report.faults.first() {
            None => format!("The {what} is under the head of {} entries, root {}.", head.size, hex::encode(head.root)),
            Some(fault) => format!("The {what} is not under the head: {fault}."),
        }
    }

    /// The road in steps, from the bytes to the head.
    pub fn steps(&self) -> Vec<api::ProofStep> {
        let p = &self.proof;
        let step = |name: &str, says: String, hash: Option<&Hash>, ok: Option<bool>| api::ProofStep {
            name: name.into(),
            says,
            hash: hash.map(hex::encode),
            ok,
        };
        let failed = |which: &dyn Fn(&ledger::ProofFault) -> bool| !self.report.faults.iter().any(which);
        use ledger::ProofFault as F;
        let mut out = Vec::new();
        for cited in self.report.spans.iter().filter(|c| c.shown) {
            let s = cited.span;
            let says = format!("{} bytes at {} of source {} are in the evidence's block tree", s.length, s.offset, s.source);
            out.push(step("bytes", says, None, Some(failed(&|f| matches!(f, F::Bytes { .. } | F::Source { .. })))));
        }
        out.extend(self.not_shown.iter().map(|why| step("bytes", why.clone(), None, None)));
        if let Some(row) = p.rows.first() {
            let says = format!("row {} of table {} of import {}", row.row, row.table, p.import);
            out.push(step("row", says, None, Some(failed(&|f| matches!(f, F::Field { .. } | F::Header { .. })))));
            let tag = row.tag;
            let root = Entry::read(p.entry.as_bytes()).ok().and_then(|e| import_root(&e, p.import, &row.table, &tag));
            let rows = root.map_or(0, |r| r.size);
            let says = format!("a path of {} hashes to the root of {rows} rows", row.path.len());
            let ok = failed(&|f| matches!(f, F::RowPath { .. } | F::Output { .. }));
            out.push(step("import", says, root.as_ref().map(|r| &r.root), Some(ok)));
        }
        let leaf = ledger::leaf_hash(p.entry.as_bytes());
        let says = if p.rows.is_empty() { format!("entry {}", p.seq) } else { format!("entry {} holds that root", p.seq) };
        out.push(step("entry", says, Some(&leaf), Some(failed(&|f| matches!(f, F::Entry(_))))));
        let says = format!("a path of {} hashes to the head of {} entries", p.entry_path.len(), p.checkpoint.head.size);
        let ok = failed(&|f| matches!(f, F::EntryPath | F::Anchor(_)));
        out.push(step("head", says, Some(&p.checkpoint.head.root), Some(ok)));
        out
    }

    pub fn to_api(&self) -> Result<api::ProofView> {
        Ok(api::ProofView { holds: self.holds(), verdict: self.verdict(), steps: self.steps(), bundle: self.bundle()? })
    }
}

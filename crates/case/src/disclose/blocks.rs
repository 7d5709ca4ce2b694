//! Blocks of the evidence under the bytes that shown rows cite.

use super::Blocks;
use super::mask::Finder;
use super::package::Scratch;
use crate::columns::join_id;
use crate::error::{CaseError, Result};
use crate::proved_rows::{MOST_SOURCES, ProvedRows};
use crate::sources::read_bytes;
use crate::store::Store;
use crate::verify::block_nodes;
use ledger::package::{Counter, PackageRange, evidence_name};
use ledger::{
    BLOCK_BYTES, Entry, Hash, MAX_RANGE_BLOCKS, Piece, ProofField, Span, parent_pieces, prove_range, sha256, source_digests,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most blocks of evidence in one package: 256 MiB.
const MOST_BLOCKS: u64 = 65_536;

/// Bytes that rows cite, by import and source.
#[derive(Default)]
pub struct Shown {
    /// Of rows that are shown whole.
    open: BTreeSet<(u32, u32, u64, u64)>,
    /// Of rows with a masked field: what a block shows of them would tell it.
    masked: BTreeSet<(u32, u32, u64, u64)>,
}

/// First and last block of a source, inclusive, by import and source.
type Ranges = BTreeMap<(u32, u32), BTreeSet<(u64, u64)>>;

impl Shown {
    pub fn row(&mut self, import: u32, spans: &[Span], whole: bool) {
        let list = if whole { &mut self.open } else { &mut self.masked };
        list.extend(spans.iter().filter(|s| s.length > 0).map(|s| (import, s.source, s.offset, s.length)));
    }

    #[expect(clippy::too_many_arguments)]
    pub fn write(
        self,
        store: &Store,
        all: &[Entry],
        blocks: Blocks,
        finder: &Finder,
        scratch: &mut Scratch,
        counter: &mut Counter,
        remarks: &mut Vec<String>,
    ) -> Result<()> {
        let mut lines = scratch.file("blocks.jsonl")?;
        if blocks != Blocks::None {
            let mut roads = Roads { store, all, imports: BTreeMap::new(), nodes: BTreeMap::new(), unread: BTreeSet::new() };
            let (mut open, mut masked) = (Ranges::new(), Ranges::new());
            for (spans, ranges) in [(&self.open, &mut open), (&self.masked, &mut masked)] {
                for (import, source, offset, length) in spans {
                    roads.add(*import, *source, (*offset, *length), ranges)?;
                }
            }
            remarks.extend(roads.unread.iter().cloned());
            let (mut left, mut withheld) = (MOST_BLOCKS, 0u64);
            for ((import, source), ranges) in &open {
                let closed = masked.get(&(*import, *source));
                for (first, last) in merged(ranges) {
                    let touches = closed.is_some_and(|c| c.iter().any(|(f, l)| *f <= last && first <= *l));
                    let count = last - first + 1;
                    if touches || count > left {
                        withheld += count;
                        continue;
                    }
                    let Some((range, data)) = roads.prove(*import, *source, first, count)? else {
                        remarks.push(format!(
                            "import {import} source {source}: its bytes can not be read again: the evidence is not where it was, or was changed"
                        ));
                        continue;
                    };
                    if finder.is_in(&data) {
                        withheld += count;
                        continue;
                    }
                    left -= count;
                    counter.range(&range, &sha256(&[&data]));
                    scratch.add(&evidence_name(*import, *source, first), &data)?;
                    lines.line(&range.to_json())?;
                }
            }
            if withheld > 0 {
                remarks.push(format!("{withheld} blocks of 4 KiB were left out: masked rows lie in them, or they are too many"));
            }
        }
        lines.finish()
    }
}

/// Neighbouring ranges as one, but none longer than a proof may be.
fn merged(ranges: &BTreeSet<(u64, u64)>) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match out.last_mut() {
            Some((from, to)) if *first <= to.saturating_add(1) && last.max(to).saturating_sub(*from) < MAX_RANGE_BLOCKS => {
                *to = (*to).max(*last);
            }
            Some((_, to)) if *first <= *to => {
                if *last > *to {
                    let from = *to + 1;
                    out.push((from, *last));
                }
            }
            _ => out.push((*first, *last)),
        }
    }
    out
}

/// The roads from sources to those whose blocks are hashed.
struct Roads<'a> {
    store: &'a Store,
    all: &'a [Entry],
    imports: BTreeMap<u32, ProvedRows<'a>>,
    nodes: BTreeMap<(u32, u32), Option<Vec<Hash>>>,
    /// Why cited bytes are not shown.
    unread: BTreeSet<String>,
}

impl Roads<'_> {
    /// Adds the blocks of the nearest source at or above this one whose blocks are hashed.
    fn add(&mut self, import: u32, source: u32, span: Piece, ranges: &mut Ranges) -> Result<()> {
        let (mut source, mut pieces) = (source, vec![span]);
        for _ in 0..MOST_SOURCES {
            let row = self.rows(import)?.unproved(model::Table::Source, u64::from(source))?;
            let Some(digests) = source_digests(&row.header) else { return Ok(()) };
            if digests.blocks_root.is_some() && self.nodes(import, source)?.is_some() {
                let end = |(offset, length): &Piece| offset.saturating_add(*length).min(digests.bytes);
                let blocks = pieces.iter().filter(|p| p.1 > 0 && p.0 < digests.bytes).flat_map(|p| {
                    let (first, last) = (p.0 / BLOCK_BYTES as u64, (end(p) - 1) / BLOCK_BYTES as u64);
                    // No range is longer than a proof may be.
                    (first..=last).step_by(MAX_RANGE_BLOCKS as usize).map(move |f| (f, last.min(f + MAX_RANGE_BLOCKS - 1)))
                });
                ranges.entry((import, source)).or_default().extend(blocks.take(MOST_BLOCKS as usize));
                return Ok(());
            }
            let Some(ProofField::Shown { value: locator, .. }) = row.fields.first() else { return Ok(()) };
            match digests.parent.zip(parent_pieces(digests.kind, locator, &pieces)) {
                Some(above) => (source, pieces) = above,
                None => {
                    self.unread.insert(format!(
                        "import {import}: bytes that are only there after decoding (compressed or encrypted) are not shown"
                    ));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// None where the bytes are not there to be read, or are others now.
    fn prove(&mut self, import: u32, source: u32, first: u64, count: u64) -> Result<Option<(PackageRange, Vec<u8>)>> {
        let row = self.rows(import)?.unproved(model::Table::Source, u64::from(source))?;
        let Some(digests) = source_digests(&row.header) else { return Ok(None) };
        let Some(nodes) = self.nodes(import, source)?.cloned() else { return Ok(None) };
        let offset = first * BLOCK_BYTES as u64;
        let length = (count * BLOCK_BYTES as u64).min(digests.bytes - offset);
        let id = join_id(import, u64::from(source));
        let proof = prove_range(digests.bytes, &nodes, offset, length, |at, n| read_bytes(self.store, id, at, n as u64));
        let Ok(proof) = proof else { return Ok(None) };
        let length = proof.data.len() as u64;
        let range =
            PackageRange { import, source, bytes: digests.bytes, first_block: proof.first_block, length, path: proof.path };
        Ok(Some((range, proof.data)))
    }

    fn rows(&mut self, import: u32) -> Result<&ProvedRows<'_>> {
        if !self.imports.contains_key(&import) {
            let rows = ProvedRows::open(self.store, self.all, import)?;
            self.imports.insert(import, rows);
        }
        self.imports.get(&import).ok_or_else(|| CaseError::NoSuchRow(format!("import {import}")))
    }

    fn nodes(&mut self, import: u32, source: u32) -> Result<Option<&Vec<Hash>>> {
        if !self.nodes.contains_key(&(import, source)) {
            if self.nodes.len() > 4096 {
                self.nodes.clear();
            }
            let nodes = block_nodes(self.store, join_id(import, u64::from(source)))?.filter(|n| !n.is_empty());
            self.nodes.insert((import, source), nodes);
        }
        Ok(self.nodes.get(&(import, source)).and_then(Option::as_ref))
    }
}

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
    BLOCK_BYTES, Entry, Hash, MAX_RANGE_BLOCKS, Piece, ProofField, SourceDigests, Span, parent_pieces, prove_range, sha256,
    source_digests,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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

/// Blocks that masked rows lie in.
#[derive(Default)]
struct Shut {
    ranges: Ranges,
    /// Sources above them of which it is not known where they lie: what is compressed there is theirs too.
    whole: BTreeSet<(u32, u32)>,
}

impl Shut {
    /// For each source, what is shut of it: apart and in order, for `touches`.
    fn joined(&self) -> BTreeMap<(u32, u32), Vec<(u64, u64)>> {
        let mut out: BTreeMap<_, _> = self.ranges.iter().map(|(key, ranges)| (*key, merged(ranges, u64::MAX))).collect();
        out.extend(self.whole.iter().map(|key| (*key, vec![(0, u64::MAX)])));
        out
    }
}

/// Whether a range shares a block with one of others that lie apart and in order.
fn touches(others: &[(u64, u64)], first: u64, last: u64) -> bool {
    others.get(others.partition_point(|(_, end)| *end < first)).is_some_and(|(start, _)| *start <= last)
}

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
            let mut roads = Roads::new(store, all);
            let (mut open, mut shut) = (Ranges::new(), Shut::default());
            for (import, source, offset, length) in &self.open {
                roads.open(*import, *source, (*offset, *length), &mut open)?;
            }
            for (import, source, offset, length) in &self.masked {
                roads.shut(*import, *source, (*offset, *length), &mut shut)?;
            }
            let shut = shut.joined();
            remarks.extend(roads.unread.iter().cloned());
            let (mut left, mut withheld) = (MOST_BLOCKS, 0u64);
            for ((import, source), ranges) in &open {
                let shut = shut.get(&(*import, *source)).map(Vec::as_slice).unwrap_or_default();
                for (first, last) in merged(ranges, MAX_RANGE_BLOCKS) {
                    let count = last - first + 1;
                    if touches(shut, first, last) || count > left {
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

/// Neighbouring ranges as one, but none of more than `most` blocks unless it was so before.
fn merged(ranges: &BTreeSet<(u64, u64)>, most: u64) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match out.last_mut() {
            Some((from, to)) if *first <= to.saturating_add(1) && last.max(to).saturating_sub(*from) < most => {
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

/// First and last block of each piece that lies within a source of `bytes`.
fn blocks_under(pieces: &[Piece], bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    let within = pieces.iter().filter(move |(offset, length)| *length > 0 && *offset < bytes);
    within.map(move |(offset, length)| {
        (offset / BLOCK_BYTES as u64, (offset.saturating_add(*length).min(bytes) - 1) / BLOCK_BYTES as u64)
    })
}

/// Sources and nodes kept in memory on the way.
const MOST_KEPT: usize = 4096;

/// A source, as the road to the evidence needs it.
struct Stage {
    digests: SourceDigests,
    /// Canonical JSON, of which `parent_pieces` reads where the bytes lie.
    locator: Vec<u8>,
}

/// The roads from sources to those whose blocks are hashed.
struct Roads<'a> {
    store: &'a Store,
    all: &'a [Entry],
    imports: BTreeMap<u32, ProvedRows<'a>>,
    stages: BTreeMap<(u32, u32), Option<Rc<Stage>>>,
    nodes: BTreeMap<(u32, u32), Option<Rc<Vec<Hash>>>>,
    /// Why cited bytes are not shown.
    unread: BTreeSet<String>,
}

impl<'a> Roads<'a> {
    fn new(store: &'a Store, all: &'a [Entry]) -> Self {
        let (imports, stages, nodes, unread) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { store, all, imports, stages, nodes, unread }
    }

    /// Adds the blocks of the nearest source at or above this one whose blocks are hashed.
    fn open(&mut self, import: u32, source: u32, span: Piece, ranges: &mut Ranges) -> Result<()> {
        let (mut source, mut pieces) = (source, vec![span]);
        for _ in 0..MOST_SOURCES {
            let Some(stage) = self.stage(import, source)? else { return Ok(()) };
            if stage.digests.blocks_root.is_some() && self.nodes(import, source)?.is_some() {
                let blocks = blocks_under(&pieces, stage.digests.bytes).flat_map(|(first, last)| {
                    // No range is longer than a proof may be.
                    (first..=last).step_by(MAX_RANGE_BLOCKS as usize).map(move |f| (f, last.min(f + MAX_RANGE_BLOCKS - 1)))
                });
                ranges.entry((import, source)).or_default().extend(blocks.take(MOST_BLOCKS as usize));
                return Ok(());
            }
            match stage.digests.parent.zip(parent_pieces(stage.digests.kind, &stage.locator, &pieces)) {
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

    /// Shuts the blocks of every source on the way up: another row may lead to the same bytes by another
    /// of them. Above a decoding, all of a source.
    fn shut(&mut self, import: u32, source: u32, span: Piece, shut: &mut Shut) -> Result<()> {
        let (mut source, mut pieces) = (source, Some(vec![span]));
        for _ in 0..MOST_SOURCES {
            let Some(stage) = self.stage(import, source)? else { break };
            match &pieces {
                Some(pieces) => {
                    shut.ranges.entry((import, source)).or_default().extend(blocks_under(pieces, stage.digests.bytes));
                }
                None => drop(shut.whole.insert((import, source))),
            }
            let Some(parent) = stage.digests.parent else { break };
            pieces = pieces.and_then(|p| parent_pieces(stage.digests.kind, &stage.locator, &p));
            source = parent;
        }
        Ok(())
    }

    /// None where the bytes are not there to be read, or are others now.
    fn prove(&mut self, import: u32, source: u32, first: u64, count: u64) -> Result<Option<(PackageRange, Vec<u8>)>> {
        let Some((stage, nodes)) = self.stage(import, source)?.zip(self.nodes(import, source)?) else { return Ok(None) };
        let digests = stage.digests;
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

    /// None where the source's row is damaged.
    fn stage(&mut self, import: u32, source: u32) -> Result<Option<Rc<Stage>>> {
        if let Some(known) = self.stages.get(&(import, source)) {
            return Ok(known.clone());
        }
        if !self.imports.contains_key(&import) {
            self.imports.insert(import, ProvedRows::open(self.store, self.all, import)?);
        }
        let rows = self.imports.get(&import).ok_or_else(|| CaseError::NoSuchRow(format!("import {import}")))?;
        let row = rows.unproved(model::Table::Source, u64::from(source))?;
        let stage = match (source_digests(&row.header), row.fields.into_iter().next()) {
            (Some(digests), Some(ProofField::Shown { value: locator, .. })) => Some(Rc::new(Stage { digests, locator })),
            _ => None,
        };
        keep(&mut self.stages, (import, source), stage.clone());
        Ok(stage)
    }

    fn nodes(&mut self, import: u32, source: u32) -> Result<Option<Rc<Vec<Hash>>>> {
        if let Some(known) = self.nodes.get(&(import, source)) {
            return Ok(known.clone());
        }
        let nodes = block_nodes(self.store, join_id(import, u64::from(source)))?.filter(|n| !n.is_empty()).map(Rc::new);
        keep(&mut self.nodes, (import, source), nodes.clone());
        Ok(nodes)
    }
}

fn keep<T>(kept: &mut BTreeMap<(u32, u32), T>, key: (u32, u32), value: T) {
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_and_none_too_long() {
        let ranges = BTreeSet::from([(0, 3), (4, 4), (6, 9), (8, 20), (30, 30)]);
        assert_eq!(merged(&ranges, u64::MAX), [(0, 4), (6, 20), (30, 30)]);
        assert_eq!(merged(&ranges, 10), [(0, 4), (6, 9), (10, 20), (30, 30)]);
    }

    #[test]
    fn a_range_touches_what_shares_a_block() {
        let shut = [(3, 5), (9, 9), (20, 40)];
        let expected = |first: u64, last: u64| shut.iter().any(|(f, l)| *f <= last && first <= *l);
        for first in 0..45 {
            for last in first..45 {
                assert_eq!(touches(&shut, first, last), expected(first, last), "{first} to {last}");
            }
        }
        assert!(!touches(&[], 0, u64::MAX));
    }

    #[test]
    fn above_a_decoding_all_is_shut() {
        let mut shut = Shut::default();
        shut.ranges.insert((1, 4), BTreeSet::from([(7, 7), (8, 9)]));
        shut.whole.insert((1, 0));
        let joined = shut.joined();
        assert!(touches(&joined[&(1, 4)], 9, 12) && !touches(&joined[&(1, 4)], 10, 12));
        assert!(touches(&joined[&(1, 0)], 1 << 40, 1 << 40));
    }
}

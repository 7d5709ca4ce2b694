//! Whether the blocks of a deleted file still hold it: the block bitmap first, then the newer
//! deleted files that used the same blocks.

use super::earlier::shared;
use super::journal::Journal;
use super::map::Mapped;
use super::scan::Scan;
use model::{ByteSource, ContentState, Run};
use std::collections::BTreeMap;

/// Runs kept to compare deleted files with each other: about 300 MiB.
const MAX_CLAIMS: usize = 1 << 22;

/// How recently a file used its blocks: seconds since 1970, then its transaction.
pub type Recency = (u64, u32);

/// A deleted file whose content is in question.
#[derive(Debug)]
pub struct Candidate {
    /// Versions of one file share this number and never contest each other.
    pub file: u64,
    pub recency: Recency,
    pub mapped: Mapped,
    /// Its blocks go through the journal themselves; later copies of them are its own.
    pub is_directory: bool,
    /// What the file itself still maps, where this is an earlier content of it.
    pub kept: Vec<Run>,
    pub verdict: (ContentState, &'static str),
    /// Blocks it used, and how many of them something else has or had since.
    pub lost: (u64, u64),
}

pub mod rule {
    pub const FREE: &str = "all its blocks are free in the block bitmap and nothing newer that is known used them";
    pub const NO_BLOCKS: &str = "uses no blocks: empty or a hole";
    pub const INLINE: &str = "content lies in the copy of the inode itself";
    pub const KEPT: &str = "the blocks the file gave up are free; the others still belong to it and may hold newer content";
    pub const CLEARED: &str = "size and block map were cleared on deletion";
    pub const PARTLY: &str = "some of its blocks are allocated or were used by something newer";
    pub const ALL: &str = "all its blocks are allocated or were used by something newer";
    pub const CONTESTED: &str = "another deleted file of the same age used the same blocks";
    pub const PARTIAL: &str = "part of the block map is gone; the runs are not all";
    pub const MAP_LOST: &str = "the blocks of its block map are allocated or were used since";
    pub const NO_BITMAP: &str = "the block bitmap can not be read";
    pub const NO_MAP: &str = "no block map of this file survives";
    pub const TOO_MANY: &str = "too many runs of deleted files to compare";
}

/// A stretch of blocks that a file used; keyed by its first block.
struct Claim {
    end: u64,
    owner: usize,
}

/// What became of a candidate's blocks.
struct Fate {
    total: u64,
    /// Allocated again, or used since by something newer that the file system knows of.
    lost: u64,
    /// The bitmaps could be read.
    is_known: bool,
    /// Candidates of the same age that used some of the blocks.
    rivals: Vec<usize>,
    /// Stretches that something newer used: first block, first past the end; sorted, apart.
    used: Vec<(u64, u64)>,
}

/// Decides the content of every candidate. Newer files are looked at first.
pub fn decide(scan: &mut Scan<'_>, journal: Option<&Journal>, candidates: &mut [Candidate]) {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|i| candidates.get(*i).map(|c| (std::cmp::Reverse(c.recency), c.file)));
    let mut claims: BTreeMap<u64, Claim> = BTreeMap::new();
    let mut contested: Vec<usize> = Vec::new();
    let block_size = u64::from(scan.disk.sb.block_size).max(1);
    let mut is_full = false;
    // In a sound file system the parts of files that are lost do not add up to many times its size.
    let mut budget = scan.disk.volume.len().checked_div(block_size).unwrap_or(0).saturating_mul(8);
    for index in order {
        let Some(candidate) = candidates.get(index) else { continue };
        let runs = if candidate.mapped.is_inline { &[] } else { candidate.mapped.runs.as_slice() };
        let blocks = blocks_of(runs, block_size);
        let read: Vec<(u64, u64)> = candidate.mapped.read_in_place.iter().map(|b| (*b, 1)).collect();
        let other: Vec<(u64, u64)> = candidate.mapped.read_from_journal.iter().map(|b| (*b, 1)).collect();
        let more = blocks.len().saturating_add(read.len()).saturating_add(other.len());
        if claims.len().saturating_add(more) > MAX_CLAIMS {
            is_full = true;
        }
        let mut verdict = (ContentState::Unknown, rule::TOO_MANY);
        let mut lost = (0, 0);
        let mut readable = None;
        if !is_full {
            let content = fate(scan, journal, candidates, &claims, index, &blocks);
            let map = fate(scan, journal, candidates, &claims, index, &read);
            if !content.rivals.is_empty() {
                contested.push(index);
                contested.extend(&content.rivals);
            }
            // A map read from blocks that something else used since says nothing.
            if map.lost > 0 || !map.is_known {
                verdict = (ContentState::Unknown, rule::MAP_LOST);
                readable = Some(Vec::new());
            } else {
                (verdict, lost) = judge(scan, candidate, &blocks, block_size, &content);
                readable = match verdict.0 {
                    ContentState::Intact | ContentState::Unknown => None,
                    ContentState::PartlyOverwritten => Some(survivors(scan, candidate, &content.used, block_size, &mut budget)),
                    ContentState::Overwritten => Some(holes(&candidate.mapped.runs)),
                };
            }
            for (first, count) in blocks.iter().chain(&read).chain(&other) {
                claim(&mut claims, *first, first.saturating_add(*count), index);
            }
        }
        if let Some(candidate) = candidates.get_mut(index) {
            (candidate.verdict, candidate.lost) = (verdict, lost);
            if let Some(runs) = readable {
                candidate.mapped.runs = runs;
            }
        }
    }
    for index in contested {
        if let Some(candidate) = candidates.get_mut(index) {
            candidate.verdict = (ContentState::Unknown, rule::CONTESTED);
        }
    }
    if is_full {
        scan.tally.limit("deleted files", "at most 4194304 runs of deleted files", "more; content states left unknown");
    }
}

/// Looks up what became of stretches of blocks that candidate `index` used.
fn fate(
    scan: &mut Scan<'_>,
    journal: Option<&Journal>,
    candidates: &[Candidate],
    claims: &BTreeMap<u64, Claim>,
    index: usize,
    blocks: &[(u64, u64)],
) -> Fate {
    let mut out = Fate { total: 0, lost: 0, is_known: true, rivals: Vec::new(), used: Vec::new() };
    let Some(candidate) = candidates.get(index) else { return out };
    let mut used: Vec<(u64, u64)> = Vec::new();
    for (first, count) in blocks {
        let end = first.saturating_add(*count);
        out.total = out.total.saturating_add(*count);
        match scan.allocated_blocks(*first, *count) {
            Some(n) => out.lost = out.lost.saturating_add(n),
            None => out.is_known = false,
        }
        for (start, stop, owner) in overlaps(claims, *first, end) {
            let Some(other) = candidates.get(owner).filter(|o| o.file != candidate.file) else { continue };
            if other.recency == candidate.recency {
                out.rivals.push(owner);
            }
            used.push((start, stop));
        }
        // Metadata that a later transaction wrote there: a directory, an index block.
        if let Some(journal) = journal.filter(|_| candidate.recency.1 != 0 && !candidate.is_directory) {
            let later = journal.blocks_written_after(*first, end, candidate.recency.1);
            used.extend(later.map(|b| (b, b.saturating_add(1))));
        }
    }
    used.sort_unstable();
    let mut at = 0u64;
    for (start, stop) in used {
        let start = start.max(at);
        let length = stop.saturating_sub(start);
        // Blocks that are allocated again are counted already.
        let counted = if length > 0 { scan.allocated_blocks(start, length).unwrap_or(0) } else { 0 };
        out.lost = out.lost.saturating_add(length.saturating_sub(counted));
        at = at.max(stop);
        if length > 0 {
            out.used.push((start, stop));
        }
    }
    out
}

fn judge(
    scan: &mut Scan<'_>,
    candidate: &Candidate,
    blocks: &[(u64, u64)],
    block_size: u64,
    fate: &Fate,
) -> ((ContentState, &'static str), (u64, u64)) {
    let mapped = &candidate.mapped;
    if mapped.is_inline {
        let state = if mapped.is_partial { ContentState::Unknown } else { ContentState::Intact };
        return ((state, if mapped.is_partial { rule::PARTIAL } else { rule::INLINE }), (0, 0));
    }
    // Blocks the file still has are allocated to itself (or were, to its last state).
    let kept = shared(&mapped.runs, &candidate.kept).checked_div(block_size).unwrap_or(0);
    let own = if kept > 0 { blocks_of(&candidate.kept, block_size) } else { Vec::new() };
    let allocated = blocks.iter().map(|b| own_allocated(scan, *b, &own)).fold(0, u64::saturating_add);
    let lost = fate.lost.saturating_sub(allocated);
    let verdict = match (fate.is_known, lost) {
        (false, _) => (ContentState::Unknown, rule::NO_BITMAP),
        (true, 0) if mapped.is_partial => (ContentState::Unknown, rule::PARTIAL),
        (true, 0) if kept > 0 => (ContentState::Unknown, rule::KEPT),
        (true, 0) if fate.total == 0 => (ContentState::Intact, rule::NO_BLOCKS),
        (true, 0) => (ContentState::Intact, rule::FREE),
        (true, n) if n < fate.total || mapped.is_partial => (ContentState::PartlyOverwritten, rule::PARTLY),
        (true, _) => (ContentState::Overwritten, rule::ALL),
    };
    (verdict, (lost, fate.total))
}

/// The runs with every lost block as a hole: what belongs to another file now is never offered as
/// content of this one. Past the budget everything counts as lost.
fn survivors(scan: &mut Scan<'_>, candidate: &Candidate, used: &[(u64, u64)], block_size: u64, budget: &mut u64) -> Vec<Run> {
    let runs = &candidate.mapped.runs;
    let blocks: u64 = blocks_of(runs, block_size).iter().fold(0, |n, (_, count)| n.saturating_add(*count));
    let Some(left) = budget.checked_sub(blocks) else {
        scan.tally.limit("deleted files", "lost parts of files that fit into the volume", "more; left out as holes");
        return holes(runs);
    };
    *budget = left;
    let own = blocks_of(&candidate.kept, block_size).into_iter();
    let mut own: Vec<(u64, u64)> = own.map(|(start, count)| (start, start.saturating_add(count))).collect();
    own.sort_unstable();
    let is_in = |list: &[(u64, u64)], block: u64| {
        let index = list.partition_point(|(start, _)| *start <= block).checked_sub(1);
        index.and_then(|i| list.get(i)).is_some_and(|(_, end)| block < *end)
    };
    let mut out: Vec<Run> = Vec::new();
    for run in runs {
        let Some(offset) = run.offset else {
            out.push(*run);
            continue;
        };
        let mut done = 0u64;
        while done < run.length {
            let at = offset.saturating_add(done);
            let block = at.checked_div(block_size).unwrap_or(0);
            let length = block_size.min(run.length.saturating_sub(done));
            let is_again = scan.is_block_allocated(block).unwrap_or(true) && !is_in(&own, block);
            let piece = (!is_again && !is_in(used, block)).then_some(at);
            let joins = |last: &Run| match (last.offset, piece) {
                (Some(a), Some(b)) => a.checked_add(last.length) == Some(b),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            match out.last_mut().filter(|last| joins(last)) {
                Some(last) => last.length = last.length.saturating_add(length),
                None => out.push(Run { offset: piece, length }),
            }
            done = done.saturating_add(length.max(1));
        }
    }
    out
}

fn holes(runs: &[Run]) -> Vec<Run> {
    let length = runs.iter().fold(0u64, |n, r| n.saturating_add(r.length));
    vec![Run { offset: None, length }]
}

/// The stretches of blocks that runs map: (first block, count).
fn blocks_of(runs: &[Run], block_size: u64) -> Vec<(u64, u64)> {
    let placed = runs.iter().filter_map(|r| r.offset.map(|o| (o, r.length)));
    placed.map(|(o, length)| (o.checked_div(block_size).unwrap_or(0), length.div_ceil(block_size))).collect()
}

/// How many allocated blocks of a stretch are the file's own.
fn own_allocated(scan: &mut Scan<'_>, (first, count): (u64, u64), own: &[(u64, u64)]) -> u64 {
    let end = first.saturating_add(count);
    own.iter().fold(0, |n, (start, length)| {
        let from = (*start).max(first);
        let length = start.saturating_add(*length).min(end).saturating_sub(from);
        n.saturating_add(if length > 0 { scan.allocated_blocks(from, length).unwrap_or(0) } else { 0 })
    })
}

/// The claimed parts of `first..end`: (first block, first past the end, owner).
fn overlaps(claims: &BTreeMap<u64, Claim>, first: u64, end: u64) -> Vec<(u64, u64, usize)> {
    let before = claims.range(..first).next_back();
    let within = claims.range(first..end.max(first));
    let all = before.into_iter().chain(within);
    let cut = |(start, claim): (&u64, &Claim)| ((*start).max(first), claim.end.min(end), claim.owner);
    all.map(cut).filter(|(start, stop, _)| start < stop).collect()
}

/// Claims what is still unclaimed of `first..end`.
fn claim(claims: &mut BTreeMap<u64, Claim>, first: u64, end: u64, owner: usize) {
    let mut at = first;
    for (start, stop, _) in overlaps(claims, first, end) {
        if at < start {
            claims.insert(at, Claim { end: start, owner });
        }
        at = at.max(stop);
    }
    if at < end {
        claims.insert(at, Claim { end, owner });
    }
}

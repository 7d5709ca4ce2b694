//! Whether the blocks of a deleted file still hold it: the block bitmap first, then the newer
//! deleted files that used the same blocks.

use super::earlier::shared;
use super::map::Mapped;
use super::scan::Scan;
use model::{ContentState, Run};
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
    /// What the file itself still maps, where this is an earlier content of it.
    pub kept: Vec<Run>,
    pub verdict: (ContentState, &'static str),
}

pub mod rule {
    pub const FREE: &str = "all its blocks are free in the block bitmap and no newer known file used them";
    pub const NO_BLOCKS: &str = "uses no blocks: empty or a hole";
    pub const INLINE: &str = "content lies in the copy of the inode itself";
    pub const KEPT: &str = "the blocks the file gave up are free; the others still belong to it and may hold newer content";
    pub const CLEARED: &str = "size and block map were cleared on deletion";
    pub const PARTLY: &str = "some of its blocks are allocated or were used by a newer deleted file";
    pub const ALL: &str = "all its blocks are allocated or were used by newer deleted files";
    pub const CONTESTED: &str = "another deleted file of the same age used the same blocks";
    pub const PARTIAL: &str = "part of the block map is gone; the runs are not all";
    pub const NO_BITMAP: &str = "the block bitmap can not be read";
    pub const NO_MAP: &str = "no block map of this file survives";
    pub const TOO_MANY: &str = "too many runs of deleted files to compare";
}

/// A stretch of blocks that a file used; keyed by its first block.
struct Claim {
    end: u64,
    owner: usize,
}

/// Decides the content of every candidate. Newer files are looked at first.
pub fn decide(scan: &mut Scan<'_>, candidates: &mut [Candidate]) {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|i| candidates.get(*i).map(|c| (std::cmp::Reverse(c.recency), c.file)));
    let mut claims: BTreeMap<u64, Claim> = BTreeMap::new();
    let mut contested: Vec<usize> = Vec::new();
    let block_size = u64::from(scan.disk.sb.block_size).max(1);
    let mut is_full = false;
    for index in order {
        let Some(candidate) = candidates.get(index) else { continue };
        let runs = if candidate.mapped.is_inline { &[] } else { candidate.mapped.runs.as_slice() };
        let blocks = blocks_of(runs, block_size);
        if claims.len().saturating_add(blocks.len()) > MAX_CLAIMS {
            is_full = true;
        }
        let mut total = 0u64;
        let mut lost = 0u64;
        let mut is_known = true;
        for (first, count) in &blocks {
            total = total.saturating_add(*count);
            match scan.allocated_blocks(*first, *count) {
                Some(n) => lost = lost.saturating_add(n),
                None => is_known = false,
            }
            if is_full {
                continue;
            }
            let end = first.saturating_add(*count);
            for (start, stop, owner) in overlaps(&claims, *first, end) {
                let Some(other) = candidates.get(owner) else { continue };
                if other.file == candidate.file {
                    continue;
                }
                if other.recency == candidate.recency {
                    contested.extend([owner, index]);
                }
                // Blocks that are allocated again are counted already.
                let length = stop.saturating_sub(start);
                let counted = scan.allocated_blocks(start, length).unwrap_or(0);
                lost = lost.saturating_add(length.saturating_sub(counted));
            }
        }
        // Blocks the file still has are allocated to itself (or were, to its last state).
        let kept = shared(&candidate.mapped.runs, &candidate.kept).checked_div(block_size).unwrap_or(0);
        if kept > 0 {
            let own = blocks_of(&candidate.kept, block_size);
            let allocated = blocks.iter().map(|b| own_allocated(scan, *b, &own)).fold(0, u64::saturating_add);
            lost = lost.saturating_sub(allocated);
        }
        let verdict =
            if is_full { (ContentState::Unknown, rule::TOO_MANY) } else { judge(candidate, total, lost, is_known, kept) };
        if !is_full {
            for (first, count) in &blocks {
                claim(&mut claims, *first, first.saturating_add(*count), index);
            }
        }
        if let Some(candidate) = candidates.get_mut(index) {
            candidate.verdict = verdict;
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

fn judge(candidate: &Candidate, total: u64, lost: u64, is_known: bool, kept: u64) -> (ContentState, &'static str) {
    let mapped = &candidate.mapped;
    if mapped.is_inline {
        let state = if mapped.is_partial { ContentState::Unknown } else { ContentState::Intact };
        return (state, if mapped.is_partial { rule::PARTIAL } else { rule::INLINE });
    }
    match (is_known, lost) {
        (false, _) => (ContentState::Unknown, rule::NO_BITMAP),
        (true, 0) if mapped.is_partial => (ContentState::Unknown, rule::PARTIAL),
        (true, 0) if kept > 0 => (ContentState::Unknown, rule::KEPT),
        (true, 0) if total == 0 => (ContentState::Intact, rule::NO_BLOCKS),
        (true, 0) => (ContentState::Intact, rule::FREE),
        (true, n) if n < total || mapped.is_partial => (ContentState::PartlyOverwritten, rule::PARTLY),
        (true, _) => (ContentState::Overwritten, rule::ALL),
    }
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

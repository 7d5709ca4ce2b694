//! Proofs are lists of roots of ranges of leaves. The ranges follow from index and size alone;
//! their roots are built from whatever hashes a store keeps.

use crate::{EMPTY_ROOT, Frontier, Hash, TreeHead, node_hash};
use std::ops::Range;

/// Where the hashes of a stored tree are read from.
pub trait Nodes {
    type Error;
    /// The hashes of `count` nodes at `level` (0, 8, 16, ...: 0 are the leaves), from number
    /// `first` of that level. `count` is a power of two up to 128, and the nodes lie within one
    /// aligned run of 256. Must return exactly `count` hashes.
    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, Self::Error>;
}

/// Inclusion path of leaf `index` in the tree over the first `size` leaves, from the leaf up.
/// None where `index` is not below `size`. Source: RFC 9162 2.1.3.1.
pub fn inclusion_path<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let mut path = Vec::new();
    for range in inclusion_ranges(index, size) {
        path.push(range_root(nodes, range)?);
    }
    Ok(Some(path))
}

/// Proof that the tree of `old` leaves is a prefix of the tree of `new` leaves. None where `old`
/// is larger than `new`; empty for equal sizes and for an empty old tree. Source: RFC 9162
/// 2.1.4.1.
pub fn consistency_path<N: Nodes>(nodes: &mut N, old: u64, new: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    let mut path = Vec::new();
    for range in consistency_ranges(old, new) {
        path.push(range_root(nodes, range)?);
    }
    Ok(Some(path))
}

/// Root over the first `size` leaves, from stored hashes.
pub fn root_of<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    range_root(nodes, 0..size)
}

/// The largest power of two below `n`, for `n` of at least 2.
pub(crate) fn split(n: u64) -> u64 {
    n.saturating_sub(1).checked_ilog2().and_then(|bit| 1u64.checked_shl(bit)).unwrap_or(0)
}

fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    let (mut start, mut end) = (0u64, size);
    while end.saturating_sub(start) > 1 {
        let middle = start.saturating_add(split(end.saturating_sub(start)));
        if index < middle {
            out.push(middle..end);
            end = middle;
        } else {
            out.push(start..middle);
            start = middle;
        }
    }
    out.reverse();
    out
}

fn consistency_ranges(old: u64, new: u64) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    let (mut start, mut end) = (0u64, new);
    if old == 0 {
        return out;
    }
    while end != old {
        let middle = start.saturating_add(split(end.saturating_sub(start)));
        if old <= middle {
            out.push(middle..end);
            end = middle;
        } else {
            out.push(start..middle);
            start = middle;
        }
    }
    // A range from 0 is the old root itself, which the verifier has.
    if start > 0 {
        out.push(start..end);
    }
    out.reverse();
    out
}

/// Root of a range that a split of the tree yields: full subtrees, the larger ones first.
fn range_root<N: Nodes>(nodes: &mut N, range: Range<u64>) -> Result<Hash, N::Error> {
    let mut lefts = Vec::new();
    let mut start = range.start;
    while let Some(level) = range.end.saturating_sub(start).checked_ilog2() {
        lefts.push(full_root(nodes, level, start)?);
        start = start.saturating_add(1u64.checked_shl(level).unwrap_or(0));
    }
    Ok(lefts.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT))
}

/// Root of the full subtree of 2^level leaves from leaf `start`, which is a multiple of 2^level.
fn full_root<N: Nodes>(nodes: &mut N, level: u32, start: u64) -> Result<Hash, N::Error> {
    let within = level & 7;
    let stored = level.saturating_sub(within);
    let first = start.checked_shr(stored).unwrap_or(0);
    let count = 1usize.checked_shl(within).unwrap_or(1);
    let mut hashes = nodes.hashes(u8::try_from(stored).unwrap_or(u8::MAX), first, count)?;
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    Ok(hashes.first().copied().unwrap_or(EMPTY_ROOT))
}

/// A tree whose leaf hashes are all in memory: the ledger's entries, the nodes of an image.
#[derive(Clone, Default)]
pub struct MemoryTree {
    leaves: Vec<Hash>,
    /// `levels[0]` holds the nodes of level 8, `levels[1]` of level 16, ...
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl MemoryTree {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.push(leaf, |level, _, hash| {
            let at = usize::from(level / 8).saturating_sub(1);
            match levels.get_mut(at) {
                Some(nodes) => nodes.push(*hash),
                None => levels.push(vec![*hash]),
            }
        });
        self.leaves.push(leaf);
    }
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }
    /// Size and root as they were when the tree had `size` leaves; None past its end.
    pub fn head_at(&self, size: u64) -> Option<TreeHead> {
        if size > self.size() {
            return None;
        }
        let Ok(root) = root_of(&mut &*self, size);
        Some(TreeHead { size, root })
    }
    /// Root of a range that a split of the tree yields.
    pub(crate) fn range_root(&self, range: Range<u64>) -> Option<Hash> {
        if range.end > self.size() {
            return None;
        }
        let Ok(root) = range_root(&mut &*self, range);
        Some(root)
    }
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if size > self.size() {
            return None;
        }
        let Ok(path) = inclusion_path(&mut &*self, index, size);
        path
    }
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        if new > self.size() {
            return None;
        }
        let Ok(path) = consistency_path(&mut &*self, old, new);
        path
    }
}

impl FromIterator<Hash> for MemoryTree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.push(leaf);
        }
        tree
    }
}

impl Nodes for &MemoryTree {
    type Error = std::convert::Infallible;
    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, Self::Error> {
        let nodes = match level {
            0 => Some(&self.leaves),
            _ => self.levels.get(usize::from(level / 8).saturating_sub(1)),
        };
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let found = nodes.and_then(|n| n.get(first..first.saturating_add(count)));
        Ok(found.unwrap_or_default().to_vec())
    }
}

//! Proof that bytes stand at an offset of an evidence stream, without the rest of the stream.

use crate::ranges::split;
use crate::{BLOCK_BYTES, Hash, MemoryTree, NODE_BLOCKS, NODE_BYTES, block_leaf, blocks_of, node_hash};
use std::fmt;
use std::ops::Range;

/// Most blocks one proof covers: 16 MiB.
pub const MAX_RANGE_BLOCKS: u64 = 4096;

/// The 4 KiB blocks that cover a byte range, and the hashes of everything beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeProof {
    /// Length of the stream.
    pub bytes: u64,
    pub first_block: u64,
    /// Whole blocks from `first_block`; the stream's last one may be short.
    pub data: Vec<u8>,
    /// Roots of the subtrees without a disclosed block, from left to right.
    pub path: Vec<Hash>,
}

/// Why no range could be proved.
#[derive(Debug)]
pub enum RangeFault<E> {
    /// The range is empty, reaches past the end, or is longer than a proof may be.
    OutOfBounds,
    /// There is not one node for each MiB of the stream.
    MissingNodes,
    /// The re-read bytes do not hash to the stored node of this MiB.
    Changed {
        mib: u64,
    },
    Read(E),
}

impl<E: fmt::Display> fmt::Display for RangeFault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds => f.write_str("the byte range is empty, too long, or outside the source"),
            Self::MissingNodes => f.write_str("the source's stored hashes do not cover it"),
            Self::Changed { mib } => write!(f, "the bytes of MiB {mib} are not those that were imported"),
            Self::Read(e) => e.fmt(f),
        }
    }
}

/// Proves `length` bytes at `offset` of a stream of `bytes`. `nodes` holds one hash a MiB;
/// `read(offset, length)` re-reads evidence and is asked for whole MiBs only.
pub fn prove_range<E>(
    bytes: u64,
    nodes: &[Hash],
    offset: u64,
    length: u64,
    mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
) -> Result<RangeProof, RangeFault<E>> {
    let end = offset.checked_add(length).filter(|end| *end <= bytes && length > 0).ok_or(RangeFault::OutOfBounds)?;
    let blocks = offset.checked_div(BLOCK_BYTES as u64).unwrap_or(0)..blocks_of(end);
    if blocks.end.saturating_sub(blocks.start) > MAX_RANGE_BLOCKS {
        return Err(RangeFault::OutOfBounds);
    }
    if bytes.div_ceil(NODE_BYTES) != nodes.len() as u64 {
        return Err(RangeFault::MissingNodes);
    }
    let mut stream = Stream { blocks: blocks_of(bytes), nodes: nodes.iter().copied().collect(), open: Vec::new() };
    let mut data = Vec::new();
    for mib in blocks.start / NODE_BLOCKS..blocks.end.div_ceil(NODE_BLOCKS) {
        let from = mib.saturating_mul(NODE_BYTES);
        let piece_bytes = usize::try_from(bytes.saturating_sub(from).min(NODE_BYTES)).unwrap_or(0);
        let piece = read(from, piece_bytes).map_err(RangeFault::Read)?;
        let tree: MemoryTree = piece.chunks(BLOCK_BYTES).map(block_leaf).collect();
        let stored = usize::try_from(mib).ok().and_then(|m| nodes.get(m));
        if piece.len() != piece_bytes || stored != Some(&tree.head().root) {
            return Err(RangeFault::Changed { mib });
        }
        let first = mib.saturating_mul(NODE_BLOCKS);
        for (number, block) in (first..).zip(piece.chunks(BLOCK_BYTES)) {
            if blocks.contains(&number) {
                data.extend_from_slice(block);
            }
        }
        stream.open.push((mib, tree));
    }
    let mut path = Vec::new();
    stream.siblings(0..stream.blocks, &blocks, &mut path);
    Ok(RangeProof { bytes, first_block: blocks.start, data, path })
}

/// Checks the proof against length and root of the stream, both from a trusted place, and gives
/// the proved byte range: where `proof.data` lies in the stream. None where anything does not fit.
pub fn verify_range(proof: &RangeProof, bytes: u64, root: &Hash) -> Option<Range<u64>> {
    let start = proof.first_block.checked_mul(BLOCK_BYTES as u64)?;
    let end = start.checked_add(proof.data.len() as u64).filter(|end| *end <= proof.bytes)?;
    // Only the last block of the stream may be short.
    let whole = end.is_multiple_of(BLOCK_BYTES as u64) || end == proof.bytes;
    let blocks = proof.first_block..blocks_of(end);
    if proof.bytes != bytes || !whole || proof.data.is_empty() || blocks.end.saturating_sub(blocks.start) > MAX_RANGE_BLOCKS {
        return None;
    }
    let mut leaves = proof.data.chunks(BLOCK_BYTES);
    let mut path = proof.path.iter();
    let found = rebuild(0..blocks_of(proof.bytes), &blocks, &mut leaves, &mut path)?;
    (path.next().is_none() && found == *root).then_some(start..end)
}

/// Recursion ends after at most 64 halvings.
fn rebuild(
    range: Range<u64>,
    shown: &Range<u64>,
    leaves: &mut std::slice::Chunks<'_, u8>,
    path: &mut std::slice::Iter<'_, Hash>,
) -> Option<Hash> {
    if range.end <= shown.start || shown.end <= range.start {
        return path.next().copied();
    }
    let length = range.end.saturating_sub(range.start);
    if length == 1 {
        return leaves.next().map(block_leaf);
    }
    let middle = range.start.saturating_add(split(length));
    let left = rebuild(range.start..middle, shown, leaves, path)?;
    let right = rebuild(middle..range.end, shown, leaves, path)?;
    Some(node_hash(&left, &right))
}

/// The hashes at hand: one for each MiB, and the blocks of the MiBs that were re-read.
struct Stream {
    blocks: u64,
    nodes: MemoryTree,
    open: Vec<(u64, MemoryTree)>,
}

impl Stream {
    fn siblings(&self, range: Range<u64>, shown: &Range<u64>, path: &mut Vec<Hash>) {
        if range.end <= shown.start || shown.end <= range.start {
            path.extend(self.root(&range));
            return;
        }
        let length = range.end.saturating_sub(range.start);
        if length == 1 {
            return;
        }
        let middle = range.start.saturating_add(split(length));
        self.siblings(range.start..middle, shown, path);
        self.siblings(middle..range.end, shown, path);
    }

    /// Root of a range beside the disclosed blocks: of whole MiBs, or within one re-read MiB.
    fn root(&self, range: &Range<u64>) -> Option<Hash> {
        let mib = range.start / NODE_BLOCKS;
        let first = mib.saturating_mul(NODE_BLOCKS);
        let ends_piece = range.end.is_multiple_of(NODE_BLOCKS) || range.end == self.blocks;
        if range.start == first && ends_piece {
            return self.nodes.range_root(mib..range.end.div_ceil(NODE_BLOCKS));
        }
        let (_, piece) = self.open.iter().find(|(number, _)| *number == mib)?;
        piece.range_root(range.start.saturating_sub(first)..range.end.saturating_sub(first))
    }
}

use crate::{EMPTY_ROOT, Frontier, Hash};
use sha2::{Digest, Sha256};

/// Bytes under one leaf of an evidence tree; the last block of a stream may be shorter.
pub const BLOCK_BYTES: usize = 4096;
/// Blocks under one stored node.
pub const NODE_BLOCKS: u64 = 256;
/// Bytes under one stored node: 1 MiB.
pub const NODE_BYTES: u64 = NODE_BLOCKS * BLOCK_BYTES as u64;

/// Number of blocks of a stream of `bytes`.
pub fn blocks_of(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES as u64)
}

/// `H(00 | block)` of one block of 1 to 4,096 bytes.
pub fn block_leaf(block: &[u8]) -> Hash {
    crate::leaf_hash(block)
}

/// Root over the blocks of one MiB, or of the shorter last piece of a stream. Pieces can be hashed
/// on several threads and given to `BlockTree::push_node` in order.
pub fn node_of(piece: &[u8]) -> Hash {
    let mut tree = Frontier::new();
    for block in piece.chunks(BLOCK_BYTES) {
        tree.push(block_leaf(block), |_, _, _| {});
    }
    tree.root()
}

/// What a stream hashed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Length of the stream.
    pub bytes: u64,
    /// Root over the 4 KiB blocks.
    pub root: Hash,
    /// One hash for each MiB begun; the last may stand for less. The tree over these as leaf
    /// hashes has the same root.
    pub nodes: Vec<Hash>,
}

/// The tree over the 4 KiB blocks of a stream that comes in pieces of any size. Source:
/// docs/format.md, "Evidence blocks".
#[derive(Clone)]
pub struct BlockTree {
    bytes: u64,
    /// The block being filled, prefix included, and the bytes in it so far.
    block: Sha256,
    filled: usize,
    /// The blocks of the MiB being filled.
    piece: Frontier,
    nodes: Vec<Hash>,
    tree: Frontier,
}

impl Default for BlockTree {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockTree {
    pub fn new() -> Self {
        Self { bytes: 0, block: new_block(), filled: 0, piece: Frontier::new(), nodes: Vec::new(), tree: Frontier::new() }
    }

    /// Goes on after the given nodes, each of a whole MiB.
    pub fn resume(nodes: Vec<Hash>) -> Self {
        let mut tree = Self::new();
        for node in nodes {
            tree.push_node(node);
        }
        tree
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
    /// The nodes of the whole MiBs taken so far.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    pub fn update(&mut self, mut data: &[u8]) {
        self.bytes = self.bytes.saturating_add(data.len() as u64);
        while !data.is_empty() {
            let (part, rest) = data.split_at(data.len().min(BLOCK_BYTES.saturating_sub(self.filled)));
            self.block.update(part);
            self.filled = self.filled.saturating_add(part.len());
            if self.filled == BLOCK_BYTES {
                self.end_block();
            }
            data = rest;
        }
    }

    /// Adds a whole MiB hashed elsewhere by `node_of`. Only between whole MiBs; a node given in
    /// the midst of one is not taken and gives false.
    pub fn push_node(&mut self, node: Hash) -> bool {
        if self.filled != 0 || self.piece.size() != 0 {
            return false;
        }
        self.bytes = self.bytes.saturating_add(NODE_BYTES);
        self.add_node(node);
        true
    }

    pub fn finish(mut self) -> Blocks {
        if self.filled > 0 {
            self.end_block();
        }
        if self.piece.size() > 0 {
            self.add_node(self.piece.root());
        }
        let root = if self.nodes.is_empty() { EMPTY_ROOT } else { self.tree.root() };
        Blocks { bytes: self.bytes, root, nodes: self.nodes }
    }

    fn end_block(&mut self) {
        let leaf = std::mem::replace(&mut self.block, new_block()).finalize().into();
        self.filled = 0;
        let mut node = None;
        self.piece.push(leaf, |_, _, hash| node = Some(*hash));
        if let Some(node) = node {
            self.piece = Frontier::new();
            self.add_node(node);
        }
    }
    fn add_node(&mut self, node: Hash) {
        self.tree.push(node, |_, _, _| {});
        self.nodes.push(node);
    }
}

fn new_block() -> Sha256 {
    let mut block = Sha256::new();
    block.update([0]);
    block
}

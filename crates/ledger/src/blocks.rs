use crate::{EMPTY_ROOT, Frontier, Hash};
use lanes::{Messages, START, START1, State, State1, digest};

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

/// What a stream hashed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Length of the stream.
    pub bytes: u64,
    /// SHA-256 of the stream.
    pub sha256: Hash,
    /// SHA-1 of the stream, where it was asked for.
    pub sha1: Option<[u8; 20]>,
    /// Root over the 4 KiB blocks.
    pub root: Hash,
    /// One hash for each MiB begun; the last may stand for less. The tree over these as leaf
    /// hashes has the same root.
    pub nodes: Vec<Hash>,
}

/// SHA-256 of a stream that comes in pieces of any size, and the tree over its 4 KiB blocks. Both are
/// hashed side by side, block by block. Source: docs/format.md, "Evidence blocks".
#[derive(Clone)]
pub struct BlockTree {
    bytes: u64,
    /// The block being filled, as the message that its leaf is the hash of: `00`, the block, padding.
    block: Box<[u8; MESSAGE]>,
    filled: usize,
    whole: State,
    sha1: Option<State1>,
    /// The blocks of the MiB being filled.
    piece: Frontier,
    nodes: Vec<Hash>,
    tree: Frontier,
}

/// Bytes that a full block's leaf is the hash of, and those with the padding.
const LEAF: usize = 1 + BLOCK_BYTES;
const MESSAGE: usize = (LEAF + 1 + 8usize).next_multiple_of(64);

/// That message with a block of zeros.
fn message() -> Box<[u8; MESSAGE]> {
    let mut message = Box::new([0u8; MESSAGE]);
    if let Some(end) = message.get_mut(LEAF) {
        *end = 0x80;
    }
    if let Some(bits) = message.last_chunk_mut::<8>() {
        *bits = (LEAF as u64).saturating_mul(8).to_be_bytes();
    }
    message
}

impl Default for BlockTree {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockTree {
    pub fn new() -> Self {
        Self {
            bytes: 0,
            block: message(),
            filled: 0,
            whole: START,
            sha1: None,
            piece: Frontier::new(),
            nodes: Vec::new(),
            tree: Frontier::new(),
        }
    }

    /// For a stream whose SHA-1 is wanted too: evidence, for comparison with older records.
    pub fn with_sha1() -> Self {
        Self { sha1: Some(START1), ..Self::new() }
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
            let from = self.filled.saturating_add(1);
            self.filled = self.filled.saturating_add(part.len());
            if let Some(room) = self.block.get_mut(from..self.filled.saturating_add(1)) {
                room.copy_from_slice(part);
            }
            if self.filled == BLOCK_BYTES {
                self.end_full_block();
            }
            data = rest;
        }
    }

    pub fn finish(mut self) -> Blocks {
        let last = self.block.get(1..self.filled.saturating_add(1)).unwrap_or_default();
        let mut rest = Messages::default();
        let before = self.bytes.saturating_sub(last.len() as u64);
        let sha1 = self.sha1.map(|state| lanes::end1(state, before, last));
        rest.begin(self.whole, before);
        rest.put(last);
        rest.end();
        let sha256 = rest.hash().first().map(digest).unwrap_or_default();
        if !last.is_empty() {
            let leaf = block_leaf(last);
            self.add_leaf(leaf);
        }
        if self.piece.size() > 0 {
            self.add_node(self.piece.root());
        }
        let root = if self.nodes.is_empty() { EMPTY_ROOT } else { self.tree.root() };
        Blocks { bytes: self.bytes, sha256, sha1, root, nodes: self.nodes }
    }

    fn end_full_block(&mut self) {
        self.filled = 0;
        let (message, _) = self.block.as_chunks::<64>();
        let (data, _) = self.block.get(1..=BLOCK_BYTES).unwrap_or_default().as_chunks::<64>();
        let mut states = [START, self.whole];
        lanes::two(&mut states, self.sha1.as_mut(), [message, data]);
        let [leaf, whole] = states;
        self.whole = whole;
        self.add_leaf(digest(&leaf));
    }
    fn add_leaf(&mut self, leaf: Hash) {
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

use crate::{EMPTY_ROOT, Hash, TreeHead, node_hash};
use lanes::{Messages, START, digest};
use std::fmt;

/// A growing RFC 9162 tree, kept as the roots of its full subtrees: one hash for each bit set in
/// the size. Pushing allocates nothing and costs one inner node on average.
#[derive(Clone)]
pub struct Frontier {
    size: u64,
    /// `full[l]` is the root of a full subtree of 2^l leaves where bit l of `size` is set.
    full: [Hash; 64],
}

/// Bytes that are no frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFrontier;

impl fmt::Display for BadFrontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the saved tree state does not hold one hash for each bit of its size")
    }
}
impl std::error::Error for BadFrontier {}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl Frontier {
    pub fn new() -> Self {
        Self { size: 0, full: [EMPTY_ROOT; 64] }
    }
    /// Leaves pushed so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf hash. Calls `full` for every subtree of 2^8, 2^16, ... leaves that this leaf
    /// completes: (level, index among the nodes of that level, root).
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(u8, u64, &Hash)) {
        let mut hash = leaf;
        let mut index = self.size;
        let mut level = 0u8;
        for slot in &mut self.full {
            if index & 1 == 0 {
                *slot = hash;
                break;
            }
            hash = node_hash(slot, &hash);
            index >>= 1;
            level = level.saturating_add(1);
            if level & 7 == 0 {
                full(level, index, &hash);
            }
        }
        self.size = self.size.saturating_add(1);
    }

    /// Adds many leaf hashes, level by level and nodes side by side. Calls `full` as `push` does, in
    /// the order of the levels.
    pub fn push_all(&mut self, mut nodes: Vec<Hash>, mut full: impl FnMut(u8, u64, &Hash)) {
        let added = nodes.len() as u64;
        let mut messages = Messages::default();
        let mut index = self.size;
        for (level, slot) in (1u8..).zip(&mut self.full) {
            if nodes.is_empty() {
                break;
            }
            if index & 1 == 1 {
                nodes.insert(0, *slot);
            }
            let (pairs, rest) = nodes.as_chunks::<2>();
            if let [alone] = rest {
                *slot = *alone;
            }
            messages.clear();
            for pair in pairs {
                messages.begin(START, 0);
                messages.put(&[1]);
                messages.put(pair.as_flattened());
                messages.end();
            }
            nodes = messages.hash().iter().map(digest).collect();
            index >>= 1;
            if level & 7 == 0 {
                (index..).zip(&nodes).for_each(|(index, node)| full(level, index, node));
            }
        }
        self.size = self.size.saturating_add(added);
    }

    /// Root over all leaves pushed so far.
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        let mut rest = self.size;
        for left in &self.full {
            if rest & 1 == 1 {
                root = Some(root.map_or(*left, |right| node_hash(left, &right)));
            }
            rest >>= 1;
        }
        root.unwrap_or(EMPTY_ROOT)
    }
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// `size u64`, then the hash of each set bit of the size, lowest bit first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.size.to_le_bytes().to_vec();
        let mut rest = self.size;
        for hash in &self.full {
            if rest & 1 == 1 {
                out.extend_from_slice(hash);
            }
            rest >>= 1;
        }
        out
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(BadFrontier)?;
        let (hashes, rest) = hashes.as_chunks::<32>();
        let size = u64::from_le_bytes(*size);
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(BadFrontier);
        }
        let mut frontier = Self { size, full: [EMPTY_ROOT; 64] };
        let mut hashes = hashes.iter();
        let mut bits = size;
        for slot in &mut frontier.full {
            if bits & 1 == 1 {
                *slot = *hashes.next().ok_or(BadFrontier)?;
            }
            bits >>= 1;
        }
        Ok(frontier)
    }
}

use crate::{Frontier, Hash, TreeHead};
use std::fmt;

/// Hashes in a full tile. Source: C2SP tlog-tiles.
pub const TILE_HASHES: usize = 256;
const TILE_BYTES: usize = TILE_HASHES * 32;

/// Up to 256 hashes of one level of a tree. Tile level 1 holds the roots of 2^8 leaves, tile level
/// 2 those of 2^16, and so on; level 0, the leaves, is not stored but re-hashed from the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// 1 or more; the tree level divided by 8.
    pub level: u8,
    /// Number of the tile within its level.
    pub index: u64,
    /// 32 bytes a hash; 8,192 bytes when full.
    pub hashes: Vec<u8>,
}

/// A growing tree that hands out its tiles.
#[derive(Clone, Default)]
pub struct TreeBuilder {
    frontier: Frontier,
    /// The unfinished tile of each level, from level 1.
    open: Vec<Tile>,
}

/// Saved tiles that do not belong to the saved frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTiles;

impl fmt::Display for BadTiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the saved tiles do not belong to the saved tree state")
    }
}
impl std::error::Error for BadTiles {}

impl TreeBuilder {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// Adds a leaf hash; tiles that it fills are appended to `full`.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<Tile>) {
        let open = &mut self.open;
        self.frontier.push(leaf, |level, _, hash| keep(open, level, hash, full));
    }

    /// Adds many leaf hashes.
    pub fn push_all(&mut self, leaves: Vec<Hash>, full: &mut Vec<Tile>) {
        let open = &mut self.open;
        self.frontier.push_all(leaves, |level, _, hash| keep(open, level, hash, full));
    }

    /// The unfinished tiles that hold at least one hash: stored at every commit and at the end.
    pub fn open_tiles(&self) -> impl Iterator<Item = &Tile> {
        self.open.iter().filter(|t| !t.hashes.is_empty())
    }

    /// Goes on from a saved frontier and the unfinished tiles saved with it.
    pub fn resume(frontier: Frontier, saved: Vec<Tile>) -> Result<Self, BadTiles> {
        let mut open = Vec::new();
        let mut nodes = frontier.size() >> 8;
        let mut level = 1u8;
        while nodes > 0 {
            let (index, held) = (nodes >> 8, nodes & 0xff);
            let found = saved.iter().find(|t| t.level == level && t.index == index && !t.hashes.is_empty());
            let hashes = found.map(|t| t.hashes.clone()).unwrap_or_default();
            if hashes.len() as u64 != held.saturating_mul(32) {
                return Err(BadTiles);
            }
            open.push(Tile { level, index, hashes });
            nodes >>= 8;
            level = level.saturating_add(1);
        }
        Ok(Self { frontier, open })
    }
}

/// Puts a node into the open tile of its level.
fn keep(open: &mut Vec<Tile>, level: u8, hash: &Hash, full: &mut Vec<Tile>) {
    let at = usize::from(level / 8).saturating_sub(1);
    if open.len() == at {
        open.push(Tile { level: level / 8, index: 0, hashes: Vec::new() });
    }
    let Some(tile) = open.get_mut(at) else { return };
    tile.hashes.extend_from_slice(hash);
    if tile.hashes.len() == TILE_BYTES {
        let next = Tile { level: tile.level, index: tile.index.saturating_add(1), hashes: Vec::new() };
        full.push(std::mem::replace(tile, next));
    }
}

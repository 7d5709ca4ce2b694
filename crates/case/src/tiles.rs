//! The two trees over the rows of a table, and where the case keeps their hashes.

use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{Frontier, Hash, Leaves, Tile, TreeBuilder};
use model::Table;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// Which of the two trees: over the salted leaves, which entries and proofs stand on, or over the
/// unsalted ones, by which two cases of the same evidence are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    Rows,
    Content,
}

impl Tree {
    pub const BOTH: [Self; 2] = [Self::Rows, Self::Content];

    /// `tile.kind`.
    pub fn kind(self, table: Table) -> u8 {
        match self {
            Self::Rows => table as u8,
            Self::Content => 8 | table as u8,
        }
    }
    /// Name of its frontier in the state of an open import.
    fn state(self, table: Table) -> String {
        let tree = match self {
            Self::Rows => "rows",
            Self::Content => "content",
        };
        format!("{tree}.{}", table.name())
    }
}

/// The two trees of a table while they grow.
#[derive(Default)]
pub struct Trees {
    pub rows: TreeBuilder,
    pub content: TreeBuilder,
    tiles: Vec<Tile>,
}

impl Trees {
    fn of(&self, tree: Tree) -> &TreeBuilder {
        match tree {
            Tree::Rows => &self.rows,
            Tree::Content => &self.content,
        }
    }

    /// Adds the leaves of further rows; tiles that they fill are stored.
    pub fn push_all(&mut self, store: &Store, import: u32, table: Table, leaves: &[Leaves]) -> Result<()> {
        for tree in Tree::BOTH {
            match tree {
                Tree::Rows => self.rows.push_all(leaves.iter().map(|l| l.row).collect(), &mut self.tiles),
                Tree::Content => self.content.push_all(leaves.iter().map(|l| l.content).collect(), &mut self.tiles),
            }
            std::mem::take(&mut self.tiles).iter().try_for_each(|tile| save_tile(store, import, tree.kind(table), tile))?;
        }
        Ok(())
    }

    /// Stores what an interrupted import goes on from: the frontiers and the unfinished tiles.
    pub fn save(&self, store: &Store, import: u32, table: Table) -> Result<()> {
        Tree::BOTH.into_iter().try_for_each(|tree| {
            let builder = self.of(tree);
            store.set_state(import, &tree.state(table), &builder.frontier().to_bytes())?;
            builder.open_tiles().try_for_each(|tile| save_tile(store, import, tree.kind(table), tile))
        })
    }

    pub fn load(store: &Store, import: u32, table: Table) -> Result<Self> {
        let load = |tree| load(store, import, table, tree);
        Ok(Self { rows: load(Tree::Rows)?, content: load(Tree::Content)?, tiles: Vec::new() })
    }
}

fn save_tile(store: &Store, import: u32, kind: u8, tile: &Tile) -> Result<()> {
    let mut q = store.db.prepare_cached("INSERT OR REPLACE INTO tile VALUES (?1, ?2, ?3, ?4, ?5)")?;
    q.execute((import, kind, tile.level, tile.index.cast_signed(), &tile.hashes))?;
    Ok(())
}

fn load(store: &Store, import: u32, table: Table, tree: Tree) -> Result<TreeBuilder> {
    let damaged = || CaseError::Ledger(format!("the state of the open import {import} is damaged"));
    let frontier = match store.state(import, &tree.state(table))? {
        Some(bytes) => Frontier::from_bytes(&bytes).map_err(|_| damaged())?,
        None => Frontier::new(),
    };
    let mut open = Vec::new();
    let sql = "SELECT level, n, hashes FROM tile WHERE import = ?1 AND kind = ?2 AND length(hashes) < 8192";
    let mut q = store.db.prepare_cached(sql)?;
    let mut found = q.query((import, tree.kind(table)))?;
    while let Some(row) = found.next()? {
        open.push(Tile { level: row.get(0)?, index: row.get::<_, i64>(1)?.cast_unsigned(), hashes: row.get(2)? });
    }
    TreeBuilder::resume(frontier, open).map_err(|_| damaged())
}

/// The hashes of one tile; none where it is not kept.
pub fn tile(store: &Store, import: u32, kind: u8, level: u8, n: u64) -> Result<Vec<Hash>> {
    let sql = "SELECT hashes FROM tile WHERE import = ?1 AND kind = ?2 AND level = ?3 AND n = ?4";
    let mut q = store.db.prepare_cached(sql)?;
    let bytes: Option<Vec<u8>> = q.query_row((import, kind, level, n.cast_signed()), |r| r.get(0)).optional()?;
    Ok(bytes.unwrap_or_default().as_chunks::<32>().0.to_vec())
}

/// All tiles of a tree, by level and number.
pub fn stored(store: &Store, import: u32, kind: u8) -> rusqlite::Result<BTreeMap<(u8, u64), Vec<u8>>> {
    let mut q = store.db.prepare_cached("SELECT level, n, hashes FROM tile WHERE import = ?1 AND kind = ?2")?;
    q.query_map((import, kind), |r| Ok(((r.get(0)?, r.get::<_, i64>(1)?.cast_unsigned()), r.get(2)?)))?.collect()
}

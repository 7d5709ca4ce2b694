//! A tree over the rows of a table, read piece by piece: leaves from re-hashed runs of 256 rows, the
//! levels above from tiles. What proofs, disclosures and comparisons of cases are made from.

use crate::columns::{Cells, Dictionaries, join_id, read_back, split_id};
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::tiles::{self, Tree};
use ledger::{Hash, Nodes, RowHasher};
use model::{Batch, Table};
use std::collections::BTreeMap;

/// Runs and tiles kept in memory.
const MOST_KNOWN: usize = 1024;

/// Header and encoded fields of a row, from its columns.
pub fn read_row(store: &Store, table: Table, id: i64) -> Result<(Vec<u8>, Vec<u8>)> {
    let missing = || CaseError::NoSuchRow(format!("{} {id}", table.name()));
    let mut batch = Batch::new(table);
    let mut q = store.db.prepare_cached(&format!("SELECT * FROM {} WHERE id = ?1", table.name()))?;
    let mut rows = q.query([id])?;
    let row = rows.next()?.ok_or_else(missing)?;
    read_back(&store.db, &mut Dictionaries::default(), &Cells::of(table, row)?, &mut batch)?;
    let view = batch.iter().next().ok_or_else(missing)?.map_err(|e| CaseError::Ledger(e.to_string()))?;
    Ok((view.header.to_vec(), view.encoded_fields.to_vec()))
}

/// One tree of one table of an import.
pub struct RowTree<'a> {
    store: &'a Store,
    table: Table,
    tree: Tree,
    hasher: RowHasher,
    rows: u64,
    /// By level (0, 8, ...) and number of the run of 256.
    known: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a> RowTree<'a> {
    /// `rows`: size of the tree.
    pub fn new(store: &'a Store, table: Table, tree: Tree, hasher: RowHasher, rows: u64) -> Self {
        Self { store, table, tree, hasher, rows, known: BTreeMap::new() }
    }

    fn run(&self, run: u64) -> Result<Vec<Hash>> {
        let (first, end) = (run * 256, self.rows.min((run + 1) * 256));
        let import = self.hasher.import();
        let mut words = Dictionaries::default();
        let mut batch = Batch::new(self.table);
        let sql = format!("SELECT * FROM {} WHERE id BETWEEN ?1 AND ?2 ORDER BY id", self.table.name());
        let mut q = self.store.db.prepare_cached(&sql)?;
        let mut rows = q.query((join_id(import, first), join_id(import, end.saturating_sub(1))))?;
        let mut leaves = Vec::new();
        while let Some(row) = rows.next()? {
            batch.clear();
            read_back(&self.store.db, &mut words, &Cells::of(self.table, row)?, &mut batch)?;
            let (_, number) = split_id(row.get(0)?);
            for view in batch.iter() {
                let view = view.map_err(|e| CaseError::Ledger(e.to_string()))?;
                let hashed = self.hasher.leaves_encoded(number, view.header, view.encoded_fields);
                let hashed = hashed.map_err(|e| CaseError::Ledger(e.to_string()))?;
                leaves.push(match self.tree {
                    Tree::Rows => hashed.row,
                    Tree::Content => hashed.content,
                });
            }
        }
        Ok(leaves)
    }
}

impl Nodes for RowTree<'_> {
    type Error = CaseError;
    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>> {
        let run = first / 256;
        let from = (first % 256) as usize;
        if !self.known.contains_key(&(level, run)) {
            let hashes = match level {
                0 => self.run(run)?,
                _ => tiles::tile(self.store, self.hasher.import(), self.tree.kind(self.table), level / 8, run)?,
            };
            if self.known.len() >= MOST_KNOWN {
                self.known.clear();
            }
            self.known.insert((level, run), hashes);
        }
        let hashes = &self.known[&(level, run)];
        let found = hashes.get(from..from + count).map(<[Hash]>::to_vec);
        found.ok_or_else(|| {
            CaseError::Ledger(format!("rows or hashes of table {} are missing; verify the case", self.table.name()))
        })
    }
}

//! Rows of a sealed import with their paths to the roots in its entry: what bundles and disclosures hold.

use crate::columns::join_id;
use crate::error::{CaseError, Result};
use crate::import::{hashers, import_key, read_entry};
use crate::row_tree::{RowTree, read_row};
use crate::store::Store;
use crate::tiles::Tree;
use ledger::{
    Entry, Field, ProofField, ProofRow, RowHasher, Span, TreeHead, decode_fields, header_spans, import_root, source_digests,
};
use model::Table;
use std::collections::BTreeSet;

/// Most sources between a row and the evidence.
pub const MOST_SOURCES: usize = 16;

/// The rows of one import, with the hashes that paths are made of.
pub struct ProvedRows<'a> {
    store: &'a Store,
    import: u32,
    hashers: [RowHasher; 4],
    heads: [TreeHead; 4],
    /// By `Table as usize`.
    trees: [RowTree<'a>; 4],
    seal: Entry,
}

impl<'a> ProvedRows<'a> {
    /// `entries`: all of the case. Fails for an import that is not sealed.
    pub fn open(store: &'a Store, entries: &[Entry], import: u32) -> Result<Self> {
        let none = || CaseError::NoSuchRow(format!("import {import} is not sealed: its rows are under no root yet"));
        let seal: Option<i64> = store.db.query_row("SELECT max(seal) FROM import WHERE n = ?1", [import], |r| r.get(0))?;
        let seal = seal.ok_or_else(none)?.cast_unsigned();
        let seal = entries.iter().find(|e| e.head.seq == seal).cloned().ok_or_else(none)?;
        let begin: i64 = store.db.query_row("SELECT begin FROM import WHERE n = ?1", [import], |r| r.get(0))?;
        let key = import_key(store, &read_entry(store, begin.cast_unsigned())?)?;
        let hashers = hashers(&key, import);
        let mut heads = [TreeHead::EMPTY; 4];
        for table in Table::ALL {
            heads[table as usize] = import_root(&seal, import, table.name(), table.tags().0)
                .ok_or_else(|| CaseError::Ledger(format!("entry {} names no root of table {}", seal.head.seq, table.name())))?;
        }
        let tree = |table: Table| {
            let n = table as usize;
            RowTree::new(store, table, Tree::Rows, hashers[n].clone(), heads[n].size)
        };
        Ok(Self { store, import, trees: Table::ALL.map(tree), hashers, heads, seal })
    }

    /// The entry that sealed the import.
    pub fn seal(&self) -> &Entry {
        &self.seal
    }
    /// Size and root of a table's rows.
    pub fn head(&self, table: Table) -> TreeHead {
        self.heads[table as usize]
    }

    /// A row with all of its fields shown, without its path.
    pub fn unproved(&self, table: Table, number: u64) -> Result<ProofRow> {
        let hasher = &self.hashers[table as usize];
        let (header, fields) = read_row(self.store, table, join_id(self.import, number))?;
        let decoded = decode_fields(&fields).map_err(|e| CaseError::Ledger(e.to_string()))?;
        let shown = |(n, f): (u8, &Field<'_>)| ProofField::Shown {
            salt: hasher.salt(number, n),
            tag: f.tag(),
            value: f.value_bytes(<[u8]>::to_vec),
        };
        let fields = (0u8..).zip(&decoded).map(shown).collect();
        Ok(ProofRow { table: table.name().to_owned(), tag: *table.tags().0, row: number, header, fields, path: Vec::new() })
    }

    /// As `unproved`, with its path.
    pub fn prove(&mut self, table: Table, number: u64) -> Result<ProofRow> {
        let row = self.unproved(table, number)?;
        let path = ledger::inclusion_path(&mut self.trees[table as usize], number, self.heads[table as usize].size)?;
        let path = path.ok_or_else(|| CaseError::NoSuchRow(format!("row {number} of table {}", table.name())))?;
        Ok(ProofRow { path, ..row })
    }

    /// The evidence bytes a row cites.
    pub fn spans(&self, table: Table, number: u64) -> Result<Vec<Span>> {
        let (header, _) = read_row(self.store, table, join_id(self.import, number))?;
        Ok(header_spans(table.tags().0, &header).unwrap_or_default())
    }

    /// The sources and all above them, each once and at most `most`.
    pub fn with_parents(&self, sources: &[u32], most: usize) -> Result<BTreeSet<u32>> {
        let mut all = BTreeSet::new();
        for source in sources {
            let mut next = Some(*source);
            for _ in 0..MOST_SOURCES {
                let Some(here) = next.filter(|s| all.len() < most && all.insert(*s)) else { break };
                let (header, _) = read_row(self.store, Table::Source, join_id(self.import, u64::from(here)))?;
                next = source_digests(&header).and_then(|d| d.parent);
            }
        }
        Ok(all)
    }
}

pub fn source_number(row: u64) -> Result<u32> {
    u32::try_from(row).map_err(|_| CaseError::NoSuchRow(format!("source {row}")))
}

//! The imports whose rows are under a root.

use crate::error::{CaseError, Result};
use crate::import::{hashers, import_key, read_entry};
use crate::sources::evidence_name;
use crate::store::Store;
use ledger::{RowHasher, TreeHead};
use model::Table;

/// A sealed import.
pub struct Sealed {
    pub n: u32,
    /// Name of its evidence.
    pub name: String,
    /// Number of the entry that sealed it.
    pub seal: u64,
    /// Rows and root by `Table as usize`.
    pub heads: [TreeHead; 4],
    pub hashers: [RowHasher; 4],
}

impl Sealed {
    pub fn head(&self, table: Table) -> &TreeHead {
        &self.heads[table as usize]
    }
    pub fn hasher(&self, table: Table) -> &RowHasher {
        &self.hashers[table as usize]
    }
    /// Refuses rows that are not those of the entry.
    pub fn check(&self, table: Table, found: &TreeHead) -> Result<()> {
        if found == self.head(table) {
            return Ok(());
        }
        Err(CaseError::Ledger(format!(
            "table {} of import {} does not hash to the root in entry {}; nothing was exported; casebook verify says where",
            table.name(),
            self.n,
            self.seal
        )))
    }
}

/// Sealed imports in order, and the numbers of those that are not sealed.
pub fn sealed(store: &Store) -> Result<(Vec<Sealed>, Vec<u32>)> {
    let mut q = store.db.prepare("SELECT n, state, begin, seal FROM import WHERE state <> 2 ORDER BY n")?;
    let listed = q.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    let (mut out, mut open) = (Vec::new(), Vec::new());
    for import in listed {
        let (n, state, begin, seal): (u32, i64, i64, Option<i64>) = import?;
        let (1, Some(seal)) = (state, seal) else {
            open.push(n);
            continue;
        };
        let (begin, seal) = (begin.cast_unsigned(), seal.cast_unsigned());
        let entry = read_entry(store, seal)?;
        let head = |table: Table| {
            let root = ledger::import_root(&entry, n, table.name(), table.tags().0);
            root.ok_or_else(|| CaseError::Ledger(format!("entry {seal} names no root of table {}", table.name())))
        };
        let [source, file, event, finding] = Table::ALL.map(head);
        let heads = [source?, file?, event?, finding?];
        let hashers = hashers(&import_key(store, &read_entry(store, begin)?)?, n);
        out.push(Sealed { n, name: evidence_name(store, n)?, seal, heads, hashers });
    }
    Ok((out, open))
}

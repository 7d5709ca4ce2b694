//! Which rows go into a package.

use super::{MOST_ROWS, Wanted};
use crate::api::{Query, RowTable};
use crate::columns::split_id;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::view::{Engine, RowOf, register, view};
use model::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Chosen rows of sealed imports, by import, and how many of each table lie in imports that are not
/// sealed: those are under no root.
pub struct Chosen {
    pub rows: BTreeMap<u32, BTreeSet<(Table, u64)>>,
    pub unsealed: BTreeMap<u32, u64>,
}

pub fn choose(store: &Store, wanted: &Wanted) -> Result<Chosen> {
    let found = view(&wanted.view).ok_or_else(|| CaseError::NoSuchView(wanted.view.clone()))?;
    if matches!(found.row, RowOf::None | RowOf::Table(RowTable::Entry)) {
        return Err(CaseError::BadFilter(format!(
            "the rows of view {} are no rows of evidence; choose them with timeline, accessed, deleted, files or findings",
            found.name
        )));
    }
    let filters = wanted.filters.clone();
    let query = Query { filters, from: wanted.from.clone(), to: wanted.to.clone(), order: None, descending: false };
    register(&store.db)?;
    let mut q = store.db.prepare("SELECT n FROM import WHERE state = 1")?;
    let sealed = q.query_map([], |r| r.get::<_, u32>(0))?.collect::<Result<BTreeSet<_>, _>>()?;
    let mut chosen = Chosen { rows: BTreeMap::new(), unsealed: BTreeMap::new() };
    let mut count = 0usize;
    Engine::new(&store.db, found).each(&query, &mut |row| {
        let table = match row.table {
            Some(RowTable::Event) => Table::Event,
            Some(RowTable::File) => Table::File,
            Some(RowTable::Finding) => Table::Finding,
            Some(RowTable::Source) => Table::Source,
            Some(RowTable::Entry) | None => return Ok(true),
        };
        let (import, number) = split_id(row.id.unwrap_or(0));
        if sealed.contains(&import) {
            chosen.rows.entry(import).or_default().insert((table, number));
            count += 1;
        } else {
            *chosen.unsealed.entry(import).or_default() += 1;
        }
        if count > MOST_ROWS {
            return Err(CaseError::BadFilter(format!("more than {MOST_ROWS} rows: choose fewer by --where, --from and --to")));
        }
        Ok(true)
    })?;
    if chosen.rows.is_empty() {
        return Err(CaseError::BadFilter("no row fits: nothing would be disclosed".into()));
    }
    Ok(chosen)
}

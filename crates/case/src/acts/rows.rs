//! Rows that an act is about, bound by their leaf hashes to what they were then.

use crate::api::RowTable;
use crate::columns::{join_id, split_id};
use crate::detail::{canonical_row, evidence_table};
use crate::error::{CaseError, Result};
use crate::import::{hashers, import_key, read_entry};
use crate::store::Store;
use ledger::{Entry, Hash, Json, RowHasher, leaf_hash};
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A row by table and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RowKey {
    pub table: RowTable,
    pub id: String,
}

impl RowKey {
    pub fn new(table: RowTable, id: i64) -> Self {
        Self { table, id: id.to_string() }
    }
    pub fn number(&self) -> Result<i64> {
        self.id.parse().map_err(|_| CaseError::NoSuchRow(self.id.clone()))
    }
}

/// Name of a table as entries have it.
pub fn table_name(table: RowTable) -> &'static str {
    evidence_table(table).map_or("entry", model::Table::name)
}

pub fn table_of(name: &str) -> Option<RowTable> {
    use RowTable as T;
    [T::Source, T::File, T::Event, T::Finding, T::Entry].into_iter().find(|t| table_name(*t) == name)
}

/// A row as people name it: an event's id, or file:ID, finding:ID, source:ID, entry:N.
pub fn parse_row(text: &str) -> Result<(RowTable, i64)> {
    let (table, id) = text.split_once(':').unwrap_or(("event", text));
    let how = || CaseError::NoSuchRow(format!("{text}: give an event's id, or file:ID, finding:ID, source:ID, entry:N"));
    Ok((table_of(table).ok_or_else(how)?, id.parse().map_err(|_| how())?))
}

/// The other way: `event:1099511627776`.
pub fn row_as_typed(table: RowTable, id: i64) -> String {
    format!("{}:{id}", table_name(table))
}

/// The rows that an entry is about, with their leaves then: an annotation has groups of one table and
/// import, each with its rows; a masked field that was shown names its row alone.
pub fn rows_in(entry: &Entry) -> Vec<(RowTable, i64, Option<Hash>)> {
    let Some(params) = entry.get("params") else { return Vec::new() };
    let groups = match entry.head.kind.as_str() {
        "annotate" => params.get("rows").and_then(Json::as_list).unwrap_or_default(),
        "open.masked" => std::slice::from_ref(params),
        _ => &[],
    };
    let mut out = Vec::new();
    for group in groups {
        let table = group.get("table").and_then(Json::as_text).and_then(table_of);
        let import = group.get("import").and_then(Json::as_int).and_then(|n| u32::try_from(n).ok());
        let (Some(table), Some(import)) = (table, import) else { continue };
        let id = |row: u64| if table == RowTable::Entry { row.cast_signed() } else { join_id(import, row) };
        let list = |name: &str| group.get(name).and_then(Json::as_list).unwrap_or_default();
        out.extend(
            list("rows").iter().zip(list("leaves")).filter_map(|(r, leaf)| Some((table, id(r.as_big()?), leaf.as_hash()))),
        );
        let one = group.get("row").and_then(Json::as_big);
        out.extend(one.map(|row| (table, id(row), group.get("leaf").and_then(Json::as_hash))));
    }
    out
}

/// Leaf hashes of rows, re-made from their columns.
pub struct Leaves<'s> {
    store: &'s Store,
    hashers: BTreeMap<u32, [RowHasher; 4]>,
}

impl<'s> Leaves<'s> {
    pub fn new(store: &'s Store) -> Self {
        Self { store, hashers: BTreeMap::new() }
    }

    /// The leaf of a row of a sealed import, or of an entry.
    pub fn of(&mut self, table: RowTable, id: i64) -> Result<Hash> {
        let Some(kind) = evidence_table(table) else {
            let seq = u64::try_from(id).map_err(|_| CaseError::NoSuchRow(format!("entry {id}")))?;
            return Ok(leaf_hash(read_entry(self.store, seq)?.text().as_bytes()));
        };
        let (import, number) = split_id(id);
        if !self.hashers.contains_key(&import) {
            let begin: Option<(i64, Option<i64>)> = self
                .store
                .db
                .query_row("SELECT begin, seal FROM import WHERE n = ?1", [import], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            let Some((begin, Some(_))) = begin else {
                return Err(CaseError::NoSuchRow(format!("{} {id}: there is no sealed import {import}", kind.name())));
            };
            let key = import_key(self.store, &read_entry(self.store, begin.cast_unsigned())?)?;
            self.hashers.insert(import, hashers(&key, import));
        }
        let batch = canonical_row(self.store, kind, id)?;
        let missing = || CaseError::NoSuchRow(format!("{} {id}", kind.name()));
        let row = batch.iter().next().ok_or_else(missing)?.map_err(|e| CaseError::Ledger(e.to_string()))?;
        let hasher = self.hashers.get(&import).map(|h| &h[kind as usize]).ok_or_else(missing)?;
        let leaves = hasher.leaves_encoded(number, row.header, row.encoded_fields);
        Ok(leaves.map_err(|e| CaseError::Ledger(e.to_string()))?.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_as_people_name_them() {
        assert_eq!(parse_row("1099511627776").unwrap(), (RowTable::Event, 1 << 40));
        assert_eq!(parse_row("file:7").unwrap(), (RowTable::File, 7));
        assert_eq!(parse_row("entry:0").unwrap(), (RowTable::Entry, 0));
        for wrong in ["", "file:", "disk:1", "x", "file:1:2", "99999999999999999999"] {
            assert!(parse_row(wrong).is_err(), "{wrong}");
        }
    }
}

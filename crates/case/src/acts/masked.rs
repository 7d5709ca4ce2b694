//! A field that is masked on screen, shown to a person who says why.

use super::rows::{Leaves, table_name};
use crate::api::RowTable;
use crate::columns::split_id;
use crate::detail::{canonical_row, evidence_table};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::proved_rows::ProvedRows;
use crate::store::Store;
use ledger::Json;
use ledger::package::{Opening, PackageTable};
use model::Table;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

const LONGEST_REASON: usize = 4000;

/// What was shown, and the entry that tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Unmasked {
    /// None where the field has no value.
    pub value: Option<String>,
    #[ts(type = "number")]
    pub entry: u64,
    /// Salt and value, as whoever has the row masked in a package checks them (docs/format.md, "Openings").
    /// Nothing for a row of an import that is not sealed.
    pub opening: Option<String>,
}

/// Names of a table's fields in their order. Source: docs/format.md, "Disclosure packages".
fn fields(table: Table) -> &'static [&'static str] {
    match table {
        Table::Source => &["locator", "codec", "detail"],
        Table::File => &["path", "detail"],
        Table::Event => &["actor", "object", "subject", "detail"],
        Table::Finding => &["code", "place", "says"],
    }
}

/// Gives the value of a row's field and records row, field and reason. The entry comes first: nothing is
/// shown that the ledger does not know of.
pub fn open_masked(store: &mut Store, table: RowTable, id: i64, field: &str, reason: &str) -> Result<Unmasked> {
    let kind = evidence_table(table).ok_or_else(|| CaseError::BadRecord("an entry has no masked field".into()))?;
    let known = fields(kind);
    let place = known.iter().position(|f| *f == field).ok_or_else(|| {
        CaseError::BadRecord(format!("a row of {} has the fields {}, and no {field}", kind.name(), known.join(", ")))
    })?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(CaseError::BadRecord(format!("a reason has 1 to {LONGEST_REASON} characters")));
    }
    let damaged = |e: String| CaseError::Ledger(e);
    let batch = canonical_row(store, kind, id)?;
    let row = batch.iter().next().ok_or_else(|| CaseError::NoSuchRow(format!("{} {id}", kind.name())))?;
    let all = row.map_err(|e| damaged(e.to_string()))?.fields().map_err(|e| damaged(e.to_string()))?;
    let value = all.get(place).and_then(|f| f.as_bytes()).map(|b| String::from_utf8_lossy(b).into_owned());
    let leaf = Leaves::new(store).of(table, id)?;
    let (import, number) = split_id(id);
    let statement = Statement { kind: "reason".into(), about: None, value: Some(reason.into()) };
    let params = Json::map([
        ("table", Json::Text(table_name(table).into())),
        ("import", Json::Int(import.into())),
        ("row", Json::big(number)),
        ("leaf", Json::hex(&leaf)),
        ("field", Json::Text(field.into())),
    ]);
    let entry = entries::append(store, "open.masked", |store, seq| {
        Ok(vec![("params", params), ("outputs", write_statements(store, seq, std::slice::from_ref(&statement))?)])
    })?;
    Ok(Unmasked { value, entry, opening: opening(store, kind, id, place)? })
}

fn opening(store: &Store, table: Table, id: i64, field: usize) -> Result<Option<String>> {
    let (import, row) = split_id(id);
    let (_, all) = entries::chain(store)?;
    let Ok(mut rows) = ProvedRows::open(store, &all, import) else { return Ok(None) };
    let proved = rows.prove(table, row)?;
    let opening = proved.fields.into_iter().nth(field).zip(PackageTable::of_name(table.name())).and_then(|(shown, table)| {
        Opening { import, table, row, field: u8::try_from(field).unwrap_or(u8::MAX), shown }.to_json()
    });
    let text = opening.map(|json| json.to_text()).transpose();
    text.map_err(|e| CaseError::Ledger(e.to_string()))
}

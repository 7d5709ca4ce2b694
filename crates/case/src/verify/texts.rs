//! Statements and the dictionary of repeated text.

use super::chain::Ledger;
use super::leaves::is_form_of_import;
use super::report::Checks;
use crate::error::Result;
use crate::import::{STATEMENT_TAGS, Statement, statement_key, statement_row};
use crate::store::Store;
use ledger::{Frontier, Json, RowHasher};
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;

/// Every statement against the root in the entry it belongs to.
pub fn statements(store: &Store, ledger: &Ledger, checks: &mut Checks) -> Result<()> {
    let hasher = match statement_key(store) {
        Ok(key) => RowHasher::new(&key, 0, STATEMENT_TAGS),
        Err(e) => {
            checks.failed("statements", "table secret", e.to_string());
            return Ok(());
        }
    };
    let mut said: BTreeMap<i64, (u64, Statement)> = BTreeMap::new();
    let mut read = || -> rusqlite::Result<()> {
        let mut q = store.db.prepare("SELECT id, entry, kind, about, value FROM statement ORDER BY id")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let statement = Statement { kind: row.get(2)?, about: row.get(3)?, value: row.get(4)? };
            said.insert(row.get(0)?, (row.get::<_, i64>(1)?.cast_unsigned(), statement));
        }
        Ok(())
    };
    if let Err(e) = read() {
        checks.failed("statements", "table statement", format!("it can not be read: {e}"));
    }
    let count = said.len();
    for entry in &ledger.entries {
        let outputs = entry.get("outputs").and_then(Json::as_list).unwrap_or_default();
        for output in outputs.iter().filter(|o| o.get("table").and_then(Json::as_text) == Some("statement")) {
            let seq = entry.head.seq;
            let number = |name: &str| output.get(name).and_then(Json::as_big);
            let (Some(first), Some(rows), Some(root)) =
                (number("first"), number("rows"), output.get("root").and_then(Json::as_hash))
            else {
                checks.failed("statements", format!("entry {seq}"), "it does not name size and root of its statements");
                continue;
            };
            let mut tree = Frontier::new();
            let last = first.saturating_add(rows.min(count as u64));
            for id in first..last {
                let Some((owner, statement)) = said.remove(&id.cast_signed()) else {
                    checks.failed("statements", format!("table statement, id {id}"), "missing");
                    continue;
                };
                let (header, fields) = statement_row(owner, &statement);
                if owner == seq {
                    tree.push(hasher.leaves(id, &header, &fields).row, |_, _, _| {});
                }
            }
            if tree.size() != rows || tree.root() != root {
                let place = format!("table statement, ids {first} to {}", last.saturating_sub(1));
                checks.failed(
                    "statements",
                    place,
                    format!("one of them was changed: they do not hash to the root in entry {seq}"),
                );
            }
        }
    }
    for id in said.keys() {
        checks.failed("statements", format!("table statement, id {id}"), "no entry tells of it");
    }
    if !checks.has_failed("statements") {
        checks.holds("statements", format!("{count} statements hash to the roots in their entries"));
    }
    Ok(())
}

/// Words are hashed where rows use them; here, that each is text in the form an import writes.
pub fn words(store: &Store, checks: &mut Checks) {
    let mut count = 0u64;
    let mut look = || -> rusqlite::Result<()> {
        let mut q = store.db.prepare("SELECT id, value FROM word ORDER BY id")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            count += 1;
            let value = row.get_ref(1)?;
            if !matches!(value, ValueRef::Text(_) | ValueRef::Blob(_)) || !is_form_of_import(value) {
                let place = format!("table word, id {}", row.get::<_, i64>(0)?);
                checks.failed("words", place, "it holds its bytes in another form than an import writes");
            }
        }
        Ok(())
    };
    if let Err(e) = look() {
        checks.failed("words", "table word", format!("it can not be read: {e}"));
    }
    if !checks.has_failed("words") {
        checks.holds("words", format!("{count} words of the dictionary have the form an import writes"));
    }
}

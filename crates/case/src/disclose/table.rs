//! `view.sqlite`: the shown values as tables, made anew for programs that read SQLite. No proof of
//! anything: the rows beside it are.

use crate::error::Result;
use ledger::package::PackageTable;
use ledger::{ProofField, ProofRow};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;

pub struct ViewTable(Connection);

impl ViewTable {
    pub fn begin(path: &Path) -> Result<Self> {
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "OFF")?;
        db.pragma_update(None, "synchronous", "OFF")?;
        for table in PackageTable::ALL {
            let fields: String = table.fields().iter().map(|f| format!(", {f}")).collect();
            // Times are microseconds since 1970 UTC; null where an event has none.
            let time = if table == PackageTable::Event { ", time INTEGER" } else { "" };
            db.execute_batch(&format!(
                "CREATE TABLE {} (import INTEGER, row INTEGER{time}, header BLOB, masked TEXT{fields}, PRIMARY KEY (import, row))",
                table.name()
            ))?;
        }
        db.execute_batch("BEGIN")?;
        Ok(Self(db))
    }

    pub fn row(&mut self, import: u32, table: PackageTable, row: &ProofRow) -> Result<()> {
        let mut values = vec![Value::Integer(import.into()), Value::Integer(row.row.cast_signed())];
        if table == PackageTable::Event {
            let dated = row.header.first().is_some_and(|kind| *kind != 0);
            let time = row.header.get(1..9).and_then(|b| b.try_into().ok()).map(i64::from_le_bytes).filter(|_| dated);
            values.push(time.map_or(Value::Null, Value::Integer));
        }
        values.push(Value::Blob(row.header.clone()));
        let names = row.fields.iter().zip(table.fields());
        let masked: Vec<&str> = names.clone().filter(|(f, _)| matches!(f, ProofField::Masked(_))).map(|(_, n)| *n).collect();
        values.push(if masked.is_empty() { Value::Null } else { Value::Text(masked.join(",")) });
        for (field, _) in names {
            values.push(match field {
                ProofField::Masked(_) | ProofField::Shown { tag: 0, .. } => Value::Null,
                ProofField::Shown { tag: 3, value, .. } => {
                    <[u8; 8]>::try_from(value.as_slice()).map_or(Value::Null, |b| Value::Integer(i64::from_le_bytes(b)))
                }
                ProofField::Shown { value, .. } => match std::str::from_utf8(value) {
                    Ok(text) if !text.contains('\0') => Value::Text(text.to_owned()),
                    _ => Value::Blob(value.clone()),
                },
            });
        }
        let marks = vec!["?"; values.len()].join(", ");
        self.0.prepare_cached(&format!("INSERT INTO {} VALUES ({marks})", table.name()))?.execute(params_from_iter(values))?;
        Ok(())
    }

    pub fn finish(self) -> Result<()> {
        self.0.execute_batch("COMMIT")?;
        Ok(())
    }
}

//! Counts and sets that were derived from the rows, against the roots of the entries and against what
//! the rows give when they are counted again.

use super::counts::Recounted;
use super::imports::Import;
use super::report::Checks;
use crate::store::Store;
use crate::tally::{Derived, Table, hash_derived, hash_texts};

pub fn check(store: &Store, imports: &[Import], recounted: Option<&Recounted>, checks: &mut Checks) {
    let mut held = 0u64;
    let last = imports.iter().filter(|i| i.seal.is_some()).map(|i| i.seal.as_ref().map_or(0, |s| s.entry.head.seq)).max();
    for import in imports {
        let Some(seal) = &import.seal else { continue };
        let listed = &seal.roots.derived;
        for name in Table::ALL.map(Table::name).into_iter().chain(["subject_text"]) {
            if listed.iter().filter(|(table, _)| table == name).count() != 1 {
                let says = format!("its statement does not name one root of table {name}");
                checks.failed("derived", format!("entry {}", seal.entry.head.seq), says);
            }
        }
        for (table, said) in listed {
            // Of a table of the whole case only the last entry speaks of what it holds now.
            if Table::of_name(table).is_some_and(Table::is_of_case) && Some(seal.entry.head.seq) != last {
                continue;
            }
            let place = format!("table {table} of import {}", import.n);
            let (rows, root) = (said.size, said.root);
            match found(store, table, import.n, rows) {
                Ok(Some(d)) if (d.rows, d.root) == (rows, root) => {
                    held += 1;
                    follows(&d, import.n, recounted, checks);
                }
                Ok(Some(d)) => {
                    let says =
                        format!("its {} rows do not hash to the root of {rows} rows in entry {}", d.rows, seal.entry.head.seq);
                    checks.failed("derived", place, says);
                }
                Ok(None) => checks.failed("derived", place, "no such table is derived"),
                Err(e) => checks.failed("derived", place, format!("it can not be read: {e}")),
            }
        }
    }
    let complete = imports.iter().all(|i| i.seal.is_some() && !i.aborted);
    if let Some((_, texts)) = recounted.and_then(|r| r.case.as_ref()).filter(|_| complete) {
        match store.db.query_row("SELECT count(*) FROM subject_text", [], |r| r.get::<_, i64>(0)) {
            Ok(n) if n.cast_unsigned() == *texts => {}
            Ok(n) => {
                checks.failed("derived", "table subject_text", format!("it has {n} texts, and the rows have {texts} of them"))
            }
            Err(e) => checks.failed("derived", "table subject_text", format!("it can not be read: {e}")),
        }
    }
    if let Err(e) = strays(store, imports, checks) {
        checks.failed("derived", "derived tables", format!("they can not be read: {e}"));
    }
    if !checks.has_failed("derived") {
        let says = match recounted {
            Some(_) => "hash to the roots of their entries and follow from the rows, which were counted again",
            None => "hash to the roots of their entries",
        };
        checks.holds("derived", format!("counts and sets in {held} derived tables {says}"));
    }
}

fn found(store: &Store, table: &str, import: u32, rows: u64) -> rusqlite::Result<Option<Derived>> {
    Ok(match table {
        "subject_text" => Some(hash_texts(&store.db, Some(rows))?),
        name => match Table::of_name(name) {
            Some(table) => Some(hash_derived(&store.db, table, import)?),
            None => None,
        },
    })
}

/// A table as it was stored against the same made anew from the rows.
fn follows(stored: &Derived, import: u32, recounted: Option<&Recounted>, checks: &mut Checks) {
    let Some(recounted) = recounted else { return };
    let of_import = recounted.imports.get(&import).into_iter().flatten();
    let of_case = recounted.case.iter().flat_map(|(tables, _)| tables);
    let Some(made) = of_import.chain(of_case).find(|d| d.table == stored.table) else { return };
    if made != stored {
        let says = format!(
            "it does not follow from the rows, which are those that were imported: counted again they give {} rows of another root",
            made.rows
        );
        checks.failed("derived", format!("table {} of import {import}", stored.table), says);
    }
}

/// Rows that no entry speaks of.
fn strays(store: &Store, imports: &[Import], checks: &mut Checks) -> rusqlite::Result<()> {
    let sealed: Vec<u32> = imports.iter().filter(|i| i.seal.is_some()).map(|i| i.n).collect();
    for table in ["tally", "pace"] {
        let mut q = store.db.prepare(&format!("SELECT DISTINCT import FROM {table}"))?;
        for n in q.query_map([], |r| r.get::<_, i64>(0))? {
            let n = n?;
            if !sealed.iter().any(|s| i64::from(*s) == n) && !imports.iter().any(|i| i64::from(i.n) == n) {
                checks.failed(
                    "derived",
                    format!("table {table}"),
                    format!("it has rows of import {n}, which no entry speaks of"),
                );
            }
        }
    }
    let listed = imports.iter().filter_map(|i| i.seal.as_ref()).flat_map(|s| &s.roots.derived);
    let texts: u64 = listed.filter(|(table, _)| table == "subject_text").map(|(_, head)| head.size).max().unwrap_or(0);
    let more: bool =
        store.db.query_row("SELECT EXISTS (SELECT 1 FROM subject_text WHERE n > ?1)", [texts.cast_signed()], |r| r.get(0))?;
    if more && imports.iter().all(|i| i.seal.is_some()) {
        checks.failed("derived", "table subject_text", "it has rows that no entry speaks of");
    }
    Ok(())
}

//! What was given besides evidence: its bytes against the digest in its entry, and the table of countries
//! against the bytes it was made from.

use super::chain::Ledger;
use super::report::Checks;
use crate::countries::{self, CountryTable, Ranges};
use crate::store::Store;
use ledger::sha256;
use std::collections::BTreeSet;

pub fn check(store: &Store, ledger: &Ledger, checks: &mut Checks) {
    let mut known = BTreeSet::new();
    let mut last = None;
    for entry in ledger.entries.iter().filter(|e| e.head.kind == countries::ENTRY) {
        known.insert(entry.head.seq);
        let Some(table) = countries::of_entry(entry) else {
            checks.failed("inputs", format!("entry {}", entry.head.seq), "it does not name what was given, its size and digest");
            continue;
        };
        last = holds(store, &table, checks);
    }
    let outcome = strays(store, &known, checks).and_then(|()| in_force(store, last.as_ref(), checks));
    if let Err(e) = outcome {
        checks.failed("inputs", "tables input and country", format!("they can not be read: {e}"));
    }
    if !known.is_empty() && !checks.has_failed("inputs") {
        checks.holds("inputs", format!("{} tables of countries are those their entries name", known.len()));
    }
}

/// What the bytes of one table say; None where they are not those that were given.
fn holds(store: &Store, said: &CountryTable, checks: &mut Checks) -> Option<Ranges> {
    let place = format!("table input, entry {}", said.entry);
    let bytes = match countries::bytes(store, said.entry) {
        Ok(bytes) => bytes,
        Err(e) => {
            checks.failed("inputs", place, format!("it can not be read: {e}"));
            return None;
        }
    };
    if hex::encode(sha256(&[&bytes])) != said.sha256 || bytes.len() as u64 != said.bytes {
        checks.failed("inputs", place, "it is not what was given: its bytes do not have the digest in the entry");
        return None;
    }
    let ranges = countries::read(&bytes);
    if (ranges.of.len() as u64, ranges.unread) != (said.rows, said.unread) {
        checks.failed("inputs", format!("entry {}", said.entry), "it tells other numbers of lines than its table has");
    }
    Some(ranges)
}

fn strays(store: &Store, known: &BTreeSet<u64>, checks: &mut Checks) -> rusqlite::Result<()> {
    let mut q = store.db.prepare("SELECT entry, role FROM input ORDER BY entry")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let (entry, role): (i64, String) = (row.get(0)?, row.get(1)?);
        if !known.contains(&entry.cast_unsigned()) || role != countries::ROLE {
            checks.failed("inputs", format!("table input, entry {entry}"), "no entry tells of it");
        }
    }
    Ok(())
}

/// The ranges that questions are answered from against those of the table given last.
fn in_force(store: &Store, ranges: Option<&Ranges>, checks: &mut Checks) -> rusqlite::Result<()> {
    let mut expected = ranges.into_iter().flat_map(|r| &r.of);
    let mut q = store.db.prepare("SELECT first, last, name FROM country ORDER BY first")?;
    let mut rows = q.query([])?;
    let mut same = true;
    while let Some(row) = rows.next()? {
        let (first, last, name): (Vec<u8>, Vec<u8>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        same &= expected.next().is_some_and(|(f, r)| (f.as_slice(), r.last.as_slice(), &r.country) == (&first, &last, &name));
        if !same {
            break;
        }
    }
    if !same || expected.next().is_some() {
        checks.failed("inputs", "table country", "its ranges are not those of the table of countries given last");
    }
    Ok(())
}

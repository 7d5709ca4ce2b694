//! Which imports the entries tell of, and that the case's list of imports says the same.

use super::chain::Ledger;
use super::report::Checks;
use crate::import::Roots;
use crate::store::Store;
use ledger::{Entry, Hash};
use model::Table;
use std::collections::BTreeMap;

/// What the entry that sealed an import says of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub rows: u64,
    pub root: Hash,
}

/// An import that is begun and, with `seal`, sealed.
#[derive(Clone, Debug)]
pub struct Import {
    pub n: u32,
    pub begin: Entry,
    pub seal: Option<Seal>,
    /// An `import.abort` took its rows back.
    pub aborted: bool,
}

#[derive(Clone, Debug)]
pub struct Seal {
    pub entry: Entry,
    /// By `Table as usize`.
    pub outputs: [Output; 4],
    /// What its statement says of roots that stand in no entry.
    pub roots: Roots,
}

/// Number of the import that an entry begins, seals or aborts.
fn number(entry: &Entry) -> Option<u32> {
    entry.get("params")?.get("import")?.as_int().and_then(|n| u32::try_from(n).ok())
}

fn output(entry: &Entry, n: u32, table: Table) -> Option<Output> {
    let tag = table.tags().0;
    let head = ledger::import_root(entry, n, table.name(), tag)?;
    Some(Output { rows: head.size, root: head.root })
}

fn seal(store: &Store, entry: &Entry, n: u32) -> Option<Seal> {
    let [source, file, event, finding] = Table::ALL.map(|table| output(entry, n, table));
    let outputs = [source?, file?, event?, finding?];
    Some(Seal { entry: entry.clone(), outputs, roots: Roots::of_entry(store, entry.head.seq).ok()?? })
}

pub fn check(store: &Store, ledger: &Ledger, checks: &mut Checks) -> Vec<Import> {
    let mut imports: BTreeMap<u32, Import> = BTreeMap::new();
    for entry in &ledger.entries {
        let place = format!("entry {}", entry.head.seq);
        let known = number(entry).and_then(|n| Some((n, imports.get_mut(&n)?)));
        let receipt = entry.get("params").is_some_and(|p| p.get("receipt_of").is_some());
        match (entry.head.kind.as_str(), number(entry), known) {
            ("import.begin", Some(n), None) => {
                imports.insert(n, Import { n, begin: entry.clone(), seal: None, aborted: false });
            }
            ("import.seal", _, _) if receipt => {}
            ("import.seal", _, Some((n, import))) if import.seal.is_none() => match seal(store, entry, n) {
                Some(seal) => import.seal = Some(seal),
                None => checks.failed(
                    "imports",
                    place,
                    "it does not name size and roots of each table, or its statement of content roots is missing",
                ),
            },
            ("import.abort", _, Some((_, import))) => import.aborted = true,
            ("import.begin" | "import.seal" | "import.abort", _, _) => {
                checks.failed("imports", place, "it begins an import twice, or ends one that is not open");
            }
            _ => {}
        }
    }
    if let Err(e) = compare(store, &imports, checks) {
        checks.failed("imports", "table import", format!("it can not be read: {e}"));
    }
    let sealed = imports.values().filter(|i| i.seal.is_some()).count();
    if !checks.has_failed("imports") {
        checks.holds("imports", format!("{sealed} sealed imports, as the entries have them"));
    }
    imports.into_values().collect()
}

fn compare(store: &Store, imports: &BTreeMap<u32, Import>, checks: &mut Checks) -> rusqlite::Result<()> {
    let mut listed = Vec::new();
    let mut q = store.db.prepare("SELECT n, state, begin, seal FROM import ORDER BY n")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let n: i64 = row.get(0)?;
        let found = (row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, Option<i64>>(3)?);
        let known = u32::try_from(n).ok().and_then(|n| imports.get(&n));
        let expected = known.map(|i| {
            let state = if i.aborted { 2 } else { i64::from(i.seal.is_some()) };
            let seal = i.seal.as_ref().map(|s| s.entry.head.seq.cast_signed());
            (state, i.begin.head.seq.cast_signed(), seal)
        });
        if expected != Some(found) {
            checks.failed("imports", format!("import {n}"), "the list of imports says otherwise than the entries");
        }
        listed.push(n);
    }
    for n in imports.keys().filter(|n| !listed.contains(&i64::from(**n))) {
        checks.failed("imports", format!("import {n}"), "the list of imports lacks it");
    }
    for import in imports.values().filter(|i| i.seal.is_some()) {
        let left: i64 = store.db.query_row(
            "SELECT (SELECT count(*) FROM import_state WHERE import = ?1) + (SELECT count(*) FROM import_task WHERE import = ?1)",
            [import.n],
            |r| r.get(0),
        )?;
        if left != 0 {
            checks.failed("imports", format!("import {}", import.n), "it is sealed, but the state of an open import is kept");
        }
    }
    Ok(())
}

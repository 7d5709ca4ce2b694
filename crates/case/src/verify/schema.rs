//! That the database is what this program makes and nothing else: a view in place of a table, a
//! trigger or an index that hides rows would show other rows than those that are hashed.

use super::report::Checks;
use crate::error::Result;
use crate::store::{INDEXES, SCHEMA, Store};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::thread::JoinHandle;

/// Most complaints taken from SQLite's own check.
const MOST_COMPLAINTS: u32 = 100;

type Objects = BTreeMap<(String, String), (String, Option<String>)>;

fn objects(db: &Connection) -> rusqlite::Result<Objects> {
    let mut q = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    q.query_map([], |r| Ok(((r.get(0)?, r.get(1)?), (r.get(2)?, r.get(3)?))))?.collect()
}

pub fn check(store: &Store, checks: &mut Checks) -> Result<()> {
    let model = Connection::open_in_memory()?;
    model.execute_batch(SCHEMA)?;
    let tables = objects(&model)?;
    model.execute_batch(INDEXES)?;
    let ours = objects(&model)?;
    let found = match objects(&store.db) {
        Ok(found) => found,
        Err(e) => {
            checks.failed("schema", "sqlite_schema", format!("the schema can not be read: {e}"));
            return Ok(());
        }
    };
    for (key, (_, sql)) in &found {
        let place = format!("{} {}", key.0, key.1);
        match ours.get(key) {
            None => checks.failed("schema", place, "this program makes nothing of this name and kind"),
            Some((_, known)) if known.as_deref().map(plain) != sql.as_deref().map(plain) => {
                checks.failed("schema", place, "it is defined otherwise than this program defines it");
            }
            Some(_) => {}
        }
    }
    for (kind, name) in ours.keys().filter(|key| !found.contains_key(*key)) {
        if tables.contains_key(&(kind.clone(), name.clone())) {
            checks.failed("schema", format!("{kind} {name}"), "it is missing");
        } else {
            checks.skipped("schema", format!("{kind} {name} is not built; it only makes views faster"));
        }
    }
    if !checks.has_failed("schema") {
        checks
            .holds("schema", format!("{} tables and indexes are those this program makes, and there are no others", found.len()));
    }
    Ok(())
}

/// `IF NOT EXISTS` and line breaks are kept by SQLite and mean nothing.
fn plain(sql: &str) -> String {
    sql.replace("IF NOT EXISTS ", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// SQLite's own full check: pages, records, and that every index agrees with its table. On a thread of its
/// own, beside the reading of rows.
pub struct Integrity(JoinHandle<rusqlite::Result<Vec<String>>>);

impl Integrity {
    pub fn start(case: &Path) -> Result<Self> {
        let store = Store::read(case)?;
        Ok(Self(std::thread::spawn(move || {
            let mut q = store.db.prepare(&format!("PRAGMA integrity_check({MOST_COMPLAINTS})"))?;
            q.query_map([], |r| r.get(0))?.collect()
        })))
    }

    pub fn end(self, checks: &mut Checks) {
        let unfinished = |why: &str| format!("the check could not be finished: {why}");
        match self.0.join() {
            Ok(Ok(lines)) if lines == ["ok"] => checks.holds("database", "pages are whole and every index agrees with its table"),
            Ok(Ok(lines)) => lines.into_iter().for_each(|line| checks.failed("database", "the case file", line)),
            Ok(Err(e)) => checks.failed("database", "the case file", unfinished(&e.to_string())),
            Err(_) => checks.failed("database", "the case file", unfinished("its thread failed")),
        }
    }
}

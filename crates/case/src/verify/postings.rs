//! Postings made anew from the rows and compared with those that are stored, byte by byte: one that
//! hides a row would make every view lie.

use super::imports::Import;
use super::report::Checks;
use crate::columns::join_id;
use crate::error::Result;
use crate::postings::{Builder, Keys};
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension};

/// Differences kept of one import; the first says enough.
const MOST: usize = 50;

/// Compares the postings of one import while its rows are read.
pub struct Comparison<'a> {
    db: &'a Connection,
    import: u32,
    builder: Builder,
    agreeing: u64,
    /// Ids that differ, with what is wrong.
    differing: Vec<(i64, String)>,
}

impl<'a> Comparison<'a> {
    pub fn new(db: &'a Connection, import: u32) -> Self {
        Self { db, import, builder: Builder::default(), agreeing: 0, differing: Vec::new() }
    }

    /// A row, in order.
    pub fn row(&mut self, id: i64, keys: &Keys) {
        let (db, agreeing, differing) = (self.db, &mut self.agreeing, &mut self.differing);
        let pushed = self.builder.push(id, keys, &mut |id, data| compare(db, id, data, agreeing, differing));
        self.note(pushed);
    }

    fn note(&mut self, done: rusqlite::Result<()>) {
        if let Err(e) = done {
            self.differing.push((join_id(self.import, 0), format!("they can not be read: {e}")));
        }
    }

    /// After the last row. Where the rows are not those that were imported, that is the finding.
    pub fn end(mut self, rows_hold: bool, checks: &mut Checks) {
        let (db, agreeing, differing) = (self.db, &mut self.agreeing, &mut self.differing);
        let finished = self.builder.finish(&mut |id, data| compare(db, id, data, agreeing, differing));
        self.note(finished);
        if !rows_hold {
            let says = "its rows are not those that were imported, so nothing tells what its postings should be";
            checks.skipped("postings", format!("import {}: {says}", self.import));
            return;
        }
        let range = (join_id(self.import, 0), join_id(self.import, 0).saturating_add(1 << 40));
        let sql = "SELECT count(*) FROM posting WHERE id >= ?1 AND id < ?2";
        match db.query_row(sql, range, |r| r.get::<_, i64>(0)) {
            Ok(n) if n.cast_unsigned() > self.agreeing && self.differing.is_empty() => {
                let place = format!("table posting, import {}", self.import);
                checks.failed("postings", place, "it holds more than the rows give");
                return;
            }
            Ok(_) => {}
            Err(e) => self.note(Err(e)),
        }
        for (id, why) in self.differing.iter().take(MOST) {
            checks.failed("postings", format!("table posting, id {id}"), why.as_str());
        }
        if self.differing.is_empty() {
            let says = format!("import {}: {} postings say of every row what the row says", self.import, self.agreeing);
            checks.holds("postings", says);
        }
    }
}

fn compare(
    db: &Connection,
    id: i64,
    data: &[u8],
    agreeing: &mut u64,
    differing: &mut Vec<(i64, String)>,
) -> rusqlite::Result<()> {
    let same = db
        .prepare_cached("SELECT data = ?2 FROM posting WHERE id = ?1")?
        .query_row((id, data), |r| r.get::<_, bool>(0))
        .optional()?;
    match same {
        Some(true) => *agreeing += 1,
        _ if differing.len() >= MOST => {}
        Some(false) => differing.push((id, "it says otherwise than the rows: a view would miss rows or show others".into())),
        None => differing.push((id, "it is missing: a view would miss rows".into())),
    }
    Ok(())
}

/// Postings of no import.
pub fn strays(store: &Store, imports: &[Import], checks: &mut Checks) -> Result<()> {
    let mut from = Some(i64::MIN);
    let mut found = 0;
    while let Some(least) = from.filter(|_| found < MOST) {
        let sql = "SELECT min(id) FROM posting WHERE id >= ?1";
        let id = match store.db.prepare_cached(sql)?.query_row([least], |r| r.get::<_, Option<i64>>(0)) {
            Ok(id) => id,
            Err(e) => {
                checks.failed("postings", "table posting", format!("it can not be read: {e}"));
                return Ok(());
            }
        };
        let Some(id) = id else { break };
        if !imports.iter().any(|i| i64::from(i.n) == id >> 40) {
            checks.failed("postings", format!("table posting, id {id}"), "no import wrote it");
            found += 1;
        }
        from = (id >> 40).checked_add(1).filter(|n| *n < 1 << 23).map(|n| n << 40);
    }
    Ok(())
}

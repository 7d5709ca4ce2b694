//! Counting again from the rows: after an interruption, and when a case is verified.

use super::{Counted, Derived, Tally};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Counts the rows of an import into its derived tables.
pub fn rebuild(db: &Connection, import: u32) -> rusqlite::Result<Vec<Derived>> {
    let mut tally = Tally::new(db)?;
    let first = crate::columns::join_id(import, 0);
    let mut q = db.prepare(
        "SELECT e.source, e.shape, e.at, e.actor, e.key, e.address, e.subject, e.bytes, s.parser, s.form & 128, e.detail
         FROM event e CROSS JOIN shape s ON s.id = e.shape WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id",
    )?;
    let mut rows = q.query([first, first | ((1 << 40) - 1)])?;
    while let Some(r) = rows.next()? {
        let request = r.get::<_, i64>(9)? != 0;
        let value = |i: usize| -> rusqlite::Result<ValueRef<'_>> { r.get_ref(i) };
        tally.add(
            db,
            &Counted {
                source: r.get(0)?,
                parser: r.get(8)?,
                shape: r.get(1)?,
                at: r.get(2)?,
                request,
                actor: value(3)?,
                key: value(4)?,
                address: value(5)?,
                subject: value(6)?,
                detail: match value(10)? {
                    ValueRef::Text(b) | ValueRef::Blob(b) => Some(b),
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
                },
                bytes: r.get(7)?,
            },
        )?;
    }
    drop(rows);
    drop(q);
    tally.finish(db, import)
}

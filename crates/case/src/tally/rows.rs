//! Counting again from the rows: after an interruption, and when a case is verified.

use super::finish::{days, exposed, paces, pairs};
use super::table::{Derived, Rows as DerivedRows, Table};
use super::{Counted, Tally, Texts};
use crate::columns::{Cells, EVENT_COLUMNS, RowError, at, is_request, join_id};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Counts the rows of an import into its derived tables.
pub fn rebuild(db: &Connection, import: u32) -> Result<Vec<Derived>, RowError> {
    let mut tally = Tally::new()?;
    let first = join_id(import, 0);
    let mut q = db.prepare(
        "SELECT e.*, s.parser, s.form FROM event e CROSS JOIN shape s ON s.id = e.shape WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id",
    )?;
    let mut rows = q.query([first, first | ((1 << 40) - 1)])?;
    while let Some(r) = rows.next()? {
        let (parser, form) = (r.get(EVENT_COLUMNS)?, r.get(EVENT_COLUMNS + 1)?);
        tally.add(db, &counted(&Cells::of(model::Table::Event, r)?, parser, form)?)?;
    }
    drop(rows);
    drop(q);
    Ok(tally.finish(db, import)?)
}

/// What is counted of an event; `parser` and `form` are those of its shape.
fn counted<'r>(row: &Cells<'r>, parser: i64, form: i64) -> Result<Counted<'r>, RowError> {
    Ok(Counted {
        source: row.number(at!(EVENT, "source"))?,
        parser: u16::try_from(parser).map_err(|_| row.wrong(at!(EVENT, "shape")))?,
        shape: row.integer(at!(EVENT, "shape"))?,
        at: row.integer_or_null(at!(EVENT, "at"))?,
        request: is_request(form),
        actor: row.value(at!(EVENT, "actor")),
        key: row.value(at!(EVENT, "key")),
        address: row.value(at!(EVENT, "address")),
        subject: row.value(at!(EVENT, "subject")),
        detail: row.bytes(at!(EVENT, "detail"))?,
        bytes: row.integer_or_null(at!(EVENT, "bytes"))?,
    })
}

/// Rows that were read and are to be counted elsewhere, in order.
#[derive(Default)]
pub struct Held {
    rows: Vec<HeldRow>,
    /// Texts and blobs of the rows.
    bytes: Vec<u8>,
}

/// A row, its texts among the bytes.
struct HeldRow {
    source: u32,
    parser: u16,
    request: bool,
    shape: i64,
    at: Option<i64>,
    bytes: Option<i64>,
    actor: Cell,
    key: Cell,
    address: Cell,
    subject: Cell,
    detail: Cell,
}

#[derive(Clone, Copy)]
enum Cell {
    Null,
    Number(i64),
    Text(u32, u32),
    Blob(u32, u32),
}

impl Held {
    /// Keeps what is counted of an event.
    pub fn push(&mut self, row: &Cells<'_>, parser: i64, form: i64) -> Result<(), RowError> {
        let r = counted(row, parser, form)?;
        let request = r.request;
        let detail = r.detail.filter(|d| request && super::names_third_party(d));
        let mut cell = |v: ValueRef<'_>| self.cell(if request { v } else { ValueRef::Null });
        let (actor, key, address, subject) = (cell(r.actor), cell(r.key), cell(r.address), cell(r.subject));
        let detail = cell(detail.map_or(ValueRef::Null, ValueRef::Text));
        let Counted { source, parser, shape, at, bytes, .. } = r;
        self.rows.push(HeldRow { source, parser, request, shape, at, bytes, actor, key, address, subject, detail });
        Ok(())
    }

    fn cell(&mut self, value: ValueRef<'_>) -> Cell {
        let mut put = |b: &[u8]| {
            let at = self.bytes.len() as u32;
            self.bytes.extend_from_slice(b);
            (at, b.len() as u32)
        };
        match value {
            ValueRef::Null | ValueRef::Real(_) => Cell::Null,
            ValueRef::Integer(n) => Cell::Number(n),
            ValueRef::Text(b) => {
                let (at, length) = put(b);
                Cell::Text(at, length)
            }
            ValueRef::Blob(b) => {
                let (at, length) = put(b);
                Cell::Blob(at, length)
            }
        }
    }

    fn value(&self, cell: Cell) -> ValueRef<'_> {
        let bytes = |at: u32, length: u32| {
            let at = at as usize;
            self.bytes.get(at..at.saturating_add(length as usize)).unwrap_or_default()
        };
        match cell {
            Cell::Null => ValueRef::Null,
            Cell::Number(n) => ValueRef::Integer(n),
            Cell::Text(at, length) => ValueRef::Text(bytes(at, length)),
            Cell::Blob(at, length) => ValueRef::Blob(bytes(at, length)),
        }
    }

    fn rows(&self) -> impl Iterator<Item = Counted<'_>> {
        self.rows.iter().map(|r| Counted {
            source: r.source,
            parser: r.parser,
            shape: r.shape,
            at: r.at,
            request: r.request,
            actor: self.value(r.actor),
            key: self.value(r.key),
            address: self.value(r.address),
            subject: self.value(r.subject),
            detail: match self.value(r.detail) {
                ValueRef::Text(b) => Some(b),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
            },
            bytes: r.bytes,
        })
    }
}

/// Counts imports of a case again, one after the other, and stores nothing in it.
pub struct Recount {
    tally: Tally,
}

impl Recount {
    pub fn new() -> rusqlite::Result<Self> {
        Ok(Self { tally: Tally { numbering: Texts::Known, ..Tally::new()? } })
    }

    /// The next rows of an import, in order.
    pub fn add(&mut self, db: &Connection, rows: &Held) -> rusqlite::Result<()> {
        rows.rows().try_for_each(|row| self.tally.add(db, &row))
    }

    /// What follows from the rows of the import; of no part in the next one but for the whole case.
    pub fn import(&mut self, db: &Connection) -> rusqlite::Result<Vec<Derived>> {
        self.tally.settle(db)?;
        let scratch = &self.tally.scratch;
        let derived = vec![days(scratch, DerivedRows::hashed(Table::Tally))?, paces(scratch, DerivedRows::hashed(Table::Pace))?];
        scratch.clear_import()?;
        Ok(derived)
    }

    /// What follows from the rows of all imports.
    pub fn case(self) -> rusqlite::Result<(Vec<Derived>, u64)> {
        let scratch = &self.tally.scratch;
        let derived =
            vec![pairs(scratch, DerivedRows::hashed(Table::Pair))?, exposed(scratch, DerivedRows::hashed(Table::Exposed))?];
        Ok((derived, self.tally.used.len()))
    }
}

//! The derived tables, made from the runs in the order of their keys.

use super::exposed::Exposures;
use super::record::{Reader, Sums};
use super::runs::{self, Kind, Records, Scratch, damaged};
use super::sets::Set;
use super::table::{Column, Derived, Rows, Table, hash, texts};
use crate::words::WordReader;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

fn number(n: u64) -> Column<'static> {
    Column::Number(Some(n.cast_signed()))
}

/// Requests of one import by source, day, actor, kinds of data, served or not. What was served is put
/// where `exposed` is merged from.
pub fn days(scratch: &Scratch, mut rows: Rows<'_>) -> rusqlite::Result<Derived> {
    let mut n = 0u64;
    let mut exposures = Exposures::default();
    runs::merge(scratch, Kind::Day, &mut |key, s| {
        let mut r = Reader(key);
        let mut fields = || Some((r.ordered()?, r.ordered()?, r.text()?, r.text()?, r.number()?));
        let (source, day, actor, exposes, served) = fields().ok_or_else(damaged)?;
        let kept = Sums { requests: s.requests, first: s.first, last: s.last, ..Sums::default() };
        let (subjects, third_parties) = (s.got.encode().0, s.denied.encode().0);
        rows.row(&[
            number(n),
            Column::Number(source),
            Column::Number(day),
            Column::Word(actor),
            Column::Word(exposes),
            number(served),
            number(s.requests),
            number(s.bytes),
            Column::Number(s.first),
            Column::Number(s.last),
            Column::Bytes(subjects.as_deref()),
            Column::Bytes(third_parties.as_deref()),
        ])?;
        n += 1;
        let Some(exposes) = exposes.filter(|_| served == 1) else { return Ok(()) };
        let (got, denied) = (Set::stored(subjects.as_deref()), Set::stored(third_parties.as_deref()));
        exposures.add(scratch, actor, exposes, Sums { got, denied, ..kept })
    })?;
    exposures.spill(scratch)?;
    Ok(rows.finish())
}

/// Served requests of the whole case by actor and kind of data.
pub fn exposed(scratch: &Scratch, mut rows: Rows<'_>) -> rusqlite::Result<Derived> {
    let mut n = 0u64;
    runs::merge(scratch, Kind::Exposed, &mut |key, s| {
        let mut r = Reader(key);
        let (actor, kind) = r.text().zip(r.text()).ok_or_else(damaged)?;
        let ((got, subjects), (named, third_parties)) = (s.got.encode(), s.denied.encode());
        n += 1;
        rows.row(&[
            number(n),
            Column::Word(actor),
            Column::Text(kind),
            number(s.requests),
            Column::Number(s.first),
            Column::Number(s.last),
            number(subjects),
            number(third_parties),
            Column::Bytes(got.as_deref()),
            Column::Bytes(named.as_deref()),
        ])
    })?;
    Ok(rows.finish())
}

/// Requests of the whole case by actor and address.
pub fn pairs(scratch: &Scratch, mut rows: Rows<'_>) -> rusqlite::Result<Derived> {
    let mut n = 0u64;
    runs::merge(scratch, Kind::Pair, &mut |key, s| {
        let mut r = Reader(key);
        let mut fields = || Some((r.text()?, r.address()?));
        let (actor, address) = fields().ok_or_else(damaged)?;
        let asked = (!s.denied.is_empty()).then(|| {
            let mut asked = s.got.clone();
            asked.add(s.denied);
            asked.encode()
        });
        let (got, served_subjects) = s.got.encode();
        // None where every subject that was asked for was served.
        let (asked, subjects) = match asked {
            Some((asked, n)) if n != served_subjects => (asked, n),
            _ => (None, served_subjects),
        };
        n += 1;
        rows.row(&[
            number(n),
            Column::Word(actor),
            Column::Address(address),
            Column::Text(s.key.as_deref()),
            Column::Text(s.kinds.as_deref()),
            number(s.requests),
            number(s.served),
            number(s.bytes),
            Column::Number(s.first),
            Column::Number(s.last),
            Column::Bytes(got.as_deref()),
            Column::Bytes(asked.as_deref()),
            number(served_subjects),
            number(subjects),
        ])
    })?;
    Ok(rows.finish())
}

/// How the events of each source of an import lie in time.
pub fn paces(scratch: &Scratch, mut rows: Rows<'_>) -> rusqlite::Result<Derived> {
    let mut q = scratch.0.prepare(
        "SELECT source, parser, rows, undated, first, last, backwards, furthest, hours FROM part_pace ORDER BY source, parser",
    )?;
    let mut found = q.query([])?;
    let mut n = 0u64;
    while let Some(row) = found.next()? {
        let value = |i: usize| row.get::<_, Option<i64>>(i).map(Column::Number);
        rows.row(&[
            number(n),
            value(0)?,
            value(1)?,
            value(2)?,
            value(3)?,
            value(4)?,
            value(5)?,
            value(6)?,
            value(7)?,
            Column::Bytes(bytes(row, 8)?),
        ])?;
        n += 1;
    }
    Ok(rows.finish())
}

fn bytes<'r>(row: &'r Row<'_>, i: usize) -> rusqlite::Result<Option<&'r [u8]>> {
    Ok(match row.get_ref(i)? {
        ValueRef::Text(b) | ValueRef::Blob(b) => Some(b),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    })
}

/// Bytes of a part of the case that is written as one run.
const PART: usize = 2 << 20;

/// The pairs in the case as runs, a part at a time, to be merged with what is new.
fn earlier_pairs(db: &Connection, scratch: &Scratch) -> rusqlite::Result<()> {
    let mut words = WordReader::default();
    let mut q =
        db.prepare("SELECT actor, address, key, kinds, requests, served, bytes, first, last, got, asked FROM pair ORDER BY n")?;
    let mut rows = q.query([])?;
    let mut part = Records::default();
    while let Some(row) = rows.next()? {
        let number = |i: usize| row.get::<_, i64>(i).map(i64::cast_unsigned);
        let text = |i: usize| bytes(row, i).map(|b| b.map(<[u8]>::to_vec));
        let s = Sums {
            requests: number(4)?,
            served: number(5)?,
            bytes: number(6)?,
            first: row.get(7)?,
            last: row.get(8)?,
            key: text(2)?,
            kinds: text(3)?,
            got: Set::read(bytes(row, 9)?).ok_or_else(damaged)?,
            // With those that were served: a union of both is what is asked of them.
            denied: Set::read(bytes(row, 10)?).ok_or_else(damaged)?,
        };
        let mut key = part.key();
        key.text(words.bytes(db, row.get_ref(0)?)?.as_deref());
        key.address(row.get_ref(1)?);
        part.record(s);
        if part.bytes() >= PART {
            std::mem::take(&mut part).write(scratch, Kind::Pair)?;
        }
    }
    part.write(scratch, Kind::Pair)
}

/// What was served before by actor and kind, likewise.
fn earlier_exposed(db: &Connection, scratch: &Scratch) -> rusqlite::Result<()> {
    let mut words = WordReader::default();
    let mut q = db.prepare("SELECT actor, kind, requests, first, last, got, named FROM exposed ORDER BY n")?;
    let mut rows = q.query([])?;
    let mut part = Records::default();
    while let Some(row) = rows.next()? {
        let s = Sums {
            requests: row.get::<_, i64>(2)?.cast_unsigned(),
            first: row.get(3)?,
            last: row.get(4)?,
            got: Set::read(bytes(row, 5)?).ok_or_else(damaged)?,
            denied: Set::read(bytes(row, 6)?).ok_or_else(damaged)?,
            ..Sums::default()
        };
        let mut key = part.key();
        key.text(words.bytes(db, row.get_ref(0)?)?.as_deref());
        key.text(bytes(row, 1)?);
        part.record(s);
        if part.bytes() >= PART {
            std::mem::take(&mut part).write(scratch, Kind::Exposed)?;
        }
    }
    part.write(scratch, Kind::Exposed)
}

/// Stores the derived tables of an import: its own, and those of the case with what was there before.
pub fn finish(db: &Connection, scratch: &Scratch, import: u32) -> rusqlite::Result<Vec<Derived>> {
    let tally = days(scratch, Rows::stored(Table::Tally, db, import)?)?;
    let pair = if scratch.holds(Kind::Pair)? {
        earlier_pairs(db, scratch)?;
        pairs(scratch, Rows::stored(Table::Pair, db, import)?)?
    } else {
        hash(db, Table::Pair, import)?
    };
    let exposed = if scratch.holds(Kind::Exposed)? {
        earlier_exposed(db, scratch)?;
        exposed(scratch, Rows::stored(Table::Exposed, db, import)?)?
    } else {
        hash(db, Table::Exposed, import)?
    };
    let pace = paces(scratch, Rows::stored(Table::Pace, db, import)?)?;
    Ok(vec![tally, pair, exposed, pace, texts(db, None)?])
}

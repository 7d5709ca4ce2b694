//! Sorted runs in a file of their own, and their merge: how counts of any number are brought together
//! in bounded memory.

use super::record::{Reader, Record, Sums};
use rusqlite::{Connection, OptionalExtension};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bytes of a run that are read at once.
const CHUNK: usize = 64 << 10;
/// A longer record is not read until it is its key's turn: every run may hold its part of one large set.
const LONG: usize = CHUNK / 4;
/// Stands for the length of a record that has the next row to itself.
const APART: u32 = u32::MAX;

/// What is merged: each kind has its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Day = 0,
    Pair = 1,
    Exposed = 2,
}

/// A private database for what does not fit into memory: SQLite writes it to a temporary file only
/// where it grows, and deletes it. Apart from the case, which may be open for reading only.
pub struct Scratch(pub Connection);

impl Scratch {
    pub fn open() -> rusqlite::Result<Self> {
        let db = Connection::open("")?;
        db.pragma_update(None, "page_size", 16_384)?;
        db.pragma_update(None, "journal_mode", "OFF")?;
        db.pragma_update(None, "cache_size", -16_384)?;
        db.execute_batch(
            "CREATE TABLE run (kind INTEGER, run INTEGER, n INTEGER, data BLOB, PRIMARY KEY (kind, run, n)) WITHOUT ROWID;
             CREATE TABLE part_pace (source, parser, rows, undated, first, last, previous, backwards, furthest, hours);
             BEGIN;",
        )?;
        Ok(Self(db))
    }

    /// Whether anything of a kind is there to be merged.
    pub fn holds(&self, kind: Kind) -> rusqlite::Result<bool> {
        self.0.query_row("SELECT EXISTS (SELECT 1 FROM run WHERE kind = ?1)", [kind as u8], |r| r.get(0))
    }

    /// Drops what is of one import; what is of the whole case stays.
    pub fn clear_import(&self) -> rusqlite::Result<()> {
        self.0.execute("DELETE FROM run WHERE kind = ?1", [Kind::Day as u8])?;
        self.0.execute("DELETE FROM part_pace", []).map(|_| ())
    }
}

/// Keys with their records, in one piece of memory.
#[derive(Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// Where a key begins, where its record does, and where that ends.
    places: Vec<(usize, usize, usize)>,
}

impl Records {
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
    /// Begins a pair with its key; its record is to follow.
    pub fn key(&mut self) -> Record<'_> {
        let at = self.bytes.len();
        self.places.push((at, at, at));
        Record(&mut self.bytes)
    }
    pub fn record(&mut self, sums: Sums) {
        let middle = self.bytes.len();
        Record(&mut self.bytes).sums(sums);
        if let Some(place) = self.places.last_mut() {
            (place.1, place.2) = (middle, self.bytes.len());
        }
    }

    /// Writes a run, sorted by key.
    pub fn write(mut self, scratch: &Scratch, kind: Kind) -> rusqlite::Result<()> {
        if self.places.is_empty() {
            return Ok(());
        }
        let bytes = &self.bytes;
        // In which order records of one key come makes no difference.
        self.places.sort_unstable_by(|a, b| bytes[a.0..a.1].cmp(&bytes[b.0..b.1]));
        let db = &scratch.0;
        let run: i64 = db
            .prepare_cached("SELECT coalesce(max(run) + 1, 0) FROM run WHERE kind = ?1")?
            .query_row([kind as u8], |r| r.get(0))?;
        let mut insert = db.prepare_cached("INSERT INTO run VALUES (?1, ?2, ?3, ?4)")?;
        let (mut chunk, mut n) = (Vec::with_capacity(CHUNK + LONG), 0i64);
        let mut places = self.places.iter().peekable();
        let mut row = |data: &[u8]| {
            n += 1;
            insert.execute((kind as u8, run, n, data)).map(|_| ())
        };
        while let Some((begin, middle, end)) = places.next() {
            let (key, record) = (&bytes[*begin..*middle], &bytes[*middle..*end]);
            put(&mut chunk, key);
            if record.len() > LONG {
                chunk.extend_from_slice(&APART.to_le_bytes());
                row(&chunk)?;
                row(record)?;
                chunk.clear();
                continue;
            }
            put(&mut chunk, record);
            if chunk.len() >= CHUNK || places.peek().is_none() {
                row(&chunk)?;
                chunk.clear();
            }
        }
        Ok(())
    }
}

/// A piece with its length before it.
fn put(chunk: &mut Vec<u8>, part: &[u8]) {
    chunk.extend_from_slice(&(part.len() as u32).to_le_bytes());
    chunk.extend_from_slice(part);
}

struct Run {
    kind: Kind,
    number: i64,
    /// Rows read.
    rows: i64,
    chunk: Vec<u8>,
    at: usize,
}

impl Run {
    /// The next key; None at the end.
    fn key(&mut self, db: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
        if self.at >= self.chunk.len() {
            let Some(chunk) = self.row(db)? else { return Ok(None) };
            (self.chunk, self.at) = (chunk, 0);
        }
        let length = self.length().ok_or_else(damaged)?;
        Ok(Some(self.part(length).ok_or_else(damaged)?.to_vec()))
    }
    /// The sums of the key that was read last.
    fn sums(&mut self, db: &Connection) -> rusqlite::Result<Sums> {
        let length = self.length().ok_or_else(damaged)?;
        let sums = if length == APART {
            let apart = self.row(db)?.ok_or_else(damaged)?;
            Reader(&apart).sums()
        } else {
            self.part(length).and_then(|record| Reader(record).sums())
        };
        sums.ok_or_else(damaged)
    }
    fn row(&mut self, db: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
        self.rows += 1;
        db.prepare_cached("SELECT data FROM run WHERE kind = ?1 AND run = ?2 AND n = ?3")?
            .query_row((self.kind as u8, self.number, self.rows), |r| r.get(0))
            .optional()
    }
    fn length(&mut self) -> Option<u32> {
        let length = self.chunk.get(self.at..)?.first_chunk::<4>()?;
        self.at += 4;
        Some(u32::from_le_bytes(*length))
    }
    fn part(&mut self, length: u32) -> Option<&[u8]> {
        let from = self.at;
        self.at += length as usize;
        self.chunk.get(from..self.at)
    }
}

/// Takes a key with the sums of all its records.
type Take<'t> = dyn FnMut(&[u8], Sums) -> rusqlite::Result<()> + 't;

/// Gives every key once, in order, with the sums of all its records, which are added one by one.
pub fn merge(scratch: &Scratch, kind: Kind, take: &mut Take<'_>) -> rusqlite::Result<()> {
    let db = &scratch.0;
    let runs: i64 = db.query_row("SELECT count(DISTINCT run) FROM run WHERE kind = ?1", [kind as u8], |r| r.get(0))?;
    let mut runs: Vec<Run> = (0..runs).map(|number| Run { kind, number, rows: 0, chunk: Vec::new(), at: 0 }).collect();
    let mut heap = BinaryHeap::new();
    for (i, run) in runs.iter_mut().enumerate() {
        if let Some(key) = run.key(db)? {
            heap.push(Reverse((key, i)));
        }
    }
    let mut current: Option<(Vec<u8>, Sums)> = None;
    while let Some(Reverse((key, i))) = heap.pop() {
        let Some(run) = runs.get_mut(i) else { continue };
        let sums = run.sums(db)?;
        match &mut current {
            Some((known, all)) if *known == key => all.add(sums),
            _ => {
                if let Some((done, all)) = current.replace((key, sums)) {
                    take(&done, all)?;
                }
            }
        }
        if let Some(key) = run.key(db)? {
            heap.push(Reverse((key, i)));
        }
    }
    match current {
        Some((done, all)) => take(&done, all),
        None => Ok(()),
    }
}

pub fn damaged() -> rusqlite::Error {
    rusqlite::Error::UserFunctionError("a count of this import is damaged".into())
}

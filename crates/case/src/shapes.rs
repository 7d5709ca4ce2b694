//! What the rows of a log have in common: form of the time, action, state, parser, method, protocol,
//! kinds of data exposed, status. A few hundred combinations stand for millions of rows, so each is
//! stored once. Only a way of storing: a row is hashed over the values.

use crate::words::{WordReader, WordRef, WordWriter};
use hashbrown::HashMap;
use rusqlite::{Connection, OptionalExtension, params};

/// Combinations kept in memory.
const MOST: usize = 100_000;

/// The values as they are, before words are numbered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape<'a> {
    /// Precision, basis of the zone, whether the row is a request, minutes east.
    pub form: i64,
    pub action: u16,
    pub state: u8,
    pub parser: u16,
    pub status: Option<u16>,
    pub method: Option<&'a [u8]>,
    pub protocol: Option<&'a [u8]>,
    pub exposes: Option<&'a [u8]>,
}

impl Shape<'_> {
    /// One string of bytes for each combination.
    fn key(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.form.to_le_bytes());
        out.extend_from_slice(&self.action.to_le_bytes());
        out.push(self.state);
        out.extend_from_slice(&self.parser.to_le_bytes());
        out.extend_from_slice(&self.status.map_or(-1, i32::from).to_le_bytes());
        for text in [self.method, self.protocol, self.exposes] {
            // Lengths go first, so that no two combinations run together; none is not empty.
            out.extend_from_slice(&text.map_or(u32::MAX, |t| t.len() as u32).to_le_bytes());
            out.extend_from_slice(text.unwrap_or_default());
        }
    }
}

/// Finds and adds shapes while rows are written.
#[derive(Default)]
pub struct ShapeWriter {
    known: HashMap<Box<[u8]>, i64>,
    key: Vec<u8>,
}

impl ShapeWriter {
    pub fn number(&mut self, db: &Connection, words: &mut WordWriter, shape: &Shape<'_>) -> rusqlite::Result<i64> {
        let mut key = std::mem::take(&mut self.key);
        shape.key(&mut key);
        let found = self.known.get(key.as_slice()).copied();
        let number = match found {
            Some(n) => n,
            None => {
                let n = insert(db, words, shape)?;
                if self.known.len() >= MOST {
                    self.known.clear();
                }
                self.known.insert(key.as_slice().into(), n);
                n
            }
        };
        self.key = key;
        Ok(number)
    }
}

fn insert(db: &Connection, words: &mut WordWriter, s: &Shape<'_>) -> rusqlite::Result<i64> {
    let mut word = |text| words.number(db, text);
    let (method, protocol, exposes): (WordRef<'_>, _, _) = (word(s.method)?, word(s.protocol)?, word(s.exposes)?);
    let values = params![s.form, s.action, s.state, s.parser, s.status, method, protocol, exposes];
    let known = db
        .prepare_cached(
            "SELECT id FROM shape WHERE form = ?1 AND action = ?2 AND state = ?3 AND parser = ?4 AND status IS ?5 \
             AND method IS ?6 AND protocol IS ?7 AND exposes IS ?8",
        )?
        .query_row(values, |r| r.get(0))
        .optional()?;
    match known {
        Some(n) => Ok(n),
        None => {
            db.prepare_cached(
                "INSERT INTO shape (form, action, state, parser, status, method, protocol, exposes) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(values)?;
            Ok(db.last_insert_rowid())
        }
    }
}

/// A shape read back, its words resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedShape {
    pub form: i64,
    pub action: i64,
    pub state: i64,
    pub parser: i64,
    pub status: Option<i64>,
    pub method: Option<Vec<u8>>,
    pub protocol: Option<Vec<u8>>,
    pub exposes: Option<Vec<u8>>,
}

/// Looks shapes up while rows are read back.
#[derive(Default)]
pub struct ShapeReader {
    known: HashMap<i64, OwnedShape>,
}

impl ShapeReader {
    pub fn get(&mut self, db: &Connection, words: &mut WordReader, id: i64) -> rusqlite::Result<&OwnedShape> {
        if !self.known.contains_key(&id) {
            let mut q = db.prepare_cached(
                "SELECT form, action, state, parser, status, method, protocol, exposes FROM shape WHERE id = ?1",
            )?;
            let mut rows = q.query([id])?;
            let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            let mut word = |i: usize| words.bytes(db, row.get_ref(i)?);
            let shape = OwnedShape {
                form: row.get(0)?,
                action: row.get(1)?,
                state: row.get(2)?,
                parser: row.get(3)?,
                status: row.get(4)?,
                method: word(5)?,
                protocol: word(6)?,
                exposes: word(7)?,
            };
            if self.known.len() >= MOST {
                self.known.clear();
            }
            self.known.insert(id, shape);
        }
        self.known.get(&id).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

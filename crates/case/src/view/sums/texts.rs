//! What keys of postings stand for. A key of a text is a hash: where two texts known to the case share
//! one, or none is known, the row itself is asked.

use crate::address::Address;
use crate::error::{CaseError, Result};
use crate::postings::{KeyRange, Kind, Members, NONE, Postings, Set, is_text, value_key};
use crate::tally::Stored;
use crate::words::may_stand_in_rows;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Rows asked for their text; where more would have to be, SQL is quicker.
const MOST_ASKED: u32 = 100_000;
/// Numbers of texts among subjects are this and more, above all that are written as numbers of 18 digits.
const TEXT_SUBJECTS: u64 = 1 << 62;

/// A column of events.
struct Column {
    /// One row's value.
    one: &'static str,
    /// The text of a value.
    text: fn(ValueRef<'_>) -> Option<Vec<u8>>,
}

fn text(value: ValueRef<'_>) -> Option<Vec<u8>> {
    match value {
        ValueRef::Text(b) | ValueRef::Blob(b) => Some(b.to_vec()),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    }
}

const ACTOR: Column = Column { one: "SELECT actor FROM event WHERE id = ?1", text };
const ADDRESS: Column = Column { one: "SELECT address FROM event WHERE id = ?1", text: |v| Address::read(v) };
const SUBJECT: Column = Column { one: "SELECT subject FROM event WHERE id = ?1", text };
const KEY: Column = Column { one: "SELECT key FROM event WHERE id = ?1", text };

const KNOWN_ADDRESSES: &str = "SELECT DISTINCT address FROM pair WHERE typeof(address) <> 'integer'";

/// Texts that stand in rows, by their hash.
struct Texts<'a> {
    db: &'a Connection,
    column: Column,
    /// None where several have the hash.
    of_key: HashMap<i64, Option<u32>>,
    of_text: HashMap<Box<[u8]>, u32>,
    asked: u32,
}

impl<'a> Texts<'a> {
    /// With the texts that a statement gives, in its order.
    fn new(db: &'a Connection, column: Column, known: Option<&str>) -> Result<Self> {
        let mut all = Self { db, column, of_key: HashMap::new(), of_text: HashMap::new(), asked: 0 };
        let Some(known) = known else { return Ok(all) };
        let mut q = db.prepare_cached(known)?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let value = row.get_ref(0)?;
            if let (Some(key), Some(text)) = (value_key(value), (all.column.text)(value)) {
                let n = all.number(&text);
                match all.of_key.entry(key) {
                    Entry::Occupied(mut known) => *known.get_mut() = None,
                    Entry::Vacant(free) => {
                        free.insert(Some(n));
                    }
                }
            }
        }
        Ok(all)
    }

    /// The texts by their numbers.
    fn into_all(self) -> Vec<Box<[u8]>> {
        let mut all = vec![Box::default(); self.of_text.len()];
        for (text, n) in self.of_text {
            if let Some(slot) = all.get_mut(n as usize) {
                *slot = text;
            }
        }
        all
    }

    fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(n) = self.of_text.get(text) {
            return *n;
        }
        let n = self.of_text.len() as u32;
        self.of_text.insert(text.into(), n);
        n
    }

    /// The text of a request; None where too many rows would have to be asked.
    fn of(&mut self, key: i64, row: i64) -> Result<Option<u32>> {
        match self.of_key.get(&key) {
            Some(Some(n)) => Ok(Some(*n)),
            Some(None) | None => self.of_row(row),
        }
    }

    fn of_row(&mut self, row: i64) -> Result<Option<u32>> {
        self.asked += 1;
        if self.asked > MOST_ASKED {
            return Ok(None);
        }
        let text = self.db.prepare_cached(self.column.one)?.query_row([row], |r| Ok((self.column.text)(r.get_ref(0)?)))?;
        let text = text.ok_or_else(|| CaseError::Postings(format!("row {row} has no text where its posting has one")))?;
        Ok(Some(self.number(&text)))
    }
}

/// Values of a column as small numbers, in the order in which they were met. 0 is none.
pub struct Values<'a> {
    texts: Texts<'a>,
    of_key: HashMap<i64, u32>,
    /// By the number of the text.
    of_text: HashMap<u32, u32>,
    all: Vec<Value>,
}

#[derive(Clone, Copy)]
enum Value {
    Null,
    Number(i64),
    Text(u32),
}

impl<'a> Values<'a> {
    pub fn actors(db: &'a Connection) -> Result<Self> {
        // Of a text that is a word too, but stood in rows since the dictionary was full, the counts know the word only.
        let known = (!may_stand_in_rows(db, &[])?).then_some("SELECT DISTINCT actor FROM pair WHERE typeof(actor) <> 'integer'");
        Ok(Self::new(Texts::new(db, ACTOR, known)?))
    }
    pub fn addresses(db: &'a Connection) -> Result<Self> {
        Ok(Self::new(Texts::new(db, ADDRESS, Some(KNOWN_ADDRESSES))?))
    }
    pub fn keys(db: &'a Connection) -> Result<Self> {
        Ok(Self::new(Texts::new(db, KEY, None)?))
    }
    fn new(texts: Texts<'a>) -> Self {
        Self { texts, of_key: HashMap::new(), of_text: HashMap::new(), all: vec![Value::Null] }
    }

    /// The number of a row's key; None where the column's texts can not be told.
    #[inline]
    pub fn of(&mut self, key: i64, row: i64) -> Result<Option<u32>> {
        if key == NONE {
            return Ok(Some(0));
        }
        if let Some(n) = self.of_key.get(&key) {
            return Ok(Some(*n));
        }
        let next = self.all.len() as u32;
        if !is_text(key) {
            self.of_key.insert(key, next);
            self.all.push(Value::Number(key));
            return Ok(Some(next));
        }
        let Some(text) = self.texts.of(key, row)? else { return Ok(None) };
        let n = *self.of_text.entry(text).or_insert(next);
        if n == next {
            self.all.push(Value::Text(text));
        }
        Ok(Some(n))
    }

    /// The values by their numbers.
    pub fn into_stored(self) -> Vec<Stored> {
        let texts = self.texts.into_all();
        let stored = |v: &Value| match v {
            Value::Null => Stored::Null,
            Value::Number(n) => Stored::Number(*n),
            Value::Text(n) => Stored::Text(texts.get(*n as usize).cloned().unwrap_or_default()),
        };
        self.all.iter().map(stored).collect()
    }
}

/// Subjects as numbers that sort as SQL sorts them: those written as numbers, then texts.
pub struct Subjects<'a>(Option<Texts<'a>>);

impl<'a> Subjects<'a> {
    pub fn new(db: &'a Connection, postings: &Postings<'_>) -> Result<Self> {
        if !postings.has_texts(Kind::Subject)? {
            return Ok(Self(None));
        }
        let known = "SELECT value FROM subject_text ORDER BY value";
        Ok(Self(Some(Texts::new(db, SUBJECT, Some(known))?)))
    }

    /// None where the texts can not be told.
    #[inline]
    pub fn of(&mut self, key: i64, row: i64) -> Result<Option<u64>> {
        if !is_text(key) {
            return Ok(u64::try_from(key).ok().filter(|n| *n < TEXT_SUBJECTS));
        }
        let Some(texts) = &mut self.0 else { return Ok(None) };
        let known = texts.of_text.len();
        // One that the case does not know would have no place in the order.
        Ok(texts.of(key, row)?.filter(|n| (*n as usize) < known).map(|n| TEXT_SUBJECTS | u64::from(n)))
    }

    /// The texts, in order.
    pub fn into_texts(self) -> Vec<Box<[u8]>> {
        self.0.map(Texts::into_all).unwrap_or_default()
    }
}

/// The place of a subject among the texts, or None where it is written as a number.
pub fn text_of(subject: u64) -> Option<usize> {
    (subject >= TEXT_SUBJECTS).then_some((subject & !TEXT_SUBJECTS) as usize)
}

/// How many of some rows hold each address that is not written as IPv4; None where too many rows would
/// have to be asked.
pub fn addresses(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Vec<(Stored, u64)>>> {
    let mut texts = Texts::new(db, ADDRESS, Some(KNOWN_ADDRESSES))?;
    let mut requests = members.clone();
    let mut q = db.prepare_cached("SELECT id FROM shape WHERE form & 128 ORDER BY id")?;
    let shapes = q.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    requests.sets.push(Set::of(shapes.into_iter().map(|id| KeyRange { kind: Kind::Shape, from: id, to: id }).collect()));
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for part in postings.parts() {
        let Some(rows) = members.bits(postings, *part)? else { continue };
        let requests = requests.bits(postings, *part)?;
        let mut found = Vec::new();
        postings.pairs(*part, KeyRange::texts(Kind::Address), &mut |key, row| {
            if rows.has(row) {
                found.push((key, row));
            }
        })?;
        for (key, row) in found {
            let id = part + i64::from(row);
            // The counts know the addresses of requests, and of nothing else.
            let counted = requests.as_ref().is_some_and(|r| r.has(row));
            let Some(n) = (if counted { texts.of(key, id)? } else { texts.of_row(id)? }) else { return Ok(None) };
            *counts.entry(n).or_default() += 1;
        }
    }
    let of_text = texts.of_text.into_iter();
    Ok(Some(of_text.filter_map(|(text, n)| Some((Stored::Text(text), *counts.get(&n)?))).collect()))
}

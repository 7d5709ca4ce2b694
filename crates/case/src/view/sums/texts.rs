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

static ACTOR: Column = Column { one: "SELECT actor FROM event WHERE id = ?1", text };
static ADDRESS: Column = Column { one: "SELECT address FROM event WHERE id = ?1", text: |v| Address::read(v) };
static SUBJECT: Column = Column { one: "SELECT subject FROM event WHERE id = ?1", text };
static KEY: Column = Column { one: "SELECT key FROM event WHERE id = ?1", text };

/// Texts of a column that the case knows, by their hash.
pub struct Known {
    column: &'static Column,
    /// None where several have the hash.
    of_key: HashMap<i64, Option<u32>>,
    of_text: HashMap<Box<[u8]>, u32>,
    /// Words that get the first numbers.
    first: Vec<i64>,
}

impl Known {
    fn none(column: &'static Column) -> Self {
        Self { column, of_key: HashMap::new(), of_text: HashMap::new(), first: Vec::new() }
    }
    /// With the values that a statement gives, in its order.
    fn read(db: &Connection, column: &'static Column, sql: &str) -> Result<Self> {
        let mut all = Self::none(column);
        let mut q = db.prepare_cached(sql)?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            match row.get_ref(0)? {
                ValueRef::Integer(n) => all.first.push(n),
                value => all.add(value),
            }
        }
        Ok(all)
    }
    fn add(&mut self, value: ValueRef<'_>) {
        let Some((key, text)) = value_key(value).zip((self.column.text)(value)) else { return };
        let next = self.of_text.len() as u32;
        let n = *self.of_text.entry(text.into()).or_insert(next);
        match self.of_key.entry(key) {
            Entry::Occupied(mut known) => *known.get_mut() = None,
            Entry::Vacant(free) => {
                free.insert(Some(n));
            }
        }
    }
    /// Actors get their numbers in the order in which SQL sorts them, as far as the counts know them.
    pub fn actors(db: &Connection) -> Result<Self> {
        let known = Self::read(db, &ACTOR, "SELECT DISTINCT actor FROM pair ORDER BY actor")?;
        // Of a text that is a word too, but stood in rows since the dictionary was full, the counts know the word only.
        let told = !may_stand_in_rows(db, &[])?;
        Ok(if told { known } else { Self { first: known.first, ..Self::none(&ACTOR) } })
    }
    pub fn addresses(db: &Connection, postings: &Postings<'_>) -> Result<Self> {
        if postings.has_texts(Kind::Address)? {
            Self::read(db, &ADDRESS, "SELECT DISTINCT address FROM pair WHERE typeof(address) <> 'integer'")
        } else {
            Ok(Self::none(&ADDRESS))
        }
    }
    pub fn keys() -> Self {
        Self::none(&KEY)
    }
    pub fn subjects(db: &Connection, postings: &Postings<'_>) -> Result<Self> {
        if postings.has_texts(Kind::Subject)? {
            Self::read(db, &SUBJECT, "SELECT value FROM subject_text ORDER BY value")
        } else {
            Ok(Self::none(&SUBJECT))
        }
    }
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.of_text.len()
    }
    /// The texts by their numbers.
    pub fn into_texts(self) -> Vec<Box<[u8]>> {
        let mut all: Vec<(Box<[u8]>, u32)> = self.of_text.into_iter().collect();
        all.sort_unstable_by_key(|(_, n)| *n);
        all.into_iter().map(|(text, _)| text).collect()
    }
}

/// Texts that stand in rows, by their hash: those that are known, and more as they are met.
struct Texts<'a> {
    db: &'a Connection,
    known: &'a Known,
    late: HashMap<Box<[u8]>, u32>,
    asked: u32,
}

impl<'a> Texts<'a> {
    fn new(db: &'a Connection, known: &'a Known) -> Self {
        Self { db, known, late: HashMap::new(), asked: 0 }
    }

    /// The texts with their numbers.
    fn all(&self) -> impl Iterator<Item = (&Box<[u8]>, u32)> {
        self.known.of_text.iter().chain(&self.late).map(|(text, n)| (text, *n))
    }

    fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(n) = self.known.of_text.get(text).or_else(|| self.late.get(text)) {
            return *n;
        }
        let n = (self.known.len() + self.late.len()) as u32;
        self.late.insert(text.into(), n);
        n
    }

    /// The text of a request; None where too many rows would have to be asked.
    fn of(&mut self, key: i64, row: i64) -> Result<Option<u32>> {
        match self.known.of_key.get(&key) {
            Some(Some(n)) => Ok(Some(*n)),
            Some(None) | None => self.of_row(row),
        }
    }

    fn of_row(&mut self, row: i64) -> Result<Option<u32>> {
        self.asked += 1;
        if self.asked > MOST_ASKED {
            return Ok(None);
        }
        let column = self.known.column;
        let text = self.db.prepare_cached(column.one)?.query_row([row], |r| Ok((column.text)(r.get_ref(0)?)))?;
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
    pub fn new(db: &'a Connection, known: &'a Known) -> Self {
        let mut values =
            Self { texts: Texts::new(db, known), of_key: HashMap::new(), of_text: HashMap::new(), all: vec![Value::Null] };
        for word in &known.first {
            values.of_key.insert(*word, values.all.len() as u32);
            values.all.push(Value::Number(*word));
        }
        values
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
    pub fn stored(&self) -> Vec<Stored> {
        let texts: HashMap<u32, &Box<[u8]>> = self.texts.all().map(|(text, n)| (n, text)).collect();
        let stored = |v: &Value| match v {
            Value::Null => Stored::Null,
            Value::Number(n) => Stored::Number(*n),
            Value::Text(n) => Stored::Text(texts.get(n).map(|t| (*t).clone()).unwrap_or_default()),
        };
        self.all.iter().map(stored).collect()
    }
}

/// Subjects as numbers that sort as SQL sorts them: those written as numbers, then texts.
pub struct Subjects<'a>(Texts<'a>);

impl<'a> Subjects<'a> {
    pub fn new(db: &'a Connection, known: &'a Known) -> Self {
        Self(Texts::new(db, known))
    }

    /// None where the texts can not be told.
    #[inline]
    pub fn of(&mut self, key: i64, row: i64) -> Result<Option<u64>> {
        if !is_text(key) {
            return Ok(u64::try_from(key).ok().filter(|n| *n < TEXT_SUBJECTS));
        }
        // One that the case does not know would have no place in the order.
        let known = self.0.known.len();
        Ok(self.0.of(key, row)?.filter(|n| (*n as usize) < known).map(|n| TEXT_SUBJECTS | u64::from(n)))
    }
}

/// The subject that is one of the texts.
pub fn of_text(n: usize) -> u64 {
    TEXT_SUBJECTS | n as u64
}

/// The place of a subject among the texts, or None where it is written as a number.
pub fn text_of(subject: u64) -> Option<usize> {
    (subject >= TEXT_SUBJECTS).then_some((subject & !TEXT_SUBJECTS) as usize)
}

/// How many of some rows hold each address that is not written as IPv4; None where too many rows would
/// have to be asked.
pub fn addresses(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Vec<(Stored, u64)>>> {
    let known = Known::addresses(db, postings)?;
    let mut texts = Texts::new(db, &known);
    let mut requests = members.clone();
    let mut q = db.prepare_cached("SELECT id FROM shape WHERE form & 128 ORDER BY id")?;
    let shapes = q.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    requests.sets.push(Set::of(shapes.into_iter().map(|id| KeyRange { kind: Kind::Shape, from: id, to: id }).collect()));
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for part in postings.parts() {
        let Some(rows) = members.bits(postings, *part)? else { continue };
        let requests = requests.bits(postings, *part)?;
        let mut found = Vec::new();
        postings.pairs(*part, KeyRange::texts(Kind::Address), |key, row| {
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
    Ok(Some(texts.all().filter_map(|(text, n)| Some((Stored::Text(text.clone()), *counts.get(&n)?))).collect()))
}

//! The dictionary of repeated text, in the case and in memory. Numbers of words are never hashed:
//! a row is hashed over the words themselves.

use hashbrown::HashMap;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension};

/// Words kept in memory, and their bytes; further ones stand in their rows as they are.
const MOST: usize = 400_000;
const MOST_BYTES: usize = 48 << 20;
/// Longer values stand in their rows as they are; agents of telephones have 300 bytes and come by the million.
const LONGEST: usize = 512;

/// What a column that may refer to the dictionary holds.
#[derive(Clone, Copy, Debug)]
pub enum WordRef<'a> {
    Null,
    Number(i64),
    Inline(&'a [u8]),
}

impl<'a> WordRef<'a> {
    pub fn value(&self) -> ValueRef<'a> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Number(n) => ValueRef::Integer(*n),
            Self::Inline(bytes) => text_or_blob(bytes),
        }
    }
}

impl ToSql for WordRef<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Number(n) => ToSqlOutput::Owned(Value::Integer(*n)),
            Self::Inline(bytes) => ToSqlOutput::Borrowed(text_or_blob(bytes)),
        })
    }
}

/// Text where the bytes are UTF-8, a blob of the same bytes where they are not.
pub fn text_or_blob(bytes: &[u8]) -> ValueRef<'_> {
    // SQLite's own functions end text at a NUL, so such text is kept as a blob too.
    if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) { ValueRef::Text(bytes) } else { ValueRef::Blob(bytes) }
}

/// Bytes stored by `text_or_blob`.
pub struct TextOrBlob<'a>(pub &'a [u8]);

impl ToSql for TextOrBlob<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(text_or_blob(self.0)))
    }
}

/// The values that a column which may refer to the dictionary can hold for a text.
pub fn stored_forms(db: &Connection, name: &str) -> rusqlite::Result<Vec<Value>> {
    let text = TextOrBlob(name.as_bytes());
    let word = db.prepare_cached("SELECT id FROM word WHERE value = ?1")?.query_row([&text], |r| r.get(0)).optional()?;
    let inline = match text_or_blob(text.0) {
        ValueRef::Blob(b) => Value::Blob(b.to_vec()),
        _ => Value::Text(name.to_owned()),
    };
    Ok(word.map(Value::Integer).into_iter().chain([inline]).collect())
}

/// Whether one of these may stand in a row as it is, because it is long or the dictionary was full.
pub fn may_stand_in_rows(db: &Connection, values: &[String]) -> rusqlite::Result<bool> {
    let (words, bytes): (i64, i64) = db
        .prepare_cached("SELECT count(*), coalesce(sum(length(value)), 0) FROM word")?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    // Characters are counted where bytes were bounded, hence the quarter.
    let full = words.unsigned_abs() as usize >= MOST || bytes.unsigned_abs() as usize >= MOST_BYTES / 4;
    Ok(full || values.iter().any(|v| v.len() > LONGEST))
}

/// Finds and adds words while rows are written.
#[derive(Default)]
pub struct WordWriter {
    known: HashMap<Box<[u8]>, i64>,
    bytes: usize,
}

impl WordWriter {
    /// The number of a word that is in memory.
    pub fn known(&self, value: &[u8]) -> Option<i64> {
        self.known.get(value).copied()
    }

    pub fn number<'a>(&mut self, db: &Connection, value: Option<&'a [u8]>) -> rusqlite::Result<WordRef<'a>> {
        let Some(value) = value else { return Ok(WordRef::Null) };
        if let Some(n) = self.known.get(value) {
            return Ok(WordRef::Number(*n));
        }
        if value.len() > LONGEST || self.known.len() >= MOST || self.bytes >= MOST_BYTES {
            return Ok(WordRef::Inline(value));
        }
        let found = db
            .prepare_cached("SELECT id FROM word WHERE value = ?1")?
            .query_row([TextOrBlob(value)], |r| r.get::<_, i64>(0))
            .optional()?;
        let n = match found {
            Some(n) => n,
            None => {
                db.prepare_cached("INSERT INTO word (value) VALUES (?1)")?.execute([TextOrBlob(value)])?;
                db.last_insert_rowid()
            }
        };
        self.bytes += value.len();
        self.known.insert(value.into(), n);
        Ok(WordRef::Number(n))
    }
}

/// Looks words up while rows are read back.
#[derive(Default)]
pub struct WordReader {
    known: HashMap<i64, Box<[u8]>>,
}

impl WordReader {
    /// The bytes a column stands for; None for null. A number that is no word is an error.
    pub fn bytes(&mut self, db: &Connection, value: ValueRef<'_>) -> rusqlite::Result<Option<Vec<u8>>> {
        let [bytes] = self.all(db, [value])?;
        Ok(bytes.map(<[u8]>::to_vec))
    }

    /// The same of several columns at once.
    pub fn all<'a, const N: usize>(
        &'a mut self,
        db: &Connection,
        values: [ValueRef<'a>; N],
    ) -> rusqlite::Result<[Option<&'a [u8]>; N]> {
        if self.known.len() + N > MOST {
            self.known.clear();
        }
        for value in values {
            match value {
                ValueRef::Integer(n) if !self.known.contains_key(&n) => {
                    let word = db.prepare_cached("SELECT value FROM word WHERE id = ?1")?.query_row([n], |r| {
                        Ok(match r.get_ref(0)? {
                            ValueRef::Text(b) | ValueRef::Blob(b) => b.into(),
                            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => Box::default(),
                        })
                    })?;
                    self.known.insert(n, word);
                }
                ValueRef::Real(_) => return Err(rusqlite::Error::IntegralValueOutOfRange(0, 0)),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {}
            }
        }
        Ok(values.map(|value| match value {
            ValueRef::Integer(n) => self.known.get(&n).map(|word| &**word),
            ValueRef::Text(b) | ValueRef::Blob(b) => Some(b),
            ValueRef::Null | ValueRef::Real(_) => None,
        }))
    }
}

//! What is counted while rows are written, so that questions about any days are answered without
//! reading rows: requests, distinct subjects and third parties by source, day, actor and kinds of
//! data; requests and subjects by actor and address, and by actor and kind; and the pace of every
//! source by the hour. Derived from the rows and hashed into the statement that seals the import.
//! Memory is bounded: counts are spilled to a temporary file and merged at the end, to the same
//! result whenever they were spilled.

mod counts;
mod days;
mod exposed;
mod finish;
mod functions;
mod interner;
mod pace;
mod record;
mod rows;
mod runs;
mod sets;
mod table;

pub use days::{Chosen, DaySum, Spans, Stored, SumBy, kinds_of};
pub use functions::{damaged as damaged_set, register};
pub use pace::Pace;
pub use record::one_of;
pub use rows::{Held, Recount, rebuild};
pub use sets::{Set, add_to};
pub use table::{Derived, Table, hash as hash_derived, texts as hash_texts};

use crate::words::WordReader;
use counts::Counts;
use hashbrown::HashMap;
use interner::{Interner, Ref};
use pace::Paces;
use record::SEVERAL;
use roaring::RoaringTreemap;
use runs::{Kind, Scratch};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

/// Combinations counted in memory before they are spilled. Days pass by and do not come back;
/// actors and addresses do, so that more of their pairs are kept.
const MOST_DAYS: usize = 100_000;
const MOST_PAIRS: usize = 250_000;
/// Texts and addresses interned in memory.
const MOST_INTERNED: usize = 100_000;
/// Shapes whose class is remembered.
const MOST_SHAPES: usize = 100_000;
/// Rows that are counted together: one after the other each would wait for memory.
const TOGETHER: usize = 512;
/// Numbers of subjects that are not written as numbers start here.
pub const TEXTS: u64 = 1 << 61;
/// Numbers of such subjects kept in memory.
const MOST_TEXTS: usize = 200_000;

/// One event, as far as it is counted. Words, shapes and addresses as they are stored.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    pub source: u32,
    pub parser: u16,
    pub shape: i64,
    pub at: Option<i64>,
    /// Only requests are counted by actor; every event has a pace.
    pub request: bool,
    pub actor: ValueRef<'a>,
    pub key: ValueRef<'a>,
    pub address: ValueRef<'a>,
    pub subject: ValueRef<'a>,
    /// Further values of the row, which may name a third party.
    pub detail: Option<&'a [u8]>,
    pub bytes: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DayKey {
    source: u32,
    class: u32,
    day: Option<i32>,
    actor: Ref,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PairKey {
    actor: Ref,
    address: Ref,
}

/// A row that waits to be counted.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    day: DayKey,
    address: Ref,
    key: Ref,
    at: Option<i64>,
    bytes: u64,
    served: bool,
    subject: Option<u64>,
    third_party: Option<u64>,
}

/// What shapes have in common for the counts: the kinds of data, and whether it was served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    exposes: Option<Vec<u8>>,
    served: bool,
}

/// Counts the events of one import.
pub struct Tally {
    days: Counts<DayKey>,
    pairs: Counts<PairKey>,
    waiting: Vec<Waiting>,
    /// Numbers of the keys of what waits.
    places: Vec<(u32, u32)>,
    interner: Interner,
    paces: Paces,
    texts: HashMap<Box<[u8]>, u64>,
    classes: Vec<Class>,
    of_shape: HashMap<i64, u32>,
    words: WordReader,
    scratch: Scratch,
    numbering: Texts,
    /// Numbers of texts that were met, where none are given.
    used: RoaringTreemap,
}

/// Where texts of subjects get their numbers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Texts {
    /// One that has none gets the next.
    New,
    /// From the case only: one that it lacks is in no set of it.
    Known,
}

impl Tally {
    /// Nothing counted.
    pub fn new() -> rusqlite::Result<Self> {
        Ok(Self {
            days: Counts::default(),
            pairs: Counts::default(),
            waiting: Vec::with_capacity(TOGETHER),
            places: Vec::with_capacity(TOGETHER),
            interner: Interner::default(),
            paces: Paces::default(),
            texts: HashMap::new(),
            classes: Vec::new(),
            of_shape: HashMap::new(),
            words: WordReader::default(),
            scratch: Scratch::open()?,
            numbering: Texts::New,
            used: RoaringTreemap::new(),
        })
    }

    pub fn add(&mut self, db: &Connection, row: &Counted<'_>) -> rusqlite::Result<()> {
        self.paces.add(&self.scratch, row)?;
        if !row.request {
            return Ok(());
        }
        let class = match self.of_shape.get(&row.shape) {
            Some(class) => *class,
            None => self.class(db, row.shape)?,
        };
        let subject = self.subject(db, row.subject)?;
        let third_party = match row.detail.and_then(third_party) {
            Some(name) => Some(self.third_party(db, row.subject, &name)?),
            None => None,
        };
        let day = row.at.and_then(|at| i32::try_from(at.div_euclid(DAY)).ok());
        self.waiting.push(Waiting {
            day: DayKey { source: row.source, class, day, actor: self.interner.of(row.actor) },
            address: self.interner.of(row.address),
            key: self.interner.of(row.key),
            at: row.at,
            bytes: row.bytes.unwrap_or(0).max(0).cast_unsigned(),
            served: self.classes.get(class as usize).is_some_and(|c| c.served),
            subject,
            third_party,
        });
        if self.waiting.len() >= TOGETHER { self.count(db) } else { Ok(()) }
    }

    /// Counts what waits.
    fn count(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Self { days, pairs, waiting, places, interner, words, .. } = self;
        places.clear();
        let numbers = |w: &Waiting| (days.number(w.day), pairs.number(PairKey { actor: w.day.actor, address: w.address }));
        places.extend(waiting.iter().map(numbers));
        for (row, (day, pair)) in waiting.iter().zip(places) {
            days.note(*day, row.subject, true);
            days.note(*day, row.third_party, false);
            days.add(*day, row);
            pairs.note(*pair, row.subject, row.served);
            if let Some(count) = pairs.add(*pair, row)
                && count.key != row.key
                && row.key != Ref::NONE
            {
                let known = count.key;
                count.key = if known == Ref::NONE { row.key } else { one_key(db, words, interner, known, row.key)? };
            }
        }
        waiting.clear();
        let interned = self.interner.len() > MOST_INTERNED;
        if self.days.is_full(MOST_DAYS) || interned {
            self.spill_days(db)?;
        }
        if self.pairs.is_full(MOST_PAIRS) || interned {
            self.spill_pairs(db)?;
        }
        if interned {
            // Nothing refers to them any longer.
            self.interner.clear();
        }
        Ok(())
    }

    fn class(&mut self, db: &Connection, shape: i64) -> rusqlite::Result<u32> {
        let mut q = db.prepare_cached("SELECT exposes, status FROM shape WHERE id = ?1")?;
        let mut rows = q.query([shape])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let exposes = self.words.bytes(db, row.get_ref(0)?)?;
        let class = Class { served: served(row.get(1)?, exposes.is_some()), exposes };
        let n = self.classes.iter().position(|c| *c == class).unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        }) as u32;
        if self.of_shape.len() >= MOST_SHAPES {
            self.of_shape.clear();
        }
        self.of_shape.insert(shape, n);
        Ok(n)
    }

    fn spill_days(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Self { days, interner, words, classes, scratch, .. } = self;
        days.spill(scratch, Kind::Day, &mut |all, n, _, key, _| {
            let Some(k) = all.keys.get(n as usize) else { return Ok(()) };
            key.ordered(Some(k.source.into()));
            key.ordered(k.day.map(i64::from));
            key.text(words.bytes(db, interner.value(k.actor))?.as_deref());
            let class = classes.get(k.class as usize);
            key.text(class.and_then(|c| c.exposes.as_deref()));
            key.number(class.is_some_and(|c| c.served).into());
            Ok(())
        })
    }

    fn spill_pairs(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Self { pairs, interner, words, classes, scratch, .. } = self;
        pairs.spill(scratch, Kind::Pair, &mut |all, n, count, key, sums| {
            let Some(k) = all.keys.get(n as usize) else { return Ok(()) };
            key.text(words.bytes(db, interner.value(k.actor))?.as_deref());
            key.address(interner.value(k.address));
            sums.key = words.bytes(db, interner.value(count.key))?;
            let seen = all.classes(n, count).filter_map(|c| classes.get(c as usize)?.exposes.as_deref());
            sums.kinds = record::kinds(seen);
            Ok(())
        })
    }

    /// A subject's number: its own where it is written as one, else that of its text.
    fn subject(&mut self, db: &Connection, value: ValueRef<'_>) -> rusqlite::Result<Option<u64>> {
        let text = match value {
            ValueRef::Null | ValueRef::Real(_) => return Ok(None),
            ValueRef::Integer(n) => return Ok(Some(n.cast_unsigned())),
            ValueRef::Text(b) | ValueRef::Blob(b) => b,
        };
        if let Some(n) = self.texts.get(text) {
            return Ok(Some(*n));
        }
        let found = db
            .prepare_cached("SELECT n FROM subject_text WHERE value = ?1")?
            .query_row([crate::words::TextOrBlob(text)], |r| r.get::<_, i64>(0))
            .optional()?;
        let n = match (found, self.numbering) {
            (Some(n), Texts::New) => n,
            (Some(n), Texts::Known) => {
                self.used.insert(n.cast_unsigned());
                n
            }
            // No text has this number.
            (None, Texts::Known) => 0,
            (None, Texts::New) => {
                db.prepare_cached("INSERT INTO subject_text (value) VALUES (?1)")?.execute([crate::words::TextOrBlob(text)])?;
                db.last_insert_rowid()
            }
        };
        let number = TEXTS + n.cast_unsigned();
        if self.texts.len() >= MOST_TEXTS {
            self.texts.clear();
        }
        self.texts.insert(text.into(), number);
        Ok(Some(number))
    }

    /// A third party's number: with its subject's where both are small numbers, else that of a text.
    fn third_party(&mut self, db: &Connection, subject: ValueRef<'_>, name: &[u8]) -> rusqlite::Result<u64> {
        let number;
        let of: &[u8] = match (subject, crate::template::decimal(name)) {
            (ValueRef::Integer(s), Some(n)) if s < 1 << 40 && n < 1 << 20 => return Ok((s << 20 | n).cast_unsigned()),
            (ValueRef::Integer(s), _) => {
                number = s.to_string();
                number.as_bytes()
            }
            (ValueRef::Text(text) | ValueRef::Blob(text), _) => text,
            (ValueRef::Null | ValueRef::Real(_), _) => b"",
        };
        Ok(self.subject(db, ValueRef::Blob(&[of, name].join(&b'/')))?.unwrap_or_default())
    }

    /// Puts all that was counted where it is merged.
    fn settle(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.count(db)?;
        self.spill_days(db)?;
        self.spill_pairs(db)?;
        self.paces.finish(&self.scratch)
    }

    /// Merges all that was counted into the tables of the case.
    pub fn finish(mut self, db: &Connection, import: u32) -> rusqlite::Result<Vec<Derived>> {
        self.settle(db)?;
        finish::finish(db, &self.scratch, import)
    }
}

const THIRD_PARTY: &[u8] = b"\"third_party\":";

/// Whether a detail may name a third party: nearly none does.
fn names_third_party(detail: &[u8]) -> bool {
    memchr::memmem::find(detail, THIRD_PARTY).is_some()
}

/// Whom else a row names beside its subject, such as an entry of an address book.
fn third_party(detail: &[u8]) -> Option<Vec<u8>> {
    if !names_third_party(detail) {
        return None;
    }
    let more: serde_json::Value = serde_json::from_slice(detail).ok()?;
    match more.get("third_party")? {
        serde_json::Value::String(s) => Some(s.as_bytes().to_vec()),
        other => Some(other.to_string().into_bytes()),
    }
}

/// The only key id of two: a text may stand in the dictionary and in a row.
fn one_key(db: &Connection, words: &mut WordReader, interner: &mut Interner, a: Ref, b: Ref) -> rusqlite::Result<Ref> {
    let (one, other) = (words.bytes(db, interner.value(a))?, words.bytes(db, interner.value(b))?);
    Ok(if one == other { a } else { interner.of(ValueRef::Text(SEVERAL)) })
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;

/// Whether a request was answered with what it asked for: a status of 2xx, or none recorded; or one by which its
/// log profile says that data was served.
pub fn served(status: Option<i64>, exposes: bool) -> bool {
    exposes || status.is_none_or(|s| (200..300).contains(&s))
}

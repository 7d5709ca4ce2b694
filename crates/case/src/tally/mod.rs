//! What is counted while rows are written, so that questions about any days are answered without
//! reading rows: requests and distinct subjects by source, day, actor and kinds of data; the same by
//! actor and address; and the pace of every source by the hour. Derived from the rows and hashed
//! into the entry that seals the import. Memory is bounded: counts are spilled to temporary tables
//! and merged at the end, to the same result whenever they were spilled.

mod finish;
mod functions;
mod pace;
mod record;
mod rows;
mod runs;
mod sets;

pub use finish::{Derived, hash as hash_derived, texts as hash_texts};
pub use functions::register;
pub use pace::Pace;
pub use rows::rebuild;
pub use sets::add_to;

use crate::words::WordReader;
use hashbrown::HashMap;
use pace::Paces;
use record::{Record, Sums};
use runs::Kind;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};

/// Combinations counted in memory before they are spilled.
const MOST_KEYS: usize = 100_000;
/// Subjects noted in memory before they are spilled.
const MOST_VALUES: usize = 1_000_000;
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
    pub bytes: Option<i64>,
}

/// A stored value as a key: none, a number, or text and blobs by an interned number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Ref {
    None,
    Number(i64),
    Interned(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DayKey {
    source: u32,
    day: Option<i32>,
    actor: Ref,
    class: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PairKey {
    actor: Ref,
    address: Ref,
}

#[derive(Clone, Debug)]
struct Count {
    requests: u64,
    served: u64,
    bytes: u64,
    first: Option<i64>,
    last: Option<i64>,
    key: Ref,
    /// Bits of the classes seen; the last bit stands for all classes from 63 on.
    classes: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self { requests: 0, served: 0, bytes: 0, first: None, last: None, key: Ref::None, classes: 0 }
    }
}

/// What shapes have in common for the counts: the kinds of data, and whether it was served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    exposes: Option<Vec<u8>>,
    served: bool,
}

/// Keys with their counts, and the subjects of each as (number of the key, subject).
struct Counts<K> {
    numbers: HashMap<K, u32>,
    keys: Vec<K>,
    counts: Vec<Count>,
    subjects: Vec<(u32, u64)>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), keys: Vec::new(), counts: Vec::new(), subjects: Vec::new() }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Counts<K> {
    fn add(&mut self, key: K, row: &Counted<'_>, served: bool, class: u32, subject: Option<u64>) -> Option<&mut Count> {
        let next = self.keys.len() as u32;
        let n = *self.numbers.entry(key).or_insert(next);
        if n == next {
            self.keys.push(key);
            self.counts.push(Count::default());
        }
        if let Some(s) = subject {
            // The lowest bit tells subjects that were served.
            self.subjects.push((n, s << 1 | u64::from(served)));
        }
        let count = self.counts.get_mut(n as usize)?;
        count.requests += 1;
        count.served += u64::from(served);
        count.bytes = count.bytes.saturating_add(row.bytes.unwrap_or(0).max(0).cast_unsigned());
        count.classes |= 1 << class.min(63);
        if let Some(at) = row.at {
            count.first = Some(count.first.map_or(at, |f| f.min(at)));
            count.last = Some(count.last.map_or(at, |l| l.max(at)));
        }
        Some(count)
    }

    /// Empties the counts into a sorted run.
    fn spill(
        &mut self,
        db: &Connection,
        kind: Kind,
        write: &mut dyn FnMut(&K, &Count, &mut Record) -> rusqlite::Result<Sums>,
    ) -> rusqlite::Result<()> {
        self.subjects.sort_unstable();
        self.subjects.dedup();
        let mut records = Vec::with_capacity(self.keys.len());
        let mut rest = self.subjects.iter().peekable();
        for (n, (k, c)) in (0u32..).zip(self.keys.iter().zip(&self.counts)) {
            let (mut key, mut record) = (Record::default(), Record::default());
            let mut sums = write(k, c, &mut key)?;
            while let Some((_, s)) = rest.next_if(|(of, _)| *of == n) {
                let set = if s & 1 == 1 { &mut sums.got } else { &mut sums.denied };
                set.insert(s >> 1);
            }
            record.sums(&sums);
            records.push((key.0, record.0));
        }
        self.numbers.clear();
        self.keys.clear();
        self.counts.clear();
        self.subjects.clear();
        if records.is_empty() { Ok(()) } else { runs::write(db, kind, records) }
    }
}

/// Text and blobs seen since the last spill.
#[derive(Default)]
struct Interner {
    numbers: HashMap<(bool, Box<[u8]>), u32>,
    values: Vec<(bool, Box<[u8]>)>,
}

impl Interner {
    fn of(&mut self, value: ValueRef<'_>) -> Ref {
        let (is_text, bytes) = match value {
            ValueRef::Null | ValueRef::Real(_) => return Ref::None,
            ValueRef::Integer(n) => return Ref::Number(n),
            ValueRef::Text(b) => (true, b),
            ValueRef::Blob(b) => (false, b),
        };
        let key: (bool, Box<[u8]>) = (is_text, bytes.into());
        if let Some(n) = self.numbers.get(&key) {
            return Ref::Interned(*n);
        }
        let n = self.values.len() as u32;
        self.values.push(key.clone());
        self.numbers.insert(key, n);
        Ref::Interned(n)
    }
    fn value(&self, r: Ref) -> ValueRef<'_> {
        match r {
            Ref::None => ValueRef::Null,
            Ref::Number(n) => ValueRef::Integer(n),
            Ref::Interned(n) => match self.values.get(n as usize) {
                Some((true, b)) => ValueRef::Text(b),
                Some((false, b)) => ValueRef::Blob(b),
                None => ValueRef::Null,
            },
        }
    }
    fn clear(&mut self) {
        self.numbers.clear();
        self.values.clear();
    }
}

/// Counts the events of one import.
pub struct Tally {
    days: Counts<DayKey>,
    pairs: Counts<PairKey>,
    interner: Interner,
    paces: Paces,
    texts: HashMap<Box<[u8]>, u64>,
    classes: Vec<Class>,
    of_shape: HashMap<i64, u32>,
    words: WordReader,
}

impl Tally {
    /// Nothing counted; temporary tables made anew.
    pub fn new(db: &Connection) -> rusqlite::Result<Self> {
        runs::prepare(db)?;
        pace::prepare(db)?;
        Ok(Self {
            days: Counts::default(),
            pairs: Counts::default(),
            interner: Interner::default(),
            paces: Paces::default(),
            texts: HashMap::new(),
            classes: Vec::new(),
            of_shape: HashMap::new(),
            words: WordReader::default(),
        })
    }

    pub fn add(&mut self, db: &Connection, row: &Counted<'_>) -> rusqlite::Result<()> {
        self.paces.add(db, row)?;
        if !row.request {
            return Ok(());
        }
        let class = match self.of_shape.get(&row.shape) {
            Some(class) => *class,
            None => self.class(db, row.shape)?,
        };
        let served = self.classes.get(class as usize).is_some_and(|c| c.served);
        let subject = self.subject(db, row.subject)?;
        let (actor, address) = (self.interner.of(row.actor), self.interner.of(row.address));
        let day = row.at.and_then(|at| i32::try_from(at.div_euclid(DAY)).ok());
        self.days.add(DayKey { source: row.source, day, actor, class }, row, served, class, subject);
        let key = self.interner.of(row.key);
        if let Some(count) = self.pairs.add(PairKey { actor, address }, row, served, class, subject)
            && count.key != key
            && key != Ref::None
        {
            count.key = if count.key == Ref::None { key } else { greater(db, &mut self.words, &self.interner, count.key, key)? };
        }
        if self.days.is_full() {
            self.spill_days(db)?;
        }
        if self.pairs.is_full() {
            self.spill_pairs(db)?;
        }
        if self.interner.values.len() > MOST_KEYS {
            // What is interned is referred to by both.
            self.spill_days(db)?;
            self.spill_pairs(db)?;
            self.interner.clear();
        }
        Ok(())
    }

    fn class(&mut self, db: &Connection, shape: i64) -> rusqlite::Result<u32> {
        let mut q = db.prepare_cached("SELECT exposes, status FROM shape WHERE id = ?1")?;
        let mut rows = q.query([shape])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let class = Class { exposes: self.words.bytes(db, row.get_ref(0)?)?, served: served(row.get(1)?) };
        let n = self.classes.iter().position(|c| *c == class).unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        }) as u32;
        if self.of_shape.len() >= MOST_KEYS {
            self.of_shape.clear();
        }
        self.of_shape.insert(shape, n);
        Ok(n)
    }

    fn spill_days(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Self { days, interner, words, classes, .. } = self;
        days.spill(db, Kind::Day, &mut |k, c, key| {
            key.ordered(Some(k.source.into()));
            key.ordered(k.day.map(i64::from));
            key.text(words.bytes(db, interner.value(k.actor))?.as_deref());
            let class = classes.get(k.class as usize);
            key.text(class.and_then(|c| c.exposes.as_deref()));
            key.number(class.is_some_and(|c| c.served).into());
            Ok(c.sums())
        })
    }

    fn spill_pairs(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let Self { pairs, interner, words, classes, .. } = self;
        pairs.spill(db, Kind::Pair, &mut |k, c, key| {
            key.text(words.bytes(db, interner.value(k.actor))?.as_deref());
            key.address(interner.value(k.address));
            let mut sums = c.sums();
            sums.key = words.bytes(db, interner.value(c.key))?;
            for (n, class) in classes.iter().enumerate() {
                if c.classes & 1 << n.min(63) != 0 {
                    let kinds = class.exposes.iter().flat_map(|e| e.split(|b| *b == b','));
                    sums.kinds.extend(kinds.map(<[u8]>::to_vec));
                }
            }
            Ok(sums)
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
        let n = match found {
            Some(n) => n,
            None => {
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

    /// Merges all that was counted into the tables of the case.
    pub fn finish(mut self, db: &Connection, import: u32) -> rusqlite::Result<Vec<Derived>> {
        self.spill_days(db)?;
        self.spill_pairs(db)?;
        self.paces.finish(db)?;
        let derived = finish::finish(db, import)?;
        runs::prepare(db)?;
        pace::prepare(db)?;
        Ok(derived)
    }
}

impl<K> Counts<K> {
    fn is_full(&self) -> bool {
        self.keys.len() >= MOST_KEYS || self.subjects.len() >= MOST_VALUES
    }
}

impl Count {
    fn sums(&self) -> Sums {
        let Self { requests, served, bytes, first, last, .. } = *self;
        Sums { requests, served, bytes, first, last, ..Sums::default() }
    }
}

/// The key id whose text comes last: one is shown where an actor used several.
fn greater(db: &Connection, words: &mut WordReader, interner: &Interner, a: Ref, b: Ref) -> rusqlite::Result<Ref> {
    let (one, other) = (words.bytes(db, interner.value(a))?, words.bytes(db, interner.value(b))?);
    Ok(if one >= other { a } else { b })
}

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds of an hour.
pub const HOUR: i64 = 3_600_000_000;

/// Whether a request was answered with what it asked for: a status of 2xx, or none recorded.
pub fn served(status: Option<i64>) -> bool {
    status.is_none_or(|s| (200..300).contains(&s))
}

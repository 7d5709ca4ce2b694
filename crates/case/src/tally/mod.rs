//! What is counted while rows are written, so that questions about any days are answered without
//! reading rows: requests, distinct subjects and third parties by source, day, actor and kinds of data;
//! requests and subjects by actor and address; and the pace of every source by the hour. Derived from the rows and hashed
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
use runs::{Kind, Records};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use sets::Set;
use std::collections::BTreeSet;

/// Combinations counted in memory before they are spilled. Days pass by and do not come back;
/// actors and addresses do, so that more of their pairs are kept.
const MOST_DAYS: usize = 100_000;
const MOST_PAIRS: usize = 250_000;
/// Subjects noted in memory before they are spilled.
const MOST_VALUES: usize = 500_000;
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

/// A stored value as a key: none, a number, or text and blobs by an interned number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ref(i64);

impl Ref {
    const NONE: Self = Self(i64::MIN);
    /// Stored numbers are words and addresses: far above these.
    const INTERNED: i64 = i64::MIN + 1;

    fn interned(n: usize) -> Self {
        Self(Self::INTERNED.saturating_add_unsigned(n as u64))
    }
    fn as_interned(self) -> Option<usize> {
        let n = self.0.checked_sub(Self::INTERNED)?;
        usize::try_from(n).ok().filter(|n| *n <= u32::MAX as usize)
    }
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

/// Small on purpose: a cache line.
#[derive(Clone, Debug)]
struct Count {
    requests: u64,
    served: u64,
    bytes: u64,
    /// First and last; the first is after the last where no row has a time.
    first: i64,
    last: i64,
    key: Ref,
    /// Bits of the classes seen; those from the last bit on are in `Counts::more_classes`.
    classes: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self { requests: 0, served: 0, bytes: 0, first: i64::MAX, last: i64::MIN, key: Ref::NONE, classes: 0 }
    }
}

/// What shapes have in common for the counts: the kinds of data, and whether it was served.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    exposes: Option<Vec<u8>>,
    served: bool,
}

/// Writes the key of a number, and what sums it has beside its count.
type WriteKey<'w, K> = &'w mut dyn FnMut(&Counts<K>, u32, &Count, &mut Record<'_>, &mut Sums) -> rusqlite::Result<()>;

/// Keys with their counts, and the members of two sets of each as (number of the key, member): of days
/// subjects and third parties, of pairs the subjects served and those asked for in vain.
struct Counts<K> {
    numbers: HashMap<K, u32>,
    keys: Vec<K>,
    counts: Vec<Count>,
    subjects: Vec<(u32, u64)>,
    more_classes: BTreeSet<(u32, u32)>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            keys: Vec::new(),
            counts: Vec::new(),
            subjects: Vec::new(),
            more_classes: BTreeSet::new(),
        }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Counts<K> {
    fn number(&mut self, key: K) -> u32 {
        let next = self.keys.len() as u32;
        let n = *self.numbers.entry(key).or_insert(next);
        if n == next {
            self.keys.push(key);
            self.counts.push(Count::default());
        }
        n
    }

    /// The lowest bit tells which of two sets a member is of.
    fn note(&mut self, n: u32, member: Option<u64>, first: bool) {
        if let Some(m) = member {
            self.subjects.push((n, m << 1 | u64::from(first)));
        }
    }

    fn add(&mut self, n: u32, row: &Waiting) -> Option<&mut Count> {
        if row.day.class >= 63 {
            self.more_classes.insert((n, row.day.class));
        }
        let count = self.counts.get_mut(n as usize)?;
        count.requests += 1;
        count.served += u64::from(row.served);
        count.bytes = count.bytes.saturating_add(row.bytes);
        count.classes |= 1 << row.day.class.min(63);
        if let Some(at) = row.at {
            count.first = count.first.min(at);
            count.last = count.last.max(at);
        }
        Some(count)
    }

    /// The classes of a key, in their order.
    fn classes(&self, n: u32, count: &Count) -> impl Iterator<Item = u32> {
        let few = (0..63).filter(move |c| count.classes & 1 << c != 0);
        few.chain(self.more_classes.range((n, 0)..=(n, u32::MAX)).map(|(_, class)| *class))
    }

    /// Empties the counts into a sorted run.
    fn spill(
        &mut self,
        db: &Connection,
        kind: Kind,
        write: WriteKey<'_, K>,
    ) -> rusqlite::Result<()> {
        self.subjects.sort_unstable();
        self.subjects.dedup();
        let mut records = Records::default();
        let mut rest = self.subjects.iter().peekable();
        let (mut got, mut denied) = (Vec::new(), Vec::new());
        for (n, count) in (0u32..).zip(&self.counts) {
            got.clear();
            denied.clear();
            while let Some((_, s)) = rest.next_if(|(of, _)| *of == n) {
                if s & 1 == 1 { got.push(s >> 1) } else { denied.push(s >> 1) }
            }
            let mut sums = count.sums();
            sums.got = Set::stored(sets::encode(&got).as_deref());
            sums.denied = Set::stored(sets::encode(&denied).as_deref());
            write(self, n, count, &mut records.key(), &mut sums)?;
            records.record(sums);
        }
        self.numbers.clear();
        self.keys.clear();
        self.counts.clear();
        self.subjects.clear();
        self.more_classes.clear();
        records.write(db, kind)
    }
}

/// Text and blobs seen since the last spill.
#[derive(Default)]
struct Interner {
    numbers: HashMap<(bool, Box<[u8]>), Ref>,
    values: Vec<(bool, Box<[u8]>)>,
}

impl Interner {
    fn of(&mut self, value: ValueRef<'_>) -> Ref {
        let (is_text, bytes) = match value {
            ValueRef::Null | ValueRef::Real(_) => return Ref::NONE,
            ValueRef::Integer(n) => return Ref(n),
            ValueRef::Text(b) => (true, b),
            ValueRef::Blob(b) => (false, b),
        };
        let key: (bool, Box<[u8]>) = (is_text, bytes.into());
        if let Some(n) = self.numbers.get(&key) {
            return *n;
        }
        let n = Ref::interned(self.values.len());
        self.values.push(key.clone());
        self.numbers.insert(key, n);
        n
    }
    fn value(&self, r: Ref) -> ValueRef<'_> {
        if r == Ref::NONE {
            return ValueRef::Null;
        }
        let Some(n) = r.as_interned() else { return ValueRef::Integer(r.0) };
        match self.values.get(n) {
            Some((true, b)) => ValueRef::Text(b),
            Some((false, b)) => ValueRef::Blob(b),
            None => ValueRef::Null,
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
    waiting: Vec<Waiting>,
    /// Numbers of the keys of what waits.
    places: Vec<(u32, u32)>,
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
            waiting: Vec::with_capacity(TOGETHER),
            places: Vec::with_capacity(TOGETHER),
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
        let subject = self.subject(db, row.subject)?;
        let third_party = match row.detail.and_then(third_party) {
            Some(name) => Some(self.third_party(db, subject, &name)?),
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
                count.key = if known == Ref::NONE { row.key } else { greater(db, words, interner, known, row.key)? };
            }
        }
        waiting.clear();
        let interned = self.interner.values.len() > MOST_INTERNED;
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
        let class = Class { exposes: self.words.bytes(db, row.get_ref(0)?)?, served: served(row.get(1)?) };
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
        let Self { days, interner, words, classes, .. } = self;
        days.spill(db, Kind::Day, &mut |all, n, _, key, _| {
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
        let Self { pairs, interner, words, classes, .. } = self;
        pairs.spill(db, Kind::Pair, &mut |all, n, count, key, sums| {
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

    /// A third party's number: with its subject's where both are small numbers, else that of a text.
    fn third_party(&mut self, db: &Connection, subject: Option<u64>, name: &[u8]) -> rusqlite::Result<u64> {
        let small = crate::template::decimal(name).map(i64::cast_unsigned).filter(|n| *n < 1 << 20);
        match (subject, small) {
            (Some(s), Some(n)) if s < 1 << 40 => Ok(s << 20 | n),
            _ => {
                let text = [subject.map(|s| s.to_string()).unwrap_or_default().as_bytes(), name].join(&b'/');
                Ok(self.subject(db, ValueRef::Blob(&text))?.unwrap_or_default())
            }
        }
    }

    /// Merges all that was counted into the tables of the case.
    pub fn finish(mut self, db: &Connection, import: u32) -> rusqlite::Result<Vec<Derived>> {
        self.count(db)?;
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
    fn is_full(&self, most: usize) -> bool {
        self.keys.len() >= most || self.subjects.len() >= MOST_VALUES
    }
}

impl Count {
    fn sums(&self) -> Sums {
        let Self { requests, served, bytes, first, last, .. } = *self;
        let dated = first <= last;
        Sums { requests, served, bytes, first: dated.then_some(first), last: dated.then_some(last), ..Sums::default() }
    }
}

/// Whom else a row names beside its subject, such as an entry of an address book.
fn third_party(detail: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"\"third_party\":";
    // Nearly no row has one: the text is read as JSON only where the name is found.
    memchr::memmem::find(detail, NAME)?;
    let more: serde_json::Value = serde_json::from_slice(detail).ok()?;
    match more.get("third_party")? {
        serde_json::Value::String(s) => Some(s.as_bytes().to_vec()),
        other => Some(other.to_string().into_bytes()),
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

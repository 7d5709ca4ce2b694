//! Building postings: the keys of each row as it is written, sorted and packed a part at a time.

use super::digits::Digits;
use super::segment::{Directory, PAIRS, PART_ROWS, Pair, encode};
use super::texts::Texts;
use super::{Kind, id, part_of};
use crate::address::Address;
use crate::columns::{Cells, at};
use crate::template::{Numbers, decimal};
use crate::words::WordRef;
use model::Table;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Keys of texts that stand in their row lie here and above, below those of numbers and IPv4.
pub const TEXT_KEYS: i64 = -(1 << 33);
pub const LAST_TEXT_KEY: i64 = TEXT_KEYS + u32::MAX as i64;

/// The key of a text: a hash of 32 bits (FNV-1a, folded), so that rows found by it are candidates.
pub fn text_key(text: &[u8]) -> i64 {
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    TEXT_KEYS + i64::from((hash ^ hash >> 32) as u32)
}

/// The key of a stored value: the number itself, or that of the text.
pub fn value_key(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Null | ValueRef::Real(_) => None,
        ValueRef::Integer(n) => Some(n),
        ValueRef::Text(b) | ValueRef::Blob(b) => Some(text_key(b)),
    }
}

/// The keys of one row, as its columns hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub at: Option<i64>,
    pub shape: i64,
    pub actor: Option<i64>,
    pub address: Option<i64>,
    pub subject: Option<i64>,
    pub agent: Option<i64>,
    pub object: Option<i64>,
    pub key: Option<i64>,
    /// Numbers taken out of the object.
    pub numbers: Numbers,
    /// Object and agent, where they stand in the row.
    pub texts: [Option<Box<[u8]>>; 2],
}

impl Keys {
    /// The id and the keys of an event.
    pub fn of_row(row: &Cells<'_>) -> (i64, Self) {
        let key = |place: usize| value_key(row.value(place));
        let keys = Self {
            at: key(at!(EVENT, "at")),
            shape: key(at!(EVENT, "shape")).unwrap_or(0),
            actor: key(at!(EVENT, "actor")),
            address: key(at!(EVENT, "address")),
            subject: key(at!(EVENT, "subject")),
            agent: key(at!(EVENT, "agent")),
            object: key(at!(EVENT, "object")),
            key: key(at!(EVENT, "key")),
            texts: [at!(EVENT, "object"), at!(EVENT, "agent")].map(|place| match row.value(place) {
                ValueRef::Text(b) | ValueRef::Blob(b) => Some(b.into()),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
            }),
            numbers: match row.value(at!(EVENT, "numbers")) {
                ValueRef::Integer(n) => Numbers::one(n),
                ValueRef::Text(t) => std::str::from_utf8(t).ok().and_then(Numbers::read).unwrap_or_default(),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Numbers::default(),
            },
        };
        (row.id, keys)
    }
    pub fn word(word: &WordRef<'_>) -> Option<i64> {
        match word {
            WordRef::Null => None,
            WordRef::Number(n) => Some(*n),
            WordRef::Inline(text) => Some(text_key(text)),
        }
    }
    /// Of a text that is stored as a number where it is written as one.
    pub fn decimal(text: &[u8]) -> i64 {
        decimal(text).unwrap_or_else(|| text_key(text))
    }
    /// A text that stands in its row.
    pub fn text(word: &WordRef<'_>) -> Option<Box<[u8]>> {
        match word {
            WordRef::Inline(text) => Some((*text).into()),
            WordRef::Null | WordRef::Number(_) => None,
        }
    }
    pub fn address(address: Address<'_>) -> i64 {
        match address {
            Address::V4(n) => n.into(),
            Address::V6(octets) => text_key(&octets),
            Address::Text(text) => text_key(text),
        }
    }
}

/// Takes finished rows of table `posting`: id and data.
pub type Sink<'s> = &'s mut dyn FnMut(i64, &[u8]) -> rusqlite::Result<()>;

/// Collects the keys of rows that come in the order of their ids.
#[derive(Default)]
pub struct Builder {
    /// Id of the first row of the part at hand; None before the first row.
    part: Option<i64>,
    /// By place in `Kind::ALL`.
    pairs: [Vec<Pair>; Kind::ALL.len()],
    packed: Vec<u64>,
    sorted: Vec<Pair>,
    bytes: Vec<u8>,
    digits: Digits,
    /// Of objects and of agents.
    texts: [Texts; 2],
    last: u32,
}

impl Builder {
    /// Adds a row; a part that ends before it goes to the sink.
    pub fn push(&mut self, row_id: i64, keys: &Keys, sink: Sink<'_>) -> rusqlite::Result<()> {
        let part = part_of(row_id);
        if self.part != Some(part) {
            self.finish(sink)?;
            self.part = Some(part);
        }
        let row = (row_id - part) as u32;
        self.last = row;
        self.digits.push(row, keys.numbers.as_slice());
        for (texts, text) in self.texts.iter_mut().zip(&keys.texts) {
            if let Some(text) = text {
                texts.push(row, text);
            }
        }
        let undated = if keys.at.is_none() { Some(0) } else { None };
        let all = [keys.at, undated, Some(keys.shape), keys.actor, keys.address, keys.subject, keys.agent, keys.object, keys.key];
        for (pairs, key) in self.pairs.iter_mut().zip(all) {
            if let Some(key) = key {
                pairs.push((key, row));
            }
        }
        Ok(())
    }

    /// Gives the part at hand to the sink.
    pub fn finish(&mut self, sink: Sink<'_>) -> rusqlite::Result<()> {
        let Some(part) = self.part.take() else { return Ok(()) };
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            let mut pairs = std::mem::take(&mut self.pairs[place]);
            self.sort(&pairs);
            self.write(part, kind, sink)?;
            // Its memory serves the next part.
            pairs.clear();
            self.pairs[place] = pairs;
        }
        self.digits.finish(self.last, &mut |n, data| sink(id(part, Kind::Digits, n), data))?;
        for (texts, kind) in self.texts.iter_mut().zip([Kind::ObjectTexts, Kind::AgentTexts]) {
            texts.finish(&mut |n, data| sink(id(part, kind, n), data))?;
        }
        Ok(())
    }

    /// Sorts by key; rows of one key are in order already and stay so.
    fn sort(&mut self, pairs: &[Pair]) {
        self.sorted.clear();
        let least = pairs.iter().map(|p| p.0).min().unwrap_or(0);
        let most = pairs.iter().map(|p| p.0).max().unwrap_or(0);
        let shift = PART_ROWS.ilog2();
        // Nearly always key and row fit one integer, which sorts several times as fast.
        if most.checked_sub(least).is_none_or(|range| range >> (63 - shift) != 0) {
            self.sorted.extend_from_slice(pairs);
            self.sorted.sort_unstable();
            return;
        }
        self.packed.clear();
        self.packed.extend(pairs.iter().map(|(k, r)| (k - least).cast_unsigned() << shift | u64::from(*r)));
        if !self.packed.is_sorted() {
            self.packed.sort_unstable();
        }
        let pair = |p: &u64| (least + (p >> shift).cast_signed(), *p as u32 & (PART_ROWS - 1));
        self.sorted.extend(self.packed.iter().map(pair));
    }

    fn write(&mut self, part: i64, kind: Kind, sink: Sink<'_>) -> rusqlite::Result<()> {
        let Some((last, _)) = self.sorted.last() else { return Ok(()) };
        let mut directory = Directory { pairs: self.sorted.len(), firsts: Vec::new(), last: *last };
        directory.firsts.extend(self.sorted.chunks(PAIRS).filter_map(|s| s.first()).map(|p| p.0));
        sink(id(part, kind, 0), &directory.encode())?;
        for (n, segment) in self.sorted.chunks(PAIRS).enumerate() {
            self.bytes.clear();
            encode(segment, &mut self.bytes);
            sink(id(part, kind, n + 1), &self.bytes)?;
        }
        Ok(())
    }
}

/// Stores rows of `posting`.
pub fn store(db: &Connection, id: i64, data: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO posting VALUES (?1, ?2)")?.execute((id, data))?;
    Ok(())
}

/// A builder that goes on after `rows` rows of an import whose ids begin at `first`: the keys of the
/// part that was not full are read from its rows again.
pub fn drop_tail(db: &Connection, first: i64, rows: u64) -> rusqlite::Result<Builder> {
    let next = first.saturating_add_unsigned(rows);
    let part = part_of(next);
    db.execute("DELETE FROM posting WHERE id >= ?1 AND id < ?2", (part, first.saturating_add(1 << 40)))?;
    let mut builder = Builder::default();
    read_tail(db, part, next.saturating_sub(1), &mut builder, &mut |_, _| Ok(()))?;
    Ok(builder)
}

/// Adds the rows of a part up to `last`.
pub fn read_tail(db: &Connection, part: i64, last: i64, builder: &mut Builder, sink: Sink<'_>) -> rusqlite::Result<()> {
    let mut q = db.prepare_cached("SELECT * FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
    let mut rows = q.query((part, last.min(part + i64::from(PART_ROWS) - 1)))?;
    while let Some(row) = rows.next()? {
        let (id, keys) = Keys::of_row(&Cells::of(Table::Event, row)?);
        builder.push(id, &keys, sink)?;
    }
    Ok(())
}

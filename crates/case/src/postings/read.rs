//! Postings as they are read: how many, at which place, which at a place. The parts of all imports
//! are one order by (key, id).

use super::build::{Builder, read_tail};
use super::digits::{bitmap, place};
use super::segment::{Directory, PAIRS, PART_ROWS, Pair, decode};
use super::{Kind, id, part_of, texts};
use crate::error::{CaseError, Result};
use hashbrown::HashMap;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// Segments kept decoded, 16 KiB each.
const MOST_KEPT: usize = 1024;

/// A place in the order of one kind: before the pair of this key and id, or where it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    pub key: i64,
    pub id: i64,
}

impl Bound {
    pub fn before(key: i64) -> Self {
        Self { key, id: i64::MIN }
    }
    pub fn after(key: i64) -> Self {
        Self { key, id: i64::MAX }
    }
}

pub struct Postings<'a> {
    db: &'a Connection,
    /// Ids of the first rows of all parts, ascending.
    parts: Vec<i64>,
    /// What an import that is not sealed has not packed yet.
    tail: BTreeMap<i64, Vec<u8>>,
    directories: RefCell<HashMap<i64, Option<Rc<Directory>>>>,
    segments: RefCell<HashMap<i64, Rc<Vec<Pair>>>>,
}

impl<'a> Postings<'a> {
    pub fn open(db: &'a Connection) -> Result<Self> {
        let mut all =
            Self { db, parts: Vec::new(), tail: BTreeMap::new(), directories: RefCell::default(), segments: RefCell::default() };
        let mut q = db.prepare_cached("SELECT n, state FROM import ORDER BY n")?;
        let imports = q.query_map([], |r| Ok((r.get::<_, u32>(0)?, r.get::<_, i64>(1)? == 1)))?.collect::<Result<Vec<_>, _>>()?;
        for (n, sealed) in imports {
            all.import(n, sealed)?;
        }
        Ok(all)
    }

    fn import(&mut self, n: u32, sealed: bool) -> Result<()> {
        let first = i64::from(n) << 40;
        let last = |table: &str| -> rusqlite::Result<Option<i64>> {
            let sql = format!("SELECT max(id) FROM {table} WHERE id >= ?1 AND id < ?2");
            self.db.prepare_cached(&sql)?.query_row((first, first.saturating_add(1 << 40)), |r| r.get(0))
        };
        let (rows, stored) = (last("event")?, last("posting")?.map(part_of));
        let step = i64::from(PART_ROWS);
        let next = stored.map_or(first, |s| s + step);
        self.parts.extend((first..next).step_by(PART_ROWS as usize));
        let Some(rows) = rows else { return Ok(()) };
        if rows < next {
            return Ok(());
        }
        if sealed || rows >= next + step {
            return Err(CaseError::Postings(format!("those of import {n} end before its rows")));
        }
        let mut builder = Builder::default();
        read_tail(self.db, next, rows, &mut builder, &mut |_, _| Ok(()))?;
        let tail = &mut self.tail;
        builder.finish(&mut |id, data| {
            tail.insert(id, data.to_vec());
            Ok(())
        })?;
        self.parts.push(next);
        Ok(())
    }

    pub fn parts(&self) -> &[i64] {
        &self.parts
    }

    fn data(&self, id: i64) -> Result<Option<Vec<u8>>> {
        if let Some(data) = self.tail.get(&id) {
            return Ok(Some(data.clone()));
        }
        Ok(self.db.prepare_cached("SELECT data FROM posting WHERE id = ?1")?.query_row([id], |r| r.get(0)).optional()?)
    }

    /// None where the part has no pairs of the kind.
    pub fn directory(&self, part: i64, kind: Kind) -> Result<Option<Rc<Directory>>> {
        let id = id(part, kind, 0);
        if let Some(known) = self.directories.borrow().get(&id) {
            return Ok(known.clone());
        }
        let read = match self.data(id)? {
            None => None,
            Some(data) => Some(Rc::new(Directory::decode(&data).ok_or_else(|| damaged(id))?)),
        };
        self.directories.borrow_mut().insert(id, read.clone());
        Ok(read)
    }

    /// The blocks of a part in which numbers have all these digits, as a bitmap; None where none does.
    pub fn blocks(&self, part: i64, grams: &[u16]) -> Result<Option<Vec<u8>>> {
        let mut all: Option<Vec<u8>> = None;
        for gram in grams {
            let (n, place) = place(*gram);
            let id = id(part, Kind::Digits, n);
            let Some(data) = self.data(id)? else { return Ok(None) };
            let map = bitmap(&data, place).ok_or_else(|| damaged(id))?;
            match &mut all {
                Some(all) => all.iter_mut().zip(map).for_each(|(a, b)| *a &= b),
                None => all = Some(map.to_vec()),
            }
            if all.as_ref().is_some_and(|a| a.iter().all(|b| *b == 0)) {
                return Ok(None);
            }
        }
        Ok(all)
    }

    /// Texts of one column that stand in the rows of a part; None for one that only its row tells.
    pub fn texts(&self, part: i64, kind: Kind, take: &mut dyn FnMut(Option<&[u8]>, u32)) -> Result<()> {
        let (first, last) = (id(part, kind, 0), id(part, kind, 0xfff));
        let mut read = |id: i64, data: &[u8]| -> Result<()> {
            let whole = if id == first {
                texts::each_unsure(data, &mut |row| take(None, row))
            } else {
                texts::each(data, &mut |text, row| take(Some(text), row))
            };
            whole.ok_or_else(|| damaged(id))
        };
        for (id, data) in self.tail.range(first..=last) {
            read(*id, data)?;
        }
        let mut q = self.db.prepare_cached("SELECT id, data FROM posting WHERE id BETWEEN ?1 AND ?2")?;
        let mut rows = q.query((first, last))?;
        while let Some(row) = rows.next()? {
            let ValueRef::Blob(data) = row.get_ref(1)? else { return Err(damaged(first)) };
            read(row.get(0)?, data)?;
        }
        Ok(())
    }

    /// Whether there are texts of a column that only the rows tell.
    pub fn has_unsure_texts(&self, kind: Kind) -> Result<bool> {
        for part in &self.parts {
            if self.data(id(*part, kind, 0))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub fn segment(&self, part: i64, kind: Kind, directory: &Directory, n: usize) -> Result<Rc<Vec<Pair>>> {
        let id = id(part, kind, n + 1);
        if let Some(known) = self.segments.borrow().get(&id) {
            return Ok(known.clone());
        }
        let data = self.data(id)?.ok_or_else(|| damaged(id))?;
        let mut pairs = Vec::new();
        read(directory, n, &data, &mut pairs).ok_or_else(|| damaged(id))?;
        let pairs = Rc::new(pairs);
        let mut kept = self.segments.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(id, pairs.clone());
        Ok(pairs)
    }

    /// Some segments, one after the other and each in the same memory, by their number: for who reads most of
    /// them once.
    pub fn stream(
        &self,
        part: i64,
        kind: Kind,
        directory: &Directory,
        numbers: Range<usize>,
        mut take: impl FnMut(usize, &[Pair]),
    ) -> Result<()> {
        let mut pairs = Vec::with_capacity(PAIRS);
        let mut next = numbers.start;
        let mut one = |at: i64, data: &[u8]| -> Result<()> {
            let whole = at == id(part, kind, next + 1) && read(directory, next, data, &mut pairs).is_some();
            if !whole {
                return Err(damaged(id(part, kind, next + 1)));
            }
            take(next, &pairs);
            next += 1;
            Ok(())
        };
        let (first, last) = (id(part, kind, numbers.start + 1), id(part, kind, numbers.end));
        if first <= last {
            for (at, data) in self.tail.range(first..=last) {
                one(*at, data)?;
            }
            let mut q = self.db.prepare_cached("SELECT id, data FROM posting WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            let mut rows = q.query((first, last))?;
            while let Some(row) = rows.next()? {
                let ValueRef::Blob(data) = row.get_ref(1)? else { return Err(damaged(first)) };
                one(row.get(0)?, data)?;
            }
        }
        if next == numbers.end { Ok(()) } else { Err(damaged(id(part, kind, next + 1))) }
    }

    /// Pairs of one part before a bound.
    pub fn rank_in(&self, part: i64, kind: Kind, directory: &Directory, bound: Bound) -> Result<usize> {
        if bound.key > directory.last {
            return Ok(directory.pairs);
        }
        let row = bound.id.saturating_sub(part).clamp(0, i64::from(PART_ROWS)) as u32;
        // The segment sought is the last that begins before the bound.
        let mut low = directory.firsts.partition_point(|f| *f < bound.key).saturating_sub(1);
        let mut high = if row == 0 { low } else { directory.firsts.partition_point(|f| *f <= bound.key).saturating_sub(1) };
        while low < high {
            let middle = if row >= PART_ROWS { high } else { low + (high - low).div_ceil(2) };
            let begins = self.segment(part, kind, directory, middle)?.first().is_some_and(|p| *p < (bound.key, row));
            if begins {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if directory.firsts.get(low).is_some_and(|f| *f > bound.key) {
            return Ok(low * PAIRS);
        }
        let segment = self.segment(part, kind, directory, low)?;
        Ok(low * PAIRS + segment.partition_point(|p| *p < (bound.key, row)))
    }

    /// Pairs of all parts before a bound.
    pub fn rank(&self, kind: Kind, bound: Bound) -> Result<u64> {
        let mut sum = 0;
        for part in &self.parts {
            if let Some(directory) = self.directory(*part, kind)? {
                sum += self.rank_in(*part, kind, &directory, bound)? as u64;
            }
        }
        Ok(sum)
    }

    pub fn total(&self, kind: Kind) -> Result<u64> {
        let mut sum = 0;
        for part in &self.parts {
            sum += self.directory(*part, kind)?.map_or(0, |d| d.pairs) as u64;
        }
        Ok(sum)
    }

    /// Pairs with keys from `from` to `to`, both included.
    pub fn count(&self, kind: Kind, from: i64, to: i64) -> Result<u64> {
        Ok(self.rank(kind, Bound::after(to))?.saturating_sub(self.rank(kind, Bound::before(from))?))
    }

    /// Least and greatest key.
    pub fn ends(&self, kind: Kind) -> Result<Option<(i64, i64)>> {
        let mut ends: Option<(i64, i64)> = None;
        for part in &self.parts {
            let Some(d) = self.directory(*part, kind)? else { continue };
            let first = d.firsts.first().copied().unwrap_or(d.last);
            ends = Some(ends.map_or((first, d.last), |(least, most)| (least.min(first), most.max(d.last))));
        }
        Ok(ends)
    }

    /// The pair that so many stand before.
    pub fn select(&self, kind: Kind, position: u64) -> Result<Option<Bound>> {
        let Some((mut low, mut high)) = self.ends(kind)? else { return Ok(None) };
        if position >= self.total(kind)? {
            return Ok(None);
        }
        // The greatest key that no more than `position` pairs stand before.
        while low < high {
            let middle = high.wrapping_sub((high.wrapping_sub(low).cast_unsigned() / 2).cast_signed());
            if self.rank(kind, Bound::before(middle))? <= position {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let mut left = position - self.rank(kind, Bound::before(low))?;
        for part in &self.parts {
            let Some(d) = self.directory(*part, kind)? else { continue };
            let from = self.rank_in(*part, kind, &d, Bound::before(low))?;
            let here = self.rank_in(*part, kind, &d, Bound::after(low))?.saturating_sub(from) as u64;
            if left < here {
                let place = from + left as usize;
                let segment = self.segment(*part, kind, &d, place / PAIRS)?;
                let row = segment.get(place % PAIRS).ok_or_else(|| damaged(*part))?.1;
                return Ok(Some(Bound { key: low, id: part + i64::from(row) }));
            }
            left -= here;
        }
        Ok(None)
    }
}

/// Decodes a segment; None where it is none, or one of another place, which would send a search round in circles.
fn read(directory: &Directory, n: usize, data: &[u8], pairs: &mut Vec<Pair>) -> Option<()> {
    decode(data, directory.len(n), pairs)?;
    let next = directory.firsts.get(n + 1).copied().unwrap_or(directory.last);
    let fits = pairs.first().is_some_and(|p| directory.firsts.get(n) == Some(&p.0)) && pairs.last().is_some_and(|p| p.0 <= next);
    fits.then_some(())
}

pub fn damaged(id: i64) -> CaseError {
    CaseError::Postings(format!("row {id} of table posting is not what an import writes"))
}

//! How the events of a source lie in time: by the hour, and where the clock ran backwards.

use super::runs::Scratch;
use super::{Counted, HOUR};
use hashbrown::HashMap;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// Sources kept in memory; a volume or a log file is one.
const MOST: usize = 4096;
/// Times this far behind the one before are the order of writing, not of a clock: a request is
/// logged when it ends.
const TOLERANCE: i64 = 300_000_000;

/// Of one parser on one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    pub rows: i64,
    pub undated: i64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// Time of the row read last.
    pub previous: Option<i64>,
    /// Rows more than five minutes before the row before them.
    pub backwards: i64,
    /// The furthest such step, in microseconds.
    pub furthest: i64,
    /// Events by hours since 1970.
    pub hours: BTreeMap<i64, u64>,
}

impl Pace {
    fn add(&mut self, at: Option<i64>) {
        self.rows += 1;
        let Some(at) = at else {
            self.undated += 1;
            return;
        };
        self.first = Some(self.first.map_or(at, |f| f.min(at)));
        self.last = Some(self.last.map_or(at, |l| l.max(at)));
        if let Some(step) = self.previous.map(|p| p.saturating_sub(at)).filter(|s| *s > TOLERANCE) {
            self.backwards += 1;
            self.furthest = self.furthest.max(step);
        }
        self.previous = Some(at);
    }

    /// What came before, then this.
    pub fn after(mut self, before: Pace) -> Pace {
        self.rows += before.rows;
        self.undated += before.undated;
        self.first = [self.first, before.first].into_iter().flatten().min();
        self.last = [self.last, before.last].into_iter().flatten().max();
        self.previous = self.previous.or(before.previous);
        self.backwards += before.backwards;
        self.furthest = self.furthest.max(before.furthest);
        for (hour, n) in before.hours {
            *self.hours.entry(hour).or_default() += n;
        }
        self
    }

    /// Hours as differences and counts, in 7-bit groups.
    pub fn hours_blob(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.hours.len() * 4);
        let mut before = 0i64;
        for (hour, n) in &self.hours {
            let step = hour.wrapping_sub(before);
            put(&mut out, (step << 1 ^ step >> 63).cast_unsigned());
            put(&mut out, *n);
            before = *hour;
        }
        out
    }

    /// None where the bytes are no such list.
    pub fn read_hours(blob: &[u8]) -> Option<BTreeMap<i64, u64>> {
        let mut out = BTreeMap::new();
        let (mut rest, mut hour) = (blob, 0i64);
        while !rest.is_empty() {
            let (step, after) = take(rest)?;
            let (n, after) = take(after)?;
            hour = hour.wrapping_add((step >> 1).cast_signed() ^ -((step & 1).cast_signed()));
            out.insert(hour, n);
            rest = after;
        }
        Some(out)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (i, b) in bytes.iter().enumerate().take(10) {
        value |= u64::from(b & 0x7f).checked_shl(u32::try_from(i).ok()? * 7)?;
        if b & 0x80 == 0 {
            return Some((value, bytes.get(i + 1..)?));
        }
    }
    None
}

/// The source of the last row: most rows are of the source and the hour of the row before.
struct Now {
    key: (u32, u16),
    pace: Pace,
    hour: i64,
    /// Events of that hour that are not in `pace.hours` yet.
    events: u64,
}

impl Now {
    fn settle(&mut self) {
        let events = std::mem::take(&mut self.events);
        if events > 0 {
            *self.pace.hours.entry(self.hour).or_default() += events;
        }
    }
}

/// The paces of the sources being read.
#[derive(Default)]
pub struct Paces {
    of: HashMap<(u32, u16), Pace>,
    now: Option<Now>,
}

impl Paces {
    pub fn add(&mut self, scratch: &Scratch, row: &Counted<'_>) -> rusqlite::Result<()> {
        let key = (row.source, row.parser);
        if self.now.as_ref().is_none_or(|now| now.key != key) {
            self.set_aside();
            if self.of.len() >= MOST && !self.of.contains_key(&key) {
                self.finish(scratch)?;
            }
            self.now = Some(Now { key, pace: self.of.remove(&key).unwrap_or_default(), hour: 0, events: 0 });
        }
        let Some(now) = &mut self.now else { return Ok(()) };
        now.pace.add(row.at);
        if let Some(hour) = row.at.map(|at| at.div_euclid(HOUR)) {
            if hour != now.hour {
                now.settle();
                now.hour = hour;
            }
            now.events += 1;
        }
        Ok(())
    }
    /// Puts the source at hand among the others.
    fn set_aside(&mut self) {
        if let Some(mut now) = self.now.take() {
            now.settle();
            self.of.insert(now.key, now.pace);
        }
    }

    /// Writes what is in memory to the scratch, each after what is there of its source.
    pub fn finish(&mut self, scratch: &Scratch) -> rusqlite::Result<()> {
        let db = &scratch.0;
        self.set_aside();
        for ((source, parser), pace) in self.of.drain() {
            let before = db
                .prepare_cached("SELECT * FROM part_pace WHERE source = ?1 AND parser = ?2")?
                .query_row((source, parser), |r| {
                    Ok(Pace {
                        rows: r.get(2)?,
                        undated: r.get(3)?,
                        first: r.get(4)?,
                        last: r.get(5)?,
                        previous: r.get(6)?,
                        backwards: r.get(7)?,
                        furthest: r.get(8)?,
                        hours: Pace::read_hours(&r.get::<_, Vec<u8>>(9)?).unwrap_or_default(),
                    })
                })
                .optional()?;
            let pace = match before {
                Some(before) => {
                    db.prepare_cached("DELETE FROM part_pace WHERE source = ?1 AND parser = ?2")?.execute((source, parser))?;
                    pace.after(before)
                }
                None => pace,
            };
            db.prepare_cached("INSERT INTO part_pace VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?.execute(params![
                source,
                parser,
                pace.rows,
                pace.undated,
                pace.first,
                pace.last,
                pace.previous,
                pace.backwards,
                pace.furthest,
                pace.hours_blob(),
            ])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_there_and_back() {
        let scratch = Scratch::open().unwrap();
        let mut paces = Paces::default();
        for at in [Some(0), Some(HOUR), Some(-HOUR), Some(500_000 * HOUR), Some(500_000 * HOUR + 1), None] {
            let none = rusqlite::types::ValueRef::Null;
            let row = Counted {
                source: 1,
                parser: 2,
                shape: 0,
                at,
                request: false,
                actor: none,
                key: none,
                address: none,
                subject: none,
                detail: None,
                bytes: None,
            };
            paces.add(&scratch, &row).unwrap();
        }
        let pace = paces.now.as_mut().map(|now| {
            now.settle();
            now.pace.clone()
        });
        let pace = pace.unwrap();
        assert_eq!((pace.rows, pace.undated, pace.backwards, pace.furthest), (6, 1, 1, 2 * HOUR));
        assert_eq!(pace.hours, BTreeMap::from([(-1, 1), (0, 1), (1, 1), (500_000, 2)]));
        assert_eq!(Pace::read_hours(&pace.hours_blob()), Some(pace.hours));
        assert_eq!(Pace::read_hours(&[0x80]), None);
        assert_eq!(Pace::read_hours(&[0x02]), None);
    }
}

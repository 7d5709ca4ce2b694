//! The parts of a case summed side by side: every thread has a connection of its own, which sees the
//! same state of the case.

use super::state;
use crate::error::{CaseError, Result};
use crate::postings::{Bits, Kind, Members, Postings};
use crate::reached::{Reached, Tell};
use crate::store::Store;
use rusqlite::Connection;
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Parts for which a further thread is worth its beginning.
const FOR_EACH: usize = if cfg!(test) { 1 } else { 3 };
const MOST_THREADS: usize = 8;

/// The rows that a question is about, and who is told how many were read.
#[derive(Clone, Copy)]
pub struct Asked<'q, 'a> {
    pub db: &'a Connection,
    pub postings: &'q Postings<'a>,
    pub members: &'q Members,
    pub tell: Option<&'q Tell>,
}

/// What all threads share.
struct Common<'s> {
    members: &'s Members,
    next: AtomicUsize,
    read: AtomicU64,
    of: u64,
    tell: Option<&'s Tell>,
}

/// What a thread sums: the parts that it is given, each with the rows of the question.
pub struct Share<'s, 'a> {
    pub db: &'a Connection,
    pub postings: &'s Postings<'a>,
    common: &'s Common<'s>,
    /// Rows of the part given last.
    reading: Cell<u64>,
}

impl<'s, 'a> Share<'s, 'a> {
    fn new(db: &'a Connection, postings: &'s Postings<'a>, common: &'s Common<'s>) -> Self {
        Self { db, postings, common, reading: Cell::new(0) }
    }

    /// The next part that has rows of the question. An error where the work is to end.
    pub fn next(&self) -> Result<Option<(i64, Bits)>> {
        while let Some(part) = self.postings.parts().get(self.common.next.fetch_add(1, Ordering::Relaxed)) {
            self.tell()?;
            self.reading.set(rows(self.postings, *part)?);
            if let Some(bits) = self.common.members.bits(self.postings, *part)? {
                return Ok(Some((*part, bits)));
            }
        }
        self.tell()?;
        Ok(None)
    }

    /// Tells that the part given last is read.
    fn tell(&self) -> Result<()> {
        let reading = self.reading.take();
        let rows = self.common.read.fetch_add(reading, Ordering::Relaxed) + reading;
        let reached = Reached { rows, of: Some(self.common.of), item: String::new() };
        if self.common.tell.is_none_or(|tell| tell(reached)) { Ok(()) } else { Err(CaseError::Cancelled) }
    }
}

/// All rows of a part, with a time and without.
fn rows(postings: &Postings<'_>, part: i64) -> Result<u64> {
    let of = |kind| Ok::<_, CaseError>(postings.directory(part, kind)?.map_or(0, |d| d.pairs as u64));
    Ok(of(Kind::Time)? + of(Kind::Undated)?)
}

/// Sums the rows of a question in shares, of which there is at least one. None where one of them is: the
/// postings do not tell all that is asked for.
pub fn by_side<T: Send>(
    asked: &Asked<'_, '_>,
    sum: impl Fn(&Share<'_, '_>) -> Result<Option<T>> + Sync,
) -> Result<Option<Vec<T>>> {
    let Asked { db, postings, members, tell } = *asked;
    let parts = postings.parts().len();
    let of = if tell.is_some() { postings.total(Kind::Time)? + postings.total(Kind::Undated)? } else { 0 };
    let common = Common { members, next: AtomicUsize::new(0), read: AtomicU64::new(0), of, tell };
    let processors = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let further = processors.min(parts / FOR_EACH).saturating_sub(1);
    let path = db.path().filter(|p| !p.is_empty()).map(PathBuf::from);
    let seen = state(db)?;
    let one = |share: &Share<'_, '_>| {
        let summed = sum(share);
        // Who was told to stop, or can not tell, ends it for all.
        if !matches!(summed, Ok(Some(_))) {
            common.next.store(parts, Ordering::Relaxed);
        }
        summed
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> = path
            .iter()
            .flat_map(|path| std::iter::repeat_n(path, further))
            .map(|path| {
                let (common, seen, one) = (&common, &seen, &one);
                scope.spawn(move || -> Result<Option<Option<T>>> {
                    // Who can not read beside the first leaves all to it.
                    let Ok(store) = Store::beside(path) else { return Ok(None) };
                    let Ok(_snapshot) = store.db.unchecked_transaction() else { return Ok(None) };
                    if state(&store.db).ok().as_ref() != Some(seen) {
                        return Ok(None);
                    }
                    let postings = Postings::open(&store.db)?;
                    one(&Share::new(&store.db, &postings, common)).map(Some)
                })
            })
            .collect();
        let mut all = vec![one(&Share::new(db, postings, &common))];
        for share in shares {
            match share.join() {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(sums))) => all.push(Ok(sums)),
                Ok(Err(e)) => all.push(Err(e)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all.into_iter().collect()
    })
}

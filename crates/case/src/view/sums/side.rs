//! The parts of a case summed side by side: every thread has a connection of its own, which sees the
//! same state of the case.

use super::state;
use crate::error::Result;
use crate::postings::{Bits, Members, Postings};
use crate::store::Store;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Parts for which a further thread is worth its beginning.
const FOR_EACH: usize = if cfg!(test) { 1 } else { 3 };
const MOST_THREADS: usize = 8;

/// What a thread sums: the parts that it is given, each with the rows of the question.
pub struct Share<'s, 'a> {
    pub db: &'a Connection,
    pub postings: &'s Postings<'a>,
    members: &'s Members,
    next: &'s AtomicUsize,
}

impl Share<'_, '_> {
    /// The next part that has rows of the question.
    pub fn next(&self) -> Result<Option<(i64, Bits)>> {
        while let Some(part) = self.postings.parts().get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(bits) = self.members.bits(self.postings, *part)? {
                return Ok(Some((*part, bits)));
            }
        }
        Ok(None)
    }
}

/// Sums the rows of a question in shares, of which there is at least one. None where one of them is: the
/// postings do not tell all that is asked for.
pub fn by_side<T: Send>(
    db: &Connection,
    postings: &Postings<'_>,
    members: &Members,
    sum: impl Fn(&Share<'_, '_>) -> Result<Option<T>> + Sync,
) -> Result<Option<Vec<T>>> {
    let (next, parts) = (AtomicUsize::new(0), postings.parts().len());
    let processors = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let further = processors.min(parts / FOR_EACH).saturating_sub(1);
    let path = db.path().filter(|p| !p.is_empty()).map(PathBuf::from);
    let seen = state(db)?;
    let one = |share: &Share<'_, '_>| {
        let summed = sum(share);
        // Who was told to stop, or can not tell, ends it for all.
        if !matches!(summed, Ok(Some(_))) {
            next.store(parts, Ordering::Relaxed);
        }
        summed
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> = path
            .iter()
            .flat_map(|path| std::iter::repeat_n(path, further))
            .map(|path| {
                let (next, seen, one) = (&next, &seen, &one);
                scope.spawn(move || -> Result<Option<Option<T>>> {
                    // Who can not read beside the first leaves all to it.
                    let Ok(store) = Store::beside(path) else { return Ok(None) };
                    let Ok(_snapshot) = store.db.unchecked_transaction() else { return Ok(None) };
                    if state(&store.db).ok().as_ref() != Some(seen) {
                        return Ok(None);
                    }
                    let postings = Postings::open(&store.db)?;
                    one(&Share { db: &store.db, postings: &postings, members, next }).map(Some)
                })
            })
            .collect();
        let mut all = vec![one(&Share { db, postings, members, next: &next })];
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

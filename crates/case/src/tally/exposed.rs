//! Subjects served by actor and kind of personal data, summed from the days of an import: the first
//! question anyone asks, answered without a union of sets.

use super::days::kinds_of;
use super::record::{Reader, Sums};
use super::runs::{Kind, Records, Scratch};
use super::sets::Set;
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Keys in memory, and bytes of the sets put together under them, before they are spilled.
const MOST_KEYS: usize = 100_000;
const MOST_BYTES: usize = 2 << 20;

/// Sums by actor and list of kinds.
#[derive(Default)]
pub struct Exposures {
    of: HashMap<Box<[u8]>, Sums>,
    bytes: usize,
    key: Vec<u8>,
}

impl Exposures {
    /// Served requests of one actor for one list of kinds, with their sets as they are stored.
    pub fn add(&mut self, scratch: &Scratch, actor: Option<&[u8]>, exposes: &[u8], sums: Sums) -> rusqlite::Result<()> {
        self.key.clear();
        let mut key = super::record::Record(&mut self.key);
        key.text(actor);
        key.text(Some(exposes));
        self.bytes += sums.got.stored_bytes() + sums.denied.stored_bytes();
        match self.of.get_mut(self.key.as_slice()) {
            Some(known) => known.add(sums),
            None => {
                self.of.insert(self.key.as_slice().into(), sums);
            }
        }
        if self.of.len() >= MOST_KEYS || self.bytes >= MOST_BYTES { self.spill(scratch) } else { Ok(()) }
    }

    /// Writes a run with a record for each kind of each list.
    pub fn spill(&mut self, scratch: &Scratch) -> rusqlite::Result<()> {
        let mut records = Records::default();
        for (key, sums) in self.of.drain() {
            let mut r = Reader(&key);
            let Some((actor, Some(exposes))) = r.text().zip(r.text()) else { continue };
            let Sums { requests, served, first, last, got, denied, .. } = sums;
            let (got, denied) = (got.encode().0, denied.encode().0);
            let kinds: BTreeSet<&[u8]> = kinds_of(exposes).collect();
            for kind in kinds {
                let mut key = records.key();
                key.text(actor);
                key.text(Some(kind));
                let (got, denied) = (Set::stored(got.as_deref()), Set::stored(denied.as_deref()));
                records.record(Sums { requests, served, first, last, got, denied, ..Sums::default() });
            }
        }
        self.bytes = 0;
        records.write(scratch, Kind::Exposed)
    }
}

//! Counts under their keys, as they grow in memory.

use super::Waiting;
use super::interner::Ref;
use super::record::{Record, Sums};
use super::runs::{Kind, Records, Scratch};
use super::sets::{self, Set};
use hashbrown::HashMap;
use std::collections::BTreeSet;

/// Subjects noted in memory before they are spilled.
const MOST_VALUES: usize = 500_000;

/// Small on purpose: a cache line.
#[derive(Clone, Debug)]
pub struct Count {
    requests: u64,
    served: u64,
    bytes: u64,
    /// First and last; the first is after the last where no row has a time.
    first: i64,
    last: i64,
    pub key: Ref,
    /// Bits of the classes seen; those from the last bit on are in `Counts::more_classes`.
    classes: u64,
}

impl Default for Count {
    fn default() -> Self {
        Self { requests: 0, served: 0, bytes: 0, first: i64::MAX, last: i64::MIN, key: Ref::NONE, classes: 0 }
    }
}

/// Writes the key of a number, and what sums it has beside its count.
pub type WriteKey<'w, K> = &'w mut dyn FnMut(&Counts<K>, u32, &Count, &mut Record<'_>, &mut Sums) -> rusqlite::Result<()>;

/// Keys with their counts, and the members of two sets of each as (number of the key, member): of days
/// subjects and third parties, of pairs the subjects served and those asked for in vain.
pub struct Counts<K> {
    numbers: HashMap<K, u32>,
    pub keys: Vec<K>,
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
    pub fn number(&mut self, key: K) -> u32 {
        let next = self.keys.len() as u32;
        let n = *self.numbers.entry(key).or_insert(next);
        if n == next {
            self.keys.push(key);
            self.counts.push(Count::default());
        }
        n
    }

    /// The lowest bit tells which of two sets a member is of.
    pub fn note(&mut self, n: u32, member: Option<u64>, first: bool) {
        if let Some(m) = member {
            self.subjects.push((n, m << 1 | u64::from(first)));
        }
    }

    pub fn add(&mut self, n: u32, row: &Waiting) -> Option<&mut Count> {
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
    pub fn classes(&self, n: u32, count: &Count) -> impl Iterator<Item = u32> {
        let few = (0..63).filter(move |c| count.classes & 1 << c != 0);
        few.chain(self.more_classes.range((n, 0)..=(n, u32::MAX)).map(|(_, class)| *class))
    }

    /// Empties the counts into a sorted run.
    pub fn spill(&mut self, scratch: &Scratch, kind: Kind, write: WriteKey<'_, K>) -> rusqlite::Result<()> {
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
        records.write(scratch, kind)
    }
}

impl<K> Counts<K> {
    pub fn is_full(&self, most: usize) -> bool {
        self.keys.len() >= most || self.subjects.len() >= MOST_VALUES
    }
}

impl Count {
    pub fn sums(&self) -> Sums {
        let Self { requests, served, bytes, first, last, .. } = *self;
        let dated = first <= last;
        Sums { requests, served, bytes, first: dated.then_some(first), last: dated.then_some(last), ..Sums::default() }
    }
}

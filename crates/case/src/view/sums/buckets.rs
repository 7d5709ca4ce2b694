//! What is gathered of millions of rows, by subject: each bucket is small enough to be sorted in the
//! processor's cache.

use super::texts::of_text;
use crate::error::Result;
use crate::postings::{Kind, Postings};

/// Rows of a bucket, about.
const OF_BUCKET: usize = if cfg!(test) { 100 } else { 1 << 13 };
const MOST_BUCKETS: usize = 4096;
/// Items gathered before those that belong together are joined.
const MOST_GATHERED: usize = if cfg!(test) { 500 } else { 2 << 20 };

/// Where the buckets begin.
pub struct Bounds(Vec<u64>);

impl Bounds {
    /// Of subjects written as numbers from the directories of their postings, and of so many texts.
    pub fn of(postings: &Postings<'_>, texts: usize) -> Result<Self> {
        let mut firsts = Vec::new();
        for part in postings.parts() {
            if let Some(directory) = postings.directory(*part, Kind::Subject)? {
                firsts.extend(directory.firsts.iter().filter_map(|key| u64::try_from(*key).ok()));
            }
        }
        firsts.sort_unstable();
        let rows = usize::try_from(postings.total(Kind::Subject)?).unwrap_or(usize::MAX);
        let buckets = (rows / OF_BUCKET).clamp(1, MOST_BUCKETS);
        let each = |n: usize| n.div_ceil(buckets).max(1);
        let step = each(firsts.len());
        let mut starts: Vec<u64> = firsts.into_iter().step_by(step).collect();
        starts.extend((0..texts).step_by(each(texts)).map(of_text));
        starts.dedup();
        Ok(Self(starts))
    }
    fn len(&self) -> usize {
        self.0.len() + 1
    }
    /// The bucket of a subject.
    fn place(&self, subject: u64) -> usize {
        self.0.partition_point(|start| *start <= subject)
    }
}

pub struct Buckets<'b, T> {
    bounds: &'b Bounds,
    all: Vec<Vec<T>>,
    /// The bucket used last, and the subjects it is for.
    last: (usize, u64, u64),
    gathered: usize,
    most: usize,
}

impl<'b, T> Buckets<'b, T> {
    pub fn new(bounds: &'b Bounds) -> Self {
        let all = std::iter::repeat_with(Vec::new).take(bounds.len()).collect();
        // No subject is in none.
        Self { bounds, all, last: (0, 1, 0), gathered: 0, most: MOST_GATHERED }
    }

    /// The bucket of a subject, for one item more.
    #[inline]
    pub fn of(&mut self, subject: u64) -> &mut Vec<T> {
        let (_, from, to) = self.last;
        if subject < from || subject > to {
            let place = self.bounds.place(subject);
            let from = place.checked_sub(1).and_then(|n| self.bounds.0.get(n)).copied().unwrap_or(0);
            let to = self.bounds.0.get(place).map_or(u64::MAX, |next| next - 1);
            self.last = (place, from, to);
        }
        self.gathered += 1;
        // There is one for every place.
        let bucket = &mut self.all[self.last.0];
        if bucket.capacity() == 0 {
            // At once: to grow step by step would move it several times.
            bucket.reserve(OF_BUCKET / 2);
        }
        bucket
    }

    /// How many items there are, of which some may belong together.
    pub fn len(&self) -> usize {
        self.gathered
    }

    /// Joins what belongs together in each bucket, where so much was gathered that it is time to.
    pub fn bound(&mut self, join: impl FnMut(&mut Vec<T>)) {
        if self.gathered >= self.most {
            self.join(join);
            self.most = (self.gathered * 2).max(MOST_GATHERED);
        }
    }
    /// Joins what belongs together in each bucket.
    pub fn join(&mut self, join: impl FnMut(&mut Vec<T>)) {
        self.all.iter_mut().for_each(join);
        self.gathered = self.all.iter().map(Vec::len).sum();
    }
}

/// What several gathered in the same buckets, joined; `renumber` is given the place among them of who
/// gathered an item.
pub fn joined<T: Send>(
    shares: Vec<Buckets<'_, T>>,
    renumber: impl Fn(usize, &mut T) + Sync,
    join: impl Fn(&mut Vec<T>) + Sync,
) -> Vec<Vec<T>> {
    let threads = shares.len().max(1);
    let mut shares = shares.into_iter().map(|share| share.all);
    let mut all: Vec<Vec<Vec<T>>> = shares.next().unwrap_or_default().into_iter().map(|bucket| vec![bucket]).collect();
    for share in shares {
        all.iter_mut().zip(share).for_each(|(bucket, more)| bucket.push(more));
    }
    let one = |shares: Vec<Vec<T>>| {
        let mut bucket = Vec::new();
        for (n, mut share) in (0..).zip(shares) {
            share.iter_mut().for_each(|item| renumber(n, item));
            if bucket.is_empty() {
                bucket = share;
            } else {
                bucket.append(&mut share);
            }
        }
        join(&mut bucket);
        bucket
    };
    let of_each = all.len().div_ceil(threads).max(1);
    let mut joined: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(all.len()).collect();
    std::thread::scope(|scope| {
        for (from, to) in all.chunks_mut(of_each).zip(joined.chunks_mut(of_each)) {
            let work = || from.iter_mut().zip(to).for_each(|(shares, bucket)| *bucket = one(std::mem::take(shares)));
            scope.spawn(work);
        }
    });
    joined
}

//! Walking postings in order, both ways, all parts merged; and only the rows that are in other
//! postings too, which costs no look at the rows themselves.

use super::Kind;
use super::read::{Bound, Postings};
use super::segment::{Directory, PAIRS, PART_ROWS, Pair};
use crate::error::Result;
use crate::template::contains_text;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::rc::Rc;

/// Ranges looked up one by one; more are met on the way through all between them.
const MOST_LOOKED_UP: usize = 64;
/// Segments of a range of keys that are kept for who asks again.
const MOST_KEPT_OF_RANGE: usize = 8;

/// Keys of one kind, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub kind: Kind,
    pub from: i64,
    pub to: i64,
}

/// Rows with a key in one of the ranges; rows of blocks whose numbers have these digits, of all keys or
/// of some; and rows in which a text stands, of this kind, that contains another or may do so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    pub ranges: Vec<KeyRange>,
    pub grams: Vec<u16>,
    /// The only keys of rows that are met by their digits; all where there are none.
    pub of_grams: Vec<KeyRange>,
    pub contains: Option<(Kind, Vec<u8>)>,
}

impl Set {
    pub fn of(ranges: Vec<KeyRange>) -> Self {
        Self { ranges, ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.grams.is_empty() && self.contains.is_none()
    }

    /// No fewer than it has rows, a block of which costs less to read than rows here and there.
    pub fn cost(&self, postings: &Postings<'_>, most: u64) -> Result<u64> {
        let mut sum = count_of(postings, &self.ranges, most)?;
        if sum > most {
            return Ok(sum);
        }
        if !self.grams.is_empty() {
            let mut blocks = 0;
            for part in postings.parts() {
                let found = postings.blocks(*part, &self.grams)?.unwrap_or_default();
                blocks += found.iter().map(|b| u64::from(b.count_ones())).sum::<u64>();
            }
            let of_keys = count_of(postings, &self.of_grams, most)?;
            sum += if self.of_grams.is_empty() { blocks / 2 } else { (blocks / 2).min(of_keys) };
        }
        for part in postings.parts() {
            self.texts(postings, *part, &mut |_| sum += 1)?;
            if sum > most {
                break;
            }
        }
        Ok(sum)
    }

    fn texts(&self, postings: &Postings<'_>, part: i64, take: &mut dyn FnMut(u32)) -> Result<()> {
        let Some((kind, pattern)) = &self.contains else { return Ok(()) };
        postings.texts(part, *kind, &mut |text, row| {
            if text.is_none_or(|text| contains_text(text, pattern)) {
                take(row);
            }
        })
    }

    fn add(&self, postings: &Postings<'_>, part: i64, bits: &mut Bits) -> Result<()> {
        // A full part whose keys are all in the range.
        if let [range] = self.ranges.as_slice()
            && let Some(directory) = postings.directory(part, range.kind)?
            && directory.pairs == PART_ROWS as usize
            && directory.firsts.first().is_some_and(|first| range.from <= *first)
            && directory.last <= range.to
        {
            bits.0.fill(u64::MAX);
            return Ok(());
        }
        self.texts(postings, part, &mut |row| bits.set(row))?;
        each_of(postings, part, &self.ranges, |pair| bits.set(pair.1))?;
        if self.grams.is_empty() {
            return Ok(());
        }
        let Some(blocks) = postings.blocks(part, &self.grams)? else { return Ok(()) };
        let in_blocks = |block: usize| blocks.get(block / 8).is_some_and(|b| b >> (block % 8) & 1 == 1);
        if self.of_grams.is_empty() {
            bits.0.iter_mut().enumerate().filter(|(block, _)| in_blocks(*block)).for_each(|(_, word)| *word = u64::MAX);
        }
        each_of(postings, part, &self.of_grams, |pair| {
            if in_blocks(pair.1 as usize / 64) {
                bits.set(pair.1);
            }
        })
    }
}

/// Rows of one part; a word is a block of 64.
pub struct Bits(Vec<u64>);

impl Bits {
    fn none() -> Self {
        Self(vec![0; PART_ROWS as usize / 64])
    }
    fn set(&mut self, row: u32) {
        if let Some(word) = self.0.get_mut(row as usize / 64) {
            *word |= 1 << (row % 64);
        }
    }
    pub fn has(&self, row: u32) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
    fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }
    fn and_not(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }
    /// Those of the rows with a key of a kind, or with none of that kind; ascending.
    pub fn with(&self, postings: &Postings<'_>, part: i64, kind: Kind, key: Option<i64>) -> Result<Vec<u32>> {
        if let Some(key) = key {
            let mut rows = Vec::new();
            each(postings, part, KeyRange { kind, from: key, to: key }, |pair| {
                if self.has(pair.1) {
                    rows.push(pair.1);
                }
            })?;
            return Ok(rows);
        }
        let mut rest = Self(self.0.clone());
        let mut any = Self::none();
        each(postings, part, KeyRange::all(kind), |pair| any.set(pair.1))?;
        rest.and_not(&any);
        Ok(rest.rows().collect())
    }
    pub fn count(&self) -> u64 {
        self.0.iter().map(|w| u64::from(w.count_ones())).sum()
    }
    /// Rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        let of_word = |(i, word): (u32, &u64)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(i * 64 + bit)
            })
        };
        (0u32..).zip(&self.0).flat_map(of_word)
    }
}

/// Which rows: those that are in every set, of these imports.
#[derive(Clone, Debug, Default)]
pub struct Members {
    pub sets: Vec<Set>,
    pub imports: Option<Vec<i64>>,
}

impl Members {
    /// Those of one set.
    pub fn of(set: Set) -> Self {
        Self { sets: vec![set], imports: None }
    }

    pub fn is_all(&self) -> bool {
        self.sets.is_empty() && self.imports.is_none()
    }

    pub fn has_part(&self, part: i64) -> bool {
        self.imports.as_ref().is_none_or(|imports| imports.contains(&(part >> 40)))
    }

    /// The rows of a part; None where none is in every set.
    pub fn bits(&self, postings: &Postings<'_>, part: i64) -> Result<Option<Bits>> {
        if !self.has_part(part) || self.sets.iter().any(Set::is_empty) {
            return Ok(None);
        }
        // Every row has a shape.
        let rows = [Set::of(vec![KeyRange::all(Kind::Shape)])];
        let sets = if self.sets.is_empty() { rows.as_slice() } else { &self.sets };
        let mut all: Option<Bits> = None;
        for set in sets {
            let mut bits = Bits::none();
            set.add(postings, part, &mut bits)?;
            if let Some(all) = &mut all {
                all.and(&bits);
            } else {
                all = Some(bits);
            }
            if all.as_ref().is_some_and(|b| b.count() == 0) {
                return Ok(None);
            }
        }
        Ok(all)
    }

    /// How many members hold each key of a kind.
    pub fn counts(&self, postings: &Postings<'_>, kind: Kind) -> Result<HashMap<i64, u64>> {
        let mut counts = HashMap::new();
        let all = KeyRange::all(kind);
        for part in postings.parts() {
            if self.is_all() {
                each(postings, *part, all, |pair| *counts.entry(pair.0).or_default() += 1)?;
            } else if let Some(bits) = self.bits(postings, *part)? {
                each(postings, *part, all, |pair| {
                    if bits.has(pair.1) {
                        *counts.entry(pair.0).or_default() += 1;
                    }
                })?;
            }
        }
        Ok(counts)
    }

    /// How many rows of a part.
    pub fn rows_in(&self, postings: &Postings<'_>, part: i64) -> Result<u64> {
        if self.sets.is_empty() && self.has_part(part) {
            return Ok(postings.directory(part, Kind::Shape)?.map_or(0, |d| d.pairs as u64));
        }
        Ok(self.bits(postings, part)?.map_or(0, |b| b.count()))
    }

    /// How many rows.
    pub fn count(&self, postings: &Postings<'_>) -> Result<u64> {
        postings.parts().iter().map(|part| self.rows_in(postings, *part)).sum()
    }
}

/// Pairs of a part with keys in a range.
pub(super) fn each(postings: &Postings<'_>, part: i64, range: KeyRange, mut take: impl FnMut(&Pair)) -> Result<()> {
    slices(postings, part, range, |pairs| pairs.iter().for_each(&mut take))
}

/// The same in pieces, each of one segment.
pub(super) fn slices(postings: &Postings<'_>, part: i64, range: KeyRange, mut take: impl FnMut(&[Pair])) -> Result<()> {
    let Some(directory) = postings.directory(part, range.kind)? else { return Ok(()) };
    let from = postings.rank_in(part, range.kind, &directory, Bound::before(range.from))?;
    let to = postings.rank_in(part, range.kind, &directory, Bound::after(range.to))?;
    let segments = from / PAIRS..to.div_ceil(PAIRS);
    let mut piece = |n: usize, pairs: &[Pair]| {
        let (begin, end) = (from.saturating_sub(n * PAIRS), to.saturating_sub(n * PAIRS).min(pairs.len()));
        take(pairs.get(begin..end).unwrap_or_default());
    };
    if segments.len() > MOST_KEPT_OF_RANGE {
        return postings.stream(part, range.kind, &directory, segments, piece);
    }
    for n in segments {
        piece(n, &postings.segment(part, range.kind, &directory, n)?);
    }
    Ok(())
}

/// Pairs of a part with keys in one of the ranges, which ascend.
fn each_of(postings: &Postings<'_>, part: i64, ranges: &[KeyRange], mut take: impl FnMut(&Pair)) -> Result<()> {
    for ranges in ranges.chunk_by(|a, b| a.kind == b.kind) {
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { continue };
        if ranges.len() <= MOST_LOOKED_UP {
            for range in ranges {
                each(postings, part, *range, &mut take)?;
            }
            continue;
        }
        each(postings, part, KeyRange { to: last.to, ..*first }, |pair| {
            let at = ranges.partition_point(|r| r.to < pair.0);
            if ranges.get(at).is_some_and(|r| r.from <= pair.0) {
                take(pair);
            }
        })?;
    }
    Ok(())
}

/// Pairs with keys in one of the ranges; of more than `most` it may tell any higher number.
pub fn count_of(postings: &Postings<'_>, ranges: &[KeyRange], most: u64) -> Result<u64> {
    let mut sum = 0;
    if ranges.len() <= MOST_LOOKED_UP {
        for r in ranges {
            sum += postings.count(r.kind, r.from, r.to)?;
            if sum > most {
                break;
            }
        }
        return Ok(sum);
    }
    for part in postings.parts() {
        each_of(postings, *part, ranges, |_| sum += 1)?;
        if sum > most {
            break;
        }
    }
    Ok(sum)
}

/// Where a walk is in one part.
struct Place {
    part: i64,
    directory: Rc<Directory>,
    /// Pairs still to be walked, by their place in the part.
    from: usize,
    to: usize,
    bits: Option<Bits>,
    opened: bool,
    segment: Rc<Vec<Pair>>,
    number: usize,
}

/// Pairs of one kind by (key, id), or in the opposite order.
pub struct Walk<'p, 'a> {
    postings: &'p Postings<'a>,
    kind: Kind,
    members: &'p Members,
    descending: bool,
    places: Vec<Place>,
    /// Next pair of each part, negated bit by bit where the walk descends; of a part not yet
    /// opened, a bound of it.
    heap: BinaryHeap<Reverse<(i64, i64, usize)>>,
}

impl<'p, 'a> Walk<'p, 'a> {
    /// From `from` to before `to`.
    pub fn new(
        postings: &'p Postings<'a>,
        kind: Kind,
        members: &'p Members,
        from: Option<Bound>,
        to: Option<Bound>,
        descending: bool,
    ) -> Result<Self> {
        let mut walk = Self { postings, kind, members, descending, places: Vec::new(), heap: BinaryHeap::new() };
        for part in postings.parts().iter().filter(|p| members.has_part(**p)) {
            let Some(directory) = postings.directory(*part, kind)? else { continue };
            let rank =
                |bound: Option<Bound>, none: usize| bound.map_or(Ok(none), |b| postings.rank_in(*part, kind, &directory, b));
            let (from, to) = (rank(from, 0)?, rank(to, directory.pairs)?);
            if from >= to {
                continue;
            }
            let (key, id) = if descending {
                let next = directory.firsts.get((to - 1) / PAIRS + 1).copied().unwrap_or(directory.last);
                (next, part + i64::from(PART_ROWS) - 1)
            } else {
                (directory.firsts.get(from / PAIRS).copied().unwrap_or(directory.last), *part)
            };
            let place =
                Place { part: *part, directory, from, to, bits: None, opened: false, segment: Rc::default(), number: usize::MAX };
            walk.heap.push(Reverse(walk.turned(key, id, walk.places.len())));
            walk.places.push(place);
        }
        Ok(walk)
    }

    fn turned(&self, key: i64, id: i64, place: usize) -> (i64, i64, usize) {
        if self.descending { (!key, !id, place) } else { (key, id, place) }
    }

    /// The next pair, as a bound before it.
    pub fn next(&mut self) -> Result<Option<Bound>> {
        loop {
            let Some(mut top) = self.heap.peek_mut() else { return Ok(None) };
            let Reverse((key, id, number)) = *top;
            let Some(place) = self.places.get_mut(number) else { return Ok(None) };
            let ready = place.opened;
            if !ready {
                place.opened = true;
                if !self.members.sets.is_empty() {
                    place.bits = self.members.bits(self.postings, place.part)?;
                    if place.bits.is_none() {
                        PeekMut::pop(top);
                        continue;
                    }
                }
            }
            match advance(place, self.postings, self.kind, self.descending)? {
                Some((k, i)) => *top = Reverse(if self.descending { (!k, !i, number) } else { (k, i, number) }),
                None => {
                    // Its memory goes before the walk does.
                    place.bits = None;
                    place.segment = Rc::default();
                    PeekMut::pop(top);
                }
            }
            if ready {
                return Ok(Some(if self.descending { Bound { key: !key, id: !id } } else { Bound { key, id } }));
            }
        }
    }
}

/// The next pair of a part that is a member.
fn advance(place: &mut Place, postings: &Postings<'_>, kind: Kind, descending: bool) -> Result<Option<(i64, i64)>> {
    while place.from < place.to {
        let at = if descending { place.to - 1 } else { place.from };
        if place.number != at / PAIRS {
            place.number = at / PAIRS;
            place.segment = postings.segment(place.part, kind, &place.directory, place.number)?;
        }
        if descending {
            place.to -= 1;
        } else {
            place.from += 1;
        }
        let Some((key, row)) = place.segment.get(at % PAIRS) else { continue };
        if place.bits.as_ref().is_none_or(|b| b.has(*row)) {
            return Ok(Some((*key, place.part + i64::from(*row))));
        }
    }
    Ok(None)
}

/// Ids of all members, ascending.
pub fn ids(postings: &Postings<'_>, members: &Members) -> Result<Vec<i64>> {
    let mut out = Vec::new();
    for part in postings.parts() {
        let Some(bits) = members.bits(postings, *part)? else { continue };
        out.extend(bits.rows().map(|r| part + i64::from(r)));
    }
    Ok(out)
}

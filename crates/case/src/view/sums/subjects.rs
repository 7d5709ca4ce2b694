//! Requests by subject and actor, for orders that no posting has: by how many, first and last.

use super::buckets::{Bounds, Buckets, joined};
use super::grouped::{earlier, time, together};
use super::rows::{Classes, cleared, numbered, of, put};
use super::side::{Asked, Share, by_side};
use super::texts::{self, Known, Subjects as Numbers, Values};
use crate::error::Result;
use crate::postings::{Kind, NONE, PAIRS, is_text};
use crate::tally::Stored;
use crate::words::text_or_blob;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Groups held in memory, 40 bytes each; where there are more, SQL groups them on the disk.
const MOST_GROUPS: usize = 64 << 20;
/// Lists of kinds that a group can tell.
const MOST_LISTS: usize = 32;

#[derive(Clone, Copy, Debug)]
pub struct Group {
    subject: u64,
    first: i64,
    last: i64,
    actor: u32,
    pub requests: u32,
    pub served: u32,
    /// A bit for each list of kinds.
    exposes: u32,
}

impl Group {
    fn key(&self) -> (u64, u32) {
        (self.subject, self.actor)
    }
    pub fn first(&self) -> Option<i64> {
        time(self.first)
    }
    pub fn last(&self) -> Option<i64> {
        time(self.last)
    }
    #[inline]
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.served += other.served;
        self.first = earlier(self.first, other.first);
        self.last = self.last.max(other.last);
        self.exposes |= other.exposes;
    }
}

/// What the groups are sorted by. Ties are in the order of subject and actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Subject,
    Requests,
    First,
    Last,
}

/// All groups, by subject and actor.
pub struct Subjects {
    buckets: Vec<Vec<Group>>,
    /// How many groups stand before each bucket, and in all.
    before: Vec<usize>,
    actors: Vec<Stored>,
    texts: Vec<Box<[u8]>>,
    /// Lists of kinds, as they are stored.
    exposes: Vec<Stored>,
    /// The order that was asked for last.
    sorted: Mutex<Option<Sorted>>,
}

impl Subjects {
    pub fn len(&self) -> usize {
        self.before.last().copied().unwrap_or(0)
    }
    pub fn subject(&self, group: &Group) -> ValueRef<'_> {
        match texts::text_of(group.subject) {
            None => ValueRef::Integer(group.subject.cast_signed()),
            Some(n) => text_or_blob(self.texts.get(n).map_or(&[], |t| &**t)),
        }
    }
    pub fn actor(&self, group: &Group) -> ValueRef<'_> {
        self.actors.get(group.actor as usize).map_or(ValueRef::Null, Stored::value)
    }
    /// The stored lists of kinds, as SQL puts them together.
    pub fn exposes(&self, group: &Group) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for (_, list) in (0..).zip(&self.exposes).filter(|(n, _)| group.exposes >> n & 1 == 1) {
            if !out.is_empty() {
                out.push(b',');
            }
            match list {
                Stored::Null => {}
                Stored::Number(n) => out.extend_from_slice(n.to_string().as_bytes()),
                Stored::Text(text) => out.extend_from_slice(text),
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// So many groups from a position on.
    pub fn page(&self, order: Order, descending: bool, position: usize, limit: usize) -> Vec<Group> {
        let end = position.saturating_add(limit).min(self.len());
        if order == Order::Subject && !descending {
            return (position..end).filter_map(|n| self.group(n)).collect();
        }
        let mut sorted = self.sorted.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sorted.take().filter(|s| (s.order, s.descending) == (order, descending));
        let sorted = sorted.insert(known.unwrap_or_else(|| Sorted::new(self, order, descending)));
        sorted.page(position, end).iter().filter_map(|(_, n)| self.group(*n as usize)).collect()
    }

    fn group(&self, n: usize) -> Option<Group> {
        let bucket = self.before.partition_point(|before| *before <= n).checked_sub(1)?;
        self.buckets.get(bucket)?.get(n - self.before.get(bucket)?).copied()
    }
}

/// Groups in an order, sorted no further than pages were asked for.
struct Sorted {
    order: Order,
    descending: bool,
    /// What each is sorted by, and its place.
    places: Vec<(u64, u32)>,
    /// All that stands before one of these sorts before all that stands from there on.
    cuts: BTreeSet<usize>,
}

impl Sorted {
    fn new(all: &Subjects, order: Order, descending: bool) -> Self {
        let turned = |value: u64| if descending { !value } else { value };
        let places = (0..).zip(all.buckets.iter().flatten()).map(|(n, group)| (turned(value(group, order)), n)).collect();
        Self { order, descending, places, cuts: BTreeSet::new() }
    }

    fn page(&mut self, from: usize, to: usize) -> &[(u64, u32)] {
        self.cut(from);
        self.cut(to);
        let page = self.places.get_mut(from..to).unwrap_or_default();
        page.sort_unstable();
        page
    }

    fn cut(&mut self, at: usize) {
        let from = self.cuts.range(..=at).next_back().copied().unwrap_or(0);
        let to = self.cuts.range(at..).next().copied().unwrap_or(self.places.len());
        if from < at && at < to {
            if let Some(between) = self.places.get_mut(from..to) {
                between.select_nth_unstable(at - from);
            }
            self.cuts.insert(at);
        }
    }
}

/// A number that sorts as the value does; what has no time comes before all that have one.
fn value(group: &Group, order: Order) -> u64 {
    let time = |at: i64| at.cast_unsigned() ^ 1 << 63;
    match order {
        Order::Subject => group.subject,
        Order::Requests => group.requests.into(),
        Order::First => time(group.first),
        Order::Last => time(group.last),
    }
}

/// Puts groups of the same subject and actor together.
fn join(groups: &mut Vec<Group>) {
    // Those of a part are in order, and such a sort only merges them.
    groups.sort_by_key(Group::key);
    groups.dedup_by(|later, kept| {
        let same = later.key() == kept.key();
        if same {
            kept.add(later);
        }
        same
    });
}

struct Summed<'b> {
    groups: Buckets<'b, Group>,
    actors: Vec<Stored>,
}

/// None where the postings can not tell them, or there are too many groups.
pub fn by_subject(asked: &Asked<'_, '_>) -> Result<Option<Subjects>> {
    let Asked { db, postings, .. } = *asked;
    let classes = Classes::read(db)?;
    if postings.total(Kind::Subject)? > u64::from(u32::MAX) || classes.exposes.len() > MOST_LISTS {
        return Ok(None);
    }
    let (known, texts) = (Known::actors(db)?, Known::subjects(db, postings)?);
    let bounds = Bounds::of(postings, texts.len())?;
    let Some(shares) = by_side(asked, |share| one_share(share, &classes, &known, &texts, &bounds))? else {
        return Ok(None);
    };
    // SQL sorts what is stored of actors; those that the counts do not know were numbered as they were met.
    let mut all = Vec::new();
    let numbers: Vec<Vec<u32>> = shares.iter().map(|share| together(&mut all, &share.actors)).collect();
    let sorts_as = |n: &u32| all.get(*n as usize).map(|a| (matches!(a.value(), ValueRef::Blob(_)), a));
    let mut order: Vec<u32> = (0..all.len() as u32).collect();
    order.sort_by(|a, b| sorts_as(a).cmp(&sorts_as(b)));
    let mut places = vec![0u32; order.len()];
    (0u32..).zip(&order).for_each(|(n, actor)| put(&mut places, *actor, n));
    let numbers: Vec<Vec<u32>> = numbers.into_iter().map(|all| all.into_iter().map(|n| of(&places, n)).collect()).collect();
    let shares: Vec<Buckets<'_, Group>> = shares.into_iter().map(|share| share.groups).collect();
    let buckets = joined(shares, |share, group| group.actor = numbers.get(share).map_or(0, |all| of(all, group.actor)), join);
    let before = std::iter::once(0).chain(buckets.iter().scan(0, |sum, bucket| {
        *sum += bucket.len();
        Some(*sum)
    }));
    let before: Vec<usize> = before.collect();
    if before.last().is_some_and(|all| *all > MOST_GROUPS) {
        return Ok(None);
    }
    let actors = order.iter().filter_map(|n| all.get(*n as usize).cloned()).collect();
    let (texts, exposes) = (texts.into_texts(), classes.exposes);
    Ok(Some(Subjects { buckets, before, actors, texts, exposes, sorted: Mutex::new(None) }))
}

fn one_share<'b>(
    share: &Share<'_, '_>,
    classes: &Classes,
    actors: &Known,
    texts: &Known,
    bounds: &'b Bounds,
) -> Result<Option<Summed<'b>>> {
    let postings = share.postings;
    let (mut actors, mut subjects) = (Values::new(share.db, actors), Numbers::new(share.db, texts));
    let mut groups = Buckets::<Group>::new(bounds);
    // Of each row its time and the number of its class, and above it that of its actor: side by side, for rows are
    // looked up far from one another.
    let (mut columns, bits_of_class) = (Vec::new(), classes.bits());
    let mut found = Vec::with_capacity(PAIRS);
    while let Some((part, bits)) = share.next()? {
        cleared(&mut columns, (NONE, 0u32));
        postings.keys(part, Kind::Shape, |shape, rows| {
            let class = classes.number(shape);
            rows.iter().for_each(|(_, row)| put(&mut columns, *row, (NONE, class)));
            Ok(())
        })?;
        let fits = |n: &u32| *n < 1 << (32 - bits_of_class);
        let actor = |key, row| Ok(actors.of(key, row)?.filter(fits).map(|n| n << bits_of_class));
        let told = numbered(postings, part, Kind::Actor, &bits, actor, |actor, rows| {
            for (_, row) in rows {
                if let Some((_, both)) = columns.get_mut(*row as usize) {
                    *both |= actor;
                }
            }
        })?;
        if !told {
            return Ok(None);
        }
        postings.pieces(part, Kind::Time, |pairs| {
            for (key, row) in pairs {
                if let Some((at, _)) = columns.get_mut(*row as usize) {
                    *at = *key;
                }
            }
        })?;
        let (mut told, mut failed, mut last) = (true, None, None);
        postings.pieces(part, Kind::Subject, |pairs| {
            // All of them first: the processor waits for many at once.
            found.clear();
            found.extend(pairs.iter().map(|(_, row)| columns.get(*row as usize).copied().unwrap_or((NONE, 0))));
            for ((key, row), (at, both)) in pairs.iter().zip(&found).filter(|((_, row), _)| bits.has(*row)) {
                let subject = match last {
                    Some((known, subject)) if known == *key => subject,
                    _ => match subjects.of(*key, part + i64::from(*row)) {
                        Ok(Some(subject)) => subject,
                        Ok(None) => return told = false,
                        Err(e) => return failed = Some(e),
                    },
                };
                // Rows with the hash of one text may have different texts.
                last = (!is_text(*key)).then_some((*key, subject));
                let class = classes.of(both & ((1 << bits_of_class) - 1));
                let group = Group {
                    subject,
                    first: *at,
                    last: *at,
                    actor: both >> bits_of_class,
                    requests: 1,
                    served: class.served.into(),
                    // The first is none.
                    exposes: (1 << class.exposes) & !1,
                };
                let known = groups.of(subject);
                match known.last_mut().filter(|g| g.key() == group.key()) {
                    Some(known) => known.add(&group),
                    None => known.push(group),
                }
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        groups.bound(join);
        if !told || groups.len() > MOST_GROUPS {
            return Ok(None);
        }
    }
    groups.join(join);
    Ok(Some(Summed { groups, actors: actors.stored() }))
}

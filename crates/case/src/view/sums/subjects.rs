//! Requests by subject and actor, for orders that no posting has: by how many, first and last.

use super::rows::{Classes, Part, RowKeys, Sets, parts};
use super::texts::{self, Subjects as Numbers, Values};
use crate::error::Result;
use crate::postings::{Bits, KeyRange, Kind, Members, NONE, Postings};
use crate::tally::Stored;
use crate::words::text_or_blob;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::cmp::Reverse;
use std::sync::{Arc, Mutex, PoisonError};

/// Groups gathered before those of the same subject and actor are put together.
const MOST_GATHERED: usize = 4 << 20;
/// Groups held in memory, 40 bytes each; where there are more, SQL groups them on the disk.
const MOST_GROUPS: usize = 64 << 20;

#[derive(Clone, Copy, Debug)]
pub struct Group {
    subject: u64,
    first: i64,
    last: i64,
    actor: u32,
    pub requests: u32,
    pub served: u32,
    exposes: u32,
}

impl Group {
    fn key(&self) -> (u64, u32) {
        (self.subject, self.actor)
    }
    pub fn first(&self) -> Option<i64> {
        (self.first != NONE).then_some(self.first)
    }
    pub fn last(&self) -> Option<i64> {
        (self.last != NONE).then_some(self.last)
    }
    fn add(&mut self, other: &Self, sets: &mut Sets) {
        self.requests += other.requests;
        self.served += other.served;
        self.first = if self.first == NONE || other.first != NONE && other.first < self.first { other.first } else { self.first };
        self.last = self.last.max(other.last);
        self.exposes = sets.union(self.exposes, other.exposes);
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

type Sorted = (Order, bool, Arc<Vec<u32>>);

/// All groups, by subject and actor.
pub struct Subjects {
    groups: Vec<Group>,
    actors: Vec<Stored>,
    texts: Vec<Box<[u8]>>,
    /// Each a comma-separated list of the stored lists of kinds.
    exposes: Vec<Option<Vec<u8>>>,
    /// The order that was asked for last.
    sorted: Mutex<Option<Sorted>>,
}

impl Subjects {
    pub fn len(&self) -> usize {
        self.groups.len()
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
    pub fn exposes(&self, group: &Group) -> ValueRef<'_> {
        self.exposes.get(group.exposes as usize).and_then(Option::as_ref).map_or(ValueRef::Null, |e| text_or_blob(e))
    }

    /// So many groups from a position on.
    pub fn page(&self, order: Order, descending: bool, position: usize, limit: usize) -> Vec<Group> {
        if order == Order::Subject && !descending {
            return self.groups.iter().skip(position).take(limit).copied().collect();
        }
        let sorted = self.sorted(order, descending);
        let places = sorted.iter().skip(position).take(limit);
        places.filter_map(|n| self.groups.get(*n as usize)).copied().collect()
    }

    fn sorted(&self, order: Order, descending: bool) -> Arc<Vec<u32>> {
        let mut kept = self.sorted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((o, d, known)) = &*kept
            && (*o, *d) == (order, descending)
        {
            return known.clone();
        }
        let mut keyed: Vec<(u64, u32)> = (0u32..).zip(&self.groups).map(|(n, g)| (value(g, order), n)).collect();
        if descending {
            keyed.sort_unstable_by_key(|(value, n)| (Reverse(*value), *n));
        } else {
            keyed.sort_unstable();
        }
        let sorted = Arc::new(keyed.into_iter().map(|(_, n)| n).collect::<Vec<_>>());
        *kept = Some((order, descending, sorted.clone()));
        sorted
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

/// Groups as they are gathered, part after part.
#[derive(Default)]
struct Gathered {
    groups: Vec<Group>,
    most: usize,
    sets: Sets,
}

impl Gathered {
    /// False where there are too many.
    fn bound(&mut self) -> bool {
        if self.groups.len() >= self.most.max(MOST_GATHERED) {
            self.join();
            self.most = self.groups.len() * 2;
        }
        self.groups.len() <= MOST_GROUPS
    }
    fn join(&mut self) {
        // The parts are sorted runs for the most part, which a stable sort only merges.
        self.groups.sort_by_key(Group::key);
        let sets = &mut self.sets;
        self.groups.dedup_by(|later, kept| {
            let same = later.key() == kept.key();
            if same {
                kept.add(later, sets);
            }
            same
        });
    }
}

/// None where texts can not be told, or there are too many groups.
pub fn by_subject(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Subjects>> {
    if postings.total(Kind::Subject)? > u64::from(u32::MAX) {
        return Ok(None);
    }
    let classes = Classes::read(db)?;
    let (mut actors, mut numbers) = (Values::actors(db)?, Numbers::new(db, postings)?);
    let (mut all, mut columns) = (Gathered::default(), Part::default());
    let whole = parts(postings, members, &mut |part, bits| {
        columns.read(postings, part, &[Kind::Shape, Kind::Actor, Kind::Time])?;
        let told = one_part(postings, &columns, &bits, &mut |key, row| {
            let (Some(subject), Some(actor)) = (numbers.of(key, row.id)?, actors.of(row.actor, row.id)?) else {
                return Ok(false);
            };
            let class = classes.of(row.shape);
            let exposes = all.sets.with(0, class.exposes);
            let group =
                Group { subject, first: row.at, last: row.at, actor, requests: 1, served: u32::from(class.served), exposes };
            match all.groups.last_mut().filter(|g| g.key() == group.key()) {
                Some(known) => known.add(&group, &mut all.sets),
                None => all.groups.push(group),
            }
            Ok(true)
        })?;
        Ok(told && all.bound())
    })?;
    if !whole {
        return Ok(None);
    }
    // Actors were numbered as they were met; SQL sorts what is stored of them.
    let actors = actors.into_stored();
    let mut order: Vec<u32> = (0..actors.len() as u32).collect();
    let sorts_as = |n: &u32| actors.get(*n as usize).map(|a| (matches!(a.value(), ValueRef::Blob(_)), a));
    order.sort_by(|a, b| sorts_as(a).cmp(&sorts_as(b)));
    let mut place = vec![0u32; actors.len()];
    for (n, actor) in (0u32..).zip(&order) {
        if let Some(slot) = place.get_mut(*actor as usize) {
            *slot = n;
        }
    }
    all.join();
    for group in &mut all.groups {
        group.actor = place.get(group.actor as usize).copied().unwrap_or(0);
    }
    all.groups.sort_by_key(Group::key);
    let actors = order.iter().filter_map(|n| actors.get(*n as usize).cloned()).collect();
    let exposes = (0..all.sets.len()).map(|set| lists(all.sets.of(set), &classes.exposes)).collect();
    Ok(Some(Subjects { groups: all.groups, actors, texts: numbers.into_texts(), exposes, sorted: Mutex::new(None) }))
}

/// Rows of a part that have a subject, by subject.
fn one_part(
    postings: &Postings<'_>,
    columns: &Part,
    bits: &Bits,
    take: &mut dyn FnMut(i64, &RowKeys) -> Result<bool>,
) -> Result<bool> {
    let (mut whole, mut failed) = (true, None);
    postings.pairs(columns.first, KeyRange::all(Kind::Subject), &mut |key, row| {
        if whole && bits.has(row) {
            match take(key, &columns.row(row)) {
                Ok(more) => whole = more,
                Err(e) => (whole, failed) = (false, Some(e)),
            }
        }
    })?;
    failed.map_or(Ok(whole), Err)
}

/// Stored lists of kinds, as SQL puts them together.
fn lists(set: &[u32], exposes: &[Stored]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for list in set {
        if !out.is_empty() {
            out.push(b',');
        }
        match exposes.get(*list as usize)? {
            Stored::Null => {}
            Stored::Number(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Stored::Text(text) => out.extend_from_slice(text),
        }
    }
    (!out.is_empty()).then_some(out)
}

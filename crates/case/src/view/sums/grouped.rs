//! Requests by two columns, summed in shares and put together.

use super::buckets::{Bounds, Buckets, joined};
use super::rows::{Classes, Recent, Sets, cleared, numbered, of, put};
use super::side::{Asked, Share, by_side};
use super::texts::{Known, Subjects, Values};
use crate::error::Result;
use crate::postings::{Kind, NONE};
use crate::tally::Stored;
use hashbrown::HashMap;

/// What requests are grouped by beside their actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// With the keys that were used.
    Address,
    /// Of the shape: served or not, and for which kinds of data.
    Class,
}

#[derive(Clone, Copy, Debug)]
pub struct Sum {
    pub requests: u64,
    pub served: u64,
    pub first: i64,
    pub last: i64,
    /// Sets of lists of kinds, and of keys.
    pub exposes: u32,
    pub keys: u32,
}

impl Sum {
    const NONE: Self = Self { requests: 0, served: 0, first: NONE, last: NONE, exposes: 0, keys: 0 };

    #[inline]
    fn at(&mut self, first: i64, last: i64) {
        self.first = earlier(self.first, first);
        self.last = self.last.max(last);
    }
}

/// The earlier of two times, of which any may be none.
#[inline]
pub fn earlier(one: i64, other: i64) -> i64 {
    if one == NONE || other != NONE && other < one { other } else { one }
}

pub fn time(at: i64) -> Option<i64> {
    (at != NONE).then_some(at)
}

/// A subject, a group, and in its lowest bit whether it was served there.
type Met = (u64, u32);
const SERVED: u32 = 1 << 31;

pub struct Grouped {
    pub actors: Vec<Stored>,
    /// Addresses; of classes none.
    pub others: Vec<Stored>,
    pub keys: Vec<Stored>,
    /// Numbers of actor and address, or of actor and class, and what is summed of them.
    pub groups: Vec<(u32, u32)>,
    pub sums: Vec<Sum>,
    pub exposes: Sets,
    pub sets_of_keys: Sets,
    /// By subject, in pieces.
    met: Vec<Vec<Met>>,
}

/// What all shares know from the start.
pub struct Ground<'g> {
    pub classes: &'g Classes,
    pub actors: &'g Known,
    pub addresses: &'g Known,
    pub keys: &'g Known,
    pub subjects: &'g Known,
    pub bounds: &'g Bounds,
}

/// None where texts can not be told, so that SQL has to read the rows.
pub fn grouped(asked: &Asked<'_, '_>, second: Second, ground: &Ground<'_>) -> Result<Option<Grouped>> {
    let Some(shares) = by_side(asked, |share| one_share(share, second, ground))? else { return Ok(None) };
    let (mut met, mut sums) = (Vec::new(), Vec::new());
    for (share, of_share) in shares {
        sums.push(share);
        met.push(of_share);
    }
    let mut sums = sums.into_iter();
    let Some(mut all) = sums.next() else { return Ok(None) };
    let first = (0..all.groups.len() as u32).collect();
    let numbers: Vec<Vec<u32>> = std::iter::once(first).chain(sums.map(|share| all.add(share))).collect();
    let renumber = |share: usize, (_, group): &mut Met| {
        *group = numbers.get(share).map_or(0, |numbers| of(numbers, *group >> 1)) << 1 | *group & 1;
    };
    all.met = joined(met, renumber, tidy);
    Ok(Some(all))
}

/// Groups by their numbers of actor and address, or of actor and class.
#[derive(Default)]
struct Groups {
    of: HashMap<(u32, u32), u32>,
    all: Vec<(u32, u32)>,
}

impl Groups {
    fn number(&mut self, group: (u32, u32)) -> u32 {
        let next = self.all.len() as u32;
        let n = *self.of.entry(group).or_insert(next);
        if n == next {
            self.all.push(group);
        }
        n
    }
}

/// What a row has that is in no group.
const NO_GROUP: u32 = u32::MAX;

fn one_share<'g>(share: &Share<'_, '_>, second: Second, ground: &Ground<'g>) -> Result<Option<(Grouped, Buckets<'g, Met>)>> {
    let (db, postings, classes) = (share.db, share.postings, ground.classes);
    let (mut actors, mut addresses) = (Values::new(db, ground.actors), Values::new(db, ground.addresses));
    let (mut keys, mut subjects) = (Values::new(db, ground.keys), Subjects::new(db, ground.subjects));
    let (mut exposes, mut sets_of_keys) = (Sets::default(), Sets::default());
    let (mut groups, mut recent, mut sums) = (Groups::default(), Recent::default(), Vec::<Sum>::new());
    let mut met = Buckets::new(ground.bounds);
    let (mut of_actor, mut column) = (Vec::new(), Vec::new());
    while let Some((part, bits)) = share.next()? {
        cleared(&mut of_actor, 0u32);
        let told = numbered(
            postings,
            part,
            Kind::Actor,
            &bits,
            |key, row| actors.of(key, row),
            |n, rows| {
                rows.iter().for_each(|(_, row)| put(&mut of_actor, *row, n));
            },
        )?;
        cleared(&mut column, NO_GROUP);
        let mut take = |n: u32, rows: &[(i64, u32)]| {
            for (_, row) in rows.iter().filter(|(_, row)| bits.has(*row)) {
                let actor = of(&of_actor, *row);
                put(&mut column, *row, recent.of(actor, n, || groups.number((actor, n))));
            }
        };
        let told = told
            && match second {
                Second::Address => numbered(postings, part, Kind::Address, &bits, |key, row| addresses.of(key, row), &mut take)?,
                Second::Class => numbered(postings, part, Kind::Shape, &bits, |key, _| Ok(Some(classes.number(key))), &mut take)?,
            };
        if !told {
            return Ok(None);
        }
        for row in bits.rows() {
            if of(&column, row) == NO_GROUP {
                put(&mut column, row, groups.number((of(&of_actor, row), 0)));
            }
        }
        sums.resize(groups.all.len(), Sum::NONE);
        // Shapes come first: they tell what was served.
        postings.keys(part, Kind::Shape, |shape, rows| {
            let class = classes.of(classes.number(shape));
            let mut with = Last::default();
            for (_, row) in rows.iter().filter(|(_, row)| bits.has(*row)) {
                let Some(group) = column.get_mut(*row as usize) else { continue };
                if let Some(sum) = sums.get_mut(*group as usize) {
                    sum.requests += 1;
                    sum.served += u64::from(class.served);
                    sum.exposes = with.of(sum.exposes, |set| exposes.with(set, class.exposes));
                }
                *group |= if class.served { SERVED } else { 0 };
            }
            Ok(())
        })?;
        postings.keys(part, Kind::Time, |at, rows| {
            for (_, row) in rows.iter().filter(|(_, row)| bits.has(*row)) {
                if let Some(sum) = sums.get_mut((of(&column, *row) & !SERVED) as usize) {
                    sum.at(at, at);
                }
            }
            Ok(())
        })?;
        let told = second == Second::Class
            || numbered(
                postings,
                part,
                Kind::Key,
                &bits,
                |key, row| keys.of(key, row),
                |n, rows| {
                    let mut with = Last::default();
                    for (_, row) in rows.iter().filter(|(_, row)| bits.has(*row)) {
                        if let Some(sum) = sums.get_mut((of(&column, *row) & !SERVED) as usize) {
                            sum.keys = with.of(sum.keys, |set| sets_of_keys.with(set, n));
                        }
                    }
                },
            )?;
        let told = told
            && numbered(
                postings,
                part,
                Kind::Subject,
                &bits,
                |key, row| subjects.of(key, row),
                |subject, rows| {
                    let met = met.of(subject);
                    for (_, row) in rows.iter().filter(|(_, row)| bits.has(*row)) {
                        let group = of(&column, *row);
                        let item = (subject, group.rotate_left(1));
                        if met.last() != Some(&item) {
                            met.push(item);
                        }
                    }
                },
            )?;
        if !told {
            return Ok(None);
        }
        met.bound(tidy);
    }
    met.join(tidy);
    let (actors, others, keys) = (actors.stored(), addresses.stored(), keys.stored());
    let sums = Grouped { actors, others, keys, groups: groups.all, sums, exposes, sets_of_keys, met: Vec::new() };
    Ok(Some((sums, met)))
}

/// What was made of a number last: most groups have the set that the one before has.
#[derive(Default)]
struct Last(Option<(u32, u32)>);

impl Last {
    #[inline]
    fn of(&mut self, from: u32, make: impl FnOnce(u32) -> u32) -> u32 {
        match self.0 {
            Some((known, made)) if known == from => made,
            _ => {
                let made = make(from);
                self.0 = Some((from, made));
                made
            }
        }
    }
}

fn tidy(met: &mut Vec<Met>) {
    // Those of a part are in order, and such a sort only merges them.
    met.sort();
    met.dedup();
}

impl Grouped {
    /// Adds what another share summed; the numbers that its groups have then.
    fn add(&mut self, other: Self) -> Vec<u32> {
        let actors = together(&mut self.actors, &other.actors);
        let others = together(&mut self.others, &other.others);
        let keys = together(&mut self.keys, &other.keys);
        let exposes = other.exposes.into(&mut self.exposes, |list| list);
        let sets_of_keys = other.sets_of_keys.into(&mut self.sets_of_keys, |key| of(&keys, key));
        let mut known: HashMap<(u32, u32), u32> = (0..).zip(&self.groups).map(|(n, group)| (*group, n)).collect();
        let mut groups = Vec::with_capacity(other.groups.len());
        for ((actor, second), theirs) in other.groups.iter().zip(other.sums) {
            // Classes are numbered alike by all.
            let second = if others.len() > 1 { of(&others, *second) } else { *second };
            let group = (of(&actors, *actor), second);
            let n = *known.entry(group).or_insert_with(|| {
                self.groups.push(group);
                self.sums.push(Sum::NONE);
                self.groups.len() as u32 - 1
            });
            groups.push(n);
            if let Some(sum) = self.sums.get_mut(n as usize) {
                sum.requests += theirs.requests;
                sum.served += theirs.served;
                sum.at(theirs.first, theirs.last);
                sum.exposes = self.exposes.union(sum.exposes, of(&exposes, theirs.exposes));
                sum.keys = self.sets_of_keys.union(sum.keys, of(&sets_of_keys, theirs.keys));
            }
        }
        groups
    }

    /// How many distinct subjects each group has: those served, and all.
    pub fn subjects(&self) -> Vec<(u64, u64)> {
        let mut counts = vec![(0, 0); self.groups.len()];
        for same in self.met.iter().flat_map(|met| met.chunk_by(|a, b| (a.0, a.1 >> 1) == (b.0, b.1 >> 1))) {
            if let Some((_, last)) = same.last()
                && let Some((got, asked)) = counts.get_mut((last >> 1) as usize)
            {
                *got += u64::from(last & 1);
                *asked += 1;
            }
        }
        counts
    }

    /// How many distinct subjects there are where some groups are taken together: `of` gives what each is
    /// counted in, of `many`.
    pub fn subjects_of(&self, of: &[Vec<u32>], many: usize) -> Vec<u64> {
        let mut counts = vec![0u64; many];
        let mut in_all: Vec<u32> = Vec::new();
        for same in self.met.iter().flat_map(|met| met.chunk_by(|a, b| a.0 == b.0)) {
            in_all.clear();
            in_all.extend(same.iter().filter_map(|(_, group)| of.get((group >> 1) as usize)).flatten());
            if same.len() > 1 {
                in_all.sort_unstable();
                in_all.dedup();
            }
            for n in &in_all {
                if let Some(count) = counts.get_mut(*n as usize) {
                    *count += 1;
                }
            }
        }
        counts
    }
}

/// Adds the values of another share; the numbers that its values have then.
pub fn together(all: &mut Vec<Stored>, other: &[Stored]) -> Vec<u32> {
    let mut known: HashMap<Stored, u32> = (0..).zip(all.iter()).map(|(n, value)| (value.clone(), n)).collect();
    let number = |value: &Stored| {
        *known.entry(value.clone()).or_insert_with_key(|value| {
            all.push(value.clone());
            all.len() as u32 - 1
        })
    };
    other.iter().map(number).collect()
}

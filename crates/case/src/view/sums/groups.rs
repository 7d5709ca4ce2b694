//! Requests by actor and something else: how many, when, and for how many distinct subjects.

use super::rows::{Classes, Part, RowKeys, Sets, parts};
use super::texts::{Subjects, Values};
use crate::error::Result;
use crate::postings::{Kind, Members, NONE, Postings};
use crate::tally::{Stored, kinds_of};
use crate::words::WordReader;
use hashbrown::HashMap;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of group and subject gathered before each is kept once.
const MOST_GATHERED: usize = 4 << 20;

/// Distinct subjects of groups.
#[derive(Default)]
struct Distinct {
    all: Vec<(u32, u64)>,
    most: usize,
}

impl Distinct {
    #[inline]
    fn add(&mut self, group: u32, subject: u64) {
        self.all.push((group, subject));
        if self.all.len() >= self.most.max(MOST_GATHERED) {
            self.tidy();
            self.most = self.all.len() * 2;
        }
    }
    fn tidy(&mut self) {
        self.all.sort_unstable();
        self.all.dedup();
    }
    /// How many each group has.
    fn counts(mut self, groups: usize) -> Vec<u64> {
        self.tidy();
        let mut counts = vec![0; groups];
        for (group, _) in self.all {
            if let Some(n) = counts.get_mut(group as usize) {
                *n += 1;
            }
        }
        counts
    }
}

#[derive(Clone, Copy, Debug)]
struct Sum {
    requests: u64,
    served: u64,
    first: i64,
    last: i64,
    /// Sets of lists of kinds, and of keys.
    exposes: u32,
    keys: u32,
}

impl Sum {
    const NONE: Self = Self { requests: 0, served: 0, first: NONE, last: NONE, exposes: 0, keys: 0 };

    #[inline]
    fn add(&mut self, row: &RowKeys, served: bool) {
        self.requests += 1;
        self.served += u64::from(served);
        if row.at != NONE {
            self.first = if self.first == NONE { row.at } else { self.first.min(row.at) };
            self.last = self.last.max(row.at);
        }
    }
}

fn time(at: i64) -> Option<i64> {
    (at != NONE).then_some(at)
}

/// Requests of one actor from one address.
#[derive(Clone, Debug)]
pub struct Pair {
    pub actor: Stored,
    pub address: Stored,
    pub key: Option<Vec<u8>>,
    pub kinds: Option<String>,
    pub requests: u64,
    pub served: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub got: u64,
    pub asked: u64,
}

/// None where texts can not be told, so that SQL has to read the rows.
pub fn by_address(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Vec<Pair>>> {
    let classes = Classes::read(db)?;
    let (mut actors, mut addresses, mut keys) = (Values::actors(db)?, Values::addresses(db)?, Values::keys(db)?);
    let mut subjects = Subjects::new(db, postings)?;
    let mut groups: HashMap<(u32, u32), u32> = HashMap::new();
    let (mut sums, mut sets, mut sets_of_keys) = (Vec::<Sum>::new(), Sets::default(), Sets::default());
    let (mut got, mut asked) = (Distinct::default(), Distinct::default());
    let mut columns = Part::default();
    let kinds = [Kind::Shape, Kind::Actor, Kind::Address, Kind::Subject, Kind::Key, Kind::Time];
    let whole = parts(postings, members, &mut |part, bits| {
        columns.read(postings, part, &kinds)?;
        for row in bits.rows() {
            let row = columns.row(row);
            let pair = (actors.of(row.actor, row.id)?, addresses.of(row.address, row.id)?, keys.of(row.key, row.id)?);
            let (Some(actor), Some(address), Some(key)) = pair else { return Ok(false) };
            let next = sums.len() as u32;
            let group = *groups.entry((actor, address)).or_insert(next);
            if group == next {
                sums.push(Sum::NONE);
            }
            let class = classes.of(row.shape);
            if row.subject != NONE {
                let Some(subject) = subjects.of(row.subject, row.id)? else { return Ok(false) };
                asked.add(group, subject);
                if class.served {
                    got.add(group, subject);
                }
            }
            if let Some(sum) = sums.get_mut(group as usize) {
                sum.add(&row, class.served);
                sum.exposes = sets.with(sum.exposes, class.exposes);
                sum.keys = sets_of_keys.with(sum.keys, key);
            }
        }
        Ok(true)
    })?;
    if !whole {
        return Ok(None);
    }
    let (got, asked) = (got.counts(sums.len()), asked.counts(sums.len()));
    let (actors, addresses, keys) = (actors.into_stored(), addresses.into_stored(), keys.into_stored());
    let mut lists = Lists::new(db, &classes.exposes);
    let (mut names, mut greatest) = (HashMap::new(), HashMap::new());
    let mut out = Vec::with_capacity(sums.len());
    for ((actor, address), group) in groups {
        let at = group as usize;
        let (Some(sum), Some(actor), Some(address)) = (sums.get(at), actors.get(actor as usize), addresses.get(address as usize))
        else {
            continue;
        };
        if !names.contains_key(&sum.exposes) {
            names.insert(sum.exposes, lists.names(sets.of(sum.exposes))?);
        }
        if !greatest.contains_key(&sum.keys) {
            greatest.insert(sum.keys, lists.greatest(&keys, sets_of_keys.of(sum.keys))?);
        }
        out.push(Pair {
            actor: actor.clone(),
            address: address.clone(),
            key: greatest.get(&sum.keys).cloned().flatten(),
            kinds: names.get(&sum.exposes).cloned().flatten(),
            requests: sum.requests,
            served: sum.served,
            first: time(sum.first),
            last: time(sum.last),
            got: got.get(at).copied().unwrap_or(0),
            asked: asked.get(at).copied().unwrap_or(0),
        });
    }
    out.sort_unstable_by(|a, b| (&a.actor, &a.address).cmp(&(&b.actor, &b.address)));
    Ok(Some(out))
}

/// The texts of lists of kinds of data, and of keys.
struct Lists<'a> {
    db: &'a Connection,
    words: WordReader,
    exposes: &'a [Stored],
}

impl<'a> Lists<'a> {
    fn new(db: &'a Connection, exposes: &'a [Stored]) -> Self {
        Self { db, words: WordReader::default(), exposes }
    }
    /// The kinds of one list, each once.
    fn kinds(&mut self, list: u32) -> Result<BTreeSet<Vec<u8>>> {
        let stored = self.exposes.get(list as usize).map_or(ValueRef::Null, Stored::value);
        let text = self.words.bytes(self.db, stored)?.unwrap_or_default();
        Ok(kinds_of(&text).map(<[u8]>::to_vec).collect())
    }
    /// The kinds of all lists, as one.
    fn names(&mut self, lists: &[u32]) -> Result<Option<String>> {
        let mut all = BTreeSet::new();
        for list in lists {
            all.extend(self.kinds(*list)?.iter().map(|k| String::from_utf8_lossy(k).into_owned()));
        }
        Ok((!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(",")))
    }
    fn greatest(&mut self, keys: &[Stored], of: &[u32]) -> Result<Option<Vec<u8>>> {
        let mut most = None;
        for key in of {
            let stored = keys.get(*key as usize).map_or(ValueRef::Null, Stored::value);
            most = most.max(self.words.bytes(self.db, stored)?);
        }
        Ok(most)
    }
}

/// Served requests of one actor for one kind of data.
#[derive(Clone, Debug)]
pub struct Exposed {
    pub actor: Stored,
    pub kind: Box<[u8]>,
    pub requests: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub subjects: u64,
}

/// None where texts can not be told.
pub fn by_kind(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Vec<Exposed>>> {
    let classes = Classes::read(db)?;
    let (mut actors, mut subjects) = (Values::actors(db)?, Subjects::new(db, postings)?);
    // By actor and list of kinds first: a row has one list, and several kinds.
    let mut groups: HashMap<(u32, u32), u32> = HashMap::new();
    let (mut sums, mut distinct) = (Vec::<Sum>::new(), Distinct::default());
    let mut columns = Part::default();
    let whole = parts(postings, members, &mut |part, bits| {
        columns.read(postings, part, &[Kind::Shape, Kind::Actor, Kind::Subject, Kind::Time])?;
        for row in bits.rows() {
            let row = columns.row(row);
            let class = classes.of(row.shape);
            let Some(actor) = actors.of(row.actor, row.id)? else { return Ok(false) };
            let next = sums.len() as u32;
            let group = *groups.entry((actor, class.exposes)).or_insert(next);
            if group == next {
                sums.push(Sum::NONE);
            }
            if row.subject != NONE {
                let Some(subject) = subjects.of(row.subject, row.id)? else { return Ok(false) };
                distinct.add(group, subject);
            }
            if let Some(sum) = sums.get_mut(group as usize) {
                sum.add(&row, true);
            }
        }
        Ok(true)
    })?;
    if !whole {
        return Ok(None);
    }
    distinct.tidy();
    let mut of_actor: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for ((actor, exposes), group) in groups {
        of_actor.entry(actor).or_default().push((exposes, group));
    }
    let actors = actors.into_stored();
    let mut lists = Lists::new(db, &classes.exposes);
    let mut kinds: HashMap<u32, BTreeSet<Vec<u8>>> = HashMap::new();
    let mut out = Vec::new();
    for (actor, mut groups) in of_actor {
        groups.sort_unstable();
        let mut of_kind: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (exposes, group) in groups {
            if !kinds.contains_key(&exposes) {
                kinds.insert(exposes, lists.kinds(exposes)?);
            }
            for kind in kinds.get(&exposes).into_iter().flatten() {
                of_kind.entry(kind.clone()).or_default().push(group);
            }
        }
        for (kind, groups) in of_kind {
            let mut sum = Exposed {
                actor: actors.get(actor as usize).cloned().unwrap_or(Stored::Null),
                kind: kind.into(),
                requests: 0,
                first: None,
                last: None,
                subjects: 0,
            };
            let mut members = Vec::new();
            for group in groups {
                let Some(part) = sums.get(group as usize) else { continue };
                sum.requests += part.requests;
                sum.first = [sum.first, time(part.first)].into_iter().flatten().min();
                sum.last = sum.last.max(time(part.last));
                let from = distinct.all.partition_point(|d| d.0 < group);
                let of_group = distinct.all.get(from..).unwrap_or_default();
                members.extend(of_group.iter().take_while(|d| d.0 == group).map(|d| d.1));
            }
            members.sort_unstable();
            members.dedup();
            sum.subjects = members.len() as u64;
            out.push(sum);
        }
    }
    out.sort_unstable_by(|a, b| (&a.actor, &a.kind).cmp(&(&b.actor, &b.kind)));
    Ok(Some(out))
}

//! Requests by actor and something else: how many, when, and for how many distinct subjects.

use super::rows::{Classes, Part, RowKeys, Sets, parts};
use super::texts::{Subjects, Values};
use crate::error::Result;
use crate::postings::{Kind, Members, NONE, Postings, is_text};
use crate::tally::{Stored, kinds_of};
use crate::words::WordReader;
use hashbrown::HashMap;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of group and subject gathered before each is kept once, 16 bytes each.
const MOST_GATHERED: usize = 4 << 20;

/// Distinct subjects of groups, and whether they were served: the lowest bit beside the number of the subject.
#[derive(Default)]
struct Distinct {
    all: Vec<(u32, u64)>,
    most: usize,
}

impl Distinct {
    #[inline]
    fn add(&mut self, group: u32, subject: u64, served: bool) {
        self.all.push((group, subject << 1 | u64::from(served)));
        if self.all.len() >= self.most.max(MOST_GATHERED) {
            self.tidy();
            self.most = self.all.len() * 2;
        }
    }
    fn tidy(&mut self) {
        self.all.sort_unstable();
        self.all.dedup();
    }
    /// How many each group has: those served, and all.
    fn counts(mut self, groups: usize) -> Vec<(u64, u64)> {
        self.tidy();
        let mut counts = vec![(0, 0); groups];
        for same in self.all.chunk_by(|a, b| (a.0, a.1 >> 1) == (b.0, b.1 >> 1)) {
            if let Some((group, last)) = same.last()
                && let Some((got, asked)) = counts.get_mut(*group as usize)
            {
                *got += last & 1;
                *asked += 1;
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

impl Pair {
    /// What a column of the view has, where that is a number.
    pub fn number(&self, column: &str) -> Option<Option<i64>> {
        match column {
            "requests" => Some(Some(self.requests.cast_signed())),
            "first" => Some(self.first),
            "last" => Some(self.last),
            "distinct_subjects" => Some(Some(self.got.cast_signed())),
            _ => None,
        }
    }
}

/// None where texts can not be told, so that SQL has to read the rows.
pub fn by_address(db: &Connection, postings: &Postings<'_>, members: &Members) -> Result<Option<Vec<Pair>>> {
    let classes = Classes::read(db)?;
    let (mut actors, mut addresses, mut keys) = (Values::actors(db)?, Values::addresses(db)?, Values::keys(db)?);
    let mut subjects = Subjects::new(db, postings)?;
    // By what postings hold, where that is no hash of a text.
    let mut of_keys: HashMap<(i64, i64), u32> = HashMap::new();
    let mut groups: HashMap<(u32, u32), u32> = HashMap::new();
    let (mut sums, mut sets, mut sets_of_keys) = (Vec::<Sum>::new(), Sets::default(), Sets::default());
    let mut distinct = Distinct::default();
    let mut places = Vec::new();
    let mut columns = Part::default();
    let kinds = [Kind::Shape, Kind::Actor, Kind::Address, Kind::Subject, Kind::Key, Kind::Time];
    let whole = parts(postings, members, &mut |part, bits| {
        columns.read(postings, part, &kinds)?;
        // Each step by itself for all rows: in one, each row would wait for memory several times.
        places.clear();
        for row in bits.rows() {
            let RowKeys { id, actor, address, .. } = columns.row(row);
            if let Some(known) = of_keys.get(&(actor, address)) {
                places.push((row, *known));
                continue;
            }
            let (Some(a), Some(b)) = (actors.of(actor, id)?, addresses.of(address, id)?) else { return Ok(false) };
            let next = groups.len() as u32;
            let group = *groups.entry((a, b)).or_insert(next);
            if !is_text(actor) && !is_text(address) {
                of_keys.insert((actor, address), group);
            }
            places.push((row, group));
        }
        sums.resize(groups.len(), Sum::NONE);
        for (row, group) in &places {
            let row = columns.row(*row);
            let class = classes.of(row.shape);
            let Some(key) = keys.of(row.key, row.id)? else { return Ok(false) };
            if let Some(sum) = sums.get_mut(*group as usize) {
                sum.add(&row, class.served);
                sum.exposes = sets.with(sum.exposes, class.exposes);
                sum.keys = sets_of_keys.with(sum.keys, key);
            }
            if row.subject != NONE {
                let Some(subject) = subjects.of(row.subject, row.id)? else { return Ok(false) };
                distinct.add(*group, subject, class.served);
            }
        }
        Ok(true)
    })?;
    if !whole {
        return Ok(None);
    }
    let subjects = distinct.counts(sums.len());
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
        let (got, asked) = subjects.get(at).copied().unwrap_or((0, 0));
        out.push(Pair {
            actor: actor.clone(),
            address: address.clone(),
            key: greatest.get(&sum.keys).cloned().flatten(),
            kinds: names.get(&sum.exposes).cloned().flatten(),
            requests: sum.requests,
            served: sum.served,
            first: time(sum.first),
            last: time(sum.last),
            got,
            asked,
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

impl Exposed {
    /// What a column of the view has, where that is a number.
    pub fn number(&self, column: &str) -> Option<Option<i64>> {
        match column {
            "subjects" => Some(Some(self.subjects.cast_signed())),
            "requests" => Some(Some(self.requests.cast_signed())),
            "first" => Some(self.first),
            "last" => Some(self.last),
            _ => None,
        }
    }
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
                distinct.add(group, subject, true);
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

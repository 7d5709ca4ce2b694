//! Requests by actor and address, and by actor and kind of data, as the views show them.

use super::buckets::Bounds;
use super::grouped::{Ground, Grouped, Second, grouped, time};
use super::rows::Classes;
use super::side::Asked;
use super::texts::Known;
use crate::error::Result;
use crate::tally::{Stored, kinds_of, one_of};
use crate::words::WordReader;
use hashbrown::HashMap;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};

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

/// Sums what is asked for; None where texts can not be told, so that SQL has to read the rows.
fn summed<T>(asked: &Asked<'_, '_>, second: Second, show: impl FnOnce(&Grouped, &Classes) -> Result<T>) -> Result<Option<T>> {
    let Asked { db, postings, .. } = *asked;
    let (classes, subjects) = (Classes::read(db)?, Known::subjects(db, postings)?);
    let (actors, addresses, keys) = (Known::actors(db)?, Known::addresses(db, postings)?, Known::keys());
    let bounds = Bounds::of(postings, subjects.len())?;
    let ground =
        Ground { classes: &classes, actors: &actors, addresses: &addresses, keys: &keys, subjects: &subjects, bounds: &bounds };
    grouped(asked, second, &ground)?.map(|all| show(&all, &classes)).transpose()
}

pub fn by_address(asked: &Asked<'_, '_>) -> Result<Option<Vec<Pair>>> {
    summed(asked, Second::Address, |all, classes| pairs(asked.db, all, classes))
}

fn pairs(db: &Connection, all: &Grouped, classes: &Classes) -> Result<Vec<Pair>> {
    let subjects = all.subjects();
    let mut lists = Lists::new(db, &classes.exposes);
    let (mut names, mut only) = (HashMap::new(), HashMap::new());
    let mut out = Vec::with_capacity(all.sums.len());
    for (((actor, address), sum), (got, asked)) in all.groups.iter().zip(&all.sums).zip(subjects) {
        let (Some(actor), Some(address)) = (all.actors.get(*actor as usize), all.others.get(*address as usize)) else { continue };
        if !names.contains_key(&sum.exposes) {
            names.insert(sum.exposes, lists.names(all.exposes.of(sum.exposes))?);
        }
        if !only.contains_key(&sum.keys) {
            only.insert(sum.keys, lists.only_key(&all.keys, all.sets_of_keys.of(sum.keys))?);
        }
        out.push(Pair {
            actor: actor.clone(),
            address: address.clone(),
            key: only.get(&sum.keys).cloned().flatten(),
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
    Ok(out)
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
    fn only_key(&mut self, keys: &[Stored], of: &[u32]) -> Result<Option<Vec<u8>>> {
        let mut only = None;
        for key in of {
            let stored = keys.get(*key as usize).map_or(ValueRef::Null, Stored::value);
            only = one_of(only, self.words.bytes(self.db, stored)?);
        }
        Ok(only)
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

pub fn by_kind(asked: &Asked<'_, '_>) -> Result<Option<Vec<Exposed>>> {
    summed(asked, Second::Class, |all, classes| kinds(asked.db, all, classes))
}

fn kinds(db: &Connection, all: &Grouped, classes: &Classes) -> Result<Vec<Exposed>> {
    let mut lists = Lists::new(db, &classes.exposes);
    let mut known: HashMap<u32, BTreeSet<Vec<u8>>> = HashMap::new();
    // A row has one list, and several kinds: what of `out` each group is counted in.
    let (mut places, mut of_group) = (BTreeMap::<(u32, Vec<u8>), u32>::new(), Vec::with_capacity(all.groups.len()));
    let mut out: Vec<Exposed> = Vec::new();
    for ((actor, class), sum) in all.groups.iter().zip(&all.sums) {
        let exposes = classes.of(*class).exposes;
        if !known.contains_key(&exposes) {
            known.insert(exposes, lists.kinds(exposes)?);
        }
        let mut counted_in = Vec::new();
        for kind in known.get(&exposes).into_iter().flatten() {
            let next = out.len() as u32;
            let place = *places.entry((*actor, kind.clone())).or_insert(next);
            if place == next {
                let actor = all.actors.get(*actor as usize).cloned().unwrap_or(Stored::Null);
                let kind = kind.clone().into();
                out.push(Exposed { actor, kind, requests: 0, first: None, last: None, subjects: 0 });
            }
            if let Some(all) = out.get_mut(place as usize) {
                all.requests += sum.requests;
                all.first = [all.first, time(sum.first)].into_iter().flatten().min();
                all.last = all.last.max(time(sum.last));
            }
            counted_in.push(place);
        }
        of_group.push(counted_in);
    }
    let subjects = all.subjects_of(&of_group, out.len());
    for (exposed, subjects) in out.iter_mut().zip(subjects) {
        exposed.subjects = subjects;
    }
    out.sort_unstable_by(|a, b| (&a.actor, &a.kind).cmp(&(&b.actor, &b.kind)));
    Ok(out)
}

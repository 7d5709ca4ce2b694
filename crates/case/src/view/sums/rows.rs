//! The rows that a question is about, with what is summed of them, from the postings alone.

use crate::error::Result;
use crate::postings::{Bits, Kind, PART_ROWS, Postings, is_text};
use crate::tally::Stored;
use hashbrown::HashMap;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// What shapes tell of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    pub served: bool,
    /// Its list of kinds of data, among those of `Classes`; 0 is none.
    pub exposes: u32,
}

pub struct Classes {
    of_shape: HashMap<i64, u32>,
    all: Vec<Class>,
    /// Lists of kinds, as they are stored.
    pub exposes: Vec<Stored>,
}

impl Classes {
    const NONE: Class = Class { served: false, exposes: 0 };

    pub fn read(db: &Connection) -> Result<Self> {
        let mut all = Self { of_shape: HashMap::new(), all: vec![Self::NONE], exposes: vec![Stored::Null] };
        let mut lists: HashMap<Stored, u32> = HashMap::from([(Stored::Null, 0)]);
        let mut known: HashMap<Class, u32> = HashMap::from([(Self::NONE, 0)]);
        let mut q = db.prepare_cached(
            "SELECT id, status IS NULL OR status BETWEEN 200 AND 299 OR exposes IS NOT NULL, exposes FROM shape",
        )?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let exposes = match row.get_ref(2)? {
                ValueRef::Integer(n) => Stored::Number(n),
                ValueRef::Text(b) | ValueRef::Blob(b) => Stored::Text(b.into()),
                ValueRef::Null | ValueRef::Real(_) => Stored::Null,
            };
            let exposes = *lists.entry(exposes).or_insert_with_key(|stored| {
                all.exposes.push(stored.clone());
                all.exposes.len() as u32 - 1
            });
            let class = Class { served: row.get(1)?, exposes };
            let n = *known.entry(class).or_insert_with(|| {
                all.all.push(class);
                all.all.len() as u32 - 1
            });
            all.of_shape.insert(row.get(0)?, n);
        }
        Ok(all)
    }
    pub fn number(&self, shape: i64) -> u32 {
        self.of_shape.get(&shape).copied().unwrap_or(0)
    }
    /// How many bits a number has at most.
    pub fn bits(&self) -> u32 {
        usize::BITS - self.all.len().leading_zeros()
    }
    pub fn of(&self, number: u32) -> Class {
        self.all.get(number as usize).copied().unwrap_or(Self::NONE)
    }
}

/// Sets of lists of kinds, each set once: few are met among millions of groups. 0 is the empty one.
pub struct Sets {
    all: Vec<Vec<u32>>,
    known: HashMap<Vec<u32>, u32>,
    with: HashMap<(u32, u32), u32>,
}

impl Default for Sets {
    fn default() -> Self {
        Self { all: vec![Vec::new()], known: HashMap::from([(Vec::new(), 0)]), with: HashMap::new() }
    }
}

impl Sets {
    /// The set with one more member; 0 adds nothing.
    #[inline]
    pub fn with(&mut self, set: u32, member: u32) -> u32 {
        if member == 0 {
            return set;
        }
        if let Some(known) = self.with.get(&(set, member)) {
            return *known;
        }
        let mut members = self.of(set).to_vec();
        if let Err(at) = members.binary_search(&member) {
            members.insert(at, member);
        }
        let next = self.all.len() as u32;
        let n = *self.known.entry(members).or_insert_with_key(|members| {
            self.all.push(members.clone());
            next
        });
        self.with.insert((set, member), n);
        n
    }
    pub fn union(&mut self, one: u32, other: u32) -> u32 {
        if one == other {
            return one;
        }
        let members = self.of(other).to_vec();
        members.into_iter().fold(one, |set, member| self.with(set, member))
    }
    pub fn of(&self, set: u32) -> &[u32] {
        self.all.get(set as usize).map_or(&[], Vec::as_slice)
    }
    /// Adds them to others, with the numbers that members have there; the numbers of the sets there.
    pub fn into(self, others: &mut Self, member: impl Fn(u32) -> u32) -> Vec<u32> {
        self.all.into_iter().map(|set| set.into_iter().fold(0, |to, m| others.with(to, member(m)))).collect()
    }
}

/// Gives the rows of a question that hold keys of a kind, with the number of what each key stands for;
/// false where that can not be told. `numbers` is given a key and a row that holds it. Other rows may come too.
pub fn numbered<T>(
    postings: &Postings<'_>,
    part: i64,
    kind: Kind,
    bits: &Bits,
    mut number: impl FnMut(i64, i64) -> Result<Option<T>>,
    mut take: impl FnMut(T, &[(i64, u32)]),
) -> Result<bool> {
    let mut told = true;
    postings.keys(part, kind, |key, rows| {
        // Rows with the hash of one text may have different texts.
        let alike = if is_text(key) { 1 } else { rows.len() };
        for rows in rows.chunks(alike) {
            let Some((_, row)) = rows.iter().find(|(_, row)| bits.has(*row)) else { continue };
            match number(key, part + i64::from(*row))? {
                Some(n) => take(n, rows),
                None => told = false,
            }
        }
        Ok(())
    })?;
    Ok(told)
}

/// What an actor and another value are together, as found last: most are found again soon.
pub struct Recent(Vec<(u32, u32, u32)>);

impl Default for Recent {
    fn default() -> Self {
        // No value has the number of what is not.
        Self(vec![(u32::MAX, u32::MAX, 0); Self::PLACES])
    }
}

impl Recent {
    const PLACES: usize = 1024;

    #[inline]
    pub fn of(&mut self, actor: u32, other: u32, find: impl FnOnce() -> u32) -> u32 {
        let Some(place) = self.0.get_mut(actor as usize % Self::PLACES) else { return find() };
        if (place.0, place.1) != (actor, other) {
            *place = (actor, other, find());
        }
        place.2
    }
}

/// A number for every row of a part.
pub fn cleared<T: Copy>(column: &mut Vec<T>, with: T) {
    column.clear();
    column.resize(PART_ROWS as usize, with);
}

#[inline]
pub fn put<T>(column: &mut [T], row: u32, value: T) {
    if let Some(slot) = column.get_mut(row as usize) {
        *slot = value;
    }
}

#[inline]
pub fn of(column: &[u32], n: u32) -> u32 {
    column.get(n as usize).copied().unwrap_or(0)
}

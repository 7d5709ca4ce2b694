//! The rows that a question is about, with what is summed of them, from the postings alone.

use crate::error::Result;
use crate::postings::{Bits, Kind, Members, Postings};
use crate::tally::Stored;
use hashbrown::HashMap;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// What shapes tell of a request.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    pub served: bool,
    /// Its list of kinds of data, among those of `Classes`; 0 is none.
    pub exposes: u32,
}

pub struct Classes {
    of_shape: HashMap<i64, Class>,
    /// As they are stored.
    pub exposes: Vec<Stored>,
}

impl Classes {
    pub fn read(db: &Connection) -> Result<Self> {
        let mut all = Self { of_shape: HashMap::new(), exposes: vec![Stored::Null] };
        let mut known: HashMap<Stored, u32> = HashMap::from([(Stored::Null, 0)]);
        let mut q = db.prepare_cached("SELECT id, status IS NULL OR status BETWEEN 200 AND 299, exposes FROM shape")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let exposes = match row.get_ref(2)? {
                ValueRef::Integer(n) => Stored::Number(n),
                ValueRef::Text(b) | ValueRef::Blob(b) => Stored::Text(b.into()),
                ValueRef::Null | ValueRef::Real(_) => Stored::Null,
            };
            let n = *known.entry(exposes).or_insert_with_key(|stored| {
                all.exposes.push(stored.clone());
                all.exposes.len() as u32 - 1
            });
            all.of_shape.insert(row.get(0)?, Class { served: row.get(1)?, exposes: n });
        }
        Ok(all)
    }
    #[inline]
    pub fn of(&self, shape: i64) -> Class {
        self.of_shape.get(&shape).copied().unwrap_or(Class { served: false, exposes: 0 })
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
    pub fn len(&self) -> u32 {
        self.all.len() as u32
    }
    pub fn of(&self, set: u32) -> &[u32] {
        self.all.get(set as usize).map_or(&[], Vec::as_slice)
    }
}

/// The columns of one part.
#[derive(Default)]
pub struct Part {
    pub first: i64,
    pub shape: Vec<i64>,
    pub actor: Vec<i64>,
    pub address: Vec<i64>,
    pub subject: Vec<i64>,
    pub key: Vec<i64>,
    pub at: Vec<i64>,
}

/// A row of a part.
#[derive(Clone, Copy, Debug)]
pub struct RowKeys {
    pub id: i64,
    pub shape: i64,
    pub actor: i64,
    pub address: i64,
    pub subject: i64,
    pub key: i64,
    pub at: i64,
}

impl Part {
    /// Reads these columns of a part; the others keep what they had.
    pub fn read(&mut self, postings: &Postings<'_>, part: i64, kinds: &[Kind]) -> Result<()> {
        self.first = part;
        for kind in kinds {
            let column = match kind {
                Kind::Shape => &mut self.shape,
                Kind::Actor => &mut self.actor,
                Kind::Address => &mut self.address,
                Kind::Subject => &mut self.subject,
                Kind::Key => &mut self.key,
                _ => &mut self.at,
            };
            postings.column(part, *kind, column)?;
        }
        Ok(())
    }
    #[inline]
    pub fn row(&self, row: u32) -> RowKeys {
        let of = |column: &Vec<i64>| column.get(row as usize).copied().unwrap_or(crate::postings::NONE);
        RowKeys {
            id: self.first + i64::from(row),
            shape: of(&self.shape),
            actor: of(&self.actor),
            address: of(&self.address),
            subject: of(&self.subject),
            key: of(&self.key),
            at: of(&self.at),
        }
    }
}

/// Every part that has rows of the question, and which.
pub fn parts(postings: &Postings<'_>, members: &Members, take: &mut dyn FnMut(i64, Bits) -> Result<bool>) -> Result<bool> {
    for part in postings.parts() {
        if let Some(bits) = members.bits(postings, *part)?
            && !take(*part, bits)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

//! Units of work between the reader of frames, the pool and the writer.

use crate::worker::protocol::{Digests, SourceBegin, SourceEnd, Task};
use artifacts::log::Layout;
use model::{Batch, Table};
use serde::{Deserialize, Serialize};

/// What goes through the pool, in the reader's order.
#[derive(Debug)]
pub enum Job {
    Rows(Batch),
    Lines { source: u32, profile: u16, layout: Layout, offset: u64, bytes: Vec<u8> },
    LinesEnd { source: u32 },
    Mark(Box<Mark>),
}

/// What needs no work but its place in the order.
#[derive(Debug)]
pub enum Mark {
    /// A task begins (or begins again behind a member that killed its reader): an import that is
    /// resumed starts over here.
    TaskBegin {
        n: u32,
        spec: Task,
        next_source: u32,
        next_task: u32,
    },
    TaskAdded {
        n: u32,
        spec: Task,
    },
    SourceBegin(SourceBegin),
    SourceEnd(SourceEnd),
    Blocks {
        source: u32,
        hashes: Vec<u8>,
    },
    /// The digests of the whole item, for its root source.
    Digests(Box<Digests>),
}

/// Rows of each table so far, by `Table as usize`; the source table is numbered elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters(pub [u64; 4]);

impl Counters {
    pub fn of(&self, table: Table) -> u64 {
        self.0[table as usize]
    }
    /// Takes the numbers of `rows` rows; returns the first.
    pub fn take(&mut self, table: Table, rows: u32) -> u64 {
        let first = self.0[table as usize];
        self.0[table as usize] += u64::from(rows);
        first
    }
}

/// A job with its rows numbered and hashed, for the writer.
pub struct Done {
    pub seq: u64,
    pub rows: Vec<HashedRows>,
    pub mark: Option<(Box<Mark>, Counters)>,
}

/// Rows of one batch. `leaves` starts at the first row that is not in the case yet.
pub struct HashedRows {
    pub batch: Batch,
    pub first: u64,
    /// Rows at the start of the batch that an interrupted import had already written.
    pub known: u32,
    pub leaves: Vec<ledger::Leaves>,
}

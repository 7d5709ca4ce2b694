//! How far an answer is, told while it is read.

use crate::error::{CaseError, Result};
use std::cell::Cell;
use std::sync::Arc;

/// What a question has read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Rows read.
    pub rows: u64,
    /// Rows that are to be read, where that is known before.
    pub of: Option<u64>,
    /// The file being read.
    pub item: String,
}

/// Is told now and then how far an answer is, and ends the work by answering false.
pub type Tell = Arc<dyn Fn(Reached) -> bool + Send + Sync>;

/// Rows between two that are told.
const STRIDE: u64 = 1_000;

/// Counts rows of a known number as they are read.
pub struct Counter {
    tell: Option<Tell>,
    rows: Cell<u64>,
    of: u64,
}

impl Counter {
    /// Tells at once how many rows there are.
    pub fn new(tell: Option<&Tell>, of: u64) -> Result<Self> {
        let counter = Self { tell: tell.cloned(), rows: Cell::new(0), of };
        counter.tell()?;
        Ok(counter)
    }

    /// One row more; an error where the work is to end.
    pub fn row(&self) -> Result<()> {
        let rows = self.rows.get() + 1;
        self.rows.set(rows);
        if rows.is_multiple_of(STRIDE) || rows == self.of { self.tell() } else { Ok(()) }
    }

    fn tell(&self) -> Result<()> {
        let Some(tell) = &self.tell else { return Ok(()) };
        let reached = Reached { rows: self.rows.get(), of: Some(self.of), item: String::new() };
        if tell(reached) { Ok(()) } else { Err(CaseError::Cancelled) }
    }
}

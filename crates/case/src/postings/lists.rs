//! Rows of a posting in the order of time, some thousands at a time, for questions that read all.

use super::Kind;
use super::read::{Bound, Postings};
use super::walk::{Members, Walk};
use crate::error::Result;

/// Rows of one list.
const ROWS: usize = 8192;

pub struct Lists<'p, 'a>([Walk<'p, 'a>; 2]);

impl<'p, 'a> Lists<'p, 'a> {
    /// Of the members, those without a time first.
    pub fn new(postings: &'p Postings<'a>, members: &'p Members) -> Result<Self> {
        let walk = |kind| Walk::new(postings, kind, members, None, None, false);
        Ok(Self([walk(Kind::Undated)?, walk(Kind::Time)?]))
    }

    /// The next ids, in order.
    pub fn next(&mut self) -> Result<Option<Vec<i64>>> {
        let mut ids = Vec::new();
        for walk in &mut self.0 {
            while ids.len() < ROWS {
                match walk.next()? {
                    Some(Bound { id, .. }) => ids.push(id),
                    None => break,
                }
            }
            // Those without a time stand in lists of their own, as SQL sorts each list.
            if !ids.is_empty() {
                return Ok(Some(ids));
            }
        }
        Ok(None)
    }
}

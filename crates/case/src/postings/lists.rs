//! Rows of a posting in the order of time, some thousands at a time, for questions that read all.

use super::Kind;
use super::read::{Bound, Postings};
use super::walk::{Members, Walk};
use crate::error::Result;

/// Rows of one list.
const ROWS: usize = 8192;

pub struct Lists<'p, 'a> {
    /// None: one list, of all rows there are.
    walks: Option<[Walk<'p, 'a>; 2]>,
    ended: bool,
}

impl<'p, 'a> Lists<'p, 'a> {
    /// Of the members, those without a time first; where there are none, of every row.
    pub fn new(postings: &'p Postings<'a>, members: Option<&'p Members>) -> Result<Self> {
        let walk = |kind, members| Walk::new(postings, kind, members, None, None, false);
        let walks = match members {
            Some(m) => Some([walk(Kind::Undated, m)?, walk(Kind::Time, m)?]),
            None => None,
        };
        Ok(Self { walks, ended: false })
    }

    /// The next ids, in order; Some(None) for all rows.
    pub fn next(&mut self) -> Result<Option<Option<Vec<i64>>>> {
        let Some(walks) = &mut self.walks else {
            return Ok(if std::mem::replace(&mut self.ended, true) { None } else { Some(None) });
        };
        let mut ids = Vec::new();
        for walk in walks {
            while ids.len() < ROWS {
                match walk.next()? {
                    Some(Bound { id, .. }) => ids.push(id),
                    None => break,
                }
            }
            // Those without a time stand in lists of their own, as SQL sorts each list.
            if !ids.is_empty() {
                return Ok(Some(Some(ids)));
            }
        }
        Ok(None)
    }
}

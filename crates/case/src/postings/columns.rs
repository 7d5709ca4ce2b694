//! The keys of one part by row, for questions that sum over rows instead of looking for some.

use super::read::Postings;
use super::segment::PART_ROWS;
use super::walk::{KeyRange, each};
use super::{Kind, LAST_TEXT_KEY, TEXT_KEYS};
use crate::error::Result;

/// What a row has that holds no key of a kind. No import writes such a key: numbers have 18 digits at most.
pub const NONE: i64 = i64::MIN;

impl KeyRange {
    pub fn all(kind: Kind) -> Self {
        Self { kind, from: i64::MIN, to: i64::MAX }
    }
    /// Those of texts.
    pub fn texts(kind: Kind) -> Self {
        Self { kind, from: TEXT_KEYS, to: LAST_TEXT_KEY }
    }
}

/// Whether a key is that of a text, which other texts may share.
pub fn is_text(key: i64) -> bool {
    (TEXT_KEYS..=LAST_TEXT_KEY).contains(&key)
}

impl Postings<'_> {
    /// The key that each row of a part holds.
    pub fn column(&self, part: i64, kind: Kind, keys: &mut Vec<i64>) -> Result<()> {
        keys.clear();
        keys.resize(PART_ROWS as usize, NONE);
        each(self, part, KeyRange::all(kind), &mut |(key, row)| {
            if let Some(slot) = keys.get_mut(*row as usize) {
                *slot = *key;
            }
        })
    }

    /// Keys and their rows in a part, by key and row.
    pub fn pairs(&self, part: i64, keys: KeyRange, take: &mut dyn FnMut(i64, u32)) -> Result<()> {
        each(self, part, keys, &mut |(key, row)| take(*key, *row))
    }

    /// Whether there are keys of texts.
    pub fn has_texts(&self, kind: Kind) -> Result<bool> {
        Ok(self.count(kind, TEXT_KEYS, LAST_TEXT_KEY)? > 0)
    }
}

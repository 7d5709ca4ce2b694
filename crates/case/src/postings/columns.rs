//! The keys of one part by row, for questions that sum over rows instead of looking for some.

use super::read::Postings;
use super::segment::Pair;
use super::walk::{KeyRange, each, slices};
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
    /// Keys and their rows in a part, by key and row.
    pub fn pairs(&self, part: i64, keys: KeyRange, mut take: impl FnMut(i64, u32)) -> Result<()> {
        each(self, part, keys, |(key, row)| take(*key, *row))
    }

    /// All pairs of a kind in a part, some at a time.
    pub fn pieces(&self, part: i64, kind: Kind, take: impl FnMut(&[Pair])) -> Result<()> {
        slices(self, part, KeyRange::all(kind), take)
    }

    /// All keys of a kind in a part, each with its rows, which may come in several pieces.
    pub fn keys(&self, part: i64, kind: Kind, mut take: impl FnMut(i64, &[Pair]) -> Result<()>) -> Result<()> {
        let mut done = Ok(());
        self.pieces(part, kind, |pairs| {
            for same in pairs.chunk_by(|a, b| a.0 == b.0) {
                if let (Ok(()), Some((key, _))) = (&done, same.first()) {
                    done = take(*key, same);
                }
            }
        })?;
        done
    }

    /// Whether there are keys of texts.
    pub fn has_texts(&self, kind: Kind) -> Result<bool> {
        Ok(self.count(kind, TEXT_KEYS, LAST_TEXT_KEY)? > 0)
    }
}

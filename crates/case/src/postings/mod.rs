//! Postings: which rows of `event` hold a key, and all rows by time. Built while rows are written,
//! 262,144 rows at a time, by sorting pairs in memory; never merged, so that an import needs no
//! second pass and the same memory at any size. Reading merges the parts. Not hashed: `verify`
//! builds them anew from the rows and compares the bytes. docs/decisions/0007 says why.

mod build;
mod columns;
mod digits;
mod lists;
mod read;
mod segment;
mod texts;
mod walk;

#[cfg(test)]
pub use build::read_tail;
pub use build::{Builder, Keys, LAST_TEXT_KEY, TEXT_KEYS, drop_tail, store, text_key, value_key};
pub use columns::{NONE, is_text};
pub use digits::grams;
pub use lists::Lists;
pub use read::{Bound, Postings};
pub use segment::{PAIRS, PART_ROWS};
pub use walk::{Bits, KeyRange, Members, Set, Walk, count_of, ids};

/// What a posting is by. Numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Microseconds of `at`.
    Time = 1,
    /// Rows without `at`; all have the key 0.
    Undated = 2,
    Shape = 3,
    Actor = 4,
    Address = 5,
    Subject = 6,
    Agent = 7,
    Object = 8,
    /// Not pairs: see `digits`.
    Digits = 9,
    /// Not pairs: see `texts`. Objects and agents that stand in their rows.
    ObjectTexts = 10,
    AgentTexts = 11,
    Key = 12,
}

impl Kind {
    /// Those that are pairs.
    pub const ALL: [Self; 9] =
        [Self::Time, Self::Undated, Self::Shape, Self::Actor, Self::Address, Self::Subject, Self::Agent, Self::Object, Self::Key];
}

/// Bits of an id below the part: six of the kind, twelve of the segment. `id = import << 40 | part
/// << 18 | kind << 12 | n`; n = 0 is the directory, segments count from 1.
fn id(first_row: i64, kind: Kind, n: usize) -> i64 {
    first_row | i64::from(kind as u8) << 12 | (n as i64 & 0xfff)
}

/// The id of the first row of the part that a row is in.
fn part_of(row_id: i64) -> i64 {
    row_id & !(i64::from(segment::PART_ROWS) - 1)
}

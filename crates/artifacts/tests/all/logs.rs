//! Small logs, written for the case at hand, through detection, splitter and parser.

use crate::formats::{best, read};
use crate::rows::event;
use artifacts::log::{Block, LineParser, Lost, Profiles, Splitter, Unread};
use std::convert::Infallible;

pub struct Read {
    pub profile: String,
    /// As `rows::event` writes them.
    pub rows: Vec<String>,
    pub unread: Unread,
    pub lost: Lost,
}

/// None where no profile reads it. Chunks of any length give the same.
pub fn log(text: &[u8]) -> Option<Read> {
    let profiles = Profiles::builtin();
    let found = best("a.log", text, &profiles)?;
    let profile = &profiles.all()[found.profile];
    let (batch, unread, lost) = read(profile, &found, text, 1 << 20);
    for step in [7, 300_000] {
        if text.len() / step < 20_000 {
            let (other, same, _) = read(profile, &found, text, step);
            assert!((&batch.buffer, &unread) == (&other.buffer, &same), "chunks of {step} change rows");
        }
    }
    let mut rows = Vec::new();
    let mut splitter = Splitter::new(profile, found.layout.clone());
    let mut take = |block: Block<'_>| {
        let whole = [block.carry, block.bytes].concat();
        LineParser::new(profile).each(0, block.layout, block.offset, &whole, &mut Unread::default(), |e, _| {
            rows.push(event(e));
            Ok::<(), Infallible>(())
        })
    };
    let Ok(()) = splitter.push(text, &mut take);
    let Ok(_) = splitter.finish(&mut take);
    Some(Read { profile: profile.name().to_owned(), rows, unread, lost })
}

/// Each row has all parts that ` & ` separates; one behind `!` it has not.
#[track_caller]
pub fn rows(text: &str, profile: &str, expected: &[&str]) -> Read {
    let read = log(text.as_bytes()).unwrap_or_else(|| panic!("of no profile: {text}"));
    assert_eq!(read.profile, profile, "{text}");
    assert_eq!(read.rows.len(), expected.len(), "{:#?} {:?}", read.rows, read.unread);
    for (row, parts) in read.rows.iter().zip(expected) {
        for part in parts.split(" & ") {
            let absent = part.strip_prefix('!');
            assert_eq!(row.contains(absent.unwrap_or(part)), absent.is_none(), "{part}: {row}");
        }
    }
    read
}

//! The times a file system records of a file: one event a distinct value.

use crate::{Claim, Facts, Input, Parser};
use model::{Action, Event, FileEntry, Moment, NameState, Precision, Sink, Span, Stamp, StampKind, State, Stop, Value};
use std::io::Write as _;

pub const PARSER: Parser = Parser {
    id: 1,
    name: "file_times",
    version: 1,
    about: "Times of files and directories as their file system records them, allocated and deleted.",
    format: "[MS-FSCC] 2.4.7; Microsoft exFAT and FAT32 specifications; Linux kernel documentation, ext4",
    limits: &[
        "A recorded time says what the file system was told; programs can set most of them at will.",
        "Stamps of one entry that have the same value make one row; a time of deletion always has its own.",
        "FAT keeps local time without a zone, and of the last access only the day.",
    ],
    claims,
    companions: &[],
    parse,
};

fn claims(_: &Facts<'_>) -> Claim {
    Claim::No
}

/// Entries come from a file system's walk, not from a file.
fn parse(_: &Input<'_>, _: &mut dyn Sink) -> Result<(), Stop> {
    Ok(())
}

/// Stamps of one entry that are looked at; a format has at most nine kinds.
const MAX_STAMPS: usize = 16;

/// One event for each distinct time of the entry, in the order of its stamps. Spans lie in the
/// volume the entry was read from.
pub fn events(entry: &FileEntry, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut owner = [0u8; 16];
    let actor = actor(entry, &mut owner);
    let mut done = [false; MAX_STAMPS];
    for (i, stamp) in entry.stamps.iter().enumerate().take(MAX_STAMPS) {
        if done.get(i).copied().unwrap_or(true) {
            continue;
        }
        let mut origin = [Span::here(0, 0); MAX_STAMPS];
        let mut labels = Vec::with_capacity(4);
        let same = entry.stamps.iter().enumerate().take(MAX_STAMPS).skip(i).filter(|(_, s)| alike(stamp, s));
        for ((j, s), span) in same.zip(&mut origin) {
            *span = Span::here(s.offset, u64::from(s.length));
            labels.push(Value::from(s.kind.label()));
            if let Some(d) = done.get_mut(j) {
                *d = true;
            }
        }
        let count = labels.len();
        let action = if count > 1 { Action::FileTimes } else { action(stamp.kind) };
        let mut digits = [0u8; 20];
        let mut more = Vec::with_capacity(5);
        more.push(("count", Value::Uint(count as u64)));
        if let Some(raw) = raw_text(&stamp.moment, stamp.raw, &mut digits) {
            more.push(("raw", Value::Text(raw)));
        }
        if let Some(record) = entry.record {
            more.push(("record", Value::Uint(record)));
        }
        more.push(("size", Value::Uint(entry.size)));
        more.push(("stamps", Value::List(labels)));
        sink.event(&Event {
            action,
            state: state(entry),
            at: Some(stamp.moment),
            actor,
            object: Some(&entry.path),
            subject: None,
            request: None,
            more: &more,
            origin: origin.get(..count).unwrap_or_default(),
        })?;
    }
    Ok(())
}

/// Whether two stamps hold the same value. A deletion is kept apart: merged with other times it
/// would no longer be found as one.
fn alike(a: &Stamp, b: &Stamp) -> bool {
    let deleted = |s: &Stamp| s.kind == StampKind::Deleted;
    a.moment == b.moment && (a.raw == b.raw || a.moment.precision != Precision::SubMicro) && deleted(a) == deleted(b)
}

fn action(kind: StampKind) -> Action {
    match kind {
        StampKind::Modified | StampKind::NameModified => Action::Modified,
        StampKind::Accessed | StampKind::NameAccessed => Action::Accessed,
        StampKind::Changed | StampKind::NameChanged => Action::MetadataChanged,
        StampKind::Created | StampKind::NameCreated => Action::Created,
        StampKind::Deleted => Action::Deleted,
    }
}

fn state(entry: &FileEntry) -> State {
    if entry.from_journal {
        return State::Journal;
    }
    match entry.verdict.name {
        NameState::Allocated => State::Live,
        NameState::Deleted => State::Deleted,
        NameState::Trashed => State::Trashed,
    }
}

/// The owner as an account: the SID, or `uid:1000`.
fn actor<'a>(entry: &'a FileEntry, scratch: &'a mut [u8; 16]) -> Option<&'a [u8]> {
    if let Some(sid) = &entry.owner.sid {
        return Some(sid.as_bytes());
    }
    let uid = entry.owner.uid?;
    let mut rest = scratch.as_mut_slice();
    let room = rest.len();
    write!(rest, "uid:{uid}").ok()?;
    let used = room.saturating_sub(rest.len());
    scratch.get(..used)
}

/// The value as recorded, where microseconds do not hold it: a FILETIME with a last digit that is
/// not 0, or a Unix time with nanoseconds that are no whole microseconds.
pub(crate) fn raw_text<'a>(moment: &Moment, raw: u64, scratch: &'a mut [u8; 20]) -> Option<&'a [u8]> {
    if moment.precision != Precision::SubMicro {
        return None;
    }
    if Moment::from_filetime(raw) == Some(*moment) && raw.is_multiple_of(10) {
        return None;
    }
    let mut rest = scratch.as_mut_slice();
    let room = rest.len();
    write!(rest, "{raw}").ok()?;
    let used = room.saturating_sub(rest.len());
    scratch.get(..used)
}

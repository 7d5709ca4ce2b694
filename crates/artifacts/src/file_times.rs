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

/// The value as recorded, where microseconds do not hold it: a FILETIME whose last digit is not 0,
/// or a Unix time with nanoseconds that are no whole microseconds. A range has no single value.
pub(crate) fn raw_text<'a>(moment: &Moment, raw: u64, scratch: &'a mut [u8; 20]) -> Option<&'a [u8]> {
    let fine = moment.precision == Precision::SubMicro && moment.until.is_none();
    let held = Moment::from_filetime(raw) == Some(*moment) && raw.is_multiple_of(10)
        || unix(raw).is_some_and(|(m, nanos)| m == *moment && nanos.is_multiple_of(1000));
    if !fine || held {
        return None;
    }
    let mut rest = scratch.as_mut_slice();
    let room = rest.len();
    write!(rest, "{raw}").ok()?;
    let used = room.saturating_sub(rest.len());
    scratch.get(..used)
}

/// An ext4 time: seconds in the low half, epoch and nanoseconds in the high half. Source: Linux
/// kernel documentation, filesystems/ext4/inodes.rst.
fn unix(raw: u64) -> Option<(Moment, u32)> {
    let [a, b, c, d, e, f, g, h] = raw.to_le_bytes();
    let extra = u32::from_le_bytes([e, f, g, h]);
    let epoch = i64::from(extra & 3) << 32;
    let seconds = i64::from(i32::from_le_bytes([a, b, c, d])).checked_add(epoch)?;
    Some((Moment::from_unix(seconds, extra >> 2, Precision::SubMicro)?, extra >> 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ContentState, EntryKind, Finding, Owner, RecordState, Verdict, Zone};

    #[derive(Default)]
    struct Rows(Vec<String>);

    impl Sink for Rows {
        fn event(&mut self, e: &Event<'_>) -> Result<(), Stop> {
            let mut more = Vec::new();
            model::Json::map(&mut more, e.more);
            let actor = e.actor.map(|a| String::from_utf8(a.to_vec()).unwrap()).unwrap_or_default();
            let spans: Vec<String> = e.origin.iter().map(|s| format!("{}+{}", s.offset, s.length)).collect();
            let at = e.at.unwrap();
            self.0.push(format!(
                "{} {} {} {actor} {} {}",
                e.action.label(),
                e.state.label(),
                at.micros,
                String::from_utf8(more).unwrap(),
                spans.join(" ")
            ));
            Ok(())
        }
        fn finding(&mut self, _: &Finding<'_>) -> Result<(), Stop> {
            unreachable!()
        }
    }

    fn stamp(kind: StampKind, moment: Moment, raw: u64, offset: u64) -> Stamp {
        Stamp { kind, moment, raw, offset, length: 8 }
    }

    fn rows(name: NameState, owner: Owner, from_journal: bool, stamps: Vec<Stamp>) -> Vec<String> {
        let entry = FileEntry {
            record: Some(42),
            sequence: None,
            parent: None,
            parent_sequence: None,
            path: b"home/a.txt".to_vec(),
            kind: EntryKind::File,
            verdict: Verdict {
                name,
                name_rule: "",
                record: RecordState::Unknown,
                record_rule: "",
                content: ContentState::Unknown,
                content_rule: "",
            },
            size: 7,
            stamps,
            attributes: 0,
            owner,
            links: 1,
            target: None,
            streams: Vec::new(),
            origin: Vec::new(),
            from_journal,
            more: Vec::new(),
        };
        let mut out = Rows::default();
        events(&entry, &mut out).unwrap();
        out.0
    }

    #[test]
    fn equal_stamps_make_one_row() {
        let filetime = |raw: u64| (Moment::from_filetime(raw).unwrap(), raw);
        let (a, raw_a) = filetime(134_066_163_067_890_120);
        let (b, raw_b) = filetime(134_066_163_067_890_123);
        let owner = Owner { sid: Some("S-1-5-18".into()), ..Owner::default() };
        let got = rows(
            NameState::Allocated,
            owner,
            false,
            vec![
                stamp(StampKind::Modified, a, raw_a, 10),
                // The same microsecond, but not the same value.
                stamp(StampKind::Accessed, b, raw_b, 20),
                stamp(StampKind::Created, a, raw_a, 30),
                stamp(StampKind::NameCreated, a, raw_a, 40),
            ],
        );
        assert_eq!(
            got,
            [
                r#"file times live 1762142706789012 S-1-5-18 {"count":3,"record":42,"size":7,"stamps":["modified","created","fn_created"]} 10+8 30+8 40+8"#,
                r#"accessed live 1762142706789012 S-1-5-18 {"count":1,"raw":"134066163067890123","record":42,"size":7,"stamps":["accessed"]} 20+8"#,
            ]
        );
    }

    #[test]
    fn a_deletion_keeps_its_own_row() {
        let at = Moment::from_unix(1_762_142_706, 0, Precision::Second).unwrap();
        let owner = Owner { uid: Some(1000), ..Owner::default() };
        let got = rows(
            NameState::Deleted,
            owner,
            false,
            vec![stamp(StampKind::Changed, at, 1, 0), stamp(StampKind::Modified, at, 1, 8), stamp(StampKind::Deleted, at, 1, 16)],
        );
        assert_eq!(
            got,
            [
                r#"file times deleted 1762142706000000 uid:1000 {"count":2,"record":42,"size":7,"stamps":["changed","modified"]} 0+8 8+8"#,
                r#"deleted deleted 1762142706000000 uid:1000 {"count":1,"record":42,"size":7,"stamps":["deleted"]} 16+8"#,
            ]
        );
    }

    #[test]
    fn zones_and_fractions() {
        let local = Moment { micros: 5, until: None, precision: Precision::TwoSeconds, zone: Zone::Unknown };
        let utc = Moment { zone: Zone::Utc, ..local };
        let nanos = |n: u32| (Moment::from_unix(9, n, Precision::SubMicro).unwrap(), u64::from(n << 2) << 32 | 9);
        let ((whole, raw_whole), (fine, raw_fine)) = (nanos(5000), nanos(5001));
        let got = rows(
            NameState::Trashed,
            Owner::default(),
            true,
            vec![
                stamp(StampKind::Modified, local, 1, 0),
                stamp(StampKind::Accessed, utc, 1, 8),
                stamp(StampKind::Changed, whole, raw_whole, 16),
                stamp(StampKind::Created, fine, raw_fine, 24),
            ],
        );
        assert_eq!(got.len(), 4);
        assert!(got.iter().all(|r| r.contains(" journal ")));
        assert_eq!(got.iter().map(|r| r.contains("\"raw\"")).collect::<Vec<_>>(), [false, false, false, true]);
    }
}

//! A walk stopped anywhere and resumed gives the same members, and one member's bytes again.

use super::common::{Record, sample, sha256, source, walk_with, walked};
use evidence::archive::{Limits, read_member};
use model::Stop;

const ARCHIVES: &[&str] = &[
    "plain.zip",
    "nested.zip",
    "descriptors.zip",
    "no-directory.zip",
    "no-directory-descriptors.zip",
    "hidden-member.zip",
    "cut.zip",
    "ustar.tar",
    "gnu.tar",
    "lost-header.tar",
    "logs.tar.gz",
    "logs.tar.bz2",
    "logs.tar.xz",
    "logs.tar.zst",
    "cut.tar.gz",
    "two.log.gz",
];

#[test]
fn resumed_walks_join() {
    for name in ARCHIVES {
        for limits in [Limits::default(), Limits { nested_in_memory: 1000, ..Limits::default() }] {
            let mut whole = Record::default();
            walk_with(&sample(name), name, &limits, 0, &mut whole);
            for cut in 1..=whole.given.len() as u32 {
                let mut first = Record { stop_after: cut, ..Record::default() };
                walk_with(&sample(name), name, &limits, 0, &mut first);
                let mut rest = Record::default();
                walk_with(&sample(name), name, &limits, cut, &mut rest);
                for archive in &rest.within {
                    assert_eq!(archive, &whole.given[archive.ordinal as usize - 1].member, "{name} after {cut}");
                }
                first.given.append(&mut rest.given);
                first.notes.append(&mut rest.notes);
                assert_eq!(first.given, whole.given, "{name} after {cut}");
                assert_eq!(first.notes, whole.notes, "{name} after {cut}");
            }
        }
    }
}

#[test]
fn refused_members_keep_the_numbers() {
    for name in ARCHIVES {
        let whole = walked(name);
        let mut record = Record { refuse: Some(|m| m.ordinal % 2 == 1), ..Record::default() };
        walk_with(&sample(name), name, &Limits::default(), 0, &mut record);
        let members = |r: &Record| r.given.iter().map(|g| g.member.clone()).collect::<Vec<_>>();
        assert_eq!(members(&record), members(&whole), "{name}");
        for (a, b) in record.given.iter().zip(&whole.given) {
            assert_eq!(a.bytes, if a.member.ordinal % 2 == 1 { 0 } else { b.bytes }, "{name}");
        }
    }
}

#[test]
fn members_again() {
    let limits = Limits::default();
    for name in ARCHIVES {
        let whole = walked(name);
        for g in &whole.given {
            let read = |offset: u64, length: usize| {
                read_member(source(sample(name)), name.as_bytes(), g.member.ordinal, offset, length, &limits).unwrap()
            };
            let all = read(0, usize::MAX);
            assert_eq!((all.len() as u64, sha256(&all)), (g.bytes, g.sha256.clone()), "{name}: {}", g.member.ordinal);
            for (offset, length) in [(0, 16), (10, 1000), (20_000, 100), (g.bytes, 5), (u64::MAX, 5)] {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
                let to = from.saturating_add(length).min(all.len());
                assert_eq!(read(offset, length), &all[from..to], "{name}: {} from {offset}", g.member.ordinal);
            }
        }
        let none = read_member(source(sample(name)), name.as_bytes(), whole.given.len() as u32 + 1, 0, 1, &limits);
        assert!(matches!(none, Err(Stop::Io(e)) if e.kind() == std::io::ErrorKind::NotFound));
    }
}

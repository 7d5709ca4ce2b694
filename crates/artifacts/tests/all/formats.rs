//! Each log format against the ground truth of its samples, cut and flipped.

use crate::conformance::{Seed, samples};
use artifacts::Facts;
use artifacts::log::{BUILTIN, Block, Candidate, Encoding, LineParser, Lost, Profile, Profiles, Splitter, Unread, candidates};
use model::{Batch, EventHeader, Table};
use std::collections::BTreeSet;
use std::convert::Infallible;

pub struct Expected {
    pub file: String,
    pub profile: String,
    rows: u64,
    unread: u64,
    first: Vec<String>,
}

pub fn expected() -> Vec<Expected> {
    let text = std::fs::read_to_string(samples().join("formats.tsv")).unwrap();
    let line = |l: &str| {
        let fields: Vec<String> = l.split('\t').map(str::to_owned).collect();
        Expected {
            file: fields[0].clone(),
            profile: fields[1].clone(),
            rows: fields[2].parse().unwrap(),
            unread: fields[3].parse().unwrap(),
            first: fields[4..].to_vec(),
        }
    };
    text.lines().skip(1).map(line).collect()
}

pub fn best(name: &str, bytes: &[u8], profiles: &Profiles) -> Option<Candidate> {
    let head = &bytes[..bytes.len().min(65_536)];
    let facts = Facts { path: name.as_bytes(), stream: b"", size: bytes.len() as u64, head, file_system: None };
    let all: Vec<&Profile> = profiles.all().iter().collect();
    candidates(&facts, &all).into_iter().next()
}

/// A file as the importer reads it: chunks of `step` bytes into blocks, each read by itself.
pub fn read(profile: &Profile, best: &Candidate, bytes: &[u8], step: usize) -> (Batch, Unread, Lost) {
    let mut batch = Batch::new(Table::Event);
    let mut unread = Unread::default();
    let mut splitter = Splitter::new(profile, best.layout.clone());
    let mut take = |block: Block<'_>| {
        let whole = [block.carry, block.bytes].concat();
        if block.layout.encoding == Encoding::Utf8 {
            assert_eq!(whole, bytes[block.offset as usize..block.offset as usize + whole.len()]);
        }
        LineParser::new(profile).records(0, block.layout, block.offset, &whole, &mut batch, &mut unread);
        Ok::<(), Infallible>(())
    };
    for chunk in bytes.chunks(step) {
        let Ok(()) = splitter.push(chunk, &mut take);
    }
    let Ok(lost) = splitter.finish(&mut take);
    (batch, unread, lost)
}

fn text(b: Option<&[u8]>) -> String {
    b.map_or("-".to_owned(), |b| String::from_utf8_lossy(b).into_owned())
}

#[test]
fn every_format_gives_what_its_sample_holds() {
    let profiles = Profiles::builtin();
    let mut seen = BTreeSet::new();
    for e in expected() {
        let bytes = std::fs::read(samples().join(&e.file)).unwrap();
        let found = best(&e.file, &bytes, &profiles).unwrap_or_else(|| panic!("{} is of no profile", e.file));
        let profile = &profiles.all()[found.profile];
        assert_eq!(profile.name(), e.profile, "{}", e.file);
        seen.insert(e.profile.clone());
        for step in [1 << 20, 61, 7] {
            let (batch, unread, lost) = read(profile, &found, &bytes, step);
            assert_eq!(
                (u64::from(batch.rows), unread.total(), lost.too_long_count),
                (e.rows, e.unread, 0),
                "{} by {step}: {unread:?}",
                e.file
            );
            assert_eq!(lost.unclosed, None, "{}", e.file);
            let row = batch.iter().next().unwrap().unwrap();
            let header = EventHeader::decode(row.header).unwrap();
            let [actor, object, ..] = row.fields().unwrap();
            let address = row.request().unwrap().and_then(|(q, _)| q.address.map(<[u8]>::to_vec));
            let first = [
                header.at.map_or("-".to_owned(), |m| m.micros.to_string()),
                text(actor.as_bytes()),
                text(address.as_deref()),
                text(object.as_bytes()),
            ];
            assert_eq!(first.as_slice(), e.first, "{}", e.file);
        }
    }
    // The others are checked against regular expressions and the generator.
    seen.extend(["combined", "common", "gateway", "nginx", "vhost_combined"].map(str::to_owned));
    assert_eq!(seen, BUILTIN.iter().map(|b| b.0.to_owned()).collect());
}

/// Rows and unread records account for every byte that is neither between records nor passed over.
#[test]
fn damage_loses_no_record_and_breaks_no_reader() {
    let profiles = Profiles::builtin();
    for e in expected() {
        let whole = std::fs::read(samples().join(&e.file)).unwrap();
        let mut seed = Seed(0xF0_0D + whole.len() as u64);
        for round in 0..60 {
            let mut bytes = whole.clone();
            if round % 2 == 0 {
                bytes.truncate(seed.next(whole.len()));
            }
            for _ in 0..seed.next(5) {
                if let Some(b) = bytes.get_mut(seed.next(whole.len())) {
                    *b = seed.next(256) as u8;
                }
            }
            let Some(found) = best(&e.file, &bytes, &profiles) else { continue };
            let profile = &profiles.all()[found.profile];
            let (batch, unread, _) = read(profile, &found, &bytes, 512);
            let (other, same, _) = read(profile, &found, &bytes, 100_000);
            assert_eq!((&batch.buffer, &unread), (&other.buffer, &same), "{}: chunks change rows", e.file);
            for row in other.iter() {
                let header = EventHeader::decode(row.unwrap().header).unwrap();
                assert!(header.spans.iter().all(|s| s.offset + s.length <= bytes.len() as u64), "{}", e.file);
            }
        }
    }
}

#[test]
fn a_record_without_end_takes_no_memory() {
    let profiles = Profiles::builtin();
    for (name, head, filler, tail, rows) in [
        (
            "x.json",
            &br#"{"Records":[{"eventTime":"2025-06-24T07:20:34Z","eventSource":"a","eventName":"b"},{"x":""#[..],
            b'y',
            &br#""},{"eventTime":"2025-06-24T07:20:34Z","eventSource":"a","eventName":"c"}]}"#[..],
            2,
        ),
        (
            "x.csv",
            &b"time,user\n2025-06-24T07:20:34Z,mira\n2025-06-24T07:20:34Z,\""[..],
            b'y',
            &b"\"\n2025-06-24T07:20:34Z,jun\n"[..],
            2,
        ),
        (
            "x.export",
            &b"__REALTIME_TIMESTAMP=1\nMESSAGE=a\n\nMESSAGE="[..],
            b'y',
            &b"\n\n__REALTIME_TIMESTAMP=2\nMESSAGE=b\n\n"[..],
            2,
        ),
        (
            "x.log",
            &b"<34>1 2025-06-24T07:20:34Z h a - - - m\n<34>1 2025-06-24T07:20:34Z h a - - - "[..],
            b'y',
            &b"\n<34>1 2025-06-24T07:20:34Z h a - - - m\n"[..],
            2,
        ),
    ] {
        let mut bytes = head.to_vec();
        bytes.resize(head.len() + (3 << 20), filler);
        bytes.extend_from_slice(tail);
        let found = best(name, &bytes, &profiles).unwrap_or_else(|| panic!("{name}"));
        let profile = &profiles.all()[found.profile];
        let (batch, unread, lost) = read(profile, &found, &bytes, 65_536);
        assert_eq!(
            (batch.rows, unread.total() + lost.too_long_count),
            (rows, 1),
            "{name}: {lost:?} {:?}",
            unread.reasons().collect::<Vec<_>>()
        );
        let (offset, length) = lost.too_long[0];
        assert!(length > 3 << 20 && offset + length <= bytes.len() as u64, "{name}: {offset}+{length}");
    }
}

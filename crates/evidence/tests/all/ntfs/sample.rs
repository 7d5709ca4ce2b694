//! The sample volume: names, times and content as The Sleuth Kit has them, and as they were written.

use super::common::*;
use model::{ContentState, EntryKind, FileEntry, NameState, RecordState, StampKind};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn names_are_those_of_fls() {
    let seen = walk(&*opened(&source(sample())));
    let mut ours = BTreeSet::new();
    for e in seen.entries.iter().filter(|e| !from_index(e) && !e.path.is_empty()) {
        let state = if e.verdict.name == NameState::Deleted { "deleted" } else { "live" };
        let row = |path: String| (e.record.unwrap(), state.to_owned(), path);
        for stream in &e.streams {
            let name = if stream.name.is_empty() { String::new() } else { format!(":{}", text(&stream.name)) };
            ours.insert(row(format!("{}{name}", text(&e.path))));
        }
        if e.content().is_none() && e.kind != EntryKind::File && text(&e.path) != "$Secure" {
            ours.insert(row(text(&e.path)));
        }
    }
    let mut theirs = BTreeSet::new();
    for row in table("names.tsv") {
        // The other tool lists named indexes as well, and counts no entry for what has only those.
        let index = row[2] == "144" && row[3].contains(':');
        if index && row[3].starts_with("$Extend/") {
            let (path, _) = row[3].split_once(':').unwrap();
            theirs.insert((row[0].parse().unwrap(), row[1].clone(), path.to_owned()));
        }
        if !index {
            theirs.insert((row[0].parse().unwrap(), row[1].clone(), row[3].clone()));
        }
    }
    assert_eq!(ours, theirs);
}

#[test]
fn content_is_that_of_icat() {
    let volume = source(sample());
    let fs = opened(&volume);
    let seen = walk(&*fs);
    let mut ours = BTreeSet::new();
    for e in seen.entries.iter().filter(|e| !from_index(e)) {
        // Clusters in use again read as zeros here, and as what others wrote there to icat.
        let masked = matches!(e.verdict.content, ContentState::PartlyOverwritten | ContentState::Overwritten);
        for s in e.streams.iter().filter(|s| s.name != b"$Bad" && !masked) {
            let form = if s.flags.resident { "resident" } else { "non-resident" };
            let sizes = if s.flags.resident { (s.size, s.size) } else { (s.size, s.initialized) };
            ours.insert((e.record.unwrap(), text(&s.name), form.to_owned(), sizes, sha256(&*fs, e.record, s)));
        }
    }
    let records: BTreeSet<u64> = ours.iter().map(|(record, ..)| *record).collect();
    let theirs: BTreeSet<_> = table("streams.tsv")
        .into_iter()
        .filter(|r| records.contains(&r[0].parse().unwrap()))
        .map(|r| {
            (r[0].parse().unwrap(), r[1].clone(), r[2].clone(), (r[3].parse().unwrap(), r[4].parse().unwrap()), r[5].clone())
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), table("streams.tsv").len() - 11, "all but what is overwritten");
}

/// FILETIME as istat prints it in UTC.
fn istat_form(raw: u64) -> String {
    let seconds = raw / 10_000_000 - 11_644_473_600;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let z = days as i64 + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}.{:09}", raw % 10_000_000 * 100)
}

#[test]
fn times_are_those_of_istat() {
    let volume = source(sample());
    let seen = walk(&*opened(&volume));
    assert_origins(&volume, &seen);
    let mut records: BTreeMap<u64, Vec<&FileEntry>> = BTreeMap::new();
    for e in seen.entries.iter().filter(|e| !from_index(e)) {
        records.entry(e.record.unwrap()).or_default().push(e);
    }
    let mut compared = 0;
    for row in table("times.tsv") {
        let entries = &records[&row[0].parse().unwrap()];
        // The other tool prints the first $FILE_NAME only: skip records with several.
        let several = entries.len() > 1 || entries[0].more.iter().any(|(key, _)| *key == "short_name");
        let kinds = [StampKind::Modified, StampKind::Accessed, StampKind::Changed, StampKind::Created];
        let names = [StampKind::NameModified, StampKind::NameAccessed, StampKind::NameChanged, StampKind::NameCreated];
        for (kind, expect) in kinds.into_iter().chain(names).zip(&row[1..]) {
            if several && names.contains(&kind) {
                continue;
            }
            // A time of zero is none; the other tool prints what its arithmetic makes of it.
            let expect = if expect == "2076-11-29 08:54:34.000000000" { "" } else { expect };
            let ours = entries[0].stamps.iter().find(|s| s.kind == kind).map_or(String::new(), |s| istat_form(s.raw));
            assert_eq!(ours, expect, "record {} {kind:?}", row[0]);
            compared += 1;
        }
    }
    assert!(compared > 800, "{compared}");
}

#[test]
fn what_is_called_intact_is_what_was_written() {
    let volume = source(sample());
    let fs = opened(&volume);
    let seen = walk(&*fs);
    let mut judged = BTreeMap::new();
    for row in table("written.tsv") {
        let (state, path, stream, hash) = (&row[0], &row[1], &row[2], &row[4]);
        let e = seen.at(path);
        let s = e.streams.iter().find(|s| s.name == stream.as_bytes()).unwrap();
        let same = sha256(&*fs, e.record, s) == *hash;
        if state == "live" {
            assert_ne!(e.verdict.name, NameState::Deleted, "{path}");
            assert!(same, "{path}");
        } else {
            assert_eq!(e.verdict.name, NameState::Deleted, "{path}");
            assert_eq!(e.verdict.record, RecordState::Free, "{path}");
            assert!(same || e.verdict.content != ContentState::Intact, "{path}");
        }
        *judged.entry((state.clone(), e.verdict.content.label())).or_insert(0) += 1;
    }
    let count = |state: &str, content: ContentState| judged.get(&(state.to_owned(), content.label())).copied().unwrap_or(0);
    assert_eq!(count("deleted", ContentState::Intact), 10);
    assert_eq!(count("deleted", ContentState::Overwritten), 11);
    assert_eq!(count("deleted", ContentState::Unknown), 2);
    assert_eq!(seen.at("docs/overwritten.bin").verdict.content, ContentState::Overwritten);
    let stone = seen.at("spare/stone 01.bin");
    assert_eq!(stone.content().unwrap().runs, [model::Run { offset: None, length: 4096 }]);
    assert!(matches!(&stone.more[..], [("overwritten_runs", runs)] if runs.ends_with("+4096")));
    // One of the two could be read whole, but the records do not say which.
    for path in ["docs/first owner.bin", "spare/second owner.bin"] {
        let v = seen.at(path).verdict;
        assert_eq!((v.content, v.content_rule.contains("another deleted record")), (ContentState::Unknown, true), "{path}");
    }
}

#[test]
fn every_kind_of_entry() {
    let volume = source(sample());
    let fs = opened(&volume);
    let seen = walk(&*fs);
    assert_eq!(seen.notes, []);
    let facts = fs.facts();
    assert_eq!((facts.kind, facts.cluster_size, facts.bytes), ("NTFS", 4096, 10_485_248));
    assert_eq!(facts.label.as_deref(), Some("작은 볼륨".as_bytes()));
    assert_eq!(facts.more[..2], [("version", "3.1".to_owned()), ("dirty", "no".to_owned())]);

    let root = &seen.entries[5];
    assert_eq!((root.record, root.path.as_slice(), root.kind), (Some(5), &b""[..], EntryKind::Directory));
    assert_eq!(seen.at("$MFT").kind, EntryKind::System);
    assert_eq!(seen.at("$Extend/$ObjId").kind, EntryKind::System);
    assert_eq!(seen.at("docs/plain.txt").owner.sid.as_deref(), Some("S-1-5-32-544"));

    let (link, junction) = (seen.at("docs/link"), seen.at("junction"));
    assert_eq!((link.kind, link.target.as_deref()), (EntryKind::SymbolicLink, Some(&b"plain.txt"[..])));
    assert_eq!((junction.kind, junction.target.as_deref()), (EntryKind::SymbolicLink, Some(&b"C:\\docs"[..])));
    assert_eq!(seen.at("docs/a long name with a short one.txt").more, [("short_name", "ALONGN~1.TXT".to_owned())]);

    let (one, two) = (seen.at("docs/plain.txt"), seen.at("docs/second name.txt"));
    assert_eq!((one.record, one.links, &one.streams), (two.record, 2, &two.streams));
    let many: Vec<_> = seen.entries.iter().filter(|e| e.path.starts_with(b"links/")).collect();
    assert_eq!(many.len(), 21);
    assert!(many[0].origin.len() > 1, "the names fill extension records");

    assert!(seen.at("packed/text.txt").streams[0].flags.compressed);
    assert!(seen.at("sparse.bin").streams[0].runs.iter().any(|r| r.offset.is_none()));
    assert!(seen.at("spare/in pieces.bin").streams[0].runs.len() >= 4);

    let bin = "$Recycle.Bin/S-1-5-21-1-2-3-1001";
    assert_eq!(seen.at(&format!("{bin}/$RABCDEF.txt")).verdict.name, NameState::Trashed);
    assert_eq!(seen.at(&format!("{bin}/$IABCDEF.txt")).verdict.name, NameState::Allocated);

    // Moved away: the old name is left in the slack of the folder it was in.
    let moved = seen.at("many/entry number 60.txt");
    assert_eq!((moved.verdict.name, moved.verdict.content), (NameState::Deleted, ContentState::Unknown));
    assert!(from_index(moved) && moved.streams.is_empty());
    assert_eq!(seen.at("gone folder/inner").verdict.name, NameState::Deleted);
}

#[test]
fn two_walks_are_equal() {
    let fs = opened(&source(sample()));
    assert_eq!(walk(&*fs), walk(&*fs));
}

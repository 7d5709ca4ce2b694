use super::common::{content_hash, is_deleted, memory, open, path, sample, seconds, table, walk};
use model::{ContentState, EntryKind, FileEntry, StampKind, Zone};
use std::collections::BTreeMap;

/// Every entry The Sleuth Kit lists, with its number, state, name, size, times and content.
#[test]
fn listings_agree_with_the_sleuth_kit() {
    for image in ["fat12", "fat16", "fat32", "exfat"] {
        let fs = open(&memory(sample(image)));
        let listing = walk(fs.as_ref());
        assert!(listing.notes.is_empty(), "{image}: {:?}", listing.notes);
        let by_record: BTreeMap<u64, &FileEntry> = listing.entries.iter().map(|e| (e.record.unwrap(), e)).collect();
        assert_eq!(by_record.len(), listing.entries.len(), "{image}: one entry a number");
        let truth = table(&format!("{image}.tsv"));
        for row in &truth {
            let [record, state, kind, name, size, sha, written, accessed, created] = &row[..] else { panic!("{row:?}") };
            let what = format!("{image} {record} {name}");
            let entry = by_record.get(&record.parse().unwrap()).unwrap_or_else(|| panic!("{what}: missing"));
            assert_eq!(is_deleted(entry), state == "deleted", "{what}");
            check_name(entry, name, &what);
            let expected_kind = match (kind.as_str(), name.starts_with('$')) {
                ("d", _) => EntryKind::Directory,
                ("v", _) => EntryKind::System,
                (_, true) if !name.starts_with("$Orphan") => EntryKind::System,
                _ if name == fs.facts().label.as_deref().map(String::from_utf8_lossy).unwrap().as_ref() => EntryKind::VolumeLabel,
                _ => EntryKind::File,
            };
            assert_eq!(entry.kind, expected_kind, "{what}");
            if entry.kind != EntryKind::File {
                continue;
            }
            assert_eq!(entry.size.to_string(), *size, "{what}");
            for (kind, text) in [(StampKind::Modified, written), (StampKind::Accessed, accessed), (StampKind::Created, created)] {
                let stamp = entry.stamps.iter().find(|s| s.kind == kind);
                // In steps of two seconds: it leaves out exFAT's units of 10 ms, which go up to 1.99 s.
                let steps = stamp.map(|s| s.moment.micros / 2_000_000);
                assert_eq!(steps, seconds(text).map(|s| s / 2), "{what} {kind:?}");
            }
            match entry.verdict.content {
                ContentState::Intact => assert_eq!(content_hash(fs.as_ref(), entry).as_ref(), Some(sha), "{what}"),
                // The old name of a file that was moved: its content is the live entry's.
                ContentState::Unknown => assert!(name.ends_with("moved away.dat") && entry.content().is_none(), "{what}"),
                ContentState::PartlyOverwritten | ContentState::Overwritten => panic!("{what}"),
            }
        }
        // Beyond its list: the root, and orphaned directories by themselves.
        let more: Vec<String> =
            listing.entries.iter().filter(|e| !truth.iter().any(|r| r[0] == e.record.unwrap().to_string())).map(path).collect();
        let expected: &[&str] =
            if image == "fat32" { &["", "$Orphans/cluster-5", "$Orphans/cluster-36", "$Orphans/cluster-37"] } else { &[""] };
        assert_eq!(more, expected, "{image}");
    }
}

/// The Sleuth Kit gives orphans without a folder, and of FAT's only the short name.
fn check_name(entry: &FileEntry, truth: &str, what: &str) {
    let ours = path(entry);
    let Some(orphan) = truth.strip_prefix("$OrphanFiles/") else { return assert_eq!(ours, truth, "{what}") };
    assert!(ours.starts_with("$Orphans/cluster-"), "{what}: {ours}");
    let short = entry.more.iter().find(|(k, _)| *k == "short name").map(|(_, v)| v.as_str());
    let theirs = orphan.rsplit('/').next().unwrap();
    let last = |p: &str| p.rsplit('/').next().unwrap_or_default().to_string();
    let names = [last(&ours), short.unwrap_or_default().to_string()];
    assert!(names.iter().any(|n| n.get(1..) == theirs.get(1..)), "{what}: {ours}");
}

/// A directory of eleven scattered clusters whose own entry is gone: a name that lies across two of
/// them ties them together and comes back whole. Where a cluster ends with a name, nothing does.
#[test]
fn names_across_scattered_clusters_come_back() {
    let fs = open(&memory(sample("fat32")));
    let listing = walk(fs.as_ref());
    let found: Vec<String> = listing.entries.iter().map(path).filter(|p| p.contains("/file number ")).collect();
    let names: Vec<&str> = found.iter().filter_map(|p| p.rsplit('/').next()).collect();
    let expected: Vec<String> = (1..=60).map(|n| format!("file number {n:02}.txt")).collect();
    assert_eq!(names, expected);
    let mut folders: Vec<&str> = found.iter().filter_map(|p| p.rsplit_once('/')).map(|(folder, _)| folder).collect();
    folders.dedup();
    assert_eq!(folders.len(), 5, "{folders:?}");
}

#[test]
fn facts_of_the_volumes() {
    for (image, kind, label, serial, cluster, bytes) in [
        ("fat12", "FAT12", "FLOPPY12", Some("1212-1212"), 512, 1_474_560),
        ("fat16", "FAT16", "STICK16", Some("1616-1616"), 2048, 12 << 20),
        ("fat32", "FAT32", "STICK32", Some("3232-3232"), 512, 34 << 20),
        ("exfat", "exFAT", "STICKEX", None, 4096, 8 << 20),
    ] {
        let fs = open(&memory(sample(image)));
        let facts = fs.facts();
        assert_eq!((facts.kind, facts.label.as_deref()), (kind, Some(label.as_bytes())));
        assert_eq!((facts.cluster_size, facts.bytes), (cluster, bytes));
        assert!(serial.is_none_or(|s| facts.serial.as_deref() == Some(s)));
        assert_eq!(facts.more.iter().any(|(k, v)| *k == "code page assumed" && v == "437"), kind != "exFAT");
    }
}

/// A local time without zone on FAT, a stated offset on exFAT; the raw value and where it lies.
#[test]
fn times_keep_their_bytes_and_their_zone() {
    for (image, name, zone) in [("fat16", "README.TXT", Zone::Unknown), ("exfat", "README.TXT", Zone::Stated(0))] {
        let bytes = sample(image);
        let fs = open(&memory(bytes.clone()));
        let listing = walk(fs.as_ref());
        let entry = listing.entries.iter().find(|e| e.path == name.as_bytes()).unwrap();
        let modified = entry.stamps.iter().find(|s| s.kind == StampKind::Modified).unwrap();
        assert_eq!(modified.moment.zone, zone);
        let at = modified.offset as usize;
        let raw = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!((u64::from(raw), modified.length), (modified.raw, 4));
    }
}

#[test]
fn reused_clusters_are_told_apart() {
    check_states("fat12-reused");
}

fn check_states(image: &str) {
    let fs = open(&memory(sample(image)));
    let listing = walk(fs.as_ref());
    for row in table("states.tsv").iter().filter(|r| r[0] == image) {
        let entry = listing.entries.iter().find(|e| is_deleted(e) && path(e) == row[1]).unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!(entry.verdict.content.label(), row[2], "{row:?}: {}", entry.verdict.content_rule);
        // What other files hold now is never offered as the deleted file's content.
        if entry.verdict.content == ContentState::Overwritten {
            assert!(entry.content().is_none(), "{row:?}");
        }
        if entry.verdict.content == ContentState::PartlyOverwritten {
            let holes: u64 = entry.content().unwrap().runs.iter().filter(|r| r.offset.is_none()).map(|r| r.length).sum();
            assert_eq!(holes, 512, "{row:?}");
            assert!(entry.more.iter().any(|(k, v)| *k == "clusters now held by record" && v == "8"));
        }
    }
}

#[test]
fn damage_is_reported_and_reading_goes_on() {
    for image in ["fat16-damaged", "exfat-damaged"] {
        let fs = open(&memory(sample(image)));
        let listing = walk(fs.as_ref());
        let mut found: Vec<(String, String)> =
            listing.notes.iter().map(|n| (n.code.label().to_string(), String::from_utf8_lossy(&n.place).into_owned())).collect();
        found.sort();
        let mut expected: Vec<(String, String)> =
            table("notes.tsv").into_iter().filter(|r| r[0] == image).map(|r| (r[1].clone(), r[2].clone())).collect();
        expected.sort();
        assert_eq!(found, expected, "{image}");
        assert!(listing.entries.len() > 20, "{image}");
    }
}

/// A boot sector that is lost: FAT32 and exFAT keep a copy.
#[test]
fn the_backup_boot_sector_opens_the_volume() {
    for (image, expected) in [("fat32", 93), ("exfat", 82)] {
        let mut bytes = sample(image);
        bytes[..512].fill(0);
        let fs = open(&memory(bytes));
        let listing = walk(fs.as_ref());
        assert_eq!(listing.entries.len(), expected, "{image}");
        assert!(listing.notes.iter().any(|n| n.place == b"boot sector" && n.found.ends_with("its copy is used")), "{image}");
    }
    // FAT12 and FAT16 have none: nothing is recognised, which is not an error.
    let mut bytes = sample("fat16");
    bytes[..512].fill(0);
    assert!(evidence::filesystem::open(&memory(bytes)).unwrap().is_none());
}

#[test]
fn two_walks_give_the_same_entries() {
    let fs = open(&memory(sample("fat32")));
    assert_eq!(walk(fs.as_ref()).entries, walk(fs.as_ref()).entries);
}

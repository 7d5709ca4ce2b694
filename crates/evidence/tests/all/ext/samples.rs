use super::common::{Listing, NAMES, content, image, open, samples, sha256, table, text};
use model::{ContentState, EntryKind, NameState, Precision, RecordState, StampKind};
use std::collections::BTreeSet;

/// The live tree is the one the kernel showed: paths, kinds, inodes, modes, owners, links, times
/// to the nanosecond the format keeps, and content.
#[test]
fn live_trees_are_those_of_the_kernel() {
    let truth = table("truth.tsv");
    for name in NAMES {
        let fs = open(image(name));
        let listing = Listing::of(&*fs);
        let live = listing.live();
        let rows: Vec<_> = truth.iter().filter(|r| r[0] == name && r[1] == "live").collect();
        assert!(rows.len() >= 3);
        for row in &rows {
            let [path, kind, inode, size, hash] = [2, 4, 5, 6, 7].map(|i| row[i].as_str());
            let entry = live.get(path).unwrap_or_else(|| panic!("{name}: {path} is missing"));
            assert_eq!(entry.kind.label(), kind, "{name}: {path}");
            if matches!(entry.kind, EntryKind::File | EntryKind::SymbolicLink) {
                assert_eq!(sha256(&*fs, entry).unwrap(), hash, "{name}: {path}");
                assert_eq!(entry.size.to_string(), size, "{name}: {path}");
            }
            if entry.kind == EntryKind::SymbolicLink {
                assert_eq!(entry.target, content(&*fs, entry), "{name}: {path}");
            }
            assert_eq!(entry.verdict.record, RecordState::Allocated);
            assert_eq!(entry.verdict.content, ContentState::Intact);
            let Some([mode, uid, gid, links, modified]) = row.get(8..13) else { continue };
            assert_eq!(entry.record.unwrap().to_string(), *inode, "{name}: {path}");
            assert_eq!(format!("{:o}", entry.attributes), *mode, "{name}: {path}");
            assert_eq!(entry.owner.uid.unwrap().to_string(), *uid, "{name}: {path}");
            assert_eq!(entry.owner.gid.unwrap().to_string(), *gid, "{name}: {path}");
            assert_eq!(entry.links.to_string(), *links, "{name}: {path}");
            let stamp = entry.stamps.iter().find(|s| s.kind == StampKind::Modified).unwrap();
            let nanos: i128 = modified.parse().unwrap();
            let fine = stamp.moment.precision == Precision::SubMicro;
            let expected = if fine { nanos / 1000 } else { nanos / 1_000_000_000 * 1_000_000 };
            assert_eq!(i128::from(stamp.moment.micros), expected, "{name}: {path}");
        }
        if name != "ext2-old" {
            let expected: BTreeSet<&str> = rows.iter().map(|r| r[2].as_str()).collect();
            let found: BTreeSet<&str> = live.keys().map(String::as_str).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}

/// Paths and inodes of allocated names are those fls prints. fls reads the volume without its
/// pending journal, and does not know bigalloc.
#[test]
fn live_names_are_those_of_fls() {
    for name in NAMES.into_iter().filter(|n| !matches!(*n, "ext4-in-use" | "ext4-bigalloc")) {
        let fls = std::fs::read_to_string(samples().join(format!("{name}.fls.txt"))).unwrap();
        let mut expected = BTreeSet::new();
        for line in fls.lines().filter(|l| !l.contains(" * ") && !l.starts_with("V/V")) {
            let (head, path) = line.split_once(":\t").unwrap();
            expected.insert((path.to_owned(), head.split_once(' ').unwrap().1.to_owned()));
        }
        let fs = open(image(name));
        let listing = Listing::of(&*fs);
        let found: BTreeSet<_> = listing.live().iter().map(|(p, e)| (p.clone(), e.record.unwrap().to_string())).collect();
        assert_eq!(found, expected, "{name}");
    }
}

/// With a journal, everything deleted, renamed or rewritten comes back by name and content.
#[test]
fn journals_give_deleted_files_back() {
    let truth = table("truth.tsv");
    for name in NAMES.into_iter().filter(|n| !n.starts_with("ext2")) {
        let fs = open(image(name));
        let listing = Listing::of(&*fs);
        let rows: Vec<_> = truth.iter().filter(|r| r[0] == name && r[1] != "live").collect();
        assert!(rows.len() >= 14);
        let mut told = BTreeSet::new();
        for row in &rows {
            let [state, path, hash] = [1, 2, 7].map(|i| row[i].as_str());
            let mut found = listing.past().filter(|e| text(&e.path) == path);
            let entry = found.next().unwrap_or_else(|| panic!("{name}: {path} is missing"));
            assert!(found.next().is_none(), "{name}: {path} is told twice");
            told.insert(path.to_owned());
            assert_eq!(sha256(&*fs, entry).as_deref(), Some(hash), "{name}: {path}");
            assert_eq!(entry.verdict.content, ContentState::Intact, "{name}: {path}: {:?}", entry.verdict);
            assert!(entry.from_journal);
            let name_state = if state == "rewritten" { NameState::Allocated } else { NameState::Deleted };
            assert_eq!(entry.verdict.name, name_state, "{name}: {path}");
            if state == "deleted" {
                let deleted = entry.stamps.iter().find(|s| s.kind == StampKind::Deleted);
                let deleted = deleted.unwrap_or_else(|| panic!("{name}: {path} has no deletion time"));
                let modified = entry.stamps.iter().find(|s| s.kind == StampKind::Modified).unwrap();
                let end = deleted.moment.until.unwrap_or(deleted.moment.micros + 999_999);
                assert!(end >= modified.moment.micros, "{name}: {path}");
            }
            if state == "renamed" {
                assert_eq!(entry.verdict.record, RecordState::Allocated);
                assert_eq!(listing.live()[&row[3]].record, entry.record, "{name}: {path}");
            }
        }
        // Besides those, only the deleted folder.
        let others = listing.past().map(|e| text(&e.path)).filter(|p| !told.contains(p));
        assert_eq!(others.collect::<Vec<_>>(), ["trash/secret"], "{name}");
    }
}

/// A file deleted while open is still allocated, and nothing of it is lost.
#[test]
fn a_held_file_is_deleted_but_allocated() {
    let fs = open(image("ext4-in-use"));
    let listing = Listing::of(&*fs);
    let held = listing.past().find(|e| e.path == b"held.txt").unwrap();
    assert_eq!((held.verdict.name, held.verdict.record), (NameState::Deleted, RecordState::Allocated));
    assert!(listing.has_note(model::Code::JournalPending, "journal"));
    assert!(listing.live().contains_key("last.txt"));
}

/// Old kernels leave the number in the deleted name, and the block map in the freed inode.
#[test]
fn slack_names_lead_to_freed_inodes() {
    let fs = open(image("ext2-old"));
    let listing = Listing::of(&*fs);
    for row in table("truth.tsv").iter().filter(|r| r[0] == "ext2-old" && r[1] == "deleted") {
        let entry = listing.past().find(|e| text(&e.path) == row[2]).unwrap();
        assert_eq!(sha256(&*fs, entry).unwrap(), row[7]);
        assert_eq!((entry.verdict.record, entry.verdict.content), (RecordState::Free, ContentState::Intact));
        assert!(entry.stamps.iter().any(|s| s.kind == StampKind::Deleted));
        assert!(!entry.from_journal);
    }
}

/// ext2 wipes what it deletes: the freed inodes remain, and nothing is claimed of their content.
#[test]
fn cleared_inodes_claim_no_content() {
    let fs = open(image("ext2"));
    let listing = Listing::of(&*fs);
    let orphans: Vec<_> = listing.past().collect();
    assert_eq!(orphans.len(), 12);
    for entry in orphans {
        assert!(entry.path.starts_with(b"$Orphans/inode-"));
        assert_eq!(entry.verdict.content, ContentState::Unknown);
        assert!(entry.streams.is_empty());
        assert!(entry.stamps.iter().any(|s| s.kind == StampKind::Deleted));
    }
}

/// Every stamp's offset leads to its four raw bytes.
#[test]
fn stamps_cite_their_bytes() {
    for name in NAMES {
        let bytes = image(name);
        let listing = Listing::of(&*open(bytes.clone()));
        let stamps = listing.entries.iter().flat_map(|e| &e.stamps).filter(|s| s.length == 4);
        let mut checked = 0;
        for stamp in stamps {
            let at = usize::try_from(stamp.offset).unwrap();
            let seconds = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(u64::from(seconds), stamp.raw & 0xFFFF_FFFF, "{name}");
            checked += 1;
        }
        assert!(checked > 20, "{name}");
    }
}

/// Two walks of one file system, and walks of two openings, yield the same.
#[test]
fn walks_repeat() {
    let bytes = image("ext4-in-use");
    let fs = open(bytes.clone());
    let first = Listing::of(&*fs);
    assert!(first.entries == Listing::of(&*fs).entries);
    assert!(first.entries == Listing::of(&*open(bytes)).entries);
    assert_eq!(fs.facts().kind, "ext4");
    assert_eq!(fs.facts().label.as_deref(), Some(&b"ext4"[..]));
    assert_eq!(open(image("ext3")).facts().kind, "ext3");
    assert_eq!(open(image("ext2")).facts().kind, "ext2");
    assert_eq!(open(image("ext2")).facts().serial.as_deref(), Some("6a1d6f2e-0000-4000-8000-000000000000"));
}

/// Where blocks and inode numbers were used again and again, what is called intact is what some
/// path held, and of what is partly overwritten only its own blocks are offered.
#[test]
fn busy_journals_never_offer_foreign_bytes() {
    let truth = table("truth-busy.tsv");
    for name in ["ext3-busy", "ext4-busy"] {
        let fs = open(image(name));
        let listing = Listing::of(&*fs);
        let rows: Vec<_> = truth.iter().filter(|r| r[0] == name).collect();
        let live: BTreeSet<_> = rows.iter().filter(|r| r[1] == "live").map(|r| (r[2].clone(), r[7].clone())).collect();
        let found = listing.live();
        assert_eq!(found.len(), live.len(), "{name}");
        for (path, hash) in &live {
            let entry = found[path];
            assert!(hash == "-" || sha256(&*fs, entry).as_ref() == Some(hash), "{name}: {path}");
        }
        let was: Vec<_> = rows.iter().filter(|r| r[1] == "was").collect();
        let hashes: BTreeSet<&str> = was.iter().map(|r| r[7].as_str()).collect();
        let (mut intact, mut partly) = (0, 0);
        for entry in listing.past().filter(|e| e.kind == EntryKind::File) {
            let path = text(&entry.path);
            match entry.verdict.content {
                ContentState::Intact => {
                    assert!(hashes.contains(sha256(&*fs, entry).unwrap().as_str()), "{name}: {path}: {:?}", entry.more);
                    intact += 1;
                }
                ContentState::PartlyOverwritten | ContentState::Overwritten => {
                    let data = content(&*fs, entry).unwrap();
                    let same_size = was.iter().filter(|r| r[6] == data.len().to_string());
                    let mut bodies = same_size.map(|r| body(&r[3], data.len()));
                    assert!(bodies.any(|b| is_part_of(&data, &b)), "{name}: {path}: {:?}", entry.more);
                    if entry.verdict.content == ContentState::Overwritten {
                        assert!(data.iter().all(|b| *b == 0), "{name}: {path}");
                    }
                    partly += 1;
                }
                ContentState::Unknown => {}
            }
        }
        assert!(intact > 50 && partly > 20, "{name}: {intact} intact, {partly} lost in part");
    }
}

/// The content make.py gives a file: its origin and version, and a running number, in lines.
fn body(origin_and_version: &str, size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0.. {
        if out.len() >= size {
            break;
        }
        out.extend_from_slice(format!("{origin_and_version} {n:08}\n").as_bytes());
    }
    out.truncate(size);
    out
}

/// Whether every block of `data` is zeros or the one of `whole`.
fn is_part_of(data: &[u8], whole: &[u8]) -> bool {
    data.chunks(1024).zip(whole.chunks(1024)).all(|(d, w)| d == w || d.iter().all(|b| *b == 0))
}

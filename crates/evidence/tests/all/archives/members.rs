//! Healthy archives: every member as zipfile, tarfile, gzip, bzip2, xz and zstd read it.

use super::common::{content, sample, source, table, walked};
use evidence::archive::{MemberKind, estimate, recognizes};
use std::collections::BTreeMap;
use std::io::Read;

#[test]
fn members_are_those_other_tools_list() {
    let mut truth: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for row in table("truth.tsv") {
        truth.entry(row[0].clone()).or_default().push(row);
    }
    assert_eq!(truth.len(), 16);
    for (archive, rows) in truth {
        let record = walked(&archive);
        assert!(record.notes.is_empty(), "{archive}: {:?}", record.notes);
        let own: Vec<_> = record.given.iter().filter(|g| g.member.parent == 0).collect();
        assert_eq!(own.len(), rows.len(), "{archive}");
        for (g, row) in own.iter().zip(&rows) {
            assert_eq!((g.name().as_str(), g.bytes.to_string().as_str()), (row[1].as_str(), row[2].as_str()), "{archive}");
            assert_eq!(g.sha256, row[4], "{archive}: {}", row[1]);
            assert!(g.complete);
            if row[3] != "-" {
                assert!(g.member.more.contains(&("crc32", row[3].clone())), "{archive}: {:?}", g.member.more);
                assert_eq!(g.member.declared.map(|d| d.to_string()).as_deref(), Some(row[2].as_str()));
            }
        }
    }
}

#[test]
fn the_same_bytes_as_the_zip_and_tar_crates_give() {
    for name in ["plain.zip", "descriptors.zip", "zip64.zip", "nested.zip"] {
        let record = walked(name);
        let mut other = zip::ZipArchive::new(std::io::Cursor::new(sample(name))).unwrap();
        let own: Vec<_> = record.given.iter().filter(|g| g.member.parent == 0).collect();
        assert_eq!(own.len(), other.len());
        for (i, g) in own.iter().enumerate() {
            let mut file = other.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            assert_eq!(file.name_raw(), g.member.name);
            assert_eq!(super::common::sha256(&bytes), g.sha256);
        }
    }
    for name in ["ustar.tar", "gnu.tar", "pax.tar"] {
        let record = walked(name);
        let bytes = sample(name);
        let mut other = tar::Archive::new(bytes.as_slice());
        let mut n = 0;
        for (entry, g) in other.entries().unwrap().zip(&record.given) {
            let mut entry = entry.unwrap();
            assert_eq!(entry.path_bytes().as_ref(), g.member.name.as_slice());
            assert_eq!(entry.header().mtime().ok().map(|t| t as i64), g.member.modified);
            if g.member.kind == MemberKind::File {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                assert_eq!(super::common::sha256(&bytes), g.sha256);
            } else if let Some(target) = entry.link_name_bytes() {
                assert_eq!(super::common::sha256(&target), g.sha256);
            }
            n += 1;
        }
        assert_eq!(n, record.given.len());
    }
}

#[test]
fn nested_archives_have_their_members_after_them() {
    let record = walked("nested.zip");
    let seen: Vec<(u32, String)> = record.given.iter().map(|g| (g.member.parent, g.name())).collect();
    let expected = [
        (0, "stored.zip"),
        (1, "in/a.log"),
        (1, "in/c.log.gz"),
        (3, "c.log"),
        (0, "deflated.zip"),
        (5, "in/a.log"),
        (5, "in/c.log.gz"),
        (7, "c.log"),
        (0, "b.log.gz"),
        (9, "b.log"),
        (0, "day.tar.gz"),
        (11, "t/b.log"),
        (11, "t/c.log"),
        (0, "report.docx"),
        (0, "c.log.bz2"),
        (15, "c.log"),
    ];
    assert_eq!(seen, expected.map(|(p, n)| (p, n.to_owned())));
    assert_eq!(record.kinds(MemberKind::Archive), ["stored.zip", "deflated.zip", "day.tar.gz"]);
    assert_eq!(record.kinds(MemberKind::Compressed), ["in/c.log.gz", "in/c.log.gz", "b.log.gz", "c.log.bz2"]);
    assert_eq!(record.named("b.log").sha256, content("B"));
    assert_eq!(record.named("t/b.log").sha256, content("B"));
    assert_eq!(record.named("b.log").member.modified, Some(1_752_485_416));
    assert_eq!(record.named("report.docx").member.kind, MemberKind::File);
}

#[test]
fn kinds_and_facts() {
    let zip = walked("plain.zip");
    assert_eq!(zip.kinds(MemberKind::Folder), ["logs/"]);
    assert_eq!(zip.kinds(MemberKind::Link), ["latest"]);
    let b = &zip.named("logs/b.log").member;
    assert_eq!(b.codec, "stored");
    assert!(b.more.contains(&("modified local", "2025-07-14 09:30:16".to_owned())));
    assert!(b.more.contains(&("mode", "0600".to_owned())));
    let tar = walked("ustar.tar");
    assert_eq!(tar.kinds(MemberKind::Folder), ["logs/"]);
    assert_eq!(tar.kinds(MemberKind::Link), ["latest", "same"]);
    let pipe = &tar.named("pipe").member;
    assert!(pipe.more.contains(&("type", "fifo".to_owned())));
    assert_eq!(walked("two.log.xz").given[0].member.codec, "xz");
}

#[test]
fn estimates() {
    assert_eq!(estimate(&source(sample("plain.zip"))), Some(38418 + 28799 + 10 + 96 + 3000));
    assert_eq!(estimate(&source(sample("zip64.zip"))), Some(38418 + 96));
    assert_eq!(estimate(&source(sample("logs.tar.gz"))), None);
    assert_eq!(estimate(&source(sample("ustar.tar"))), Some(51200));
}

#[test]
fn recognised_by_content() {
    for name in std::fs::read_dir(super::common::samples()).unwrap() {
        let name = name.unwrap().file_name().into_string().unwrap();
        let bytes = sample(&name);
        let head = &bytes[..bytes.len().min(1024)];
        let is_archive = [".zip", ".tar", ".gz", ".bz2", ".xz", ".zst"].iter().any(|e| name.ends_with(e));
        // A program before a zip hides it from a look at the first bytes; the walk finds it.
        assert_eq!(recognizes(head), is_archive && name != "prefix-and-tail.zip", "{name}");
    }
    assert!(!recognizes(b""));
    assert!(!recognizes(&[0; 1024]));
}

//! Damaged and strange archives: every member that can be read, and a note on what is wrong.

use super::common::{content, walked};
use evidence::archive::MemberKind;
use model::Code;

#[test]
fn a_zip_without_its_directory_gives_every_member() {
    let whole = walked("plain.zip");
    let record = walked("no-directory.zip");
    assert_eq!(record.codes(0), [Code::Truncated]);
    assert_eq!(record.notes.len(), 1);
    let hashes = |r: &super::common::Record| r.given.iter().map(|g| (g.name(), g.sha256.clone())).collect::<Vec<_>>();
    assert_eq!(hashes(&record), hashes(&whole));

    let cut = walked("cut.zip");
    assert_eq!(cut.given.len(), 7);
    assert_eq!(cut.given.iter().filter(|g| g.complete).count(), 6);
    assert_eq!(cut.named("noise.bin").bytes, 2100);
    assert_eq!(cut.codes(7), [Code::Truncated]);
}

#[test]
fn sizes_after_the_data_are_found_without_a_directory() {
    let record = walked("no-directory-descriptors.zip");
    let seen: Vec<_> = record.given.iter().map(|g| (g.name(), g.sha256.clone(), g.complete)).collect();
    let expected = [("a.log", "A"), ("b.log", "B"), ("c.log", "C")].map(|(n, c)| (n.to_owned(), content(c), true));
    assert_eq!(seen, expected);
    assert_eq!(record.notes.len(), 1);
}

#[test]
fn a_member_the_directory_forgets_is_found() {
    let record = walked("hidden-member.zip");
    let hidden = record.given.last().unwrap();
    assert_eq!((hidden.name().as_str(), hidden.sha256.clone()), ("logs/b.log", content("B")));
    assert_eq!(record.codes(hidden.member.ordinal), [Code::BackupDiffers]);
    assert_eq!(record.notes.len(), 1);
}

#[test]
fn directory_and_local_header_are_compared() {
    let record = walked("wrong-crc-and-name.zip");
    assert_eq!(record.codes(3), [Code::BackupDiffers, Code::ChecksumMismatch]);
    let b = record.named("logs/b.log");
    assert_eq!((b.sha256.clone(), b.complete), (content("B"), true));
    assert_eq!(record.codes(7), [Code::BackupDiffers]);
    assert_eq!(record.named("other.bin").sha256, content("noise"));
    assert_eq!(record.notes.len(), 3);
}

#[test]
fn bytes_around_a_zip_are_gaps() {
    let record = walked("prefix-and-tail.zip");
    assert_eq!(record.codes(0), [Code::Gap, Code::Gap]);
    assert_eq!(record.notes[0].1.at, Some((0, 15)));
    assert_eq!(record.notes[1].1.at, Some((38481, 4)));
    assert_eq!(record.given.len(), 7);
    assert!(record.given.iter().all(|g| g.complete));
}

#[test]
fn what_can_not_be_read_says_so() {
    let record = walked("unread-method.zip");
    assert_eq!(record.codes(2), [Code::NotSupported]);
    assert_eq!(record.named("logs/a.log").member.codec, "deflate64");
    assert_eq!(record.given.iter().filter(|g| g.complete).count(), 6);
    let record = walked("encrypted.zip");
    assert_eq!(record.codes(2), [Code::Encrypted]);
    assert_eq!((record.named("c.log").bytes, record.named("c.log").complete), (0, false));
    assert!(record.named("open.log").complete);
}

#[test]
fn names_are_data() {
    let record = walked("names.zip");
    assert_eq!(record.codes(1), []);
    assert_eq!(record.codes(2), [Code::DuplicateName]);
    for (i, name) in [(3, "../up.log"), (4, "/abs.log"), (5, "C:\\w\\a.log")] {
        assert_eq!(record.codes(i), [Code::PathTraversal]);
        assert_eq!(record.named(name).sha256, content("C"));
    }
}

#[test]
fn gzip_goes_on_after_damage() {
    let record = walked("damaged-first.log.gz");
    assert_eq!(record.codes(1), [Code::Damaged]);
    let g = &record.given[0];
    assert_eq!((g.sha256.clone(), g.complete), (content("BC"), false));

    let record = walked("wrong-crc.log.gz");
    assert_eq!(record.codes(1), [Code::ChecksumMismatch, Code::Gap]);
    let g = &record.given[0];
    assert_eq!((g.sha256.clone(), g.complete), (content("A"), true));
}

#[test]
fn cut_streams_give_what_is_there() {
    let record = walked("cut.log.xz");
    assert_eq!(record.codes(1), [Code::Truncated]);
    assert!(record.given[0].bytes > 20_000 && !record.given[0].complete);
    let record = walked("cut.log.zst");
    assert_eq!(record.codes(1), [Code::Truncated]);
    assert_eq!((record.given[0].bytes, record.given[0].sha256.clone()), (128 << 10, content("zstd-block")));

    let record = walked("cut.tar.gz");
    assert_eq!(record.named("a.log").sha256, content("A"));
    assert_eq!(record.named("b.log").sha256, content("B"));
    let zip = record.named("day/in.zip");
    assert_eq!((zip.member.kind, zip.complete), (MemberKind::Archive, false));
    assert_eq!(record.codes(zip.member.ordinal), [Code::Truncated, Code::Truncated]);
    assert!(record.named("in/a.log").bytes > 30_000);
    assert_eq!(record.codes(0), [Code::Truncated]);
}

#[test]
fn a_tar_goes_on_at_the_next_header() {
    let record = walked("lost-header.tar");
    assert_eq!(record.codes(0), [Code::Damaged]);
    assert_eq!(record.notes[0].1.at, Some((39_936, 512)));
    assert_eq!(record.given.len(), 6);
    assert_eq!(record.named("noise.bin").sha256, content("noise"));

    let record = walked("joined.tar");
    assert_eq!(record.codes(0), [Code::Damaged]);
    assert_eq!(record.given.iter().map(|g| g.name()).collect::<Vec<_>>(), ["one.log", "two.log"]);
}

#[test]
fn sparse_members_are_noted() {
    for name in ["sparse-gnu.tar.gz", "sparse-pax.tar.gz"] {
        let record = walked(name);
        assert_eq!(record.given.len(), 1, "{name}");
        assert_eq!(record.given[0].name(), "sparse.bin");
        assert_eq!(record.codes(1), [Code::NotSupported]);
        assert!(record.notes[0].1.found.contains("1048672 bytes"));
    }
}

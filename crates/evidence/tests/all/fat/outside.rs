use super::common::{content_hash, is_deleted, open, outside, path, walk};
use crate::shared::{ewf, unpacked};
use evidence::filesystem::FileSystem;
use model::{ContentState, EntryKind, SharedSource, SubSource};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A volume of an E01 image: offset and length in sectors.
fn volume(image: &Path, first: u64, sectors: u64) -> Box<dyn FileSystem> {
    let media = ewf(&[image.to_path_buf()]);
    let source: SharedSource = Arc::new(SubSource::new(media.source, first * 512, sectors * 512));
    open(&source)
}

/// The DFTT exFAT image: 64 deleted entries. The Sleuth Kit calls 20 of them orphans; the
/// checksum of the set that lies across two clusters shows that all belong to `man-deleted`.
#[test]
fn dftt_exfat_names_all_64_deleted_entries() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("exfat1.E01");
    std::fs::write(&image, unpacked(&root.join("images/fat-exfat/exfat1.E01.xz"))).unwrap();
    let fs = volume(&image, 2048, 192_512);
    let listing = walk(fs.as_ref());
    let deleted: Vec<_> = listing.entries.iter().filter(|e| is_deleted(e)).collect();
    assert_eq!((listing.entries.len(), deleted.len(), listing.notes.len()), (138, 64, 0));
    let inside = deleted.iter().filter(|e| path(e).starts_with("man-deleted/")).count();
    assert_eq!(inside, 62, "and the folder itself and ._man-deleted beside it");
    let join = deleted.iter().find(|e| e.record == Some(11_138)).unwrap();
    assert_eq!((path(join).as_str(), join.origin.len()), ("man-deleted/tsk_recover.1", 2));
    // The live twin of each deleted file has the same content where that is intact.
    let live: BTreeMap<String, _> = listing.entries.iter().filter(|e| !is_deleted(e)).map(|e| (path(e), e)).collect();
    let mut same = 0;
    for entry in deleted.iter().filter(|e| e.kind == EntryKind::File && e.verdict.content == ContentState::Intact) {
        let name = path(entry).replacen("man-deleted/", "man/", 1);
        if let Some(twin) = live.get(&name).filter(|t| !name.contains("._") && t.size == entry.size) {
            assert_eq!(content_hash(fs.as_ref(), entry), content_hash(fs.as_ref(), twin), "{name}");
            same += 1;
        }
    }
    assert_eq!(same, 30);
    let state = |s| deleted.iter().filter(|e| e.verdict.content == s).count();
    assert_eq!((state(ContentState::PartlyOverwritten), state(ContentState::Overwritten)), (1, 1));
}

#[test]
fn synthetic_volumes_give_every_live_and_deleted_file() {
    let Some(root) = outside() else { return };
    let image = root.join("images-synthetic/syn-gpt.E01");
    let answers = std::fs::read_to_string(root.join("images-synthetic/ANSWERS.tsv")).unwrap();
    for (name, first, sectors) in [("fat32", 2048, 81_920), ("exfat", 133_120, 49_152)] {
        let fs = volume(&image, first, sectors);
        let listing = walk(fs.as_ref());
        assert!(listing.notes.is_empty(), "{:?}", listing.notes);
        let mut seen = 0;
        for row in answers.lines().map(|l| l.split('\t').collect::<Vec<_>>()).filter(|r| r[0] == name) {
            let entry = listing.entries.iter().find(|e| path(e) == row[2]).unwrap_or_else(|| panic!("{row:?}"));
            assert_eq!(is_deleted(entry), row[1] == "deleted", "{row:?}");
            assert_eq!(entry.verdict.content, ContentState::Intact, "{row:?}");
            assert_eq!(content_hash(fs.as_ref(), entry).as_deref(), Some(row[4]), "{row:?}");
            seen += 1;
        }
        assert_eq!(seen, 9);
    }
}

#[test]
fn dfvfs_and_nps_listings() {
    let Some(root) = outside() else { return };
    let bytes = unpacked(&root.join("images/fat-exfat/fat12.raw.xz"));
    let fs = open(&super::common::memory(bytes));
    let listing = walk(fs.as_ref());
    let mut paths: Vec<String> = listing.entries.iter().map(path).collect();
    paths.sort();
    let expected = [
        "",
        "$FAT1",
        "$FAT2",
        "$MBR",
        "FAT12_TEST",
        "a_directory",
        "a_directory/a_file",
        "a_directory/another_file",
        "passwords.txt",
    ];
    assert_eq!(paths, expected);

    let fs = volume(&root.join("images/fat-exfat/nps-2010-emails.E01"), 1, 20_479);
    let listing = walk(fs.as_ref());
    let deleted: Vec<_> = listing.entries.iter().filter(|e| is_deleted(e)).map(|e| (e.record.unwrap(), path(e))).collect();
    assert_eq!(listing.entries.len(), 38);
    assert_eq!(deleted, [(517, ".Trashes/_01".to_string()), (519, ".Trashes/._501".to_string())]);
}

//! Volumes made by others, with the answers of other tools.

use super::common::*;
use model::{ByteSource, ContentState, NameState, SharedSource, SubSource};
use std::path::Path;
use std::sync::Arc;

fn fetch(root: &Path, name: &str) -> SharedSource {
    source(crate::shared::unpacked(&root.join(format!("images/{name}.xz"))))
}

fn ewf(root: &Path, name: &str) -> SharedSource {
    crate::shared::ewf(&[root.join(name)]).source
}

/// (image, start of the volume, label, cluster size, entries that fls lists: names and streams of
/// records, without indexes, reserved records and its own virtual entries).
#[test]
fn counts_and_facts() {
    let Some(root) = outside() else { return };
    let volumes: [(SharedSource, u64, &str, u64, usize); 5] = [
        (fetch(&root, "ntfs/ntfs.raw"), 0, "ntfs_test", 4096, 18),
        (fetch(&root, "ntfs/testfs1"), 0, "mylabel", 512, 530),
        (fetch(&root, "ntfs/vss.raw"), 0, "TestVolume", 512, 38),
        (ewf(&root, "images/ntfs/ntfs_sample.E01"), 0, "New Volume", 512, 30),
        (fetch(&root, "containers/ntfs-fixed.vhd"), 65_536, "TestVolume", 4096, 25),
    ];
    for (image, start, label, cluster, names) in volumes {
        let length = image.len() - start;
        let volume: SharedSource = Arc::new(SubSource::new(image, start, length));
        let fs = opened(&volume);
        let seen = walk(&*fs);
        assert_eq!(fs.facts().label.as_deref(), Some(label.as_bytes()));
        assert_eq!(fs.facts().cluster_size, cluster, "{label}");
        assert_origins(&volume, &seen);
        // Folders; what holds nothing but named indexes is listed by those there.
        let indexes = [&b"$Extend/$ObjId"[..], b"$Extend/$Quota", b"$Extend/$Reparse", b""];
        let without_data = |e: &&model::FileEntry| e.streams.is_empty() && !indexes.contains(&e.path.as_slice());
        let streams: usize = seen.entries.iter().map(|e| e.streams.len()).sum();
        assert_eq!(streams + seen.entries.iter().filter(without_data).count(), names, "{label}");
    }
}

#[test]
fn a_folder_of_512() {
    let Some(root) = outside() else { return };
    let volume = fetch(&root, "ntfs/testfs1");
    let fs = opened(&volume);
    let seen = walk(&*fs);
    assert_eq!(seen.entries.iter().filter(|e| e.path.starts_with(b"many_subdirs/")).count(), 512);
    assert_eq!(seen.at("1000-bytes-file").size, 1000);
}

/// Live and deleted files of a volume that others filled, by the hashes they kept.
#[test]
fn deleted_content_by_its_hash() {
    let Some(root) = outside() else { return };
    let disk = ewf(&root, "images-synthetic/syn-gpt.E01");
    let volume: SharedSource = Arc::new(SubSource::new(disk, 83_968 * 512, 49_152 * 512));
    let fs = opened(&volume);
    let seen = walk(&*fs);
    let answers = std::fs::read_to_string(root.join("images-synthetic/ANSWERS.tsv")).unwrap();
    let (mut live, mut deleted) = (0, 0);
    for row in answers.lines().map(|l| l.split('\t').collect::<Vec<_>>()).filter(|r| r[0] == "ntfs") {
        let e = seen.at(row[2]);
        assert_eq!(e.size.to_string(), row[3]);
        let same = sha256(&*fs, e.record, e.content().unwrap()) == row[4];
        assert_eq!(e.verdict.name, if row[1] == "live" { NameState::Allocated } else { NameState::Deleted });
        // The one file that is not whole lost a cluster to a stream written after it was deleted.
        assert_eq!(same, e.verdict.content == ContentState::Intact, "{}", row[2]);
        assert_eq!(same, !row[2].ends_with("deleted-report.xlsx"));
        if row[1] == "live" { live += 1 } else { deleted += 1 }
    }
    assert_eq!((live, deleted), (5, 4));
    assert_eq!(seen.at("Users/alice/Documents/report.docx").streams[1].name, b"hidden.stream");
}

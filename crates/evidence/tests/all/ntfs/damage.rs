//! Damage of one kind at a time: it is told, and the rest is read.

use super::common::*;
use evidence::filesystem::ntfs;
use model::{Code, FileEntry, NameState, RecordState, StampKind};

/// Offset of the parent reference in an entry's $FILE_NAME.
fn parent_at(entry: &FileEntry) -> usize {
    let created = entry.stamps.iter().find(|s| s.kind == StampKind::NameCreated).unwrap();
    created.offset as usize - 8
}

fn codes(seen: &Listing) -> Vec<Code> {
    seen.notes.iter().map(|n| n.code).collect()
}

#[test]
fn the_boot_sector_has_a_copy() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    bytes[..512].fill(0);
    let seen = walk(&*opened(&source(bytes.clone())));
    assert_eq!(seen.entries, sound.entries);
    assert_eq!(codes(&seen), [Code::Damaged]);
    // Without the copy nothing says NTFS.
    let end = bytes.len() - 512;
    bytes[end..].fill(0);
    assert!(ntfs::open(&source(bytes)).unwrap().is_none());
}

#[test]
fn a_named_but_senseless_boot_sector_is_an_error() {
    let mut bytes = sample();
    bytes.truncate(1 << 20);
    bytes[11..13].fill(0xFF);
    assert_eq!(ntfs::open(&source(bytes)).err().unwrap().code, Code::Damaged);
}

#[test]
fn the_table_has_a_copy_of_its_first_records() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    let at = sound.at("$MFT").origin[0].0 as usize;
    bytes[at..at + 4].copy_from_slice(b"JUNK");
    let seen = walk(&*opened(&source(bytes)));
    // The root's index still lists $MFT, and says what the record would have.
    let (listed, others): (Vec<_>, Vec<_>) = seen.entries.iter().partition(|e| e.path == b"$MFT");
    assert!(others.into_iter().eq(sound.entries[1..].iter()));
    assert_eq!(listed.len(), 1);
    let v = listed[0].verdict;
    assert_eq!((v.name, v.record), (NameState::Allocated, RecordState::Unknown));
    assert_eq!(codes(&seen), [Code::Damaged, Code::Damaged]);
}

#[test]
fn a_torn_record_is_read_and_told() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    let at = sound.at("docs/resident.txt").origin[0].0 as usize;
    bytes[at + 510] ^= 0xFF;
    let seen = walk(&*opened(&source(bytes)));
    assert_eq!(seen.entries, sound.entries);
    assert_eq!(codes(&seen), [Code::Damaged]);
    assert_eq!(seen.notes[0].at, Some((at as u64, 1024)));
}

#[test]
fn a_folder_within_itself_is_cut() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    let docs = sound.at("docs");
    let own = docs.record.unwrap() | u64::from(docs.sequence.unwrap()) << 48;
    bytes[parent_at(docs)..][..8].copy_from_slice(&own.to_le_bytes());
    let seen = walk(&*opened(&source(bytes)));
    assert_eq!(seen.entries.len(), sound.entries.len());
    assert_eq!(seen.at("$Orphans/plain.txt").streams, sound.at("docs/plain.txt").streams);
    assert!(codes(&seen).contains(&Code::Loop));
}

#[test]
fn a_parent_with_another_sequence_number_is_not_the_parent() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    let at = parent_at(sound.at("docs/empty.txt")) + 6;
    bytes[at] ^= 0x40;
    let seen = walk(&*opened(&source(bytes)));
    assert_eq!(seen.at("$Orphans/empty.txt").record, sound.at("docs/empty.txt").record);
    assert!(codes(&seen).contains(&Code::Damaged));
}

#[test]
fn a_lost_bitmap_leaves_deleted_content_undecided() {
    let mut bytes = sample();
    let sound = walk(&*opened(&source(bytes.clone())));
    let at = sound.at("$Bitmap").origin[0].0 as usize;
    bytes[at..at + 4].copy_from_slice(b"JUNK");
    let seen = walk(&*opened(&source(bytes)));
    let state = |path: &str| seen.at(path).verdict.content.label();
    assert_eq!(state("docs/gone-plain.txt"), "unknown");
    assert_eq!(state("docs/gone-resident.txt"), "intact");
}

/// Clusters past the end of a truncated volume are told, not passed over.
#[test]
fn a_truncated_volume_is_told() {
    let mut bytes = sample();
    bytes.truncate(6 << 20);
    let seen = walk(&*opened(&source(bytes)));
    assert!(codes(&seen).iter().filter(|c| **c == Code::Truncated).count() >= 2, "{:?}", seen.notes);
    assert!(seen.entries.iter().any(|e| e.path == b"docs/resident.txt"));
}

use super::common::{Listing, image, open};
use evidence::filesystem::ext;
use model::{Code, MemorySource, RecordState, SharedSource};
use std::collections::BTreeSet;
use std::sync::Arc;

const BLOCK: usize = 1024;

fn live(bytes: Vec<u8>) -> (BTreeSet<String>, Listing) {
    let listing = Listing::of(&*open(bytes));
    (listing.live().into_keys().collect(), listing)
}

/// A wiped primary superblock: the backup of group 1 leads to the same tree.
#[test]
fn backup_superblock() {
    let mut bytes = image("ext4");
    let (expected, _) = live(bytes.clone());
    bytes[BLOCK..2 * BLOCK].fill(0);
    let (found, listing) = live(bytes);
    assert_eq!(found, expected);
    assert!(listing.has_note(Code::BackupDiffers, "superblock"));
}

/// A primary superblock that is plausible but wrong leads to no root directory; a backup does.
#[test]
fn primary_superblock_that_lies() {
    let mut bytes = image("ext4");
    let (expected, _) = live(bytes.clone());
    // 64-bit descriptors taken for 32-bit ones.
    bytes[BLOCK + 0x60] &= 0x7F;
    let mut other = bytes.clone();
    let (found, listing) = live(bytes);
    assert_eq!(found, expected);
    assert!(listing.has_note(Code::BackupDiffers, "superblock"));
    // Other sizes of inodes and of their groups.
    other[BLOCK + 0x28] = 16;
    other[BLOCK + 0x58] = 0;
    other[BLOCK + 0x59] = 4;
    let (found, listing) = live(other);
    assert_eq!(found, expected);
    assert!(listing.has_note(Code::BackupDiffers, "superblock"));
}

/// Wiped group descriptors: the copies behind the backup superblock are used.
#[test]
fn backup_group_descriptors() {
    let mut bytes = image("ext4");
    let (expected, _) = live(bytes.clone());
    bytes[2 * BLOCK..3 * BLOCK].fill(0xFF);
    let (found, listing) = live(bytes);
    assert_eq!(found, expected);
    assert!(listing.has_note(Code::BackupDiffers, "group descriptor"));
}

/// A wiped root directory: everything below it is found again under `$Orphans`.
#[test]
fn lost_root_directory() {
    let mut bytes = image("ext3");
    let (expected, listing) = live(bytes.clone());
    let root = listing.entries.iter().find(|e| e.path.is_empty()).unwrap();
    assert_eq!(root.size, BLOCK as u64);
    let child = &listing.live()["keys"].origin;
    let at = usize::try_from(child[1].0).unwrap() / BLOCK * BLOCK;
    bytes[at..at + BLOCK].fill(0);
    let listing = Listing::of(&*open(bytes));
    assert!(listing.live().keys().all(|p| p.starts_with("$Orphans/")), "{:?}", listing.live().keys());
    let below = |p: &&String| p.contains('/') || *p == "pipe" || p.contains("link") || *p == "device";
    let names: BTreeSet<&str> = listing.live().keys().map(|p| p.rsplit('/').next().unwrap()).map(leak).collect();
    for path in expected.iter().filter(below).filter(|p| p.contains('/')) {
        assert!(names.contains(path.rsplit('/').next().unwrap()), "{path}");
    }
    let unnamed = listing.entries.iter().filter(|e| e.path.starts_with(b"$Orphans/inode-"));
    assert!(unnamed.filter(|e| e.verdict.record == RecordState::Allocated).count() > 8);
}

fn leak(s: &str) -> &'static str {
    Box::leak(s.to_owned().into_boxed_str())
}

/// A destroyed journal superblock costs the past, not the present.
#[test]
fn lost_journal() {
    let mut bytes = image("ext4");
    let (expected, listing) = live(bytes.clone());
    let journal = listing.entries.iter().find(|e| e.path == b"$Journal").unwrap();
    let at = usize::try_from(journal.streams[0].runs[0].offset.unwrap()).unwrap();
    bytes[at..at + BLOCK].fill(0);
    let (found, listing) = live(bytes);
    assert_eq!(found, expected);
    assert!(listing.has_note(Code::Damaged, "journal"));
    assert!(listing.past().all(|e| !e.from_journal));
}

/// A changed byte in a journal copy fails its checksum and is left out, loudly.
#[test]
fn journal_checksum() {
    let mut bytes = image("ext4");
    let listing = Listing::of(&*open(bytes.clone()));
    let entry = listing.past().find(|e| e.path == b"exports/part.bin").unwrap();
    let at = usize::try_from(entry.origin[0].0).unwrap();
    bytes[at + 4] ^= 1;
    let listing = Listing::of(&*open(bytes));
    assert!(listing.has_note(Code::ChecksumMismatch, "journal"));
    assert!(listing.past().filter(|e| e.path == b"exports/part.bin").all(|e| e.origin[0].0 != at as u64));
}

/// Bytes that are no ext file system are no finding.
#[test]
fn something_else_is_not_ours() {
    for bytes in [Vec::new(), vec![0; 512], vec![0; 4096], vec![0xA5; 1 << 20]] {
        let source: SharedSource = Arc::new(MemorySource(bytes));
        assert!(ext::open(&source).unwrap().is_none());
    }
}

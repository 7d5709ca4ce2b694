//! Finding the superblock and what the file system needs before a walk.

use super::disk::Disk;
use super::inode::{Inode, ROOT};
use super::journal::{self, Journal};
use super::map::{AsOf, map};
use super::replay::replay;
use super::scan::Scan;
use super::superblock::{self, Superblock, compat, incompat};
use super::tally::Tally;
use super::walk;
use crate::Note;
use crate::filesystem::{Facts, FileSystem, RunSource, Walk};
use model::{ByteSource, Code, FieldError, SharedSource, Stop, Stream, read_vec};
use std::sync::Arc;

/// An opened ext2, ext3 or ext4.
struct Ext {
    disk: Disk,
    journal: Option<Journal>,
    facts: Facts,
    /// Findings made while opening; yielded first by each walk.
    notes: Vec<Note>,
}

/// Opens the ext file system at byte 0 of `volume`; None where there is none.
pub fn open(volume: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    let mut tally = Tally::default();
    let Some(sb) = find(volume, &mut tally)? else { return Ok(None) };
    if sb.has_incompat(incompat::JOURNAL_DEV) {
        let note = Note::new(Code::NotSupported, "superblock", "a file system", "an external journal of another volume");
        return Err(note.at(sb.offset, superblock::SIZE as u64));
    }
    let mut disk = Disk::new(volume.clone(), sb, &mut tally);
    if (disk.sb.checksum_mismatch.is_some() || !has_root(&disk))
        && let Some(other) = backup(volume)
    {
        use_backup(&mut disk, other, &mut tally);
    }
    check(&disk.sb, volume, &mut tally);
    let mut journal = read_journal(&disk, &mut tally);
    if let Some(journal) = &mut journal
        // A backup does not tell whether recovery is needed; the journal does.
        && (disk.sb.has_incompat(incompat::RECOVER) || disk.sb.offset != superblock::PRIMARY)
    {
        replay(&mut disk, journal, &mut tally);
        reread(&mut disk, &mut tally);
    }
    let mut facts = disk.sb.facts();
    if let Some(journal) = &journal {
        facts.more.push(("journal_transactions", journal.commits.len().to_string()));
        facts.more.push(("journal_block_copies", journal.copies.len().to_string()));
    }
    let notes = tally.into_notes();
    Ok(Some(Box::new(Ext { disk, journal, facts, notes })))
}

impl FileSystem for Ext {
    fn facts(&self) -> &Facts {
        &self.facts
    }
    fn walk(&self, out: &mut dyn Walk) -> Result<(), Stop> {
        self.notes.iter().try_for_each(|note| out.note(note.clone()))?;
        walk::walk(&self.disk, self.journal.as_ref(), out)
    }
    fn open(&self, _record: Option<u64>, stream: &Stream) -> Result<SharedSource, Stop> {
        Ok(Arc::new(RunSource::new(self.disk.volume.clone(), stream)))
    }
}

/// Reads the primary superblock, or a backup where the primary is damaged.
fn find(volume: &SharedSource, tally: &mut Tally) -> Result<Option<Superblock>, Note> {
    let head = read_vec(volume, 0, 2048).unwrap_or_default();
    let raw = head.get(1024..).unwrap_or_default();
    let is_marked = raw.get(0x38..0x3A) == Some(&superblock::MAGIC.to_le_bytes());
    let wrong = match Superblock::parse(raw, superblock::PRIMARY) {
        Ok(sb) => return Ok(Some(sb)),
        Err(e) => e,
    };
    if !is_marked && is_something_else(&head) {
        return Ok(None);
    }
    match backup(volume) {
        Some(sb) => {
            let found =
                format!("{}: expected {}, found {}; backup of group {} used", wrong.field, wrong.expected, wrong.found, sb.group);
            let note = Note::new(Code::BackupDiffers, "superblock", "a usable primary superblock", found);
            tally.add(note.at(superblock::PRIMARY, superblock::SIZE as u64));
            Ok(Some(sb))
        }
        None if is_marked => Err(damaged(&wrong)),
        None => Ok(None),
    }
}

/// Whether the root directory is where the superblock's geometry puts it.
fn has_root(disk: &Disk) -> bool {
    Scan::new(disk).inode(ROOT).is_some_and(|i| i.is_directory())
}

/// Turns to a backup superblock that, unlike the primary, leads to a root directory, or fits its
/// checksum and tells another geometry.
fn use_backup(disk: &mut Disk, backup: Superblock, tally: &mut Tally) {
    let has_sound_sum = disk.sb.checksum_mismatch.is_some() && backup.checksum_mismatch.is_none();
    if has_root(disk) && (!has_sound_sum || disk.sb.has_geometry_of(&backup)) {
        return;
    }
    let mut findings = Tally::default();
    let group = backup.group;
    let other = Disk::new(disk.volume.clone(), backup, &mut findings);
    if !has_root(&other) {
        return;
    }
    let found = format!("it does not; backup of group {group} used");
    let expected = "a primary superblock that fits its checksum and leads to the root directory";
    let note = Note::new(Code::BackupDiffers, "superblock", expected, found);
    findings.add(note.at(superblock::PRIMARY, superblock::SIZE as u64));
    (*disk, *tally) = (other, findings);
}

fn damaged(e: &FieldError) -> Note {
    Note::new(Code::Damaged, "superblock", format!("{}: {}", e.field, e.expected), e.found.clone()).at(e.at, 4)
}

/// Whether the first 2 KiB carry the mark of something else, in whose free space an old backup
/// superblock may well survive.
fn is_something_else(head: &[u8]) -> bool {
    let marks: [(usize, &[u8]); 9] = [
        (0, b"XFSB"),
        (0, b"LUKS\xba\xbe"),
        (0, b"\xebR\x90NTFS"),
        (0, b"\xebv\x90EXFAT"),
        (3, b"-FVE-FS-"),
        (32, b"NXSB"),
        (512, b"LABELONE"),
        (510, b"\x55\xaa"),
        (1024, b"H+"),
    ];
    marks.iter().any(|(at, mark)| head.get(*at..at.saturating_add(mark.len())) == Some(*mark))
}

/// Looks for a backup superblock where each block size puts the first ones.
fn backup(volume: &SharedSource) -> Option<Superblock> {
    for log in 0..=6u32 {
        let block = 1024u64 << log;
        let first = u64::from(log == 0);
        let per_group = block.saturating_mul(8);
        for group in [1u64, 3, 5, 7, 9] {
            let offset = first.saturating_add(group.saturating_mul(per_group)).saturating_mul(block);
            if offset >= volume.len() {
                break;
            }
            let raw = read_vec(volume, offset, superblock::SIZE).ok()?;
            let Ok(sb) = Superblock::parse(&raw, offset) else { continue };
            // A copy of the file system at byte 0 says which group it is in.
            if u64::from(sb.group) == group && u64::from(sb.block_size) == block && u64::from(sb.blocks_per_group) == per_group {
                return Some(sb);
            }
        }
    }
    None
}

fn check(sb: &Superblock, volume: &SharedSource, tally: &mut Tally) {
    let here = (sb.offset, superblock::SIZE as u64);
    let unknown = sb.incompat & !incompat::KNOWN;
    if unknown != 0 {
        let note = Note::new(
            Code::NotSupported,
            "superblock",
            "known incompatible features",
            format!("{unknown:#x}; read as far as possible"),
        );
        tally.add(note.at(sb.offset.saturating_add(0x60), 4));
    }
    if let Some((stored, computed)) = sb.checksum_mismatch {
        let found = format!("stored {stored:#010x}, computed {computed:#010x}");
        tally.add(
            Note::new(Code::ChecksumMismatch, "superblock", "a superblock that fits its checksum", found).at(here.0, here.1),
        );
    }
    if sb.bytes() > volume.len() {
        let found = format!("{} bytes", volume.len());
        tally.add(
            Note::new(Code::Truncated, "volume", format!("{} bytes by its superblock", sb.bytes()), found).at(here.0, here.1),
        );
    }
}

/// Reads the journal inside the file system, from its inode or from the superblock's copy of it.
fn read_journal(disk: &Disk, tally: &mut Tally) -> Option<Journal> {
    if !disk.sb.has_compat(compat::HAS_JOURNAL) {
        return None;
    }
    if disk.sb.journal_inode == 0 {
        tally.add(Note::new(Code::NotSupported, "journal", "a journal inside the file system", "a journal on another device"));
        return None;
    }
    let mut scan = Scan::new(disk);
    let inode = scan.inode(disk.sb.journal_inode).filter(Inode::is_alive);
    let mapped = inode.map(|i| map(&mut scan, &i, AsOf::Now)).filter(|m| !m.is_partial && !m.runs.is_empty());
    let mapped = match mapped {
        Some(mapped) => Some(mapped),
        None => {
            let copy = disk.sb.journal_backup.and_then(|raw| backup_inode(&raw, disk.sb.journal_inode));
            let mapped = copy.map(|i| map(&mut scan, &i, AsOf::Now)).filter(|m| !m.runs.is_empty());
            let found = if mapped.is_some() { "damaged; the superblock's copy of its map used" } else { "damaged" };
            tally.add(Note::new(Code::BackupDiffers, "journal", "a usable journal inode", found));
            mapped
        }
    };
    let journal = Journal::read(disk, &mapped?.runs, tally)?;
    let unknown = journal.log.incompat & !journal::incompat::KNOWN;
    if unknown != 0 {
        tally.add(Note::new(Code::NotSupported, "journal", "known journal features", format!("{unknown:#x}")));
    }
    if journal.log.fast_blocks > 0 && disk.sb.has_compat(compat::FAST_COMMIT) {
        let found = format!("{} fast commit blocks, not examined", journal.log.fast_blocks);
        tally.add(Note::new(Code::NotSupported, "journal", "a journal without fast commits", found));
    }
    Some(journal)
}

/// An inode made of the superblock's copy: 15 words of block map, then the size, high and low.
fn backup_inode(raw: &[u8; 68], number: u32) -> Option<Inode> {
    let (map, size) = raw.split_first_chunk::<60>()?;
    let mut record = vec![0u8; 128];
    record.get_mut(..2)?.copy_from_slice(&0x8180u16.to_le_bytes());
    record.get_mut(0x6C..0x70)?.copy_from_slice(size.get(..4)?);
    record.get_mut(4..8)?.copy_from_slice(size.get(4..8)?);
    record.get_mut(0x1A..0x1C)?.copy_from_slice(&1u16.to_le_bytes());
    record.get_mut(0x28..0x64)?.copy_from_slice(map);
    // The extent tree's magic at the start of the map tells which kind it is.
    if map.first_chunk::<2>() == Some(&0xF30Au16.to_le_bytes()) {
        record.get_mut(0x20..0x24)?.copy_from_slice(&super::inode::flag::EXTENTS.to_le_bytes());
    }
    Inode::parse(number, 0, &record).ok()
}

/// Reads superblock and descriptors again, now that pending blocks are known.
fn reread(disk: &mut Disk, tally: &mut Tally) {
    if disk.pending.is_empty() {
        return;
    }
    let block = superblock::PRIMARY.checked_div(u64::from(disk.sb.block_size)).unwrap_or(0);
    let within = usize::try_from(superblock::PRIMARY.saturating_sub(disk.offset(block))).unwrap_or(0);
    if disk.pending.contains_key(&block)
        && let Some(data) = disk.read_block(block)
        && let Some(raw) = data.get(within..within.saturating_add(superblock::SIZE))
        && let Ok(sb) = Superblock::parse(raw, disk.locate(block).0.saturating_add(within as u64))
        && sb.block_size == disk.sb.block_size
    {
        disk.sb = sb;
    }
    disk.read_groups(tally);
}

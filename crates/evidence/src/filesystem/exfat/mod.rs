//! exFAT: its boot sector and directory entry sets. Clusters, recovery and the walk are FAT's, in
//! the folder beside. Source: [exFAT] Microsoft exFAT file system specification, 2019.

mod boot;
mod entries;
mod entry_set;

use super::fat::allocation::{Allocation, AllocationBuilder};
use super::fat::chain::{ChainEnd, follow};
use super::fat::directory::{Directory, Item, byte_runs};
use super::fat::heap::{Budget, ClusterRun, Heap};
use super::fat::table::{Links, Table};
use super::fat::volume::{Area, ClusterVolume, Dialect, Lineage, Root};
use super::fat::{dirty_word, rules};
use super::{Facts, FileSystem};
use crate::Note;
use boot::{BOOT_BYTES, BootSector, REGION_SECTORS};
use model::{ByteSource, Code, EntryKind, Run, SharedSource, read_vec};

/// Bytes of the largest directory the format allows. Source: [exFAT] 7.6.7.
const MAX_DIRECTORY: u64 = 256 << 20;
/// Bytes of the root directory that are searched for the bitmap and the label.
const ROOT_SEARCH: u64 = 16 << 20;
const READ_WINDOW: u64 = 1 << 20;

/// An exFAT volume; None where neither boot region is exFAT's.
pub fn open(source: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    let mut notes = Vec::new();
    let Some(boot) = boot_sector(source, &mut notes)? else { return Ok(None) };
    let (heap, table) = (boot.heap(), boot.table(boot.active()));
    if source.len() < boot.bytes() {
        let expected = format!("{} bytes, as the boot sector says", boot.bytes());
        notes.push(Note::new(Code::Truncated, "", expected, format!("{} bytes", source.len())));
    }
    if heap.count() < u64::from(boot.clusters) {
        let expected = format!("room for {} clusters", boot.clusters);
        notes.push(Note::new(Code::Damaged, "boot sector", expected, format!("room for {}", heap.count())));
    }
    let root = root_directory(source, &boot, &heap, table);
    let allocation = bitmap(source, &boot, &heap, table, &root, &mut notes);
    let label = root.items.iter().find(|i| i.kind == EntryKind::VolumeLabel).map(|i| i.name.clone());
    let mut more = vec![
        ("version", format!("{}.{}", boot.revision >> 8, boot.revision & 0xFF)),
        ("sector size", boot.sector_size().to_string()),
        ("clusters", heap.count().to_string()),
        ("clusters in use", allocation.used().to_string()),
        ("tables", boot.tables.to_string()),
        ("dirty", dirty_word(boot.flags & 2 != 0)),
    ];
    if boot.flags & 4 != 0 {
        more.push(("media failure", "recorded by a driver".into()));
    }
    more.extend(root.guid.map(|g| ("volume guid", g)));
    let facts = Facts {
        kind: "exFAT",
        label,
        serial: Some(format!("{:04X}-{:04X}", boot.serial >> 16, boot.serial & 0xFFFF)),
        cluster_size: boot.cluster_size(),
        bytes: boot.bytes(),
        more,
    };
    let areas = Area::of(boot.sector_size(), (0..boot.tables).map(|n| boot.table(n)));
    let dialect = Dialect {
        parse: entries::parse,
        shape: entries::shape,
        max_directory: MAX_DIRECTORY,
        erased_name: rules::ERASED_EXFAT,
        join: entry_set::join,
        lineage: Lineage::Sets,
    };
    let (root, root_origin, source) = (Root::Cluster(boot.root_cluster), (96, 4), source.clone());
    Ok(Some(Box::new(ClusterVolume { source, facts, heap, table, allocation, root, root_origin, areas, notes, dialect })))
}

/// The boot sector, or its copy when the first region is damaged. Err where the name is there but
/// neither region holds together.
fn boot_sector(source: &dyn ByteSource, notes: &mut Vec<Note>) -> Result<Option<BootSector>, Note> {
    let Ok(first) = read_vec(source, 0, BOOT_BYTES) else { return Ok(None) };
    let damage = match BootSector::parse(&first) {
        Ok(boot) => {
            check_regions(source, &boot, notes);
            return Ok(Some(boot));
        }
        Err(e) => e,
    };
    for shift in 9..=12u32 {
        let at = REGION_SECTORS.saturating_mul(1u64.checked_shl(shift).unwrap_or(512));
        let Ok(copy) = read_vec(source, at, BOOT_BYTES) else { continue };
        let Ok(boot) = BootSector::parse(&copy) else { continue };
        // Other formats leave an old copy alone: only a region whose checksum holds is believed.
        let whole = boot::checksums(source, at, boot.sector_size()).is_some_and(|(sum, stored)| sum == stored);
        if boot.sector_shift == shift && whole && first.get(3..11) != Some(b"NTFS    ") && !is_ext(source) {
            notes.push(
                Note::new(Code::Damaged, "boot sector", "an exFAT boot sector", format!("{damage}; its copy is used")).at(0, 512),
            );
            return Ok(Some(boot));
        }
    }
    match damage.field {
        "name" => Ok(None),
        _ => Err(Note::new(Code::Damaged, "boot sector", damage.expected, damage.found).at(damage.at, 1)),
    }
}

fn is_ext(source: &dyn ByteSource) -> bool {
    read_vec(source, 1080, 2).is_ok_and(|b| b == [0x53, 0xEF])
}

fn check_regions(source: &dyn ByteSource, boot: &BootSector, notes: &mut Vec<Note>) {
    let size = boot.sector_size();
    let second = REGION_SECTORS.saturating_mul(size);
    let regions = [("boot sector", 0), ("backup boot sector", second)];
    let sums = regions.map(|(_, at)| boot::checksums(source, at, size));
    for ((place, at), sums) in regions.iter().zip(&sums) {
        if let Some((sum, stored)) = sums.filter(|(sum, stored)| sum != stored) {
            let note = Note::new(Code::ChecksumMismatch, *place, format!("0x{stored:08X}"), format!("0x{sum:08X}"));
            notes.push(note.at(at.saturating_add(size.saturating_mul(11)), 4));
        }
    }
    // The sums leave out what differs by right, so they compare the regions too.
    if let [Some((first, _)), Some((copy, _))] = sums
        && first != copy
    {
        let expected = "a copy equal to the boot region";
        notes.push(Note::new(Code::BackupDiffers, "backup boot sector", expected, "other bytes").at(second, second));
    }
}

/// What the root directory tells of the volume.
struct RootFacts {
    items: Vec<Item>,
    /// (flags, first cluster, bytes) of each allocation bitmap.
    bitmaps: Vec<(u8, u32, u64)>,
    guid: Option<String>,
}

fn root_directory(source: &dyn ByteSource, boot: &BootSector, heap: &Heap, table: Table) -> RootFacts {
    let mut links = Links::new(source, table);
    let limit = heap.needed(ROOT_SEARCH);
    let chain = follow(&mut links, heap, boot.root_cluster, limit, &mut Budget::of(heap));
    let directory = Directory::read(source, &Directory::extents_of(&chain.runs, heap)).unwrap_or_default();
    let mut out = RootFacts { items: entries::parse(&directory, b"", heap).items, bitmaps: Vec::new(), guid: None };
    for item in &out.items {
        if item.kind == EntryKind::System && item.name == b"$ALLOC_BITMAP" {
            let flags = directory.slot(item.main).and_then(|s| s.get(1)).copied().unwrap_or(0);
            out.bitmaps.push((flags, item.start, item.size));
        }
    }
    let guids = (0..directory.slots()).filter_map(|i| directory.slot(i));
    out.guid = guids.filter(|s| s.first() == Some(&(entry_set::GUID | entry_set::IN_USE))).find_map(|s| guid_text(s.get(6..22)?));
    out
}

/// A GUID with its first three fields little-endian, in the usual form.
fn guid_text(bytes: &[u8]) -> Option<String> {
    let b = <[u8; 16]>::try_from(bytes).ok()?;
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut out = String::with_capacity(36);
    for (place, index) in order.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{:02X}", b.get(*index)?));
    }
    Some(out)
}

/// Reads the allocation bitmap of the active table. Without one, no cluster is called free.
fn bitmap(
    source: &dyn ByteSource,
    boot: &BootSector,
    heap: &Heap,
    table: Table,
    root: &RootFacts,
    notes: &mut Vec<Note>,
) -> Allocation {
    let wanted = heap.count().div_ceil(8);
    let active = root.bitmaps.iter().find(|(flags, _, _)| u64::from(flags & 1) == boot.active());
    let Some((_, start, length)) = active.or(root.bitmaps.first()).copied() else {
        notes.push(Note::new(
            Code::Damaged,
            "$ALLOC_BITMAP",
            "an allocation bitmap in the root directory",
            "none: all taken as allocated",
        ));
        return Allocation::default();
    };
    if length < wanted {
        notes.push(Note::new(
            Code::Damaged,
            "$ALLOC_BITMAP",
            format!("{wanted} bytes"),
            format!("{length}; the rest is taken as allocated"),
        ));
    }
    let needed = heap.needed(length.min(wanted));
    let mut links = Links::new(source, table);
    let chain = follow(&mut links, heap, start, needed, &mut Budget::of(heap));
    let mut runs = chain.runs;
    if chain.clusters < needed {
        if chain.end != ChainEnd::Broken || chain.clusters > 1 {
            notes.push(Note::new(
                Code::Damaged,
                "$ALLOC_BITMAP",
                format!("a chain of {needed} clusters"),
                format!("{}", chain.clusters),
            ));
        }
        if heap.contains(start) {
            runs = vec![ClusterRun { first: start, count: needed }];
        }
    }
    let mut left = length.min(wanted);
    let mut builder = AllocationBuilder::default();
    for run in byte_runs(&runs, heap) {
        let Run { offset: Some(offset), length } = run else { continue };
        let end = offset.saturating_add(length.min(left));
        left = left.saturating_sub(length);
        let mut at = offset;
        while at < end {
            let size = READ_WINDOW.min(end.saturating_sub(at));
            let bytes = read_vec(source, at, usize::try_from(size).unwrap_or(0)).unwrap_or_default();
            builder.push_bytes(&bytes);
            if (bytes.len() as u64) < size {
                notes.push(
                    Note::new(Code::Unreadable, "$ALLOC_BITMAP", "the whole bitmap", "bytes that are missing").at(at, size),
                );
                return builder.finish_at(heap.count());
            }
            at = at.saturating_add(size);
        }
    }
    builder.finish_at(heap.count())
}

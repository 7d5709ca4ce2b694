use super::boot::{BOOT_BYTES, BootSector};
use super::directory::Directory;
use super::entries;
use super::heap::Heap;
use super::rules;
use super::table::{Table, Width};
use super::volume::{Area, ClusterVolume, Dialect, Lineage, Root};
use crate::Note;
use crate::filesystem::{Facts, FileSystem};
use model::{ByteSource, Code, EntryKind, SharedSource, read_vec};

/// Entries of the largest directory FAT allows, times their size.
const MAX_DIRECTORY: u64 = 65_536 * 32;
const COMPARE_WINDOW: u64 = 256 * 1024;
/// Where a FAT32 boot sector's copy usually lies.
const BACKUP_SECTOR: u64 = 6;

/// A FAT volume; None where the boot sector, and its copy, are none of FAT's.
pub fn open(source: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    let mut notes = Vec::new();
    let Some(boot) = boot_sector(source, &mut notes) else { return Ok(None) };
    let heap = boot.heap();
    let table = boot.active_table();
    if source.len() < boot.bytes() {
        let expected = format!("{} bytes, as the boot sector says", boot.bytes());
        notes.push(Note::new(Code::Truncated, "", expected, format!("{} bytes", source.len())));
    }
    if !boot.signed {
        notes.push(Note::new(Code::Damaged, "boot sector", "0x55 0xAA at its end", "other bytes").at(510, 2));
    }
    if boot.few_clusters {
        let found = format!("{} clusters; read as FAT32, as its fields say", boot.clusters);
        notes.push(Note::new(Code::Damaged, "boot sector", "at least 65,525 clusters on FAT32", found));
    }
    if heap.count() < boot.clusters {
        let found = format!("room for {}; the rest is not read", heap.count());
        notes.push(Note::new(Code::Damaged, "$FAT1", format!("a table for {} clusters", boot.clusters), found));
    }
    compare_backup(source, &boot, &mut notes);
    compare_tables(source, &boot, &mut notes);
    let (allocation, unreadable) = table.allocation(source, heap.last);
    if unreadable > 0 {
        let mut note = Note::new(Code::Unreadable, "$FAT1", "the whole table", "entries that are missing; taken as allocated");
        note.count = unreadable;
        notes.push(note);
    }
    let root = match boot.width {
        Width::Fat32 => Root::Cluster(boot.root_cluster),
        Width::Fat12 | Width::Fat16 | Width::ExFat => Root::Fixed(boot.data_start(), boot.root_bytes()),
    };
    let facts = facts(source, &boot, &table, root, &heap, allocation.used());
    let areas = Area::of(boot.sector_size, (0..boot.tables).map(|n| boot.table(n)));
    let dialect = Dialect {
        parse: entries::parse,
        shape: entries::shape,
        max_directory: MAX_DIRECTORY,
        erased_name: rules::ERASED_FAT,
        join: entries::join,
        lineage: Lineage::Dots,
    };
    let root_origin = if boot.width == Width::Fat32 { (44, 4) } else { (17, 2) };
    let source = source.clone();
    Ok(Some(Box::new(ClusterVolume { source, facts, heap, table, allocation, root, root_origin, areas, notes, dialect })))
}

/// The boot sector, or FAT32's copy of it when sector 0 is damaged.
fn boot_sector(source: &dyn ByteSource, notes: &mut Vec<Note>) -> Option<BootSector> {
    let first = read_vec(source, 0, BOOT_BYTES).ok()?;
    let damage = match BootSector::parse(&first) {
        Ok(boot) if names_fat(source, &boot, &first) => return Some(boot),
        Ok(_) => "no FAT behind it".to_string(),
        Err(e) => e.to_string(),
    };
    // An ext volume may lie over an older FAT32, whose copy it leaves alone.
    if read_vec(source, 1080, 2).ok()? == [0x53, 0xEF] {
        return None;
    }
    let at = BACKUP_SECTOR.saturating_mul(512);
    let copy = read_vec(source, at, BOOT_BYTES).ok()?;
    let boot = BootSector::parse(&copy).ok()?;
    let sound = boot.width == Width::Fat32 && boot.signed && boot.sector_size == 512 && boot.backup_sector == BACKUP_SECTOR;
    if !sound || !names_fat(source, &boot, &copy) {
        return None;
    }
    notes.push(Note::new(Code::Damaged, "boot sector", "a FAT32 boot sector", format!("{damage}; its copy is used")).at(0, 512));
    Some(boot)
}

/// The table's first byte repeats the media byte; that and the sector's own words keep other
/// boot sectors out.
fn names_fat(source: &dyn ByteSource, boot: &BootSector, sector: &[u8]) -> bool {
    let media = read_vec(source, boot.active_table().offset, 1).is_ok_and(|b| b.first() == Some(&boot.media));
    let says = |at: usize| sector.get(at..).is_some_and(|rest| rest.starts_with(b"FAT"));
    media && (boot.signed || says(54) || says(82))
}

fn compare_backup(source: &dyn ByteSource, boot: &BootSector, notes: &mut Vec<Note>) {
    if boot.width != Width::Fat32 || boot.backup_sector == 0 || boot.backup_sector >= boot.reserved_sectors {
        return;
    }
    let at = boot.backup_sector.saturating_mul(boot.sector_size);
    let (Ok(mut first), Ok(mut copy)) = (read_vec(source, 0, BOOT_BYTES), read_vec(source, at, BOOT_BYTES)) else { return };
    // Byte 65 holds the dirty mark, which drivers set in the first sector only.
    for sector in [&mut first, &mut copy] {
        if let Some(state) = sector.get_mut(65) {
            *state = 0;
        }
    }
    let different = first.iter().zip(&copy).filter(|(a, b)| a != b).count();
    if different > 0 || first.len() != copy.len() {
        let found = format!("{different} bytes differ");
        notes.push(Note::new(Code::BackupDiffers, "boot sector", "a copy equal to the boot sector", found).at(at, 512));
    }
}

/// Compares the tables with the first: one note a table, with where they part.
fn compare_tables(source: &dyn ByteSource, boot: &BootSector, notes: &mut Vec<Note>) {
    if !boot.mirrored() {
        return;
    }
    let first = boot.table(0);
    for number in 1..boot.tables {
        let other = boot.table(number);
        let (mut at, mut different, mut place) = (0u64, 0u64, None);
        while at < first.length {
            let length = usize::try_from(COMPARE_WINDOW.min(first.length.saturating_sub(at))).unwrap_or(0);
            let read = |t: &Table| read_vec(source, t.offset.saturating_add(at), length).unwrap_or_default();
            let (a, b) = (read(&first), read(&other));
            if a.is_empty() || b.is_empty() {
                break;
            }
            if a != b {
                let parts = a.iter().zip(&b).filter(|(a, b)| a != b).count() as u64;
                different = different.saturating_add(parts);
                let here = a.iter().zip(&b).position(|(a, b)| a != b).unwrap_or(0) as u64;
                place.get_or_insert(other.offset.saturating_add(at).saturating_add(here));
            }
            at = at.saturating_add(COMPARE_WINDOW);
        }
        if let Some(place) = place {
            let name = format!("$FAT{}", number.saturating_add(1));
            let found = format!("{different} bytes differ; the first table is used");
            notes.push(Note::new(Code::BackupDiffers, name, "a table equal to the first", found).at(place, 1));
        }
    }
}

fn facts(source: &dyn ByteSource, boot: &BootSector, table: &Table, root: Root, heap: &Heap, used: u64) -> Facts {
    let text = |bytes: &[u8]| {
        let kept = bytes.iter().rposition(|b| *b != b' ' && *b != 0).map_or(0, |last| last.saturating_add(1));
        bytes.iter().take(kept).map(|b| super::name::oem_char(*b)).collect::<String>()
    };
    let boot_label = text(&boot.label);
    let label = root_label(source, root, heap)
        .or_else(|| (!boot_label.is_empty() && boot_label != "NO NAME").then(|| boot_label.clone().into_bytes()));
    let mut more = vec![
        ("oem name", text(&boot.oem_name)),
        ("label in the boot sector", boot_label),
        ("code page assumed", "437".to_string()),
        ("sector size", boot.sector_size.to_string()),
        ("clusters", heap.count().to_string()),
        ("clusters in use", used.to_string()),
        ("tables", boot.tables.to_string()),
        ("dirty", super::dirty_word(is_dirty(source, boot, table))),
    ];
    if !boot.mirrored() {
        more.push(("active table", (boot.flags & 0xF).saturating_add(1).to_string()));
    }
    Facts {
        kind: boot.kind(),
        label,
        serial: boot.serial.map(|s| format!("{:04X}-{:04X}", s >> 16, s & 0xFFFF)),
        cluster_size: boot.cluster_size,
        bytes: boot.bytes(),
        more,
    }
}

/// The boot sector's state byte, or the second table entry's top bit cleared, marks a volume that
/// was not closed properly.
fn is_dirty(source: &dyn ByteSource, boot: &BootSector, table: &Table) -> bool {
    let (place, _) = table.place(1);
    let bytes = read_vec(source, table.offset.saturating_add(place), 4).unwrap_or_default();
    let clean_bit = match (boot.width, bytes.as_slice()) {
        (Width::Fat16, [_, high, ..]) => high & 0x80 != 0,
        (Width::Fat32, [_, _, _, high]) => high & 0x08 != 0,
        (_, _) => true,
    };
    boot.state & 1 != 0 || !clean_bit
}

/// The label entry of the root directory, from its first clusters.
fn root_label(source: &dyn ByteSource, root: Root, heap: &Heap) -> Option<Vec<u8>> {
    let extent = match root {
        Root::Fixed(offset, length) => (offset, length),
        Root::Cluster(c) if heap.contains(c) => (heap.byte(c), heap.cluster_size),
        Root::Cluster(_) => return None,
    };
    let directory = Directory::read(source, &[extent]).ok()?;
    let parsed = entries::parse(&directory, b"", heap);
    let live = |i: &&super::directory::Item| i.kind == EntryKind::VolumeLabel && i.presence == super::directory::Presence::Live;
    parsed.items.iter().find(live).map(|i| i.name.clone())
}

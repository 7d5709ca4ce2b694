//! GUID partition tables: a header and an array of entries at the start of the media, and a copy at
//! its end. Source: UEFI specification 2.10, chapter 5.

use super::gpt_header::{Array, Header};
use super::mbr::{Mbr, PROTECTIVE};
use super::{Scheme, Volume, VolumeKind, VolumeMap, gaps, types};
use crate::Note;
use crate::note::push_bounded;
use model::{ByteSource, Code, read_vec};

/// Sector sizes in use; 512 first, as almost all media have it.
const SECTOR_SIZES: [u32; 2] = [512, 4096];

/// Whether a header lies where a GPT begins.
pub fn present(media: &dyn ByteSource) -> bool {
    SECTOR_SIZES.iter().any(|size| read_vec(media, u64::from(*size), 8).is_ok_and(|m| m == b"EFI PART"))
}

/// A header and its array, as far as both can be used.
struct Table {
    header: Header,
    array: Array,
}

/// None where there is no GPT, or none of its two copies can be used (then with a note).
pub fn map(media: &dyn ByteSource, mbr: Option<&Mbr>, notes: &mut Vec<Note>) -> Option<VolumeMap> {
    let protective = mbr.is_some_and(|m| m.entries.iter().any(|e| e.kind == PROTECTIVE));
    let mut found = Vec::new();
    let mut chosen = None;
    for size in SECTOR_SIZES {
        let mut said = Vec::new();
        let primary = Table::read(media, u64::from(size), size, "GPT", &mut said);
        // The primary says where its copy lies; failing that, the last sector of the media.
        let last = media.len().checked_div(u64::from(size)).unwrap_or(0).saturating_sub(1).saturating_mul(u64::from(size));
        let stated = primary.as_ref().and_then(|p| p.header.alternate_lba.checked_mul(u64::from(size)));
        let mut backup_said = Vec::new();
        let mut backup = stated.and_then(|at| Table::read(media, at, size, "GPT backup", &mut backup_said));
        if backup.is_none() && stated != Some(last) {
            backup = Table::read(media, last, size, "GPT backup", &mut backup_said);
        }
        let there = primary.is_some() || backup.is_some();
        said.extend(backup_said);
        if there {
            found = said;
            chosen = Some((size, primary, backup));
            break;
        }
        found.extend(said);
    }
    let Some((size, primary, backup)) = chosen else {
        if protective {
            let text = "no usable header at sector 1 nor at the end";
            push_bounded(notes, Note::new(Code::Damaged, "GPT", "a GPT behind the protective MBR entry", text));
            notes.append(&mut found);
        }
        return None;
    };
    notes.append(&mut found);
    if !protective {
        let text = "no protective entry in sector 0";
        push_bounded(notes, Note::new(Code::Damaged, "MBR", "a protective entry (0xee) before the GPT", text).at(0, 512));
    } else if let Some(other) = mbr.and_then(|m| m.entries.iter().find(|e| !e.is_empty() && e.kind != PROTECTIVE)) {
        let text = format!("a hybrid MBR with a partition of type 0x{:02x} at sector {} as well", other.kind, other.start);
        push_bounded(notes, Note::new(Code::Overlap, "MBR", "a protective entry alone", text).at(0, 512));
    }
    Some(build(media, size, primary, backup, notes))
}

impl Table {
    /// None, with a note where a header is there, when it cannot be used.
    fn read(media: &dyn ByteSource, at: u64, sector_size: u32, place: &str, notes: &mut Vec<Note>) -> Option<Self> {
        let header = Header::read(media, at, sector_size, place, notes)?;
        let array = Array::read(media, &header, sector_size, place, notes);
        Some(Self { header, array })
    }
    fn sound(&self) -> bool {
        self.header.sound && self.array.sound
    }
}

fn build(media: &dyn ByteSource, size: u32, primary: Option<Table>, backup: Option<Table>, notes: &mut Vec<Note>) -> VolumeMap {
    let unit = u64::from(size);
    let mut tables = vec![(0, unit, "MBR")];
    for (table, header, entries) in
        [(&primary, "GPT header", "GPT entries"), (&backup, "GPT backup header", "GPT backup entries")]
    {
        if let Some(t) = table {
            tables.push((t.header.at, unit, header));
            tables.push((t.header.entries_lba.saturating_mul(unit), t.array.bytes.div_ceil(unit).saturating_mul(unit), entries));
        }
    }
    match (&primary, &backup) {
        (Some(p), Some(b)) => compare(p, b, notes),
        (Some(p), None) => {
            let found = format!("none at sector {}", p.header.alternate_lba);
            push_bounded(notes, Note::new(Code::BackupDiffers, "GPT", "a backup header", found).at(p.header.at, unit));
        }
        (None, Some(b)) => {
            let found = "only the backup can be used; it was";
            push_bounded(
                notes,
                Note::new(Code::BackupDiffers, "GPT", "a primary header at sector 1", found).at(b.header.at, unit),
            );
        }
        (None, None) => {}
    }
    let use_backup = match (&primary, &backup) {
        (Some(p), Some(b)) => !p.sound() && b.sound(),
        (None, _) => true,
        (Some(_), None) => false,
    };
    let Some(table) = (if use_backup { backup } else { primary }) else {
        return VolumeMap {
            scheme: Scheme::Gpt,
            sector_size: size,
            disk_id: None,
            volumes: Vec::new(),
            notes: std::mem::take(notes),
        };
    };
    let mut partitions = Vec::new();
    for entry in &table.array.entries {
        if entry.last < entry.first {
            let found = format!("first sector {}, last sector {}", entry.first, entry.last);
            push_bounded(
                notes,
                Note::new(Code::Damaged, format!("GPT slot {}", entry.slot), "a last sector not before the first", found),
            );
            continue;
        }
        let sectors = entry.last.saturating_sub(entry.first).saturating_add(1);
        let code = types::guid(&entry.kind);
        partitions.push(Volume {
            kind: VolumeKind::Partition,
            offset: entry.first.saturating_mul(unit),
            length: sectors.saturating_mul(unit),
            slot: Some(entry.slot),
            type_name: types::gpt_name(&code),
            type_code: Some(code),
            name: entry.name.clone(),
            guid: Some(types::guid(&entry.id)),
            // Attribute bit 2: legacy BIOS bootable.
            bootable: entry.attributes & 4 != 0,
        });
    }
    let volumes = gaps::fill(media.len(), partitions, &tables, "GPT", notes);
    let disk_id = Some(types::guid(&table.header.disk));
    VolumeMap { scheme: Scheme::Gpt, sector_size: size, disk_id, volumes, notes: std::mem::take(notes) }
}

/// Names each entry in which the copies differ: a partition that only the backup has was removed
/// or hidden by something that did not know of the backup.
fn compare(primary: &Table, backup: &Table, notes: &mut Vec<Note>) {
    const NAMED: u64 = 64;
    if primary.header.disk != backup.header.disk {
        let found = format!("{} and {}", types::guid(&primary.header.disk), types::guid(&backup.header.disk));
        push_bounded(notes, Note::new(Code::BackupDiffers, "GPT", "one disk GUID in both headers", found));
    }
    let mut differ = 0u64;
    let slots: std::collections::BTreeSet<u32> =
        primary.array.entries.iter().chain(&backup.array.entries).map(|e| e.slot).collect();
    for slot in slots {
        let (p, b) = (primary.array.entry(slot), backup.array.entry(slot));
        if p == b {
            continue;
        }
        differ = differ.saturating_add(1);
        if differ > NAMED {
            continue;
        }
        let text = |e: Option<&super::gpt_header::Entry>| match e {
            Some(e) => format!("{} in sectors {} to {}", types::guid(&e.kind), e.first, e.last),
            None => "nothing".to_owned(),
        };
        let found = format!("primary: {}; backup: {}", text(p), text(b));
        push_bounded(notes, Note::new(Code::BackupDiffers, format!("GPT slot {slot}"), "the same entry in both copies", found));
    }
    if differ > NAMED {
        let mut note = Note::new(Code::BackupDiffers, "GPT", "the same entry in both copies", "further entries, counted only");
        note.count = differ.saturating_sub(NAMED);
        push_bounded(notes, note);
    }
}

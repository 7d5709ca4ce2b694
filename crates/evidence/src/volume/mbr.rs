//! The master boot record and its four primary partitions.
//! Source: "Master boot record" as IBM PC DOS defined it; The Sleuth Kit's mmls for what to accept.

use super::{Scheme, Volume, VolumeKind, VolumeMap, extended, gaps, seen, types};
use crate::Note;
use crate::note::push_bounded;
use model::{ByteSource, Code, FieldError, FieldReader};

/// Type of the entry that guards a GPT.
pub const PROTECTIVE: u8 = 0xee;

/// One of the four entries of a boot record. Positions and lengths are sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub status: u8,
    pub kind: u8,
    pub start: u32,
    pub sectors: u32,
}

impl Entry {
    pub fn is_empty(&self) -> bool {
        self.kind == 0 || self.sectors == 0
    }
    pub fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0f | 0x85)
    }
    fn is_sound(&self) -> bool {
        matches!(self.status, 0 | 0x80) && self.start > 0
    }
    fn end(&self) -> u64 {
        u64::from(self.start).saturating_add(u64::from(self.sectors))
    }
}

pub struct Mbr {
    pub entries: [Entry; 4],
    pub disk_id: u32,
    has_code: bool,
}

/// The four entries at byte 446 of a boot record.
pub fn entries(sector: &[u8]) -> Result<[Entry; 4], FieldError> {
    let mut r = FieldReader::new(sector, 0);
    r.seek(446, "partition table")?;
    let mut entry = || -> Result<Entry, FieldError> {
        let status = r.u8("status")?;
        r.skip(3, "first cylinder, head, sector")?;
        let kind = r.u8("partition type")?;
        r.skip(3, "last cylinder, head, sector")?;
        Ok(Entry { status, kind, start: r.u32("first sector")?, sectors: r.u32("sectors")? })
    };
    Ok([entry()?, entry()?, entry()?, entry()?])
}

impl Mbr {
    /// None without the signature 55 aa.
    pub fn parse(sector: &[u8]) -> Option<Self> {
        if sector.get(510..512) != Some(&[0x55, 0xaa]) {
            return None;
        }
        let mut r = FieldReader::new(sector, 0);
        let has_code = r.bytes(440, "boot code").ok()?.iter().any(|b| *b != 0);
        let disk_id = r.u32("disk identifier").ok()?;
        Some(Self { entries: entries(sector).ok()?, disk_id, has_code })
    }

    fn used(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| !e.is_empty())
    }

    /// Boot sectors of NTFS, FAT and exFAT end in 55 aa too, with code or text where the table would
    /// be. Where a file system begins at byte 0 the table must hold together entirely; else one
    /// good partition is enough, and an empty table needs boot code or an identifier.
    pub fn makes_sense(&self, media: &dyn ByteSource, file_system_at_start: bool) -> bool {
        let total = self.used().count();
        let sound = self.used().filter(|e| e.is_sound()).count();
        if file_system_at_start {
            let sectors = media.len() / 512;
            return total > 0 && sound == total && self.disjoint() && self.used().all(|e| e.end() <= sectors);
        }
        if total == 0 {
            return self.has_code || self.disk_id != 0;
        }
        if sound == total {
            return true;
        }
        self.used().filter(|e| e.is_sound()).any(|e| seen(media, u64::from(e.start).saturating_mul(512)).is_some())
    }

    fn disjoint(&self) -> bool {
        let mut ranges: Vec<(u64, u64)> = self.used().map(|e| (u64::from(e.start), e.end())).collect();
        ranges.sort_unstable();
        ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.1 <= b.0)
    }

    /// Sectors of 512 bytes, unless file systems show themselves only where sectors of 4096 would
    /// put them.
    fn sector_size(&self, media: &dyn ByteSource) -> u32 {
        let hits = |size: u64| {
            let found = |e: &&Entry| !e.is_extended() && seen(media, u64::from(e.start).saturating_mul(size)).is_some();
            self.used().filter(found).count()
        };
        if hits(512) == 0 && hits(4096) > 0 { 4096 } else { 512 }
    }
}

pub fn map(media: &dyn ByteSource, mbr: &Mbr, mut notes: Vec<Note>) -> VolumeMap {
    let sector_size = mbr.sector_size(media);
    let mut volumes = Vec::new();
    let mut tables = vec![(0, u64::from(sector_size), "MBR")];
    for (slot, entry) in (1u32..).zip(mbr.entries.iter()).filter(|(_, e)| !e.is_empty()) {
        if !entry.is_sound() {
            let found = format!("status 0x{:02x}, first sector {}", entry.status, entry.start);
            let place = format!("MBR entry {slot}");
            push_bounded(&mut notes, Note::new(Code::Damaged, place, "status 0x00 or 0x80 and a first sector", found).at(0, 512));
        }
        if entry.start == 0 {
            continue;
        }
        if entry.is_extended() {
            extended::read(media, sector_size, entry.start, &mut volumes, &mut tables, &mut notes);
        } else {
            volumes.push(volume(entry, u64::from(entry.start), slot, sector_size));
        }
    }
    let volumes = gaps::fill(media.len(), volumes, &tables, "MBR", &mut notes);
    let disk_id = (mbr.disk_id != 0).then(|| format!("0x{:08x}", mbr.disk_id));
    VolumeMap { scheme: Scheme::Mbr, sector_size, disk_id, volumes, notes }
}

/// A partition that starts at sector `start` of the media.
pub fn volume(entry: &Entry, start: u64, slot: u32, sector_size: u32) -> Volume {
    let unit = u64::from(sector_size);
    Volume {
        kind: VolumeKind::Partition,
        offset: start.saturating_mul(unit),
        length: u64::from(entry.sectors).saturating_mul(unit),
        slot: Some(slot),
        type_code: Some(format!("0x{:02x}", entry.kind)),
        type_name: types::mbr_name(entry.kind),
        name: String::new(),
        guid: None,
        bootable: entry.status == 0x80,
    }
}

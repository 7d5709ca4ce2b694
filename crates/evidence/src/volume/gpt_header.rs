use crate::Note;
use crate::note::push_bounded;
use encoding_rs::UTF_16LE;
use flate2::Crc;
use model::{ByteSource, Code, FieldError, FieldReader, read_vec};

/// A GPT header. Positions are sectors, except `at`.
pub struct Header {
    /// Byte offset of the header.
    pub at: u64,
    pub alternate_lba: u64,
    pub disk: [u8; 16],
    pub entries_lba: u64,
    pub entry_count: u32,
    pub entry_size: u32,
    entries_crc: u32,
    /// Its CRC holds.
    pub sound: bool,
}

/// One used entry. Sectors, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub slot: u32,
    pub kind: [u8; 16],
    pub id: [u8; 16],
    pub first: u64,
    pub last: u64,
    pub attributes: u64,
    pub name: String,
}

/// The used entries of an array.
pub struct Array {
    /// In order of slot.
    pub entries: Vec<Entry>,
    /// Bytes the array takes on the media, as far as it was read.
    pub bytes: u64,
    /// Its CRC holds.
    pub sound: bool,
}

/// Usual are 128 entries of 128 bytes; Linux and Windows refuse far smaller arrays than this.
const MAX_ARRAY: usize = 4 << 20;

impl Header {
    /// None where no header lies at `at`, or where its fields cannot be used. Notes say why, when
    /// the signature at least is there.
    pub fn read(media: &dyn ByteSource, at: u64, sector_size: u32, place: &str, notes: &mut Vec<Note>) -> Option<Self> {
        let sector = read_vec(media, at, sector_size as usize).ok()?;
        if sector.get(..8) != Some(b"EFI PART") {
            return None;
        }
        match Self::parse(&sector, at) {
            Ok(header) => {
                if !header.sound {
                    push_bounded(
                        notes,
                        note(Code::ChecksumMismatch, place, "CRC-32 of the header", "it does not match", at, sector_size),
                    );
                }
                Some(header)
            }
            Err(e) => {
                push_bounded(notes, note(Code::Damaged, place, "a GPT header", &e.to_string(), at, sector_size));
                None
            }
        }
    }

    fn parse(sector: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(sector, at);
        r.seek(12, "header size")?;
        let size = r.u32("header size")? as usize;
        if size < 92 || size > sector.len() {
            return Err(r.wrong("header size", format!("92 to {}", sector.len()), size));
        }
        let stored = r.u32("header CRC")?;
        r.seek(32, "alternate LBA")?;
        let alternate_lba = r.u64("alternate LBA")?;
        r.seek(56, "disk GUID")?;
        let disk = r.array::<16>("disk GUID")?;
        let entries_lba = r.u64("entries LBA")?;
        let entry_count = r.u32("number of entries")?;
        let entry_size = r.u32("size of an entry")?;
        let entries_crc = r.u32("entries CRC")?;
        if entry_size < 128 || entry_size % 8 != 0 || entry_size > 4096 {
            return Err(r.wrong("size of an entry", "128 to 4096, in steps of 8", entry_size));
        }
        // The CRC is taken with its own field as zeros.
        let mut copy = sector.get(..size).unwrap_or_default().to_vec();
        if let Some(field) = copy.get_mut(16..20) {
            field.fill(0);
        }
        let sound = crc32(&copy) == stored;
        Ok(Self { at, alternate_lba, disk, entries_lba, entry_count, entry_size, entries_crc, sound })
    }
}

impl Array {
    pub fn read(media: &dyn ByteSource, header: &Header, sector_size: u32, place: &str, notes: &mut Vec<Note>) -> Self {
        let at = header.entries_lba.saturating_mul(u64::from(sector_size));
        let stated = u64::from(header.entry_count).saturating_mul(u64::from(header.entry_size));
        let wanted = usize::try_from(stated).unwrap_or(usize::MAX);
        let raw = read_vec(media, at, wanted.min(MAX_ARRAY)).unwrap_or_default();
        let mut sound = false;
        if wanted > MAX_ARRAY {
            let found =
                format!("{} entries of {} bytes; the first {} bytes were read", header.entry_count, header.entry_size, raw.len());
            push_bounded(notes, note(Code::LimitReached, place, "entries of at most 4 MiB", &found, at, sector_size));
        } else if raw.len() < wanted {
            let found = format!("{} of {stated} bytes before the media ends", raw.len());
            push_bounded(notes, note(Code::Truncated, place, "the array of entries", &found, at, sector_size));
        } else {
            sound = crc32(&raw) == header.entries_crc;
            if !sound {
                push_bounded(
                    notes,
                    note(Code::ChecksumMismatch, place, "CRC-32 of the entries", "it does not match", at, sector_size),
                );
            }
        }
        let mut entries = Vec::new();
        for (slot, bytes) in (1u32..).zip(raw.chunks_exact(header.entry_size as usize)) {
            let offset = at.saturating_add(u64::from(slot.saturating_sub(1)).saturating_mul(u64::from(header.entry_size)));
            if let Ok(Some(entry)) = entry(bytes, offset, slot) {
                entries.push(entry);
            }
        }
        Self { entries, bytes: raw.len() as u64, sound }
    }

    pub fn entry(&self, slot: u32) -> Option<&Entry> {
        let index = self.entries.binary_search_by_key(&slot, |e| e.slot).ok()?;
        self.entries.get(index)
    }
}

/// None for an unused entry, whose type is all zeros.
fn entry(bytes: &[u8], at: u64, slot: u32) -> Result<Option<Entry>, FieldError> {
    let mut r = FieldReader::new(bytes, at);
    let kind = r.array::<16>("partition type")?;
    if kind == [0; 16] {
        return Ok(None);
    }
    let id = r.array::<16>("partition GUID")?;
    let first = r.u64("first sector")?;
    let last = r.u64("last sector")?;
    let attributes = r.u64("attributes")?;
    let raw = r.bytes(72, "name")?;
    let units = raw.chunks_exact(2).position(|u| u == [0, 0]).unwrap_or(36);
    let name = raw.get(..units.saturating_mul(2)).unwrap_or_default();
    let name = UTF_16LE.decode_without_bom_handling(name).0.into_owned();
    Ok(Some(Entry { slot, kind, id, first, last, attributes, name }))
}

fn note(code: Code, place: &str, expected: &str, found: &str, at: u64, sector_size: u32) -> Note {
    Note::new(code, place, expected, found).at(at, u64::from(sector_size))
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

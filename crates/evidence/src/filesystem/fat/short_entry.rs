use super::directory::SLOT_BYTES;
use super::dos_time::{DosTime, dos_time};
use super::heap::Heap;
use super::name::{oem_char, push_char};
use model::{Precision, Stamp, StampKind};

pub const ATTR_LABEL: u8 = 0x08;
pub const ATTR_DIRECTORY: u8 = 0x10;
pub const ATTR_LONG_NAME: u8 = 0x0F;
/// Bits no attribute uses.
const ATTR_RESERVED: u8 = 0xC0;
pub const ERASED: u8 = 0xE5;
/// Stands in a live name for a first byte of 0xE5.
const KANJI: u8 = 0x05;
const LOWER_BASE: u8 = 0x08;
const LOWER_EXTENSION: u8 = 0x10;

/// A 32-byte directory entry with an 8.3 name. Source: [fatgen103] "FAT 32 Byte Directory Entry
/// Structure".
#[derive(Clone, Copy, Debug)]
pub struct ShortEntry {
    pub name: [u8; 11],
    pub attributes: u8,
    /// Windows NT's flags for lower case in the base and the extension.
    pub case: u8,
    /// Creation, units of 10 ms on top of the two seconds.
    pub created_centis: u8,
    /// `date << 16 | time`.
    pub created: u32,
    pub accessed: u32,
    pub modified: u32,
    pub cluster: u32,
    pub size: u32,
}

impl ShortEntry {
    pub fn parse(slot: &[u8; SLOT_BYTES]) -> Self {
        let byte = |i: usize| slot.get(i).copied().unwrap_or(0);
        let two = |i: usize| u32::from(byte(i)) | u32::from(byte(i.saturating_add(1))) << 8;
        let four = |i: usize| two(i) | two(i.saturating_add(2)) << 16;
        let mut name = [0; 11];
        for (to, from) in name.iter_mut().zip(slot) {
            *to = *from;
        }
        Self {
            name,
            attributes: byte(11),
            case: byte(12),
            created_centis: byte(13),
            created: two(16) << 16 | two(14),
            accessed: two(18) << 16,
            modified: two(24) << 16 | two(22),
            cluster: two(20) << 16 | two(26),
            size: four(28),
        }
    }

    pub fn is_long_name(&self) -> bool {
        self.attributes & 0x3F == ATTR_LONG_NAME
    }
    pub fn is_label(&self) -> bool {
        self.attributes & ATTR_LABEL != 0 && !self.is_long_name()
    }
    pub fn is_directory(&self) -> bool {
        self.attributes & ATTR_DIRECTORY != 0
    }
    /// `.` or `..`, the two entries a directory starts with.
    pub fn is_dot(&self) -> bool {
        &self.name == b".          " || &self.name == b"..         "
    }

    /// The sum every slot of a long name repeats. Source: [fatgen103] "ChkSum".
    pub fn checksum(name: &[u8; 11]) -> u8 {
        name.iter().fold(0u8, |sum, b| sum.rotate_right(1).wrapping_add(*b))
    }

    /// The only first byte that gives `sum` with the other ten: a deleted entry has lost its own.
    pub fn first_byte_for(&self, sum: u8) -> u8 {
        let mut name = self.name;
        (0..=255u8)
            .find(|b| {
                if let Some(first) = name.first_mut() {
                    *first = *b;
                }
                Self::checksum(&name) == sum
            })
            .unwrap_or(b'_')
    }

    /// The name as a user sees it: base, dot, extension, padding cut, lower case where flagged.
    /// `first` replaces the first byte of a deleted entry.
    pub fn text(&self, first: Option<u8>) -> Vec<u8> {
        let mut name = self.name;
        if let Some(b) = name.first_mut() {
            *b = match (first, *b) {
                (Some(restored), _) => restored,
                (None, KANJI) => ERASED,
                (None, b) => b,
            };
        }
        let (base, extension) = name.split_at(8);
        let mut out = Vec::with_capacity(12);
        append(&mut out, base, self.case & LOWER_BASE != 0);
        if extension.iter().any(|b| *b != b' ') {
            out.push(b'.');
            append(&mut out, extension, self.case & LOWER_EXTENSION != 0);
        }
        out
    }

    /// The eleven bytes of a volume label.
    pub fn label(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(11);
        append(&mut out, &self.name, false);
        out
    }

    /// Could a driver have written this? Enough for a slot of a directory that is known to be one.
    pub fn is_sound(&self, erased: bool) -> bool {
        let names = self.name.get(usize::from(erased)..).unwrap_or_default();
        self.attributes & ATTR_RESERVED == 0
            && self.attributes & (ATTR_LABEL | ATTR_DIRECTORY) != ATTR_LABEL | ATTR_DIRECTORY
            && names.iter().all(|b| *b >= 0x20 || *b == KANJI)
    }

    /// The same for bytes that are not known to be a directory: every field must make sense.
    pub fn is_convincing(&self, heap: &Heap, erased: bool) -> bool {
        const FORBIDDEN: &[u8] = b"\"*+,./:;<=>?[\\]|";
        let names = self.name.get(usize::from(erased)..).unwrap_or_default();
        let clean = |b: &u8| *b >= 0x20 && !FORBIDDEN.contains(b) && !b.is_ascii_lowercase();
        let dated = |raw: u32, centis| !matches!(dos_time(raw, centis, Precision::Centi, None), DosTime::Invalid);
        self.is_sound(erased)
            && !self.is_label()
            && (self.is_dot() || names.iter().all(clean))
            && self.name.first() != Some(&b' ')
            && self.case & !(LOWER_BASE | LOWER_EXTENSION) == 0
            && self.created_centis < 200
            && self.modified != 0
            && dated(self.modified, 0)
            && dated(self.created, self.created_centis)
            && dated(self.accessed, 0)
            && (self.cluster == 0 && self.size == 0 || heap.contains(self.cluster))
            && !(self.is_directory() && self.size != 0)
            && heap.needed(u64::from(self.size)) <= heap.count()
    }

    /// The three times, with the offsets of their fields; `invalid` takes what no calendar holds.
    pub fn stamps(&self, at: u64, invalid: &mut Vec<(StampKind, u32, u64)>) -> Vec<Stamp> {
        let fields = [
            (StampKind::Created, self.created, self.created_centis, Precision::Centi, 13, 5),
            (StampKind::Accessed, self.accessed, 0, Precision::Day, 18, 2),
            (StampKind::Modified, self.modified, 0, Precision::TwoSeconds, 22, 4),
        ];
        let mut out = Vec::with_capacity(3);
        for (kind, raw, centis, precision, field, length) in fields {
            let offset = at.saturating_add(field);
            match dos_time(raw, centis, precision, None) {
                DosTime::Unset => {}
                DosTime::Valid(moment) => out.push(Stamp { kind, moment, raw: u64::from(raw), offset, length }),
                DosTime::Invalid => invalid.push((kind, raw, offset)),
            }
        }
        out
    }
}

fn append(out: &mut Vec<u8>, bytes: &[u8], lower: bool) {
    let kept = bytes.iter().rposition(|b| *b != b' ').map_or(0, |last| last.saturating_add(1));
    for b in bytes.iter().take(kept) {
        push_char(out, oem_char(if lower { b.to_ascii_lowercase() } else { *b }));
    }
}

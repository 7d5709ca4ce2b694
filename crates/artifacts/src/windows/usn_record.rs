//! One record of the change journal. Sources: [MS-FSCC] 2.5.1 (USN_RECORD_V2), 2.5.2
//! (USN_RECORD_V3); Windows SDK, winioctl.h (USN_RECORD_V4, reason and source flags).

use model::Action;

/// Shortest record of each version: its fields without a name.
pub(super) const HEADER_V2: usize = 60;
pub(super) const HEADER_V3: usize = 76;
const HEADER_V4: usize = 64;
/// NTFS keeps a record within one page of the journal.
pub(super) const MAX_RECORD: usize = 4096;

/// Reference to an MFT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileId {
    Ntfs {
        record: u64,
        sequence: u16,
    },
    /// 128 bits, of ReFS.
    Wide(u128),
}

impl FileId {
    fn narrow(v: u64) -> Self {
        let sequence = u16::try_from(v >> 48).unwrap_or(0);
        Self::Ntfs { record: v & 0xFFFF_FFFF_FFFF, sequence }
    }
    fn wide(v: u128) -> Self {
        u64::try_from(v).map_or(Self::Wide(v), Self::narrow)
    }
}

/// Fields of versions 2 and 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsnRecord<'a> {
    pub version: u16,
    pub file: FileId,
    pub parent: FileId,
    pub usn: u64,
    /// FILETIME.
    pub time: u64,
    pub reasons: u32,
    pub source_info: u32,
    pub attributes: u32,
    /// UTF-16LE.
    pub name: &'a [u8],
}

pub(super) enum Found<'a> {
    Record(UsnRecord<'a>),
    /// Version 4: ranges written, without time or name.
    Ranges,
}

fn u16_at(b: &[u8], at: usize) -> Option<u16> {
    b.get(at..)?.first_chunk::<2>().map(|c| u16::from_le_bytes(*c))
}
fn u32_at(b: &[u8], at: usize) -> Option<u32> {
    b.get(at..)?.first_chunk::<4>().map(|c| u32::from_le_bytes(*c))
}
fn u64_at(b: &[u8], at: usize) -> Option<u64> {
    b.get(at..)?.first_chunk::<8>().map(|c| u64::from_le_bytes(*c))
}
fn u128_at(b: &[u8], at: usize) -> Option<u128> {
    b.get(at..)?.first_chunk::<16>().map(|c| u128::from_le_bytes(*c))
}

/// The record at the start of `data` and its length in bytes; None where there is none. Strict,
/// since it is also what finds the next record after damage.
pub(super) fn read(data: &[u8]) -> Option<(usize, Found<'_>)> {
    let length = u32_at(data, 0)? as usize;
    let version = u16_at(data, 4)?;
    if u16_at(data, 6)? != 0 || length > MAX_RECORD || !length.is_multiple_of(8) {
        return None;
    }
    let record = data.get(..length)?;
    let (header, file, parent, rest) = match version {
        2 => (HEADER_V2, FileId::narrow(u64_at(record, 8)?), FileId::narrow(u64_at(record, 16)?), 24usize),
        3 => (HEADER_V3, FileId::wide(u128_at(record, 8)?), FileId::wide(u128_at(record, 24)?), 40),
        4 if length >= HEADER_V4 => {
            let (count, size) = (u16_at(record, 60)?, u16_at(record, 62)?);
            let ends = HEADER_V4.checked_add(usize::from(count).checked_mul(usize::from(size))?)?;
            return (size == 16 && ends <= length).then_some((length, Found::Ranges));
        }
        _ => return None,
    };
    let at = |n: usize| rest.saturating_add(n);
    let name_length = usize::from(u16_at(record, at(32))?);
    let name_at = usize::from(u16_at(record, at(34))?);
    if name_at != header || !name_length.is_multiple_of(2) || name_length == 0 || name_length > 510 {
        return None;
    }
    let name = record.get(name_at..name_at.checked_add(name_length)?)?;
    Some((
        length,
        Found::Record(UsnRecord {
            version,
            file,
            parent,
            usn: u64_at(record, at(0))?,
            time: u64_at(record, at(8))?,
            reasons: u32_at(record, at(16))?,
            source_info: u32_at(record, at(20))?,
            attributes: u32_at(record, at(28))?,
            name,
        }),
    ))
}

/// Reason flags, lowest bit first. Source: winioctl.h.
const REASONS: [(u32, &str); 24] = [
    (0x0000_0001, "DATA_OVERWRITE"),
    (0x0000_0002, "DATA_EXTEND"),
    (0x0000_0004, "DATA_TRUNCATION"),
    (0x0000_0010, "NAMED_DATA_OVERWRITE"),
    (0x0000_0020, "NAMED_DATA_EXTEND"),
    (0x0000_0040, "NAMED_DATA_TRUNCATION"),
    (0x0000_0100, "FILE_CREATE"),
    (0x0000_0200, "FILE_DELETE"),
    (0x0000_0400, "EA_CHANGE"),
    (0x0000_0800, "SECURITY_CHANGE"),
    (0x0000_1000, "RENAME_OLD_NAME"),
    (0x0000_2000, "RENAME_NEW_NAME"),
    (0x0000_4000, "INDEXABLE_CHANGE"),
    (0x0000_8000, "BASIC_INFO_CHANGE"),
    (0x0001_0000, "HARD_LINK_CHANGE"),
    (0x0002_0000, "COMPRESSION_CHANGE"),
    (0x0004_0000, "ENCRYPTION_CHANGE"),
    (0x0008_0000, "OBJECT_ID_CHANGE"),
    (0x0010_0000, "REPARSE_POINT_CHANGE"),
    (0x0020_0000, "STREAM_CHANGE"),
    (0x0040_0000, "TRANSACTED_CHANGE"),
    (0x0080_0000, "INTEGRITY_CHANGE"),
    (0x0100_0000, "DESIRED_STORAGE_CLASS_CHANGE"),
    (0x8000_0000, "CLOSE"),
];

const CREATE: u32 = 0x100;
const DELETE: u32 = 0x200;
const RENAME: u32 = 0x3000;
const DATA: u32 = 0x77;
const CLOSE: u32 = 0x8000_0000;

/// Names of the flags that are set; bits without a name are left to `unknown_reasons`.
pub(super) fn reason_names(flags: u32) -> impl Iterator<Item = &'static str> {
    REASONS.into_iter().filter(move |(bit, _)| flags & bit != 0).map(|(_, name)| name)
}

pub(super) fn unknown_reasons(flags: u32) -> u32 {
    REASONS.iter().fold(flags, |left, (bit, _)| left & !bit)
}

/// What a record stands for. While a file is open its flags pile up from record to record, so the
/// last step of a file's life among them counts: deleted, closed, renamed, data written, anything
/// else changed, created. A creation alone has a record with FILE_CREATE only.
pub(super) fn action(flags: u32) -> Action {
    if flags & DELETE != 0 {
        Action::Deleted
    } else if flags & CLOSE != 0 {
        Action::Closed
    } else if flags & RENAME != 0 {
        Action::Renamed
    } else if flags & DATA != 0 {
        Action::Modified
    } else if flags == CREATE {
        Action::Created
    } else {
        Action::Changed
    }
}

//! A member as a zip states it: the central directory's record and the local header.
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.4, 4.5.

use crate::archive::codec::Codec;
use model::{FieldError, FieldReader};
use std::ops::RangeInclusive;

pub(super) const CENTRAL: u32 = 0x0201_4b50;
pub(super) const LOCAL: u32 = 0x0403_4b50;
pub(super) const CENTRAL_LENGTH: usize = 46;
pub(super) const LOCAL_LENGTH: usize = 30;

/// The fields both records have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    pub version_needed: u16,
    pub flags: u16,
    pub method: u16,
    pub dos_time: u16,
    pub dos_date: u16,
    pub crc32: u32,
    /// Bytes as they lie in the archive.
    pub compressed: u64,
    /// Bytes once decoded.
    pub size: u64,
    pub name: Vec<u8>,
    pub extra: Extra,
}

impl Stated {
    /// The fields that stand in the same order in both records, from the version up to the sizes; name
    /// and extra field are still to be read.
    fn read(r: &mut FieldReader<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            version_needed: r.u16("version needed")?,
            flags: r.u16("flags")?,
            method: r.u16("method")?,
            dos_time: r.u16("time")?,
            dos_date: r.u16("date")?,
            crc32: r.u32("crc32")?,
            compressed: u64::from(r.u32("compressed size")?),
            size: u64::from(r.u32("size")?),
            ..Self::default()
        })
    }
    /// Takes the extra field; what is left of its 64-bit values.
    fn extend<'a>(&mut self, extra: &'a [u8]) -> Wide<'a> {
        self.extra = Extra::read(extra);
        let mut wide = Wide::of(extra);
        wide.apply(&mut self.size, &mut self.compressed);
        wide
    }
    pub fn encrypted(&self) -> bool {
        self.flags & 1 != 0
    }
    /// Checksum and sizes follow the data; the local header may have zeros.
    pub fn sizes_follow(&self) -> bool {
        self.flags & 8 != 0
    }
    /// The central directory is encrypted: local values are masked.
    pub fn masked(&self) -> bool {
        self.flags & 0x2000 != 0
    }
}

#[derive(Clone, Debug)]
pub(super) struct Central {
    pub stated: Stated,
    pub made_by: u16,
    pub disk: u32,
    pub external: u32,
    /// As stated; bytes before the archive are not counted.
    pub local_offset: u64,
    pub comment: Vec<u8>,
    /// Length of the record, bytes.
    pub length: usize,
}

impl Central {
    /// Lengths of name, extra field and comment, from the first 46 bytes.
    pub fn tail_length(fixed: &[u8]) -> Option<usize> {
        lengths(fixed, 28..=32)
    }

    pub fn read(data: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(data, at);
        let signature = r.u32("central directory signature")?;
        if signature != CENTRAL {
            return Err(r.wrong("central directory signature", "PK\\1\\2", format!("{signature:08x}")));
        }
        let made_by = r.u16("version made by")?;
        let mut stated = Stated::read(&mut r)?;
        let (n, e, c) = (r.u16("name length")?, r.u16("extra length")?, r.u16("comment length")?);
        let disk = r.u16("disk")?;
        r.u16("internal attributes")?;
        let external = r.u32("external attributes")?;
        let offset = r.u32("local header offset")?;
        stated.name = r.bytes(usize::from(n), "name")?.to_vec();
        let extra = r.bytes(usize::from(e), "extra field")?;
        let comment = r.bytes(usize::from(c), "comment")?.to_vec();
        let mut wide = stated.extend(extra);
        let local_offset = if offset == u32::MAX { wide.next().unwrap_or(u64::from(offset)) } else { u64::from(offset) };
        Ok(Self { stated, made_by, disk: u32::from(disk), external, local_offset, comment, length: r.position() })
    }

    /// Unix mode bits, where the maker was a Unix.
    pub fn mode(&self) -> Option<u32> {
        matches!(self.made_by >> 8, 3 | 19).then_some(self.external >> 16).filter(|m| *m != 0)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Local {
    pub stated: Stated,
    /// Length of the header, name and extra field: the data follow.
    pub length: u64,
}

impl Local {
    /// Lengths of name and extra field, from the first 30 bytes.
    pub fn tail_length(fixed: &[u8]) -> Option<usize> {
        lengths(fixed, 26..=28)
    }

    pub fn read(data: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(data, at);
        let signature = r.u32("local header signature")?;
        if signature != LOCAL {
            return Err(r.wrong("local header signature", "PK\\3\\4", format!("{signature:08x}")));
        }
        let mut stated = Stated::read(&mut r)?;
        let (n, e) = (r.u16("name length")?, r.u16("extra length")?);
        stated.name = r.bytes(usize::from(n), "name")?.to_vec();
        let extra = r.bytes(usize::from(e), "extra field")?;
        stated.extend(extra);
        Ok(Self { stated, length: r.position() as u64 })
    }
}

/// The sum of the 16-bit lengths that follow each other at these offsets.
fn lengths(fixed: &[u8], at: RangeInclusive<usize>) -> Option<usize> {
    let word = |at: usize| fixed.get(at..)?.first_chunk::<2>().map(|b| usize::from(u16::from_le_bytes(*b)));
    at.step_by(2).try_fold(0usize, |sum, at| Some(sum.saturating_add(word(at)?)))
}

/// The zip64 extra field: 64-bit values for those fields that hold all ones, in a fixed order.
struct Wide<'a>(&'a [u8]);

impl<'a> Wide<'a> {
    fn of(extra: &'a [u8]) -> Self {
        Self(fields(extra).find(|(id, _)| *id == 1).map(|(_, data)| data).unwrap_or_default())
    }
    fn apply(&mut self, size: &mut u64, compressed: &mut u64) {
        for v in [size, compressed] {
            if *v == u64::from(u32::MAX) {
                *v = self.next().unwrap_or(*v);
            }
        }
    }
    fn next(&mut self) -> Option<u64> {
        let (v, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*v))
    }
}

/// Extra fields as (id, data), up to the first that does not fit.
fn fields(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (&[a, b, c, d], rest) = extra.split_first_chunk::<4>()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([c, d])))?;
        extra = rest;
        Some((u16::from_le_bytes([a, b]), data))
    })
}

/// What the extra fields say beyond sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    /// Seconds since 1970 (0x5455), or out of the NTFS field (0x000a).
    pub modified: Option<i64>,
    pub unicode_name: Option<Vec<u8>>,
    pub aes: bool,
}

impl Extra {
    fn read(extra: &[u8]) -> Self {
        let mut out = Self::default();
        for (id, data) in fields(extra) {
            match (id, data) {
                (0x5455, [flags, a, b, c, d, ..]) if flags & 1 != 0 => {
                    out.modified = Some(i64::from(i32::from_le_bytes([*a, *b, *c, *d])));
                }
                (0x000a, [_, _, _, _, 1, 0, 24, 0, t @ ..]) => {
                    let raw = t.first_chunk::<8>().map(|t| u64::from_le_bytes(*t));
                    let moment = raw.and_then(model::Moment::from_filetime);
                    out.modified = out.modified.or(moment.map(|m| m.micros.div_euclid(1_000_000)));
                }
                (0x7075, [1, _, _, _, _, name @ ..]) => out.unicode_name = Some(name.to_vec()),
                (0x9901, _) => out.aes = true,
                _ => {}
            }
        }
        out
    }
}

/// A compression method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Coded(Codec),
    /// Known by name at most.
    Unread(&'static str),
}

impl Method {
    pub fn of(number: u16) -> Self {
        match number {
            0 => Self::Stored,
            8 => Self::Coded(Codec::Deflate),
            12 => Self::Coded(Codec::Bzip2),
            20 | 93 => Self::Coded(Codec::Zstd),
            95 => Self::Coded(Codec::Xz),
            1 => Self::Unread("shrink"),
            2..=5 => Self::Unread("reduce"),
            6 => Self::Unread("implode"),
            9 => Self::Unread("deflate64"),
            14 => Self::Unread("lzma"),
            96 => Self::Unread("jpeg"),
            97 => Self::Unread("wavpack"),
            98 => Self::Unread("ppmd"),
            99 => Self::Unread("aes"),
            _ => Self::Unread("other"),
        }
    }
    pub fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Coded(c) => c.name(),
            Self::Unread(n) => n,
        }
    }
}

/// The local clock of a DOS date and time, 2 s fine: `2024-05-01 10:20:30`; None where unset.
pub(super) fn dos_text(date: u16, time: u16) -> Option<String> {
    if date == 0 {
        return None;
    }
    let (y, m, d) = ((date >> 9).saturating_add(1980), date >> 5 & 15, date & 31);
    let (h, min, s) = (time >> 11, time >> 5 & 63, (time & 31).saturating_mul(2));
    Some(format!("{y:04}-{m:02}-{d:02} {h:02}:{min:02}:{s:02}"))
}

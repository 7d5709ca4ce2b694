//! Inodes. Source: Linux fs/ext4/ext4.h, struct ext4_inode;
//! Documentation/filesystems/ext4/inodes.rst.

use model::{EntryKind, FieldError, FieldReader, Moment, Precision, Stamp, StampKind};

pub const ROOT: u32 = 2;

pub mod flag {
    pub const ENCRYPTED: u32 = 0x800;
    pub const EXTENTS: u32 = 0x8_0000;
    /// Holds the value of another inode's extended attribute.
    pub const EA_VALUE: u32 = 0x20_0000;
    pub const INLINE: u32 = 0x1000_0000;
}

/// One recorded time: seconds, the extra field where the inode is large enough, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RecordedTime {
    kind: StampKind,
    seconds: u32,
    extra: Option<u32>,
    /// Offset of the seconds in the volume.
    offset: u64,
}

#[derive(Clone, Debug)]
pub struct Inode {
    pub number: u32,
    /// Where its bytes lie in the volume, and how many there are.
    pub offset: u64,
    pub length: u32,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    pub links: u16,
    pub flags: u32,
    pub generation: u32,
    /// Seconds; or, while the inode is on the orphan list, the number of the next orphan.
    pub deletion: u32,
    /// Block map, extent tree root, inline data or short link target.
    pub block: [u8; 60],
    /// Inline data past the first 60 bytes: offset in the volume and length.
    pub inline_rest: Option<(u64, u32)>,
    times: [Option<RecordedTime>; 4],
}

/// Offset of the block map within an inode, bytes.
const BLOCK_AT: u64 = 0x28;

impl Inode {
    /// `raw` is one record of the inode table that starts at `offset` of the volume.
    pub fn parse(number: u32, offset: u64, raw: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(raw, offset);
        let mode = r.u16("mode")?;
        let uid_low = r.u16("uid")?;
        let size_low = r.u32("size")?;
        let [accessed, changed, modified] = [r.u32("access time")?, r.u32("inode change time")?, r.u32("modification time")?];
        let deletion = r.u32("deletion time")?;
        let gid_low = r.u16("gid")?;
        let links = r.u16("links")?;
        r.skip(4, "block count")?;
        let flags = r.u32("flags")?;
        r.skip(4, "version")?;
        let block = r.array::<60>("block map")?;
        let generation = r.u32("generation")?;
        r.skip(4, "attribute block")?;
        let size_high = r.u32("size, high")?;
        r.seek(0x78, "uid, high")?;
        let uid_high = r.u16("uid, high")?;
        let gid_high = r.u16("gid, high")?;
        let is_sized = matches!(mode & 0xF000, 0x8000 | 0x4000);
        let mut inode = Self {
            number,
            offset,
            length: u32::try_from(raw.len()).unwrap_or(u32::MAX),
            mode,
            uid: u32::from(uid_high) << 16 | u32::from(uid_low),
            gid: u32::from(gid_high) << 16 | u32::from(gid_low),
            size: if is_sized { u64::from(size_high) << 32 | u64::from(size_low) } else { u64::from(size_low) },
            links,
            flags,
            generation,
            deletion,
            block,
            inline_rest: None,
            times: [None; 4],
        };
        // Fields past 128 bytes exist as far as the inode says it is filled.
        let filled = match raw.get(0x80..0x82) {
            Some(extra) if raw.len() > 128 => {
                let extra = extra.first_chunk::<2>().map_or(0, |b| u16::from_le_bytes(*b));
                usize::from(extra).saturating_add(128).min(raw.len())
            }
            Some(_) | None => 128,
        };
        let extra_at = |pos: usize, field: &'static str| -> Result<Option<u32>, FieldError> {
            if pos.saturating_add(4) > filled {
                return Ok(None);
            }
            let mut r = FieldReader::new(raw, offset);
            r.seek(pos, field)?;
            r.u32(field).map(Some)
        };
        let time = |kind, seconds, extra, pos: u64| RecordedTime { kind, seconds, extra, offset: offset.saturating_add(pos) };
        let created = match extra_at(0x90, "creation time")? {
            Some(seconds) => Some(time(StampKind::Created, seconds, extra_at(0x94, "creation time, extra")?, 0x90)),
            None => None,
        };
        inode.times = [
            Some(time(StampKind::Modified, modified, extra_at(0x88, "modification time, extra")?, 0x10)),
            Some(time(StampKind::Accessed, accessed, extra_at(0x8C, "access time, extra")?, 0x08)),
            Some(time(StampKind::Changed, changed, extra_at(0x84, "inode change time, extra")?, 0x0C)),
            created,
        ];
        if flags & flag::INLINE != 0 {
            inode.inline_rest = inline_rest(raw, filled).map(|(at, length)| (offset.saturating_add(at), length));
        }
        Ok(inode)
    }

    pub fn kind(&self) -> EntryKind {
        match self.mode & 0xF000 {
            0x1000 => EntryKind::Fifo,
            0x2000 => EntryKind::CharacterDevice,
            0x4000 => EntryKind::Directory,
            0x6000 => EntryKind::BlockDevice,
            0x8000 => EntryKind::File,
            0xA000 => EntryKind::SymbolicLink,
            0xC000 => EntryKind::Socket,
            0u16..=u16::MAX => EntryKind::Unknown,
        }
    }

    pub fn is_directory(&self) -> bool {
        self.mode & 0xF000 == 0x4000
    }
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
    /// Whether a file owns this record: it has links and a type.
    pub fn is_alive(&self) -> bool {
        self.links > 0 && self.kind() != EntryKind::Unknown
    }
    /// Whether the record was never used: all that matters is zero.
    pub fn is_blank(&self) -> bool {
        self.mode == 0 && self.generation == 0 && self.deletion == 0 && self.links == 0 && self.size == 0
    }
    /// Whether the target of a symbolic link lies in the block map itself.
    pub fn is_short_link(&self) -> bool {
        self.mode & 0xF000 == 0xA000 && self.size < 60 && !self.has(flag::EXTENTS) && !self.has(flag::INLINE)
    }
    /// Where the block map lies, bytes in the volume.
    pub fn block_offset(&self) -> u64 {
        self.offset.saturating_add(BLOCK_AT)
    }

    /// The recorded times. A value of zero is what an unset field holds and yields no stamp.
    /// Raw values hold the extra field (nanoseconds and epoch bits) in the upper 32 bits.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.times.iter().flatten().filter_map(RecordedTime::stamp).collect()
    }

    /// The recorded modification time, to tell whether content was written between two versions.
    pub fn modified(&self) -> Option<(u32, Option<u32>)> {
        let [modified, ..] = &self.times;
        modified.as_ref().map(|t| (t.seconds, t.extra))
    }

    /// The deletion time; None where the field is unset or, being no larger than an inode number,
    /// links to the next orphan.
    pub fn deletion_stamp(&self, inodes: u32) -> Option<Stamp> {
        if self.deletion <= inodes {
            return None;
        }
        let moment = Moment::from_unix(i64::from(self.deletion), 0, Precision::Second)?;
        let raw = u64::from(self.deletion);
        Some(Stamp { kind: StampKind::Deleted, moment, raw, offset: self.offset.saturating_add(0x14), length: 4 })
    }
}

impl RecordedTime {
    /// Seconds are signed 32 bits; the two low bits of the extra field add epochs of 2^32 s, the
    /// other thirty are nanoseconds.
    fn stamp(&self) -> Option<Stamp> {
        let extra = self.extra.unwrap_or_default();
        if self.seconds == 0 && extra == 0 {
            return None;
        }
        let epoch = i64::from(extra & 3) << 32;
        let seconds = i64::from(self.seconds.cast_signed()).saturating_add(epoch);
        let nanos = extra >> 2;
        // More than a second of nanoseconds is damage; the seconds may still be right.
        let fine = self.extra.is_some() && nanos < 1_000_000_000;
        let precision = if fine { Precision::SubMicro } else { Precision::Second };
        let moment = Moment::from_unix(seconds, if fine { nanos } else { 0 }, precision)?;
        let raw = u64::from(extra) << 32 | u64::from(self.seconds);
        Some(Stamp { kind: self.kind, moment, raw, offset: self.offset, length: 4 })
    }
}

/// The value of the attribute "system.data" in the inode's own space: offset in the inode and
/// length. Source: Documentation/filesystems/ext4/attributes.rst, inlinedata.rst.
fn inline_rest(raw: &[u8], filled: usize) -> Option<(u64, u32)> {
    const MAGIC: u32 = 0xEA02_0000;
    const SYSTEM: u8 = 7;
    let mut r = FieldReader::new(raw, 0);
    r.seek(filled, "attributes").ok()?;
    if r.u32("attribute magic").ok()? != MAGIC {
        return None;
    }
    let first = r.position();
    // Every entry takes at least 16 bytes, so this ends with the inode.
    while r.remaining() >= 16 {
        let (name_len, index) = (r.u8("name length").ok()?, r.u8("name index").ok()?);
        let value_at = r.u16("value offset").ok()?;
        let value_inode = r.u32("value inode").ok()?;
        let value_len = r.u32("value length").ok()?;
        r.skip(4, "hash").ok()?;
        if name_len == 0 && index == 0 {
            return None;
        }
        let name = r.bytes(usize::from(name_len), "name").ok()?;
        if index == SYSTEM && name == b"data" && value_inode == 0 {
            let at = first.saturating_add(usize::from(value_at));
            let length = raw.len().saturating_sub(at).min(usize::try_from(value_len).ok()?);
            return Some((u64::try_from(at).ok()?, u32::try_from(length).ok()?));
        }
        let padded = usize::from(name_len).next_multiple_of(4).saturating_sub(usize::from(name_len));
        r.skip(padded, "name padding").ok()?;
    }
    None
}

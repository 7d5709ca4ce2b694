use crate::filesystem::fat::directory::{Directory, SLOT_BYTES};
use crate::filesystem::fat::dos_time::{DosTime, dos_time};
use model::{FieldError, FieldReader, Precision, Stamp, StampKind};

/// Types of directory entries with the InUse bit taken off. Source: [exFAT] section 7.
pub const BITMAP: u8 = 0x01;
pub const UPCASE: u8 = 0x02;
pub const LABEL: u8 = 0x03;
pub const FILE: u8 = 0x05;
pub const GUID: u8 = 0x20;
pub const STREAM: u8 = 0x40;
pub const NAME: u8 = 0x41;
pub const IN_USE: u8 = 0x80;
/// Set in the type of an entry that belongs to the one before it.
const SECONDARY: u8 = 0x40;
/// Units of a name that one entry holds, and entries of the longest name.
const NAME_UNITS: usize = 15;
/// A set's fewest and most secondary entries.
const MIN_SECONDARY: u8 = 2;
const MAX_SECONDARY: u8 = 18;

/// A type that the specification defines, in use or not.
pub fn is_known(kind: u8) -> bool {
    matches!(kind & !IN_USE, BITMAP | UPCASE | LABEL | FILE | GUID | STREAM | NAME | 0x21 | 0x60 | 0x61)
}

/// The first entry of a file's set. Source: [exFAT] 7.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    pub live: bool,
    pub secondary: u8,
    pub checksum: u16,
    pub attributes: u16,
    pub stamps: Vec<Stamp>,
    /// Times that no calendar holds: kind, raw value, offset.
    pub invalid: Vec<(StampKind, u32, u64)>,
}

impl FileEntry {
    /// `at` is the slot's offset in the volume.
    pub fn parse(slot: &[u8; SLOT_BYTES], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(slot, at);
        let kind = r.u8("entry type")?;
        let secondary = r.u8("secondary count")?;
        if !(MIN_SECONDARY..=MAX_SECONDARY).contains(&secondary) {
            return Err(r.wrong("secondary count", "2 to 18", secondary));
        }
        let checksum = r.u16("set checksum")?;
        let attributes = r.u16("attributes")?;
        r.skip(2, "reserved")?;
        let [created, modified, accessed] = [r.u32("created")?, r.u32("modified")?, r.u32("accessed")?];
        let [created_centis, modified_centis] = [r.u8("created 10 ms")?, r.u8("modified 10 ms")?];
        let [created_zone, modified_zone, accessed_zone] =
            [r.u8("created offset")?, r.u8("modified offset")?, r.u8("accessed offset")?];
        let mut out = Self { live: kind & IN_USE != 0, secondary, checksum, attributes, stamps: Vec::new(), invalid: Vec::new() };
        out.stamp(StampKind::Created, created, created_centis, Precision::Centi, created_zone, at.saturating_add(8));
        out.stamp(StampKind::Modified, modified, modified_centis, Precision::Centi, modified_zone, at.saturating_add(12));
        out.stamp(StampKind::Accessed, accessed, 0, Precision::TwoSeconds, accessed_zone, at.saturating_add(16));
        Ok(out)
    }

    fn stamp(&mut self, kind: StampKind, raw: u32, centis: u8, precision: Precision, zone: u8, offset: u64) {
        match dos_time(raw, centis, precision, minutes_east(zone)) {
            DosTime::Unset => {}
            DosTime::Valid(moment) => self.stamps.push(Stamp { kind, moment, raw: u64::from(raw), offset, length: 4 }),
            DosTime::Invalid => self.invalid.push((kind, raw, offset)),
        }
    }
}

/// A UTC offset field: quarters of an hour in seven bits with sign, valid when the top bit is set.
/// Source: [exFAT] 7.4.10.
fn minutes_east(field: u8) -> Option<i16> {
    let quarters = i16::from(field & 0x7F);
    let signed = if quarters >= 64 { quarters.saturating_sub(128) } else { quarters };
    (field & 0x80 != 0).then(|| signed.saturating_mul(15))
}

/// Where a file's bytes lie. Source: [exFAT] 7.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamEntry {
    pub contiguous: bool,
    /// UTF-16 units.
    pub name_length: u8,
    pub valid: u64,
    pub cluster: u32,
    pub length: u64,
}

impl StreamEntry {
    pub fn parse(slot: &[u8; SLOT_BYTES], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(slot, at);
        r.skip(1, "entry type")?;
        let flags = r.u8("stream flags")?;
        r.skip(1, "reserved")?;
        let name_length = r.u8("name length")?;
        r.skip(4, "name hash")?;
        let valid = r.u64("valid data length")?;
        r.skip(4, "reserved")?;
        let cluster = r.u32("first cluster")?;
        let length = r.u64("data length")?;
        Ok(Self { contiguous: flags & 2 != 0, name_length, valid, cluster, length })
    }
}

/// A file's entries, as far as they are there.
#[derive(Clone, Debug)]
pub struct EntrySet {
    pub file: Option<FileEntry>,
    pub stream: Option<StreamEntry>,
    pub units: Vec<u16>,
    /// Slots it takes.
    pub slots: usize,
    /// The directory ends before the set does.
    pub open: bool,
    /// Every entry is there and their checksum is the stored one.
    pub verified: bool,
}

impl EntrySet {
    /// The set whose file entry is slot `at`; None where that entry makes no sense.
    pub fn read(dir: &Directory, at: usize) -> Option<Self> {
        let file = FileEntry::parse(dir.slot(at)?, dir.offset(at)).ok()?;
        let total = usize::from(file.secondary).saturating_add(1);
        let live = file.live;
        let secondaries =
            (1..total).take_while(|n| dir.slot(at.saturating_add(*n)).is_some_and(|s| is_secondary(s, live))).count();
        let mut out = Self::of_secondaries(dir, at.saturating_add(1), secondaries);
        out.slots = secondaries.saturating_add(1);
        out.open = out.slots < total && at.saturating_add(out.slots) >= dir.slots();
        let bytes = dir.bytes.get(at.saturating_mul(SLOT_BYTES)..).unwrap_or_default();
        out.verified = out.slots == total && set_checksum(bytes, total) == Some(file.checksum);
        out.file = Some(file);
        Some(out)
    }

    /// A stream entry and names whose file entry is gone.
    pub fn headless(dir: &Directory, at: usize) -> Option<Self> {
        let live = dir.slot(at)?.first()? & IN_USE != 0;
        let count = (0..usize::from(MAX_SECONDARY))
            .take_while(|n| {
                let slot = dir.slot(at.saturating_add(*n));
                slot.is_some_and(|s| is_secondary(s, live) && (*n == 0 || s.first().is_some_and(|k| k & !IN_USE != STREAM)))
            })
            .count();
        let out = Self::of_secondaries(dir, at, count);
        let whole = out.stream.is_some_and(|s| s.name_length > 0 && usize::from(s.name_length) == out.units.len());
        whole.then_some(out)
    }

    fn of_secondaries(dir: &Directory, at: usize, count: usize) -> Self {
        let mut out = Self { file: None, stream: None, units: Vec::new(), slots: count, open: false, verified: false };
        for n in 0..count {
            let index = at.saturating_add(n);
            let Some(slot) = dir.slot(index) else { break };
            match slot.first().map(|k| k & !IN_USE) {
                Some(STREAM) if n == 0 => out.stream = StreamEntry::parse(slot, dir.offset(index)).ok(),
                Some(NAME) => {
                    let units = slot.get(2..).unwrap_or_default().chunks_exact(2);
                    out.units.extend(units.filter_map(|c| <[u8; 2]>::try_from(c).ok()).map(u16::from_le_bytes).take(NAME_UNITS));
                }
                _ => {}
            }
        }
        let length = out.stream.map_or(0, |s| usize::from(s.name_length));
        out.units.truncate(length);
        out
    }

    pub fn is_named(&self) -> bool {
        self.stream.is_some_and(|s| s.name_length > 0 && usize::from(s.name_length) == self.units.len())
    }
}

fn is_secondary(slot: &[u8; SLOT_BYTES], live: bool) -> bool {
    slot.first().is_some_and(|kind| kind & SECONDARY != 0 && (kind & IN_USE != 0) == live)
}

/// The checksum over a set of `entries` slots, computed as when it was in use: deletion clears the
/// InUse bits and leaves the stored sum. Source: [exFAT] 6.3.3.
pub fn set_checksum(bytes: &[u8], entries: usize) -> Option<u16> {
    let set = bytes.get(..entries.checked_mul(SLOT_BYTES)?)?;
    let mut sum = 0u16;
    for (index, byte) in set.iter().enumerate() {
        if index == 2 || index == 3 {
            continue;
        }
        let byte = if index % SLOT_BYTES == 0 { byte | IN_USE } else { *byte };
        sum = sum.rotate_right(1).wrapping_add(u16::from(byte));
    }
    Some(sum)
}

/// Do these slots, the end of one cluster and the start of another, make one set? Its checksum
/// over both says so.
pub fn join(tail: &[u8], head: &[u8]) -> bool {
    let Some(first) = tail.get(..SLOT_BYTES).and_then(|s| <&[u8; SLOT_BYTES]>::try_from(s).ok()) else { return false };
    let Ok(file) = FileEntry::parse(first, 0) else { return false };
    let total = usize::from(file.secondary).saturating_add(1);
    let missing = total.saturating_mul(SLOT_BYTES).saturating_sub(tail.len());
    let Some(rest) = head.get(..missing).filter(|r| !r.is_empty()) else { return false };
    let alike =
        rest.chunks_exact(SLOT_BYTES).all(|s| s.first().is_some_and(|k| k & SECONDARY != 0 && (k & IN_USE != 0) == file.live));
    alike && set_checksum(&[tail, rest].concat(), total) == Some(file.checksum)
}

//! One record of the master file table. Sources: [MS-FSCC] 2.4; libyal, libfsntfs, "New
//! Technologies File System (NTFS)"; Windows internals as both describe them.

use model::{FieldError, FieldReader, Moment, Stamp, StampKind};

const SECTOR: usize = 512;
const STANDARD_INFORMATION: u32 = 0x10;
const FILE_NAME: u32 = 0x30;
const DATA: u32 = 0x80;
const END: u32 = 0xFFFF_FFFF;

/// Reference to a record: number and sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    pub record: u64,
    pub sequence: u16,
}

impl From<u64> for Reference {
    fn from(v: u64) -> Self {
        Self { record: v & 0xFFFF_FFFF_FFFF, sequence: u16::try_from(v >> 48).unwrap_or(0) }
    }
}

/// Fixed fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub sequence: u16,
    pub links: u16,
    pub first_attribute: usize,
    pub in_use: bool,
    pub directory: bool,
    /// Bytes in use, at most the record's.
    pub used: usize,
    pub allocated: usize,
    /// The record this one continues; None for one that stands for itself.
    pub base: Option<Reference>,
    /// The record's own number; formats before Windows XP do not store it.
    pub number: Option<u64>,
}

impl Header {
    pub fn read(data: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(data, at);
        let signature = r.array::<4>("signature")?;
        if signature != *b"FILE" {
            r.seek(0, "signature")?;
            return Err(r.wrong("signature", "FILE", signature.escape_ascii()));
        }
        let fixups_at = usize::from(r.u16("fixup offset")?);
        let fixups = usize::from(r.u16("fixup count")?);
        r.skip(8, "log sequence number")?;
        let sequence = r.u16("sequence")?;
        let links = r.u16("link count")?;
        let first_attribute = usize::from(r.u16("first attribute")?);
        let flags = r.u16("flags")?;
        let used = r.u32("bytes in use")? as usize;
        let allocated = r.u32("bytes allocated")? as usize;
        let base = r.u64("base record")?;
        let number = if fixups_at >= 48 {
            r.skip(4, "next attribute id")?;
            Some(u64::from(r.u32("record number")?))
        } else {
            None
        };
        if !(SECTOR..=65_536).contains(&allocated) || !allocated.is_power_of_two() {
            return Err(r.wrong("bytes allocated", "a power of two from 512 to 65536", allocated));
        }
        if !(40..=allocated).contains(&fixups_at) || fixups != (allocated / SECTOR).saturating_add(1) {
            return Err(r.wrong("fixup count", "one for each sector and one more", fixups));
        }
        if !(40..=allocated).contains(&first_attribute) || used > allocated {
            return Err(r.wrong("bytes in use", "at most those allocated", used));
        }
        Ok(Self {
            sequence,
            links,
            first_attribute,
            in_use: flags & 1 != 0,
            directory: flags & 2 != 0,
            used,
            allocated,
            base: (base != 0).then(|| Reference::from(base)),
            number,
        })
    }
}

/// Puts back the two bytes at the end of each sector. False where a sector does not bear the
/// record's mark: it was torn while it was written; its bytes are left as they are.
pub(super) fn apply_fixups(data: &mut [u8]) -> bool {
    let mut r = FieldReader::new(data, 0);
    let place = (|| {
        r.skip(4, "signature")?;
        Ok::<_, FieldError>((usize::from(r.u16("fixup offset")?), usize::from(r.u16("fixup count")?)))
    })();
    let Ok((at, count)) = place else { return false };
    let Some(array) = data.get(at..at.saturating_add(count.saturating_mul(2))).map(<[u8]>::to_vec) else { return false };
    let (mark, values) = array.split_at_checked(2).unwrap_or_default();
    let mut whole = true;
    for (sector, value) in data.chunks_exact_mut(SECTOR).zip(values.chunks_exact(2)) {
        let Some(tail) = sector.get_mut(SECTOR.saturating_sub(2)..) else { continue };
        if tail == mark {
            tail.copy_from_slice(value);
        } else {
            whole = false;
        }
    }
    whole
}

/// A `$FILE_NAME` attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub parent: Reference,
    pub stamps: [Stamp; 4],
    pub attributes: u32,
    /// 0 POSIX, 1 Win32, 2 DOS, 3 both.
    pub namespace: u8,
    /// UTF-16LE.
    pub name: &'a [u8],
}

/// What a record says of its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Contents<'a> {
    /// Times of `$STANDARD_INFORMATION`.
    pub stamps: Vec<Stamp>,
    pub attributes: u32,
    pub names: Vec<Name<'a>>,
    /// Size of the unnamed stream, where this record holds its beginning.
    pub size: Option<u64>,
    /// What broke the chain of attributes; what came before is kept.
    pub broken: Option<FieldError>,
}

/// Names of one file that are kept; NTFS allows 1024 links.
pub(super) const MAX_NAMES: usize = 2048;

impl<'a> Contents<'a> {
    /// Reads the attributes of a record that lies at `at` of the table.
    pub fn read(data: &'a [u8], header: &Header, at: u64) -> Self {
        let mut out = Self::default();
        let mut pos = header.first_attribute;
        let used = data.get(..header.used).unwrap_or(data);
        // Every attribute is at least 24 bytes long, so this ends within the record.
        loop {
            match out.attribute(used, pos, at) {
                Ok(Some(length)) => pos = pos.saturating_add(length),
                Ok(None) => return out,
                Err(e) => {
                    out.broken = Some(e);
                    return out;
                }
            }
        }
    }

    /// One attribute; its length, or None at the end mark.
    fn attribute(&mut self, used: &'a [u8], pos: usize, at: u64) -> Result<Option<usize>, FieldError> {
        let base = at.saturating_add(pos as u64);
        let mut r = FieldReader::new(used.get(pos..).unwrap_or_default(), base);
        let kind = r.u32("attribute type")?;
        if kind == END {
            return Ok(None);
        }
        let length = r.u32("attribute length")? as usize;
        if length < 24 || !length.is_multiple_of(8) {
            return Err(r.wrong("attribute length", "at least 24, a multiple of 8", length));
        }
        let mut whole = FieldReader::new(used.get(pos..).unwrap_or_default(), base);
        let bytes = whole.bytes(length, "attribute")?;
        let mut r = FieldReader::new(bytes, base);
        r.skip(8, "type and length")?;
        let non_resident = r.u8("non-resident flag")? != 0;
        let name_length = r.u8("name length")?;
        r.skip(6, "name offset, flags and id")?;
        if non_resident {
            if kind == DATA && name_length == 0 && r.u64("first cluster")? == 0 {
                r.seek(48, "size")?;
                self.size = Some(r.u64("size")?);
            }
            return Ok(Some(length));
        }
        let size = r.u32("content length")? as usize;
        let offset = usize::from(r.u16("content offset")?);
        if kind == DATA {
            if name_length == 0 {
                self.size = Some(size as u64);
            }
            return Ok(Some(length));
        }
        let content = bytes.get(offset..offset.saturating_add(size));
        let content = content.ok_or_else(|| r.wrong("content length", "content within the attribute", size))?;
        let content_at = base.saturating_add(offset as u64);
        match kind {
            STANDARD_INFORMATION => {
                let mut r = FieldReader::new(content, content_at);
                let kinds = [StampKind::Created, StampKind::Modified, StampKind::Changed, StampKind::Accessed];
                let stamps = times(&mut r, kinds)?;
                self.attributes = r.u32("attributes")?;
                // In the order of other file systems: modified, accessed, changed, created.
                let [created, modified, changed, accessed] = stamps;
                self.stamps = vec![modified, accessed, changed, created];
            }
            FILE_NAME if self.names.len() < MAX_NAMES => self.names.push(file_name(content, content_at)?),
            _ => {}
        }
        Ok(Some(length))
    }
}

fn times(r: &mut FieldReader<'_>, kinds: [StampKind; 4]) -> Result<[Stamp; 4], FieldError> {
    let mut one = |kind| {
        let offset = r.offset();
        let raw = r.u64("time")?;
        // A time that is not set or past all calendars has no moment; `keep_set` leaves it out.
        let moment = Moment::from_filetime(raw).unwrap_or(UNSET);
        Ok::<_, FieldError>(Stamp { kind, moment, raw, offset, length: 8 })
    };
    let [a, b, c, d] = kinds;
    Ok([one(a)?, one(b)?, one(c)?, one(d)?])
}

const UNSET: Moment = Moment { micros: i64::MIN, until: None, precision: model::Precision::SubMicro, zone: model::Zone::Utc };

/// Stamps that hold a time.
pub(super) fn keep_set(stamps: &mut Vec<Stamp>) {
    stamps.retain(|s| s.moment != UNSET);
}

fn file_name(content: &[u8], at: u64) -> Result<Name<'_>, FieldError> {
    let mut r = FieldReader::new(content, at);
    let parent = Reference::from(r.u64("parent")?);
    let kinds = [StampKind::NameCreated, StampKind::NameModified, StampKind::NameChanged, StampKind::NameAccessed];
    let [created, modified, changed, accessed] = times(&mut r, kinds)?;
    r.skip(16, "sizes")?;
    let attributes = r.u32("attributes")?;
    r.skip(4, "reparse tag")?;
    let units = usize::from(r.u8("name length")?);
    let namespace = r.u8("namespace")?;
    let name = r.bytes(units.saturating_mul(2), "name")?;
    Ok(Name { parent, stamps: [modified, accessed, changed, created], attributes, namespace, name })
}

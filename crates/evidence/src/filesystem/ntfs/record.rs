use model::{FieldError, FieldReader};

/// Attribute types. Source: ntfsdoc, "Attributes".
pub mod kind {
    pub const STANDARD_INFORMATION: u32 = 0x10;
    pub const ATTRIBUTE_LIST: u32 = 0x20;
    pub const FILE_NAME: u32 = 0x30;
    pub const SECURITY_DESCRIPTOR: u32 = 0x50;
    pub const VOLUME_NAME: u32 = 0x60;
    pub const VOLUME_INFORMATION: u32 = 0x70;
    pub const DATA: u32 = 0x80;
    pub const INDEX_ROOT: u32 = 0x90;
    pub const INDEX_ALLOCATION: u32 = 0xA0;
    pub const BITMAP: u32 = 0xB0;
    pub const REPARSE_POINT: u32 = 0xC0;
    pub const END: u32 = 0xFFFF_FFFF;
}

/// A file reference: record number in the low 48 bits, sequence number above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub record: u64,
    pub sequence: u16,
}

impl From<u64> for Reference {
    fn from(raw: u64) -> Self {
        let [a, b, c, d, e, f, s0, s1] = raw.to_le_bytes();
        Self { record: u64::from_le_bytes([a, b, c, d, e, f, 0, 0]), sequence: u16::from_le_bytes([s0, s1]) }
    }
}

/// The head of an MFT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub sequence: u16,
    pub links: u16,
    pub first_attribute: usize,
    pub in_use: bool,
    pub directory: bool,
    /// Bytes in use, at most the record's length.
    pub used: usize,
    /// The base record of an extension record; None for a base record.
    pub base: Option<Reference>,
}

impl Header {
    /// `record` has its fixups undone. Source: ntfsdoc, "FILE record".
    pub fn parse(record: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(record, 0);
        r.seek(16, "sequence number")?;
        let sequence = r.u16("sequence number")?;
        let links = r.u16("link count")?;
        let first_attribute = usize::from(r.u16("first attribute")?);
        let flags = r.u16("record flags")?;
        let used = r.u32("bytes in use")?;
        r.skip(4, "bytes allocated")?;
        let base = r.u64("base record")?;
        Ok(Self {
            sequence,
            links,
            first_attribute,
            in_use: flags & 1 != 0,
            directory: flags & 2 != 0,
            used: usize::try_from(used).unwrap_or(usize::MAX).min(record.len()),
            base: (base != 0).then(|| Reference::from(base)),
        })
    }
}

/// One attribute. Offsets count from the start of the record.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    pub kind: u32,
    pub flags: u16,
    /// UTF-16LE bytes.
    pub name: &'a [u8],
    pub body: Body<'a>,
}

#[derive(Clone, Debug)]
pub enum Body<'a> {
    Resident {
        at: usize,
        content: &'a [u8],
    },
    /// Sizes are bytes and hold in the piece with `first_vcn` 0 only.
    NonResident {
        first_vcn: u64,
        last_vcn: u64,
        /// Compression unit as a power of two of clusters; 0 for none.
        unit: u16,
        size: u64,
        initialized: u64,
        runs: &'a [u8],
    },
}

impl Attribute<'_> {
    pub fn compressed(&self) -> bool {
        self.flags & 0x00FF != 0
    }
    pub fn encrypted(&self) -> bool {
        self.flags & 0x4000 != 0
    }
    pub fn sparse(&self) -> bool {
        self.flags & 0x8000 != 0
    }
    /// The content where it lies in the record.
    pub fn resident(&self) -> Option<&[u8]> {
        match self.body {
            Body::Resident { content, .. } => Some(content),
            Body::NonResident { .. } => None,
        }
    }
}

/// The attributes of one record in order. After damage it yields the error once and ends.
pub struct Attributes<'a> {
    record: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Attributes<'a> {
    pub fn new(record: &'a [u8], header: &Header) -> Self {
        Self { record, at: header.first_attribute, ended: false }
    }
    /// Where reading stands: after the last attribute, the end marker's offset.
    pub fn position(&self) -> usize {
        self.at
    }

    fn read(&mut self) -> Result<Option<Attribute<'a>>, FieldError> {
        let start = self.at;
        let mut r = FieldReader::new(self.record, 0);
        r.seek(start, "attribute")?;
        let kind = r.u32("attribute type")?;
        if kind == kind::END {
            return Ok(None);
        }
        let length = r.u32("attribute length")? as usize;
        let end = start.checked_add(length).filter(|e| *e <= self.record.len() && length >= 24 && length.is_multiple_of(8));
        let Some(whole) = end.and_then(|end| self.record.get(start..end)) else {
            return Err(r.wrong("attribute length", "a multiple of 8 within the record", length));
        };
        let base = start as u64;
        let mut r = FieldReader::new(whole, base);
        r.seek(8, "attribute form")?;
        let non_resident = r.u8("attribute form")?;
        let name_length = usize::from(r.u8("attribute name length")?);
        let name_at = usize::from(r.u16("attribute name offset")?);
        let flags = r.u16("attribute flags")?;
        r.skip(2, "attribute id")?;
        let name = if name_length == 0 {
            &[][..]
        } else {
            let mut n = FieldReader::new(whole, base);
            n.seek(name_at, "attribute name")?;
            n.bytes(name_length.saturating_mul(2), "attribute name")?
        };
        let body = if non_resident == 0 {
            let size = r.u32("content length")? as usize;
            let at = usize::from(r.u16("content offset")?);
            let mut c = FieldReader::new(whole, base);
            c.seek(at, "content")?;
            Body::Resident { at: start.saturating_add(at), content: c.bytes(size, "content")? }
        } else {
            let first_vcn = r.u64("first cluster of piece")?;
            let last_vcn = r.u64("last cluster of piece")?;
            let runs_at = usize::from(r.u16("run list offset")?);
            let unit = r.u16("compression unit")?;
            r.skip(4, "reserved")?;
            r.skip(8, "allocated size")?;
            let size = r.u64("size")?;
            let initialized = r.u64("initialized size")?;
            let runs = whole.get(runs_at..).ok_or_else(|| r.wrong("run list offset", "within the attribute", runs_at))?;
            Body::NonResident { first_vcn, last_vcn, unit, size, initialized, runs }
        };
        self.at = start.saturating_add(length);
        Ok(Some(Attribute { kind, flags, name, body }))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, FieldError>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.read();
        self.ended = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

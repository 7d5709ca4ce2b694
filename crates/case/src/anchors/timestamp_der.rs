//! DER taken apart one value after another, for structures whose exact bytes are hashed or signed.
//! Nothing is copied and nothing recurses; lengths and tags are read by `der`.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)
)]

use super::timestamp_check::Fault;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber};

/// One value: all its bytes, and what lies inside.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Tag, length and value.
    pub raw: &'a [u8],
    pub tag: Tag,
    pub value: &'a [u8],
}

/// The values of one structure, in order; each is read under its name.
pub struct Parts<'a> {
    reader: SliceReader<'a>,
    /// What the values are parts of.
    of: &'static str,
}

pub fn malformed(of: &'static str, what: &'static str) -> Fault {
    Fault::Malformed { of, what }
}

/// `[n]`, constructed or not.
pub fn context(constructed: bool, n: u32) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(n) }
}

impl<'a> Parts<'a> {
    pub fn of(of: &'static str, bytes: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self { reader: SliceReader::new(bytes).map_err(|_| malformed(of, "its length"))?, of })
    }

    /// The one value that `bytes` are, without a byte after it.
    pub fn only(of: &'static str, bytes: &'a [u8], tag: Tag) -> Result<Part<'a>, Fault> {
        let mut parts = Self::of(of, bytes)?;
        let part = parts.take(tag, of)?;
        parts.end()?;
        Ok(part)
    }

    pub fn next(&mut self, what: &'static str) -> Result<Part<'a>, Fault> {
        let bad = |_: der::Error| malformed(self.of, what);
        let raw = self.reader.tlv_bytes().map_err(bad)?;
        let any = AnyRef::from_der(raw).map_err(bad)?;
        Ok(Part { raw, tag: der::Tagged::tag(&any), value: any.value() })
    }

    /// The next value, which must have this tag.
    pub fn take(&mut self, tag: Tag, what: &'static str) -> Result<Part<'a>, Fault> {
        let part = self.next(what)?;
        if part.tag == tag { Ok(part) } else { Err(malformed(self.of, what)) }
    }

    /// The next value where it has this tag.
    pub fn option(&mut self, tag: Tag, what: &'static str) -> Result<Option<Part<'a>>, Fault> {
        if self.reader.is_finished() || !Tag::peek(&self.reader).is_ok_and(|next| next == tag) {
            return Ok(None);
        }
        self.take(tag, what).map(Some)
    }

    /// All that is left; at most `most` values.
    pub fn rest(mut self, most: usize, what: &'static str) -> Result<Vec<Part<'a>>, Fault> {
        let mut all = Vec::new();
        while !self.reader.is_finished() {
            if all.len() == most {
                return Err(malformed(self.of, "more values than are read"));
            }
            all.push(self.next(what)?);
        }
        Ok(all)
    }

    pub fn end(self) -> Result<(), Fault> {
        if self.reader.is_finished() { Ok(()) } else { Err(malformed(self.of, "bytes after its end")) }
    }
}

impl<'a> Part<'a> {
    pub fn parts(&self, of: &'static str) -> Result<Parts<'a>, Fault> {
        Parts::of(of, self.value)
    }

    pub fn oid(&self, of: &'static str) -> Result<ObjectIdentifier, Fault> {
        ObjectIdentifier::from_der(self.raw).map_err(|_| malformed(of, "an object identifier"))
    }

    /// A number from 0 to 2^32 - 1.
    pub fn number(&self, of: &'static str) -> Result<u32, Fault> {
        u32::from_der(self.raw).map_err(|_| malformed(of, "a number"))
    }
}

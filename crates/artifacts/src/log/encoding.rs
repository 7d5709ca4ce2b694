//! Logs in UTF-16, which are read as UTF-8: what shows the encoding, the decoding, and the way back
//! from a place in the text to the bytes of the file. Sources: The Unicode Standard, section 3.10
//! (D91, D96 to D98); RFC 2781.

use crate::{Facts, text};
use model::Span;
use std::borrow::Cow;

/// How the characters of a log lie in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Encoding {
    /// UTF-8, and whatever else has its line ends in single bytes.
    #[default]
    Utf8 = 0,
    Utf16Le = 1,
    Utf16Be = 2,
}

/// Without a byte order mark: units that have to be ASCII text, as many as there are, and the least.
const UNITS_SHOWN: usize = 64;
const UNITS_LEAST: usize = 16;

impl Encoding {
    pub fn from_u8(code: u8) -> Option<Self> {
        [Self::Utf8, Self::Utf16Le, Self::Utf16Be].into_iter().find(|e| *e as u8 == code)
    }

    /// Of a file that begins with `head`: UTF-16 where a byte order mark says so, or where every
    /// second byte is zero and the others are ASCII text.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xFF, 0xFE, ..] => return Self::Utf16Le,
            [0xFE, 0xFF, ..] => return Self::Utf16Be,
            _ => {}
        }
        let (units, _) = head.as_chunks::<2>();
        let units = units.get(..UNITS_SHOWN).unwrap_or(units);
        if units.len() < UNITS_LEAST {
            return Self::Utf8;
        }
        let is_text = |b: u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7E);
        if units.iter().all(|[low, high]| *high == 0 && is_text(*low)) {
            Self::Utf16Le
        } else if units.iter().all(|[high, low]| *high == 0 && is_text(*low)) {
            Self::Utf16Be
        } else {
            Self::Utf8
        }
    }

    /// Bytes of the file that whole characters of its text take. Four bytes of UTF-8 are two units
    /// of UTF-16 and fewer are one, a surrogate without its partner too: the text itself tells.
    pub(crate) fn bytes_of(self, text: &[u8]) -> u64 {
        match self {
            Self::Utf8 => text.len() as u64,
            Self::Utf16Le | Self::Utf16Be => {
                let begins = text.iter().filter(|b| **b & 0xC0 != 0x80).count() as u64;
                let pairs = text.iter().filter(|b| **b >= 0xF0).count() as u64;
                begins.saturating_add(pairs).saturating_mul(2)
            }
        }
    }

    fn unit(self, bytes: [u8; 2]) -> u16 {
        if self == Self::Utf16Be { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }
}

/// A file on its way to UTF-8. A byte order mark stays, as U+FEFF.
#[derive(Default)]
pub(crate) struct Decoder {
    encoding: Encoding,
    /// Part of a character, at most three bytes between two pushes.
    held: Vec<u8>,
}

impl Decoder {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, held: Vec::new() }
    }

    /// The text of what came so far, but for a character whose end is still to come.
    pub fn push<'a>(&mut self, chunk: &'a [u8]) -> Cow<'a, [u8]> {
        if self.encoding == Encoding::Utf8 {
            return Cow::Borrowed(chunk);
        }
        self.held.extend_from_slice(chunk);
        let (units, _) = self.held.as_chunks::<2>();
        let open = units.last().is_some_and(|u| matches!(self.encoding.unit(*u), 0xD800..=0xDBFF));
        Cow::Owned(self.take(units.len().saturating_sub(usize::from(open))))
    }

    /// The rest where nothing follows, and whether half a unit is left over.
    pub fn finish(&mut self) -> (Vec<u8>, bool) {
        let text = self.take(self.held.len() / 2);
        let half = !self.held.is_empty();
        self.held.clear();
        (text, half)
    }

    fn take(&mut self, units: usize) -> Vec<u8> {
        let (all, _) = self.held.as_chunks::<2>();
        let text = text::utf16(all.iter().take(units).map(|u| self.encoding.unit(*u)));
        self.held.drain(..units.saturating_mul(2).min(self.held.len()));
        text
    }
}

/// The first bytes of a file as text.
pub struct HeadText<'a> {
    pub encoding: Encoding,
    /// UTF-8; what the head breaks off of its last character is not in it.
    pub text: Cow<'a, [u8]>,
    /// Nothing of the file lies beyond.
    pub whole: bool,
}

impl<'a> HeadText<'a> {
    pub fn of(facts: &Facts<'a>) -> Self {
        let encoding = Encoding::of(facts.head);
        let text = Decoder::new(encoding).push(facts.head);
        Self { encoding, text, whole: facts.size <= facts.head.len() as u64 }
    }
}

/// Where records of a block of text lie in the file. They are asked for in ascending order.
pub(crate) struct Places<'a> {
    encoding: Encoding,
    block: &'a [u8],
    /// A place in the text, and where it lies in the file.
    at: usize,
    offset: u64,
}

impl<'a> Places<'a> {
    /// `block` lies at `offset` of the file.
    pub fn new(encoding: Encoding, offset: u64, block: &'a [u8]) -> Self {
        Self { encoding, block, at: 0, offset }
    }

    /// Of `length` bytes of text from `from` on.
    pub fn span(&mut self, source: u32, from: usize, length: usize) -> Span {
        let before = self.block.get(self.at..from).unwrap_or_default();
        self.offset = self.offset.saturating_add(self.encoding.bytes_of(before));
        self.at = from;
        let text = self.block.get(from..from.saturating_add(length)).unwrap_or_default();
        Span { source, offset: self.offset, length: self.encoding.bytes_of(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One, two, three and four bytes of UTF-8, and a surrogate without its partner.
    fn units() -> Vec<u16> {
        "\u{feff}a\u{e9}\u{ac00}\u{1f600}\n".encode_utf16().chain([0xD83D, u16::from(b'b'), 0xDE00, 0xD800]).collect()
    }

    #[test]
    fn text_is_the_same_wherever_a_file_is_cut() {
        let expected = b"\xEF\xBB\xBFa\xC3\xA9\xEA\xB0\x80\xF0\x9F\x98\x80\n\xED\xA0\xBDb\xED\xB8\x80\xED\xA0\x80";
        for (encoding, bytes) in [
            (Encoding::Utf16Le, units().into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
            (Encoding::Utf16Be, units().into_iter().flat_map(u16::to_be_bytes).collect()),
        ] {
            assert_eq!((Encoding::of(&bytes), Encoding::from_u8(encoding as u8)), (encoding, Some(encoding)));
            for step in 1..bytes.len() {
                let mut decoder = Decoder::new(encoding);
                let mut text: Vec<u8> = bytes.chunks(step).flat_map(|c| decoder.push(c).into_owned()).collect();
                let (rest, half) = decoder.finish();
                text.extend(rest);
                assert_eq!((text.as_slice(), half), (&expected[..], false), "{encoding:?} by {step}");
            }
            assert_eq!(encoding.bytes_of(expected), bytes.len() as u64);
        }
        let mut decoder = Decoder::new(Encoding::Utf16Le);
        assert_eq!(decoder.push(b"a\0b").as_ref(), b"a");
        assert_eq!(decoder.finish(), (Vec::new(), true));
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let text = "\u{1f600}a\n\u{ac00}b\nc".as_bytes();
        let mut places = Places::new(Encoding::Utf16Be, 100, text);
        assert_eq!(places.span(1, 0, 5), Span { source: 1, offset: 100, length: 6 });
        assert_eq!(places.span(1, 6, 4), Span { source: 1, offset: 108, length: 4 });
        assert_eq!(places.span(1, 11, 1), Span { source: 1, offset: 114, length: 2 });
        assert_eq!(Places::new(Encoding::Utf8, 100, text).span(1, 6, 4), Span { source: 1, offset: 106, length: 4 });
    }

    #[test]
    fn without_a_mark_every_second_byte_has_to_be_zero() {
        let le: Vec<u8> = "2025-06-24 10:00:00".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "2025-06-24 10:00:00".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((Encoding::of(&le), Encoding::of(&be)), (Encoding::Utf16Le, Encoding::Utf16Be));
        assert_eq!(Encoding::of(&le[..30]), Encoding::Utf8, "too little to tell");
        let mut other = le;
        other[21] = 0xAC;
        assert_eq!(Encoding::of(&other), Encoding::Utf8);
        assert_eq!(Encoding::of(b"2025-06-24 10:00:00 2025-06-24 10:00:00"), Encoding::Utf8);
        assert_eq!(Encoding::of(&[0; 64]), Encoding::Utf8);
    }
}

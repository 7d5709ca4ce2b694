//! Values of BinXml as text. Source: libevtx, "Value types"; [MS-EVEN6] 2.2.12, BinXmlValueType.

use crate::text::utf16le;
use std::fmt::Write as _;

/// Elements of one array that are written.
const MOST_ELEMENTS: usize = 256;

/// What a value's bytes come to.
pub(super) enum Text {
    Empty,
    /// The text, and a FILETIME where it is one.
    Of(String, Option<u64>),
    /// BinXml within BinXml.
    Nested,
}

fn number<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}

/// The text of a value of a type; types with 0x80 are arrays.
pub(super) fn text(kind: u8, bytes: &[u8]) -> Text {
    if bytes.is_empty() {
        return Text::Empty;
    }
    if kind & 0x80 != 0 {
        return Text::Of(array(kind & 0x7F, bytes), None);
    }
    if kind == 0x21 {
        return Text::Nested;
    }
    let time = (kind == 0x11).then(|| number(bytes).map(u64::from_le_bytes)).flatten();
    one(kind, bytes).map_or(Text::Empty, |t| Text::Of(t, time))
}

fn one(kind: u8, bytes: &[u8]) -> Option<String> {
    Some(match kind {
        0x00 => return None,
        0x01 => String::from_utf8_lossy(&utf16le(bytes)).trim_end_matches('\0').to_owned(),
        0x02 => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        0x03 => i8::from_le_bytes(number(bytes)?).to_string(),
        0x04 => u8::from_le_bytes(number(bytes)?).to_string(),
        0x05 => i16::from_le_bytes(number(bytes)?).to_string(),
        0x06 => u16::from_le_bytes(number(bytes)?).to_string(),
        0x07 => i32::from_le_bytes(number(bytes)?).to_string(),
        0x08 => u32::from_le_bytes(number(bytes)?).to_string(),
        0x09 => i64::from_le_bytes(number(bytes)?).to_string(),
        0x0A => u64::from_le_bytes(number(bytes)?).to_string(),
        0x0B => f32::from_le_bytes(number(bytes)?).to_string(),
        0x0C => f64::from_le_bytes(number(bytes)?).to_string(),
        // Any number of bytes is seen in practice; a value other than 0 is true.
        0x0D => bytes.iter().any(|b| *b != 0).to_string(),
        0x0F => guid(bytes)?,
        0x10 => match bytes.len() {
            4 => format!("0x{:x}", u32::from_le_bytes(number(bytes)?)),
            _ => format!("0x{:x}", u64::from_le_bytes(number(bytes)?)),
        },
        0x11 => filetime(u64::from_le_bytes(number(bytes)?)),
        0x12 => system_time(bytes)?,
        0x13 => sid(bytes)?,
        0x14 => format!("0x{:08x}", u32::from_le_bytes(number(bytes)?)),
        0x15 => format!("0x{:016x}", u64::from_le_bytes(number(bytes)?)),
        // Binary, and types nobody has described.
        _ => hex(bytes),
    })
}

fn array(kind: u8, bytes: &[u8]) -> String {
    let size = match kind {
        0x01 => {
            let texts = String::from_utf8_lossy(&utf16le(bytes)).trim_end_matches('\0').replace('\0', ", ");
            return texts;
        }
        0x03 | 0x04 => 1,
        0x05 | 0x06 => 2,
        0x07 | 0x08 | 0x0B | 0x0D | 0x14 => 4,
        0x09 | 0x0A | 0x0C | 0x11 | 0x15 => 8,
        0x0F | 0x12 => 16,
        _ => return hex(bytes),
    };
    let texts: Vec<String> = bytes.chunks_exact(size).take(MOST_ELEMENTS).filter_map(|c| one(kind, c)).collect();
    texts.join(", ")
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(2));
    for b in bytes {
        let _ = write!(out, "{b:02x}");
    }
    out
}

fn guid(bytes: &[u8]) -> Option<String> {
    let b = number::<16>(bytes)?;
    let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = b;
    let (a, b, c) = (u32::from_le_bytes([a0, a1, a2, a3]), u16::from_le_bytes([b0, b1]), u16::from_le_bytes([c0, c1]));
    let tail = hex(&rest);
    let (head, tail) = tail.split_at_checked(4)?;
    Some(format!("{{{a:08x}-{b:04x}-{c:04x}-{head}-{tail}}}"))
}

/// S-1-5-21-... Source: [MS-DTYP] 2.4.2.
fn sid(bytes: &[u8]) -> Option<String> {
    let [revision, count, a, b, c, d, e, f, rest @ ..] = bytes else { return None };
    let authority = u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]);
    let mut out = format!("S-{revision}-{authority}");
    for part in rest.chunks_exact(4).take(usize::from(*count).min(15)) {
        let _ = write!(out, "-{}", u32::from_le_bytes(number(part)?));
    }
    Some(out)
}

/// The value as it is stored: the row's own time is read from it, and is never lost to a calendar.
fn filetime(raw: u64) -> String {
    raw.to_string()
}

fn system_time(bytes: &[u8]) -> Option<String> {
    let mut parts = bytes.chunks_exact(2).map(|c| number(c).map_or(0, u16::from_le_bytes));
    let mut next = || parts.next();
    let (year, month, _, day) = (next()?, next()?, next()?, next()?);
    let (hour, minute, second, milli) = (next()?, next()?, next()?, next()?);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}"))
}

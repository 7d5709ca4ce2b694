use super::record::Reference;
use model::{FieldError, FieldReader};

/// Which rules a name follows. Source: ntfsdoc, "$FILE_NAME".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    Posix,
    Win32,
    Dos,
    Win32AndDos,
}

/// A $FILE_NAME: in a record, or a copy in a directory's index.
#[derive(Clone, Copy, Debug)]
pub struct FileName<'a> {
    pub parent: Reference,
    /// FILETIMEs: created, modified, record changed, accessed, as they lie in the structure.
    pub times: [u64; 4],
    /// Bytes of content; kept up to date in an index, seldom in a record.
    pub size: u64,
    pub flags: u32,
    pub namespace: Namespace,
    /// UTF-16LE bytes.
    pub name: &'a [u8],
}

/// Offset of `times` in the structure.
pub const TIMES_AT: usize = 8;
/// Bytes before the name.
pub const FIXED_BYTES: usize = 66;

impl<'a> FileName<'a> {
    pub fn parse(content: &'a [u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(content, at);
        let parent = Reference::from(r.u64("parent directory")?);
        let mut times = [0; 4];
        for t in &mut times {
            *t = r.u64("name time")?;
        }
        r.skip(8, "allocated size")?;
        let size = r.u64("size")?;
        let flags = r.u32("name flags")?;
        r.skip(4, "extended attribute size or reparse tag")?;
        let length = usize::from(r.u8("name length")?);
        let namespace = match r.u8("namespace")? {
            0 => Namespace::Posix,
            1 => Namespace::Win32,
            2 => Namespace::Dos,
            3 => Namespace::Win32AndDos,
            other => return Err(r.wrong("namespace", "0 to 3", other)),
        };
        let name = r.bytes(length.saturating_mul(2), "name")?;
        if name.is_empty() {
            return Err(r.wrong("name", "at least one character", "none"));
        }
        Ok(Self { parent, times, size, flags, namespace, name })
    }
}

/// Appends UTF-16LE as UTF-8. A lone surrogate keeps its value in the three-byte form (WTF-8), so
/// that two different names never become one; such text is no longer valid UTF-8, on purpose.
pub fn push_wtf8(utf16: &[u8], out: &mut Vec<u8>) {
    let units = utf16.chunks_exact(2).map(|c| c.try_into().map(u16::from_le_bytes).unwrap_or_default());
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) if c.is_ascii() => out.push(u8::try_from(c).unwrap_or(b'?')),
            Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => {
                let [low, high] = lone.unpaired_surrogate().to_le_bytes();
                let middle = 0x80 | ((high & 0x0F) << 2) | (low >> 6);
                out.extend_from_slice(&[0xE0 | (high >> 4), middle, 0x80 | (low & 0x3F)]);
            }
        }
    }
}

pub fn to_wtf8(utf16: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(utf16.len() / 2);
    push_wtf8(utf16, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_keeps_its_identity() {
        let text = "naïve 文件 😀";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(to_wtf8(&bytes), text.as_bytes());
        assert_eq!(to_wtf8(&[0x3D, 0xD8, b'a', 0]), [0xED, 0xA0, 0xBD, b'a']);
    }
}

//! Text in UTF-16: of Windows structures, and of logs.

/// UTF-16LE as bytes, see `utf16`.
pub(crate) fn utf16le(bytes: &[u8]) -> Vec<u8> {
    let (units, _) = bytes.as_chunks::<2>();
    utf16(units.iter().map(|u| u16::from_le_bytes(*u)))
}

/// UTF-16 as bytes: UTF-8, with a surrogate that has no partner kept in the same three-byte form
/// (WTF-8), so that no two texts become one.
pub(crate) fn utf16(units: impl Iterator<Item = u16>) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.size_hint().0.saturating_mul(2));
    for c in char::decode_utf16(units) {
        match c {
            Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => {
                let u = lone.unpaired_surrogate();
                let [high, low] = u.to_be_bytes();
                // 1110xxxx 10xxxxxx 10xxxxxx
                out.push(0xE0 | (high >> 4));
                out.push(0x80 | ((high & 0x0F) << 2) | (low >> 6));
                out.push(0x80 | (low & 0x3F));
            }
        }
    }
    out
}

/// The bytes of UTF-16LE text before its first NUL, and whether there was one.
pub(crate) fn until_nul(bytes: &[u8]) -> (&[u8], bool) {
    let end = bytes.chunks_exact(2).position(|c| c == [0, 0]);
    match end {
        Some(n) => (bytes.get(..n.saturating_mul(2)).unwrap_or_default(), true),
        None => (bytes, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16() {
        let bytes: Vec<u8> = "a\u{AC00}\u{1F600}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(utf16le(&bytes), "a\u{AC00}\u{1F600}".as_bytes());
        assert_eq!(utf16le(&[0x00, 0xD8, 0x41, 0x00]), [0xED, 0xA0, 0x80, b'A']);
        assert_eq!(until_nul(b"a\0\0\0b\0"), (&b"a\0"[..], true));
    }
}

/// The upper half of code page 437, in order.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";

/// A byte of a short name. The volume does not say which code page its names are in; 437 is
/// assumed and stated among the volume's facts.
pub fn oem_char(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(upper) => CP437.chars().nth(usize::from(upper)).unwrap_or('\u{FFFD}'),
    }
}

/// UTF-16 as UTF-8. An unpaired surrogate is kept as the three bytes UTF-8's scheme gives its
/// number, which no valid UTF-8 holds: nothing is replaced. The second value says that it happened.
pub fn utf16_bytes(units: &[u16]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(units.len().saturating_mul(2));
    let mut invalid = false;
    for c in char::decode_utf16(units.iter().copied()) {
        match c {
            Ok(c) => push_char(&mut out, c),
            Err(e) => {
                invalid = true;
                let [high, low] = e.unpaired_surrogate().to_be_bytes();
                out.extend_from_slice(&[0xE0 | (high >> 4), 0x80 | ((high & 0xF) << 2) | (low >> 6), 0x80 | (low & 0x3F)]);
            }
        }
    }
    (out, invalid)
}

pub fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The path of an entry, for a note on it.
pub fn place(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() { name.to_vec() } else { [directory, b"/", name].concat() }
}

/// True for a name that could not be a path element: it holds a separator, or climbs.
pub fn is_no_element(name: &[u8]) -> bool {
    name.contains(&b'/') || name.contains(&0) || name == b"." || name == b".." || name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_page_437_has_128_upper_characters() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!((oem_char(0x80), oem_char(0xE1), oem_char(0xFF)), ('Ç', 'ß', '\u{A0}'));
    }

    #[test]
    fn unpaired_surrogates_stay() {
        assert_eq!(utf16_bytes(&[0x61, 0xD83D, 0xDE00]), ("a😀".into(), false));
        assert_eq!(utf16_bytes(&[0xD83D, 0x61]), (vec![0xED, 0xA0, 0xBD, b'a'], true));
    }
}

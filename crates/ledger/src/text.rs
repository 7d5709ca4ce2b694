//! Hexadecimal and base64, strict in both directions: one text for one value.

use crate::Hash;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal.
pub fn hex_encode(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(HEX.get(usize::from(n)).copied().unwrap_or_default());
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Bytes of lower-case hexadecimal text; None for anything else.
pub fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let value = |c: u8| match c {
        b'0'..=b'9' => c.checked_sub(b'0'),
        b'a'..=b'f' => c.checked_sub(b'a' - 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[hi, lo]| Some(value(*hi)? << 4 | value(*lo)?)).collect()
}

/// A digest of 64 lower-case hexadecimal digits.
pub fn hash_from_hex(text: &str) -> Option<Hash> {
    Hash::try_from(hex_decode(text)?).ok()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Standard base64 with padding. Source: RFC 4648 4.
pub fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        let sextets = [group >> 18, group >> 12, group >> 6, group];
        for (i, s) in sextets.into_iter().enumerate() {
            let c = BASE64.get((s & 63) as usize).copied().unwrap_or_default();
            out.push(if i <= chunk.len() { char::from(c) } else { '=' });
        }
    }
    out
}

/// Bytes of standard base64 with padding. Refuses white space, missing padding and unused bits
/// that are set: every value has one text.
pub fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let value = |c: u8| BASE64.iter().position(|x| *x == c).and_then(|p| u32::try_from(p).ok());
    let mut out = Vec::with_capacity(groups.len().saturating_mul(3));
    for [a, b, c, d] in groups {
        let (c, d) = match (*c, *d) {
            (b'=', b'=') => (None, None),
            (c, b'=') => (Some(value(c)?), None),
            (c, d) => (Some(value(c)?), Some(value(d)?)),
        };
        let group = value(*a)? << 18 | value(*b)? << 12 | c.unwrap_or(0) << 6 | d.unwrap_or(0);
        let [_, x, y, z] = group.to_be_bytes();
        out.push(x);
        if c.is_some() {
            out.push(y);
        }
        if d.is_some() {
            out.push(z);
        }
    }
    // Padding within the text, or unused bits: the text would not come back.
    (base64_encode(&out) == text).then_some(out)
}

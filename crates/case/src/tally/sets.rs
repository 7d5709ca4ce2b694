//! Sets of subjects as they are stored: exact, and small where they are small.
//!
//! A set is `00`, then the members in rising order, each as the difference from the one before in
//! 7-bit groups, low group first; or `01`, then a 64-bit bitmap in the portable Roaring format. The
//! second form is taken from 33 members on. Source: github.com/RoaringBitmap/RoaringFormatSpec.

use roaring::RoaringTreemap;

/// Larger sets are bitmaps.
const MOST_LISTED: usize = 32;

/// The stored form of members in rising order, each once; None of no members.
pub fn encode(members: &[u64]) -> Option<Vec<u8>> {
    if members.is_empty() {
        return None;
    }
    if members.len() > MOST_LISTED {
        let mut set = RoaringTreemap::new();
        set.extend(members.iter().copied());
        return encode_set(&set);
    }
    let mut out = vec![0];
    let mut before = 0u64;
    for m in members {
        let mut rest = m.wrapping_sub(before);
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
        before = *m;
    }
    Some(out)
}

pub fn encode_set(set: &RoaringTreemap) -> Option<Vec<u8>> {
    if set.len() as usize <= MOST_LISTED {
        return encode(&set.iter().collect::<Vec<_>>());
    }
    let mut out = Vec::with_capacity(set.serialized_size() + 1);
    out.push(1);
    set.serialize_into(&mut out).ok()?;
    Some(out)
}

/// Adds the members of a stored set; false where the bytes are no set.
pub fn add_to(set: &mut RoaringTreemap, stored: &[u8]) -> bool {
    match stored.split_first() {
        Some((0, mut rest)) => {
            let mut before = 0u64;
            while !rest.is_empty() {
                let (mut value, mut shift) = (0u64, 0u32);
                loop {
                    let Some((b, after)) = rest.split_first() else { return false };
                    rest = after;
                    if shift > 63 {
                        return false;
                    }
                    value |= u64::from(b & 0x7f) << shift;
                    shift += 7;
                    if b & 0x80 == 0 {
                        break;
                    }
                }
                before = before.wrapping_add(value);
                set.insert(before);
            }
            true
        }
        Some((1, rest)) => match RoaringTreemap::deserialize_from(rest) {
            Ok(other) => {
                *set |= other;
                true
            }
            Err(_) => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for n in [1usize, 2, 32, 33, 5000] {
            let members: Vec<u64> = (0..n as u64).map(|i| i * 77_777 + (i % 3) * (1 << 40)).collect();
            let mut members = members;
            members.sort_unstable();
            let stored = encode(&members).unwrap();
            let mut set = RoaringTreemap::new();
            assert!(add_to(&mut set, &stored));
            assert_eq!(set.iter().collect::<Vec<_>>(), members);
            assert_eq!(encode_set(&set).unwrap(), stored, "one form for one set");
        }
        assert_eq!(encode(&[]), None);
        for bad in [&b""[..], b"\x00\x80", b"\x01\xff\xff", b"\x02"] {
            let mut set = RoaringTreemap::new();
            assert!(!add_to(&mut set, bad), "{bad:?}");
        }
    }
}

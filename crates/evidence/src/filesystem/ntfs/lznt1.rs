/// Bytes of plain data a chunk stands for.
const CHUNK: usize = 4096;

/// Decompresses one compression unit into `out`, zero-filled past the end of the data. False
/// where the data breaks a rule; what was decoded before stands. Source: [MS-XCA] 2.5 (LZNT1).
pub fn decompress(mut data: &[u8], out: &mut [u8]) -> bool {
    out.fill(0);
    for chunk in out.chunks_mut(CHUNK) {
        let Some((head, rest)) = data.split_first_chunk::<2>() else { return true };
        let head = u16::from_le_bytes(*head);
        if head == 0 {
            return true;
        }
        let length = usize::from(head & 0x0FFF).saturating_add(1);
        let Some((body, next)) = rest.split_at_checked(length) else { return false };
        data = next;
        let sound = if head & 0x8000 == 0 { copy(body, chunk) } else { chunk_of_tokens(body, chunk) };
        if !sound {
            return false;
        }
    }
    true
}

fn copy(body: &[u8], out: &mut [u8]) -> bool {
    let n = body.len().min(out.len());
    match (out.get_mut(..n), body.get(..n)) {
        (Some(to), Some(from)) => {
            to.copy_from_slice(from);
            true
        }
        _ => false,
    }
}

fn chunk_of_tokens(mut body: &[u8], out: &mut [u8]) -> bool {
    let mut at = 0usize;
    while let Some((flags, rest)) = body.split_first() {
        body = rest;
        for bit in 0..8 {
            if flags & (1 << bit) == 0 {
                let Some((literal, rest)) = body.split_first() else { return true };
                let Some(to) = out.get_mut(at) else { return true };
                *to = *literal;
                at = at.saturating_add(1);
                body = rest;
                continue;
            }
            let Some((token, rest)) = body.split_first_chunk::<2>() else { return body.is_empty() };
            body = rest;
            let token = u16::from_le_bytes(*token);
            // The farther into the chunk, the more bits the distance takes from the length.
            let mut length_bits = 12u32;
            let mut reach = at.saturating_sub(1) >> 4;
            while reach > 0 && length_bits > 4 {
                length_bits = length_bits.saturating_sub(1);
                reach >>= 1;
            }
            let mask = 1u16.checked_shl(length_bits).unwrap_or(0).wrapping_sub(1);
            let length = usize::from(token & mask).saturating_add(3);
            let distance = usize::from(token.checked_shr(length_bits).unwrap_or(0)).saturating_add(1);
            let Some(mut from) = at.checked_sub(distance) else { return false };
            for _ in 0..length {
                let Some(byte) = out.get(from).copied() else { return false };
                let Some(to) = out.get_mut(at) else { return false };
                *to = byte;
                at = at.saturating_add(1);
                from = from.saturating_add(1);
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of [MS-XCA] 3.3.
    #[test]
    fn published_example() {
        let data = [
            0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00, 0x10, 0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20,
            0x44, 0x00, 0x08, 0x45, 0x01, 0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4, 0x02, 0x4a,
            0x44, 0xef, 0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48, 0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18,
            0x90, 0x00,
        ];
        let expect = b"F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0";
        let mut out = vec![0xAA; 4096];
        assert!(decompress(&data, &mut out));
        assert_eq!(&out[..expect.len()], expect);
    }
}

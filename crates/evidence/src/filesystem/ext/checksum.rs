//! CRC-32C as ext4 and jbd2 use it: reflected polynomial 0x82F63B78, no final inversion.

/// Table `n` advances a byte past `n` zero bytes, so that eight bytes are taken at a time.
static TABLES: [[u32; 256]; 8] = tables();

#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler; i < 256, n < 8")]
const fn tables() -> [[u32; 256]; 8] {
    let mut out = [[0u32; 256]; 8];
    let mut i = 0usize;
    let mut value = 0u32;
    while i < 256 {
        let mut crc = value;
        let mut bit = 0u8;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
            bit = bit.saturating_add(1);
        }
        out[0][i] = crc;
        i = i.saturating_add(1);
        value = value.saturating_add(1);
    }
    let mut n = 1usize;
    while n < 8 {
        let mut i = 0usize;
        while i < 256 {
            let before = out[n.saturating_sub(1)][i];
            out[n][i] = out[0][before.to_le_bytes()[0] as usize] ^ (before >> 8);
            i = i.saturating_add(1);
        }
        n = n.saturating_add(1);
    }
    out
}

/// Continues `crc` over `data`; a fresh sum starts with `!0`.
pub fn crc32c(crc: u32, data: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &TABLES;
    let look = |table: &[u32; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or_default();
    let (eights, rest) = data.as_chunks::<8>();
    let crc = eights.iter().fold(crc, |crc, [b0, b1, b2, b3, b4, b5, b6, b7]| {
        let [x0, x1, x2, x3] = (u32::from_le_bytes([*b0, *b1, *b2, *b3]) ^ crc).to_le_bytes();
        let first = look(t7, x0) ^ look(t6, x1) ^ look(t5, x2) ^ look(t4, x3);
        first ^ look(t3, *b4) ^ look(t2, *b5) ^ look(t1, *b6) ^ look(t0, *b7)
    });
    rest.iter().fold(crc, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        look(t0, low ^ byte) ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::crc32c;

    #[test]
    fn check_value() {
        assert_eq!(!crc32c(!0, b"123456789"), 0xE306_9283);
    }
}

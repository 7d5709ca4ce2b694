//! CRC-32C as ext4 and jbd2 use it: reflected polynomial 0x82F63B78, no final inversion.

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut out = [0u32; 256];
    let mut i = 0usize;
    let mut value = 0u32;
    while i < 256 {
        let mut crc = value;
        let mut bit = 0u8;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
            bit = bit.saturating_add(1);
        }
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler; i < 256")]
        {
            out[i] = crc;
        }
        i = i.saturating_add(1);
        value = value.saturating_add(1);
    }
    out
}

/// Continues `crc` over `data`; a fresh sum starts with `!0`.
pub fn crc32c(crc: u32, data: &[u8]) -> u32 {
    data.iter().fold(crc, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
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

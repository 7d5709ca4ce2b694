//! Which objects can hold a run of digits: for each three digits, the blocks of 64 rows of a part in
//! which a number taken out of an object has them side by side. What a pattern with digits is looked
//! for in; the rows of a block are candidates.
//!
//! Data n (from 1) of a part holds sixteen bitmaps of equal length, of the digits 16 (n - 1) to
//! 16 (n - 1) + 15; a bit is a block, low bits first. All zero, it is not stored.

use super::segment::PART_ROWS;

/// Rows of a block.
pub const BLOCK_ROWS: u32 = 64;
/// Combinations of three digits, and how many stand together.
const GRAMS: usize = 1000;
const TOGETHER: usize = 16;
const WORDS: usize = (PART_ROWS / BLOCK_ROWS / 64) as usize;
/// Bytes of the longest bitmap.
pub const LONGEST: usize = WORDS * 8;

/// The three digits at each place of a run of digits.
pub fn grams(digits: &[u8]) -> impl Iterator<Item = u16> {
    digits.windows(3).filter_map(|w| w.iter().try_fold(0u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0'))))
}

/// Number of the data that a bitmap is in, and its place there.
pub fn place(gram: u16) -> (usize, usize) {
    (usize::from(gram) / TOGETHER + 1, usize::from(gram) % TOGETHER)
}

/// One bitmap of stored data; None where the data is not what an import writes.
pub fn bitmap(data: &[u8], place: usize) -> Option<&[u8]> {
    let length = data.len() / TOGETHER;
    let whole = data.len().is_multiple_of(TOGETHER) && (1..=LONGEST).contains(&length);
    data.get(place * length..(place + 1) * length).filter(|_| whole)
}

/// Collects the numbers of one part.
#[derive(Default)]
pub struct Digits {
    bits: Vec<u64>,
    any: bool,
}

impl Digits {
    /// A row with the numbers taken out of its object.
    pub fn push(&mut self, row: u32, numbers: &[i64]) {
        if numbers.is_empty() {
            return;
        }
        self.bits.resize(GRAMS * WORDS, 0);
        self.any = true;
        let block = (row / BLOCK_ROWS) as usize;
        let mut set = |gram: usize| {
            if let Some(word) = self.bits.get_mut(gram * WORDS + block / 64) {
                *word |= 1 << (block % 64);
            }
        };
        for number in numbers {
            let mut left = number.unsigned_abs();
            while left >= 100 {
                set((left % 1000) as usize);
                left /= 10;
            }
        }
    }

    /// Gives what was collected of a part whose last row is `last`, and starts anew.
    pub fn finish(&mut self, last: u32, sink: &mut dyn FnMut(usize, &[u8]) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
        if !std::mem::take(&mut self.any) {
            return Ok(());
        }
        let length = (last / BLOCK_ROWS / 8 + 1) as usize;
        let mut data = Vec::with_capacity(TOGETHER * length);
        for (n, group) in self.bits.chunks(TOGETHER * WORDS).enumerate() {
            if group.iter().all(|w| *w == 0) {
                continue;
            }
            data.clear();
            for map in group.chunks(WORDS) {
                data.extend(map.iter().flat_map(|w| w.to_le_bytes()).take(length));
            }
            data.resize(TOGETHER * length, 0);
            sink(n + 1, &data)?;
        }
        self.bits.fill(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found() {
        let mut digits = Digits::default();
        digits.push(5, &[1_003_342]);
        digits.push(70, &[12, 100]);
        digits.push(9000, &[999_999_999_999_999_999]);
        let mut stored = std::collections::BTreeMap::new();
        let mut keep = |n: usize, data: &[u8]| {
            stored.insert(n, data.to_vec());
            Ok(())
        };
        digits.finish(9000, &mut keep).unwrap();
        let blocks = |gram: u16| {
            let (n, at) = place(gram);
            let map = stored.get(&n).map_or(&[][..], |d| bitmap(d, at).unwrap());
            (0..map.len() * 8).filter(|b| map[b / 8] >> (b % 8) & 1 == 1).collect::<Vec<_>>()
        };
        assert_eq!(
            [blocks(100), blocks(3), blocks(342), blocks(999), blocks(77)],
            [vec![0, 1], vec![0], vec![0], vec![140], vec![]]
        );
        assert_eq!(grams(b"1003342").collect::<Vec<_>>(), [100, 3, 33, 334, 342]);
        digits.finish(1, &mut |_, _| panic!("nothing is left")).unwrap();
    }
}

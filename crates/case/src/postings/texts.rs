//! Texts that stand in their rows rather than in the dictionary, once more and side by side, so that
//! a search for part of one reads no row: some twelve bytes a text of a gateway's log.
//!
//! Data n (from 1) of a part: up to 4,096 texts in rising order, each as a varint of the bytes it
//! shares with the text before, a varint of the bytes that follow, these, and a varint of its row.
//! Data 0: the rows whose text is not here, each as its distance from the one before: texts that are
//! long or not UTF-8, and what comes after 8 MiB of a part. Only the row itself tells what these hold.

use super::segment::{PART_ROWS, Taken, put};

/// Texts sorted together.
const TOGETHER: usize = 4096;
/// Longer texts are only told to be there.
const LONGEST: usize = 192;
/// Bytes of the texts of a part.
const MOST_BYTES: usize = 8 << 20;

/// Collects the texts of one column of one part.
#[derive(Default)]
pub struct Texts {
    /// Bytes of the texts at hand, and of each where it ends and its row.
    bytes: Vec<u8>,
    ends: Vec<(usize, u32)>,
    packed: Vec<Vec<u8>>,
    packed_bytes: usize,
    unsure: Vec<u8>,
    last_unsure: u32,
}

impl Texts {
    pub fn push(&mut self, row: u32, text: &[u8]) {
        let sure = text.len() <= LONGEST && self.packed_bytes < MOST_BYTES && std::str::from_utf8(text).is_ok();
        if !sure || text.contains(&0) {
            put(&mut self.unsure, u64::from(row.saturating_sub(self.last_unsure)));
            self.last_unsure = row;
            return;
        }
        self.bytes.extend_from_slice(text);
        self.ends.push((self.bytes.len(), row));
        if self.ends.len() == TOGETHER {
            self.pack();
        }
    }

    fn pack(&mut self) {
        let mut sorted: Vec<(&[u8], u32)> = Vec::with_capacity(self.ends.len());
        let mut from = 0;
        for (end, row) in &self.ends {
            sorted.push((self.bytes.get(from..*end).unwrap_or_default(), *row));
            from = *end;
        }
        sorted.sort_unstable();
        let (mut out, mut before): (Vec<u8>, &[u8]) = (Vec::new(), &[]);
        for (text, row) in sorted {
            let shared = text.iter().zip(before).take_while(|(a, b)| a == b).count();
            put(&mut out, shared as u64);
            put(&mut out, (text.len() - shared) as u64);
            out.extend_from_slice(text.get(shared..).unwrap_or_default());
            put(&mut out, u64::from(row));
            before = text;
        }
        self.packed_bytes += out.len();
        self.packed.push(out);
        self.bytes.clear();
        self.ends.clear();
    }

    /// Gives what was collected of a part, and starts anew.
    pub fn finish(&mut self, sink: &mut dyn FnMut(usize, &[u8]) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
        if !self.ends.is_empty() {
            self.pack();
        }
        if !self.unsure.is_empty() {
            sink(0, &self.unsure)?;
        }
        for (n, data) in self.packed.iter().enumerate() {
            sink(n + 1, data)?;
        }
        (self.packed_bytes, self.last_unsure) = (0, 0);
        self.packed.clear();
        self.unsure.clear();
        Ok(())
    }
}

/// Gives each text of stored data with its row; None where the data is not what an import writes.
pub fn each(data: &[u8], take: &mut dyn FnMut(&[u8], u32)) -> Option<()> {
    let mut from = Taken(data);
    let mut text: Vec<u8> = Vec::with_capacity(LONGEST);
    while !from.0.is_empty() {
        let (shared, rest) = (usize::try_from(from.number()?).ok()?, usize::try_from(from.number()?).ok()?);
        if shared > text.len() || shared.checked_add(rest)? > LONGEST {
            return None;
        }
        let (more, after) = from.0.split_at_checked(rest)?;
        text.truncate(shared);
        text.extend_from_slice(more);
        from.0 = after;
        let row = u32::try_from(from.number()?).ok().filter(|r| *r < PART_ROWS)?;
        take(&text, row);
    }
    Some(())
}

/// Gives each row whose text is not there; None where the data is not what an import writes.
pub fn each_unsure(data: &[u8], take: &mut dyn FnMut(u32)) -> Option<()> {
    let (mut from, mut row) = (Taken(data), 0u32);
    while !from.0.is_empty() {
        row = row.checked_add(u32::try_from(from.number()?).ok()?).filter(|r| *r < PART_ROWS)?;
        take(row);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn there_and_back() {
        let mut texts = Texts::default();
        for round in 0..2u32 {
            let mut given = BTreeMap::new();
            let mut unsure = Vec::new();
            for i in 0..10_000u32 {
                let row = i * 3 + round;
                let text = match i % 50 {
                    7 => vec![b'x'; 193],
                    8 => vec![b'a', 0xff],
                    9 => b"a\0b".to_vec(),
                    10 => Vec::new(),
                    _ => format!("/files/{}/{i}", i % 13).into_bytes(),
                };
                texts.push(row, &text);
                if (7..=9).contains(&(i % 50)) {
                    unsure.push(row);
                } else {
                    given.insert(row, text);
                }
            }
            let mut stored = BTreeMap::new();
            texts
                .finish(&mut |n, data| {
                    stored.insert(n, data.to_vec());
                    Ok(())
                })
                .unwrap();
            let (mut read, mut rows) = (BTreeMap::new(), Vec::new());
            each_unsure(&stored.remove(&0).unwrap(), &mut |row| rows.push(row)).unwrap();
            assert_eq!(stored.len(), 3);
            for data in stored.values() {
                each(data, &mut |text, row| assert!(read.insert(row, text.to_vec()).is_none())).unwrap();
                // Cut or altered, it is refused or gives rows of a part.
                for at in 0..data.len().min(300) {
                    let mut bad = data.clone();
                    bad[at] ^= 0x80;
                    let _ = each(&bad, &mut |text, row| assert!(row < PART_ROWS && text.len() <= LONGEST));
                    let _ = each(&data[..at], &mut |_, _| ());
                }
            }
            assert_eq!((read, rows), (given, unsure));
        }
        texts.finish(&mut |_, _| panic!("nothing is left")).unwrap();
        assert!(each_unsure(&[0xff, 0xff, 0xff, 0x7f], &mut |_| ()).is_none());
    }
}

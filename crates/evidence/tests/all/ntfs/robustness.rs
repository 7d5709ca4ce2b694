//! The sample cut at many lengths and flipped by seed: no panic, no hang, and no walk that fails.

use super::common::*;
use evidence::filesystem::ntfs;
use model::{ByteSource, read_full};

/// Opens, walks, and opens every stream, reading the start and the end of each.
fn exercise(bytes: Vec<u8>) -> usize {
    let volume = source(bytes);
    let Ok(Some(fs)) = ntfs::open(&volume) else { return 0 };
    let seen = walk(&*fs);
    let mut buffer = vec![0; 5000];
    for e in &seen.entries {
        for stream in &e.streams {
            let Ok(content) = fs.open(e.record, stream) else { continue };
            let _ = read_full(&content, 0, &mut buffer);
            let _ = read_full(&content, content.len().saturating_sub(3000), &mut buffer);
        }
    }
    seen.entries.len()
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn cut_at_many_lengths() {
    let bytes = sample();
    let mut most = 0;
    for step in 0..60 {
        let length = bytes.len() * step / 60 + step % 7;
        most = most.max(exercise(bytes[..length].to_vec()));
    }
    for length in [0, 1, 511, 512, 513, 1024, 16_384, 17_000, 20_000] {
        exercise(bytes[..length].to_vec());
    }
    assert!(most > 100);
}

#[test]
fn flipped_by_seed() {
    let bytes = sample();
    let seen = walk(&*opened(&source(bytes.clone())));
    // Structures: the boot sector, every record, every run of a folder's index and of $Bitmap.
    let mut places: Vec<(u64, u64)> = vec![(0, 96)];
    for e in &seen.entries {
        places.extend(e.origin.iter().map(|(at, length)| (*at, (*length).min(420))));
    }
    places.extend(seen.at("$Bitmap").streams[0].runs.iter().map(|r| (r.offset.unwrap(), 320)));
    places.extend(bytes.chunks(4096).enumerate().filter(|(_, c)| c.starts_with(b"INDX")).map(|(i, _)| (i as u64 * 4096, 4096)));
    let mut random = Random(2026);
    for round in 0..200 {
        let mut damaged = bytes.clone();
        for _ in 0..=random.below(12) {
            let (at, length) = places[random.below(places.len() as u64) as usize];
            let at = (at + random.below(length)) as usize;
            damaged[at] = match random.below(4) {
                0 => 0,
                1 => 0xFF,
                2 => damaged[at] ^ (1 << random.below(8)),
                _ => random.below(256) as u8,
            };
        }
        // Now and then a number of eight bytes that claims everything.
        if round % 5 == 0 {
            let (at, length) = places[random.below(places.len() as u64) as usize];
            let at = (at + random.below(length.max(9) - 8)) as usize;
            damaged[at..at + 8].fill(0xFF);
            damaged[at + 7] = 0x7F;
        }
        exercise(damaged);
    }
}

//! Cut at many lengths and flipped by seed: no panic, no hang, no reading past the bounds.

use super::common::*;
use evidence::open::{group, inspect};
use evidence::{container, volume};
use model::{MemorySource, read_full};
use std::path::Path;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        // xorshift64: any sequence will do, as long as it is the same every time.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Opens and reads what there is, a few places only where the media claims to be huge.
fn exercise(path: &Path) {
    for item in group(&[path.to_path_buf()]) {
        let _ = inspect(&item);
        let Ok(media) = container::open(&item) else { continue };
        let mut buffer = vec![0; 100_000];
        let length = media.source.len();
        let step = (length / 64).max(100_000);
        let mut at = 0;
        while at < length {
            let n = read_full(&media.source, at, &mut buffer).unwrap();
            assert_eq!(n as u64, (length - at).min(100_000));
            at += step;
        }
        media.damage.notes();
    }
}

#[test]
fn ewf_cut_and_flipped() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(0x5eed_0001);
    for stem in ["single-best", "single-none", "ftk", "encase5"] {
        let path = unpack(folder.path(), stem).remove(0);
        let bytes = std::fs::read(&path).unwrap();
        for round in 0..40 {
            let length = if round < 12 { random.below(2000) } else { random.below(bytes.len()) };
            std::fs::write(&path, &bytes[..length]).unwrap();
            exercise(&path);
        }
        for _ in 0..80 {
            let mut broken = bytes.clone();
            for _ in 0..=random.below(12) {
                // Half of the edits hit the structures at the start and the end.
                let at = match random.below(4) {
                    0 => random.below(3000),
                    1 => broken.len() - 1 - random.below(1500),
                    _ => random.below(broken.len()),
                };
                broken[at] = (random.below(256)) as u8;
            }
            std::fs::write(&path, &broken).unwrap();
            exercise(&path);
        }
    }
}

/// Flips whose checksums are made good again, so that they reach what lies behind.
#[test]
fn ewf_structures_with_sound_checksums_and_wild_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = unpack(folder.path(), "single-best").remove(0);
    let bytes = std::fs::read(&path).unwrap();
    let adler = |b: &[u8]| {
        let (mut x, mut y) = (1u32, 0u32);
        for c in b {
            x = (x + u32::from(*c)) % 65_521;
            y = (y + x) % 65_521;
        }
        (y << 16 | x).to_le_bytes()
    };
    // (start, length) of what a checksum right behind it covers: descriptors, volume, table header.
    let mut guarded = Vec::new();
    let mut at = 13;
    while at + 76 <= bytes.len() {
        guarded.push((at, 72));
        let kind = &bytes[at..at + 16];
        if kind.starts_with(b"volume") {
            guarded.push((at + 76, 1048));
        }
        if kind.starts_with(b"table") {
            guarded.push((at + 76, 20));
        }
        let next = u64::from_le_bytes(bytes[at + 16..at + 24].try_into().unwrap()) as usize;
        if next <= at {
            break;
        }
        at = next;
    }
    let mut random = Random(0x5eed_0002);
    for _ in 0..300 {
        let mut broken = bytes.clone();
        for _ in 0..=random.below(3) {
            let (start, length) = guarded[random.below(guarded.len())];
            let field = start + random.below(length.min(64) - 8);
            let wild = [0u64, 1, 0xffff_ffff, u64::MAX, 1 << 40, 76, 1 << 31][random.below(7)];
            let width = [1, 2, 4, 8][random.below(4)];
            broken[field..field + width].copy_from_slice(&wild.to_le_bytes()[..width]);
            let sum = adler(&broken[start..start + length]);
            broken[start + length..start + length + 4].copy_from_slice(&sum);
        }
        std::fs::write(&path, &broken).unwrap();
        exercise(&path);
    }
}

#[test]
fn tables_cut_and_flipped() {
    let mut random = Random(0x5eed_0003);
    for name in ["mbr-extended.raw", "mbr-loop.raw", "gpt.raw", "gpt-4096.raw", "gpt-backup-differs.raw", "gpt-hybrid.raw"] {
        let bytes = unpacked(name);
        for length in (0..1200).step_by(37).chain((1200..bytes.len()).step_by(bytes.len() / 20)) {
            let map = volume::map(&MemorySource(bytes[..length].to_vec()));
            assert!(length == 0 || !map.volumes.is_empty());
        }
        let used: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| **b != 0).map(|(i, _)| i).collect();
        for _ in 0..150 {
            let mut broken = bytes.clone();
            for _ in 0..=random.below(10) {
                let near = used[random.below(used.len())] + random.below(4);
                if let Some(byte) = broken.get_mut(near) {
                    *byte = random.below(256) as u8;
                }
            }
            let map = volume::map(&MemorySource(broken));
            assert!(map.volumes.len() < 40_000 && map.notes.len() < 80_000);
        }
    }
}

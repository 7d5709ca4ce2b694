//! Every sample cut at many lengths and flipped by seed: no panic, no hang, nothing without bound,
//! and the same result twice.

use super::common::{Record, sample, samples, walk_with};
use evidence::archive::{Limits, estimate};
use std::time::Instant;

/// A small xorshift generator: the same mutations on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

const LIMITS: Limits =
    Limits { depth: 4, nested: 4_096, members: 10_000, bytes: 64 << 20, ratio: 1_100, nested_in_memory: 16 << 20 };

fn survives(bytes: &[u8], name: &str) {
    let start = Instant::now();
    let mut record = Record::default();
    walk_with(bytes, name, &LIMITS, 0, &mut record);
    estimate(&super::common::source(bytes.to_vec()));
    assert!(start.elapsed().as_secs() < 10, "{name}: {:?}", start.elapsed());
    assert!(record.longest_chunk <= 1 << 20);
    if let Some(middle) = record.given.get(record.given.len() / 2) {
        let after = middle.member.ordinal;
        let mut rest = Record::default();
        walk_with(bytes, name, &LIMITS, after, &mut rest);
        assert_eq!(rest.given, record.given[after as usize..], "{name}");
    }
}

fn archives() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(samples())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| [".zip", ".tar", ".gz", ".bz2", ".xz", ".zst"].iter().any(|e| n.ends_with(e)))
        .collect();
    names.sort();
    assert!(names.len() > 30);
    names
}

#[test]
fn cut_anywhere() {
    let mut random = Random(0x5eed_0001);
    for name in archives() {
        let bytes = sample(&name);
        let mut lengths: Vec<usize> = (0..10).map(|_| random.below(bytes.len())).collect();
        lengths.extend([0, 1, 4, 22, 511, 512, 513, bytes.len() - 1, bytes.len().saturating_sub(23)]);
        for n in lengths {
            survives(&bytes[..n.min(bytes.len())], &name);
        }
    }
}

#[test]
fn flipped_anywhere() {
    let mut random = Random(0x5eed_0002);
    for name in archives() {
        let bytes = sample(&name);
        for _ in 0..16 {
            let mut bad = bytes.clone();
            for _ in 0..=random.below(6) {
                let near_end = random.below(3) == 0;
                let span = if near_end { bad.len().min(700) } else { bad.len() };
                let at = bad.len() - 1 - random.below(span);
                bad[at] = match random.below(3) {
                    0 => 0xff,
                    1 => 0,
                    _ => bad[at] ^ (1 << random.below(8)),
                };
            }
            survives(&bad, &name);
        }
    }
}

#[test]
fn nothing_but_headers() {
    // Headers that lead nowhere, one after another: work must stay in proportion.
    let local = sample("plain.zip")[..30].to_vec();
    let mut many = Vec::new();
    for i in 0..30_000u32 {
        let mut h = local.clone();
        h[6] = 8 * (i % 2) as u8;
        h[8] = if i % 3 == 0 { 8 } else { 0 };
        h[18..26].copy_from_slice(&[0; 8]);
        h[26..30].copy_from_slice(&[1, 0, 0, 0]);
        many.extend_from_slice(&h);
        many.push(b'x');
    }
    survives(&many, "headers.zip");
    survives(&b"PK\x03\x04".repeat(200_000), "marks.zip");
    survives(&b"PK\x05\x06".repeat(200_000), "ends.zip");
    survives(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(50_000), "headers.gz");
    survives(&[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0].repeat(20_000), "frames.zst");
    survives(&sample("ustar.tar")[..512].repeat(2_000), "headers.tar");
}

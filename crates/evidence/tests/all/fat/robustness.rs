use super::common::{Listing, sample};
use model::{ByteSource, SharedSource, read_vec};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// An image cut short, with some bytes changed.
struct Mutated {
    base: Arc<Vec<u8>>,
    length: usize,
    changed: BTreeMap<usize, u8>,
}

impl ByteSource for Mutated {
    fn len(&self) -> u64 {
        self.length as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.length);
        let n = buf.len().min(self.length - from);
        buf[..n].copy_from_slice(&self.base[from..from + n]);
        for (at, value) in self.changed.range(from..from + n) {
            buf[at - from] = *value;
        }
        Ok(n)
    }
}

/// Reads everything the way an import does. Damage may hide entries; it must never stop the
/// reader, and what it yields must be readable.
fn read_all(volume: Mutated) -> usize {
    let size = volume.len();
    let volume: SharedSource = Arc::new(volume);
    let Ok(Some(fs)) = evidence::filesystem::fat::open(&volume) else { return 0 };
    let mut listing = Listing::default();
    fs.walk(&mut listing).unwrap();
    // 32 bytes a slot, and no slot is read twice.
    assert!(listing.entries.len() as u64 <= size / 32 + 8);
    for entry in &listing.entries {
        for stream in &entry.streams {
            let source = fs.open(entry.record, stream).unwrap();
            assert_eq!(source.len(), stream.size);
            let head = read_vec(&source, 0, 4096).unwrap();
            // Only where the volume ends does a file end before its size.
            let there = stream.runs.iter().all(|r| r.offset.is_none_or(|o| o + r.length <= size));
            assert!(head.len() as u64 == stream.size.min(4096) || !there && head.len() < 4096);
        }
    }
    listing.entries.len()
}

fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn cut_and_flipped_images_never_stop_the_reader() {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut read = 0usize;
    for (name, cuts, flips) in [
        ("fat12", 40, 120),
        ("fat16", 30, 80),
        ("fat32", 15, 25),
        ("exfat", 40, 120),
        ("fat16-damaged", 5, 40),
        ("exfat-damaged", 5, 40),
    ] {
        let base = Arc::new(sample(name));
        // Slots that hold something: the structures and the start of each file.
        let busy: Vec<usize> = (0..base.len()).step_by(32).filter(|at| base[*at..*at + 32].iter().any(|b| *b != 0)).collect();
        let structures = &busy[..busy.len().min(600)];
        for _ in 0..cuts {
            let length = (next(&mut seed) as usize) % base.len();
            let length = if next(&mut seed) & 1 == 0 { length } else { length % 65_536 };
            read += read_all(Mutated { base: base.clone(), length, changed: BTreeMap::new() });
        }
        for _ in 0..flips {
            let changed = (0..1 + next(&mut seed) % 12)
                .map(|_| {
                    let slot = structures[(next(&mut seed) as usize) % structures.len()];
                    (slot + (next(&mut seed) as usize) % 32, next(&mut seed) as u8)
                })
                .collect();
            read += read_all(Mutated { base: base.clone(), length: base.len(), changed });
        }
    }
    assert!(read > 5000, "most mutations leave something to read: {read}");
}

/// Entries that all claim one long range, each more than the volume has: the cost stays that of
/// one walk.
#[test]
fn many_entries_with_huge_claims_stay_cheap() {
    let base = Arc::new(sample("exfat"));
    let mut changed = BTreeMap::new();
    for at in (0..base.len()).step_by(32).filter(|at| matches!(base[*at], 0xC0 | 0x40)) {
        for (n, byte) in u64::MAX.to_le_bytes().iter().enumerate() {
            changed.insert(at + 24 + n, *byte >> u8::from(n == 7));
        }
        changed.insert(at + 20, 5);
    }
    read_all(Mutated { length: base.len(), base, changed });
}

/// A boot sector that claims the most, over an image that holds almost nothing.
#[test]
fn a_huge_claimed_volume_costs_little() {
    for (name, fields) in [
        ("fat32", vec![(32, 0xFFFF_FFFFu32), (36, 0x0020_0000)]),
        ("exfat", vec![(72, 0xFFFF_FFFF), (76, 0x00FF_FFFF), (92, 0xFFFF_FFF5)]),
    ] {
        let base = Arc::new(sample(name)[..1 << 20].to_vec());
        let changed =
            fields.iter().flat_map(|(at, v)| v.to_le_bytes().into_iter().enumerate().map(move |(n, b)| (at + n, b))).collect();
        read_all(Mutated { length: base.len(), base, changed });
    }
}

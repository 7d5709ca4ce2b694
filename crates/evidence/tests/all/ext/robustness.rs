use super::common::{Listing, NAMES, image};
use evidence::filesystem::ext;
use model::{MemorySource, SharedSource};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Far above what any of these small images may take.
const LIMIT: Duration = Duration::from_secs(20);

fn read(bytes: Vec<u8>, what: &str) -> usize {
    let bound = bytes.len();
    let start = Instant::now();
    let source: SharedSource = Arc::new(MemorySource(bytes));
    let mut entries = 0;
    if let Ok(Some(fs)) = ext::open(&source) {
        let mut listing = Listing::default();
        fs.walk(&mut listing).unwrap();
        entries = listing.entries.len();
    }
    assert!(start.elapsed() < LIMIT, "{what}: {:?}", start.elapsed());
    assert!(entries <= bound / 8 + 1, "{what}: {entries} entries of {bound} bytes");
    entries
}

/// xorshift64: the same mutations on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n).unwrap()).unwrap()
    }
}

#[test]
fn cut_at_many_lengths() {
    for name in NAMES {
        let bytes = image(name);
        let step = bytes.len() / 23;
        for length in (0..bytes.len()).step_by(step).chain([1023, 1024, 1100, 2047, 2048, 2049, 4096, 70_000]) {
            read(bytes[..length].to_vec(), &format!("{name} cut at {length}"));
        }
    }
}

#[test]
fn flipped_by_seed() {
    for (seed, name) in NAMES.into_iter().chain(["ext3-busy", "ext4-busy"]).enumerate() {
        let original = image(name);
        let used: Vec<usize> =
            original.chunks(512).enumerate().filter(|(_, c)| c.iter().any(|b| *b != 0)).map(|(i, _)| i).collect();
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (seed as u64 + 1));
        for round in 0..40 {
            let mut bytes = original.clone();
            // Half of the rounds aim at the superblock, descriptors and first inode tables.
            let aim = if round % 2 == 0 { used.len() } else { used.len().min(40) };
            for _ in 0..1 + dice.below(12) {
                let at = used[dice.below(aim)] * 512 + dice.below(512);
                match dice.below(4) {
                    0 => bytes[at] ^= 1 << dice.below(8),
                    1 => bytes[at] = 0xFF,
                    2 => bytes[at] = 0,
                    _ => bytes[at] = dice.below(256).to_le_bytes()[0],
                }
            }
            read(bytes, &format!("{name} round {round}"));
        }
    }
}

/// Fields that multiply: sizes, counts and depths at their largest.
#[test]
fn largest_values_in_each_superblock_field() {
    let original = image("ext3");
    for field in (0x400..0x400 + 0x150).step_by(4).chain((0x400 + 0x150..0x400 + 0x290).step_by(4)) {
        for value in [u32::MAX, 0x8000_0000, 1, 0] {
            let mut bytes = original.clone();
            bytes[field..field + 4].copy_from_slice(&value.to_le_bytes());
            read(bytes, &format!("field {:#x} = {value:#x}", field - 0x400));
        }
    }
}

/// Inodes of enormous size, block maps that lead back into themselves.
#[test]
fn maps_that_lead_into_themselves() {
    for name in ["ext3", "ext4", "ext2"] {
        let original = image(name);
        let listing = {
            let source: SharedSource = Arc::new(MemorySource(original.clone()));
            Listing::of(&*ext::open(&source).unwrap().unwrap())
        };
        for entry in listing.entries.iter().filter(|e| !e.from_journal).take(40) {
            let at = usize::try_from(entry.origin[0].0).unwrap();
            let mut bytes = original.clone();
            bytes[at + 4..at + 8].fill(0xFF);
            bytes[at + 0x6C..at + 0x70].fill(0x7F);
            // Every pointer to the block of the inode itself.
            let block = u32::try_from(at / 1024).unwrap();
            for pointer in (at + 0x28..at + 0x64).step_by(4) {
                bytes[pointer..pointer + 4].copy_from_slice(&block.to_le_bytes());
            }
            if name == "ext4" {
                bytes[at + 0x28..at + 0x34].copy_from_slice(&[0x0A, 0xF3, 4, 0, 4, 0, 5, 0, 0, 0, 0, 0]);
            }
            read(bytes, &format!("{name} inode {:?}", entry.record));
        }
    }
}

use evidence::filesystem::{self, FileSystem};
use model::{FileEntry, SharedSource};
use std::path::PathBuf;

pub use crate::shared::{Listing, is_deleted, memory, outside, sha256 as content_hash};

fn samples() -> PathBuf {
    crate::shared::samples("fat")
}

pub fn sample(name: &str) -> Vec<u8> {
    crate::shared::unpacked(&samples().join(format!("{name}.raw.zst")))
}

pub fn table(name: &str) -> Vec<Vec<String>> {
    crate::shared::table(&samples().join(name))
}

pub fn walk(fs: &dyn FileSystem) -> Listing {
    Listing::of(fs)
}

pub fn open(volume: &SharedSource) -> Box<dyn FileSystem> {
    filesystem::open(volume).unwrap().expect("a file system")
}

pub fn path(entry: &FileEntry) -> String {
    crate::shared::text(&entry.path)
}

/// Seconds since 1970 of `YYYY-MM-DD HH:MM:SS`; None for the zeros of a time that is not set.
pub fn seconds(text: &str) -> Option<i64> {
    let n: Vec<i64> = text.split(['-', ' ', ':']).map(|p| p.parse().unwrap()).collect();
    let (y, m, d) = (n[0], n[1], n[2]);
    if y == 0 {
        return None;
    }
    let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let days: i64 = (1970..y).map(|y| 365 + i64::from(leap(y))).sum::<i64>();
    let days = days + months[m as usize - 1] + i64::from(leap(y) && m > 2) + d - 1;
    Some(days * 86_400 + n[3] * 3600 + n[4] * 60 + n[5])
}

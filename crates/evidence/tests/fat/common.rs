use evidence::Note;
use evidence::filesystem::{self, FileSystem, Walk};
use model::{FileEntry, MemorySource, NameState, SharedSource, Stop, read_full};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/fat")
}

pub fn sample(name: &str) -> Vec<u8> {
    let file = std::fs::File::open(samples().join(format!("{name}.raw.zst"))).unwrap();
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_end(&mut out).unwrap();
    out
}

/// Rows of a table of ground truth, without its heading.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(samples().join(name)).unwrap();
    text.lines().skip(1).map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

#[derive(Default)]
pub struct Listing {
    pub entries: Vec<FileEntry>,
    pub notes: Vec<Note>,
}

impl Walk for Listing {
    fn entry(&mut self, entry: &FileEntry) -> Result<(), Stop> {
        self.entries.push(entry.clone());
        Ok(())
    }
    fn note(&mut self, note: Note) -> Result<(), Stop> {
        self.notes.push(note);
        Ok(())
    }
}

pub fn walk(fs: &dyn FileSystem) -> Listing {
    let mut out = Listing::default();
    fs.walk(&mut out).unwrap();
    out
}

pub fn open(volume: &SharedSource) -> Box<dyn FileSystem> {
    filesystem::open(volume).unwrap().expect("a file system")
}

pub fn memory(bytes: Vec<u8>) -> SharedSource {
    Arc::new(MemorySource(bytes))
}

pub fn is_deleted(entry: &FileEntry) -> bool {
    entry.verdict.name == NameState::Deleted
}

pub fn path(entry: &FileEntry) -> String {
    String::from_utf8_lossy(&entry.path).into_owned()
}

/// SHA-256 of the content; None where the reader offers none.
pub fn content_hash(fs: &dyn FileSystem, entry: &FileEntry) -> Option<String> {
    let stream = entry.content()?;
    let source = fs.open(entry.record, stream).unwrap();
    assert_eq!(source.len(), stream.size, "{}", path(entry));
    let mut bytes = vec![0; stream.size as usize];
    assert_eq!(read_full(&source, 0, &mut bytes).unwrap() as u64, stream.size);
    Some(hex::encode(Sha256::digest(&bytes)))
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

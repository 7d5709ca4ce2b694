use evidence::Note;
use evidence::filesystem::{FileSystem, Walk, ntfs};
use model::{ByteSource, FileEntry, MemorySource, SharedSource, Stop, Stream, read_full};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/ntfs")
}

/// Evidence made by others, where it is at hand.
pub fn outside() -> Option<PathBuf> {
    let found = std::env::var_os("CASEBOOK_EVIDENCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/evidence"), PathBuf::from);
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: external evidence not found");
    None
}

/// The bytes of the sample volume.
pub fn sample() -> Vec<u8> {
    let file = std::fs::File::open(samples().join("small.ntfs.zst")).unwrap();
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_end(&mut out).unwrap();
    out
}

pub fn source(bytes: Vec<u8>) -> SharedSource {
    Arc::new(MemorySource(bytes))
}

/// Rows of a table of ground truth; these have no heading.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(samples().join(name)).unwrap();
    text.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

/// Everything a walk yields.
#[derive(Default, Debug, PartialEq)]
pub struct Seen {
    pub entries: Vec<FileEntry>,
    pub notes: Vec<Note>,
}

impl Walk for Seen {
    fn entry(&mut self, entry: &FileEntry) -> Result<(), Stop> {
        self.entries.push(entry.clone());
        Ok(())
    }
    fn note(&mut self, note: Note) -> Result<(), Stop> {
        self.notes.push(note);
        Ok(())
    }
}

impl Seen {
    pub fn at(&self, path: &str) -> &FileEntry {
        let mut found = self.entries.iter().filter(|e| e.path == path.as_bytes());
        let first = found.next().unwrap_or_else(|| panic!("no entry {path}"));
        assert!(found.next().is_none(), "several entries {path}");
        first
    }
}

pub fn walk(fs: &dyn FileSystem) -> Seen {
    let mut seen = Seen::default();
    fs.walk(&mut seen).unwrap();
    seen
}

pub fn opened(volume: &SharedSource) -> Box<dyn FileSystem> {
    ntfs::open(volume).unwrap().unwrap()
}

/// SHA-256 of a stream, in hexadecimal.
pub fn sha256(fs: &dyn FileSystem, record: Option<u64>, stream: &Stream) -> String {
    let source = fs.open(record, stream).unwrap();
    assert_eq!(source.len(), stream.size);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut at = 0;
    loop {
        let n = read_full(&source, at, &mut buffer).unwrap();
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        at += n as u64;
    }
    assert_eq!(at, stream.size);
    hex::encode(hash.finalize())
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// True for a name that was found in a folder's index only.
pub fn from_index(entry: &FileEntry) -> bool {
    entry.more.iter().any(|(key, _)| *key == "found_in")
}

/// Every entry points to its record, and every stamp to the eight bytes it was read from.
pub fn assert_origins(volume: &SharedSource, seen: &Seen) {
    for entry in &seen.entries {
        assert!(!entry.origin.is_empty());
        if !from_index(entry) {
            let mut magic = [0; 4];
            read_full(volume, entry.origin[0].0, &mut magic).unwrap();
            assert_eq!(&magic, b"FILE", "{}", text(&entry.path));
        }
        for stamp in &entry.stamps {
            let mut raw = [0; 8];
            read_full(volume, stamp.offset, &mut raw).unwrap();
            // A stamp may end at a sector's end, where its last two bytes are kept elsewhere.
            assert_eq!(raw[..6], stamp.raw.to_le_bytes()[..6], "{} {:?}", text(&entry.path), stamp.kind);
        }
    }
}

//! Samples, evidence by others, and what a walk yields: what the tests of all readers need.

use evidence::Note;
use evidence::filesystem::{FileSystem, Walk};
use evidence::open::{Format, Item};
use md5::{Digest, Md5};
use model::{ByteSource, Code, EntryKind, FileEntry, MemorySource, NameState, SharedSource, Stop, Stream, read_full};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of this repository's samples.
pub fn samples(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(folder)
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

/// The bytes of a file, decompressed where it is packed as `.zst` or `.xz`.
pub fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut out = Vec::new();
    match path.extension().and_then(|e| e.to_str()) {
        Some("zst") => ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_end(&mut out).unwrap(),
        Some("xz") => lzma_rust2::XzReader::new(file, true).read_to_end(&mut out).unwrap(),
        _ => { file }.read_to_end(&mut out).unwrap(),
    };
    out
}

/// Rows of a table of ground truth, with its heading where it has one.
pub fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

/// Rows of a table of ground truth, without its heading.
pub fn table(path: &Path) -> Vec<Vec<String>> {
    rows(path).split_off(1)
}

pub fn memory(bytes: Vec<u8>) -> SharedSource {
    Arc::new(MemorySource(bytes))
}

pub fn ewf(paths: &[PathBuf]) -> evidence::container::Media {
    let item = Item { name: String::new(), paths: paths.to_vec(), format: Format::Ewf, bytes: 0 };
    evidence::container::open(&item).unwrap()
}

/// Everything a walk through a file system yields.
#[derive(Default, Debug, PartialEq)]
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

impl Listing {
    pub fn of(fs: &dyn FileSystem) -> Self {
        let mut out = Self::default();
        fs.walk(&mut out).unwrap();
        out
    }
    /// The one entry with this path.
    pub fn at(&self, path: &str) -> &FileEntry {
        let mut found = self.entries.iter().filter(|e| e.path == path.as_bytes());
        let first = found.next().unwrap_or_else(|| panic!("no entry {path}"));
        assert!(found.next().is_none(), "several entries {path}");
        first
    }
    /// Live entries by path, but for the root and what belongs to the file system itself.
    pub fn live(&self) -> BTreeMap<String, &FileEntry> {
        let live = self.entries.iter().filter(|e| !is_deleted(e) && !e.from_journal);
        let files = live.filter(|e| !e.path.is_empty() && e.kind != EntryKind::System);
        files.map(|e| (text(&e.path), e)).collect()
    }
    /// Entries that are no longer there, in the order of the walk.
    pub fn past(&self) -> impl Iterator<Item = &FileEntry> {
        self.entries.iter().filter(|e| is_deleted(e) || e.from_journal)
    }
    pub fn has_note(&self, code: Code, place: &str) -> bool {
        self.notes.iter().any(|n| n.code == code && text(&n.place).contains(place))
    }
}

pub fn is_deleted(entry: &FileEntry) -> bool {
    entry.verdict.name == NameState::Deleted
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is read of a source, up to its end, in pieces.
pub fn each_piece(source: &dyn ByteSource, mut take: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    while at < source.len() {
        let n = read_full(source, at, &mut buffer).unwrap();
        assert!(n > 0, "the bytes end at {at} of {}", source.len());
        take(&buffer[..n]);
        at += n as u64;
    }
}

pub fn sha256_of(source: &dyn ByteSource) -> String {
    let mut hash = Sha256::new();
    each_piece(source, |piece| hash.update(piece));
    hex::encode(hash.finalize())
}

pub fn md5_of(source: &dyn ByteSource) -> [u8; 16] {
    let mut hash = Md5::new();
    each_piece(source, |piece| hash.update(piece));
    hash.finalize().into()
}

/// A stream of an entry, as long as the entry says.
pub fn stream_of(fs: &dyn FileSystem, entry: &FileEntry, stream: &Stream) -> SharedSource {
    let source = fs.open(entry.record, stream).unwrap();
    assert_eq!(source.len(), stream.size, "{}", text(&entry.path));
    source
}

/// The content of an entry's unnamed stream; None where the reader offers none.
pub fn content(fs: &dyn FileSystem, entry: &FileEntry) -> Option<Vec<u8>> {
    let source = stream_of(fs, entry, entry.content()?);
    let mut out = Vec::new();
    each_piece(&source, |piece| out.extend_from_slice(piece));
    Some(out)
}

/// SHA-256 of an entry's unnamed stream, in hexadecimal.
pub fn sha256(fs: &dyn FileSystem, entry: &FileEntry) -> Option<String> {
    Some(sha256_of(&stream_of(fs, entry, entry.content()?)))
}

use evidence::Note;
use evidence::filesystem::{FileSystem, Walk, ext};
use md5::{Digest, Md5};
use model::{EntryKind, FileEntry, MemorySource, NameState, SharedSource, Stop, read_vec};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const NAMES: [&str; 10] =
    ["ext2", "ext2-old", "ext3", "ext3-4k", "ext4", "ext4-2k", "ext4-bigalloc", "ext4-in-use", "ext4-inline", "ext4-plain"];

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/ext")
}

/// The unpacked bytes of an image.
pub fn image(name: &str) -> Vec<u8> {
    let file = std::fs::File::open(samples().join(format!("{name}.img.zst"))).unwrap();
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_end(&mut out).unwrap();
    out
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

/// Rows of a table of ground truth, without its heading.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(samples().join(name)).unwrap();
    text.lines().skip(1).map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

/// Everything a walk yields.
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

impl Listing {
    pub fn of(fs: &dyn FileSystem) -> Self {
        let mut out = Self::default();
        fs.walk(&mut out).unwrap();
        out
    }
    /// Live entries by path, but for the root and the journal.
    pub fn live(&self) -> BTreeMap<String, &FileEntry> {
        let live = self.entries.iter().filter(|e| e.verdict.name == NameState::Allocated && !e.from_journal);
        let files = live.filter(|e| !e.path.is_empty() && e.kind != EntryKind::System);
        files.map(|e| (text(&e.path), e)).collect()
    }
    /// Entries that are no longer there, in the order of the walk.
    pub fn past(&self) -> impl Iterator<Item = &FileEntry> {
        self.entries.iter().filter(|e| e.verdict.name == NameState::Deleted || e.from_journal)
    }
    pub fn has_note(&self, code: model::Code, place: &str) -> bool {
        self.notes.iter().any(|n| n.code == code && text(&n.place).contains(place))
    }
}

pub fn open(bytes: Vec<u8>) -> Box<dyn FileSystem> {
    open_source(Arc::new(MemorySource(bytes)))
}

pub fn open_source(source: SharedSource) -> Box<dyn FileSystem> {
    ext::open(&source).unwrap().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The content of an entry's unnamed stream.
pub fn content(fs: &dyn FileSystem, entry: &FileEntry) -> Option<Vec<u8>> {
    let stream = entry.content()?;
    let source = fs.open(entry.record, stream).unwrap();
    let out = read_vec(&source, 0, usize::try_from(stream.size).unwrap()).unwrap();
    assert_eq!(out.len() as u64, stream.size, "{}", text(&entry.path));
    Some(out)
}

pub fn sha256(fs: &dyn FileSystem, entry: &FileEntry) -> Option<String> {
    content(fs, entry).map(|c| hex::encode(Sha256::digest(&c)))
}

pub fn md5(fs: &dyn FileSystem, entry: &FileEntry) -> Option<String> {
    content(fs, entry).map(|c| hex::encode(Md5::digest(&c)))
}

use evidence::filesystem::{FileSystem, ntfs};
use model::{FileEntry, SharedSource, Stream, read_full};
use std::path::PathBuf;

pub use crate::shared::{Listing, memory as source, outside, text};

fn samples() -> PathBuf {
    crate::shared::samples("ntfs")
}

/// The bytes of the sample volume.
pub fn sample() -> Vec<u8> {
    crate::shared::unpacked(&samples().join("small.ntfs.zst"))
}

/// Rows of a table of ground truth; these have no heading.
pub fn table(name: &str) -> Vec<Vec<String>> {
    crate::shared::rows(&samples().join(name))
}

pub fn walk(fs: &dyn FileSystem) -> Listing {
    Listing::of(fs)
}

pub fn opened(volume: &SharedSource) -> Box<dyn FileSystem> {
    ntfs::open(volume).unwrap().unwrap()
}

/// SHA-256 of a stream, in hexadecimal.
pub fn sha256(fs: &dyn FileSystem, record: Option<u64>, stream: &Stream) -> String {
    let source = fs.open(record, stream).unwrap();
    assert_eq!(source.len(), stream.size);
    crate::shared::sha256_of(&source)
}

/// True for a name that was found in a folder's index only.
pub fn from_index(entry: &FileEntry) -> bool {
    entry.more.iter().any(|(key, _)| *key == "found_in")
}

/// Every entry points to its record, and every stamp to the eight bytes it was read from.
pub fn assert_origins(volume: &SharedSource, seen: &Listing) {
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

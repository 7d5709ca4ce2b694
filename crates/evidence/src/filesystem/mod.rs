//! File systems: every entry, allocated and deleted, with the rule that decided each state.

mod exfat;
pub mod ext;
pub mod fat;
pub mod ntfs;
mod reach;
mod run_map;
mod run_source;

pub use reach::{CUT_RULE, Reach};
pub use run_source::RunSource;

use crate::Note;
use model::{FileEntry, SharedSource, Stop, Stream};

/// What a reader tells of the file system as a whole, for `inspect` and the volume's source row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// "NTFS", "FAT12", "FAT16", "FAT32", "exFAT", "ext2", "ext3", "ext4".
    pub kind: &'static str,
    pub label: Option<Vec<u8>>,
    /// Volume serial or UUID as its own tools print it.
    pub serial: Option<String>,
    /// Bytes.
    pub cluster_size: u64,
    /// Bytes the file system itself claims; may be less than the volume.
    pub bytes: u64,
    /// Further named facts, in a fixed order: "version", "last mounted", "dirty", ...
    pub more: Vec<(&'static str, String)>,
}

/// Takes what a walk yields, in the reader's fixed order.
pub trait Walk {
    fn entry(&mut self, entry: &FileEntry) -> Result<(), Stop>;
    fn note(&mut self, note: Note) -> Result<(), Stop>;
}

/// One opened file system. Offsets are bytes in the volume it was opened on.
pub trait FileSystem: Send + Sync {
    fn facts(&self) -> &Facts;
    /// Every entry once per name: allocated, deleted, orphaned, and versions read from a journal.
    /// The order depends on the bytes alone. Memory stays bounded by a small multiple of the
    /// metadata it must keep to build paths.
    fn walk(&self, out: &mut dyn Walk) -> Result<(), Stop>;
    /// The content of a stream that `walk` yielded for `record`: decompressed, fixups applied,
    /// holes and bytes past `initialized` as zeros, exactly `stream.size` long. Where the volume's bytes
    /// end before, so does what can be read of it.
    fn open(&self, record: Option<u64>, stream: &Stream) -> Result<SharedSource, Stop>;
}

type Opener = fn(&SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note>;

/// Opens the file system that starts at byte 0 of `volume`; None where none is recognised.
/// Err with a note where one is recognised but too damaged to open.
pub fn open(volume: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    for reader in [ntfs::open, fat::open, ext::open] as [Opener; 3] {
        if let Some(found) = reader(volume)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

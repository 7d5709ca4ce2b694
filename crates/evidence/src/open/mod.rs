//! What lies at a path: groups segments, says what each item is before anything is imported.

mod group;
mod identify;
mod inspect;
mod signature;

pub use group::group;
pub use identify::identify;
pub use inspect::{HEAD_BYTES, Inspection, SegmentFile, VolumeContent, inspect};
pub use signature::signature_name;

use std::path::PathBuf;

/// What a path, or the segments of one image, are by their first bytes and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    RawImage,
    SplitRaw,
    Ewf,
    Zip,
    Tar,
    /// A compressed single stream; a tar inside it is found when it is opened.
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Folder,
    /// Any other single file: a log, a loose $MFT, a registry hive.
    File,
    /// Recognised by signature, but not read by this version: the name of the format.
    Unsupported(&'static str),
}

impl Format {
    /// The format in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::RawImage => "raw image",
            Self::SplitRaw => "split raw image",
            Self::Ewf => "EWF image (E01)",
            Self::Zip => "zip archive",
            Self::Tar => "tar archive",
            Self::Gzip => "gzip stream",
            Self::Bzip2 => "bzip2 stream",
            Self::Xz => "xz stream",
            Self::Zstd => "zstd stream",
            Self::Folder => "folder",
            Self::File => "file",
            Self::Unsupported(name) => name,
        }
    }
}

/// One thing to import: a file, a folder, or all segments of one image.
#[derive(Clone, Debug)]
pub struct Item {
    /// File name of the first path, without folders.
    pub name: String,
    /// Segments in order; one path for everything else.
    pub paths: Vec<PathBuf>,
    pub format: Format,
    /// Sum of the file sizes; 0 for a folder.
    pub bytes: u64,
}

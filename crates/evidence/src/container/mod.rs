//! Media bytes out of containers: raw, split raw, EWF.

mod damage;
mod error;
pub mod ewf;
mod naming;
mod os;
mod raw;
pub(crate) mod split;

pub use damage::Damage;
pub use error::OpenError;
pub use naming::{Numbering, segment_number, siblings};
pub use os::FileSource;

use crate::Note;
use crate::open::{Format, Item};
use model::{SharedSource, SourceKind};

/// A statement the container stores about itself; kept as *stored*, never as checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub md5: Option<[u8; 16]>,
    pub sha1: Option<[u8; 20]>,
    /// Acquisition metadata in a fixed order: "case number", "evidence number", "examiner",
    /// "description", "notes", "acquired", "system date", "acquisition tool", "operating system", ...
    pub metadata: Vec<(String, String)>,
}

/// An opened container. Offsets in the notes are media offsets. Reads never fail for damage: what
/// cannot be recovered reads as zeros and is named in `notes` (known at once) or `damage` (met
/// while reading). An error from `source` is the machine's, not the evidence's.
pub struct Media {
    pub kind: SourceKind,
    pub source: SharedSource,
    pub stored: Stored,
    pub notes: Vec<Note>,
    pub damage: Damage,
}

/// Opens the media bytes of an image, or the bytes of a single file as they are. A folder has no
/// bytes of its own; an archive or an unsupported container gives its own file's bytes, so that it
/// can be hashed.
pub fn open(item: &Item) -> Result<Media, OpenError> {
    let first = item.paths.first().ok_or_else(|| OpenError::NoPath { name: item.name.clone() })?;
    match item.format {
        Format::Ewf => ewf::open(&item.paths),
        Format::SplitRaw => split::open(&item.paths),
        Format::RawImage => raw::open(first, SourceKind::RawImage),
        Format::Zip | Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd => {
            raw::open(first, SourceKind::Archive)
        }
        Format::File | Format::Unsupported(_) => raw::open(first, SourceKind::File),
        Format::Folder => Err(OpenError::NotAFile { path: first.clone() }),
    }
}

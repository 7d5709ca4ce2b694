//! Media bytes out of containers: raw, split raw, EWF.

use crate::Note;
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

/// An opened container.
pub struct Media {
    pub kind: SourceKind,
    pub source: SharedSource,
    pub stored: Stored,
    pub notes: Vec<Note>,
}

//! One file, byte for byte.

use super::{Damage, FileSource, Media, OpenError, Stored};
use model::SourceKind;
use std::path::Path;
use std::sync::Arc;

pub fn open(path: &Path, kind: SourceKind) -> Result<Media, OpenError> {
    let source = Arc::new(FileSource::open(path)?);
    Ok(Media { kind, source, stored: Stored::default(), notes: Vec::new(), damage: Damage::default() })
}

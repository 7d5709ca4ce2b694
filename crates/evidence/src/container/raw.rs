//! One file, byte for byte.

use super::{Damage, FileSource, Media, OpenError, Stored};
use model::{ByteSource, SourceKind, read_vec};
use std::path::Path;
use std::sync::Arc;

pub fn open(path: &Path, kind: SourceKind) -> Result<Media, OpenError> {
    let source = Arc::new(FileSource::open(path)?);
    let mut stored = Stored::default();
    if kind == SourceKind::RawImage {
        let tail = read_vec(&source, source.len().saturating_sub(512), 8);
        // A fixed VHD is the raw media with 512 bytes behind it, which no volume claims.
        if tail.is_ok_and(|t| t == b"conectix") {
            stored.metadata.push(("trailer".to_owned(), "footer of a fixed VHD, in the last 512 bytes".to_owned()));
        }
    }
    Ok(Media { kind, source, stored, notes: Vec::new(), damage: Damage::default() })
}

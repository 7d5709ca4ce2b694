//! What one path is, by content first.

use super::Format;
use super::signature::{Known, known};
use crate::container::{FileSource, OpenError};
use crate::volume::{self, Scheme};
use model::{ByteSource, SharedSource, read_vec};
use std::path::Path;
use std::sync::Arc;

/// Content decides; names play no part. A segment of a split image that is not its first shows as
/// `File` here: `group` knows its siblings.
pub fn identify(path: &Path) -> Result<Format, OpenError> {
    let failed = |source| OpenError::Io { path: path.into(), source };
    if std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(Format::Folder);
    }
    let file: SharedSource = Arc::new(FileSource::open(path)?);
    of_source(&file).map_err(failed)
}

/// What the bytes are that a path, or the segments of a split image together, hold.
pub fn of_source(source: &SharedSource) -> std::io::Result<Format> {
    let head = read_vec(source, 0, 4096)?;
    let tail = read_vec(source, source.len().saturating_sub(512), 512)?;
    match known(&head, &tail) {
        Some(Known::Format(format)) => return Ok(format),
        Some(Known::File(_)) => return Ok(Format::File),
        None => {}
    }
    Ok(if is_image(source, &head) { Format::RawImage } else { Format::File })
}

/// A partition table, a file system with a reader, or the signature of one without.
fn is_image(source: &SharedSource, head: &[u8]) -> bool {
    // No volume is shorter than a sector; and text is neither a table nor a file system, which
    // spares a folder of logs the search for one.
    if source.len() < 512 || is_text(head) {
        return false;
    }
    if volume::seen(source, 0).is_some() || volume::apple_partition_map(source) {
        return true;
    }
    let map = volume::map(source);
    // A table without a single partition is too little to call a file a disk.
    map.scheme != Scheme::None && map.volumes.iter().any(|v| v.kind == volume::VolumeKind::Partition)
        || crate::filesystem::open(source).map_or(true, |found| found.is_some())
}

/// No control characters but those of text files.
fn is_text(head: &[u8]) -> bool {
    !head.is_empty() && head.iter().all(|b| *b >= 0x20 && *b != 0x7f || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// Whether the file begins as text does.
pub fn looks_like_text(path: &Path) -> Result<bool, OpenError> {
    let head = read_vec(&FileSource::open(path)?, 0, 4096).map_err(|source| OpenError::Io { path: path.into(), source })?;
    Ok(is_text(&head))
}

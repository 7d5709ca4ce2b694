//! Paths as a person gives them, made into items: the segments of one image become one item,
//! whether all of them were given or any one.

use super::identify::{identify, of_source};
use super::{Format, Item};
use crate::container::{Numbering, segment_number, siblings, split};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Items in the order in which their first path appears. A path that cannot be read becomes an
/// item of its own; opening it tells why.
pub fn group(paths: &[PathBuf]) -> Vec<Item> {
    let mut out = Vec::new();
    let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        if taken.contains(path) {
            continue;
        }
        let item = item(path);
        taken.extend(item.paths.iter().cloned());
        out.push(item);
    }
    out
}

fn item(path: &Path) -> Item {
    let format = identify(path).unwrap_or(Format::File);
    match format {
        Format::Ewf => segments(path, format, ewf_segments(path)),
        Format::File | Format::RawImage => match split_segments(path) {
            Some(found) => segments(path, Format::SplitRaw, found),
            None => segments(path, format, vec![path.into()]),
        },
        Format::SplitRaw
        | Format::Zip
        | Format::Tar
        | Format::Gzip
        | Format::Bzip2
        | Format::Xz
        | Format::Zstd
        | Format::Folder
        | Format::Unsupported(_) => segments(path, format, vec![path.into()]),
    }
}

fn segments(path: &Path, format: Format, paths: Vec<PathBuf>) -> Item {
    let first = paths.first().map_or(path, PathBuf::as_path);
    let name = first.file_name().unwrap_or(first.as_os_str()).to_string_lossy().into_owned();
    let bytes = if format == Format::Folder { 0 } else { paths.iter().fold(0, |sum, p| length(p).saturating_add(sum)) };
    Item { name, paths, format, bytes }
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

/// The siblings that begin as EWF segments do: `disk.EXE` beside `disk.E01` is none.
fn ewf_segments(path: &Path) -> Vec<PathBuf> {
    match segment_number(path) {
        Some((Numbering::Ewf(_), _)) => {}
        Some((Numbering::Digits | Numbering::Letters(_), _)) | None => return vec![path.into()],
    }
    siblings(path).into_iter().map(|(_, p)| p).filter(|p| p == path || matches!(identify(p), Ok(Format::Ewf))).collect()
}

/// The segments of the split raw image that `path` belongs to; None where it is none. Names are
/// not enough: rotated logs count the same way. Either the segments together hold a partition table
/// or file system, or their sizes are those a splitting tool gives: all alike and whole sectors, the
/// last at most as long, and none of them text.
fn split_segments(path: &Path) -> Option<Vec<PathBuf>> {
    let (numbering, own) = segment_number(path)?;
    let all = siblings(path);
    let lowest = all.first().map(|(n, _)| *n)?;
    match numbering {
        Numbering::Digits if lowest <= MAX_FIRST => {}
        Numbering::Letters(_) if lowest == 0 => {}
        Numbering::Digits | Numbering::Letters(_) | Numbering::Ewf(_) => return None,
    }
    let full = all.first().map(|(_, p)| length(p))?;
    // Letters are common extensions; only what a splitting tool would have written counts.
    let last = all.last().map(|(n, _)| *n);
    let found: Vec<(u32, PathBuf)> =
        all.into_iter().filter(|(n, p)| numbering == Numbering::Digits || length(p) == full || Some(*n) == last).collect();
    if !found.iter().any(|(n, _)| *n == own) {
        return None;
    }
    let paths: Vec<PathBuf> = found.into_iter().map(|(_, p)| p).collect();
    (sized_as_split(&paths, full) || holds_image(&paths)).then_some(paths)
}

/// A set whose first segments are lost may begin later than 1; beyond this the number is a date or
/// a version.
const MAX_FIRST: u32 = 16;

fn sized_as_split(paths: &[PathBuf], full: u64) -> bool {
    let Some((last, others)) = paths.split_last() else { return false };
    let binary = |p: &PathBuf| !matches!(super::identify::looks_like_text(p), Ok(true));
    !others.is_empty()
        && full > 0
        && full.is_multiple_of(512)
        && others.iter().all(|p| length(p) == full)
        && length(last) <= full
        && paths.iter().take(2).all(binary)
}

/// Whether the segments in a row hold an image.
fn holds_image(paths: &[PathBuf]) -> bool {
    let Ok(media) = split::open(paths) else { return false };
    let source = Arc::clone(&media.source);
    matches!(of_source(&source), Ok(Format::RawImage))
}

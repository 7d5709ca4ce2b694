//! A raw image cut into segments. The media is their concatenation; a segment that is missing
//! between two others reads as zeros, where its length follows from the others.

use super::{Damage, FileSource, Media, Numbering, OpenError, Stored, segment_number};
use crate::Note;
use model::{ByteSource, Code, SourceKind, read_full};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

struct SplitSource {
    /// (media offset, length, the file or None for a missing one), in order and without gaps.
    parts: Vec<(u64, u64, Option<FileSource>)>,
    length: u64,
}

/// Missing segments that are filled with zeros; more than that is taken for a wrong name.
const MAX_MISSING: u32 = 100_000;

pub fn open(paths: &[PathBuf]) -> Result<Media, OpenError> {
    let mut files = Vec::new();
    for path in paths {
        files.push((segment_number(path), path, FileSource::open(path)?));
    }
    // All segments but the last have one length; it is also that of a missing one.
    let full = files.iter().map(|(_, _, f)| f.len()).max().unwrap_or(0);
    let last = files.len().saturating_sub(1);
    let mut parts = Vec::new();
    let mut notes = Vec::new();
    let mut at = 0u64;
    let mut expected: Option<u32> = None;
    for (index, (number, path, file)) in files.into_iter().enumerate() {
        // Letters start at `aa`; digits at 0 or at 1.
        let first = match number {
            Some((Numbering::Digits, n)) => n.min(1),
            Some((Numbering::Letters(_) | Numbering::Ewf(_), _)) | None => 0,
        };
        let number = number.map(|(_, n)| n);
        let due = expected.unwrap_or(first);
        if let Some(number) = number
            && let Some(missing @ 1..=MAX_MISSING) = number.checked_sub(due)
        {
            let bytes = full.saturating_mul(u64::from(missing));
            parts.push((at, bytes, None));
            let mut note = Note::new(
                Code::MissingSegment,
                name_of(path),
                format!("segment {due} before this one"),
                format!("{missing} missing; {bytes} bytes read as zeros"),
            )
            .at(at, bytes);
            note.count = u64::from(missing);
            notes.push(note);
            at = at.saturating_add(bytes);
        }
        let length = file.len();
        if length != full && index != last {
            notes.push(
                Note::new(
                    Code::Truncated,
                    name_of(path),
                    format!("{full} bytes, as in the other segments"),
                    format!("{length} bytes; later segments follow directly"),
                )
                .at(at, length),
            );
        }
        parts.push((at, length, Some(file)));
        at = at.saturating_add(length);
        expected = number.map(|n| n.saturating_add(1)).or(expected);
    }
    let source = Arc::new(SplitSource { parts, length: at });
    Ok(Media { kind: SourceKind::RawImage, source, stored: Stored::default(), notes, damage: Damage::default() })
}

fn name_of(path: &std::path::Path) -> Vec<u8> {
    path.file_name().map(|n| n.to_string_lossy().into_owned().into_bytes()).unwrap_or_default()
}

impl ByteSource for SplitSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length {
            return Ok(0);
        }
        let index = self.parts.partition_point(|(start, _, _)| *start <= offset).saturating_sub(1);
        let Some((start, length, file)) = self.parts.get(index) else { return Ok(0) };
        let within = offset.saturating_sub(*start);
        let left = usize::try_from(length.saturating_sub(within)).unwrap_or(usize::MAX);
        let n = left.min(buf.len());
        let Some(part) = buf.get_mut(..n) else { return Ok(0) };
        match file {
            None => part.fill(0),
            Some(file) => {
                let done = read_full(file, within, part)?;
                if done < n {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a segment became shorter while it was read"));
                }
            }
        }
        Ok(n)
    }
}

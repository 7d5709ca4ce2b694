//! What an item is and holds, told before anything is imported.

use super::{Format, Item};
use crate::Note;
use crate::container::{self, Media, OpenError, Stored};
use crate::filesystem::{self, Facts};
use crate::volume::{self, Seen, VolumeKind, VolumeMap};
use model::{ByteSource, Code, SharedSource, SubSource, read_vec};
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of `Inspection::head`.
pub const HEAD_BYTES: usize = 64 << 10;

/// Everything that can be told in moments, whatever the item's size.
#[derive(Clone, Debug)]
pub struct Inspection {
    pub format: Format,
    /// Sum of the file sizes.
    pub bytes: u64,
    pub segments: Vec<SegmentFile>,
    /// What the container says of itself; not checked.
    pub stored: Stored,
    /// Length of the media, for images.
    pub media_bytes: Option<u64>,
    /// For images.
    pub volumes: Option<VolumeMap>,
    /// One for each of `volumes.volumes`, in the same order.
    pub contents: Vec<VolumeContent>,
    /// Members the central directory of a zip claims to have.
    pub members: Option<u64>,
    /// For a single file or archive: the name of its format by its first bytes.
    pub signature: Option<&'static str>,
    /// First bytes of the media or file, at most `HEAD_BYTES`: for recognising logs.
    pub head: Vec<u8>,
    pub notes: Vec<Note>,
}

/// A file that belongs to the item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFile {
    pub path: PathBuf,
    pub bytes: u64,
}

/// What lies in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeContent {
    /// A file system this version reads.
    FileSystem(Facts),
    /// Recognised by its signature only: encrypted, or without a reader here.
    Recognized(Seen),
    /// Nothing recognised.
    Unknown,
    /// Bytes of no partition.
    Gap,
}

pub fn inspect(item: &Item) -> Result<Inspection, OpenError> {
    let mut out = Inspection {
        format: item.format,
        bytes: item.bytes,
        segments: Vec::new(),
        stored: Stored::default(),
        media_bytes: None,
        volumes: None,
        contents: Vec::new(),
        members: None,
        signature: None,
        head: Vec::new(),
        notes: Vec::new(),
    };
    if item.format == Format::Folder {
        return Ok(out);
    }
    for path in &item.paths {
        let failed = |source| OpenError::Io { path: path.clone(), source };
        let bytes = std::fs::metadata(path).map_err(failed)?.len();
        out.segments.push(SegmentFile { path: path.clone(), bytes });
    }
    let Media { source, stored, notes, damage, .. } = container::open(item)?;
    out.stored = stored;
    out.notes = notes;
    match read_vec(&source, 0, HEAD_BYTES) {
        Ok(head) => out.head = head,
        Err(e) => out.notes.push(Note::new(Code::Unreadable, "first bytes", "bytes", e.to_string())),
    }
    match item.format {
        Format::RawImage | Format::SplitRaw | Format::Ewf => image(&source, &mut out),
        Format::Zip => {
            out.signature = super::signature_name(&out.head);
            out.members = zip_members(&source);
        }
        Format::Unsupported(name) => {
            out.signature = Some(name);
            out.notes.push(Note::new(Code::NotSupported, "", "a format with a reader in this version", name));
        }
        Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd | Format::File => {
            out.signature = super::signature_name(&out.head);
            if source.is_empty() {
                out.notes.push(Note::new(Code::Empty, "", "at least one byte", "none"));
            }
        }
        Format::Folder => {}
    }
    out.notes.extend(damage.notes());
    Ok(out)
}

fn image(source: &SharedSource, out: &mut Inspection) {
    out.media_bytes = Some(source.len());
    let map = volume::map(source);
    out.notes.extend(map.notes.iter().cloned());
    for volume in &map.volumes {
        let content = match volume.kind {
            VolumeKind::Gap => VolumeContent::Gap,
            VolumeKind::Partition | VolumeKind::Whole => {
                let part: SharedSource = Arc::new(SubSource::new(source.clone(), volume.offset, volume.length));
                content(&part, &mut out.notes, volume.offset)
            }
        };
        out.contents.push(content);
    }
    out.volumes = Some(map);
}

/// What begins at byte 0 of a volume. Notes get media offsets.
fn content(part: &SharedSource, notes: &mut Vec<Note>, offset: u64) -> VolumeContent {
    let recognized = volume::seen(part, 0);
    if let Some(seen) = recognized.filter(|s| s.encrypted) {
        let found = format!("{}; its content needs a key", seen.name);
        notes.push(Note::new(Code::Encrypted, "volume", "a file system in the clear", found).at(offset, part.len()));
        return VolumeContent::Recognized(seen);
    }
    match filesystem::open(part) {
        Ok(Some(system)) => VolumeContent::FileSystem(system.facts().clone()),
        Ok(None) => {
            if let Some(seen) = recognized {
                notes.push(
                    Note::new(Code::NotSupported, "volume", "a file system with a reader", seen.name).at(offset, part.len()),
                );
            }
            recognized.map_or(VolumeContent::Unknown, VolumeContent::Recognized)
        }
        Err(mut note) => {
            note.at = note.at.map(|(at, length)| (at.saturating_add(offset), length));
            notes.push(note);
            recognized.map_or(VolumeContent::Unknown, VolumeContent::Recognized)
        }
    }
}

/// The count in the end record of a zip (or of its 64-bit form), without reading the directory.
/// Source: PKWARE APPNOTE 6.3.10, sections 4.3.14 to 4.3.16.
fn zip_members(source: &SharedSource) -> Option<u64> {
    // The end record has 22 bytes and a comment of at most 65,535.
    let from = source.len().saturating_sub(22 + 65_535);
    let tail = read_vec(source, from, 22 + 65_535).ok()?;
    let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")?;
    let mut r = model::FieldReader::new(&tail, from);
    r.seek(end.saturating_add(10), "members").ok()?;
    let members = r.u16("members").ok()?;
    if members != u16::MAX {
        return Some(u64::from(members));
    }
    let locator = end.checked_sub(20)?;
    r.seek(locator, "locator").ok()?;
    if r.array::<4>("locator").ok()? != *b"PK\x06\x07" {
        return Some(u64::from(members));
    }
    r.skip(4, "disk").ok()?;
    let at = r.u64("end record").ok()?;
    let record = read_vec(source, at, 56).ok()?;
    let mut r = model::FieldReader::new(&record, at);
    if r.array::<4>("end record").ok()? != *b"PK\x06\x06" {
        return Some(u64::from(members));
    }
    r.seek(32, "members").ok()?;
    r.u64("members").ok()
}

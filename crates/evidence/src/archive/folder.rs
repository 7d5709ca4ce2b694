//! A plain folder as evidence. Every file, link and folder under it is a member; links are not
//! followed; nothing is written and no time of the file system is used but the files' own.

use super::body::{Body, SourceReader};
use super::member::{Spec, Walk};
use super::trouble::Trouble;
use super::{Limits, MemberKind, Visit, wanted};
use crate::Note;
use model::{ByteSource, Code, MemorySource, SharedSource, Stop};
use std::fs::{self, File, Metadata};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders inside folders.
const MAX_DEPTH: usize = 256;

/// Walks the folder at `path`. Members come in byte order of their relative path, `/` between its
/// parts and at the end of a folder's name. Nested archives are opened as in `walk`; `start_after`
/// is as in `walk_from`, 0 for a whole walk.
pub fn walk_folder(path: &Path, limits: &Limits, start_after: u32, visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut walk = Walk::new(*limits, visit);
    walk.start_after = start_after;
    folder(&mut walk, path)
}

/// Bytes of one member of the folder again, or of an archive in it, as `read_member`.
pub fn read_folder_member(path: &Path, ordinal: u32, offset: u64, length: usize, limits: &Limits) -> Result<Vec<u8>, Stop> {
    wanted::read(ordinal, offset, length, limits, |walk| folder(walk, path))
}

/// A folder being listed: its relative name with `/` at the end, and what is left of it.
struct Level {
    prefix: Vec<u8>,
    /// Sorted downwards: the next one is last.
    entries: Vec<Entry>,
}

struct Entry {
    /// Name; with `/` at the end for a folder, so that sorting orders whole paths.
    name: Vec<u8>,
    path: PathBuf,
    metadata: io::Result<Metadata>,
}

fn folder(walk: &mut Walk<'_>, path: &Path) -> Result<(), Stop> {
    let first = match list(path) {
        Ok((entries, unlisted)) => {
            unlisted_note(walk, 0, b"", unlisted)?;
            Level { prefix: Vec::new(), entries }
        }
        Err(e) => return walk.note(0, Note::new(Code::Unreadable, b"".as_slice(), "a readable folder", e.to_string())),
    };
    let mut levels = vec![first];
    while let Some(level) = levels.last_mut() {
        let Some(entry) = level.entries.pop() else {
            levels.pop();
            continue;
        };
        let name = [level.prefix.as_slice(), entry.name.as_slice()].concat();
        let deep = levels.len() >= MAX_DEPTH;
        if let Some(inner) = member(walk, name, entry, deep)? {
            levels.push(inner);
        }
        if walk.full {
            break;
        }
    }
    walk.tell_unopened(b"")
}

/// What a folder holds, and how many entries could not be listed.
fn list(path: &Path) -> io::Result<(Vec<Entry>, u64)> {
    let mut out = Vec::new();
    let mut unlisted = 0u64;
    for entry in fs::read_dir(path)? {
        let Ok(entry) = entry else {
            unlisted = unlisted.saturating_add(1);
            // A folder that fails again and again is given up.
            if unlisted > MAX_UNLISTED {
                break;
            }
            continue;
        };
        let path = entry.path();
        let metadata = fs::symlink_metadata(&path);
        let mut name = entry.file_name().as_encoded_bytes().to_vec();
        if metadata.as_ref().is_ok_and(Metadata::is_dir) {
            name.push(b'/');
        }
        out.push(Entry { name, path, metadata });
    }
    out.sort_unstable_by(|a, b| b.name.cmp(&a.name));
    Ok((out, unlisted))
}

const MAX_UNLISTED: u64 = 1000;

fn unlisted_note(walk: &mut Walk<'_>, member: u32, name: &[u8], count: u64) -> Result<(), Stop> {
    if count == 0 {
        return Ok(());
    }
    let mut note = Note::new(Code::Unreadable, name, "every entry of the folder", format!("{count} that could not be listed"));
    note.count = count;
    walk.note(member, note)
}

/// One entry as a member; its own entries where it is a folder.
fn member(walk: &mut Walk<'_>, name: Vec<u8>, entry: Entry, deep: bool) -> Result<Option<Level>, Stop> {
    let Entry { path, metadata, .. } = entry;
    let mut spec = Spec::new(0, name.clone(), MemberKind::File, "file");
    let metadata = match metadata {
        Ok(m) => m,
        Err(e) => return unreadable(walk, spec, &e),
    };
    spec.modified = modified(&metadata);
    if metadata.is_dir() {
        spec.kind = MemberKind::Folder;
        let listed = if deep { Ok((Vec::new(), 0)) } else { list(&path) };
        let inner = match listed {
            Ok((entries, unlisted)) => {
                if unlisted > 0 {
                    spec.notes.push(Trouble::new(
                        Code::Unreadable,
                        "every entry of the folder",
                        format!("{unlisted} not listed"),
                    ));
                }
                Some(Level { prefix: name, entries })
            }
            Err(e) => {
                spec.notes.push(Trouble::new(Code::Unreadable, "a readable folder", e.to_string()));
                spec.unreadable = true;
                None
            }
        };
        if deep {
            let limit = format!("folders inside folders {MAX_DEPTH} deep at most");
            spec.notes.push(Trouble::new(Code::LimitReached, limit, "a deeper one; not listed"));
        }
        walk.member(spec, &mut io::empty(), &Body::empty(), 0)?;
        return Ok(inner);
    }
    if metadata.is_symlink() {
        spec.kind = MemberKind::Link;
        let target = match fs::read_link(&path) {
            Ok(t) => t.as_os_str().as_encoded_bytes().to_vec(),
            Err(e) => return unreadable(walk, spec, &e),
        };
        let body = Body::Plain(Arc::new(MemorySource(target.clone())));
        walk.member(spec, &mut Cursor::new(target), &body, 0)?;
        return Ok(None);
    }
    if !metadata.is_file() {
        spec.notes.push(Trouble::new(Code::NotSupported, "a file, folder or link", special(&metadata)));
        spec.unreadable = true;
        walk.member(spec, &mut io::empty(), &Body::empty(), 0)?;
        return Ok(None);
    }
    spec.declared = Some(metadata.len());
    let source: SharedSource = match FileSource::open(&path) {
        Ok(s) => Arc::new(s),
        Err(e) => return unreadable(walk, spec, &e),
    };
    let mut reader = SourceReader::new(source.clone(), 0);
    walk.member(spec, &mut reader, &Body::Plain(source), 0)?;
    Ok(None)
}

fn unreadable(walk: &mut Walk<'_>, mut spec: Spec, e: &io::Error) -> Result<Option<Level>, Stop> {
    spec.notes.push(Trouble::new(Code::Unreadable, "a readable file", e.to_string()));
    spec.unreadable = true;
    walk.member(spec, &mut io::empty(), &Body::empty(), 0)?;
    Ok(None)
}

/// Seconds since 1970, rounded down.
fn modified(metadata: &Metadata) -> Option<i64> {
    let t = metadata.modified().ok()?;
    match t.duration_since(std::time::UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_secs()).ok(),
        Err(e) => {
            let d = e.duration();
            let part = i64::from(d.subsec_nanos() > 0);
            i64::try_from(d.as_secs()).ok().and_then(|s| s.checked_neg()).and_then(|s| s.checked_sub(part))
        }
    }
}

#[cfg(unix)]
fn special(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let t = metadata.file_type();
    if t.is_fifo() {
        "a fifo; not opened"
    } else if t.is_socket() {
        "a socket; not opened"
    } else if t.is_block_device() {
        "a block device; not opened"
    } else {
        "a character device; not opened"
    }
}

#[cfg(not(unix))]
fn special(_metadata: &Metadata) -> &'static str {
    "a special file; not opened"
}

/// A file of the folder, opened read-only, with its length as it was then.
struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.length
    }
    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buf, offset)
    }
    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buf, offset)
    }
}

//! From inodes and names to file entries, with the rules of their states.

use super::directory;
use super::inode::{Inode, flag};
use super::map::{AsOf, Mapped, map};
use super::scan::Scan;
use crate::Note;
use crate::filesystem::RunSource;
use model::{
    ByteSource, Code, ContentState, EntryKind, FileEntry, NameState, Owner, RecordState, Stream, StreamFlags, Verdict, read_vec,
};

/// Longest target of a symbolic link that is read, bytes. Source: Linux PATH_MAX.
const MAX_TARGET: usize = 4096;

/// Bytes of the volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub offset: u64,
    pub length: u64,
}

pub mod rule {
    pub const LIVE_NAME: &str = "live entry in a directory block";
    pub const LIVE_RECORD: &str = "allocated in the inode bitmap, with links";
    pub const LIVE_CONTENT: &str = "blocks belong to an allocated inode";
    pub const NO_INODE: &str = "the entry's inode number has no readable record";
    pub const CONTRADICTED: &str = "named by a live entry, but free in the inode bitmap or without links";
    pub const PARTIAL: &str = "part of the block map is damaged or missing";
    pub const ROOT: &str = "root of the file system";
    pub const SYSTEM: &str = "inode of the file system itself";
}

pub const LIVE: Verdict = Verdict {
    name: NameState::Allocated,
    name_rule: rule::LIVE_NAME,
    record: RecordState::Allocated,
    record_rule: rule::LIVE_RECORD,
    content: ContentState::Intact,
    content_rule: rule::LIVE_CONTENT,
};

/// A name as it may stand in a path: separators and NULs of a damaged name become `?`, names of
/// encrypted directories their bytes in hexadecimal.
pub fn shown_name(name: &[u8], is_encrypted: bool) -> Vec<u8> {
    if is_encrypted {
        return format!("$encrypted-{}", hex(name)).into_bytes();
    }
    name.iter().map(|b| if matches!(b, 0 | b'/') { b'?' } else { *b }).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A live name with its inode.
#[allow(clippy::too_many_arguments, reason = "the parts of one directory entry")]
pub fn live(
    scan: &mut Scan<'_>,
    inode: Option<&Inode>,
    name: &[u8],
    path: &[u8],
    parent: u32,
    number: u32,
    kind: EntryKind,
    place: Place,
) -> FileEntry {
    let here = (place.offset, place.length);
    let mut entry = match inode {
        Some(inode) => {
            let mapped = map(scan, inode, AsOf::Now);
            let mut verdict = LIVE;
            if mapped.is_partial {
                (verdict.content, verdict.content_rule) = (ContentState::Unknown, rule::PARTIAL);
            }
            if !inode.is_alive() || scan.is_inode_allocated(number) == Some(false) {
                (verdict.record, verdict.record_rule) = (RecordState::Free, rule::CONTRADICTED);
                (verdict.content, verdict.content_rule) = (ContentState::Unknown, rule::CONTRADICTED);
                scan.tally.damaged(path, "live names of allocated inodes with links", "a free inode", here);
            }
            let name_kind_differs = kind != EntryKind::Unknown && kind != inode.kind();
            if name_kind_differs && inode.is_alive() {
                scan.tally.damaged(path, "directory entries of the inode's type", kind.label(), here);
            }
            describe(scan, inode, &mapped, path.to_vec(), verdict)
        }
        None => {
            scan.tally.damaged(path, "inode numbers that a table holds", number.to_string(), here);
            let verdict = Verdict {
                record: RecordState::Unknown,
                record_rule: rule::NO_INODE,
                content: ContentState::Unknown,
                content_rule: rule::NO_INODE,
                ..LIVE
            };
            bare(Some(number), kind, path.to_vec(), verdict)
        }
    };
    entry.parent = Some(u64::from(parent));
    entry.origin.push(here);
    if !directory::is_name(name) {
        entry.more.push(("raw_name", hex(name)));
        scan.tally.damaged(path, "names without separator or NUL", hex(name), here);
    }
    entry
}

/// An entry of which only the name is known.
pub fn bare(number: Option<u32>, kind: EntryKind, path: Vec<u8>, verdict: Verdict) -> FileEntry {
    FileEntry {
        record: number.map(u64::from),
        sequence: None,
        parent: None,
        parent_sequence: None,
        path,
        kind,
        verdict,
        size: 0,
        stamps: Vec::new(),
        attributes: 0,
        owner: Owner::default(),
        links: 0,
        target: None,
        streams: Vec::new(),
        origin: Vec::new(),
        from_journal: false,
        more: Vec::new(),
    }
}

/// An entry from an inode, live or as some version had it.
pub fn describe(scan: &mut Scan<'_>, inode: &Inode, mapped: &Mapped, path: Vec<u8>, verdict: Verdict) -> FileEntry {
    let kind = inode.kind();
    let mut entry = bare(Some(inode.number), kind, path, verdict);
    entry.sequence = Some(inode.generation);
    entry.size = inode.size;
    entry.stamps = inode.stamps();
    entry.attributes = u32::from(inode.mode);
    entry.owner = Owner { sid: None, uid: Some(inode.uid), gid: Some(inode.gid) };
    entry.links = u32::from(inode.links);
    entry.origin.push((inode.offset, u64::from(inode.length)));
    match kind {
        EntryKind::File | EntryKind::System | EntryKind::Unknown => {
            if kind != EntryKind::Unknown || !mapped.runs.is_empty() {
                entry.streams.push(stream(inode, mapped));
            }
        }
        EntryKind::SymbolicLink => {
            let stream = stream(inode, mapped);
            entry.target = target(scan, inode, &stream);
            entry.streams.push(stream);
        }
        EntryKind::BlockDevice | EntryKind::CharacterDevice => entry.more.push(("device", device(&inode.block))),
        EntryKind::Directory | EntryKind::Fifo | EntryKind::Socket | EntryKind::VolumeLabel => {}
    }
    if inode.has(flag::ENCRYPTED) && kind == EntryKind::File {
        let note = Note::new(Code::Encrypted, entry.path.clone(), "content that is not encrypted", "fscrypt");
        scan.tally.add(note.at(inode.offset, u64::from(inode.length)));
    }
    entry
}

fn stream(inode: &Inode, mapped: &Mapped) -> Stream {
    let sparse = mapped.runs.iter().any(|r| r.offset.is_none());
    let flags = StreamFlags { resident: mapped.is_inline, compressed: false, encrypted: inode.has(flag::ENCRYPTED), sparse };
    Stream { name: Vec::new(), size: inode.size, initialized: inode.size, flags, runs: mapped.runs.clone() }
}

fn target(scan: &Scan<'_>, inode: &Inode, stream: &Stream) -> Option<Vec<u8>> {
    let length = usize::try_from(stream.size).ok().filter(|s| *s > 0 && *s <= MAX_TARGET)?;
    if stream.runs.iter().all(|r| r.offset.is_none()) || inode.has(flag::ENCRYPTED) {
        return None;
    }
    let source = RunSource::new(scan.disk.volume.clone(), stream);
    read_vec(&source as &dyn ByteSource, 0, length).ok()
}

/// "major:minor" of a device node. Source: Linux fs/ext4/inode.c, old and new encodings.
fn device(block: &[u8; 60]) -> String {
    let words = block.as_chunks::<4>().0;
    let word = |i: usize| words.get(i).map_or(0, |w| u32::from_le_bytes(*w));
    if word(0) != 0 {
        let old = word(0);
        return format!("{}:{}", old >> 8 & 0xFF, old & 0xFF);
    }
    let new = word(1);
    format!("{}:{}", new >> 8 & 0xFFF, new & 0xFF | new >> 12 & 0xFFF00)
}

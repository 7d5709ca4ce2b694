//! Directory blocks: live names, and names left in the slack of their neighbours. Source: Linux
//! fs/ext4/ext4.h, struct ext4_dir_entry_2; Documentation/filesystems/ext4/directory.rst.

use super::checksum::crc32c;
use model::EntryKind;

/// A name as one directory entry holds it. Offsets are within the block (or inline area).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub inode: u32,
    pub name: &'a [u8],
    /// Type as the entry records it; Unknown where the file system records none.
    pub kind: EntryKind,
    pub offset: usize,
    /// Bytes of header and name.
    pub length: usize,
}

/// Bytes of an entry before its name.
const HEADER: usize = 8;

/// What one block of a directory holds.
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    pub live: Vec<Entry<'a>>,
    /// Names in the unused tails of entries, and names of entries whose inode was set to 0.
    pub slack: Vec<Entry<'a>>,
    /// Offset at which the chain of entries broke.
    pub broken_at: Option<usize>,
}

struct Raw<'a> {
    inode: u32,
    record: usize,
    file_type: u8,
    entry: Entry<'a>,
}

fn raw(block: &[u8], at: usize) -> Option<Raw<'_>> {
    let head = block.get(at..)?.first_chunk::<HEADER>()?;
    let [i0, i1, i2, i3, r0, r1, name_len, file_type] = *head;
    let inode = u32::from_le_bytes([i0, i1, i2, i3]);
    // 64 KiB blocks store their own size as 0 or 65535.
    let record = match u16::from_le_bytes([r0, r1]) {
        0 | u16::MAX if block.len() == 65_536 => 65_536,
        length => usize::from(length),
    };
    let from = at.saturating_add(HEADER);
    let name = block.get(from..from.saturating_add(usize::from(name_len))).unwrap_or_default();
    let length = HEADER.saturating_add(usize::from(name_len));
    // Without the filetype feature the byte is the high half of the name length: always 0.
    Some(Raw { inode, record, file_type, entry: Entry { inode, name, kind: kind_of(file_type), offset: at, length } })
}

fn kind_of(file_type: u8) -> EntryKind {
    match file_type {
        1 => EntryKind::File,
        2 => EntryKind::Directory,
        3 => EntryKind::CharacterDevice,
        4 => EntryKind::BlockDevice,
        5 => EntryKind::Fifo,
        6 => EntryKind::Socket,
        7 => EntryKind::SymbolicLink,
        0u8..=u8::MAX => EntryKind::Unknown,
    }
}

/// Whether bytes can be a name: not empty, no separator, no NUL.
pub fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(|b| *b == 0 || *b == b'/')
}

pub fn is_dot(name: &[u8]) -> bool {
    name == b"." || name == b".."
}

/// Reads a directory block, from `from` on (0, or 4 in the first inline area). `inodes` bounds
/// the numbers a deleted name may carry.
pub fn names(block: &[u8], from: usize, inodes: u32) -> Names<'_> {
    let mut out = Names::default();
    let mut at = from;
    while at.saturating_add(HEADER) <= block.len() {
        let Some(found) = raw(block, at) else { break };
        let end = at.saturating_add(found.record);
        let used = found.entry.length.next_multiple_of(4);
        if found.record < HEADER || found.record % 4 != 0 || end > block.len() || found.entry.length > found.record {
            out.broken_at = Some(at);
            break;
        }
        let is_checksum = found.inode == 0 && found.record == 12 && found.entry.name.is_empty();
        if found.inode != 0 {
            out.live.push(found.entry);
            slack(block, at.saturating_add(used), end, inodes, &mut out.slack);
        } else if !is_checksum {
            slack(block, at, end, inodes, &mut out.slack);
        }
        at = end;
    }
    out
}

/// Looks for entries at every fourth byte of `block[from..end]`.
fn slack<'a>(block: &'a [u8], from: usize, end: usize, inodes: u32, out: &mut Vec<Entry<'a>>) {
    let mut at = from;
    while at.saturating_add(HEADER) < end {
        let step = match raw(block, at) {
            Some(found) if is_left_over(&found, at, end, block.len(), inodes) => {
                out.push(found.entry);
                found.entry.length.next_multiple_of(4)
            }
            Some(_) => 4,
            None => break,
        };
        at = at.saturating_add(step);
    }
}

fn is_left_over(found: &Raw<'_>, at: usize, end: usize, block: usize, inodes: u32) -> bool {
    let entry = &found.entry;
    let printable = entry.name.iter().all(|b| *b >= 0x20 && *b != 0x7F);
    is_name(entry.name)
        && !is_dot(entry.name)
        && (printable || found.inode != 0)
        && found.inode <= inodes
        && at.saturating_add(entry.length) <= end
        && found.record >= entry.length
        && found.record.is_multiple_of(4)
        && at.saturating_add(found.record) <= block
        && found.file_type <= 7
}

/// Owner and parent of the first block of a directory: the inodes of "." and "..".
pub fn dot_entries(block: &[u8]) -> Option<(u32, u32)> {
    let dot = raw(block, 0)?;
    let parent = raw(block, dot.record)?;
    (dot.record == 12 && dot.entry.name == b"." && parent.entry.name == b"..").then_some((dot.inode, parent.inode))
}

/// Whether a block of unknown use is a directory block: a chain of sound entries to its very end.
pub fn is_directory_block(block: &[u8], inodes: u32) -> bool {
    let found = names(block, 0, inodes);
    let sound = |e: &Entry<'_>| e.inode <= inodes && (is_name(e.name));
    found.broken_at.is_none() && !found.live.is_empty() && found.live.iter().all(sound)
}

/// Whether the checksum in the block's tail fits a directory inode. None where there is no tail.
/// Source: Linux fs/ext4/namei.c, ext4_dirblock_csum.
pub fn checksum_fits(block: &[u8], seed: u32, inode: u32, generation: u32) -> Option<bool> {
    let at = block.len().checked_sub(12)?;
    let tail = block.get(at..)?.first_chunk::<12>()?;
    let [0, 0, 0, 0, 12, 0, 0, 0xDE, c0, c1, c2, c3] = *tail else { return None };
    let crc = crc32c(crc32c(seed, &inode.to_le_bytes()), &generation.to_le_bytes());
    Some(crc32c(crc, block.get(..at)?) == u32::from_le_bytes([c0, c1, c2, c3]))
}

//! The walk over live directories, depth first, in the order of their blocks.

use super::directory::{self, Entry};
use super::entry::{self, Place};
use super::inode::{Inode, flag};
use super::journal::{Journal, Order};
use super::map::{AsOf, map};
use super::scan::{InodeSet, Scan};
use crate::Note;
use crate::filesystem::Walk;
use model::{Code, EntryKind, Run, Stop};
use std::collections::BTreeMap;

/// Nesting and path length past which a subtree is reported instead of walked; its inodes then
/// appear under `$Orphans`.
const MAX_DEPTH: usize = 1024;
const MAX_PATH: usize = 16 << 10;
/// Deleted names kept until the live tree is done.
const MAX_DELETED_NAMES: usize = 1 << 22;

/// A name left in the slack of a directory.
#[derive(Clone, Debug)]
pub struct DeletedName {
    pub directory: u32,
    pub name: Vec<u8>,
    /// 0 where the entry's number was wiped.
    pub inode: u32,
    pub kind: EntryKind,
    /// Where the entry lies, bytes in the volume.
    pub place: Place,
    /// Identical left-overs in the same directory.
    pub copies: u32,
}

/// A live directory's place in the tree.
#[derive(Clone, Debug)]
pub struct Directory {
    /// 0 for the root of a tree.
    pub parent: u32,
    /// Its name; the whole path for the root of a tree.
    pub name: Box<[u8]>,
}

/// What the walk leaves for the phases after it.
#[derive(Default)]
pub struct Tree {
    pub directories: BTreeMap<u32, Directory>,
    /// Inodes with a live name.
    pub named: InodeSet,
    pub deleted: Vec<DeletedName>,
    /// Inodes whose first path is wanted, and those paths.
    pub wanted: InodeSet,
    pub paths: BTreeMap<u32, (u32, Vec<u8>)>,
    /// Blocks of live directories that the journal has copies of: (block, order, inode).
    pub owners: Vec<(u64, Order, u32)>,
}

/// One directory being read.
struct Frame {
    inode: u32,
    is_encrypted: bool,
    pieces: Vec<Piece>,
    next: usize,
    /// Live entries of the current piece, last first.
    names: Vec<OwnedName>,
    /// Bytes of the path that belong to this directory.
    path: usize,
    slack: BTreeMap<(Vec<u8>, u32), (EntryKind, Place, u32)>,
}

struct OwnedName {
    inode: u32,
    kind: EntryKind,
    name: Vec<u8>,
    place: Place,
}

/// A stretch of directory entries: a block, or part of an inode.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Block number; None where the entries lie in the inode.
    pub block: Option<u64>,
    /// Bytes in the volume.
    pub offset: u64,
    pub length: usize,
    /// First entry within the piece.
    pub from: usize,
}

/// The pieces of a directory from its runs.
pub fn pieces(scan: &Scan<'_>, runs: &[Run], is_inline: bool) -> Vec<Piece> {
    let block_size = u64::from(scan.disk.sb.block_size);
    let mut out = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        let Some(offset) = run.offset else { continue };
        if is_inline {
            // The first area starts with the parent's number.
            let length = usize::try_from(run.length).unwrap_or(0);
            out.push(Piece { block: None, offset, length, from: if i == 0 { 4 } else { 0 } });
            continue;
        }
        let first = offset.checked_div(block_size).unwrap_or(0);
        let count = run.length.checked_div(block_size).unwrap_or(0);
        for block in first..first.saturating_add(count) {
            out.push(Piece { block: Some(block), offset: scan.disk.offset(block), length: scan.disk.sb.block_bytes(), from: 0 });
        }
    }
    out
}

/// Reads a piece in its newest state, with the place of its first byte.
pub fn read_piece(scan: &mut Scan<'_>, piece: &Piece) -> Option<(Vec<u8>, u64)> {
    let left = scan.directory_left.checked_sub(1);
    let Some(left) = left else {
        scan.tally.limit("directories", "directory blocks of a sound file system", "more; directories were cut");
        return None;
    };
    scan.directory_left = left;
    match piece.block {
        Some(block) => scan.disk.read_block(block).map(|data| (data, scan.disk.locate(block).0)),
        None => {
            let data = model::read_vec(&scan.disk.volume, piece.offset, piece.length).ok()?;
            Some((data, piece.offset))
        }
    }
}

impl Tree {
    /// The path of a walked directory; None for one that was not walked.
    pub fn path(&self, directory: u32) -> Option<Vec<u8>> {
        let mut names: Vec<&[u8]> = Vec::new();
        let mut at = directory;
        loop {
            let found = self.directories.get(&at)?;
            names.push(&found.name);
            if found.parent == 0 || names.len() > MAX_DEPTH {
                break;
            }
            at = found.parent;
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            join(&mut path, name);
        }
        Some(path)
    }

    /// Walks the tree below the directory `root`, whose own entry the caller has yielded.
    pub fn walk(
        &mut self,
        scan: &mut Scan<'_>,
        journal: Option<&Journal>,
        root: &Inode,
        root_path: &[u8],
        out: &mut dyn Walk,
    ) -> Result<(), Stop> {
        self.named.insert(root.number);
        self.directories.insert(root.number, Directory { parent: 0, name: root_path.into() });
        let mut path = root_path.to_vec();
        let mut stack = vec![self.frame(scan, journal, root, path.len())];
        while let Some(frame) = stack.last_mut() {
            path.truncate(frame.path);
            let Some(found) = frame.names.pop() else {
                if !self.next_piece(scan, frame) {
                    self.keep_slack(scan, frame);
                    stack.pop();
                }
                continue;
            };
            let shown = entry::shown_name(&found.name, frame.is_encrypted);
            join(&mut path, &shown);
            let inode = scan.inode(found.inode);
            let entry = entry::live(scan, inode.as_ref(), &found.name, &path, frame.inode, found.inode, found.kind, found.place);
            out.entry(&entry)?;
            if self.wanted.contains(found.inode) {
                self.paths.entry(found.inode).or_insert_with(|| (frame.inode, path.clone()));
            }
            let Some(inode) = inode else { continue };
            let is_first = self.named.insert(found.inode);
            if !inode.is_directory() || !inode.is_alive() {
                continue;
            }
            if !is_first {
                let place = format!("inode {}", inode.number);
                let note = Note::new(Code::Loop, place, "directories named once", String::from_utf8_lossy(&path));
                scan.tally.add(note.at(found.place.offset, found.place.length));
                continue;
            }
            self.directories.insert(found.inode, Directory { parent: frame.inode, name: shown.into() });
            if stack.len() >= MAX_DEPTH || path.len() > MAX_PATH {
                scan.tally.limit(path.clone(), "at most 1024 levels and paths of 16384 bytes", "deeper; not walked");
                continue;
            }
            let frame = self.frame(scan, journal, &inode, path.len());
            stack.push(frame);
        }
        Ok(())
    }

    fn frame(&mut self, scan: &mut Scan<'_>, journal: Option<&Journal>, inode: &Inode, path: usize) -> Frame {
        let mapped = map(scan, inode, AsOf::Now);
        let pieces = pieces(scan, &mapped.runs, mapped.is_inline);
        if let Some(journal) = journal {
            let copied = pieces.iter().filter_map(|p| p.block).filter(|b| journal.as_of(*b, Order::MAX).is_some());
            self.owners.extend(copied.map(|b| (b, Order::MAX, inode.number)));
        }
        let is_encrypted = inode.has(flag::ENCRYPTED);
        Frame { inode: inode.number, is_encrypted, pieces, next: 0, names: Vec::new(), path, slack: BTreeMap::new() }
    }

    /// Loads the next piece of a directory; false at its end.
    fn next_piece(&mut self, scan: &mut Scan<'_>, frame: &mut Frame) -> bool {
        let Some(piece) = frame.pieces.get(frame.next).copied() else { return false };
        frame.next = frame.next.saturating_add(1);
        let Some((data, base)) = read_piece(scan, &piece) else {
            let place = format!("inode {}", frame.inode);
            scan.tally.damaged(place, "readable directory blocks", "none", (piece.offset, piece.length as u64));
            return true;
        };
        let found = directory::names(&data, piece.from, scan.disk.inodes);
        if let Some(at) = found.broken_at {
            let place = format!("inode {}", frame.inode);
            let here = (base.saturating_add(at as u64), 8);
            scan.tally.damaged(place, "a chain of directory entries to the end of the block", "a broken entry", here);
        }
        let place = |e: &Entry<'_>| Place { offset: base.saturating_add(e.offset as u64), length: e.length as u64 };
        for e in &found.slack {
            let kept = (e.kind, place(e), 0);
            let row = frame.slack.entry((e.name.to_vec(), e.inode)).or_insert(kept);
            row.2 = row.2.saturating_add(1);
        }
        let live = found.live.iter().rev().filter(|e| !directory::is_dot(e.name));
        frame.names = live.map(|e| OwnedName { inode: e.inode, kind: e.kind, name: e.name.to_vec(), place: place(e) }).collect();
        true
    }

    /// Keeps the names of a finished directory's slack that are not live in it as well: when an
    /// indexed directory splits a block, the moved names stay behind.
    fn keep_slack(&mut self, scan: &mut Scan<'_>, frame: &mut Frame) {
        if frame.slack.is_empty() {
            return;
        }
        for piece in &frame.pieces {
            let Some((data, _)) = read_piece(scan, piece) else { continue };
            for e in directory::names(&data, piece.from, 0).live {
                frame.slack.remove(&(e.name.to_vec(), e.inode));
            }
        }
        let mut kept: Vec<DeletedName> = std::mem::take(&mut frame.slack)
            .into_iter()
            .map(|((name, inode), (kind, place, copies))| DeletedName {
                directory: frame.inode,
                name,
                inode,
                kind,
                place,
                copies,
            })
            .collect();
        kept.sort_by_key(|d| d.place.offset);
        let room = MAX_DELETED_NAMES.saturating_sub(self.deleted.len());
        if kept.len() > room {
            scan.tally.limit("directories", "at most 4194304 deleted names", "more; the rest was left out");
        }
        self.deleted.extend(kept.into_iter().take(room));
    }
}

/// Appends a name to a path.
pub fn join(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() && !name.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

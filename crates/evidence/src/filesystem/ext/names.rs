//! What the journal's copies of directory blocks tell: names that are no longer there.

use super::directory::{self, Entry};
use super::entry::Place;
use super::history::{History, InodeTables, Now};
use super::inode::{Inode, flag};
use super::journal::{BlockCopy, Journal, Order};
use super::map::{AsOf, map};
use super::scan::Scan;
use super::tree::{Tree, pieces, read_piece};
use model::EntryKind;
use std::collections::{BTreeMap, BTreeSet};

/// A directory at some time: its inode and which use of the number it was.
pub type DirectoryKey = (u32, Option<usize>);

/// A name that a directory held in some transaction and does not hold now.
#[derive(Clone, Debug)]
pub struct PastName {
    /// Inode 0: a directory block whose owner is unknown; the use is then its block number.
    pub directory: DirectoryKey,
    pub name: Vec<u8>,
    pub inode: u32,
    /// Which use of the inode number; None where the journal has no version of it.
    pub used: Option<usize>,
    pub kind: EntryKind,
    /// The last transaction that held the name.
    pub last: Order,
    /// The first later copy of the same block without it.
    pub gone: Option<Order>,
    /// Where the last copy of the entry lies, bytes in the volume.
    pub place: Place,
    /// Copies that held it.
    pub copies: u32,
}

/// One state of a piece of a directory.
struct DirectoryCopy {
    directory: DirectoryKey,
    /// Groups the states of one block (or one inline area).
    block: u64,
    order: Order,
    offset: u64,
    length: usize,
    from: usize,
    is_escaped: bool,
}

/// Finds every past name, sorted by directory, name and inode.
pub fn past_names(scan: &mut Scan<'_>, journal: &Journal, history: &History, tree: &Tree) -> Vec<PastName> {
    let mut copies = inline_copies(scan, history);
    let owners = owners(scan, journal, history, tree);
    let tables = InodeTables::of(scan);
    for copy in &journal.copies {
        if tables.first_inode(copy.block).is_some() {
            continue;
        }
        let Some(data) = journal.bytes(scan.disk, copy, &mut scan.tally) else { continue };
        if !directory::is_directory_block(&data, scan.disk.inodes) {
            continue;
        }
        let directory = match directory::dot_entries(&data) {
            Some((own, _)) => (own, history.use_at(own, copy.order)),
            None => owner_of(scan, history, &owners, copy, &data),
        };
        let (block, order, offset, is_escaped) = (copy.block, copy.order, copy.offset, copy.is_escaped);
        copies.push(DirectoryCopy { directory, block, order, offset, length: data.len(), from: 0, is_escaped });
    }
    copies.sort_by_key(|c| (c.directory, c.block, c.order));
    let mut out = Vec::new();
    for group in copies.chunk_by(|a, b| a.directory == b.directory) {
        names_of(scan, history, group, &mut out);
    }
    out
}

/// States of directories that live in their inodes: as many as the inode has versions.
fn inline_copies(scan: &Scan<'_>, history: &History) -> Vec<DirectoryCopy> {
    let mut out = Vec::new();
    for (index, one) in history.uses.iter().enumerate() {
        for version in history.of(one).iter().filter(|v| v.is_alive && v.is_directory) {
            let Some(inode) = inode_at(scan, version.inode, version.offset) else { continue };
            if !inode.has(flag::INLINE) {
                continue;
            }
            let (directory, order) = ((version.inode, Some(index)), version.order);
            let areas = [Some((inode.block_offset(), 60, 4)), inode.inline_rest.map(|(at, n)| (at, n, 0))];
            for (area, (offset, length, from)) in areas.into_iter().flatten().enumerate() {
                let length = usize::try_from(length).unwrap_or(0);
                out.push(DirectoryCopy { directory, block: area as u64, order, offset, length, from, is_escaped: false });
            }
        }
    }
    out
}

/// Parses an inode record that lies anywhere in the volume, such as in the journal.
pub fn inode_at(scan: &Scan<'_>, number: u32, offset: u64) -> Option<Inode> {
    let raw = model::read_vec(&scan.disk.volume, offset, usize::from(scan.disk.sb.inode_size)).ok()?;
    Inode::parse(number, offset, &raw).ok()
}

/// Which directories had which blocks, and since when: (block, order, inode), sorted.
fn owners(scan: &mut Scan<'_>, journal: &Journal, history: &History, tree: &Tree) -> Vec<(u64, Order, u32)> {
    let mut out = tree.owners.clone();
    for version in history.versions.iter().filter(|v| v.is_alive && v.is_directory) {
        let Some(inode) = inode_at(scan, version.inode, version.offset) else { continue };
        if inode.has(flag::INLINE) {
            continue;
        }
        let mapped = map(scan, &inode, AsOf::Transaction(journal, version.order));
        let blocks = pieces(scan, &mapped.runs, false).into_iter().filter_map(|p| p.block);
        let copied = blocks.filter(|b| journal.as_of(*b, Order::MAX).is_some());
        out.extend(copied.map(|b| (b, version.order, version.inode)));
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The directory a block without "." belonged to: one whose checksum fits, else the last to have
/// the block by then, else the first after.
fn owner_of(scan: &mut Scan<'_>, history: &History, owners: &[(u64, Order, u32)], copy: &BlockCopy, data: &[u8]) -> DirectoryKey {
    let from = owners.partition_point(|(b, ..)| *b < copy.block);
    let to = owners.partition_point(|(b, ..)| *b <= copy.block);
    let all = owners.get(from..to).unwrap_or_default();
    let seed = scan.disk.sb.checksum_seed;
    let unowned = (0, usize::try_from(copy.block).ok());
    let mut best = None;
    for (_, order, inode) in all {
        let used = history.use_at(*inode, copy.order);
        let generation = match used.and_then(|u| history.uses.get(u)) {
            Some(one) => Some(one.generation),
            None => scan.inode(*inode).map(|i| i.generation),
        };
        match generation.and_then(|g| directory::checksum_fits(data, seed, *inode, g)) {
            Some(true) => return (*inode, used),
            Some(false) => continue,
            None => {}
        }
        // Sorted by order: the last one up to the copy wins, then the first after it.
        if best.is_none() || *order <= copy.order {
            best = Some((*inode, used));
        }
    }
    best.unwrap_or(unowned)
}

/// Follows one directory's blocks through their states and keeps the names that are gone now.
fn names_of(scan: &mut Scan<'_>, history: &History, group: &[DirectoryCopy], out: &mut Vec<PastName>) {
    let Some(directory) = group.first().map(|c| c.directory) else { return };
    let live = live_names(scan, history, directory);
    let mut found: BTreeMap<(Vec<u8>, u32, Option<usize>), PastName> = BTreeMap::new();
    for states in group.chunk_by(|a, b| a.block == b.block) {
        let mut before: BTreeSet<(Vec<u8>, u32, Option<usize>)> = BTreeSet::new();
        for state in states {
            let data = if state.from == 0 && state.length == scan.disk.sb.block_bytes() {
                scan.disk.read_at(state.offset, state.is_escaped)
            } else {
                model::read_vec(&scan.disk.volume, state.offset, state.length).ok()
            };
            let Some(data) = data else { continue };
            let names = directory::names(&data, state.from, scan.disk.inodes).live;
            let mut here = BTreeSet::new();
            for e in names.iter().filter(|e| !directory::is_dot(e.name) && e.inode <= scan.disk.inodes) {
                let used = history.use_at(e.inode, state.order);
                if !is_live(history, &live, e, used) {
                    here.insert((e.name.to_vec(), e.inode, used));
                    see(&mut found, directory, e, used, state);
                }
            }
            for key in before.difference(&here) {
                if let Some(name) = found.get_mut(key) {
                    name.gone = Some(name.gone.map_or(state.order, |g| g.max(state.order)));
                }
            }
            before = here;
        }
    }
    out.extend(found.into_values().map(|mut name| {
        // Seen later in another block of the directory: it had moved, not gone.
        name.gone = name.gone.filter(|g| *g > name.last);
        name
    }));
}

fn see(
    found: &mut BTreeMap<(Vec<u8>, u32, Option<usize>), PastName>,
    directory: DirectoryKey,
    e: &Entry<'_>,
    used: Option<usize>,
    state: &DirectoryCopy,
) {
    let place = Place { offset: state.offset.saturating_add(e.offset as u64), length: e.length as u64 };
    let row = found.entry((e.name.to_vec(), e.inode, used)).or_insert_with(|| PastName {
        directory,
        name: e.name.to_vec(),
        inode: e.inode,
        used,
        kind: e.kind,
        last: state.order,
        gone: None,
        place,
        copies: 0,
    });
    row.copies = row.copies.saturating_add(1);
    if state.order >= row.last {
        (row.last, row.place) = (state.order, place);
    }
}

/// Inodes by name.
type LiveNames = BTreeMap<Vec<u8>, Vec<u32>>;

/// Names the directory holds now; none where it is not the same directory any more.
fn live_names(scan: &mut Scan<'_>, history: &History, directory: DirectoryKey) -> LiveNames {
    let mut out = LiveNames::new();
    let (number, used) = directory;
    let is_now = used.and_then(|u| history.uses.get(u)).is_none_or(|u| u.now == Now::Alive);
    if number == 0 || !is_now {
        return out;
    }
    let Some(inode) = scan.inode(number).filter(|i| i.is_directory() && i.is_alive()) else { return out };
    let mapped = map(scan, &inode, AsOf::Now);
    for piece in pieces(scan, &mapped.runs, mapped.is_inline) {
        let Some((data, _)) = read_piece(scan, &piece) else { continue };
        let names = directory::names(&data, piece.from, 0).live;
        for e in names {
            out.entry(e.name.to_vec()).or_default().push(e.inode);
        }
    }
    out
}

fn is_live(history: &History, live: &LiveNames, e: &Entry<'_>, used: Option<usize>) -> bool {
    let is_same = used.and_then(|u| history.uses.get(u)).is_none_or(|u| matches!(u.now, Now::Alive | Now::Held));
    is_same && live.get(e.name).is_some_and(|inodes| inodes.contains(&e.inode))
}

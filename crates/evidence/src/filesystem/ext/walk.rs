//! The phases of a walk, in their fixed order: live tree, trees below lost directories, deleted
//! names, unnamed inodes, the journal's past, findings.

use super::content::{Candidate, decide};
use super::directory;
use super::disk::Disk;
use super::earlier::contents;
use super::entry::{self, LIVE, rule as live_rule};
use super::history::History;
use super::inode::{Inode, ROOT, flag};
use super::journal::Journal;
use super::map::{AsOf, map};
use super::past::{Past, file_of_inode, past};
use super::recover::{Item, Source, child_path, offer, orphan_path, rule};
use super::scan::{InodeSet, Scan};
use super::superblock::compat;
use super::tree::{DeletedName, Tree, pieces, read_piece};
use super::unnamed::{Unnamed, orphan_list, unnamed};
use crate::filesystem::Walk;
use model::{ContentState, EntryKind, NameState, RecordState, Stop, Verdict};

pub fn walk(disk: &Disk, journal: Option<&Journal>, out: &mut dyn Walk) -> Result<(), Stop> {
    let mut scan = Scan::new(disk);
    let mut tree = Tree::default();
    let history = journal.map(|j| History::read(&mut scan, j)).unwrap_or_default();
    let earlier = journal.map(|j| contents(&mut scan, j, &history)).unwrap_or_default();
    tree.wanted = earlier.inodes;
    let earlier = earlier.all;
    live_tree(&mut scan, journal, &mut tree, out)?;
    let mut unnamed = unnamed(&mut scan, &tree);
    let orphans = orphan_list(&mut scan);
    lost_directories(&mut scan, journal, &mut tree, &unnamed, out)?;
    unnamed.retain(|u| !tree.named.contains(u.number));

    let mut candidates = Vec::new();
    let mut past = match journal {
        Some(journal) => past(&mut scan, journal, &history, earlier, &tree, &mut candidates),
        None => Past::default(),
    };
    let deleted = deleted_names(&mut scan, &tree, &mut past, &mut candidates);
    let mut rest = Vec::new();
    for one in unnamed.iter().filter(|u| !past.covered.contains(u.number)) {
        rest.extend(unnamed_item(&mut scan, one, &orphans, &mut candidates));
    }
    decide(&mut scan, journal, &mut candidates);
    for item in deleted.iter().chain(&rest).chain(&past.items) {
        let entry = item.entry(&mut scan, &candidates);
        out.entry(&entry)?;
    }
    scan.tally.emit(out)
}

fn live_tree(scan: &mut Scan<'_>, journal: Option<&Journal>, tree: &mut Tree, out: &mut dyn Walk) -> Result<(), Stop> {
    match scan.inode(ROOT).filter(Inode::is_directory) {
        Some(root) => {
            let mapped = map(scan, &root, AsOf::Now);
            let verdict = Verdict { name_rule: live_rule::ROOT, ..LIVE };
            let entry = entry::describe(scan, &root, &mapped, Vec::new(), verdict);
            out.entry(&entry)?;
            tree.walk(scan, journal, &root, b"", out)?;
        }
        None => scan.tally.damaged("root", "a root directory in inode 2", "none", (0, 0)),
    }
    let number = scan.disk.sb.journal_inode;
    if !scan.disk.sb.has_compat(compat::HAS_JOURNAL) || number == 0 {
        return Ok(());
    }
    let Some(inode) = scan.inode(number).filter(Inode::is_alive) else { return Ok(()) };
    let mapped = map(scan, &inode, AsOf::Now);
    let verdict = Verdict { name_rule: live_rule::SYSTEM, record_rule: live_rule::SYSTEM, ..LIVE };
    let mut entry = entry::describe(scan, &inode, &mapped, b"$Journal".to_vec(), verdict);
    entry.kind = EntryKind::System;
    out.entry(&entry)
}

/// Walks allocated directories that the tree does not reach, topmost first.
fn lost_directories(
    scan: &mut Scan<'_>,
    journal: Option<&Journal>,
    tree: &mut Tree,
    unnamed: &[Unnamed],
    out: &mut dyn Walk,
) -> Result<(), Stop> {
    let mut lost: Vec<Inode> = Vec::new();
    let mut set = InodeSet::default();
    for one in unnamed.iter().filter(|u| u.is_allocated) {
        if let Some(inode) = scan.inode(one.number).filter(|i| i.is_directory() && i.is_alive()) {
            set.insert(one.number);
            lost.push(inode);
        }
    }
    let mut tops = Vec::new();
    let mut others = Vec::new();
    for inode in lost {
        let parent = parent_of(scan, &inode);
        let is_below = parent.is_some_and(|p| p != inode.number && set.contains(p));
        if is_below { others.push(inode) } else { tops.push(inode) }
    }
    // Directories that only reach each other in a circle are walked last, where still unnamed.
    for inode in tops.into_iter().chain(others) {
        if tree.named.contains(inode.number) {
            continue;
        }
        let path = orphan_path(inode.number);
        let mapped = map(scan, &inode, AsOf::Now);
        let verdict = Verdict { name: NameState::Deleted, name_rule: rule::NO_NAME, record_rule: rule::NAMELESS_USED, ..LIVE };
        let entry = entry::describe(scan, &inode, &mapped, path.clone(), verdict);
        out.entry(&entry)?;
        tree.walk(scan, journal, &inode, &path, out)?;
    }
    Ok(())
}

fn parent_of(scan: &mut Scan<'_>, inode: &Inode) -> Option<u32> {
    if inode.has(flag::INLINE) {
        return inode.block.first_chunk::<4>().map(|b| u32::from_le_bytes(*b));
    }
    let mapped = map(scan, inode, AsOf::Now);
    let first = pieces(scan, mapped.runs.get(..1)?, false).first().copied()?;
    let (data, _) = read_piece(scan, &first)?;
    directory::dot_entries(&data).map(|(_, parent)| parent)
}

/// Names left in the slack of live directories, joined with freed inodes where that is sound.
fn deleted_names(scan: &mut Scan<'_>, tree: &Tree, past: &mut Past, candidates: &mut Vec<Candidate>) -> Vec<Item> {
    let mut out = Vec::new();
    for name in &tree.deleted {
        // The journal tells the same name with more.
        if name.inode != 0 && past.names.contains(&(name.directory, name.name.clone(), name.inode)) {
            continue;
        }
        let inode = (name.inode != 0).then(|| scan.inode(name.inode)).flatten().filter(|i| !i.is_blank());
        let directory = tree.path(name.directory).unwrap_or_default();
        let path = child_path(directory, &name.name, inode.as_ref());
        if take_version(past, name, &path) {
            continue;
        }
        let mut item = Item::new(path, (name.inode != 0).then_some(name.inode), name.kind, rule::SLACK_NAME);
        item.parent = Some(name.directory);
        item.name_place = Some(name.place);
        if name.copies > 1 {
            item.more.push(("name_copies", name.copies.to_string()));
        }
        if let Some(inode) = inode {
            join_inode(scan, &mut item, &inode, past, candidates);
        }
        out.push(item);
    }
    out
}

/// Gives a slack name to the journal's version of its freed inode, if that has no name yet.
fn take_version(past: &mut Past, name: &DeletedName, path: &[u8]) -> bool {
    if name.inode == 0 || !past.covered.contains(name.inode) {
        return false;
    }
    let from = past.items.partition_point(|i| i.inode < Some(name.inode));
    let same = past.items.iter_mut().skip(from).take_while(|i| i.inode == Some(name.inode));
    let nameless = same.filter(|i| i.name_rule == rule::NO_NAME && i.record.1 == rule::SAME_FREE);
    let Some(item) = nameless.last() else { return false };
    item.path = path.to_vec();
    item.parent = Some(name.directory);
    item.name_rule = rule::SLACK_NAME;
    item.name_place = Some(name.place);
    true
}

fn join_inode(scan: &mut Scan<'_>, item: &mut Item, inode: &Inode, past: &mut Past, candidates: &mut Vec<Candidate>) {
    let is_other_type = item.kind != EntryKind::Unknown && inode.kind() != EntryKind::Unknown && inode.kind() != item.kind;
    if scan.is_inode_allocated(inode.number) != Some(false) {
        item.record = if is_other_type { (RecordState::Reused, rule::OTHER_TYPE) } else { (RecordState::Unknown, rule::UNKNOWN) };
        return;
    }
    if is_other_type {
        item.record = (RecordState::Reused, rule::OTHER_TYPE);
        return;
    }
    item.record = (RecordState::Free, rule::FREE);
    item.source = Source::Now;
    item.deleted = inode.deletion_stamp(scan.disk.inodes);
    past.covered.insert(inode.number);
    let seconds = item.deleted.as_ref().map_or(0, |d| d.raw);
    offer(scan, None, item, file_of_inode(inode.number), seconds, candidates);
}

/// An inode that neither a directory nor the journal names.
fn unnamed_item(scan: &mut Scan<'_>, one: &Unnamed, orphans: &InodeSet, candidates: &mut Vec<Candidate>) -> Option<Item> {
    let inode = scan.inode(one.number)?;
    let name_rule = if orphans.contains(one.number) { rule::ORPHAN_LIST } else { rule::NO_NAME };
    let mut item = Item::new(orphan_path(one.number), Some(one.number), inode.kind(), name_rule);
    item.source = Source::Now;
    item.deleted = inode.deletion_stamp(scan.disk.inodes);
    if one.is_allocated {
        item.record = (RecordState::Allocated, rule::NAMELESS_USED);
        item.content = (ContentState::Intact, live_rule::LIVE_CONTENT);
        return Some(item);
    }
    item.record = (RecordState::Free, rule::FREE);
    let seconds = item.deleted.as_ref().map_or(0, |d| d.raw);
    offer(scan, None, &mut item, file_of_inode(one.number), seconds, candidates);
    Some(item)
}

//! Files that only the journal still tells of: past names joined with the version of the inode
//! they meant, and versions of inodes that no name leads to.

use super::content::Candidate;
use super::earlier::Earlier;
use super::history::{History, Now, Use, Version};
use super::inode::Inode;
use super::journal::{Journal, Order};
use super::map::{AsOf, map};
use super::names::{DirectoryKey, PastName, inode_at, past_names};
use super::recover::{Item, Source, child_path, deletion_range, offer, orphan_path, rule, transaction};
use super::scan::{InodeSet, Scan};
use super::tree::Tree;
use model::{ContentState, EntryKind, NameState, RecordState, Stamp};
use std::collections::{BTreeMap, BTreeSet};

/// What the journal adds to the live file system.
#[derive(Default)]
pub struct Past {
    /// Sorted by inode, transaction and path.
    pub items: Vec<Item>,
    /// Freed or held inodes whose entry is among the items.
    pub covered: InodeSet,
    /// Names that directories held, so that the same name in slack is not told twice.
    pub names: BTreeSet<(u32, Vec<u8>, u32)>,
}

/// Climbing past this many parents ends in `$Orphans`.
const MAX_DEPTH: usize = 1024;

struct Builder<'s, 'd, 'j> {
    scan: &'s mut Scan<'d>,
    journal: &'j Journal,
    history: &'j History,
    tree: &'j Tree,
    candidates: &'s mut Vec<Candidate>,
    /// Last past name of each use of an inode.
    by_use: BTreeMap<DirectoryKey, usize>,
    out: Past,
}

/// Finds everything the journal tells of that is no longer live.
pub fn past(
    scan: &mut Scan<'_>,
    journal: &Journal,
    history: &History,
    earlier: Vec<Earlier>,
    tree: &Tree,
    candidates: &mut Vec<Candidate>,
) -> Past {
    let names = past_names(scan, journal, history, tree);
    let mut by_use: BTreeMap<DirectoryKey, usize> = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let best = by_use.entry((name.inode, name.used)).or_insert(index);
        if names.get(*best).is_some_and(|b| b.last < name.last) {
            *best = index;
        }
    }
    let mut b = Builder { scan, journal, history, tree, candidates, by_use, out: Past::default() };
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for name in &names {
        used.extend(name.used);
        b.named(&names, name);
    }
    for (index, one) in history.uses.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
        b.nameless(index, one);
    }
    for one in earlier {
        b.earlier(&names, one);
    }
    let mut out = b.out;
    out.items.sort_by(|a, b| (a.inode, a.order, &a.path).cmp(&(b.inode, b.order, &b.path)));
    out
}

impl Builder<'_, '_, '_> {
    fn named(&mut self, names: &[PastName], name: &PastName) {
        self.out.names.insert((name.directory.0, name.name.clone(), name.inode));
        let mut item = Item::new(Vec::new(), Some(name.inode), name.kind, rule::PAST_NAME);
        (item.from_journal, item.order) = (true, name.last);
        item.name_place = Some(name.place);
        item.parent = (name.directory.0 != 0).then_some(name.directory.0);
        transaction(self.journal, name.last, &mut item.more);
        item.more.push(("name_copies", name.copies.to_string()));
        let one = name.used.and_then(|u| self.history.uses.get(u));
        match one {
            Some(one) => self.join_use(&mut item, name.used.unwrap_or_default(), one, name.gone),
            None => self.join_unversioned(&mut item, name.inode),
        }
        let outlived = one.is_some_and(|u| self.outlived(u, name.gone));
        if item.deleted.is_none() || outlived {
            item.deleted = deletion_range(self.journal, name.last, name.gone);
        }
        let inode = item.read(self.scan);
        item.path = child_path(self.directory_path(names, name.directory), &name.name, inode.as_ref());
        self.out.items.push(item);
    }

    /// Whether the file went on living after the name was gone: renamed, or another hard link.
    fn outlived(&self, one: &Use, gone: Option<Order>) -> bool {
        one.now == Now::Alive || gone.is_some_and(|g| self.history.of(one).iter().any(|v| v.is_alive && v.order >= g))
    }

    /// Joins a name with the use of the inode it meant.
    fn join_use(&mut self, item: &mut Item, index: usize, one: &Use, gone: Option<Order>) {
        let versions = self.history.of(one);
        let copies = versions.iter().fold(0u32, |n, v| n.saturating_add(v.copies));
        item.more.push(("journal_versions", copies.to_string()));
        item.record = self.record_state(one);
        if one.now == Now::Dead || one.now == Now::Held {
            self.out.covered.insert(one.inode);
        }
        if matches!(one.now, Now::Alive | Now::Held) {
            item.source = Source::Now;
            item.content = (ContentState::Intact, rule::SAME_CONTENT);
            return;
        }
        item.deleted = self.deletion(one);
        let seconds = item.deleted.as_ref().map(|d| d.raw);
        if let Some(version) = self.history.last_alive(one, gone).filter(|v| v.is_alive) {
            item.source = Source::Version { offset: version.offset, order: version.order };
            let committed = self.journal.commits.get(&version.order).map(|c| c.seconds);
            let seconds = seconds.or(committed).unwrap_or(0);
            let version = *version;
            offer(self.scan, Some(self.journal), item, index as u64, seconds, self.candidates);
            self.keep_later(item, one, &version);
        } else if let Some(death) = self.history.death(one) {
            item.source = match one.now {
                Now::Dead => Source::Now,
                Now::Alive | Now::Held | Now::Other => Source::Version { offset: death.offset, order: death.order },
            };
            offer(self.scan, Some(self.journal), item, index as u64, seconds.unwrap_or(0), self.candidates);
        }
    }

    /// A name that went before its file did goes with an older version: blocks that the last one
    /// has too may hold what was written between.
    fn keep_later(&mut self, item: &Item, one: &Use, version: &Version) {
        let Some(last) = self.history.last_alive(one, None).filter(|l| l.offset != version.offset) else { return };
        let (Some(then), Some(later)) = (self.version(version), self.version(last)) else { return };
        if then.size == later.size && then.modified() == later.modified() {
            return;
        }
        let kept = map(self.scan, &later, AsOf::Transaction(self.journal, last.order)).runs;
        if let Some(candidate) = item.candidate.and_then(|c| self.candidates.get_mut(c)) {
            candidate.kept = kept;
        }
    }

    /// A name whose inode the journal holds no version of: only a freed inode can be joined.
    fn join_unversioned(&mut self, item: &mut Item, number: u32) {
        let is_allocated = self.scan.is_inode_allocated(number);
        let inode = self.scan.inode(number).filter(|i| !i.is_blank());
        match (is_allocated, inode) {
            (Some(true), Some(inode)) if item.kind != EntryKind::Unknown && inode.kind() != item.kind => {
                item.record = (RecordState::Reused, rule::OTHER_TYPE);
            }
            (Some(true), _) => item.record = (RecordState::Unknown, rule::UNKNOWN),
            (Some(false) | None, Some(inode)) => {
                item.record = (RecordState::Free, rule::FREE);
                item.source = Source::Now;
                item.deleted = inode.deletion_stamp(self.scan.disk.inodes);
                self.out.covered.insert(number);
                let seconds = item.deleted.as_ref().map_or(0, |d| d.raw);
                offer(self.scan, None, item, file_of_inode(number), seconds, self.candidates);
            }
            (Some(false) | None, None) => item.record = (RecordState::Free, rule::FREE),
        }
    }

    /// The recorded deletion time of a use: in the freed inode, else in a version of it.
    fn deletion(&mut self, one: &Use) -> Option<Stamp> {
        let inodes = self.scan.disk.inodes;
        if one.now == Now::Dead
            && let Some(stamp) = self.scan.inode(one.inode).and_then(|i| i.deletion_stamp(inodes))
        {
            return Some(stamp);
        }
        let versions = self.history.of(one).iter().rev().filter(|v| !v.is_alive);
        versions.filter_map(|v| self.version(v)).find_map(|i| i.deletion_stamp(inodes))
    }

    fn version(&self, version: &Version) -> Option<Inode> {
        inode_at(self.scan, version.inode, version.offset)
    }

    /// A use of an inode that ended and that no name leads to.
    fn nameless(&mut self, index: usize, one: &Use) {
        if matches!(one.now, Now::Alive | Now::Held) {
            return;
        }
        let Some(version) = self.history.last_alive(one, None).or_else(|| self.history.death(one)) else { return };
        // A freed inode that the journal knows only as freed is told from the inode table.
        if !version.is_alive && (one.now == Now::Dead || version.deletion <= self.scan.disk.inodes) {
            return;
        }
        let Some(inode) = self.version(version) else { return };
        let mut item = Item::new(orphan_path(one.inode), Some(one.inode), inode.kind(), rule::NO_NAME);
        (item.from_journal, item.order) = (true, version.order);
        transaction(self.journal, version.order, &mut item.more);
        self.join_use(&mut item, index, one, None);
        self.out.items.push(item);
    }

    /// An earlier content of a file that went on living.
    fn earlier(&mut self, names: &[PastName], found: Earlier) {
        let Some(one) = self.history.uses.get(found.used) else { return };
        let Some(version) = self.history.versions.get(found.version) else { return };
        let Some(inode) = self.version(version) else { return };
        let mut item = Item::new(orphan_path(one.inode), Some(one.inode), inode.kind(), rule::EARLIER_DELETED);
        let past_name = self.by_use.get(&(one.inode, Some(found.used))).and_then(|i| names.get(*i));
        if let Some((parent, path)) = self.tree.paths.get(&one.inode).filter(|_| one.now == Now::Alive) {
            (item.name, item.name_rule) = (NameState::Allocated, rule::EARLIER);
            (item.parent, item.path) = (Some(*parent), path.clone());
        } else if let Some(name) = past_name {
            item.parent = (name.directory.0 != 0).then_some(name.directory.0);
            item.path = child_path(self.directory_path(names, name.directory), &name.name, Some(&inode));
        }
        item.record = self.record_state(one);
        (item.from_journal, item.order) = (true, version.order);
        item.source = Source::Version { offset: version.offset, order: version.order };
        transaction(self.journal, version.order, &mut item.more);
        item.more.push(("version", "earlier content".into()));
        let seconds = self.journal.commits.get(&version.order).map_or(0, |c| c.seconds);
        offer(self.scan, Some(self.journal), &mut item, found.used as u64, seconds, self.candidates);
        if let Some(candidate) = item.candidate.and_then(|c| self.candidates.get_mut(c)) {
            candidate.kept = found.kept;
        }
        self.out.items.push(item);
    }

    fn record_state(&mut self, one: &Use) -> (RecordState, &'static str) {
        match one.now {
            Now::Alive | Now::Held => (RecordState::Allocated, rule::SAME_USED),
            Now::Dead => (RecordState::Free, rule::SAME_FREE),
            Now::Other if self.scan.is_inode_allocated(one.inode) == Some(true) => (RecordState::Reused, rule::REUSED),
            Now::Other => (RecordState::Free, rule::WIPED),
        }
    }

    /// The path of a directory at some time: its live path, or its last past name and so on up.
    fn directory_path(&self, names: &[PastName], directory: DirectoryKey) -> Vec<u8> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut seen: BTreeSet<DirectoryKey> = BTreeSet::new();
        let mut at = directory;
        let mut path = loop {
            let (number, used) = at;
            if number == 0 {
                break format!("$Orphans/directory-block-{}", used.unwrap_or_default()).into_bytes();
            }
            let is_now = used.and_then(|u| self.history.uses.get(u)).is_none_or(|u| u.now == Now::Alive);
            if let Some(path) = self.tree.path(number).filter(|_| is_now) {
                break path;
            }
            let name = self.by_use.get(&at).and_then(|i| names.get(*i));
            match name.filter(|_| seen.insert(at) && parts.len() < MAX_DEPTH) {
                Some(name) => {
                    parts.push(super::entry::shown_name(&name.name, false));
                    at = name.directory;
                }
                None => break orphan_path(number),
            }
        };
        for part in parts.iter().rev() {
            super::tree::join(&mut path, part);
        }
        path
    }
}

/// Number of a file known by its inode alone, apart from those known by a use in the journal.
pub fn file_of_inode(inode: u32) -> u64 {
    u64::from(inode) | 1 << 63
}

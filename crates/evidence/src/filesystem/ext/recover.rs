//! Deleted entries before they are yielded: where the name comes from, which version of the inode
//! it goes with, and what decides each state.

use super::clock_text::utc_text;
use super::content::{self, Candidate};
use super::entry::{self, Place};
use super::inode::{Inode, flag};
use super::journal::{Commit, Journal, Order};
use super::map::{AsOf, Mapped, map};
use super::scan::Scan;
use model::{ContentState, EntryKind, FileEntry, Moment, NameState, Precision, RecordState, Stamp, StampKind, Verdict};

pub mod rule {
    pub const SLACK_NAME: &str = "name left in the slack of a directory block";
    pub const PAST_NAME: &str = "named in an earlier directory block of the journal, absent from the directory now";
    pub const EARLIER: &str = "the name is in use; this is an earlier content of its file, from the journal";
    pub const EARLIER_DELETED: &str = "an earlier content of a deleted file, from the journal";
    pub const NO_NAME: &str = "no directory names the inode";
    pub const ORPHAN_LIST: &str = "no directory names the inode; it is on the list of files deleted while open";
    pub const FREE: &str = "free in the inode bitmap";
    pub const SAME_FREE: &str = "free in the inode bitmap, generation unchanged";
    pub const REUSED: &str = "the inode was given to another file since: another generation";
    pub const WIPED: &str = "the inode was wiped or given to another file since, and is free";
    pub const SAME_USED: &str = "the inode is allocated to this same file, by its generation";
    pub const NAMELESS_USED: &str = "allocated in the inode bitmap";
    pub const UNKNOWN: &str = "the inode is in use, by this file under another name or by another file; the entry does not tell";
    pub const OTHER_TYPE: &str = "the inode is in use by a file of another type";
    pub const NO_INODE: &str = "the entry's inode number was wiped";
    pub const SAME_CONTENT: &str = "blocks belong to the inode, which is still allocated to this file";
}

/// Where the inode of a recovered entry is read from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Only the name is known.
    Nothing,
    /// The inode as it is now.
    Now,
    /// A version at this offset of the volume, written by this transaction.
    Version { offset: u64, order: Order },
}

/// A deleted entry to be yielded.
#[derive(Debug)]
pub struct Item {
    pub path: Vec<u8>,
    pub parent: Option<u32>,
    pub inode: Option<u32>,
    /// Type as the name tells it, for entries without an inode.
    pub kind: EntryKind,
    pub source: Source,
    pub name: NameState,
    pub name_rule: &'static str,
    pub record: (RecordState, &'static str),
    /// Decided already, or by the candidate of this index.
    pub content: (ContentState, &'static str),
    pub candidate: Option<usize>,
    pub deleted: Option<Stamp>,
    pub name_place: Option<Place>,
    pub from_journal: bool,
    /// Transaction to sort by and to show.
    pub order: Order,
    pub more: Vec<(&'static str, String)>,
}

impl Item {
    /// An item of which nothing is decided but its name.
    pub fn new(path: Vec<u8>, inode: Option<u32>, kind: EntryKind, name_rule: &'static str) -> Self {
        Self {
            path,
            parent: None,
            inode,
            kind,
            source: Source::Nothing,
            name: NameState::Deleted,
            name_rule,
            record: (RecordState::Unknown, rule::NO_INODE),
            content: (ContentState::Unknown, content::rule::NO_MAP),
            candidate: None,
            deleted: None,
            name_place: None,
            from_journal: false,
            order: 0,
            more: Vec::new(),
        }
    }

    /// Reads the inode the item goes with.
    pub fn read(&self, scan: &mut Scan<'_>) -> Option<Inode> {
        match (self.source, self.inode) {
            (Source::Now, Some(number)) => scan.inode(number),
            (Source::Version { offset, .. }, Some(number)) => super::names::inode_at(scan, number, offset),
            (Source::Nothing, _) | (_, None) => None,
        }
    }

    /// The entry, once the contents are decided.
    pub fn entry(&self, scan: &mut Scan<'_>, candidates: &[Candidate]) -> FileEntry {
        let candidate = self.candidate.and_then(|c| candidates.get(c));
        let content = candidate.map_or(self.content, |c| c.verdict);
        let verdict = Verdict {
            name: self.name,
            name_rule: self.name_rule,
            record: self.record.0,
            record_rule: self.record.1,
            content: content.0,
            content_rule: content.1,
        };
        let mut out = match self.read(scan) {
            Some(inode) => {
                let nothing = Mapped::default();
                let mapped;
                let runs = match (candidate, self.source) {
                    (Some(c), _) => &c.mapped,
                    (None, Source::Now) => {
                        mapped = map(scan, &inode, AsOf::Now);
                        &mapped
                    }
                    (None, Source::Version { .. } | Source::Nothing) => &nothing,
                };
                entry::describe(scan, &inode, runs, self.path.clone(), verdict)
            }
            None => entry::bare(self.inode, self.kind, self.path.clone(), verdict),
        };
        out.parent = self.parent.map(u64::from);
        if let Some((lost, total)) = candidate.map(|c| c.lost).filter(|(lost, _)| *lost > 0) {
            out.more.push(("blocks_lost", format!("{lost} of {total}")));
        }
        if content.1 == content::rule::CLEARED || content.1 == content::rule::MAP_LOST {
            // An empty stream would be taken for an empty file.
            out.streams.clear();
        }
        out.stamps.extend(self.deleted.clone());
        out.origin.extend(self.name_place.map(|p| (p.offset, p.length)));
        out.from_journal = self.from_journal;
        out.more.extend(self.more.iter().cloned());
        out
    }
}

/// Makes the item's content a candidate for the block bitmap's decision. `file` is shared by the
/// versions of one file; `seconds` says how recently it used its blocks.
pub fn offer(scan: &mut Scan<'_>, journal: Option<&Journal>, item: &mut Item, file: u64, seconds: u64, out: &mut Vec<Candidate>) {
    let Some(inode) = item.read(scan) else { return };
    let (as_of, order) = match (item.source, journal) {
        (Source::Version { order, .. }, Some(journal)) => (AsOf::Transaction(journal, order), order),
        (Source::Version { .. } | Source::Now | Source::Nothing, _) => (AsOf::Now, 0),
    };
    if !inode.is_alive() && inode.size == 0 {
        item.content = (ContentState::Unknown, content::rule::CLEARED);
        return;
    }
    let mapped = map(scan, &inode, as_of);
    if !inode.is_alive() && mapped.runs.iter().all(|r| r.offset.is_none()) {
        item.content = (ContentState::Unknown, content::rule::CLEARED);
        return;
    }
    item.candidate = Some(out.len());
    let verdict = (ContentState::Unknown, content::rule::NO_MAP);
    out.push(Candidate {
        file,
        recency: (seconds, order),
        mapped,
        is_directory: inode.is_directory(),
        kept: Vec::new(),
        verdict,
        lost: (0, 0),
    });
}

/// Path for a file of which no name is known.
pub fn orphan_path(inode: u32) -> Vec<u8> {
    format!("$Orphans/inode-{inode}").into_bytes()
}

/// A name below a directory's path.
pub fn child_path(mut directory: Vec<u8>, name: &[u8], inode: Option<&Inode>) -> Vec<u8> {
    // Whatever lies in an encrypted directory is encrypted itself, and so is its name.
    let shown = entry::shown_name(name, inode.is_some_and(|i| i.has(flag::ENCRYPTED)));
    super::tree::join(&mut directory, &shown);
    directory
}

/// A deletion known only to lie between two commits: the last with the name, the first without.
pub fn deletion_range(journal: &Journal, last: Order, gone: Option<Order>) -> Option<Stamp> {
    let (from, to) = (journal.commits.get(&last)?, journal.commits.get(&gone?)?);
    let (start, end) = (commit_moment(from)?, commit_moment(to)?);
    // A clock that was set back gives no range.
    let moment = Moment { until: Some(end.micros), ..start };
    let offset = to.offset.saturating_add(0x30);
    (start.micros <= end.micros).then_some(Stamp { kind: StampKind::Deleted, moment, raw: to.seconds, offset, length: 12 })
}

fn commit_moment(commit: &Commit) -> Option<Moment> {
    if commit.seconds == 0 {
        return None;
    }
    Moment::from_unix(i64::try_from(commit.seconds).ok()?, commit.nanos, Precision::SubMicro)
}

/// Transaction number and commit time, as further values of an entry.
pub fn transaction(journal: &Journal, order: Order, more: &mut Vec<(&'static str, String)>) {
    more.push(("transaction", journal.sequence_of(order).to_string()));
    if let Some(seconds) = journal.commits.get(&order).and_then(|c| i64::try_from(c.seconds).ok()).filter(|s| *s > 0) {
        more.push(("transaction_time", utc_text(seconds)));
    }
}

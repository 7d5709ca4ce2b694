//! Earlier contents of one file: versions in the journal with blocks that the file gave up while
//! it lived, because it was cut short or written anew in place.

use super::history::{History, Now, Use, Version};
use super::inode::Inode;
use super::journal::Journal;
use super::map::{AsOf, Mapped, map};
use super::names::inode_at;
use super::scan::{InodeSet, Scan};
use model::{EntryKind, Run};

/// Contents kept for one file, newest first; more are counted.
const MAX_CONTENTS: usize = 16;

#[derive(Debug)]
pub struct Earlier {
    /// Index of the use of the inode, and of the version, in the history.
    pub used: usize,
    pub version: usize,
    /// What the file's last state maps: blocks in common may hold newer content.
    pub kept: Vec<Run>,
}

#[derive(Debug, Default)]
pub struct Contents {
    pub all: Vec<Earlier>,
    /// Inodes whose live path is wanted to name them.
    pub inodes: InodeSet,
}

/// Finds the versions whose content the file itself gave up.
pub fn contents(scan: &mut Scan<'_>, journal: &Journal, history: &History) -> Contents {
    let mut out = Contents::default();
    for (used, one) in history.uses.iter().enumerate() {
        of_use(scan, journal, history, used, one, &mut out);
    }
    out
}

fn of_use(scan: &mut Scan<'_>, journal: &Journal, history: &History, used: usize, one: &Use, out: &mut Contents) {
    let alive: Vec<(usize, &Version)> = one.versions.clone().zip(history.of(one)).filter(|(_, v)| v.is_alive).collect();
    let is_now = matches!(one.now, Now::Alive | Now::Held);
    if alive.len() < if is_now { 1 } else { 2 } {
        return;
    }
    let mut states = alive.iter().rev();
    let newest = if is_now {
        scan.inode(one.inode).map(|i| (map(scan, &i, AsOf::Now), i))
    } else {
        states.next().and_then(|(_, v)| state(scan, journal, v))
    };
    let Some((kept, mut next)) = newest else { return };
    let mut next_mapped = kept.clone();
    let mut found = 0usize;
    for (index, version) in states {
        let Some(inode) = inode_at(scan, version.inode, version.offset) else { continue };
        if inode.kind() != EntryKind::File || (inode.block == next.block && inode.size <= next.size) {
            continue;
        }
        let mapped = map(scan, &inode, AsOf::Transaction(journal, version.order));
        if gives_up(&mapped, &next_mapped) {
            if found < MAX_CONTENTS {
                out.all.push(Earlier { used, version: *index, kept: kept.runs.clone() });
                out.inodes.insert(one.inode);
            } else {
                scan.tally.limit(
                    format!("inode {}", one.inode),
                    "at most 16 earlier contents of one file",
                    "more; the oldest left out",
                );
            }
            found = found.saturating_add(1);
        }
        (next, next_mapped) = (inode, mapped);
    }
}

fn state(scan: &mut Scan<'_>, journal: &Journal, version: &Version) -> Option<(Mapped, Inode)> {
    let inode = inode_at(scan, version.inode, version.offset)?;
    Some((map(scan, &inode, AsOf::Transaction(journal, version.order)), inode))
}

/// Whether some block of `before` is not in `after`.
fn gives_up(before: &Mapped, after: &Mapped) -> bool {
    if before.is_inline {
        return false;
    }
    let total = before.runs.iter().filter(|r| r.offset.is_some()).fold(0u64, |n, r| n.saturating_add(r.length));
    total > shared(&before.runs, &after.runs)
}

/// Bytes of the volume that both lists map.
pub fn shared(a: &[Run], b: &[Run]) -> u64 {
    let placed = |runs: &[Run]| {
        let mut out: Vec<(u64, u64)> = runs.iter().filter_map(|r| r.offset.map(|o| (o, o.saturating_add(r.length)))).collect();
        out.sort_unstable();
        out
    };
    let (a, b) = (placed(a), placed(b));
    let mut b = b.iter().peekable();
    let mut total = 0u64;
    for (start, end) in a {
        while let Some((from, to)) = b.peek() {
            let common = (*to).min(end).saturating_sub((*from).max(start));
            total = total.saturating_add(if *from < end { common } else { 0 });
            if *to > end {
                break;
            }
            b.next();
        }
    }
    total
}

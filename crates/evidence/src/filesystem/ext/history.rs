//! What the journal's copies of inode tables tell: every use of every inode number they saw.

use super::inode::{Inode, ROOT};
use super::journal::{Journal, Order};
use super::scan::Scan;
use std::ops::Range;

/// One distinct state of an inode in the journal.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    pub inode: u32,
    /// The transaction that first wrote this state.
    pub order: Order,
    /// Where the record lies, bytes in the volume.
    pub offset: u64,
    pub generation: u32,
    pub deletion: u32,
    pub is_alive: bool,
    pub is_directory: bool,
    /// Transactions that wrote this same state.
    pub copies: u32,
}

/// What the inode is now, compared with a use of it in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// The same file, with a link.
    Alive,
    /// The same file without a link, its record still allocated: deleted while open.
    Held,
    /// The same file's record, freed.
    Dead,
    /// Used by another file since, or wiped.
    Other,
}

/// One use of an inode number, from creation to deletion, as far as the journal shows it.
#[derive(Clone, Debug)]
pub struct Use {
    pub inode: u32,
    pub generation: u32,
    /// Its versions, oldest first.
    pub versions: Range<usize>,
    pub now: Now,
}

#[derive(Debug, Default)]
pub struct History {
    /// Sorted by (inode, order).
    pub versions: Vec<Version>,
    /// In the order of their versions.
    pub uses: Vec<Use>,
}

impl History {
    /// Reads every copy of an inode table block; states that repeat are counted, not kept.
    pub fn read(scan: &mut Scan<'_>, journal: &Journal) -> Self {
        let disk = scan.disk;
        let tables = InodeTables::of(scan);
        let size = usize::from(disk.sb.inode_size);
        let mut versions: Vec<Version> = Vec::new();
        let mut block = None;
        let mut before: Vec<u8> = Vec::new();
        // Version last seen in each slot of the block.
        let mut latest: Vec<Option<usize>> = Vec::new();
        for copy in &journal.copies {
            let Some(first) = tables.first_inode(copy.block) else { continue };
            let Some(data) = journal.bytes(disk, copy, &mut scan.tally) else { continue };
            if block != Some(copy.block) {
                block = Some(copy.block);
                before.clear();
                latest.clear();
            }
            let slots = data.len().checked_div(size).unwrap_or(0);
            latest.resize(slots, None);
            for (slot, number) in (0..slots).zip(first..) {
                let at = slot.saturating_mul(size);
                let raw = data.get(at..at.saturating_add(size)).unwrap_or_default();
                let Some(last) = latest.get_mut(slot) else { continue };
                if before.get(at..at.saturating_add(size)) == Some(raw) {
                    if let Some(version) = last.and_then(|l| versions.get_mut(l)) {
                        version.copies = version.copies.saturating_add(1);
                    }
                    continue;
                }
                *last = None;
                if number > disk.inodes || (number < disk.sb.first_inode && number != ROOT) {
                    continue;
                }
                let offset = copy.offset.saturating_add(at as u64);
                let Ok(inode) = Inode::parse(number, offset, raw) else { continue };
                if inode.is_blank() {
                    continue;
                }
                *last = Some(versions.len());
                versions.push(version(&inode, copy.order));
            }
            before = data;
        }
        versions.sort_by_key(|v| (v.inode, v.order, v.offset));
        let mut history = Self { versions, uses: Vec::new() };
        history.divide(scan);
        history
    }

    /// Divides the versions into uses: a new generation, or life after death, starts another.
    fn divide(&mut self, scan: &mut Scan<'_>) {
        let mut start = 0usize;
        for (i, version) in self.versions.iter().enumerate() {
            let next = self.versions.get(i.saturating_add(1));
            let goes_on = next.is_some_and(|n| {
                n.inode == version.inode && n.generation == version.generation && (version.is_alive || !n.is_alive)
            });
            if goes_on {
                continue;
            }
            let is_last = next.is_none_or(|n| n.inode != version.inode);
            let now = if is_last { now(scan, version) } else { Now::Other };
            let versions = start..i.saturating_add(1);
            self.uses.push(Use { inode: version.inode, generation: version.generation, versions, now });
            start = i.saturating_add(1);
        }
    }

    pub fn of(&self, one: &Use) -> &[Version] {
        self.versions.get(one.versions.clone()).unwrap_or_default()
    }

    /// Indices of the uses of an inode number, oldest first.
    pub fn uses_of(&self, inode: u32) -> Range<usize> {
        let from = self.uses.partition_point(|u| u.inode < inode);
        let same = self.uses.get(from..).unwrap_or_default().iter().take_while(|u| u.inode == inode);
        from..from.saturating_add(same.count())
    }

    /// The use of an inode number that a name seen in a transaction belongs to; None where the
    /// journal holds no version of the inode. A use in the journal covers its transaction, so the
    /// last version up to then decides; before the first one, the next.
    pub fn use_at(&self, inode: u32, order: Order) -> Option<usize> {
        let mut range = self.uses_of(inode);
        let first = range.start;
        let started = |u: &usize| {
            let one = self.uses.get(*u);
            one.and_then(|u| self.of(u).first()).is_some_and(|v| v.order <= order)
        };
        let found = range.clone().rev().find(started);
        let Some(found) = found else { return (!range.is_empty()).then_some(first) };
        // Dead by then: the name is that of the next use, if there is one.
        let versions = self.uses.get(found).map(|u| self.of(u)).unwrap_or_default();
        let was_dead = versions.iter().rev().find(|v| v.order <= order).is_some_and(|v| !v.is_alive);
        let next = found.saturating_add(1);
        Some(if was_dead && range.any(|u| u == next) { next } else { found })
    }

    /// The last version of a use in which the file lived, before transaction `before` if given.
    pub fn last_alive(&self, one: &Use, before: Option<Order>) -> Option<&Version> {
        let alive = || self.of(one).iter().rev().filter(|v| v.is_alive);
        alive().find(|v| before.is_none_or(|b| v.order < b)).or_else(|| alive().next())
    }
    /// The first version after the file's life.
    pub fn death(&self, one: &Use) -> Option<&Version> {
        self.of(one).iter().find(|v| !v.is_alive)
    }
}

fn version(inode: &Inode, order: Order) -> Version {
    Version {
        inode: inode.number,
        order,
        offset: inode.offset,
        generation: inode.generation,
        deletion: inode.deletion,
        is_alive: inode.is_alive(),
        is_directory: inode.is_directory(),
        copies: 1,
    }
}

fn now(scan: &mut Scan<'_>, version: &Version) -> Now {
    let Some(inode) = scan.inode(version.inode) else { return Now::Other };
    if inode.generation != version.generation || inode.is_blank() {
        return Now::Other;
    }
    let is_allocated = scan.is_inode_allocated(version.inode).unwrap_or(false);
    match (inode.is_alive(), is_allocated) {
        (true, true) => Now::Alive,
        (false, true) => Now::Held,
        (true | false, false) => Now::Dead,
    }
}

/// Block ranges of the inode tables, to tell their blocks from others.
pub struct InodeTables {
    /// (first block, first past the end, first inode), sorted.
    ranges: Vec<(u64, u64, u32)>,
    per_block: u32,
}

impl InodeTables {
    pub fn of(scan: &Scan<'_>) -> Self {
        let disk = scan.disk;
        let per_block = disk.inodes_per_block();
        let blocks = u64::from(disk.sb.inodes_per_group.div_ceil(per_block));
        let mut ranges: Vec<(u64, u64, u32)> = Vec::new();
        let mut first = 1u32;
        for group in &disk.groups {
            if group.inode_table > 0 {
                ranges.push((group.inode_table, group.inode_table.saturating_add(blocks), first));
            }
            first = first.saturating_add(disk.sb.inodes_per_group);
        }
        ranges.sort_unstable();
        Self { ranges, per_block }
    }

    /// Number of the first inode in a block; None for a block of no inode table.
    pub fn first_inode(&self, block: u64) -> Option<u32> {
        let index = self.ranges.partition_point(|(start, ..)| *start <= block).checked_sub(1)?;
        let (start, end, first) = self.ranges.get(index)?;
        let within = u32::try_from(block.checked_sub(*start)?).ok()?;
        (block < *end).then(|| first.saturating_add(within.saturating_mul(self.per_block)))
    }
}

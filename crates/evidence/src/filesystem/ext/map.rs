//! From an inode to the places of its content: block maps, extent trees, inline data. Source:
//! Documentation/filesystems/ext4/ifork.rst, blockmap.rst.

use super::inode::{Inode, flag};
use super::journal::Journal;
use super::scan::Scan;
use model::{FieldReader, Run};
use std::collections::BTreeSet;

/// Runs kept for one file: 24 MiB of memory. A file in more pieces is cut, with a finding.
const MAX_RUNS: usize = 1 << 20;
/// An extent tree is at most this deep. Source: Linux EXT4_MAX_EXTENT_DEPTH.
const MAX_DEPTH: u16 = 5;

/// Where a file's content lies.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    pub runs: Vec<Run>,
    /// Content lies inside the inode.
    pub is_inline: bool,
    /// Some index block was missing, damaged or past a bound: the runs are not all.
    pub is_partial: bool,
    /// Blocks that hold the map itself, by where they were read.
    pub read_in_place: Vec<u64>,
    pub read_from_journal: Vec<u64>,
}

/// The state of the file system in which index blocks are read.
#[derive(Clone, Copy)]
pub enum AsOf<'j> {
    Now,
    /// As the last transaction up to this one left them, where the journal still has it.
    Transaction(&'j Journal, u32),
}

struct Mapper<'s, 'd, 'j> {
    scan: &'s mut Scan<'d>,
    as_of: AsOf<'j>,
    number: u32,
    block_size: u64,
    /// Next block of the file to be mapped, and the first past its end.
    next: u64,
    end: u64,
    seen: BTreeSet<u64>,
    /// Content that went through the journal is read from there; directories are found by their
    /// block numbers instead.
    follows_journal: bool,
    out: Mapped,
}

/// Maps the content of an inode that has content: files, directories, long symbolic links.
pub fn map(scan: &mut Scan<'_>, inode: &Inode, as_of: AsOf<'_>) -> Mapped {
    let block_size = u64::from(scan.disk.sb.block_size);
    if inode.has(flag::INLINE) || inode.is_short_link() {
        return inline(inode);
    }
    let holds_content = matches!(inode.mode & 0xF000, 0x4000 | 0x8000 | 0xA000);
    if !holds_content {
        return Mapped::default();
    }
    let end = inode.size.div_ceil(block_size);
    let follows_journal = matches!(as_of, AsOf::Now) && !scan.disk.pending.is_empty() && !inode.is_directory();
    let (number, seen, out) = (inode.number, BTreeSet::new(), Mapped::default());
    let mut m = Mapper { scan, as_of, number, block_size, next: 0, end, seen, follows_journal, out };
    if inode.has(flag::EXTENTS) {
        m.extents(&inode.block, inode.block_offset());
    } else {
        m.block_map(inode);
    }
    m.out
}

fn inline(inode: &Inode) -> Mapped {
    let first = inode.size.min(60);
    let mut runs = vec![Run { offset: Some(inode.block_offset()), length: first }];
    let rest = inode.size.saturating_sub(first);
    let mut is_partial = false;
    if rest > 0 {
        let (offset, length) = inode.inline_rest.unwrap_or_default();
        let length = u64::from(length).min(rest);
        is_partial = length < rest;
        if length > 0 {
            runs.push(Run { offset: Some(offset), length });
        }
    }
    Mapped { runs, is_inline: true, is_partial, ..Mapped::default() }
}

impl Mapper<'_, '_, '_> {
    fn place(&self) -> String {
        format!("inode {}", self.number)
    }

    /// Reads an index block in the wanted state; None, with a finding, where that is not possible.
    fn index_block(&mut self, block: u64) -> Option<(Vec<u8>, u64)> {
        let is_inside = block > u64::from(self.scan.disk.sb.first_data_block) && block < self.scan.disk.sb.blocks;
        let here = (self.scan.disk.offset(block), self.block_size);
        if !is_inside || !self.seen.insert(block) {
            self.out.is_partial = true;
            let found = if is_inside { "block used twice" } else { "block outside" };
            if matches!(self.as_of, AsOf::Now) {
                self.scan.tally.damaged(self.place(), "index blocks inside the file system, each used once", found, here);
            }
            return None;
        }
        let Some(left) = self.scan.index_left.checked_sub(1) else {
            self.out.is_partial = true;
            self.scan.tally.limit(self.place(), "index blocks of a sound file system", "more; maps were cut");
            return None;
        };
        self.scan.index_left = left;
        let disk = self.scan.disk;
        let copy = match self.as_of {
            AsOf::Now => None,
            AsOf::Transaction(journal, order) => {
                let copy = journal.as_of(block, order);
                // Changed since, and the earlier state is gone: what is there now may say less.
                self.out.is_partial |= copy.is_none() && journal.changed_after(block, order);
                copy
            }
        };
        let (offset, data) = match copy {
            Some(copy) => (copy.offset, disk.read_at(copy.offset, copy.is_escaped)),
            None => (disk.locate(block).0, disk.read_block(block)),
        };
        let list = if copy.is_some() { &mut self.out.read_from_journal } else { &mut self.out.read_in_place };
        list.push(block);
        if data.is_none() {
            self.out.is_partial = true;
            self.scan.tally.damaged(self.place(), "a readable index block", "past the end or unreadable", here);
        }
        data.map(|d| (d, offset))
    }

    /// Appends `count` blocks from `block` on (None: a hole) at the file's next block.
    fn push(&mut self, block: Option<u64>, count: u64) {
        let count = count.min(self.end.saturating_sub(self.next));
        if count == 0 {
            return;
        }
        self.next = self.next.saturating_add(count);
        let Some(first) = block else { return self.run(None, count) };
        let disk = self.scan.disk;
        if !self.follows_journal {
            return self.run(Some(disk.offset(first)), count);
        }
        // Content that itself went through the journal (data=journal) is read from there.
        let last = first.saturating_add(count);
        let mut at = first;
        for (block, pending) in disk.pending.range(first..last) {
            self.run(Some(disk.offset(at)), block.saturating_sub(at));
            self.run(Some(pending.offset), 1);
            at = block.saturating_add(1);
        }
        self.run(Some(disk.offset(at)), last.saturating_sub(at));
    }

    fn run(&mut self, offset: Option<u64>, blocks: u64) {
        let length = blocks.saturating_mul(self.block_size);
        if length == 0 {
            return;
        }
        if let Some(last) = self.out.runs.last_mut() {
            let joins = match (last.offset, offset) {
                (Some(a), Some(b)) => a.checked_add(last.length) == Some(b),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if joins {
                last.length = last.length.saturating_add(length);
                return;
            }
        }
        if self.out.runs.len() >= MAX_RUNS {
            self.out.is_partial = true;
            self.scan.tally.limit(self.place(), "at most 1048576 runs of one file", "more; the rest was not mapped");
            return;
        }
        self.out.runs.push(Run { offset, length });
    }

    /// A piece at file block `logical`; a gap before it is a hole.
    fn piece(&mut self, logical: u64, block: Option<u64>, count: u64, at: u64) {
        let here = (at, 12);
        if logical < self.next {
            self.out.is_partial = true;
            if matches!(self.as_of, AsOf::Now) {
                self.scan.tally.damaged(self.place(), "extents in ascending order", format!("file block {logical}"), here);
            }
            return;
        }
        self.push(None, logical.saturating_sub(self.next));
        let blocks = self.scan.disk.sb.blocks;
        let is_inside = block.is_none_or(|b| b.checked_add(count).is_some_and(|end| b > 0 && end <= blocks));
        if is_inside {
            return self.push(block, count);
        }
        self.out.is_partial = true;
        if matches!(self.as_of, AsOf::Now) {
            self.scan.tally.damaged(self.place(), "extents inside the file system", format!("{count} blocks at {block:?}"), here);
        }
        self.push(None, count);
    }

    /// Walks an extent tree from its root in the inode, in file order, without recursion.
    fn extents(&mut self, root: &[u8; 60], root_offset: u64) {
        // (node, offset of the node in the volume, its depth, next entry)
        let mut stack: Vec<(Vec<u8>, u64, u16, u16)> = Vec::new();
        match depth_of(root) {
            Some(depth) if depth <= MAX_DEPTH => stack.push((root.to_vec(), root_offset, depth, 0)),
            Some(_) | None => {
                // A freed inode of some kernels keeps a wiped root; that is no damage.
                self.out.is_partial = root.iter().any(|b| *b != 0);
                if self.out.is_partial && matches!(self.as_of, AsOf::Now) {
                    self.scan.tally.damaged(self.place(), "the root of an extent tree", "another header", (root_offset, 12));
                }
            }
        }
        while let Some((node, offset, depth, next)) = stack.last_mut() {
            let (depth, offset) = (*depth, *offset);
            let entry = entry_of(node, *next, offset);
            *next = next.saturating_add(1);
            let Some((logical, a, b)) = entry else {
                stack.pop();
                continue;
            };
            let at = offset.saturating_add(u64::from(next.saturating_mul(12)));
            if depth == 0 {
                self.leaf(logical, a, b, at);
                continue;
            }
            // Index entry: block low in `a`, high in the low half of `b`.
            let child = u64::from(b & 0xFFFF) << 32 | u64::from(a);
            let Some((data, child_offset)) = self.index_block(child) else { continue };
            if depth_of(&data).is_some_and(|d| d.saturating_add(1) == depth) {
                stack.push((data, child_offset, depth.saturating_sub(1), 0));
                continue;
            }
            self.out.is_partial = true;
            if matches!(self.as_of, AsOf::Now) {
                let here = (child_offset, self.block_size);
                self.scan.tally.damaged(self.place(), "extent tree nodes of falling depth", "another header", here);
            }
        }
    }

    /// A leaf entry: `a` holds the length (over 32,768: not initialised, reads as zeros) and the
    /// high half of the block, `b` the low half.
    fn leaf(&mut self, logical: u32, a: u32, b: u32, at: u64) {
        const INITIALISED: u32 = 32_768;
        let length = a & 0xFFFF;
        let block = u64::from(a >> 16) << 32 | u64::from(b);
        if length > INITIALISED {
            self.piece(u64::from(logical), None, u64::from(length.saturating_sub(INITIALISED)), at);
        } else {
            self.piece(u64::from(logical), Some(block), u64::from(length), at);
        }
    }

    /// Twelve direct blocks, then an indirect, a double and a triple indirect block.
    fn block_map(&mut self, inode: &Inode) {
        let pointers = inode.block.as_chunks::<4>().0;
        for (i, pointer) in pointers.iter().enumerate() {
            if self.next >= self.end {
                return;
            }
            let block = u64::from(u32::from_le_bytes(*pointer));
            match i {
                0..=11 => self.direct(block),
                12 => self.indirect(block, 1),
                13 => self.indirect(block, 2),
                _ => self.indirect(block, 3),
            }
        }
    }

    fn direct(&mut self, block: u64) {
        let is_inside = block < self.scan.disk.sb.blocks;
        if !is_inside {
            self.out.is_partial = true;
            if matches!(self.as_of, AsOf::Now) {
                let here = (self.scan.disk.offset(block), self.block_size);
                self.scan.tally.damaged(self.place(), "blocks inside the file system", format!("block {block}"), here);
            }
        }
        self.push((block != 0 && is_inside).then_some(block), 1);
    }

    /// Walks a tree of indirect blocks of `levels` 1 to 3, in file order.
    fn indirect(&mut self, block: u64, levels: u32) {
        let per_block = self.block_size / 4;
        let span = |level: u32| per_block.saturating_pow(level);
        if block == 0 {
            return self.push(None, span(levels));
        }
        // (pointers still to do, level of what they point to)
        let mut stack: Vec<(std::vec::IntoIter<u32>, u32)> = vec![(vec![u32::try_from(block).unwrap_or(0)].into_iter(), levels)];
        while let Some((pointers, level)) = stack.last_mut() {
            let level = *level;
            let Some(pointer) = pointers.next() else {
                stack.pop();
                continue;
            };
            if self.next >= self.end {
                return;
            }
            let pointer = u64::from(pointer);
            if level == 0 {
                self.direct(pointer);
            } else if pointer == 0 {
                self.push(None, span(level));
            } else if let Some((data, _)) = self.index_block(pointer) {
                let list: Vec<u32> = data.as_chunks::<4>().0.iter().map(|p| u32::from_le_bytes(*p)).collect();
                stack.push((list.into_iter(), level.saturating_sub(1)));
            } else {
                self.push(None, span(level));
            }
        }
    }
}

/// Depth of an extent tree node; None where its header is not one.
fn depth_of(node: &[u8]) -> Option<u16> {
    let mut r = FieldReader::new(node, 0);
    let (magic, entries, max, depth) = (r.u16("magic").ok()?, r.u16("entries").ok()?, r.u16("max").ok()?, r.u16("depth").ok()?);
    (magic == 0xF30A && entries <= max).then_some(depth)
}

/// Entry `index` of a node as its three words: (file block, second, third); None past the last.
fn entry_of(node: &[u8], index: u16, offset: u64) -> Option<(u32, u32, u32)> {
    let mut r = FieldReader::new(node, offset);
    r.skip(2, "magic").ok()?;
    if index >= r.u16("entries").ok()? {
        return None;
    }
    r.skip(8, "rest of the header").ok()?;
    r.skip(usize::from(index).checked_mul(12)?, "entries").ok()?;
    Some((r.u32("file block").ok()?, r.u32("second word").ok()?, r.u32("third word").ok()?))
}

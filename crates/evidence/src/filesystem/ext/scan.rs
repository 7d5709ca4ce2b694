//! What one walk carries along: caches of tables and bitmaps, findings, and the budgets that keep
//! hostile structures from multiplying work.

use super::disk::Disk;
use super::group::Group;
use super::inode::Inode;
use super::tally::Tally;
use model::ByteSource;
use std::collections::{BTreeMap, VecDeque};

/// Blocks kept by a cache: 1 MiB to 16 MiB, by block size.
const CACHED: usize = 256;

pub struct Scan<'d> {
    pub disk: &'d Disk,
    pub tally: Tally,
    /// Index blocks (indirect blocks, extent tree nodes) that may still be read. In a sound file
    /// system each belongs to one file; hard links and journal versions read some again.
    pub index_left: u64,
    /// Directory blocks that may still be read.
    pub directory_left: u64,
    tables: BlockCache,
    bitmaps: BlockCache,
}

impl<'d> Scan<'d> {
    pub fn new(disk: &'d Disk) -> Self {
        let blocks = disk.volume.len().checked_div(u64::from(disk.sb.block_size)).unwrap_or(0);
        Self {
            disk,
            tally: Tally::default(),
            index_left: blocks.saturating_mul(8).saturating_add(4096),
            directory_left: blocks.saturating_mul(4).saturating_add(1024),
            tables: BlockCache::default(),
            bitmaps: BlockCache::default(),
        }
    }

    /// The inode in its newest state; None where no table holds it or it can not be read.
    pub fn inode(&mut self, number: u32) -> Option<Inode> {
        let disk = self.disk;
        let (block, at) = disk.inode_place(number)?;
        let table = self.tables.get(disk, block)?;
        disk.parse_inode(number, table, at, disk.locate(block).0)
    }

    /// State of the inode in its bitmap; None where the bitmap can not be read.
    pub fn is_inode_allocated(&mut self, number: u32) -> Option<bool> {
        let index = number.checked_sub(1)?;
        let per_group = self.disk.sb.inodes_per_group;
        let group = self.disk.groups.get(usize::try_from(index.checked_div(per_group)?).ok()?)?;
        if group.flags & Group::INODE_UNINIT != 0 {
            return Some(false);
        }
        let bit = usize::try_from(index.checked_rem(per_group)?).ok()?;
        self.bitmaps.get(self.disk, group.inode_bitmap).and_then(|map| bit_of(map, bit))
    }

    /// State of a block in its bitmap; None where the block or its bitmap can not be read.
    pub fn is_block_allocated(&mut self, block: u64) -> Option<bool> {
        let (group, bit) = self.disk.bitmap_place(block)?;
        let group = self.disk.groups.get(group)?;
        if group.flags & Group::BLOCK_UNINIT != 0 {
            // Never written since the file system was made: only its own tables are in use.
            return Some(false);
        }
        self.bitmaps.get(self.disk, group.block_bitmap).and_then(|map| bit_of(map, bit))
    }

    /// How many of `count` blocks from `first` on are allocated; None where a bitmap is missing.
    pub fn allocated_blocks(&mut self, first: u64, count: u64) -> Option<u64> {
        let ratio = u64::from(self.disk.sb.cluster_blocks).max(1);
        let end = first.checked_add(count)?;
        let mut at = first;
        let mut allocated = 0u64;
        while at < end {
            let (group, bit) = self.disk.bitmap_place(at)?;
            // Whole bytes at once where the bitmap has a bit for every block.
            if ratio == 1 && bit % 8 == 0 && end.saturating_sub(at) >= 8 {
                let group = self.disk.groups.get(group)?;
                let byte = if group.flags & Group::BLOCK_UNINIT != 0 {
                    0
                } else {
                    *self.bitmaps.get(self.disk, group.block_bitmap)?.get(bit / 8)?
                };
                allocated = allocated.saturating_add(u64::from(byte.count_ones()));
                at = at.saturating_add(8);
                continue;
            }
            allocated = allocated.saturating_add(u64::from(self.is_block_allocated(at)?));
            at = at.saturating_add(1);
        }
        Some(allocated)
    }
}

fn bit_of(map: &[u8], bit: usize) -> Option<bool> {
    map.get(bit / 8).map(|byte| byte >> (bit % 8) & 1 == 1)
}

/// The last blocks read, oldest out first.
#[derive(Default)]
struct BlockCache {
    blocks: BTreeMap<u64, Option<Vec<u8>>>,
    order: VecDeque<u64>,
}

impl BlockCache {
    fn get(&mut self, disk: &Disk, block: u64) -> Option<&[u8]> {
        if !self.blocks.contains_key(&block) {
            if self.order.len() >= CACHED
                && let Some(oldest) = self.order.pop_front()
            {
                self.blocks.remove(&oldest);
            }
            self.blocks.insert(block, disk.read_block(block));
            self.order.push_back(block);
        }
        self.blocks.get(&block)?.as_deref()
    }
}

/// A set of inode numbers that takes memory only where members are.
#[derive(Debug, Default)]
pub struct InodeSet {
    pages: BTreeMap<u32, Box<[u64; 64]>>,
}

impl InodeSet {
    /// False where it was already a member.
    pub fn insert(&mut self, number: u32) -> bool {
        let page = self.pages.entry(number >> 12).or_insert_with(|| Box::new([0; 64]));
        let Some(word) = page.get_mut(usize::try_from(number >> 6 & 63).unwrap_or(0)) else { return false };
        let mask = 1u64 << (number & 63);
        let is_new = *word & mask == 0;
        *word |= mask;
        is_new
    }
    pub fn contains(&self, number: u32) -> bool {
        let word = self.pages.get(&(number >> 12)).and_then(|p| p.get(usize::try_from(number >> 6 & 63).ok()?));
        word.is_some_and(|w| w >> (number & 63) & 1 == 1)
    }
}

//! Blocks and inodes of an opened file system, seen through what the journal has yet to write.

use super::group::{self, Group};
use super::inode::Inode;
use super::superblock::Superblock;
use super::tally::Tally;
use crate::Note;
use model::{ByteSource, Code, SharedSource, read_full};
use std::collections::BTreeMap;

/// A block whose newest committed state lies in the journal.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// Bytes in the volume.
    pub offset: u64,
    /// The first four bytes were zeroed in the journal; they are the journal's magic.
    pub is_escaped: bool,
}

/// First four bytes of an escaped block: the journal's magic, big-endian.
pub const JOURNAL_MAGIC: [u8; 4] = [0xC0, 0x3B, 0x39, 0x98];

pub struct Disk {
    pub volume: SharedSource,
    pub sb: Superblock,
    pub groups: Vec<Group>,
    /// By block number: committed to the journal, not yet written in place.
    pub pending: BTreeMap<u64, Pending>,
    /// Inodes whose table can lie in the volume.
    pub inodes: u32,
}

impl Disk {
    pub fn new(volume: SharedSource, sb: Superblock, tally: &mut Tally) -> Self {
        let mut disk = Self { volume, sb, groups: Vec::new(), pending: BTreeMap::new(), inodes: 0 };
        disk.read_groups(tally);
        disk
    }

    /// Reads the descriptors; one that can not be right is taken from a backup.
    pub fn read_groups(&mut self, tally: &mut Tally) {
        let sb = &self.sb;
        let block = u64::from(sb.block_size);
        let here = self.volume.len().div_ceil(block);
        let claimed = group::count(sb);
        let reach = here.saturating_sub(u64::from(sb.first_data_block)).div_ceil(u64::from(sb.blocks_per_group).max(1));
        let limit = claimed.min(reach).min(group::MAX_GROUPS);
        if claimed > group::MAX_GROUPS {
            tally.limit("group descriptors", "at most 4194304 block groups", claimed.to_string());
        }
        let per_block = sb.block_bytes().checked_div(usize::from(sb.desc_size)).unwrap_or(1).max(1);
        let mut groups = Vec::new();
        let mut index = 0u64;
        while (groups.len() as u64) < limit {
            // Backups are read only where the primary does not do.
            let blocks = group::descriptor_blocks(sb, index);
            let mut copies = Vec::new();
            for slot in 0..per_block {
                if groups.len() as u64 >= limit {
                    break;
                }
                groups.push(self.one_group(&blocks, &mut copies, slot, groups.len(), tally));
            }
            index = index.saturating_add(1);
        }
        let inodes = (groups.len() as u64).saturating_mul(u64::from(sb.inodes_per_group)).min(u64::from(sb.inodes));
        self.inodes = u32::try_from(inodes).unwrap_or(u32::MAX);
        self.groups = groups;
    }

    /// The descriptor in `slot` of a descriptor block: of the first of its copies in `blocks` that
    /// holds a usable one. `copies` keeps what was read of them.
    fn one_group(
        &self,
        blocks: &[u64],
        copies: &mut Vec<Option<Vec<u8>>>,
        slot: usize,
        number: usize,
        tally: &mut Tally,
    ) -> Group {
        let sb = &self.sb;
        let length = usize::from(sb.desc_size);
        let at = slot.saturating_mul(length);
        let name = format!("group descriptor {number}");
        let place = |block: u64| self.locate(block).0.saturating_add(at as u64);
        for (copy, block) in blocks.iter().enumerate() {
            if copies.len() <= copy {
                copies.push(self.read_block(*block));
            }
            let data = copies.get(copy).and_then(|c| c.as_deref()).unwrap_or_default();
            let raw = data.get(at..at.saturating_add(length)).unwrap_or_default();
            let here = place(*block);
            let Some(found) = Group::parse(raw, here, sb).ok().filter(|g| g.is_plausible(sb)) else { continue };
            if copy > 0 {
                let found = format!("damaged; backup copy {copy} used");
                let note = Note::new(Code::BackupDiffers, name, "a usable primary group descriptor", found);
                tally.add(note.at(here, length as u64));
            }
            return found;
        }
        let here = (blocks.first().map_or(0, |b| place(*b)), length as u64);
        tally.damaged(name, "a group descriptor that lies in the file system", "none usable", here);
        Group { flags: Group::INODE_UNINIT | Group::BLOCK_UNINIT, unused_inodes: sb.inodes_per_group, ..Group::default() }
    }

    /// Where the newest state of a block lies, and whether its first bytes are escaped.
    pub fn locate(&self, block: u64) -> (u64, bool) {
        match self.pending.get(&block) {
            Some(p) => (p.offset, p.is_escaped),
            None => (self.offset(block), false),
        }
    }

    /// Where a block lies on the volume itself.
    pub fn offset(&self, block: u64) -> u64 {
        block.saturating_mul(u64::from(self.sb.block_size))
    }

    /// The newest state of a whole block; None past the end of the volume or where unreadable.
    pub fn read_block(&self, block: u64) -> Option<Vec<u8>> {
        let (offset, escaped) = self.locate(block);
        self.read_at(offset, escaped)
    }

    /// A block's worth of bytes at a volume offset.
    pub fn read_at(&self, offset: u64, is_escaped: bool) -> Option<Vec<u8>> {
        let mut data = vec![0; self.sb.block_bytes()];
        let read = read_full(&self.volume, offset, &mut data).ok()?;
        if read < data.len() {
            return None;
        }
        if is_escaped && let Some(head) = data.first_chunk_mut::<4>() {
            *head = JOURNAL_MAGIC;
        }
        Some(data)
    }

    /// Block of the inode table and byte within it; None for a number no table holds.
    pub fn inode_place(&self, number: u32) -> Option<(u64, usize)> {
        if number == 0 || number > self.inodes {
            return None;
        }
        let index = number.checked_sub(1)?;
        let group = self.groups.get(usize::try_from(index.checked_div(self.sb.inodes_per_group)?).ok()?)?;
        if group.inode_table == 0 {
            return None;
        }
        let within = u64::from(index.checked_rem(self.sb.inodes_per_group)?).saturating_mul(u64::from(self.sb.inode_size));
        let block = u64::from(self.sb.block_size);
        let at = usize::try_from(within.checked_rem(block)?).ok()?;
        Some((group.inode_table.saturating_add(within.checked_div(block)?), at))
    }

    /// The group a block belongs to and its bit in that group's bitmap.
    pub fn bitmap_place(&self, block: u64) -> Option<(usize, usize)> {
        let data = block.checked_sub(u64::from(self.sb.first_data_block))?;
        let per_group = u64::from(self.sb.blocks_per_group);
        let bit = data.checked_rem(per_group)?.checked_div(u64::from(self.sb.cluster_blocks).max(1))?;
        Some((usize::try_from(data.checked_div(per_group)?).ok()?, usize::try_from(bit).ok()?))
    }

    /// First inode of each table block of a group, for blocks that lie in an inode table.
    pub fn inodes_per_block(&self) -> u32 {
        self.sb.block_size.checked_div(u32::from(self.sb.inode_size)).unwrap_or(1).max(1)
    }

    /// Parses the inode at `at` of a table block's bytes; `base` is where those lie in the volume.
    pub fn parse_inode(&self, number: u32, table: &[u8], at: usize, base: u64) -> Option<Inode> {
        let raw = table.get(at..at.saturating_add(usize::from(self.sb.inode_size)))?;
        Inode::parse(number, base.saturating_add(at as u64), raw).ok()
    }
}

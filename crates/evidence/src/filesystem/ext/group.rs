//! Block group descriptors. Source: Linux fs/ext4/ext4.h, struct ext4_group_desc;
//! Documentation/filesystems/ext4/group_descr.rst.

use super::superblock::{Superblock, compat, incompat, ro_compat};
use model::{FieldError, FieldReader};

/// Groups kept in memory: 512 TB at 4 KiB blocks. More is reported, not read.
pub const MAX_GROUPS: u64 = 1 << 22;

#[derive(Clone, Copy, Debug, Default)]
pub struct Group {
    /// Block numbers.
    pub block_bitmap: u64,
    pub inode_bitmap: u64,
    pub inode_table: u64,
    /// Inodes at the end of the table that were never used.
    pub unused_inodes: u32,
    pub flags: u16,
}

impl Group {
    pub const INODE_UNINIT: u16 = 1;
    pub const BLOCK_UNINIT: u16 = 2;

    pub fn parse(raw: &[u8], base: u64, sb: &Superblock) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(raw, base);
        let low = [r.u32("block bitmap")?, r.u32("inode bitmap")?, r.u32("inode table")?];
        r.skip(6, "group counts")?;
        let flags = r.u16("group flags")?;
        r.skip(8, "bitmap checksums")?;
        let unused = r.u16("unused inodes")?;
        r.skip(2, "group checksum")?;
        let mut high = [0u32; 3];
        let mut unused_high = 0u16;
        if sb.has_incompat(incompat::WIDE) && sb.desc_size >= 64 {
            high = [r.u32("block bitmap, high")?, r.u32("inode bitmap, high")?, r.u32("inode table, high")?];
            r.skip(6, "group counts, high")?;
            unused_high = r.u16("unused inodes, high")?;
        }
        let [bb, ib, it] = low;
        let [bb_hi, ib_hi, it_hi] = high;
        let wide = |hi: u32, lo: u32| u64::from(hi) << 32 | u64::from(lo);
        // Without descriptor checksums the flags and the unused count are not maintained.
        let kept = sb.has_group_checksums();
        Ok(Self {
            block_bitmap: wide(bb_hi, bb),
            inode_bitmap: wide(ib_hi, ib),
            inode_table: wide(it_hi, it),
            unused_inodes: if kept { u32::from(unused_high) << 16 | u32::from(unused) } else { 0 },
            flags: if kept { flags } else { 0 },
        })
    }

    /// Whether its blocks can lie in this file system.
    pub fn is_plausible(&self, sb: &Superblock) -> bool {
        let size = u64::from(sb.inodes_per_group).saturating_mul(u64::from(sb.inode_size));
        let table = size.div_ceil(u64::from(sb.block_size).max(1));
        let first = u64::from(sb.first_data_block);
        [self.block_bitmap, self.inode_bitmap, self.inode_table].iter().all(|b| *b > first && *b < sb.blocks)
            && self.inode_table.saturating_add(table) <= sb.blocks
    }
}

/// Number of groups the superblock claims.
pub fn count(sb: &Superblock) -> u64 {
    let data = sb.blocks.saturating_sub(u64::from(sb.first_data_block));
    data.div_ceil(u64::from(sb.blocks_per_group).max(1))
}

/// First block of a group.
pub fn first_block(sb: &Superblock, group: u64) -> u64 {
    u64::from(sb.first_data_block).saturating_add(group.saturating_mul(u64::from(sb.blocks_per_group)))
}

/// Whether the group starts with a copy of the superblock.
pub fn has_superblock(sb: &Superblock, group: u64) -> bool {
    if group == 0 {
        return true;
    }
    if sb.has_compat(compat::SPARSE_SUPER2) {
        return sb.backup_groups.iter().any(|g| u64::from(*g) == group);
    }
    if group == 1 || !sb.has_ro_compat(ro_compat::SPARSE_SUPER) {
        return true;
    }
    [3u64, 5, 7].into_iter().any(|base| {
        let mut power = base;
        while power < group {
            power = power.saturating_mul(base);
        }
        power == group
    })
}

/// Block that holds descriptor block `index`: the primary copy, then its backups.
pub fn descriptor_blocks(sb: &Superblock, index: u64) -> Vec<u64> {
    let per_block = u64::from(sb.block_size).checked_div(u64::from(sb.desc_size)).unwrap_or(32);
    let sb_block = u64::from(sb.block_size == 1024);
    if sb.has_incompat(incompat::META_BG) && index >= u64::from(sb.first_meta_bg) {
        let group = index.saturating_mul(per_block);
        let copies = [group, group.saturating_add(1), group.saturating_add(per_block).saturating_sub(1)];
        return copies.into_iter().map(|g| first_block(sb, g).saturating_add(u64::from(has_superblock(sb, g)))).collect();
    }
    let primary = sb_block.saturating_add(1).saturating_add(index);
    let last = count(sb);
    let backups = [1u64, 3, 5, 7, 9, 25, 27, 49].into_iter().filter(|g| *g < last && has_superblock(sb, *g));
    let backups = backups.map(|g| first_block(sb, g).saturating_add(1).saturating_add(index));
    std::iter::once(primary).chain(backups).collect()
}

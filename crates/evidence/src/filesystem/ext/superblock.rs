//! The superblock: geometry and feature flags. Source: Linux fs/ext4/ext4.h, struct
//! ext4_super_block; Documentation/filesystems/ext4/super.rst.

use super::checksum::crc32c;
use super::clock_text::utc_text;
use crate::filesystem::Facts;
use model::{FieldError, FieldReader};

pub const MAGIC: u16 = 0xEF53;
/// Offset of the primary superblock in the volume, bytes.
pub const PRIMARY: u64 = 1024;
pub const SIZE: usize = 1024;

pub mod compat {
    pub const HAS_JOURNAL: u32 = 0x4;
    pub const FAST_COMMIT: u32 = 0x400;
    pub const SPARSE_SUPER2: u32 = 0x200;
    pub const ORPHAN_FILE: u32 = 0x1000;
}
pub mod incompat {
    pub const RECOVER: u32 = 0x4;
    pub const JOURNAL_DEV: u32 = 0x8;
    pub const META_BG: u32 = 0x10;
    pub const WIDE: u32 = 0x80;
    pub const CSUM_SEED: u32 = 0x2000;
    /// What ext3 may carry: file types, recovery, journal device, meta block groups.
    pub const EXT3: u32 = 0x1E;
    /// Everything this reader knows the meaning of.
    pub const KNOWN: u32 = 0x3_E7DE;
}
pub mod ro_compat {
    pub const SPARSE_SUPER: u32 = 0x1;
    pub const GDT_CSUM: u32 = 0x10;
    pub const METADATA_CSUM: u32 = 0x400;
    pub const BIGALLOC: u32 = 0x200;
    /// What ext2 and ext3 may carry: sparse superblocks, large files, tree directories.
    pub const EXT3: u32 = 0x7;
}

/// Geometry and state, checked to be safe to compute with.
#[derive(Clone, Debug)]
pub struct Superblock {
    /// Where it was read, bytes in the volume.
    pub offset: u64,
    pub inodes: u32,
    pub blocks: u64,
    /// Block number of the start of group 0.
    pub first_data_block: u32,
    pub block_size: u32,
    /// Blocks per bit of the block bitmap: 1 except with bigalloc.
    pub cluster_blocks: u32,
    pub blocks_per_group: u32,
    pub inodes_per_group: u32,
    pub inode_size: u16,
    pub first_inode: u32,
    pub compat: u32,
    pub incompat: u32,
    pub ro_compat: u32,
    /// Group that holds this copy.
    pub group: u16,
    pub desc_size: u16,
    pub first_meta_bg: u32,
    pub backup_groups: [u32; 2],
    pub journal_inode: u32,
    /// Copy of the journal inode's block map and size, where the backup type says so.
    pub journal_backup: Option<[u8; 68]>,
    pub last_orphan: u32,
    pub orphan_file: u32,
    pub project_quota_inode: u32,
    pub checksum_seed: u32,
    /// Stored and computed checksum of the superblock, where they differ.
    pub checksum_mismatch: Option<(u32, u32)>,
    state: u16,
    mounts: u16,
    uuid: [u8; 16],
    label: Vec<u8>,
    last_mounted_on: Vec<u8>,
    created: u32,
    last_mounted: u32,
    last_written: u32,
    last_checked: u32,
}

impl Superblock {
    /// `raw` is the 1,024 bytes found at `offset` of the volume. Err names the first field that
    /// rules out an ext file system or makes its geometry unusable.
    pub fn parse(raw: &[u8], offset: u64) -> Result<Self, FieldError> {
        let at = |pos: usize| -> Result<FieldReader<'_>, FieldError> {
            let mut r = FieldReader::new(raw, offset);
            r.seek(pos, "superblock")?;
            Ok(r)
        };
        let u32_at = |pos: usize, field: &'static str| at(pos)?.u32(field);
        let u16_at = |pos: usize, field: &'static str| at(pos)?.u16(field);
        let magic = u16_at(0x38, "magic")?;
        if magic != MAGIC {
            return Err(at(0x38)?.wrong("magic", "0xef53", format!("{magic:#06x}")));
        }
        let log_block = u32_at(0x18, "log block size")?;
        if log_block > 6 {
            return Err(at(0x18)?.wrong("log block size", "at most 6", log_block));
        }
        let block_size = 1024u32 << log_block;
        let dynamic = u32_at(0x4C, "revision")? > 0;
        let feature = |pos, field| if dynamic { u32_at(pos, field) } else { Ok(0) };
        let compat = feature(0x5C, "compatible features")?;
        let incompat = feature(0x60, "incompatible features")?;
        let ro_compat = feature(0x64, "read-only compatible features")?;
        let wide = incompat & incompat::WIDE != 0;
        let blocks_hi = if wide { u32_at(0x150, "block count, high")? } else { 0 };
        let blocks = u64::from(blocks_hi) << 32 | u64::from(u32_at(0x04, "block count")?);
        let inodes = u32_at(0x00, "inode count")?;
        let blocks_per_group = u32_at(0x20, "blocks per group")?;
        let inodes_per_group = u32_at(0x28, "inodes per group")?;
        let inode_size = if dynamic { u16_at(0x58, "inode size")? } else { 128 };
        let log_cluster = u32_at(0x1C, "log cluster size")?.saturating_sub(log_block);
        let cluster_blocks = if ro_compat & ro_compat::BIGALLOC != 0 { 1u32.checked_shl(log_cluster).unwrap_or(1) } else { 1 };
        let bits = block_size.saturating_mul(8);
        if blocks == 0 || inodes == 0 {
            return Err(at(0)?.wrong("counts", "inodes and blocks", format!("{inodes} inodes, {blocks} blocks")));
        }
        if blocks_per_group < 8 || blocks_per_group > bits.saturating_mul(cluster_blocks) {
            return Err(at(0x20)?.wrong("blocks per group", format!("8 to {bits}"), blocks_per_group));
        }
        if inodes_per_group == 0 || inodes_per_group > bits {
            return Err(at(0x28)?.wrong("inodes per group", format!("1 to {bits}"), inodes_per_group));
        }
        if !inode_size.is_power_of_two() || inode_size < 128 || u32::from(inode_size) > block_size {
            return Err(at(0x58)?.wrong("inode size", "a power of two from 128 to the block size", inode_size));
        }
        let stored_desc = if wide { u16_at(0xFE, "descriptor size")? } else { 32 };
        let desc_ok = stored_desc.is_power_of_two() && stored_desc >= 32 && u32::from(stored_desc) <= block_size;
        let uuid = at(0x68)?.array::<16>("uuid")?;
        let metadata_csum = ro_compat & ro_compat::METADATA_CSUM != 0;
        let stored = u32_at(0x3FC, "checksum")?;
        let computed = crc32c(!0, raw.get(..0x3FC).unwrap_or_default());
        let seed = if incompat & incompat::CSUM_SEED != 0 { u32_at(0x270, "checksum seed")? } else { crc32c(!0, &uuid) };
        let backup = at(0xFD)?.u8("journal backup type")? == 1;
        Ok(Self {
            offset,
            inodes,
            blocks,
            first_data_block: u32_at(0x14, "first data block")?,
            block_size,
            cluster_blocks,
            blocks_per_group,
            inodes_per_group,
            inode_size,
            first_inode: if dynamic { u32_at(0x54, "first inode")? } else { 11 },
            compat,
            incompat,
            ro_compat,
            group: u16_at(0x5A, "group of this superblock")?,
            desc_size: if desc_ok { stored_desc } else { 64 },
            first_meta_bg: u32_at(0x104, "first meta block group")?,
            backup_groups: [u32_at(0x24C, "backup group")?, u32_at(0x250, "backup group")?],
            journal_inode: u32_at(0xE0, "journal inode")?,
            journal_backup: if backup { Some(at(0x10C)?.array::<68>("journal backup")?) } else { None },
            last_orphan: u32_at(0xE8, "last orphan")?,
            orphan_file: u32_at(0x280, "orphan file inode")?,
            project_quota_inode: u32_at(0x26C, "project quota inode")?,
            checksum_seed: seed,
            checksum_mismatch: (metadata_csum && stored != computed).then_some((stored, computed)),
            state: u16_at(0x3A, "state")?,
            mounts: u16_at(0x34, "mount count")?,
            uuid,
            label: until_nul(&at(0x78)?.array::<16>("volume name")?),
            last_mounted_on: until_nul(&at(0x88)?.array::<64>("last mounted on")?),
            created: u32_at(0x108, "creation time")?,
            last_mounted: u32_at(0x2C, "mount time")?,
            last_written: u32_at(0x30, "write time")?,
            last_checked: u32_at(0x40, "check time")?,
        })
    }

    pub fn has_compat(&self, flag: u32) -> bool {
        self.compat & flag != 0
    }
    pub fn has_incompat(&self, flag: u32) -> bool {
        self.incompat & flag != 0
    }
    pub fn has_ro_compat(&self, flag: u32) -> bool {
        self.ro_compat & flag != 0
    }
    /// Whether group descriptors and bitmaps carry flags and checksums that can be believed.
    pub fn has_group_checksums(&self) -> bool {
        self.ro_compat & (ro_compat::GDT_CSUM | ro_compat::METADATA_CSUM) != 0
    }
    pub fn block_bytes(&self) -> usize {
        usize::try_from(self.block_size).unwrap_or(1024)
    }
    pub fn bytes(&self) -> u64 {
        self.blocks.saturating_mul(u64::from(self.block_size))
    }

    /// Whether blocks and inodes lie where the other says.
    pub fn has_geometry_of(&self, other: &Self) -> bool {
        let geometry = |s: &Self| {
            let groups = (s.blocks_per_group, s.inodes_per_group, s.desc_size, s.first_meta_bg);
            let features = (s.incompat & !incompat::RECOVER, s.ro_compat & ro_compat::BIGALLOC);
            (s.blocks, s.block_size, s.first_data_block, s.cluster_blocks, s.inode_size, groups, features)
        };
        geometry(self) == geometry(other)
    }

    /// "ext2", "ext3" or "ext4", by the features in use, as blkid decides.
    pub fn kind(&self) -> &'static str {
        if self.incompat & !incompat::EXT3 != 0 || self.ro_compat & !ro_compat::EXT3 != 0 {
            "ext4"
        } else if self.has_compat(compat::HAS_JOURNAL) {
            "ext3"
        } else {
            "ext2"
        }
    }

    pub fn facts(&self) -> Facts {
        let mut more = vec![
            ("block_size", self.block_size.to_string()),
            ("inode_size", self.inode_size.to_string()),
            ("inodes", self.inodes.to_string()),
            ("features", format!("compat {:#x}, incompat {:#x}, ro_compat {:#x}", self.compat, self.incompat, self.ro_compat)),
            ("state", if self.state & 1 == 1 { "clean".into() } else { "not cleanly unmounted".into() }),
            ("recovery_needed", if self.has_incompat(incompat::RECOVER) { "yes".into() } else { "no".into() }),
            ("mount_count", self.mounts.to_string()),
        ];
        let times = [
            ("created", self.created),
            ("last_mounted", self.last_mounted),
            ("last_written", self.last_written),
            ("last_checked", self.last_checked),
        ];
        more.extend(times.into_iter().filter(|(_, t)| *t != 0).map(|(name, t)| (name, utc_text(i64::from(t)))));
        if !self.last_mounted_on.is_empty() {
            more.push(("last_mounted_on", String::from_utf8_lossy(&self.last_mounted_on).into_owned()));
        }
        Facts {
            kind: self.kind(),
            label: (!self.label.is_empty()).then(|| self.label.clone()),
            serial: Some(uuid_text(&self.uuid)),
            cluster_size: u64::from(self.block_size).saturating_mul(u64::from(self.cluster_blocks)),
            bytes: self.bytes(),
            more,
        }
    }
}

fn until_nul(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().take_while(|b| *b != 0).collect()
}

fn uuid_text(uuid: &[u8; 16]) -> String {
    let mut out = String::new();
    for (i, byte) in uuid.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

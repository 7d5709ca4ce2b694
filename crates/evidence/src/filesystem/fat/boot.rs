use super::heap::{FIRST_CLUSTER, Heap};
use super::table::{Table, Width};
use model::{FieldError, FieldReader};

/// Bytes of the boot sector that are read, whatever the sector size.
pub const BOOT_BYTES: usize = 512;

/// The fields of a FAT boot sector that the reader uses. Source: [fatgen103] "Boot Sector and BPB".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootSector {
    pub oem_name: [u8; 8],
    pub sector_size: u64,
    pub cluster_size: u64,
    pub reserved_sectors: u64,
    pub tables: u64,
    pub root_entries: u64,
    pub media: u8,
    pub total_sectors: u64,
    pub table_sectors: u64,
    pub width: Width,
    /// First cluster of the root directory; FAT32 only.
    pub root_cluster: u32,
    /// FAT32: bits 0 to 3 name the active table when bit 7 says that they are not mirrored.
    pub flags: u16,
    /// FAT32: sector of the boot sector's copy; 0 or 0xFFFF for none.
    pub backup_sector: u64,
    /// Bit 0: not closed properly.
    pub state: u8,
    pub serial: Option<u32>,
    pub label: [u8; 11],
    pub clusters: u64,
    /// Ends in 0x55 0xAA.
    pub signed: bool,
    /// FAT32 by its fields, though its clusters are as few as a FAT16's.
    pub few_clusters: bool,
}

/// Fewest clusters of a FAT16, and of a FAT32. Source: [fatgen103] "FAT Type Determination".
const FAT16_CLUSTERS: u64 = 4085;
const FAT32_CLUSTERS: u64 = 65_525;

impl BootSector {
    /// Err where a field holds what no FAT volume can.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(bytes, 0);
        r.skip(3, "jump")?;
        let oem_name = r.array::<8>("OEM name")?;
        let sector_size = u64::from(r.u16("bytes per sector")?);
        check(&r, "bytes per sector", "512, 1024, 2048 or 4096", [512, 1024, 2048, 4096].contains(&sector_size), sector_size)?;
        let per_cluster = u64::from(r.u8("sectors per cluster")?);
        check(&r, "sectors per cluster", "a power of two", per_cluster.is_power_of_two(), per_cluster)?;
        let reserved_sectors = u64::from(r.u16("reserved sectors")?);
        check(&r, "reserved sectors", "at least 1", reserved_sectors > 0, reserved_sectors)?;
        let tables = u64::from(r.u8("file allocation tables")?);
        check(&r, "file allocation tables", "1 to 4", (1..=4).contains(&tables), tables)?;
        let root_entries = u64::from(r.u16("root entries")?);
        let small_total = u64::from(r.u16("sectors, 16 bits")?);
        let media = r.u8("media")?;
        check(&r, "media", "0xF0 or 0xF8 and up", media == 0xF0 || media >= 0xF8, u64::from(media))?;
        let small_table = u64::from(r.u16("sectors per table, 16 bits")?);
        r.skip(8, "geometry")?;
        let large_total = u64::from(r.u32("sectors, 32 bits")?);
        let total_sectors = if small_total == 0 { large_total } else { small_total };
        let wide = small_table == 0;
        let (mut table_sectors, mut flags, mut root_cluster, mut backup_sector) = (small_table, 0, 0, 0);
        if wide {
            table_sectors = u64::from(r.u32("sectors per table, 32 bits")?);
            flags = r.u16("flags")?;
            r.skip(2, "version")?;
            root_cluster = r.u32("root cluster")?;
            r.skip(2, "FSInfo sector")?;
            backup_sector = u64::from(r.u16("backup boot sector")?);
            r.skip(12, "reserved")?;
        }
        check(&r, "sectors per table", "at least 1", table_sectors > 0, table_sectors)?;
        r.skip(1, "drive")?;
        let state = r.u8("state")?;
        let extended = r.u8("extended signature")?;
        let serial = r.u32("serial")?;
        let label = r.array::<11>("label")?;
        let extended = matches!(extended, 0x28 | 0x29);

        let root_sectors = root_entries.saturating_mul(32).div_ceil(sector_size.max(1));
        let before = reserved_sectors.saturating_add(tables.saturating_mul(table_sectors)).saturating_add(root_sectors);
        check(&r, "sectors", "more than tables and root directory take", total_sectors > before, total_sectors)?;
        let clusters = total_sectors.saturating_sub(before).checked_div(per_cluster).unwrap_or(0);
        check(&r, "clusters", "at least 1", clusters > 0, clusters)?;
        check(&r, "root entries", "none on FAT32, some elsewhere", wide == (root_entries == 0), root_entries)?;
        let width = match clusters {
            _ if wide => Width::Fat32,
            n if n < FAT16_CLUSTERS => Width::Fat12,
            _ => Width::Fat16,
        };
        check(&r, "clusters", "fewer than 65,525 on FAT16", wide || clusters < FAT32_CLUSTERS, clusters)?;
        r.seek(510, "signature")?;
        Ok(Self {
            oem_name,
            sector_size,
            cluster_size: sector_size.saturating_mul(per_cluster),
            reserved_sectors,
            tables,
            root_entries,
            media,
            total_sectors,
            table_sectors,
            width,
            root_cluster,
            flags,
            backup_sector,
            state: if extended { state } else { 0 },
            serial: extended.then_some(serial),
            label: if extended { label } else { [b' '; 11] },
            clusters,
            signed: r.u16("signature")? == 0xAA55,
            few_clusters: wide && clusters < FAT32_CLUSTERS,
        })
    }

    pub fn kind(&self) -> &'static str {
        match self.width {
            Width::Fat12 => "FAT12",
            Width::Fat16 => "FAT16",
            Width::Fat32 => "FAT32",
            Width::ExFat => "exFAT",
        }
    }
    pub fn bytes(&self) -> u64 {
        self.total_sectors.saturating_mul(self.sector_size)
    }
    /// Tables are copies of one another, unless FAT32's flags say that only one is kept.
    pub fn mirrored(&self) -> bool {
        self.flags & 0x80 == 0
    }
    /// A table by its number from 0.
    pub fn table(&self, number: u64) -> Table {
        let length = self.table_sectors.saturating_mul(self.sector_size);
        let start = self.reserved_sectors.saturating_mul(self.sector_size);
        Table { width: self.width, offset: start.saturating_add(number.saturating_mul(length)), length }
    }
    /// The table that counts.
    pub fn active_table(&self) -> Table {
        let number = if self.mirrored() { 0 } else { u64::from(self.flags & 0xF) };
        self.table(if number < self.tables { number } else { 0 })
    }
    /// Where the tables end: the fixed root directory on FAT12 and FAT16, else cluster 2.
    pub fn data_start(&self) -> u64 {
        self.table(self.tables).offset
    }
    pub fn root_bytes(&self) -> u64 {
        self.root_entries.saturating_mul(32)
    }
    /// The clusters the volume has and its table has entries for.
    pub fn heap(&self) -> Heap {
        let root = self.root_bytes().div_ceil(self.sector_size.max(1)).saturating_mul(self.sector_size);
        let room = self.active_table().capacity().saturating_sub(u64::from(FIRST_CLUSTER));
        let last = self.clusters.min(room).saturating_add(1);
        Heap {
            offset: self.data_start().saturating_add(root),
            cluster_size: self.cluster_size,
            last: u32::try_from(last).unwrap_or(u32::MAX),
            data_start: self.data_start(),
            end: self.bytes(),
        }
    }
}

fn check(r: &FieldReader<'_>, field: &'static str, expected: &'static str, sound: bool, found: u64) -> Result<(), FieldError> {
    if sound { Ok(()) } else { Err(r.wrong(field, expected, found)) }
}

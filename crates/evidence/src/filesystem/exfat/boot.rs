use crate::filesystem::fat::heap::{FIRST_CLUSTER, Heap};
use crate::filesystem::fat::table::{Table, Width};
use model::{ByteSource, FieldError, FieldReader, read_vec};

/// Bytes of the boot sector's fields, whatever the sector size.
pub const BOOT_BYTES: usize = 512;
/// Sectors of a boot region; its copy follows directly.
pub const REGION_SECTORS: u64 = 12;

/// The main boot sector. Source: [exFAT] exFAT file system specification, section 3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootSector {
    pub total_sectors: u64,
    pub table_sector: u64,
    pub table_sectors: u64,
    pub heap_sector: u64,
    pub clusters: u32,
    pub root_cluster: u32,
    pub serial: u32,
    pub revision: u16,
    /// Bit 0: the second table is active; bit 1: dirty; bit 2: media failure.
    pub flags: u16,
    pub sector_shift: u32,
    pub cluster_shift: u32,
    pub tables: u64,
}

impl BootSector {
    /// Err where a field holds what no exFAT volume can; `field` is "name" where it is none at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(bytes, 0);
        r.skip(3, "jump")?;
        let name = r.array::<8>("name")?;
        if &name != b"EXFAT   " {
            return Err(FieldError { field: "name", at: 3, expected: "EXFAT".into(), found: "other bytes".into() });
        }
        r.seek(72, "volume length")?;
        let total_sectors = r.u64("volume length")?;
        let table_sector = u64::from(r.u32("table offset")?);
        let table_sectors = u64::from(r.u32("table length")?);
        let heap_sector = u64::from(r.u32("cluster heap offset")?);
        let clusters = r.u32("cluster count")?;
        let root_cluster = r.u32("root cluster")?;
        let serial = r.u32("serial")?;
        let revision = r.u16("revision")?;
        let flags = r.u16("volume flags")?;
        let sector_shift = u32::from(r.u8("bytes per sector")?);
        let cluster_shift = u32::from(r.u8("sectors per cluster")?);
        let tables = u64::from(r.u8("tables")?);
        check(&r, "bytes per sector", "a power of 9 to 12", (9..=12).contains(&sector_shift), sector_shift)?;
        check(
            &r,
            "sectors per cluster",
            "clusters of 32 MiB at most",
            cluster_shift.saturating_add(sector_shift) <= 25,
            cluster_shift,
        )?;
        check(&r, "tables", "1 or 2", (1..=2).contains(&tables), tables)?;
        check(&r, "table offset", "after both boot regions", table_sector >= REGION_SECTORS.saturating_mul(2), table_sector)?;
        let tables_end = table_sector.saturating_add(table_sectors.saturating_mul(tables));
        check(&r, "cluster heap offset", "after the tables", heap_sector >= tables_end, heap_sector)?;
        check(&r, "volume length", "more than the tables take", total_sectors > heap_sector, total_sectors)?;
        check(&r, "cluster count", "1 to 2^32 - 11", (1..=0xFFFF_FFF5).contains(&clusters), clusters)?;
        check(&r, "root cluster", "a cluster", root_cluster >= FIRST_CLUSTER, root_cluster)?;
        Ok(Self {
            total_sectors,
            table_sector,
            table_sectors,
            heap_sector,
            clusters,
            root_cluster,
            serial,
            revision,
            flags,
            sector_shift,
            cluster_shift,
            tables,
        })
    }

    pub fn sector_size(&self) -> u64 {
        1u64.checked_shl(self.sector_shift).unwrap_or(512)
    }
    pub fn cluster_size(&self) -> u64 {
        1u64.checked_shl(self.sector_shift.saturating_add(self.cluster_shift)).unwrap_or(512)
    }
    pub fn bytes(&self) -> u64 {
        self.total_sectors.saturating_mul(self.sector_size())
    }
    /// Number from 0 of the table that counts.
    pub fn active(&self) -> u64 {
        u64::from(self.flags & 1).min(self.tables.saturating_sub(1))
    }
    pub fn table(&self, number: u64) -> Table {
        let length = self.table_sectors.saturating_mul(self.sector_size());
        let start = self.table_sector.saturating_mul(self.sector_size());
        Table { width: Width::ExFat, offset: start.saturating_add(number.saturating_mul(length)), length }
    }
    /// The clusters the volume has and its sectors have room for.
    pub fn heap(&self) -> Heap {
        let offset = self.heap_sector.saturating_mul(self.sector_size());
        let room = self.bytes().saturating_sub(offset).checked_div(self.cluster_size()).unwrap_or(0);
        let last = u64::from(self.clusters).min(room).saturating_add(1);
        Heap {
            offset,
            cluster_size: self.cluster_size(),
            last: u32::try_from(last).unwrap_or(u32::MAX),
            data_start: offset,
            end: self.bytes(),
        }
    }
}

fn check<T: std::fmt::Display>(
    r: &FieldReader<'_>,
    field: &'static str,
    expected: &str,
    sound: bool,
    found: T,
) -> Result<(), FieldError> {
    if sound { Ok(()) } else { Err(r.wrong(field, expected, found)) }
}

/// The checksum of a boot region: over its first eleven sectors, without the volume flags and the
/// percentage in use, which change; the twelfth sector repeats it. Source: [exFAT] 3.4.
/// None where the region can not be read.
pub fn checksums(source: &dyn ByteSource, at: u64, sector_size: u64) -> Option<(u32, u32)> {
    let length = usize::try_from(sector_size.saturating_mul(REGION_SECTORS)).ok()?;
    let bytes = read_vec(source, at, length).ok().filter(|b| b.len() == length)?;
    let (covered, stored) = bytes.split_at_checked(usize::try_from(sector_size.saturating_mul(11)).ok()?)?;
    let mut sum = 0u32;
    for (index, byte) in covered.iter().enumerate() {
        if !matches!(index, 106 | 107 | 112) {
            sum = sum.rotate_right(1).wrapping_add(u32::from(*byte));
        }
    }
    let stored = <[u8; 4]>::try_from(stored.get(..4)?).ok()?;
    Some((sum, u32::from_le_bytes(stored)))
}

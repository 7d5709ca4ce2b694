use model::{FieldError, FieldReader};

/// Where everything starts. Source: the NTFS boot sector as documented by the Linux NTFS project
/// (ntfsdoc, "$Boot").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boot {
    /// Bytes.
    pub sector_size: u64,
    /// Bytes.
    pub cluster_size: u64,
    /// Sectors the volume claims, without the backup boot sector that follows them.
    pub sectors: u64,
    /// First cluster of $MFT and of its mirror.
    pub mft_cluster: u64,
    pub mirror_cluster: u64,
    /// Bytes of an MFT record and of an index block.
    pub record_size: usize,
    pub index_size: usize,
    pub serial: u64,
}

pub(super) const BOOT_BYTES: usize = 512;
const MIN_RECORD: u64 = 256;
const MAX_RECORD: u64 = 64 << 10;
const MAX_CLUSTER: u64 = 2 << 20;

impl Boot {
    /// True where the sector calls itself NTFS, sound or not.
    pub fn named(sector: &[u8]) -> bool {
        sector.get(3..11) == Some(b"NTFS    ")
    }

    pub fn parse(sector: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(sector, at);
        r.skip(3, "jump")?;
        if r.array::<8>("file system name")? != *b"NTFS    " {
            return Err(r.wrong("file system name", "NTFS", "another name"));
        }
        let sector_size = u64::from(r.u16("bytes per sector")?);
        if !sector_size.is_power_of_two() || !(256..=4096).contains(&sector_size) {
            return Err(r.wrong("bytes per sector", "a power of two from 256 to 4096", sector_size));
        }
        // Above 128 the byte is a negative power of two: clusters past 64 KiB (Windows 10).
        let raw = r.u8("sectors per cluster")?;
        let per_cluster = if raw <= 128 { u64::from(raw) } else { 1u64.checked_shl(u32::from(raw.wrapping_neg())).unwrap_or(0) };
        let cluster_size = sector_size.saturating_mul(per_cluster);
        if !per_cluster.is_power_of_two() || cluster_size > MAX_CLUSTER {
            return Err(r.wrong("sectors per cluster", "a power of two, clusters to 2 MiB", raw));
        }
        r.seek(40, "total sectors")?;
        let sectors = r.u64("total sectors")?;
        let mft_cluster = r.u64("$MFT cluster")?;
        let mirror_cluster = r.u64("$MFTMirr cluster")?;
        let clusters = sectors.saturating_mul(sector_size).checked_div(cluster_size).unwrap_or(0);
        if mft_cluster >= clusters && mirror_cluster >= clusters {
            return Err(r.wrong("$MFT cluster", format!("below {clusters}"), mft_cluster));
        }
        let record_size = size_field(&mut r, "clusters per record", cluster_size)?;
        r.skip(3, "reserved")?;
        let index_size = size_field(&mut r, "clusters per index block", cluster_size)?;
        r.skip(3, "reserved")?;
        let serial = r.u64("serial number")?;
        Ok(Self { sector_size, cluster_size, sectors, mft_cluster, mirror_cluster, record_size, index_size, serial })
    }

    /// Bytes of all counted sectors.
    pub fn bytes(&self) -> u64 {
        self.sectors.saturating_mul(self.sector_size)
    }
    pub fn clusters(&self) -> u64 {
        self.bytes().checked_div(self.cluster_size).unwrap_or(0)
    }
}

/// A count of clusters, or a negative power of two of bytes.
fn size_field(r: &mut FieldReader<'_>, field: &'static str, cluster_size: u64) -> Result<usize, FieldError> {
    let raw = i8::from_le_bytes(r.array(field)?);
    let size = match u64::try_from(raw) {
        Ok(clusters) => clusters.saturating_mul(cluster_size),
        Err(_) => 1u64.checked_shl(u32::from(raw.unsigned_abs())).unwrap_or(0),
    };
    usize::try_from(size)
        .ok()
        .filter(|_| size.is_power_of_two() && (MIN_RECORD..=MAX_RECORD).contains(&size))
        .ok_or_else(|| r.wrong(field, format!("a power of two from {MIN_RECORD} to {MAX_RECORD} bytes"), size))
}

//! What lies at the start of a volume, by its signatures alone: for deciding between a boot sector
//! and a partition table, and for naming what has no reader here.

use model::{ByteSource, FieldReader, read_vec};

/// A recognised beginning of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub name: &'static str,
    /// The volume's content is encrypted, as its own header says.
    pub encrypted: bool,
}

/// (bytes, offset in the volume, name, encrypted). Longest and surest first.
const MAGIC: [(&[u8], u64, &str, bool); 15] = [
    (b"-FVE-FS-", 3, "BitLocker", true),
    // BitLocker To Go wears a FAT boot sector; its GUID is 4967d63b-2e29-4ad8-8399-f6a339e3d001.
    (b"\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", 424, "BitLocker To Go", true),
    (b"LUKS\xba\xbe", 0, "LUKS", true),
    (b"NTFS    ", 3, "NTFS", false),
    (b"EXFAT   ", 3, "exFAT", false),
    (b"ReFS\0\0\0\0", 3, "ReFS", false),
    (b"XFSB", 0, "XFS", false),
    (b"LABELONE", 512, "LVM2", false),
    (b"LABELONE", 0, "LVM2", false),
    (b"\x10\x20\xf5\xf2", 1024, "F2FS", false),
    (b"SWAPSPACE2", 4086, "Linux swap", false),
    (b"CD001", 32_769, "ISO 9660", false),
    (b"_BHRfS_M", 65_600, "btrfs", false),
    (b"BEA01", 32_769, "UDF", false),
    (b"hsqs", 0, "SquashFS", false),
];

/// Recognises what begins at byte `offset` of the media. Reads a few sectors only.
pub fn seen(media: &dyn ByteSource, offset: u64) -> Option<Seen> {
    let head = read_vec(media, offset, 4096).ok()?;
    for (magic, at, name, encrypted) in MAGIC {
        let from = usize::try_from(at).ok()?;
        let end = from.saturating_add(magic.len());
        let there = match head.get(from..end) {
            Some(bytes) => bytes == magic,
            None => {
                let far = offset.checked_add(at).and_then(|o| read_vec(media, o, magic.len()).ok());
                far.is_some_and(|bytes| bytes == magic)
            }
        };
        if there {
            return Some(Seen { name, encrypted });
        }
    }
    let name = |name| Some(Seen { name, encrypted: false });
    if fat(&head).is_some() {
        return name("FAT");
    }
    if ext(&head).is_some() {
        return name("ext");
    }
    if let Some(found) = apple(&head) {
        return Some(found);
    }
    None
}

/// FAT has no magic: its parameter block must hold together. Source: [MS-FATGEN] section 3.1.
fn fat(head: &[u8]) -> Option<()> {
    let mut r = FieldReader::new(head, 0);
    let jump = r.array::<3>("jump").ok()?;
    if !matches!(jump, [0xeb, _, 0x90] | [0xe9, _, _]) {
        return None;
    }
    r.skip(8, "OEM name").ok()?;
    let sector = r.u16("bytes per sector").ok()?;
    let cluster = r.u8("sectors per cluster").ok()?;
    let reserved = r.u16("reserved sectors").ok()?;
    let tables = r.u8("number of FATs").ok()?;
    r.skip(4, "root entries and small sector count").ok()?;
    let descriptor = r.u8("media descriptor").ok()?;
    let sound = matches!(sector, 512 | 1024 | 2048 | 4096)
        && cluster.is_power_of_two()
        && reserved > 0
        && matches!(tables, 1..=4)
        && (descriptor == 0xf0 || descriptor >= 0xf8);
    sound.then_some(())
}

/// The superblock of ext2, ext3 and ext4 at byte 1024: a magic of two bytes, so its neighbours
/// must hold together too.
fn ext(head: &[u8]) -> Option<()> {
    let mut r = FieldReader::new(head.get(1024..)?, 1024);
    let inodes = r.u32("inodes").ok()?;
    let blocks = r.u32("blocks").ok()?;
    r.seek(24, "log block size").ok()?;
    let log_block = r.u32("log block size").ok()?;
    r.seek(32, "blocks per group").ok()?;
    let blocks_per_group = r.u32("blocks per group").ok()?;
    r.skip(4, "clusters per group").ok()?;
    let inodes_per_group = r.u32("inodes per group").ok()?;
    r.seek(56, "magic").ok()?;
    let magic = r.u16("magic").ok()?;
    let sound = magic == 0xef53 && log_block <= 6 && inodes > 0 && blocks > 0 && blocks_per_group > 0 && inodes_per_group > 0;
    sound.then_some(())
}

/// APFS containers, HFS and HFS+ volume headers, Core Storage physical volumes.
fn apple(head: &[u8]) -> Option<Seen> {
    if head.get(32..36) == Some(b"NXSB") {
        // nx_keylocker: a container with a keybag has encrypted volumes. Source: Apple File System Reference.
        let keybag = head.get(1296..1304).is_some_and(|b| b.iter().any(|x| *x != 0));
        let name = if keybag { "APFS with a keybag (FileVault)" } else { "APFS" };
        return Some(Seen { name, encrypted: keybag });
    }
    // A Core Storage header: signature at 88, version 1 at 8, and a block size that is a power of two.
    if head.get(88..90) == Some(b"CS") && head.get(8..10) == Some(&[1, 0]) {
        return Some(Seen { name: "Core Storage (FileVault 2)", encrypted: true });
    }
    let mut r = FieldReader::new(head.get(1024..)?, 1024);
    let magic = r.array::<2>("signature").ok()?;
    let version = r.u16_be("version").ok()?;
    let name = match (&magic, version) {
        (b"H+", 4) => "HFS+",
        (b"HX", 5) => "HFSX",
        (b"BD", _) => {
            r.seek(20, "allocation block size").ok()?;
            let block = r.u32_be("allocation block size").ok()?;
            if block == 0 || block % 512 != 0 {
                return None;
            }
            "HFS"
        }
        _other => return None,
    };
    Some(Seen { name, encrypted: false })
}

/// An Apple partition map: a driver descriptor and a first map entry.
pub fn apple_partition_map(media: &dyn ByteSource) -> bool {
    let head = read_vec(media, 0, 514).unwrap_or_default();
    head.get(..2) == Some(b"ER") && head.get(512..514) == Some(b"PM")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MemorySource;

    #[test]
    fn fat_with_any_number_of_tables_it_may_have() {
        let mut boot = vec![0u8; 4096];
        boot[..3].copy_from_slice(&[0xeb, 0x3c, 0x90]);
        boot[11..13].copy_from_slice(&512u16.to_le_bytes());
        (boot[13], boot[14], boot[21]) = (4, 4, 0xf8);
        for tables in 0..=6 {
            boot[16] = tables;
            let name = seen(&MemorySource(boot.clone()), 0).map(|s| s.name);
            assert_eq!(name, (1..=4).contains(&tables).then_some("FAT"), "{tables} tables");
        }
    }
}

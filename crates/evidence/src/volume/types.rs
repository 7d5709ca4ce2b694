//! Names of partition types: of MBR codes and of GPT GUIDs.
//! Sources: Andries Brouwer's list of partition identifiers; UEFI specification 2.10, 5.3.3; the
//! Discoverable Partitions Specification; Microsoft's PARTITION_INFORMATION_GPT.

pub fn mbr_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "FAT12",
        0x04 => "FAT16 under 32 MiB",
        0x05 => "Extended",
        0x06 => "FAT16",
        0x07 => "NTFS / exFAT",
        0x0b => "FAT32",
        0x0c => "FAT32 (LBA)",
        0x0e => "FAT16 (LBA)",
        0x0f => "Extended (LBA)",
        0x11 => "Hidden FAT12",
        0x12 => "Vendor recovery",
        0x14 => "Hidden FAT16 under 32 MiB",
        0x16 => "Hidden FAT16",
        0x17 => "Hidden NTFS / exFAT",
        0x1b => "Hidden FAT32",
        0x1c => "Hidden FAT32 (LBA)",
        0x1e => "Hidden FAT16 (LBA)",
        0x27 => "Windows recovery",
        0x42 => "Windows dynamic disk",
        0x82 => "Linux swap",
        0x83 => "Linux",
        0x84 => "Hibernation",
        0x85 => "Linux extended",
        0x8e => "Linux LVM",
        0xa5 => "FreeBSD",
        0xa6 => "OpenBSD",
        0xa8 => "Apple UFS",
        0xa9 => "NetBSD",
        0xab => "Apple boot",
        0xac => "Apple RAID",
        0xaf => "Apple HFS / HFS+",
        0xbf => "Solaris",
        0xda => "Non-file-system data",
        0xde => "Dell diagnostics",
        0xee => "GPT protective",
        0xef => "EFI system",
        0xfb => "VMware VMFS",
        0xfc => "VMware swap",
        0xfd => "Linux RAID",
        _other => return None,
    })
}

/// (GUID in text form, name), sorted by GUID.
const GPT: [(&str, &str); 42] = [
    ("024dee41-33e7-11d3-9d69-0008c781f39f", "MBR partition scheme"),
    ("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap"),
    ("0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux file system"),
    ("21686148-6449-6e6f-744e-656564454649", "BIOS boot"),
    ("3b8f8425-20e0-4f3b-907f-1a25a76f98e8", "Linux server data"),
    ("426f6f74-0000-11aa-aa11-00306543ecac", "Apple boot"),
    ("44479540-f297-41b2-9af7-d131d5f0458a", "Linux root (x86)"),
    ("48465300-0000-11aa-aa11-00306543ecac", "Apple HFS+"),
    ("49f48d5a-b10e-11dc-b99b-0019d1879648", "NetBSD RAID"),
    ("4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "Linux root (x86-64)"),
    ("516e7cb4-6ecf-11d6-8ff8-00022d09712b", "FreeBSD data"),
    ("516e7cb5-6ecf-11d6-8ff8-00022d09712b", "FreeBSD swap"),
    ("516e7cb6-6ecf-11d6-8ff8-00022d09712b", "FreeBSD UFS"),
    ("516e7cba-6ecf-11d6-8ff8-00022d09712b", "FreeBSD ZFS"),
    ("52414944-0000-11aa-aa11-00306543ecac", "Apple RAID"),
    ("52637672-7900-11aa-aa11-00306543ecac", "Apple recovery (APFS)"),
    ("53746f72-6167-11aa-aa11-00306543ecac", "Apple Core Storage"),
    ("558d43c5-a1ac-43c0-aac8-d1472b2923d1", "Windows storage replica"),
    ("5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", "Windows LDM metadata"),
    ("69646961-6700-11aa-aa11-00306543ecac", "Apple internal boot container (iBoot)"),
    ("6a82cb45-1dd2-11b2-99a6-080020736631", "Solaris boot"),
    ("6a898cc3-1dd2-11b2-99a6-080020736631", "ZFS / Apple ZFS"),
    ("773f91ef-66d4-49b5-bd83-d683bf40ad16", "Linux user home"),
    ("7c3457ef-0000-11aa-aa11-00306543ecac", "Apple APFS"),
    ("824cc7a0-36a8-11e3-890a-952519ad3f61", "OpenBSD data"),
    ("83bd6b9d-7f41-11dc-be0b-001560b84f0f", "FreeBSD boot"),
    ("8da63339-0007-60c0-c436-083ac8230908", "Linux reserved"),
    ("933ac7e1-2eb4-4f13-b844-0e14e2aef915", "Linux home"),
    ("a19d880f-05fc-4d3b-a006-743f0f84911e", "Linux RAID"),
    ("aa31e02a-400f-11db-9590-000c2911d1b8", "VMware VMFS"),
    ("af9b60a0-1431-4f62-bc68-3311714a69ad", "Windows LDM data"),
    ("b921b045-1df0-41c3-af44-4c6f280d3fae", "Linux root (ARM64)"),
    ("bc13c2ff-59e6-4262-a352-b275fd6f7172", "Linux extended boot"),
    ("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system"),
    ("ca7d7ccb-63ed-4c53-861c-1742536059cc", "LUKS"),
    ("d3bfe2de-3daf-11df-ba40-e3a556d89593", "Intel fast flash"),
    ("de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery"),
    ("e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved"),
    ("e6d6d379-f507-44c2-a23c-238f2a3df928", "Linux LVM"),
    ("e75caf8f-f680-4cee-afa3-b001e56efc2d", "Windows storage spaces"),
    ("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft basic data"),
    ("fe3a2a5d-4f32-41a7-b725-accc3285a309", "ChromeOS kernel"),
];

/// Name of a GUID in its text form.
pub fn gpt_name(guid: &str) -> Option<&'static str> {
    let index = GPT.binary_search_by_key(&guid, |(g, _)| g).ok()?;
    GPT.get(index).map(|(_, name)| *name)
}

/// Text of a GUID as stored: the first three groups little-endian, in lower case.
pub fn guid(raw: &[u8; 16]) -> String {
    let [a, b, c, d, e, f, g, h, rest @ ..] = raw;
    let [i, j, tail @ ..] = rest;
    let mut out = format!("{d:02x}{c:02x}{b:02x}{a:02x}-{f:02x}{e:02x}-{h:02x}{g:02x}-{i:02x}{j:02x}-");
    for byte in tail {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn guids_are_sorted_and_unique() {
        assert!(super::GPT.is_sorted_by(|a, b| a.0 < b.0));
    }
}

use super::file_name::to_wtf8;
use model::{EntryKind, FieldReader};

/// What a reparse point says. Source: [MS-FSCC] 2.1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reparse {
    pub tag: u32,
    /// None where the tag does not change what the entry is.
    pub kind: Option<EntryKind>,
    pub target: Option<Vec<u8>>,
}

/// Content lies elsewhere in the record, compressed by the Windows Overlay Filter.
pub(super) const WOF: u32 = 0x8000_0017;
const MOUNT_POINT: u32 = 0xA000_0003;
const SYMBOLIC_LINK: u32 = 0xA000_000C;
const LX_SYMBOLIC_LINK: u32 = 0xA000_001D;

/// The tag's name in the trade; None for one that is not in the list.
pub(super) fn tag_name(tag: u32) -> Option<&'static str> {
    Some(match tag {
        MOUNT_POINT => "mount point or junction",
        SYMBOLIC_LINK => "symbolic link",
        LX_SYMBOLIC_LINK => "WSL symbolic link",
        WOF => "WOF compressed",
        0x8000_0013 => "deduplicated",
        0x8000_001B => "app execution alias",
        0x8000_0023 => "WSL socket",
        0x8000_0024 => "WSL fifo",
        0x8000_0025 => "WSL character device",
        0x8000_0026 => "WSL block device",
        t if t & 0xFFFF_0FFF == 0x9000_001A => "cloud file",
        _ => return None,
    })
}

pub(super) fn parse(content: &[u8]) -> Option<Reparse> {
    let mut r = FieldReader::new(content, 0);
    let tag = r.u32("reparse tag").ok()?;
    let length = usize::from(r.u16("reparse length").ok()?);
    r.skip(2, "reserved").ok()?;
    let data = r.bytes(length.min(r.remaining()), "reparse data").ok()?;
    let kind = match tag {
        SYMBOLIC_LINK | MOUNT_POINT | LX_SYMBOLIC_LINK => Some(EntryKind::SymbolicLink),
        0x8000_0023 => Some(EntryKind::Socket),
        0x8000_0024 => Some(EntryKind::Fifo),
        0x8000_0025 => Some(EntryKind::CharacterDevice),
        0x8000_0026 => Some(EntryKind::BlockDevice),
        _ => None,
    };
    let target = match tag {
        SYMBOLIC_LINK => names(data, 12),
        MOUNT_POINT => names(data, 8),
        // A version of 4 bytes, then UTF-8.
        LX_SYMBOLIC_LINK => data.get(4..).map(<[u8]>::to_vec),
        _ => None,
    };
    Some(Reparse { tag, kind, target })
}

/// The print name, or the substitute name where there is none. Offsets count from `base`.
fn names(data: &[u8], base: usize) -> Option<Vec<u8>> {
    let mut r = FieldReader::new(data, 0);
    let mut field = || r.u16("link name").ok().map(usize::from);
    let (substitute_at, substitute_length, print_at, print_length) = (field()?, field()?, field()?, field()?);
    let name = |at: usize, length: usize| {
        let start = base.checked_add(at)?;
        data.get(start..start.checked_add(length)?).filter(|n| !n.is_empty())
    };
    name(print_at, print_length).or_else(|| name(substitute_at, substitute_length)).map(to_wtf8)
}

/// Links and devices of Interix, which NTFS-3G writes too: a system file whose content says what
/// it stands for.
pub(super) fn interix(content: &[u8]) -> Option<(EntryKind, Option<Vec<u8>>)> {
    let (magic, rest) = content.split_first_chunk::<8>()?;
    match magic {
        b"IntxLNK\x01" => Some((EntryKind::SymbolicLink, Some(to_wtf8(rest)))),
        b"IntxCHR\0" => Some((EntryKind::CharacterDevice, None)),
        b"IntxBLK\0" => Some((EntryKind::BlockDevice, None)),
        _ => None,
    }
}

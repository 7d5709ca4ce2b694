//! Formats by their first bytes.

use super::Format;
use crate::container::ewf;

/// What a signature says of a file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// A container or archive this crate opens, or would have to open and cannot.
    Format(Format),
    /// A single file whose format has a name; what reads it is the parsers' business.
    File(&'static str),
}

const fn unsupported(name: &'static str) -> Known {
    Known::Format(Format::Unsupported(name))
}

/// (bytes, offset, what). The first that fits decides.
const MAGIC: &[(&[u8], usize, Known)] = &[
    (&ewf::SIGNATURE, 0, Known::Format(Format::Ewf)),
    (b"LVF\x09\x0d\x0a\xff\x00", 0, unsupported("EWF logical evidence (L01)")),
    (b"EVF2\x0d\x0a\x81\x00", 0, unsupported("EWF version 2 (Ex01)")),
    (b"LEF2\x0d\x0a\x81\x00", 0, unsupported("EWF version 2 logical evidence (Lx01)")),
    (b"PK\x03\x04", 0, Known::Format(Format::Zip)),
    (b"PK\x05\x06", 0, Known::Format(Format::Zip)),
    (b"PK\x07\x08", 0, Known::Format(Format::Zip)),
    (b"\x1f\x8b\x08", 0, Known::Format(Format::Gzip)),
    (b"\xfd7zXZ\0", 0, Known::Format(Format::Xz)),
    (b"\x28\xb5\x2f\xfd", 0, Known::Format(Format::Zstd)),
    (b"QFI\xfb", 0, unsupported("QCOW2 disk image")),
    (b"KDMV", 0, unsupported("VMDK disk image")),
    (b"COWD", 0, unsupported("VMDK disk image (COWD)")),
    (b"# Disk DescriptorFile", 0, unsupported("VMDK descriptor")),
    (b"vhdxfile", 0, unsupported("VHDX disk image")),
    (b"conectix", 0, unsupported("VHD disk image")),
    (b"<<< Oracle VM VirtualBox Disk Image >>>", 0, unsupported("VDI disk image")),
    (b"<<< Sun VirtualBox Disk Image >>>", 0, unsupported("VDI disk image")),
    (b"ADSEGMENTEDFILE\0", 0, unsupported("AccessData logical image (AD1)")),
    (b"AFF10\r\n\0", 0, unsupported("AFF image")),
    (b"sprs", 0, unsupported("Apple sparse image")),
    (b"encrcdsa", 0, unsupported("Apple encrypted disk image")),
    (b"7z\xbc\xaf\x27\x1c", 0, unsupported("7-Zip archive")),
    (b"Rar!\x1a\x07", 0, unsupported("RAR archive")),
    (b"MSCF\0\0\0\0", 0, unsupported("Microsoft cabinet")),
    (b"ElfFile\0", 0, Known::File("Windows event log (EVTX)")),
    (b"LfLe", 4, Known::File("Windows event log (EVT)")),
    (b"regf", 0, Known::File("Windows registry hive")),
    (b"SQLite format 3\0", 0, Known::File("SQLite database")),
    (b"\x37\x7f\x06\x82", 0, Known::File("SQLite write-ahead log")),
    (b"\x37\x7f\x06\x83", 0, Known::File("SQLite write-ahead log")),
    (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 0, Known::File("SQLite rollback journal")),
    (b"\xef\xcd\xab\x89", 4, Known::File("ESE database")),
    (b"MAM\x04", 0, Known::File("Windows prefetch (compressed)")),
    (b"SCCA", 4, Known::File("Windows prefetch")),
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", 0, Known::File("Windows shortcut (LNK)")),
    (b"bplist00", 0, Known::File("Apple binary property list")),
    (b"FILE0\0\x03\0", 0, Known::File("NTFS master file table ($MFT)")),
    (b"FILE*\0\x03\0", 0, Known::File("NTFS master file table ($MFT)")),
    (b"RSTR", 0, Known::File("NTFS journal ($LogFile)")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, Known::File("OLE compound file")),
    (b"\0\0\0\x01Bud1", 0, Known::File("Finder folder settings (.DS_Store)")),
    (b"LPKSHHRH", 0, Known::File("systemd journal")),
    (b"%PDF-", 0, Known::File("PDF document")),
    (b"\x7fELF", 0, Known::File("ELF program")),
    (b"!BDN", 0, Known::File("Outlook data file (PST)")),
    (b"1SLD", 0, Known::File("FSEvents log")),
    (b"2SLD", 0, Known::File("FSEvents log")),
    (b"3SLD", 0, Known::File("FSEvents log")),
    (b"\x00\x10\x00\x00\x11\x00\x00\x00", 0, Known::File("Apple unified log (tracev3)")),
    (b"\x99\x88\x77\x66", 0, Known::File("Apple unified log strings (uuidtext)")),
    (b"ASL DB\0", 0, Known::File("Apple system log (ASL)")),
    (b"kych", 0, Known::File("Apple keychain")),
    (b"cook", 0, Known::File("Safari cookies")),
    (b"book\0\0\0\0mark", 0, Known::File("Apple bookmark")),
    (b"Client UrlCache MMF", 0, Known::File("Internet Explorer cache (index.dat)")),
    (b"\0mlocate", 0, Known::File("mlocate database")),
    (b"\xff\xd8\xff", 0, Known::File("JPEG picture")),
    (b"\x89PNG\r\n\x1a\n", 0, Known::File("PNG picture")),
];

/// What the first bytes of a file say. `head` should hold at least 512 bytes where there are so
/// many; `tail` the file's last 512 bytes.
pub fn known(head: &[u8], tail: &[u8]) -> Option<Known> {
    // A UDIF image is named by its trailer; before it lies compressed data of any look.
    if tail.len() == 512 && tail.get(..12) == Some(b"koly\0\0\0\x04\0\0\x02\0") {
        return Some(unsupported("Apple disk image (DMG)"));
    }
    for (magic, at, what) in MAGIC {
        if head.get(*at..at.saturating_add(magic.len())) == Some(magic) {
            return Some(if is_aff4(head, *what) { unsupported("AFF4 image") } else { *what });
        }
    }
    if bzip2(head) {
        return Some(Known::Format(Format::Bzip2));
    }
    if tar(head) {
        return Some(Known::Format(Format::Tar));
    }
    xml_plist(head).then_some(Known::File("Apple XML property list"))
}

/// Name of the format of a file by its first bytes; None where it is not recognised. For the note
/// that says what was not examined.
pub fn signature_name(head: &[u8]) -> Option<&'static str> {
    if utf16(head) {
        return Some("text in UTF-16");
    }
    known(head, &[]).map(|known| match known {
        Known::Format(format) => format.name(),
        Known::File(name) => name,
    })
}

/// A byte order mark and then, as in any log, characters of one byte.
fn utf16(head: &[u8]) -> bool {
    let (units, _) = head.as_chunks::<2>();
    let ascii = |unit: &[u8; 2], mark: u8| match mark {
        0xff => unit[1] == 0 && unit[0] != 0,
        _ => unit[0] == 0 && unit[1] != 0,
    };
    match units {
        [[a, b], text @ ..] if matches!((a, b), (0xff, 0xfe) | (0xfe, 0xff)) => {
            let text = text.get(..text.len().min(64)).unwrap_or_default();
            !text.is_empty() && text.iter().filter(|unit| ascii(unit, *a)).count() > text.len() / 2
        }
        _ => false,
    }
}

/// An AFF4 volume is a zip whose first member tells its identity.
fn is_aff4(head: &[u8], what: Known) -> bool {
    what == Known::Format(Format::Zip)
        && head.get(30..).is_some_and(|rest| {
            rest.starts_with(b"container.description") || rest.starts_with(b"aff4%3A") || rest.starts_with(b"information.turtle")
        })
}

/// `BZh`, a level, and the magic of a block or of the stream's end.
fn bzip2(head: &[u8]) -> bool {
    let block = head.get(4..10);
    head.starts_with(b"BZh")
        && head.get(3).is_some_and(|level| matches!(level, b'1'..=b'9'))
        && (block == Some(b"\x31\x41\x59\x26\x53\x59") || block == Some(b"\x17\x72\x45\x38\x50\x90"))
}

/// A tar header: its checksum must hold, with the field itself taken as spaces. Old tar has no
/// magic. Some writers summed signed bytes.
fn tar(head: &[u8]) -> bool {
    let (Some(header), Some(field)) = (head.get(..512), head.get(148..156)) else { return false };
    if header.first().is_none_or(|b| *b == 0) {
        return false;
    }
    let digits: Vec<u8> = field.iter().copied().skip_while(|b| *b == b' ').take_while(|b| matches!(b, b'0'..=b'7')).collect();
    let Some(stored) = std::str::from_utf8(&digits).ok().and_then(|d| i64::from_str_radix(d, 8).ok()) else { return false };
    let (mut unsigned, mut signed) = (0i64, 0i64);
    for (at, byte) in header.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned = unsigned.saturating_add(i64::from(byte));
        signed = signed.saturating_add(i64::from(byte.cast_signed()));
    }
    stored == unsigned || stored == signed
}

fn xml_plist(head: &[u8]) -> bool {
    let head = head.get(..head.len().min(512)).unwrap_or_default();
    let xml = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start().starts_with(b"<?xml");
    xml && memchr::memmem::find(head, b"<!DOCTYPE plist").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_utf16_is_named() {
        let text = |big: bool| {
            "\u{feff}2025-06-24 10:00:00 GET /"
                .encode_utf16()
                .flat_map(move |u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
        };
        for big in [false, true] {
            assert!(signature_name(&text(big).collect::<Vec<u8>>()) == Some("text in UTF-16"));
        }
        assert_eq!(signature_name(&[0xff, 0xfe, 1, 2, 3, 4, 5, 6]), None);
        assert_eq!(signature_name(&[0xff, 0xfe]), None);
    }

    #[test]
    fn kin_of_ewf_bear_one_name_everywhere() {
        for (magic, name) in ewf::SIGNATURES_OF_KIN {
            assert_eq!(signature_name(&magic), Some(name));
        }
    }
}

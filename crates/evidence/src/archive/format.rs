//! What bytes are by their signature, and which of them are worth opening.

use super::codec::{self, Codec};
use super::tar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    Tar,
    Compressed(Codec),
}

/// Bytes that decide; a zstd file may begin with a short skippable frame.
pub(super) const HEAD: usize = 1024;

impl Format {
    /// By content alone.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK\x07\x08PK") {
            return Some(Self::Zip);
        }
        if codec::is_gzip(head) && head.len() >= 10 {
            return Some(Self::Compressed(Codec::Gzip));
        }
        if codec::is_bzip2(head) {
            return Some(Self::Compressed(Codec::Bzip2));
        }
        if head.starts_with(codec::XZ_MAGIC) {
            return Some(Self::Compressed(Codec::Xz));
        }
        if codec::is_zstd(head) && head.len() >= 6 {
            return Some(Self::Compressed(Codec::Zstd));
        }
        tar::is_tar(head).then_some(Self::Tar)
    }

    /// As `of`, for a member: zips that are documents or programs stay plain files.
    pub fn of_member(head: &[u8], name: &[u8]) -> Option<Self> {
        Self::of(head).filter(|f| *f != Self::Zip || !is_document(name))
    }
}

/// File types that are zips inside; a parser of their own reads them, if any.
const DOCUMENTS: &[&str] = &[
    "3mf", "aar", "apk", "appx", "crx", "cbz", "docm", "docx", "dotm", "dotx", "ear", "epub", "hwpx", "idml", "ipa", "jar",
    "key", "kmz", "msix", "numbers", "nupkg", "odb", "odf", "odg", "odp", "ods", "odt", "otp", "ots", "ott", "pages", "potm",
    "potx", "ppsm", "ppsx", "pptm", "pptx", "sketch", "vsdx", "vsix", "war", "whl", "xlam", "xlsb", "xlsm", "xlsx", "xltm",
    "xltx", "xpi", "xps",
];

fn is_document(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|b| *b == b'.') else { return false };
    let suffix = name.get(dot.saturating_add(1)..).unwrap_or_default();
    DOCUMENTS.iter().any(|d| d.as_bytes().eq_ignore_ascii_case(suffix))
}

/// Endings of compressed files and what the decompressed file is called.
const ENDINGS: &[(&str, &str)] = &[
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".tbz", ".tar"),
    (".txz", ".tar"),
    (".tzst", ".tar"),
    (".gz", ""),
    (".bz2", ""),
    (".xz", ""),
    (".zst", ""),
    (".zstd", ""),
    (".z", ""),
];

/// Name of the decompressed bytes of `name`: its last part, without the ending (`a/x.log.gz` →
/// `x.log`). A name without a known ending stays as it is.
pub(super) fn decompressed_name(name: &[u8]) -> Vec<u8> {
    let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
    for (ending, instead) in ENDINGS {
        let Some(cut) = base.len().checked_sub(ending.len()).filter(|c| *c > 0) else { continue };
        if base.get(cut..).is_some_and(|e| e.eq_ignore_ascii_case(ending.as_bytes())) {
            let mut out = base.get(..cut).unwrap_or_default().to_vec();
            out.extend_from_slice(instead.as_bytes());
            return out;
        }
    }
    base.to_vec()
}

/// Why a member's name must never be used as a path; None for a plain relative name.
pub(super) fn name_trouble(name: &[u8]) -> Option<&'static str> {
    let drive = matches!(name, [c, b':', ..] if c.is_ascii_alphabetic());
    if name.contains(&0) {
        Some("a NUL byte")
    } else if name.starts_with(b"/") {
        Some("an absolute path")
    } else if drive {
        Some("a drive letter")
    } else if name.split(|b| matches!(b, b'/' | b'\\')).any(|part| part == b"..") {
        Some("a path that climbs with ..")
    } else if name.contains(&b'\\') {
        Some("a backslash")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_decompressed_streams() {
        for (given, expected) in [
            ("x.log.gz", "x.log"),
            ("a/b/x.LOG.GZ", "x.LOG"),
            ("day.tgz", "day.tar"),
            ("day.tar.zst", "day.tar"),
            (".gz", ".gz"),
            ("0000000001a0b79", "0000000001a0b79"),
        ] {
            assert_eq!(decompressed_name(given.as_bytes()), expected.as_bytes(), "{given}");
        }
    }

    #[test]
    fn documents_stay_files() {
        assert_eq!(Format::of_member(b"PK\x03\x04", b"a/report.DOCX"), None);
        assert_eq!(Format::of_member(b"PK\x03\x04", b"a/logs.zip"), Some(Format::Zip));
    }
}

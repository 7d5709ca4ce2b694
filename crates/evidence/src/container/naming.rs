//! Names of the segments of one image: which number a name has, and which siblings lie beside it.

use std::path::{Path, PathBuf};

/// How the extensions of a segmented image count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// `.001`, `.002` ... or `.000`, `.001` ...: at least three digits, so that rotated logs
    /// (`syslog.1`) are never taken for segments.
    Digits,
    /// `.aa`, `.ab` ... or `.aaa` ..., as split(1) writes them; the letters of the extension.
    Letters(u8),
    /// `.E01` to `.E99`, `.EAA` to `.EZZ`, `.FAA` to `.ZZZ`; SMART counts the same from `.s01`.
    /// The letter it starts with, in upper case.
    Ewf(u8),
}

/// Numbering and number of a segment by its name; None where the name is no segment's.
/// EWF numbers start at 1; letters at 0; digits at what they say.
pub fn segment_number(path: &Path) -> Option<(Numbering, u32)> {
    let ext = path.extension()?.to_str()?.as_bytes();
    if (3..=5).contains(&ext.len()) && ext.iter().all(u8::is_ascii_digit) {
        return digits(ext).map(|n| (Numbering::Digits, n));
    }
    if let Some(found) = ewf_number(ext) {
        return Some(found);
    }
    if (2..=3).contains(&ext.len()) && ext.iter().all(u8::is_ascii_lowercase) {
        let number = ext.iter().fold(0u32, |sum, c| sum.saturating_mul(26).saturating_add(letter(*c)));
        return Some((Numbering::Letters(u8::try_from(ext.len()).ok()?), number));
    }
    None
}

/// Number of an EWF segment by its extension, with the letter its set starts at. The first letter
/// of a late segment may be any from `E` (or `S`) to `Z`; SMART sets use lower case, but copies
/// change the case of names, so the number alone cannot tell the two apart after `.SAA`; there the
/// lower case decides.
fn ewf_number(ext: &[u8]) -> Option<(Numbering, u32)> {
    let [first, rest @ ..] = ext else { return None };
    let [a, b] = rest else { return None };
    let upper = first.to_ascii_uppercase();
    let start = match upper {
        b'E'..=b'R' => b'E',
        b'S'..=b'Z' if first.is_ascii_lowercase() => b'S',
        b'S' if a.is_ascii_digit() => b'S',
        b'S'..=b'Z' => b'E',
        _ => return None,
    };
    if a.is_ascii_digit() && b.is_ascii_digit() {
        let number = digits(rest).filter(|n| *n > 0)?;
        return (upper == start).then_some((Numbering::Ewf(start), number));
    }
    if !a.is_ascii_alphabetic() || !b.is_ascii_alphabetic() {
        return None;
    }
    let block = u32::from(upper.saturating_sub(start)).saturating_mul(26 * 26);
    let within = letter(a.to_ascii_lowercase()).saturating_mul(26).saturating_add(letter(b.to_ascii_lowercase()));
    Some((Numbering::Ewf(start), block.saturating_add(within).saturating_add(100)))
}

fn letter(c: u8) -> u32 {
    u32::from(c.saturating_sub(b'a'))
}

fn digits(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The segments that bear the same name as `path` up to the extension and count the same way, in
/// the same folder, sorted by number; `path` itself included. Looks at names only.
pub fn siblings(path: &Path) -> Vec<(u32, PathBuf)> {
    let Some((numbering, own)) = segment_number(path) else { return Vec::new() };
    let mut out = vec![(own, path.to_path_buf())];
    let folder = match path.parent() {
        Some(p) if p.as_os_str().is_empty() => Path::new("."),
        Some(p) => p,
        None => return out,
    };
    let stem = path.file_stem();
    let Ok(entries) = std::fs::read_dir(folder) else { return out };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let other = path.with_file_name(&name);
        if other == path || other.file_stem() != stem {
            continue;
        }
        if let Some((n, number)) = segment_number(&other)
            && n == numbering
            && other.is_file()
        {
            out.push((number, other));
        }
    }
    // By number, then by name, so that two spellings of one number give the same order everywhere.
    out.sort();
    out.dedup_by_key(|(number, _)| *number);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_names() {
        for (name, numbering, number) in [
            ("a.E01", Numbering::Ewf(b'E'), 1),
            ("a.e99", Numbering::Ewf(b'E'), 99),
            ("a.EAA", Numbering::Ewf(b'E'), 100),
            ("a.EZZ", Numbering::Ewf(b'E'), 775),
            ("a.FAA", Numbering::Ewf(b'E'), 776),
            ("a.s01", Numbering::Ewf(b'S'), 1),
            ("a.s99", Numbering::Ewf(b'S'), 99),
            ("a.saa", Numbering::Ewf(b'S'), 100),
            ("a.dd.000", Numbering::Digits, 0),
            ("a.raw.1000", Numbering::Digits, 1000),
            ("a.aa", Numbering::Letters(2), 0),
            ("a.dd.bc", Numbering::Letters(2), 28),
            ("a.aab", Numbering::Letters(3), 1),
        ] {
            assert_eq!(segment_number(Path::new(name)), Some((numbering, number)), "{name}");
        }
        for name in ["syslog.1", "a.log", "a.01", "a", "a.E00", "a.F01", "a.E1", "a.json", "a.AA"] {
            let found = segment_number(Path::new(name));
            assert!(found.is_none() || name == "a.log", "{name}: {found:?}");
        }
    }
}

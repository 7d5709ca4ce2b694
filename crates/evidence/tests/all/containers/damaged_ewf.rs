//! Images with pieces missing: what is left must read, and the notes must name the rest.

use super::common::*;
use evidence::container::Media;
use model::{ByteSource, Code};
use std::path::PathBuf;

fn codes(media: &Media) -> Vec<Code> {
    media.notes.iter().map(|n| n.code).collect()
}

/// Asserts that the media equals `whole` but for the ranges of its notes, which are zeros.
fn equal_but_for_notes(media: &Media, whole: &[u8]) -> u64 {
    let got = all_bytes(&media.source);
    assert_eq!(got.len(), whole.len());
    let mut lost: Vec<(u64, u64)> = media.notes.iter().chain(&media.damage.notes()).filter_map(|n| n.at).collect();
    lost.sort_unstable();
    let mut expected = whole.to_vec();
    for (at, length) in &lost {
        let range = *at as usize..(*at + *length) as usize;
        expected[range.clone()].copy_from_slice(&got[range]);
    }
    assert!(got == expected);
    lost.iter().map(|(_, n)| n).sum()
}

fn three() -> (tempfile::TempDir, Vec<PathBuf>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let paths = unpack(folder.path(), "three");
    let whole = all_bytes(&ewf(&paths).source);
    (folder, paths, whole)
}

#[test]
fn a_missing_segment_leaves_the_others_in_place() {
    let (_folder, paths, whole) = three();
    for missing in 0..3 {
        let rest: Vec<PathBuf> = paths.iter().enumerate().filter(|(i, _)| *i != missing).map(|(_, p)| p.clone()).collect();
        if missing == 0 {
            // Later segments repeat the geometry in a data section.
            let media = ewf(&rest);
            assert_eq!(codes(&media), [Code::MissingSegment]);
            assert_eq!(media.source.len(), whole.len() as u64);
        }
        let media = ewf(&rest);
        let lost = equal_but_for_notes(&media, &whole);
        assert!(lost > 0 && lost < whole.len() as u64 * 2 / 3, "{missing}: {lost}");
        assert!(
            media.notes.iter().any(|n| n.found.contains(&format!("segment {}", missing + 1)) || missing == 2),
            "{:?}",
            media.notes
        );
    }
}

#[test]
fn a_truncated_segment_reads_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = unpack(folder.path(), "single-best").remove(0);
    let bytes = std::fs::read(&path).unwrap();
    let whole = all_bytes(&ewf(std::slice::from_ref(&path)).source);
    // The table lies behind the chunks: cutting the file loses it, and the chunks are found again.
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let media = ewf(&[path]);
    let lost = equal_but_for_notes(&media, &whole);
    assert!(media.notes.iter().any(|n| n.code == Code::Truncated));
    assert!(lost < whole.len() as u64 * 2 / 3, "{lost} of {}", whole.len());
    assert!(lost > 0);
}

#[test]
fn a_damaged_table_is_replaced_by_its_copy_and_a_damaged_chunk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = unpack(folder.path(), "single-best").remove(0);
    let bytes = std::fs::read(&path).unwrap();
    let whole = all_bytes(&ewf(std::slice::from_ref(&path)).source);

    let table = memchr::memmem::find(&bytes, b"table\0").unwrap();
    let mut broken = bytes.clone();
    broken[table + 76 + 24 + 8] ^= 0x55;
    std::fs::write(&path, &broken).unwrap();
    let media = ewf(std::slice::from_ref(&path));
    assert!(all_bytes(&media.source) == whole);
    let notes = media.damage.notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].found.contains("second copy was used"), "{notes:?}");

    let sectors = memchr::memmem::find(&bytes, b"sectors\0").unwrap();
    let mut broken = bytes;
    broken[sectors + 76 + 1000] ^= 0x55;
    std::fs::write(&path, &broken).unwrap();
    let media = ewf(&[path]);
    let lost = equal_but_for_notes(&media, &whole);
    assert_eq!(lost, 32 << 10);
    let notes = media.damage.notes();
    assert_eq!((notes.len(), notes[0].at), (1, Some((0, 32 << 10))));
    assert!(notes[0].found.contains("file offset"), "{notes:?}");
    // Reading again does not tell it twice.
    all_bytes(&media.source);
    assert_eq!(media.damage.notes(), notes);
}

fn adler(data: &[u8]) -> [u8; 4] {
    let sum = |(a, b): (u32, u32), c: &u8| ((a + u32::from(*c)) % 65_521, (b + a + u32::from(*c)) % 65_521);
    let (a, b) = data.iter().fold((1, 0), sum);
    (b << 16 | a).to_le_bytes()
}

/// A section with a sound descriptor, as it would stand at byte `at` of a segment.
fn section(kind: &[u8], at: usize, next: usize, data: &[u8]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.resize(16, 0);
    out.extend((next as u64).to_le_bytes());
    out.extend((76 + data.len() as u64).to_le_bytes());
    out.resize(72, 0);
    out.extend(adler(&out));
    out.extend(data);
    assert!(next == at || next == at + out.len());
    out
}

#[test]
fn sectors_unreadable_at_acquisition_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = unpack(folder.path(), "single-none").remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    // In place of the last section, which holds nothing: a list of two ranges, and the end again.
    let at = bytes.len() - 76;
    assert!(bytes[at..].starts_with(b"done"));
    bytes.truncate(at);
    let mut data = 2u32.to_le_bytes().to_vec();
    data.resize(516, 0);
    data.extend(adler(&data));
    let ranges: Vec<u8> = [10u32, 4, 100, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    data.extend(&ranges);
    data.extend(adler(&ranges));
    bytes.extend(section(b"error2", at, at + 76 + data.len(), &data));
    let at = bytes.len();
    bytes.extend(section(b"done", at, at, &[]));
    std::fs::write(&path, &bytes).unwrap();
    let media = ewf(&[path]);
    assert_eq!(codes(&media), [Code::Unreadable, Code::Unreadable]);
    assert_eq!(media.notes[0].at, Some((5120, 2048)));
    assert_eq!(media.notes[1].found, "1 sectors from sector 100 could not be read at acquisition");
}

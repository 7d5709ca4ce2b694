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
    let whole = all_bytes(&ewf(&[path.clone()]).source);
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
    let whole = all_bytes(&ewf(&[path.clone()]).source);

    let table = memchr::memmem::find(&bytes, b"table\0").unwrap();
    let mut broken = bytes.clone();
    broken[table + 76 + 24 + 8] ^= 0x55;
    std::fs::write(&path, &broken).unwrap();
    let media = ewf(&[path.clone()]);
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

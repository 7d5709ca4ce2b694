use super::common::*;
use evidence::container;
use evidence::open::{Format, group, inspect};
use model::{ByteSource, Code};
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn split(folder: &Path, names: &[&str], bytes: &[u8]) -> Vec<PathBuf> {
    let size = bytes.len().div_ceil(names.len()).next_multiple_of(512);
    names.iter().zip(bytes.chunks(size)).map(|(n, b)| write(folder, n, b)).collect()
}

#[test]
fn segments_make_one_item_however_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let image = unpacked("mbr-extended.raw");
    for names in [["d.001", "d.002", "d.003"], ["d.dd.000", "d.dd.001", "d.dd.002"], ["d.img.aa", "d.img.ab", "d.img.ac"]] {
        let paths = split(folder.path(), &names, &image);
        for given in [paths.clone(), paths[..1].to_vec(), paths[2..].to_vec(), vec![paths[2].clone(), paths[0].clone()]] {
            let items = group(&given);
            assert_eq!(items.len(), 1, "{given:?}");
            assert_eq!((items[0].format, &items[0].paths), (Format::SplitRaw, &paths), "{given:?}");
            assert_eq!(items[0].bytes, image.len() as u64);
            let media = container::open(&items[0]).unwrap();
            assert!(media.notes.is_empty() && all_bytes(&media.source) == image);
        }
    }
}

#[test]
fn a_missing_middle_segment_keeps_the_later_ones_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut image = unpacked("mbr-extended.raw");
    image[3_500_000..3_500_004].copy_from_slice(b"here");
    let paths = split(folder.path(), &["d.001", "d.002", "d.003", "d.004"], &image);
    std::fs::remove_file(&paths[1]).unwrap();
    let media = container::open(&group(&paths[2..3])[0]).unwrap();
    assert_eq!(media.notes.len(), 1);
    assert_eq!((media.notes[0].code, media.notes[0].at), (Code::MissingSegment, Some((1 << 20, 1 << 20))));
    assert_eq!(media.source.len(), image.len() as u64);
    image[1 << 20..2 << 20].fill(0);
    assert!(all_bytes(&media.source) == image);
}

#[test]
fn logs_are_not_segments() {
    let folder = tempfile::tempdir().unwrap();
    let line = "2026-11-22 10:00:00 a line of a log, twice 32 bytes long, as is\n";
    let text = line.repeat(64).into_bytes();
    let mut names = Vec::new();
    for name in ["app.log", "app.log.001", "app.log.002", "syslog.1", "syslog.2", "a.aa", "a.ab", "core.EXE", "x.ini"] {
        names.push(write(folder.path(), name, &text));
    }
    let items = group(&names);
    assert_eq!(items.len(), names.len());
    assert!(items.iter().all(|i| i.format == Format::File && i.paths.len() == 1));
}

#[test]
fn ewf_segments_are_found_and_strangers_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let paths = unpack(folder.path(), "three");
    write(folder.path(), "three.EXE", b"MZ");
    write(folder.path(), "three.txt", b"notes");
    for given in [&paths[..1], &paths[1..2], &paths[..]] {
        let items = group(given);
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].format, &items[0].paths), (Format::Ewf, &paths));
    }
    let smart = unpack(folder.path(), "smart");
    assert_eq!(group(&smart[2..])[0].paths, smart);
    // Order of first appearance.
    let items = group(&[smart[1].clone(), paths[0].clone(), folder.path().to_path_buf(), smart[0].clone()]);
    let formats: Vec<Format> = items.iter().map(|i| i.format).collect();
    assert_eq!(formats, [Format::Ewf, Format::Ewf, Format::Folder]);
}

#[test]
fn content_decides_what_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str, bytes: &[u8]| {
        let items = group(&[write(folder.path(), name, bytes)]);
        let told = inspect(&items[0]).unwrap();
        (items[0].format, told.signature)
    };
    assert_eq!(named("a.bin", &unpacked("fat-whole.raw")).0, Format::RawImage);
    assert_eq!(named("a.txt", &unpacked("gpt.raw")).0, Format::RawImage);
    assert_eq!(named("b.txt", b"SQLite format 3\0rest"), (Format::File, Some("SQLite database")));
    assert_eq!(named("c.log", b"\x1f\x8b\x08\0").0, Format::Gzip);
    assert_eq!(named("d", b"QFI\xfb\0\0\0\x03"), (Format::Unsupported("QCOW2 disk image"), Some("QCOW2 disk image")));
    assert_eq!(named("empty.E01", b""), (Format::File, None));
    assert_eq!(named("plain.dd", &[0; 4096]), (Format::File, None));
    let mft = [b"FILE0\0\x03\0".as_slice(), &[0; 1016]].concat();
    assert_eq!(named("$MFT", &mft), (Format::File, Some("NTFS master file table ($MFT)")));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let items = group(&[folder.path().join("nothing.E01"), folder.path().to_path_buf()]);
    let text = container::open(&items[0]).err().unwrap().to_string();
    assert!(text.contains("nothing.E01") && text.contains("check that the file is there"), "{text}");
    assert!(inspect(&items[1]).unwrap().segments.is_empty());
    assert!(container::open(&items[1]).is_err());
    let header = write(folder.path(), "h.E01", b"EVF\x09\x0d\x0a\xff\x00\x01\x01\0\0\0");
    let text = container::open(&group(&[header])[0]).err().unwrap().to_string();
    assert!(text.contains("no volume section"), "{text}");
}

//! Our own samples, in full.

use super::common::*;
use evidence::open::{VolumeContent, group, inspect};
use evidence::volume::{self, VolumeKind};
use model::{ByteSource, Code, MemorySource, read_vec};
use std::sync::Arc;

#[test]
fn media_of_ewf_is_what_was_acquired() {
    let truth = table("ewfinfo.tsv");
    for stem in ["single-best", "single-none", "three", "ftk", "smart", "encase5"] {
        let folder = tempfile::tempdir().unwrap();
        let paths = unpack(folder.path(), stem);
        let says = |key: &str| truth.iter().find(|r| r[0] == stem && r[1] == key).map(|r| r[2].clone());
        assert_eq!(Some(paths.len().to_string()), says("segments"), "{stem}");
        let media = ewf(&paths);
        assert_eq!(media.notes, vec![], "{stem}");
        assert_eq!(Some(media.source.len().to_string()), says("media bytes"), "{stem}");
        assert_eq!(Some(hex::encode(md5_of(&media.source))), says("md5"), "{stem}");
        assert!(media.damage.is_empty(), "{stem}");
        assert_eq!(media.stored.md5.map(hex::encode), says("stored md5"), "{stem}");
        assert_eq!(media.stored.sha1.map(hex::encode), says("stored sha1"), "{stem}");
        for (key, value) in &media.stored.metadata {
            // ewfinfo does not decode a one-byte header that holds UTF-8; it stops at the first such byte.
            match says(key) {
                Some(said) if value.is_ascii() => assert_eq!(*value, said, "{stem} {key}"),
                Some(said) => assert!(value.starts_with(&said), "{stem} {key}: {value} {said}"),
                None => {}
            }
        }
        let names: Vec<&str> = media.stored.metadata.iter().map(|(k, _)| k.as_str()).collect();
        assert!(
            names.starts_with(&["case number", "evidence number", "examiner", "description", "notes", "acquired"]),
            "{names:?}"
        );
    }
}

#[test]
fn the_other_reader_agrees_byte_for_byte() {
    for stem in ["single-best", "single-none", "three", "ftk", "encase5"] {
        let folder = tempfile::tempdir().unwrap();
        let paths = unpack(folder.path(), stem);
        let oracle = ewf::EwfReader::open(&paths[0]).unwrap();
        let media = ewf(&paths);
        // ewf 0.4.10 cannot read a last chunk that is shorter than the others.
        let whole = media.source.len() / 32_768 * 32_768;
        let mut theirs = vec![0; usize::try_from(whole).unwrap()];
        let mut done = 0;
        while done < theirs.len() {
            let n = oracle.read_at(&mut theirs[done..], done as u64).unwrap();
            assert!(n > 0);
            done += n;
        }
        assert!(all_bytes(&media.source)[..theirs.len()] == theirs, "{stem}");
    }
}

#[test]
fn reads_at_any_place_and_from_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let media = ewf(&unpack(folder.path(), "three"));
    let whole = Arc::new(all_bytes(&media.source));
    let threads: Vec<_> = (0..4u64)
        .map(|seed| {
            let (source, whole) = (media.source.clone(), whole.clone());
            std::thread::spawn(move || {
                let mut state = seed + 1;
                for _ in 0..200 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let at = (state >> 16) % (whole.len() as u64 + 10);
                    let n = ((state >> 40) % 70_000) as usize;
                    let got = read_vec(&source, at, n).unwrap();
                    let from = (at as usize).min(whole.len());
                    let to = (from + n).min(whole.len());
                    assert!(got == whole[from..to], "{at} {n}");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(media.source.read_at(media.source.len(), &mut [0; 8]).unwrap(), 0);
    assert_eq!(media.source.read_at(u64::MAX, &mut [0; 8]).unwrap(), 0);
}

#[test]
fn partitions_are_those_of_mmls() {
    for (name, (size, scheme, rows)) in mmls("mmls.tsv") {
        let bytes = unpacked(&name);
        let length = bytes.len() as u64;
        let map = volume::map(&MemorySource(bytes));
        assert_covers(&map, length);
        // mmls does not check the CRC of the entries, and never looks for the backup copy.
        if matches!(name.as_str(), "gpt-bad-crc.raw" | "gpt-backup-only.raw") {
            let whole = volume::map(&MemorySource(unpacked("gpt.raw")));
            assert_eq!(as_mmls(&map), as_mmls(&whole), "{name}");
            continue;
        }
        let mut rows = rows;
        rows.sort_unstable();
        assert_eq!(map.sector_size, if scheme == "none" { 512 } else { size }, "{name}");
        assert_eq!(as_mmls(&map), (scheme, rows), "{name}");
    }
}

fn codes(name: &str) -> Vec<Code> {
    volume::map(&MemorySource(unpacked(name))).notes.iter().map(|n| n.code).collect()
}

#[test]
fn damage_of_tables_is_told() {
    for (name, expected) in [
        ("mbr-extended.raw", vec![]),
        ("gpt.raw", vec![]),
        ("gpt-4096.raw", vec![]),
        ("mbr-fat.raw", vec![]),
        ("fat-whole.raw", vec![]),
        ("ntfs-boot.raw", vec![]),
        ("mbr-past-end.raw", vec![Code::Truncated, Code::Truncated]),
        ("mbr-overlap.raw", vec![Code::Overlap]),
        ("mbr-loop.raw", vec![Code::Loop]),
        ("gpt-bad-crc.raw", vec![Code::ChecksumMismatch, Code::BackupDiffers]),
        ("gpt-backup-only.raw", vec![Code::BackupDiffers]),
        ("gpt-backup-differs.raw", vec![Code::BackupDiffers]),
        ("gpt-hybrid.raw", vec![Code::Overlap]),
    ] {
        assert_eq!(codes(name), expected, "{name}");
    }
    let notes = volume::map(&MemorySource(unpacked("gpt-backup-differs.raw"))).notes;
    assert_eq!(notes[0].place, b"GPT slot 3");
    assert!(notes[0].found.contains("primary: nothing; backup: 0fc63daf"), "{notes:?}");
}

#[test]
fn volumes_bear_their_names() {
    let map = volume::map(&MemorySource(unpacked("mbr-extended.raw")));
    assert_eq!(map.disk_id.as_deref(), Some("0x12345678"));
    let told: Vec<String> = map
        .volumes
        .iter()
        .map(|v| match v.kind {
            VolumeKind::Gap => v.name.clone(),
            _ => format!("{} {} {}", v.slot.unwrap(), v.type_code.as_deref().unwrap(), v.type_name.unwrap()),
        })
        .collect();
    assert_eq!(
        told,
        [
            "MBR",
            "unallocated",
            "1 0x07 NTFS / exFAT",
            "unallocated",
            "2 0x83 Linux",
            "unallocated",
            "extended boot record",
            "unallocated",
            "5 0x0b FAT32",
            "unallocated",
            "extended boot record",
            "unallocated",
            "6 0x83 Linux",
            "unallocated",
            "extended boot record",
            "7 0x82 Linux swap",
            "unallocated",
        ]
    );
    assert!(map.volumes[2].bootable && !map.volumes[4].bootable);

    let map = volume::map(&MemorySource(unpacked("gpt.raw")));
    assert_eq!(map.disk_id.as_deref(), Some("6d1b7a52-0c1e-4a6b-9f0e-0d3c5a7b9e11"));
    let told: Vec<&str> = map.volumes.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(
        told,
        [
            "MBR",
            "GPT header",
            "GPT entries",
            "unallocated",
            "boot",
            "자료",
            "unallocated",
            "home",
            "unallocated",
            "GPT backup entries",
            "GPT backup header",
        ]
    );
    assert_eq!(map.volumes[4].type_name, Some("EFI system"));
    assert_eq!(map.volumes[7].slot, Some(5));
    assert!(map.volumes[4].bootable);
}

#[test]
fn inspection_tells_what_an_image_holds() {
    let folder = tempfile::tempdir().unwrap();
    let paths = unpack(folder.path(), "three");
    let items = group(&paths[1..2]);
    let told = inspect(&items[0]).unwrap();
    assert_eq!((told.segments.len(), told.media_bytes), (3, Some(5_400_064)));
    assert_eq!(told.contents, vec![VolumeContent::Unknown]);
    assert_eq!(told.stored.metadata[0], ("case number".to_owned(), "2026-117".to_owned()));
    assert_eq!(told.head.len(), 64 << 10);

    let paths = unpack(folder.path(), "mbr-fat");
    let told = inspect(&group(&paths)[0]).unwrap();
    assert_eq!(told.format, evidence::open::Format::RawImage);
    let VolumeContent::FileSystem(facts) = &told.contents[2] else { panic!("{:?}", told.contents) };
    assert_eq!(facts.kind, "FAT12");
}

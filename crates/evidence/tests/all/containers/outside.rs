//! Images made by others, with the answers of other tools.

use super::common::*;
use evidence::container;
use evidence::open::{Format, VolumeContent, group, identify, inspect};
use model::ByteSource;
use std::path::{Path, PathBuf};

/// The file itself, or its unpacked copy in `folder` where it is stored as `.xz`.
fn fetch(root: &Path, folder: &Path, name: &str) -> PathBuf {
    let plain = root.join(name);
    if plain.exists() {
        return plain;
    }
    let out = folder.join(plain.file_name().unwrap());
    if !out.exists() {
        std::fs::write(&out, crate::shared::unpacked(&root.join(format!("{name}.xz")))).unwrap();
    }
    out
}

#[test]
fn stored_hashes_hold() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    // (first segment, segments, media bytes, MD5 as ewfinfo prints it)
    for (name, segments, bytes, md5) in [
        ("images/containers/image.E01", 1, 102_400, "d73c51f10c7ee6a681b7b619ccc6f1c4"),
        ("images/containers/image-split.E01", 2, 1_474_560, "38ea5af8a80e16e46c095c9110242fc0"),
        ("images/containers/multiseg_v1.E01", 8, 10_485_760, "2692f3177a389e58906b5c9080aa1add"),
        ("images/ntfs/ntfs_sample.E01", 1, 7_340_032, "e4e9578a9c8bf6c6b375a80c630196a4"),
        ("images/fat-exfat/nps-2010-emails.E01", 1, 10_485_760, "7dae50cec8163697415e69fd72387c01"),
        ("images/fat-exfat/exfat1.E01", 1, 100_020_736, "0777ee90c27ed5ff5868af2015bed635"),
        ("images-synthetic/syn-gpt.E01", 1, 134_217_728, "a8bfa5cdd1833f5d476b3ef24d2c08f0"),
    ] {
        let path = fetch(&root, folder.path(), name);
        if name.contains("image-split") {
            fetch(&root, folder.path(), "images/containers/image-split.E02");
        }
        let items = group(&[path]);
        assert_eq!((items[0].format, items[0].paths.len()), (Format::Ewf, segments), "{name}");
        let media = container::open(&items[0]).unwrap();
        assert_eq!(media.notes, vec![], "{name}");
        assert_eq!(media.source.len(), bytes, "{name}");
        assert_eq!(media.stored.md5.map(hex::encode).as_deref(), Some(md5), "{name}");
        assert_eq!(hex::encode(md5_of(&media.source)), md5, "{name}");
        assert!(media.damage.is_empty(), "{name}");
    }
}

/// mmls over the same images; `-` where mmls knows no table.
#[test]
fn partitions_are_those_of_mmls() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, scheme, rows) in [
        ("images/partitions/mbr.raw", "mbr", vec![(1, 129), (131, 129)]),
        ("images/partitions/gpt.raw", "gpt", vec![(2048, 128), (4096, 128)]),
        ("images/partitions/gpt_empty_with_mbr.raw", "mbr", vec![(48, 257)]),
        ("images/partitions/gpt_non_sequential.raw", "gpt", vec![(2048, 128), (6144, 128)]),
        ("images/partitions/tsk_volume_system.raw", "mbr", vec![(1, 350), (352, 2528)]),
        ("images/partitions/lvm.raw", "none", vec![]),
        ("images/partitions/cs_single_volume.raw", "none", vec![]),
        ("images/containers/luks1.raw", "none", vec![]),
        ("images/containers/image.E01", "none", vec![]),
        ("images/fat-exfat/nps-2010-emails.E01", "mbr", vec![(1, 20479)]),
        ("images/fat-exfat/exfat1.E01", "gpt", vec![(2048, 192_512)]),
        ("images/fat-exfat/fat12.raw", "none", vec![]),
        ("images/ntfs/ntfs.raw", "none", vec![]),
        ("images/ntfs/testfs1", "none", vec![]),
        ("images/ntfs/ntfs_sample.E01", "none", vec![]),
        ("images/ntfs/vss.raw", "none", vec![]),
        ("images/ext/ext2.raw", "none", vec![]),
        ("images/ext/ext4.raw", "none", vec![]),
        ("images/ext/syslog_image.dd", "none", vec![]),
        ("images/ext/xfs.raw", "none", vec![]),
        ("images/hfs/hfsplus.raw", "none", vec![]),
        ("images/apfs/apfs.raw", "none", vec![]),
        ("images-synthetic/syn-gpt.E01", "gpt", vec![(2048, 81_920), (83_968, 49_152), (133_120, 49_152), (182_272, 49_152)]),
        ("hostile-synthetic/mbr-ebr-loop.raw", "mbr", vec![(2, 10)]),
    ] {
        let path = fetch(&root, folder.path(), name);
        let items = group(&[path]);
        let told = inspect(&items[0]).unwrap();
        assert!(matches!(items[0].format, Format::RawImage | Format::Ewf), "{name}: {:?}", items[0].format);
        let map = told.volumes.unwrap();
        assert_covers(&map, told.media_bytes.unwrap());
        assert_eq!(as_mmls(&map), (scheme.to_owned(), rows), "{name}");
        assert_eq!(told.contents.len(), map.volumes.len());
    }
}

#[test]
fn what_is_encrypted_or_foreign_is_named() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, encrypted) in [
        ("images/containers/luks1.raw", "LUKS", true),
        ("images/partitions/cs_single_volume.raw", "Core Storage (FileVault 2)", true),
        ("images/partitions/lvm.raw", "LVM2", false),
        ("images/ext/xfs.raw", "XFS", false),
        ("images/hfs/hfs.raw", "HFS", false),
        ("images/hfs/hfsplus.raw", "HFS+", false),
        ("images/iso/iso9660.raw", "ISO 9660", false),
        ("images/apfs/apfs.raw", "APFS", false),
    ] {
        let told = inspect(&group(&[fetch(&root, folder.path(), name)])[0]).unwrap();
        let VolumeContent::Recognized(seen) = &told.contents[0] else { panic!("{name}: {:?}", told.contents) };
        assert_eq!((seen.name, seen.encrypted), (kind, encrypted), "{name}");
        assert!(!told.notes.is_empty(), "{name}");
    }
    let told = inspect(&group(&[fetch(&root, folder.path(), "images/apfs/apfs_encrypted.dmg")])[0]).unwrap();
    let encrypted = told.contents.iter().filter(|c| matches!(c, VolumeContent::Recognized(s) if s.encrypted)).count();
    assert_eq!(encrypted, 1, "{:?}", told.contents);
}

#[test]
fn formats_by_content() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    let unsupported = Format::Unsupported;
    for (name, format) in [
        ("images/containers/image.qcow2", unsupported("QCOW2 disk image")),
        ("images/containers/image.vmdk", unsupported("VMDK disk image")),
        ("images/containers/ext2.vhdx", unsupported("VHDX disk image")),
        ("images/containers/ntfs-dynamic.vhd", unsupported("VHD disk image")),
        ("images/containers/ntfs-fixed.vhd", Format::RawImage),
        ("images/hfs/apm.dmg", Format::RawImage),
        ("images/containers/zeros_128s.Ex01", unsupported("EWF version 2 (Ex01)")),
        ("images/apfs/apfs_encrypted.dmg", Format::RawImage),
        ("images/hfs/hfsplus_zlib.dmg", unsupported("Apple disk image (DMG)")),
        ("images/archives/syslog.tar", Format::Tar),
        ("images/archives/syslog.zip", Format::Zip),
        ("images/archives/syslog.tgz", Format::Gzip),
        ("images/archives/syslog.bz2", Format::Bzip2),
        ("images/archives/passes_is_zipfile.bin", Format::File),
        ("corrupt/bogus.001", Format::File),
        ("corrupt/BadHistory.db", Format::File),
        ("hostile-synthetic/empty.bin", Format::File),
        ("hostile-synthetic/one-byte.E01", Format::File),
        ("hostile-synthetic/vmdk-extent-etc-passwd.vmdk", unsupported("VMDK descriptor")),
        ("evtx/System2.evtx", Format::File),
    ] {
        assert_eq!(identify(&fetch(&root, folder.path(), name)).unwrap(), format, "{name}");
    }
    let first = fetch(&root, folder.path(), "images/containers/ext2.splitraw.000");
    let second = fetch(&root, folder.path(), "images/containers/ext2.splitraw.001");
    let items = group(std::slice::from_ref(&second));
    assert_eq!((items[0].format, &items[0].paths), (Format::SplitRaw, &vec![first, second]));
}

/// Nothing under these folders may bring the reader down, whatever it is.
#[test]
fn hostile_and_corrupt_items_are_survived() {
    let Some(root) = outside() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for place in ["corrupt", "hostile-synthetic", "images/archives"] {
        let mut names: Vec<PathBuf> = std::fs::read_dir(root.join(place)).unwrap().map(|e| e.unwrap().path()).collect();
        names.sort();
        for path in names {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().trim_end_matches(".xz").to_owned();
            // Members of the archive folder end in `.xz` by themselves.
            let path = if path.extension().is_some_and(|e| e == "xz") && place != "images/archives" {
                fetch(&root, folder.path(), &name)
            } else {
                path
            };
            for item in group(&[path]) {
                let _ = inspect(&item);
                if let Ok(media) = container::open(&item) {
                    assert!(media.source.len() <= 1 << 40, "{name}");
                    md5_of(&media.source);
                }
                seen += 1;
            }
        }
    }
    assert!(seen > 40);
}

#[test]
fn a_truncated_and_a_bitten_image_tell_what_they_lost() {
    let Some(root) = outside() else { return };
    for (name, least) in [("hostile-synthetic/e01-truncated.E01", 1), ("hostile-synthetic/e01-bitflips.E01", 1)] {
        let items = group(&[root.join(name)]);
        let media = container::open(&items[0]).unwrap();
        assert_eq!(media.source.len(), 102_400, "{name}");
        md5_of(&media.source);
        let notes = media.notes.len() + media.damage.notes().len();
        assert!(notes >= least, "{name}");
        println!("{name}: {:#?} {:#?}", media.notes, media.damage.notes());
    }
}

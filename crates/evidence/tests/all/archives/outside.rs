//! Archives made by others, damaged and hostile ones among them, where they are at hand.

use super::common::{Record, outside, walked_bytes};
use evidence::archive::MemberKind;
use model::Code;

fn walked(path: &str) -> Option<Record> {
    let root = outside()?;
    let bytes = std::fs::read(root.join(path)).unwrap();
    let start = std::time::Instant::now();
    let record = walked_bytes(&bytes, path.rsplit('/').next().unwrap());
    assert!(start.elapsed().as_secs() < 60, "{path} took {:?}", start.elapsed());
    Some(record)
}

const SYSLOG: &str = "0420b023f8dc3ac47fee3e9ae5af6f7e";

#[test]
fn healthy_archives() {
    for name in ["syslog.gz", "syslog.bz2", "syslog.xz", "syslog.tar", "syslog.tgz", "syslog.zip"] {
        let Some(r) = walked(&format!("images/archives/{name}")) else { return };
        assert!(r.notes.is_empty(), "{name}");
        let g = r.named("syslog");
        assert_eq!(g.bytes, 1247);
        assert!(g.sha256.starts_with(&SYSLOG[..12]), "{name}");
    }
    for name in ["absolute_paths.zip", "absolute_paths.tar"] {
        let Some(r) = walked(&format!("images/archives/{name}")) else { return };
        assert_eq!((r.codes(1), r.codes(2)), (vec![Code::PathTraversal], vec![Code::PathTraversal]));
    }
    for name in ["mixed_paths.zip", "mixed_paths.tar"] {
        let Some(r) = walked(&format!("images/archives/{name}")) else { return };
        assert_eq!((r.codes(1), r.codes(2)), (vec![Code::PathTraversal], vec![]));
    }
    let Some(r) = walked("images/archives/passes_is_zipfile.bin") else { return };
    assert_eq!((r.given.len(), r.codes(0)), (0, vec![Code::NotRecognized]));
}

#[test]
fn odd_and_damaged_archives() {
    let Some(r) = walked("corrupt/readme.notzip") else { return };
    assert_eq!(r.given.len(), 1);
    assert_eq!((r.named("README").bytes, r.codes(1)), (1096, vec![]));
    for (name, members) in [("dd.zip", 1), ("crc32-not-streamed.zip", 2), ("go-no-datadesc-sig.zip", 2), ("symlink.zip", 1)] {
        let Some(r) = walked(&format!("corrupt/{name}")) else { return };
        assert_eq!((r.given.len(), r.notes.len()), (members, 0), "{name}");
        assert!(r.given.iter().all(|g| g.complete));
    }
    let Some(r) = walked("corrupt/corrupt1.gz") else { return };
    // As many bytes as `gzip -dc` gives before it stops.
    assert_eq!((r.given[0].bytes, r.codes(1)), (2_994_187, vec![Code::Truncated]));
}

#[test]
fn hostile_archives() {
    let Some(r) = walked("hostile-synthetic/zip-bomb-flat.zip") else { return };
    assert_eq!(r.given[1].bytes, 335_544_320);
    let Some(r) = walked("hostile-synthetic/gzip-bomb.log.gz") else { return };
    assert_eq!(r.given[0].bytes, 335_544_320);
    let Some(r) = walked("hostile-synthetic/zip-bomb-nested-6x10.zip") else { return };
    // 111,110 zips in zips: those inside nested ones are opened up to the bound, one finding counts the rest.
    let archives = r.kinds(MemberKind::Archive).len();
    let notes: Vec<_> = r.notes.iter().map(|(m, n)| (*m, n.code)).collect();
    assert_eq!((archives, notes), (10 + 4096, vec![(0, Code::LimitReached); 2]));
    assert_eq!(r.notes.iter().map(|(_, n)| n.count).sum::<u64>(), (r.given.len() - archives) as u64);
    let Some(r) = walked("hostile-synthetic/zip-eocd-truncated.zip") else { return };
    assert_eq!((r.given.len(), r.given[0].bytes, r.given[0].complete), (1, 8_388_608, true));
    let Some(r) = walked("hostile-synthetic/zip-lying-sizes.zip") else { return };
    assert_eq!((r.given[0].bytes, r.codes(1)), (8_388_608, vec![Code::BackupDiffers, Code::Damaged]));
    let Some(r) = walked("hostile-synthetic/zip-bitflips.zip") else { return };
    assert!(r.codes(1).contains(&Code::ChecksumMismatch));
    assert!(r.named("wtmp.1").complete);
    let Some(r) = walked("hostile-synthetic/zip-overlap.zip") else { return };
    assert_eq!(r.given.len(), 201);
    assert_eq!(r.notes.iter().filter(|(_, n)| n.code == Code::Overlap).count(), 201);
    let Some(r) = walked("hostile-synthetic/zip-slip.zip") else { return };
    assert_eq!(r.given.len(), 12);
    assert_eq!(r.notes.iter().filter(|(_, n)| n.code == Code::PathTraversal).count(), 5);
    assert_eq!(r.codes(12), [Code::DuplicateName]);
    let Some(r) = walked("hostile-synthetic/tar-escape.tar.gz") else { return };
    assert_eq!(r.given.len(), 8);
    assert_eq!(r.notes.len(), 2);
    let Some(r) = walked("hostile-synthetic/tar-size-overflow.tar") else { return };
    assert_eq!((r.given.len(), r.codes(1)), (1, vec![Code::Damaged]));
}

use evidence::volume::{Scheme, VolumeKind, VolumeMap};
use model::{ByteSource, read_full};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use crate::shared::{ewf, md5_of, outside};

pub fn samples() -> PathBuf {
    crate::shared::samples("containers")
}

/// A packed sample's bytes.
pub fn unpacked(name: &str) -> Vec<u8> {
    crate::shared::unpacked(&samples().join(format!("{name}.zst")))
}

/// Unpacks the samples of that name, with any extension, into `folder`; paths in order.
pub fn unpack(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(samples()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(plain) = name.strip_suffix(".zst").filter(|n| n.rsplit_once('.').is_some_and(|(s, _)| s == stem)) {
            let path = folder.join(plain);
            std::fs::write(&path, unpacked(plain)).unwrap();
            out.push(path);
        }
    }
    out.sort();
    assert!(!out.is_empty(), "no sample {stem}");
    out
}

pub fn table(name: &str) -> Vec<Vec<String>> {
    crate::shared::table(&samples().join(name))
}

pub fn all_bytes(source: &dyn ByteSource) -> Vec<u8> {
    let mut out = vec![0; usize::try_from(source.len()).unwrap()];
    assert_eq!(read_full(source, 0, &mut out).unwrap(), out.len());
    out
}

/// (scheme, partitions as first sector and sectors, by offset), the way mmls counts.
pub fn as_mmls(map: &VolumeMap) -> (String, Vec<(u64, u64)>) {
    let unit = u64::from(map.sector_size);
    let scheme = match map.scheme {
        Scheme::None => "none",
        Scheme::Mbr => "mbr",
        Scheme::Gpt => "gpt",
    };
    let partitions = map.volumes.iter().filter(|v| v.kind == VolumeKind::Partition);
    (scheme.to_owned(), partitions.map(|v| (v.offset / unit, v.length / unit)).collect())
}

/// Sector size, scheme, and (first sector, sectors) of each partition, as `mmls` lists them.
pub type Listed = (u32, String, Vec<(u64, u64)>);

/// What mmls printed, by image.
pub fn mmls(name: &str) -> BTreeMap<String, Listed> {
    let mut out: BTreeMap<String, Listed> = BTreeMap::new();
    for row in table(name) {
        let entry = out.entry(row[0].clone()).or_insert((row[1].parse().unwrap(), row[2].clone(), Vec::new()));
        if row[3] != "-" {
            entry.2.push((row[4].parse().unwrap(), row[5].parse().unwrap()));
        }
    }
    out
}

/// Every byte of the media belongs to exactly one volume or gap, unless a note says otherwise.
pub fn assert_covers(map: &VolumeMap, media: u64) {
    let mut at = 0;
    let sound = !map.notes.iter().any(|n| matches!(n.code, model::Code::Overlap | model::Code::Truncated));
    for v in &map.volumes {
        if sound {
            assert_eq!(v.offset, at, "{v:?}");
        }
        assert!(v.length > 0 || media == 0);
        at = at.max(v.offset.saturating_add(v.length));
    }
    assert!(at >= media);
}

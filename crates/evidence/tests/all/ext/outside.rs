use super::common::{Listing, md5, open, open_source, outside, sha256, table, text};
use crate::shared::{ewf, unpacked};
use evidence::volume;
use model::{ContentState, SubSource};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names, inodes and contents, allocated and deleted, are those fls and icat give.
#[test]
fn images_of_others_match_the_sleuth_kit() {
    let Some(evidence) = outside() else { return };
    let rows = table("outside.tsv");
    let images: BTreeSet<&str> = rows.iter().map(|r| r[0].as_str()).collect();
    assert_eq!(images.len(), 5);
    for name in images {
        let fs = open(unpacked(&evidence.join(name)));
        let listing = Listing::of(&*fs);
        let found: BTreeMap<String, _> =
            listing.entries.iter().filter(|e| !e.path.is_empty() && e.path != b"$Journal").map(|e| (text(&e.path), e)).collect();
        let rows: Vec<_> = rows.iter().filter(|r| r[0] == name).collect();
        assert_eq!(found.len(), rows.len(), "{name}");
        for row in rows {
            let [state, kind, inode, size, hash, path] = [1, 2, 3, 4, 5, 6].map(|i| row[i].as_str());
            let path = path.replace("$OrphanFiles/OrphanFile-", "$Orphans/inode-");
            let entry = found.get(&path).unwrap_or_else(|| panic!("{name}: {path} is missing"));
            assert_eq!(entry.verdict.name.label(), if state == "live" { "allocated" } else { "deleted" }, "{path}");
            assert_eq!(entry.record.unwrap_or(0).to_string(), inode, "{name}: {path}");
            if kind == "r" && inode != "0" {
                assert_eq!(entry.size.to_string(), size, "{name}: {path}");
                match md5(&*fs, entry) {
                    Some(found) => assert_eq!(found, hash, "{name}: {path}"),
                    // A cleared inode, of which nothing is claimed.
                    None => assert_eq!((entry.verdict.content, size), (ContentState::Unknown, "0")),
                }
            }
        }
    }
}

/// Split in two, the image reads the same.
#[test]
fn split_image_of_others() {
    let Some(evidence) = outside() else { return };
    let part = |n: &str| unpacked(&evidence.join(format!("images/containers/ext2.splitraw.00{n}.xz")));
    let joined = [part("0"), part("1")].concat();
    let whole = unpacked(&evidence.join("images/ext/ext2.raw.xz"));
    assert!(Listing::of(&*open(joined)).entries == Listing::of(&*open(whole)).entries);
}

/// The ext4 partition of an EWF image: live and deleted files by the hashes in its answer file.
#[test]
fn partition_in_an_image_of_others() {
    let Some(evidence) = outside() else { return };
    let folder = evidence.join("images-synthetic");
    let paths = vec![folder.join("syn-gpt.E01")];
    let media = ewf(&paths);
    let map = volume::map(&media.source);
    let part = map.volumes.iter().find(|v| v.offset == 182_272 * 512).unwrap();
    let fs = open_source(Arc::new(SubSource::new(media.source.clone(), part.offset, part.length)));
    let listing = Listing::of(&*fs);
    let answers = std::fs::read_to_string(folder.join("ANSWERS.tsv")).unwrap();
    let mut checked = 0;
    for row in answers.lines().map(|l| l.split('\t').collect::<Vec<_>>()).filter(|r| r[0] == "ext4") {
        let path = row[2].as_bytes();
        let entry = match row[1] {
            "live" => listing.live()[row[2]],
            _ => listing.past().find(|e| e.path == path).unwrap(),
        };
        assert_eq!(sha256(&*fs, entry).unwrap(), row[4], "{}", row[2]);
        assert_eq!(entry.verdict.content, ContentState::Intact);
        checked += 1;
    }
    assert_eq!(checked, 9);
}

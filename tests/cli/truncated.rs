//! Images that were cut short: what lies past the end is told, and never given as zeros.

use crate::support::{Bench, sample, text, unpacked};
use std::collections::BTreeMap;

/// Whether the row calls a content intact, and what `cat` gave with which exit code.
type Content = (bool, Option<i32>, Vec<u8>);

/// Live files of the one import of a case by path and record.
fn contents(bench: &Bench) -> BTreeMap<(String, i64), Content> {
    let rows = bench.files(&["--where", "kind = file", "--where", "name_state = allocated", "--limit", "100000"]);
    let read = |path: &str, record: &str| bench.on("cat", &["--source", "1", "--path", path, "--record", record]);
    let one = |row: &serde_json::Value| {
        let (path, record) = (text(row, "path").to_owned(), row["record"].as_i64()?);
        let said = read(&path, &record.to_string());
        Some(((path, record), (text(row, "content_state") == "intact", said.code, said.out)))
    };
    rows.iter().filter_map(one).collect()
}

#[test]
fn content_past_the_end_of_an_image_is_told_and_not_invented() {
    for (name, bytes) in [("ext/ext4-plain.img", 6_000_000), ("fat/fat16.raw", 100_000), ("ntfs/small.ntfs", 1_500_000)] {
        let room = Bench::empty();
        let whole = unpacked(&room, &sample(&format!("{name}.zst")));
        let cut = room.path("cut.dd");
        let image = std::fs::read(&whole).expect("an image");
        std::fs::write(&cut, &image[..bytes]).expect("room");
        let (whole, cut) = (Bench::with(&[&whole]), Bench::with(&[&cut]));
        let (expected, found) = (contents(&whole), contents(&cut));
        let (mut same, mut short) = (0, 0);
        for (file, (intact, code, bytes)) in &found {
            let Some((true, Some(0), all)) = expected.get(file) else { continue };
            if *code == Some(0) {
                assert_eq!(bytes, all, "{name}: {file:?}");
                same += 1;
            } else {
                assert!(!intact && all.starts_with(bytes) && bytes.len() < all.len(), "{name}: {file:?}");
                short += 1;
            }
        }
        assert!(same > 0 && short > 0, "{name}: {same} files read, {short} cut");
        let findings = cut.view("findings", &[]);
        let told = findings.iter().find(|f| text(f, "expected").contains("where the evidence ends")).expect("a finding");
        assert_eq!(text(told, "code"), "truncated");
        assert!(told["count"].as_i64() >= Some(short), "{told}");
        assert_eq!(cut.on("verify", &[]).code, Some(0));
    }
}

//! What must not change the content of a case: threads, place, order, and doing it twice.

use super::laptop_case;
use crate::support::{Bench, gateway_log, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The content roots of the sources, by label.
fn content_roots(bench: &Bench) -> BTreeSet<(String, String)> {
    let info = bench.info();
    let sources = info["sources"].as_array().expect("sources");
    sources.iter().map(|s| (text(s, "label").to_owned(), text(s, "content_root").to_owned())).collect()
}

/// Rows of a view without what depends on the order of importing.
fn rows(bench: &Bench, view: &str) -> BTreeSet<String> {
    let strip = |mut row: Value| {
        let object = row.as_object_mut().expect("a row");
        for key in ["event_id", "file_id", "finding_id", "row_id", "source"] {
            object.remove(key);
        }
        // When a case began to import the evidence bounds a deletion, and is the case's own.
        if text(&row, "basis").contains("imported here") {
            row["latest"] = Value::Null;
        }
        row.to_string()
    };
    bench.view(view, &[]).into_iter().map(strip).collect()
}

#[test]
fn threads_place_and_order_change_no_content() {
    let evidence = laptop_case();
    let paths: Vec<&Path> = evidence.iter().map(|p| p.as_path()).collect();
    let one = Bench::new();
    let first = one.add_with(&paths, &["--threads", "1"]);
    let four = Bench::new();
    let same = four.add_with(&paths, &["--threads", "4"]);
    assert_eq!(first["content_root"], same["content_root"], "1 and 4 threads");
    assert_eq!(content_roots(&one), content_roots(&four));

    let elsewhere = Bench::new();
    let copies: Vec<_> = evidence
        .iter()
        .map(|from| {
            let to = elsewhere.path("in/another place");
            fs::create_dir_all(&to).unwrap();
            let to = to.join(from.file_name().unwrap());
            fs::copy(from, &to).unwrap();
            to
        })
        .collect();
    let backwards: Vec<&Path> = copies.iter().rev().map(|p| p.as_path()).collect();
    elsewhere.add_with(&backwards, &[]);
    assert_eq!(content_roots(&one), content_roots(&elsewhere), "another place, the other way round");
    for view in ["files", "timeline", "deleted", "findings", "requests-by-actor"] {
        assert_eq!(rows(&one, view), rows(&elsewhere, view), "{view}");
    }
}

#[test]
fn a_log_has_the_same_content_whatever_the_threads() {
    let roots: BTreeSet<String> = ["1", "2", "5"]
        .iter()
        .map(|threads| {
            let bench = Bench::new();
            let log = bench.path("gateway.log");
            fs::write(&log, gateway_log(30_000)).unwrap();
            text(&bench.add_with(&[&log], &["--threads", threads, "--profile", "gateway"]), "content_root").to_owned()
        })
        .collect();
    assert_eq!(roots.len(), 1, "{roots:?}");
}

#[test]
fn the_same_evidence_twice_is_one_source_with_two_receipts() {
    let [_, usb, _] = laptop_case();
    let bench = Bench::with(&[&usb]);
    let before = bench.info();
    let copy = bench.path("under-another-name.img");
    fs::copy(&usb, &copy).unwrap();
    bench.add(&[&copy]);
    let after = bench.info();
    assert_eq!(after["sources"].as_array().unwrap().len(), 1);
    assert_eq!(after["sources"][0]["receipts"], 2);
    assert_eq!(after["sources"][0]["content_root"], before["sources"][0]["content_root"]);
    for count in ["events", "files", "findings"] {
        assert_eq!(after[count], before[count], "{count}");
    }
    assert!(after["entries"].as_i64() > before["entries"].as_i64(), "the second receipt is an act of its own");
    bench.on("verify", &[]).good();
}

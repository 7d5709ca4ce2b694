//! Digests of the evidence that an entry states: made anew and compared, or told not to be.

use crate::Test;
use crate::sample::{copy, fails_at, failures, restated, run, sample};
use case::verify::{Options, Report, verify};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

pub const TESTS: &[Test] = &[
    ("digests::md5_and_sha1_only_where_they_are_asked_for", md5_and_sha1_only_where_they_are_asked_for),
    ("digests::a_false_statement_is_found", a_false_statement_is_found),
    ("digests::what_a_container_states", what_a_container_states),
    ("digests::a_folder_states_none", a_folder_states_none),
    ("digests::hashing_can_be_stopped", hashing_can_be_stopped),
];

fn with(case: &Path, evidence: &Path, all_digests: bool) -> Report {
    run(case, &Options { evidence: vec![evidence.into()], all_digests, ..Default::default() })
}

fn not_looked_at(report: &Report) -> bool {
    report.checks.iter().any(|c| c.ok.is_none() && c.says.contains("were not made anew"))
}

/// The text with another digit after `before`.
fn falsified(text: &str, before: &str) -> String {
    let at = text.find(before).unwrap() + before.len();
    let other = if text[at..].starts_with('0') { "1" } else { "0" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Nothing fails but that the head is another than the one last seen on this machine.
fn evidence_holds(report: &Report) -> bool {
    failures(report).iter().all(|c| c.name == "memory")
}

fn md5_and_sha1_only_where_they_are_asked_for() {
    let report = with(&sample().case, &sample().disk, false);
    assert!(report.ok() && not_looked_at(&report), "{:?}", report.checks);
    let says = |report: &Report, what: &str| report.checks.iter().any(|c| c.ok == Some(true) && c.says.contains(what));
    assert!(!says(&report, "MD5"));
    let report = with(&sample().case, &sample().disk, true);
    assert!(report.ok() && !not_looked_at(&report), "{:?}", report.checks);
    assert!(says(&report, "disk.raw: MD5 and SHA-1 are those that entry 2 states"), "{:?}", report.checks);
}

fn a_false_statement_is_found() {
    for (member, place) in [("md5", "entry 4, MD5 of gateway.log"), ("sha1", "entry 4, SHA-1 of gateway.log")] {
        let folder = tempdir().unwrap();
        let path = copy(&folder);
        restated(&path, |text| falsified(text, &format!("\"{member}\":\"")));
        let report = with(&path, &sample().log, false);
        assert!(evidence_holds(&report) && not_looked_at(&report), "{member}: {:?}", report.checks);
        let report = with(&path, &sample().log, true);
        assert!(fails_at(&report, "evidence", place) && !not_looked_at(&report), "{member}: {:?}", report.checks);
        assert!(evidence_holds(&with(&path, &sample().disk, true)), "the other import states the truth");
    }
    let folder = tempdir().unwrap();
    let path = copy(&folder);
    restated(&path, |text| falsified(text, "\"blocks_root\":\""));
    assert!(fails_at(&with(&path, &sample().log, false), "evidence", "entry 4, root over the blocks of gateway.log"));
}

/// A case of the laptop, and its E01.
fn laptop(folder: &TempDir) -> (PathBuf, PathBuf) {
    let image = PathBuf::from(format!("{}/../../samples/laptop-case/laptop.E01", env!("CARGO_MANIFEST_DIR")));
    let path = folder.path().join("laptop.casebook");
    case::create(&path, None, None).unwrap();
    case::import::add(&path, std::slice::from_ref(&image), &Default::default(), &mut |_| true).unwrap();
    (path, image)
}

fn what_a_container_states() {
    let folder = tempdir().unwrap();
    let (path, image) = laptop(&folder);
    let whole = std::fs::read(&path).unwrap();
    let report = with(&path, &image, true);
    assert!(report.ok() && !not_looked_at(&report), "{:?}", report.checks);
    // What the container says of itself is read in any case; what follows from its media is not.
    restated(&path, |text| falsified(text, "\"stored\":{\"match\":true,\"md5\":\""));
    assert!(fails_at(&with(&path, &image, false), "evidence", "entry 2, MD5 in the container of laptop.E01"));
    std::fs::write(&path, &whole).unwrap();
    restated(&path, |text| text.replace("\"match\":true", "\"match\":false"));
    let report = with(&path, &image, false);
    assert!(evidence_holds(&report) && not_looked_at(&report), "{:?}", report.checks);
    assert!(fails_at(&with(&path, &image, true), "evidence", "entry 2, laptop.E01"));
}

fn a_folder_states_none() {
    let folder = tempdir().unwrap();
    let (logs, path) = (folder.path().join("logs"), folder.path().join("folder.casebook"));
    std::fs::create_dir(&logs).unwrap();
    std::fs::write(logs.join("notes.txt"), "nothing of note\n").unwrap();
    case::create(&path, None, None).unwrap();
    case::import::add(&path, std::slice::from_ref(&logs), &Default::default(), &mut |_| true).unwrap();
    for all_digests in [false, true] {
        let report = with(&path, &logs, all_digests);
        assert!(report.ok() && !not_looked_at(&report), "{:?}", report.checks);
    }
}

fn hashing_can_be_stopped() {
    let options = Options { evidence: vec![sample().disk.clone()], ..Default::default() };
    let stopped = verify(&sample().case, &options, &mut |p| p.phase != "evidence");
    assert!(matches!(stopped, Err(case::CaseError::Cancelled)));
}

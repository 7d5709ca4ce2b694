//! The sample case through the command line, against its ground truth, which other tools made.

use crate::support::binary;
use crate::tree::root;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::process::{Command, Output};

const EVIDENCE: [&str; 3] = ["laptop.E01", "usb-stick.dd", "gateway-logs.zip"];

fn folder() -> PathBuf {
    root().join("samples/laptop-case")
}

struct Case {
    program: PathBuf,
    home: tempfile::TempDir,
}

impl Case {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.home.path()).env("CASEBOOK_STATE", self.home.path().join("state"));
        command.output().expect("casebook starts")
    }
    fn ok(&self, arguments: &[&str]) -> Vec<u8> {
        let out = self.run(arguments);
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }
    /// The rows of a command that writes JSON lines; the last line counts and is no row.
    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let text = String::from_utf8(self.ok(arguments)).expect("UTF-8");
        let lines = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        lines.filter(|v| v.get("shown").is_none() && v.get("filtered").is_none()).collect()
    }
}

fn truth() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("truth.json")).expect("truth.json")).expect("JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("a list called {name}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("a text called {name} in {value}"))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[test]
fn the_files_are_the_reference() {
    let sums = std::fs::read_to_string(folder().join("SHA256SUMS")).expect("SHA256SUMS");
    let mut checked = 0;
    let mut bytes = 0;
    for (sum, name) in sums.lines().filter_map(|l| l.split_once("  ")) {
        let content = std::fs::read(folder().join(name)).expect("a file of the sample");
        assert_eq!(sha256(&content), sum, "{name}");
        checked += 1;
        bytes += content.len();
    }
    assert_eq!(checked, 4);
    assert!(bytes < 10 << 20);
}

#[test]
fn the_case_is_as_its_truth() {
    let case = Case { program: binary(), home: tempfile::tempdir().expect("a folder") };
    let evidence = EVIDENCE.map(|e| folder().join(e).display().to_string());
    let [laptop, stick, logs] = [evidence[0].as_str(), evidence[1].as_str(), evidence[2].as_str()];
    case.ok(&["new", "c.casebook"]);
    let added = case.rows(&["add", "c.casebook", laptop, stick, logs, "--json"]);
    assert_eq!(added.last().map(|d| &d["done"]), Some(&Value::Bool(true)));
    let truth = truth();
    sources(&case, &truth);
    files(&case, &truth);
    deletions(&case, &truth);
    requests(&case, &truth);
    let verified = case.run(&["verify", "c.casebook", "--evidence", laptop, stick, logs]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    // The stick with one bit turned.
    let other = case.run(&["verify", "c.casebook", "--evidence", &altered(&case, stick)]);
    assert_eq!(other.status.code(), Some(1), "{}", String::from_utf8_lossy(&other.stdout));
}

/// A copy of an image with one bit of its last sector turned.
fn altered(case: &Case, image: &str) -> String {
    let mut bytes = std::fs::read(image).expect("the image");
    *bytes.last_mut().expect("not empty") ^= 1;
    let path = case.home.path().join("usb-stick.dd");
    std::fs::write(&path, bytes).expect("a copy");
    path.display().to_string()
}

fn sources(case: &Case, truth: &Value) {
    let info: Value = serde_json::from_slice(&case.ok(&["info", "c.casebook", "--json"])).expect("JSON");
    let laptop = &list(&info, "sources")[0];
    for (ours, theirs) in [("sha256", "media_sha256"), ("sha1", "media_sha1"), ("md5", "media_md5")] {
        assert_eq!(text(laptop, ours), text(&truth["laptop"], theirs));
    }
    assert_eq!(text(&laptop["stored"], "md5"), text(&truth["laptop"], "media_md5"));
    assert_eq!(text(&laptop["stored"], "case number"), "CB-2026-014");
}

fn files(case: &Case, truth: &Value) {
    let rows = case.rows(&["files", "c.casebook", "--format", "jsonl"]);
    let laptop = list(&truth["laptop"], "files").iter().map(|f| (1, f));
    let stick = list(&truth["usb"], "files").iter().map(|f| (2, f));
    let mut read = 0;
    for (source, expected) in laptop.chain(stick) {
        let path = text(expected, "path");
        if expected["record_state"] == "reused" {
            // Its record bears another file now; only the journal knows it.
            continue;
        }
        let name = match text(expected, "name") {
            "live" => {
                if path.starts_with("$Recycle.Bin/") && path.contains("/$I") {
                    ""
                } else {
                    "allocated"
                }
            }
            other => other,
        };
        let same = |r: &&Value| r["source"] == source && r["path"] == path && (source == 2 || r["record"] == expected["record"]);
        let row = rows.iter().find(same).unwrap_or_else(|| panic!("{path} is listed"));
        assert_eq!(row["size"], expected["size"], "{path}");
        if !name.is_empty() {
            assert_eq!(text(row, "name_state"), name, "{path}");
        }
        assert_eq!(text(row, "content_state"), text(expected, "content"), "{path}");
        let out = case.run(&["cat", "c.casebook", "--source", &source.to_string(), "--path", path]);
        if expected["content"] == "intact" {
            assert_eq!(sha256(&out.stdout), text(expected, "sha256"), "{path}");
            read += 1;
        } else {
            // Lost clusters read as zeros, which may be what was there; so it must be said, not guessed.
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(said.contains(text(expected, "content")), "{path}: {said}");
        }
    }
    assert_eq!(read, 15);
}

fn deletions(case: &Case, truth: &Value) {
    let rows = case.rows(&["view", "c.casebook", "deleted", "--format", "jsonl"]);
    for deletion in list(&truth["laptop"]["change_journal"], "deletions") {
        let (name, time) = (text(deletion, "name"), text(deletion, "time"));
        // Microseconds are shown of 100 ns.
        let found = rows.iter().any(|r| {
            text(r, "what").ends_with(name) && r["latest"].as_str().is_some_and(|l| time.starts_with(l.trim_end_matches('Z')))
        });
        assert!(found, "{name} deleted at {time}");
    }
    // A name without a time of deletion: bounded by when its evidence was taken.
    let bounds = |path: &str| {
        let row = rows.iter().find(|r| r["what"] == path).expect("a row of a deleted file");
        (text(row, "latest").to_owned(), text(row, "basis").to_owned())
    };
    let (latest, basis) = bounds("Users/daon/Downloads/customers-all.csv");
    let acquired = "not after the image was acquired, as its container says";
    assert_eq!((latest.as_str(), basis), ("2026-06-15T02:20:00Z", format!("no recorded time of the file; {acquired}")));
    // The stick is a raw image, and its times have no zone.
    let (latest, basis) = bounds("customers-all.csv");
    assert!(latest.ends_with("Z") || latest.ends_with("(local, zone unknown)"), "{latest}");
    assert!(basis.starts_with("last recorded time of the file; not after it was imported here"), "{basis}");
    let csv = case.run(&["view", "c.casebook", "deleted", "--format", "csv"]).stdout;
    let csv = String::from_utf8(csv).expect("text");
    assert!(csv.starts_with("row_id,row_table,what,"), "{csv}");
    let table = |line: &str| line.split(',').nth(1).map(str::to_owned);
    let tables: std::collections::BTreeSet<_> = csv.lines().skip(1).filter_map(table).collect();
    assert!(tables.contains("file") && rows.iter().all(|r| tables.contains(text(r, "row_table"))), "{tables:?}");
    for trashed in list(&truth["laptop"], "recycle_bin") {
        let row = rows.iter().find(|r| r["what"] == trashed["original_path"]).expect("the file in the bin");
        assert_eq!((text(row, "state"), text(row, "recoverable"), &row["size"]), ("trashed", "intact", &trashed["size"]));
    }
}

fn requests(case: &Case, truth: &Value) {
    let gateway = &truth["gateway"];
    let actor = format!("actor = {}", text(gateway, "key"));
    let rows = case.rows(&["view", "c.casebook", "requests-by-actor", "--where", &actor, "--format", "jsonl"]);
    let expected = gateway["by_address"].as_object().expect("addresses");
    assert_eq!(rows.len(), expected.len());
    for row in &rows {
        let e = &expected[text(row, "address")];
        let ours = ["requests", "served", "distinct_subjects", "subjects_requested"].map(|c| &row[c]);
        let theirs = ["requests", "served", "distinct_subjects_served", "distinct_subjects_requested"].map(|c| &e[c]);
        assert_eq!(ours, theirs, "{}", text(row, "address"));
        assert_eq!(text(row, "first").trim_end_matches('Z'), text(e, "first").split('.').next().expect("a time"));
    }
    let findings = case.rows(&["view", "c.casebook", "findings", "--where", "code = lines-not-parsed", "--format", "jsonl"]);
    let lines: i64 = findings.iter().filter_map(|f| f["count"].as_i64()).sum();
    assert_eq!(Some(lines), gateway["lines_not_read"].as_i64());
    let all = case.rows(&["view", "c.casebook", "accessed", "--where", "action = requested", "--format", "jsonl"]);
    assert_eq!(Some(all.len() as u64), gateway["requests"].as_u64());
}

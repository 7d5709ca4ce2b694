//! Packages of whole cases: what they hold, what they never hold, and who accepts them.

use super::laptop_case;
use crate::support::{Bench, gateway_log, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

type Files = BTreeMap<String, Vec<u8>>;

fn unzip(path: &Path) -> Files {
    let mut zip = zip::ZipArchive::new(fs::File::open(path).expect("a package")).expect("a zip");
    (0..zip.len())
        .map(|n| {
            let mut member = zip.by_index(n).expect("a member");
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).expect("its bytes");
            (member.name().expect("text").into_owned(), bytes)
        })
        .collect()
}

fn zip_up(files: &Files, to: &Path) {
    let mut zip = zip::ZipWriter::new(fs::File::create(to).expect("room"));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("room");
        zip.write_all(bytes).expect("room");
    }
    zip.finish().expect("room");
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

fn disclose(bench: &Bench, name: &str, options: &[&str]) -> (PathBuf, Value) {
    let out = bench.path(name);
    let said = bench.on("disclose", &[options, &["--out", out.to_str().expect("text"), "--json"]].concat()).good().json();
    (out, said)
}

/// The report on a package by this program, and by the verifier for people without it: they agree.
fn reports(bench: &Bench, package: &Path, options: &[&str]) -> Value {
    let path = package.to_str().expect("text");
    let ours = bench.run([&["verify", path, "--json"], options].concat()).json();
    let script = crate::tree::root().join("verifiers/verify.py");
    let ran = Command::new("python3").arg("-I").arg(script).args([path, "--json"]).args(options).output().expect("Python");
    let theirs: Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    assert_eq!(ours["verdict"], theirs["verdict"], "{ours}\n{theirs}");
    assert_eq!(ours["faults"][0]["place"], theirs["faults"][0]["place"], "{ours}\n{theirs}");
    for member in ["rows", "entries", "size", "root"] {
        assert!(ours["verdict"] == "mismatch" || ours[member] == theirs[member], "{member}: {ours}\n{theirs}");
    }
    ours
}

#[test]
fn deleted_files_are_shown_with_the_bytes_that_tell_of_them() {
    let evidence = laptop_case();
    let bench = Bench::with(&evidence.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    let kept = bench.path("kept.note");
    let (package, said) = disclose(&bench, "deleted.zip", &["--view", "deleted"]);
    assert!(said["ranges"].as_u64() > Some(0), "{said}");
    let report = reports(&bench, &package, &[]);
    assert_eq!(report["verdict"], "consistent", "{report}");
    let files = unzip(&package);
    fs::write(&kept, &files["checkpoint.note"]).expect("room");
    // The checkpoint came to the reader by another way, before a further disclosure.
    let (later, _) = disclose(&bench, "files.zip", &["--view", "files", "--where", "kind = file"]);
    let report = reports(&bench, &later, &["--since", kept.to_str().expect("text")]);
    assert_eq!(report["verdict"], "verified", "{report}");
    // Each package has its rows in a table too, and says what it is and how it is checked.
    let tables = bench.path("view.sqlite");
    fs::write(&tables, &files["view.sqlite"]).expect("room");
    let db = rusqlite::Connection::open(&tables).expect("SQLite");
    let shown: i64 = db.query_row("SELECT count(*) FROM file", [], |r| r.get(0)).expect("a table");
    assert!(shown > 0);
    assert!(files.contains_key("SPEC.txt") && files.contains_key("verify.py") && files.contains_key("verify.html"));
    assert_eq!(bench.on("verify", &[]).code, Some(0), "the case with its disclosures");
}

#[test]
fn what_is_masked_stands_nowhere_in_the_package() {
    let bench = Bench::new();
    let log = bench.path("gateway.log");
    fs::write(&log, gateway_log(3_000)).expect("room");
    bench.add_with(&[&log], &["--profile", "gateway"]);
    let rows = bench.view("timeline", &[]);
    let (package, said) = disclose(&bench, "masked.zip", &["--view", "timeline", "--mask", "subject,address,actor"]);
    assert_eq!(reports(&bench, &package, &[])["verdict"], "consistent");
    assert_eq!(
        said["masked"]["event_subject"].as_u64(),
        Some(rows.iter().filter(|r| !text(r, "subject").is_empty()).count() as u64)
    );
    let mut files = unzip(&package);
    for name in ["SPEC.txt", "verify.py", "verify.html"] {
        files.remove(name);
    }
    let values = rows.iter().step_by(7).flat_map(|row| ["subject", "address", "actor"].map(|column| text(row, column)));
    let values: Vec<&str> = values.filter(|value| value.len() >= 6).collect();
    assert!(values.len() > 500, "{}", values.len());
    let plain = aho_corasick::AhoCorasick::new(&values).expect("values");
    let in_hex = aho_corasick::AhoCorasick::new(values.iter().map(hex::encode)).expect("values");
    for (name, bytes) in &files {
        let found = plain.find_overlapping_iter(bytes).map(|m| values[m.pattern().as_usize()]);
        // Lines are full of digits of hashes, in which a short number is found by chance.
        let by_chance = |value: &str| name.ends_with(".jsonl") && value.bytes().all(|b| b.is_ascii_hexdigit());
        let mut found = found.filter(|value| !by_chance(value));
        assert_eq!(found.next(), None, "in {name}");
        assert_eq!(in_hex.find_iter(bytes).next().map(|m| values[m.pattern().as_usize()]), None, "in {name}");
    }
    // Neither roots without salts, by which values could be tried, nor the case's secrets.
    let info = bench.info();
    let db = rusqlite::Connection::open(bench.case()).expect("SQLite");
    let secret: Vec<u8> = db.query_row("SELECT value FROM secret WHERE name = 'case'", [], |r| r.get(0)).expect("a secret");
    let roots: String = db.query_row("SELECT value FROM statement WHERE kind = 'roots'", [], |r| r.get(0)).expect("roots");
    let roots: Value = serde_json::from_str(&roots).expect("JSON");
    let mut forbidden =
        vec![hex::encode(&secret), text(&info["sources"][0], "content_root").to_owned(), text(&info, "content_root").to_owned()];
    forbidden.extend(roots["content"].as_object().expect("roots").values().map(|r| r.as_str().expect("hex").to_owned()));
    forbidden.extend(roots["derived"].as_array().expect("roots").iter().map(|d| text(d, "root").to_owned()));
    for (name, bytes) in &files {
        assert!(!holds(bytes, &secret), "the secret in {name}");
        for root in forbidden.iter().filter(|r| *r != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") {
            assert!(!holds(bytes, root.as_bytes()), "{root} in {name}");
        }
    }
}

#[test]
fn a_masked_field_is_opened_later() {
    let bench = Bench::new();
    let log = bench.path("gateway.log");
    fs::write(&log, gateway_log(300)).expect("room");
    bench.add_with(&[&log], &["--profile", "gateway"]);
    let (package, _) = disclose(&bench, "masked.zip", &["--view", "accessed", "--mask", "subject"]);
    let row = bench.view("timeline", &[]).into_iter().find(|r| !text(r, "subject").is_empty()).expect("a subject");
    let (id, subject) = (row["event_id"].to_string(), text(&row, "subject"));
    let opening = bench.path("opening.jsonl");
    let path = opening.to_str().expect("text");
    bench.on("unmask", &[&id, "subject", "--reason", "request 14 of the court", "--opening", path]).good();
    let check = || bench.run(["verify", package.to_str().expect("text"), "--openings", path, "--json"].as_slice());
    let opened = check();
    assert_eq!(opened.code, Some(0), "{}", opened.text());
    let said = opened.json();
    assert_eq!((&said["openings"][0]["holds"], &said["openings"][0]["value"]), (&true.into(), &subject.into()), "{said}");
    let line = fs::read_to_string(&opening).expect("an opening");
    let value: Value = serde_json::from_str(&line).expect("JSON");
    let number = value["row"].as_str().expect("a number").parse::<u64>().expect("a number");
    let other_row = format!("\"row\":\"{}\"", number + 1);
    let changed = [
        line.replace(text(&value, "value"), &hex::encode("999999999")),
        line.replace("\"field\":2", "\"field\":1"),
        line.replace(&format!("\"row\":\"{number}\""), &other_row),
        line.replace("\"tag\":1", "\"tag\":2"),
        "{}\n".into(),
    ];
    for wrong in changed {
        assert_ne!(wrong, line);
        fs::write(&opening, &wrong).expect("room");
        let told = check();
        assert!(told.code == Some(1) && told.json()["openings"][0]["holds"] == false, "{wrong}: {}", told.text());
    }
}

#[test]
fn a_changed_package_is_told_with_the_place() {
    let bench = Bench::new();
    let log = bench.path("gateway.log");
    fs::write(&log, gateway_log(600)).expect("room");
    bench.add_with(&[&log], &["--profile", "gateway"]);
    let (package, _) = disclose(&bench, "good.zip", &["--view", "timeline"]);
    let good = unzip(&package);
    let changed = bench.path("changed.zip");
    let lines = |name: &str| String::from_utf8(good[name].clone()).expect("text").lines().map(str::to_owned).collect::<Vec<_>>();
    let with = |name: &str, lines: Vec<String>| {
        let mut files = good.clone();
        files.insert(name.to_owned(), lines.iter().map(|l| format!("{l}\n")).collect::<String>().into_bytes());
        zip_up(&files, &changed);
        let report = reports(&bench, &changed, &[]);
        assert_eq!(report["verdict"], "mismatch", "{report}");
        text(&report["faults"][0], "place").to_owned()
    };
    zip_up(&good, &changed);
    assert_eq!(reports(&bench, &changed, &[])["verdict"], "consistent", "packed again, and nothing changed");

    let (rows, entries) = (lines("rows.jsonl"), lines("entries.jsonl"));
    let at = rows.len() / 2;
    let row: Value = serde_json::from_str(&rows[at]).expect("JSON");
    let place = format!("import 1 event row {}", text(&row, "row"));
    // One digit of a value.
    let value = text(&row["fields"][1], "value");
    let flipped = if value.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{flipped}", &value[..value.len() - 1]);
    let mut edited = rows.clone();
    edited[at] = edited[at].replacen(value, &other, 1);
    assert_eq!(with("rows.jsonl", edited), place);
    let mut dropped = rows.clone();
    dropped.remove(at);
    assert_eq!(with("rows.jsonl", dropped), "disclosure");
    let mut twice = rows.clone();
    twice.insert(at, rows[at].clone());
    assert_eq!(with("rows.jsonl", twice), place);
    let mut entry = entries.clone();
    entry[1] = entry[1].replacen("\"import\":1", "\"import\":2", 1);
    assert_eq!(with("entries.jsonl", entry), "entry 2", "the entry after the one that was changed does not follow");
    assert_eq!(with("entries.jsonl", entries[..entries.len() - 1].to_vec()), "checkpoint");
    let range: Value = serde_json::from_str(&lines("blocks.jsonl")[0]).expect("JSON");
    let name = format!("evidence/1-{}/{}.bin", range["source"], text(&range, "first_block"));
    let mut files = good.clone();
    files.get_mut(&name).expect("a range")[100] ^= 1;
    zip_up(&files, &changed);
    assert_eq!(reports(&bench, &changed, &[])["verdict"], "mismatch");
}

#[test]
fn what_can_not_be_disclosed_is_refused_and_nothing_is_left() {
    let bench = Bench::new();
    let log = bench.path("gateway.log");
    fs::write(&log, gateway_log(50)).expect("room");
    bench.add_with(&[&log], &["--profile", "gateway"]);
    let out = bench.path("out.zip");
    let out = out.to_str().expect("text");
    for (options, says) in [
        (vec!["--view", "subjects"], "no rows of evidence"),
        (vec!["--view", "nothing"], "nothing"),
        (vec!["--view", "timeline", "--where", "actor = nobody"], "no row fits"),
        (vec!["--view", "timeline", "--mask", "faces"], "faces"),
        (vec!["--view", "timeline", "--annex-to", "someone"], "age recipient"),
    ] {
        let said = bench.on("disclose", &[options.as_slice(), &["--out", out]].concat());
        assert_eq!(said.code, Some(2), "{options:?}");
        assert!(said.err.contains(says), "{}", said.err);
        assert!(!Path::new(out).exists());
    }
    assert_eq!(bench.info()["entries"].as_u64(), Some(3), "no entry of what was not written");
    disclose(&bench, "out.zip", &["--view", "timeline", "--mask", "subject"]);
    let said = bench.on("disclose", &["--view", "timeline", "--out", out]);
    assert_eq!(said.code, Some(2), "an earlier package is not replaced unasked");
    let left: Vec<_> =
        fs::read_dir(bench.folder.path()).expect("a folder").filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
    assert!(!left.iter().any(|n| n.starts_with(".casebook-package")), "{left:?}");
}

//! Shapes of what the subcommands print: others write programs against these names.

use super::laptop_case;
use crate::support::{Bench, sha256, text};
use serde_json::Value;
use std::path::Path;

fn imported() -> Bench {
    let evidence = laptop_case();
    let paths: Vec<&Path> = evidence.iter().map(|p| p.as_path()).collect();
    Bench::with(&paths)
}

/// Every key is there, whatever its value.
fn has(value: &Value, keys: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("not an object: {value}"));
    for key in keys {
        assert!(object.contains_key(*key), "no {key} in {value}");
    }
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_fault_and_no_answer() {
    let bench = imported();
    let view = ["view", "test.casebook", "timeline", "--format", "jsonl"];
    for arguments in [&["formats"][..], &view, &["info", "test.casebook"]] {
        // Closed before anything can be written.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let out = bench.command(arguments).stdout(writer).output().expect("the program starts");
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!((out.status.code(), &*said), (Some(141), ""), "{arguments:?}");
    }
}

#[test]
fn new_makes_one_file_and_never_writes_over_it() {
    let bench = Bench::new();
    assert!(bench.case().is_file());
    let again = bench.on("new", &[]);
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert_eq!(bench.info()["title"], "Test");
    assert_eq!(bench.info()["events"], 0);
}

#[test]
fn add_ends_with_a_line_that_sums_up() {
    let bench = Bench::new();
    let [laptop, usb, logs] = laptop_case();
    let said = bench.on("add", &[laptop.to_str().unwrap(), usb.to_str().unwrap(), logs.to_str().unwrap(), "--json"]).good();
    let rows = said.rows();
    let (last, progress) = rows.split_last().unwrap();
    has(last, &["done", "sources", "events", "findings", "content_root", "root"]);
    assert_eq!(last["done"], true);
    assert_eq!(last["sources"].as_array().unwrap().len(), 3);
    for root in ["content_root", "root"] {
        assert!(text(last, root).len() == 64 && hex::decode(text(last, root)).is_ok(), "{last}");
    }
    assert!(!progress.is_empty());
    for line in progress {
        assert_eq!(line["done"], false);
        has(line, &["bytes_done", "bytes_total", "files", "events", "item", "seconds_left"]);
    }
    let info = bench.info();
    for key in ["events", "findings", "root"] {
        assert_eq!(info[key], last[key], "{key}");
    }
}

#[test]
fn info_names_the_sources_and_their_digests() {
    let bench = imported();
    let info = bench.info();
    has(&info, &["title", "sources", "events", "findings", "entries", "root"]);
    let sources = info["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 3);
    for (source, path) in sources.iter().zip(laptop_case()) {
        has(source, &["id", "label", "kind", "bytes", "sha256", "sha1", "md5", "stored", "volumes", "content_root"]);
        assert_eq!(text(source, "label"), path.file_name().unwrap().to_str().unwrap());
        if text(source, "kind") != "ewf image" {
            assert_eq!(text(source, "sha256"), sha256(&std::fs::read(path).unwrap()));
        }
    }
    // What the E01 says of itself, and what was computed from its media: two statements that agree.
    assert_eq!(sources[0]["stored"]["md5"], sources[0]["md5"]);
    assert_eq!(sources[0]["stored"]["case number"], "CB-2026-014");
}

#[test]
fn inspect_says_what_is_there_and_imports_nothing() {
    let bench = Bench::empty();
    let [laptop, usb, logs] = laptop_case();
    let said = bench.run(["inspect", "--json", laptop.to_str().unwrap(), usb.to_str().unwrap(), logs.to_str().unwrap()]).good();
    let all = said.json();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["scheme"], "MBR");
    let partition = all[0]["volumes"].as_array().unwrap().iter().find(|v| v["kind"] == "partition").unwrap();
    assert_eq!(partition["file_system"], "NTFS");
    assert_eq!(all[1]["volumes"][0]["file_system"], "exFAT");
    assert_eq!(all[2]["log_profile"], "gateway");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().filter(|e| !e.as_ref().unwrap().path().is_dir()).count(), 0);
}

#[test]
fn formats_lists_parsers_and_profiles() {
    let formats = Bench::empty().run(["formats", "--json"]).good().json();
    let words = formats.to_string();
    for name in ["file_times", "recycle_bin", "usn_journal", "mft", "web_access_log", "json_lines_log", "gateway", "nginx"] {
        assert!(words.contains(&format!("\"{name}\"")), "{name} is not listed");
    }
}

#[test]
fn views_are_listed_and_each_can_be_read_in_each_format() {
    let bench = imported();
    let list = bench.on("view", &[]).good().text();
    for name in ["accessed", "deleted", "files", "requests-by-actor", "subjects", "timeline", "findings", "sources", "ledger"] {
        assert!(list.lines().any(|l| l.split_whitespace().next() == Some(name)), "{name} is not listed");
        let rows = bench.view(name, &["--limit", "3"]);
        assert!((1..=3).contains(&rows.len()), "{name} has rows");
        let csv = bench.on("view", &[name, "--limit", "3", "--format", "csv"]).good().text();
        has(&rows[0], &csv.lines().next().unwrap().split(',').collect::<Vec<_>>());
        assert!(!bench.on("view", &[name, "--limit", "3"]).good().out.is_empty());
    }
}

#[test]
fn requests_by_actor_counts_subjects() {
    let bench = imported();
    let rows = bench.view("requests-by-actor", &["--where", "address = 198.51.100.9", "--where", "actor = SKEBZYFCZDPDMGBSJCNM"]);
    assert_eq!(rows.len(), 1);
    has(&rows[0], &["actor", "address", "requests", "first", "last", "distinct_subjects"]);
    assert_eq!(rows[0]["requests"], 1050);
    assert_eq!(rows[0]["distinct_subjects"], 780);
}

#[test]
fn files_have_the_keys_of_the_contract() {
    let bench = imported();
    let all = bench.files(&[]);
    for row in &all {
        let keys = ["source", "volume", "path", "record", "name_state", "record_state", "content_state", "size", "times", "kind"];
        has(row, &keys);
        assert!(row["times"].is_object(), "{row}");
    }
    let deleted = bench.files(&["--deleted"]);
    assert!(!deleted.is_empty() && deleted.len() < all.len());
    assert!(deleted.iter().all(|row| text(row, "name_state") != "allocated"));
}

#[test]
fn every_operator_filters_and_conditions_add_up() {
    let bench = imported();
    let files = |filters: &[&str]| -> Vec<String> {
        let options: Vec<&str> = filters.iter().flat_map(|f| ["--where", f]).collect();
        bench.files(&options).iter().map(|r| text(r, "path").to_owned()).collect()
    };
    let all = bench.files(&[]);
    let sizes = |holds: &dyn Fn(i64) -> bool| all.iter().filter(|r| r["size"].as_i64().is_some_and(holds)).count();
    assert_eq!(files(&["size = 2660"]).len(), sizes(&|s| s == 2660));
    assert_eq!(files(&["size != 2660"]).len(), sizes(&|s| s != 2660));
    assert_eq!(files(&["size < 2660"]).len(), sizes(&|s| s < 2660));
    assert_eq!(files(&["size <= 2660"]).len(), sizes(&|s| s <= 2660));
    assert_eq!(files(&["size > 2660"]).len(), sizes(&|s| s > 2660));
    assert_eq!(files(&["size >= 2660"]).len(), sizes(&|s| s >= 2660));
    assert_eq!(files(&["size in 2660,41"]).len(), sizes(&|s| s == 2660 || s == 41));
    assert_eq!(files(&["path contains customers-000"]).len(), 4);
    assert_eq!(files(&["path contains customers-000", "content_state = intact"]).len(), 3);
    assert_eq!(bench.files(&["--limit", "5"]).len(), 5);
}

#[test]
fn time_limits_take_their_start_and_not_their_end() {
    let bench = imported();
    let rows = bench.view("accessed", &["--from", "2026-06-08T11:45:30Z", "--to", "2026-06-08T17:10:02Z"]);
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(text(row, "at") >= "2026-06-08T11:45:30Z" && text(row, "at") < "2026-06-08T17:10:02Z", "{row}");
    }
    assert!(rows.iter().any(|r| text(r, "at") == "2026-06-08T11:45:30Z"));
}

#[test]
fn cat_gives_live_and_deleted_bytes() {
    let bench = imported();
    let saved = "e2b1a1d81f8bf4a54f596feaf1555c6b1fbb109f23e70ea5be0e871290cc3b37";
    assert_eq!(sha256(&bench.cat(2, "customers-all.csv", &[])), saved, "deleted, on the stick");
    let bin = bench.files(&["--where", "path contains $RQ7X2KD.csv"]);
    assert_eq!(sha256(&bench.cat(1, text(&bin[0], "path"), &[])), saved, "in the Recycle Bin");
    let record = bench.on("cat", &["--source", "1", "--record", "82"]).good().out;
    assert_eq!(sha256(&record), "d7c78fe187e736f3a272811d9e1c85276b1ed020ee665bc10224c037be8fa77b");
    let stream = bench.on("cat", &["--source", "1", "--record", "82", "--stream", "Zone.Identifier"]).good().out;
    assert_eq!(sha256(&stream), "003c5456673d5a78b04593a9264375076cc63ab6ddefe9cae8ba93309c93360f");
    let member = bench.cat(3, "gw-01/access-2026-06-03.log", &[]);
    assert_eq!(sha256(&member), "72c9ba44356207965f8e23d24327e690a71589e4bc4394051f66b14948504d10");
    let part = bench.on("cat", &["--source", "1", "--record", "85"]);
    assert!(part.err.contains("partly overwritten"), "{}", part.err);
}

#[test]
fn prove_writes_a_bundle_for_any_event() {
    let bench = imported();
    let event = bench.view("timeline", &["--limit", "1"])[0]["event_id"].to_string();
    let bundle = bench.on("prove", &[&event]).good().json();
    assert!(bundle.is_object());
    let place = bench.path("proof.json");
    bench.on("prove", &[&event, "--out", place.to_str().unwrap()]).good();
    let kept: Value = serde_json::from_slice(&std::fs::read(place).unwrap()).unwrap();
    assert_eq!(kept, bundle);
}

#[test]
fn what_is_wrong_is_said_with_exit_code_2() {
    let bench = Bench::new();
    let runs: [&[&str]; 4] = [
        &["view", "no-such-view"],
        &["view", "timeline", "--where", "nope = 1"],
        &["view", "timeline", "--where", "at ~ 1"],
        &["cat", "--source", "1", "--path", "nothing"],
    ];
    for run in runs {
        let said = bench.on(run[0], &run[1..]);
        assert_eq!(said.code, Some(2), "{run:?}");
        assert!(said.err.starts_with("casebook: "), "{run:?}: {}", said.err);
    }
    assert_eq!(bench.run(["verify", "nowhere.casebook"]).code, Some(2));
    assert_eq!(bench.run(["no-such-command"]).code, Some(2));
}

//! Exports: what other programs read is what the case holds.

use crate::cli::laptop_case;
use crate::support::{Bench, gateway_log, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python that has DuckDB: what `CASEBOOK_PYTHON` names, else the machine's; else says that it was skipped.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("CASEBOOK_PYTHON").map(PathBuf::from);
    let has_duckdb = |p: &PathBuf| Command::new(p).args(["-c", "import duckdb"]).output().is_ok_and(|o| o.status.success());
    let found = named.into_iter().chain(["python3".into()]).find(has_duckdb);
    if found.is_none() {
        println!("skipped: DuckDB not found; the round trip through Parquet was not checked");
    }
    found
}

fn export(bench: &Bench, to: &str, out: &str, options: &[&str]) -> Value {
    let out = bench.path(out);
    let base = ["--to", to, "--out", out.to_str().expect("a path that is text"), "--json"];
    let said = bench.on("export", &[&base, options].concat()).good();
    let last = said.rows().pop().expect("a last line");
    assert_eq!(last["done"], true, "{last}");
    last
}

fn counts(exported: &Value) -> BTreeMap<String, (u64, u64)> {
    let rows = exported["rows"].as_array().expect("counts");
    rows.iter().map(|r| (text(r, "table").to_owned(), (r["rows"].as_u64().unwrap(), r["of"].as_u64().unwrap()))).collect()
}

/// Path and bytes of every file below a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(here) = left.pop() {
        for entry in fs::read_dir(here).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                out.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    out
}

/// Exports a case twice over and has DuckDB compare it with the case's own views, entries and proofs.
fn round_trip(bench: &Bench) {
    let Some(python) = python() else { return };
    export(bench, "parquet", "rows", &[]);
    let dumps = bench.path("dumps");
    fs::create_dir(&dumps).expect("a folder");
    for view in ["timeline", "files", "findings", "requests-by-actor"] {
        let said = bench.on("view", &[view, "--format", "jsonl"]).good();
        fs::write(dumps.join(format!("{view}.jsonl")), said.out).expect("room");
    }
    let timeline = bench.view("timeline", &["--limit", "2000"]);
    for row in timeline.iter().step_by(333) {
        let id = row["event_id"].to_string();
        let out = dumps.join(format!("{id}.proof"));
        bench.on("prove", &[&id, "--out", out.to_str().expect("text")]).good();
    }
    export(bench, "timesketch", "dumps/events.jsonl", &[]);
    let script = crate::tree::root().join("tests/export/roundtrip.py");
    let ran = Command::new(python).arg(script).arg(bench.path("rows")).arg(&dumps).output().expect("Python starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    println!("{said}");
    assert_eq!(bench.on("verify", &[]).code, Some(0));
}

#[test]
fn the_sample_case_comes_back_out_of_parquet() {
    let evidence = laptop_case();
    round_trip(&Bench::with(&evidence.iter().map(PathBuf::as_path).collect::<Vec<_>>()));
}

#[test]
fn a_log_archive_comes_back_out_of_parquet() {
    let bench = Bench::new();
    let folder = bench.path("logs");
    fs::create_dir(&folder).expect("a folder");
    let log = gateway_log(30_000);
    let (first, second) = log.split_at(log.match_indices('\n').nth(17_000).expect("a line").0 + 1);
    fs::write(folder.join("a.log"), first).expect("room");
    // Lines whose bytes are no text, and a backslash beside them and without them.
    let odd = |path: &[u8], agent: &[u8]| {
        let start: &[u8] = b"192.0.2.1 - KEY \\ [02/Jun/2026:00:00:01 +0900] \"GET ";
        [start, path, b" HTTP/1.1\" 200 5 \"-\" \"", agent, b"\"\n"].concat()
    };
    let odd = [odd(b"/v1/\xff\\x", b"\xc3\x28"), odd(b"/v1/\\xff", b"a\\b \xf0\x9f\x94\x8d")].concat();
    fs::write(folder.join("b.log"), [second.as_bytes(), &odd].concat()).expect("room");
    bench.add(&[&folder]);
    round_trip(&bench);
}

/// Days that come mixed: a file system's times, or a log that was merged badly.
fn mixed_days() -> String {
    let mut log = String::new();
    for n in 0..3_000u32 {
        let day = n * 7919 % 200;
        let (month, day) = (day / 28, 1 + day % 28);
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug"][month as usize];
        writeln!(
            log,
            "192.0.2.7 - KEY [{day:02}/{month}/2025:00:00:{:02} +0000] \"GET /v1/customers/{n} HTTP/1.1\" 200 5 \"-\" \"a\"",
            n % 60
        )
        .expect("text");
    }
    log
}

#[test]
fn mixed_days_make_one_file_a_day() {
    let bench = Bench::new();
    let log = bench.path("mixed.log");
    fs::write(&log, mixed_days()).expect("room");
    bench.add(&[&log]);
    round_trip(&bench);
    export(&bench, "parquet", "again", &["--table", "events"]);
    let events = contents(&bench.path("again")).into_keys().filter(|k| k.starts_with("events/")).collect::<Vec<_>>();
    assert_eq!(events.len(), 200);
    assert!(events.iter().all(|e| e.ends_with("/part-0.parquet")));
}

#[test]
fn the_same_case_gives_the_same_files() {
    let bench = Bench::with(&[&laptop_case()[0]]);
    export(&bench, "parquet", "one", &[]);
    export(&bench, "parquet", "two", &[]);
    let tables = |name: &str| {
        let mut all = contents(&bench.path(name));
        // The ledger has grown by the first export.
        all.retain(|path, _| !["ledger.json", "entry.json", "SHA256SUMS"].contains(&path.as_str()));
        all
    };
    assert!(tables("one") == tables("two") && tables("one").len() > 10);
}

#[test]
fn times_and_filters_choose_events() {
    let bench = Bench::with(&[&laptop_case()[2]]);
    let count = |options: &[&str]| bench.view("timeline", options).len() as u64;
    let all = count(&[]);
    let days = ["--from", "2026-06-05", "--to", "2026-06-07"];
    let by_time = export(&bench, "parquet", "days", &["--from", "2026-06-05", "--to-time", "2026-06-07"]);
    assert_eq!(counts(&by_time), [("events".to_owned(), (count(&days), all))].into());
    let one = &["--where", "subject = 70001234"];
    let filter = ["--where", "state = live", "--where", "action = requested", "--from", "2026-06-06"];
    let filtered = export(&bench, "parquet", "filtered", &filter);
    assert_eq!(counts(&filtered)["events"], (count(&filter), all));
    assert!(counts(&filtered)["events"].0 < all && by_time["entry"].as_u64() < filtered["entry"].as_u64());
    let none = export(&bench, "timesketch", "none.jsonl", one);
    assert_eq!(counts(&none)["events"].0, count(one));
    // What was asked for is in the entry; what a person typed is in statements.
    let entry: Value = serde_json::from_slice(&fs::read(bench.path("filtered/entry.json")).expect("an entry")).expect("JSON");
    assert_eq!((text(&entry, "type"), text(&entry["params"], "filters")), ("export", "2"));
    assert_eq!(entry["written"]["rows"][0]["rows"], filtered["rows"][0]["rows"].to_string());
    assert!(!entry.to_string().contains("live"));
    let refused = bench.on("export", &["--to", "parquet", "--out", "x", "--table", "files", "--from", "2026-06-05"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert_eq!(bench.on("verify", &[]).code, Some(0));
}

#[test]
fn what_lies_there_stays() {
    let bench = Bench::with(&[&laptop_case()[1]]);
    let entries = || bench.info()["entries"].clone();
    let run = |out: &str, more: &[&str]| {
        let out = bench.path(out);
        let to = if more.contains(&"--ts") { "timesketch" } else { "parquet" };
        let more: Vec<&str> = more.iter().copied().filter(|m| *m != "--ts").collect();
        bench.on("export", &[&["--to", to, "--out", out.to_str().expect("text")], more.as_slice()].concat())
    };
    fs::create_dir(bench.path("full")).expect("a folder");
    fs::write(bench.path("full/mine"), "mine").expect("room");
    let before = entries();
    // Neither a folder of something else nor a file is ever replaced.
    for out in ["full", "full/mine"] {
        for more in [&[][..], &["--overwrite"][..]] {
            let said = run(out, more);
            assert_eq!(said.code, Some(2), "{out} {more:?}");
        }
    }
    assert_eq!(run("events.txt", &["--ts"]).code, Some(2));
    assert_eq!(fs::read(bench.path("full/mine")).expect("it is there"), b"mine");
    assert_eq!(entries(), before, "no entry of what was not written");
    assert!(!bench.path("full.unfinished").exists());
    fs::create_dir(bench.path("empty")).expect("a folder");
    run("empty", &[]).good();
    assert_eq!(run("empty", &[]).code, Some(2));
    run("empty", &["--overwrite"]).good();
    assert!(bench.path("empty/README.txt").is_file() && !bench.path("empty.replaced").exists());
    run("e.jsonl", &["--ts"]).good();
    assert_eq!(run("e.jsonl", &["--ts"]).code, Some(2));
    run("e.jsonl", &["--ts", "--overwrite"]).good();
    assert_eq!(bench.on("verify", &[]).code, Some(0));
}

#[test]
fn changed_rows_are_not_exported() {
    let bench = Bench::with(&[&laptop_case()[1]]);
    let db = rusqlite::Connection::open(bench.case()).expect("a database");
    db.execute_batch("UPDATE file SET size = size + 1 WHERE id = (SELECT max(id) FROM file)").expect("a change");
    drop(db);
    let said = bench.on("export", &["--to", "parquet", "--out", "x"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("does not hash to the root"), "{}", said.err);
    assert!(!bench.path("x").exists() && !bench.path("x.unfinished").exists());
}

//! Two cases of the same evidence.

use crate::support::{Bench, gateway_log, text};
use std::fs;

fn diff(a: &Bench, b: &Bench) -> (Option<i32>, serde_json::Value) {
    let (a, b) = (a.case(), b.case());
    let said = Bench::empty().run(["diff", a.to_str().expect("text"), b.to_str().expect("text"), "--json"]);
    (said.code, said.json())
}

#[test]
fn the_same_evidence_gives_equal_cases_and_another_zone_is_named() {
    let log = Bench::empty();
    let path = log.path("plain.log");
    // No zone in the lines: the zone given decides the times.
    let lines: String = gateway_log(1_000).lines().map(|l| format!("{l}\n")).collect();
    fs::write(&path, lines).expect("room");
    let case = |options: &[&str], zone: &str| {
        let bench = Bench::new();
        let mut command =
            bench.command(["add", bench.case().to_str().expect("text"), path.to_str().expect("text")].iter().chain(options));
        let ran = command.env("TZ", zone).env("LC_ALL", if zone == "UTC" { "C" } else { "ko_KR.UTF-8" }).output().expect("runs");
        assert!(ran.status.success(), "{ran:?}");
        bench
    };
    let one = case(&["--threads", "1", "--profile", "gateway"], "UTC");
    let two = case(&["--threads", "2", "--profile", "gateway"], "Asia/Seoul");
    let (code, said) = diff(&one, &two);
    assert_eq!((code, &said["equal"]), (Some(0), &serde_json::json!(true)), "{said}");

    let other = case(&["--profile", "combined"], "UTC");
    let (code, said) = diff(&one, &other);
    assert_eq!(code, Some(1));
    let import = &said["imports"][0];
    let event = import["tables"].as_array().expect("tables").iter().find(|t| t["table"] == "event").expect("events differ");
    assert_eq!(event["first"].as_u64(), Some(0), "{event}");
    assert!(import["made_by"].as_array().expect("names").iter().any(|m| text(m, "what") == "profile"), "{import}");
    assert_ne!(event["row"][0], event["row"][1]);
}

#[test]
fn a_row_that_one_case_has_otherwise_is_found_by_its_number() {
    let log = Bench::empty();
    let cases = [0, 1].map(|n| {
        let bench = Bench::new();
        let path = log.path(&format!("{n}.log"));
        fs::write(&path, gateway_log(1_000)).expect("room");
        bench.add_with(&[&path], &["--profile", "gateway"]);
        bench
    });
    // One case is written anew around one other row, tree and statement included: its own roots hold no longer,
    // so the comparison is of what it says, and verification of whether that is true.
    let db = rusqlite::Connection::open(cases[1].case()).expect("SQLite");
    let changed = db.execute("UPDATE event SET at = at + 1 WHERE id = (1 << 40) + 700", []).expect("a row");
    assert_eq!(changed, 1);
    drop(db);
    let (code, said) = diff(&cases[0], &cases[1]);
    assert_eq!(code, Some(0), "roots are compared, and these are still equal: {said}");
    assert_eq!(cases[1].on("verify", &[]).code, Some(1));
    let db = rusqlite::Connection::open(cases[1].case()).expect("SQLite");
    let roots: String = db.query_row("SELECT value FROM statement WHERE kind = 'roots'", [], |r| r.get(0)).expect("roots");
    let mut value: serde_json::Value = serde_json::from_str(&roots).expect("JSON");
    value["content"]["event"] = "11".repeat(32).into();
    value["content_root"] = "22".repeat(32).into();
    db.execute("UPDATE statement SET value = ?1 WHERE kind = 'roots'", [value.to_string()]).expect("a row");
    // The tile over the run of the changed row is another too.
    let tile: Vec<u8> =
        db.query_row("SELECT hashes FROM tile WHERE kind = 10 AND level = 1 AND n = 0", [], |r| r.get(0)).expect("a tile");
    let mut other = tile.clone();
    other[2 * 32] ^= 1;
    db.execute("UPDATE tile SET hashes = ?1 WHERE kind = 10 AND level = 1 AND n = 0", [other]).expect("a tile");
    drop(db);
    let (code, said) = diff(&cases[0], &cases[1]);
    assert_eq!(code, Some(1));
    let event = &said["imports"][0]["tables"][0];
    assert_eq!((text(event, "table"), event["first"].as_u64()), ("event", Some(700)), "{said}");
    assert!(event["compared"].as_u64() < Some(300), "{event}");
}

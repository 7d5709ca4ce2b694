//! Logs: what is told before an import, what a person states, and what the rows then say.

use crate::support::{Bench, sample, text};
use std::path::{Path, PathBuf};

fn log(path: &str) -> PathBuf {
    sample("parsers").join(path)
}

fn path(p: &Path) -> &str {
    p.to_str().expect("a path that is text")
}

fn codes(bench: &Bench) -> Vec<String> {
    bench.view("findings", &[]).iter().map(|f| text(f, "code").to_owned()).collect()
}

#[test]
fn the_zone_of_times_without_one_is_what_the_import_states() {
    let errors = log("text_log/apache_error.log");
    let unknown = Bench::with(&[&errors]);
    let first = |bench: &Bench| text(&bench.view("timeline", &["--order", "at"])[0], "at").to_owned();
    assert_eq!(first(&unknown), "2025-06-24T07:20:34.123 (local, zone unknown)");
    assert!(codes(&unknown).contains(&"time-without-zone".to_owned()));
    let stated = Bench::new();
    stated.add_with(&[&errors], &["--zone", "+09:00"]);
    assert_eq!(first(&stated), "2025-06-23T22:20:34.123Z");
    assert!(!codes(&stated).contains(&"time-without-zone".to_owned()));
    stated.on("verify", &["--evidence", path(&errors)]).good();
    let case = std::fs::read(stated.case()).expect("the case");
    let entry = br#""zone_default":"+09:00""#;
    assert!(case.windows(entry.len()).any(|w| w == entry), "the ledger does not say which zone was stated");
    // A format that defines its times as UTC is not moved.
    let iis = Bench::new();
    iis.add_with(&[&log("delimited_log/iis.log")], &["--zone", "+09:00"]);
    assert_eq!(first(&iis), "2025-06-24T07:20:34Z");
    let wrong = stated.on("add", &[path(&errors), "--zone", "Seoul"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
}

#[test]
fn a_profile_can_be_printed_corrected_and_used() {
    let bench = Bench::new();
    let printed = bench.run(["formats", "--profile", "syslog"]).good().text();
    let syslog = log("text_log/rfc3164.log");
    bench.add(&[&syslog]);
    assert!(bench.view("timeline", &[]).iter().all(|r| r["at"].is_null()));
    assert!(codes(&bench).contains(&"time-without-year".to_owned()));
    let own = bench.path("own.toml");
    std::fs::write(&own, printed.replacen("rank = 30", "rank = 30\nyear = 2025\nzone = \"+02:00\"", 1)).expect("a file");
    let other = Bench::new();
    other.add_with(&[&syslog], &["--profile", path(&own)]);
    assert_eq!(text(&other.view("timeline", &["--order", "at"])[0], "at"), "2025-06-24T05:20:34Z");
    assert_eq!(bench.run(["formats", "--profile", "nothing"]).code, Some(2));
}

#[test]
fn a_preview_shows_rows_fields_and_what_is_unread() {
    let bench = Bench::empty();
    let table = log("delimited_log/requests.csv");
    let logs = bench.run(["preview", path(&table), "--json"]).good().json();
    let log = &logs[0];
    assert_eq!((text(log, "profile"), log["read"].as_u64(), log["unread"].as_u64()), ("csv", Some(4), Some(1)));
    assert_eq!(log["confidence"], 56);
    let column = |name: &str| log["columns"].as_array().unwrap().iter().position(|c| c == name).unwrap();
    let first = &log["rows"][0];
    assert_eq!(first[column("at")], "2025-06-24T07:20:34.123Z");
    assert_eq!(first[column("actor")], "mira@example.com");
    assert!(log["fields"].as_array().unwrap().iter().any(|f| f == "User_Agent"), "{log}");
    assert_eq!(log["unread_samples"][0]["text"], "broken,row");
    assert!(text(log, "toml").contains("[delimited]"));
    let document = log_of(&bench, "json_lines_log/cloudtrail.json");
    assert_eq!(text(&document, "profile"), "aws_cloudtrail");
    assert!(document["fields"].as_array().unwrap().iter().any(|f| f == "userIdentity.arn"), "{document}");
    let chosen = bench.run(["preview", path(&table), "--profile", "combined", "--json"]).good().json();
    assert_eq!((chosen[0]["read"].as_u64(), chosen[0]["confidence"].as_u64()), (Some(0), Some(0)));
}

fn log_of(bench: &Bench, name: &str) -> serde_json::Value {
    bench.run(["preview", path(&log(name)), "--json"]).good().json()[0].clone()
}

#[test]
fn inspecting_names_the_profile_of_each_log_and_how_sure_that_is() {
    let bench = Bench::empty();
    let folder = log("delimited_log");
    let said = bench.run(["inspect", path(&folder), "--json"]).good().json();
    let formats = said[0]["log_formats"].as_array().expect("a list").clone();
    let of =
        |name: &str| formats.iter().find(|f| text(f, "file").ends_with(name)).unwrap_or_else(|| panic!("{name}: {formats:?}"));
    assert_eq!((text(of("m365.csv"), "profile"), of("m365.csv")["confidence"].as_u64()), ("m365_audit", Some(100)));
    assert_eq!(text(of("iis.log"), "zone"), "UTC, as the format defines");
    assert_eq!(text(of("doors.tsv"), "profile"), "tsv");
}

#[test]
fn event_logs_come_with_their_values_and_spans() {
    let bench = Bench::with(&[&log("windows_event_log/Security.evtx.gz")]);
    let rows = bench.view("timeline", &["--order", "at"]);
    assert_eq!((rows.len(), text(&rows[0], "action"), text(&rows[0], "actor")), (4, "sign-in", "mira"));
    assert!(codes(&bench).contains(&"damaged".to_owned()));
    bench.on("verify", &["--evidence", path(&log("windows_event_log/Security.evtx.gz"))]).good();
}

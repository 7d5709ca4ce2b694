//! Questions put in ways that used to give a wrong number or a silence.

use crate::support::{Bench, Said, text};
use serde_json::{Value, json};
use std::path::Path;

const KEY: &str = "SKABCDEFGHJKLMNPQRST";
const OTHER: &str = "SKZZZZZZZZZZZZZZZZZZ";

/// Requests for profiles: address, key, customer, status; one a second from 10:00.
fn log(path: &Path, requests: &[(&str, &str, &str, u16)]) {
    let line = |(n, (address, key, customer, status)): (usize, &(&str, &str, &str, u16))| {
        let at = format!("{:02}:{:02}:{:02}", 10 + n / 3600, n / 60 % 60, n % 60);
        format!(
            "{address} - {key} [03/Jul/2025:{at} +0000] \"GET /v1/customers/{customer}/profile HTTP/1.1\" {status} 10 \"-\" \"x/1\"\n"
        )
    };
    std::fs::write(path, requests.iter().enumerate().map(line).collect::<String>()).expect("a log");
}

fn case_of(requests: &[(&str, &str, &str, u16)]) -> Bench {
    let bench = Bench::new();
    let path = bench.path("gateway.log");
    log(&path, requests);
    bench.add(&[&path]);
    bench
}

fn plain(bench: &Bench, name: &str, arguments: &[&str]) -> String {
    bench.on(name, arguments).good().text()
}

fn number(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("{name}: {of}"))
}

#[test]
fn compared_files_lose_and_invent_no_subject() {
    let uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
    let a = "203.0.113.9";
    let bench = case_of(&[
        (a, KEY, "1003342", 200),
        (a, KEY, "00123", 200),
        (a, KEY, uuid, 200),
        (a, KEY, "1003343", 404),
        (a, KEY, "1003344", 200),
    ]);
    let device = bench.path("device");
    std::fs::create_dir(&device).expect("a folder");
    let many = 300_000u64;
    // Larger than what is searched at once, each line with numbers in its midst.
    let csv: String = (0..many).map(|n| format!("{},x{},{n}\r\n", 5_000_000 + 3 * n, n % 7)).collect();
    std::fs::write(device.join("big.csv"), csv).expect("a file");
    std::fs::write(device.join("ids.csv"), format!("1003342,\n00123,\n00124,\n{uuid},\n{}0,\n1003343,\n", &uuid[..35]))
        .expect("a file");
    std::fs::write(device.join("long.json"), r#"{"customer_id": 1234567890123456789, "id": "1003342"}"#).expect("a file");
    log(&device.join("access.log"), &[(a, KEY, "1003342", 200)]);
    bench.add(&[&device]);
    let asked = |more: &[&str]| bench.on("compare", &[more, &["--json"]].concat()).good().json();
    let big = asked(&["--files", "big.csv", "--pattern", "^([0-9]+),"]);
    assert_eq!((number(&big, "in_files"), number(&big, "only_in_files"), number(&big, "files_read")), (many, many, 1));
    let ids = asked(&["--files", "ids.csv", "--pattern", "^([^,]+),$"]);
    assert_eq!(number(&ids, "in_files"), 6);
    assert_eq!((number(&ids, "in_both"), number(&ids, "not_served"), number(&ids, "only_in_files")), (3, 1, 2));
    assert_eq!(ids["examples_not_served"], json!(["1003343"]));
    assert_eq!(ids["examples_only_in_files"], json!(["00124", format!("{}0", &uuid[..35])]));
    assert_eq!(number(&ids, "in_logs"), number(&ids, "in_both") + number(&ids, "only_in_logs"));
    let long = asked(&["--files", "long.json"]);
    assert_eq!(long["examples_only_in_files"], json!(["1234567890123456789"]), "no id is cut");
    assert_eq!(number(&long, "in_both"), 1);
    let logs = asked(&["--files", "access.log", "--pattern", "customers/([0-9]+)"]);
    assert_eq!((number(&logs, "files_read"), &logs["skipped"]), (0, &json!([["read as logs", 1]])));
    let logs = asked(&["--files", "access.log", "--pattern", "customers/([0-9]+)", "--logs-too"]);
    assert_eq!(number(&logs, "in_both"), 1);
    assert!(plain(&bench, "compare", &["--files", "not there"]).contains("no file was read"));
    assert!(plain(&bench, "compare", &["--files", "ids", "--pattern", "(zzz)"]).contains("the pattern fits nothing"));
    let nobody = plain(&bench, "compare", &["--files", "ids", "--actor", "nobody"]);
    assert!(nobody.contains("no request of an actor nobody"), "{nobody}");
    let wrong = bench.on("compare", &["--files", "ids", "--pattern", "("]);
    assert!(wrong.code == Some(2) && !wrong.err.contains("column op value"), "{}", wrong.err);
}

fn figure(bench: &Bench, value: &str, more: &[&str]) -> Said {
    let given = ["--add", value, "--unit", "accounts", "--date", "2025-07-04", "--author", "x", "--definition", "y"];
    bench.on("figures", &[&given, more].concat())
}

#[test]
fn a_figure_that_cannot_be_asked_is_refused_and_stops_no_other() {
    let bench = case_of(&[("203.0.113.9", KEY, "1003342", 200)]);
    for (value, more, says) in [
        ("1", &["--from", "2025-03-01T05:00:00Z", "--reproducible"][..], "not a day"),
        ("0", &["--source", "77", "--reproducible"], "no source 77"),
        ("0", &["--kind", "namee", "--reproducible"], "namee"),
        ("0", &["--actor", "nobody", "--reproducible"], "nobody"),
        ("1", &["--actor", KEY], "--reproducible"),
        ("-1", &[], "not negative"),
        ("1", &["--document", "nodoc"], "nodoc"),
        ("1", &["--date", "2525-01-01"], "cannot be used multiple times"),
    ] {
        let refused = figure(&bench, value, more);
        assert!(refused.code == Some(2) && refused.err.contains(says), "{value} {more:?}: {}", refused.err);
        assert!(!refused.err.contains("column op value"), "{}", refused.err);
    }
    let later = ["--add", "1", "--unit", "accounts", "--date", "2525-01-01", "--author", "x", "--definition", "y"];
    assert_eq!(bench.on("figures", &later).code, Some(2));
    assert_eq!(bench.on("figures", &["--json"]).good().json(), json!([]), "nothing refused was written");
    figure(&bench, "1", &["--actor", KEY, "--reproducible"]).good();
    // What an earlier version let in stays an entry, and the others can be read.
    for bad in [json!({"from": "2025-03-01T05:00:00Z"}), json!({"source": 77}), json!({"kind": "namee"})] {
        let db = rusqlite::Connection::open(bench.case()).expect("a database");
        let stored: String = db
            .query_row("SELECT value FROM statement WHERE kind = 'figure' ORDER BY id LIMIT 1", [], |r| r.get(0))
            .expect("a figure");
        let mut kept: Value = serde_json::from_str(&stored).expect("JSON");
        let mut query = json!({"by": [], "actor": null, "kind": null, "source": null, "from": null, "to": null, "asked": false});
        bad.as_object().expect("a map").iter().for_each(|(name, value)| query[name] = value.clone());
        (kept["query"], kept["value"]) = (query, json!(0));
        db.execute("UPDATE statement SET value = ?1 WHERE kind = 'figure'", [kept.to_string()]).expect("a row");
        let all = bench.on("figures", &["--json"]).good().json();
        assert!(text(&all[0], "standing").starts_with("not reproducible from the evidence held: "), "{all}");
        db.execute("UPDATE statement SET value = ?1 WHERE kind = 'figure'", [stored]).expect("a row");
    }
    let said = plain(&bench, "figures", &[]);
    assert!(said.contains("reproduced: the evidence held gives 1") && said.contains(&format!("actor {KEY}")), "{said}");
}

#[test]
fn counts_say_what_the_logs_cover() {
    let bench = Bench::new();
    let path = bench.path("gateway.log");
    let line = |day: u32, key: &str, status: u16| {
        let target = "/v1/customers/1003342/profile";
        format!("203.0.113.9 - {key} [{day:02}/Jul/2025:10:00:00 +0000] \"GET {target} HTTP/1.1\" {status} 10 \"-\" \"x/1\"\n")
    };
    std::fs::write(&path, [line(1, KEY, 200), line(2, "-", 200), line(2, KEY, 404), line(5, KEY, 200)].concat()).expect("a log");
    bench.add(&[&path]);
    let none = plain(&bench, "count", &["--from", "2025-07-03", "--to", "2025-07-05"]);
    assert!(none.contains("no request") && none.contains("without an event of any log: 2 (2025-07-03, 2025-07-04)"), "{none}");
    let days = bench.on("count", &["--by", "day", "--json"]).good().json();
    let days_of: Vec<&str> = days["rows"].as_array().expect("rows").iter().map(|r| text(r, "day")).collect();
    assert_eq!(days_of, ["2025-07-01", "2025-07-02", "2025-07-05"]);
    assert_eq!((number(&days["held"], "days"), number(&days["held"], "days_without")), (5, 2));
    let by_actor = plain(&bench, "count", &["--by", "actor"]);
    assert!(by_actor.contains("(no actor)"), "{by_actor}");
    let kinds = plain(&bench, "count", &["--by", "kind", "--asked"]);
    assert!(!kinds.contains("all, served or not"), "{kinds}");
    let day = bench.on("count", &["--from", "noon"]);
    assert!(day.code == Some(2) && !day.err.contains("column op value"), "{}", day.err);
}

#[test]
fn an_actor_is_told_from_others_and_walks_are_seen() {
    let ids: Vec<String> = (0..60).map(|n| (9_000_000 - 50 * n).to_string()).collect();
    let mut requests: Vec<(&str, &str, &str, u16)> = ids.iter().map(|id| ("203.0.113.9", KEY, id.as_str(), 200)).collect();
    // More addresses than were once looked at, the last of them shared.
    let addresses: Vec<String> = (0..700).map(|n| format!("198.51.{}.{}", n / 250, n % 250)).collect();
    requests.extend(addresses.iter().map(|a| (a.as_str(), KEY, "someone", 200)));
    requests.push(("203.0.113.9", KEY, "someone", 200));
    requests.push((addresses.last().expect("an address"), OTHER, "someone", 200));
    let bench = case_of(&requests);
    let report = bench.on("actor", &[KEY, "--json"]).good().json();
    assert_eq!(report["others_at_addresses"]["top"], json!([[OTHER, 1]]));
    assert_eq!(report["others_at_addresses"]["more"], false);
    assert!(text(&report["enumeration"], "says").contains("by -50"), "{}", report["enumeration"]);
    assert_eq!(number(&report["enumeration"], "texts"), 701);
    let by_address = bench.on("actor", &["203.0.113.9", "--by", "address", "--json"]).good().json();
    assert_eq!(by_address["actors"]["top"], json!([[KEY, 61]]));
    assert_eq!(by_address["others_at_addresses"]["top"], json!([]), "the actor is no other");
    let texts = plain(&bench, "actor", &[OTHER, "--zone", "+0900"]);
    assert!(texts.contains("cannot be tested") && texts.contains("subject that is no number"), "{texts}");
    let nobody = plain(&bench, "actor", &["nobody"]);
    assert!(nobody.contains("no request of it") && !nobody.contains("sessions"), "{nobody}");
    let part = plain(&bench, "actor", &[KEY, "--to", "2025-07-03T10:00:10Z"]);
    assert!(part.contains("of the whole case, at any time"), "{part}");
    let zone = bench.on("actor", &[KEY, "--zone", "noon"]);
    assert!(zone.code == Some(2) && !zone.err.contains("column op value"), "{}", zone.err);
}

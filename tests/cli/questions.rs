//! Questions over the sample case, against its ground truth, which other tools made.

use super::laptop_case;
use crate::support::{Bench, sample, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

fn truth() -> Value {
    let bytes = std::fs::read(sample("laptop-case").join("truth.json")).expect("truth.json");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn case() -> Bench {
    let evidence = laptop_case();
    Bench::with(&evidence.iter().map(std::path::PathBuf::as_path).collect::<Vec<&Path>>())
}

#[test]
fn numbers_of_the_key_are_those_of_the_truth() {
    let (bench, truth) = (case(), truth());
    let known = &truth["gateway"]["with_the_key"];
    let key = text(&truth["gateway"], "key");
    let counts = bench.on("count", &["--by", "kind", "--actor", key, "--json"]).good().json();
    for row in counts["rows"].as_array().expect("rows") {
        assert_eq!(row["subjects"], known["subjects_by_kind"][text(row, "kind")], "{row}");
    }
    assert_eq!(counts["rows"].as_array().map(Vec::len), known["subjects_by_kind"].as_object().map(serde_json::Map::len));
    let all = bench.on("count", &["--actor", key, "--asked", "--json"]).good().json();
    assert_eq!(all["rows"][0]["requests"], known["requests"]);
    assert_eq!(all["rows"][0]["subjects"], known["distinct_subjects_requested"]);
    // The same by days, from the rows themselves: a day in the midst of one is no whole day.
    for (from, to) in [("2026-06-05", "2026-06-07"), ("2026-06-05T06:00:00Z", "2026-06-06T14:00:00Z")] {
        let view = |more: &[&str]| {
            let filter = format!("actor = {key}");
            let mut options = vec!["--where", filter.as_str(), "--from", from, "--to", to];
            options.extend_from_slice(more);
            bench.view("data-kinds", &options)
        };
        let mut kept = view(&[]);
        // A filter that no kept count has asks the rows.
        let mut scanned = view(&["--where", "status >= 0"]);
        for rows in [&mut kept, &mut scanned] {
            rows.sort_by_key(|r| text(r, "kind").to_owned());
        }
        assert!(!kept.is_empty());
        assert_eq!(kept, scanned, "{from} to {to}");
    }
    let refused = bench.on("count", &["--from", "2026-06-05T06:00:00Z"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}

#[test]
fn counts_are_the_same_from_the_sums_and_from_the_days() {
    let (bench, truth) = (case(), truth());
    let key = text(&truth["gateway"], "key");
    for by in [
        &["--by", "actor", "--by", "kind"][..],
        &["--by", "kind"],
        &["--by", "kind", "--actor", key],
        &["--by", "actor", "--kind", "name"],
        &["--kind", "name", "--actor", key],
    ] {
        // A bound before all days asks the days.
        let rows = |more: &[&str]| bench.on("count", &[by, more, &["--json"]].concat()).good().json()["rows"].clone();
        let kept = rows(&[]);
        assert_eq!(kept, rows(&["--from", "1970-01-02"]), "{by:?}");
        assert!(kept.as_array().is_some_and(|r| !r.is_empty()), "{by:?}");
    }
}

#[test]
fn third_parties_are_entries_of_each_address_book() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = [
        ("1003342", "1", 200),
        ("1003342", "1", 200),
        ("1003342", "2", 200),
        ("1003343", "1", 200),
        ("1003343", "home", 200),
        ("someone", "1", 200),
        ("1003344", "9", 404),
    ];
    let line = |(n, (customer, entry, status)): (usize, &(&str, &str, u16))| {
        let target = format!("/v1/customers/{customer}/addresses/{entry}/entrance");
        format!(
            "203.0.113.9 - SKABCDEFGHJKLMNPQRST [03/Jul/2025:10:00:{n:02} +0000] \"GET {target} HTTP/1.1\" {status} 10 \"-\" \"x/1\"\n"
        )
    };
    let log = folder.path().join("gateway.log");
    std::fs::write(&log, asked.iter().enumerate().map(line).collect::<String>()).expect("a log");
    let bench = Bench::with(&[&log]);
    let numbers = |arguments: &[&str]| {
        let counts = bench.on("count", &[arguments, &["--json"]].concat()).good().json();
        ["requests", "subjects", "third_parties"].map(|name| counts["rows"][0][name].as_u64())
    };
    assert_eq!(numbers(&[]), [Some(6), Some(3), Some(5)]);
    assert_eq!(numbers(&["--asked"]), [Some(7), Some(4), Some(6)]);
    // Those that are no small numbers are told by their subject's own text.
    let db = rusqlite::Connection::open(bench.case()).expect("a database");
    let mut q = db.prepare("SELECT value FROM subject_text ORDER BY n").expect("a query");
    let texts: Result<Vec<String>, _> = q.query_map([], |r| r.get(0)).expect("rows").collect();
    assert_eq!(texts.expect("texts"), ["1003343/home", "someone", "someone/1"]);
    let figure = ["--add", "5", "--unit", "third_parties", "--date", "2025-07-04", "--author", "A. Kim"];
    bench.on("figures", &[&figure[..], &["--definition", "entries of address books", "--reproducible"]].concat()).good();
    assert_eq!(bench.on("figures", &["--json"]).good().json()[0]["standing"], "reproduced");
}

#[test]
fn requests_by_actor_are_the_same_from_counts_and_from_rows() {
    let bench = case();
    let mut kept = bench.view("requests-by-actor", &[]);
    let mut scanned = bench.view("requests-by-actor", &["--where", "status >= 0"]);
    for rows in [&mut kept, &mut scanned] {
        rows.sort_by_key(Value::to_string);
    }
    assert_eq!(kept.len(), scanned.len());
    for (a, b) in kept.iter().zip(&scanned) {
        assert_eq!(a, b);
    }
}

#[test]
fn what_the_key_did() {
    let (bench, truth) = (case(), truth());
    let known = &truth["gateway"]["with_the_key"];
    let key = text(&truth["gateway"], "key");
    let report = bench.on("actor", &[key, "--zone", "+09:00", "--json"]).good().json();
    for (name, of) in [
        ("requests", "requests"),
        ("served", "served"),
        ("subjects_served", "distinct_subjects_served"),
        ("subjects_asked", "distinct_subjects_requested"),
    ] {
        assert_eq!(report[name], known[of], "{name}");
    }
    assert_eq!(report["requests_of_all"], truth["gateway"]["requests"]);
    let addresses: BTreeSet<&str> =
        report["addresses"]["top"].as_array().expect("addresses").iter().filter_map(|a| a[0].as_str()).collect();
    let known: BTreeSet<&str> =
        truth["gateway"]["by_address"].as_object().expect("addresses").keys().map(String::as_str).collect();
    assert_eq!(addresses, known);
    assert!(text(&report["enumeration"], "says").contains("in order of their numbers"));
    let one = bench.on("actor", &["203.0.113.41", "--by", "address", "--json"]).good().json();
    // The truth counts what came with the key; the address asked without it too.
    let from_address = bench.view("requests-by-actor", &["--where", "address = 203.0.113.41"]);
    let sum: u64 = from_address.iter().filter_map(|r| r["requests"].as_u64()).sum();
    assert_eq!(one["requests"], sum);
    assert!(one["requests"].as_u64() >= truth["gateway"]["by_address"]["203.0.113.41"]["requests"].as_u64());
    let nobody = bench.on("actor", &["nobody", "--json"]).good().json();
    assert_eq!(nobody["requests"], 0);
}

#[test]
fn saved_subjects_against_the_log() {
    let (bench, truth) = (case(), truth());
    let found = bench.on("compare", &["--files", "customers-", "--json"]).good().json();
    let saved = truth["saved"]["ids_by_file"].as_object().expect("files");
    let not_in_the_log = truth["saved"]["saved_but_not_in_the_log"].as_array().expect("ids");
    let only_in_files: Vec<String> = not_in_the_log.iter().map(Value::to_string).collect();
    // One was asked for and not served: saved all the same, and in the log.
    let examples =
        ["examples_only_in_files", "examples_not_served"].map(|name| found[name].as_array().expect("examples").clone());
    let told: BTreeSet<&str> = examples.iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(told, only_in_files.iter().map(String::as_str).collect());
    for file in found["files"].as_array().expect("files") {
        let name = text(file, "path").rsplit('/').next().expect("a name");
        // A file that was overwritten in part holds fewer.
        if let Some(ids) = saved.get(name).and_then(Value::as_array)
            && text(file, "content_state") == "intact"
        {
            assert_eq!(file["subjects"], ids.len(), "{file}");
            let served = ids.iter().filter(|id| !not_in_the_log.contains(id)).count();
            assert_eq!(file["also_in_logs"], served, "{file}");
        }
    }
    let number = |name: &str| found[name].as_u64().expect("a number");
    assert_eq!(number("in_logs"), number("in_both") + number("only_in_logs"));
    assert_eq!(number("in_files"), number("in_both") + number("not_served") + number("only_in_files"));
    assert!(number("in_both") >= 10, "{found}");
}

#[test]
fn what_is_missing_is_told() {
    let bench = Bench::new();
    let folder = bench.path("logs");
    std::fs::create_dir(&folder).expect("a folder");
    let line = |day: u32, hour: u32, second: u32| {
        format!(
            "203.0.113.7 - - [{day:02}/Jun/2025:{hour:02}:00:{second:02} +0000] \"GET /v1/a/{second} HTTP/1.1\" 200 10 \"-\" \"x\"\n"
        )
    };
    for day in (1..=20).filter(|d| *d != 9) {
        // Half of the 15th is gone.
        let hours = (0..24).filter(|h| day != 15 || *h < 8 || *h >= 20);
        let mut text: String = hours.flat_map(|h| (0..10).map(move |s| line(day, h, s))).collect();
        if day == 12 {
            text.push_str(&line(11, 1, 1));
            text.push_str("no line of this log\n");
        }
        std::fs::write(folder.join(format!("access-2025-06-{day:02}.log")), text).expect("a file");
    }
    std::fs::write(folder.join("access-2025-06-21.log"), "").expect("a file");
    std::fs::copy(folder.join("access-2025-06-20.log"), folder.join("copy-of-the-20th.txt")).expect("a copy");
    bench.add(&[&folder]);
    let found = bench.on("coverage", &["--json"]).good().json();
    let stream = found["streams"].as_array().and_then(|s| s.iter().find(|s| text(s, "name").ends_with("access-{date}.log")));
    let stream = stream.unwrap_or_else(|| panic!("{found}"));
    let holes: Vec<(&str, &str)> =
        stream["holes"].as_array().expect("holes").iter().map(|h| (text(h, "from"), text(h, "to"))).collect();
    assert_eq!(
        holes,
        [("2025-06-09T00:00:00Z", "2025-06-10T00:00:00Z"), ("2025-06-15T08:00:00Z", "2025-06-15T20:00:00Z")],
        "{stream}"
    );
    assert_eq!(stream["missing_files"], json!(["access-2025-06-09.log"]));
    assert_eq!(stream["empty_files"], json!(["access-2025-06-21.log"]));
    assert_eq!(stream["unread"], 1);
    assert_eq!(stream["backwards"][0]["times"], 1);
    assert_eq!(found["duplicates"].as_array().map(Vec::len), Some(1), "{found}");
    let asked = ["--policy-days", "10", "--preserved", "2025-06-08", "--interest-from", "2025-05-20", "--json"];
    let kept = bench.on("retention", &asked).good().json();
    assert_eq!(text(&kept, "kept_from"), "2025-05-29");
    let of_stream = &kept["streams"][0];
    assert_eq!((&of_stream["rolled_off_days"], &of_stream["unexplained_days"]), (&json!(9), &json!(3)), "{kept}");
}

/// A log of some days of June, with an event each ten minutes.
fn steady(days: std::ops::Range<u32>, zone: &str) -> String {
    let at = days.flat_map(|d| (0..144).map(move |n| (d, n / 6, n % 6 * 10)));
    at.map(|(day, hour, minute)| {
        format!("203.0.113.7 - - [{day:02}/Jun/2025:{hour:02}:{minute:02}:00{zone}] \"GET /v1/a HTTP/1.1\" 200 10 \"-\" \"x\"\n")
    })
    .collect()
}

#[test]
fn a_series_goes_on_from_one_import_to_the_next() {
    let bench = Bench::new();
    for (folder, name, days) in [("a", "app.1.log", 1..8), ("b", "app.2.log", 8..15), ("c", "app.4.log", 20..27)] {
        let folder = bench.path(folder);
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join(name), steady(days, " +0000")).expect("a log");
        bench.add(&[&folder]);
    }
    let found = bench.on("coverage", &["--json"]).good().json();
    let stream = &found["streams"][0];
    assert_eq!(
        (&stream["sources"], &stream["namesakes"], found["streams"].as_array().map(Vec::len)),
        (&json!([1, 2, 3]), &json!(0), Some(1))
    );
    assert_eq!(stream["missing_files"], json!(["app.3.log"]));
    assert_eq!(
        (&stream["holes"][0]["from"], &stream["holes"][0]["hours"]),
        (&json!("2025-06-15T00:00:00Z"), &json!(120)),
        "{stream}"
    );
    let kept = bench.on("retention", &["--policy-days", "20", "--preserved", "2025-06-30", "--json"]).good().json();
    let days =
        ["unexplained_days", "before_first_days", "between_days", "after_last_days"].map(|n| kept["streams"][0][n].as_u64());
    assert_eq!(days, [Some(8), Some(0), Some(5), Some(3)], "{kept}");
    let said = bench.on("retention", &["--policy-days", "20", "--preserved", "2025-06-30"]).good().text();
    assert!(said.contains("counted: 20 days, 2025-06-10 to before 2025-06-30"), "{said}");
    let refused = bench.on("retention", &["--policy-days", "4000000000", "--preserved", "2025-06-30"]);
    assert!(refused.code == Some(2) && refused.err.contains("1 to 36500 days"), "{}", refused.err);
}

#[test]
fn what_was_not_looked_for_and_local_times_are_told() {
    let bench = Bench::new();
    let log = bench.path("short.log");
    std::fs::write(&log, steady(1..3, "")).expect("a log");
    bench.add(&[&log]);
    let said = bench.on("coverage", &[]).good().text();
    for words in [
        "2025-06-01T00:00:00 (local, zone unknown) to 2025-06-02T23:50:00 (local, zone unknown)",
        "times of 1 of 1 files are of a local clock",
        "holes were not looked for: less than three days",
        "more than five minutes",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn figures_are_kept_and_reproduced() {
    let (bench, truth) = (case(), truth());
    let key = text(&truth["gateway"], "key");
    let add = |value: &str, more: &[&str]| {
        let mut all =
            vec!["--add", value, "--unit", "accounts", "--date", "2026-07-01", "--author", "A. Kim", "--definition", "accounts"];
        all.extend_from_slice(more);
        bench.on("figures", &all)
    };
    add("3000", &[]).good();
    let served = truth["gateway"]["with_the_key"]["distinct_subjects_served"].to_string();
    add(&served, &["--actor", key, "--reproducible", "--supersedes", "1"]).good();
    add("1", &["--actor", key, "--reproducible"]).good();
    let all = bench.on("figures", &["--json"]).good().json();
    let standing: Vec<&str> = all.as_array().expect("figures").iter().map(|f| text(f, "standing")).collect();
    assert_eq!(standing, ["not reproducible from the evidence held", "reproduced", "differs"]);
    assert_eq!(all[0]["superseded_by"], 2);
    assert_eq!(add("2", &["--supersedes", "1"]).code, Some(2), "a figure is superseded once");
    assert_eq!(
        bench.on("figures", &["--add", "2", "--unit", "kilos", "--date", "x", "--author", "a", "--definition", "d"]).code,
        Some(2)
    );
    bench.on("verify", &[]).good();
}

#[test]
fn countries_are_those_of_the_table_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |(n, (address, key)): (usize, &(&str, &str))| {
        format!(
            "{address} - {key} [03/Jul/2025:10:00:{n:02} +0000] \"GET /v1/customers/100{n}/profile HTTP/1.1\" 200 10 \"-\" \"x/1\"\n"
        )
    };
    let asked = [
        ("203.0.113.9", "SKABCDEFGHJKLMNPQRST"),
        ("203.0.113.200", "SKABCDEFGHJKLMNPQRST"),
        ("203.0.113.200", "SKABCDEFGHJKLMNPQRST"),
        ("2001:db8::7", "SKABCDEFGHJKLMNPQRST"),
        ("198.51.100.1", "SKABCDEFGHJKLMNPQRST"),
        ("client.example.com", "SKABCDEFGHJKLMNPQRST"),
    ];
    let log = folder.path().join("gateway.log");
    std::fs::write(&log, asked.iter().enumerate().map(line).collect::<String>()).expect("a log");
    let bench = Bench::with(&[&log]);
    let countries = |bench: &Bench| -> BTreeSet<(String, Option<String>)> {
        let rows = bench.view("requests-by-actor", &[]);
        rows.iter().map(|r| (text(r, "address").to_owned(), r["country"].as_str().map(str::to_owned))).collect()
    };
    let actor = |bench: &Bench| bench.on("actor", &["SKABCDEFGHJKLMNPQRST", "--json"]).good().json()["countries"].clone();
    assert!(countries(&bench).iter().all(|(_, country)| country.is_none()), "none without a table");
    assert_eq!(actor(&bench), Value::Null);
    let table = folder.path().join("countries.csv");
    std::fs::write(&table, "first,last,country\n203.0.113.0,203.0.113.127,Erewhon\n203.0.113.128/25,Laputa\nno,range,here\n")
        .expect("a table");
    let given = bench.on("countries", &["--table", table.to_str().expect("a path"), "--json"]).good().json();
    assert_eq!((given["table"]["rows"].as_u64(), given["table"]["unread"].as_u64()), (Some(2), Some(1)));
    assert_eq!(given["faults"][0]["line"], 4);
    std::fs::write(&table, "203.0.113.0/25,Erewhon\n\"203.0.113.128\",\"203.0.113.255\",\"Laputa\"\n2001:db8::/32,Oz\n")
        .expect("a table");
    bench.on("countries", &["--table", table.to_str().expect("a path")]).good();
    let expected = [
        ("198.51.100.1", None),
        ("2001:db8::7", Some("Oz")),
        ("203.0.113.200", Some("Laputa")),
        ("203.0.113.9", Some("Erewhon")),
        ("client.example.com", None),
    ];
    let expected: BTreeSet<_> = expected.into_iter().map(|(a, c)| (a.to_owned(), c.map(str::to_owned))).collect();
    assert_eq!(countries(&bench), expected, "the later table is in force");
    let scanned = bench.view("requests-by-actor", &["--where", "status = 200", "--where", "country = Laputa"]);
    assert_eq!((scanned.len(), &scanned[0]["requests"]), (1, &json!(2)), "{scanned:?}");
    assert_eq!(actor(&bench)["top"], json!([["-", 2], ["Laputa", 2], ["Erewhon", 1], ["Oz", 1]]));
    // It is shown again as it was given, and stands in the ledger.
    let out = folder.path().join("shown.csv");
    bench.on("countries", &["--out", out.to_str().expect("a path")]).good();
    assert_eq!(std::fs::read(&out).expect("shown"), std::fs::read(&table).expect("given"));
    assert!(bench.view("ledger", &[]).iter().filter(|e| e["type"] == "input.add").count() == 2);
    assert_eq!(bench.on("verify", &[]).code, Some(0));
    let kept = std::fs::read(bench.case()).expect("the case");
    for (change, place) in [
        ("UPDATE country SET name = 'Oz' WHERE name = 'Erewhon'", "table country"),
        ("DELETE FROM country WHERE name = 'Oz'", "table country"),
        (
            "UPDATE input SET data = CAST(replace(CAST(data AS TEXT), 'Oz', 'Az') AS BLOB) WHERE entry = (SELECT max(entry) FROM input)",
            "table input, entry",
        ),
        ("DELETE FROM input WHERE entry = (SELECT min(entry) FROM input)", "table input, entry"),
    ] {
        std::fs::write(bench.case(), &kept).expect("the case");
        rusqlite::Connection::open(bench.case()).expect("a database").execute(change, []).expect(change);
        let said = bench.on("verify", &[]);
        assert!(said.code == Some(1) && said.text().contains(place), "{change}: {}", said.text());
    }
    std::fs::write(bench.case(), &kept).expect("the case");
    let nothing = folder.path().join("nothing.csv");
    std::fs::write(&nothing, "network,country\n").expect("a table");
    let refused = bench.on("countries", &["--table", nothing.to_str().expect("a path")]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}

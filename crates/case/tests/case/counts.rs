//! Counts and sets that agree with their roots and not with the rows.

use crate::Test;
use crate::sample::{fails_at, failures, run};
use case::Store;
use case::import::{STATEMENT_TAGS, Statement, statement_key, statement_row};
use case::tally::{Table, hash_derived, hash_texts};
use case::verify::Options;
use ledger::{Checkpoint, Frontier, RowHasher, TreeHead, leaf_hash};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

pub const TESTS: &[Test] = &[
    ("counts::a_doctored_count_under_a_doctored_root", a_doctored_count_under_a_doctored_root),
    ("counts::nothing_is_added_to_a_doctored_count", nothing_is_added_to_a_doctored_count),
];

/// Requests to a service that knows customers: the lines of one log.
fn lines(from: u32) -> String {
    let line = |n: u32| {
        let (key, address) = (["SKABCDEFGHJKLMNPQRST", "SKBBCDEFGHJKLMNPQRST"][n as usize % 2], n % 3);
        let customer = if n.is_multiple_of(50) { "someone".to_owned() } else { (1_003_000 + n % 70).to_string() };
        let target = match n % 4 {
            0 => format!("/v1/customers/{customer}/addresses/{}/entrance", n % 5),
            _ => format!("/v1/customers/{customer}/profile"),
        };
        let (status, minute, second) = (if n % 9 == 8 { 404 } else { 200 }, n / 60 % 60, n % 60);
        format!(
            "203.0.113.{address} - {key} [03/Jul/2025:10:{minute:02}:{second:02} +0000] \"GET {target} HTTP/1.1\" {status} 10 \"-\" \"x/1\"\n"
        )
    };
    (from..from + 400).map(line).collect()
}

/// A case of two such logs.
fn made(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("counts.casebook");
    let logs = [("one.log", 0), ("two.log", 333)].map(|(name, from)| {
        let log = folder.path().join(name);
        std::fs::write(&log, lines(from)).unwrap();
        log
    });
    case::create(&path, None, None).unwrap();
    case::import::add(&path, &logs, &Default::default(), &mut |_| true).unwrap();
    path
}

fn copied(from: &Path, to: &TempDir) -> PathBuf {
    let path = to.path().join("copy.casebook");
    std::fs::copy(from, &path).unwrap();
    path
}

fn text(v: &Value) -> String {
    v.as_str().unwrap_or_default().to_owned()
}

/// What whoever has the file and this program can do: put the derived tables as they are under new
/// roots, and make the statements, the entries and the checkpoints anew.
fn reseal(path: &Path) {
    let store = Store::open(path).unwrap();
    let db = &store.db;
    let hasher = RowHasher::new(&statement_key(&store).unwrap(), 0, STATEMENT_TAGS);
    let mut tree = Frontier::new();
    let entries: Vec<(i64, Vec<u8>)> = db
        .prepare("SELECT seq, body FROM entry ORDER BY seq")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let last_seal = db.query_row("SELECT max(seal) FROM import", [], |r| r.get::<_, i64>(0)).unwrap();
    for (seq, body) in entries {
        let mut entry: Value = serde_json::from_slice(&body).unwrap();
        entry["prev"] = json!({"root": hex::encode(tree.root()), "size": tree.size()});
        if entry["type"] == "import.seal" {
            let import = entry["params"]["import"].as_u64().unwrap() as u32;
            let (id, value): (i64, String) = db
                .query_row("SELECT id, value FROM statement WHERE entry = ?1 AND kind = 'roots'", [seq], |r| {
                    Ok((r.get(0)?, r.get(1)?))
                })
                .unwrap();
            let mut roots: Value = serde_json::from_str(&value).unwrap();
            for listed in roots["derived"].as_array_mut().unwrap() {
                let name = text(&listed["table"]);
                let table = Table::ALL.into_iter().find(|t| t.name() == name);
                let now = match table {
                    Some(table) if table.is_of_case() && seq != last_seal => continue,
                    Some(table) => hash_derived(db, table, import).unwrap(),
                    None => hash_texts(db, text(&listed["rows"]).parse().ok()).unwrap(),
                };
                (listed["rows"], listed["root"]) = (json!(now.rows.to_string()), json!(hex::encode(now.root)));
            }
            let value = Some(roots.to_string());
            db.execute("UPDATE statement SET value = ?2 WHERE id = ?1", (id, &value)).unwrap();
            let outputs = entry["outputs"].as_array_mut().unwrap();
            let output = outputs.iter_mut().find(|o| o["table"] == "statement").unwrap();
            assert_eq!((text(&output["first"]), text(&output["rows"])), (id.to_string(), "1".to_owned()));
            let statement = Statement { kind: "roots".into(), about: Some(import.to_string()), value };
            let (header, fields) = statement_row(seq as u64, &statement);
            let mut one = Frontier::new();
            one.push(hasher.leaves(id as u64, &header, &fields).row, |_, _, _| {});
            output["root"] = json!(hex::encode(one.root()));
        }
        let body = entry.to_string();
        tree.push(leaf_hash(body.as_bytes()), |_, _, _| {});
        db.execute("UPDATE entry SET body = ?2 WHERE seq = ?1", (seq, body.as_bytes())).unwrap();
        let head = TreeHead { size: tree.size(), root: tree.root() };
        let note = Checkpoint::unsigned(&text(&entry["case"]), head).to_note();
        db.execute("UPDATE checkpoint SET note = ?2 WHERE size = ?1", (seq + 1, note)).unwrap();
    }
}

fn a_doctored_count_under_a_doctored_root() {
    let folder = tempdir().unwrap();
    let case = made(&folder);
    let unchanged = tempdir().unwrap();
    let path = copied(&case, &unchanged);
    reseal(&path);
    assert!(run(&path, &Options::default()).ok(), "what is made anew of an unchanged case is that case");
    for (table, change) in [
        ("tally", "UPDATE tally SET requests = requests + 1 WHERE n = 2 AND import = 2"),
        ("tally", "DELETE FROM tally WHERE import = 2 AND n = (SELECT max(n) FROM tally WHERE import = 2)"),
        (
            "tally",
            "UPDATE tally SET subjects = x'000105' WHERE import = 2 AND n = (SELECT min(n) FROM tally WHERE import = 2 AND subjects IS NOT NULL)",
        ),
        ("pair", "UPDATE pair SET got_count = got_count - 1 WHERE n = 1"),
        ("pair", "UPDATE pair SET actor = 'somebody else' WHERE n = 2"),
        ("exposed", "UPDATE exposed SET subjects = subjects + 1 WHERE n = 1"),
        ("exposed", "DELETE FROM exposed WHERE n = (SELECT max(n) FROM exposed)"),
        ("pace", "UPDATE pace SET backwards = backwards + 1 WHERE import = 2"),
        ("subject_text", "INSERT INTO subject_text (value) VALUES ('a text that no row has')"),
    ] {
        let folder = tempdir().unwrap();
        let path = copied(&case, &folder);
        let changed = Connection::open(&path).unwrap().execute(change, []).unwrap();
        assert!(changed > 0, "{change}");
        let plain = run(&path, &Options::default());
        assert!(fails_at(&plain, "derived", table), "{change}, not resealed: {:?}", failures(&plain));
        reseal(&path);
        let report = run(&path, &Options::default());
        assert!(fails_at(&report, "derived", &format!("table {table}")), "{change}: {:?}", failures(&report));
        // This machine remembers the head of the case before; another would not.
        let others: Vec<_> = failures(&report).into_iter().filter(|c| !matches!(c.name, "derived" | "memory")).collect();
        assert!(others.is_empty(), "{change}: the doctored case is whole in all else: {others:?}");
    }
}

fn nothing_is_added_to_a_doctored_count() {
    let whole = tempdir().unwrap();
    let case = made(&whole);
    for change in ["UPDATE pair SET requests = requests + 1 WHERE n = 1", "DELETE FROM exposed WHERE n = 1"] {
        let folder = tempdir().unwrap();
        let path = copied(&case, &folder);
        assert_eq!(Connection::open(&path).unwrap().execute(change, []).unwrap(), 1);
        let log = folder.path().join("another.log");
        std::fs::write(&log, lines(5000)).unwrap();
        let refused = case::import::add(&path, &[log], &Default::default(), &mut |_| true).unwrap_err().to_string();
        assert!(refused.contains(if change.contains("pair") { "table pair" } else { "table exposed" }), "{refused}");
        let db = Connection::open(&path).unwrap();
        let sealed: i64 = db.query_row("SELECT count(*) FROM import WHERE state = 1", [], |r| r.get(0)).unwrap();
        assert_eq!(sealed, 2, "no import was sealed over it");
    }
}

//! Custody, lists of seized files, hashes from paper, and annotations, as a person types them.

use super::laptop_case;
use crate::support::{Bench, Said, text};
use md5::Digest;
use serde_json::Value;
use std::path::Path;

fn case() -> Bench {
    let evidence = laptop_case();
    Bench::with(&evidence.iter().map(std::path::PathBuf::as_path).collect::<Vec<&Path>>())
}

fn entries(bench: &Bench) -> Vec<Value> {
    let db = rusqlite::Connection::open(bench.case()).expect("a database");
    let mut q = db.prepare("SELECT body FROM entry ORDER BY seq").expect("a query");
    let bodies: Result<Vec<Vec<u8>>, _> = q.query_map([], |r| r.get(0)).expect("rows").collect();
    bodies.expect("entries").iter().map(|b| serde_json::from_slice(b).expect("JSON")).collect()
}

fn of<'a>(list: &'a Value, name: &str) -> &'a Vec<Value> {
    list[name].as_array().unwrap_or_else(|| panic!("no list {name} in {list}"))
}

fn codes(custody: &Value, item: usize) -> Vec<&str> {
    of(&custody["items"][item], "findings").iter().map(|f| text(f, "code")).collect()
}

fn md5_of(bench: &Bench) -> String {
    let info = bench.on("info", &["--json"]).good().json();
    text(&info["sources"][0], "md5").to_owned()
}

#[test]
fn a_line_of_custody_tells_its_gaps() {
    let bench = case();
    let md5 = md5_of(&bench);
    let first = ["--add", "--item", "E-1", "--holder", "Officer A", "--from", "2026-06-14T10:00+09:00", "--to"];
    let more = ["2026-06-14T18:30+09:00", "--seal", "S-1", "--source", "1", "--hash", &md5.to_uppercase()];
    bench.on("custody", &[&first[..], &more[..], &["--participation", "waived:the owner"]].concat()).good();
    let file = bench.path("custody.csv");
    std::fs::write(
        &file,
        "item,holder,from,seal\nE-1,Laboratory,2026-06-14T20:00+09:00,S-2\nE-2,Officer B,2026-06-14T11:00+09:00,\n",
    )
    .expect("a file");
    let all = bench.on("custody", &["--import", file.to_str().expect("text"), "--json"]).good().json();
    assert_eq!(codes(&all, 0), ["gap", "seal-changed"], "{all}");
    assert_eq!(all["items"][0]["findings"][0]["seconds"], 5400);
    assert_eq!(text(&all["items"][0]["known_hashes"][0], "what"), "md5");
    assert!(codes(&all, 1).is_empty());
    // A record that was wrong is superseded, once, and stays.
    let again = |old: &str| {
        let from = ["--from", "2026-06-14T18:30+09:00", "--seal", "S-1", "--supersedes", old, "--json"];
        bench.on("custody", &[&["--add", "--item", "E-1", "--holder", "Laboratory"][..], &from[..]].concat())
    };
    let all = again("2").good().json();
    assert!(codes(&all, 0).is_empty(), "{all}");
    assert_eq!(of(&all["items"][0], "records").len(), 3);
    for refused in ["2", "99"] {
        assert_eq!(again(refused).code, Some(2), "{refused}");
    }
    // Nothing that a person wrote stands in an entry.
    let last = entries(&bench).into_iter().filter(|e| e["type"] == "custody").map(|e| e.to_string()).collect::<String>();
    for word in ["Officer", "Laboratory", "E-1", "S-1", md5.as_str(), "custody.csv"] {
        assert!(!last.contains(word), "{word}: {last}");
    }
    bench.on("verify", &[]).good();
}

#[test]
fn nothing_of_a_bad_file_is_taken() {
    let bench = Bench::new();
    let before = entries(&bench).len();
    for (name, content, says) in [
        (
            "a.csv",
            "item,holder,from\nE-1,A,2026-06-14T10:00Z\nE-2,,2026-06-14T10:00Z\nE-3,B,noon\n",
            "line 3: holder is missing; line 4: from",
        ),
        ("b.json", r#"[{"item":"E-1","holder":"A","from":"2026-06-14T10:00Z"},{"item":"E-2"}]"#, "record 2: holder is missing"),
        ("c.jsonld", r#"{"@graph":[{"@type":"InvestigativeAction"}]}"#, "ProvenanceRecord"),
        ("d.csv", "\u{0}\u{1}\u{2}", "no record of custody"),
        ("e.csv", "item,colour\nE-1,red\n", "colour"),
    ] {
        let path = bench.path(name);
        std::fs::write(&path, content).expect("a file");
        let said = bench.on("custody", &["--import", path.to_str().expect("text")]);
        assert_eq!(said.code, Some(2), "{name}");
        assert!(said.err.contains(says), "{name}: {}", said.err);
    }
    assert_eq!(entries(&bench).len(), before);
}

#[test]
fn a_hash_from_paper_says_which_it_is() {
    let bench = case();
    let md5 = md5_of(&bench);
    let ask = |typed: &str| bench.on("hash", &[typed, "--json"]);
    let spaced =
        md5.to_uppercase().as_bytes().chunks(8).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(" - ");
    let said = ask(&spaced).good().json();
    let what: Vec<&str> = of(&said, "equals").iter().map(|p| text(p, "what")).collect();
    assert_eq!(what, ["md5", "stored-md5"]);
    assert_eq!(said["equals"][0]["source"], 1);
    // Every other kind of statement is found too.
    let seals: Vec<Value> = entries(&bench).into_iter().filter(|e| e["type"] == "import.seal").collect();
    for (hash, kind) in [
        (&seals[0]["inputs"][0]["media"]["sha1"], "sha1"),
        (&seals[0]["inputs"][0]["media"]["sha256"], "sha256"),
        (&seals[0]["inputs"][0]["media"]["blocks_root"], "blocks"),
        (&seals[0]["inputs"][0]["files"][0]["sha256"], "segment"),
        (&seals[2]["inputs"][0]["members"]["root"], "members"),
        (&seals[2]["prev"]["root"], "ledger"),
    ] {
        let said = ask(hash.as_str().expect("a hash")).good().json();
        assert!(of(&said, "equals").iter().any(|p| p["what"] == kind), "{kind}: {said}");
    }
    let member = bench.on("cat", &["--source", "3", "--path", "gw-01/access-2026-06-03.log"]).good();
    let said = ask(&hex::encode(sha2::Sha256::digest(&member.out))).good().json();
    assert_eq!((text(&said["equals"][0], "what"), text(&said["equals"][0], "name")), ("member", "gw-01/access-2026-06-03.log"));
    // A slip of the hand is told as one, and equals nothing.
    let wrong = format!("{}{}", if md5.starts_with('0') { "1" } else { "0" }, &md5[1..]);
    let said = ask(&wrong);
    assert_eq!(said.code, Some(1));
    let said = said.json();
    assert_eq!((&said["nearest"]["differs"], &said["nearest"]["at"]), (&1.into(), &serde_json::json!([1])));
    assert!(ask(&"0123456789abcdef".repeat(4)).json()["nearest"].is_null());
}

fn check(bench: &Bench, content: &str, more: &[&str]) -> Said {
    let path = bench.path("list.csv");
    std::fs::write(&path, content).expect("a list");
    bench.on("custody", &[&["--check-list", path.to_str().expect("text"), "--json"], more].concat())
}

#[test]
fn a_list_of_seized_files_is_checked_again() {
    let bench = case();
    let name = "Users/daon/Downloads/customers-0000.json";
    let content = bench.on("cat", &["--source", "1", "--path", name]).good().out;
    let (md5, sha1, sha256) = (
        hex::encode(md5::Md5::digest(&content)),
        hex::encode(sha1::Sha1::digest(&content)),
        hex::encode(sha2::Sha256::digest(&content)),
    );
    let log = bench.on("cat", &["--source", "3", "--path", "gw-01/access-2026-06-03.log"]).good().out;
    let log256 = hex::encode(sha2::Sha256::digest(&log));
    let size = content.len();
    let good = format!(
        "path,bytes,md5,sha1,sha256\nC:\\{},{size},{md5},{sha1},{sha256}\ngw-01/access-2026-06-03.log,,,,{log256}\n",
        name.replace('/', "\\")
    );
    let before = std::fs::read(bench.case()).expect("the case");
    let said = check(&bench, &good, &["--made", "2026-06-20"]).good().json();
    assert_eq!((&said["rows"], &said["matched"], &said["changed"]), (&2.into(), &2.into(), &0.into()), "{said}");
    assert_eq!(said["sources"], serde_json::json!([1, 3]));
    // Beside the one listed, the archive has fifteen more logs.
    assert!(of(&said, "extras").iter().any(|e| text(e, "path") == "gw-02/access-2026-06-03.log"), "{said}");
    let acquired = of(&said, "timing").iter().find(|t| t["what"] == "acquired").unwrap_or_else(|| panic!("{said}"));
    assert_eq!((text(acquired, "at"), &acquired["after_the_fact"]), ("2026-06-15T02:20:00Z", &true.into()));
    assert_eq!(std::fs::read(bench.case()).expect("the case"), before, "a check writes nothing");

    let none = "0".repeat(32);
    let bad = format!(
        "path,bytes,md5,sha256\n{name},{size},{none},\nno/such/file.txt,,{none},\nmoved/away.log,,,{log256}\n{name},1,,\n{name},,zz,\n"
    );
    let said = check(&bench, &bad, &["--record"]);
    assert_eq!(said.code, Some(1));
    let said = said.json();
    for (kind, n) in [("rows", 4), ("matched", 0), ("changed", 2), ("missing", 2), ("bad", 1)] {
        assert_eq!(said[kind], n, "{kind}: {said}");
    }
    let told = of(&said, "told");
    assert_eq!((text(&told[0], "expected"), text(&told[0], "found")), (none.as_str(), md5.as_str()));
    assert_eq!(text(&told[2], "found_at"), "gw-01/access-2026-06-03.log");
    let entry = entries(&bench).pop().expect("an entry");
    assert_eq!((text(&entry, "type"), &entry["params"]["changed"]), ("custody", &2.into()));
    assert!(!entry.to_string().contains("customers"), "{entry}");
    let kept = bench.on("custody", &["--json"]).good().json();
    assert_eq!(kept["lists"][0]["list"], said);
    bench.on("verify", &[]).good();
}

#[test]
fn annotations_are_entries_and_so_is_their_undo() {
    let bench = case();
    let event = (1u64 << 40).to_string();
    bench.on("tag", &[&event, "relevant to Mira"]).good();
    assert_eq!(bench.on("tag", &[&event, "relevant to Mira"]).code, Some(2), "a row bears a tag once");
    bench.on("note", &[&format!("file:{}", 1u64 << 40), "the first file"]).good();
    bench.on("bookmark", &["entry:0"]).good();
    let tagged = bench.on("tag", &["--view", "accessed", "--where", "status = 404", "not found"]).good();
    bench.on("tag", &["--undo", "1"]).good();
    assert_eq!(bench.on("tag", &["--undo", "1"]).code, Some(2), "what was taken back stays so");
    for refused in
        [&["77", "x"][..], &["file:1", "x"], &["disk:1", "x"], &[&event], &["--view", "requests-by-actor", "x"], &[&event, " "]]
    {
        assert_eq!(bench.on("tag", refused).code, Some(2), "{refused:?}");
    }
    let all = bench.on("annotations", &["--removed", "--json"]).good().json();
    let all = all.as_array().expect("annotations");
    let kinds: Vec<&str> = all.iter().map(|a| text(a, "kind")).collect();
    assert_eq!(kinds, ["tag", "note", "bookmark", "tag"]);
    let expected = bench.view("accessed", &["--where", "status = 404"]).len();
    assert_eq!(all[3]["row_count"], expected);
    assert!(tagged.text().contains(&format!("on {expected} rows")), "{}", tagged.text());
    for a in all {
        assert_eq!(a["rows"][0]["as_it_was"], true, "{a}");
    }
    let now = bench.on("annotations", &["--json"]).good().json();
    assert_eq!(now.as_array().map(Vec::len), Some(3));
    let made = entries(&bench);
    let acts: Vec<&Value> = made.iter().filter(|e| e["type"] == "annotate").collect();
    assert_eq!(acts.len(), 5);
    assert_eq!(text(&acts[4]["params"], "undoes"), acts[0]["seq"].to_string());
    assert!(!acts.iter().any(|e| e.to_string().contains("Mira")), "tags are statements");
    let holds = bench.on("verify", &[]).good();
    assert!(holds.text().contains("acts of people are about are as they were then"), "{}", holds.text());
    // A row that is not what it was is told, whoever made it so.
    let db = rusqlite::Connection::open(bench.case()).expect("a database");
    db.execute("UPDATE event SET \"offset\" = \"offset\" + 1, length = length WHERE id IN (SELECT id FROM event)", [])
        .expect("an update");
    drop(db);
    let changed = bench.on("annotations", &["--json"]).good().json();
    assert_eq!(changed[2]["rows"][0]["as_it_was"], false, "{changed}");
    let report = bench.on("verify", &["--json"]).json();
    let acts = report["checks"].as_array().expect("checks").iter().find(|c| c["name"] == "acts").expect("acts");
    let first = &changed[2]["rows"][0]["row"];
    let place = format!("entry {}, {}:{}", changed[2]["entry"], text(first, "table"), text(first, "id"));
    assert!(acts["ok"] == false && acts["place"] == place, "{place}: {acts}");
}

#[test]
fn what_was_shown_and_verified_is_recorded() {
    let bench = case();
    let event = (1u64 << 40).to_string();
    let row = bench.view("timeline", &["--limit", "1"]).remove(0);
    let shown = bench.on("unmask", &[&event, "object", "--reason", "request 14"]).good();
    assert_eq!(shown.text().trim(), text(&row, "object"));
    for refused in
        [&[&event, "time", "--reason", "x"][..], &[&event, "object", "--reason", " "], &["entry:0", "object", "--reason", "x"]]
    {
        assert_eq!(bench.on("unmask", refused).code, Some(2), "{refused:?}");
    }
    let before = entries(&bench).len();
    bench.on("verify", &[]).good();
    assert_eq!(entries(&bench).len(), before, "without being asked nothing is written");
    bench.on("verify", &["--record"]).good();
    let last = entries(&bench).pop().expect("an entry");
    assert_eq!((text(&last, "type"), text(&last["params"], "verdict")), ("verify", "consistent, not anchored"));
    assert_eq!(text(&last["params"], "size"), before.to_string());
    let said: Vec<String> = bench.view("ledger", &[]).iter().map(|r| r["says"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(said.iter().any(|s| s.starts_with("field object of event 0 of import 1 shown: request 14")), "{said:?}");
    assert!(said.iter().any(|s| s == "verified: consistent, not anchored") && !said.iter().any(String::is_empty), "{said:?}");
}

//! Every kind of tampering: each is found, and its place is named.

use crate::Test;
use crate::sample::{changed, copy, fails_at, failures, run, sample};
use case::verify::{Options, Report};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use tempfile::tempdir;

pub const TESTS: &[Test] = &[
    ("tamper::any_column_of_any_row", any_column_of_any_row),
    ("tamper::rows_removed_added_and_swapped", rows_removed_added_and_swapped),
    ("tamper::the_same_bytes_in_another_form", the_same_bytes_in_another_form),
    ("tamper::words_and_the_secret", words_and_the_secret),
    ("tamper::hashes_kept_beside_the_rows", hashes_kept_beside_the_rows),
    ("tamper::entries", entries),
    ("tamper::a_tail_cut_off", a_tail_cut_off),
    ("tamper::all_rebuilt", all_rebuilt),
    ("tamper::a_doctored_schema", a_doctored_schema),
    ("tamper::postings", postings),
    ("tamper::bytes_of_the_file", bytes_of_the_file),
];

fn check(sql: &str) -> Report {
    let folder = tempdir().unwrap();
    run(&changed(&folder, sql), &Options::default())
}

/// The same value with one byte or the lowest bit changed; something for nothing.
fn another(value: Value) -> Value {
    match value {
        Value::Null => Value::Integer(1),
        Value::Integer(i) => Value::Integer(i ^ 1),
        Value::Real(r) => Value::Real(r + 1.0),
        Value::Text(t) => {
            let mut chars = t.chars();
            let first = if chars.next() == Some('x') { 'y' } else { 'x' };
            Value::Text(std::iter::once(first).chain(chars).collect())
        }
        Value::Blob(mut b) => {
            match b.first_mut() {
                Some(first) => *first ^= 1,
                None => b.push(1),
            }
            Value::Blob(b)
        }
    }
}

fn any_column_of_any_row() {
    let db = Connection::open(&sample().case).unwrap();
    let (mut tried, mut refused) = (0, 0);
    for table in [
        "source",
        "file",
        "event",
        "finding",
        "statement",
        "entry",
        "checkpoint",
        "import",
        "tile",
        "block",
        "word",
        "shape",
        "tally",
        "pair",
        "exposed",
        "pace",
        "posting",
    ] {
        let columns: Vec<String> = db
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap();
        let picked: Vec<i64> = if table == "event" { vec![700, rows - 1] } else { vec![rows / 2] };
        for column in &columns {
            for row in picked.iter().filter(|r| (0..rows).contains(*r)) {
                let folder = tempdir().unwrap();
                let path = copy(&folder);
                let copy = Connection::open(&path).unwrap();
                let key = match table {
                    "tile" => "import || ',' || kind || ',' || level || ',' || n",
                    "block" => "source || ',' || n",
                    "tally" | "pace" => "import || ',' || n",
                    _ => "rowid",
                };
                let sql = format!("SELECT {key}, {column} FROM {table} ORDER BY 1 LIMIT 1 OFFSET {row}");
                let (id, old): (Value, Value) = copy.query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
                let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {key} = ?2");
                if copy.execute(&sql, params![another(old.clone()), id.clone()]).is_err() {
                    refused += 1;
                    continue;
                }
                drop(copy);
                tried += 1;
                let report = run(&path, &Options::default());
                let what = format!("{table}.{column} of {id:?}, was {old:?}: {:?}", failures(&report));
                assert!(!report.ok(), "not found: {what}");
                if let ("event" | "file" | "finding" | "source", Value::Integer(id)) = (table, id) {
                    assert!(names_row(&report, table, id), "not placed: {what}");
                }
            }
        }
    }
    println!("  {tried} changes found and placed; {refused} refused by the schema");
    assert!(tried > 80);
}

/// Whether a failure names the row, or a run of at most 256 rows that holds it.
fn names_row(report: &Report, table: &str, id: i64) -> bool {
    let (import, row) = (id >> 40, id & ((1 << 40) - 1));
    failures(report).iter().filter_map(|c| c.place.as_deref()).any(|place| {
        let Some(rest) = place.strip_prefix(&format!("table {table}, ")) else { return false };
        let Some((rows, of)) = rest.split_once(" of import ") else { return false };
        let number = |t: &str| t.parse::<i64>().unwrap();
        let (first, last) = match rows.strip_prefix("rows ") {
            Some(range) => range.split_once(" to ").map(|(a, b)| (number(a), number(b))).unwrap(),
            None => (number(&rows[4..]), number(&rows[4..])),
        };
        of.split(' ').next() == Some(import.to_string().as_str()) && first <= row && row <= last && last - first < 256
    })
}

fn rows_removed_added_and_swapped() {
    let id = |row: i64| (1i64 << 40) + row;
    let report = check(&format!("DELETE FROM event WHERE id = {}", id(300)));
    assert!(fails_at(&report, "rows", "table event, row 300 of import 1"), "{:?}", failures(&report));
    let report = check(&format!("DELETE FROM event WHERE id BETWEEN {} AND {}", id(10), id(19)));
    assert!(fails_at(&report, "rows", "table event, rows 10 to 19 of import 1"), "{:?}", failures(&report));
    let report = check("DELETE FROM event WHERE id = (SELECT max(id) FROM event)");
    assert!(fails_at(&report, "rows", "table event, row "), "{:?}", failures(&report));
    let report = check("DELETE FROM finding; DELETE FROM file;");
    assert!(fails_at(&report, "rows", "table file, rows 0 to"), "{:?}", failures(&report));
    for place in
        ["(SELECT max(id) + 1 FROM event WHERE id >> 40 = 1)", "7", "-5", "(9 << 40) + 3", "(SELECT max(id) + 1 FROM event)"]
    {
        let columns =
            "at,until,shape,source,offset,length,spans,actor,object,numbers,subject,address,agent,key,referrer,bytes,detail";
        let report = check(&format!("INSERT INTO event SELECT {place},{columns} FROM event WHERE id = {}", id(5)));
        assert!(fails_at(&report, "rows", "table event, id "), "{place}: {:?}", failures(&report));
    }
    let report = check(&format!(
        "UPDATE event SET id = -1 WHERE id = {0}; UPDATE event SET id = {0} WHERE id = {1}; UPDATE event SET id = {1} WHERE id = -1",
        id(8),
        id(900)
    ));
    assert!(fails_at(&report, "rows", "rows 0 to 255 of import 1") && fails_at(&report, "rows", "rows 768 to 1023 of import 1"));
    assert_eq!(failures(&report).len(), 2, "{:?}", failures(&report));
    let report =
        check(&format!("UPDATE event SET object = (SELECT object FROM event WHERE id = {}) WHERE id = {}", id(900), id(2)));
    assert!(fails_at(&report, "rows", "rows 0 to 255 of import 1"));
}

fn the_same_bytes_in_another_form() {
    // Hashes alike, but no filter by text would find it any more.
    let report = check(&format!("UPDATE event SET object = CAST(object AS BLOB) WHERE id = {}", (1i64 << 40) + 77));
    assert!(fails_at(&report, "rows", "row 77 of import 1"), "{:?}", failures(&report));
    let report = check("UPDATE word SET value = CAST(value AS BLOB) WHERE id = 2");
    assert!(fails_at(&report, "words", "table word, id 2"), "{:?}", failures(&report));
}

fn words_and_the_secret() {
    let report =
        check("UPDATE word SET value = value || 'x' WHERE id = (SELECT actor FROM event WHERE actor IS NOT NULL LIMIT 1)");
    assert!(fails_at(&report, "rows", "rows 0 to 255 of import 1"), "{:?}", failures(&report));
    let report = check("DELETE FROM word WHERE id = (SELECT actor FROM event WHERE actor IS NOT NULL LIMIT 1)");
    assert!(fails_at(&report, "rows", "table event, row 0 of import 1") || fails_at(&report, "rows", "table event, row"));
    let report = check("UPDATE secret SET value = zeroblob(32)");
    assert!(failures(&report).iter().any(|c| c.name == "rows" && c.says.contains("secret")), "{:?}", failures(&report));
    assert!(fails_at(&report, "statements", "table statement"));
    let report = check("DELETE FROM secret");
    assert!(!report.ok());
}

fn hashes_kept_beside_the_rows() {
    let report = check("UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE import = 1 AND kind = 2 AND level = 1");
    assert!(fails_at(&report, "rows", "tile 0 of level 1 of table event of import 1"), "{:?}", failures(&report));
    assert!(failures(&report)[0].says.contains("themselves are unchanged"));
    let report = check("DELETE FROM tile WHERE import = 2");
    assert!(fails_at(&report, "rows", "of import 2"));
    // Row and tile changed together: the root still says which table, and the run is among those named.
    let id = (1i64 << 40) + 600;
    let report = check(&format!(
        "UPDATE event SET bytes = 500 WHERE id = {id}; UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE kind = 2"
    ));
    assert!(names_row(&report, "event", id), "{:?}", failures(&report));
    let report = check("UPDATE block SET hashes = zeroblob(length(hashes)) WHERE n = 0");
    assert!(fails_at(&report, "blocks", &format!("blocks of source {}", 1i64 << 40)), "{:?}", failures(&report));
    let report = check("DELETE FROM block");
    assert!(report.ok() || fails_at(&report, "blocks", "blocks of source"));
    assert!(report.checks.iter().any(|c| c.name == "blocks" && c.ok != Some(true)), "their absence is told");
}

fn entries() {
    let report = check("DELETE FROM entry WHERE seq = 2");
    assert!(fails_at(&report, "entries", "entry 2"), "{:?}", failures(&report));
    let report = check(
        "UPDATE entry SET seq = 99 WHERE seq = 1; UPDATE entry SET seq = 1 WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = 99",
    );
    assert!(fails_at(&report, "entries", "entry 1"), "reordered: {:?}", failures(&report));
    let report = check("UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'casebook', 'cazebook') AS BLOB) WHERE seq = 1");
    assert!(fails_at(&report, "entries", "entry 2") && failures(&report).iter().any(|c| c.says.contains("entry 1 is not")));
    assert!(fails_at(&report, "checkpoints", "checkpoint of 2 entries"));
    let report = check("UPDATE entry SET body = CAST(CAST(body AS TEXT) || ' ' AS BLOB) WHERE seq = 4");
    assert!(fails_at(&report, "entries", "entry 4"), "white space: {:?}", failures(&report));
    let report = check("UPDATE checkpoint SET note = replace(note, 'casebook/', 'elsewhere/') WHERE size = 3");
    assert!(fails_at(&report, "checkpoints", "checkpoint of 3 entries"));
    let report = check("DELETE FROM checkpoint WHERE size = 3");
    assert!(fails_at(&report, "checkpoints", "the checkpoints"));
    let report = check("DELETE FROM entry");
    assert!(fails_at(&report, "entries", "the ledger"));
    let report = check("UPDATE statement SET value = 'Another title' WHERE kind = 'title'");
    assert!(fails_at(&report, "statements", "ids 0 to 1"), "{:?}", failures(&report));
    let report = check("INSERT INTO statement SELECT 50, entry, kind, about, value FROM statement WHERE id = 0");
    assert!(fails_at(&report, "statements", "id 50"));
    let report = check("UPDATE import SET state = 2 WHERE n = 1");
    assert!(fails_at(&report, "imports", "import 1"), "an import hidden");
}

const CUT: &str = "DELETE FROM entry WHERE seq > 2; DELETE FROM checkpoint WHERE size > 3; DELETE FROM import WHERE n = 2;
    DELETE FROM source WHERE id >> 40 = 2; DELETE FROM file WHERE id >> 40 = 2; DELETE FROM event WHERE id >> 40 = 2;
    DELETE FROM finding WHERE id >> 40 = 2; DELETE FROM tile WHERE import = 2; DELETE FROM block WHERE source >> 40 = 2;
    DELETE FROM posting WHERE id >> 40 = 2; DELETE FROM statement WHERE entry > 2; DELETE FROM place WHERE import = 2;
    DELETE FROM tally WHERE import = 2; DELETE FROM pace WHERE import = 2;";

fn a_tail_cut_off() {
    let folder = tempdir().unwrap();
    let path = changed(&folder, CUT);
    let report = run(&path, &Options::default());
    let other: Vec<_> = failures(&report).into_iter().filter(|c| c.name != "memory").collect();
    // Counts over the whole case would have to be taken back too.
    let of_case = [Some("table pair of import 1"), Some("table exposed of import 1")];
    let other: Vec<_> = other.into_iter().filter(|c| !of_case.contains(&c.place.as_deref())).collect();
    assert!(other.is_empty(), "in itself the shorter case is whole: {other:?}");
    assert!(fails_at(&report, "memory", "the 5 entries last seen on this machine"));
    let report = run(&path, &Options { anchor: Some(sample().note.clone()), ..Default::default() });
    assert!(fails_at(&report, "anchor", "checkpoint of 5 entries"));
    assert!(failures(&report).iter().any(|c| c.says.contains("ends at 3 entries")));
}

fn all_rebuilt() {
    // The owner makes the case anew from changed evidence and calls it the first.
    let folder = tempdir().unwrap();
    let (log, path) = (folder.path().join("gateway.log"), folder.path().join("rebuilt.casebook"));
    let text = String::from_utf8(std::fs::read(&sample().log).unwrap()).unwrap().replace("/accounts/10037/", "/accounts/10038/");
    std::fs::write(&log, text).unwrap();
    case::create(&path, Some("The sample"), None).unwrap();
    case::import::add(&path, &[log], &Default::default(), &mut |_| true).unwrap();
    assert!(run(&path, &Options::default()).ok(), "it is a whole case");
    let report = run(&path, &Options { anchor: Some(sample().note.clone()), ..Default::default() });
    assert!(fails_at(&report, "anchor", "checkpoint of 5 entries"), "{:?}", failures(&report));
}

fn a_doctored_schema() {
    for (sql, place) in [
        ("ALTER TABLE event RENAME TO kept; CREATE VIEW event AS SELECT * FROM kept WHERE bytes <> 404", "view event"),
        ("CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT 1; END", "trigger t"),
        ("CREATE INDEX more ON event (object)", "index more"),
        ("CREATE TABLE more (a)", "table more"),
        ("DROP INDEX file_by_record; CREATE INDEX file_by_record ON file (record) WHERE size <> 404", "index file_by_record"),
        ("ALTER TABLE event ADD COLUMN more TEXT", "table event"),
        ("DROP TABLE block", "table block"),
        (
            "CREATE TABLE t2 (id INTEGER PRIMARY KEY, entry, kind, about, value); DROP TABLE statement; ALTER TABLE t2 RENAME TO statement",
            "table statement",
        ),
    ] {
        let report = check(sql);
        assert!(fails_at(&report, "schema", place), "{sql}: {:?}", failures(&report));
    }
    let report = check("DROP INDEX file_by_record");
    assert!(
        report.ok() && report.checks.iter().any(|c| c.name == "schema" && c.ok.is_none()),
        "an index that is missing only slows"
    );
    // An index whose rows are not those of its table: hashes hold, but a view would miss a row.
    let folder = tempdir().unwrap();
    let path = copy(&folder);
    let db = Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA writable_schema = ON").unwrap();
    let hide = "UPDATE sqlite_schema SET sql = 'CREATE INDEX file_by_record ON file (record) WHERE id <> 1099511627781' WHERE name = 'file_by_record'";
    db.execute_batch(hide).unwrap();
    drop(db);
    let db = Connection::open(&path).unwrap();
    db.execute_batch("REINDEX file_by_record; PRAGMA writable_schema = ON").unwrap();
    let shown = "UPDATE sqlite_schema SET sql = 'CREATE INDEX file_by_record ON file (record)' WHERE name = 'file_by_record'";
    db.execute_batch(shown).unwrap();
    drop(db);
    let report = run(&path, &Options::default());
    assert!(fails_at(&report, "database", "the case file"), "{:?}", failures(&report));
}

fn postings() {
    let id = |kind: i64, n: i64| (1i64 << 40) + (kind << 12) + n;
    for kind in [1, 3, 4, 8] {
        let at = format!("table posting, id {}", id(kind, 1));
        let report = check(&format!("DELETE FROM posting WHERE id = {}", id(kind, 1)));
        assert!(fails_at(&report, "postings", &at), "{kind}: {:?}", failures(&report));
        let report = check(&format!("UPDATE posting SET data = zeroblob(length(data)) WHERE id = {}", id(kind, 1)));
        assert!(fails_at(&report, "postings", &at), "{kind}: {:?}", failures(&report));
    }
    for sql in ["DELETE FROM posting WHERE", "UPDATE posting SET data = zeroblob(length(data)) WHERE"] {
        let report = check(&format!("{sql} id = (SELECT min(id) FROM posting WHERE id >> 12 & 63 = 9)"));
        assert!(failures(&report).iter().any(|c| c.name == "postings"), "{sql}: {:?}", failures(&report));
    }
    // A segment in the place of another, each whole in itself.
    let report =
        check(&format!("UPDATE posting SET data = (SELECT data FROM posting WHERE id = {}) WHERE id = {}", id(1, 2), id(1, 1)));
    assert!(fails_at(&report, "postings", &format!("id {}", id(1, 1))), "{:?}", failures(&report));
    let report = check("DELETE FROM posting WHERE id >> 40 = 2");
    assert!(fails_at(&report, "postings", "table posting, id "), "{:?}", failures(&report));
    for place in ["(2 << 40) + 4095", "(1 << 40) + (60 << 12)", "(7 << 40) + 4096", "-7"] {
        let report = check(&format!("INSERT INTO posting SELECT {place}, data FROM posting LIMIT 1"));
        assert!(failures(&report).iter().any(|c| c.name == "postings"), "{place}: {:?}", failures(&report));
    }
    // A view says so and shows no shorter list.
    let folder = tempdir().unwrap();
    let path = changed(&folder, "DELETE FROM posting WHERE id >> 40 = 2");
    let store = case::Store::read(&path).unwrap();
    case::view::register(&store.db).unwrap();
    let timeline = case::view::view("timeline").unwrap();
    let page = case::api::Page::First { limit: 10 };
    let shown = case::view::Engine::new(&store.db, timeline).page(&case::api::Query::default(), &page);
    assert!(matches!(shown, Err(case::CaseError::Postings(_))));
}

/// Everything in the tables that verification speaks for.
fn content(path: &std::path::Path) -> rusqlite::Result<Vec<Vec<Value>>> {
    let db = Connection::open(path)?;
    let mut out = Vec::new();
    for table in [
        "source",
        "file",
        "event",
        "finding",
        "statement",
        "entry",
        "checkpoint",
        "import",
        "tile",
        "block",
        "word",
        "secret",
        "posting",
    ] {
        let mut q = db.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = q.column_count();
        let rows = q.query_map([], |r| (0..columns).map(|i| r.get(i)).collect::<rusqlite::Result<Vec<Value>>>())?;
        for row in rows {
            out.push(row?);
        }
    }
    Ok(out)
}

/// Bytes of the file itself, anywhere: no panic, no hang, and what rows hold is never silently another.
fn bytes_of_the_file() {
    let good = std::fs::read(&sample().case).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("flipped.casebook");
    let (mut found, mut refused, mut unseen) = (0, 0, 0);
    let mut seed = 1u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let before = content(&sample().case).unwrap();
    for i in 0..80 {
        let mut bytes = good.clone();
        if i % 6 == 5 {
            bytes.truncate(next() % good.len());
        } else {
            let at = next() % good.len();
            bytes[at] ^= 1 << (next() % 8);
        }
        std::fs::write(&path, &bytes).unwrap();
        match case::verify::verify(&path, &Options::default(), &mut |_| true) {
            Ok(report) if report.ok() => {
                assert!(content(&path).unwrap() == before, "a change of content was not found");
                unseen += 1;
            }
            Ok(_) => found += 1,
            Err(_) => refused += 1,
        }
    }
    println!("  {found} found, {refused} refused, {unseen} in unused bytes");
    assert!(found + refused > 15);
}

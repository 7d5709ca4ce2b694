//! Views from postings and from plain SQL, over rows made at random: the same pages, counts and bins.

use super::{Engine, ViewRow, register, view};
use crate::address::Address;
use crate::api::{Filter, Page, Query};
use crate::columns::join_id;
use crate::error::CaseError;
use crate::postings::{self, Builder};
use crate::reached::{Reached, Tell};
use crate::store::{INDEXES, SCHEMA};
use rusqlite::{Connection, params};
use std::sync::{Arc, Mutex};

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len() as u64) as usize]
    }
}

const DAY: i64 = 1_750_000_000_000_000;
const WORDS: [&str; 9] =
    ["alice", "bob", "carol", "curl/8", "Mozilla", "/v1/customers/\u{1a}/profile", "/v1/orders/\u{1a}", "/health", "email,name"];

/// Three imports; rows lie far apart, so that each has several parts. The last is not sealed. Actors
/// and agents may stand in their rows.
fn sample(inline: bool) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(SCHEMA).unwrap();
    db.execute_batch(INDEXES).unwrap();
    register(&db).unwrap();
    crate::tally::register(&db).unwrap();
    let mut chance = Chance(11);
    for (i, word) in WORDS.iter().enumerate() {
        db.execute("INSERT INTO word VALUES (?1, ?2)", params![i as i64 + 1, word]).unwrap();
    }
    for (id, form, action, status, exposes) in
        [(1, 129, 20, Some(200), Some(9)), (2, 129, 22, Some(404), None), (3, 1, 1, None, None), (4, 1, 5, None, None)]
    {
        let shape = params![id, form, action, status, exposes];
        db.execute("INSERT INTO shape VALUES (?1, ?2, ?3, 0, 1, ?4, NULL, NULL, ?5)", shape).unwrap();
    }
    let mut insert = db
        .prepare("INSERT INTO event (id, at, shape, source, actor, object, numbers, subject, address, agent, key) VALUES (?1,?2,?3,0,?4,?5,?6,?7,?8,?9,?10)")
        .unwrap();
    for import in 1..=3u32 {
        db.execute("INSERT INTO import VALUES (?1, ?2, 0, NULL)", (import, i64::from(import != 3))).unwrap();
        let mut row = 0u64;
        for i in 0..4000i64 {
            row += 1 + chance.below(if import == 2 { 4 } else { 300 });
            if import == 3 && row >= 1 << 18 {
                break;
            }
            let at = match chance.below(40) {
                0 => None,
                1..=4 => Some(DAY),
                5..=9 => Some(DAY + chance.below(4_000_000_000_000) as i64),
                _ => Some(DAY + i * 1_000_000 + chance.below(3) as i64 * 1000),
            };
            let word = |chance: &mut Chance, ids: &[i64]| match chance.below(12) {
                0 => rusqlite::types::Value::Null,
                1 if inline => rusqlite::types::Value::Text(chance.of(&["inline one", "Inline two"]).to_owned()),
                _ => rusqlite::types::Value::Integer(ids[chance.below(ids.len() as u64) as usize]),
            };
            let (object, numbers) = match chance.below(6) {
                0 => (rusqlite::types::Value::Integer(8), None),
                1 => (rusqlite::types::Value::Text(format!("/files/{}", chance.below(500))), None),
                n => (rusqlite::types::Value::Integer(6 + (n as i64 & 1)), Some(1000 + chance.below(300) as i64)),
            };
            let subject = match chance.below(8) {
                0 => rusqlite::types::Value::Null,
                1 => rusqlite::types::Value::Text(format!("C-{}", chance.below(20))),
                _ => rusqlite::types::Value::Integer(chance.below(900) as i64),
            };
            let address = chance.of(&["203.0.113.7", "10.0.0.1", "2001:db8::7", "host.example.com"]);
            let (actor, agent) = (word(&mut chance, &[1, 2, 2, 2, 3]), word(&mut chance, &[4, 5]));
            let shape = (1 + chance.below(if import == 2 { 4 } else { 2 })) as i64;
            let address = (chance.below(5) > 0).then(|| Address::of(address.as_bytes()).value());
            let key = (chance.below(3) == 0).then(|| 1 + chance.below(3) as i64);
            insert
                .execute(params![join_id(import, row), at, shape, actor, object, numbers, subject, address, agent, key])
                .unwrap();
        }
        if import != 3 {
            let mut builder = Builder::default();
            let mut part = join_id(import, 0);
            while part <= join_id(import, row) {
                postings::read_tail(&db, part, join_id(import, row), &mut builder, &mut |id, data| {
                    postings::store(&db, id, data)
                })
                .unwrap();
                part += i64::from(postings::PART_ROWS);
            }
            builder.finish(&mut |id, data| postings::store(&db, id, data)).unwrap();
        }
    }
    drop(insert);
    db
}

fn filter(chance: &mut Chance) -> Filter {
    let (column, ops, values): (&str, &[&str], &[&str]) = match chance.below(11) {
        0 => ("actor", &["=", "!=", "in", "contains"], &["alice", "bob", "carol", "inline one", "li", "nobody", "null", ""]),
        1 => ("subject", &["=", "!=", "in", "contains", "<"], &["7", "450", "C-3", "007", "C-", "null", "899"]),
        2 => (
            "object",
            &["=", "!=", "in", "contains"],
            &[
                "/v1/customers/1007/profile",
                "/v1/orders/1200",
                "/health",
                "/files/12",
                "customers",
                "/files",
                "100",
                "/1",
                "HEALTH",
                "1100",
                "s/1007/p",
                "orders/12",
                "231",
            ],
        ),
        3 => ("source", &["=", "in", "!="], &["1", "2", "3", "9"]),
        4 => ("action", &["=", "in", "!=", "contains"], &["requested", "created", "deleted"]),
        5 => (
            "at",
            &["=", ">=", "<", "<=", ">", "!="],
            &["2025-06-15T15:06:40Z", "2025-06-15T15:30:00Z", "2025-06-15T16:00:00.001Z", "2025-07-01", "null"],
        ),
        6 => ("address", &["=", "in", "contains", "!="], &["203.0.113.7", "2001:db8::7", "host.example.com", "10.0", "null"]),
        7 => ("status", &["=", ">=", "!=", "in"], &["200", "404", "500", "null"]),
        8 => ("agent", &["=", "contains"], &["curl/8", "Moz", "inline one", "e"]),
        9 => ("key", &["=", "in", "contains", "!="], &["alice", "carol", "b", "nobody", "null"]),
        _ => ("event_id", &["=", ">", "<="], &["1099511628000", "2199023255600"]),
    };
    let op = chance.of(ops);
    let values = (0..if op == "in" { 2 } else { 1 }).map(|_| chance.of(values).to_owned()).collect();
    Filter { column: column.into(), op: op.into(), values }
}

fn query(chance: &mut Chance) -> Query {
    let filters = (0..[0, 1, 1, 1, 2, 3][chance.below(6) as usize]).map(|_| filter(chance)).collect();
    let time = |chance: &mut Chance| {
        (chance.below(5) == 0).then(|| chance.of(&["2025-06-15T15:10:00Z", "2025-06-15T15:40:00Z", "2025-06-20"]).to_owned())
    };
    let order = [None, None, None, Some("at"), Some("actor")][chance.below(5) as usize].map(str::to_owned);
    Query { filters, from: time(chance), to: time(chance), order, descending: chance.below(2) == 0 }
}

fn told(rows: &[ViewRow]) -> Vec<String> {
    rows.iter().map(|r| format!("{:?} {:?}", r.id, r.cells)).collect()
}

#[test]
fn the_same_both_ways() {
    both_ways(&sample(true), 5);
}

#[test]
fn the_same_both_ways_where_every_actor_is_a_word() {
    both_ways(&sample(false), 6);
}

fn both_ways(db: &Connection, seed: u64) {
    let mut chance = Chance(seed);
    let (mut asked, mut refused, mut shown) = (0, 0, 0);
    for _ in 0..120 {
        let view = view(chance.of(&["timeline", "accessed"])).unwrap();
        let q = query(&mut chance);
        let (mut fast, mut plain) = (Engine::new(db, view), Engine::plain(db, view));
        let limit = [1, 7, 200, 500][chance.below(4) as usize];
        let Ok(all) = ({
            let mut rows = Vec::new();
            plain
                .each(&q, &mut |r| {
                    rows.push(r);
                    Ok(true)
                })
                .map(|()| told(&rows))
        }) else {
            assert!(fast.page(&q, &Page::First { limit }).is_err(), "{q:?}");
            refused += 1;
            continue;
        };
        let what = format!("{} {q:?}", view.name);
        let (mut page, mut at) = (Page::First { limit }, 0);
        for _ in 0..6 {
            let (rows, next) = fast.page(&q, &page).unwrap();
            let end = all.len().min(at + limit as usize);
            assert_eq!(told(&rows), all[at..end], "{page:?} of {what}");
            at = end;
            match next {
                Some(cursor) => page = Page::After { cursor, limit },
                None => {
                    assert_eq!(at, all.len(), "{what}");
                    break;
                }
            }
        }
        let position = chance.below(all.len() as u64 + 20) as usize;
        let (rows, _) = fast.page(&q, &Page::At { position: position.to_string(), limit }).unwrap();
        let from = position.min(all.len());
        assert_eq!(told(&rows), all[from..all.len().min(from + limit as usize)], "position {position} of {what}");
        let mut whole = Vec::new();
        fast.each(&q, &mut |r| {
            whole.push(r);
            Ok(true)
        })
        .unwrap();
        assert!(told(&whole) == all, "all of {what}");
        assert_eq!(fast.count(&q).unwrap(), plain.count(&q).unwrap(), "{what}");
        let bins = 1 + chance.below(60) as u32;
        assert_eq!(
            format!("{:?}", fast.histogram(&q, bins).unwrap()),
            format!("{:?}", plain.histogram(&q, bins).unwrap()),
            "{what}"
        );
        for column in ["action", "actor", "source", "state", "status", "address", "parser"] {
            if view.column(column).is_some_and(|c| c.facet) {
                let facets = |e: &mut Engine<'_>| format!("{:?}", e.facets(&q, column, 3).unwrap());
                assert_eq!(facets(&mut fast), facets(&mut plain), "{column} of {what}");
            }
        }
        asked += 1;
        shown += all.len();
    }
    assert!(asked > 80 && shown > 50_000, "{asked} asked, {refused} refused, {shown} rows");
}

#[test]
fn grouped_views_both_ways() {
    let db = sample(true);
    let mut chance = Chance(9);
    let mut shown = 0;
    for _ in 0..40 {
        let view = view(chance.of(&["subjects", "subjects", "requests-by-actor"])).unwrap();
        let mut q = query(&mut chance);
        q.order = None;
        // Nothing was counted here.
        q.filters.retain(|f| f.column != "source");
        if view.for_query(&q).key.is_some() {
            continue;
        }
        let (mut fast, mut plain) = (Engine::new(&db, view), Engine::plain(&db, view));
        let mut all = Vec::new();
        let every = plain.each(&q, &mut |r| {
            all.push(r);
            Ok(true)
        });
        if every.is_err() {
            continue;
        }
        let all = told(&all);
        let what = format!("{} {q:?}", view.name);
        let limit = [1, 30, 500][chance.below(3) as usize];
        let (mut page, mut at) = (Page::First { limit }, 0);
        for _ in 0..8 {
            let (rows, next) = fast.page(&q, &page).unwrap();
            let end = all.len().min(at + limit as usize);
            assert_eq!(told(&rows), all[at..end], "{page:?} of {what}");
            at = end;
            let Some(cursor) = next else { break };
            page = Page::After { cursor, limit };
        }
        let position = chance.below(all.len() as u64 + 5) as usize;
        let (rows, _) = fast.page(&q, &Page::At { position: position.to_string(), limit }).unwrap();
        let from = position.min(all.len());
        assert_eq!(told(&rows), all[from..all.len().min(from + limit as usize)], "position {position} of {what}");
        assert_eq!(fast.count(&q).unwrap(), plain.count(&q).unwrap(), "{what}");
        shown += all.len();
    }
    assert!(shown > 5_000, "{shown}");
}

#[test]
fn kept_counts_are_those_of_the_rows() {
    let db = sample(true);
    db.execute("DELETE FROM event WHERE id >> 40 = 3", []).unwrap();
    db.execute("DELETE FROM import WHERE n = 3", []).unwrap();
    for import in [1, 2] {
        crate::tally::rebuild(&db, import).unwrap();
    }
    let subjects = view("subjects").unwrap();
    let (kept, counted) =
        (Engine::new(&db, subjects).count(&Query::default()), Engine::plain(&db, subjects).count(&Query::default()));
    assert_eq!(kept.unwrap(), counted.unwrap());
    let filters: [&[(&str, &str, &str)]; 6] = [
        &[],
        &[("actor", "=", "bob")],
        &[("actor", "contains", "li")],
        &[("actor", "=", "null")],
        &[("kind", "=", "email"), ("actor", "in", "alice,inline one")],
        &[("requests", ">", "300")],
    ];
    let mut shown = 0;
    for (name, order) in [("data-kinds", "subjects"), ("data-kinds", "actor"), ("requests-by-actor", "requests")] {
        let view = view(name).unwrap();
        for filters in filters {
            if name != "data-kinds" && filters.iter().any(|f| f.0 == "kind") {
                continue;
            }
            let one = |(column, op, value): &(&str, &str, &str)| Filter {
                column: (*column).into(),
                op: (*op).into(),
                values: value.split(',').map(str::to_owned).collect(),
            };
            let asked = Query { filters: filters.iter().map(one).collect(), order: Some(order.into()), ..Query::default() };
            let mut scanned = asked.clone();
            // What no kept count has: every row here has a status.
            scanned.filters.push(one(&("status", ">=", "0")));
            assert!(view.for_query(&asked).key.is_some() && view.for_query(&scanned).key.is_none());
            let rows = |q: &Query| {
                let mut rows = Vec::new();
                let mut engine = Engine::new(&db, view);
                let (page, next) = engine.page(q, &Page::First { limit: 5 }).unwrap();
                rows.extend(told(&page));
                let mut next = next;
                while let Some(cursor) = next {
                    let (page, more) = engine.page(q, &Page::After { cursor, limit: 5 }).unwrap();
                    rows.extend(told(&page));
                    next = more;
                }
                assert_eq!(engine.count(q).unwrap().0, rows.len() as u64);
                rows.sort();
                rows
            };
            let kept = rows(&asked);
            assert_eq!(kept, rows(&scanned), "{name} {filters:?}");
            shown += kept.len();
        }
    }
    assert!(shown > 60, "{shown}");
}

/// Orders of grouped views under filters that no kept count answers.
#[test]
fn sums_are_those_of_the_rows() {
    for (inline, in_file) in [(true, true), (false, true), (true, false)] {
        let mut db = sample(inline);
        db.execute("DELETE FROM event WHERE id >> 40 = 3", []).unwrap();
        db.execute("DELETE FROM import WHERE n = 3", []).unwrap();
        for import in [1, 2] {
            crate::tally::rebuild(&db, import).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        if in_file {
            // Several threads read it.
            let path = folder.path().join("a.casebook");
            db.pragma_update(None, "application_id", crate::store::APPLICATION_ID).unwrap();
            db.pragma_update(None, "user_version", crate::store::FORMAT).unwrap();
            db.execute("VACUUM INTO ?1", [path.to_str()]).unwrap();
            db = crate::store::Store::read(&path).unwrap().db;
        }
        sums_are_told_and_ended(&db);
        let (mut chance, mut summed, mut shown) = (Chance(4), [0; 3], 0);
        // What is kept of one question must not answer another, not even one that is typed alike.
        let kept = Arc::default();
        for values in [["alice,bob", "carol"], ["alice", "bob,carol"]] {
            let filter = Filter { column: "actor".into(), op: "in".into(), values: values.map(str::to_owned).into() };
            let q = Query { filters: vec![filter], order: Some("requests".into()), ..Query::default() };
            let subjects = view("subjects").unwrap();
            let page = |mut e: Engine<'_>| told(&e.page(&q, &Page::First { limit: 200 }).unwrap().0);
            assert_eq!(page(Engine::new(&db, subjects).keeping(&kept)), page(Engine::plain(&db, subjects)), "{values:?}");
        }
        for _ in 0..25 {
            let (view, q) = (view(chance.of(&["timeline", "accessed"])).unwrap(), query(&mut chance));
            let facets = |mut e: Engine<'_>| e.facets(&q, "address", 9).map(|f| format!("{f:?}")).map_err(|_| ());
            assert_eq!(facets(Engine::new(&db, view)), facets(Engine::plain(&db, view)), "{} {q:?}", view.name);
        }
        for _ in 0..100 {
            let n = chance.below(3) as usize;
            let view = view(["subjects", "requests-by-actor", "data-kinds"][n]).unwrap();
            let orders: Vec<&str> = view.columns.iter().filter(|c| c.order).map(|c| c.name).collect();
            let mut q = query(&mut chance);
            q.order = Some(chance.of(&orders).to_owned());
            let (mut fast, mut plain) = (Engine::new(&db, view).keeping(&kept), Engine::plain(&db, view));
            let mut all = Vec::new();
            let every = plain.each(&q, &mut |r| {
                all.push(r);
                Ok(true)
            });
            if every.is_err() {
                assert!(fast.page(&q, &Page::First { limit: 3 }).is_err(), "{q:?}");
                continue;
            }
            let what = format!("{} {q:?}", view.name);
            let (mut rows, limit) = (Vec::new(), [3, 40, 500][chance.below(3) as usize]);
            let (page, mut next) = fast.page(&q, &Page::First { limit }).unwrap();
            rows.extend(page);
            while let Some(cursor) = next {
                let (page, more) = fast.page(&q, &Page::After { cursor, limit }).unwrap();
                rows.extend(page);
                next = more;
            }
            summed[n] += usize::from(fast.view.made.is_some());
            let place = view.columns.iter().position(|c| Some(c.name) == q.order.as_deref()).unwrap();
            let by = |rows: &[ViewRow]| rows.iter().map(|r| format!("{:?}", r.cells[place])).collect::<Vec<_>>();
            assert_eq!(by(&rows), by(&all), "{what}");
            let (mut rows, mut all) = (told(&rows), told(&all));
            let position = chance.below(all.len() as u64 + 5) as usize;
            if view.name == "subjects" {
                let (page, _) = fast.page(&q, &Page::At { position: position.to_string(), limit }).unwrap();
                let from = position.min(all.len());
                assert_eq!(told(&page), all[from..all.len().min(from + limit as usize)], "position {position} of {what}");
                let mut given = Vec::new();
                fast.each(&q, &mut |r| {
                    given.push(r);
                    Ok(true)
                })
                .unwrap();
                assert!(told(&given) == all, "all of {what}");
            } else {
                // Ties stand in the order of what they are grouped by.
                rows.sort();
                all.sort();
            }
            assert!(rows == all, "{what}\n{rows:#?}\n{all:#?}");
            assert_eq!(fast.count(&q).unwrap(), plain.count(&q).unwrap(), "{what}");
            shown += all.len();
        }
        assert!(summed.iter().all(|n| *n > 5) && shown > 4_000, "{summed:?} {shown}");
    }
}

/// Rows read are told of all rows, and who answers false ends the work.
fn sums_are_told_and_ended(db: &Connection) {
    let of = db.query_row("SELECT count(*) FROM event", [], |r| r.get::<_, i64>(0)).unwrap().cast_unsigned();
    let asked = [("subjects", "requests"), ("requests-by-actor", "last"), ("data-kinds", "requests")];
    for (name, order) in asked {
        let statuses = Filter { column: "status".into(), op: "!=".into(), values: vec!["999".into()] };
        let q = Query { filters: vec![statuses], order: Some(order.into()), ..Query::default() };
        let read = |most: usize| {
            let all = Arc::new(Mutex::new(Vec::new()));
            let told = all.clone();
            let tell: Tell = Arc::new(move |reached: Reached| {
                let mut told = told.lock().unwrap();
                told.push((reached.rows, reached.of));
                told.len() < most
            });
            let page = Engine::new(db, view(name).unwrap()).telling(Some(&tell)).page(&q, &Page::First { limit: 3 });
            let told = all.lock().unwrap().clone();
            (page, told)
        };
        let (page, told) = read(usize::MAX);
        assert_eq!(page.unwrap().0.len(), 3, "{name}");
        assert!(told.iter().all(|(_, all)| *all == Some(of)), "{name}: {told:?} of {of}");
        assert_eq!(told.iter().map(|(rows, _)| *rows).max(), Some(of), "{name}: {told:?}");
        for most in 1..told.len() {
            let (page, _) = read(most);
            assert!(matches!(page, Err(CaseError::Cancelled)), "{name}: {most} of {told:?}");
        }
    }
}

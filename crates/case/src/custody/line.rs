//! What the records of one item leave open or contradict, computed each time and never stored.

use super::CustodyState;
use super::hashes::HashPlace;
use super::record::CustodyRecord;
use super::stated::{hash_kind, instant, moment, spell};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Holders state the minute: a gap or overlap is longer than this.
const HANDOVER: i64 = 60;
/// A statement is made after the fact if it is later than what it tells of by more than this.
const LATE: i64 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CustodyFinding {
    /// "gap", "overlap", "open-end", "end-before-start", "stated-late", "stated-before", "seal-changed",
    /// "identity-changed", "hash-changed", "hash-not-evidence", "hash-unknown", "no-evidence".
    pub code: String,
    /// "note", "warning" or "error".
    pub severity: String,
    /// Numbers of the records it is about.
    pub records: Vec<u32>,
    /// What an earlier record or the evidence says, and what this one says.
    pub expected: Option<String>,
    pub found: Option<String>,
    /// How long a gap, an overlap or a delay is.
    #[ts(type = "number | null")]
    pub seconds: Option<i64>,
    /// In English.
    pub says: String,
}

fn finding(code: &str, severity: &str, records: &[u32], says: String) -> CustodyFinding {
    CustodyFinding {
        code: code.into(),
        severity: severity.into(),
        records: records.to_vec(),
        expected: None,
        found: None,
        seconds: None,
        says,
    }
}

/// Findings on the records of one item that are in force, which come in the order of time. `known` holds
/// where in the case a hash stands, `media` the hashes of each evidence item.
pub fn findings(
    states: &[CustodyState],
    known: &BTreeMap<String, Vec<HashPlace>>,
    media: &BTreeMap<u32, Vec<HashPlace>>,
) -> Vec<CustodyFinding> {
    let line: Vec<&CustodyRecord> = states.iter().filter(|s| s.superseded_by.is_none()).map(|s| &s.record).collect();
    let mut out = Vec::new();
    for r in &line {
        one(r, &mut out);
    }
    handovers(&line, &mut out);
    changes(&line, &mut out);
    hashes(&line, known, media, &mut out);
    out.sort_by_key(|f| match f.severity.as_str() {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    });
    out
}

/// What one record says of itself.
fn one(r: &CustodyRecord, out: &mut Vec<CustodyFinding>) {
    let (Some(from), to) = (instant(&r.from), r.to.as_deref().and_then(instant)) else { return };
    if let Some(to) = to.filter(|to| *to < from) {
        let says = format!("{} ends {} before it begins", r.holder, spell(from - to));
        let (expected, found) = (Some(r.from.clone()), r.to.clone());
        let f = finding("end-before-start", "error", &[r.number], says);
        out.push(CustodyFinding { expected, found, seconds: Some(from - to), ..f });
    }
    let Some(on) = &r.stated_on else { return };
    let event = to.unwrap_or(from).max(from);
    let Some(stated) = moment(on, &r.from) else { return };
    if stated - event > LATE {
        let says = format!("the statement of {on} was made {} after what it tells of", spell(stated - event));
        let f = finding("stated-late", "warning", &[r.number], says);
        let expected = Some(r.to.clone().unwrap_or_else(|| r.from.clone()));
        out.push(CustodyFinding { expected, found: Some(on.clone()), seconds: Some(stated - event), ..f });
    }
    // A day is taken as a whole here: what began within it was not yet to come.
    let whole = if instant(on).is_some() { 0 } else { 86_400 };
    if stated + whole <= from {
        let says = format!("the statement of {on} is older than what it tells of");
        let f = finding("stated-before", "warning", &[r.number], says);
        out.push(CustodyFinding { expected: Some(r.from.clone()), found: Some(on.clone()), ..f });
    }
}

/// From each holder to the next.
fn handovers(line: &[&CustodyRecord], out: &mut Vec<CustodyFinding>) {
    // The record that holds the item longest so far, with its end.
    let mut held: Option<(&CustodyRecord, i64)> = None;
    for (i, r) in line.iter().enumerate() {
        let Some(from) = instant(&r.from) else { continue };
        if let Some((before, end)) = held {
            let both = [before.number, r.number];
            if from - end > HANDOVER {
                let says =
                    format!("for {} no one is stated to have held it: from {} to {}", spell(from - end), before.holder, r.holder);
                let f = finding("gap", "error", &both, says);
                out.push(CustodyFinding {
                    expected: before.to.clone(),
                    found: Some(r.from.clone()),
                    seconds: Some(from - end),
                    ..f
                });
            } else if end - from > HANDOVER {
                let until = r.to.as_deref().and_then(instant).map_or(end, |to| to.min(end));
                let same = before.holder == r.holder;
                let says = match same {
                    true => format!("{} is stated twice for {}", r.holder, spell(until - from)),
                    false => {
                        format!("{} and {} are both stated to have held it for {}", before.holder, r.holder, spell(until - from))
                    }
                };
                let f = finding("overlap", if same { "warning" } else { "error" }, &both, says);
                let seconds = Some((until - from).max(0));
                out.push(CustodyFinding { expected: before.to.clone(), found: Some(r.from.clone()), seconds, ..f });
            }
        }
        let next = line.get(i + 1).and_then(|n| Some((n, instant(&n.from)?)));
        let end = match (r.to.as_deref().and_then(instant), next) {
            (Some(to), _) => to.max(from),
            // An item is with one holder until it is with the next; that no end was stated is told.
            (None, Some((n, start))) => {
                let says = format!("no end is stated for {}, and {} follows", r.holder, n.holder);
                let f = finding("open-end", "warning", &[r.number, n.number], says);
                out.push(CustodyFinding { found: Some(n.from.clone()), ..f });
                start
            }
            (None, None) => from,
        };
        if held.is_none_or(|(_, furthest)| end >= furthest) {
            held = Some((r, end));
        }
    }
}

/// What stays with an item and is stated otherwise later.
fn changes(line: &[&CustodyRecord], out: &mut Vec<CustodyFinding>) {
    type Member = fn(&CustodyRecord) -> Option<&String>;
    let members: [(&str, &str, &str, Member); 4] = [
        ("seal-changed", "warning", "seal", |r| r.seal.as_ref()),
        ("identity-changed", "error", "serial number", |r| r.serial.as_ref()),
        ("identity-changed", "error", "make", |r| r.make.as_ref()),
        ("identity-changed", "error", "model", |r| r.model.as_ref()),
    ];
    for (code, severity, name, member) in members {
        let mut before: Option<(&CustodyRecord, &String)> = None;
        for r in line {
            let Some(now) = member(r) else { continue };
            if let Some((old, was)) = before.filter(|(_, was)| !was.eq_ignore_ascii_case(now)) {
                let says = format!("the {name} was {was}, and is {now} with {}", r.holder);
                let f = finding(code, severity, &[old.number, r.number], says);
                out.push(CustodyFinding { expected: Some(was.clone()), found: Some(now.clone()), ..f });
            }
            before = Some((r, now));
        }
    }
}

/// Hashes stated, against earlier ones and against the evidence in the case.
fn hashes(
    line: &[&CustodyRecord],
    known: &BTreeMap<String, Vec<HashPlace>>,
    media: &BTreeMap<u32, Vec<HashPlace>>,
    out: &mut Vec<CustodyFinding>,
) {
    let mut first: BTreeMap<&str, (u32, &String)> = BTreeMap::new();
    for r in line {
        if let Some(n) = r.source.filter(|n| !media.contains_key(n)) {
            let says = format!("the case holds no sealed evidence of number {n}");
            out.push(finding("no-evidence", "warning", &[r.number], says));
        }
        for hash in &r.hashes {
            let Some(kind) = hash_kind(hash) else { continue };
            let (number, earlier) = *first.entry(kind).or_insert((r.number, hash));
            if earlier != hash {
                let says = format!("the {} stated differs from the one of record {number}", title(kind));
                let f = finding("hash-changed", "error", &[number, r.number], says);
                out.push(CustodyFinding { expected: Some(earlier.clone()), found: Some(hash.clone()), ..f });
            }
            let places = known.get(hash).map(Vec::as_slice).unwrap_or_default();
            match r.source.and_then(|n| Some((n, media.get(&n)?))) {
                Some((n, of)) if !places.iter().any(|p| p.source == Some(n)) => {
                    let says = format!("the {} stated is none of evidence {n}", title(kind));
                    let f = finding("hash-not-evidence", "error", &[r.number], says);
                    let expected = of.iter().find(|p| p.what == kind).map(|p| p.hash.clone());
                    out.push(CustodyFinding { expected, found: Some(hash.clone()), ..f });
                }
                None if places.is_empty() && !media.is_empty() => {
                    let says = format!("the {} stated equals none that the case holds", title(kind));
                    let f = finding("hash-unknown", "warning", &[r.number], says);
                    out.push(CustodyFinding { found: Some(hash.clone()), ..f });
                }
                _ => {}
            }
        }
    }
}

fn title(kind: &str) -> &'static str {
    match kind {
        "md5" => "MD5",
        "sha1" => "SHA-1",
        _ => "SHA-256",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u32, holder: &str, from: &str, to: Option<&str>) -> CustodyState {
        let day = |t: &str| format!("2025-06-{t}+09:00");
        let record = CustodyRecord {
            number,
            item: "E-1".into(),
            holder: holder.into(),
            from: day(from),
            to: to.map(day),
            ..CustodyRecord::default()
        };
        CustodyState { record, entry: 1, superseded_by: None }
    }

    fn codes(states: &[CustodyState]) -> Vec<(String, Vec<u32>, Option<i64>)> {
        let found = findings(states, &BTreeMap::new(), &BTreeMap::new());
        found.into_iter().map(|f| (f.code, f.records, f.seconds)).collect()
    }

    #[test]
    fn an_unbroken_line_has_no_finding() {
        let line = [record(1, "A", "01T10:00", Some("02T10:00")), record(2, "B", "02T10:01", None)];
        assert_eq!(codes(&line), []);
    }

    #[test]
    fn gaps_overlaps_and_open_ends() {
        let line = [
            record(1, "A", "01T10:00", Some("02T10:00")),
            record(2, "B", "02T12:00", Some("09T00:00")),
            record(3, "C", "03T00:00", Some("04T00:00")),
            record(4, "D", "10T00:00", None),
            record(5, "E", "11T00:00", None),
        ];
        let found = codes(&line);
        assert_eq!(
            found,
            [
                ("gap".into(), vec![1, 2], Some(7200)),
                // What lies within a longer record is told once, with the length of the smaller.
                ("overlap".into(), vec![2, 3], Some(86_400)),
                ("gap".into(), vec![2, 4], Some(86_400)),
                ("open-end".into(), vec![4, 5], None),
            ]
        );
    }

    #[test]
    fn superseded_records_are_not_judged() {
        let mut line = [record(1, "A", "01T10:00", Some("01T09:00")), record(2, "A", "01T10:00", Some("01T11:00"))];
        line[0].superseded_by = Some(2);
        assert_eq!(codes(&line), []);
    }

    #[test]
    fn statements_and_times_that_do_not_fit() {
        let mut line = [
            record(1, "A", "05T10:00", Some("05T09:30")),
            record(2, "B", "06T10:00", Some("06T11:00")),
            record(3, "B", "06T11:00", Some("06T12:00")),
            record(4, "B", "06T12:00", Some("06T13:00")),
        ];
        line[1].record.stated_on = Some("2025-06-08".into());
        line[2].record.stated_on = Some("2025-06-07".into());
        line[3].record.stated_on = Some("2025-06-05".into());
        let found = codes(&line);
        assert!(found.contains(&("end-before-start".into(), vec![1], Some(1800))), "{found:?}");
        assert!(found.contains(&("stated-late".into(), vec![2], Some(37 * 3600))), "{found:?}");
        assert!(found.contains(&("stated-before".into(), vec![4], None)), "{found:?}");
        assert!(!found.iter().any(|f| f.1 == [3]), "{found:?}");
    }

    #[test]
    fn what_should_stay_the_same() {
        let mut line = [record(1, "A", "01T10:00", Some("02T10:00")), record(2, "B", "02T10:00", None)];
        let [a, b] = &mut line;
        (a.record.seal, b.record.seal) = (Some("S-1".into()), Some("S-2".into()));
        (a.record.serial, b.record.serial) = (Some("ABC".into()), Some("abc".into()));
        (a.record.hashes, b.record.hashes) = (vec!["a".repeat(32)], vec!["b".repeat(32), "c".repeat(64)]);
        let found = findings(&line, &BTreeMap::new(), &BTreeMap::new());
        let said: Vec<&str> = found.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(said, ["hash-changed", "seal-changed"]);
        assert_eq!((found[1].expected.as_deref(), found[1].found.as_deref()), (Some("S-1"), Some("S-2")));
    }

    #[test]
    fn hashes_against_the_evidence() {
        let place =
            |what: &str, hash: String, source| HashPlace { hash, what: what.into(), source, name: String::new(), entry: None };
        let own = place("md5", "a".repeat(32), Some(1));
        let media: BTreeMap<u32, Vec<HashPlace>> = [(1, vec![own.clone()])].into();
        let known: BTreeMap<String, Vec<HashPlace>> = [(own.hash.clone(), vec![own])].into();
        let mut line = [record(1, "A", "01T10:00", None)];
        let said = |line: &[CustodyState]| findings(line, &known, &media).into_iter().map(|f| f.code).collect::<Vec<_>>();
        line[0].record.hashes = vec!["a".repeat(32)];
        assert_eq!(said(&line), Vec::<String>::new());
        line[0].record.source = Some(1);
        assert_eq!(said(&line), Vec::<String>::new());
        line[0].record.hashes = vec!["b".repeat(32)];
        assert_eq!(said(&line), ["hash-not-evidence"]);
        line[0].record.source = None;
        assert_eq!(said(&line), ["hash-unknown"]);
        line[0].record.source = Some(7);
        assert_eq!(said(&line), ["no-evidence", "hash-unknown"]);
    }
}

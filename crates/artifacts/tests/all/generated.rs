//! Generated gateway logs with their ground truth, where `CASEBOOK_GENERATED` names folders
//! (separated by `:`) that hold `plain/` and `truth.json`.

use crate::rows::decoded;
use artifacts::Facts;
use artifacts::log::{LineParser, Profile, Profiles, Reason, Unread, detect};
use model::{Batch, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(f) = left.pop() {
        for e in std::fs::read_dir(&f).unwrap() {
            let path = e.unwrap().path();
            if path.is_dir() { left.push(path) } else { out.push(path) }
        }
    }
    out.sort();
    out
}

/// Reads every log of a folder and compares all counts with the truth.
pub fn check(folder: &Path) {
    let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let number = |v: &serde_json::Value| v.as_u64().unwrap();
    let attacker = &truth["attacker"];
    let key = attacker["key_id"].as_str().unwrap().as_bytes();
    let addresses: BTreeSet<&[u8]> =
        attacker["addresses"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().as_bytes()).collect();
    let builtin = Profiles::builtin();
    let profiles: Vec<&Profile> = builtin.all().iter().collect();
    let mut unread = Unread::default();
    let (mut rows, mut lines, mut empty) = (0u64, 0u64, 0u64);
    let (mut with_key, mut without_key) = (0u64, 0u64);
    let mut accounts = BTreeSet::new();
    let mut by_endpoint: BTreeMap<&str, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let mut by_field: BTreeMap<String, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for file in files(&folder.join("plain")) {
        let data = std::fs::read(&file).unwrap();
        let name = file.to_string_lossy();
        let facts = Facts {
            path: name.as_bytes(),
            stream: b"",
            size: data.len() as u64,
            head: &data[..data.len().min(65_536)],
            file_system: None,
        };
        if data.is_empty() {
            assert_eq!(detect(&facts, &profiles), None);
            empty += 1;
            continue;
        }
        lines += data.iter().filter(|b| **b == b'\n').count() as u64;
        let (index, confidence) = detect(&facts, &profiles).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(profiles[index].name(), "gateway", "{name}");
        assert!(confidence >= 95, "{name}: {confidence}");
        let mut batch = Batch::new(Table::Event);
        LineParser::new(profiles[index]).block(0, 0, &data, &mut batch, &mut unread);
        rows += u64::from(batch.rows);
        for (header, [actor, _, subject, _], row) in decoded(&batch) {
            let (q, _) = row.request().unwrap().unwrap();
            assert_eq!(q.key, actor.as_bytes());
            assert!(header.at.is_some());
            *statuses.entry(q.status.unwrap().to_string()).or_default() += 1;
            if !addresses.contains(q.address.unwrap()) {
                continue;
            }
            match q.key {
                None => without_key += 1,
                Some(k) => {
                    assert_eq!(k, key);
                    with_key += 1;
                }
            }
            let (Some(s), Some(exposes)) = (subject.as_bytes(), q.exposes) else { continue };
            assert_eq!(q.status, Some(200));
            accounts.insert(s.to_vec());
            let exposes = std::str::from_utf8(exposes).unwrap();
            let endpoint = match exposes {
                "email,name" => "profile",
                "delivery_address,name,phone" => "addresses",
                "entrance_code" => "entrance",
                "order_items" => "orders",
                other => panic!("{other}"),
            };
            by_endpoint.entry(endpoint).or_default().insert(s.to_vec());
            for field in exposes.split(',') {
                by_field.entry(field.to_owned()).or_default().insert(s.to_vec());
            }
        }
    }
    assert_eq!(rows, number(&truth["lines"]));
    assert_eq!(rows + unread.total(), number(&truth["total_text_lines"]));
    assert_eq!((lines, unread.blank), (number(&truth["total_text_lines"]), 0));
    assert_eq!(unread.total(), number(&truth["malformed_lines"]) + number(&truth["foreign_lines"]));
    let of = |r: Reason| unread.by_reason.iter().find(|b| b.reason == r).unwrap().count;
    if truth["format"] == "jsonl" {
        assert_eq!(of(Reason::CutShort), number(&truth["malformed_lines"]));
    }
    assert_eq!(empty, number(&truth["empty_files"]));
    assert_eq!(with_key, number(&attacker["requests_with_key"]));
    assert_eq!(without_key, number(&attacker["requests_without_key"]));
    assert_eq!(accounts.len() as u64, number(&attacker["distinct_accounts"]));
    for (endpoint, n) in attacker["distinct_accounts_by_endpoint"].as_object().unwrap() {
        assert_eq!(by_endpoint.get(endpoint.as_str()).map_or(0, BTreeSet::len) as u64, number(n), "{endpoint}");
    }
    for (field, n) in attacker["distinct_accounts_by_field"].as_object().unwrap() {
        assert_eq!(by_field.get(field).map_or(0, BTreeSet::len) as u64, number(n), "{field}");
    }
    let expected: BTreeMap<String, u64> =
        truth["status_counts"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), number(v))).collect();
    assert_eq!(statuses, expected);
    println!("{}: {rows} rows, {} unread, {} accounts", folder.display(), unread.total(), accounts.len());
}

#[test]
fn generated_logs_give_the_counts_of_their_truth() {
    let Ok(folders) = std::env::var("CASEBOOK_GENERATED") else {
        println!("skipped: CASEBOOK_GENERATED is not set");
        return;
    };
    for folder in folders.split(':') {
        check(Path::new(folder));
    }
}

//! Packages of vectors/packages.json, whole and attacked: verdict and first place as every verifier
//! gives them.

use crate::{mutations, vectors};
use ledger::package::{PackageReport, Trust, check_package};
use ledger::{Checkpoint, TreeHead, VerifierKey, base64_decode, hash_from_hex};
use serde_json::Value;
use std::collections::BTreeMap;

type Files = BTreeMap<String, Vec<u8>>;

/// The bytes of a file: base64, or lines, of which a number is one of the first package's.
fn raw(told: &Value, base: Option<&[u8]>) -> Vec<u8> {
    if let Some(text) = told.get("base64") {
        return base64_decode(text.as_str().unwrap()).unwrap();
    }
    let base: Vec<&[u8]> = base.map(|b| b.split(|b| *b == b'\n').collect()).unwrap_or_default();
    let line = |l: &Value| match l.as_u64() {
        Some(n) => base[n as usize].to_vec(),
        None => l.as_str().unwrap().as_bytes().to_vec(),
    };
    told["lines"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join(&b'\n')
}

fn first(all: &Value) -> Files {
    all["package"].as_object().unwrap().iter().map(|(name, told)| (name.clone(), raw(told, None))).collect()
}

fn files_of(case: &Value, good: &Files) -> Files {
    let mut files = good.clone();
    for (name, told) in case["files"].as_object().unwrap() {
        if told.is_null() {
            files.remove(name);
        } else {
            files.insert(name.clone(), raw(told, good.get(name).map(Vec::as_slice)));
        }
    }
    files
}

fn kept(text: &str) -> TreeHead {
    if let Ok(note) = Checkpoint::read(text.as_bytes()) {
        return note.head;
    }
    let (size, root) = text.split_once(' ').unwrap();
    TreeHead { size: size.parse().unwrap(), root: hash_from_hex(root).unwrap() }
}

fn judge(case: &Value, files: &Files) -> PackageReport {
    let head = case["since"].as_str().map(kept);
    let key = case["key"].as_str().map(|k| VerifierKey::read(k).unwrap());
    check_package(files, &Trust { head, key })
}

#[test]
fn verdict_and_first_place_are_those_of_the_other_verifiers() {
    let all = vectors("packages.json");
    let good = first(&all);
    let mut wrong = Vec::new();
    let cases = all["cases"].as_array().unwrap();
    for case in cases {
        // What only a reader of the zip sees.
        if case.get("twice").is_some() || case.get("encrypted").is_some() {
            continue;
        }
        let report = judge(case, &files_of(case, &good));
        let place = report.faults.first().map(|f| f.place.as_str());
        if report.verdict.word() != case["verdict"] || place != case["place"].as_str() {
            wrong.push(format!(
                "{}: wanted {} at {}, got {:?} {:?}",
                case["name"],
                case["verdict"],
                case["place"],
                report.verdict.word(),
                report.faults.first()
            ));
        }
    }
    assert!(cases.len() > 140 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No changed byte goes unseen where the head was kept elsewhere. (The note may lose a witness's line.)
#[test]
fn no_changed_byte_passes() {
    let all = vectors("packages.json");
    let good = first(&all);
    let head = Checkpoint::read(&good["checkpoint.note"]).unwrap().head;
    let trust = Trust { head: Some(head), key: None };
    for (name, bytes) in good.iter().filter(|(name, _)| !["SPEC.txt", "checkpoint.note"].contains(&name.as_str())) {
        for copy in mutations(bytes).into_iter().step_by(23) {
            let mut files = good.clone();
            files.insert(name.clone(), copy);
            assert!(!check_package(&files, &trust).faults.is_empty(), "a changed {name} passed");
        }
    }
}

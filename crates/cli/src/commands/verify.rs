use super::say_json;
use crate::Outcome;
use crate::args::VerifyArgs;
use case::verify::{Options, verify};
use case::view::visible;
use case::{CaseError, disclose};
use serde_json::json;
use std::path::Path;

pub fn run(args: VerifyArgs) -> Result<Outcome, CaseError> {
    let VerifyArgs { case, evidence, all_digests, since, key, tsa_chain, record, openings, json } = args;
    let anchor = since.map(std::fs::read).transpose()?;
    if disclose::is_package(&case) {
        if record {
            return Err(CaseError::BadRecord("a package has no ledger to record in; verify the case with --record".into()));
        }
        let openings = openings.map(std::fs::read).transpose()?;
        return package(&case, &disclose::trust(anchor.as_deref(), key.as_deref())?, openings.as_deref(), json);
    }
    if openings.is_some() {
        return Err(CaseError::BadRecord("openings are of fields masked in a package; a case masks nothing".into()));
    }
    let tsa_chain = tsa_chain.map(std::fs::read).transpose()?;
    let given = evidence.len();
    let key = key.map(String::into_bytes);
    let report = verify(&case, &Options { anchor, key, evidence, all_digests, tsa_chain, threads: None }, &mut |_| true)?;
    if record {
        let entry = case::acts::record_verification(&mut case::Store::open(&case)?, &report, given)?;
        eprintln!("recorded as entry {entry}");
    }
    if json {
        let checks: Vec<_> =
            report.checks.iter().map(|c| json!({"name": c.name, "ok": c.ok, "says": c.says, "place": c.place})).collect();
        say_json(&json!({
            "verdict": report.word(),
            "ok": report.ok(),
            "says": report.sentence(),
            "checks": checks,
            "entries": report.head.size,
            "root": report.to_api().root,
        }))?;
    } else {
        for c in &report.checks {
            let mark = match c.ok {
                None => "not checked",
                Some(false) => "FAILED",
                Some(true) => "holds",
            };
            let place = c.place.as_deref().map(|p| format!("{p}: ")).unwrap_or_default();
            println!("{mark:<12} {:<12} {place}{}", c.name, c.says);
        }
        println!("{}", report.sentence());
    }
    Ok(if report.ok() { Outcome::Done } else { Outcome::Mismatch })
}

/// A disclosure package, by itself, and openings of what is masked in it.
fn package(path: &Path, trust: &disclose::Trust, openings: Option<&[u8]>, json: bool) -> Result<Outcome, CaseError> {
    let report = disclose::check_file(path, trust)?;
    // Against a package that does not hold they would mean nothing.
    let openings = openings.filter(|_| report.faults.is_empty()).map(|o| disclose::check_openings(path, o)).transpose()?;
    let opened = openings.unwrap_or_default();
    if json {
        let text = report.to_json().to_text().map_err(|e| CaseError::Ledger(e.to_string()))?;
        let mut said: serde_json::Value = serde_json::from_str(&text).map_err(|e| CaseError::Ledger(e.to_string()))?;
        if !opened.is_empty() {
            said["openings"] = opened.iter().map(opening).collect();
        }
        say_json(&said)?;
    } else {
        for says in &report.not_covered {
            println!("{:<12} {says}", "not covered");
        }
        for fault in &report.faults {
            println!("{:<12} {}: {}", "FAILED", fault.place, fault.says);
        }
        for says in &report.notes {
            println!("{:<12} {says}", "holds");
        }
        for o in &opened {
            match &o.value {
                Ok((_, value)) => {
                    println!("{:<12} {}: {}", "opened", o.place, visible(&String::from_utf8_lossy(value), usize::MAX))
                }
                Err(why) => println!("{:<12} {}: {why}", "FAILED", o.place),
            }
        }
        let head = report.head.map(|h| format!(", {} entries, {} rows", h.size, report.rows)).unwrap_or_default();
        let word = match report.verdict {
            disclose::Verdict::Consistent => "consistent, not anchored",
            other => other.word(),
        };
        println!("package: {word}{head}");
    }
    let holds = report.faults.is_empty() && opened.iter().all(|o| o.value.is_ok());
    Ok(if holds { Outcome::Done } else { Outcome::Mismatch })
}

fn opening(o: &disclose::Opened) -> serde_json::Value {
    match &o.value {
        Ok((_, value)) => json!({"place": o.place, "holds": true, "value": String::from_utf8_lossy(value)}),
        Err(why) => json!({"place": o.place, "holds": false, "says": why}),
    }
}

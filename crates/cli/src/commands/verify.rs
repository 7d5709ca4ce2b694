use super::say_json;
use crate::Outcome;
use case::verify::{Options, verify};
use case::{CaseError, disclose};
use serde_json::json;
use std::path::{Path, PathBuf};

pub fn run(
    case: &Path,
    evidence: Vec<PathBuf>,
    since: Option<&Path>,
    key: Option<String>,
    tsa_chain: Option<&Path>,
    record: bool,
    json: bool,
) -> Result<Outcome, CaseError> {
    let anchor = since.map(std::fs::read).transpose()?;
    if disclose::is_package(case) {
        if record {
            return Err(CaseError::BadRecord("a package has no ledger to record in; verify the case with --record".into()));
        }
        return package(case, &disclose::trust(anchor.as_deref(), key.as_deref())?, json);
    }
    let tsa_chain = tsa_chain.map(std::fs::read).transpose()?;
    let given = evidence.len();
    let key = key.map(String::into_bytes);
    let report = verify(case, &Options { anchor, key, evidence, tsa_chain, threads: None }, &mut |_| true)?;
    if record {
        let entry = case::acts::record_verification(&mut case::Store::open(case)?, &report, given)?;
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

/// A disclosure package, by itself.
fn package(path: &Path, trust: &disclose::Trust, json: bool) -> Result<Outcome, CaseError> {
    let report = disclose::check_file(path, trust)?;
    if json {
        let text = report.to_json().to_text().map_err(|e| CaseError::Ledger(e.to_string()))?;
        println!("{text}");
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
        let head = report.head.map(|h| format!(", {} entries, {} rows", h.size, report.rows)).unwrap_or_default();
        let word = match report.verdict {
            disclose::Verdict::Consistent => "consistent, not anchored",
            other => other.word(),
        };
        println!("package: {word}{head}");
    }
    Ok(if report.faults.is_empty() { Outcome::Done } else { Outcome::Mismatch })
}

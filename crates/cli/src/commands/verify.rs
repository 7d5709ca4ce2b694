use super::say_json;
use crate::Outcome;
use case::CaseError;
use case::verify::{Options, verify};
use serde_json::json;
use std::path::{Path, PathBuf};

pub fn run(
    case: &Path,
    evidence: Vec<PathBuf>,
    checkpoint: Option<&Path>,
    tsa_chain: Option<&Path>,
    json: bool,
) -> Result<Outcome, CaseError> {
    let anchor = checkpoint.map(std::fs::read).transpose()?;
    let tsa_chain = tsa_chain.map(std::fs::read).transpose()?;
    let report = verify(case, &Options { anchor, evidence, tsa_chain, threads: None }, &mut |_| true)?;
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

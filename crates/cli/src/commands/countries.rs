//! The table of countries of addresses: given, shown, given back.

use super::{grouped, say_json};
use crate::Outcome;
use case::{CaseError, Store, countries};
use std::io::Write;
use std::path::Path;

pub fn run(case: &Path, table: Option<&Path>, out: Option<&Path>, json: bool) -> Result<Outcome, CaseError> {
    let (held, faults) = match table {
        Some(path) => {
            let added = countries::add(&mut Store::open(case)?, path)?;
            (Some(added.table), added.faults)
        }
        None => (countries::in_force(&Store::read(case)?)?, Vec::new()),
    };
    if let Some(path) = out {
        let held = held.as_ref().ok_or_else(|| CaseError::BadQuestion {
            why: "no table of countries was given".into(),
            hint: "Give one with --table FILE.csv.",
        })?;
        let bytes = countries::bytes(&Store::read(case)?, held.entry)?;
        std::fs::File::create_new(path).and_then(|mut file| file.write_all(&bytes)).map_err(|e| match e.kind() {
            std::io::ErrorKind::AlreadyExists => CaseError::Exists(path.into()),
            _ => e.into(),
        })?;
    }
    if json {
        let faults: Vec<_> = faults.iter().map(|f| serde_json::json!({"line": f.line, "why": f.why})).collect();
        say_json(&serde_json::json!({"table": held, "faults": faults}))?;
        return Ok(Outcome::Done);
    }
    let Some(t) = held else {
        println!("no table of countries was given");
        return Ok(Outcome::Done);
    };
    println!("table     {}, {} bytes, sha256 {}", case::view::visible(&t.name, 100), grouped(t.bytes), t.sha256);
    println!("ranges    {}; {} lines gave none", grouped(t.rows), grouped(t.unread));
    for fault in &faults {
        println!("  line {}: {}", fault.line, case::view::visible(&fault.why, 200));
    }
    println!("ledger    entry {}{}", t.entry, t.supersedes.map_or_else(String::new, |n| format!(", in place of entry {n}")));
    Ok(Outcome::Done)
}

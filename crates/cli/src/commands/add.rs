use super::{grouped, say_json, size};
use crate::Outcome;
use case::CaseError;
use case::import::{Already, Options, Progress, add};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

pub fn run(case: &Path, paths: &[PathBuf], options: Options, json: bool) -> Result<Outcome, CaseError> {
    let terminal = std::io::stderr().is_terminal();
    let mut last = std::time::Instant::now();
    let mut tell = |p: &Progress| {
        if json {
            // A reader that went away does not stop an import.
            let _ = say_json(&progress_json(p));
        } else if terminal {
            eprint!("\r\x1b[K{}", progress_line(p));
            let _ = std::io::stderr().flush();
        } else if last.elapsed().as_secs() >= 10 {
            last = std::time::Instant::now();
            eprintln!("{}", progress_line(p));
        }
        true
    };
    let outcome = add(case, paths, &options, &mut tell);
    if terminal && !json {
        eprint!("\r\x1b[K");
    }
    let outcome = outcome?;
    if json {
        say_json(&json!({
            "done": true,
            "already": outcome.already.iter().map(|a| json!({ "name": a.name, "import": a.import, "as_asked": a.as_asked })).collect::<Vec<_>>(),
            "sources": outcome.sources,
            "events": outcome.events,
            "files": outcome.files,
            "findings": outcome.findings,
            "content_root": outcome.content_root,
            "root": outcome.root,
        }))?;
    } else {
        let ids: Vec<String> = outcome.sources.iter().map(u32::to_string).collect();
        println!("sources       {}", ids.join(", "));
        println!("files         {}", grouped(outcome.files));
        println!("events        {}", grouped(outcome.events));
        println!("findings      {}", grouped(outcome.findings));
        println!("content root  {}", outcome.content_root);
        println!("root          {}", outcome.root);
    }
    for already in &outcome.already {
        let Already { name, import, as_asked } = already;
        eprintln!("casebook: {name} is import {import} already: a further receipt was written, and no row");
        if !as_asked {
            eprintln!("  Its rows stay as its profile and zone were then. To read it otherwise, add it to a new case.");
        }
    }
    if let Some(why) = case::stays_unsigned(case)? {
        eprintln!("casebook: this is not signed yet: {why}; `casebook seal` signs it once the key is at hand");
    }
    Ok(Outcome::Done)
}

fn progress_json(p: &Progress) -> serde_json::Value {
    json!({
        "done": false,
        "phase": p.phase.label(),
        "evidence": p.evidence,
        "item": p.item,
        "bytes_done": p.bytes_done,
        "bytes_total": p.bytes_total,
        "files": p.files,
        "events": p.events,
        "findings": p.findings,
        "seconds": p.seconds,
        "seconds_left": p.seconds_left,
    })
}

fn progress_line(p: &Progress) -> String {
    let left = p.seconds_left.map(|s| format!(", {}:{:02} left", s / 60, s % 60)).unwrap_or_default();
    format!(
        "{} {}  {} of {}, {} files, {} events{left}  {}",
        p.phase.label(),
        p.evidence,
        size(p.bytes_done),
        size(p.bytes_total),
        grouped(p.files),
        grouped(p.events),
        case::view::visible(&p.item, 50)
    )
}

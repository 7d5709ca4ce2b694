use super::{grouped, say_json, size};
use crate::Outcome;
use case::CaseError;
use case::export::{Exported, Progress, Wanted, export};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::Path;

pub fn run(case: &Path, wanted: &Wanted, json: bool) -> Result<Outcome, CaseError> {
    let terminal = std::io::stderr().is_terminal();
    let mut last = std::time::Instant::now();
    let mut tell = |p: &Progress| {
        if json {
            // A reader that went away does not stop an export.
            let _ = say_json(&json!({ "done": false, "table": p.table, "rows": p.done, "of": p.total }));
        } else if terminal || last.elapsed().as_secs() >= 10 {
            last = std::time::Instant::now();
            let (start, end) = if terminal { ("\r\x1b[K", "") } else { ("", "\n") };
            eprint!("{start}{} {} of {} rows{end}", p.table, grouped(p.done), grouped(p.total));
            let _ = std::io::stderr().flush();
        }
        true
    };
    let exported = export(case, wanted, &mut tell);
    if terminal && !json {
        eprint!("\r\x1b[K");
    }
    let exported = exported?;
    if json {
        say_json(&as_json(&exported))?
    } else {
        print(&exported, wanted)
    }
    Ok(Outcome::Done)
}

fn as_json(e: &Exported) -> serde_json::Value {
    let count = |c: &case::export::Count| json!({ "table": c.table, "rows": c.rows, "of": c.of });
    json!({
        "done": true,
        "rows": e.counts.iter().map(count).collect::<Vec<_>>(),
        "files": e.files,
        "bytes": e.bytes,
        "digest": e.digest.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        "entry": e.entry,
        "remarks": e.remarks,
    })
}

fn print(e: &Exported, wanted: &Wanted) {
    for c in &e.counts {
        println!("{:<9} {} of {} rows", c.table, grouped(c.rows), grouped(c.of));
    }
    println!("written   {}, {} in {} files, told by entry {}", wanted.out.display(), size(e.bytes), grouped(e.files), e.entry);
    for remark in &e.remarks {
        println!("  {remark}");
    }
}

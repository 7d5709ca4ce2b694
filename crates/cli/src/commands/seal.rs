//! `seal`, `anchor`, `branch`: the head of a case, given out and taken back.

use super::keys::unlock_for;
use super::say_json;
use crate::Outcome;
use case::CaseError;
use case::printed::{self, Language};
use serde_json::json;
use std::path::Path;

/// Signs the newest checkpoint, prints it, and writes it where asked.
pub fn run(case: &Path, out: Option<&Path>, pdf: Option<&Path>, language: Language, json: bool) -> Result<Outcome, CaseError> {
    unlock_for(case)?;
    let sealed = case::seal(case)?;
    if let Some(path) = out {
        written(path, sealed.note().as_bytes())?;
    }
    if let Some(path) = pdf {
        written(path, &printed::head(case, &sealed, language)?)?;
    }
    if json {
        say_json(&json!({
            "entries": sealed.entries(),
            "root": sealed.root(),
            "words": sealed.words(),
            "signed_by": sealed.signed_by(),
            "says": sealed.sentence(),
            "note": sealed.note(),
        }))?;
    } else {
        print!("{}", sealed.note());
        println!();
        println!("{} entries, root {}", sealed.entries(), in_fours(&sealed.root()));
        println!("{}", sealed.sentence());
    }
    Ok(Outcome::Done)
}

fn written(path: &Path, bytes: &[u8]) -> Result<(), CaseError> {
    std::fs::write(path, bytes).map_err(|e| CaseError::Output(format!("{}: {e}", path.display())))
}

fn in_fours(hex: &str) -> String {
    let fours: Vec<&str> = (0..hex.len()).step_by(4).filter_map(|at| hex.get(at..at + 4)).collect();
    fours.join(" ")
}

/// Takes a checkpoint that another party kept or signed.
pub fn anchor(case: &Path, note: &Path, json: bool) -> Result<Outcome, CaseError> {
    let size = std::fs::metadata(note)?.len();
    if size > case::anchors::MOST_NOTE_BYTES {
        return Err(CaseError::Refused(format!("{} is too long for a checkpoint", note.display())));
    }
    let text = std::fs::read(note)?;
    unlock_for(case)?;
    let taken = case::anchors::add_note(case, &text)?;
    let size = taken.checkpoint.head.size;
    if json {
        say_json(&json!({"entry": taken.entry, "size": size, "others": taken.others}))?;
    } else {
        let by = if taken.others.is_empty() { String::new() } else { format!("; with lines by {}", taken.others.join(", ")) };
        println!("the case holds the {size} entries of the checkpoint; kept by entry {}{by}", taken.entry);
    }
    Ok(Outcome::Done)
}

pub fn branch(case: &Path, reason: &str) -> Result<Outcome, CaseError> {
    unlock_for(case)?;
    let entry = case::keys::branch(case, reason)?;
    println!("this copy goes on as a branch of its own (entry {entry})");
    Ok(Outcome::Done)
}

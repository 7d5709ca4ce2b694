//! Tags, notes, bookmarks, and masked fields.

use super::say_json;
use crate::Outcome;
use crate::args_acts::{BookmarkArgs, NoteArgs, TagArgs};
use case::acts::{self, Shown};
use case::api::Query;
use case::view::{parse_filter, visible};
use case::{CaseError, Store};
use std::path::Path;

fn undo(case: &Path, number: u32) -> Result<Outcome, CaseError> {
    let entry = acts::remove(&mut Store::open(case)?, number)?;
    println!("annotation {number} taken back by entry {entry}");
    Ok(Outcome::Done)
}

fn add(case: &Path, kind: &str, text: Option<&str>, row: &str) -> Result<Outcome, CaseError> {
    let row = acts::parse_row(row)?;
    let number = acts::annotate(&mut Store::open(case)?, kind, text, &[row])?;
    println!("annotation {number}");
    Ok(Outcome::Done)
}

pub fn tag(args: &TagArgs) -> Result<Outcome, CaseError> {
    if let Some(number) = args.undo {
        return undo(&args.case, number);
    }
    match (&args.view, args.what.as_slice()) {
        (Some(view), [tag]) => {
            let filters = args.filters.iter().map(|f| parse_filter(f)).collect::<Result<_, _>>()?;
            let query = Query { filters, from: args.from.clone(), to: args.to.clone(), ..Query::default() };
            let mut store = Store::open(&args.case)?;
            let rows = acts::rows_of_view(&store, view, &query)?;
            let number = acts::annotate(&mut store, "tag", Some(tag), &rows)?;
            println!("annotation {number} on {} rows", rows.len());
            Ok(Outcome::Done)
        }
        (None, [row, tag]) => add(&args.case, "tag", Some(tag), row),
        (Some(_), _) => Err(CaseError::BadRecord("with --view, give the tag alone".into())),
        (None, _) => Err(CaseError::BadRecord("give a row and a tag, or --view NAME and a tag, or --undo N".into())),
    }
}

pub fn note(args: &NoteArgs) -> Result<Outcome, CaseError> {
    match (args.undo, &args.row) {
        (Some(number), _) => undo(&args.case, number),
        (None, row) => add(&args.case, "note", args.text.as_deref(), row.as_deref().unwrap_or_default()),
    }
}

pub fn bookmark(args: &BookmarkArgs) -> Result<Outcome, CaseError> {
    match (args.undo, &args.row) {
        (Some(number), _) => undo(&args.case, number),
        (None, row) => add(&args.case, "bookmark", None, row.as_deref().unwrap_or_default()),
    }
}

pub fn annotations(case: &Path, removed: bool, json: bool) -> Result<Outcome, CaseError> {
    let all = acts::annotations(&Store::read(case)?, &Shown { removed, row: None, rows_read: true })?;
    if json {
        say_json(&serde_json::to_value(&all).map_err(std::io::Error::from)?)?;
        return Ok(Outcome::Done);
    }
    for a in &all {
        let text = a.text.as_deref().map(|t| format!(": {}", visible(t, 300))).unwrap_or_default();
        let removed = a.removed_by.map(|e| format!(" (taken back by entry {e})")).unwrap_or_default();
        println!("{}. {}{text}{removed}  [{} by {}, entry {}]", a.number, a.kind, a.time, a.actor, a.entry);
        for row in &a.rows {
            let table = serde_json::to_value(row.row.table).map_err(std::io::Error::from)?;
            let changed = if row.as_it_was == Some(false) { "  CHANGED since" } else { "" };
            let title = visible(row.title.as_deref().unwrap_or_default(), 120);
            println!("   {}:{} {title}{changed}", table.as_str().unwrap_or_default(), row.row.id);
        }
        let more = u64::from(a.row_count).saturating_sub(a.rows.len() as u64);
        if more > 0 {
            println!("   and {more} more rows");
        }
    }
    if all.is_empty() {
        println!("no row is annotated");
    }
    Ok(Outcome::Done)
}

pub fn unmask(case: &Path, row: &str, field: &str, reason: &str, opening: Option<&Path>) -> Result<Outcome, CaseError> {
    let (table, id) = acts::parse_row(row)?;
    let shown = acts::open_masked(&mut Store::open(case)?, table, id, field, reason)?;
    println!("{}", shown.value.as_deref().map_or_else(|| "no value".to_owned(), |v| visible(v, usize::MAX)));
    eprintln!("entry {} tells that it was shown, and why", shown.entry);
    if let Some(path) = opening {
        let none = || CaseError::Refused("the import of the row is not sealed: nothing is committed to yet".into());
        std::fs::write(path, format!("{}\n", shown.opening.ok_or_else(none)?))?;
        eprintln!("{}: its salt and value; it shows the value to whoever gets it", path.display());
    }
    Ok(Outcome::Done)
}

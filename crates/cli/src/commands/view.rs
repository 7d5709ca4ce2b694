use super::grouped;
use crate::Outcome;
use crate::args::{Format, QueryArgs};
use case::api::{ExportFormat, Filter, Page, Query};
use case::view::{Engine, View, export, parse_filter, table, view, views};
use case::{CaseError, Store};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Rows of a table for a terminal, unless a limit is given.
const TABLE_ROWS: u64 = 50;

pub fn run(case: &Path, name: Option<&str>, args: &QueryArgs) -> Result<Outcome, CaseError> {
    let store = Store::read(case)?;
    let Some(name) = name else {
        for v in views() {
            println!("{:<18} {}", v.name, v.about);
        }
        return Ok(Outcome::Done);
    };
    let view = view(name).ok_or_else(|| CaseError::NoSuchView(name.into()))?;
    show(&store, view, query(args)?, args)
}

pub fn files(case: &Path, deleted: bool, args: &QueryArgs) -> Result<Outcome, CaseError> {
    let store = Store::read(case)?;
    let view = view("files").ok_or_else(|| CaseError::NoSuchView("files".into()))?;
    let mut query = query(args)?;
    if deleted {
        query.filters.push(Filter { column: "name_state".into(), op: "!=".into(), values: vec!["allocated".into()] });
    }
    show(&store, view, query, args)
}

fn query(args: &QueryArgs) -> Result<Query, CaseError> {
    Ok(Query {
        filters: args.filters.iter().map(|f| parse_filter(f)).collect::<Result<_, _>>()?,
        from: args.from.clone(),
        to: args.to.clone(),
        order: args.order.clone(),
        descending: args.descending,
    })
}

fn show(store: &Store, view: &View, query: Query, args: &QueryArgs) -> Result<Outcome, CaseError> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let format = match args.format.unwrap_or(Format::Table) {
        Format::Table => return table_of(store, view, &query, args.limit, &mut out),
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let written = export(Engine::new(&store.db, view), &query, format, args.limit, &mut out)?;
    out.flush()?;
    let narrowed = !query.filters.is_empty() || query.from.is_some() || query.to.is_some();
    if narrowed || args.limit == Some(written) {
        let (matching, total) = Engine::new(&store.db, view).count(&query)?;
        eprintln!("{}", shown(written, matching, total));
    }
    Ok(Outcome::Done)
}

fn table_of(store: &Store, view: &View, query: &Query, limit: Option<u64>, out: &mut dyn Write) -> Result<Outcome, CaseError> {
    let mut engine = Engine::new(&store.db, view);
    let wanted = limit.unwrap_or(TABLE_ROWS);
    let mut rows = Vec::new();
    let mut page = Page::First { limit: 500 };
    while (rows.len() as u64) < wanted {
        let (more, next) = engine.page(query, &page)?;
        let got = more.len();
        rows.extend(more);
        match next {
            Some(cursor) if got > 0 => page = Page::After { cursor, limit: 500 },
            _ => break,
        }
    }
    rows.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    table(view, &rows, out)?;
    // To count may take much longer than to show.
    out.flush()?;
    let (matching, total) = engine.count(query)?;
    writeln!(out, "{}", shown(rows.len() as u64, matching, total))?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// How many rows of how many.
fn shown(rows: u64, matching: u64, total: u64) -> String {
    let filtered =
        if matching == total { String::new() } else { format!("filtered: {} of {}; ", grouped(matching), grouped(total)) };
    format!("{filtered}{} of {} rows shown", grouped(rows), grouped(matching))
}

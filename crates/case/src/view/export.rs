//! Views written out: CSV and JSON lines, every row, no cap; tables for a terminal.

use super::cell::{Cell, ViewRow};
use super::definition::{RowOf, View};
use super::engine::Engine;
use crate::api::{ExportFormat, Query};
use crate::error::{CaseError, Result};
use crate::reached::Reached;
use std::io::Write;

/// Rows between two that are told.
const STRIDE: u64 = 1_000;

/// Writes all rows under a query, or the first `limit`; returns how many.
pub fn export(
    mut engine: Engine<'_>,
    query: &Query,
    format: ExportFormat,
    limit: Option<u64>,
    out: &mut dyn Write,
) -> Result<u64> {
    let (view, tell) = (engine.whole, engine.tell.clone());
    if matches!(format, ExportFormat::Csv) {
        let table = matches!(view.row, RowOf::Any).then_some(ROW_TABLE);
        let names = view.id.into_iter().chain(table).chain(view.columns.iter().map(|c| c.name));
        writeln!(out, "{}", names.map(str::to_owned).collect::<Vec<_>>().join(","))?;
    }
    let mut written = 0u64;
    if limit == Some(0) {
        return Ok(0);
    }
    engine.each(query, &mut |row| {
        match format {
            ExportFormat::Csv => csv_row(view, &row, out)?,
            ExportFormat::JsonLines => json_row(view, &row, out)?,
        }
        written += 1;
        if let Some(tell) = tell.as_ref().filter(|_| written.is_multiple_of(STRIDE))
            && !tell(Reached { rows: written, ..Reached::default() })
        {
            return Err(CaseError::Cancelled);
        }
        Ok(limit.is_none_or(|l| written < l))
    })?;
    Ok(written)
}

/// The table a row's id is of, where a view has rows of several.
const ROW_TABLE: &str = "row_table";

fn table_name(view: &View, row: &ViewRow) -> Option<String> {
    let table = row.table.filter(|_| matches!(view.row, RowOf::Any))?;
    serde_json::to_value(table).ok()?.as_str().map(str::to_owned)
}

fn json_row(view: &View, row: &ViewRow, out: &mut dyn Write) -> Result<()> {
    let mut map = serde_json::Map::new();
    if let (Some(name), Some(id)) = (view.id, row.id) {
        map.insert(name.into(), id.into());
    }
    if let Some(table) = table_name(view, row) {
        map.insert(ROW_TABLE.into(), table.into());
    }
    for (column, cell) in view.columns.iter().zip(&row.cells) {
        map.insert(column.name.into(), cell.json());
    }
    serde_json::to_writer(&mut *out, &map).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

fn csv_row(view: &View, row: &ViewRow, out: &mut dyn Write) -> Result<()> {
    let id = view.id.map(|_| row.id.map(|i| i.to_string()).unwrap_or_default());
    let cells = row.cells.iter().map(|c| match c {
        Cell::Number(n) => n.to_string(),
        other => csv_text(&other.text().unwrap_or_default()),
    });
    let all: Vec<String> = id.into_iter().chain(table_name(view, row)).chain(cells).collect();
    Ok(writeln!(out, "{}", all.join(","))?)
}

/// RFC 4180 quoting; a spreadsheet's formula is made text by an apostrophe.
fn csv_text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Rows as aligned columns; control characters shown, long cells cut in the middle.
pub fn table(view: &View, rows: &[ViewRow], out: &mut dyn Write) -> Result<()> {
    const WIDEST: usize = 60;
    let shown: Vec<usize> = (0..view.columns.len()).filter(|i| view.columns[*i].kind != crate::api::ColumnKind::Json).collect();
    let cell = |row: &ViewRow, i: usize| visible(&row.cells[i].text().unwrap_or_else(|| "-".into()), WIDEST);
    let lines: Vec<Vec<String>> = rows.iter().map(|r| shown.iter().map(|i| cell(r, *i)).collect()).collect();
    let titles: Vec<String> = shown.iter().map(|i| view.columns[*i].title.to_owned()).collect();
    let width = |n: usize| lines.iter().chain([&titles]).map(|l| l[n].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..shown.len()).map(width).collect();
    for line in [&titles].into_iter().chain(&lines) {
        let padded: Vec<String> = line.iter().zip(&widths).map(|(t, w)| format!("{t:<w$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())?;
    }
    Ok(())
}

/// Untrusted text for a terminal: control and direction characters as escapes.
pub fn visible(text: &str, widest: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || direction { out.push_str(&format!("\\u{{{:x}}}", u32::from(c))) } else { out.push(c) }
    }
    let n = out.chars().count();
    if n <= widest {
        return out;
    }
    let keep = widest / 2 - 1;
    let (head, tail): (String, String) = (out.chars().take(keep).collect(), out.chars().skip(n - keep).collect());
    format!("{head}…{tail}")
}

//! Filters: "column op value", turned into SQL over the view's columns.

use super::definition::{BaseColumn, Encoding, View};
use super::time_text::parse_time;
use crate::api::{ColumnKind, Filter, Query};
use crate::error::{CaseError, Result};
use rusqlite::types::Value;

/// SQL conditions with their parameters.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Over the rows of the view.
    pub outer: Vec<String>,
    /// Over the rows below a grouped view.
    pub inner: Vec<String>,
    pub outer_values: Vec<Value>,
    pub inner_values: Vec<Value>,
}

const OPERATORS: [&str; 8] = ["!=", "<=", ">=", "=", "<", ">", "contains", "in"];

/// Reads a filter as it is typed: `status = 200`, `path contains report`, `actor in A,B`.
pub fn parse(text: &str) -> Result<Filter> {
    let bad = || CaseError::BadFilter(format!("not a filter: {text}"));
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).ok_or_else(bad)?;
    let (column, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let op = OPERATORS.iter().find(|op| rest.starts_with(**op)).ok_or_else(bad)?;
    let value = rest[op.len()..].trim();
    let value = value.strip_prefix(['"', '\'']).and_then(|v| v.strip_suffix(['"', '\''])).unwrap_or(value);
    if column.is_empty() {
        return Err(bad());
    }
    let values = if *op == "in" { value.split(',').map(|v| v.trim().to_owned()).collect() } else { vec![value.to_owned()] };
    Ok(Filter { column: column.to_owned(), op: (*op).to_owned(), values })
}

pub fn conditions(view: &View, query: &Query) -> Result<Conditions> {
    let mut out = Conditions::default();
    for f in &query.filters {
        add(view, f, &mut out)?;
    }
    if let Some(time) = view.time {
        for (value, op) in [(&query.from, ">="), (&query.to, "<")] {
            if let Some(value) = value {
                let f = Filter { column: time.into(), op: op.into(), values: vec![value.clone()] };
                add(view, &f, &mut out)?;
            }
        }
    }
    Ok(out)
}

fn add(view: &View, f: &Filter, out: &mut Conditions) -> Result<()> {
    if let Some(BaseColumn { kind, encoding, expression, .. }) = view.base.iter().find(|b| b.name == f.column) {
        let sql = condition(expression, *kind, *encoding, f, &mut out.inner_values)?;
        out.inner.push(sql);
        return Ok(());
    }
    // The id is a column of its own for whoever holds one.
    if view.id == Some(f.column.as_str()) {
        let sql = condition(&f.column, ColumnKind::Integer, Encoding::Plain, f, &mut out.outer_values)?;
        out.outer.push(sql);
        return Ok(());
    }
    let column =
        view.column(&f.column).ok_or_else(|| CaseError::NoSuchColumn { view: view.name.into(), column: f.column.clone() })?;
    let sql = condition(&format!("\"{}\"", column.name), column.kind, column.encoding, f, &mut out.outer_values)?;
    out.outer.push(sql);
    Ok(())
}

fn condition(expression: &str, kind: ColumnKind, encoding: Encoding, f: &Filter, values: &mut Vec<Value>) -> Result<String> {
    if !OPERATORS.contains(&f.op.as_str()) {
        return Err(CaseError::BadFilter(format!("no operator is called {}", f.op)));
    }
    let first = f.values.first().ok_or_else(|| CaseError::BadFilter(format!("the filter on {} has no value", f.column)))?;
    let null = first.is_empty() || first == "null";
    if null && (f.op == "=" || f.op == "!=") {
        return Ok(format!("{expression} IS {}NULL", if f.op == "=" { "" } else { "NOT " }));
    }
    match encoding {
        Encoding::Word => return Ok(word_condition(expression, f, first, values)),
        Encoding::Code(codes) if f.op == "contains" => {
            let fits: Vec<String> =
                codes.all().into_iter().filter(|(_, l)| l.contains(first.as_str())).map(|(c, _)| c.to_string()).collect();
            return Ok(format!("{expression} IN ({})", fits.join(",")));
        }
        Encoding::Plain | Encoding::WordList | Encoding::Code(_) => {}
    }
    let value = |text: &String| -> Result<Value> {
        let wrong = |what: &str| CaseError::BadFilter(format!("{} takes {what}, not \"{text}\"", f.column));
        if let Encoding::Code(codes) = encoding {
            let known = codes.all().iter().map(|(_, l)| *l).collect::<Vec<_>>().join(", ");
            return codes.code(text).map(Value::Integer).ok_or_else(|| wrong(&format!("one of {known}")));
        }
        match kind {
            ColumnKind::Time => parse_time(text).map(Value::Integer).ok_or_else(|| wrong("a time such as 2025-06-24T07:20:34Z")),
            ColumnKind::Integer | ColumnKind::Bytes => text.parse().map(Value::Integer).map_err(|_| wrong("a whole number")),
            ColumnKind::Text
            | ColumnKind::Path
            | ColumnKind::State
            | ColumnKind::Digest
            | ColumnKind::Words
            | ColumnKind::Json => Ok(Value::Text(text.clone())),
        }
    };
    match f.op.as_str() {
        "contains" => {
            values.push(Value::Text(like(first)));
            Ok(format!("{expression} LIKE ? ESCAPE '\\'"))
        }
        "in" => {
            for v in &f.values {
                values.push(value(v)?);
            }
            Ok(format!("{expression} IN ({})", marks(f.values.len())))
        }
        "!=" => {
            values.push(value(first)?);
            Ok(format!("{expression} IS NOT ?"))
        }
        op => {
            values.push(value(first)?);
            Ok(format!("{expression} {op} ?"))
        }
    }
}

/// Words are looked up once in the dictionary; the rows are then found by number.
fn word_condition(expression: &str, f: &Filter, first: &str, values: &mut Vec<Value>) -> String {
    let (test, used): (String, Vec<Value>) = match f.op.as_str() {
        "contains" => ("{} LIKE ? ESCAPE '\\'".into(), vec![Value::Text(like(first))]),
        "in" => (format!("{{}} IN ({})", marks(f.values.len())), f.values.iter().cloned().map(Value::Text).collect()),
        "!=" => ("{} = ?".into(), vec![Value::Text(first.into())]),
        op => (format!("{{}} {op} ?"), vec![Value::Text(first.into())]),
    };
    values.extend(used.iter().cloned().chain(used.clone()));
    let of = |column: &str| test.replace("{}", column);
    let positive = format!(
        "({expression} IN (SELECT id FROM word WHERE {}) OR (typeof({expression}) <> 'integer' AND {}))",
        of("value"),
        of(expression)
    );
    if f.op == "!=" { format!("({expression} IS NULL OR NOT {positive})") } else { positive }
}

fn marks(n: usize) -> String {
    vec!["?"; n].join(",")
}

fn like(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

//! Filters: "column op value", turned into SQL over the view's columns.

use super::definition::{BaseColumn, Encoding, View};
use super::functions::address_order;
use super::time_text::parse_time;
use crate::address::Address;
use crate::api::{ColumnKind, Filter, Query};
use crate::error::{CaseError, Result};
use crate::template::{self, Stored, decimal};
use rusqlite::types::{Value, ValueRef};

/// SQL conditions with their parameters.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Ids of the only events to be read, where the view names which and they are few.
    pub events: Option<Value>,
    /// Over the rows of the view.
    pub outer: Vec<String>,
    /// Over the rows below a grouped view.
    pub inner: Vec<String>,
    pub outer_values: Vec<Value>,
    pub inner_values: Vec<Value>,
}

const OPERATORS: [&str; 8] = ["!=", "<=", ">=", "=", "<", ">", "contains", "in"];

/// As it is typed.
impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.column, self.op, self.values.join(","))
    }
}

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

pub fn condition(expression: &str, kind: ColumnKind, encoding: Encoding, f: &Filter, values: &mut Vec<Value>) -> Result<String> {
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
        Encoding::Template => return template_condition(expression, f, values),
        Encoding::Id if f.op == "contains" => {
            values.push(Value::Text(like(first)));
            return Ok(format!("CAST({expression} AS TEXT) LIKE ? ESCAPE '\\'"));
        }
        Encoding::Address if f.op == "contains" => {
            values.push(Value::Text(first.clone()));
            return Ok(format!("text_contains(address_text({expression}), ?)"));
        }
        Encoding::Code(codes) if f.op == "contains" => {
            let fits: Vec<String> =
                codes.all().into_iter().filter(|(_, l)| l.contains(first.as_str())).map(|(c, _)| c.to_string()).collect();
            return Ok(format!("{expression} IN ({})", fits.join(",")));
        }
        Encoding::Plain | Encoding::Id | Encoding::Address | Encoding::WordList | Encoding::Code(_) => {}
    }
    let value = |text: &String| -> Result<Value> {
        let wrong = |what: &str| CaseError::BadFilter(format!("{} takes {what}, not \"{text}\"", f.column));
        if let Encoding::Code(codes) = encoding {
            let known = codes.all().iter().map(|(_, l)| *l).collect::<Vec<_>>().join(", ");
            return codes.code(text).map(Value::Integer).ok_or_else(|| wrong(&format!("one of {known}")));
        }
        if encoding == Encoding::Address {
            return Ok(Address::of(text.as_bytes()).value());
        }
        if let (Encoding::Id, Some(n)) = (encoding, decimal(text.as_bytes())) {
            return Ok(Value::Integer(n));
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
            if encoding == Encoding::Address && op != "=" {
                if address_order(ValueRef::from(&Address::of(first.as_bytes()).value())).is_none_or(|by| by.first() != Some(&0)) {
                    let why = format!("{} {op} takes an address such as 192.0.2.7 or 2001:db8::7, not \"{first}\"", f.column);
                    return Err(CaseError::BadFilter(why));
                }
                return Ok(format!("address_key({expression}) {op} address_key(?)"));
            }
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

/// Targets of requests: the templates are few, so they are asked first, and the numbers of a row
/// only where a template leaves it open.
fn template_condition(expression: &str, f: &Filter, values: &mut Vec<Value>) -> Result<String> {
    let equal = |text: &String, values: &mut Vec<Value>| {
        let mut word = Vec::new();
        let numbers = template::split(text.as_bytes(), &mut word).unwrap_or_default();
        let word = if numbers.as_slice().is_empty() { text.clone() } else { String::from_utf8_lossy(&word).into_owned() };
        values.push(Value::Text(word));
        values.push(match numbers.stored() {
            Stored::None => Value::Null,
            Stored::One(n) => Value::Integer(n),
            Stored::More(text) => Value::Text(text),
        });
        values.push(Value::Text(text.clone()));
        format!("(({expression} = (SELECT id FROM word WHERE value = ?) AND numbers IS ?) OR {expression} = ?)")
    };
    let first = f.values.first().cloned().unwrap_or_default();
    let sql = match f.op.as_str() {
        "=" | "in" => f.values.iter().map(|v| equal(v, values)).collect::<Vec<_>>().join(" OR "),
        "!=" => format!("({expression} IS NULL OR NOT {})", equal(&first, values)),
        "contains" => {
            values.extend([(); 4].map(|()| Value::Text(first.clone())));
            format!(
                "({expression} IN (SELECT id FROM word WHERE template_contains(value, ?) = 2) \
                 OR (typeof({expression}) <> 'integer' AND text_contains({expression}, ?)) \
                 OR ({expression} IN (SELECT id FROM word WHERE template_contains(value, ?) = 1) \
                 AND text_contains(expand((SELECT value FROM word WHERE id = {expression}), numbers), ?)))"
            )
        }
        op => {
            return Err(CaseError::BadFilter(format!(
                "{} can be asked for with =, !=, in and contains, not with {op}",
                f.column
            )));
        }
    };
    Ok(format!("({sql})"))
}

fn marks(n: usize) -> String {
    vec!["?"; n].join(",")
}

pub fn like(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

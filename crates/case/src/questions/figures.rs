//! Figures that were published or claimed: each with its unit, date, author and definition, the
//! document it stands in, and the query that gives it again, or that nothing held gives it. A figure
//! is never changed: another supersedes it. Each is an entry of the ledger; what people wrote is kept
//! as salted statements.

use super::count::{CountQuestion, count};
use super::held;
use crate::clock::now_micros;
use crate::digest;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::Json;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a figure counts. Figures of different units are never compared.
pub const UNITS: [&str; 9] = ["requests", "accounts", "third_parties", "data_kinds", "people", "files", "bytes", "days", "other"];

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Figure {
    /// Number of the figure, from 1; given by the case.
    #[serde(default)]
    pub number: u32,
    #[ts(type = "number")]
    pub value: i64,
    /// One of the units.
    pub unit: String,
    /// Day on which it was stated.
    pub date: String,
    pub author: String,
    pub definition: String,
    /// SHA-256 of the document it stands in, hex.
    pub document_sha256: Option<String>,
    /// The query that gives it; where absent, nothing held gives it.
    pub query: Option<CountQuestion>,
    /// The figure it takes the place of.
    pub supersedes: Option<u32>,
}

/// A figure as it stands now.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct FigureState {
    pub figure: Figure,
    /// Number of the entry that holds it.
    #[ts(type = "number")]
    pub entry: u64,
    pub superseded_by: Option<u32>,
    /// What the query gives now.
    #[ts(type = "number | null")]
    pub found: Option<i64>,
    /// "reproduced", "differs", "not reproducible from the evidence held", or that with the reason after
    /// a colon.
    pub standing: String,
    /// Imports that were in the case when it was entered, and that are there now.
    #[ts(type = "number")]
    pub imports_then: u64,
    #[ts(type = "number")]
    pub imports_now: u64,
}

const NOT_REPRODUCIBLE: &str = "not reproducible from the evidence held";

fn invalid(why: &str) -> CaseError {
    CaseError::BadQuestion {
        why: format!("a figure {why}"),
        hint: "A figure is a whole number with --unit, --date, --author and --definition.",
    }
}

/// An entry is for good, so that nothing is written that could not be read again.
fn check(store: &Store, f: &Figure, known: &[FigureState]) -> Result<()> {
    if f.value < 0 {
        return Err(invalid(&format!("counts something and is not negative: {}", f.value)));
    }
    if !UNITS.contains(&f.unit.as_str()) {
        return Err(invalid(&format!("has one of the units {}, not {}", UNITS.join(", "), f.unit)));
    }
    let Ok(date) = f.date.parse::<jiff::civil::Date>() else {
        return Err(invalid(&format!("has a date such as 2025-11-20, not {}", f.date)));
    };
    // The day may have begun already further east.
    if date.to_string() > super::day_text(now_micros().div_euclid(crate::tally::DAY) + 1) {
        return Err(invalid(&format!("was stated already; {date} is yet to come")));
    }
    if f.author.trim().is_empty() || f.definition.trim().is_empty() {
        return Err(invalid("has an author and a definition of what was counted"));
    }
    if f.document_sha256.as_deref().is_some_and(|d| ledger::hash_from_hex(d).is_none()) {
        return Err(invalid("names its document by 64 hexadecimal digits"));
    }
    if f.query.is_some() && !matches!(f.unit.as_str(), "requests" | "accounts" | "third_parties") {
        return Err(invalid("has a query only where its unit is requests, accounts or third_parties"));
    }
    if let Some(q) = &f.query {
        value(store, &f.unit, q)?;
        if let Some(why) = held::unknown(store, q)? {
            return Err(invalid(&format!("is given by a query of what the case has; {why}")));
        }
    }
    match f.supersedes {
        Some(n) if !known.iter().any(|k| k.figure.number == n) => {
            Err(invalid(&format!("supersedes figure {n}, which is not there")))
        }
        Some(n) if known.iter().any(|k| k.figure.number == n && k.superseded_by.is_some()) => {
            Err(invalid(&format!("supersedes figure {n}, which is superseded already")))
        }
        _ => Ok(()),
    }
}

/// Adds a figure; returns its number.
pub fn add(store: &mut Store, figure: Figure) -> Result<u32> {
    let known = list(store)?;
    check(store, &figure, &known)?;
    let number = known.iter().map(|k| k.figure.number).max().unwrap_or(0) + 1;
    let figure = Figure { number, ..figure };
    let text = serde_json::to_string(&figure).map_err(|e| CaseError::Ledger(e.to_string()))?;
    let statement = Statement { kind: "figure".into(), about: Some(number.to_string()), value: Some(text) };
    let supersedes = figure.supersedes.map_or(Json::Null, |n| Json::Int(n.into()));
    entries::append(store, "figure.add", |store, seq| {
        let outputs = write_statements(store, seq, std::slice::from_ref(&statement))?;
        let params = Json::map([("figure", Json::Int(number.into())), ("supersedes", supersedes)]);
        Ok(vec![("params", params), ("outputs", outputs)])
    })?;
    Ok(number)
}

/// All figures, with what the case gives for each.
pub fn list(store: &Store) -> Result<Vec<FigureState>> {
    let mut q = store.db.prepare("SELECT entry, value FROM statement WHERE kind = 'figure' ORDER BY id")?;
    let rows = q.query_map([], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, Option<String>>(1)?)))?;
    let mut out: Vec<FigureState> = Vec::new();
    for row in rows {
        let (entry, text) = row?;
        let figure: Figure = serde_json::from_str(&text.unwrap_or_default())
            .map_err(|e| CaseError::Ledger(format!("a figure in entry {entry} cannot be read: {e}")))?;
        if let Some(old) = figure.supersedes
            && let Some(superseded) = out.iter_mut().find(|f| f.figure.number == old)
        {
            superseded.superseded_by = Some(figure.number);
        }
        let (found, standing) = match &figure.query {
            None => (None, NOT_REPRODUCIBLE.into()),
            Some(q) => standing(store, &figure, q),
        };
        let of = "SELECT count(*) FILTER (WHERE begin < ?1), count(*) FROM import";
        let (then, now): (i64, i64) = store.db.query_row(of, [entry], |r| Ok((r.get(0)?, r.get(1)?)))?;
        out.push(FigureState {
            figure,
            entry: entry.cast_unsigned(),
            superseded_by: None,
            found,
            standing,
            imports_then: then.cast_unsigned(),
            imports_now: now.cast_unsigned(),
        });
    }
    Ok(out)
}

/// What a query gives now, and how the figure stands by it. One that cannot be asked leaves the others be.
fn standing(store: &Store, figure: &Figure, q: &CountQuestion) -> (Option<i64>, String) {
    let asked = value(store, &figure.unit, q).and_then(|n| Ok((n, held::unknown(store, q)?)));
    match asked {
        Err(e) => (None, format!("{NOT_REPRODUCIBLE}: {e}")),
        Ok((_, Some(why))) => (None, format!("{NOT_REPRODUCIBLE}: {why}")),
        Ok((n, None)) => (Some(n), if n == figure.value { "reproduced" } else { "differs" }.into()),
    }
}

/// The one number that a query gives in a unit.
fn value(store: &Store, unit: &str, q: &CountQuestion) -> Result<i64> {
    let counts = count(store, &CountQuestion { by: Vec::new(), ..q.clone() }, None)?;
    let row = counts.rows.first().cloned().unwrap_or_default();
    let n = match unit {
        "requests" => row.requests,
        "third_parties" => row.third_parties,
        _ => row.subjects,
    };
    Ok(n.cast_signed())
}

/// SHA-256 of a document, hex.
pub fn digest_of(path: &std::path::Path) -> Result<String> {
    let named = |e: std::io::Error| std::io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    Ok(hex::encode(digest::of_file(path).map_err(named)?.1))
}

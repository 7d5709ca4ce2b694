//! How many of what: requests (page views), distinct subjects (accounts) and third parties, by any of actor, kind of
//! data, day and source, from the sets kept in the case. Numbers of different units are never added.

use super::Tell;
use super::reached::Counter;
use crate::columns::Dictionaries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::tally::DAY;
use crate::words::TextOrBlob;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{OptionalExtension, params_from_iter};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use ts_rs::TS;

/// What to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum By {
    Actor,
    Kind,
    Day,
    Source,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CountQuestion {
    pub by: Vec<By>,
    pub actor: Option<String>,
    /// A kind of personal data.
    pub kind: Option<String>,
    pub source: Option<u32>,
    /// First day, `2025-06-24`, UTC; inclusive.
    pub from: Option<String>,
    /// Last day, exclusive.
    pub to: Option<String>,
    /// Requests that were not served too.
    pub asked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Counts {
    pub rows: Vec<CountRow>,
    /// What each number counts.
    pub units: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CountRow {
    pub actor: Option<String>,
    pub kind: Option<String>,
    pub day: Option<String>,
    pub source: Option<u32>,
    #[ts(type = "number")]
    pub requests: u64,
    #[ts(type = "number")]
    pub subjects: u64,
    #[ts(type = "number")]
    pub third_parties: u64,
}

/// Kinds of data by the value that the rows hold of them.
const KINDS: &str = "SELECT s.exposes, j.value AS kind FROM (SELECT DISTINCT exposes FROM shape WHERE exposes IS NOT NULL) s
    LEFT JOIN word w ON w.id = s.exposes, json_each('[\"' || replace(coalesce(w.value, s.exposes), ',', '\",\"') || '\"]') j";

/// `tell` is told of the rows of sums that are added up; it asks for a store that reads nothing else.
pub fn count(store: &Store, q: &CountQuestion, tell: Option<&Tell>) -> Result<Counts> {
    let by_kind = q.by.contains(&By::Kind) || q.kind.is_some();
    // By actor and kind, what was served is summed already.
    let summed = by_kind
        && !q.asked
        && !q.by.iter().any(|by| matches!(by, By::Day | By::Source))
        && q.source.is_none()
        && q.from.is_none()
        && q.to.is_none();
    let mut conditions = vec![if q.asked || summed { "1".to_owned() } else { "t.served = 1".to_owned() }];
    let mut values = Vec::new();
    let kind_column = if summed { "t.kind" } else { "k.kind" };
    if let Some(actor) = &q.actor {
        let word = store
            .db
            .query_row("SELECT id FROM word WHERE value = ?1", [TextOrBlob(actor.as_bytes())], |r| r.get::<_, i64>(0))
            .optional()?;
        conditions.push("t.actor = ?".into());
        values.push(word.map_or_else(|| Value::Text(actor.clone()), Value::Integer));
    }
    if let Some(kind) = &q.kind {
        conditions.push(format!("{kind_column} = ?"));
        values.push(Value::Text(kind.clone()));
    }
    if let Some(n) = q.source {
        conditions.push("t.import = ?".into());
        values.push(Value::Integer(n.into()));
    }
    for (bound, op) in [(&q.from, ">="), (&q.to, "<")] {
        if let Some(text) = bound {
            let at = crate::view::parse_time(text).filter(|at| at.rem_euclid(DAY) == 0);
            let day = at.ok_or_else(|| {
                CaseError::BadFilter(format!("{text} is not a day such as 2025-06-24; sets are kept by whole days, UTC (the view data-kinds counts over any times)"))
            })?;
            conditions.push(format!("t.day {op} ?"));
            values.push(Value::Integer(day / DAY));
        }
    }
    let columns: Vec<&str> = [By::Actor, By::Kind, By::Day, By::Source]
        .into_iter()
        .map(|by| match (by, q.by.contains(&by)) {
            (By::Actor, true) => "t.actor",
            (By::Kind, true) => kind_column,
            (By::Day, true) => "t.day",
            (By::Source, true) => "t.import",
            _ => "NULL",
        })
        .collect();
    // One row for each group: its numbers stand in it.
    let one_each = (q.by.contains(&By::Actor) || q.actor.is_some()) && (q.by.contains(&By::Kind) || q.kind.is_some());
    let (tables, numbers) = match (summed, one_each) {
        (true, true) => ("exposed t".to_owned(), "sum(t.subjects), sum(t.third_parties)"),
        (true, false) => ("exposed t".to_owned(), "set_count(t.got), set_count(t.named)"),
        (false, _) => {
            let kinds = if by_kind { format!("JOIN ({KINDS}) k ON k.exposes = t.exposes") } else { String::new() };
            (format!("tally t {kinds}"), "set_count(t.subjects), set_count(t.third_parties)")
        }
    };
    let conditions = conditions.join(" AND ");
    let (requests, stopped) = match tell {
        None => ("t.requests", Arc::<AtomicBool>::default()),
        Some(tell) => {
            let of = format!("SELECT count(*) FROM {tables} WHERE {conditions}");
            let of: i64 = store.db.query_row(&of, params_from_iter(&values), |r| r.get(0))?;
            let rows = Counter::new(Some(tell), of.cast_unsigned())?;
            let stopped = rows.stopped();
            counted(store, rows)?;
            ("counted(t.requests)", stopped)
        }
    };
    let sql = format!(
        "SELECT {}, sum({requests}), {numbers} FROM {tables} WHERE {conditions} GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC, 5 DESC, 3, 1, 2, 4",
        columns.join(", "),
    );
    let out = match read(store, &sql, values) {
        Err(_) if stopped.load(Ordering::Relaxed) => return Err(CaseError::Cancelled),
        done => done?,
    };
    let which = if q.asked { "all, served or not" } else { "answered with a status of 2xx, or with none recorded" };
    Ok(Counts {
        rows: out,
        units: vec![
            ("requests".into(), format!("requests (page views), {which}")),
            (
                "subjects".into(),
                "distinct subjects (accounts) of those requests; numbers of several rows overlap and are not to be added".into(),
            ),
            (
                "third_parties".into(),
                "distinct third parties that those requests name one by one, such as entries of a subject's address book; a request for a whole list names none, so that the number is the least there can be".into(),
            ),
        ],
    })
}

/// Adds `counted(n)` to the connection: it gives `n`, and counts one row that is added up. SQLite takes
/// a function only while no statement of the connection runs.
fn counted(store: &Store, rows: Counter) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let count = move |ctx: &Context<'_>| {
        rows.row().map_err(|e| rusqlite::Error::UserFunctionError(Box::new(e)))?;
        ctx.get::<Option<i64>>(0)
    };
    Ok(store.db.create_scalar_function("counted", 1, flags, count)?)
}

fn read(store: &Store, sql: &str, values: Vec<Value>) -> Result<Vec<CountRow>> {
    let mut known = Dictionaries::default();
    let mut statement = store.db.prepare(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let requests: Option<i64> = r.get(4)?;
        let Some(requests) = requests else { continue };
        let text = |b: Option<Vec<u8>>| b.map(|b| String::from_utf8_lossy(&b).into_owned());
        out.push(CountRow {
            actor: match r.get_ref(0)? {
                ValueRef::Null => None,
                v => text(known.words.bytes(&store.db, v)?),
            },
            kind: r.get(1)?,
            day: r.get::<_, Option<i64>>(2)?.map(super::day_text),
            source: r.get(3)?,
            requests: requests.cast_unsigned(),
            subjects: r.get::<_, i64>(5)?.cast_unsigned(),
            third_parties: r.get::<_, i64>(6)?.cast_unsigned(),
        });
    }
    Ok(out)
}

//! What the logs of a case have: whether what a count asks about is there at all, and which days they
//! cover, without which a small number says nothing.

use super::count::CountQuestion;
use super::coverage::is_log;
use super::{day_text, utc};
use crate::error::Result;
use crate::store::Store;
use crate::tally::{Pace, kinds_of};
use crate::words::{WordReader, stored_forms};
use rusqlite::params_from_iter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// What the case does not have of what a count names, in words.
pub fn unknown(store: &Store, q: &CountQuestion) -> Result<Option<String>> {
    if let Some(n) = q.source {
        let there: bool = store.db.query_row("SELECT EXISTS (SELECT 1 FROM import WHERE n = ?1)", [n], |r| r.get(0))?;
        if !there {
            return Ok(Some(format!("it has no source {n}")));
        }
    }
    if let Some(actor) = &q.actor
        && !has_actor(store, actor)?
    {
        return Ok(Some(format!("no request in it is of an actor {actor}")));
    }
    match &q.kind {
        Some(kind) if !has_kind(store, kind)? => Ok(Some(format!("no request in it names the kind of data {kind}"))),
        _ => Ok(None),
    }
}

fn has_actor(store: &Store, actor: &str) -> Result<bool> {
    let forms = stored_forms(&store.db, actor)?;
    let marks = vec!["?"; forms.len()].join(",");
    let sql = format!("SELECT EXISTS (SELECT 1 FROM pair WHERE actor IN ({marks}))");
    Ok(store.db.query_row(&sql, params_from_iter(forms), |r| r.get(0))?)
}

/// Shapes are few, and each kind stands in one.
fn has_kind(store: &Store, kind: &str) -> Result<bool> {
    let mut words = WordReader::default();
    let mut statement = store.db.prepare("SELECT DISTINCT exposes FROM shape WHERE exposes IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let exposes = words.bytes(&store.db, r.get_ref(0)?)?.unwrap_or_default();
        if kinds_of(&exposes).any(|k| k == kind.as_bytes()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the logs that a count is answered from cover.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Held {
    /// Times of the first and the last event of any log.
    pub first: Option<String>,
    pub last: Option<String>,
    /// Days asked about, from the first event to the last where no bound is given; those without any event.
    #[ts(type = "number")]
    pub days: u64,
    #[ts(type = "number")]
    pub days_without: u64,
    /// The first of those.
    pub examples_without: Vec<String>,
    /// Events without a time: they are of no day.
    #[ts(type = "number")]
    pub undated: u64,
    /// Files with events whose bytes are those of another: their events are counted once for each.
    #[ts(type = "number")]
    pub repeated: u64,
}

/// Days without an event that are named.
const MOST_NAMED: usize = 5;

/// `from` is the first day, `to` the first no more, since 1970.
pub fn held(store: &Store, source: Option<u32>, from: Option<i64>, to: Option<i64>) -> Result<Held> {
    let mut statement =
        store.db.prepare("SELECT parser, undated, first, last, hours FROM pace WHERE ?1 IS NULL OR import = ?1")?;
    let mut rows = statement.query([source])?;
    let (mut first, mut last, mut undated) = (None::<i64>, None::<i64>, 0i64);
    let mut with: BTreeSet<i64> = BTreeSet::new();
    while let Some(r) = rows.next()? {
        if !is_log(r.get(0)?) {
            continue;
        }
        undated = undated.saturating_add(r.get(1)?);
        first = [first, r.get(2)?].into_iter().flatten().min();
        last = last.max(r.get(3)?);
        let hours = Pace::read_hours(r.get_ref(4)?.as_blob().unwrap_or_default()).unwrap_or_default();
        with.extend(hours.keys().map(|hour| hour.div_euclid(24)));
    }
    // Days before the first event are asked about where a bound says so.
    let low = from.or_else(|| with.first().copied());
    let high = to.or_else(|| with.last().map(|day| day + 1));
    let span = low.zip(high).filter(|(low, high)| low < high);
    let days = span.map_or(0, |(low, high)| high.abs_diff(low));
    let there = span.map_or(0, |(low, high)| with.range(low..high).count() as u64);
    let none = span.into_iter().flat_map(|(low, high)| low..high).filter(|day| !with.contains(day));
    let repeated: i64 = store.db.query_row(
        "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM source WHERE sha256 IS NOT NULL AND bytes > 0
           AND id IN (SELECT import << 40 | source FROM pace) AND (?1 IS NULL OR id >> 40 = ?1)
         GROUP BY sha256 HAVING n > 1)",
        [source],
        |r| r.get(0),
    )?;
    Ok(Held {
        first: first.map(utc),
        last: last.map(utc),
        days,
        days_without: days - there,
        examples_without: none.take(MOST_NAMED).map(day_text).collect(),
        undated: undated.cast_unsigned(),
        repeated: repeated.cast_unsigned(),
    })
}

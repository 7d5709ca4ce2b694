//! What a view holds in short: the commonest values of a column, and how many rows by time. Of views
//! of events both come from the postings, where these tell all there is to ask.

use super::engine::{EVENT, Engine, outer, parameters};
use super::plan::Plan;
use super::sums;
use crate::api::{Facet, Histogram, Query};
use crate::error::{CaseError, Result};
use crate::postings::{Bound, Kind, Members, Postings, Walk, is_text};
use hashbrown::HashMap;
use model::Zone;
use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};

/// Shapes counted one by one.
const MOST_SHAPES: u64 = 1000;

impl Engine<'_> {
    /// The commonest values of a column; and whether there are more.
    pub fn facets(&mut self, query: &Query, column: &str, limit: u32) -> Result<(Vec<Facet>, bool)> {
        let query = &*self.chosen(query)?;
        self.fill_summed()?;
        let known = self.view.column(column).filter(|c| c.facet);
        let column = known.ok_or_else(|| CaseError::NoSuchColumn { view: self.view.name.into(), column: column.into() })?.clone();
        let limit = limit.clamp(1, 1000) as usize;
        if self.view.id == Some(EVENT)
            && let Some(plan) = self.plan(query)?.filter(|p| p.is_exact())
            && let Some(values) = self.counted_values(&plan, column.name)?
        {
            let more = values.len() > limit;
            let facet = |(value, n): (Value, u64)| -> Result<Facet> {
                Ok(Facet { value: self.cell(&column, ValueRef::from(&value), Zone::Utc)?.text(), count: n.to_string() })
            };
            return Ok((values.into_iter().take(limit).map(facet).collect::<Result<_>>()?, more));
        }
        let c = self.narrowed(query)?;
        let sql = format!(
            "SELECT \"{0}\", count(*) FROM ({1}){2} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {3}",
            column.name,
            self.source(&c),
            outer(&c),
            limit + 1
        );
        let mut q = self.db.prepare(&sql)?;
        let mut rows = q.query(params_from_iter(parameters(&c)))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let cell = self.cell(&column, row.get_ref(0)?, Zone::Utc)?;
            out.push(Facet { value: cell.text(), count: row.get::<_, i64>(1)?.to_string() });
        }
        let more = out.len() > limit;
        out.truncate(limit);
        Ok((out, more))
    }

    /// Rows by time in equal bins over the range of the query, or of the rows.
    pub fn histogram(&mut self, query: &Query, bins: u32) -> Result<Histogram> {
        let empty = Histogram { start: "0".into(), width: "1".into(), counts: Vec::new(), undated: "0".into() };
        let Some(time) = self.view.time.filter(|t| self.view.column(t).is_some()) else { return Ok(empty) };
        if let Some(plan) = self.plan(query)?.filter(|p| p.is_exact() && self.view.id == Some(EVENT)) {
            return Self::bins(self.postings()?, &plan, bins);
        }
        let c = self.narrowed(query)?;
        let from = format!("FROM ({}){}", self.source(&c), outer(&c));
        let values = || params_from_iter(parameters(&c));
        let (least, most): (Option<i64>, Option<i64>) =
            self.db.query_row(&format!("SELECT min(\"{time}\"), max(\"{time}\") {from}"), values(), |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        let null = if outer(&c).is_empty() { "WHERE" } else { "AND" };
        let undated: i64 =
            self.db.query_row(&format!("SELECT count(*) {from} {null} \"{time}\" IS NULL"), values(), |r| r.get(0))?;
        let (Some(least), Some(most)) = (least, most) else { return Ok(Histogram { undated: undated.to_string(), ..empty }) };
        let bins = i64::from(bins.clamp(1, 1000));
        let width = ((most - least) / bins + 1).max(1);
        let sql = format!("SELECT (\"{time}\" - {least}) / {width}, count(*) {from} {null} \"{time}\" IS NOT NULL GROUP BY 1");
        let mut counts = vec![0u32; bins as usize];
        let mut q = self.db.prepare(&sql)?;
        let mut rows = q.query(values())?;
        while let Some(row) = rows.next()? {
            let (bin, n): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some(slot) = usize::try_from(bin).ok().and_then(|b| counts.get_mut(b)) {
                *slot = u32::try_from(n).unwrap_or(u32::MAX);
            }
        }
        Ok(Histogram { start: least.to_string(), width: width.to_string(), counts, undated: undated.to_string() })
    }

    /// Stored values of a column with the rows that hold each, the commonest first; None where the
    /// postings do not tell.
    fn counted_values(&mut self, plan: &Plan, column: &str) -> Result<Option<Vec<(Value, u64)>>> {
        let (db, members) = (self.db, plan.met());
        let postings = self.postings()?;
        let mut values: Vec<(Value, u64)> = match column {
            "actor" | "address" => {
                let kind = if column == "actor" { Kind::Actor } else { Kind::Address };
                let texts = match (postings.has_texts(kind)?, kind) {
                    (false, _) => Vec::new(),
                    (true, Kind::Address) if !self.has_open_import()? => match sums::addresses(db, self.postings()?, &members)? {
                        Some(texts) => texts,
                        None => return Ok(None),
                    },
                    // Keys of texts are hashes, and which text it is only the rows tell.
                    (true, _) => return Ok(None),
                };
                let postings = self.postings()?;
                let counts = members.counts(postings, kind)?;
                let none = plan.count(postings)?.saturating_sub(counts.values().sum());
                let keyed = counts.into_iter().filter(|(key, _)| !is_text(*key)).map(|(key, n)| (Value::Integer(key), n));
                keyed
                    .chain(texts.iter().map(|(text, n)| (sums::address(text), *n)))
                    .chain(Some((Value::Null, none)).filter(|(_, n)| *n > 0))
                    .collect()
            }
            "source" => {
                let mut rows: HashMap<i64, u64> = HashMap::new();
                for part in postings.parts() {
                    let n = members.rows_in(postings, *part)?;
                    *rows.entry(part >> 40).or_default() += n;
                }
                rows.into_iter().filter(|(_, n)| *n > 0).map(|(import, n)| (Value::Integer(import), n)).collect()
            }
            "action" | "status" | "exposes" | "state" | "parser" => {
                let shapes = shapes_of(postings, &members)?;
                let mut q = db.prepare_cached(&format!("SELECT {column} FROM shape WHERE id = ?1"))?;
                let mut values: Vec<(Value, u64)> = Vec::new();
                for (shape, n) in shapes {
                    let value: Value = q.query_row([shape], |r| r.get(0))?;
                    match values.iter_mut().find(|(known, _)| *known == value) {
                        Some((_, sum)) => *sum += n,
                        None => values.push((value, n)),
                    }
                }
                values
            }
            _ => return Ok(None),
        };
        values.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| stored_order(a).cmp(&stored_order(b))));
        Ok(Some(values))
    }

    /// Bins of the rows that a plan meets.
    pub(super) fn bins(postings: &Postings<'_>, plan: &Plan, bins: u32) -> Result<Histogram> {
        let mut undated = plan.clone();
        undated.dated = false;
        let undated = undated.count(postings)?;
        let mut out = Histogram { start: "0".into(), width: "1".into(), counts: Vec::new(), undated: undated.to_string() };
        let (low, high) = (Bound::before(plan.from), Bound::after(plan.to));
        let end = |descending| -> Result<Option<i64>> {
            let mut walk = Walk::new(postings, Kind::Time, &plan.members, Some(low), Some(high), descending)?;
            Ok(if plan.dated { walk.next()?.map(|b| b.key) } else { None })
        };
        let (Some(least), Some(most)) = (end(false)?, end(true)?) else { return Ok(out) };
        let bins = i64::from(bins.clamp(1, 1000));
        let width = (most.saturating_sub(least) / bins + 1).max(1);
        let mut counts = vec![0u32; bins as usize];
        if plan.members.is_all() {
            let mut before = postings.rank(Kind::Time, Bound::before(least))?;
            for (i, count) in (1..).zip(&mut counts) {
                let end = least.saturating_add(width.saturating_mul(i)).min(most.saturating_add(1));
                let bound = if i == bins { Bound::after(most) } else { Bound::before(end) };
                let now = postings.rank(Kind::Time, bound)?;
                *count = u32::try_from(now.saturating_sub(before)).unwrap_or(u32::MAX);
                before = now;
            }
        } else {
            let mut walk = Walk::new(postings, Kind::Time, &plan.members, Some(low), Some(high), false)?;
            while let Some(pair) = walk.next()? {
                let bin = usize::try_from(pair.key.saturating_sub(least) / width).unwrap_or(usize::MAX);
                if let Some(count) = counts.get_mut(bin) {
                    *count = count.saturating_add(1);
                }
            }
        }
        out = Histogram { start: least.to_string(), width: width.to_string(), counts, ..out };
        Ok(out)
    }
}

/// Rows of each shape; without a filter no segment is read.
fn shapes_of(postings: &Postings<'_>, members: &Members) -> Result<HashMap<i64, u64>> {
    let Some((least, most)) = postings.ends(Kind::Shape)? else { return Ok(HashMap::new()) };
    if !members.is_all() || most.abs_diff(least) > MOST_SHAPES {
        return members.counts(postings, Kind::Shape);
    }
    let counts = (least..=most).map(|shape| Ok((shape, postings.count(Kind::Shape, shape, shape)?)));
    counts.filter(|c| !matches!(c, Ok((_, 0)))).collect()
}

/// Nulls, then numbers, then text: as SQL sorts what is stored.
fn stored_order(value: &Value) -> (u8, i64, &[u8]) {
    match value {
        Value::Null => (0, 0, &[]),
        Value::Integer(n) => (1, *n, &[]),
        Value::Real(_) => (2, 0, &[]),
        Value::Text(t) => (3, 0, t.as_bytes()),
        Value::Blob(b) => (4, 0, b),
    }
}

//! Runs views: pages by key, counts, facets, histograms. Words and codes are translated after the
//! page is chosen, so that a page costs the same at any size.

use super::by_time::id_list;
use super::cell::ViewRow;
use super::cursor::{Cursor, CursorValue};
use super::definition::{Encoding, View};
use super::filter::{Conditions, conditions};
use super::functions::address_order;
use super::plan::Plan;
use super::sums::{Kept, Sums};
use crate::api::{Page, Query};
use crate::error::{CaseError, Result};
use crate::postings::Postings;
use crate::reached::Tell;
use crate::words::WordReader;
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};
use std::sync::Arc;

/// Id column of the views whose rows are events.
pub const EVENT: &str = "event_id";

pub struct Engine<'a> {
    pub(super) db: &'a Connection,
    pub(super) view: &'a View,
    /// The view as it was asked for; `view` may be its part over the counts.
    pub(super) whole: &'a View,
    pub(super) words: WordReader,
    pub(super) postings: Option<Postings<'a>>,
    pub(super) plain: bool,
    pub(super) kept: Arc<Kept>,
    /// Who is told how far an answer is, where that is known.
    pub(super) tell: Option<Tell>,
    /// Sums that the view is over and which its table does not hold yet.
    pub(super) summed: Option<Sums>,
    /// One state of the case for all that is read, and one lock instead of one for each statement.
    _snapshot: Option<Transaction<'a>>,
    /// Whether there are requests whose clock has no known zone, and others; once it was asked.
    pub(super) zones: Option<(bool, bool)>,
}

/// Which page.
pub(super) struct Wanted {
    pub cursor: Option<Cursor>,
    /// Negative: all.
    pub limit: i64,
    pub descending: bool,
}

impl<'a> Engine<'a> {
    pub fn new(db: &'a Connection, view: &'a View) -> Self {
        let snapshot = if db.is_autocommit() { db.unchecked_transaction().ok() } else { None };
        Self {
            db,
            view,
            whole: view,
            words: WordReader::default(),
            postings: None,
            plain: false,
            kept: Arc::default(),
            tell: None,
            summed: None,
            _snapshot: snapshot,
            zones: None,
        }
    }

    /// An engine that keeps sums for those that come after it.
    pub fn keeping(self, kept: &Arc<Kept>) -> Self {
        Self { kept: kept.clone(), ..self }
    }

    /// An engine that tells how far it is, and ends where it is told to.
    pub fn telling(self, tell: Option<&Tell>) -> Self {
        Self { tell: tell.cloned(), ..self }
    }

    /// An engine that leaves everything to SQL: slow, and what the other one must agree with.
    #[cfg(test)]
    pub fn plain(db: &'a Connection, view: &'a View) -> Self {
        Self { plain: true, ..Self::new(db, view) }
    }

    /// A page and the cursor of its last row; no cursor at the end.
    pub fn page(&mut self, query: &Query, page: &Page) -> Result<(Vec<ViewRow>, Option<String>)> {
        let (limit, cursor, position) = match page {
            Page::First { limit } => (*limit, None, 0),
            Page::After { cursor, limit } => (*limit, Some(cursor), 0),
            Page::At { position, limit } => (*limit, None, position.parse::<i64>().unwrap_or(0).max(0)),
        };
        let limit = i64::from(limit.clamp(1, 500));
        let cursor = match cursor {
            Some(text) => Some(serde_json::from_str(text).map_err(|_| CaseError::BadFilter("a cursor of another view".into()))?),
            None if position > 0 => Some(Cursor::Position(position)),
            None => None,
        };
        let mut rows = Vec::new();
        let next = self.each_from(query, cursor, limit, &mut |row| {
            rows.push(row);
            Ok(true)
        })?;
        let next = next.map(|c| serde_json::to_string(&c).unwrap_or_default());
        Ok((rows, next))
    }

    /// Every row under the query, in order, without a cap; stops where `take` answers false.
    pub fn each(&mut self, query: &Query, take: &mut dyn FnMut(ViewRow) -> Result<bool>) -> Result<()> {
        self.each_from(query, None, -1, take).map(|_| ())
    }

    fn each_from(
        &mut self,
        query: &Query,
        cursor: Option<Cursor>,
        limit: i64,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let query = &*self.chosen(query)?;
        let (order, descending) = self.order(query)?;
        let wanted = Wanted { cursor, limit, descending };
        if let Some(next) = self.page_of_summed(query, order.as_deref(), &wanted, take)? {
            return Ok(next);
        }
        if let Some(column) = order.as_deref().and_then(|o| self.view.column(o)).filter(|c| c.encoding == Encoding::Word) {
            return self.by_word(query, column.name, &wanted, take);
        }
        let Some((order, id)) = order.clone().zip(self.view.unique()) else {
            return self.by_position(query, order.as_deref(), &wanted, take);
        };
        let by_time = id == EVENT && order == "at";
        let few = match self.plan(query)? {
            Some(plan) => {
                let few = self.few(&plan, !by_time)?;
                if by_time && few.is_none() {
                    return self.by_time(query, &plan, &wanted, take);
                }
                few
            }
            None => None,
        };
        let mut left = limit;
        let mut last = None;
        // Rows with a value first, then those without: two plain ranges that an index serves.
        let (start, skip) = match &wanted.cursor {
            None => (None, 0),
            Some(Cursor::Position(n)) => (None, *n),
            Some(Cursor::Group { .. }) => return Err(CaseError::BadFilter("a cursor of another view".into())),
            Some(Cursor::Key { order, id }) => (Some((order.clone(), *id)), 0),
        };
        let mut skip = skip;
        let by = self.sorted_by(&order);
        for valued in [true, false] {
            if !valued && order == id {
                break;
            }
            let after = match &start {
                Some((None, _)) if valued => continue,
                Some((Some(v), i)) if valued => Some((Some(v.clone()), *i)),
                Some((None, i)) => Some((None, *i)),
                Some((Some(_), _)) | None => None,
            };
            let mut c = self.conditions(query, few.as_deref())?;
            let direction = if descending { "DESC" } else { "ASC" };
            let than = if descending { "<" } else { ">" };
            if order != id {
                c.outer.push(format!("{by} IS {}NULL", if valued { "NOT " } else { "" }));
            }
            match after {
                Some((Some(v), i)) if order != id => {
                    c.outer.push(format!("({by}, {id}) {than} (?, ?)"));
                    c.outer_values.extend([v.into_value(), Value::Integer(i)]);
                }
                Some((_, i)) => {
                    c.outer.push(format!("{id} {than} ?"));
                    c.outer_values.push(Value::Integer(i));
                }
                None => {}
            }
            let keys = if order == id {
                format!("{id} {direction}")
            } else if valued {
                format!("{by} {direction}, {id} {direction}")
            } else {
                format!("{id} {direction}")
            };
            let (sql, chosen) = self.ordered(&c, &keys, left, skip);
            let mut given = 0i64;
            let mut key = None;
            let done = !self.run(&sql, chosen.as_ref().unwrap_or(&c), &order, &|_| true, &mut |row, order_value| {
                given += 1;
                key = Some((order_value, row.unique));
                take(row)
            })?;
            if let Some((order, id)) = key {
                last = Some(Cursor::Key { order, id });
            }
            if left > 0 {
                left -= given;
            }
            if done || left == 0 && limit > 0 {
                return Ok(last);
            }
            if skip > 0 && given == 0 {
                // Skip what the valued range held.
                let held = self.count_sql(&c)?;
                skip = (skip - held).max(0);
            } else {
                skip = 0;
            }
        }
        // Fewer than asked for: this was the end.
        Ok(None)
    }

    fn by_position(
        &mut self,
        query: &Query,
        order: Option<&str>,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        if let Some(next) = self.page_of_subjects(query, order, wanted, take)? {
            return Ok(next);
        }
        if order == Some("subject") && self.view.base.iter().any(|b| b.name == "subject") {
            // Rows that are few are grouped at once.
            if let Some(plan) = self.plan(query)?
                && self.few(&plan, true)?.is_none()
            {
                return self.by_subject(query, &plan, wanted, take);
            }
        }
        let limit = wanted.limit;
        let at = match wanted.cursor {
            Some(Cursor::Position(n)) => n,
            Some(Cursor::Key { .. } | Cursor::Group { .. }) | None => 0,
        };
        let c = self.narrowed(query)?;
        let keys = match order {
            Some(order) => self.ties(order, wanted.descending),
            None => (1..=self.view.columns.len()).map(|n| n.to_string()).collect::<Vec<_>>().join(", "),
        };
        let sql = format!("{} ORDER BY {keys} LIMIT {limit} OFFSET {at}", self.select(&c));
        let mut given = 0;
        self.run(&sql, &c, "", &|_| true, &mut |row, _| {
            given += 1;
            take(row)
        })?;
        Ok((limit > 0 && given == limit).then_some(Cursor::Position(at + given)))
    }

    /// A page in an order. Rows that were counted are sorted by what they are sorted by alone, and made
    /// whole only where they are of the page: then there are other conditions.
    pub(super) fn ordered(&self, c: &Conditions, keys: &str, limit: i64, skip: i64) -> (String, Option<Conditions>) {
        let page = format!("ORDER BY {keys} LIMIT {limit} OFFSET {skip}");
        let Some(key) = self.view.key.filter(|_| limit > 0) else { return (format!("{} {page}", self.select(c)), None) };
        let chosen = format!("{key} IN (SELECT {key} FROM ({}){} {page})", self.source(c), outer(c));
        let chosen = Conditions { outer: vec![chosen], outer_values: parameters(c).cloned().collect(), ..Conditions::default() };
        (format!("{} ORDER BY {keys}", self.select(&chosen)), Some(chosen))
    }

    /// An order in which ties are broken by every column, so that two machines give the same.
    pub(super) fn ties(&self, order: &str, descending: bool) -> String {
        let direction = if descending { "DESC" } else { "ASC" };
        let ties: Vec<String> = (1..=self.view.columns.len()).map(|n| n.to_string()).collect();
        format!("{} {direction}, {}", self.sorted_by(order), ties.join(", "))
    }

    /// What a column is sorted by: addresses not as they are stored.
    fn sorted_by(&self, order: &str) -> String {
        let is_address = self.view.column(order).is_some_and(|c| c.encoding == Encoding::Address);
        if is_address { format!("address_order(\"{order}\")") } else { format!("\"{order}\"") }
    }

    /// Rows under the query, and rows of the view in all.
    pub fn count(&mut self, query: &Query) -> Result<(u64, u64)> {
        let kept = match self.whole.total.filter(|_| !self.plain) {
            Some(sql) => self.total(sql)?,
            None => None,
        };
        let total = match kept {
            Some(n) => n.cast_unsigned(),
            None => self.count_of(&Query::default())?,
        };
        let plain = query.filters.is_empty() && query.from.is_none() && query.to.is_none();
        Ok((if plain { total } else { self.count_of(query)? }, total))
    }

    fn count_of(&mut self, query: &Query) -> Result<u64> {
        let query = &*self.chosen(query)?;
        if let Some(groups) = self.count_of_summed(query)? {
            return Ok(groups);
        }
        if let Some(groups) = self.count_of_subjects(query)? {
            return Ok(groups);
        }
        let plan = self.plan(query)?;
        let of_events = self.view.id == Some(EVENT);
        if let Some(plan) = plan.as_ref().filter(|p| p.is_exact() && of_events) {
            return plan.count(self.postings()?);
        }
        let few = match &plan {
            Some(plan) => self.few(plan, true)?,
            None => None,
        };
        if let Some((few, plan)) = few.as_ref().zip(plan.as_ref()).filter(|_| of_events) {
            return Ok(self.matching(few, plan, &conditions(self.view, query)?)?.len() as u64);
        }
        let c = self.conditions(query, few.as_deref())?;
        Ok(self.count_sql(&c)?.cast_unsigned())
    }

    pub(super) fn postings(&mut self) -> Result<&Postings<'a>> {
        let opened = self.take_postings()?;
        Ok(self.postings.insert(opened))
    }

    /// The postings, to be put back.
    pub(super) fn take_postings(&mut self) -> Result<Postings<'a>> {
        self.postings.take().map_or_else(|| Postings::open(self.db), Ok)
    }

    /// What the postings tell of a query; None where the view is not of events.
    pub(super) fn plan(&mut self, query: &Query) -> Result<Option<Plan>> {
        // A part of a view over counts has no events below it.
        let grouped = self.view.id.is_none() && self.view.sql.contains("FROM event e ");
        // Who asks for an id is served by the table.
        let by_id = query.filters.iter().any(|f| Some(f.column.as_str()) == self.view.id);
        if !grouped && self.view.id != Some(EVENT) || by_id || self.plain {
            return Ok(None);
        }
        let (db, view) = (self.db, self.view);
        // What is wrong in a filter is told before.
        conditions(view, query)?;
        Plan::of(db, self.postings()?, view, query).map(Some)
    }

    fn few(&mut self, plan: &Plan, all_are_read: bool) -> Result<Option<Vec<i64>>> {
        plan.few(self.postings()?, all_are_read)
    }

    /// Conditions, with the rows that can match where the postings tell that they are few.
    fn conditions(&mut self, query: &Query, few: Option<&[i64]>) -> Result<Conditions> {
        let mut c = conditions(self.view, query)?;
        if let Some(shapes) = self.view.events.filter(|_| !self.plain) {
            let plan = Plan::of_shapes(self.db, self.postings()?, shapes)?;
            c.events = self.few(&plan, true)?.map(|ids| id_list(ids.into_iter()));
        }
        let Some(few) = few else { return Ok(c) };
        let list = id_list(few.iter().copied());
        if let Some(id) = self.view.id {
            c.outer.push(format!("\"{id}\" IN (SELECT value FROM json_each(?))"));
            c.outer_values.push(list);
        } else {
            c.inner.push("e.id IN (SELECT value FROM json_each(?))".into());
            c.inner_values.push(list);
        }
        Ok(c)
    }

    pub(super) fn narrowed(&mut self, query: &Query) -> Result<Conditions> {
        let few = match self.plan(query)? {
            Some(plan) => self.few(&plan, true)?,
            None => None,
        };
        self.conditions(query, few.as_deref())
    }

    fn count_sql(&self, c: &Conditions) -> Result<i64> {
        let source = self.source(c);
        // Groups are counted without what is summed of them.
        let source = match (source.split_once("/*values*/"), outer(c).is_empty()) {
            (Some((before, rest)), true) => match rest.split_once("/*from*/") {
                Some((_, after)) => format!("{before} 1 {after}"),
                None => source,
            },
            _ => source,
        };
        let sql = format!("SELECT count(*) FROM ({source}){}", outer(c));
        Ok(self.db.prepare_cached(&sql)?.query_row(params_from_iter(parameters(c)), |r| r.get(0))?)
    }

    fn order(&self, query: &Query) -> Result<(Option<String>, bool)> {
        let Some(asked) = &query.order else {
            return Ok((self.view.order.map(str::to_owned), self.view.descending != query.descending));
        };
        let known = self.view.column(asked).filter(|c| c.order);
        let column = known.ok_or_else(|| CaseError::NoSuchColumn { view: self.view.name.into(), column: asked.clone() })?;
        Ok((Some(column.name.to_owned()), query.descending))
    }

    pub(super) fn source(&self, c: &Conditions) -> String {
        let inner = if c.inner.is_empty() { String::new() } else { format!(" AND {}", c.inner.join(" AND ")) };
        let events = if c.events.is_some() { " AND e.id IN (SELECT value FROM json_each(:events))" } else { "" };
        self.view.sql.replace("/*where*/", &inner).replace("/*events*/", events)
    }

    pub(super) fn select(&self, c: &Conditions) -> String {
        let shown = self.view.columns.iter().map(|c| format!("\"{}\"", c.name));
        let hidden = self.view.hidden.iter().copied().chain(self.view.unique()).map(|h| format!("\"{h}\""));
        let all: Vec<String> = shown.chain(hidden).collect();
        format!("SELECT {} FROM ({}){}", all.join(", "), self.source(c), outer(c))
    }

    /// Runs a select; false where `take` stopped it. Rows whose id is not wanted are passed over.
    pub(super) fn run(
        &mut self,
        sql: &str,
        c: &Conditions,
        order: &str,
        wanted: &dyn Fn(i64) -> bool,
        take: &mut dyn FnMut(ViewRow, Option<CursorValue>) -> Result<bool>,
    ) -> Result<bool> {
        let is_address = self.view.column(order).is_some_and(|c| c.encoding == Encoding::Address);
        let mut q = self.db.prepare_cached(sql)?;
        let mut rows = q.query(params_from_iter(parameters(c)))?;
        while let Some(row) = rows.next()? {
            if let Some(id) = self.view.id
                && !wanted(row.get(id)?)
            {
                continue;
            }
            let made = self.row(row)?;
            let key = match order {
                "" => None,
                _ if is_address => address_order(row.get_ref(order)?).map(|by| CursorValue::Bytes(hex::encode(by))),
                _ => CursorValue::of(row.get_ref(order)?),
            };
            if !take(made, key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

pub(super) fn outer(c: &Conditions) -> String {
    if c.outer.is_empty() { String::new() } else { format!(" WHERE {}", c.outer.join(" AND ")) }
}

pub(super) fn parameters(c: &Conditions) -> impl Iterator<Item = &Value> {
    // What has a name has the first number, for no mark stands before it.
    c.events.iter().chain(&c.inner_values).chain(&c.outer_values)
}

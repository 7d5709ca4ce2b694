//! Grouped views under filters that no kept count answers: summed from the postings, which tell of a row
//! what it is grouped by without a look at it. SQL then sorts and filters the groups, of subjects a page.

mod groups;
mod rows;
mod subjects;
mod texts;

pub(super) use groups::Exposed;
use groups::Pair;
use subjects::{Group, Order, Subjects};
pub(super) use texts::addresses;

use super::cell::ViewRow;
use super::definition::{Made, View};
use super::engine::{Cursor, Engine};
use super::filter::{Conditions, conditions};
use super::plan::Plan;
use crate::address::Address;
use crate::api::{Filter, Query};
use crate::error::Result;
use crate::postings::Kind;
use crate::tally::Stored;
use crate::words::text_or_blob;
use rusqlite::params;
use rusqlite::types::{ToSqlOutput, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that SQL groups as quickly.
const FEW: u64 = if cfg!(test) { 100 } else { 20_000 };
/// Questions whose sums are kept.
const MOST_KEPT: usize = 4;
/// Groups passed over by a walk.
const MOST_WALKED: usize = if cfg!(test) { 20 } else { 5_000 };
/// Groups of a page where all are given.
const MOST_SHOWN: usize = 8_192;

/// Sums made for the questions asked last, so that the next page does not make them again.
#[derive(Default)]
pub struct Kept(Mutex<Vec<(String, Sums)>>);

#[derive(Clone)]
enum Sums {
    Pairs(Arc<Vec<Pair>>),
    Kinds(Arc<Vec<Exposed>>),
    Subjects(Arc<Subjects>),
    /// Rows of a view in all; null while there are some that were not counted.
    Total(Option<i64>),
    /// The postings do not tell all that is asked for.
    Untold,
}

impl Engine<'_> {
    /// Sums what a query asks for and turns to the part over those sums; what is left to ask of it.
    pub(super) fn summed(&mut self, query: &Query) -> Result<Option<Query>> {
        let Some((part, made)) = self.whole.of_rows().filter(|(_, made)| *made != Made::Subjects) else { return Ok(None) };
        let is_left =
            |f: &Filter| part.base.iter().any(|b| b.name == f.column) || !self.whole.base.iter().any(|b| b.name == f.column);
        let sums = self.sums(part, made, query, &is_left)?;
        match &sums {
            Some(Sums::Pairs(pairs)) => self.with_temp(|e| e.fill_pairs(pairs))?,
            Some(Sums::Kinds(kinds)) => self.with_temp(|e| e.fill_exposed(kinds.iter()))?,
            Some(Sums::Subjects(_) | Sums::Total(_) | Sums::Untold) | None => return Ok(None),
        }
        let filters = query.filters.iter().filter(|f| is_left(f)).cloned().collect();
        self.view = part;
        Ok(Some(Query { filters, from: None, to: None, ..query.clone() }))
    }

    fn subjects(&mut self, query: &Query) -> Result<Option<Arc<Subjects>>> {
        let Some((part, made)) = self.whole.of_rows().filter(|(_, made)| *made == Made::Subjects) else { return Ok(None) };
        if self.plain {
            return Ok(None);
        }
        match self.sums(part, made, query, &|_| false)? {
            Some(Sums::Subjects(subjects)) => {
                self.view = part;
                Ok(Some(subjects))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn count_of_subjects(&mut self, query: &Query) -> Result<Option<u64>> {
        Ok(self.subjects(query)?.map(|s| s.len() as u64))
    }

    /// The rows of a view in all, from what was counted.
    pub(super) fn total(&self, sql: &str) -> Result<Option<i64>> {
        let key = format!("{} {}", self.state()?, self.whole.name);
        let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Sums::Total(total))) = kept.iter().find(|(k, _)| *k == key) {
            return Ok(*total);
        }
        let total = self.db.query_row(sql, [], |r| r.get(0))?;
        keep(&mut kept, key, Sums::Total(total));
        Ok(total)
    }

    /// A page of groups by subject; None where it has to be asked of SQL.
    pub(super) fn page_of_subjects(
        &mut self,
        query: &Query,
        wanted: (Option<&str>, bool),
        cursor: Option<&Cursor>,
        limit: i64,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Option<Cursor>>> {
        let order = match wanted.0 {
            Some("subject") => Order::Subject,
            Some("requests") => Order::Requests,
            Some("first") => Order::First,
            Some("last") => Order::Last,
            _ => return Ok(None),
        };
        let mut at = match cursor {
            None => 0,
            Some(Cursor::Position(n)) => usize::try_from(*n).unwrap_or(0),
            // A page that the walk by subjects began.
            Some(Cursor::Key { .. } | Cursor::Group { .. }) => return Ok(None),
        };
        // The postings hold the order of numbers themselves, and a walk finds what lies near its begin.
        if order == Order::Subject && at <= MOST_WALKED && !self.postings()?.has_texts(Kind::Subject)? {
            return Ok(None);
        }
        let Some(subjects) = self.subjects(query)? else { return Ok(None) };
        let all = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut left = all;
        while left > 0 {
            let page = subjects.page(order, wanted.1, at, left.min(MOST_SHOWN));
            self.with_temp(|e| e.fill_subjects(&subjects, &page))?;
            let sql = format!("{} ORDER BY n", self.select(&Conditions::default()));
            if page.is_empty() || !self.run(&sql, &Conditions::default(), "", &|_| true, &mut |row, _| take(row))? {
                return Ok(Some(None));
            }
            at += page.len();
            left -= page.len();
        }
        Ok(Some(Some(Cursor::Position(at as i64))))
    }

    /// The sums of the rows that fit all filters that are not left to SQL; None where the postings do not
    /// tell them, or where SQL has only few rows to read.
    fn sums(&mut self, part: &View, made: Made, query: &Query, is_left: &dyn Fn(&Filter) -> bool) -> Result<Option<Sums>> {
        if self.plain {
            return Ok(None);
        }
        // What is wrong in a filter is told before.
        conditions(self.whole, query)?;
        let Some(plan) = self.plan_of_rows(part, query, is_left)? else { return Ok(None) };
        let asked: Vec<String> = query.filters.iter().map(ToString::to_string).collect();
        let key = format!("{} {made:?} {asked:?} {:?} {:?}", self.state()?, query.from, query.to);
        let kept = self.kept.clone();
        // Held until the sums are made: who asks for the same waits for them.
        let mut kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sums)) = kept.iter().find(|(k, _)| *k == key) {
            return Ok(Some(sums.clone()));
        }
        let db = self.db;
        let (postings, members) = (self.postings()?, plan.met());
        let sums = match made {
            Made::Pairs => groups::by_address(db, postings, &members)?.map(|p| Sums::Pairs(Arc::new(p))),
            Made::Kinds => groups::by_kind(db, postings, &members)?.map(|k| Sums::Kinds(Arc::new(k))),
            Made::Subjects => {
                // They are the largest; one question's are enough.
                kept.retain(|(_, sums)| !matches!(sums, Sums::Subjects(_)));
                subjects::by_subject(db, postings, &members)?.map(|s| Sums::Subjects(Arc::new(s)))
            }
            Made::Days => None,
        };
        let sums = sums.unwrap_or(Sums::Untold);
        keep(&mut kept, key, sums.clone());
        Ok(Some(sums))
    }

    /// Whether there is an import whose rows are in no count yet.
    pub(super) fn has_open_import(&self) -> Result<bool> {
        Ok(self.db.query_row("SELECT EXISTS (SELECT 1 FROM import WHERE state = 0)", [], |r| r.get(0))?)
    }

    fn plan_of_rows(&mut self, part: &View, query: &Query, is_left: &dyn Fn(&Filter) -> bool) -> Result<Option<Plan>> {
        if self.has_open_import()? {
            return Ok(None);
        }
        let (db, whole) = (self.db, self.whole);
        let known = |f: &&Filter| whole.base.iter().any(|b| b.name == f.column);
        if query.filters.iter().any(|f| !known(&f) && !is_left(f)) {
            return Ok(None);
        }
        let postings = self.postings()?;
        // What is left to SQL may narrow the rows too, where the postings tell it whole.
        for narrow in [true, false] {
            let filters = query.filters.iter().filter(known).filter(|f| narrow || !is_left(f)).cloned().collect();
            let asked = Query { filters, from: query.from.clone(), to: query.to.clone(), ..Query::default() };
            let mut plan = Plan::of(db, postings, whole, &asked)?;
            plan.shapes(db, postings, part.shapes.unwrap_or("1"), &[])?;
            if plan.is_exact() {
                return Ok((!plan.is_at_most(postings, FEW)?).then_some(plan));
            }
        }
        Ok(None)
    }

    /// What tells one state of the case from another.
    fn state(&self) -> Result<String> {
        let sql =
            "SELECT (SELECT hex(body) FROM entry ORDER BY seq DESC LIMIT 1) || ' ' || coalesce((SELECT max(id) FROM event), 0)";
        Ok(self.db.query_row(sql, [], |r| r.get::<_, Option<String>>(0))?.unwrap_or_default())
    }

    fn fill_pairs(&self, pairs: &[Pair]) -> Result<()> {
        self.db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS pair_over
               (n INTEGER PRIMARY KEY, actor, address, key, kinds, requests, served, first, last, got, asked);
             DELETE FROM temp.pair_over",
        )?;
        let mut insert =
            self.db.prepare_cached("INSERT INTO temp.pair_over VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
        for p in pairs {
            insert.execute(params![
                ToSqlOutput::Borrowed(p.actor.value()),
                address(&p.address),
                p.key.as_ref().map(|k| ToSqlOutput::Borrowed(text_or_blob(k))),
                p.kinds,
                p.requests.cast_signed(),
                p.served.cast_signed(),
                p.first,
                p.last,
                p.got.cast_signed(),
                p.asked.cast_signed()
            ])?;
        }
        Ok(())
    }

    fn fill_subjects(&self, all: &Subjects, page: &[Group]) -> Result<()> {
        self.db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS subject_over
               (n INTEGER PRIMARY KEY, subject, actor, exposes, requests, served, first, last);
             DELETE FROM temp.subject_over",
        )?;
        let mut insert = self.db.prepare_cached("INSERT INTO temp.subject_over VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for group in page {
            insert.execute(params![
                ToSqlOutput::Borrowed(all.subject(group)),
                ToSqlOutput::Borrowed(all.actor(group)),
                ToSqlOutput::Borrowed(all.exposes(group)),
                group.requests,
                group.served,
                group.first(),
                group.last()
            ])?;
        }
        Ok(())
    }
}

/// Adds to what is kept; the oldest gives way.
fn keep(kept: &mut Vec<(String, Sums)>, key: String, sums: Sums) {
    if kept.len() >= MOST_KEPT {
        kept.remove(0);
    }
    kept.push((key, sums));
}

/// As events hold it.
pub(super) fn address(stored: &Stored) -> Value {
    match stored {
        Stored::Null => Value::Null,
        Stored::Number(n) => Value::Integer(*n),
        Stored::Text(text) => Address::of(text).value(),
    }
}

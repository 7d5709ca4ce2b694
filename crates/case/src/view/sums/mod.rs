//! Grouped views under filters that no kept count answers: summed from the postings, which tell of a row
//! what it is grouped by without a look at it. SQL then sorts and filters the groups, of subjects a page.

mod buckets;
mod grouped;
mod groups;
mod rows;
mod side;
mod subjects;
mod texts;

pub(super) use groups::Exposed;
use groups::Pair;
use side::Asked;
use subjects::{Group, Order, Subjects};
pub(super) use texts::addresses;

use super::cell::ViewRow;
use super::cursor::Cursor;
use super::definition::{Made, View};
use super::engine::{Engine, Wanted};
use super::filter::{Conditions, conditions};
use super::plan::Plan;
use crate::address::Address;
use crate::api::{Filter, Query};
use crate::error::Result;
use crate::postings::Kind;
use crate::tally::Stored;
use crate::words::text_or_blob;
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, params};
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
pub(super) enum Sums {
    Pairs(Arc<Vec<Pair>>),
    Kinds(Arc<Vec<Exposed>>),
    Subjects(Arc<Subjects>),
    /// Rows of a view in all; null while there are some that were not counted.
    Total(Option<i64>),
    /// The postings do not tell all that is asked for.
    Untold,
}

impl Engine<'_> {
    /// Sums what a query asks for and turns to the part over those sums, whose table is still to be filled;
    /// what is left to ask of it.
    pub(super) fn summed(&mut self, query: &Query) -> Result<Option<Query>> {
        let Some((part, made)) = self.whole.of_rows().filter(|(_, made)| *made != Made::Subjects) else { return Ok(None) };
        let is_left =
            |f: &Filter| part.base.iter().any(|b| b.name == f.column) || !self.whole.base.iter().any(|b| b.name == f.column);
        let Some(sums @ (Sums::Pairs(_) | Sums::Kinds(_))) = self.sums(part, made, query, &is_left)? else { return Ok(None) };
        let filters = query.filters.iter().filter(|f| is_left(f)).cloned().collect();
        self.view = part;
        self.summed = Some(sums);
        Ok(Some(Query { filters, from: None, to: None, ..query.clone() }))
    }

    /// Fills the table below the view, where that is still to be done.
    pub(super) fn fill_summed(&mut self) -> Result<()> {
        match self.summed.take() {
            Some(Sums::Pairs(pairs)) => self.with_temp(|e| e.fill_pairs((1..).zip(pairs.iter()))),
            Some(Sums::Kinds(kinds)) => self.with_temp(|e| e.fill_exposed((1..).zip(kinds.iter()))),
            Some(Sums::Subjects(_) | Sums::Total(_) | Sums::Untold) | None => Ok(()),
        }
    }

    /// How many groups there are, where nothing is left to ask of them.
    pub(super) fn count_of_summed(&mut self, query: &Query) -> Result<Option<u64>> {
        match &self.summed {
            Some(Sums::Pairs(pairs)) if query.filters.is_empty() => Ok(Some(pairs.len() as u64)),
            Some(Sums::Kinds(kinds)) if query.filters.is_empty() => Ok(Some(kinds.len() as u64)),
            _ => self.fill_summed().map(|()| None),
        }
    }

    /// A page of groups in the order of one of their numbers, where nothing is left to ask of them: SQL is
    /// given these groups only. None where it needs all.
    pub(super) fn page_of_summed(
        &mut self,
        query: &Query,
        order: Option<&str>,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Option<Cursor>>> {
        let Some((sums, order)) = self.summed.clone().zip(order) else { return Ok(None) };
        let at = match &wanted.cursor {
            None => 0,
            Some(Cursor::Position(n)) => usize::try_from(*n).unwrap_or(0),
            Some(Cursor::Key { .. } | Cursor::Group { .. }) => return self.fill_summed().map(|()| None),
        };
        let all = usize::try_from(wanted.limit).ok().filter(|_| query.filters.is_empty());
        let sorted = all.and_then(|limit| match &sums {
            Sums::Pairs(pairs) => page(pairs, |p| p.number(order), wanted.descending, at, limit),
            Sums::Kinds(kinds) => page(kinds, |k| k.number(order), wanted.descending, at, limit),
            Sums::Subjects(_) | Sums::Total(_) | Sums::Untold => None,
        });
        let Some(places) = sorted else { return self.fill_summed().map(|()| None) };
        self.summed = None;
        let chosen = places.iter().map(|n| *n as usize);
        match &sums {
            Sums::Pairs(pairs) => {
                let chosen = chosen.filter_map(|n| Some((n as i64 + 1, pairs.get(n)?)));
                self.with_temp(|e| e.fill_pairs(chosen))?;
            }
            Sums::Kinds(kinds) => {
                let chosen = chosen.filter_map(|n| Some((n as i64 + 1, kinds.get(n)?)));
                self.with_temp(|e| e.fill_exposed(chosen))?;
            }
            Sums::Subjects(_) | Sums::Total(_) | Sums::Untold => {}
        }
        let direction = if wanted.descending { "DESC" } else { "ASC" };
        let none = Conditions::default();
        let sql = format!("{} ORDER BY \"{order}\" IS NULL, \"{order}\" {direction}, n {direction}", self.select(&none));
        let whole = self.run(&sql, &none, "", &|_| true, &mut |row, _| take(row))?;
        let more = whole && all == Some(places.len());
        Ok(Some(more.then(|| Cursor::Position((at + places.len()) as i64))))
    }

    fn subjects(&mut self, query: &Query) -> Result<Option<Arc<Subjects>>> {
        let Some((part, made)) = self.whole.of_rows().filter(|(_, made)| *made == Made::Subjects) else { return Ok(None) };
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
        let key = format!("{} {}", state(self.db)?, self.whole.name);
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
        order: Option<&str>,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Option<Cursor>>> {
        let order = match order {
            Some("subject") => Order::Subject,
            Some("requests") => Order::Requests,
            Some("first") => Order::First,
            Some("last") => Order::Last,
            _ => return Ok(None),
        };
        let mut at = match &wanted.cursor {
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
        let all = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let mut left = all;
        while left > 0 {
            let page = subjects.page(order, wanted.descending, at, left.min(MOST_SHOWN));
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
        // Not as a filter is typed: a comma in a value would be one between two.
        let key = format!("{} {made:?} {:?} {:?} {:?}", state(self.db)?, query.filters, query.from, query.to);
        let kept = self.kept.clone();
        // Held until the sums are made: who asks for the same waits for them.
        let mut kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sums)) = kept.iter().find(|(k, _)| *k == key) {
            return Ok(Some(sums.clone()));
        }
        let (db, tell, members) = (self.db, self.tell.clone(), plan.met());
        let asked = Asked { db, postings: self.postings()?, members: &members, tell: tell.as_ref() };
        let sums = match made {
            Made::Pairs => groups::by_address(&asked)?.map(|p| Sums::Pairs(Arc::new(p))),
            Made::Kinds => groups::by_kind(&asked)?.map(|k| Sums::Kinds(Arc::new(k))),
            Made::Subjects => {
                // They are the largest; one question's are enough.
                kept.retain(|(_, sums)| !matches!(sums, Sums::Subjects(_)));
                subjects::by_subject(&asked)?.map(|s| Sums::Subjects(Arc::new(s)))
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

    fn fill_pairs<'p>(&self, pairs: impl Iterator<Item = (i64, &'p Pair)>) -> Result<()> {
        self.db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS pair_over
               (n INTEGER PRIMARY KEY, actor, address, key, kinds, requests, served, first, last, got, asked);
             DELETE FROM temp.pair_over",
        )?;
        let mut insert =
            self.db.prepare_cached("INSERT INTO temp.pair_over VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
        for (n, p) in pairs {
            insert.execute(params![
                n,
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
                all.exposes(group).as_ref().map(|e| ToSqlOutput::Borrowed(text_or_blob(e))),
                group.requests,
                group.served,
                group.first(),
                group.last()
            ])?;
        }
        Ok(())
    }
}

/// The places of so many groups from a position on, by a number of theirs; None where they have no such
/// number. Those without a value come last, and ties stand in the order of the groups.
fn page<T>(
    groups: &[T],
    number: impl Fn(&T) -> Option<Option<i64>>,
    descending: bool,
    at: usize,
    limit: usize,
) -> Option<Vec<u32>> {
    let numbered = (0u32..).zip(groups).map(|(n, group)| number(group).map(|value| (value, n)));
    let mut sorted = numbered.collect::<Option<Vec<_>>>()?;
    sorted.sort_unstable_by(|a, b| {
        let order = if descending { b.cmp(a) } else { a.cmp(b) };
        a.0.is_none().cmp(&b.0.is_none()).then(order)
    });
    Some(sorted.into_iter().skip(at).take(limit).map(|(_, n)| n).collect())
}

/// What tells the rows of one state of a case from another's: rows are only ever added, by imports.
fn state(db: &Connection) -> Result<String> {
    let sql = "SELECT coalesce((SELECT hex(body) FROM entry WHERE seq = 0), '') || ' ' ||
        coalesce((SELECT group_concat(n || ':' || state || ':' || coalesce(seal, '')) FROM import), '') || ' ' ||
        coalesce((SELECT max(id) FROM event), 0)";
    Ok(db.query_row(sql, [], |r| r.get(0))?)
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

//! A grouped view by subject, from the postings: all rows of some subjects are grouped at a time, so
//! that a page costs its own subjects and not all.

use super::by_time::id_list;
use super::cell::ViewRow;
use super::cursor::{Cursor, CursorValue};
use super::engine::{Engine, Wanted};
use super::plan::Plan;
use crate::api::Query;
use crate::error::Result;
use crate::postings::{Bound, Kind, LAST_TEXT_KEY, Postings, Walk};
use rusqlite::types::Value;

/// Rows grouped at once: at first, and further down.
const FIRST_LOOK: usize = 512;
const LONGEST_LOOK: usize = 32_768;

/// What is still to be given.
struct Page<'t> {
    skip: i64,
    left: i64,
    /// The subject given last, None where it is a text, and how many of its groups were given.
    last: Option<(Option<i64>, i64)>,
    take: &'t mut dyn FnMut(ViewRow) -> Result<bool>,
}

impl Page<'_> {
    /// False where the page is full.
    fn give(&mut self, row: ViewRow, subject: Option<i64>) -> Result<bool> {
        self.last = match self.last {
            Some((last, n)) if last == subject => Some((last, n + 1)),
            _ => Some((subject, 1)),
        };
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(true);
        }
        let more = (self.take)(row)?;
        self.left -= i64::from(self.left > 0);
        Ok(more && self.left != 0)
    }
}

impl Engine<'_> {
    /// Groups by subject: numbers first, then texts; the other way round where it descends.
    pub(super) fn by_subject(
        &mut self,
        query: &Query,
        plan: &Plan,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let (skip, start) = match &wanted.cursor {
            Some(Cursor::Position(n)) => (*n, None),
            Some(Cursor::Group { subject, given }) => (*given, Some(*subject)),
            Some(Cursor::Key { .. }) | None => (0, None),
        };
        let left = if wanted.limit < 0 { -1 } else { wanted.limit };
        let mut page = Page { skip, left, last: None, take };
        let postings = self.take_postings()?;
        let mut full = false;
        for texts in [wanted.descending, !wanted.descending] {
            let before_start = start.is_some_and(|s| s.is_none() != texts && texts == wanted.descending);
            if full || before_start {
                continue;
            }
            full = if texts {
                !self.texts(&postings, query, wanted.descending, &mut page)?
            } else {
                !self.numbers(&postings, query, plan, start.flatten(), wanted.descending, &mut page)?
            };
        }
        self.postings = Some(postings);
        Ok(page.last.filter(|_| full).map(|(subject, given)| Cursor::Group { subject, given }))
    }

    /// Subjects that are texts, which have no order among the postings: SQL sorts them.
    fn texts(&mut self, postings: &Postings<'_>, query: &Query, descending: bool, page: &mut Page<'_>) -> Result<bool> {
        if postings.count(Kind::Subject, i64::MIN, LAST_TEXT_KEY)? == 0 {
            return Ok(true);
        }
        self.groups(query, "typeof(subject) <> 'integer'", None, descending, page)
    }

    fn numbers(
        &mut self,
        postings: &Postings<'_>,
        query: &Query,
        plan: &Plan,
        start: Option<i64>,
        descending: bool,
        page: &mut Page<'_>,
    ) -> Result<bool> {
        let mut low = Bound::after(LAST_TEXT_KEY);
        let mut high = Bound::after(i64::MAX);
        match start {
            Some(subject) if descending => high = Bound::after(subject),
            Some(subject) => low = low.max(Bound::before(subject)),
            None => {}
        }
        let mut walk = Walk::new(postings, Kind::Subject, &plan.members, Some(low), Some(high), descending)?;
        let mut look = FIRST_LOOK;
        let mut next = walk.next()?;
        while let Some(first) = next {
            let (mut ids, mut key, mut long) = (vec![first.id], first.key, false);
            next = walk.next()?;
            while let Some(pair) = next {
                if pair.key != key && (ids.len() >= look || long) {
                    break;
                }
                key = pair.key;
                // One subject of very many rows is left to SQL, alone.
                long |= ids.len() > LONGEST_LOOK * 4;
                if !long {
                    ids.push(pair.id);
                }
                next = walk.next()?;
            }
            let more = if long {
                let (least, most) = (first.key.min(key), first.key.max(key));
                let range = format!("typeof(subject) = 'integer' AND subject BETWEEN {least} AND {most}");
                self.groups(query, &range, None, descending, page)?
            } else {
                self.groups(query, "e.id IN (SELECT value FROM json_each(?))", Some(id_list(ids.into_iter())), descending, page)?
            };
            if !more {
                return Ok(false);
            }
            look = (look * 4).min(LONGEST_LOOK);
        }
        Ok(true)
    }

    /// Groups of the rows under one more condition; false where the page is full.
    fn groups(
        &mut self,
        query: &Query,
        condition: &str,
        value: Option<Value>,
        descending: bool,
        page: &mut Page<'_>,
    ) -> Result<bool> {
        let mut c = super::filter::conditions(self.view, query)?;
        c.inner.push(condition.to_owned());
        c.inner_values.extend(value);
        let sql = format!("{} ORDER BY {}", self.select(&c), self.ties("subject", descending));
        self.run(&sql, &c, "subject", &|_| true, &mut |row, subject| {
            let subject = match subject {
                Some(CursorValue::Int(n)) => Some(n),
                Some(CursorValue::Text(_) | CursorValue::Bytes(_)) | None => None,
            };
            page.give(row, subject)
        })
    }
}

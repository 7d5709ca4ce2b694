//! Rows in the order of a column of words, by their text: the postings tell how many rows each word
//! has, so that a place is found without a look at rows. Rows without a word come last.

use super::cell::ViewRow;
use super::cursor::Cursor;
use super::engine::{EVENT, Engine, Wanted};
use super::filter::{Conditions, conditions};
use super::plan::Plan;
use crate::api::Query;
use crate::error::{CaseError, Result};
use crate::postings::{Bound, Kind, LAST_TEXT_KEY, Members, Postings, TEXT_KEYS};
use rusqlite::types::ValueRef;

/// Rows found at once where all are given.
const MOST_FOUND: u64 = 1 << 18;

/// A word, none last, and its rows.
struct Group {
    key: Option<i64>,
    rows: u64,
}

impl Engine<'_> {
    pub(super) fn by_word(
        &mut self,
        query: &Query,
        order: &str,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let position = match &wanted.cursor {
            None => 0,
            Some(Cursor::Position(n)) => n.unsigned_abs(),
            Some(Cursor::Key { .. } | Cursor::Group { .. }) => {
                return Err(CaseError::BadFilter("a cursor of another view".into()));
            }
        };
        if self.view.id == Some(EVENT)
            && order == "actor"
            && let Some(plan) = self.plan(query)?.filter(|p| p.is_exact())
            && self.postings()?.count(Kind::Actor, TEXT_KEYS, LAST_TEXT_KEY)? == 0
        {
            let c = conditions(self.view, query)?;
            let postings = self.take_postings()?;
            let result = self.of_words(&postings, &plan, &c, position, wanted, take);
            self.postings = Some(postings);
            return result;
        }
        // By their text, whether it stands in the row or in the dictionary.
        let text = format!(
            "CASE typeof(\"{0}\") WHEN 'integer' THEN (SELECT value FROM word WHERE id = \"{0}\") ELSE \"{0}\" END",
            order
        );
        let c = self.narrowed(query)?;
        let direction = if wanted.descending { "DESC" } else { "ASC" };
        let ties = match self.view.unique() {
            Some(id) => format!("{id} {direction}"),
            None => self.ties(order, wanted.descending),
        };
        let keys = format!("\"{}\" IS NULL, {text} {direction}, {ties}", order);
        let (sql, chosen) = self.ordered(&c, &keys, wanted.limit, position.cast_signed());
        let mut given = 0;
        self.run(&sql, chosen.as_ref().unwrap_or(&c), "", &|_| true, &mut |row, _| {
            given += 1;
            take(row)
        })?;
        Ok(next(wanted.limit, position, given))
    }

    fn of_words(
        &mut self,
        postings: &Postings<'_>,
        plan: &Plan,
        c: &Conditions,
        position: u64,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let members = plan.met();
        let groups = self.groups_of_words(postings, plan, &members, wanted.descending)?;
        let limit = u64::try_from(wanted.limit).unwrap_or(u64::MAX);
        let mut given = 0;
        while given < limit {
            let look = MOST_FOUND.min(limit - given);
            let met = found(postings, &members, &groups, position + given, look, wanted.descending)?;
            for chunk in met.chunks(super::by_time::MOST_HELD) {
                for row in self.rows_of(chunk, c)? {
                    let row = row.ok_or_else(|| CaseError::Postings("an event of an actor is not there".into()))?;
                    given += 1;
                    if !take(row)? {
                        return Ok(next(wanted.limit, position, given));
                    }
                }
            }
            if (met.len() as u64) < look {
                break;
            }
        }
        Ok(next(wanted.limit, position, given))
    }

    /// Words by their text, then the rows that have none.
    fn groups_of_words(&self, postings: &Postings<'_>, plan: &Plan, members: &Members, descending: bool) -> Result<Vec<Group>> {
        let mut words = Vec::new();
        let mut text = self.db.prepare_cached("SELECT value FROM word WHERE id = ?1")?;
        for (key, rows) in members.counts(postings, Kind::Actor)? {
            // As SQL sorts them: what is not UTF-8 comes after all text.
            let sorted = text.query_row([key], |r| {
                Ok(match r.get_ref(0)? {
                    ValueRef::Text(b) => (false, b.to_vec()),
                    ValueRef::Blob(b) => (true, b.to_vec()),
                    ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => (false, Vec::new()),
                })
            })?;
            words.push((sorted, Group { key: Some(key), rows }));
        }
        words.sort_by(|a, b| if descending { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
        let mut groups: Vec<Group> = words.into_iter().map(|(_, group)| group).collect();
        let named: u64 = groups.iter().map(|g| g.rows).sum();
        groups.push(Group { key: None, rows: plan.count(postings)?.saturating_sub(named) });
        Ok(groups)
    }
}

/// Where the next page begins.
fn next(limit: i64, position: u64, given: u64) -> Option<Cursor> {
    (limit > 0 && given == limit.unsigned_abs()).then(|| Cursor::Position((position + given).cast_signed()))
}

/// So many rows from a position on, the rows of a word by their ids.
fn found(
    postings: &Postings<'_>,
    members: &Members,
    groups: &[Group],
    position: u64,
    look: u64,
    descending: bool,
) -> Result<Vec<Bound>> {
    let (mut skip, mut left) = (position, look);
    let mut met = Vec::new();
    for group in groups {
        if skip >= group.rows {
            skip -= group.rows;
            continue;
        }
        if left == 0 {
            break;
        }
        met.push((group.key, skip, left.min(group.rows - skip), Vec::new()));
        left -= left.min(group.rows - skip);
        skip = 0;
    }
    // Part by part, for what makes its members costs the most.
    let parts = postings.parts();
    for i in 0..parts.len() {
        let part = parts.get(if descending { parts.len() - 1 - i } else { i }).copied().unwrap_or_default();
        if met.iter().all(|(.., left, _)| *left == 0) {
            break;
        }
        let Some(bits) = members.bits(postings, part)? else { continue };
        for (key, skip, left, ids) in &mut met {
            if *left == 0 {
                continue;
            }
            let mut rows = bits.with(postings, part, Kind::Actor, *key)?;
            if descending {
                rows.reverse();
            }
            let passed = (*skip).min(rows.len() as u64);
            *skip -= passed;
            for row in rows.into_iter().skip(passed as usize) {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                ids.push(Bound { key: 0, id: part + i64::from(row) });
            }
        }
    }
    Ok(met.into_iter().flat_map(|(.., ids)| ids).collect())
}

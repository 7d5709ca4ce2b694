//! Views of events by time, from the postings: pages, positions, counts and histograms that read
//! no row but those they show.

use super::cell::ViewRow;
use super::cursor::{Cursor, CursorValue};
use super::engine::{EVENT, Engine, Wanted, outer, parameters};
use super::filter::{Conditions, conditions};
use super::functions::expand;
use super::plan::Plan;
use crate::api::Query;
use crate::error::{CaseError, Result};
use crate::postings::{Bound, Kind, Postings, Walk};
use crate::template::{self, Contains, contains_text};
use hashbrown::HashMap;
use rusqlite::params_from_iter;
use rusqlite::types::{Value, ValueRef};

/// Rows looked up at once: at first, and where most of them did not match.
const FIRST_LOOK: usize = 512;
const LONGEST_LOOK: usize = 65_536;
/// Rows made whole without a look at whether they match.
const MOST_MADE: usize = 1_024;
/// Ids that are read through rather than looked up.
const NEAR: i64 = 16;
/// Rows held where all are given.
pub const MOST_HELD: usize = 8_192;

/// A walk's start, and rows to pass over before the first that is given.
struct Start {
    dated: Option<Bound>,
    undated: Option<Bound>,
    skip_met: u64,
    skip_matching: u64,
}

impl Start {
    fn of(postings: &Postings<'_>, plan: &Plan, wanted: &Wanted) -> Result<Self> {
        let mut start = Self { dated: None, undated: None, skip_met: 0, skip_matching: 0 };
        // A bound lies before a pair; ascending, the next one is wanted.
        let after = |key: i64, id: i64| Bound { key, id: if wanted.descending { id } else { id.saturating_add(1) } };
        let nothing = Some(if wanted.descending { Bound::before(i64::MIN) } else { Bound::after(i64::MAX) });
        match &wanted.cursor {
            None => {}
            Some(Cursor::Key { order: Some(CursorValue::Int(at)), id }) => start.dated = Some(after(*at, *id)),
            Some(Cursor::Key { order: Some(CursorValue::Text(_) | CursorValue::Bytes(_)), .. } | Cursor::Group { .. }) => {
                return Err(CaseError::BadFilter("a cursor of another view".into()));
            }
            Some(Cursor::Key { order: None, id }) => (start.dated, start.undated) = (nothing, Some(after(0, *id))),
            Some(Cursor::Position(n)) if plan.is_exact() && plan.members.is_all() => {
                let mut left = n.unsigned_abs();
                let (first, end) = match plan.dated {
                    true => (rank(postings, Bound::before(plan.from))?, rank(postings, Bound::after(plan.to))?),
                    false => (0, 0),
                };
                let (kind, base, total) = if left < end.saturating_sub(first) {
                    (Kind::Time, if wanted.descending { end - 1 } else { first }, 0)
                } else {
                    left -= end.saturating_sub(first);
                    start.dated = nothing;
                    let total = postings.total(Kind::Undated)?;
                    (Kind::Undated, if wanted.descending { total.saturating_sub(1) } else { 0 }, total)
                };
                let beyond = kind == Kind::Undated && left >= total;
                let position = if wanted.descending { base.saturating_sub(left) } else { base.saturating_add(left) };
                let found = if beyond { None } else { postings.select(kind, position)? };
                let found = found.map(|b| Bound { id: b.id + i64::from(wanted.descending), ..b }).or(nothing);
                if kind == Kind::Time {
                    start.dated = found;
                } else {
                    start.undated = found;
                }
            }
            Some(Cursor::Position(n)) if plan.is_exact() => start.skip_met = n.unsigned_abs(),
            Some(Cursor::Position(n)) => start.skip_matching = n.unsigned_abs(),
        }
        Ok(start)
    }
}

fn rank(postings: &Postings<'_>, bound: Bound) -> Result<u64> {
    if bound.key == i64::MIN && bound.id == i64::MIN {
        return Ok(0);
    }
    postings.rank(Kind::Time, bound)
}

impl Engine<'_> {
    /// Rows by time, those without a time last.
    pub(super) fn by_time(
        &mut self,
        query: &Query,
        plan: &Plan,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let c = conditions(self.view, query)?;
        let postings = self.take_postings()?;
        let result = self.walk(&postings, plan, &c, wanted, take);
        self.postings = Some(postings);
        result
    }

    fn walk(
        &mut self,
        postings: &Postings<'_>,
        plan: &Plan,
        c: &Conditions,
        wanted: &Wanted,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let start = Start::of(postings, plan, wanted)?;
        let (mut skip_met, mut skip_matching) = (start.skip_met, start.skip_matching);
        let mut left = wanted.limit;
        let first_look = if plan.is_exact() && wanted.limit > 0 { wanted.limit as usize } else { FIRST_LOOK };
        let phases = [
            (Kind::Time, plan.dated && plan.from <= plan.to, start.dated, plan.from, plan.to),
            (Kind::Undated, plan.undated, start.undated, i64::MIN, i64::MAX),
        ];
        for (kind, walked, start, from, to) in phases {
            if !walked {
                continue;
            }
            let (mut low, mut high) =
                ((from != i64::MIN).then(|| Bound::before(from)), (to != i64::MAX).then(|| Bound::after(to)));
            match (start, wanted.descending) {
                (Some(s), false) => low = Some(low.map_or(s, |b| b.max(s))),
                (Some(s), true) => high = Some(high.map_or(s, |b| b.min(s))),
                (None, _) => {}
            }
            let mut walk = Walk::new(postings, kind, &plan.members, low, high, wanted.descending)?;
            let mut look = first_look;
            loop {
                let mut met = Vec::with_capacity(look);
                while met.len() < look {
                    match walk.next()? {
                        Some(_) if skip_met > 0 => skip_met -= 1,
                        Some(pair) => met.push(pair),
                        None => break,
                    }
                }
                if met.is_empty() {
                    break;
                }
                // Of many candidates few match: these are found before any row is made whole.
                let candidates = met.len();
                if !plan.is_exact() && candidates > MOST_MADE {
                    let mut ids: Vec<i64> = met.iter().map(|b| b.id).collect();
                    ids.sort_unstable();
                    let matching = self.matching(&ids, plan, c)?;
                    met.retain(|b| matching.binary_search(&b.id).is_ok());
                }
                let mut given = 0;
                for (pair, row) in met.iter().zip(self.rows_of(&met, c)?) {
                    let Some(row) = row else {
                        if plan.is_exact() {
                            return Err(CaseError::Postings(format!("event {} is not there", pair.id)));
                        }
                        continue;
                    };
                    given += 1;
                    if skip_matching > 0 {
                        skip_matching -= 1;
                        continue;
                    }
                    let more = take(row)?;
                    left -= i64::from(left > 0);
                    if !more || left == 0 && wanted.limit > 0 {
                        let order = (kind == Kind::Time).then_some(CursorValue::Int(pair.key));
                        return Ok(Some(Cursor::Key { order, id: pair.id }));
                    }
                }
                if given * 8 < candidates {
                    look = (look * 4).min(LONGEST_LOOK);
                } else if wanted.limit < 0 {
                    look = MOST_HELD;
                }
            }
        }
        Ok(None)
    }

    /// Those of some events, by ascending ids, that the conditions leave; ascending.
    pub(super) fn matching(&self, ids: &[i64], plan: &Plan, c: &Conditions) -> Result<Vec<i64>> {
        // Candidates mostly stand in blocks: to read on costs less than to look each up.
        let runs = ids.chunk_by(|a, b| b.saturating_sub(*a) <= NEAR).filter_map(|run| Some([*run.first()?, *run.last()?]));
        if let Some(pattern) = plan.contained() {
            return self.containing(ids, runs, pattern);
        }
        let id = self.view.id.unwrap_or(EVENT);
        let runs: Vec<[i64; 2]> = runs.collect();
        let sql = format!(
            "SELECT \"{id}\" FROM (SELECT met.* FROM json_each(?) AS run CROSS JOIN ({}) AS met \
             WHERE met.\"{id}\" BETWEEN run.value->>0 AND run.value->>1){}",
            self.source(c),
            outer(c)
        );
        let runs = Value::Text(serde_json::to_string(&runs).unwrap_or_default());
        let mut q = self.db.prepare_cached(&sql)?;
        let mut rows = q.query(params_from_iter(std::iter::once(&runs).chain(parameters(c))))?;
        let mut matching = Vec::new();
        while let Some(row) = rows.next()? {
            matching.push(row.get::<_, i64>(0)?);
        }
        matching.sort_unstable();
        matching.retain(|id| ids.binary_search(id).is_ok());
        Ok(matching)
    }

    /// Those whose target contains a text.
    fn containing(&self, ids: &[i64], runs: impl Iterator<Item = [i64; 2]>, pattern: &str) -> Result<Vec<i64>> {
        let pattern = pattern.as_bytes();
        let mut contain: HashMap<i64, (Contains, Vec<u8>)> = HashMap::new();
        let mut word = self.db.prepare_cached("SELECT value FROM word WHERE id = ?1")?;
        let mut q = self.db.prepare_cached("SELECT id, object, numbers FROM event WHERE id BETWEEN ?1 AND ?2")?;
        let (mut matching, mut wanted) = (Vec::new(), ids.iter().peekable());
        for run in runs {
            let mut rows = q.query(run)?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                while wanted.next_if(|w| **w < id).is_some() {}
                if wanted.peek() != Some(&&id) {
                    continue;
                }
                let contains = match row.get_ref(1)? {
                    ValueRef::Text(text) | ValueRef::Blob(text) => contains_text(text, pattern),
                    ValueRef::Null | ValueRef::Real(_) => false,
                    ValueRef::Integer(n) => {
                        if !contain.contains_key(&n) {
                            let template: Vec<u8> =
                                word.query_row([n], |r| r.get_ref(0).map(|v| v.as_bytes().unwrap_or_default().to_vec()))?;
                            contain.insert(n, (template::contains(&template, pattern), template));
                        }
                        match contain.get(&n) {
                            Some((Contains::Yes, _)) => true,
                            Some((Contains::Maybe, template)) => match expand(template, row.get_ref(2)?) {
                                Some(text) => contains_text(&text, pattern),
                                None => contains_text(template, pattern),
                            },
                            Some((Contains::No, _)) | None => false,
                        }
                    }
                };
                if contains {
                    matching.push(id);
                }
            }
        }
        Ok(matching)
    }

    /// The rows of these pairs, in their order; None for one that the conditions exclude.
    pub(super) fn rows_of(&mut self, met: &[Bound], c: &Conditions) -> Result<Vec<Option<ViewRow>>> {
        let mut places: Vec<(i64, usize)> = met.iter().enumerate().map(|(place, b)| (b.id, place)).collect();
        places.sort_unstable();
        let (Some((first, _)), Some((last, _))) = (places.first(), places.last()) else { return Ok(Vec::new()) };
        let mut c = c.clone();
        let id = self.view.id.unwrap_or(EVENT);
        // A log is mostly in the order of time already; then one range is faster than a list.
        if last - first < 2 * met.len() as i64 {
            c.outer.push(format!("\"{id}\" BETWEEN ? AND ?"));
            c.outer_values.extend([Value::Integer(*first), Value::Integer(*last)]);
        } else {
            c.outer.push(format!("\"{id}\" IN (SELECT value FROM json_each(?))"));
            c.outer_values.push(id_list(places.iter().map(|p| p.0)));
        }
        let mut out: Vec<Option<ViewRow>> = Vec::with_capacity(met.len());
        out.resize_with(met.len(), || None);
        let sql = self.select(&c);
        self.run(&sql, &c, "", &|id| places.binary_search_by_key(&id, |p| p.0).is_ok(), &mut |row, _| {
            let place = row.id.and_then(|id| places.binary_search_by_key(&id, |p| p.0).ok());
            if let Some(slot) = place.and_then(|p| out.get_mut(places.get(p)?.1)) {
                *slot = Some(row);
            }
            Ok(true)
        })?;
        Ok(out)
    }
}

/// Ids as SQL takes a list.
pub fn id_list(ids: impl Iterator<Item = i64>) -> Value {
    let mut text = String::from("[");
    for id in ids {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&id.to_string());
    }
    text.push(']');
    Value::Text(text)
}

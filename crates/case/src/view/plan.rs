//! What the postings tell of a query before any row is read: which rows can match, between which
//! times, and whether that is all there is to ask.

use super::definition::{Encoding, View};
use super::filter::{condition, like};
use super::time_text::parse_time;
use crate::address::Address;
use crate::api::{ColumnKind, Filter, Query};
use crate::error::Result;
use crate::postings::{
    KeyRange, Keys, Kind, LAST_TEXT_KEY, Members, Postings, Set, TEXT_KEYS, count_of, grams, ids, is_text, text_key,
};
use crate::template;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

/// Words and shapes of one filter; where more fit, the rows are asked.
const MOST_KEYS: usize = 100_000;
/// Rows are read one by one and sorted, rather than met on a walk by time, where they are fewer than
/// the root of this times the parts: to read a row takes some 40 microseconds, to walk a part 4
/// milliseconds, and a page of 200 of n rows is met after 200 / n of the parts.
const FEW_SQUARED: u64 = 20_000;
/// Where rows are counted or grouped, so that all must be read, a scan of 64 costs as much as one.
const SCANNED: u64 = 64;
/// Most ids in one list.
const MOST_IDS: u64 = 200_000;

/// What to walk and what is left to test.
#[derive(Clone, Debug)]
pub struct Plan {
    pub members: Members,
    /// Times, both included.
    pub from: i64,
    pub to: i64,
    pub dated: bool,
    pub undated: bool,
    /// Whether every row that is met matches, by all but `contained`.
    exact: bool,
    /// What targets of the rows still have to contain, where nothing else is left to test.
    contained: Option<String>,
}

impl Plan {
    pub fn of(db: &Connection, postings: &Postings<'_>, view: &View, query: &Query) -> Result<Self> {
        let mut plan = Self::of_shapes(db, postings, view.shapes.unwrap_or("1"))?;
        for f in &query.filters {
            plan.add(db, postings, view, f)?;
        }
        for (value, op) in [(&query.from, ">="), (&query.to, "<")] {
            if let Some(value) = value {
                plan.time(op, std::slice::from_ref(value));
            }
        }
        Ok(plan)
    }

    /// Events whose shape is such.
    pub fn of_shapes(db: &Connection, postings: &Postings<'_>, condition: &str) -> Result<Self> {
        let members = Members::default();
        let mut plan = Self { members, from: i64::MIN, to: i64::MAX, dated: true, undated: true, exact: true, contained: None };
        plan.shapes(db, postings, condition, &[])?;
        Ok(plan)
    }

    /// Whether every row that is met matches.
    pub fn is_exact(&self) -> bool {
        self.exact && self.contained.is_none()
    }

    /// What the targets of the rows that are met still have to contain, where that is all there is to test.
    pub fn contained(&self) -> Option<&str> {
        self.contained.as_deref().filter(|_| self.exact)
    }

    pub fn has_all_times(&self) -> bool {
        self.dated && self.undated && self.from == i64::MIN && self.to == i64::MAX
    }

    /// The rows that are met, by the times too.
    pub fn met(&self) -> Members {
        let mut members = self.members.clone();
        if !self.has_all_times() {
            let mut times = Vec::new();
            if self.dated && self.from <= self.to {
                times.push(KeyRange { kind: Kind::Time, from: self.from, to: self.to });
            }
            if self.undated {
                times.push(KeyRange::all(Kind::Undated));
            }
            members.sets.insert(0, Set::of(times));
        }
        members
    }

    fn add(&mut self, db: &Connection, postings: &Postings<'_>, view: &View, f: &Filter) -> Result<()> {
        let base = view.base.iter().find(|b| b.name == f.column).map(|b| (b.kind, b.encoding));
        let Some((kind, encoding)) = base.or_else(|| view.column(&f.column).map(|c| (c.kind, c.encoding))) else {
            self.exact = false;
            return Ok(());
        };
        // A grouped view's own columns are of groups, not of rows.
        if view.id.is_none() && base.is_none() {
            self.exact = false;
            return Ok(());
        }
        let first = f.values.first().map_or("", String::as_str);
        let null = first.is_empty() || first == "null";
        match f.column.as_str() {
            "at" if null && f.op == "=" => self.dated = false,
            "at" if null && f.op == "!=" => self.undated = false,
            "at" => self.time(&f.op, &f.values),
            "action" | "status" | "exposes" | "state" | "parser" | "method" | "protocol" => {
                self.shape(db, postings, kind, encoding, f)?;
            }
            "actor" if !null => self.word(db, postings, Kind::Actor, f)?,
            "agent" if !null => self.word(db, postings, Kind::Agent, f)?,
            "key" if !null => self.word(db, postings, Kind::Key, f)?,
            _ if encoding == Encoding::Word && !null && matches!(f.op.as_str(), "=" | "in") => {
                // No row holds a word that is not there, as long as none stands in its row.
                let mut there = crate::words::may_stand_in_rows(db, &f.values)?;
                for text in &f.values {
                    there |= !words(db, "value = ?1", text)?.is_empty();
                }
                if there {
                    self.exact = false;
                } else {
                    self.members.sets.push(Set::default());
                }
            }
            "object" if !null => self.template(db, postings, f)?,
            "subject" if !null && matches!(f.op.as_str(), "=" | "in") => {
                self.keys(Kind::Subject, f.values.iter().map(|v| Keys::decimal(v.as_bytes())));
            }
            "address" if !null && matches!(f.op.as_str(), "=" | "in") => {
                self.keys(Kind::Address, f.values.iter().map(|v| Keys::address(Address::of(v.as_bytes()))));
            }
            "source" if !null && matches!(f.op.as_str(), "=" | "in") => self.imports(&f.values),
            _ => self.exact = false,
        }
        Ok(())
    }

    fn time(&mut self, op: &str, values: &[String]) {
        let times: Option<Vec<i64>> = values.iter().map(|v| parse_time(v)).collect();
        let (Some(times), true) = (times, matches!(op, "=" | "in" | "<" | "<=" | ">" | ">=")) else {
            self.exact = false;
            return;
        };
        let (Some(least), Some(most)) = (times.iter().min(), times.iter().max()) else { return };
        self.undated = false;
        self.exact &= least == most;
        let (from, to) = match op {
            "<" => (None, least.checked_sub(1)),
            "<=" => (None, Some(*least)),
            ">" => (least.checked_add(1), None),
            ">=" => (Some(*least), None),
            _ => (Some(*least), Some(*most)),
        };
        self.from = self.from.max(from.unwrap_or(i64::MIN));
        self.to = self.to.min(to.unwrap_or(i64::MAX));
    }

    fn imports(&mut self, values: &[String]) {
        let numbers: Option<Vec<i64>> = values.iter().map(|v| v.parse().ok()).collect();
        match (numbers, &mut self.members.imports) {
            (None, _) => self.exact = false,
            (Some(numbers), Some(known)) => known.retain(|n| numbers.contains(n)),
            (Some(numbers), none) => *none = Some(numbers),
        }
    }

    fn shape(
        &mut self,
        db: &Connection,
        postings: &Postings<'_>,
        kind: ColumnKind,
        encoding: Encoding,
        f: &Filter,
    ) -> Result<()> {
        let mut values = Vec::new();
        let sql = condition(&format!("shape.{}", f.column), kind, encoding, f, &mut values)?;
        self.shapes(db, postings, &sql, &values)
    }

    /// Rows whose shape is such.
    pub(super) fn shapes(&mut self, db: &Connection, postings: &Postings<'_>, condition: &str, values: &[Value]) -> Result<()> {
        let mut q = db.prepare_cached(&format!("SELECT id FROM shape WHERE {condition}"))?;
        let ids = q.query_map(params_from_iter(values), |r| r.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
        let ranges = ranges(Kind::Shape, ids);
        if count_of(postings, &ranges, u64::MAX)? == postings.total(Kind::Shape)? {
            return Ok(());
        }
        if ranges.len() > MOST_KEYS {
            self.exact = false;
        } else {
            self.members.sets.push(Set::of(ranges));
        }
        Ok(())
    }

    fn keys(&mut self, kind: Kind, keys: impl Iterator<Item = i64>) {
        let keys: Vec<i64> = keys.collect();
        self.exact &= !keys.iter().any(|k| is_text(*k));
        self.members.sets.push(Set::of(ranges(kind, keys)));
    }

    fn word(&mut self, db: &Connection, postings: &Postings<'_>, kind: Kind, f: &Filter) -> Result<()> {
        let mut keys = Vec::new();
        match f.op.as_str() {
            "=" | "in" => {
                for text in &f.values {
                    keys.extend(words(db, "value = ?1", text)?);
                    keys.push(text_key(text.as_bytes()));
                }
            }
            "contains" => {
                let first = f.values.first().map_or("", String::as_str);
                keys = words(db, "value LIKE ?1 ESCAPE '\\'", &like(first))?;
            }
            _ => {
                self.exact = false;
                return Ok(());
            }
        }
        self.texts(postings, kind, Found { keys, ..Found::default() }, f)
    }

    fn template(&mut self, db: &Connection, postings: &Postings<'_>, f: &Filter) -> Result<()> {
        let first = f.values.first().map_or("", String::as_str);
        let (mut keys, mut digits, mut in_numbers) = (Vec::new(), Vec::new(), Vec::new());
        match f.op.as_str() {
            "=" | "in" => {
                for text in &f.values {
                    let mut word = Vec::new();
                    let numbers = template::split(text.as_bytes(), &mut word);
                    self.exact &= numbers.is_none() && !text.contains('\x1a');
                    keys.push(text_key(text.as_bytes()));
                    match numbers {
                        // Alone, its digits tell more than its template.
                        Some(n) if f.values.len() == 1 => {
                            digits = n.as_slice().iter().flat_map(|n| grams_of(n.to_string().as_bytes())).collect();
                            let words = words(db, "value = ?1", &String::from_utf8_lossy(&word))?;
                            if digits.is_empty() || words.is_empty() {
                                digits.clear();
                                keys.extend(words);
                            } else {
                                in_numbers.extend(words);
                            }
                        }
                        Some(_) => keys.extend(words(db, "value = ?1", &String::from_utf8_lossy(&word))?),
                        None => keys.extend(words(db, "value = ?1", text)?),
                    }
                }
            }
            "contains" => {
                keys = words(db, "template_contains(value, ?1) = 2", first)?;
                let doubtful = doubtful(db, first)?;
                if !doubtful.is_empty() {
                    self.must_contain(first);
                }
                let all = grams_of(first.as_bytes());
                // Digits that stand in a template itself are in no number.
                let plain = |own: bool| own || all.is_empty();
                keys.extend(doubtful.iter().filter(|(_, own)| plain(*own)).map(|(id, _)| *id));
                in_numbers.extend(doubtful.iter().filter(|(_, own)| !plain(*own)).map(|(id, _)| *id));
                if !in_numbers.is_empty() {
                    digits = all;
                }
            }
            _ => {
                self.exact = false;
                return Ok(());
            }
        }
        self.texts(postings, Kind::Object, Found { keys, digits, in_numbers }, f)
    }

    /// Targets are candidates until they are read.
    fn must_contain(&mut self, pattern: &str) {
        // Of two patterns the rows are asked for both.
        self.exact &= self.contained.as_ref().is_none_or(|known| known == pattern);
        self.contained = Some(pattern.to_owned());
    }

    /// Numbers of words, and the texts that stand in their rows: found by a hash or, of a part of
    /// one, among those texts.
    fn texts(&mut self, postings: &Postings<'_>, kind: Kind, found: Found, f: &Filter) -> Result<()> {
        let Found { keys, digits: grams, in_numbers } = found;
        let inline = postings.count(kind, TEXT_KEYS, LAST_TEXT_KEY)? > 0;
        let mut contains = None;
        let kept = match kind {
            Kind::Object => Some(Kind::ObjectTexts),
            Kind::Agent => Some(Kind::AgentTexts),
            _ => None,
        };
        let mut ranges = ranges(kind, keys.into_iter().filter(|k| inline || !is_text(*k)).collect());
        match (kept, f.op.as_str()) {
            (Some(kept), "contains") if inline => {
                if postings.has_unsure_texts(kept)? {
                    match (kind, f.values.first()) {
                        (Kind::Object, Some(pattern)) => self.must_contain(pattern),
                        _ => self.exact = false,
                    }
                }
                contains = f.values.first().map(|pattern| (kept, pattern.clone().into_bytes()));
            }
            (None, "contains") if inline => {
                self.exact = false;
                ranges.insert(0, KeyRange { kind, from: TEXT_KEYS, to: LAST_TEXT_KEY });
            }
            _ => self.exact &= !inline,
        }
        if ranges.len() > MOST_KEYS {
            self.exact = false;
        } else {
            let mut of_grams = if grams.is_empty() { Vec::new() } else { self::ranges(kind, in_numbers) };
            // Most rows have such a key: then blocks alone cost less.
            let most = postings.total(Kind::Shape)? / SCANNED;
            if of_grams.len() > MOST_KEYS || count_of(postings, &of_grams, most)? > most {
                of_grams.clear();
            }
            if !grams.is_empty() && f.op != "contains" {
                // Rows met by their digits are candidates.
                self.exact = false;
            }
            self.members.sets.push(Set { ranges, grams, of_grams, contains });
        }
        Ok(())
    }

    /// Ids of the rows that can match, where they are few: so few that a walk by time would meet too
    /// many others.
    pub fn few(&self, postings: &Postings<'_>, all_are_read: bool) -> Result<Option<Vec<i64>>> {
        let mut members = self.members.clone();
        if !self.undated && self.dated && (all_are_read || !members.is_all()) {
            members.sets.insert(0, Set::of(vec![KeyRange { kind: Kind::Time, from: self.from, to: self.to }]));
        }
        let few = (postings.parts().len() as u64 * FEW_SQUARED).isqrt();
        let most = if all_are_read { few.max(postings.total(Kind::Shape)? / SCANNED).min(MOST_IDS) } else { few };
        let mut least = u64::MAX;
        for set in &members.sets {
            least = least.min(set.cost(postings, least)?);
        }
        if least > most {
            return Ok(None);
        }
        Ok(Some(ids(postings, &members)?))
    }

    /// Whether so few rows are met at most.
    pub fn is_at_most(&self, postings: &Postings<'_>, most: u64) -> Result<bool> {
        for set in &self.met().sets {
            if set.cost(postings, most)? <= most {
                return Ok(true);
            }
        }
        Ok(postings.total(Kind::Shape)? <= most)
    }

    /// How many rows are met; where all of them match, how many match.
    pub fn count(&self, postings: &Postings<'_>) -> Result<u64> {
        let mut sum = 0;
        for (kind, wanted, from, to) in
            [(Kind::Time, self.dated, self.from, self.to), (Kind::Undated, self.undated, i64::MIN, i64::MAX)]
        {
            if !wanted || from > to {
                continue;
            }
            if self.members.is_all() {
                sum += if from == i64::MIN && to == i64::MAX { postings.total(kind)? } else { postings.count(kind, from, to)? };
                continue;
            }
            let mut members = self.members.clone();
            if self.has_all_times() {
                return members.count(postings);
            }
            members.sets.insert(0, Set::of(vec![KeyRange { kind, from, to }]));
            sum += members.count(postings)?;
        }
        Ok(sum)
    }
}

/// Numbers of words that a filter finds.
#[derive(Default)]
struct Found {
    keys: Vec<i64>,
    /// Digits that numbers of rows must have, and the templates whose numbers may.
    digits: Vec<u16>,
    in_numbers: Vec<i64>,
}

/// All three digits that stand side by side in a text.
fn grams_of(text: &[u8]) -> Vec<u16> {
    let mut all: Vec<u16> = grams(text).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Templates of which only the numbers tell whether they contain a pattern, and whether three digits
/// stand side by side in the template itself.
fn doubtful(db: &Connection, pattern: &str) -> Result<Vec<(i64, bool)>> {
    let mut q = db.prepare_cached("SELECT id, value FROM word WHERE template_contains(value, ?1) = 1")?;
    let mut rows = q.query([pattern])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let own = match row.get_ref(1)? {
            ValueRef::Text(b) | ValueRef::Blob(b) => grams(b).next().is_some(),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => true,
        };
        out.push((row.get(0)?, own));
    }
    Ok(out)
}

/// Numbers of the words under a condition.
fn words(db: &Connection, condition: &str, text: &str) -> Result<Vec<i64>> {
    let mut q = db.prepare_cached(&format!("SELECT id FROM word WHERE {condition}"))?;
    Ok(q.query_map([text], |r| r.get(0))?.collect::<Result<Vec<_>, _>>()?)
}

/// Keys as ranges: numbers given one after the other often lie side by side.
fn ranges(kind: Kind, mut keys: Vec<i64>) -> Vec<KeyRange> {
    keys.sort_unstable();
    keys.dedup();
    keys.chunk_by(|a, b| a.checked_add(1) == Some(*b))
        .filter_map(|run| Some(KeyRange { kind, from: *run.first()?, to: *run.last()? }))
        .collect()
}

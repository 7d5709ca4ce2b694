//! How many of what: requests (page views), distinct subjects (accounts) and third parties, by any of actor, kind of
//! data, day and source, from the sets kept in the case. Numbers of different units are never added.

use super::held::{Held, held};
use crate::error::{CaseError, Result};
use crate::reached::{Counter, Tell};
use crate::store::Store;
use crate::tally::{self, Chosen, DAY, DaySum, Set, Spans, SumBy};
use crate::words::{WordReader, stored_forms};
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    /// What the logs cover of the days asked about.
    pub held: Held,
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

/// `tell` is told of the rows of sums that are added up.
pub fn count(store: &Store, q: &CountQuestion, tell: Option<&Tell>) -> Result<Counts> {
    let chosen = chosen(store, q)?;
    let by_kind = q.by.contains(&By::Kind) || q.kind.is_some();
    // By actor and kind, what was served is summed already.
    let whole = chosen.from.is_none() && chosen.to.is_none() && chosen.imports.is_none() && chosen.served;
    let groups = if by_kind && whole && !q.by.iter().any(|by| matches!(by, By::Day | By::Source)) {
        summed(store, q, &chosen, tell)?
    } else {
        over_days(store, q, &chosen, by_kind, tell)?
    };
    let mut rows: Vec<CountRow> = groups.into_iter().map(|(group, sum)| row(group, sum)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.subjects, row.requests)));
    if q.by.contains(&By::Day) {
        // Days stand in their order, each with its rows as above; what has no time comes last.
        rows.sort_by(|a, b| (a.day.is_none(), &a.day).cmp(&(b.day.is_none(), &b.day)));
    }
    let which = match (q.asked, by_kind) {
        (true, true) => "served: what was not served gives no kind of data, so that those asked for in vain add none",
        (true, false) => "all, served or not",
        (false, _) => "answered with a status of 2xx, or with none recorded",
    };
    Ok(Counts {
        rows,
        held: held(store, q.source, chosen.from, chosen.to)?,
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

/// What a row is of: day, actor, kind, source; rows of equal numbers stand in this order.
type Group = (Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);

/// What is added up for a row.
#[derive(Default)]
struct Sum {
    sets: DaySum,
    /// Members of sets of one row that stands alone, which are stored beside them.
    subjects: u64,
    third_parties: u64,
}

fn row((day, actor, kind, source): Group, sum: Sum) -> CountRow {
    let text = |b: Option<Vec<u8>>| b.map(|b| String::from_utf8_lossy(&b).into_owned());
    CountRow {
        actor: text(actor),
        kind: text(kind),
        day: day.map(super::day_text),
        source: source.and_then(|n| u32::try_from(n).ok()),
        requests: sum.sets.requests,
        subjects: sum.subjects + sum.sets.subjects.count(),
        third_parties: sum.third_parties + sum.sets.third_parties.count(),
    }
}

fn chosen(store: &Store, q: &CountQuestion) -> Result<Chosen> {
    let day = |bound: &Option<String>| -> Result<Option<i64>> {
        let Some(text) = bound else { return Ok(None) };
        let at = crate::view::parse_time(text).filter(|at| at.rem_euclid(DAY) == 0);
        let at = at.ok_or_else(|| CaseError::BadQuestion {
            why: format!("{text} is not a day such as 2025-06-24; sets are kept by whole days, UTC"),
            hint: "Give whole days, UTC. The view data-kinds counts over any times.",
        })?;
        Ok(Some(at / DAY))
    };
    let actors = match &q.actor {
        None => None,
        Some(actor) => Some(stored_forms(&store.db, actor)?),
    };
    Ok(Chosen { from: day(&q.from)?, to: day(&q.to)?, imports: q.source.map(|n| vec![n.into()]), actors, served: !q.asked })
}

/// From the table of sums over the whole case.
fn summed(store: &Store, q: &CountQuestion, chosen: &Chosen, tell: Option<&Tell>) -> Result<BTreeMap<Group, Sum>> {
    let mut conditions = vec!["1".to_owned()];
    let mut values = chosen.actors.clone().unwrap_or_default();
    if !values.is_empty() {
        conditions.push(format!("actor IN ({})", vec!["?"; values.len()].join(",")));
    }
    if let Some(kind) = &q.kind {
        conditions.push("kind = ?".into());
        values.push(Value::Text(kind.clone()));
    }
    // One row for each group: its numbers stand in it, and its sets are not read.
    let one_each = (q.by.contains(&By::Actor) || q.actor.is_some()) && (q.by.contains(&By::Kind) || q.kind.is_some());
    let numbers = if one_each { "subjects, third_parties, NULL, NULL" } else { "0, 0, got, named" };
    let conditions = conditions.join(" AND ");
    let of: i64 =
        store
            .db
            .query_row(&format!("SELECT count(*) FROM exposed WHERE {conditions}"), params_from_iter(&values), |r| r.get(0))?;
    let read = Counter::new(tell, of.cast_unsigned())?;
    let sql = format!("SELECT actor, kind, requests, {numbers} FROM exposed WHERE {conditions}");
    let (mut words, mut statement) = (WordReader::default(), store.db.prepare(&sql)?);
    let mut rows = statement.query(params_from_iter(values))?;
    let mut groups: BTreeMap<Group, Sum> = BTreeMap::new();
    while let Some(r) = rows.next()? {
        read.row()?;
        let actor = if q.by.contains(&By::Actor) { words.bytes(&store.db, r.get_ref(0)?)? } else { None };
        let kind = if q.by.contains(&By::Kind) { words.bytes(&store.db, r.get_ref(1)?)? } else { None };
        let number = |i| -> rusqlite::Result<u64> { Ok(r.get::<_, i64>(i)?.cast_unsigned()) };
        let set = |i| -> Result<Set> {
            let stored = r.get_ref(i)?.as_blob_or_null().map_err(|_| tally::damaged_set())?;
            Ok(Set::read(stored).ok_or_else(tally::damaged_set)?)
        };
        let sum = groups.entry((None, actor, kind, None)).or_default();
        sum.subjects += number(3)?;
        sum.third_parties += number(4)?;
        sum.sets.add(DaySum { requests: number(2)?, subjects: set(5)?, third_parties: set(6)?, ..DaySum::default() });
    }
    Ok(groups)
}

/// From the counts of each day.
fn over_days(
    store: &Store,
    q: &CountQuestion,
    chosen: &Chosen,
    by_kind: bool,
    tell: Option<&Tell>,
) -> Result<BTreeMap<Group, Sum>> {
    let by = SumBy {
        actor: q.by.contains(&By::Actor),
        exposes: by_kind,
        day: q.by.contains(&By::Day),
        import: q.by.contains(&By::Source),
    };
    let mut words = WordReader::default();
    let mut groups: BTreeMap<Group, Sum> = BTreeMap::new();
    let spans = Spans::of(&store.db, chosen)?;
    let read = Counter::new(tell, spans.rows)?;
    for (key, sum) in spans.sum(&store.db, by, &mut || read.row())? {
        let actor = words.bytes(&store.db, key.actor.value())?;
        if !by_kind {
            groups.entry((key.day, actor, None, key.import)).or_default().sets.add(sum);
            continue;
        }
        let Some(exposes) = words.bytes(&store.db, key.exposes.value())? else { continue };
        for kind in tally::kinds_of(&exposes).filter(|k| q.kind.as_ref().is_none_or(|wanted| wanted.as_bytes() == *k)) {
            let kind = q.by.contains(&By::Kind).then(|| kind.to_vec());
            groups.entry((key.day, actor.clone(), kind, key.import)).or_default().sets.add(sum.clone());
        }
    }
    Ok(groups)
}

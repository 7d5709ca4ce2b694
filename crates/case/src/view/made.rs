//! The table below a view that is asked about days: made of the counts of those days for one
//! question, in the storage that SQLite keeps for a connection. The case is not written.

use super::definition::Encoding;
use super::engine::Engine;
use super::filter::condition;
use super::sums::Exposed;
use super::time_text::parse_time;
use crate::api::{ColumnKind, Filter, Query};
use crate::error::Result;
use crate::tally::{self, Chosen, DAY, DaySum, Spans, Stored, SumBy};
use crate::words::{WordReader, stored_forms, text_or_blob};
use rusqlite::types::ToSqlOutput;
use rusqlite::{params, params_from_iter};
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

/// Columns that the table is made by, and which it has no more.
const ANSWERED: [&str; 2] = ["at", "source"];

impl Engine<'_> {
    /// Turns to the part of the view that answers a query; what is left to ask of that part.
    pub(super) fn chosen<'q>(&mut self, query: &'q Query) -> Result<Cow<'q, Query>> {
        let query = self.without_all_sources(query)?;
        self.view = self.whole.for_query(&query);
        self.summed = None;
        if self.view.made.is_some() {
            self.make(&self.days_of(&query)?)?;
            let filters = query.filters.iter().filter(|f| !ANSWERED.contains(&f.column.as_str())).cloned().collect();
            return Ok(Cow::Owned(Query { filters, from: None, to: None, ..query.into_owned() }));
        }
        if std::ptr::eq(self.view, self.whole)
            && let Some(rest) = self.summed(&query)?
        {
            return Ok(Cow::Owned(rest));
        }
        Ok(query)
    }

    /// A filter that every source of the case fits asks for nothing, and would be in the way of counts.
    fn without_all_sources<'q>(&self, query: &'q Query) -> Result<Cow<'q, Query>> {
        let is_of_imports = self.whole.base.iter().any(|b| b.name == "source" && b.expression == "e.id >> 40");
        let of_source = |f: &Filter| is_of_imports && f.column == "source";
        if self.plain || !query.filters.iter().any(of_source) {
            return Ok(Cow::Borrowed(query));
        }
        let fitting = self.imports_of(query.filters.iter().filter(|f| of_source(f)))?.map_or(0, |n| n.len() as i64);
        if fitting != self.db.query_row("SELECT count(*) FROM import", [], |r| r.get::<_, i64>(0))? {
            return Ok(Cow::Borrowed(query));
        }
        let filters = query.filters.iter().filter(|f| !of_source(f)).cloned().collect();
        Ok(Cow::Owned(Query { filters, ..query.clone() }))
    }

    fn days_of(&self, query: &Query) -> Result<Chosen> {
        let mut chosen = Chosen { served: true, ..Chosen::default() };
        let day = |text: &String| parse_time(text).map(|at| at.div_euclid(DAY));
        let mut bound = |op: &str, text: &String| match (op, day(text)) {
            (">=", Some(day)) => chosen.from = Some(chosen.from.map_or(day, |known| known.max(day))),
            (_, Some(day)) => chosen.to = Some(chosen.to.map_or(day, |known| known.min(day))),
            (_, None) => {}
        };
        for (value, op) in [(&query.from, ">="), (&query.to, "<")] {
            if let Some(text) = value {
                bound(op, text);
            }
        }
        for f in query.filters.iter().filter(|f| f.column == "at") {
            for text in &f.values {
                bound(&f.op, text);
            }
        }
        chosen.imports = self.imports_of(query.filters.iter().filter(|f| f.column == "source"))?;
        if let Some(f) = query.filters.iter().find(|f| f.column == "actor" && f.op == "=")
            && let Some(actor) = f.values.first().filter(|a| !a.is_empty() && *a != "null")
        {
            chosen.actors = Some(stored_forms(self.db, actor)?);
        }
        Ok(chosen)
    }

    fn imports_of<'f>(&self, filters: impl Iterator<Item = &'f Filter>) -> Result<Option<Vec<i64>>> {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for f in filters {
            conditions.push(condition("n", ColumnKind::Integer, Encoding::Plain, f, &mut values)?);
        }
        if conditions.is_empty() {
            return Ok(None);
        }
        let mut q = self.db.prepare(&format!("SELECT n FROM import WHERE {}", conditions.join(" AND ")))?;
        Ok(Some(q.query_map(params_from_iter(values), |r| r.get(0))?.collect::<Result<_, _>>()?))
    }

    fn make(&self, chosen: &Chosen) -> Result<()> {
        let mut words = WordReader::default();
        let mut groups: BTreeMap<(Stored, Vec<u8>), DaySum> = BTreeMap::new();
        let by = SumBy { actor: true, exposes: true, ..SumBy::default() };
        for (key, sum) in Spans::of(self.db, chosen)?.sum(self.db, by, &mut || rusqlite::Result::<()>::Ok(()))? {
            let Some(exposes) = words.bytes(self.db, key.exposes.value())? else { continue };
            for kind in tally::kinds_of(&exposes) {
                groups.entry((key.actor.clone(), kind.to_vec())).or_default().add(sum.clone());
            }
        }
        self.with_temp(|engine| engine.fill(groups))
    }

    /// Writes to tables that are this connection's alone.
    pub(super) fn with_temp<T>(&self, fill: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        // A connection that only reads refuses temporary tables too; its file stays closed to writing.
        let query_only: bool = self.db.pragma_query_value(None, "query_only", |r| r.get(0))?;
        self.db.pragma_update(None, "query_only", false)?;
        let filled = fill(self);
        self.db.pragma_update(None, "query_only", query_only)?;
        filled
    }

    fn fill(&self, groups: BTreeMap<(Stored, Vec<u8>), DaySum>) -> Result<()> {
        let groups = groups.into_iter().map(|((actor, kind), sum)| Exposed {
            actor,
            kind: kind.into(),
            requests: sum.requests,
            first: sum.first,
            last: sum.last,
            subjects: sum.subjects.count(),
        });
        self.fill_exposed((1..).zip(groups))
    }

    pub(super) fn fill_exposed<E: Borrow<Exposed>>(&self, groups: impl Iterator<Item = (i64, E)>) -> Result<()> {
        self.db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS exposed_over (n INTEGER PRIMARY KEY, actor, kind, subjects, requests, first, last);
             DELETE FROM temp.exposed_over",
        )?;
        let mut insert = self.db.prepare_cached("INSERT INTO temp.exposed_over VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for (n, group) in groups {
            let e = group.borrow();
            insert.execute(params![
                n,
                ToSqlOutput::Borrowed(e.actor.value()),
                ToSqlOutput::Borrowed(text_or_blob(&e.kind)),
                e.subjects.cast_signed(),
                e.requests.cast_signed(),
                e.first,
                e.last
            ])?;
        }
        Ok(())
    }
}

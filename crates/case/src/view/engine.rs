//! Runs views: pages by key, counts, facets, histograms. Words and codes are translated after the
//! page is chosen, so that a page costs the same at any size.

use super::definition::{Codes, Column, Encoding, RowOf, View};
use super::filter::{Conditions, conditions};
use super::functions;
use super::time_text::{time_text, zone_of};
use crate::address::Address;
use crate::api::{ColumnKind, Facet, Histogram, Page, Query, RowTable};
use crate::error::{CaseError, Result};
use crate::words::WordReader;
use model::Zone;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};
use std::collections::BTreeSet;

/// A cell as the edge sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Number(i64),
    Json(serde_json::Value),
}

/// A row of a view.
#[derive(Clone, Debug)]
pub struct ViewRow {
    pub id: Option<i64>,
    /// Id or key, for paging.
    unique: i64,
    pub table: Option<RowTable>,
    pub cells: Vec<Cell>,
}

pub struct Engine<'a> {
    db: &'a Connection,
    view: &'a View,
    /// The view as it was asked for; `view` may be its part over the counts.
    whole: &'a View,
    words: WordReader,
}

/// Where a page goes on: the value ordered by and the id, or a position.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Cursor {
    Key { order: Option<CursorValue>, id: i64 },
    Position(i64),
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum CursorValue {
    Int(i64),
    Text(String),
}

impl<'a> Engine<'a> {
    pub fn new(db: &'a Connection, view: &'a View) -> Self {
        Self { db, view, whole: view, words: WordReader::default() }
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
        self.view = self.whole.for_query(query);
        let (order, descending) = self.order(query)?;
        let Some((order, id)) = order.clone().zip(self.view.unique()) else {
            return self.by_position(query, order.as_deref(), descending, cursor, limit, take);
        };
        let mut left = limit;
        let mut last = None;
        // Rows with a value first, then those without: two plain ranges that an index serves.
        let (start, skip) = match &cursor {
            None => (None, 0),
            Some(Cursor::Position(n)) => (None, *n),
            Some(Cursor::Key { order, id }) => (Some((order.clone(), *id)), 0),
        };
        let mut skip = skip;
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
            let mut c = conditions(self.view, query)?;
            let direction = if descending { "DESC" } else { "ASC" };
            let than = if descending { "<" } else { ">" };
            if order != id {
                c.outer.push(format!("\"{order}\" IS {}NULL", if valued { "NOT " } else { "" }));
            }
            match after {
                Some((Some(v), i)) if order != id => {
                    c.outer.push(format!("(\"{order}\", {id}) {than} (?, ?)"));
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
                format!("\"{order}\" {direction}, {id} {direction}")
            } else {
                format!("{id} {direction}")
            };
            let skipped = skip;
            let sql = format!("{} ORDER BY {keys} LIMIT {left} OFFSET {skipped}", self.select(&c));
            let mut given = 0i64;
            let mut key = None;
            let done = !self.run(&sql, &c, &order, &mut |row, order_value| {
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
        descending: bool,
        cursor: Option<Cursor>,
        limit: i64,
        take: &mut dyn FnMut(ViewRow) -> Result<bool>,
    ) -> Result<Option<Cursor>> {
        let at = match cursor {
            Some(Cursor::Position(n)) => n,
            Some(Cursor::Key { .. }) | None => 0,
        };
        let c = conditions(self.view, query)?;
        let direction = if descending { "DESC" } else { "ASC" };
        // Ties are broken by every column, so that two machines give the same order.
        let ties: Vec<String> = (1..=self.view.columns.len()).map(|n| n.to_string()).collect();
        let first = order.map(|o| format!("\"{o}\" {direction}, ")).unwrap_or_default();
        let sql = format!("{} ORDER BY {first}{} LIMIT {limit} OFFSET {at}", self.select(&c), ties.join(", "));
        let mut given = 0;
        self.run(&sql, &c, "", &mut |row, _| {
            given += 1;
            take(row)
        })?;
        Ok((limit > 0 && given == limit).then_some(Cursor::Position(at + given)))
    }

    /// Rows under the query, and rows of the view in all.
    pub fn count(&mut self, query: &Query) -> Result<(u64, u64)> {
        self.view = self.whole.for_query(&Query::default());
        let total = self.count_sql(&Conditions::default())?;
        let plain = query.filters.is_empty() && query.from.is_none() && query.to.is_none();
        self.view = self.whole.for_query(query);
        let matching = if plain { total } else { self.count_sql(&conditions(self.view, query)?)? };
        Ok((matching.cast_unsigned(), total.cast_unsigned()))
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

    /// The commonest values of a column; and whether there are more.
    pub fn facets(&mut self, query: &Query, column: &str, limit: u32) -> Result<(Vec<Facet>, bool)> {
        self.view = self.whole.for_query(query);
        let known = self.view.column(column).filter(|c| c.facet);
        let column = known.ok_or_else(|| CaseError::NoSuchColumn { view: self.view.name.into(), column: column.into() })?.clone();
        let c = conditions(self.view, query)?;
        let limit = limit.clamp(1, 1000) as usize;
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
    pub fn histogram(&self, query: &Query, bins: u32) -> Result<Histogram> {
        let empty = Histogram { start: "0".into(), width: "1".into(), counts: Vec::new(), undated: "0".into() };
        let Some(time) = self.view.time.filter(|t| self.view.column(t).is_some()) else { return Ok(empty) };
        let c = conditions(self.view, query)?;
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

    fn order(&self, query: &Query) -> Result<(Option<String>, bool)> {
        let Some(asked) = &query.order else {
            return Ok((self.view.order.map(str::to_owned), self.view.descending != query.descending));
        };
        let known = self.view.column(asked).filter(|c| c.order);
        let column = known.ok_or_else(|| CaseError::NoSuchColumn { view: self.view.name.into(), column: asked.clone() })?;
        Ok((Some(column.name.to_owned()), query.descending))
    }

    fn source(&self, c: &Conditions) -> String {
        let inner = if c.inner.is_empty() { String::new() } else { format!(" AND {}", c.inner.join(" AND ")) };
        self.view.sql.replace("/*where*/", &inner)
    }

    fn select(&self, c: &Conditions) -> String {
        let shown = self.view.columns.iter().map(|c| format!("\"{}\"", c.name));
        let hidden = self.view.hidden.iter().copied().chain(self.view.unique()).map(|h| format!("\"{h}\""));
        let all: Vec<String> = shown.chain(hidden).collect();
        format!("SELECT {} FROM ({}){}", all.join(", "), self.source(c), outer(c))
    }

    /// Runs a select; false where `take` stopped it.
    fn run(
        &mut self,
        sql: &str,
        c: &Conditions,
        order: &str,
        take: &mut dyn FnMut(ViewRow, Option<CursorValue>) -> Result<bool>,
    ) -> Result<bool> {
        let mut q = self.db.prepare_cached(sql)?;
        let mut rows = q.query(params_from_iter(parameters(c)))?;
        while let Some(row) = rows.next()? {
            let made = self.row(row)?;
            let key = if order.is_empty() { None } else { CursorValue::of(row.get_ref(order)?) };
            if !take(made, key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<ViewRow> {
        let hidden =
            |name: &str| -> Result<Option<i64>> { Ok(if self.view.hidden.contains(&name) { row.get(name)? } else { None }) };
        let zone = hidden("form")?.map_or(Zone::Utc, zone_of);
        let table = match self.view.row {
            RowOf::Table(t) => Some(t),
            RowOf::None => None,
            RowOf::Any => match hidden("row_table")? {
                Some(1) => Some(RowTable::File),
                _ => Some(RowTable::Event),
            },
        };
        let id = match self.view.id {
            Some(id) => row.get(id)?,
            None => None,
        };
        let view = self.view;
        let mut cells = Vec::with_capacity(view.columns.len());
        for (i, column) in view.columns.iter().enumerate() {
            let value = row.get_ref(i)?;
            cells.push(match (column.encoding, value) {
                (Encoding::Template, ValueRef::Integer(_)) => self.template(value, row.get_ref("numbers")?)?,
                _ => self.cell(column, value, zone)?,
            });
        }
        let unique = match view.unique() {
            Some(name) => row.get(name)?,
            None => 0,
        };
        Ok(ViewRow { id, unique, table, cells })
    }

    fn cell(&mut self, column: &Column, value: ValueRef<'_>, zone: Zone) -> Result<Cell> {
        let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        Ok(match (column.encoding, value) {
            (_, ValueRef::Null) => Cell::Null,
            (Encoding::Word, v) => self.words.bytes(self.db, v)?.map_or(Cell::Null, |b| Cell::Text(lossy(&b))),
            (Encoding::WordList, v) => self.word_list(v)?,
            (Encoding::Address, v) => Cell::Text(lossy(&Address::read(v).unwrap_or_default())),
            (Encoding::Id, ValueRef::Integer(n)) => Cell::Text(n.to_string()),
            (Encoding::Code(codes), ValueRef::Integer(code)) => Cell::Text(label(codes, code)),
            (_, ValueRef::Integer(n)) if column.kind == ColumnKind::Time => Cell::Text(time_text(n, zone)),
            (_, ValueRef::Integer(n)) => Cell::Number(n),
            (_, ValueRef::Real(r)) => Cell::Text(r.to_string()),
            (_, ValueRef::Text(b) | ValueRef::Blob(b)) if column.kind == ColumnKind::Json => {
                serde_json::from_slice(b).map_or_else(|_| Cell::Text(lossy(b)), Cell::Json)
            }
            (_, ValueRef::Text(b) | ValueRef::Blob(b)) => Cell::Text(lossy(b)),
        })
    }

    /// The text of a template and the numbers that belong in it.
    fn template(&mut self, word: ValueRef<'_>, numbers: ValueRef<'_>) -> Result<Cell> {
        let word = self.words.bytes(self.db, word)?.unwrap_or_default();
        let text = functions::expand(&word, numbers).unwrap_or(word);
        Ok(Cell::Text(String::from_utf8_lossy(&text).into_owned()))
    }

    /// Numbers of words and words, comma-separated; each word may list several itself.
    fn word_list(&mut self, value: ValueRef<'_>) -> Result<Cell> {
        let text = match value {
            ValueRef::Text(b) | ValueRef::Blob(b) => String::from_utf8_lossy(b).into_owned(),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Null | ValueRef::Real(_) => return Ok(Cell::Null),
        };
        let mut all = BTreeSet::new();
        for part in text.split(',').filter(|p| !p.is_empty()) {
            match part.parse::<i64>() {
                Ok(n) => {
                    let word = self.words.bytes(self.db, ValueRef::Integer(n))?.unwrap_or_default();
                    all.extend(String::from_utf8_lossy(&word).split(',').map(str::to_owned));
                }
                Err(_) => {
                    all.insert(part.to_owned());
                }
            }
        }
        Ok(Cell::Text(all.into_iter().collect::<Vec<_>>().join(",")))
    }
}

fn label(codes: Codes, code: i64) -> String {
    codes.label(code)
}

fn outer(c: &Conditions) -> String {
    if c.outer.is_empty() { String::new() } else { format!(" WHERE {}", c.outer.join(" AND ")) }
}

fn parameters(c: &Conditions) -> impl Iterator<Item = &Value> {
    c.inner_values.iter().chain(&c.outer_values)
}

impl CursorValue {
    fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(n) => Some(Self::Int(n)),
            ValueRef::Text(b) | ValueRef::Blob(b) => Some(Self::Text(String::from_utf8_lossy(b).into_owned())),
            ValueRef::Null | ValueRef::Real(_) => None,
        }
    }
    fn into_value(self) -> Value {
        match self {
            Self::Int(n) => Value::Integer(n),
            Self::Text(t) => Value::Text(t),
        }
    }
}

impl Cell {
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(t) => Some(t.clone()),
            Self::Number(n) => Some(n.to_string()),
            Self::Json(v) => Some(v.to_string()),
        }
    }
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Text(t) => t.clone().into(),
            Self::Number(n) => (*n).into(),
            Self::Json(v) => v.clone(),
        }
    }
}

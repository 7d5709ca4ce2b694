//! Cells: stored values as they are shown. Words, codes and templates are translated here, after the
//! rows of a page are chosen.

use super::definition::{Codes, Column, Encoding, RowOf};
use super::engine::Engine;
use super::functions;
use super::time_text::{PARTLY_LOCAL, time_text, zone_of};
use crate::address::Address;
use crate::api::{ColumnKind, RowTable};
use crate::error::Result;
use model::Zone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
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
    pub(super) unique: i64,
    pub table: Option<RowTable>,
    pub cells: Vec<Cell>,
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

impl Engine<'_> {
    /// What ties the times of groups to UTC: nothing, where none of the rows below them is tied to it.
    fn zone_of_groups(&mut self) -> Result<Zone> {
        if self.zones.is_none() {
            // Of an undated row the form says no zone.
            let sql = "SELECT coalesce(max(form >> 4 & 7 = 3), 0), coalesce(max(form <> 128 AND form >> 4 & 7 <> 3), 0)
                FROM shape WHERE form & 128";
            self.zones = Some(self.db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?);
        }
        Ok(if self.zones == Some((true, false)) { Zone::Unknown } else { Zone::Utc })
    }

    /// The time of a group; where its rows may be of several clocks, that is said.
    fn time(&self, micros: i64, zone: Zone) -> String {
        let text = time_text(micros, zone);
        match text.strip_suffix('Z').filter(|_| self.view.row == RowOf::None && self.zones == Some((true, true))) {
            Some(clock) => format!("{clock}{PARTLY_LOCAL}"),
            None => text,
        }
    }

    pub(super) fn row(&mut self, row: &Row<'_>) -> Result<ViewRow> {
        let hidden =
            |name: &str| -> Result<Option<i64>> { Ok(if self.view.hidden.contains(&name) { row.get(name)? } else { None }) };
        let zone = match self.view.row {
            RowOf::None => self.zone_of_groups()?,
            RowOf::Table(_) | RowOf::Any => hidden("form")?.map_or(Zone::Utc, zone_of),
        };
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

    pub(super) fn cell(&mut self, column: &Column, value: ValueRef<'_>, zone: Zone) -> Result<Cell> {
        let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        Ok(match (column.encoding, value) {
            (_, ValueRef::Null) => Cell::Null,
            (Encoding::Word, v) => self.words.bytes(self.db, v)?.map_or(Cell::Null, |b| Cell::Text(lossy(&b))),
            (Encoding::WordList, v) => self.word_list(v)?,
            (Encoding::Address, v) => Cell::Text(lossy(&Address::read(v).unwrap_or_default())),
            (Encoding::Id, ValueRef::Integer(n)) => Cell::Text(n.to_string()),
            (Encoding::Code(codes), ValueRef::Integer(code)) => Cell::Text(label(codes, code)),
            (_, ValueRef::Integer(n)) if column.kind == ColumnKind::Time => Cell::Text(self.time(n, zone)),
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

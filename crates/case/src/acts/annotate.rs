//! Tags, notes and bookmarks.

use super::rows::{Leaves, RowKey, rows_in, table_name, table_of};
use crate::api::{Query, RowTable};
use crate::columns::split_id;
use crate::detail::detail;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use crate::view::{Engine, view};
use ledger::Json;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

pub const KINDS: [&str; 3] = ["tag", "note", "bookmark"];
/// Most rows of one entry.
pub const MOST_ROWS: usize = 10_000;
/// Most rows of one annotation that are told one by one; all are counted.
const MOST_TOLD: usize = 100;
/// Most rows of a whole list whose titles are read.
const MOST_TITLES: usize = 400;
const LONGEST_TAG: usize = 200;
const LONGEST_NOTE: usize = 20_000;

/// A tag, note or bookmark as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Annotation {
    /// Number of the annotation, from 1.
    pub number: u32,
    /// "tag", "note" or "bookmark".
    pub kind: String,
    /// The tag or the note.
    pub text: Option<String>,
    /// The first of its rows; `row_count` has all.
    pub rows: Vec<AnnotatedRow>,
    pub row_count: u32,
    /// Entry that made it, with its time and who made it.
    #[ts(type = "number")]
    pub entry: u64,
    pub time: String,
    pub actor: String,
    /// Entry that took it back.
    #[ts(type = "number | null")]
    pub removed_by: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct AnnotatedRow {
    pub row: RowKey,
    pub title: Option<String>,
    /// The row hashes to the leaf in the entry; none where that was not looked at.
    pub as_it_was: Option<bool>,
}

/// Which annotations a list shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Also those taken back.
    pub removed: bool,
    /// Only those of one row.
    pub row: Option<(RowTable, i64)>,
    /// With titles of rows, and whether they are as they were.
    pub rows_read: bool,
}

/// What the ledger holds of one annotation.
struct Kept {
    kind: String,
    rows: Vec<(RowTable, i64, Option<ledger::Hash>)>,
    entry: u64,
    time: String,
    actor: String,
    removed_by: Option<u64>,
}

/// All annotations by number.
fn kept(store: &Store) -> Result<BTreeMap<u32, Kept>> {
    let (_, all) = entries::chain(store)?;
    let mut out: BTreeMap<u32, Kept> = BTreeMap::new();
    for entry in all.iter().filter(|e| e.head.kind == "annotate") {
        let param = |name: &str| entry.get("params").and_then(|p| p.get(name));
        let number = param("annotation").and_then(Json::as_int).and_then(|n| u32::try_from(n).ok());
        let Some(number) = number else { continue };
        if param("action").and_then(Json::as_text) == Some("remove") {
            if let Some(known) = out.get_mut(&number) {
                known.removed_by.get_or_insert(entry.head.seq);
            }
            continue;
        }
        let text = |value: Option<&Json>| value.and_then(Json::as_text).unwrap_or_default().to_owned();
        out.insert(
            number,
            Kept {
                kind: text(param("kind")),
                rows: rows_in(entry),
                entry: entry.head.seq,
                time: entry.head.time.clone(),
                actor: text(entry.get("actor").and_then(|a| a.get("id"))),
                removed_by: None,
            },
        );
    }
    Ok(out)
}

/// Texts by number of annotation.
fn texts(store: &Store) -> Result<BTreeMap<u32, String>> {
    let mut q = store.db.prepare("SELECT about, value FROM statement WHERE kind IN ('tag', 'note') ORDER BY id")?;
    let rows = q.query_map([], |r| Ok((r.get::<_, Option<String>>(0)?, r.get::<_, Option<String>>(1)?)))?;
    let mut out = BTreeMap::new();
    for row in rows {
        let (about, value) = row?;
        if let (Some(number), Some(text)) = (about.and_then(|a| a.parse().ok()), value) {
            out.insert(number, text);
        }
    }
    Ok(out)
}

/// The annotations, in the order they were made.
pub fn annotations(store: &Store, shown: &Shown) -> Result<Vec<Annotation>> {
    let texts = texts(store)?;
    let mut leaves = Leaves::new(store);
    let mut read = 0;
    let mut out = Vec::new();
    for (number, a) in kept(store)? {
        let of_row = |row: &(RowTable, i64)| a.rows.iter().any(|(t, id, _)| (*t, *id) == *row);
        if (a.removed_by.is_some() && !shown.removed) || shown.row.as_ref().is_some_and(|r| !of_row(r)) {
            continue;
        }
        // Of one row, that row comes first.
        let first = shown.row.and_then(|row| a.rows.iter().find(|(t, id, _)| (*t, *id) == row));
        let others = a.rows.iter().filter(|r| first.is_none_or(|f| (f.0, f.1) != (r.0, r.1)));
        let mut rows = Vec::new();
        for (table, id, leaf) in first.into_iter().chain(others).take(MOST_TOLD) {
            let mut row = AnnotatedRow { row: RowKey::new(*table, *id), title: None, as_it_was: None };
            if shown.rows_read && read < MOST_TITLES {
                read += 1;
                row.title = detail(store, *table, *id).ok().map(|d| d.title);
                row.as_it_was = Some(leaves.of(*table, *id).ok().is_some_and(|now| Some(now) == *leaf));
            }
            rows.push(row);
        }
        out.push(Annotation {
            number,
            kind: a.kind,
            text: texts.get(&number).cloned(),
            rows,
            row_count: u32::try_from(a.rows.len()).unwrap_or(u32::MAX),
            entry: a.entry,
            time: a.time,
            actor: a.actor,
            removed_by: a.removed_by,
        });
    }
    Ok(out)
}

fn checked(kind: &str, text: Option<&str>) -> Result<Option<String>> {
    let bad = |why: String| Err(CaseError::BadRecord(why));
    let text = text.map(str::trim).filter(|t| !t.is_empty());
    let most = if kind == "note" { LONGEST_NOTE } else { LONGEST_TAG };
    match (kind, text) {
        ("bookmark", None) => Ok(None),
        ("bookmark", Some(_)) => bad("a bookmark has no text; a note has".into()),
        ("tag" | "note", None) => bad(format!("a {kind} has a text")),
        ("tag", Some(t)) if t.chars().any(char::is_control) => bad("a tag is one line".into()),
        ("tag" | "note", Some(t)) if t.chars().count() > most => bad(format!("a {kind} has at most {most} characters")),
        ("tag" | "note", Some(t)) => Ok(Some(t.to_owned())),
        _ => bad(format!("an annotation is one of {}, not {kind}", KINDS.join(", "))),
    }
}

/// Adds an annotation of rows as one entry; returns its number. Rows that bear the same tag or bookmark
/// already are left out; where none is left, that is said.
pub fn annotate(store: &mut Store, kind: &str, text: Option<&str>, rows: &[(RowTable, i64)]) -> Result<u32> {
    let text = checked(kind, text)?;
    let known = kept(store)?;
    let number = known.keys().next_back().map_or(1, |n| n + 1);
    let mut wanted: BTreeSet<(&str, i64)> = rows.iter().map(|(t, id)| (table_name(*t), *id)).collect();
    if wanted.is_empty() || wanted.len() > MOST_ROWS {
        let n = wanted.len();
        return Err(CaseError::BadRecord(format!("1 to {MOST_ROWS} rows are annotated at once, not {n}")));
    }
    if kind != "note" {
        let texts = texts(store)?;
        let same = |(n, a): &(&u32, &Kept)| a.kind == kind && a.removed_by.is_none() && texts.get(*n) == text.as_ref();
        for (table, id, _) in known.iter().filter(same).flat_map(|(_, a)| &a.rows) {
            wanted.remove(&(table_name(*table), *id));
        }
        if wanted.is_empty() {
            return Err(CaseError::BadRecord(format!("each of these rows bears this {kind} already")));
        }
    }
    let statement = text.map(|t| Statement { kind: kind.into(), about: Some(number.to_string()), value: Some(t) });
    let statements: Vec<Statement> = statement.into_iter().collect();
    entries::append(store, "annotate", |store, seq| {
        let params = Json::map([
            ("action", Json::Text("add".into())),
            ("annotation", Json::Int(number.into())),
            ("kind", Json::Text(kind.into())),
            ("count", Json::Int(wanted.len() as i64)),
            ("rows", groups(store, &wanted)?),
        ]);
        Ok(vec![("params", params), ("outputs", write_statements(store, seq, &statements)?)])
    })?;
    Ok(number)
}

/// Rows and their leaves.
type Group = (Vec<Json>, Vec<Json>);

/// Rows with their leaves, grouped by table and import.
fn groups(store: &Store, rows: &BTreeSet<(&str, i64)>) -> Result<Json> {
    let mut leaves = Leaves::new(store);
    let mut groups: BTreeMap<(&str, u32), Group> = BTreeMap::new();
    for (name, id) in rows {
        let table = table_of(name).ok_or_else(|| CaseError::NoSuchRow((*name).into()))?;
        let leaf = leaves.of(table, *id)?;
        let (import, row) = if table == RowTable::Entry { (0, id.cast_unsigned()) } else { split_id(*id) };
        let group = groups.entry((name, import)).or_default();
        group.0.push(Json::big(row));
        group.1.push(Json::hex(&leaf));
    }
    let group = |((table, import), (rows, leaves)): ((&str, u32), Group)| {
        Json::map([
            ("table", Json::Text(table.into())),
            ("import", Json::Int(import.into())),
            ("rows", Json::List(rows)),
            ("leaves", Json::List(leaves)),
        ])
    };
    Ok(Json::List(groups.into_iter().map(group).collect()))
}

/// Takes an annotation back by an entry that names the one it undoes; returns the new entry's number.
pub fn remove(store: &mut Store, number: u32) -> Result<u64> {
    let known = kept(store)?;
    let missing = || CaseError::BadRecord(format!("there is no annotation {number}"));
    let a = known.get(&number).ok_or_else(missing)?;
    if let Some(entry) = a.removed_by {
        return Err(CaseError::BadRecord(format!("annotation {number} was taken back by entry {entry}")));
    }
    let undoes = a.entry;
    entries::append(store, "annotate", |_, _| {
        let params = Json::map([
            ("action", Json::Text("remove".into())),
            ("annotation", Json::Int(number.into())),
            ("undoes", Json::big(undoes)),
        ]);
        Ok(vec![("params", params), ("outputs", Json::List(Vec::new()))])
    })
}

/// The rows of a view under a query, for an annotation of all; refused where they are too many, or where
/// rows of the view stand for many.
pub fn rows_of_view(store: &Store, name: &str, query: &Query) -> Result<Vec<(RowTable, i64)>> {
    let view = view(name).ok_or_else(|| CaseError::NoSuchView(name.into()))?;
    let mut rows = Vec::new();
    let mut whole = true;
    Engine::new(&store.db, view).each(query, &mut |row| {
        match (row.table, row.id) {
            (Some(table), Some(id)) => rows.push((table, id)),
            _ => whole = false,
        }
        Ok(whole && rows.len() <= MOST_ROWS)
    })?;
    if !whole {
        return Err(CaseError::BadRecord(format!("a row of the view {name} stands for many: annotate those behind it")));
    }
    if rows.len() > MOST_ROWS {
        return Err(CaseError::BadRecord(format!("more than {MOST_ROWS} rows fit the filter; narrow it")));
    }
    Ok(rows)
}

//! A list of seized files against the case: matched, changed, missing, extra. Files of file systems have
//! no stored hash and are read; members of archives and folders have their SHA-256.

use super::list_file::{Listed, parse};
use super::list_look::{Candidate, elsewhere, extras, look, stored};
use super::list_sums::Reader;
use super::list_timing::{ListTiming, timing};
use super::read_file::bounded;
use super::said;
use super::stated::{self, hash_kind};
use crate::columns::split_id;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::Json;
use model::ContentState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use ts_rs::TS;

/// Most rows of a result that are told one by one; all are counted.
const MOST_TOLD: usize = 1000;

/// What became of one row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ListRow {
    #[ts(type = "number")]
    pub line: u64,
    pub path: String,
    /// "changed", "missing", "unreadable", "size-only".
    pub status: String,
    /// Row of the file in the case.
    pub file: Option<String>,
    /// Its path, where it is not as listed.
    pub found_at: Option<String>,
    /// What the list states and what the case gives: a hash or a number of bytes.
    pub expected: Option<String>,
    pub found: Option<String>,
    /// Why it could not be read.
    pub why: Option<String>,
}

/// A file of the case that the list does not name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ExtraFile {
    pub file: String,
    pub path: String,
    pub bytes: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ListCheck {
    pub name: String,
    /// SHA-256 of the list itself.
    pub sha256: String,
    pub encoding: String,
    /// Numbers of files: on the list, and of them with equal hashes, other hashes, not in the case, not
    /// readable, without a stated hash and of equal size.
    pub rows: u32,
    pub matched: u32,
    pub changed: u32,
    pub missing: u32,
    pub unreadable: u32,
    pub size_only: u32,
    /// Lines that could not be checked.
    pub bad: u32,
    /// Files of the evidence below that are not on the list.
    pub extra: u32,
    /// Numbers of the evidence that the list was checked against.
    pub sources: Vec<u32>,
    /// All but those that match; the first of them.
    pub told: Vec<ListRow>,
    pub extras: Vec<ExtraFile>,
    /// Line and reason.
    #[ts(type = "[number, string][]")]
    pub bad_lines: Vec<(u64, String)>,
    /// Day or time at which the list was made, as it states.
    pub made: Option<String>,
    pub timing: Vec<ListTiming>,
}

/// How far a check is.
#[derive(Clone, Debug)]
pub struct ListProgress {
    pub done: u64,
    pub total: u64,
    pub bytes: u64,
    pub path: String,
}

/// Told now and then; stops the check by answering false.
pub type Watch<'w> = dyn FnMut(&ListProgress) -> bool + 'w;

/// What is given to a check.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// Day or time at which the list was made.
    pub made: Option<String>,
    /// The one evidence that it is of; all where absent.
    pub source: Option<u32>,
}

/// Checks a list in a file.
pub fn check_list(store: &Store, path: &Path, options: &ListOptions, watch: &mut Watch<'_>) -> Result<ListCheck> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    check_bytes(store, &name, &bounded(path)?, options, watch)
}

/// The same of a list's bytes.
pub fn check_bytes(store: &Store, name: &str, bytes: &[u8], options: &ListOptions, watch: &mut Watch<'_>) -> Result<ListCheck> {
    if let Some(made) = options.made.as_ref().filter(|m| stated::moment(m, "").is_none()) {
        return Err(CaseError::BadRecord(format!("a list was made on a day or at a time with its zone, not {made}")));
    }
    let list = parse(bytes)?;
    let mut out = ListCheck {
        name: name.to_owned(),
        sha256: hex::encode(ledger::sha256(&[bytes])),
        encoding: list.encoding.into(),
        rows: count(list.rows.len()),
        bad: u32::try_from(list.bad_rows).unwrap_or(u32::MAX),
        bad_lines: list.bad,
        made: options.made.clone(),
        ..ListCheck::default()
    };
    let found = look(store, &list.rows, options.source)?;
    extras(store, &found, &mut out)?;
    let elsewhere = elsewhere(store, &list.rows, &found)?;
    let stored = stored(store, &list.rows, &found)?;
    let mut reader = Reader::default();
    let total = list.rows.len() as u64;
    for (n, row) in list.rows.iter().enumerate() {
        let mut going = |bytes: u64| watch(&ListProgress { done: n as u64, total, bytes, path: row.path.clone() });
        if !going(reader.bytes) {
            return Err(CaseError::Cancelled);
        }
        let candidates = found.of_row.get(&n).map(Vec::as_slice).unwrap_or_default();
        let outcome = judge(store, row, candidates, &stored, &mut reader, &mut going)?;
        let outcome = match outcome {
            Outcome::Row(told) if told.status == "missing" => {
                let place = row.hashes.iter().find_map(|h| elsewhere.get(h)).and_then(|p| p.first());
                Outcome::Row(ListRow { found_at: place.map(|p| p.name.clone()), ..told })
            }
            other => other,
        };
        tell(outcome, &mut out);
    }
    out.timing = timing(store, &out)?;
    Ok(out)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

enum Outcome {
    Matched,
    Row(ListRow),
}

fn tell(outcome: Outcome, out: &mut ListCheck) {
    let Outcome::Row(row) = outcome else {
        out.matched += 1;
        return;
    };
    match row.status.as_str() {
        "changed" => out.changed += 1,
        "missing" => out.missing += 1,
        "size-only" => out.size_only += 1,
        _ => out.unreadable += 1,
    }
    if out.told.len() < MOST_TOLD {
        out.told.push(row);
    }
}

fn judge(
    store: &Store,
    row: &Listed,
    candidates: &[Candidate],
    stored: &BTreeMap<(u32, i64), String>,
    reader: &mut Reader,
    going: &mut dyn FnMut(u64) -> bool,
) -> Result<Outcome> {
    let told = |status: &str, c: Option<&Candidate>| ListRow {
        line: row.line,
        path: row.path.clone(),
        status: status.into(),
        file: c.map(|c| c.id.to_string()),
        found_at: c.filter(|c| c.left_out > 0).map(|c| c.path.clone()),
        expected: None,
        found: None,
        why: None,
    };
    // The first that is wrong in a way worth telling, where none is right. One that was found by a part
    // of its path only counts where it is right.
    let mut wrong: Option<ListRow> = None;
    for c in candidates {
        let whole = c.left_out == 0;
        let size = row.bytes.filter(|b| *b != c.size);
        if row.hashes.is_empty() {
            let outcome = match size {
                None => ListRow { found: Some(c.size.to_string()), ..told("size-only", Some(c)) },
                Some(bytes) => {
                    ListRow { expected: Some(bytes.to_string()), found: Some(c.size.to_string()), ..told("changed", Some(c)) }
                }
            };
            if whole && (size.is_none() || wrong.is_none()) {
                wrong = Some(outcome);
            }
            if size.is_none() && whole {
                break;
            }
            continue;
        }
        let worse = match digests(store, row, c, stored, reader, going)? {
            Ok(found) => match row.hashes.iter().zip(&found).find(|(a, b)| a != b) {
                None => return Ok(Outcome::Matched),
                Some((a, b)) => ListRow { expected: Some(a.clone()), found: Some(b.clone()), ..told("changed", Some(c)) },
            },
            Err(why) => ListRow { why: Some(why), ..told("unreadable", Some(c)) },
        };
        if whole && wrong.is_none() {
            wrong = Some(worse);
        }
    }
    Ok(Outcome::Row(wrong.unwrap_or_else(|| told("missing", None))))
}

/// The hashes of a candidate of the kinds that the row states, in its order; or why there are none.
fn digests(
    store: &Store,
    row: &Listed,
    c: &Candidate,
    stored: &BTreeMap<(u32, i64), String>,
    reader: &mut Reader,
    going: &mut dyn FnMut(u64) -> bool,
) -> Result<Result<Vec<String>, String>> {
    if let (Some(known), [_]) = (stored.get(&(split_id(c.id).0, c.record)), row.hashes.as_slice()) {
        return Ok(Ok(vec![known.clone()]));
    }
    if c.content == ContentState::Overwritten {
        return Ok(Err("its content is overwritten".into()));
    }
    let kinds: Vec<&str> = row.hashes.iter().filter_map(|h| hash_kind(h)).collect();
    reader.read(store, c.id, &kinds, going)
}

/// Records a checked list as an entry; returns its number.
pub fn record_list(store: &mut Store, list: &ListCheck) -> Result<u64> {
    let number = said(store, "custody_list")?.len() as u64 + 1;
    let text = serde_json::to_string(list).map_err(|e| CaseError::Ledger(e.to_string()))?;
    let statement = Statement { kind: "custody_list".into(), about: Some(number.to_string()), value: Some(text) };
    let int = |n: u32| Json::Int(n.into());
    let counts = [
        ("list", Json::big(number)),
        ("rows", int(list.rows)),
        ("matched", int(list.matched)),
        ("changed", int(list.changed)),
        ("missing", int(list.missing)),
        ("unreadable", int(list.unreadable)),
        ("size_only", int(list.size_only)),
        ("extra", int(list.extra)),
        ("bad", int(list.bad)),
    ];
    entries::append(store, "custody", |store, seq| {
        let outputs = write_statements(store, seq, std::slice::from_ref(&statement))?;
        Ok(vec![("params", Json::map(counts)), ("outputs", outputs)])
    })
}

//! Custody: who held an item, from when to when, where and what for, as people stated it; what these
//! statements leave open or contradict; lists of seized files against the case; a hash from paper
//! against every hash the case knows. A record is never changed: another supersedes it. Each act is an
//! entry of the ledger; what people wrote is kept as salted statements. Reading order: `record`,
//! `line`, `read_file`, `hashes`, `list`.

mod case_uco;
mod hashes;
mod line;
mod list;
mod list_file;
mod list_look;
mod list_sums;
mod list_timing;
mod read_file;
mod record;
mod stated;

pub use hashes::{HashAnswer, HashPlace, NearHash, compare_hash};
pub use line::CustodyFinding;
pub use list::{ExtraFile, ListCheck, ListOptions, ListProgress, ListRow, check_bytes, check_list, record_list};
pub use list_timing::ListTiming;
pub use read_file::{read, read_text};
pub use record::{CustodyRecord, PARTICIPATION};
pub use stated::spell;

use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::Json;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Most records of one entry.
pub const MOST_RECORDS: usize = 10_000;

/// A record as it stands now.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CustodyState {
    pub record: CustodyRecord,
    /// Number of the entry that holds it.
    #[ts(type = "number")]
    pub entry: u64,
    pub superseded_by: Option<u32>,
}

/// One item with its line, in the order of time, and what is found on it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CustodyItem {
    pub item: String,
    pub records: Vec<CustodyState>,
    pub findings: Vec<CustodyFinding>,
    /// Where the hashes stated for it stand in the case.
    pub known_hashes: Vec<HashPlace>,
}

/// A list of seized files that was checked and recorded.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CheckedList {
    #[ts(type = "number")]
    pub entry: u64,
    pub list: ListCheck,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Custody {
    /// By name of the item.
    pub items: Vec<CustodyItem>,
    pub lists: Vec<CheckedList>,
}

/// Where records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// "form", "csv", "json" or "case-uco".
    pub how: &'static str,
    /// Name and SHA-256 of the file.
    pub file: Option<(String, String)>,
}

impl Given {
    pub const FORM: Self = Self { how: "form", file: None };
}

/// Adds records as one entry; returns the number of the first. One that is not right refuses all.
pub fn add(store: &mut Store, records: Vec<CustodyRecord>, given: &Given) -> Result<u32> {
    if records.is_empty() || records.len() > MOST_RECORDS {
        let n = records.len();
        return Err(CaseError::BadRecord(format!("an entry holds 1 to {MOST_RECORDS} records of custody, not {n}")));
    }
    let known = states(store)?;
    let first = known.last().map_or(1, |s| s.record.number + 1);
    let mut superseded: BTreeSet<u32> = known.iter().filter(|s| s.superseded_by.is_some()).map(|s| s.record.number).collect();
    let mut statements = Vec::with_capacity(records.len() + 1);
    let mut replaces = Vec::new();
    for (number, record) in (first..).zip(records) {
        let mut record = record.checked().map_err(CaseError::BadRecord)?;
        record.number = number;
        if let Some(old) = record.supersedes {
            if !known.iter().any(|s| s.record.number == old) {
                return Err(CaseError::BadRecord(format!("record {old}, which it supersedes, is not there")));
            }
            if !superseded.insert(old) {
                return Err(CaseError::BadRecord(format!("record {old} is superseded already")));
            }
            replaces.push(Json::map([("number", Json::Int(number.into())), ("old", Json::Int(old.into()))]));
        }
        let text = serde_json::to_string(&record).map_err(|e| CaseError::Ledger(e.to_string()))?;
        statements.push(Statement { kind: "custody".into(), about: Some(number.to_string()), value: Some(text) });
    }
    let count = statements.len();
    if let Some((name, sha256)) = &given.file {
        let text = serde_json::json!({ "name": name, "sha256": sha256 }).to_string();
        statements.push(Statement { kind: "custody_file".into(), about: Some(first.to_string()), value: Some(text) });
    }
    entries::append(store, "custody", |store, seq| {
        let params = Json::map([
            ("given", Json::Text(given.how.into())),
            ("first", Json::Int(first.into())),
            ("records", Json::big(count as u64)),
            ("supersedes", Json::List(replaces)),
        ]);
        Ok(vec![("params", params), ("outputs", write_statements(store, seq, &statements)?)])
    })?;
    Ok(first)
}

/// All records in the order they were entered.
fn states(store: &Store) -> Result<Vec<CustodyState>> {
    let mut out: Vec<CustodyState> = Vec::new();
    for (entry, text) in said(store, "custody")? {
        let record: CustodyRecord = serde_json::from_str(&text).map_err(|e| unreadable(entry, &e))?;
        if let Some(old) = record.supersedes
            && let Some(superseded) = out.iter_mut().find(|s| s.record.number == old)
        {
            superseded.superseded_by = Some(record.number);
        }
        out.push(CustodyState { record, entry, superseded_by: None });
    }
    Ok(out)
}

fn unreadable(entry: u64, e: &serde_json::Error) -> CaseError {
    CaseError::Ledger(format!("a statement on custody in entry {entry} cannot be read: {e}"))
}

/// Statements of a kind with their entries.
fn said(store: &Store, kind: &str) -> Result<Vec<(u64, String)>> {
    let mut q = store.db.prepare("SELECT entry, coalesce(value, '') FROM statement WHERE kind = ?1 ORDER BY id")?;
    let rows = q.query_map([kind], |r| Ok((r.get::<_, i64>(0)?.cast_unsigned(), r.get(1)?)))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

/// Everything known of custody, with what is found on the line of each item.
pub fn custody(store: &Store) -> Result<Custody> {
    let mut items: BTreeMap<String, Vec<CustodyState>> = BTreeMap::new();
    for state in states(store)? {
        items.entry(state.record.item.clone()).or_default().push(state);
    }
    let wanted = items.values().flatten().flat_map(|s| s.record.hashes.iter().cloned()).collect();
    let known = hashes::find(store, &wanted)?;
    let sources = hashes::media(store)?;
    let item = |(item, mut records): (String, Vec<CustodyState>)| {
        records.sort_by_key(|s| (stated::instant(&s.record.from), s.record.number));
        let findings = line::findings(&records, &known, &sources);
        let stated: BTreeSet<&String> =
            records.iter().filter(|s| s.superseded_by.is_none()).flat_map(|s| &s.record.hashes).collect();
        let known_hashes = stated.into_iter().filter_map(|h| known.get(h)).flatten().cloned().collect();
        CustodyItem { item, records, findings, known_hashes }
    };
    let list = |(entry, text): (u64, String)| {
        let list = serde_json::from_str(&text).map_err(|e| unreadable(entry, &e))?;
        Ok(CheckedList { entry, list })
    };
    Ok(Custody {
        items: items.into_iter().map(item).collect(),
        lists: said(store, "custody_list")?.into_iter().map(list).collect::<Result<_>>()?,
    })
}

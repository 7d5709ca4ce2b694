//! Whether a list was made after the fact: its day against the acquisition, the import and the seizure of
//! what it lists.

use super::list::ListCheck;
use super::{hashes, stated, states};
use crate::columns::join_id;
use crate::entries;
use crate::error::Result;
use crate::sources::{Source, json_bytes};
use crate::store::Store;
use ledger::Json;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Made later than this after an act, a list is after the fact.
const LATE: i64 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ListTiming {
    /// "seized" (first record of custody), "acquired" (as the container states), "imported".
    pub what: String,
    /// The item or the evidence.
    pub of: String,
    pub at: String,
    /// How much later the list was made; negative where it was earlier.
    #[ts(type = "number")]
    pub seconds: i64,
    /// It was made more than a day later. An import is told for comparison only.
    pub after_the_fact: bool,
}

/// The list's day against every act that is known; empty where it states none.
pub fn timing(store: &Store, list: &ListCheck) -> Result<Vec<ListTiming>> {
    let mut out = Vec::new();
    let Some(made) = &list.made else { return Ok(out) };
    let mut add = |what: &str, of: &str, at: &str| {
        let (Some(list), Some(act)) = (stated::moment(made, at), stated::instant(at)) else { return };
        let seconds = list - act;
        let after_the_fact = what != "imported" && seconds > LATE;
        out.push(ListTiming { what: what.into(), of: of.into(), at: at.into(), seconds, after_the_fact });
    };
    let media = hashes::media(store)?;
    let of_list = |n: &u32| list.sources.is_empty() || list.sources.contains(n);
    // The first record of each item that may be what the list is of.
    let mut items: Vec<super::CustodyState> = states(store)?.into_iter().filter(|s| s.superseded_by.is_none()).collect();
    items.sort_by_key(|s| (s.record.item.clone(), stated::instant(&s.record.from)));
    items.dedup_by(|b, a| a.record.item == b.record.item);
    for s in &items {
        let of = s.record.source.or_else(|| {
            let hash = |h: &String| media.iter().find(|(_, places)| places.iter().any(|p| p.hash == *h)).map(|(n, _)| *n);
            s.record.hashes.iter().find_map(hash)
        });
        if of.is_none_or(|n| of_list(&n)) {
            add("seized", &s.record.item, &s.record.from);
        }
    }
    let (_, all) = entries::chain(store)?;
    for n in media.keys().filter(|n| of_list(n)) {
        let source = Source::load(store, join_id(*n, 0))?;
        let acquired = source.detail.get("stored").and_then(|s| s.get("acquired")).map(json_bytes);
        if let Some(text) = acquired.and_then(|b| String::from_utf8(b).ok()) {
            // "2026-06-15T02:20:00Z (1781490000)"
            add("acquired", &n.to_string(), text.split(' ').next().unwrap_or_default());
        }
        let begin = all.iter().find(|e| {
            let of = e.get("params").and_then(|p| p.get("import")).and_then(Json::as_int);
            e.head.kind == "import.begin" && of == Some(i64::from(*n))
        });
        if let Some(entry) = begin {
            add("imported", &n.to_string(), &entry.head.time);
        }
    }
    Ok(out)
}

//! Countries of addresses, from a table that someone gave: none is bundled. The table is an input of the
//! ledger and stays in the case byte by byte; a later one takes its place. What it says is an opinion of
//! whoever made it, on the day it was made.

mod table;

pub use table::{LineFault, Ranges, key, read};

use crate::address::Address;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{Json, sha256};
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use ts_rs::TS;

/// Bytes of a table.
pub const MOST_BYTES: u64 = 256 << 20;
/// The type of the entry, and what its input is.
pub const ENTRY: &str = "input.add";
pub const ROLE: &str = "countries";

/// The table that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CountryTable {
    pub name: String,
    pub sha256: String,
    #[ts(type = "number")]
    pub bytes: u64,
    /// Ranges of addresses.
    #[ts(type = "number")]
    pub rows: u64,
    /// Lines that gave none.
    #[ts(type = "number")]
    pub unread: u64,
    /// Entry of the ledger that holds its digest.
    #[ts(type = "number")]
    pub entry: u64,
    /// The entry of the table before, whose place it takes.
    #[ts(type = "number | null")]
    pub supersedes: Option<u64>,
}

/// What came of giving a table.
#[derive(Clone, Debug)]
pub struct Added {
    pub table: CountryTable,
    /// The first lines that were not read.
    pub faults: Vec<LineFault>,
}

fn refused(path: &Path, why: &str) -> CaseError {
    CaseError::BadQuestion {
        why: format!("{}: {why}", path.display()),
        hint: "A table has lines of first,last,country or CIDR,country.",
    }
}

/// Records a table and puts it in force.
pub fn add(store: &mut Store, path: &Path) -> Result<Added> {
    let size = std::fs::metadata(path).map_err(|_| CaseError::Missing(path.into()))?.len();
    if size > MOST_BYTES {
        return Err(refused(path, &format!("a table has at most {MOST_BYTES} bytes")));
    }
    let bytes = std::fs::read(path)?;
    let ranges = read(&bytes);
    if ranges.of.is_empty() {
        let first = ranges.faults.first().map_or("it is empty".into(), |f| format!("line {}: {}", f.line, f.why));
        return Err(refused(path, &format!("no line gives a range of addresses ({first})")));
    }
    let supersedes = in_force(store)?.map(|t| t.entry);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let sha256 = hex::encode(sha256(&[&bytes]));
    let seq = entries::append(store, ENTRY, |store, seq| {
        store.db.execute("INSERT INTO input VALUES (?1, ?2, ?3)", (seq.cast_signed(), ROLE, &bytes))?;
        store.db.execute("DELETE FROM country", [])?;
        let mut insert = store.db.prepare("INSERT INTO country VALUES (?1, ?2, ?3)")?;
        for (first, range) in &ranges.of {
            insert.execute((first.as_slice(), range.last.as_slice(), &range.country))?;
        }
        let input = Json::map([
            ("role", Json::Text(ROLE.into())),
            ("name", Json::Text(name.clone())),
            ("bytes", Json::big(bytes.len() as u64)),
            ("sha256", Json::Text(sha256.clone())),
        ]);
        let params = Json::map([
            ("rows", Json::big(ranges.of.len() as u64)),
            ("unread", Json::big(ranges.unread)),
            ("supersedes", supersedes.map_or(Json::Null, Json::big)),
        ]);
        Ok(vec![("inputs", Json::List(vec![input])), ("params", params)])
    })?;
    let table = in_force(store)?.filter(|t| t.entry == seq);
    let table = table.ok_or_else(|| CaseError::Ledger(format!("entry {seq} can not be read back")))?;
    Ok(Added { table, faults: ranges.faults })
}

/// What an entry says of a table; None where it says nothing of one.
pub fn of_entry(entry: &ledger::Entry) -> Option<CountryTable> {
    if entry.head.kind != ENTRY {
        return None;
    }
    let input = entry.get("inputs")?.as_list()?.first()?;
    let params = entry.get("params")?;
    let text = |name: &str| input.get(name).and_then(Json::as_text).map(str::to_owned);
    if text("role")? != ROLE {
        return None;
    }
    Some(CountryTable {
        name: text("name")?,
        sha256: text("sha256")?,
        bytes: input.get("bytes")?.as_big()?,
        rows: params.get("rows")?.as_big()?,
        unread: params.get("unread")?.as_big()?,
        entry: entry.head.seq,
        supersedes: params.get("supersedes").and_then(Json::as_big),
    })
}

/// The table given last; None where none was.
pub fn in_force(store: &Store) -> Result<Option<CountryTable>> {
    let last: Option<i64> = store.db.query_row("SELECT max(entry) FROM input WHERE role = ?1", [ROLE], |r| r.get(0))?;
    let Some(seq) = last else { return Ok(None) };
    let entry = crate::import::read_entry(store, seq.cast_unsigned())?;
    of_entry(&entry).map(Some).ok_or_else(|| CaseError::Ledger(format!("entry {seq} tells of no table of countries")))
}

/// The bytes of a table as they were given.
pub fn bytes(store: &Store, entry: u64) -> Result<Vec<u8>> {
    let mut q = store.db.prepare("SELECT data FROM input WHERE entry = ?1")?;
    let found = q.query_row([entry.cast_signed()], |r| r.get(0)).optional()?;
    found.ok_or_else(|| CaseError::NoSuchRow(format!("no table under entry {entry}")))
}

/// What is compared with the ranges, of an address as an event holds it; None where it is a name.
pub fn stored_key(address: ValueRef<'_>) -> Option<[u8; 16]> {
    match address {
        ValueRef::Integer(n) => Some(key(Ipv4Addr::from(i32::try_from(n).ok()?.to_be_bytes()).into())),
        ValueRef::Blob(b) => Some(key(Ipv6Addr::from(<[u8; 16]>::try_from(b).ok()?).into())),
        // Written in another way than the usual: with capitals, zeros or brackets.
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).ok()?;
            let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
            Some(key(bare.parse::<Ipv6Addr>().ok()?.into()))
        }
        ValueRef::Null | ValueRef::Real(_) => None,
    }
}

/// The country of an address in its text; None where the table has none.
pub fn of_address(store: &Store, text: &[u8]) -> Result<Option<String>> {
    let key = match Address::of(text) {
        Address::V4(n) => stored_key(ValueRef::Integer(n.into())),
        Address::V6(b) => stored_key(ValueRef::Blob(&b)),
        Address::Text(text) => stored_key(ValueRef::Text(text)),
    };
    let Some(key) = key else { return Ok(None) };
    let mut q = store.db.prepare_cached("SELECT last, name FROM country WHERE first <= ?1 ORDER BY first DESC LIMIT 1")?;
    let found = q.query_row([key.as_slice()], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, String>(1)?))).optional()?;
    Ok(found.filter(|(last, _)| last.as_slice() >= key.as_slice()).map(|(_, name)| name))
}

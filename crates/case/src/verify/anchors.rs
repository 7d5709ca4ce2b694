//! What came from outside and is kept: each part has the digest in its entry, and each note is of
//! this case and of these entries.

use super::chain::{Ledger, standing};
use super::report::Checks;
use crate::store::Store;
use ledger::{Checkpoint, Entry, Json, Signed, sha256};
use std::collections::BTreeMap;

/// The parts of an anchor as they are kept.
struct Parts {
    note: String,
    token: Option<Vec<u8>>,
    chain: Option<String>,
}

pub fn check(store: &Store, ledger: &Ledger, checks: &mut Checks) {
    let entries: BTreeMap<u64, &Entry> =
        ledger.entries.iter().filter(|e| e.head.kind == "anchor").map(|e| (e.head.seq, e)).collect();
    let mut missing: BTreeMap<u64, &Entry> = entries.clone();
    let mut look = || -> rusqlite::Result<()> {
        let mut q = store.db.prepare("SELECT seq, note, token, chain FROM anchor ORDER BY seq")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let seq = row.get::<_, i64>(0)?.cast_unsigned();
            missing.remove(&seq);
            let parts = Parts { note: row.get(1)?, token: row.get(2)?, chain: row.get(3)? };
            match entries.get(&seq) {
                None => checks.failed("anchors", format!("table anchor, {seq}"), "no entry tells of it"),
                Some(entry) => one(entry, &parts, ledger, checks),
            }
        }
        Ok(())
    };
    if let Err(e) = look() {
        checks.failed("anchors", "table anchor", format!("it can not be read: {e}"));
    }
    for seq in missing.keys() {
        checks.failed("anchors", format!("entry {seq}"), "what it tells of is missing in the table anchor");
    }
    if !entries.is_empty() && !checks.has_failed("anchors") {
        let says = format!("{} anchors from outside have the digests in their entries, and are of these entries", entries.len());
        checks.holds("anchors", says);
    }
}

fn one(entry: &Entry, parts: &Parts, ledger: &Ledger, checks: &mut Checks) {
    let place = || format!("anchor of entry {}", entry.head.seq);
    let told = |name: &str| entry.get("anchor").and_then(|a| a.get(name));
    let digest = |bytes: &[u8]| Json::hex(&sha256(&[bytes]));
    let kept = [
        ("note", Some(digest(parts.note.as_bytes()))),
        ("token", parts.token.as_deref().map(digest)),
        ("chain", parts.chain.as_deref().map(|c| digest(c.as_bytes()))),
    ];
    for (name, found) in kept {
        let told = told(name).filter(|t| **t != Json::Null);
        if told != found.as_ref() {
            checks.failed("anchors", place(), format!("its {name} is not the one that the entry tells of"));
        }
    }
    let checkpoint = match Checkpoint::read(parts.note.as_bytes()) {
        Ok(checkpoint) => checkpoint,
        Err(e) => return checks.failed("anchors", place(), e.to_string()),
    };
    if told("size").and_then(Json::as_big) != Some(checkpoint.head.size) {
        checks.failed(
            "anchors",
            place(),
            format!("its note is of {} entries, and the entry says otherwise", checkpoint.head.size),
        );
    }
    if checkpoint.head.size > entry.head.seq {
        checks.failed("anchors", place(), "its note is of entries that came after it");
    }
    if let Some(why) = standing(ledger.chain.compare(&checkpoint)) {
        checks.failed("anchors", place(), why);
    }
    if let Signed::Forged { line, name } = ledger.keys.judge(&checkpoint) {
        checks.failed(
            "anchors",
            place(),
            format!("signature line {line} names {name}, a key of the case, and is not its signature"),
        );
    }
}

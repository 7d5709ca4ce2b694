//! Appends to the ledger and reads it: every act that matters is one entry.

use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::{clock, head_memory, tool};
use ledger::{Chain, Checkpoint, Entry, EntryHead, Json, TreeHead};
use rusqlite::{OptionalExtension, TransactionBehavior};

/// The case's UUID, from its first entry.
pub fn case_id(store: &Store) -> Result<String> {
    let mut q = store.db.prepare_cached("SELECT body FROM entry WHERE seq = 0")?;
    let body: Option<Vec<u8>> = q.query_row([], |r| r.get(0)).optional()?;
    let body = body.ok_or_else(|| CaseError::Ledger("the first entry is missing".into()))?;
    let entry = Entry::read(&body).map_err(|e| CaseError::Ledger(format!("entry 0: {e}")))?;
    Ok(entry.head.case)
}

/// The chain over all entries, with what is wrong in it.
pub fn chain(store: &Store) -> Result<(Chain, Vec<Entry>)> {
    let mut chain = Chain::new(&case_id(store)?);
    let mut entries = Vec::new();
    let mut q = store.db.prepare("SELECT body FROM entry ORDER BY seq")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(0)?;
        entries.extend(chain.push(&body));
    }
    Ok((chain, entries))
}

/// Appends one entry. Reading the head and writing the entry is one transaction; `within` writes
/// what belongs to it and gives the entry's own members. Returns the entry's number.
pub fn append(
    store: &mut Store,
    kind: &str,
    within: impl FnOnce(&Store, u64) -> Result<Vec<(&'static str, Json)>>,
) -> Result<u64> {
    let case = case_id(store)?;
    append_to(store, &case, kind, within)
}

/// `append` for a case whose first entry is yet to come.
pub fn append_to(
    store: &mut Store,
    case: &str,
    kind: &str,
    within: impl FnOnce(&Store, u64) -> Result<Vec<(&'static str, Json)>>,
) -> Result<u64> {
    store.db.pragma_update(None, "synchronous", "FULL")?;
    store.db.set_transaction_behavior(TransactionBehavior::Immediate);
    let written = write(store, case, kind, within);
    store.db.pragma_update(None, "synchronous", "NORMAL")?;
    let (seq, head) = written?;
    head_memory::remember(case, &head);
    Ok(seq)
}

fn write(
    store: &Store,
    case: &str,
    kind: &str,
    within: impl FnOnce(&Store, u64) -> Result<Vec<(&'static str, Json)>>,
) -> Result<(u64, TreeHead)> {
    let tx = store.db.unchecked_transaction()?;
    let mut chain = Chain::new(case);
    let mut last_time = String::new();
    {
        let mut q = tx.prepare("SELECT body FROM entry ORDER BY seq")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(0)?;
            if let Some(entry) = chain.push(&body) {
                last_time = entry.head.time;
            }
        }
    }
    if let Some(fault) = chain.faults().first() {
        return Err(CaseError::Ledger(format!("nothing is added to a damaged ledger: {fault}")));
    }
    let prev = chain.head();
    let seq = prev.size;
    let time = clock::entry_time(clock::now_micros());
    let backwards = time < last_time;
    let clock = Json::map([("mono_ms", Json::Int(clock::monotonic_ms())), ("backwards", Json::Bool(backwards))]);
    let mut members = vec![("clock", clock), ("actor", Json::map([("id", Json::Text("A1".into())), ("key", Json::Null)]))];
    members.extend(within(store, seq)?);
    if !members.iter().any(|(name, _)| *name == "tool") {
        members.push(("tool", tool::tool()));
    }
    let entry_head = EntryHead { case: case.into(), seq, kind: kind.into(), prev, time };
    let entry = Entry::new(entry_head, members).map_err(|e| CaseError::Ledger(e.to_string()))?;
    chain.push(entry.text().as_bytes());
    let head = chain.head();
    tx.execute("INSERT INTO entry VALUES (?1, ?2)", (seq.cast_signed(), entry.text().as_bytes()))?;
    let note = Checkpoint::unsigned(case, head).to_note();
    tx.execute("INSERT INTO checkpoint VALUES (?1, ?2)", (head.size.cast_signed(), note))?;
    tx.commit()?;
    Ok((seq, head))
}

//! Appends to the ledger and reads it: every act that matters is one entry.

use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::{clock, head_memory, keys, tool};
use ledger::{CaseKeys, Chain, Checkpoint, Entry, EntryHead, Json};
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
/// what belongs to it and gives the entry's own members. The checkpoint over it is signed where a
/// key of the case is at hand; an older copy or another branch is not signed, and then nothing is
/// appended but a `case.branch`. Returns the entry's number.
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
    let (seq, chain) = written?;
    match kind {
        "case.branch" => head_memory::keep(case, &chain.head()),
        _ => head_memory::remember(case, &chain),
    }
    Ok(seq)
}

fn write(
    store: &Store,
    case: &str,
    kind: &str,
    within: impl FnOnce(&Store, u64) -> Result<Vec<(&'static str, Json)>>,
) -> Result<(u64, Chain)> {
    let tx = store.db.unchecked_transaction()?;
    let (mut chain, mut keys) = (Chain::new(case), CaseKeys::new(case));
    let mut last_time = String::new();
    {
        let mut q = tx.prepare("SELECT body FROM entry ORDER BY seq")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(0)?;
            let position = chain.head().size;
            if let Some(entry) = chain.push(&body) {
                keys.push(position, &entry);
                last_time = entry.head.time;
            }
        }
    }
    if let Some(fault) = chain.faults().first() {
        return Err(CaseError::Ledger(format!("nothing is added to a damaged ledger: {fault}")));
    }
    if let Some(fault) = keys.faults().first() {
        return Err(CaseError::Ledger(format!("nothing is added to a damaged ledger: {fault}")));
    }
    let prev = chain.head();
    let seq = prev.size;
    let time = clock::entry_time(clock::now_micros());
    let backwards = time < last_time;
    let clock = Json::map([("mono_ms", Json::Int(clock::monotonic_ms())), ("backwards", Json::Bool(backwards))]);
    let mut members = vec![("clock", clock), ("actor", actor(Json::Null))];
    members.extend(within(store, seq)?);
    if !members.iter().any(|(name, _)| *name == "tool") {
        members.push(("tool", tool::tool()));
    }
    let entry_head = EntryHead { case: case.into(), seq, kind: kind.into(), prev, time };
    let new = |members| Entry::new(entry_head.clone(), members).map_err(|e| CaseError::Ledger(e.to_string()));
    // Whose the case is after this entry says who signs; the entry then names that key.
    keys.push(seq, &new(members.clone())?);
    if let Some(fault) = keys.faults().first() {
        return Err(CaseError::Refused(fault.to_string()));
    }
    let signer = keys::newest_at_hand(&keys, seq + 1)?;
    if let Some(signer) = &signer {
        if kind != "case.branch" {
            refuse_other_copy(case, &chain)?;
        }
        members.push(("actor", actor(Json::Text(signer.key().to_string()))));
    }
    let entry = new(members)?;
    chain.push(entry.text().as_bytes());
    let head = chain.head();
    tx.execute("INSERT INTO entry VALUES (?1, ?2)", (seq.cast_signed(), entry.text().as_bytes()))?;
    let mut note = Checkpoint::unsigned(case, head);
    note.signatures.extend(signer.map(|s| s.line(&note)));
    tx.execute("INSERT INTO checkpoint VALUES (?1, ?2)", (head.size.cast_signed(), note.to_note()))?;
    tx.commit()?;
    Ok((seq, chain))
}

fn actor(key: Json) -> Json {
    Json::map([("id", Json::Text("A1".into())), ("key", key)])
}

/// An error where this machine has seen entries that the ledger does not hold.
pub fn refuse_other_copy(case: &str, chain: &Chain) -> Result<()> {
    let objection = head_memory::standing(case, chain).objection(chain.head().size);
    objection.map_or(Ok(()), |why| Err(CaseError::OlderCopy(why)))
}

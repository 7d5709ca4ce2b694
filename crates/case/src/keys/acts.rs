//! What is done with keys in a case: each is an entry of its ledger.

use super::at_hand::{newest_at_hand, signer};
use super::kept::{HeldKey, KeyStore, list};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::head_memory;
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::{CaseKeys, Json, VerifierKey, rotation_members};
use std::path::Path;

/// A key of a case, and where its secret is, if on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseKey {
    pub key: VerifierKey,
    pub here: Option<KeyStore>,
}

/// The keys of a case as they stand, oldest first.
/// Keys of this machine that never were the case's; one that was replaced or revoked does not come back.
pub fn free(case: &Path) -> Result<Vec<HeldKey>> {
    let (keys, _) = replay(&Store::read(case)?)?;
    Ok(list()?.into_iter().filter(|held| !keys.knows(&held.key)).collect())
}

pub fn of_case(case: &Path) -> Result<Vec<CaseKey>> {
    let (keys, size) = replay(&Store::read(case)?)?;
    let held = list()?;
    let here = |key: &VerifierKey| held.iter().find(|h| h.key == *key).map(|h| h.store);
    Ok(keys.after(size).map(|key| CaseKey { key: key.clone(), here: here(key) }).collect())
}

fn replay(store: &Store) -> Result<(CaseKeys, u64)> {
    let (chain, entries) = entries::chain(store)?;
    if let Some(fault) = chain.faults().first() {
        return Err(CaseError::Ledger(format!("nothing is said of the keys of a damaged ledger: {fault}")));
    }
    Ok((CaseKeys::replay(&entries::case_id(store)?, &entries), chain.head().size))
}

/// Makes a key of this machine one of the case's; it signs from then on. Returns the entry's number.
pub fn use_key(case: &Path, held: &HeldKey) -> Result<u64> {
    signer(&held.key)?;
    let mut store = Store::open(case)?;
    entries::append(&mut store, "key.add", |_, _| Ok(vec![("key", Json::Text(held.key.to_string()))]))
}

/// Puts a key of this machine in the place of a key of the case, or of its newest that is at hand. Both sign.
pub fn rotate(case: &Path, from: Option<&str>, to: &HeldKey) -> Result<u64> {
    let new = signer(&to.key)?;
    let mut store = Store::open(case)?;
    let id = entries::case_id(&store)?;
    let (keys, size) = replay(&store)?;
    let old = match from {
        Some(from) => {
            let of_case = keys.after(size).find(|key| key.to_string() == from);
            Some(signer(of_case.ok_or_else(|| CaseError::Key(format!("{from} is no key of the case")))?)?)
        }
        None => newest_at_hand(&keys, size)?,
    };
    let Some(old) = old else {
        return Err(CaseError::Key("no key of the case is at hand; rotation is signed by the old key too".into()));
    };
    entries::append(&mut store, "key.rotate", |_, seq| Ok(rotation_members(&id, seq, &old, &new)))
}

/// Takes a key from the case, such as one that was lost or stolen: by name, id or in full. What it
/// signed before stands.
pub fn revoke(case: &Path, key: &str, reason: &str) -> Result<u64> {
    let mut store = Store::open(case)?;
    let (keys, size) = replay(&store)?;
    let means = |k: &&VerifierKey| k.name() == key || hex::encode(k.id()) == key || k.to_string() == key;
    let mut meant = keys.after(size).filter(means);
    let (Some(found), None) = (meant.next().cloned(), meant.next()) else {
        return Err(CaseError::Refused(format!("{key} is not one key of the case; `casebook key list CASE` lists them")));
    };
    let reason = reason_given(reason)?;
    entries::append(&mut store, "key.revoke", |store, seq| {
        Ok(vec![("key", Json::Text(found.to_string())), ("outputs", write_statements(store, seq, &[reason])?)])
    })
}

/// Goes on with a copy that lacks entries seen on this machine. The entry names the head from which
/// the case parts; the reason is a statement.
pub fn branch(case: &Path, reason: &str) -> Result<u64> {
    let mut store = Store::open(case)?;
    let (chain, _) = entries::chain(&store)?;
    let Some(seen) = head_memory::standing(&entries::case_id(&store)?, &chain).missing() else {
        return Err(CaseError::Refused("the case holds every entry seen on this machine: there is nothing to part from".into()));
    };
    let reason = reason_given(reason)?;
    let parts_from = Json::map([("size", Json::big(seen.size)), ("root", Json::hex(&seen.root))]);
    entries::append(&mut store, "case.branch", |store, seq| {
        Ok(vec![("parts_from", parts_from), ("outputs", write_statements(store, seq, &[reason])?)])
    })
}

fn reason_given(reason: &str) -> Result<Statement> {
    if reason.trim().is_empty() {
        return Err(CaseError::Refused("a reason is given in words".into()));
    }
    Ok(Statement { kind: "reason".into(), about: None, value: Some(reason.into()) })
}

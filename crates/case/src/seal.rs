//! The newest checkpoint, signed: what is given out, printed, time-stamped, or sent to the other side.

use crate::entries;
use crate::error::{CaseError, Result};
use crate::keys::{newest_at_hand, of_case, signer};
use crate::printed::words_of_root;
use crate::store::Store;
use ledger::{Anchor, CaseKeys, Checkpoint, MAX_SIGNATURES, Signed};
use rusqlite::{OptionalExtension, TransactionBehavior};
use std::path::Path;

/// The newest checkpoint as it stands.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub checkpoint: Checkpoint,
    pub signed: Signed,
}

impl Sealed {
    pub fn note(&self) -> String {
        self.checkpoint.to_note()
    }
    pub fn entries(&self) -> u64 {
        self.checkpoint.head.size
    }
    /// Hex.
    pub fn root(&self) -> String {
        hex::encode(self.checkpoint.head.root)
    }
    /// The root as it is read aloud.
    pub fn words(&self) -> Vec<&'static str> {
        words_of_root(&self.checkpoint.head.root)
    }
    /// Verifier keys of the case that signed.
    pub fn signed_by(&self) -> Vec<String> {
        match &self.signed {
            Signed::ByCase(keys) => keys.iter().map(ToString::to_string).collect(),
            Signed::NotByCase | Signed::NoKey | Signed::Forged { .. } => Vec::new(),
        }
    }
    /// In words, for people.
    pub fn sentence(&self) -> String {
        match &self.signed {
            Signed::ByCase(_) => format!("signed by {}", self.signed_by().join(", ")),
            Signed::NotByCase => "not signed: no key of the case is at hand".into(),
            Signed::NoKey => "unsigned: the case has no key, and rests on what is printed or kept elsewhere".into(),
            Signed::Forged { line, name } => format!("signature line {line} names {name} and is not its signature"),
        }
    }
}

/// Signs the newest checkpoint of a case where it is not signed yet. A case whose keys are all
/// elsewhere is not signed, and the answer says so; a key of this machine that is locked is an error.
pub fn seal(case: &Path) -> Result<Sealed> {
    let sealed = sign_newest(&mut Store::open(case)?)?;
    if sealed.signed == Signed::NotByCase {
        for held in of_case(case)?.iter().filter(|k| k.here.is_some()) {
            signer(&held.key)?;
        }
    }
    Ok(sealed)
}

/// `seal` of a case that is open for writing.
pub(crate) fn sign_newest(store: &mut Store) -> Result<Sealed> {
    store.db.set_transaction_behavior(TransactionBehavior::Immediate);
    let tx = store.db.unchecked_transaction()?;
    let case = entries::case_id(store)?;
    let (chain, all) = entries::chain(store)?;
    let keys = CaseKeys::replay(&case, &all);
    let fault = chain.faults().first().map(ToString::to_string).or(keys.faults().first().map(ToString::to_string));
    if let Some(fault) = fault {
        return Err(CaseError::Ledger(format!("a damaged ledger is not signed: {fault}")));
    }
    let size = chain.head().size;
    let mut checkpoint = newest(store, size)?;
    if chain.compare(&checkpoint) != Anchor::Holds {
        return Err(CaseError::Ledger(format!("the checkpoint of {size} entries is not that of the entries")));
    }
    let mut signed = keys.judge(&checkpoint);
    if let Signed::Forged { .. } = signed {
        return Err(CaseError::Ledger(format!("a signature under the checkpoint of {size} entries is forged")));
    }
    if signed == Signed::NotByCase
        && let Some(signer) = newest_at_hand(&keys, size)?
    {
        entries::refuse_other_copy(&case, &chain)?;
        if checkpoint.signatures.len() >= MAX_SIGNATURES {
            return Err(CaseError::Ledger(format!("the checkpoint of {size} entries has too many signature lines")));
        }
        checkpoint.signatures.push(signer.line(&checkpoint));
        signed = keys.judge(&checkpoint);
        tx.execute("UPDATE checkpoint SET note = ?1 WHERE size = ?2", (checkpoint.to_note(), size.cast_signed()))?;
        tx.commit()?;
    }
    Ok(Sealed { checkpoint, signed })
}

/// Why the entries of a case that has keys stay unsigned; None where they are signed, or it has no key.
pub fn stays_unsigned(case: &Path) -> Result<Option<String>> {
    match refuse_unsigned(&Store::read(case)?) {
        Err(CaseError::Key(why)) => Ok(Some(why)),
        other => other.map(|()| None),
    }
}

/// An error where the case has keys and none of them could sign what comes next.
pub(crate) fn refuse_unsigned(store: &Store) -> Result<()> {
    let (chain, all) = entries::chain(store)?;
    let (keys, size) = (CaseKeys::replay(&entries::case_id(store)?, &all), chain.head().size);
    match keys.after(size).last() {
        Some(newest) if newest_at_hand(&keys, size)?.is_none() => signer(newest).map(drop),
        _ => Ok(()),
    }
}

/// The newest checkpoint and what the case's keys say of it. Signs nothing.
pub(crate) fn newest_of(store: &Store) -> Result<Sealed> {
    let (chain, all) = entries::chain(store)?;
    let checkpoint = newest(store, chain.head().size)?;
    let signed = CaseKeys::replay(&entries::case_id(store)?, &all).judge(&checkpoint);
    Ok(Sealed { checkpoint, signed })
}

fn newest(store: &Store, size: u64) -> Result<Checkpoint> {
    let mut q = store.db.prepare("SELECT note FROM checkpoint WHERE size = ?1")?;
    let note: Option<String> = q.query_row([size.cast_signed()], |r| r.get(0)).optional()?;
    let note = note.ok_or_else(|| CaseError::Ledger(format!("the checkpoint of {size} entries is missing")))?;
    Checkpoint::read(note.as_bytes()).map_err(|e| CaseError::Ledger(format!("the checkpoint of {size} entries: {e}")))
}

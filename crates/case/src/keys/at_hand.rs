//! Keys that can sign now. A key once unlocked stays so for the life of the process: the
//! stretching of a passphrase is slow on purpose.

use super::kept::{HeldKey, KeyStore, kept};
use super::passphrase::{Passphrase, with_given};
use super::sealed::{self, Seed};
use super::system;
use crate::error::{CaseError, Result};
use ledger::{CaseKeys, NoteSigner, VerifierKey};
use std::sync::{Arc, Mutex};

static UNLOCKED: Mutex<Vec<Arc<NoteSigner>>> = Mutex::new(Vec::new());

/// Why a key does not sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanting {
    /// It is none of this machine's.
    NotHere,
    /// Its file is under a passphrase, which was not given.
    Passphrase(HeldKey),
    /// The system's key store does not give it.
    System(String),
}

fn unlocked(key: &VerifierKey) -> Option<Arc<NoteSigner>> {
    UNLOCKED.lock().unwrap_or_else(|e| e.into_inner()).iter().find(|s| s.key() == key).cloned()
}

fn keep_unlocked(key: &VerifierKey, seed: &Seed) -> Result<Arc<NoteSigner>> {
    let signer = NoteSigner::new(key.name(), seed).map_err(|e| CaseError::Key(e.to_string()))?;
    if signer.key() != key {
        return Err(CaseError::Key(format!("what is kept for {key} is the secret of another key")));
    }
    let signer = Arc::new(signer);
    UNLOCKED.lock().unwrap_or_else(|e| e.into_inner()).push(signer.clone());
    Ok(signer)
}

/// The key's signer, or why there is none. A passphrase that was given and does not fit is an error.
fn ready(key: &VerifierKey) -> Result<std::result::Result<Arc<NoteSigner>, Wanting>> {
    if let Some(signer) = unlocked(key) {
        return Ok(Ok(signer));
    }
    let Some((held, sealed)) = kept(key)? else { return Ok(Err(Wanting::NotHere)) };
    let text = key.to_string();
    match (held.store, sealed) {
        (KeyStore::System, _) => match system::read(&text) {
            Ok(seed) => keep_unlocked(key, &seed).map(Ok),
            Err(e) => Ok(Err(Wanting::System(e.to_string()))),
        },
        (KeyStore::File, None) => Err(CaseError::Key(format!("the file of the key {text} holds no key"))),
        (KeyStore::File, Some(sealed)) => with_given(|all| {
            for passphrase in all {
                if let Some(seed) = sealed::open(&sealed, &text, passphrase)? {
                    return keep_unlocked(key, &seed).map(Ok);
                }
            }
            if all.is_empty() { Ok(Err(Wanting::Passphrase(held))) } else { Err(wrong(key)) }
        }),
    }
}

fn wrong(key: &VerifierKey) -> CaseError {
    CaseError::Key(format!("the passphrase given does not open the key {}", key.name()))
}

/// Why a key can not sign now; None where it can.
pub fn wanting(key: &VerifierKey) -> Result<Option<Wanting>> {
    Ok(ready(key)?.err())
}

/// Unlocks a key that is kept in a file.
pub fn unlock(key: &VerifierKey, passphrase: &Passphrase) -> Result<()> {
    if unlocked(key).is_some() {
        return Ok(());
    }
    let Some((_, Some(sealed))) = kept(key)? else {
        return Err(CaseError::Key(format!("the key {} is in no file of this machine", key.name())));
    };
    let seed = sealed::open(&sealed, &key.to_string(), passphrase)?.ok_or_else(|| wrong(key))?;
    keep_unlocked(key, &seed).map(drop)
}

/// The signer of a key, or an error that says what is wanting.
pub(crate) fn signer(key: &VerifierKey) -> Result<Arc<NoteSigner>> {
    let name = key.name();
    ready(key)?.map_err(|why| match why {
        Wanting::NotHere => CaseError::Key(format!("the key {name} is not on this machine")),
        Wanting::Passphrase(_) => CaseError::Key(format!("the key {name} is locked: its passphrase was not given")),
        Wanting::System(why) => CaseError::Key(format!("the key {name}: {why}")),
    })
}

/// The newest of the case's keys after `size` entries that can sign now. A passphrase that was
/// given and opens none of them is an error.
pub(crate) fn newest_at_hand(keys: &CaseKeys, size: u64) -> Result<Option<Arc<NoteSigner>>> {
    let held: Vec<&VerifierKey> = keys.after(size).collect();
    let mut failed = Ok(None);
    for key in held.into_iter().rev() {
        match ready(key) {
            Ok(Ok(signer)) => return Ok(Some(signer)),
            Ok(Err(_)) => {}
            Err(e) => failed = failed.and(Err(e)),
        }
    }
    failed
}

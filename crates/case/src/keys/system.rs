//! The system's key store: Keychain, Credential Manager, or the Secret Service of the desktop.
//! Never the kernel's keyring, which forgets at reboot. The one place that knows the library.

use super::sealed::Seed;
use crate::error::{CaseError, Result};
use keyring::{Entry, Error};
use zeroize::Zeroizing;

const SERVICE: &str = "casebook";

fn entry(key: &str) -> Result<Entry> {
    if let Err(e) = Entry::store_status() {
        return Err(CaseError::Key(format!("this system has no key store that can be used: {e}")));
    }
    Entry::new(SERVICE, key).map_err(failed)
}

fn failed(e: Error) -> CaseError {
    CaseError::Key(format!("the system's key store: {e}"))
}

/// Keeps a seed under the text of its verifier key, and reads it back, so that a store that takes
/// and forgets is noticed.
pub fn keep(key: &str, seed: &Seed) -> Result<()> {
    let entry = entry(key)?;
    entry.set_secret(seed.as_slice()).map_err(failed)?;
    match entry.get_secret().map(Zeroizing::new) {
        Ok(kept) if kept.as_slice() == seed.as_slice() => Ok(()),
        Ok(_) => Err(CaseError::Key("the system's key store gives back another key than it was given".into())),
        Err(e) => Err(failed(e)),
    }
}

pub fn read(key: &str) -> Result<Seed> {
    let secret = Zeroizing::new(entry(key)?.get_secret().map_err(failed)?);
    let seed = <[u8; 32]>::try_from(secret.as_slice());
    seed.map(Zeroizing::new).map_err(|_| CaseError::Key(format!("the key store holds no seed under {key}")))
}

/// Takes back what `keep` kept.
pub fn forget(key: &str) {
    if let Ok(entry) = entry(key) {
        let _ = entry.delete_credential();
    }
}

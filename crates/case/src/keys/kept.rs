//! The keys of this machine: one small file each in the state folder, which says where the seed
//! is, or holds it under a passphrase.

use super::passphrase::Passphrase;
use super::sealed::{self, SealedSeed, Seed};
use super::system;
use crate::create::random;
use crate::error::{CaseError, Result};
use crate::head_memory::state_folder;
use ledger::{NoteSigner, VerifierKey, is_key_name};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Version of the key files.
const VERSION: u32 = 1;
/// Most bytes of a key file, and most files looked at.
const MOST_BYTES: u64 = 16 * 1024;
const MOST_KEYS: usize = 1000;

/// Where a seed lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStore {
    /// The system's own key store.
    System,
    /// The file itself, under a passphrase.
    File,
}

impl KeyStore {
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::File => "file",
        }
    }
}

/// A key of this machine, locked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    pub key: VerifierKey,
    pub store: KeyStore,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    key: String,
    store: KeyStore,
    sealed: Option<SealedSeed>,
}

fn folder() -> Result<PathBuf> {
    let none = || CaseError::Key("there is no folder for the program's state; set CASEBOOK_STATE".into());
    Ok(state_folder().ok_or_else(none)?.join("keys"))
}

fn path_of(key: &VerifierKey) -> Result<PathBuf> {
    Ok(folder()?.join(format!("{}.json", hex::encode(key.id()))))
}

/// Makes a key. Without a `store` it goes into the system's, and where there is none into a file.
/// `passphrase` is asked only for a file. Without a name it is called after its public half.
pub fn create(
    name: Option<&str>,
    store: Option<KeyStore>,
    passphrase: &mut dyn FnMut() -> Result<Passphrase>,
) -> Result<HeldKey> {
    let seed: Seed = Zeroizing::new(random()?);
    let key = match name {
        Some(name) => signer(name, &seed)?,
        None => {
            let unnamed = signer("key", &seed)?;
            signer(&format!("key-{}", hex::encode(&unnamed.key().public()[..4])), &seed)?
        }
    };
    let key = key.key().clone();
    if list()?.iter().any(|held| held.key.name() == key.name()) {
        return Err(CaseError::Key(format!("a key called {} is here already", key.name())));
    }
    let text = key.to_string();
    let in_system = match store {
        Some(KeyStore::File) => false,
        Some(KeyStore::System) => system::keep(&text, &seed).map(|()| true)?,
        None => system::keep(&text, &seed).is_ok(),
    };
    let store = if in_system { KeyStore::System } else { KeyStore::File };
    let sealed = if in_system { None } else { Some(sealed::seal(&seed, &text, &passphrase()?)?) };
    let written = write(&path_of(&key)?, &KeyFile { version: VERSION, key: text.clone(), store, sealed });
    if written.is_err() && in_system {
        system::forget(&text);
    }
    written.map(|()| HeldKey { key, store })
}

fn signer(name: &str, seed: &Seed) -> Result<NoteSigner> {
    if !is_key_name(name) {
        return Err(CaseError::Key(format!("\"{name}\" is no name of a key: it has no space and no +")));
    }
    NoteSigner::new(name, seed).map_err(|e| CaseError::Key(e.to_string()))
}

/// Writes a new file that only its owner can read.
fn write(path: &Path, file: &KeyFile) -> Result<()> {
    let text = serde_json::to_vec_pretty(file).map_err(|e| CaseError::Key(e.to_string()))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(path)?;
    out.write_all(&text)?;
    Ok(out.sync_all()?)
}

fn read(path: &Path) -> Result<(HeldKey, Option<SealedSeed>)> {
    let damaged = |why: String| CaseError::Key(format!("the key file {}: {why}", path.display()));
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(std::fs::File::open(path)?, MOST_BYTES), &mut text)?;
    let file: KeyFile = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
    if file.version != VERSION {
        return Err(damaged(format!("version {}; this program reads {VERSION}", file.version)));
    }
    let key = VerifierKey::read(&file.key).map_err(|e| damaged(e.to_string()))?;
    Ok((HeldKey { key, store: file.store }, file.sealed))
}

/// The keys of this machine, by name.
pub fn list() -> Result<Vec<HeldKey>> {
    let folder = folder()?;
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for file in std::fs::read_dir(folder)?.take(MOST_KEYS) {
        let path = file?.path();
        if path.extension().is_some_and(|e| e == "json") {
            keys.push(read(&path)?.0);
        }
    }
    keys.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(keys)
}

/// The key of this machine that a name, a key id or a whole verifier key means.
pub fn find(text: &str) -> Result<HeldKey> {
    let means = |key: &VerifierKey| key.name() == text || hex::encode(key.id()) == text || key.to_string() == text;
    let found = list()?.into_iter().find(|held| means(&held.key));
    found.ok_or_else(|| CaseError::Key(format!("there is no key {text} on this machine")))
}

/// What is kept of a key; None where it is none of this machine's.
pub(super) fn kept(key: &VerifierKey) -> Result<Option<(HeldKey, Option<SealedSeed>)>> {
    let path = path_of(key)?;
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(read(&path)?).filter(|(held, _)| held.key == *key))
}

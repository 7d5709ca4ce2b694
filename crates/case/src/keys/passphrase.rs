//! Passphrases of key files: from files named on the command line or by the environment. They are
//! kept for the life of the process, and wiped where they are dropped.

use crate::error::{CaseError, Result};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// Longest passphrase, bytes.
const MOST_BYTES: u64 = 1024;

#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase as it was typed; refuses an empty one.
    pub fn new(text: Zeroizing<String>) -> Result<Self> {
        if text.is_empty() || text.len() as u64 > MOST_BYTES {
            return Err(CaseError::Key(format!("a passphrase has 1 to {MOST_BYTES} bytes")));
        }
        Ok(Self(text))
    }
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

static GIVEN: Mutex<Option<Vec<Passphrase>>> = Mutex::new(None);

/// Takes the passphrases in these files, and in the one that `$CASEBOOK_PASSPHRASE_FILE` names:
/// the first line of each, without its line end.
pub fn passphrases_from(files: &[PathBuf]) -> Result<()> {
    let read = files.iter().cloned().chain(from_environment()).map(|f| read(&f)).collect::<Result<Vec<_>>>()?;
    *GIVEN.lock().unwrap_or_else(|e| e.into_inner()) = Some(read);
    Ok(())
}

/// The first passphrase given in a file.
pub fn first_given() -> Result<Option<Passphrase>> {
    with_given(|all| Ok(all.first().cloned()))
}

/// Calls `f` with the passphrases given; those of the environment where none were asked for yet.
pub(super) fn with_given<T>(f: impl FnOnce(&[Passphrase]) -> Result<T>) -> Result<T> {
    let mut given = GIVEN.lock().unwrap_or_else(|e| e.into_inner());
    if given.is_none() {
        *given = Some(from_environment().map(|f| read(&f)).transpose()?.into_iter().collect());
    }
    f(given.as_deref().unwrap_or_default())
}

fn from_environment() -> Option<PathBuf> {
    std::env::var_os("CASEBOOK_PASSPHRASE_FILE").filter(|v| !v.is_empty()).map(PathBuf::from)
}

fn read(path: &Path) -> Result<Passphrase> {
    let wrong = |why: String| CaseError::Key(format!("the passphrase file {}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| wrong(e.to_string()))?;
    let mut text = Zeroizing::new(String::with_capacity(MOST_BYTES as usize + 3));
    let mut bounded = std::io::Read::take(file, MOST_BYTES + 2);
    std::io::Read::read_to_string(&mut bounded, &mut text).map_err(|e| wrong(e.to_string()))?;
    let line = Zeroizing::new(text.split('\n').next().unwrap_or_default().trim_end_matches('\r').to_owned());
    Passphrase::new(line).map_err(|e| wrong(e.to_string()))
}

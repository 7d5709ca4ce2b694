//! One import into a case at a time, across programs.

use crate::error::{CaseError, Result};
use crate::head_memory::state_folder;
use std::fs::{File, TryLockError};

/// Held while it lives. The lock lies beside the program's own state, since a second handle on the
/// case file itself would break SQLite's locks when it is closed.
pub fn exclusive(case: &str) -> Result<Option<File>> {
    let Some(folder) = state_folder().map(|f| f.join("locks")) else { return Ok(None) };
    if std::fs::create_dir_all(&folder).is_err() {
        return Ok(None);
    }
    let Ok(file) = File::create(folder.join(format!("{case}.lock"))) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(CaseError::Busy),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

//! Which members of a folder are no longer what they were: the folder has no block tree of its own.

use super::report::Checks;
use crate::columns::join_id;
use crate::digest;
use crate::error::Result;
use crate::sources::locator_path;
use crate::store::Store;
use std::path::{Component, Path, PathBuf};

/// Compares each member's digest with the file of that path; true where a difference was named.
pub fn check(store: &Store, import: u32, folder: &Path, name: &str, checks: &mut Checks) -> Result<bool> {
    let mut q = store.db.prepare(
        "SELECT locator, bytes, sha256 FROM source WHERE id > ?1 AND id >> 40 = ?2 AND parent = 0 AND sha256 IS NOT NULL ORDER BY id",
    )?;
    let mut rows = q.query((join_id(import, 0), import))?;
    let mut named = false;
    while let Some(row) = rows.next()? {
        let (locator, sha256): (String, Vec<u8>) = (row.get(0)?, row.get(2)?);
        let member = locator_path(&locator);
        let shown = String::from_utf8_lossy(&member).into_owned();
        let says = match path_within(folder, &member).map(|p| digest::of_file(&p)) {
            Some(Ok((_, now))) if now.as_slice() == sha256 => continue,
            Some(Ok(_)) => format!("it is not the file of import {import}"),
            Some(Err(e)) => format!("it was in import {import} and can not be read: {e}"),
            None => continue,
        };
        named = true;
        checks.failed("evidence", format!("{name}, member {shown}"), says);
    }
    Ok(named)
}

/// The path of a member, where it stays within the folder; the name comes from a file not trusted.
fn path_within(folder: &Path, member: &[u8]) -> Option<PathBuf> {
    let relative = PathBuf::from(std::str::from_utf8(member).ok()?);
    let plain = relative.components().all(|c| matches!(c, Component::Normal(_)));
    plain.then(|| folder.join(relative))
}

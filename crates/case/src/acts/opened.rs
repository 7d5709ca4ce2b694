//! That a case was opened on screen: at most once a session, where the file can be written and the person
//! has not switched it off.

use crate::entries;
use crate::head_memory::state_folder;
use crate::store::Store;
use ledger::Json;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An import that holds the file at that moment is not waited for any longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a person chose about this program, outside every case.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Settings {
    #[serde(default = "yes")]
    record_opening: bool,
}

fn yes() -> bool {
    true
}

fn file() -> Option<PathBuf> {
    state_folder().map(|f| f.join("settings.json"))
}

/// Whether opening a case writes an entry; yes unless it was switched off.
pub fn opening_is_recorded() -> bool {
    let text = file().and_then(|f| std::fs::read(f).ok()).unwrap_or_default();
    serde_json::from_slice::<Settings>(&text).map_or(true, |s| s.record_opening)
}

/// Switches it for all cases of this user.
pub fn set_opening_recorded(record_opening: bool) -> std::io::Result<()> {
    let path = file().ok_or_else(|| std::io::Error::other("there is no folder for settings"))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, serde_json::to_vec_pretty(&Settings { record_opening })?)
}

/// Writes `case.open`; returns the entry's number, or none where it is switched off or cannot be written:
/// a copy on a read-only disk and a damaged case can be looked at all the same.
pub fn record_opening(case: &Path, host: &str) -> Option<u64> {
    if !opening_is_recorded() {
        return None;
    }
    let mut store = Store::open(case).ok()?;
    if store.db.is_readonly("main").unwrap_or(true) {
        return None;
    }
    store.db.busy_timeout(PATIENCE).ok()?;
    let params = Json::map([("host", Json::Text(host.into()))]);
    entries::append(&mut store, "case.open", |_, _| Ok(vec![("params", params), ("outputs", Json::List(Vec::new()))])).ok()
}

//! The last head seen of every case, outside the case: an older or forked copy is noticed.

use ledger::TreeHead;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a case's head stands to the one remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Memory {
    /// This program on this machine has not seen the case before.
    Unknown,
    Seen(TreeHead),
}

/// Folder of the program's own state: `$CASEBOOK_STATE`, or the system's place for it.
pub fn state_folder() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("CASEBOOK_STATE")
        .or_else(|| var("XDG_STATE_HOME").map(|p| p.join("casebook")))
        .or_else(|| var("LOCALAPPDATA").map(|p| p.join("Casebook")))
        .or_else(|| var("HOME").map(|p| p.join(".local/state/casebook")))
}

fn file() -> Option<PathBuf> {
    state_folder().map(|f| f.join("heads.json"))
}

fn read() -> BTreeMap<String, (u64, String)> {
    let text = file().and_then(|f| std::fs::read(f).ok()).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

pub fn recall(case: &str) -> Memory {
    let seen = read().get(case).and_then(|(size, root)| Some(TreeHead { size: *size, root: ledger::hash_from_hex(root)? }));
    seen.map_or(Memory::Unknown, Memory::Seen)
}

/// Keeps the larger head. Without a place to write the program works, and says "not remembered".
pub fn remember(case: &str, head: &TreeHead) {
    let Some(path) = file() else { return };
    let mut heads = read();
    let known = heads.get(case).map_or(0, |h| h.0);
    if head.size < known {
        return;
    }
    heads.insert(case.into(), (head.size, hex::encode(head.root)));
    let Ok(text) = serde_json::to_vec_pretty(&heads) else { return };
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = path.parent().map(std::fs::create_dir_all).transpose().and_then(|_| std::fs::write(&temporary, text));
    if written.is_ok() {
        let _ = std::fs::rename(&temporary, &path);
    }
}

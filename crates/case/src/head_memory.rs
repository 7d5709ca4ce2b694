//! The last head seen of every case, outside the case: an older or forked copy is noticed.

use ledger::{Anchor, Chain, TreeHead};
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

/// How a ledger stands to what this machine remembers of its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Unknown,
    /// It begins with what was seen last.
    Grown,
    /// It ends before what was seen last.
    Older(TreeHead),
    /// What was seen last had other entries.
    Branched(TreeHead),
}

impl Standing {
    /// What another copy held that this one does not.
    pub fn missing(self) -> Option<TreeHead> {
        match self {
            Self::Unknown | Self::Grown => None,
            Self::Older(seen) | Self::Branched(seen) => Some(seen),
        }
    }
    /// The reason for not signing; None where there is none.
    pub fn objection(self, entries: u64) -> Option<String> {
        match self {
            Self::Unknown | Self::Grown => None,
            Self::Older(seen) => Some(format!(
                "this is an older copy of the case, or another branch: it has {entries} entries, and {} were seen on this machine; it is not signed",
                seen.size
            )),
            Self::Branched(seen) => Some(format!(
                "this is another branch of the case: its first {} entries are not those seen on this machine; it is not signed",
                seen.size
            )),
        }
    }
}

pub fn standing(case: &str, chain: &Chain) -> Standing {
    let Memory::Seen(seen) = recall(case) else { return Standing::Unknown };
    match chain.compare_head(&seen) {
        Anchor::Holds => Standing::Grown,
        Anchor::Truncated { .. } => Standing::Older(seen),
        Anchor::Rewritten | Anchor::OtherCase => Standing::Branched(seen),
    }
}

/// Keeps the head of a ledger that holds what is remembered; an older or forked copy does not take
/// its place. Without a place to write the program works, and says "not remembered".
pub fn remember(case: &str, chain: &Chain) {
    if standing(case, chain).missing().is_none() {
        keep(case, &chain.head());
    }
}

/// Keeps this head whatever is remembered: the person has said that the case goes on from here.
pub fn keep(case: &str, head: &TreeHead) {
    let Some(path) = file() else { return };
    let mut heads = read();
    heads.insert(case.into(), (head.size, hex::encode(head.root)));
    let Ok(text) = serde_json::to_vec_pretty(&heads) else { return };
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = path.parent().map(std::fs::create_dir_all).transpose().and_then(|_| std::fs::write(&temporary, text));
    if written.is_ok() {
        let _ = std::fs::rename(&temporary, &path);
    }
}

//! What stands on the sheet.

use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::is_seal;
use crate::seal::Sealed;
use crate::store::Store;
use ledger::{Anchor, Entry, Json, TreeHead};

pub struct Facts {
    pub case: String,
    pub head: TreeHead,
    /// Time of the newest entry.
    pub time: String,
    /// Verifier keys that signed the checkpoint.
    pub signed_by: Vec<String>,
    pub items: Vec<Item>,
}

/// One piece of evidence.
pub struct Item {
    pub import: i64,
    pub name: String,
    pub bytes: String,
    /// Hex; None where the evidence is a folder and has no such digest.
    pub md5: Option<String>,
    pub sha1: Option<String>,
    pub sha256: Option<String>,
    pub blocks_root: Option<String>,
    /// What the container itself states.
    pub stored_md5: Option<String>,
    pub stored_sha1: Option<String>,
    pub stored_match: Option<bool>,
}

pub fn gather(store: &Store, sealed: &Sealed) -> Result<Facts> {
    let (chain, entries) = entries::chain(store)?;
    let checkpoint = &sealed.checkpoint;
    if let Some(fault) = chain.faults().first() {
        return Err(CaseError::Ledger(fault.to_string()));
    }
    if chain.compare(checkpoint) != Anchor::Holds {
        return Err(CaseError::Refused("the case is no longer the one that was sealed".into()));
    }
    let size = checkpoint.head.size;
    let within: Vec<&Entry> = entries.iter().filter(|e| e.head.seq < size).collect();
    let seals = within.iter().filter(|e| is_seal(e));
    Ok(Facts {
        case: checkpoint.case.clone(),
        head: checkpoint.head,
        time: within.last().map(|e| e.head.time.clone()).unwrap_or_default(),
        signed_by: sealed.signed_by(),
        items: seals.map(|e| item(e)).collect(),
    })
}

fn item(seal: &Entry) -> Item {
    let input = seal.get("inputs").and_then(Json::as_list).and_then(<[Json]>::first);
    let text = |group: &str, name: &str| input.and_then(|i| i.get(group)?.get(name)?.as_text()).map(str::to_owned);
    Item {
        import: seal.get("params").and_then(|p| p.get("import")?.as_int()).unwrap_or(0),
        name: input.and_then(|i| i.get("name")?.as_text()).unwrap_or_default().to_owned(),
        bytes: text("media", "bytes").unwrap_or_default(),
        md5: text("media", "md5"),
        sha1: text("media", "sha1"),
        sha256: text("media", "sha256"),
        blocks_root: text("media", "blocks_root"),
        stored_md5: text("stored", "md5"),
        stored_sha1: text("stored", "sha1"),
        stored_match: input.and_then(|i| i.get("stored")?.get("match")?.as_bool()),
    }
}

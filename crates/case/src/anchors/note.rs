//! A checkpoint that another party kept or signed. It is an `anchor` entry, so that later entries are
//! provably later, and is kept as it came.

use crate::entries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{Anchor, CaseKeys, Checkpoint, Json, Signed, sha256};
use std::path::Path;

/// Longest note taken, bytes.
pub const MOST_NOTE_BYTES: u64 = 64 * 1024;

/// What was anchored.
#[derive(Clone, Debug)]
pub struct NoteAnchor {
    /// Number of the entry.
    pub entry: u64,
    pub checkpoint: Checkpoint,
    /// What the lines of the case's own keys say.
    pub signed: Signed,
    /// Names of the other lines, which are kept and not judged.
    pub others: Vec<String>,
}

/// Takes a checkpoint that another party kept or signed. It must be one of this case, and the case
/// must hold what it says; a forged line of the case's own key is refused.
pub fn add_note(case: &Path, note: &[u8]) -> Result<NoteAnchor> {
    let checkpoint = Checkpoint::read(note).map_err(|e| CaseError::Refused(e.to_string()))?;
    let mut store = Store::open(case)?;
    let (chain, all) = entries::chain(&store)?;
    let entries = chain.head().size;
    let size = checkpoint.head.size;
    let refused = |why: String| Err(CaseError::Refused(why));
    match chain.compare(&checkpoint) {
        Anchor::Holds => {}
        Anchor::OtherCase => return refused(format!("the checkpoint is of case {}", checkpoint.case)),
        Anchor::Rewritten => return refused(format!("the first {size} entries of the case are not those of the checkpoint")),
        Anchor::Truncated { .. } => {
            return refused(format!("the checkpoint is of {size} entries, and the case has {entries}: this is an older copy"));
        }
    }
    let keys = CaseKeys::replay(&checkpoint.case, &all);
    let signed = keys.judge(&checkpoint);
    if let Signed::Forged { line, name } = &signed {
        return refused(format!("signature line {line} names {name}, a key of the case, and is not its signature"));
    }
    let ours: Vec<_> = keys.after(size).collect();
    let foreign = checkpoint.signatures.iter().filter(|line| !ours.iter().any(|key| key.is_named_by(line)));
    let others = foreign.map(|line| line.name.clone()).collect();
    let text = String::from_utf8_lossy(note).into_owned();
    let entry = entries::append(&mut store, "anchor", |store, seq| {
        store.db.execute("INSERT INTO anchor VALUES (?1, ?2, NULL, NULL)", (seq.cast_signed(), &text))?;
        let anchor =
            Json::map([("kind", Json::Text("note".into())), ("size", Json::big(size)), ("note", Json::hex(&sha256(&[note])))]);
        Ok(vec![("anchor", anchor)])
    })?;
    Ok(NoteAnchor { entry, checkpoint, signed, others })
}

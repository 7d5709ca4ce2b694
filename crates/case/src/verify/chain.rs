//! The ledger's entries, the checkpoints kept in the case, and what is known outside of it.

use super::report::Checks;
use crate::error::Result;
use crate::head_memory::{self, Memory};
use crate::store::Store;
use ledger::{Anchor, CaseKeys, Chain, Checkpoint, Entry, TreeHead};
use rusqlite::types::ValueRef;

/// The chain, and the entries that could be read, with their positions.
pub struct Ledger {
    pub case: String,
    pub chain: Chain,
    pub entries: Vec<Entry>,
    /// Whose the case is after each of them.
    pub keys: CaseKeys,
}

pub fn check(store: &Store, checks: &mut Checks) -> Result<Ledger> {
    let case = crate::entries::case_id(store).unwrap_or_else(|e| {
        checks.failed("entries", "entry 0", format!("it does not name the case: {e}"));
        String::new()
    });
    let mut ledger = Ledger { chain: Chain::new(&case), keys: CaseKeys::new(&case), case, entries: Vec::new() };
    if let Err(e) = read(store, &mut ledger, checks) {
        let place = format!("entry {}", ledger.chain.head().size);
        checks.failed("entries", place, format!("it can not be read, nor what follows: {e}"));
    }
    for fault in ledger.chain.faults() {
        checks.failed("entries", format!("entry {}", fault.position), fault.to_string());
    }
    if ledger.chain.head().size == 0 {
        checks.failed("entries", "the ledger", "there are no entries");
    }
    if !checks.has_failed("entries") {
        let n = ledger.chain.head().size;
        checks.holds("entries", format!("{n} entries, each holding size and root of those before it"));
    }
    Ok(ledger)
}

fn read(store: &Store, ledger: &mut Ledger, checks: &mut Checks) -> rusqlite::Result<()> {
    let mut q = store.db.prepare("SELECT seq, body FROM entry ORDER BY seq")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, position) = (row.get::<_, i64>(0)?, ledger.chain.head().size);
        if u64::try_from(seq) != Ok(position) {
            checks.failed("entries", format!("entry {position}"), format!("it is missing; entry {seq} stands in its place"));
        }
        match row.get_ref(1)? {
            ValueRef::Blob(body) => {
                if let Some(entry) = ledger.chain.push(body) {
                    ledger.keys.push(position, &entry);
                    ledger.entries.push(entry);
                }
            }
            _ => checks.failed("entries", format!("entry {seq}"), "it is not stored as bytes"),
        }
    }
    Ok(())
}

/// Checkpoints kept in the case: one for each entry.
pub fn checkpoints(store: &Store, ledger: &Ledger, checks: &mut Checks) {
    let mut seen = 0u64;
    let mut look = || -> rusqlite::Result<()> {
        let mut q = store.db.prepare("SELECT size, note FROM checkpoint ORDER BY size")?;
        let mut rows = q.query([])?;
        while let Some(row) = rows.next()? {
            let (size, note) = (row.get::<_, i64>(0)?, row.get::<_, String>(1)?);
            seen += 1;
            let place = format!("checkpoint of {size} entries");
            match Checkpoint::read(note.as_bytes()) {
                Err(e) => checks.failed("checkpoints", place, e.to_string()),
                Ok(c) if i64::try_from(c.head.size) != Ok(size) => {
                    checks.failed("checkpoints", place, format!("its note is of {} entries", c.head.size));
                }
                Ok(c) => {
                    if let Some(why) = standing(ledger.chain.compare(&c)) {
                        checks.failed("checkpoints", place, why);
                    }
                }
            }
        }
        Ok(())
    };
    if let Err(e) = look() {
        checks.failed("checkpoints", "the checkpoints", format!("they can not be read: {e}"));
    }
    let entries = ledger.chain.head().size;
    if seen != entries {
        checks.failed("checkpoints", "the checkpoints", format!("{seen} are kept for {entries} entries"));
    }
    if !checks.has_failed("checkpoints") {
        checks.holds("checkpoints", format!("{seen} checkpoints in the case agree with the entries"));
    }
}

/// What is wrong; None where the checkpoint holds.
pub fn standing(anchor: Anchor) -> Option<String> {
    match anchor {
        Anchor::Holds => None,
        Anchor::Rewritten => Some("the entries up to it are not the ones it was made over".into()),
        Anchor::Truncated { entries } => Some(format!("the ledger now ends at {entries} entries: some were cut off")),
        Anchor::OtherCase => Some("it is of another case".into()),
    }
}

/// A checkpoint from outside the case: a note, or a printed `size root`, in hexadecimal or words.
pub fn outside(text: &[u8], ledger: &Ledger, checks: &mut Checks) -> Option<TreeHead> {
    let (head, standing) = match (Checkpoint::read(text), printed(text)) {
        (Ok(c), _) => (c.head, standing(ledger.chain.compare(&c))),
        (Err(_), Some(head)) => (head, standing(ledger.chain.compare_head(&head))),
        (Err(e), None) => {
            checks.failed("anchor", "the checkpoint given", e.to_string());
            return None;
        }
    };
    let place = format!("checkpoint of {} entries", head.size);
    match standing {
        Some(why) => {
            checks.failed("anchor", place, why);
            None
        }
        None => {
            let later = ledger.chain.head().size - head.size;
            let says = format!("the case begins with the {} entries of the checkpoint given; {later} came later", head.size);
            checks.holds("anchor", says);
            Some(head)
        }
    }
}

/// Size and root of a checkpoint kept elsewhere: a note, or a printed `size root`.
pub fn kept_head(text: &[u8]) -> Option<TreeHead> {
    Checkpoint::read(text).map(|c| c.head).ok().or_else(|| printed(text))
}

/// `size root`: decimal and 64 hexadecimal digits, in groups or not, or the 24 words of a printed head.
fn printed(text: &[u8]) -> Option<TreeHead> {
    let text = std::str::from_utf8(text).ok()?;
    let (size, root) = text.trim().split_once(char::is_whitespace)?;
    let digits: String = root.split_whitespace().collect();
    let root = ledger::hash_from_hex(&digits.to_lowercase()).or_else(|| crate::printed::root_of_words(root))?;
    Some(TreeHead { size: size.parse().ok()?, root })
}

/// The head that this program remembers outside the case. It rests on this machine, so it is no
/// anchor; but an older or forked copy is noticed.
pub fn memory(ledger: &Ledger, checks: &mut Checks) {
    match head_memory::recall(&ledger.case) {
        Memory::Unknown => checks.skipped("memory", "this program has not seen the case on this machine before"),
        Memory::Seen(head) => match standing(ledger.chain.compare_head(&head)) {
            None => checks.holds("memory", format!("the {} entries last seen on this machine are unchanged", head.size)),
            Some(why) => {
                let place = format!("the {} entries last seen on this machine", head.size);
                checks.failed("memory", place, format!("this is an older copy or another branch of the case: {why}"));
            }
        },
    }
}

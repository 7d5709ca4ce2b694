//! The entries about keys, and the signature lines of the checkpoints kept in the case.

use super::chain::Ledger;
use super::report::Checks;
use crate::store::Store;
use ledger::{Anchor, Checkpoint, Signed, TreeHead, VerifierKey};
use std::collections::BTreeMap;

/// Most ranges of unsigned checkpoints that are listed.
const MOST_RANGES: usize = 20;

/// Numbers of entries, as ranges: "1 to 4, 7".
#[derive(Default)]
struct Sizes {
    ranges: Vec<(u64, u64)>,
    count: u64,
}

impl Sizes {
    /// Takes numbers in rising order.
    fn add(&mut self, size: u64) {
        self.count += 1;
        match self.ranges.last_mut() {
            Some((_, last)) if *last + 1 == size => *last = size,
            _ => self.ranges.push((size, size)),
        }
    }
    fn text(&self) -> String {
        let range = |(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first} to {last}") };
        let mut all: Vec<String> = self.ranges.iter().take(MOST_RANGES).map(range).collect();
        if let Some(more) = self.ranges.len().checked_sub(MOST_RANGES).filter(|n| *n > 0) {
            all.push(format!("and {more} further ranges"));
        }
        all.join(", ")
    }
}

/// What was found while the checkpoints were read.
#[derive(Default)]
struct Found {
    by_key: BTreeMap<VerifierKey, u64>,
    signed: u64,
    not_by_case: Sizes,
    no_key: Sizes,
    /// The largest checkpoint that a key from elsewhere signed.
    by_given: Option<TreeHead>,
}

/// Judges every checkpoint by the keys of its time. `given` is a verifier key from outside the
/// case; returns the largest checkpoint that it signed.
pub fn check(store: &Store, ledger: &Ledger, given: Option<&[u8]>, checks: &mut Checks) -> Option<TreeHead> {
    for fault in ledger.keys.faults() {
        checks.failed("signatures", format!("entry {}", fault.entry), fault.to_string());
    }
    let given = given.and_then(|text| match read_key(text) {
        Ok(key) => Some(key),
        Err(why) => {
            checks.failed("key", "the key given", why);
            None
        }
    });
    let mut found = Found::default();
    if let Err(e) = look(store, ledger, given.as_ref(), &mut found, checks) {
        checks.failed("signatures", "the checkpoints", format!("they can not be read: {e}"));
    }
    if found.no_key.count > 0 {
        let says = format!(
            "unsigned, as the case had no key: checkpoints of {} entries; what is printed or kept elsewhere vouches for them",
            found.no_key.text()
        );
        checks.skipped("signatures", says);
    }
    if found.not_by_case.count > 0 {
        let says =
            format!("not signed by a key of the case, though it had one: checkpoints of {} entries", found.not_by_case.text());
        checks.skipped("signatures", says);
    }
    if found.signed > 0 && !checks.has_failed("signatures") {
        let by: Vec<String> = found.by_key.iter().map(|(key, n)| format!("{n} by {key}")).collect();
        checks.holds("signatures", format!("{} checkpoints are signed: {}", found.signed, by.join(", ")));
    }
    let given = given?;
    match found.by_given {
        Some(head) => {
            let later = ledger.chain.head().size - head.size;
            let says = format!("{given} signed the checkpoint of {} entries; {later} entries came later", head.size);
            checks.holds("key", says);
        }
        None => checks.failed("key", "the checkpoints", format!("none is signed by {given}")),
    }
    found.by_given
}

/// A verifier key: its text, or a file's content with a line end.
fn read_key(text: &[u8]) -> Result<VerifierKey, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    VerifierKey::read(text.trim()).map_err(|e| e.to_string())
}

fn look(
    store: &Store,
    ledger: &Ledger,
    given: Option<&VerifierKey>,
    found: &mut Found,
    checks: &mut Checks,
) -> rusqlite::Result<()> {
    let mut q = store.db.prepare("SELECT note FROM checkpoint ORDER BY size")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        // What is no checkpoint of these entries is told of elsewhere.
        let Ok(checkpoint) = Checkpoint::read(row.get::<_, String>(0)?.as_bytes()) else { continue };
        if ledger.chain.compare(&checkpoint) != Anchor::Holds {
            continue;
        }
        let size = checkpoint.head.size;
        if given.is_some_and(|key| vouches(key, &checkpoint, ledger)) {
            found.by_given = Some(checkpoint.head);
        }
        match ledger.keys.judge(&checkpoint) {
            Signed::ByCase(keys) => {
                found.signed += 1;
                keys.into_iter().for_each(|key| *found.by_key.entry(key).or_default() += 1);
            }
            Signed::NotByCase => found.not_by_case.add(size),
            Signed::NoKey => found.no_key.add(size),
            Signed::Forged { line, name } => {
                let says =
                    format!("forged: signature line {line} names {name}, a key of the case then, and is not its signature");
                checks.failed("signatures", format!("checkpoint of {size} entries"), says);
            }
        }
    }
    Ok(())
}

/// Whether a line is by this key, which was not taken from the case before.
fn vouches(key: &VerifierKey, checkpoint: &Checkpoint, ledger: &Ledger) -> bool {
    let stands = !ledger.keys.knows(key) || ledger.keys.after(checkpoint.head.size).any(|k| k == key);
    stands && checkpoint.signatures.iter().any(|line| key.signed(checkpoint, line))
}

//! Rows that people's acts are about (tags, notes, bookmarks, masked fields shown) against the leaves in the
//! entries: a note that stands on a row now must have been made on that row.

use super::chain::Ledger;
use super::report::Checks;
use crate::acts::{Leaves, row_as_typed, rows_in};
use crate::store::Store;

pub fn check(store: &Store, ledger: &Ledger, checks: &mut Checks) {
    let mut leaves = Leaves::new(store);
    let (mut entries, mut rows, mut sound) = (0u64, 0u64, true);
    for entry in &ledger.entries {
        let named = rows_in(entry);
        entries += u64::from(!named.is_empty());
        for (table, id, leaf) in named {
            rows += 1;
            let now = leaves.of(table, id);
            if now.as_ref().ok() != leaf.as_ref() {
                sound = false;
                let place = format!("entry {}, {}", entry.head.seq, row_as_typed(table, id));
                let why = match now {
                    Ok(_) => "the row is not the one that this act was about".to_owned(),
                    Err(e) => format!("the row that this act was about can not be read: {e}"),
                };
                checks.failed("acts", place, why);
            }
        }
    }
    if sound && rows > 0 {
        checks.holds("acts", format!("{rows} rows that {entries} acts of people are about are as they were then"));
    }
}

//! What a mount would write from the journal, kept aside: the newest committed state of blocks
//! whose place on the volume still holds an older one. Nothing is written. Source: Linux
//! fs/jbd2/recovery.c, do_one_pass.

use super::disk::{Disk, Pending};
use super::journal::{Control, Journal};
use super::tally::Tally;
use crate::Note;
use model::Code;
use std::collections::BTreeMap;

/// Finds the blocks that a replay would write and shows them to `disk`. The superseded state on
/// the volume joins the journal's copies as the one before the first replayed transaction.
pub fn replay(disk: &mut Disk, journal: &mut Journal, tally: &mut Tally) {
    let (pending, transactions) = pending(disk, journal, tally);
    if pending.is_empty() {
        return;
    }
    let first = journal.log.order(journal.log.sequence);
    let unknown = pending.keys().filter(|b| !is_in_journal(disk, journal, **b));
    let superseded: Vec<_> = unknown.map(|b| (*b, first.saturating_sub(1), disk.offset(*b))).collect();
    let found = format!("{} blocks of {transactions} transactions pending", pending.len());
    tally.add(Note::new(
        Code::JournalPending,
        "journal",
        "a journal that was replayed (cleanly unmounted)",
        found + "; read as after replay",
    ));
    disk.pending = pending;
    journal.add(superseded);
}

/// Whether the state of a block on the volume is one the journal has a copy of: then it is not
/// older than the journal.
fn is_in_journal(disk: &Disk, journal: &Journal, block: u64) -> bool {
    let Some(here) = disk.read_at(disk.offset(block), false) else { return true };
    let from = journal.copies.partition_point(|c| c.block < block);
    let mut copies = journal.copies.iter().skip(from).take_while(|c| c.block == block);
    copies.any(|c| disk.read_at(c.offset, c.is_escaped).as_deref() == Some(here.as_slice()))
}

fn pending(disk: &Disk, journal: &Journal, tally: &mut Tally) -> (BTreeMap<u64, Pending>, u32) {
    let log = &journal.log;
    let mut writes: Vec<(u32, u64, Pending)> = Vec::new();
    let mut revoked: BTreeMap<u64, u32> = BTreeMap::new();
    // Those of the transaction whose commit has not been seen yet.
    let mut open_writes = Vec::new();
    let mut open_revokes: Vec<u64> = Vec::new();
    let mut at = log.start;
    let mut sequence = log.sequence;
    let mut steps = log.end.saturating_sub(log.first);
    let mut transactions = 0u32;
    while steps > 0 && log.start != 0 {
        let Some(control) = journal.controls.get(&at).filter(|c| c.sequence() == sequence) else { break };
        let mut step = 1u32;
        match control {
            Control::Descriptor { tags, .. } => {
                for (n, tag) in (1..steps).zip(tags) {
                    step = n.saturating_add(1);
                    let Some(offset) = log.after(at, n).and_then(|p| log.offset(p)) else { continue };
                    let is_sound = disk.read_at(offset, false).is_some_and(|raw| log.checksum_fits(tag.checksum, sequence, &raw));
                    if tag.block >= disk.sb.blocks || !is_sound {
                        let place = (offset, u64::from(disk.sb.block_size));
                        tally.damaged(
                            "journal",
                            "pending blocks that fit their checksums",
                            format!("block {}", tag.block),
                            place,
                        );
                        continue;
                    }
                    open_writes.push((tag.block, Pending { offset, is_escaped: tag.is_escaped }));
                }
            }
            Control::Revoke { blocks, .. } => open_revokes.extend(blocks),
            Control::Commit { .. } => {
                let order = log.order(sequence);
                writes.extend(open_writes.drain(..).map(|(b, p)| (order, b, p)));
                revoked.extend(open_revokes.drain(..).map(|b| (b, order)));
                sequence = sequence.wrapping_add(1);
                transactions = transactions.saturating_add(1);
            }
        }
        steps = steps.saturating_sub(step);
        let Some(next) = log.after(at, step) else { break };
        at = next;
    }
    let kept = writes.into_iter().filter(|(order, block, _)| revoked.get(block).is_none_or(|r| order > r));
    (kept.map(|(_, block, pending)| (block, pending)).collect(), transactions)
}

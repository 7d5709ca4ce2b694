//! Logical partitions: a chain of boot records inside an extended partition, each with one logical
//! partition (its start counted from that record) and a link to the next (counted from the extended
//! partition's start).

use super::{Volume, mbr};
use crate::Note;
use crate::note::push_bounded;
use model::{ByteSource, Code, read_vec};
use std::collections::BTreeSet;

/// Far beyond what any system numbers (Linux stops at 63); a longer chain is damage.
const MAX_RECORDS: usize = 1024;

/// Follows the chain from sector `start`, adding partitions (numbered 5 and on) and the records'
/// own sectors.
pub fn read(
    media: &dyn ByteSource,
    sector_size: u32,
    start: u32,
    volumes: &mut Vec<Volume>,
    tables: &mut Vec<(u64, u64, &'static str)>,
    notes: &mut Vec<Note>,
) {
    let unit = u64::from(sector_size);
    let base = u64::from(start);
    let mut visited = BTreeSet::new();
    let mut record = base;
    let mut slot = volumes.iter().filter_map(|v| v.slot).max().unwrap_or(0).max(4);
    loop {
        let at = record.saturating_mul(unit);
        let note = |code, expected: &str, found: String| Note::new(code, "extended partition", expected, found).at(at, unit);
        if !visited.insert(record) {
            push_bounded(notes, note(Code::Loop, "a chain of records that ends", format!("a link back to sector {record}")));
            return;
        }
        if visited.len() > MAX_RECORDS {
            push_bounded(notes, note(Code::LimitReached, &format!("at most {MAX_RECORDS} records"), "more".to_owned()));
            return;
        }
        let sector = match read_vec(media, at, 512) {
            Ok(sector) => sector,
            Err(e) => {
                push_bounded(notes, note(Code::Unreadable, "an extended boot record", e.to_string()));
                return;
            }
        };
        let Ok(entries) = mbr::entries(&sector) else {
            let found = format!("sector {record} lies past the end of the media");
            push_bounded(notes, note(Code::Truncated, "an extended boot record", found));
            return;
        };
        if sector.get(510..512) != Some(&[0x55, 0xaa]) {
            push_bounded(
                notes,
                note(Code::Damaged, "an extended boot record that ends in 55 aa", format!("none at sector {record}")),
            );
            return;
        }
        tables.push((at, unit, "extended boot record"));
        let mut next = None;
        for entry in entries.iter().filter(|e| !e.is_empty()) {
            if !entry.is_extended() {
                slot = slot.saturating_add(1);
                volumes.push(mbr::volume(entry, record.saturating_add(u64::from(entry.start)), slot, sector_size));
            } else if next.is_none() {
                next = Some(base.saturating_add(u64::from(entry.start)));
            } else {
                let found = format!("another at sector {}", base.saturating_add(u64::from(entry.start)));
                push_bounded(notes, note(Code::Damaged, "one link to the next record", found));
            }
        }
        match next {
            Some(next) => record = next,
            None => return,
        }
    }
}

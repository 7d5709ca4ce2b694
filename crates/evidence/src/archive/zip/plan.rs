//! Before any member is read: where the directory says members lie, which overlap, which bear the
//! same name, and which bytes none of them claims.

use super::directory::{Directory, Pages};
use super::record::LOCAL_LENGTH;
use crate::Note;
use model::Code;
use std::hash::{DefaultHasher, Hasher};

/// One record of the directory, kept small: a large archive has millions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Offset of the record.
    pub record: u64,
    /// Offset of the local header.
    pub start: u64,
    /// Where the data end: at least, until the local header was read.
    pub end: u64,
    pub overlaps: Option<Overlap>,
    pub duplicate: bool,
}

/// What lies over a member's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    /// A member that starts earlier or at the same place, and ends there.
    Member(u64),
    /// The member reaches into the directory.
    Directory,
}

pub(super) struct Plan {
    /// In the directory's order.
    pub slots: Vec<Slot>,
    notes: Vec<Note>,
}

impl Plan {
    /// Reads the directory once. At most `limit` records are planned, and one more, so that the
    /// limit on members is met and noted.
    pub fn make(dir: &Directory, pages: &mut Pages, limit: u64) -> Self {
        let mut slots: Vec<Slot> = Vec::new();
        let mut names: Vec<(u64, u32)> = Vec::new();
        let mut notes = Vec::new();
        let mut at = dir.at;
        while at < dir.limit && (slots.len() as u64) <= limit {
            let central = match dir.record(pages, at) {
                Ok(c) => c,
                Err(e) => {
                    let note = Note::new(Code::Damaged, e.field, e.expected, e.found);
                    notes.push(note.at(at, dir.limit.saturating_sub(at)));
                    break;
                }
            };
            let start = central.local_offset.saturating_add(dir.shift);
            let head = (LOCAL_LENGTH as u64).saturating_add(central.stated.name.len() as u64);
            let end = start.saturating_add(head).saturating_add(central.stated.compressed);
            let mut hasher = DefaultHasher::new();
            hasher.write(&central.stated.name);
            names.push((hasher.finish(), u32::try_from(slots.len()).unwrap_or(u32::MAX)));
            slots.push(Slot { record: at, start, end, overlaps: None, duplicate: false });
            at = at.saturating_add(central.length as u64);
        }
        let read = slots.len() as u64;
        let same = if dir.wide { read == dir.stated } else { read & 0xffff == dir.stated };
        if !same && read <= limit {
            notes.push(Note::new(Code::Damaged, "records", format!("{} (end record)", dir.stated), read.to_string()));
        }
        let mut plan = Self { slots, notes };
        plan.find_duplicates(dir, pages, names);
        plan.find_overlaps(dir.at);
        plan
    }

    pub fn notes(&self, name: &[u8]) -> Vec<Note> {
        self.notes.iter().cloned().map(|n| Note { place: [name, b": ", n.place.as_slice()].concat(), ..n }).collect()
    }

    fn find_duplicates(&mut self, dir: &Directory, pages: &mut Pages, mut names: Vec<(u64, u32)>) {
        names.sort_unstable();
        for pair in names.windows(2) {
            let [(h1, a), (h2, b)] = pair else { continue };
            if h1 != h2 {
                continue;
            }
            let mut name = |i: u32| {
                let record = self.slots.get(i as usize)?.record;
                dir.record(pages, record).ok().map(|c| c.stated.name)
            };
            let same = name(*a) == name(*b);
            if let Some(slot) = self.slots.get_mut(*b as usize).filter(|_| same) {
                slot.duplicate = true;
            }
        }
    }

    fn find_overlaps(&mut self, directory_at: u64) {
        let mut reach = 0u64;
        for i in self.by_start() {
            let Some(slot) = self.slots.get_mut(i) else { continue };
            if slot.start < reach {
                slot.overlaps = Some(Overlap::Member(reach));
            } else if slot.end > directory_at {
                slot.overlaps = Some(Overlap::Directory);
            }
            reach = reach.max(slot.end);
        }
    }

    fn by_start(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.slots.len()).collect();
        order.sort_by_key(|i| self.slots.get(*i).map(|s| (s.start, *i)));
        order
    }

    /// Ranges up to `to` that no member claims, in order. The bytes before the archive are one.
    pub fn unclaimed(&self, to: u64, shift: u64) -> Vec<(u64, u64)> {
        let mut out = Vec::new();
        let mut reach = 0u64;
        if shift > 0 {
            out.push((0, shift));
            reach = shift;
        }
        for i in self.by_start() {
            let Some(slot) = self.slots.get(i) else { continue };
            if slot.start > reach {
                out.push((reach, slot.start.min(to)));
            }
            reach = reach.max(slot.end);
        }
        if to > reach {
            out.push((reach, to));
        }
        out
    }
}

use super::directory::{Directory, Item, Parsed, Placement, Presence, SLOT_BYTES, Shape};
use super::heap::Heap;
use super::long_name::{self, Before};
use super::name::{is_no_element, place, utf16_bytes};
use super::short_entry::{ERASED, ShortEntry};
use crate::Note;
use model::{Code, EntryKind};

/// The entries of a FAT directory: live, deleted, and those behind its end mark.
pub fn parse(dir: &Directory, path: &[u8], heap: &Heap) -> Parsed {
    let mut out = Parsed::default();
    let mut damage = Damage::default();
    let mut past_end = false;
    for index in 0..dir.slots() {
        let Some(slot) = dir.slot(index) else { break };
        if slot.first() == Some(&0) {
            past_end = true;
            continue;
        }
        let entry = ShortEntry::parse(slot);
        if entry.is_long_name() {
            continue;
        }
        let erased = slot.first() == Some(&ERASED);
        let presence = match (past_end, erased) {
            (true, _) => Presence::PastEnd,
            (false, true) => Presence::Erased,
            (false, false) => Presence::Live,
        };
        if past_end && !entry.is_convincing(heap, erased) || entry.is_dot() && index < 2 {
            continue;
        }
        if !entry.is_sound(erased) {
            damage.add(dir.offset(index), presence);
            continue;
        }
        let item = item(dir, index, &entry, presence, path, &mut out.notes);
        out.items.push(item);
    }
    out.notes.extend(damage.note(path));
    out.open_set = open_name(dir);
    out
}

/// The first slot of a deleted long name that runs into the directory's end.
fn open_name(dir: &Directory) -> Option<usize> {
    let part = |back: usize| {
        let index = dir.slots().checked_sub(back)?;
        dir.slot(index).filter(|s| s.first() == Some(&ERASED) && long_name::is_part(s)).map(|_| index)
    };
    (1..=long_name::MAX_SLOTS).map_while(part).last()
}

/// Do slots of a deleted long name at the end of one cluster belong to the first entry of another?
/// Its checksum and first character say so, and the name must be whole with them.
pub fn join(tail: &[u8], head: &[u8]) -> bool {
    let whole = Directory { bytes: [tail, head].concat(), extents: Vec::new() };
    let before = tail.len() / SLOT_BYTES;
    let is_name = |i: &usize| whole.slot(*i).is_some_and(long_name::is_part);
    let Some(index) = (before..before.saturating_add(long_name::MAX_SLOTS)).find(|i| !is_name(i)) else { return false };
    let Some(slot) = whole.slot(index).filter(|s| s.first() == Some(&ERASED)) else { return false };
    match long_name::before(&whole, index, &ShortEntry::parse(slot), true) {
        Before::Name(name) => !name.open && name.slots > index.saturating_sub(before),
        Before::Nothing | Before::Stray => false,
    }
}

/// Slots that no driver could have written, counted.
#[derive(Default)]
struct Damage {
    first: u64,
    count: u64,
}

impl Damage {
    fn add(&mut self, offset: u64, presence: Presence) {
        // A deleted slot may have been half overwritten; only live ones are damage.
        if presence == Presence::Live {
            if self.count == 0 {
                self.first = offset;
            }
            self.count = self.count.saturating_add(1);
        }
    }
    fn note(self, path: &[u8]) -> Option<Note> {
        let mut note =
            Note::new(Code::Damaged, path, "a directory entry", "bytes that are none").at(self.first, SLOT_BYTES as u64);
        note.count = self.count;
        (self.count > 0).then_some(note)
    }
}

fn item(dir: &Directory, index: usize, entry: &ShortEntry, presence: Presence, path: &[u8], notes: &mut Vec<Note>) -> Item {
    let at = dir.offset(index);
    let erased = dir.slot(index).and_then(|s| s.first()) == Some(&ERASED);
    let mut more = Vec::new();
    let kind = match (entry.is_label(), entry.is_directory()) {
        (true, _) => EntryKind::VolumeLabel,
        (false, true) => EntryKind::Directory,
        (false, false) => EntryKind::File,
    };
    let (mut first, mut slots) = (index, 1usize);
    let mut name = None;
    if kind != EntryKind::VolumeLabel {
        match long_name::before(dir, index, entry, erased) {
            Before::Nothing => {}
            Before::Name(long) => {
                first = index.saturating_sub(long.slots);
                slots = long.slots.saturating_add(1);
                let (text, invalid) = utf16_bytes(&long.units);
                if invalid {
                    notes.push(
                        Note::new(Code::InvalidText, place(path, &text), "paired surrogates", "an unpaired one; kept").at(at, 32),
                    );
                }
                more.push(("short name", String::from_utf8_lossy(&entry.text(long.first_byte)).into_owned()));
                if long.open {
                    more.push(("long name", "its last slots may be overwritten".into()));
                }
                name = Some(text);
            }
            Before::Stray if presence == Presence::Live => {
                let found = "slots with another checksum or out of order; the short name is used";
                notes.push(Note::new(Code::ChecksumMismatch, path, "a long name that belongs to its entry", found).at(at, 32));
            }
            Before::Stray => {}
        }
    }
    let name = name.unwrap_or_else(|| {
        if kind == EntryKind::VolumeLabel {
            return entry.label();
        }
        if erased {
            more.push(("first character", "lost on deletion, shown as _".into()));
        }
        entry.text(erased.then_some(b'_'))
    });
    if is_no_element(&name) {
        notes.push(
            Note::new(Code::PathTraversal, place(path, &name), "a name without separators", "one that has them or climbs")
                .at(at, 32),
        );
    }
    let mut invalid = Vec::new();
    let stamps = entry.stamps(at, &mut invalid);
    for (kind, raw, offset) in invalid {
        let found = format!("{} 0x{raw:08X}", kind.label());
        notes.push(Note::new(Code::ImplausibleTime, place(path, &name), "a date and time of the calendar", found).at(offset, 2));
    }
    let size = if kind == EntryKind::Directory { 0 } else { u64::from(entry.size) };
    Item {
        name,
        kind,
        presence,
        main: index,
        first,
        slots,
        attributes: u32::from(entry.attributes),
        size,
        initialized: size,
        start: entry.cluster,
        placement: Placement::Chain,
        stamps,
        more,
    }
}

/// What a cluster of bytes looks like. A directory's first cluster starts with `.` and `..`;
/// any other holds nothing but entries, and zeros behind its end mark.
pub fn shape(bytes: &[u8], heap: &Heap) -> Shape {
    let mut slots = bytes.chunks_exact(SLOT_BYTES).filter_map(|c| <&[u8; SLOT_BYTES]>::try_from(c).ok());
    if let (Some(dot), Some(dots)) = (slots.next(), slots.next()) {
        let (dot, dots) = (ShortEntry::parse(dot), ShortEntry::parse(dots));
        if &dot.name == b".          " && &dots.name == b"..         " && dot.is_directory() && dots.is_directory() {
            return Shape::First { own: dot.cluster, parent: dots.cluster };
        }
    }
    let (mut found, mut ended, mut count) = (0usize, false, 0usize);
    for slot in bytes.chunks_exact(SLOT_BYTES).filter_map(|c| <&[u8; SLOT_BYTES]>::try_from(c).ok()) {
        if ended || slot.first() == Some(&0) {
            ended = true;
            if slot.iter().any(|b| *b != 0) {
                return Shape::Other;
            }
            continue;
        }
        count = count.saturating_add(1);
        let entry = ShortEntry::parse(slot);
        if entry.is_long_name() {
            if !long_name::is_part(slot) {
                return Shape::Other;
            }
        } else if entry.is_convincing(heap, slot.first() == Some(&ERASED)) {
            found = found.saturating_add(1);
        } else {
            return Shape::Other;
        }
    }
    if count > 0 { Shape::Entries { count: found } } else { Shape::Other }
}

/// Does a directory end within these bytes?
pub fn has_end(bytes: &[u8]) -> bool {
    bytes.chunks_exact(SLOT_BYTES).any(|slot| slot.first() == Some(&0))
}

use super::entry_set::{BITMAP, EntrySet, FILE, IN_USE, LABEL, NAME, STREAM, UPCASE, is_known};
use crate::Note;
use crate::filesystem::fat::directory::{Directory, Item, Parsed, Placement, Presence, SLOT_BYTES, Shape};
use crate::filesystem::fat::heap::Heap;
use crate::filesystem::fat::name::{is_no_element, place, utf16_bytes};
use model::{Code, EntryKind, FieldReader};

const ATTR_DIRECTORY: u16 = 0x10;

/// The entries of an exFAT directory: live, deleted, and those behind its end mark.
pub fn parse(dir: &Directory, path: &[u8], heap: &Heap) -> Parsed {
    let mut out = Parsed::default();
    let mut stray: Option<Note> = None;
    let mut past_end = false;
    let mut index = 0usize;
    while let Some(slot) = dir.slot(index) {
        let kind = slot.first().copied().unwrap_or(0);
        let presence = match (past_end, kind & IN_USE != 0) {
            (true, _) => Presence::PastEnd,
            (false, true) => Presence::Live,
            (false, false) => Presence::Erased,
        };
        let mut taken = 1usize;
        match kind & !IN_USE {
            0 if kind == 0 => past_end = true,
            FILE => match EntrySet::read(dir, index) {
                Some(set) if past_end && !set.verified => {}
                Some(set) => {
                    taken = set.slots;
                    if set.open {
                        out.open_set = Some(index);
                    }
                    let item = file(dir, index, &set, presence, path, heap, &mut out.notes);
                    out.items.extend(item);
                }
                None => add_stray(&mut stray, dir, index, presence, path),
            },
            STREAM if !past_end => match EntrySet::headless(dir, index) {
                Some(set) if presence == Presence::Erased => {
                    taken = set.slots.max(1);
                    let item = file(dir, index, &set, presence, path, heap, &mut out.notes);
                    out.items.extend(item);
                }
                Some(_) | None => add_stray(&mut stray, dir, index, presence, path),
            },
            NAME if !past_end => add_stray(&mut stray, dir, index, presence, path),
            BITMAP | UPCASE | LABEL if presence == Presence::Live => out.items.extend(system(dir, index, slot)),
            _ if !past_end && !is_known(kind) => add_stray(&mut stray, dir, index, presence, path),
            _ => {}
        }
        index = index.saturating_add(taken);
    }
    out.notes.extend(stray);
    out
}

/// Counts live slots that belong to no set. Remains of deleted ones are no damage.
fn add_stray(stray: &mut Option<Note>, dir: &Directory, index: usize, presence: Presence, path: &[u8]) {
    match stray {
        _ if presence != Presence::Live => {}
        Some(note) => note.count = note.count.saturating_add(1),
        None => {
            let note = Note::new(Code::Damaged, path, "an entry set", "entries that belong to none");
            *stray = Some(note.at(dir.offset(index), SLOT_BYTES as u64));
        }
    }
}

fn file(
    dir: &Directory,
    index: usize,
    set: &EntrySet,
    presence: Presence,
    path: &[u8],
    heap: &Heap,
    notes: &mut Vec<Note>,
) -> Option<Item> {
    let at = dir.offset(index);
    let length = (set.slots as u64).saturating_mul(SLOT_BYTES as u64);
    let mut more = Vec::new();
    let (mut name, invalid_text) = utf16_bytes(&set.units);
    if invalid_text {
        notes.push(Note::new(Code::InvalidText, place(path, &name), "paired surrogates", "an unpaired one; kept").at(at, length));
    }
    if set.stream.is_none() && presence == Presence::Live && !set.open {
        notes.push(Note::new(Code::Damaged, path, "a stream entry after a file entry", "none").at(at, length));
        return None;
    }
    if !set.is_named() {
        if name.is_empty() {
            name = format!("entry-{}", heap.record(at)).into_bytes();
        }
        more.push(("name", "lost in part or whole: entries of its set are overwritten".into()));
    }
    if is_no_element(&name) {
        notes.push(
            Note::new(Code::PathTraversal, place(path, &name), "a name without separators", "one that has them or climbs")
                .at(at, length),
        );
    }
    match (&set.file, set.verified, presence) {
        (None, _, _) => more.push(("entry set", "its file entry is gone: no times and no attributes".into())),
        (Some(_), true, _) => {}
        (Some(f), false, Presence::Live) => {
            let found = "another value, or a set that is cut short";
            let expected = format!("set checksum 0x{:04X}", f.checksum);
            notes.push(Note::new(Code::ChecksumMismatch, place(path, &name), expected, found).at(at, length));
        }
        (Some(_), false, Presence::Erased | Presence::PastEnd) => {
            more.push(("entry set", "its checksum does not match: parts may be overwritten".into()));
        }
    }
    for (kind, raw, offset) in set.file.iter().flat_map(|f| &f.invalid) {
        let found = format!("{} 0x{raw:08X}", kind.label());
        notes.push(Note::new(Code::ImplausibleTime, place(path, &name), "a date and time of the calendar", found).at(*offset, 4));
    }
    let attributes = set.file.as_ref().map_or(0, |f| f.attributes);
    let kind = match &set.file {
        None => EntryKind::Unknown,
        Some(_) if attributes & ATTR_DIRECTORY != 0 => EntryKind::Directory,
        Some(_) => EntryKind::File,
    };
    let stream = set.stream;
    if presence == Presence::Live
        && let Some(s) = stream.filter(|s| s.valid > s.length)
    {
        let found = format!("{} of {}", s.valid, s.length);
        notes.push(
            Note::new(Code::Damaged, place(path, &name), "a valid data length within the data length", found).at(at, length),
        );
    }
    let size = stream.map_or(0, |s| s.length);
    Some(Item {
        name,
        kind,
        presence,
        main: index,
        first: index,
        slots: set.slots,
        attributes: u32::from(attributes),
        size,
        initialized: stream.map_or(0, |s| s.valid).min(size),
        start: stream.map_or(0, |s| s.cluster),
        placement: if stream.is_some_and(|s| s.contiguous) { Placement::Contiguous } else { Placement::Chain },
        stamps: set.file.as_ref().map_or_else(Vec::new, |f| f.stamps.clone()),
        more,
    })
}

/// The entries only the root directory holds: volume label, allocation bitmap, up-case table.
/// Source: [exFAT] 7.1 to 7.3.
fn system(dir: &Directory, index: usize, slot: &[u8; SLOT_BYTES]) -> Option<Item> {
    let mut r = FieldReader::new(slot, dir.offset(index));
    let kind = r.u8("entry type").ok()? & !IN_USE;
    let (mut name, mut start, mut size) = (Vec::new(), 0, 0);
    if kind == LABEL {
        let length = usize::from(r.u8("label length").ok()?).min(11);
        let units = r.bytes(length.saturating_mul(2), "label").ok()?.chunks_exact(2);
        let units: Vec<u16> = units.filter_map(|c| <[u8; 2]>::try_from(c).ok()).map(u16::from_le_bytes).collect();
        name = utf16_bytes(&units).0;
        if name.is_empty() {
            return None;
        }
    } else {
        name.extend_from_slice(if kind == BITMAP { b"$ALLOC_BITMAP" } else { b"$UPCASE_TABLE" });
        r.seek(20, "first cluster").ok()?;
        start = r.u32("first cluster").ok()?;
        size = r.u64("data length").ok()?;
    }
    Some(Item {
        name,
        kind: if kind == LABEL { EntryKind::VolumeLabel } else { EntryKind::System },
        presence: Presence::Live,
        main: index,
        first: index,
        slots: 1,
        attributes: 0,
        size,
        initialized: size,
        start,
        placement: Placement::Chain,
        stamps: Vec::new(),
        more: Vec::new(),
    })
}

/// What a cluster of bytes looks like: entries of known types, and zeros behind the end mark. Each
/// set whose checksum holds counts as two entries, so that one is enough to convince.
pub fn shape(bytes: &[u8], _heap: &Heap) -> Shape {
    let mut ended = false;
    for slot in bytes.chunks_exact(SLOT_BYTES) {
        let kind = slot.first().copied().unwrap_or(0);
        ended |= kind == 0;
        if ended && slot.iter().any(|b| *b != 0) || !ended && !is_known(kind) {
            return Shape::Other;
        }
    }
    if bytes.first().is_none_or(|b| *b == 0) {
        return Shape::Other;
    }
    let dir = Directory { bytes: bytes.to_vec(), extents: vec![(0, bytes.len() as u64)] };
    let (mut index, mut count) = (0usize, 0usize);
    while let Some(slot) = dir.slot(index) {
        let set = slot.first().filter(|k| **k & !IN_USE == FILE).and_then(|_| EntrySet::read(&dir, index));
        count = count.saturating_add(if set.as_ref().is_some_and(|s| s.verified) { 2 } else { 0 });
        index = index.saturating_add(set.map_or(1, |s| s.slots.max(1)));
    }
    Shape::Entries { count }
}

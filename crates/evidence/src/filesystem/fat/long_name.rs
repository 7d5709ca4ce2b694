use super::directory::{Directory, SLOT_BYTES};
use super::name::oem_char;
use super::short_entry::{ATTR_LONG_NAME, ERASED, ShortEntry};

/// Slots of the longest name: 255 units at 13 a slot.
pub const MAX_SLOTS: usize = 20;
const LAST: u8 = 0x40;
const UNITS_AT: [usize; 13] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/// A long name rebuilt from the slots before a short entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongName {
    pub units: Vec<u16>,
    /// Slots it takes, directly before the short entry.
    pub slots: usize,
    /// For a deleted entry: the first byte of the short name, as the checksum gives it.
    pub first_byte: Option<u8>,
    /// A deleted name with neither terminator nor a slot marked as last: its end may be missing.
    pub open: bool,
}

/// What lies before a short entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    Name(LongName),
    /// Slots of a long name that do not belong to this entry, or are out of order.
    Stray,
}

struct Part {
    order: u8,
    sum: u8,
    units: Vec<u16>,
    /// Units before the terminator, if it has one.
    end: Option<usize>,
}

fn part(slot: &[u8; SLOT_BYTES]) -> Option<Part> {
    let byte = |i: usize| slot.get(i).copied().unwrap_or(0);
    // The type byte and the cluster field are zero in a slot of a name.
    if byte(11) & 0x3F != ATTR_LONG_NAME || byte(12) != 0 || byte(26) != 0 || byte(27) != 0 || byte(0) == 0 {
        return None;
    }
    let units: Vec<u16> = UNITS_AT.iter().map(|i| u16::from_le_bytes([byte(*i), byte(i.saturating_add(1))])).collect();
    let end = units.iter().position(|u| *u == 0);
    Some(Part { order: byte(0), sum: byte(13), units, end })
}

/// Is this slot part of a long name, as far as its own fields tell?
pub fn is_part(slot: &[u8; SLOT_BYTES]) -> bool {
    part(slot).is_some_and(|p| {
        let padded = p.end.is_none_or(|end| p.units.iter().skip(end.saturating_add(1)).all(|u| *u == 0xFFFF));
        padded && (p.order == ERASED || (1..=20).contains(&(p.order & !LAST)))
    })
}

/// Collects the name whose slots end directly before slot `at`. Each slot repeats the short
/// name's checksum. A live name numbers its slots 1, 2, ... backwards from the short entry and
/// marks the last; deletion overwrites the numbers, so their order on the disk stands in for them,
/// and the checksum gives the short name's lost first byte. Source: [fatgen103] "FAT Long
/// Directory Entries".
pub fn before(dir: &Directory, at: usize, entry: &ShortEntry, erased: bool) -> Before {
    let mut units: Vec<u16> = Vec::new();
    let mut slots = 0usize;
    let mut sum = None;
    let mut closed = false;
    while slots < MAX_SLOTS && !closed {
        let Some(index) = at.checked_sub(slots.saturating_add(1)) else { break };
        let Some(part) = dir.slot(index).and_then(part) else { break };
        if *sum.get_or_insert(part.sum) != part.sum {
            break;
        }
        if part.order != ERASED {
            if usize::from(part.order & !LAST) != slots.saturating_add(1) {
                break;
            }
            closed = part.order & LAST != 0;
        } else if !erased {
            break;
        }
        slots = slots.saturating_add(1);
        closed |= part.end.is_some();
        units.extend(part.units.iter().take(part.end.unwrap_or(usize::MAX)));
    }
    let Some(sum) = sum else { return Before::Nothing };
    if units.is_empty() {
        return Before::Stray;
    }
    if !erased {
        let sound = closed && ShortEntry::checksum(&entry.name) == sum;
        let name = LongName { units, slots, first_byte: None, open: false };
        return if sound { Before::Name(name) } else { Before::Stray };
    }
    let first = entry.first_byte_for(sum);
    if !could_begin(first, &units) {
        return Before::Stray;
    }
    Before::Name(LongName { units, slots, first_byte: Some(first), open: !closed })
}

/// Could a driver have made a short name that begins with `first` from this long name? It takes
/// the first character that is neither a dot nor a space, in upper case, or `_` for one that the
/// code page lacks.
fn could_begin(first: u8, units: &[u16]) -> bool {
    let lead = char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or('\u{FFFD}')).find(|c| *c != '.' && *c != ' ');
    match lead {
        None => first > 0x20,
        Some(c) if c.is_ascii() => char::from(first).eq_ignore_ascii_case(&c) || (first == b'_' && !c.is_ascii_alphanumeric()),
        // Without the code page, any sign above ASCII may stand for it, and so may a stand-in.
        Some(c) => first >= 0x80 || first == b'_' || first == b'?' || c.to_uppercase().any(|u| u == oem_char(first)),
    }
}

use super::extensions::same_file;
use super::file_name::{FileName, Namespace, push_wtf8};
use super::record::{Attributes, Header, Reference, kind};

const IN_USE: u8 = 1;
const DIRECTORY: u8 = 2;
/// An extension record; `parent` is its base record.
const EXTENSION: u8 = 4;
/// `name` and `parent` are those of the directory.
const NAMED: u8 = 8;
/// The name is the short one; a long one replaces it.
const DOS_ONLY: u8 = 16;
const PRESENT: u8 = 32;
/// The name comes from an extension record; the base record's own name replaces it.
const FROM_EXTENSION: u8 = 64;

/// What is kept of every record between the two passes: 16 bytes, and the name where it is a
/// directory.
#[derive(Clone, Copy, Default)]
struct Slot {
    parent: u32,
    name: u32,
    parent_sequence: u16,
    sequence: u16,
    flags: u8,
}

/// Slots are made by the block, so that a table that is empty for the most part costs little.
const BLOCK: usize = 4096;

/// What the first pass keeps of the records.
#[derive(Default)]
pub(super) struct Table {
    /// Records there can be; references past it are to nothing.
    count: u64,
    blocks: Vec<Option<Box<[Slot; BLOCK]>>>,
    /// Names of directories: length u16, bytes.
    names: Vec<u8>,
    /// Directories whose name did not fit into the arena of 4 GiB.
    pub unnamed: u64,
}

/// A record as the table has it.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    slot: Slot,
    table: &'a Table,
}

impl Entry<'_> {
    pub fn in_use(&self) -> bool {
        self.slot.flags & IN_USE != 0
    }
    pub fn sequence(&self) -> u16 {
        self.slot.sequence
    }
    pub fn is_extension(&self) -> bool {
        self.slot.flags & EXTENSION != 0
    }
    pub fn is_directory(&self) -> bool {
        self.slot.flags & DIRECTORY != 0
    }
    fn upper(&self) -> Reference {
        Reference { record: u64::from(self.slot.parent), sequence: self.slot.parent_sequence }
    }
}

impl<'a> Entry<'a> {
    /// Parent and name of a directory.
    pub fn place(&self) -> Option<(Reference, &'a [u8])> {
        if self.slot.flags & NAMED == 0 {
            return None;
        }
        let rest = self.table.names.get(usize::try_from(self.slot.name).ok()?..)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        Some((self.upper(), rest.get(..usize::from(u16::from_le_bytes(*length)))?))
    }
}

impl Table {
    pub fn new(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    pub fn get(&self, record: u64) -> Option<Entry<'_>> {
        let index = usize::try_from(record).ok()?;
        let block = self.blocks.get(index / BLOCK)?.as_ref()?;
        let slot = *block.get(index % BLOCK)?;
        (slot.flags & PRESENT != 0).then_some(Entry { slot, table: self })
    }

    fn slot(&mut self, record: u64) -> Option<&mut Slot> {
        let index = usize::try_from(record).ok().filter(|_| record < self.count)?;
        if self.blocks.len() <= index / BLOCK {
            self.blocks.resize_with((index / BLOCK).saturating_add(1), || None);
        }
        let block = self.blocks.get_mut(index / BLOCK)?;
        block.get_or_insert_with(|| Box::new([Slot::default(); BLOCK])).get_mut(index % BLOCK)
    }

    /// Takes one record of the first pass.
    pub fn add(&mut self, number: u64, record: &[u8], header: &Header) {
        let Some(slot) = self.slot(number) else { return };
        slot.sequence = header.sequence;
        // The name may be there already, from an extension record that came first.
        slot.flags |= PRESENT | if header.in_use { IN_USE } else { 0 };
        if header.directory {
            slot.flags |= DIRECTORY;
        }
        let own = header.base.is_none();
        let named = match header.base {
            Some(base) => {
                slot.parent = u32::try_from(base.record).unwrap_or(u32::MAX);
                slot.parent_sequence = base.sequence;
                slot.flags = EXTENSION | (slot.flags & !(NAMED | DIRECTORY));
                base.record
            }
            None => number,
        };
        if header.directory || !own {
            self.add_names(named, record, header, if own { 0 } else { FROM_EXTENSION });
        }
    }

    fn add_names(&mut self, number: u64, record: &[u8], header: &Header, from: u8) {
        for attribute in Attributes::new(record, header).map_while(Result::ok) {
            if attribute.kind > kind::FILE_NAME {
                break;
            }
            let name = attribute.resident().filter(|_| attribute.kind == kind::FILE_NAME).map(|c| FileName::parse(c, 0));
            let Some(Ok(name)) = name else { continue };
            let short = name.namespace == Namespace::Dos;
            let at = self.names.len();
            let Ok(offset) = u32::try_from(at) else {
                self.unnamed = self.unnamed.saturating_add(1);
                return;
            };
            let Some(slot) = self.slot(number) else { return };
            if slot.flags & EXTENSION != 0 {
                return;
            }
            let replaced = from == 0 && slot.flags & FROM_EXTENSION != 0;
            if slot.flags & NAMED != 0 && !replaced && (short || slot.flags & DOS_ONLY == 0) {
                continue;
            }
            slot.flags = (slot.flags & !(DOS_ONLY | FROM_EXTENSION)) | NAMED | from | if short { DOS_ONLY } else { 0 };
            slot.name = offset;
            slot.parent = u32::try_from(name.parent.record).unwrap_or(u32::MAX);
            slot.parent_sequence = name.parent.sequence;
            self.names.extend_from_slice(&[0, 0]);
            push_wtf8(name.name, &mut self.names);
            let length = u16::try_from(self.names.len().saturating_sub(at).saturating_sub(2)).unwrap_or(0);
            if let Some(to) = self.names.get_mut(at..at.saturating_add(2)) {
                to.copy_from_slice(&length.to_le_bytes());
            }
        }
    }

    /// The base record of an extension record, where that is still the same file.
    pub fn base_of(&self, number: u64) -> Option<u64> {
        let base = self.get(number).filter(Entry::is_extension)?.upper();
        let there = self.get(base.record)?;
        (!there.is_extension() && same_file(base.sequence, there.sequence(), there.in_use())).then_some(base.record)
    }
}

use super::allocation::{Allocation, AllocationBuilder};
use super::heap::FIRST_CLUSTER;
use model::{ByteSource, read_vec};

/// Width of an entry of the file allocation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Fat12,
    Fat16,
    /// 32 bits of which the upper four are reserved.
    Fat32,
    /// All 32 bits.
    ExFat,
}

/// A file allocation table: offset and length in the volume, bytes. Source: [fatgen103] section
/// "FAT Data Structure", [exFAT] section 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub width: Width,
    pub offset: u64,
    pub length: u64,
}

/// What a table says of one cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Free,
    Next(u32),
    End,
    Bad,
    Reserved(u32),
    /// The table is cut short here, or its bytes can not be read.
    Unreadable,
}

impl Table {
    /// Entries the table has room for, the two reserved ones included.
    pub fn capacity(&self) -> u64 {
        match self.width {
            Width::Fat12 => self.length.saturating_mul(2) / 3,
            Width::Fat16 => self.length / 2,
            Width::Fat32 | Width::ExFat => self.length / 4,
        }
    }

    /// Offset of an entry in the table, and its bytes.
    pub fn place(&self, cluster: u32) -> (u64, u64) {
        let n = u64::from(cluster);
        match self.width {
            Width::Fat12 => (n.saturating_add(n / 2), 2),
            Width::Fat16 => (n.saturating_mul(2), 2),
            Width::Fat32 | Width::ExFat => (n.saturating_mul(4), 4),
        }
    }

    fn raw(&self, cluster: u32, bytes: &[u8]) -> Option<u32> {
        let two = || bytes.get(..2).and_then(|b| <[u8; 2]>::try_from(b).ok()).map(|b| u32::from(u16::from_le_bytes(b)));
        let four = || bytes.get(..4).and_then(|b| <[u8; 4]>::try_from(b).ok()).map(u32::from_le_bytes);
        match self.width {
            Width::Fat12 if cluster & 1 == 1 => two().map(|v| v >> 4),
            Width::Fat12 => two().map(|v| v & 0xFFF),
            Width::Fat16 => two(),
            Width::Fat32 => four().map(|v| v & 0x0FFF_FFFF),
            Width::ExFat => four(),
        }
    }

    fn link(&self, raw: u32) -> Link {
        let top = match self.width {
            Width::Fat12 => 0xFF0,
            Width::Fat16 => 0xFFF0,
            Width::Fat32 => 0x0FFF_FFF0,
            Width::ExFat => 0xFFFF_FFF0,
        };
        match raw {
            0 => Link::Free,
            1 => Link::Reserved(1),
            n if n < top => Link::Next(n),
            n => match n & 0xF {
                7 => Link::Bad,
                8.. => Link::End,
                _ => Link::Reserved(n),
            },
        }
    }

    /// The used clusters up to `last`, read from the table once from end to end.
    /// The second value counts the entries that could not be read; they are never called free.
    pub fn allocation(&self, source: &dyn ByteSource, last: u32) -> (Allocation, u64) {
        let mut builder = AllocationBuilder::default();
        let mut links = Links::new(source, *self);
        let mut unreadable = 0u64;
        // A table cut short by the end of the image: what is missing needs no look each.
        let there = Table { length: self.length.min(source.len().saturating_sub(self.offset)), ..*self }.capacity();
        let readable = u32::try_from(there.saturating_sub(1)).unwrap_or(u32::MAX).min(last);
        unreadable = unreadable.saturating_add(u64::from(last.saturating_sub(readable.max(1))));
        for cluster in FIRST_CLUSTER..=readable {
            let link = links.get(cluster);
            unreadable = unreadable.saturating_add(u64::from(link == Link::Unreadable));
            builder.push(link != Link::Free);
        }
        (builder.finish(), unreadable)
    }
}

/// Bytes of a page of the table: a multiple of 12, so that no entry of any width lies across two.
const PAGE: u64 = 48 * 1024;
const PAGES: u64 = 64;

/// Reads entries of a table through a few cached pages.
pub struct Links<'a> {
    source: &'a dyn ByteSource,
    table: Table,
    /// (number of the page, its bytes), placed by the number's remainder.
    pages: Vec<Option<(u64, Vec<u8>)>>,
}

impl<'a> Links<'a> {
    pub fn new(source: &'a dyn ByteSource, table: Table) -> Self {
        Self { source, table, pages: (0..PAGES).map(|_| None).collect() }
    }

    pub fn get(&mut self, cluster: u32) -> Link {
        let (at, length) = self.table.place(cluster);
        if at.saturating_add(length) > self.table.length {
            return Link::Unreadable;
        }
        let number = at / PAGE;
        let slot = usize::try_from(number % PAGES).unwrap_or(0);
        let Some(slot) = self.pages.get_mut(slot) else { return Link::Unreadable };
        if slot.as_ref().is_none_or(|(n, _)| *n != number) {
            let start = number.saturating_mul(PAGE);
            let length = usize::try_from(PAGE.min(self.table.length.saturating_sub(start))).unwrap_or(0);
            let bytes = read_vec(self.source, self.table.offset.saturating_add(start), length).unwrap_or_default();
            *slot = Some((number, bytes));
        }
        let within = usize::try_from(at % PAGE).unwrap_or(usize::MAX);
        let bytes = slot.as_ref().and_then(|(_, page)| page.get(within..)).unwrap_or_default();
        self.table.raw(cluster, bytes).map_or(Link::Unreadable, |raw| self.table.link(raw))
    }
}

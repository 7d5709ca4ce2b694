use super::super::RunSource;
use super::collect::{Collected, Found};
use super::content;
use super::extensions::same_file;
use super::file_name::{FIXED_BYTES, FileName, Namespace, to_wtf8};
use super::fixup;
use super::mft::Mft;
use super::record::{Reference, kind};
use super::table::Table;
use model::{FieldReader, Run, SharedSource, Stream, read_full, read_vec};

/// Names out of indexes that are kept until it is known which of them a record still has.
const MAX_STALE: usize = 1 << 20;
const MAX_BLOCK: usize = 64 << 10;
/// Bytes of an index entry before its $FILE_NAME.
pub(super) const ENTRY_HEAD: usize = 16;

/// A name that lies in a folder's index, and may be no record's name any more.
#[derive(Clone, Debug)]
pub(super) struct Stale {
    /// None where the entry's head is overwritten: when an index shrinks, its end marker lands on
    /// the head of the last entry.
    pub file: Option<Reference>,
    pub parent: Reference,
    pub name: Vec<u8>,
    pub namespace: Namespace,
    pub times: [u64; 4],
    pub size: u64,
    pub flags: u32,
    /// Where the index entry lies in the volume, its head included where that is sound: (offset,
    /// length).
    pub origin: Vec<(u64, u64)>,
    /// In the part of the index that counts, not in its slack.
    pub listed: bool,
}

/// Collects stale names folder by folder.
pub(super) struct IndexScan<'a> {
    pub volume: &'a SharedSource,
    pub mft: &'a Mft,
    pub table: &'a Table,
    /// Bytes of indexes that may still be read: honest ones together fit into the volume.
    pub budget: u64,
    pub found: Vec<Stale>,
    /// The bound on names or bytes was reached.
    pub cut: bool,
    /// Index blocks that could not be used.
    pub damaged: u64,
}

/// Bytes of an index and where each of them lies.
struct Area<'a> {
    bytes: &'a [u8],
    /// Bytes from the start that count; the rest is slack.
    listed: usize,
    place: &'a dyn Fn(usize, usize) -> Vec<(u64, u64)>,
}

impl IndexScan<'_> {
    /// `folder` was collected with its index; `record` are its bytes, attributes end at `end`.
    pub fn folder(&mut self, folder: &Collected, record: &[u8], end: usize) {
        let mut block_size = None;
        if let Some((at, root)) = &folder.index_root {
            let mut r = FieldReader::new(root, 0);
            block_size = r.seek(8, "index block size").and_then(|()| r.u32("index block size")).ok();
            let place = |from: usize, length: usize| self.mft.place(at.saturating_add(from as u64), length as u64);
            let (first, listed) = node(root, 16).unwrap_or((root.len(), root.len()));
            let area = Area { bytes: root, listed, place: &place };
            self.area(folder, &area, first);
        }
        // A folder that shrinks leaves its last entries behind the end of its record's attributes.
        let start = self.mft.start(folder.number);
        let place = |from: usize, length: usize| self.mft.place(start.saturating_add(from as u64), length as u64);
        let area = Area { bytes: record, listed: end.min(record.len()), place: &place };
        self.slack(folder, &area, end.min(record.len()));
        let size = block_size.and_then(|s| usize::try_from(s).ok());
        if let (Some(blocks), Some(size)) = (folder.find(kind::INDEX_ALLOCATION, b"$I30"), size) {
            self.blocks(folder, blocks, size);
        }
    }

    fn blocks(&mut self, folder: &Collected, blocks: &Found, size: usize) {
        if !size.is_power_of_two() || !(512..=MAX_BLOCK).contains(&size) {
            self.damaged = self.damaged.saturating_add(1);
            return;
        }
        let flags = blocks.stream.flags;
        if flags.resident || flags.compressed || flags.encrypted {
            self.damaged = self.damaged.saturating_add(1);
            return;
        }
        let mut at = 0u64;
        let mut block = vec![0u8; size];
        let mapped: u64 = blocks.stream.runs.iter().filter(|r| r.offset.is_some()).map(|r| r.length).fold(0, u64::saturating_add);
        // Past the stream's size too: a folder that shrank may leave whole blocks behind.
        let end = blocks.stream.runs.iter().map(|r| r.length).fold(0, u64::saturating_add).min(mapped);
        let whole = Stream { size: end, initialized: end, ..blocks.stream.clone() };
        let source = RunSource::new(self.volume.clone(), &whole);
        let mut placer = Placer { runs: &whole.runs, start: 0 };
        let bits = folder.find(kind::BITMAP, b"$I30").and_then(|b| {
            let source = content::plain(self.volume, b).ok()?;
            let needed = (end / 8).checked_div(size as u64)?.saturating_add(8).min(self.budget);
            self.budget = self.budget.saturating_sub(needed);
            read_vec(&source, 0, usize::try_from(needed).ok()?).ok()
        });
        let mut number = 0usize;
        while at < end {
            if self.budget < size as u64 {
                self.cut = true;
                return;
            }
            self.budget = self.budget.saturating_sub(size as u64);
            block.fill(0);
            let got = read_full(&source, at, &mut block).unwrap_or(0);
            if got == size && block.get(..4) == Some(b"INDX") {
                let bit = bits.as_ref().map(|b| b.get(number / 8).is_some_and(|byte| byte & (1 << (number % 8)) != 0));
                let stretches = placer.place(at, size as u64);
                self.block(folder, &stretches, &mut block, bit.unwrap_or(true));
            }
            at = at.saturating_add(size as u64);
            number = number.saturating_add(1);
        }
    }

    fn block(&mut self, folder: &Collected, stretches: &[(u64, u64)], block: &mut [u8], used: bool) {
        if fixup::apply(block).is_err() {
            self.damaged = self.damaged.saturating_add(1);
            return;
        }
        let place = |from: usize, length: usize| cut(stretches, from as u64, length as u64);
        let (first, listed) = node(block, 24).unwrap_or((24, 24));
        let area = Area { bytes: block, listed: if used { listed } else { first }, place: &place };
        self.area(folder, &area, first);
    }

    fn area(&mut self, folder: &Collected, area: &Area<'_>, first: usize) {
        let mut at = first;
        while at < area.listed {
            let Some((length, last)) = head(area.bytes, at) else {
                self.damaged = self.damaged.saturating_add(1);
                break;
            };
            if last {
                break;
            }
            self.keep(folder, area, at, true);
            at = at.saturating_add(length);
        }
        self.slack(folder, area, area.listed);
    }

    fn slack(&mut self, folder: &Collected, area: &Area<'_>, from: usize) {
        let mut at = from.checked_next_multiple_of(8).unwrap_or(usize::MAX);
        while at.saturating_add(ENTRY_HEAD).saturating_add(FIXED_BYTES) < area.bytes.len() {
            let length = self.keep(folder, area, at, false).unwrap_or(8);
            at = at.saturating_add(length.max(8));
        }
    }

    /// Keeps the entry at `at` where it is one of this folder's; its length in whole eights.
    fn keep(&mut self, folder: &Collected, area: &Area<'_>, at: usize, listed: bool) -> Option<usize> {
        let bytes = area.bytes.get(at..)?;
        let whole = entry(bytes, folder.number);
        let (file, name, length) = match whole {
            Some((file, name, length)) => (Some(file), name, length),
            None if listed => return None,
            None => {
                let name = headless(bytes.get(ENTRY_HEAD..)?, folder)?;
                (None, name, ENTRY_HEAD.saturating_add(FIXED_BYTES).saturating_add(name.name.len()).next_multiple_of(8))
            }
        };
        let there = file.and_then(|f| self.table.get(f.record).map(|e| (f, e)));
        // What a folder in use lists, and the record confirms, is told with the record.
        let sound = there.is_some_and(|(f, e)| e.in_use() && e.sequence() == f.sequence);
        if listed && folder.header.in_use && sound {
            return Some(length);
        }
        if self.found.len() >= MAX_STALE {
            self.cut = true;
            return Some(length);
        }
        let head = if file.is_some() { 0 } else { ENTRY_HEAD };
        let bytes = ENTRY_HEAD.saturating_add(FIXED_BYTES).saturating_add(name.name.len()).saturating_sub(head);
        self.found.push(Stale {
            file,
            parent: name.parent,
            name: to_wtf8(name.name),
            namespace: name.namespace,
            times: name.times,
            size: name.size,
            flags: name.flags,
            origin: (area.place)(at.saturating_add(head), bytes),
            listed: listed && folder.header.in_use,
        });
        Some(length)
    }
}

/// Start of the entries and end of those that count, from the node header at `at`. Source:
/// ntfsdoc, "Index node".
fn node(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut r = FieldReader::new(bytes, 0);
    r.seek(at, "node header").ok()?;
    let first = at.checked_add(r.u32("entries offset").ok()? as usize)?;
    let end = at.checked_add(r.u32("entries length").ok()? as usize)?;
    (first <= end).then(|| (first.min(bytes.len()), end.min(bytes.len())))
}

/// Length of the entry at `at` and whether it is the node's last, which bears no name.
fn head(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let mut r = FieldReader::new(bytes, 0);
    r.seek(at.checked_add(8)?, "entry length").ok()?;
    let length = usize::from(r.u16("entry length").ok()?);
    r.skip(2, "name length").ok()?;
    let flags = r.u16("entry flags").ok()?;
    (length >= ENTRY_HEAD).then_some((length, flags & 2 != 0))
}

/// An index entry of the folder: its file, its name, its length. Everything in it must agree,
/// since it may be what is left of one.
fn entry(bytes: &[u8], folder: u64) -> Option<(Reference, FileName<'_>, usize)> {
    let mut r = FieldReader::new(bytes, 0);
    let file = Reference::from(r.u64("file").ok()?);
    let length = usize::from(r.u16("entry length").ok()?);
    let key = usize::from(r.u16("name length").ok()?);
    r.skip(4, "entry flags").ok()?;
    if key < FIXED_BYTES || length < ENTRY_HEAD.saturating_add(key) || !length.is_multiple_of(8) {
        return None;
    }
    let name = FileName::parse(r.bytes(key, "name").ok()?, 0).ok()?;
    let exact = FIXED_BYTES.saturating_add(name.name.len()) == key;
    // Entry, and a subnode pointer of 8 bytes at most, with nothing between.
    let snug = length.saturating_sub(ENTRY_HEAD).saturating_sub(key) < 16;
    (exact && snug && name.parent.record == folder && file.sequence != 0).then_some((file, name, length))
}

/// A $FILE_NAME of the folder whose entry has lost its head. With nothing else to agree with, the
/// name itself must be one that Windows would write, and its times must be times of this age.
fn headless<'a>(bytes: &'a [u8], folder: &Collected) -> Option<FileName<'a>> {
    let name = FileName::parse(bytes, 0).ok()?;
    let parent =
        name.parent.record == folder.number && same_file(name.parent.sequence, folder.header.sequence, folder.header.in_use);
    let letter = |unit: &[u8]| unit.first_chunk::<2>().map(|u| u16::from_le_bytes(*u)).is_some_and(|u| u >= 32 && u != 47);
    let times = name.times.iter().all(|t| TIME_RANGE.contains(t));
    (parent && times && name.name.chunks_exact(2).all(letter)).then_some(name)
}

/// FILETIMEs from 1970 to 2107.
const TIME_RANGE: std::ops::Range<u64> = 116_444_736_000_000_000..159_992_928_000_000_000;

/// Tells where stretches of a stream lie in the volume; they are asked for in rising order.
struct Placer<'a> {
    /// Runs from the current one on, which starts at `start` of the stream.
    runs: &'a [Run],
    start: u64,
}

impl Placer<'_> {
    fn place(&mut self, offset: u64, length: u64) -> Vec<(u64, u64)> {
        while let Some((first, rest)) = self.runs.split_first()
            && self.start.saturating_add(first.length) <= offset
        {
            self.start = self.start.saturating_add(first.length);
            self.runs = rest;
        }
        let mut out = Vec::with_capacity(1);
        let (mut start, end) = (self.start, offset.saturating_add(length));
        for run in self.runs {
            if start >= end {
                break;
            }
            let next = start.saturating_add(run.length);
            let (from, to) = (start.max(offset), next.min(end));
            if let (Some(at), true) = (run.offset, from < to) {
                out.push((at.saturating_add(from.saturating_sub(start)), to.saturating_sub(from)));
            }
            start = next;
        }
        out
    }
}

/// Part of bytes that lie in these stretches one after the other.
pub(super) fn cut(stretches: &[(u64, u64)], offset: u64, length: u64) -> Vec<(u64, u64)> {
    let mut out = Vec::with_capacity(1);
    let (mut skip, mut left) = (offset, length);
    for (at, there) in stretches {
        let n = there.saturating_sub(skip).min(left);
        if n > 0 {
            out.push((at.saturating_add(skip), n));
            left = left.saturating_sub(n);
        }
        skip = skip.saturating_sub(*there);
    }
    out
}

//! The jbd2 journal: every copy of a block it still holds, whether or not it is still to be
//! replayed. Source: Linux include/linux/jbd2.h, fs/jbd2/recovery.c;
//! Documentation/filesystems/ext4/journal.rst. All fields are big-endian.

use super::checksum::crc32c;
use super::disk::{Disk, JOURNAL_MAGIC};
use super::tally::Tally;
use model::{FieldError, FieldReader, Run, read_vec};
use std::collections::BTreeMap;

pub mod incompat {
    pub const WIDE: u32 = 0x2;
    pub const CSUM_V2: u32 = 0x8;
    pub const CSUM_V3: u32 = 0x10;
    pub const FAST_COMMIT: u32 = 0x20;
    pub const KNOWN: u32 = 0x3F;
}

/// A transaction's place in time. Sequence numbers wrap; counted from the journal's tail with
/// 2^31 added, older ones are smaller and newer ones greater.
pub type Order = u32;

/// A block as one transaction wrote it.
#[derive(Clone, Copy, Debug)]
pub struct BlockCopy {
    /// Block of the file system.
    pub block: u64,
    pub order: Order,
    /// Where the copy lies, bytes in the volume.
    pub offset: u64,
    pub is_escaped: bool,
    /// Checksum of the tag: 32 bits, or 16 in version 2.
    checksum: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
pub struct Commit {
    /// Seconds and nanoseconds since 1970.
    pub seconds: u64,
    pub nanos: u32,
    /// Where the commit block lies, bytes in the volume.
    pub offset: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub block: u64,
    pub is_escaped: bool,
    pub checksum: Option<u32>,
}

/// A block of the journal that describes others.
#[derive(Clone, Debug)]
pub(super) enum Control {
    Descriptor { sequence: u32, tags: Vec<Tag> },
    Commit { sequence: u32, commit: Commit },
    Revoke { sequence: u32, blocks: Vec<u64> },
}

impl Control {
    pub fn sequence(&self) -> u32 {
        match self {
            Self::Descriptor { sequence, .. } | Self::Commit { sequence, .. } | Self::Revoke { sequence, .. } => *sequence,
        }
    }
}

#[derive(Debug)]
pub struct Journal {
    /// Sorted by block, then order.
    pub copies: Vec<BlockCopy>,
    pub commits: BTreeMap<Order, Commit>,
    pub(super) controls: BTreeMap<u32, Control>,
    pub(super) log: Log,
}

/// Geometry of the journal, from its superblock.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// First block of the log, and the first past it, in blocks of the journal.
    pub first: u32,
    pub end: u32,
    /// Sequence and block of the oldest transaction to be replayed; block 0: none.
    pub sequence: u32,
    pub start: u32,
    pub incompat: u32,
    seed: u32,
    block_size: u64,
    /// (first block of the journal, where it lies)
    runs: Vec<(u64, Run)>,
    /// Fast commit blocks after the log.
    pub fast_blocks: u32,
}

impl Log {
    /// `runs` maps the journal's inode.
    fn parse(disk: &Disk, runs: &[Run]) -> Result<Self, FieldError> {
        let block_size = u64::from(disk.sb.block_size);
        let mut placed = Vec::new();
        let mut at = 0u64;
        for run in runs {
            placed.push((at, *run));
            at = at.saturating_add(run.length.checked_div(block_size).unwrap_or(0));
        }
        let offset = runs.first().and_then(|r| r.offset).unwrap_or(0);
        let raw = disk.read_at(offset, false).unwrap_or_default();
        let mut r = FieldReader::new(&raw, offset);
        let (magic, kind) = (r.u32_be("journal magic")?, r.u32_be("journal block type")?);
        if magic != u32::from_be_bytes(JOURNAL_MAGIC) || !matches!(kind, 3 | 4) {
            return Err(r.wrong("journal superblock", "0xc03b3998, type 3 or 4", format!("{magic:#x}, type {kind}")));
        }
        r.skip(4, "journal sequence")?;
        let size = r.u32_be("journal block size")?;
        if u64::from(size) != block_size {
            return Err(r.wrong("journal block size", block_size.to_string(), size));
        }
        let length = r.u32_be("journal length")?;
        let first = r.u32_be("first log block")?;
        let (sequence, start) = (r.u32_be("first sequence")?, r.u32_be("log start")?);
        r.skip(8, "journal error, compatible features")?;
        let incompat = if kind == 4 { r.u32_be("journal incompatible features")? } else { 0 };
        r.seek(0x30, "journal uuid")?;
        let uuid = r.array::<16>("journal uuid")?;
        r.seek(0x54, "fast commit blocks")?;
        let stated = r.u32_be("fast commit blocks")?;
        let fast = if incompat & incompat::FAST_COMMIT == 0 { 0 } else { if stated == 0 { 256 } else { stated } };
        let mapped = u32::try_from(at).unwrap_or(u32::MAX);
        let end = length.min(mapped).saturating_sub(fast);
        let seed = crc32c(!0, &uuid);
        Ok(Self { first: first.max(1), end, sequence, start, incompat, seed, block_size, runs: placed, fast_blocks: fast })
    }

    /// Where a block of the journal lies, bytes in the volume.
    pub fn offset(&self, position: u32) -> Option<u64> {
        let index = self.runs.partition_point(|(start, _)| *start <= u64::from(position)).checked_sub(1)?;
        let (start, run) = self.runs.get(index)?;
        let within = u64::from(position).checked_sub(*start)?.checked_mul(self.block_size)?;
        (within < run.length).then_some(run.offset?.checked_add(within)?)
    }

    /// Where a block of the journal lies, and how many blocks from it on lie together.
    fn stretch(&self, position: u32) -> Option<(u64, u32)> {
        const BLOCKS: u32 = 64;
        let offset = self.offset(position)?;
        let last = self.end.min(position.saturating_add(BLOCKS)).saturating_sub(1);
        let mut count = 1u32;
        let mut next = offset.checked_add(self.block_size)?;
        for at in position.saturating_add(1)..=last {
            if self.offset(at) != Some(next) {
                break;
            }
            count = count.saturating_add(1);
            next = next.checked_add(self.block_size)?;
        }
        Some((offset, count))
    }

    /// The block of the log `n` past `position`, wrapping at the end.
    pub fn after(&self, position: u32, n: u32) -> Option<u32> {
        let length = self.end.checked_sub(self.first).filter(|l| *l > 0)?;
        let from = u64::from(position.checked_sub(self.first)?).saturating_add(u64::from(n));
        let within = u32::try_from(from.checked_rem(u64::from(length))?).ok()?;
        self.first.checked_add(within)
    }

    pub fn order(&self, sequence: u32) -> Order {
        sequence.wrapping_sub(self.sequence).wrapping_add(1 << 31)
    }
    pub fn sequence_of(&self, order: Order) -> u32 {
        order.wrapping_sub(1 << 31).wrapping_add(self.sequence)
    }
    fn tag_length(&self) -> usize {
        if self.incompat & incompat::CSUM_V3 != 0 {
            return 16;
        }
        let base = if self.incompat & incompat::CSUM_V2 != 0 { 10usize } else { 8 };
        if self.incompat & incompat::WIDE != 0 { base.saturating_add(4) } else { base }
    }
    fn has_checksums(&self) -> bool {
        self.incompat & (incompat::CSUM_V2 | incompat::CSUM_V3) != 0
    }
    /// Whether the bytes of a copy, as they lie in the journal, fit its tag's checksum.
    pub fn checksum_fits(&self, checksum: Option<u32>, sequence: u32, raw: &[u8]) -> bool {
        let Some(stored) = checksum else { return true };
        let crc = crc32c(crc32c(self.seed, &sequence.to_be_bytes()), raw);
        if self.incompat & incompat::CSUM_V3 != 0 { crc == stored } else { crc & 0xFFFF == stored }
    }

    fn control(&self, raw: &[u8], offset: u64) -> Result<Option<Control>, FieldError> {
        let mut r = FieldReader::new(raw, offset);
        r.skip(4, "journal magic")?;
        let (kind, sequence) = (r.u32_be("journal block type")?, r.u32_be("sequence")?);
        Ok(match kind {
            1 => Some(Control::Descriptor { sequence, tags: self.tags(&mut r)? }),
            2 => {
                r.seek(0x30, "commit time")?;
                let (seconds, nanos) = (r.u64_be("commit seconds")?, r.u32_be("commit nanoseconds")?);
                Some(Control::Commit { sequence, commit: Commit { seconds, nanos, offset } })
            }
            5 => {
                let end = usize::try_from(r.u32_be("revoke length")?).unwrap_or(usize::MAX).min(raw.len());
                let mut blocks = Vec::new();
                let width = if self.incompat & incompat::WIDE != 0 { 8usize } else { 4 };
                while r.position().saturating_add(width) <= end {
                    blocks.push(if width == 8 { r.u64_be("revoked block")? } else { u64::from(r.u32_be("revoked block")?) });
                }
                Some(Control::Revoke { sequence, blocks })
            }
            0u32..=u32::MAX => None,
        })
    }

    fn tags(&self, r: &mut FieldReader<'_>) -> Result<Vec<Tag>, FieldError> {
        const ESCAPED: u32 = 1;
        const SAME_UUID: u32 = 2;
        const LAST: u32 = 8;
        let length = self.tag_length();
        let tail = if self.has_checksums() { 4 } else { 0 };
        let mut tags = Vec::new();
        while r.remaining() >= length.saturating_add(tail) {
            let from = r.position();
            let low = r.u32_be("tag block")?;
            let (flags, high, checksum);
            if self.incompat & incompat::CSUM_V3 != 0 {
                (flags, high) = (r.u32_be("tag flags")?, r.u32_be("tag block, high")?);
                checksum = Some(r.u32_be("tag checksum")?);
            } else {
                let sum = r.u16_be("tag checksum")?;
                flags = u32::from(r.u16_be("tag flags")?);
                high = if self.incompat & incompat::WIDE != 0 { r.u32_be("tag block, high")? } else { 0 };
                checksum = (self.incompat & incompat::CSUM_V2 != 0).then_some(u32::from(sum));
            }
            r.seek(from.saturating_add(length), "tag")?;
            let high = if self.incompat & incompat::WIDE != 0 { u64::from(high) << 32 } else { 0 };
            tags.push(Tag { block: high | u64::from(low), is_escaped: flags & ESCAPED != 0, checksum });
            if flags & SAME_UUID == 0 {
                r.skip(16, "tag uuid")?;
            }
            if flags & LAST != 0 {
                break;
            }
        }
        Ok(tags)
    }
}

impl Journal {
    /// Reads the journal that the runs of its inode map. None, with a finding, where its
    /// superblock can not be used.
    pub fn read(disk: &Disk, runs: &[Run], tally: &mut Tally) -> Option<Self> {
        let log = match Log::parse(disk, runs) {
            Ok(log) => log,
            Err(e) => {
                tally.field("journal superblock", &e);
                return None;
            }
        };
        let mut journal = Self { copies: Vec::new(), commits: BTreeMap::new(), controls: BTreeMap::new(), log };
        let size = disk.sb.block_bytes();
        let mut position = journal.log.first;
        while position < journal.log.end {
            let Some((offset, mut count)) = journal.log.stretch(position) else {
                position = position.saturating_add(1);
                continue;
            };
            let length = size.saturating_mul(usize::try_from(count).unwrap_or(1));
            // A stretch that can not be read as a whole is read block by block.
            let data = read_vec(&disk.volume, offset, length).or_else(|_| {
                count = 1;
                read_vec(&disk.volume, offset, size)
            });
            let data = data.unwrap_or_else(|e| {
                tally.damaged("journal", "readable journal blocks", e.to_string(), (offset, size as u64));
                Vec::new()
            });
            let places = (offset..).step_by(size).zip(position..);
            for (block, (offset, position)) in data.chunks_exact(size).zip(places) {
                if block.first_chunk::<4>() != Some(&JOURNAL_MAGIC) {
                    continue;
                }
                match journal.log.control(block, offset) {
                    Ok(Some(control)) => drop(journal.controls.insert(position, control)),
                    Ok(None) => {}
                    Err(e) => tally.field("journal", &e),
                }
            }
            position = position.saturating_add(count);
        }
        journal.collect(disk, tally);
        Some(journal)
    }

    /// Turns descriptors into copies, leaving out blocks of the journal that a newer transaction
    /// wrote over, and transactions that were never committed and can not be checked.
    fn collect(&mut self, disk: &Disk, tally: &mut Tally) {
        let log = &self.log;
        for control in self.controls.values() {
            if let Control::Commit { sequence, commit } = control {
                self.commits.insert(log.order(*sequence), *commit);
            }
        }
        let mut descriptors: Vec<(Order, u32)> = Vec::new();
        for (position, control) in &self.controls {
            if let Control::Descriptor { sequence, .. } = control {
                descriptors.push((log.order(*sequence), *position));
            }
        }
        descriptors.sort_unstable();
        // Position in the journal: the newest descriptor that wrote there.
        let mut writer: BTreeMap<u32, u32> = BTreeMap::new();
        let tags_of = |position: &u32| match self.controls.get(position) {
            Some(Control::Descriptor { tags, .. }) => tags.as_slice(),
            Some(_) | None => &[],
        };
        let blocks_in_log = log.end.saturating_sub(log.first);
        for (_, position) in &descriptors {
            for (n, _) in (1..blocks_in_log).zip(tags_of(position)) {
                if let Some(at) = log.after(*position, n) {
                    writer.insert(at, *position);
                }
            }
        }
        let mut unfinished = 0u64;
        for (order, position) in &descriptors {
            // A descriptor block that a newer transaction filled with data has lost its magic, so
            // whatever is here now is current.
            let is_committed = self.commits.contains_key(order);
            for (n, tag) in (1..blocks_in_log).zip(tags_of(position)) {
                let Some(at) = log.after(*position, n) else { continue };
                if writer.get(&at) != Some(position) || self.controls.contains_key(&at) || tag.block >= disk.sb.blocks {
                    continue;
                }
                if !is_committed && tag.checksum.is_none() {
                    unfinished = unfinished.saturating_add(1);
                    continue;
                }
                let Some(offset) = log.offset(at) else { continue };
                let (block, is_escaped, checksum) = (tag.block, tag.is_escaped, tag.checksum);
                self.copies.push(BlockCopy { block, order: *order, offset, is_escaped, checksum });
            }
        }
        if unfinished > 0 {
            tally.damaged("journal", "journal blocks of committed transactions", format!("{unfinished} blocks left out"), (0, 0));
        }
        self.copies.sort_by_key(|c| (c.block, c.order, c.offset));
    }

    /// The last copy of a block up to a transaction.
    pub fn as_of(&self, block: u64, order: Order) -> Option<&BlockCopy> {
        let index = self.copies.partition_point(|c| (c.block, c.order) <= (block, order));
        self.copies.get(index.checked_sub(1)?).filter(|c| c.block == block)
    }
    /// Whether a later transaction wrote the block again.
    pub fn changed_after(&self, block: u64, order: Order) -> bool {
        let index = self.copies.partition_point(|c| (c.block, c.order) <= (block, order));
        self.copies.get(index).is_some_and(|c| c.block == block)
    }
    /// Blocks of `first..end` that a transaction after `order` wrote.
    pub fn blocks_written_after(&self, first: u64, end: u64, order: Order) -> impl Iterator<Item = u64> {
        let from = self.copies.partition_point(|c| c.block < first);
        let within = self.copies.iter().skip(from).take_while(move |c| c.block < end);
        within.filter(move |c| c.order > order).map(|c| c.block)
    }
    /// The bytes of a copy with its escape undone; None where unreadable or its checksum differs.
    pub fn bytes(&self, disk: &Disk, copy: &BlockCopy, tally: &mut Tally) -> Option<Vec<u8>> {
        let raw = disk.read_at(copy.offset, false)?;
        if !self.log.checksum_fits(copy.checksum, self.sequence_of(copy.order), &raw) {
            let note = crate::Note::new(
                model::Code::ChecksumMismatch,
                "journal",
                "journal blocks that fit their checksums",
                "another checksum",
            );
            tally.add(note.at(copy.offset, raw.len() as u64));
            return None;
        }
        if !copy.is_escaped {
            return Some(raw);
        }
        disk.read_at(copy.offset, true)
    }
    /// Sequence number of a transaction, as the journal's own tools print it.
    pub fn sequence_of(&self, order: Order) -> u32 {
        self.log.sequence_of(order)
    }
    /// Adds copies that the journal does not hold itself, keeping the order.
    pub(super) fn add(&mut self, copies: impl IntoIterator<Item = (u64, Order, u64)>) {
        let new = |(block, order, offset)| BlockCopy { block, order, offset, is_escaped: false, checksum: None };
        self.copies.extend(copies.into_iter().map(new));
        self.copies.sort_by_key(|c| (c.block, c.order, c.offset));
    }
}

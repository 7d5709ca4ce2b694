use super::heap::{ClusterRun, Heap, SLOT};
use crate::Note;
use model::{ByteSource, EntryKind, Run, Stamp, read_vec};
use std::io;

/// Bytes of a slot as an index.
pub const SLOT_BYTES: usize = 32;

/// The bytes of one directory and where each lies in the volume.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub bytes: Vec<u8>,
    /// (offset in the volume, length), in order.
    pub extents: Vec<(u64, u64)>,
}

impl Directory {
    pub fn read(source: &dyn ByteSource, extents: &[(u64, u64)]) -> io::Result<Self> {
        let mut out = Self::default();
        for (offset, length) in extents {
            let wanted = usize::try_from(*length).unwrap_or(usize::MAX);
            let part = read_vec(source, *offset, wanted)?;
            out.extents.push((*offset, part.len() as u64));
            out.bytes.extend_from_slice(&part);
            if part.len() < wanted {
                break;
            }
        }
        Ok(out)
    }

    pub fn extents_of(runs: &[ClusterRun], heap: &Heap) -> Vec<(u64, u64)> {
        runs.iter().map(|r| (heap.byte(r.first), r.count.saturating_mul(heap.cluster_size))).collect()
    }

    pub fn slots(&self) -> usize {
        self.bytes.len() / SLOT_BYTES
    }
    pub fn slot(&self, index: usize) -> Option<&[u8; SLOT_BYTES]> {
        let at = index.checked_mul(SLOT_BYTES)?;
        self.bytes.get(at..at.checked_add(SLOT_BYTES)?)?.try_into().ok()
    }
    /// Offset of a slot in the volume.
    pub fn offset(&self, index: usize) -> u64 {
        let mut left = (index as u64).saturating_mul(SLOT);
        for (offset, length) in &self.extents {
            if left < *length {
                return offset.saturating_add(left);
            }
            left = left.saturating_sub(*length);
        }
        self.extents.last().map_or(0, |(offset, length)| offset.saturating_add(*length))
    }
    /// Where `count` slots from `first` lie: more than one piece where they cross an extent.
    pub fn origin(&self, first: usize, count: usize) -> Vec<(u64, u64)> {
        let mut out: Vec<(u64, u64)> = Vec::new();
        for index in first..first.saturating_add(count) {
            let at = self.offset(index);
            match out.last_mut() {
                Some((start, length)) if start.saturating_add(*length) == at => *length = length.saturating_add(SLOT),
                _ => out.push((at, SLOT)),
            }
        }
        out
    }
}

/// Whether a slot is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Live,
    /// Marked as deleted.
    Erased,
    /// Behind the mark that ends the directory, so no driver sees it.
    PastEnd,
}

/// How a file's clusters are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Through the file allocation table.
    Chain,
    /// The entry itself states that they follow one another (exFAT NoFatChain).
    Contiguous,
}

/// One entry of a directory, whichever the file system.
#[derive(Clone, Debug)]
pub struct Item {
    /// UTF-8 but for unpaired surrogates.
    pub name: Vec<u8>,
    pub kind: EntryKind,
    pub presence: Presence,
    /// The slot that carries the record number.
    pub main: usize,
    /// First slot, and how many: the long name's slots included.
    pub first: usize,
    pub slots: usize,
    pub attributes: u32,
    pub size: u64,
    pub initialized: u64,
    pub start: u32,
    pub placement: Placement,
    pub stamps: Vec<Stamp>,
    pub more: Vec<(&'static str, String)>,
}

/// What a directory holds.
#[derive(Debug, Default)]
pub struct Parsed {
    pub items: Vec<Item>,
    pub notes: Vec<Note>,
    /// First slot of a deleted entry that runs past the directory's end.
    pub open_set: Option<usize>,
}

/// What a cluster's bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing of a directory.
    Other,
    /// A directory's first cluster: it names itself as `own` and its parent's first cluster.
    First { own: u32, parent: u32 },
    /// Directory entries and nothing else, without a sign that a directory starts here.
    /// `count` leaves out the slots of long names.
    Entries { count: usize },
}

/// Bytes of a run list, cut so that the whole covers no more than it has to.
pub fn byte_runs(runs: &[ClusterRun], heap: &Heap) -> Vec<Run> {
    runs.iter().map(|r| Run { offset: Some(heap.byte(r.first)), length: r.count.saturating_mul(heap.cluster_size) }).collect()
}

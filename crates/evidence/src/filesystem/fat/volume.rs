use super::allocation::Allocation;
use super::directory::{Directory, Parsed, Shape};
use super::heap::Heap;
use super::table::Table;
use super::walk::Walker;
use crate::Note;
use crate::filesystem::{Facts, FileSystem, RunSource, Walk};
use model::{SharedSource, Stop, Stream};
use std::sync::Arc;

/// Where the root directory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The fixed area of FAT12 and FAT16: offset and length in bytes.
    Fixed(u64, u64),
    /// Its first cluster.
    Cluster(u32),
}

/// An area outside the clusters that is worth an entry of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub name: String,
    pub offset: u64,
    pub length: u64,
}

impl Area {
    /// The first sector and the tables.
    pub fn of(sector: u64, tables: impl Iterator<Item = Table>) -> Vec<Self> {
        let first = Self { name: "$MBR".into(), offset: 0, length: sector };
        let number = |(n, t): (u64, Table)| Self { name: format!("$FAT{n}"), offset: t.offset, length: t.length };
        std::iter::once(first).chain((1..).zip(tables).map(number)).collect()
    }
}

/// What FAT and exFAT do differently.
pub struct Dialect {
    pub parse: fn(&Directory, &[u8], &Heap) -> Parsed,
    pub shape: fn(&[u8], &Heap) -> Shape,
    /// Bytes of the largest directory the format allows.
    pub max_directory: u64,
    pub erased_name: &'static str,
    /// Do these slots, the end of one cluster and the start of another, make one entry?
    pub join: fn(&[u8], &[u8]) -> bool,
    pub lineage: Lineage,
}

/// What ties the clusters of a deleted directory together, where the table no longer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    /// FAT: a first cluster says so itself, and nothing says how many follow. The 8-bit checksum
    /// of a long name that lies across two clusters counts only where the second is the next
    /// directory cluster on the disk.
    Dots,
    /// exFAT: the parent's entry records the size, and the 16-bit checksum of an entry set that
    /// lies across two clusters covers all its bytes.
    Sets,
}

/// A FAT or exFAT volume.
pub struct ClusterVolume {
    pub source: SharedSource,
    pub facts: Facts,
    pub heap: Heap,
    pub table: Table,
    pub allocation: Allocation,
    pub root: Root,
    /// The boot sector's field that names the root directory: (offset, length).
    pub root_origin: (u64, u64),
    pub areas: Vec<Area>,
    /// What was wrong when it was opened.
    pub notes: Vec<Note>,
    pub dialect: Dialect,
}

impl FileSystem for ClusterVolume {
    fn facts(&self) -> &Facts {
        &self.facts
    }
    fn walk(&self, out: &mut dyn Walk) -> Result<(), Stop> {
        Walker::new(self, out).run()
    }
    fn open(&self, _record: Option<u64>, stream: &Stream) -> Result<SharedSource, Stop> {
        Ok(Arc::new(RunSource::new(self.source.clone(), stream)))
    }
}

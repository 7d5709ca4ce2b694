//! Partitions and the gaps between them: MBR with extended partitions, GPT, or no table at all.

use crate::Note;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// No partition table: the whole media is one volume (or nothing known).
    None,
    Mbr,
    Gpt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    Partition,
    /// The whole media, where there is no table.
    Whole,
    /// Bytes that no partition claims (first sectors and slack included, the table's own sectors named so).
    Gap,
}

/// A stretch of the media. `offset` and `length` are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub kind: VolumeKind,
    pub offset: u64,
    pub length: u64,
    /// Slot in its table: MBR primary 1-4, logical 5 and on; GPT entry number from 1.
    pub slot: Option<u32>,
    /// "0x07", or the GPT type GUID.
    pub type_code: Option<String>,
    /// What the type code stands for: "NTFS / exFAT", "EFI system".
    pub type_name: Option<&'static str>,
    /// GPT name or "" ; UTF-8.
    pub name: String,
    pub guid: Option<String>,
    pub bootable: bool,
}

/// Every byte of the media belongs to exactly one volume or gap of a sound table; overlaps are notes.
#[derive(Clone, Debug)]
pub struct VolumeMap {
    pub scheme: Scheme,
    pub sector_size: u32,
    pub disk_id: Option<String>,
    /// In order of offset; partitions that overlap or lie past the end are kept, with a note.
    pub volumes: Vec<Volume>,
    pub notes: Vec<Note>,
}

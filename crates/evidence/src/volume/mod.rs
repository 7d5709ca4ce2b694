//! Partitions and the gaps between them: MBR with extended partitions, GPT, or no table at all.

mod extended;
mod gaps;
mod gpt;
mod gpt_header;
mod mbr;
mod signature;
mod types;

pub(crate) use signature::apple_partition_map;
pub use signature::{Seen, seen};

use crate::Note;
use model::{ByteSource, Code, read_vec};

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
    /// GPT name; what a gap holds: "unallocated", "MBR", "extended boot record", "GPT header", "GPT
    /// entries", "GPT backup header", "GPT backup entries"; else "".
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

/// Reads the partition tables of the media. Never fails: where there is no table, or none that
/// makes sense, the whole media is one volume.
pub fn map(media: &dyn ByteSource) -> VolumeMap {
    let head = match read_vec(media, 0, 512) {
        Ok(head) => head,
        Err(e) => return whole(media, vec![Note::new(Code::Unreadable, "sector 0", "512 bytes", e.to_string()).at(0, 512)]),
    };
    let at_start = seen(media, 0);
    let boot = mbr::Mbr::parse(&head);
    let protective = boot.as_ref().is_some_and(|b| b.entries.iter().any(|e| e.kind == mbr::PROTECTIVE));
    // A boot sector with partitions of its own and no protective entry: any GPT behind it is a relic.
    let partitioned = boot.as_ref().is_some_and(|b| b.makes_sense(media, at_start.is_some()));
    let mut notes = Vec::new();
    if protective || (at_start.is_none() && !partitioned) {
        if let Some(map) = gpt::map(media, boot.as_ref(), &mut notes) {
            return map;
        }
    } else if partitioned && gpt::present(media) {
        notes.push(
            Note::new(
                Code::Overlap,
                "MBR",
                "a protective entry (0xee) before a GPT",
                "other partitions only; the GPT was left aside",
            )
            .at(0, 512),
        );
    }
    match boot {
        Some(boot) if partitioned => mbr::map(media, &boot, notes),
        Some(_) | None => whole(media, notes),
    }
}

fn whole(media: &dyn ByteSource, mut notes: Vec<Note>) -> VolumeMap {
    if apple_partition_map(media) {
        let found = "an Apple partition map; the media was taken as one volume";
        notes.push(Note::new(Code::NotSupported, "partition table", "MBR, GPT or none", found).at(0, 1024));
    }
    let volume = Volume {
        kind: VolumeKind::Whole,
        offset: 0,
        length: media.len(),
        slot: None,
        type_code: None,
        type_name: None,
        name: String::new(),
        guid: None,
        bootable: false,
    };
    VolumeMap { scheme: Scheme::None, sector_size: 512, disk_id: None, volumes: vec![volume], notes }
}

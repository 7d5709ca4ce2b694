//! FAT12, FAT16 and FAT32; exFAT shares all but its structures. Sources: [fatgen103] Microsoft
//! FAT32 File System Specification 1.03; record numbers as The Sleuth Kit counts them.
//!
//! Reading order: `boot` → `table`, `allocation`, `chain` (clusters) → `directory`, `entries`,
//! `short_entry`, `long_name` (names) → `walk`, `content`, `orphans` (states), `rules`.

pub(crate) mod allocation;
mod boot;
pub(crate) mod chain;
mod claims;
mod cluster_set;
mod content;
pub(crate) mod directory;
pub(crate) mod dos_time;
mod entries;
pub(crate) mod heap;
mod long_name;
pub(crate) mod name;
mod opening;
mod orphans;
pub(crate) mod rules;
mod short_entry;
pub(crate) mod table;
pub(crate) mod volume;
mod walk;
mod yielded;

use super::{FileSystem, exfat};
use crate::Note;
use model::SharedSource;

/// How the facts say whether a volume was closed properly.
pub(crate) fn dirty_word(dirty: bool) -> String {
    if dirty { "yes" } else { "no" }.to_string()
}

/// FAT12, FAT16, FAT32 or exFAT at the start of `volume`.
pub fn open(volume: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    if let Some(found) = exfat::open(volume)? {
        return Ok(Some(found));
    }
    opening::open(volume)
}

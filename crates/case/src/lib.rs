//! The case: the only owner of the case database and of the clock. Reading order: `create` and
//! `store`, `entries`, `worker` and `import`, `columns`, `view`, `verify` and `prove`, `api`.
#![deny(unsafe_code)]

mod clock;
mod digest;
mod error;
mod head_memory;
mod store;
mod tool;

mod create;
mod entries;
pub mod keys;

pub mod anchors;
pub mod printed;
mod seal;

mod address;
mod cat;
mod columns;
mod proved_rows;
mod reached;
mod row_tree;
mod shapes;
pub mod tally;
mod template;
mod tiles;
mod words;

mod postings;

pub mod import;
pub mod worker;

pub mod acts;
pub mod countries;
pub mod custody;
mod detail;
pub mod diff;
pub mod disclose;
pub mod export;
mod info;
mod inspect;
mod preview;
pub mod prove;
pub mod questions;
mod sources;
pub mod verify;
pub mod view;

pub mod api;
pub mod serve;

pub use cat::{Read, Wanted, cat};
pub use create::{create, create_signed};
pub use detail::prove_row;
pub use error::{CaseError, Result};
pub use info::{info, unfinished};
pub use inspect::inspect;
pub use preview::{preview, profile_text, zone_minutes};
pub use seal::{Sealed, seal, stays_unsigned};
pub use sources::evidence_name;
pub use store::Store;
pub use view::parse_filter;

/// What the readers below the parsers understand, by group.
pub fn readers() -> std::collections::BTreeMap<&'static str, Vec<&'static str>> {
    [
        ("archives", vec!["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "gz", "bz2", "xz", "zst", "folder"]),
        ("containers", vec!["raw", "split raw", "EWF (E01)"]),
        ("file systems", vec!["NTFS", "FAT12", "FAT16", "FAT32", "exFAT", "ext2", "ext3", "ext4"]),
        ("volumes", vec!["MBR", "GPT", "whole media"]),
    ]
    .into()
}

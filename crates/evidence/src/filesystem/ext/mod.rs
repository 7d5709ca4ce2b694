//! ext2, ext3 and ext4, with the jbd2 journal: what is there, what was deleted, and what the
//! journal still tells of both.
//!
//! Reading order: `superblock`, `group`, `disk` (blocks and inodes), `inode`, `map` (content),
//! `directory`, `tree` (live walk); `journal`, `replay`, `history`, `names`, `earlier`,
//! `past` (what was);
//! `content` (what of it survives), `recover`, `walk` (the phases).

mod checksum;
mod clock_text;
mod content;
mod directory;
mod disk;
mod earlier;
mod entry;
mod group;
mod history;
mod inode;
mod journal;
mod map;
mod names;
mod open;
mod past;
mod recover;
mod replay;
mod scan;
mod superblock;
mod tally;
mod tree;
mod unnamed;
mod walk;

pub use open::open;

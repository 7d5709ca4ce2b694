//! ext2, ext3 and ext4: listings and contents against the kernel's and The Sleuth Kit's, deleted
//! files against what was deleted, damage and hostile bytes.

mod common;
mod damage;
mod outside;
mod robustness;
mod samples;

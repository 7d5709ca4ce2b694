//! FAT12, FAT16, FAT32 and exFAT against what The Sleuth Kit says, and against hostile bytes.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod outside;
mod robustness;
mod samples;

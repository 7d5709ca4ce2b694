//! FAT12, FAT16, FAT32 and exFAT against what The Sleuth Kit says, and against hostile bytes.

mod common;
mod outside;
mod robustness;
mod samples;

//! NTFS against what The Sleuth Kit says, against what was written, and against damage.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod damage;
mod outside;
mod robustness;
mod sample;

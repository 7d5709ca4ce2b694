//! Containers, partition tables and inspection against what libewf and The Sleuth Kit say.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod damaged_ewf;
mod grouping;
mod outside;
mod robustness;
mod samples;

//! Bytes to files: containers, volumes, file systems, archives. Everything is read-only and
//! positional; damage becomes findings; nothing here knows a clock, a database or an event.
//!
//! Reading order: `open` (what lies at a path) → `container` (media bytes) → `volume` (partitions
//! and gaps) → `filesystem` (entries) and `archive` (members).
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

pub mod archive;
pub mod container;
pub mod filesystem;
mod note;
pub mod open;
pub mod volume;

pub use note::Note;

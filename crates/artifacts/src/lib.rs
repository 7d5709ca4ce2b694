//! Files to events. One parser a file, one line in the registry, one sample folder. A parser
//! reports only what its own bytes say.
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

pub mod file_times;
mod formats;
pub mod log;
mod parser;
mod registry;
mod text;
pub mod windows;

pub use formats::{Format, FormatKind, formats};
pub use parser::{Claim, Companion, Facts, Input, Parser};
pub use registry::{PARSERS, parser_by_id};

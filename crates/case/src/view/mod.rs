//! Views: SQL with a header that declares columns, and the engine that filters, pages, counts and
//! exports them.

#[cfg(test)]
mod both_ways;
mod by_group;
mod by_time;
mod by_word;
mod cell;
mod cursor;
mod definition;
mod engine;
mod export;
mod filter;
mod functions;
mod made;
mod plan;
mod summary;
mod sums;
mod time_text;

pub(crate) use by_time::id_list;
pub use cell::{Cell, ViewRow};
pub use definition::{Codes, Column, Encoding, RowOf, View, view, views};
pub use engine::Engine;
pub use export::{export, table, visible};
pub use filter::parse as parse_filter;
pub use functions::register;
pub use sums::Kept;
pub use time_text::{civil, parse_time, time_text, zone_of};

//! Views: SQL with a header that declares columns, and the engine that filters, pages, counts and
//! exports them.

mod definition;
mod engine;
mod export;
mod filter;
mod functions;
mod time_text;

pub use definition::{Codes, Column, Encoding, RowOf, View, view, views};
pub use engine::{Cell, Engine, ViewRow};
pub use export::{export, table, visible};
pub use filter::parse as parse_filter;
pub use functions::register;
pub use time_text::{parse_time, time_text, zone_of};

//! Questions a case answers with a number, a unit and what was not seen: what is missing from the
//! logs, what one actor did, how many of what, which sets overlap, which figures were published.
//!
//! Counts cross to the interface as numbers: none comes near 2^53.

pub mod actor;
pub mod compare;
pub mod count;
pub mod coverage;
pub mod figures;
mod finder;
mod gather;
pub mod held;
pub mod names;
pub mod retention;
pub mod rhythm;
mod stray;
mod sums;
mod walks;

use crate::view::{civil, time_text};
use model::Zone;

/// A time as text, UTC.
fn utc(micros: i64) -> String {
    time_text(micros, Zone::Utc)
}

/// A time as text, of UTC or of a local clock of unknown zone.
fn of_clock(micros: i64, local: bool) -> String {
    time_text(micros, if local { Zone::Unknown } else { Zone::Utc })
}

/// A day as `2025-06-24`.
fn day_text(day: i64) -> String {
    civil(day.saturating_mul(crate::tally::DAY)).map_or_else(|| day.to_string(), |clock| clock.date().to_string())
}

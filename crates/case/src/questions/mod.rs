//! Questions a case answers with a number, a unit and what was not seen: what is missing from the
//! logs, what one actor did, how many of what, which sets overlap, which figures were published.
//!
//! Counts cross to the interface as numbers: none comes near 2^53.

pub mod actor;
pub mod compare;
pub mod count;
pub mod coverage;
pub mod figures;
mod gather;
pub mod names;
pub mod retention;
pub mod rhythm;
mod stray;
mod sums;

use crate::view::time_text;
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
    utc(day.saturating_mul(crate::tally::DAY)).chars().take(10).collect()
}

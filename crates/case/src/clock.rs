//! The only clock of the product. Evidence never meets it; entries of the ledger do.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970 UTC, by the system's clock.
pub fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Milliseconds since the program started, by a clock that nobody sets back.
pub fn monotonic_ms() -> i64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    i64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// UTC with milliseconds, as entries have it.
pub fn entry_time(micros: i64) -> String {
    let stamp = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    stamp.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

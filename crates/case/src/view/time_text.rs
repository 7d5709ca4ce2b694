//! Times as text, never without what ties them to UTC, and back.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use model::Zone;

const LOCAL: &str = " (local, zone unknown)";
/// Of the first and the last of several, where only some are tied to UTC.
pub const PARTLY_LOCAL: &str = " (zone partly unknown)";

/// "2025-06-24T07:20:34Z", with as many digits of a second as the value has; the local clock is
/// marked where its zone is unknown.
pub fn time_text(micros: i64, zone: Zone) -> String {
    let Some(civil) = civil(micros).filter(|c| c.year() >= 0) else {
        return format!("{micros} microseconds from 1970");
    };
    let mut text = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = micros.rem_euclid(1_000_000);
    if fraction != 0 {
        let digits = format!("{fraction:06}");
        text.push('.');
        text.push_str(if digits.ends_with("000") { &digits[..3] } else { &digits });
    }
    text.push_str(if zone == Zone::Unknown { LOCAL } else { "Z" });
    text
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Date and clock in UTC of a time to the end of 9999. Not by way of a timestamp: those end two hours early.
pub fn civil(micros: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_micros(micros)).ok()
}

/// Microseconds of an RFC 3339 time, of a local time taken as UTC, or of the start of a date.
pub fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(LOCAL).trim_end_matches(PARTLY_LOCAL);
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(stamp.as_microsecond());
    }
    let local = text.trim_end_matches('Z');
    let civil = local.parse::<DateTime>().ok().or_else(|| Some(local.parse::<Date>().ok()?.at(0, 0, 0, 0)))?;
    i64::try_from(civil.duration_since(EPOCH).as_micros()).ok()
}

/// Zone of an event's or file's `form`.
pub fn zone_of(form: i64) -> Zone {
    let minutes = i16::try_from(form >> 8).unwrap_or(0);
    Zone::from_code((form >> 4 & 7) as u8, minutes).unwrap_or(Zone::Utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_to_the_end_of_9999() {
        for text in ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1601-01-01T00:00:00Z", "0000-03-01T00:00:00Z"] {
            assert_eq!(parse_time(text).map(|at| time_text(at, Zone::Utc)).as_deref(), Some(text));
        }
        assert_eq!(parse_time("2025-06-24T07:20:34+09:00"), parse_time("2025-06-23T22:20:34"));
        assert_eq!(parse_time("2025-06-24"), parse_time("2025-06-24T00:00:00 (local, zone unknown)"));
        assert_eq!(time_text(i64::MAX, Zone::Utc), format!("{} microseconds from 1970", i64::MAX));
        assert_eq!((parse_time("noon"), parse_time("2025-06-24T07:20:34ZZ+1")), (None, None));
    }
}

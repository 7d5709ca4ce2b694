//! Times as text, never without what ties them to UTC, and back.

use model::Zone;

/// "2025-06-24T07:20:34Z", with as many digits of a second as the value has; the local clock is
/// marked where its zone is unknown.
pub fn time_text(micros: i64, zone: Zone) -> String {
    let Ok(stamp) = jiff::Timestamp::from_microsecond(micros) else {
        return format!("{micros} microseconds from 1970");
    };
    let mut text = stamp.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = micros.rem_euclid(1_000_000);
    if fraction != 0 {
        let digits = format!("{fraction:06}");
        text.push('.');
        text.push_str(if digits.ends_with("000") { &digits[..3] } else { &digits });
    }
    text.push_str(if zone == Zone::Unknown { " (local, zone unknown)" } else { "Z" });
    text
}

/// Microseconds of an RFC 3339 time, of a local time taken as UTC, or of the start of a date.
pub fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(" (local, zone unknown)");
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(stamp.as_microsecond());
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok().or_else(|| {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        Some(date.at(0, 0, 0, 0))
    })?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| z.timestamp().as_microsecond())
}

/// Zone of an event's or file's `form`.
pub fn zone_of(form: i64) -> Zone {
    let minutes = i16::try_from(form >> 8).unwrap_or(0);
    Zone::from_code((form >> 4 & 7) as u8, minutes).unwrap_or(Zone::Utc)
}

//! Times and hashes as people state them.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// Seconds since 1970 UTC of a time with its zone: `2025-06-24T10:00+09:00`, `2025-06-24 01:00:00Z`.
pub fn instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// The offset that a time states.
fn offset(text: &str) -> Option<Offset> {
    let at: Timestamp = text.parse().ok()?;
    let civil: jiff::civil::DateTime = text.get(..text.rfind(['Z', 'z', '+', '-'])?)?.trim().parse().ok()?;
    let seconds = civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second() - at.as_second();
    Offset::from_seconds(i32::try_from(seconds).ok()?).ok()
}

/// A time with its zone, or a day, which begins in the zone of another stated time; UTC where that has
/// none.
pub fn moment(text: &str, beside: &str) -> Option<i64> {
    if let Some(at) = instant(text) {
        return Some(at);
    }
    let day: Date = text.parse().ok()?;
    let zone = TimeZone::fixed(offset(beside).unwrap_or(Offset::UTC));
    day.to_zoned(zone).ok().map(|z: Zoned| z.timestamp().as_second())
}

/// "3 days 2 h", "45 min", "20 s".
pub fn spell(seconds: i64) -> String {
    let s = seconds.unsigned_abs();
    let (d, h, m) = (s / 86_400, s / 3600 % 24, s / 60 % 60);
    let days = if d == 1 { "1 day".to_owned() } else { format!("{d} days") };
    match (d, h, m) {
        (1.., 0, _) => days,
        (1.., _, _) => format!("{days} {h} h"),
        (0, 1.., 0) => format!("{h} h"),
        (0, 1.., _) => format!("{h} h {m} min"),
        (0, 0, 1..) => format!("{m} min"),
        (0, 0, 0) => format!("{s} s"),
    }
}

/// What a hash is by its number of digits.
pub fn hash_kind(hash: &str) -> Option<&'static str> {
    match hash.len() {
        32 => Some("md5"),
        40 => Some("sha1"),
        64 => Some("sha256"),
        _ => None,
    }
}

/// Hexadecimal digits in lower case without what people put between them: spaces, hyphens, colons, full
/// stops, line ends, and the wide forms of Korean and Japanese keyboards. A name such as `SHA-256:` before
/// them is left out. Whatever else stands there is kept.
pub fn digits(text: &str) -> String {
    const NAMES: [&str; 6] = ["sha256", "sha1", "md5", "sha2", "hash", "해시값"];
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    let text: String = text.chars().take(4096).map(narrow).collect::<String>().to_lowercase();
    let dropped = |c: &char| c.is_whitespace() || matches!(c, '-' | ':' | '.' | '_' | '=' | '\u{2010}'..='\u{2015}' | '\u{200b}');
    let plain: String = text.chars().filter(|c| !dropped(c)).collect();
    let named = NAMES.iter().find_map(|n| plain.strip_prefix(n)).filter(|rest| !rest.is_empty());
    named.map_or(plain.clone(), str::to_owned)
}

/// A stated hash as the case keeps it; None where it is none.
pub fn hash(text: &str) -> Option<String> {
    let plain = digits(text);
    (hash_kind(&plain).is_some() && plain.bytes().all(|b| b.is_ascii_hexdigit())).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_need_a_zone() {
        assert_eq!(instant("2025-06-24T10:00+09:00"), Some(1_750_726_800));
        assert_eq!(instant("2025-06-24 10:00:00+09:00"), instant("2025-06-24T01:00:00Z"));
        for no_time in ["2025-06-24T10:00", "2025-06-24", "", "noon", "2025-13-01T00:00Z", "+", "Z"] {
            assert_eq!(instant(no_time), None, "{no_time}");
            assert_eq!(offset(no_time), None, "{no_time}");
        }
        // A day begins where the event was.
        assert_eq!(moment("2025-06-24", "2025-06-24T10:00+09:00"), instant("2025-06-23T15:00:00Z"));
        assert_eq!(moment("2025-06-24", "2025-06-24T10:00-05:30"), instant("2025-06-24T05:30:00Z"));
        assert_eq!(moment("2025-06-24", "no time"), instant("2025-06-24T00:00:00Z"));
    }

    #[test]
    fn hashes_as_people_type_them() {
        let md5 = "825ac373aff4d5af610bc445129f317d";
        for typed in [
            "825AC373 AFF4D5AF 610BC445 129F317D",
            "82:5a:c3:73:af:f4:d5:af:61:0b:c4:45:12:9f:31:7d",
            "MD5: 825ac373-aff4d5af-610bc445-129f317d\n",
            "\u{ff18}\u{ff12}\u{ff15}\u{ff21}c373aff4d5af610bc445129f317d",
        ] {
            assert_eq!(hash(typed).as_deref(), Some(md5), "{typed}");
        }
        assert_eq!(hash("825ac373"), None);
        assert_eq!(hash(&"g".repeat(32)), None);
        assert_eq!(digits("SHA-256 = AB"), "ab");
        assert_eq!(digits("md5"), "md5");
    }

    #[test]
    fn spans_of_time_in_words() {
        let said = [20, 2700, 7200, 8100, 86_400, 270_000].map(spell);
        assert_eq!(said, ["20 s", "45 min", "2 h", "2 h 15 min", "1 day", "3 days 3 h"]);
    }
}

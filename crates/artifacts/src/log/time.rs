//! Times as logs write them, read from bytes without a general parser: the hot path of an import.
//! A value outside its calendar or clock range is no time; nothing is guessed or clamped.

use super::time_epoch::{epoch, epoch_by_size};
use super::time_free::{Order, date_time};
use super::time_texts as texts;
use model::{Moment, Precision, Zone};

/// How a profile's time field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// `10/Oct/2000:13:55:36 -0700`. Source: Apache HTTP Server, mod_log_config, `%t`.
    Clf,
    /// `2000-10-10T13:55:36.123-07:00`; a space for the `T` and a missing offset are taken too.
    /// Source: RFC 3339.
    Rfc3339,
    EpochSeconds,
    EpochMillis,
    EpochMicros,
    /// `Wed Oct 11 14:32:52.123456 2000`. Source: C's `asctime`; Apache HTTP Server, ErrorLogFormat, `%{u}t`.
    Asctime,
    /// `Oct 11 22:14:15`, without a year. Source: RFC 3164 section 4.1.2.
    Bsd,
    /// `5/13/2024 11:04:05 PM`, month first, where a profile or other rows of a table say so.
    Mdy,
    /// `2024/05/13 23:04:05`. Source: nginx, ngx_log.
    Ymd,
    /// `13/05/2024 23:04:05`, day first, as above.
    Dmy,
    /// Any of the above that can be told apart; the unit of an epoch number follows from its size.
    Auto,
}

/// What a profile and an import state for times that do not state it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub zone: Zone,
    pub year: Option<Year>,
}

/// The year of times without one: `year`, from `month` on; earlier months are those of the year after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Year {
    pub year: i64,
    pub month: i64,
}

impl Year {
    /// `2023` or `2023-07`.
    pub fn read(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-').unwrap_or((text, "1"));
        let read = Self { year: year.parse().ok()?, month: month.parse().ok()? };
        ((1970..=9999).contains(&read.year) && (1..=12).contains(&read.month)).then_some(read)
    }
    pub fn of(self, month: i64) -> i64 {
        if month < self.month { self.year.saturating_add(1) } else { self.year }
    }
}

/// What came of a time's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Read(Read),
    /// A time without its year or its day, which nothing states.
    NoYear,
    None,
}

impl TimeFormat {
    pub const NAMES: [(&'static str, TimeFormat); 11] = [
        ("asctime", Self::Asctime),
        ("auto", Self::Auto),
        ("bsd", Self::Bsd),
        ("clf", Self::Clf),
        ("dmy", Self::Dmy),
        ("epoch_ms", Self::EpochMillis),
        ("epoch_s", Self::EpochSeconds),
        ("epoch_us", Self::EpochMicros),
        ("mdy", Self::Mdy),
        ("rfc3339", Self::Rfc3339),
        ("ymd", Self::Ymd),
    ];
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
    }

    /// `clock` says what the text does not.
    pub(crate) fn read(self, text: &[u8], clock: Clock) -> Time {
        let local = clock.zone;
        let read = match self {
            Self::Clf => clf(text, local),
            Self::Rfc3339 if texts::is_clock_only(text) => return Time::NoYear,
            Self::Rfc3339 => rfc3339(text, local),
            Self::EpochSeconds => epoch(text, 1_000_000),
            Self::EpochMillis => epoch(text, 1_000),
            Self::EpochMicros => epoch(text, 1),
            Self::Asctime => texts::asctime(text, local),
            Self::Bsd => return texts::bsd(text, clock),
            Self::Mdy => date_time(text, clock, Some(Order::MonthFirst)),
            Self::Ymd => texts::year_first(text, local),
            Self::Dmy => date_time(text, clock, Some(Order::DayFirst)),
            Self::Auto => {
                let read = match text.get(2..5) {
                    Some([b'/', m, _]) if m.is_ascii_alphabetic() => clf(text, local),
                    Some([_, _, b'-']) => rfc3339(text, local),
                    Some([_, _, b'/']) => texts::year_first(text, local),
                    Some([_, b' ' | b',', _]) if text.first().is_some_and(u8::is_ascii_alphabetic) => {
                        match texts::named(text, clock) {
                            Time::Read(read) => Some(read),
                            Time::NoYear => return Time::NoYear,
                            Time::None => None,
                        }
                    }
                    _ if texts::is_clock_only(text) => return Time::NoYear,
                    _ => epoch_by_size(text),
                };
                read.or_else(|| date_time(text, clock, None))
            }
        };
        read.map_or(Time::None, Time::Read)
    }
}

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub moment: Moment,
    /// The text says more than `moment` can hold: finer parts, a zone's name; the row keeps the text.
    pub finer: bool,
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar. Source: the shift of the
/// year to March, as in H. Hinnant, "chrono-compatible low-level date algorithms".
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = if leap && month == 2 { 29 } else { *LENGTHS.get(usize::try_from(month).ok()?)? };
    if day < 1 || day > longest {
        return None;
    }
    let y = if month <= 2 { year.checked_sub(1)? } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let shifted = month.checked_add(9)?.checked_rem(12)?;
    let of_year = shifted.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?.checked_sub(1)?;
    let of_era_day = of_era.checked_mul(365)?.checked_add(of_era / 4)?.checked_sub(of_era / 100)?.checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(of_era_day)?.checked_sub(719_468)
}

/// Two decimal digits.
pub(super) fn two(b: &[u8; 2]) -> Option<i64> {
    let [h, l] = *b;
    if !h.is_ascii_digit() || !l.is_ascii_digit() {
        return None;
    }
    Some(i64::from(h.wrapping_sub(b'0')).wrapping_mul(10).wrapping_add(i64::from(l.wrapping_sub(b'0'))))
}

/// Hours, minutes and seconds as seconds of the day; a leap second counts as the next minute.
pub(super) fn clock(h: &[u8; 2], m: &[u8; 2], s: &[u8; 2]) -> Option<i64> {
    let (h, m, s) = (two(h)?, two(m)?, two(s)?);
    if h > 23 || m > 59 || s > 60 {
        return None;
    }
    h.checked_mul(3600)?.checked_add(m.checked_mul(60)?)?.checked_add(s)
}

/// Minutes east from sign, hours and minutes.
pub(super) fn offset(sign: u8, h: &[u8; 2], m: &[u8; 2]) -> Option<i16> {
    let (h, m) = (two(h)?, two(m)?);
    if h > 23 || m > 59 {
        return None;
    }
    let minutes = i16::try_from(h.checked_mul(60)?.checked_add(m)?).ok()?;
    match sign {
        b'+' => Some(minutes),
        b'-' => minutes.checked_neg(),
        _ => None,
    }
}

/// UTC microseconds of a local time in a zone.
pub(super) fn utc(day: i64, second: i64, micros: i64, zone: Zone) -> Option<i64> {
    let east = match zone {
        Zone::Utc | Zone::Unknown => 0,
        Zone::Stated(m) | Zone::Assumed(m) => i64::from(m),
    };
    day.checked_mul(86_400)?.checked_add(second)?.checked_sub(east.checked_mul(60)?)?.checked_mul(1_000_000)?.checked_add(micros)
}

pub(super) fn month(name: &[u8; 3]) -> Option<i64> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

pub(super) fn four(a: &[u8; 2], b: &[u8; 2]) -> Option<i64> {
    two(a)?.checked_mul(100)?.checked_add(two(b)?)
}

/// `10/Oct/2000:13:55:36 -0700`, or without its offset.
fn clf(text: &[u8], local: Zone) -> Option<Read> {
    let (main, rest) = text.split_at_checked(20)?;
    let [d0, d1, b'/', m0, m1, m2, b'/', y0, y1, y2, y3, b':', h0, h1, b':', n0, n1, b':', s0, s1] = *main else { return None };
    let (mut part, mut precision, mut finer) = (0i64, Precision::Second, false);
    let zone = match *rest {
        [] => local,
        [b' ', sign, a, b, c, d] => Zone::Stated(offset(sign, &[a, b], &[c, d])?),
        // HAProxy's `%t` has milliseconds and no offset, its `%T` an offset.
        [b'.', ref digits @ ..] => {
            let (read, after) = fraction(digits)?;
            (part, precision, finer) = (read.micros, read.precision, read.finer);
            match *after {
                [] => local,
                [b' ', sign, a, b, c, d] => Zone::Stated(offset(sign, &[a, b], &[c, d])?),
                _ => return None,
            }
        }
        _ => return None,
    };
    let day = days(four(&[y0, y1], &[y2, y3])?, month(&[m0, m1, m2])?, two(&[d0, d1])?)?;
    let micros = utc(day, clock(&[h0, h1], &[n0, n1], &[s0, s1])?, part, zone)?;
    Some(Read { moment: Moment { micros, until: None, precision, zone }, finer })
}

/// The digits behind a decimal point.
pub(super) struct Fraction {
    pub micros: i64,
    pub precision: Precision,
    pub finer: bool,
}

/// The digits at the start of `text`, and what follows them.
pub(super) fn fraction(text: &[u8]) -> Option<(Fraction, &[u8])> {
    let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, after) = text.split_at_checked(n)?;
    // A fraction of one digit is finer than a second, but nothing between it and 10 ms exists.
    let precision = match n {
        0 => return None,
        1 => Precision::Second,
        2 => Precision::Centi,
        3 => Precision::Milli,
        4..=6 => Precision::Micro,
        _ => Precision::SubMicro,
    };
    let mut micros = 0i64;
    for i in 0..6 {
        let digit = digits.get(i).map_or(0, |b| b.wrapping_sub(b'0'));
        micros = micros.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    let finer = digits.iter().skip(6).any(|b| *b != b'0');
    Some((Fraction { micros, precision, finer }, after))
}

pub(super) fn rfc3339(text: &[u8], local: Zone) -> Option<Read> {
    let (main, mut rest) = text.split_at_checked(19)?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T' | b't' | b' ', h0, h1, b':', n0, n1, b':', s0, s1] = *main else {
        return None;
    };
    let mut micros = 0i64;
    let mut precision = Precision::Second;
    let mut finer = false;
    if let [b'.' | b',', digits @ ..] = rest {
        let (part, after) = fraction(digits)?;
        rest = after;
        (micros, precision, finer) = (part.micros, part.precision, part.finer);
    }
    if let [b' ', after @ ..] = rest {
        rest = after;
    }
    let zone = match *rest {
        [] => local,
        [b'Z' | b'z'] => Zone::Utc,
        [b'U', b'T', b'C'] => Zone::Utc,
        [sign, a, b, b':', c, d] | [sign, a, b, c, d] => Zone::Stated(offset(sign, &[a, b], &[c, d])?),
        [sign, a, b] => Zone::Stated(offset(sign, &[a, b], b"00")?),
        _ => return None,
    };
    let day = days(four(&[y0, y1], &[y2, y3])?, two(&[m0, m1])?, two(&[d0, d1])?)?;
    let micros = utc(day, clock(&[h0, h1], &[n0, n1], &[s0, s1])?, micros, zone)?;
    Some(Read { moment: Moment { micros, until: None, precision, zone }, finer })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(f: TimeFormat, t: &str) -> Option<(i64, Precision, Zone, bool)> {
        match f.read(t.as_bytes(), Clock { zone: Zone::Unknown, year: None }) {
            Time::Read(r) => Some((r.moment.micros, r.moment.precision, r.moment.zone, r.finer)),
            Time::NoYear | Time::None => None,
        }
    }

    #[test]
    fn known_times() {
        use Precision::*;
        use TimeFormat::*;
        // Values by `date -d ... +%s` of GNU coreutils.
        let table = [
            (Clf, "10/Oct/2000:13:55:36 -0700", 971_211_336_000_000, Second, Zone::Stated(-420)),
            (Clf, "29/Feb/2024:00:00:00 +0900", 1_709_132_400_000_000, Second, Zone::Stated(540)),
            (Clf, "31/Dec/1969:23:59:59 +0000", -1_000_000, Second, Zone::Stated(0)),
            (Clf, "10/Oct/2000:13:55:36", 971_186_136_000_000, Second, Zone::Unknown),
            (Clf, "10/Oct/2000:13:55:36.655", 971_186_136_655_000, Milli, Zone::Unknown),
            (Asctime, "Tue Oct 10 13:55:36.123456 2000", 971_186_136_123_456, Micro, Zone::Unknown),
            (Auto, "Tue Oct  3 13:55:36 2000", 970_581_336_000_000, Second, Zone::Unknown),
            (Auto, "2000/10/10 13:55:36", 971_186_136_000_000, Second, Zone::Unknown),
            (Auto, "Tue, 10 Oct 2000 13:55:36 -0700", 971_211_336_000_000, Second, Zone::Stated(-420)),
            (Mdy, "10/3/2000 1:55:36 PM", 970_581_336_000_000, Second, Zone::Unknown),
            (Mdy, "10/10/2000 12:00", 971_179_200_000_000, Minute, Zone::Unknown),
            (Dmy, "03/10/2000 13:55:36", 970_581_336_000_000, Second, Zone::Unknown),
            (Rfc3339, "2025-06-24T07:20:34.123Z", 1_750_749_634_123_000, Milli, Zone::Utc),
            (Rfc3339, "2025-06-24 07:20:34,5+09:00", 1_750_717_234_500_000, Second, Zone::Stated(540)),
            (Rfc3339, "2025-06-24T07:20:34.1234567Z", 1_750_749_634_123_456, SubMicro, Zone::Utc),
            (Auto, "1750749634", 1_750_749_634_000_000, Second, Zone::Utc),
            (Auto, "1750749634.25", 1_750_749_634_250_000, Milli, Zone::Utc),
            (Auto, "1750749634123", 1_750_749_634_123_000, Milli, Zone::Utc),
            (Auto, "1750749634123456", 1_750_749_634_123_456, Micro, Zone::Utc),
            (Auto, "1750749634123456789", 1_750_749_634_123_456, SubMicro, Zone::Utc),
            (Auto, "1.710234001e9", 1_710_234_001_000_000, Second, Zone::Utc),
            (Auto, "1.7102340015E+9", 1_710_234_001_500_000, Milli, Zone::Utc),
            (Auto, "1710234001.123456789", 1_710_234_001_123_456, SubMicro, Zone::Utc),
            (Auto, "20240312090001", 1_710_234_001_000_000, Second, Zone::Unknown),
            (Auto, "20240312", 1_710_201_600_000_000, Day, Zone::Unknown),
            (EpochMillis, "1", 1_000, Milli, Zone::Utc),
        ];
        for (f, text, micros, precision, zone) in table {
            let got = read(f, text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((got.0, got.1, got.2), (micros, precision, zone), "{text}");
        }
        for finer in ["1750749634123456789", "1710234001.123456789"] {
            assert!(read(Auto, finer).unwrap().3, "{finer}");
        }
    }

    #[test]
    fn years_are_never_guessed() {
        let bsd = |year| TimeFormat::Auto.read(b"Feb  3 22:14:15", Clock { zone: Zone::Assumed(60), year });
        assert_eq!(bsd(None), Time::NoYear);
        let seconds = |y: &str| match bsd(Year::read(y)) {
            Time::Read(r) => r.moment.micros / 1_000_000,
            other => panic!("{other:?}"),
        };
        assert_eq!(seconds("2024"), 1_706_994_855);
        assert_eq!(seconds("2023-07"), 1_706_994_855);
        assert_eq!(seconds("2024-02"), 1_706_994_855);
        let leap = TimeFormat::Bsd.read(b"Feb 29 00:00:00", Clock { zone: Zone::Utc, year: Year::read("2023") });
        assert_eq!((leap, Year::read("07"), Year::read("2023-13")), (Time::None, None, None));
    }

    #[test]
    fn no_time() {
        for t in [
            "30/Feb/2024:25:61:61 +9999",
            "30/Feb/2024:00:00:00 +0000",
            "29/Feb/2023:00:00:00 +0000",
            "",
            "-",
            "1e400",
            "99999999999999999999",
            "2024-13-01T00:00:00Z",
            "2024-01-01T00:00:00.Z",
            "10/Oct/2000:13:55:3",
            // Numbers of other things: days of a spreadsheet, parts of a time, other centuries.
            "45363.375",
            "-1",
            "0",
            "12",
            "1e8",
            "20241312090001",
            "17102340010000",
            "10/3/2000 13:55:36",
            "Oct 11 22:14:15",
        ] {
            assert_eq!(read(TimeFormat::Auto, t), None, "{t}");
        }
    }
}

//! Times with names of months, or with slashes: the slower part of `time.rs`.

use super::time::{Clock, Read, Time, clock, days, fraction, month, offset, rfc3339, two, utc};
use model::{Moment, Precision, Zone};

/// A day with one or two digits, maybe behind a space.
fn small(text: &[u8]) -> Option<i64> {
    match *text.trim_ascii_start() {
        [d] => two(&[b'0', d]),
        [d, e] => two(&[d, e]),
        _ => None,
    }
}

/// `22:14:15`, `22:14:15.123456`, `1:04:05 PM`, `13:04`: seconds of the day, and the fraction.
fn of_day(text: &[u8]) -> Option<(i64, i64, Precision, bool)> {
    let (text, half) = match text {
        [rest @ .., b' ', h @ (b'A' | b'P' | b'a' | b'p'), b'M' | b'm'] => (rest, Some(h.to_ascii_uppercase())),
        _ => (text, None),
    };
    let mut parts = text.splitn(3, |b| *b == b':');
    let mut hour = small(parts.next()?)?;
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = (hour % 12).checked_add(if half == b'P' { 12 } else { 0 })?;
    }
    let minute = <[u8; 2]>::try_from(parts.next()?).ok()?;
    let digits = |n: i64| Some([b'0'.checked_add(u8::try_from(n / 10).ok()?)?, b'0'.checked_add(u8::try_from(n % 10).ok()?)?]);
    let hour = digits(hour)?;
    let Some(seconds) = parts.next() else { return Some((clock(&hour, &minute, b"00")?, 0, Precision::Minute, false)) };
    let (seconds, rest) = seconds.split_first_chunk::<2>()?;
    let second = clock(&hour, &minute, seconds)?;
    match rest {
        [] => Some((second, 0, Precision::Second, false)),
        [b'.' | b',', part @ ..] => {
            let (part, after) = fraction(part)?;
            after.is_empty().then_some((second, part.micros, part.precision, part.finer))
        }
        _ => None,
    }
}

fn at(date: (i64, i64, i64), time: &[u8], zone: Zone) -> Option<Read> {
    let (second, part, precision, finer) = of_day(time)?;
    let micros = utc(days(date.0, date.1, date.2)?, second, part, zone)?;
    Some(Read { moment: Moment { micros, until: None, precision, zone }, finer })
}

/// `00:00:03`, as in a W3C log without a column for the date.
pub(super) fn is_clock_only(text: &[u8]) -> bool {
    text.len() == 8 && text.get(2) == Some(&b':') && of_day(text).is_some()
}

fn year(text: &[u8]) -> Option<i64> {
    let digits = <[u8; 4]>::try_from(text).ok()?;
    let [a, b, c, d] = digits;
    two(&[a, b])?.checked_mul(100)?.checked_add(two(&[c, d])?)
}

fn month_at(text: &[u8]) -> Option<i64> {
    month(text.first_chunk::<3>()?)
}

/// `Wed Oct 11 14:32:52.123456 2000`.
pub(super) fn asctime(text: &[u8], local: Zone) -> Option<Read> {
    let text = text.get(4..)?;
    let (head, rest) = text.split_at_checked(7)?;
    let end = memchr::memchr(b' ', rest)?;
    let date = (year(rest.get(end.saturating_add(1)..)?)?, month_at(head)?, small(head.get(4..6)?)?);
    at(date, rest.get(..end)?, local)
}

/// `Oct 11 22:14:15`, maybe with a fraction.
pub(super) fn bsd(text: &[u8], clock: Clock) -> Time {
    let read = || {
        let (head, rest) = text.split_at_checked(7)?;
        let (month, day) = (month_at(head)?, small(head.get(4..6)?)?);
        of_day(rest)?;
        (1..=31).contains(&day).then_some((month, day, rest))
    };
    let Some((month, day, rest)) = read() else { return Time::None };
    match clock.year {
        None => Time::NoYear,
        Some(year) => at((year.of(month), month, day), rest, clock.zone).map_or(Time::None, Time::Read),
    }
}

/// Texts that begin with the name of a day or a month.
pub(super) fn named(text: &[u8], clock: Clock) -> Time {
    // `Tue, 10 Oct 2000 13:55:36 -0700`. Source: RFC 5322 section 3.3.
    if text.get(3) == Some(&b',') {
        return mail(text, clock.zone).map_or(Time::None, Time::Read);
    }
    if month_at(text).is_some() {
        return bsd(text, clock);
    }
    asctime(text, clock.zone).map_or(Time::None, Time::Read)
}

fn mail(text: &[u8], local: Zone) -> Option<Read> {
    let mut words = text.get(4..)?.split(|b| *b == b' ').filter(|w| !w.is_empty());
    let (day, month, year) = (small(words.next()?)?, month_at(words.next()?)?, year(words.next()?)?);
    let time = words.next()?;
    let zone = match words.next() {
        None => local,
        Some(b"GMT" | b"UTC" | b"Z") => Zone::Utc,
        Some([sign, a, b, c, d]) => Zone::Stated(offset(*sign, &[*a, *b], &[*c, *d])?),
        Some(_) => return None,
    };
    at((year, month, day), time, zone)
}

/// `2000/10/10 13:55:36`, read as RFC 3339 with other marks.
pub(super) fn year_first(text: &[u8], local: Zone) -> Option<Read> {
    let mut other = *text.first_chunk::<19>()?;
    for i in [4, 7] {
        let mark = other.get_mut(i).filter(|b| **b == b'/')?;
        *mark = b'-';
    }
    let mut whole = other.to_vec();
    whole.extend_from_slice(text.get(19..)?);
    rfc3339(&whole, local)
}

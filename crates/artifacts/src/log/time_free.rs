//! Times as people, spreadsheets and programs write them, where the text itself says which number
//! is what: a year of four digits first, a month by its name, or a number that is no month.
//! Sources: ISO 8601 (basic format); Unicode CLDR, date patterns; RFC 5322 section 3.3; Go, `time.Time.String`.

use super::time::{Clock, Read, days, fraction, month, utc};
use model::{Moment, Precision, Zone};

/// Which of two numbers is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    MonthFirst,
    DayFirst,
}

/// A text on its way from left to right.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn split(&mut self, length: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        head
    }
    fn take(&mut self, text: &[u8]) -> bool {
        self.0.strip_prefix(text).inspect(|rest| self.0 = rest).is_some()
    }
    fn pass(&mut self, any: &[u8]) {
        let n = self.0.iter().take_while(|b| any.contains(b)).count();
        self.split(n);
    }
    /// White space, with the narrow and the usual space that does not break a line.
    fn space(&mut self) {
        while self.take(b" ") || self.take(b"\xE2\x80\xAF") || self.take(b"\xC2\xA0") {}
    }
    fn word(&mut self) -> &'a [u8] {
        self.split(self.0.iter().take_while(|b| b.is_ascii_alphabetic()).count())
    }
    fn digits(&mut self) -> &'a [u8] {
        self.split(self.0.iter().take_while(|b| b.is_ascii_digit()).count())
    }
    /// A number of one or two digits.
    fn small(&mut self) -> Option<i64> {
        small(self.digits())
    }
    fn year(&mut self) -> Option<i64> {
        let digits = self.digits();
        (digits.len() == 4).then(|| value(digits))
    }
}

fn value(digits: &[u8]) -> i64 {
    digits.iter().fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b.wrapping_sub(b'0'))))
}

fn small(digits: &[u8]) -> Option<i64> {
    (1..=2).contains(&digits.len()).then(|| value(digits))
}

struct Date {
    /// None where it stands behind the time.
    year: Option<i64>,
    month: i64,
    day: i64,
}

/// `order` is for dates that do not tell it; one that tells another is no time.
pub(super) fn date_time(text: &[u8], clock: Clock, order: Option<Order>) -> Option<Read> {
    let mut rest = Rest(text.trim_ascii());
    let date = date(&mut rest, order)?;
    let behind = rest.0;
    rest.pass(b"Tt ,:_");
    if rest.take(b"at ") {
        rest.space();
    }
    let (second, part, precision, finer) = if behind.is_empty() { (0, 0, Precision::Day, false) } else { of_day(&mut rest)? };
    let (zone, unknown) = zone(&mut rest, clock.zone)?;
    let year = match date.year {
        Some(year) => year,
        None => {
            rest.space();
            rest.year()?
        }
    };
    if !rest.0.is_empty() {
        return None;
    }
    let micros = utc(days(year, date.month, date.day)?, second, part, zone)?;
    Some(Read { moment: Moment { micros, until: None, precision, zone }, finer: finer || unknown })
}

/// Which order a date in numbers has, where one of them can be no month.
pub(super) fn order_of(text: &[u8]) -> Option<Order> {
    let mut rest = Rest(text.trim_ascii());
    let (a, _, b, _) = numbers(&mut rest)?;
    match (a > 12, b > 12) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        (true, true) | (false, false) => None,
    }
}

/// `12/03/2024`: its numbers, and the mark between them.
fn numbers(rest: &mut Rest<'_>) -> Option<(i64, u8, i64, i64)> {
    let a = rest.small()?;
    let mark = *rest.split(1).first().filter(|b| matches!(b, b'/' | b'.' | b'-'))?;
    rest.space();
    let b = rest.small()?;
    if !rest.take(&[mark]) {
        return None;
    }
    rest.space();
    Some((a, mark, b, rest.year()?))
}

fn date(rest: &mut Rest<'_>, order: Option<Order>) -> Option<Date> {
    const MARKS: &[u8] = b"-/., ";
    if rest.0.first()?.is_ascii_alphabetic() {
        let word = rest.word();
        let month = match named(word) {
            Some(month) => month,
            None if is_weekday(word) => {
                rest.pass(MARKS);
                if rest.0.first()?.is_ascii_digit() {
                    return date(rest, order);
                }
                named(rest.word())?
            }
            None => return None,
        };
        rest.pass(MARKS);
        let day = rest.small()?;
        let mut after = *rest;
        after.pass(MARKS);
        let year = after.year();
        if year.is_some() {
            *rest = after;
        }
        return Some(Date { year, month, day });
    }
    let mut after = *rest;
    let first = after.digits();
    match first.len() {
        8 | 14 => {
            // `20240312`, `20240312T090001`, `20240312090001`.
            let (date, _) = first.split_at_checked(8)?;
            let (year, rest_of) = date.split_at_checked(4)?;
            let (month, day) = rest_of.split_at_checked(2)?;
            rest.split(8);
            Some(value(year)).filter(|y| (1900..2100).contains(y)).map(|y| Date {
                year: Some(y),
                month: value(month),
                day: value(day),
            })
        }
        4 => {
            // `2024-3-12`, `2024. 3. 12.`, `2024-Mar-12`.
            after.pass(MARKS);
            let month = if after.0.first()?.is_ascii_digit() { after.small()? } else { named(after.word())? };
            after.pass(MARKS);
            let day = after.small()?;
            after.take(b".");
            *rest = after;
            Some(Date { year: Some(value(first)), month, day })
        }
        1 | 2 => {
            after.pass(MARKS);
            if after.0.first()?.is_ascii_alphabetic() {
                // `12-Mar-2024`, `12 March 2024`.
                let month = named(after.word())?;
                after.pass(MARKS);
                let year = after.year()?;
                *rest = after;
                return Some(Date { year: Some(year), month, day: value(first) });
            }
            let told = order_of(rest.0);
            let (a, mark, b, year) = numbers(rest)?;
            // With dots the day is first wherever dates are written so.
            let usual = (mark == b'.' || a == b).then_some(Order::DayFirst);
            let (month, day) = match order.or(told).or(usual)? {
                Order::MonthFirst => (a, b),
                Order::DayFirst => (b, a),
            };
            Some(Date { year: Some(year), month, day })
        }
        _ => None,
    }
}

/// `Mar`, `MAR`, `March`, `Sept`.
fn named(word: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let lower = word.to_ascii_lowercase();
    let [a, b, c, ..] = *lower.as_slice() else { return None };
    let number = month(&[a.to_ascii_uppercase(), b, c])?;
    let name = NAMES.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
    name.starts_with(&lower).then_some(number)
}

fn is_weekday(word: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
    word.len() >= 3 && NAMES.iter().any(|n| n.starts_with(&word.to_ascii_lowercase()))
}

/// `09:00:01.5`, `9:00 PM`, `오후 9:00:01`, `090001`: seconds of the day and their fraction.
fn of_day(rest: &mut Rest<'_>) -> Option<(i64, i64, Precision, bool)> {
    let mut half = if rest.take("오전".as_bytes()) {
        Some(0)
    } else if rest.take("오후".as_bytes()) {
        Some(12)
    } else {
        None
    };
    rest.space();
    let first = rest.digits();
    let two = |digits: &[u8]| (digits.len() == 2).then(|| value(digits));
    let (mut hour, minute, second) = if let [a, b, c, d, behind @ ..] = first {
        let second = if behind.is_empty() { None } else { Some(two(behind)?) };
        (value(&[*a, *b]), value(&[*c, *d]), second)
    } else {
        let hour = small(first)?;
        if !rest.take(b":") {
            return None;
        }
        let minute = two(rest.digits())?;
        (hour, minute, if rest.take(b":") { Some(two(rest.digits())?) } else { None })
    };
    let (mut part, mut precision, mut finer) = (0, if second.is_some() { Precision::Second } else { Precision::Minute }, false);
    if second.is_some() && (rest.take(b".") || rest.take(b",")) {
        let (read, after) = fraction(rest.0)?;
        rest.0 = after;
        (part, precision, finer) = (read.micros, read.precision, read.finer);
    }
    rest.space();
    let mut after = *rest;
    match after.word().to_ascii_lowercase().as_slice() {
        b"am" if half.is_none() => (half, *rest) = (Some(0), after),
        b"pm" if half.is_none() => (half, *rest) = (Some(12), after),
        _ => {}
    }
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = (hour % 12).saturating_add(half);
    }
    let second = second.unwrap_or(0);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second), part, precision, finer))
}

/// The zone behind a time, and whether the text names one that has no one offset: `CST` is a zone
/// of America and of China. Such a time is a local one, and what an import states of those holds.
fn zone(rest: &mut Rest<'_>, local: Zone) -> Option<(Zone, bool)> {
    rest.space();
    let bracket = rest.take(b"(");
    let mut stated = None;
    let mut unknown = false;
    let mut after = *rest;
    match after.word() {
        b"Z" | b"z" | b"UTC" | b"GMT" => (stated, *rest) = (Some(Zone::Utc), after),
        word if (2..=5).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase) => (unknown, *rest) = (true, after),
        _ => {}
    }
    if !unknown && let Some(offset) = offset(rest) {
        stated = Some(Zone::Stated(offset));
        // Go and mail write the name behind the offset: `+0000 UTC`, `-0700 (PDT)`.
        rest.space();
        let mut after = *rest;
        let named = after.take(b"(");
        if !after.word().is_empty() && (!named || after.take(b")")) {
            *rest = after;
        }
    }
    if bracket && !rest.take(b")") {
        return None;
    }
    rest.space();
    match stated {
        Some(zone) => Some((zone, false)),
        None if unknown && local == Zone::Utc => None,
        None => Some((local, unknown)),
    }
}

/// Minutes east of `+09:00`, `+0900`, `+09`, `+9`.
fn offset(rest: &mut Rest<'_>) -> Option<i16> {
    let mut after = *rest;
    let sign = if after.take(b"+") {
        1i64
    } else if after.take(b"-") {
        -1
    } else {
        return None;
    };
    let digits = after.digits();
    let (hours, minutes) = match digits {
        [a, b, c, d] => (value(&[*a, *b]), value(&[*c, *d])),
        _ => (small(digits)?, if after.take(b":") { after.small()? } else { 0 }),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    *rest = after;
    i16::try_from(hours.saturating_mul(60).saturating_add(minutes).saturating_mul(sign)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, order: Option<Order>) -> Option<(i64, Precision, Zone, bool)> {
        let clock = Clock { zone: Zone::Unknown, year: None };
        date_time(text.as_bytes(), clock, order)
            .map(|r| (r.moment.micros / 1_000_000, r.moment.precision, r.moment.zone, r.finer))
    }

    #[test]
    fn times_that_tell_their_parts() {
        use Precision::{Day, Minute, Second};
        // 2024-03-12 09:00:01 UTC by `date -d ... +%s` of GNU coreutils.
        const AT: i64 = 1_710_234_001;
        for (text, seconds, precision, zone, kept) in [
            ("2024-03-12 09:00", AT - 1, Minute, Zone::Unknown, false),
            ("2024-03-12T09:00Z", AT - 1, Minute, Zone::Utc, false),
            ("2024-03-12", AT - 32_401, Day, Zone::Unknown, false),
            ("20240312", AT - 32_401, Day, Zone::Unknown, false),
            ("20240312T090001Z", AT, Second, Zone::Utc, false),
            ("20240312090001", AT, Second, Zone::Unknown, false),
            ("25/03/2024 09:00:01", AT + 13 * 86_400, Second, Zone::Unknown, false),
            ("03/25/2024 09:00:01", AT + 13 * 86_400, Second, Zone::Unknown, false),
            ("3/3/2024 9:00:01 AM", AT - 9 * 86_400, Second, Zone::Unknown, false),
            ("12.03.2024 09:00:01", AT, Second, Zone::Unknown, false),
            ("12-Mar-2024 09:00:01", AT, Second, Zone::Unknown, false),
            ("12 March 2024 09:00:01", AT, Second, Zone::Unknown, false),
            ("Mar 12, 2024 9:00:01 AM", AT, Second, Zone::Unknown, false),
            ("Mar 12, 2024, 9:00:01\u{202f}PM", AT + 43_200, Second, Zone::Unknown, false),
            ("March 12, 2024, 09:00:01 (UTC+00:00)", AT, Second, Zone::Stated(0), false),
            ("Mar 12, 2024, 9:00:01 AM PDT", AT, Second, Zone::Unknown, true),
            ("Mar 12 2024 09:00:01", AT, Second, Zone::Unknown, false),
            ("Tue Mar 12 09:00:01 UTC 2024", AT, Second, Zone::Utc, false),
            ("Mar 12 09:00:01 CST 2024", AT, Second, Zone::Unknown, true),
            ("2024-03-12 09:00:01 +0000 UTC", AT, Second, Zone::Stated(0), false),
            ("2024-03-12 09:00:01 -0700 PDT", AT + 25_200, Second, Zone::Stated(-420), false),
            ("2024-03-12T09:00:01 GMT", AT, Second, Zone::Utc, false),
            ("2024-03-12 09:00:01 EST", AT, Second, Zone::Unknown, true),
            ("2024-03-12 오전 9:00:01", AT, Second, Zone::Unknown, false),
            ("2024. 3. 12. 오후 9:00:01", AT + 43_200, Second, Zone::Unknown, false),
        ] {
            assert_eq!(read(text, None), Some((seconds, precision, zone, kept)), "{text}");
        }
        assert_eq!(read("3/12/2024 9:00:01 AM", Some(Order::MonthFirst)).map(|r| r.0), Some(AT));
        assert_eq!(read("12/03/2024, 09:00", Some(Order::DayFirst)).map(|r| r.0), Some(AT - 1));
    }

    #[test]
    fn times_that_do_not() {
        for text in [
            "3/12/2024 9:00:01 AM",
            "12/03/24 09:00:01",
            "24-03-12 09:00:01",
            "2024-13-12 09:00",
            "2024-03-12 25:00",
            "2024-03-12 13:00 PM",
            "12-Mrz-2024 09:00:01",
            "2024-03-12 09:00:01 yesterday",
            "17102340011234",
            "203.0.113.7",
            "Mar 12",
            "March",
            "",
            "12/03/2024x",
        ] {
            assert_eq!(read(text, None), None, "{text}");
        }
        assert_eq!((read("25/03/2024", Some(Order::MonthFirst)), order_of(b"25/03/2024 1:00")), (None, Some(Order::DayFirst)));
    }
}

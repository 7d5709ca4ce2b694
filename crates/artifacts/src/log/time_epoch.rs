//! Times as numbers of seconds, or of parts of them, since 1970.

use super::time::Read;
use model::{Moment, Precision};

/// A plain decimal number: sign, digits before and digits after the point.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

fn decimal(text: &[u8]) -> Option<Decimal<'_>> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut parts = digits.splitn(2, |b| *b == b'.');
    let whole = parts.next()?;
    let fraction = parts.next().unwrap_or_default();
    let plain = |b: &[u8]| b.iter().all(u8::is_ascii_digit);
    (!whole.is_empty() && plain(whole) && plain(fraction)).then_some(Decimal { negative, whole, fraction })
}

/// Digits of a number that writers of JSON give with a power of ten.
const LONGEST: usize = 40;

/// `1.710234001e9` as `1710234001`; None where it is no such number, or no whole power from 0 to 18.
fn without_power(text: &[u8]) -> Option<Vec<u8>> {
    let mark = text.iter().position(|b| matches!(b, b'e' | b'E')).filter(|_| text.len() <= LONGEST)?;
    let power = text.get(mark.saturating_add(1)..)?;
    let power = usize::try_from(number(power.strip_prefix(b"+").unwrap_or(power))?).ok().filter(|n| *n <= 18)?;
    let of = decimal(text.get(..mark)?).filter(|_| text.last().is_some_and(u8::is_ascii_digit))?;
    let mut out = if of.negative { b"-".to_vec() } else { Vec::new() };
    out.extend_from_slice(of.whole);
    out.extend((0..power).map(|n| of.fraction.get(n).copied().unwrap_or(b'0')));
    if let Some(rest) = of.fraction.get(power..).filter(|r| !r.is_empty()) {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    Some(out)
}

fn number(digits: &[u8]) -> Option<i64> {
    let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b.wrapping_sub(b'0')));
    digits.iter().try_fold(0i64, |n, b| n.checked_mul(10)?.checked_add(digit(b)?))
}

/// An epoch number whose unit is `unit` microseconds.
pub(super) fn epoch(text: &[u8], unit: i64) -> Option<Read> {
    let plain = without_power(text);
    let Decimal { negative, whole, fraction } = decimal(plain.as_deref().unwrap_or(text))?;
    let mut micros = number(whole)?.checked_mul(unit)?;
    let (mut worth, mut finer) = (unit, false);
    for b in fraction {
        worth /= 10;
        finer |= worth == 0 && *b != b'0';
        micros = micros.checked_add(worth.checked_mul(i64::from(b.wrapping_sub(b'0')))?)?;
    }
    // The finest digit that was written decides the precision.
    let precision = match (unit, fraction.len()) {
        (1_000_000, 0) => Precision::Second,
        (1_000_000, 1..=3) | (1_000, 0) => Precision::Milli,
        (1_000_000, 4..=6) | (1_000, 1..=3) | (1, 0) => Precision::Micro,
        _ => Precision::SubMicro,
    };
    Some(Read { moment: Moment::utc(if negative { micros.checked_neg()? } else { micros }, precision), finer })
}

/// 1990 to 2100: an epoch number outside is a number of something else, such as the days of a
/// spreadsheet, or a date written without marks.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000_000_000..4_102_444_800_000_000;

/// The unit of an epoch number by its size: the one of seconds, milliseconds, microseconds and
/// nanoseconds that gives a year from 1990 on; those of the others lie in other centuries.
pub(super) fn epoch_by_size(text: &[u8]) -> Option<Read> {
    let plain = without_power(text);
    let text = plain.as_deref().unwrap_or(text);
    let of = decimal(text)?;
    let read = match number(of.whole)? {
        0..=99_999_999_999 => epoch(text, 1_000_000)?,
        100_000_000_000..=99_999_999_999_999 => epoch(text, 1_000)?,
        100_000_000_000_000..=99_999_999_999_999_999 => epoch(text, 1)?,
        nanos => {
            let finer = nanos % 1000 != 0 || of.fraction.iter().any(|b| *b != b'0');
            Read { moment: Moment::utc(nanos / 1000, Precision::SubMicro), finer }
        }
    };
    (!of.negative && PLAUSIBLE.contains(&read.moment.micros)).then_some(read)
}

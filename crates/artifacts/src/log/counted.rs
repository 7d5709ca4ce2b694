//! Syslog by octet counting: `MSG-LEN SP SYSLOG-MSG` without line ends between messages, which may
//! hold line ends themselves. Source: RFC 6587, section 3.4.1.

use super::framing::{LONGEST_RECORD, Next};

/// Digits of a count; a longer one is past every bound.
const DIGITS: usize = 7;
/// Bytes within which a frame shows that it is one: count, space and `<191>`.
pub(crate) const BEGINNING: usize = DIGITS + 6;
/// Bytes of a message. A frame, and what shows that another follows it, stay within the bound of records.
const LONGEST_MESSAGE: usize = LONGEST_RECORD - 64;
/// Frames at the head of a file that have to fit.
const SHOWN: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Where the message begins, and its length.
    Frame {
        message: usize,
        length: usize,
    },
    No,
    /// The bytes end before it is told.
    More,
}

/// A count without leading zero, a space, and the message's `<PRI>`.
fn start(bytes: &[u8]) -> Start {
    let digits = |from: &[u8], most: usize| from.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    let count = digits(bytes, DIGITS);
    let (number, rest) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
    if number.first() == Some(&b'0') {
        return Start::No;
    }
    let priority = match rest {
        [] => return Start::More,
        [b' '] if count > 0 => return Start::More,
        [b' ', b'<', rest @ ..] if count > 0 => rest,
        _ => return Start::No,
    };
    let width = digits(priority, 3);
    match priority.get(width) {
        None => Start::More,
        Some(b'>') if width > 0 => {
            let length = super::row::number(number).and_then(|n| usize::try_from(n).ok());
            length.map_or(Start::No, |length| Start::Frame { message: count.saturating_add(1), length })
        }
        Some(_) => Start::No,
    }
}

/// The next message. A frame is one where another, or the end, follows it: a count that is wrong
/// would else make one message of several.
pub(crate) fn next(bytes: &[u8], last: bool) -> Next {
    let (message, length) = match start(bytes) {
        Start::Frame { message, length } if length <= LONGEST_MESSAGE => (message, length),
        Start::More if !last || bytes.is_empty() => return Next::More,
        Start::Frame { .. } | Start::More | Start::No => return unframed(bytes, last),
    };
    let end = message.saturating_add(length);
    let Some(after) = bytes.get(end..) else { return if last { unframed(bytes, last) } else { Next::More } };
    // Some writers end each frame with a line end that they do not count.
    let ends = after.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    match start(after.get(ends..).unwrap_or_default()) {
        Start::No => unframed(bytes, last),
        Start::More if !last => Next::More,
        Start::More | Start::Frame { .. } => Next::Record { start: message, end, next: end.saturating_add(ends) },
    }
}

/// What is no frame, up to the next.
fn unframed(bytes: &[u8], last: bool) -> Next {
    match resume(bytes) {
        Some(next) => Next::Unframed { next },
        None if last => Next::Unframed { next: bytes.len() },
        None => Next::More,
    }
}

/// Where a frame begins behind the first byte.
pub(crate) fn resume(bytes: &[u8]) -> Option<usize> {
    let begins = |pair: &[u8]| matches!(pair, [before, b'1'..=b'9'] if !before.is_ascii_digit());
    let mut places = bytes.windows(2).enumerate().filter(|(_, pair)| begins(pair)).map(|(n, _)| n.saturating_add(1));
    places.find(|n| bytes.get(*n..).is_some_and(|rest| matches!(start(rest), Start::Frame { .. })))
}

/// Whether the first frames of a file are frames; `whole`: nothing follows its head.
pub(crate) fn looks_like(head: &[u8], whole: bool) -> bool {
    let (mut at, mut frames) = (0usize, 0usize);
    while frames < SHOWN {
        let rest = head.get(at..).unwrap_or_default();
        match next(rest, whole) {
            Next::Record { next, .. } => at = at.saturating_add(next),
            // Of a few frames the last may be cut.
            Next::Unframed { .. } if !rest.is_empty() => return frames > 1,
            Next::Unframed { .. } | Next::Close { .. } | Next::Torn { .. } | Next::More => return frames > 0,
        }
        frames = frames.saturating_add(1);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let two = b"8 <34>a\nb\n12 <5>012345678";
        assert_eq!(next(two, true), Next::Record { start: 2, end: 10, next: 10 });
        assert_eq!(next(&two[10..], true), Next::Record { start: 3, end: 15, next: 15 });
        assert_eq!(next(&two[10..], false), Next::More);
        assert_eq!(next(b"", true), Next::More);
        assert_eq!(next(b"4 <5>a\r\n4 <5>b", false), Next::Record { start: 2, end: 6, next: 8 });
        // Counts that are wrong, a frame that is cut, and what is no frame.
        assert_eq!(next(b"9 <5>a4 <5>b4 <5>c", true), Next::Unframed { next: 6 });
        assert_eq!(next(b"9 <5>a", true), Next::Unframed { next: 6 });
        assert_eq!(next(b"04 <5>a 4 <5>b", true), Next::Unframed { next: 8 });
        assert_eq!(next(b"9999999 <5>a\n4 <5>b", false), Next::Unframed { next: 13 });
        for (head, whole, is) in [
            (&b"4 <5>a4 <5>cx"[..], true, false),
            (b"4 <5>a4 <5>b4 <5>c4 <5>dx", true, true),
            (b"4 <5>a4 <5>b9 <5>c", true, true),
            (b"4 <5>a9 <5>c", false, true),
            (b"4 <5>a", true, true),
            (b"<5>a\n<5>b\n", true, false),
            (b"200 ok\n", true, false),
            (b"", true, false),
        ] {
            assert_eq!(looks_like(head, whole), is, "{}", head.escape_ascii());
        }
    }
}

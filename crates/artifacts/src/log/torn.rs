//! Where the next row or value ends, and how reading goes on where one hides its end: a quote or a
//! bracket that is never closed would else take the records after it with it. Sources: RFC 4180; RFC 8259.

use super::delimited::Rows;
use super::framing::{LONGEST_RECORD, Next};
use super::json_extent::value_end;
use super::json_lines::{self, PathTree, Slots};
use super::unread::Reason;
use memchr::{memchr, memchr_iter, memrchr};

/// Lines that a row of a torn part may have, so that each line is looked at so often at most.
const LINES: usize = 8;

fn at_line_end(end: usize) -> Next {
    Next::Record { start: 0, end, next: end.saturating_add(1) }
}

/// The row at the start of `bytes`. One over several lines is a row only where it has as many
/// fields as the table has columns.
pub(super) fn row(rows: Rows, bytes: &[u8], last: bool) -> Next {
    let window = bytes.get(..LONGEST_RECORD).unwrap_or(bytes);
    let first = memchr(b'\n', window);
    match (rows.dialect.row_end(window), first) {
        (Some(end), _) if first == Some(end) => at_line_end(end),
        (Some(end), _) if window.get(..end).is_some_and(|row| rows.fits(row)) => at_line_end(end),
        (Some(end), _) => Next::Torn { next: end.saturating_add(1) },
        (None, Some(_)) if bytes.len() > window.len() => {
            Next::Torn { next: memrchr(b'\n', window).unwrap_or(0).saturating_add(1) }
        }
        (None, Some(_)) if last && !rows.fits(bytes) => Next::Torn { next: bytes.len() },
        (None, _) => Next::More,
    }
}

/// The next row of a torn part: a line, or several where they make a row.
pub(super) fn row_of_torn(rows: Rows, bytes: &[u8]) -> Next {
    let Some(first) = memchr(b'\n', bytes) else { return Next::More };
    let end = memchr_iter(b'\n', bytes).nth(LINES).map_or(bytes.len(), |n| n.saturating_add(1));
    let window = bytes.get(..end).unwrap_or(bytes);
    let whole = rows.dialect.row_end(window).filter(|end| window.get(..*end).is_some_and(|row| rows.fits(row)));
    at_line_end(whole.unwrap_or(first))
}

/// Position of the first byte that is neither white space nor a comma, from `from` on.
pub(super) fn after_gap(bytes: &[u8], from: usize) -> Option<usize> {
    let gap = |b: &u8| b.is_ascii_whitespace() || *b == b',';
    bytes.iter().skip(from).position(|b| !gap(b)).map(|n| n.saturating_add(from))
}

/// White space before the value at `start`, on its line.
fn indent(bytes: &[u8], start: usize) -> usize {
    let before = bytes.get(..start).unwrap_or_default();
    memrchr(b'\n', before).map_or(0, |line| before.len().saturating_sub(line).saturating_sub(1))
}

/// Line ends after which a line begins with `{` that is not deeper than `indent`: in a document
/// whose lines are ordered, another value of the same array.
fn begins(text: &[u8], indent: usize) -> impl Iterator<Item = usize> {
    memchr_iter(b'\n', text).filter(move |end| {
        let line = text.get(end.saturating_add(1)..).unwrap_or_default();
        line.iter()
            .take(indent.saturating_add(1))
            .position(|b| !matches!(b, b' ' | b'\t' | b','))
            .is_some_and(|n| line.get(n) == Some(&b'{'))
    })
}

/// The value at `start`. One that holds the beginning of another, and is no JSON, is torn.
pub(super) fn value(bytes: &[u8], start: usize, last: bool) -> Next {
    let rest = bytes.get(start..).unwrap_or_default();
    let end = value_end(rest, last);
    let window = rest.get(..LONGEST_RECORD).unwrap_or(rest);
    let whole = end.and_then(|n| window.get(..n));
    let record = |n: usize| Next::Record { start, end: start.saturating_add(n), next: start.saturating_add(n) };
    let indent = indent(bytes, start);
    match (whole, end) {
        (Some(value), Some(n)) if begins(value, indent).next().is_none() || is_json(value) => record(n),
        // Up to the end of the line, since it may end within another value.
        (Some(_), Some(n)) => match memchr(b'\n', rest.get(n..).unwrap_or_default()) {
            Some(line) => Next::Torn { next: start.saturating_add(n).saturating_add(line) },
            None if last || rest.len() > window.len() => Next::Torn { next: start.saturating_add(n) },
            None => Next::More,
        },
        (_, end) if rest.len() > window.len() => match (begins(window, indent).last(), end) {
            (Some(n), _) => Next::Torn { next: start.saturating_add(n) },
            (None, Some(n)) => record(n),
            (None, None) => Next::More,
        },
        (_, None) if last && begins(rest, indent).next().is_some() => Next::Torn { next: bytes.len() },
        (_, Some(n)) => record(n),
        (_, None) => Next::More,
    }
}

fn is_json(value: &[u8]) -> bool {
    let scanned = json_lines::scan(value, &PathTree::new(&[]), &mut Slots::default());
    matches!(scanned, Ok(()) | Err(Reason::TooDeep))
}

/// The next value of a torn part: up to the line that begins another.
pub(super) fn value_of_torn(bytes: &[u8]) -> Next {
    let Some(start) = after_gap(bytes, 0) else { return Next::More };
    let rest = bytes.get(start..).unwrap_or_default();
    let end = begins(rest, indent(bytes, start)).next().unwrap_or(rest.len());
    let piece = rest.get(..end).unwrap_or(rest);
    let next = start.saturating_add(end);
    let Some(n) = value_end(piece, true) else {
        // Without what separates it from the next.
        let torn = piece.iter().rposition(|b| !b.is_ascii_whitespace() && *b != b',').map_or(0, |n| n.saturating_add(1));
        return Next::Record { start, end: start.saturating_add(torn), next };
    };
    let more = after_gap(piece, n).and_then(|n| piece.get(n)) == Some(&b'{');
    let end = start.saturating_add(n);
    Next::Record { start, end, next: if more { end } else { next } }
}

/// What follows the array's own bracket, where a torn part reaches over it.
pub(super) fn after_array(torn: &[u8]) -> Option<&[u8]> {
    let start = after_gap(torn, 0)?;
    let last = begins(torn, indent(torn, start)).last()?;
    let last = torn.get(after_gap(torn, last)?..)?;
    let after = last.get(value_end(last, true)?..)?;
    let bracket = after_gap(after, 0)?;
    (after.get(bracket) == Some(&b']')).then(|| after.get(bracket.saturating_add(1)..))?
}

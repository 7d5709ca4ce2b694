//! Zeros in a log: blocks that a crash left unwritten, holes that were read as bytes, room that was
//! made ahead. They are no text, and what stands before and behind them may be.

/// Zeros in a row that are taken for what was never written.
const RUN: usize = 8;

/// The zeros at the start of `text` as their number, and the rest.
pub(crate) fn before(text: &[u8]) -> (usize, &[u8]) {
    let n = text.iter().position(|b| *b != 0).unwrap_or(text.len());
    (n, text.get(n..).unwrap_or_default())
}

/// `text` without the zeros at its end, and their number.
pub(crate) fn behind(text: &[u8]) -> (&[u8], usize) {
    let n = text.iter().rposition(|b| *b != 0).map_or(0, |i| i.saturating_add(1));
    (text.get(..n).unwrap_or_default(), text.len().saturating_sub(n))
}

/// A line without runs of zeros around it, and the length of each run.
pub(crate) fn around(line: &[u8]) -> (usize, &[u8], usize) {
    let (first, rest) = match before(line) {
        (n, rest) if n >= RUN => (n, rest),
        _ => (0, line),
    };
    match behind(rest) {
        (text, n) if n >= RUN => (first, text, n),
        _ => (first, rest, 0),
    }
}

/// Zeros of `text` that lie in runs.
pub(crate) fn in_runs(text: &[u8]) -> usize {
    let (mut all, mut run) = (0usize, 0usize);
    for byte in text.iter().chain(&[1]) {
        if *byte == 0 {
            run = run.saturating_add(1);
            continue;
        }
        all = all.saturating_add(if run >= RUN { run } else { 0 });
        run = 0;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        assert_eq!((before(b"\0\0a\0"), behind(b"\0a\0\0")), ((2, &b"a\0"[..]), (&b"\0a"[..], 2)));
        assert_eq!((before(b"\0\0"), behind(b"\0")), ((2, &b""[..]), (&b""[..], 1)));
        let text = [&b"a\0b"[..], &[0; 8], b"c", &[0; 9]].concat();
        assert_eq!(in_runs(&text), 17);
        assert_eq!(around(&text), (0, &text[..12], 9));
        assert_eq!(around(&[0; 9]), (9, &b""[..], 0));
        assert_eq!(around(b"\0\0a\0"), (0, &b"\0\0a\0"[..], 0));
    }
}

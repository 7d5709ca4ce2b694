//! Entries of `journalctl -o export`: fields a line each, an empty line between entries, a binary
//! value with its length before it. Source: systemd, "Journal Export Formats".

use super::MAX_LINE;
use memchr::memchr;

/// What lies at the start of bytes of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Length of the entry, and where the next one begins.
    Whole { end: usize, next: usize },
    /// It goes on past the end of the bytes.
    More,
}

/// One field: name and value as they lie in the entry, and where the next begins.
pub(crate) struct JournalField {
    pub name: (usize, usize),
    pub value: (usize, usize),
    pub next: usize,
}

/// The field at `at`. None where the bytes end within it, or its length is past the bound.
pub(crate) fn field(bytes: &[u8], at: usize) -> Option<JournalField> {
    let line = bytes.get(at..)?;
    let end = memchr(b'\n', line)?;
    let text = line.get(..end)?;
    let after = at.saturating_add(end).saturating_add(1);
    if let Some(equals) = memchr(b'=', text) {
        let value = at.saturating_add(equals).saturating_add(1);
        return Some(JournalField { name: (at, at.saturating_add(equals)), value: (value, at.saturating_add(end)), next: after });
    }
    let length = bytes.get(after..)?.first_chunk::<8>().map(|b| u64::from_le_bytes(*b))?;
    let length = usize::try_from(length).ok().filter(|l| *l <= MAX_LINE)?;
    let from = after.saturating_add(8);
    let to = from.saturating_add(length);
    if *bytes.get(to)? != b'\n' {
        return None;
    }
    Some(JournalField { name: (at, at.saturating_add(end)), value: (from, to), next: to.saturating_add(1) })
}

/// The entry at the start of `bytes`; it may be empty, where several empty lines follow each other.
pub(crate) fn entry(bytes: &[u8]) -> Entry {
    let mut at = 0usize;
    loop {
        if bytes.get(at) == Some(&b'\n') {
            return Entry::Whole { end: at, next: at.saturating_add(1) };
        }
        match field(bytes, at) {
            Some(f) => at = f.next,
            None => return Entry::More,
        }
    }
}

/// Where reading may begin again behind damage: after the next empty line.
pub(crate) fn resume(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\n\n").map(|n| n.saturating_add(2))
}

/// Whether a file begins as an export does.
pub(crate) fn looks_like(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let line = memchr(b'\n', head).and_then(|n| head.get(..n)).unwrap_or_default();
    let named = memchr(b'=', line).and_then(|n| line.get(..n)).unwrap_or_default();
    let name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    !named.is_empty() && named.iter().all(name) && memchr::memmem::find(head, b"__REALTIME_TIMESTAMP=").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let mut bytes = b"__REALTIME_TIMESTAMP=1\nMESSAGE\n".to_vec();
        bytes.extend_from_slice(&5u64.to_le_bytes());
        bytes.extend_from_slice(b"a\n\nb\x00\n_PID=3\n\nX=1\n");
        assert!(looks_like(&bytes));
        let Entry::Whole { end, next } = entry(&bytes) else { panic!() };
        assert_eq!((&bytes[next..], bytes[end]), (&b"X=1\n"[..], b'\n'));
        let f = field(&bytes, 23).unwrap();
        assert_eq!(&bytes[f.value.0..f.value.1], b"a\n\nb\x00");
        assert_eq!(entry(&bytes[next..]), Entry::More);
        assert_eq!(entry(b"MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffabc\n\n"), Entry::More);
    }
}

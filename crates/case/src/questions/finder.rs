//! Finds what an expression matches in a stream of bytes, in pieces, as if it were read at once.

use regex::bytes::Regex;

/// Bytes read before they are searched.
const PIECE: usize = 1 << 20;
/// Bytes at the end of a piece that are searched again with the next: what begins before them is whole.
const OVERLAP: usize = 64 << 10;
/// Bytes kept before those to be searched, for `^` and `\b` look at what stands before.
const CONTEXT: usize = 16;

/// Matches of up to `overlap` bytes are found wherever pieces end; longer ones may be cut there.
pub struct Finder<'a> {
    pattern: &'a Regex,
    pending: Vec<u8>,
    /// Where in `pending` the search goes on.
    at: usize,
    piece: usize,
    overlap: usize,
}

impl<'a> Finder<'a> {
    pub fn new(pattern: &'a Regex) -> Self {
        Self { pattern, pending: Vec::new(), at: 0, piece: PIECE, overlap: OVERLAP }
    }

    /// Takes bytes; `take` is given the first group of each match, or all of it where there is none.
    pub fn push<E>(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() - self.at <= self.piece { Ok(()) } else { self.search(false, take) }
    }

    /// No more bytes come.
    pub fn finish<E>(&mut self, take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.search(true, take)
    }

    fn search<E>(&mut self, last: bool, take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        // A match that begins from here on might go on in what is not read yet.
        let end = if last { usize::MAX } else { self.pending.len().saturating_sub(self.overlap) };
        while self.at < end.min(self.pending.len() + 1) {
            let Some(found) = self.pattern.captures_at(&self.pending, self.at) else { break };
            let Some(all) = found.get(0).filter(|m| m.start() < end) else { break };
            // An empty match would be found again and again.
            self.at = if all.is_empty() { all.end() + 1 } else { all.end() };
            let subject = found.get(1).map_or(all.as_bytes(), |m| m.as_bytes());
            if !subject.is_empty() {
                take(subject)?;
            }
        }
        if last {
            self.pending.clear();
            self.at = 0;
            return Ok(());
        }
        self.at = self.at.max(end);
        let done = self.at.min(self.pending.len()).saturating_sub(CONTEXT);
        self.pending.drain(..done);
        self.at -= done;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn found(pattern: &Regex, bytes: &[u8], chunk: usize, piece: usize, overlap: usize) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let mut take = |s: &[u8]| -> Result<(), Infallible> {
            all.push(s.to_vec());
            Ok(())
        };
        let mut finder = Finder { piece, overlap, ..Finder::new(pattern) };
        for part in bytes.chunks(chunk) {
            finder.push(part, &mut take).unwrap_or_else(|e| match e {});
        }
        finder.finish(&mut take).unwrap_or_else(|e| match e {});
        all
    }

    #[test]
    fn reading_in_pieces_is_reading_at_once() {
        let mut text = Vec::new();
        for n in 0..400u32 {
            let id = n.wrapping_mul(2_654_435_761) >> (n % 25);
            text.extend_from_slice(
                match n % 4 {
                    0 => format!("{id},x,{n}\r\n"),
                    1 => format!("{{\"customer_id\": {id}}}\n"),
                    2 => format!("é{id} \u{fffd}\n\n"),
                    _ => format!(",{id}"),
                }
                .as_bytes(),
            );
        }
        text.push(0xff);
        for pattern in [
            r"(?m)^([0-9]+),",
            r"\b([0-9]+)\b",
            r"(?-u:\b)[0-9]{2,4}",
            r"([0-9]*)",
            r"\A([0-9]+)",
            r"(?m)([0-9]+)$",
            r#""customer_id": ([0-9]+)"#,
            r"x,()|([0-9]+)\z",
            r"(?mR)^([0-9]+),x,[0-9]+$",
        ] {
            let pattern = Regex::new(pattern).unwrap();
            let whole: Vec<Vec<u8>> = pattern
                .captures_iter(&text)
                .filter_map(|c| Some(c.get(1).or_else(|| c.get(0))?.as_bytes().to_vec()))
                .filter(|s| !s.is_empty())
                .collect();
            for chunk in [1, 2, 3, 7, 64, 100, 4096, 1 << 20] {
                for piece in [1, 33, 200, 5000] {
                    assert_eq!(found(&pattern, &text, chunk, piece, 64), whole, "{pattern} by {chunk} and {piece}");
                }
            }
        }
    }
}

use super::trouble::Trouble;
use std::io::{self, Read};

/// Bytes in order with a look ahead, on their way into a decoder.
pub(super) struct Input {
    inner: Box<dyn Read>,
    buf: Vec<u8>,
    pos: usize,
    len: usize,
    ended: bool,
    taken: u64,
    failure: Option<Trouble>,
}

/// Bytes read ahead; also the longest look ahead.
pub(super) const AHEAD: usize = 64 << 10;

impl Input {
    pub fn new(inner: Box<dyn Read>) -> Self {
        Self { inner, buf: vec![0; AHEAD], pos: 0, len: 0, ended: false, taken: 0, failure: None }
    }
    /// Bytes at hand, read ahead when there were none; empty at the end.
    pub fn data(&mut self) -> &[u8] {
        if self.pos >= self.len {
            self.pos = 0;
            self.len = 0;
            self.more();
        }
        self.buf.get(self.pos..self.len).unwrap_or_default()
    }
    /// At least `n` bytes (at most `AHEAD`), fewer only at the end.
    pub fn look(&mut self, n: usize) -> &[u8] {
        let n = n.min(AHEAD);
        if self.len.saturating_sub(self.pos) < n {
            self.buf.copy_within(self.pos..self.len, 0);
            self.len = self.len.saturating_sub(self.pos);
            self.pos = 0;
            while self.len < n && !self.ended {
                self.more();
            }
        }
        self.buf.get(self.pos..self.len).unwrap_or_default()
    }
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.len.saturating_sub(self.pos));
        self.pos = self.pos.saturating_add(n);
        self.taken = self.taken.saturating_add(n as u64);
    }
    /// Bytes consumed so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }
    /// Nothing will come after the bytes at hand.
    pub fn at_last(&self) -> bool {
        self.ended
    }
    /// Why the input ended, where more was needed.
    pub fn shortage(&self, expected: &str) -> Trouble {
        self.failure.clone().unwrap_or_else(|| Trouble::truncated(expected))
    }
    /// The input broke off rather than ended.
    pub fn failure(&self) -> Option<&Trouble> {
        self.failure.as_ref()
    }
    /// A large read with nothing at hand goes past the buffer.
    fn read_past(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(n) => {
                self.ended = n == 0;
                self.taken = self.taken.saturating_add(n as u64);
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let t = Trouble::of(&e);
                self.failure = Some(t.clone());
                self.ended = true;
                Err(t.into_io())
            }
        }
    }
    fn more(&mut self) {
        while let Some(room) = self.buf.get_mut(self.len..).filter(|r| !r.is_empty() && !self.ended) {
            match self.inner.read(room) {
                Ok(0) => self.ended = true,
                Ok(n) => {
                    self.len = self.len.saturating_add(n);
                    return;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.failure = Some(Trouble::of(&e));
                    self.ended = true;
                }
            }
        }
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.pos >= self.len && out.len() >= AHEAD && !self.ended {
            return self.read_past(out);
        }
        let data = self.data();
        let n = data.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..n), data.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        match &self.failure {
            Some(t) if n == 0 && !out.is_empty() => Err(t.clone().into_io()),
            _ => Ok(n),
        }
    }
}

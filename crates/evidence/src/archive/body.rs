//! Where the bytes of a member can be read, and read again.

use super::trouble::{Remarks, Trouble};
use model::{ByteSource, Code, SharedSource};
use std::io::{self, Read};
use std::rc::Rc;

type Opener = Rc<dyn Fn(&Remarks) -> Box<dyn Read>>;

/// The bytes of a member, to be opened from their start as often as needed.
#[derive(Clone)]
pub(super) enum Body {
    /// They lie as they are in a source that can seek.
    Plain(SharedSource),
    /// They come out of a decoder, in order.
    Stream {
        open: Opener,
        /// Bytes to decode and drop before the first byte is reached again; 0 where opening costs
        /// nothing but the member itself.
        cost: u64,
    },
}

impl Body {
    pub fn stream(cost: u64, open: impl Fn(&Remarks) -> Box<dyn Read> + 'static) -> Self {
        Self::Stream { open: Rc::new(open), cost }
    }
    pub fn empty() -> Self {
        Self::stream(0, |_| Box::new(io::empty()))
    }
    /// A reader from the first byte; what its decoders notice goes to `remarks`.
    pub fn open(&self, remarks: &Remarks) -> Box<dyn Read> {
        match self {
            Self::Plain(source) => Box::new(SourceReader::new(source.clone(), 0)),
            Self::Stream { open, .. } => open(remarks),
        }
    }
    pub fn cost(&self) -> u64 {
        match self {
            Self::Plain(_) => 0,
            Self::Stream { cost, .. } => *cost,
        }
    }
}

/// Reads a source from an offset to its declared end. A source that ends before that, or fails,
/// gives a `Trouble`.
pub(super) struct SourceReader {
    source: SharedSource,
    at: u64,
}

impl SourceReader {
    pub fn new(source: SharedSource, at: u64) -> Self {
        Self { source, at }
    }
}

impl Read for SourceReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.source.len().saturating_sub(self.at);
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let Some(part) = buf.get_mut(..want).filter(|p| !p.is_empty()) else { return Ok(0) };
        match self.source.read_at(self.at, part) {
            Ok(0) => Err(Trouble::truncated(format!("{left} more bytes")).into_io()),
            Ok(n) => {
                self.at = self.at.saturating_add(n as u64);
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let found = format!("read error at byte {}: {e}", self.at);
                Err(Trouble::new(Code::Unreadable, "readable bytes", found).into_io())
            }
        }
    }
}

/// Fills `buf` as far as the reader gives bytes: how many, and what broke it off.
pub(super) fn fill(reader: &mut dyn Read, buf: &mut [u8]) -> (usize, Option<Trouble>) {
    let mut done = 0usize;
    while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => done = done.saturating_add(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (done, Some(Trouble::of(&e))),
        }
    }
    (done, None)
}

/// Reads and drops up to `n` bytes; how many there were.
pub(super) fn drop_bytes(reader: &mut dyn Read, n: u64, scratch: &mut [u8]) -> (u64, Option<Trouble>) {
    let mut done = 0u64;
    while done < n {
        let want = usize::try_from(n.saturating_sub(done)).unwrap_or(usize::MAX).min(scratch.len());
        let Some(part) = scratch.get_mut(..want).filter(|p| !p.is_empty()) else { break };
        match reader.read(part) {
            Ok(0) => break,
            Ok(k) => done = done.saturating_add(k as u64),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (done, Some(Trouble::of(&e))),
        }
    }
    (done, None)
}

use std::io;
use std::sync::Arc;

/// All evidence, at every level: positional, read-only, shareable between threads.
pub trait ByteSource: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;
    /// Reads up to `buf.len()` bytes at `offset`; 0 at or past the end. Short reads are allowed. 0 before
    /// the end means that the evidence ends before the length that is stated of it.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
    /// Where the next bytes may lie that are not zero: `offset` itself, or the end of the hole it is in.
    /// What a structure merely claims, such as a sparse file of 2^63 bytes, is passed over by this.
    fn data_from(&self, offset: u64) -> u64 {
        offset
    }
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

pub type SharedSource = Arc<dyn ByteSource>;

impl<T: ByteSource + ?Sized> ByteSource for Arc<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }
    fn data_from(&self, offset: u64) -> u64 {
        (**self).data_from(offset)
    }
}

/// Fills `buf` from `offset` as far as the source reaches; returns the bytes read.
pub fn read_full(source: &dyn ByteSource, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    let mut done = 0usize;
    while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
        let Some(at) = offset.checked_add(done as u64) else { break };
        match source.read_at(at, rest) {
            Ok(0) => break,
            Ok(n) => done = done.saturating_add(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

/// At most `length` bytes at `offset`: shorter where the source ends. Never allocates past its end.
pub fn read_vec(source: &dyn ByteSource, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let there = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut out = vec![0; length.min(there)];
    let n = read_full(source, offset, &mut out)?;
    out.truncate(n);
    Ok(out)
}

/// Bytes held in memory, such as a small decompressed member.
pub struct MemorySource(pub Vec<u8>);

impl ByteSource for MemorySource {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let Some(rest) = self.0.get(from..) else { return Ok(0) };
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(src)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(src);
        }
        Ok(n)
    }
}

/// A window of another source, such as a volume of an image. Ends where the inner source ends,
/// but reports the declared length, so that a truncated image is noticed by its reader.
pub struct SubSource {
    inner: SharedSource,
    offset: u64,
    length: u64,
}

impl SubSource {
    pub fn new(inner: SharedSource, offset: u64, length: u64) -> Self {
        Self { inner, offset, length }
    }
}

impl ByteSource for SubSource {
    fn len(&self) -> u64 {
        self.length
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let n = left.min(buf.len());
        match (buf.get_mut(..n), self.offset.checked_add(offset)) {
            (Some(part), Some(at)) if n > 0 => self.inner.read_at(at, part),
            _ => Ok(0),
        }
    }
}

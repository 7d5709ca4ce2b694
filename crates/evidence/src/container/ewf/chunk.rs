//! One chunk: deflated, or stored with an Adler-32 behind it.

use super::section::adler32;
use flate2::{Decompress, FlushDecompress, Status};
use model::Code;

/// Where a chunk lies in its segment file. `length` may reach past the chunk's end, never past
/// the next chunk or the section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub offset: u64,
    pub length: u64,
    pub deflated: bool,
}

/// What is wrong with a chunk; what could be read of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    pub what: &'static str,
    /// Bytes recovered from the chunk's start; the rest is zeros.
    pub good: usize,
}

/// Reusable state of a decoder: inflating and the stored bytes.
pub struct Decoder {
    inflate: Decompress,
    pub stored: Vec<u8>,
}

impl Decoder {
    pub fn new() -> Self {
        Self { inflate: Decompress::new(true), stored: Vec::new() }
    }

    /// Decodes `self.stored` into all of `out`, which is a whole chunk, or the media's last one cut
    /// to the media's length. `chunk` is the full length of a chunk.
    pub fn decode(&mut self, deflated: bool, chunk: usize, out: &mut [u8]) -> Result<(), Fault> {
        let result = if deflated { self.deflated(chunk, out) } else { plain(&self.stored, chunk, out) };
        if let Err(fault) = &result
            && let Some(lost) = out.get_mut(fault.good..)
        {
            lost.fill(0);
        }
        result
    }

    fn deflated(&mut self, chunk: usize, out: &mut [u8]) -> Result<(), Fault> {
        let (status, taken, made) = self.run(out);
        let fault = |code, what| Err(Fault { code, what, good: made });
        match status {
            Ok(Status::StreamEnd) if made == out.len() => Ok(()),
            Ok(Status::StreamEnd) => fault(Code::Truncated, "its stream ends early"),
            Ok(Status::Ok | Status::BufError) if made == out.len() => self.finish(taken, chunk, out.len()),
            Ok(Status::Ok | Status::BufError) => fault(Code::Truncated, "its stream breaks off"),
            Err(_) if made == out.len() => fault(Code::ChecksumMismatch, "its Adler-32 does not match"),
            Err(_) => fault(Code::Damaged, "its stream does not inflate"),
        }
    }

    /// The output is full, but the stream has not said that it ends: it must, unless this is the
    /// last chunk, which some tools pad to its full length.
    fn finish(&mut self, taken: usize, chunk: usize, made: usize) -> Result<(), Fault> {
        let mut more = [0u8; 64];
        let rest = self.stored.get(taken..).unwrap_or_default();
        match self.inflate.decompress(rest, &mut more, FlushDecompress::None) {
            Err(_) => Err(Fault { code: Code::ChecksumMismatch, what: "its Adler-32 does not match", good: made }),
            Ok(_) if made < chunk => Ok(()),
            Ok(Status::StreamEnd) if self.inflate.total_out() == made as u64 => Ok(()),
            Ok(_) => Err(Fault { code: Code::Damaged, what: "its stream holds more than a chunk", good: made }),
        }
    }

    /// One call of the inflater: (status, bytes taken, bytes made).
    fn run(&mut self, out: &mut [u8]) -> (Result<Status, flate2::DecompressError>, usize, usize) {
        self.inflate.reset(true);
        let status = self.inflate.decompress(&self.stored, out, FlushDecompress::Finish);
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        (status, number(self.inflate.total_in()), number(self.inflate.total_out()).min(out.len()))
    }

    /// Length of the deflated chunk at the start of `self.stored`, where a sound one lies there.
    pub fn measure(&mut self, out: &mut [u8]) -> Option<usize> {
        let (status, taken, made) = self.run(out);
        (matches!(status, Ok(Status::StreamEnd)) && made == out.len()).then_some(taken)
    }
}

/// Stored bytes followed by their Adler-32. `stored` may have bytes behind that belong to nothing.
fn plain(stored: &[u8], chunk: usize, out: &mut [u8]) -> Result<(), Fault> {
    let there = stored.len().min(out.len());
    if let (Some(to), Some(from)) = (out.get_mut(..there), stored.get(..there)) {
        to.copy_from_slice(from);
    }
    if there < out.len() {
        return Err(Fault { code: Code::Truncated, what: "its stored bytes break off", good: there });
    }
    // The last chunk may be cut to the media's length or padded to a full one.
    let full = stored.len().saturating_sub(4).min(chunk);
    if [full, out.len()].into_iter().any(|n| plain_sound(stored, n)) {
        Ok(())
    } else {
        Err(Fault { code: Code::ChecksumMismatch, what: "its Adler-32 does not match", good: there })
    }
}

/// Whether the Adler-32 behind the first `n` bytes of `stored` is theirs.
pub fn plain_sound(stored: &[u8], n: usize) -> bool {
    let sum = stored.get(n..n.saturating_add(4)).and_then(|s| <[u8; 4]>::try_from(s).ok());
    match (stored.get(..n), sum) {
        (Some(data), Some(sum)) => adler32(data) == u32::from_le_bytes(sum),
        _ => false,
    }
}

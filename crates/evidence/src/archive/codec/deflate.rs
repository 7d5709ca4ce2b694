//! Deflate streams, bare (zip) and in gzip. Sources: RFC 1951, RFC 1952.

use super::streams::{Flow, Framing};
use crate::archive::input::{AHEAD, Input};
use crate::archive::trouble::Trouble;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use model::Code;

/// A bare deflate stream: exactly one.
pub(super) struct Deflate(Decompress);

impl Deflate {
    pub fn new() -> Self {
        Self(Decompress::new(false))
    }
}

impl Framing for Deflate {
    fn begin(&mut self, _input: &mut Input) -> Result<bool, Trouble> {
        Ok(true)
    }
    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
        inflate(&mut self.0, input, out)
    }
    fn finish(&mut self, _input: &mut Input) -> Result<(), Trouble> {
        Ok(())
    }
    fn repeats(&self) -> bool {
        false
    }
}

fn inflate(d: &mut Decompress, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
    let (used_before, made_before) = (d.total_in(), d.total_out());
    let data = input.data();
    let dry = data.is_empty();
    let result = d.decompress(data, out, FlushDecompress::None);
    // The totals count what was decoded before an error, too.
    let used = usize::try_from(d.total_in().saturating_sub(used_before)).unwrap_or(0);
    let made = usize::try_from(d.total_out().saturating_sub(made_before)).unwrap_or(0).min(out.len());
    input.consume(used);
    let flow = match result {
        Ok(Status::StreamEnd) => Flow::End,
        Ok(Status::Ok | Status::BufError) if made > 0 || used > 0 => Flow::More,
        Ok(Status::Ok | Status::BufError) if dry => Flow::Broken(input.shortage("more of a deflate stream")),
        Ok(Status::Ok | Status::BufError) => Flow::Broken(Trouble::damaged("a deflate stream", "no progress")),
        Err(e) => Flow::Broken(Trouble::damaged("a deflate stream", e.to_string())),
    };
    (made, flow)
}

/// A gzip file: any number of members, each with its own header and checksum.
pub(super) struct Gzip {
    inflate: Decompress,
    crc: Crc,
    made: u64,
}

impl Gzip {
    pub fn new() -> Self {
        Self { inflate: Decompress::new(false), crc: Crc::new(), made: 0 }
    }
}

/// Whether a gzip member begins with these bytes: magic, method 8, no reserved flag.
pub(in crate::archive) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8]) && head.get(3).is_none_or(|f| f & 0xe0 == 0)
}

impl Framing for Gzip {
    fn begin(&mut self, input: &mut Input) -> Result<bool, Trouble> {
        let head = input.look(10);
        if !is_gzip(head) {
            return Ok(false);
        }
        let Some(flags) = head.get(3).copied().filter(|_| head.len() >= 10) else {
            return Err(input.shortage("a gzip header"));
        };
        input.consume(10);
        if flags & 4 != 0 {
            let Some([a, b]) = input.look(2).first_chunk::<2>().copied() else {
                return Err(input.shortage("the extra field of a gzip header"));
            };
            input.consume(2);
            let n = usize::from(u16::from_le_bytes([a, b]));
            if input.look(n).len() < n {
                return Err(input.shortage("the extra field of a gzip header"));
            }
            input.consume(n);
        }
        // File name, then comment: each ends at a NUL.
        for _ in 0..(flags >> 3 & 1).saturating_add(flags >> 4 & 1) {
            let data = input.look(AHEAD);
            match memchr::memchr(0, data) {
                Some(end) => input.consume(end.saturating_add(1)),
                None if data.len() < AHEAD => return Err(input.shortage("the end of a name in a gzip header")),
                None => return Err(Trouble::damaged("the end of a name in a gzip header", "none within 64 KiB")),
            }
        }
        if flags & 2 != 0 {
            input.look(2);
            input.consume(2);
        }
        self.inflate.reset(false);
        self.crc.reset();
        self.made = 0;
        Ok(true)
    }

    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
        let (made, flow) = inflate(&mut self.inflate, input, out);
        self.crc.update(out.get(..made).unwrap_or_default());
        self.made = self.made.saturating_add(made as u64);
        (made, flow)
    }

    fn finish(&mut self, input: &mut Input) -> Result<(), Trouble> {
        let Some(&[a, b, c, d, e, f, g, h]) = input.look(8).first_chunk::<8>() else {
            return Err(input.shortage("the checksum of a gzip member"));
        };
        input.consume(8);
        let (crc, size) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let real = u32::try_from(self.made & 0xffff_ffff).unwrap_or(0);
        if crc != self.crc.sum() || size != real {
            let found = format!("crc32 {:08x}, size {real}", self.crc.sum());
            return Err(Trouble::new(Code::ChecksumMismatch, format!("crc32 {crc:08x}, size {size} (gzip trailer)"), found));
        }
        Ok(())
    }

    /// The next plausible member header: RFC 1952 values of XFL and OS make a chance hit unlikely.
    fn resync(&mut self, input: &mut Input) -> bool {
        loop {
            let data = input.look(AHEAD);
            if data.len() < 10 {
                return false;
            }
            let mut from = 0usize;
            while let Some(i) = data.get(from..).and_then(|d| memchr::memmem::find(d, &[0x1f, 0x8b, 8])) {
                let at = from.saturating_add(i);
                let head = data.get(at..).unwrap_or_default();
                let Some(&[xfl, os]) = head.get(8..).and_then(|h| h.first_chunk::<2>()) else { break };
                if is_gzip(head) && matches!(xfl, 0 | 2 | 4) && (os <= 13 || os == 255) {
                    input.consume(at);
                    return true;
                }
                from = at.saturating_add(1);
            }
            // A header may lie across the end of the bytes at hand.
            let n = data.len().saturating_sub(9).max(1);
            input.consume(n);
        }
    }
}

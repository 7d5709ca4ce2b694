//! bzip2 streams. Block checksums are checked by the decoder.

use super::streams::{Flow, Framing};
use crate::archive::input::Input;
use crate::archive::trouble::Trouble;
use bzip2::{Decompress, Status};

pub(super) struct Bzip2(Decompress);

impl Bzip2 {
    pub fn new() -> Self {
        Self(Decompress::new(false))
    }
}

/// "BZh", a level, then a block or the end of the stream.
pub(in crate::archive) fn is_bzip2(head: &[u8]) -> bool {
    head.starts_with(b"BZh")
        && matches!(head.get(3), Some(b'1'..=b'9'))
        && matches!(head.get(4..10), Some([0x31, 0x41, 0x59, 0x26, 0x53, 0x59] | [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]))
}

impl Framing for Bzip2 {
    fn begin(&mut self, input: &mut Input) -> Result<bool, Trouble> {
        if !is_bzip2(input.look(10)) {
            return Ok(false);
        }
        self.0 = Decompress::new(false);
        Ok(true)
    }
    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
        let (used_before, made_before) = (self.0.total_in(), self.0.total_out());
        let data = input.data();
        let dry = data.is_empty();
        let result = self.0.decompress(data, out);
        let used = usize::try_from(self.0.total_in().saturating_sub(used_before)).unwrap_or(0);
        let made = usize::try_from(self.0.total_out().saturating_sub(made_before)).unwrap_or(0).min(out.len());
        input.consume(used);
        let flow = match result {
            Ok(Status::StreamEnd) => Flow::End,
            Ok(Status::MemNeeded) => Flow::Broken(Trouble::damaged("a bzip2 stream", "out of memory")),
            Ok(_) if made > 0 || used > 0 => Flow::More,
            Ok(_) if dry => Flow::Broken(input.shortage("more of a bzip2 stream")),
            Ok(_) => Flow::Broken(Trouble::damaged("a bzip2 stream", "no progress")),
            Err(e) => Flow::Broken(Trouble::damaged("a bzip2 stream", e.to_string())),
        };
        (made, flow)
    }
    fn finish(&mut self, _input: &mut Input) -> Result<(), Trouble> {
        Ok(())
    }
}

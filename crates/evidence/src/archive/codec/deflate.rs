//! Bare deflate streams, as zip has them. Source: RFC 1951.

use super::streams::{Flow, Framing};
use crate::archive::input::Input;
use crate::archive::trouble::Trouble;
use flate2::{Decompress, FlushDecompress, Status};

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

pub(super) fn inflate(d: &mut Decompress, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
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

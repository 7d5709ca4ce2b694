//! xz streams. The decoder checks each block's CRC or SHA-256.

use super::streams::{Flow, Framing};
use crate::archive::input::Input;
use crate::archive::trouble::Trouble;
use lzma_rust2::{Action, Status, XzStream};
use model::Code;

pub(super) struct Xz(XzStream);

/// Dictionary and tables of a decoder, KiB: what `xz -9` needs, twice.
const MEMORY_KIB: u32 = (128 << 10) + 1024;

pub(in crate::archive) const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

impl Xz {
    pub fn new() -> Self {
        Self(XzStream::new_mem_limit(false, MEMORY_KIB))
    }
}

impl Framing for Xz {
    fn begin(&mut self, input: &mut Input) -> Result<bool, Trouble> {
        if !input.look(XZ_MAGIC.len()).starts_with(XZ_MAGIC) {
            return Ok(false);
        }
        *self = Self::new();
        Ok(true)
    }
    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
        let (used_before, made_before) = (self.0.total_in(), self.0.total_out());
        let data = input.data();
        let dry = data.is_empty();
        let action = if dry { Action::Finish } else { Action::Run };
        let result = self.0.process(data, out, action);
        let used = usize::try_from(self.0.total_in().saturating_sub(used_before)).unwrap_or(0);
        let made = usize::try_from(self.0.total_out().saturating_sub(made_before)).unwrap_or(0).min(out.len());
        let flow = match result {
            Ok(r) => {
                input.consume(r.bytes_consumed);
                match r.status {
                    Status::StreamEnd => Flow::End,
                    Status::Ok if made > 0 || r.bytes_consumed > 0 => Flow::More,
                    Status::Ok if dry => Flow::Broken(input.shortage("more of an xz stream")),
                    Status::Ok => Flow::Broken(Trouble::damaged("an xz stream", "no progress")),
                }
            }
            Err(e) => {
                input.consume(used);
                Flow::Broken(self.trouble(&e, input, dry))
            }
        };
        (made, flow)
    }
    fn finish(&mut self, _input: &mut Input) -> Result<(), Trouble> {
        Ok(())
    }
}

impl Xz {
    fn trouble(&self, e: &std::io::Error, input: &Input, dry: bool) -> Trouble {
        match e.kind() {
            std::io::ErrorKind::OutOfMemory => Trouble::new(
                Code::LimitReached,
                format!("a decoder of at most {MEMORY_KIB} KiB"),
                format!("{} KiB needed", self.0.memory_usage().unwrap_or_default()),
            ),
            std::io::ErrorKind::UnexpectedEof if dry => input.shortage("more of an xz stream"),
            std::io::ErrorKind::Unsupported => Trouble::new(Code::NotSupported, "an xz filter this version reads", e.to_string()),
            _ => Trouble::damaged("an xz stream", e.to_string()),
        }
    }
}

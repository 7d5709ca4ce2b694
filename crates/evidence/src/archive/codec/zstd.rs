//! Zstandard frames. Source: RFC 8878.

use super::streams::{Flow, Framing};
use crate::archive::input::Input;
use crate::archive::trouble::Trouble;
use model::Code;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::Read;

pub(super) struct Zstd {
    decoder: FrameDecoder,
    /// Why the frame broke off; what was decoded before is given first.
    broken: Option<Trouble>,
}

/// Largest window a decoder is allowed, as `zstd -d` has it by default.
const MAX_WINDOW: u64 = 128 << 20;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl Zstd {
    pub fn new() -> Self {
        Self { decoder: FrameDecoder::new(), broken: None }
    }
}

/// A frame, or a skippable frame with a plausible length and a frame after it.
pub(in crate::archive) fn is_zstd(head: &[u8]) -> bool {
    if head.starts_with(&MAGIC) {
        // The reserved bit is clear.
        return head.get(4).is_none_or(|d| d & 8 == 0);
    }
    let Some(length) = skippable(head) else { return false };
    let next = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(8);
    head.get(next..).is_some_and(|h| h.starts_with(&MAGIC))
}

/// Length of the content of a skippable frame.
fn skippable(head: &[u8]) -> Option<u32> {
    match head.first_chunk::<8>()? {
        [m, 0x2a, 0x4d, 0x18, a, b, c, d] if m >> 4 == 5 => Some(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// The window a frame asks for, in bytes: RFC 8878, 3.1.1.1.
fn window(head: &[u8]) -> Option<u64> {
    let descriptor = *head.get(4)?;
    if descriptor & 0x20 == 0 {
        let w = u64::from(*head.get(5)?);
        let base = 1u64.checked_shl(u32::try_from(w >> 3).ok()?.saturating_add(10))?;
        return Some(base.saturating_add((base / 8).saturating_mul(w & 7)));
    }
    let skip = match descriptor & 3 {
        0 => 5usize,
        1 => 6,
        2 => 7,
        _ => 9,
    };
    let size = head.get(skip..)?;
    match descriptor >> 6 {
        0 => Some(u64::from(*size.first()?)),
        1 => Some(u64::from(u16::from_le_bytes(*size.first_chunk()?)).saturating_add(256)),
        2 => Some(u64::from(u32::from_le_bytes(*size.first_chunk()?))),
        _ => Some(u64::from_le_bytes(*size.first_chunk()?)),
    }
}

impl Framing for Zstd {
    fn begin(&mut self, input: &mut Input) -> Result<bool, Trouble> {
        while let Some(length) = skippable(input.look(8)) {
            input.consume(8);
            let mut left = length as usize;
            while left > 0 {
                let n = input.data().len().min(left);
                if n == 0 {
                    return Err(input.shortage("the rest of a skippable frame"));
                }
                input.consume(n);
                left = left.saturating_sub(n);
            }
            if input.look(1).is_empty() {
                // Nothing but skippable frames up to the end: an empty stream.
                self.broken = None;
                self.decoder = FrameDecoder::new();
                return Ok(true);
            }
        }
        let head = input.look(18);
        if !head.starts_with(&MAGIC) {
            return Ok(false);
        }
        let Some(window) = window(head) else { return Err(input.shortage("a zstd frame header")) };
        if window > MAX_WINDOW {
            let limit = format!("a window of at most {MAX_WINDOW} bytes");
            return Err(Trouble::new(Code::LimitReached, limit, format!("{window} bytes")));
        }
        self.broken = None;
        // A new decoder each time: a used one refuses windows between 100 and 128 MiB.
        self.decoder = FrameDecoder::new();
        match self.decoder.init(&mut *input) {
            Ok(()) => Ok(true),
            Err(e) => Err(input.failure().cloned().unwrap_or_else(|| Trouble::damaged("a zstd frame", e.to_string()))),
        }
    }

    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow) {
        if self.decoder.can_collect() == 0 {
            if let Some(t) = self.broken.take() {
                return (0, Flow::Broken(t));
            }
            if self.decoder.is_finished() {
                return (0, Flow::End);
            }
            if let Err(e) = self.decoder.decode_blocks(&mut *input, BlockDecodingStrategy::UptoBytes(out.len())) {
                self.broken = Some(match input.failure().cloned() {
                    Some(t) => t,
                    None if input.at_last() && input.data().is_empty() => input.shortage("more of a zstd frame"),
                    None => Trouble::damaged("a zstd frame", e.to_string()),
                });
                // The decoder keeps back one window until the frame's last block; an empty last
                // block (and room for a checksum) makes it give what it has.
                let end: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
                let _ = self.decoder.decode_blocks(end, BlockDecodingStrategy::All);
            }
        }
        let made = self.decoder.read(out).unwrap_or(0);
        (made, Flow::More)
    }

    fn finish(&mut self, _input: &mut Input) -> Result<(), Trouble> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stored), Some(real)) if stored != real => {
                Err(Trouble::new(Code::ChecksumMismatch, format!("checksum {stored:08x} (zstd frame)"), format!("{real:08x}")))
            }
            _ => Ok(()),
        }
    }
}

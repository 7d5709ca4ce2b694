//! Gzip files: members of a header, a deflate stream and a checksum, any number of them.
//! Source: RFC 1952.

use super::deflate::inflate;
use super::streams::{Flow, Framing};
use crate::archive::input::{AHEAD, Input};
use crate::archive::trouble::Trouble;
use flate2::{Crc, Decompress};
use model::Code;
use std::cell::RefCell;
use std::rc::Rc;

/// A gzip file: any number of members, each with its own header and checksum.
pub(super) struct Gzip {
    inflate: Decompress,
    crc: Crc,
    made: u64,
    header: Rc<RefCell<Option<GzipHeader>>>,
}

/// What the header of a gzip file says of the file that was compressed.
#[derive(Clone, Debug, Default)]
pub(in crate::archive) struct GzipHeader {
    /// Seconds since 1970; None where unset.
    pub modified: Option<i64>,
    pub name: Option<Vec<u8>>,
}

impl Gzip {
    pub fn new(header: Rc<RefCell<Option<GzipHeader>>>) -> Self {
        Self { inflate: Decompress::new(false), crc: Crc::new(), made: 0, header }
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
        let Some(&[_, _, _, flags, a, b, c, d, _, _]) = head.first_chunk::<10>() else {
            return Err(input.shortage("a gzip header"));
        };
        input.consume(10);
        let modified = Some(i64::from(u32::from_le_bytes([a, b, c, d]))).filter(|t| *t != 0);
        let mut facts = GzipHeader { modified, name: None };
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
        if flags & 8 != 0 {
            facts.name = Some(text(input)?);
        }
        if flags & 16 != 0 {
            text(input)?;
        }
        if flags & 2 != 0 {
            input.look(2);
            input.consume(2);
        }
        self.header.borrow_mut().get_or_insert(facts);
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

/// A name or comment of the header: bytes up to a NUL.
fn text(input: &mut Input) -> Result<Vec<u8>, Trouble> {
    // Most are short: one look that asks for little first.
    for n in [1usize << 10, AHEAD] {
        let data = input.look(n);
        if let Some(end) = memchr::memchr(0, data) {
            let out = data.get(..end).unwrap_or_default().to_vec();
            input.consume(end.saturating_add(1));
            return Ok(out);
        }
    }
    match input.look(AHEAD).len() {
        AHEAD => Err(Trouble::damaged("the end of a name in a gzip header", "none within 64 KiB")),
        _ => Err(input.shortage("the end of a name in a gzip header")),
    }
}

//! The bytes of a member on their way to the visitor, chunk by chunk.

use super::Member;
use super::body::{Body, fill};
use super::format::Format;
use super::member::Walk;
use super::trouble::Trouble;
use flate2::Crc;
use model::Stop;
use std::io::Read;

/// Bytes handed to the visitor at a time: small enough to stay in a processor's cache while they
/// are checked and hashed.
const CHUNK: usize = 256 << 10;

/// The first bytes of a member, and what they say it is.
#[derive(Default)]
pub(super) struct Look {
    /// Bytes at hand.
    pub n: usize,
    /// Bytes asked for: fewer mean that the member ended.
    pub room: usize,
    pub broke: Option<Trouble>,
    pub format: Option<Format>,
}

impl Look {
    /// Goes on reading up to `room` bytes, unless the member ended or broke off.
    pub fn fill_on(&mut self, reader: &mut dyn Read, chunk: &mut [u8], room: usize) {
        if self.broke.is_some() || self.n < self.room || room <= self.room {
            return;
        }
        let (more, broke) = fill(reader, chunk.get_mut(self.n..room).unwrap_or_default());
        self.n = self.n.saturating_add(more);
        self.room = room;
        self.broke = broke;
    }
}

/// What a member's bytes are read for.
pub(super) struct Aim {
    pub wanted: bool,
    /// A nested archive to be held.
    pub copy: Option<Vec<u8>>,
    /// Stored and running CRC-32.
    pub crc: Option<(u32, Crc)>,
}

/// What became of them.
pub(super) struct Passed {
    pub read: u64,
    pub lost: bool,
    /// Nobody wanted the rest.
    pub left_alone: bool,
    pub broke: Option<Trouble>,
    pub copy: Option<Vec<u8>>,
    pub crc: Option<(u32, Crc)>,
}

impl Walk<'_> {
    /// Gives the bytes at hand and the rest of the member.
    pub fn pass(
        &mut self,
        member: &Member,
        reader: &mut dyn Read,
        chunk: &mut [u8],
        mut look: Look,
        aim: Aim,
    ) -> Result<Passed, Stop> {
        let Aim { wanted, copy, crc } = aim;
        let mut out = Passed { read: 0, lost: false, left_alone: false, broke: None, copy, crc };
        if wanted || out.copy.is_some() {
            look.fill_on(reader, chunk, CHUNK);
        }
        let Look { mut n, mut room, mut broke, .. } = look;
        loop {
            let part = chunk.get(..n).unwrap_or_default();
            out.read = out.read.saturating_add(n as u64);
            if wanted && !part.is_empty() {
                if let Some((_, crc)) = &mut out.crc {
                    crc.update(part);
                }
                self.visit.bytes(part)?;
            }
            self.hold(&mut out, part);
            self.given = self.given.saturating_add(n as u64);
            if self.given > self.limits.bytes {
                out.lost = true;
                self.stop_at(member.ordinal, &member.name, format!("at most {} bytes in all", self.limits.bytes))?;
                break;
            }
            if n < room || broke.is_some() {
                break;
            }
            if !wanted && out.copy.is_none() {
                out.left_alone = true;
                break;
            }
            room = CHUNK;
            (n, broke) = fill(reader, chunk.get_mut(..room).unwrap_or_default());
        }
        out.broke = broke;
        Ok(out)
    }

    /// Adds to the copy held, or gives it up where it grows too large.
    fn hold(&mut self, out: &mut Passed, part: &[u8]) {
        let Some(copy) = &mut out.copy else { return };
        self.held = self.held.saturating_add(part.len() as u64);
        if self.held <= self.limits.nested_in_memory {
            copy.extend_from_slice(part);
        } else {
            self.held = self.held.saturating_sub(out.read);
            out.copy = None;
        }
    }

    /// Room for a nested archive that is cheaper to hold than to decode again, or must be held.
    pub fn copy_for(&self, format: Option<Format>, body: &Body, declared: Option<u64>) -> Option<Vec<u8>> {
        let room = self.limits.nested_in_memory.saturating_sub(self.held);
        match (format, body) {
            (None, _) | (_, Body::Plain(_)) => None,
            (Some(Format::Zip), Body::Stream { .. }) => declared.is_none_or(|d| d <= room).then(Vec::new),
            (Some(Format::Tar | Format::Compressed(_)), Body::Stream { cost, .. }) => {
                (*cost > 0 && declared.is_none_or(|d| d <= room)).then(Vec::new)
            }
        }
    }
}

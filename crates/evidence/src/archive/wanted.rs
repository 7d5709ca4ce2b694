//! The bytes of one member again, by its ordinal.

use super::body::{Body, SourceReader, drop_bytes, fill};
use super::member::Walk;
use super::{Limits, Member, Visit};
use crate::Note;
use model::Stop;
use std::io::Read;

/// Bytes wanted of one member, instead of a walk.
pub(super) struct Wanted {
    pub ordinal: u32,
    pub offset: u64,
    pub length: usize,
    pub out: Vec<u8>,
    /// The member was reached.
    pub met: bool,
}

/// Runs a walk up to the member `ordinal` and takes its bytes.
pub(super) fn read(
    ordinal: u32,
    offset: u64,
    length: usize,
    limits: &Limits,
    go: impl FnOnce(&mut Walk<'_>) -> Result<(), Stop>,
) -> Result<Vec<u8>, Stop> {
    let mut nobody = Nobody;
    let mut walk = Walk::new(*limits, &mut nobody);
    walk.start_after = ordinal;
    walk.wanted = Some(Wanted { ordinal, offset, length, out: Vec::new(), met: false });
    let result = go(&mut walk);
    match (walk.wanted, result) {
        (Some(w), _) if w.met => Ok(w.out),
        (_, Err(e)) => Err(e),
        _ => Err(Stop::Io(std::io::Error::new(std::io::ErrorKind::NotFound, format!("no member {ordinal}")))),
    }
}

/// Takes nothing: nothing is announced to it.
struct Nobody;

impl Visit for Nobody {
    fn begin(&mut self, _member: &Member) -> Result<bool, Stop> {
        Ok(false)
    }
    fn bytes(&mut self, _chunk: &[u8]) -> Result<(), Stop> {
        Ok(())
    }
    fn end(&mut self, _member: &Member, _complete: bool) -> Result<(), Stop> {
        Ok(())
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

impl Walk<'_> {
    /// Gives the wanted window of the member at hand, then ends the walk.
    pub fn give_wanted(&mut self, reader: &mut dyn Read, body: &Body) -> Result<(), Stop> {
        let Some(mut w) = self.wanted.take() else { return Ok(()) };
        let mut direct;
        w.met = true;
        let reader = match body {
            Body::Plain(source) => {
                direct = SourceReader::new(source.clone(), w.offset);
                &mut direct as &mut dyn Read
            }
            Body::Stream { .. } => {
                drop_bytes(reader, w.offset, &mut self.chunk);
                reader
            }
        };
        while w.out.len() < w.length {
            let want = w.length.saturating_sub(w.out.len()).min(self.chunk.len());
            let part = self.chunk.get_mut(..want).unwrap_or_default();
            let (n, broke) = fill(reader, part);
            w.out.extend_from_slice(part.get(..n).unwrap_or_default());
            if n < want || broke.is_some() {
                break;
            }
        }
        self.wanted = Some(w);
        Err(Stop::Cancelled)
    }
}

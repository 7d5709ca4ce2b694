use super::run_map::RunMap;
use model::{ByteSource, SharedSource, Stream, read_full};
use std::io;

/// The content of an uncompressed, unencrypted stream: its runs in order, holes as zeros. Where a run
/// reaches past the end of the volume's bytes, as in a truncated image, reads end there.
pub struct RunSource {
    volume: SharedSource,
    map: RunMap,
    size: u64,
    initialized: u64,
}

impl RunSource {
    pub fn new(volume: SharedSource, stream: &Stream) -> Self {
        let initialized = stream.initialized.min(stream.size);
        Self { volume, map: RunMap::new(&stream.runs), size: stream.size, initialized }
    }
}

impl ByteSource for RunSource {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = left.min(buf.len());
        let Some(buf) = buf.get_mut(..want).filter(|b| !b.is_empty()) else { return Ok(0) };
        // Past the last run the record claims more than it maps.
        let (Some((place, mapped)), true) = (self.map.at(offset), offset < self.initialized) else {
            buf.fill(0);
            return Ok(want);
        };
        let end = mapped.min(self.initialized.saturating_sub(offset));
        let n = want.min(usize::try_from(end).unwrap_or(usize::MAX));
        let Some(part) = buf.get_mut(..n) else { return Ok(0) };
        match place {
            Some(at) => read_full(&self.volume, at, part),
            None => {
                part.fill(0);
                Ok(n)
            }
        }
    }

    fn data_from(&self, offset: u64) -> u64 {
        self.map.data_from(offset).filter(|at| *at < self.initialized).unwrap_or_else(|| self.size.max(offset))
    }
}

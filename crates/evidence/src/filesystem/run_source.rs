use model::{ByteSource, Run, SharedSource, Stream, read_full};
use std::io;

/// The content of an uncompressed, unencrypted stream: its runs in order, holes as zeros.
pub struct RunSource {
    volume: SharedSource,
    /// (offset in the stream, run), sorted.
    runs: Vec<(u64, Run)>,
    size: u64,
    initialized: u64,
}

impl RunSource {
    pub fn new(volume: SharedSource, stream: &Stream) -> Self {
        let mut at = 0u64;
        let runs = stream
            .runs
            .iter()
            .map(|run| {
                let start = at;
                at = at.saturating_add(run.length);
                (start, *run)
            })
            .collect();
        Self { volume, runs, size: stream.size, initialized: stream.initialized.min(stream.size) }
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
        if offset >= self.initialized {
            buf.fill(0);
            return Ok(want);
        }
        let index = self.runs.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let Some((start, run)) = self.runs.get(index) else {
            buf.fill(0);
            return Ok(want);
        };
        let within = offset.saturating_sub(*start);
        let end = run.length.saturating_sub(within).min(self.initialized.saturating_sub(offset));
        if end == 0 {
            // Past the last run: the record claims more than it maps.
            buf.fill(0);
            return Ok(want);
        }
        let n = want.min(usize::try_from(end).unwrap_or(usize::MAX));
        let Some(part) = buf.get_mut(..n) else { return Ok(0) };
        part.fill(0);
        if let Some(at) = run.offset.and_then(|o| o.checked_add(within)) {
            read_full(&self.volume, at, part)?;
        }
        Ok(n)
    }
}

use super::super::RunSource;
use super::super::run_map::RunMap;
use super::collect::Found;
use super::lznt1;
use model::{ByteSource, FieldError, MemorySource, SharedSource, Stop, Stream};
use std::io;
use std::sync::{Arc, Mutex};

/// Larger compression units are not read; Windows writes 64 KiB.
const MAX_UNIT: u64 = 4 << 20;

/// The content of a stream that is neither compressed nor encrypted.
pub(super) fn plain(volume: &SharedSource, found: &Found) -> io::Result<SharedSource> {
    match &found.resident {
        Some(bytes) => Ok(Arc::new(MemorySource(bytes.clone()))),
        None if found.stream.flags.compressed || found.stream.flags.encrypted => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "a compressed or encrypted system stream"))
        }
        None => Ok(Arc::new(RunSource::new(volume.clone(), &found.stream))),
    }
}

/// The content of a compressed stream, unit by unit.
pub(super) struct CompressedSource {
    /// The stream's clusters as they lie on the volume.
    stored: RunSource,
    map: RunMap,
    size: u64,
    initialized: u64,
    unit: u64,
    /// The last unit read, decompressed.
    last: Mutex<Option<(u64, Arc<Vec<u8>>)>>,
}

impl CompressedSource {
    pub fn new(volume: SharedSource, stream: &Stream, unit: u64) -> Result<Self, Stop> {
        if unit == 0 || unit > MAX_UNIT {
            return Err(Stop::Damaged(FieldError {
                field: "compression unit",
                at: 0,
                expected: format!("at most {MAX_UNIT} bytes"),
                found: unit.to_string(),
            }));
        }
        let map = RunMap::new(&stream.runs);
        // Compressed bytes fill their clusters, whatever the logical size.
        let whole = Stream { size: map.end(), initialized: map.end(), ..stream.clone() };
        let stored = RunSource::new(volume, &whole);
        let initialized = stream.initialized.min(stream.size);
        Ok(Self { stored, map, size: stream.size, initialized, unit, last: Mutex::new(None) })
    }

    /// A unit's bytes; fewer where the volume ends within it.
    fn unit_at(&self, start: u64) -> io::Result<Arc<Vec<u8>>> {
        if let Ok(last) = self.last.lock()
            && let Some((at, bytes)) = last.as_ref()
            && *at == start
        {
            return Ok(bytes.clone());
        }
        let length = usize::try_from(self.unit).unwrap_or(0);
        let mut bytes = vec![0; length];
        let stored = self.map.mapped_from(start, self.unit);
        if stored == self.unit {
            let there = model::read_full(&self.stored, start, &mut bytes)?;
            bytes.truncate(there);
        } else if stored > 0 {
            let packed = model::read_vec(&self.stored, start, usize::try_from(stored).unwrap_or(0))?;
            if (packed.len() as u64) < stored {
                bytes.clear();
            } else if !lznt1::decompress(&packed, &mut bytes) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("LZNT1 data of the unit at {start} is damaged")));
            }
        }
        let bytes = Arc::new(bytes);
        if let Ok(mut last) = self.last.lock() {
            *last = Some((start, bytes.clone()));
        }
        Ok(bytes)
    }
}

impl ByteSource for CompressedSource {
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
        let start = offset.checked_div(self.unit).unwrap_or(0).saturating_mul(self.unit);
        let bytes = self.unit_at(start)?;
        let within = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
        let valid = usize::try_from(self.initialized.saturating_sub(offset)).unwrap_or(usize::MAX);
        let there = bytes.get(within..).unwrap_or_default();
        let n = there.len().min(want).min(valid);
        match (buf.get_mut(..n), there.get(..n)) {
            (Some(to), Some(from)) => to.copy_from_slice(from),
            _ => return Ok(0),
        }
        Ok(n)
    }

    fn data_from(&self, offset: u64) -> u64 {
        // A hole behind packed bytes belongs to their unit.
        let start = offset.checked_div(self.unit).unwrap_or(0).saturating_mul(self.unit);
        let next = if self.map.mapped_from(start, 1) > 0 { Some(offset) } else { self.map.data_from(offset) };
        next.filter(|at| *at < self.initialized).unwrap_or_else(|| self.size.max(offset))
    }
}

//! The media as bytes: finds the chunk, decodes it, keeps the last ones decoded.

use super::chunk::{Decoder, Fault};
use super::geometry::Geometry;
use super::recover::stored_limit;
use super::table::{Body, Entries, Tables, load};
use crate::Note;
use crate::container::Damage;
use model::{ByteSource, Code, read_full};
use std::io;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Decoded bytes kept, and the least and most chunks that may be.
const CACHE_BYTES: u64 = 16 << 20;
const CACHE_CHUNKS: u64 = 256;
/// Tables whose entries are kept; at most 16 MiB each, 1 MiB in images of EnCase.
const CACHE_TABLES: usize = 8;
/// Idle decoders kept for reuse; each has an inflate state and a buffer.
const POOL: usize = 16;

/// Decodes outside of any lock, so that threads reading different chunks do not wait for each other.
pub struct ChunkSource {
    tables: Tables,
    length: u64,
    chunk: NonZeroU64,
    damage: Damage,
    chunks: Mutex<Recent<Arc<[u8]>>>,
    entries: Mutex<Recent<Arc<Entries>>>,
    pool: Mutex<Vec<Decoder>>,
}

impl ChunkSource {
    pub fn new(tables: Tables, geometry: Geometry, damage: Damage) -> Self {
        let chunk = NonZeroU64::new(geometry.chunk_bytes()).unwrap_or(NonZeroU64::MIN);
        let kept = usize::try_from((CACHE_BYTES / chunk).clamp(1, CACHE_CHUNKS)).unwrap_or(1);
        Self {
            tables,
            length: geometry.media_bytes(),
            chunk,
            damage,
            chunks: Mutex::new(Recent::new(kept)),
            entries: Mutex::new(Recent::new(CACHE_TABLES)),
            pool: Mutex::new(Vec::new()),
        }
    }

    fn entries(&self, index: usize) -> io::Result<Arc<Entries>> {
        let Some(table) = self.tables.list.get(index) else { return Ok(Arc::new(Entries { chunks: Vec::new() })) };
        let (primary, second) = match &table.body {
            Body::Recovered(entries) => return Ok(entries.clone()),
            Body::OnDisk { primary, second } => (primary, second),
        };
        let key = index as u64;
        if let Some(found) = lock(&self.entries).get(key) {
            return Ok(found);
        }
        let Some(segment) = self.tables.segments.get(table.segment) else { return Ok(Arc::new(Entries { chunks: Vec::new() })) };
        let (entries, note) = load(segment, primary, second.as_ref())?;
        if let Some(note) = note {
            let at = table.first.saturating_mul(self.chunk.get());
            let length = table.count.saturating_mul(self.chunk.get()).min(self.length.saturating_sub(at));
            self.damage.report_table(index, || note.at(at, length));
        }
        let entries = Arc::new(entries);
        lock(&self.entries).put(key, entries.clone());
        Ok(entries)
    }

    /// Decodes chunk `number` into `out`, which has exactly its length within the media.
    fn decode(&self, number: u64, out: &mut [u8]) -> io::Result<()> {
        let Some(index) = self.tables.find(number) else {
            // A hole; a note named it when the image was opened.
            out.fill(0);
            return Ok(());
        };
        let entries = self.entries(index)?;
        let Some(table) = self.tables.list.get(index) else { return Ok(()) };
        let Some(segment) = self.tables.segments.get(table.segment) else { return Ok(()) };
        let within = usize::try_from(number.saturating_sub(table.first)).unwrap_or(usize::MAX);
        let Some(place) = entries.place(within, &segment.sections, stored_limit(self.chunk.get())) else {
            out.fill(0);
            let fault = Fault { code: Code::Damaged, what: "its table has no entry that points into the file", good: 0 };
            self.report(number, out.len(), &segment.name, None, fault);
            return Ok(());
        };
        let mut decoder = lock(&self.pool).pop().unwrap_or_else(Decoder::new);
        decoder.stored.resize(usize::try_from(place.length).unwrap_or(0), 0);
        let n = read_full(&segment.file, place.offset, &mut decoder.stored)?;
        decoder.stored.truncate(n);
        let chunk = usize::try_from(self.chunk.get()).unwrap_or(usize::MAX);
        if let Err(fault) = decoder.decode(place.deflated, chunk, out) {
            self.report(number, out.len(), &segment.name, Some((place.offset, place.length)), fault);
        }
        let mut pool = lock(&self.pool);
        if pool.len() < POOL {
            pool.push(decoder);
        }
        Ok(())
    }

    fn report(&self, number: u64, length: usize, name: &[u8], place: Option<(u64, u64)>, fault: Fault) {
        self.damage.report(number, || {
            let lies = place.map_or_else(String::new, |(at, n)| format!(" (file offset {at}, {n} bytes)"));
            let lost = length.saturating_sub(fault.good);
            let rest =
                if lost > 0 { format!("{lost} of its {length} bytes read as zeros") } else { "its bytes were kept".to_owned() };
            let found = format!("{}{lies}; {rest}", fault.what);
            Note::new(fault.code, name, format!("chunk {number}, sound"), found)
                .at(number.saturating_mul(self.chunk.get()), length as u64)
        });
    }

    /// Serves as much of `buf` as lies in one chunk.
    fn read_chunk(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (number, within) = (offset / self.chunk, offset % self.chunk);
        let start = number.saturating_mul(self.chunk.get());
        let whole = usize::try_from(self.chunk.get().min(self.length.saturating_sub(start))).unwrap_or(usize::MAX);
        let within = usize::try_from(within).unwrap_or(usize::MAX);
        if within == 0
            && let Some(out) = buf.get_mut(..whole)
        {
            // A reader of whole chunks passes over the media once: nothing to keep.
            self.decode(number, out)?;
            return Ok(whole);
        }
        let found = lock(&self.chunks).get(number);
        let data = match found {
            Some(data) => data,
            None => {
                let mut fresh = vec![0u8; whole];
                self.decode(number, &mut fresh)?;
                let data: Arc<[u8]> = fresh.into();
                lock(&self.chunks).put(number, data.clone());
                data
            }
        };
        let from = data.get(within..).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

impl ByteSource for ChunkSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0usize;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            let at = offset.saturating_add(done as u64);
            if at >= self.length {
                break;
            }
            match self.read_chunk(at, rest) {
                Ok(0) => break,
                Ok(n) => done = done.saturating_add(n),
                Err(_) if done > 0 => break,
                Err(e) => return Err(e),
            }
        }
        Ok(done)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The values used last, few enough to be searched one by one.
struct Recent<T> {
    /// (key, time of last use, value).
    items: Vec<(u64, u64, T)>,
    clock: u64,
    capacity: usize,
}

impl<T: Clone> Recent<T> {
    fn new(capacity: usize) -> Self {
        Self { items: Vec::new(), clock: 0, capacity }
    }
    fn get(&mut self, key: u64) -> Option<T> {
        self.clock = self.clock.saturating_add(1);
        let clock = self.clock;
        self.items.iter_mut().find(|(k, _, _)| *k == key).map(|(_, used, value)| {
            *used = clock;
            value.clone()
        })
    }
    fn put(&mut self, key: u64, value: T) {
        self.clock = self.clock.saturating_add(1);
        let item = (key, self.clock, value);
        if self.items.len() < self.capacity {
            self.items.push(item);
        } else if let Some(oldest) = self.items.iter_mut().min_by_key(|(_, used, _)| *used) {
            *oldest = item;
        }
    }
}

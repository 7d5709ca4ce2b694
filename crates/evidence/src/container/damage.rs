use crate::Note;
use model::Code;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Damage met while media bytes are read, after the container was opened: a chunk that does not
/// decompress, a checksum that fails. The bytes read as they could be recovered, the rest as zeros.
///
/// A handle: clones share the record. Which notes it holds depends on which chunks were read, not
/// on the order or the threads; after a pass over the whole media it is complete.
#[derive(Clone, Default)]
pub struct Damage {
    inner: Arc<Mutex<Record>>,
}

#[derive(Default)]
struct Record {
    /// The lowest `KEPT` damaged chunks.
    notes: BTreeMap<u64, Note>,
    /// One bit a damaged chunk, by number / 64, so that a chunk read twice counts once.
    seen: BTreeMap<u64, u64>,
    count: u64,
    /// Tables of chunks that failed their checksums, by position: at most `KEPT`.
    tables: BTreeMap<usize, Note>,
}

/// Notes kept in full; further ones are counted.
const KEPT: usize = 1000;

impl Damage {
    /// Records that `chunk` is damaged; `note` is made only the first time.
    pub(super) fn report(&self, chunk: u64, note: impl FnOnce() -> Note) {
        let mut record = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let bit = 1u64 << (chunk % 64);
        let bits = record.seen.entry(chunk / 64).or_default();
        if *bits & bit != 0 {
            return;
        }
        *bits |= bit;
        record.count = record.count.saturating_add(1);
        record.notes.insert(chunk, note());
        if record.notes.len() > KEPT {
            record.notes.pop_last();
        }
    }

    /// Records that a whole table of chunks is damaged.
    pub(super) fn report_table(&self, index: usize, note: impl FnOnce() -> Note) {
        let mut record = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        record.tables.entry(index).or_insert_with(note);
        if record.tables.len() > KEPT {
            record.tables.pop_last();
        }
    }

    /// What was met so far: tables first, then chunks, both in media order; past the first thousand one note counts the rest.
    pub fn notes(&self) -> Vec<Note> {
        let record = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out: Vec<Note> = record.tables.values().chain(record.notes.values()).cloned().collect();
        let rest = record.count.saturating_sub(record.notes.len() as u64);
        if rest > 0 {
            let mut note = Note::new(Code::Damaged, "chunk", "readable chunks", "further damaged chunks, counted only");
            note.count = rest;
            out.push(note);
        }
        out
    }

    pub fn is_empty(&self) -> bool {
        let record = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        record.count == 0 && record.tables.is_empty()
    }
}

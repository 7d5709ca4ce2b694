//! Rows of a table of an import, read on a thread of their own: canonical bytes and both leaves.

use super::records::Place;
use crate::columns::{Cells, Dictionaries, join_id, read_back, split_id};
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{RowHasher, TreeHead};
use model::{Batch, EventHeader, RowView, Table};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

/// Rows that cross the threads together.
const CHUNK: usize = 4096;
/// Bytes of rows after which a chunk is full too: a file of many pieces takes a row of a megabyte.
const CHUNK_BYTES: usize = 4 << 20;
/// Chunks under way.
const AHEAD: usize = 4;

/// In which order rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they were imported.
    Row,
    /// By time, then as imported; SQLite sorts, on disk where they are many.
    Time,
}

/// Which rows.
#[derive(Clone, Debug)]
pub enum Which {
    All,
    /// Events from one time, inclusive, to another, exclusive.
    Between(i64, i64),
    /// One bit a row.
    Bits(std::sync::Arc<Vec<u64>>),
}

impl Which {
    fn holds(&self, number: u64) -> bool {
        let Self::Bits(bits) = self else { return true };
        let word = usize::try_from(number / 64).ok().and_then(|i| bits.get(i));
        word.is_some_and(|w| w >> (number % 64) & 1 == 1)
    }
}

pub struct Scan<'a> {
    pub case: &'a Path,
    pub table: Table,
    pub hasher: &'a RowHasher,
    /// Rows of the table, as its sealing entry says.
    pub rows: u64,
    pub which: Which,
    pub order: Order,
}

/// Rows with what they hash to.
struct Chunk {
    batch: Batch,
    places: Vec<Place>,
    /// Rows of the table read so far, taken or not.
    seen: u64,
}

impl Scan<'_> {
    /// Gives each row to `take`, in order; `watch` gets the rows read and stops by answering false. The head of
    /// the tree over the rows' leaves, where all were read in the order they were imported.
    pub fn run(
        &self,
        take: &mut dyn FnMut(Place, &RowView<'_>) -> Result<()>,
        watch: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<TreeHead>> {
        let mut tree = ledger::Frontier::new();
        let whole = self.order == Order::Row && matches!(self.which, Which::All);
        std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Result<Chunk>>(AHEAD);
            let reader = scope.spawn(move || {
                let end = self.read(&mut |chunk| send.send(Ok(chunk)).is_ok());
                // Nobody listens any more where the other side gave up.
                if let Err(e) = end {
                    let _ = send.send(Err(e));
                }
            });
            let taken = take_all(&receive, take, watch, &mut |place| {
                if whole {
                    tree.push(place.leaves.row, |_, _, _| {});
                }
            });
            drop(receive);
            reader.join().map_err(|_| CaseError::Ledger("reading rows failed".into()))?;
            taken
        })?;
        Ok(whole.then(|| tree.head()))
    }

    fn read(&self, send: &mut dyn FnMut(Chunk) -> bool) -> Result<()> {
        let store = Store::read(self.case)?;
        let import = self.hasher.import();
        let order = match self.order {
            Order::Row => "id",
            Order::Time => "at, id",
        };
        // Not by an index over the times of all imports: it would lead to rows all over the file.
        let sql = format!("SELECT * FROM {} NOT INDEXED WHERE id BETWEEN ?1 AND ?2 ORDER BY {order}", self.table.name());
        let mut q = store.db.prepare(&sql)?;
        let mut rows = q.query((join_id(import, 0), join_id(import, self.rows.max(1) - 1)))?;
        let mut known = Dictionaries::default();
        let new = || Chunk { batch: Batch::new(self.table), places: Vec::with_capacity(CHUNK), seen: 0 };
        let (mut chunk, mut seen) = (new(), 0u64);
        let mut one = Batch::new(self.table);
        while self.rows > 0
            && let Some(row) = rows.next()?
        {
            let (_, number) = split_id(row.get(0)?);
            seen += 1;
            if self.which.holds(number) {
                one.clear();
                read_back(&store.db, &mut known, &Cells::of(self.table, row)?, &mut one)?;
                let wrong = |e: &dyn std::fmt::Display| CaseError::Ledger(format!("row {number}: {e}"));
                let view = one.iter().next().ok_or_else(|| wrong(&"empty"))?.map_err(|e| wrong(&e))?;
                if self.in_time(&view).map_err(|e| wrong(&e))? {
                    let leaves = self.hasher.leaves_encoded(number, view.header, view.encoded_fields);
                    let leaves = leaves.map_err(|e| wrong(&e))?;
                    chunk.batch.buffer.extend_from_slice(&one.buffer);
                    chunk.batch.rows += 1;
                    chunk.places.push(Place { import, row: number, leaves });
                }
            }
            let full = chunk.places.len() == CHUNK || chunk.batch.buffer.len() >= CHUNK_BYTES;
            if full || seen.is_multiple_of(1 << 18) {
                chunk.seen = seen;
                if !send(std::mem::replace(&mut chunk, new())) {
                    return Ok(());
                }
            }
        }
        chunk.seen = seen;
        send(chunk);
        Ok(())
    }

    fn in_time(&self, row: &RowView<'_>) -> std::result::Result<bool, model::FieldError> {
        let Which::Between(from, to) = self.which else { return Ok(true) };
        let at = EventHeader::decode(row.header)?.at;
        Ok(at.is_some_and(|m| (from..to).contains(&m.micros)))
    }
}

fn take_all(
    receive: &Receiver<Result<Chunk>>,
    take: &mut dyn FnMut(Place, &RowView<'_>) -> Result<()>,
    watch: &mut dyn FnMut(u64) -> bool,
    note: &mut dyn FnMut(&Place),
) -> Result<()> {
    for chunk in receive {
        let chunk = chunk?;
        for (row, place) in chunk.batch.iter().zip(&chunk.places) {
            note(place);
            take(*place, &row.map_err(|e| CaseError::Ledger(e.to_string()))?)?;
        }
        if !watch(chunk.seen) {
            return Err(CaseError::Cancelled);
        }
    }
    Ok(())
}

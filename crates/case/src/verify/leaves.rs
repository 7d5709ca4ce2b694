//! Rows read back from their columns and hashed again, on several threads.

use crate::columns::{Cells, Dictionaries, RowError, at, join_id, read_back, split_id};
use crate::error::Result;
use crate::postings::Keys;
use crate::store::Store;
use crate::tally::Held;
use crate::words::text_or_blob;
use ledger::{EncodedRow, Hash, Leaves, RowHasher, Tile, TreeBuilder, TreeHead, Work};
use model::{Batch, Table};
use rusqlite::types::ValueRef;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::sync_channel;

/// Rows that one thread reads and hands on.
const CHUNK: u64 = 8192;
/// Chunks that each thread may be ahead.
const AHEAD: usize = 2;
/// Rows read before they are hashed together.
const TOGETHER: usize = 256;
/// Most faults kept of one table; the trees name further places.
const MOST_FAULTS: usize = 1000;

/// One connection for each thread.
pub struct Readers(Vec<Reader>);

struct Reader {
    store: Store,
    words: Dictionaries,
    work: Work,
}

/// A row that is missing or not as an import writes it; found before any hash is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    pub rows: Range<u64>,
    pub why: String,
}

/// What a table of an import hashes to now.
pub struct Rehashed {
    pub rows: TreeHead,
    pub content: TreeHead,
    /// All tiles of either tree, full and unfinished.
    pub tiles: Vec<Tile>,
    pub content_tiles: Vec<Tile>,
    /// Root over the rows after the last full run of 256; None where there are none.
    pub tail: Option<Hash>,
    pub faults: Vec<RowFault>,
}

impl Readers {
    pub fn open(case: &Path, threads: usize) -> Result<Self> {
        let open = |_| Ok(Reader { store: Store::read(case)?, words: Dictionaries::default(), work: Work::default() });
        (0..threads.clamp(1, 64)).map(open).collect::<Result<_>>().map(Self)
    }

    /// Hashes rows 0 to `rows` of a table; a missing row counts as a hash of zeros. `progress`
    /// gets the rows done and stops by answering false, which gives None; `take` gets the events, in order.
    pub fn rehash(
        &mut self,
        table: Table,
        hasher: &RowHasher,
        rows: u64,
        progress: &mut dyn FnMut(u64) -> bool,
        take: &mut dyn FnMut(Events),
    ) -> Option<Rehashed> {
        let (mut tree, mut content, mut tail) = (TreeBuilder::new(), TreeBuilder::new(), ledger::Frontier::new());
        let (mut tiles, mut content_tiles, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        let whole_runs = rows & !255;
        let whole = std::thread::scope(|scope| {
            // Reader i of n reads chunks i, i + n, i + 2n ..., so that they come back in order.
            let readers = self.0.len() as u64;
            let chunks = move |first: u64| (first..rows.div_ceil(CHUNK)).step_by(readers as usize);
            let receivers: Vec<_> = (0..)
                .zip(&mut self.0)
                .map(|(first, reader)| {
                    let (send, receive) = sync_channel(AHEAD);
                    scope.spawn(move || {
                        for range in chunks(first).map(|n| chunk_range(n, rows)) {
                            // Nobody receives any more once the work was cancelled.
                            if send.send(reader.chunk(table, hasher, range)).is_err() {
                                break;
                            }
                        }
                    });
                    receive
                })
                .collect();
            for (n, receive) in (0..rows.div_ceil(CHUNK)).zip(receivers.iter().cycle()) {
                let range = chunk_range(n, rows);
                // A reader that failed sends nothing more.
                let chunk = receive.recv().unwrap_or_else(|_| Chunk::lost(&range));
                let leaves: Vec<Hash> = chunk.leaves.iter().map(|l| l.row).collect();
                let before_tail = whole_runs.saturating_sub(tree.size()).min(leaves.len() as u64);
                tail.push_all(leaves[before_tail as usize..].to_vec(), |_, _, _| {});
                tree.push_all(leaves, &mut tiles);
                content.push_all(chunk.leaves.iter().map(|l| l.content).collect(), &mut content_tiles);
                faults.extend(chunk.faults);
                faults.truncate(MOST_FAULTS);
                if table == Table::Event {
                    take(chunk.events);
                }
                if !progress(range.end) {
                    return false;
                }
            }
            true
        });
        if !whole {
            return None;
        }
        tiles.extend(tree.open_tiles().cloned());
        content_tiles.extend(content.open_tiles().cloned());
        let tail = (tail.size() > 0).then(|| tail.root());
        Some(Rehashed { rows: tree.head(), content: content.head(), tiles, content_tiles, tail, faults })
    }
}

fn chunk_range(n: u64, rows: u64) -> Range<u64> {
    n * CHUNK..rows.min((n + 1) * CHUNK)
}

const NO_LEAVES: Leaves = Leaves { row: [0; 32], content: [0; 32] };

struct Chunk {
    leaves: Vec<Leaves>,
    faults: Vec<RowFault>,
    events: Events,
}

/// Events as they were read, for what follows from them.
#[derive(Default)]
pub struct Events {
    /// Ids and keys.
    pub keys: Vec<(i64, Keys)>,
    pub counted: Held,
}

impl Chunk {
    fn lost(range: &Range<u64>) -> Self {
        let why = "reading them failed".to_owned();
        let mut chunk =
            Self { leaves: Vec::new(), faults: vec![RowFault { rows: range.clone(), why }], events: Events::default() };
        chunk.fill(range.end - range.start);
        chunk
    }
    /// Stands in for rows that are not there, up to `rows` in all.
    fn fill(&mut self, rows: u64) {
        self.leaves.resize(usize::try_from(rows).unwrap_or(0).max(self.leaves.len()), NO_LEAVES);
    }
}

impl Reader {
    fn chunk(&mut self, table: Table, hasher: &RowHasher, range: Range<u64>) -> Chunk {
        let leaves = Vec::with_capacity((range.end - range.start) as usize);
        let mut chunk = Chunk { leaves, faults: Vec::new(), events: Events::default() };
        if let Err(e) = self.rows(table, hasher, &range, &mut chunk) {
            // A read error is never the end of a table.
            let from = range.start + chunk.leaves.len() as u64;
            chunk.faults.push(RowFault { rows: from..range.end, why: format!("they can not be read: {e}") });
        }
        chunk.fill(range.end - range.start);
        chunk
    }

    fn rows(&mut self, table: Table, hasher: &RowHasher, range: &Range<u64>, out: &mut Chunk) -> rusqlite::Result<()> {
        let import = hasher.import();
        let sql = format!("SELECT * FROM {} WHERE id BETWEEN ?1 AND ?2 ORDER BY id", table.name());
        let Self { store, words, work } = self;
        let mut q = store.db.prepare_cached(&sql)?;
        let mut found = q.query((join_id(import, range.start), join_id(import, range.end.saturating_sub(1))))?;
        // Rows read and not yet hashed, with their places among the leaves.
        let mut batch = Batch::new(table);
        let mut places: Vec<(usize, u64)> = Vec::new();
        while let Some(row) = found.next()? {
            let row = Cells::of(table, row)?;
            let (_, number) = split_id(row.id);
            let here = range.start + out.leaves.len() as u64;
            if number > here {
                out.faults.push(RowFault { rows: here..number, why: "missing".into() });
                out.fill(number - range.start);
            }
            if let Err(why) = form(&row) {
                out.faults.push(RowFault { rows: number..number + 1, why });
            }
            let mut held = read_back(&store.db, words, &row, &mut batch);
            if table == Table::Event {
                out.events.keys.push(Keys::of_row(&row));
                held = held.and_then(|()| hold(store, words, &row, &mut out.events.counted));
            }
            let held = held.map_err(|e| e.to_string());
            match held {
                Ok(()) => places.push((out.leaves.len(), number)),
                Err(why) => out.faults.push(RowFault { rows: number..number + 1, why }),
            }
            out.leaves.push(NO_LEAVES);
            if places.len() == TOGETHER {
                hash(hasher, work, &mut batch, &mut places, out);
            }
        }
        hash(hasher, work, &mut batch, &mut places, out);
        let here = range.start + out.leaves.len() as u64;
        if here < range.end {
            out.faults.push(RowFault { rows: here..range.end, why: "missing".into() });
        }
        Ok(())
    }
}

/// Keeps an event to be counted again.
fn hold(store: &Store, words: &mut Dictionaries, row: &Cells<'_>, counted: &mut Held) -> Result<(), RowError> {
    let shape = words.shapes.get(&store.db, &mut words.words, row.integer(at!(EVENT, "shape"))?)?;
    counted.push(row, shape.parser, shape.form)
}

/// Hashes the rows of the batch into their places and empties it.
fn hash(hasher: &RowHasher, work: &mut Work, batch: &mut Batch, places: &mut Vec<(usize, u64)>, out: &mut Chunk) {
    let mut hashed = Vec::with_capacity(places.len());
    let rows: Result<Vec<_>, _> = batch
        .iter()
        .zip(places.iter())
        .map(|(row, (_, number))| row.map(|r| EncodedRow { row: *number, header: r.header, fields: r.encoded_fields }))
        .collect();
    let done = match rows {
        Ok(rows) => hasher.leaves_of(&rows, work, &mut hashed).map_err(|e| e.to_string()),
        Err(e) => Err(e.to_string()),
    };
    for (n, (place, number)) in places.drain(..).enumerate() {
        match (hashed.get(n), out.leaves.get_mut(place)) {
            (Some(leaves), Some(slot)) => *slot = *leaves,
            _ => {
                let why = done.as_ref().err().map_or("it is empty", String::as_str).to_owned();
                out.faults.push(RowFault { rows: number..number + 1, why });
            }
        }
    }
    batch.clear();
}

/// The same bytes as text and as a blob hash alike but compare otherwise, so that a filter would
/// miss the row: only the form that an import writes is right.
fn form(row: &Cells<'_>) -> Result<(), String> {
    for (name, value) in row.named() {
        if !is_form_of_import(value) && !matches!(name, "spans" | "sha256" | "blocks_root") {
            return Err(format!("column {name} holds its bytes in another form than an import writes"));
        }
    }
    Ok(())
}

/// Whether a text or blob is stored as `text_or_blob` stores its bytes; other values always are.
pub fn is_form_of_import(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Text(bytes) => matches!(text_or_blob(bytes), ValueRef::Text(_)),
        ValueRef::Blob(bytes) => matches!(text_or_blob(bytes), ValueRef::Blob(_)),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => true,
    }
}

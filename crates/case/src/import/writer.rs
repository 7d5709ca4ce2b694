//! The one writer: puts jobs back in order, writes rows, grows the trees, commits what can be
//! resumed from.

use super::job::{Counters, Done, HashedRows, Mark};
use super::pool::Pool;
use crate::columns::{RowWriter, join_id};
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::tally::Tally;
use crate::tiles::Trees;
use crate::words::TextOrBlob;
use crate::worker::protocol::{Digests, SourceBegin, SourceEnd};
use model::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

const COMMIT_ROWS: u64 = 100_000;
const COMMIT_TIME: Duration = Duration::from_secs(2);

/// Where an import that was interrupted goes on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Position {
    pub task: u32,
    /// Counters when that task began.
    pub start: Counters,
    pub next_source: u32,
    pub next_task: u32,
    /// Rows in the case.
    pub committed: Counters,
}

/// What the progress display reads.
#[derive(Default)]
pub struct Written {
    pub files: AtomicU64,
    pub events: AtomicU64,
    pub findings: AtomicU64,
}

pub struct Writer<'a> {
    store: &'a Store,
    import: u32,
    row_writer: RowWriter<'a>,
    pub position: Position,
    /// By `Table as usize`.
    pub trees: [Trees; 4],
    pending: BTreeMap<u64, Done>,
    next: u64,
    written: &'a Written,
    resumed: bool,
}

impl<'a> Writer<'a> {
    /// A writer at the start of an import, or where an interrupted one stopped.
    pub fn resume(store: &'a Store, import: u32, written: &'a Written) -> Result<Self> {
        let position: Position = match store.state(import, "position")? {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| CaseError::Ledger(e.to_string()))?,
            None => Position { next_source: 0, next_task: 1, ..Position::default() },
        };
        let mut trees: [Trees; 4] = Default::default();
        for table in Table::ALL {
            trees[table as usize] = Trees::load(store, import, table)?;
        }
        let resumed = position.committed.of(Table::Event) > 0;
        let writer = Self {
            store,
            import,
            row_writer: RowWriter::resume(&store.db, import, position.committed.of(Table::Event))?,
            position,
            trees,
            pending: BTreeMap::new(),
            next: 0,
            written,
            resumed,
        };
        writer.count();
        Ok(writer)
    }

    /// The trees, and what was counted of the events while they were written; None where an interrupted
    /// import had written some before, so that they are to be counted again.
    pub fn finish(mut self) -> Result<([Trees; 4], Option<Tally>)> {
        let tx = self.store.db.unchecked_transaction()?;
        self.row_writer.pack()?;
        tx.commit()?;
        let tally = self.row_writer.into_tally();
        Ok((self.trees, (!self.resumed).then_some(tally)))
    }

    /// Writes until the pool has nothing more. A failure rolls back to the last commit.
    pub fn run(&mut self, done: &Receiver<Result<Done, String>>, pool: &Pool<'_>, tell: &mut dyn FnMut()) -> Result<()> {
        let db = &self.store.db;
        loop {
            let tx = db.unchecked_transaction()?;
            let (began, mut rows, mut more) = (Instant::now(), 0u64, true);
            while rows < COMMIT_ROWS && began.elapsed() < COMMIT_TIME {
                tell();
                match done.recv_timeout(Duration::from_millis(100)) {
                    Ok(Ok(item)) => {
                        self.pending.insert(item.seq, item);
                    }
                    Ok(Err(why)) => return Err(CaseError::Ledger(why)),
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout) => continue,
                    Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                        more = false;
                        break;
                    }
                }
                while let Some(item) = self.pending.remove(&self.next) {
                    self.next += 1;
                    rows += self.apply(item)?;
                    pool.written(self.next);
                }
            }
            self.save()?;
            tx.commit()?;
            self.count();
            if !more {
                return Ok(());
            }
        }
    }

    fn count(&self) {
        let c = &self.position.committed;
        self.written.files.store(c.of(Table::File), Ordering::Relaxed);
        self.written.events.store(c.of(Table::Event), Ordering::Relaxed);
        self.written.findings.store(c.of(Table::Finding), Ordering::Relaxed);
    }

    fn apply(&mut self, item: Done) -> Result<u64> {
        let mut written = 0;
        for rows in &item.rows {
            written += self.rows(rows)?;
        }
        if let Some((mark, counters)) = item.mark {
            self.mark(*mark, counters)?;
        }
        Ok(written)
    }

    fn rows(&mut self, rows: &HashedRows) -> Result<u64> {
        let table = rows.batch.table;
        let fresh = rows.batch.iter().enumerate().skip(rows.known as usize);
        self.row_writer.announce(table, rows.leaves.len());
        for (i, row) in fresh {
            let row = row.map_err(|e| CaseError::Ledger(e.to_string()))?;
            let id = join_id(self.import, rows.first + i as u64);
            self.row_writer.insert(table, id, &row)?;
        }
        self.trees[table as usize].push_all(self.store, self.import, table, &rows.leaves)?;
        let fresh = u64::from(rows.batch.rows - rows.known);
        self.position.committed.0[table as usize] += fresh;
        Ok(fresh)
    }

    fn mark(&mut self, mark: Mark, counters: Counters) -> Result<()> {
        match mark {
            Mark::TaskBegin { n, spec, next_source, next_task } => {
                self.position.task = n;
                self.position.start = counters;
                self.position.next_source = next_source;
                self.position.next_task = next_task;
                self.task(n, &spec)
            }
            Mark::TaskAdded { n, spec } => self.task(n, &spec),
            Mark::SourceBegin(s) => self.source(&s),
            Mark::SourceEnd(s) => self.source_end(&s),
            Mark::Blocks { source, hashes } => self.blocks(source, &hashes),
            Mark::Digests(d) => self.digests(&d),
        }
    }

    fn task(&self, n: u32, spec: &crate::worker::protocol::Task) -> Result<()> {
        let text = serde_json::to_string(spec).map_err(|e| CaseError::Ledger(e.to_string()))?;
        self.store.db.prepare_cached("INSERT OR REPLACE INTO import_task VALUES (?1, ?2, ?3)")?.execute((
            self.import,
            n,
            text,
        ))?;
        Ok(())
    }

    fn source(&self, s: &SourceBegin) -> Result<()> {
        self.store.db.prepare_cached("INSERT OR REPLACE INTO source VALUES (?1, ?2, ?3, ?4, NULL, NULL, ?5, ?6, ?7)")?.execute(
            (
                join_id(self.import, u64::from(s.number)),
                s.parent,
                s.kind,
                s.bytes.cast_signed(),
                TextOrBlob(s.locator.as_bytes()),
                s.codec.as_deref(),
                s.detail.as_deref(),
            ),
        )?;
        Ok(())
    }

    fn source_end(&self, s: &SourceEnd) -> Result<()> {
        let digest = |text: &Option<String>| text.as_deref().and_then(|t| hex::decode(t).ok());
        self.store.db.prepare_cached("UPDATE source SET bytes = ?2, sha256 = ?3, blocks_root = ?4 WHERE id = ?1")?.execute((
            join_id(self.import, u64::from(s.number)),
            s.bytes.cast_signed(),
            digest(&s.sha256),
            digest(&s.blocks_root),
        ))?;
        Ok(())
    }

    /// A source's nodes come in one piece, or for the whole item in pieces of 32,768.
    fn blocks(&self, source: u32, hashes: &[u8]) -> Result<()> {
        let id = join_id(self.import, u64::from(source));
        let mut insert = self.store.db.prepare_cached("INSERT OR REPLACE INTO block VALUES (?1, ?2, ?3)")?;
        for (n, part) in hashes.chunks(256 * 32).enumerate() {
            insert.execute((id, n as i64, part))?;
        }
        Ok(())
    }

    fn digests(&self, d: &Digests) -> Result<()> {
        let end = SourceEnd { number: 0, bytes: d.bytes, sha256: Some(d.sha256.clone()), blocks_root: d.blocks_root.clone() };
        let text = serde_json::to_vec(d).map_err(|e| CaseError::Ledger(e.to_string()))?;
        self.store.set_state(self.import, "digests", &text)?;
        self.source_end(&end)
    }

    fn save(&mut self) -> Result<()> {
        let text = serde_json::to_vec(&self.position).map_err(|e| CaseError::Ledger(e.to_string()))?;
        self.store.set_state(self.import, "position", &text)?;
        for table in [Table::File, Table::Event, Table::Finding] {
            self.trees[table as usize].save(self.store, self.import, table)?;
        }
        Ok(())
    }
}

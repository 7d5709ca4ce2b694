//! The pool: parses lines, numbers rows in the reader's order, hashes them. Numbers are given out
//! in order whatever the number of threads, so that no root depends on it.

use super::job::{Counters, Done, HashedRows, Job};
use super::unread::{Unreads, finding_rows};
use crate::worker::ProfileSet;
use artifacts::log::{LineParser, Unread};
use ledger::{EncodedRow, RowHasher, Work};
use model::{Batch, Table};
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Condvar, Mutex};

/// What the threads of the pool share.
pub struct Pool<'a> {
    profiles: &'a ProfileSet,
    /// By `Table as usize`.
    hashers: [RowHasher; 4],
    /// Rows that are in the case already.
    committed: Counters,
    turn: Mutex<Turn>,
    next: Condvar,
    most_ahead: u64,
}

/// Jobs that are numbered and not yet written: more would be held in memory behind one that takes long.
const AHEAD_OF_EACH_THREAD: u64 = 3;

/// Passed from job to job in the reader's order.
struct Turn {
    seq: u64,
    /// Jobs written.
    written: u64,
    counters: Counters,
    unread: Unreads,
    /// The writer is gone: nobody waits any longer.
    broken: bool,
}

impl<'a> Pool<'a> {
    /// `start`: counters where the reader starts (over); `committed`: rows already in the case.
    pub fn new(profiles: &'a ProfileSet, hashers: [RowHasher; 4], start: Counters, committed: Counters, threads: usize) -> Self {
        let turn = Turn { seq: 0, written: 0, counters: start, unread: Unreads::default(), broken: false };
        let most_ahead = AHEAD_OF_EACH_THREAD * threads as u64;
        Self { profiles, hashers, committed, turn: Mutex::new(turn), next: Condvar::new(), most_ahead }
    }

    /// Told by the writer: so many jobs are written.
    pub fn written(&self, jobs: u64) {
        if let Ok(mut turn) = self.turn.lock() {
            turn.written = jobs;
        }
        self.next.notify_all();
    }

    /// The work of one thread, until the jobs end or the writer is gone.
    pub fn work(&self, jobs: &Mutex<Receiver<(u64, Job)>>, done: &SyncSender<Result<Done, String>>) {
        let profiles = self.profiles.all();
        let mut parsers: Vec<Option<LineParser<'_>>> = profiles.iter().map(|_| None).collect();
        let mut work = Work::default();
        loop {
            let job = match jobs.lock() {
                Ok(queue) => queue.recv(),
                Err(_) => return,
            };
            let Ok((seq, job)) = job else { return };
            let task = std::panic::AssertUnwindSafe(|| self.one(seq, job, &profiles, &mut parsers, &mut work));
            let result = std::panic::catch_unwind(task).unwrap_or_else(|_| Err("a parsing thread failed".into()));
            let failed = result.is_err();
            if matches!(result, Ok(None))
                || done.send(result.map(|d| d.unwrap_or_else(|| Done { seq, rows: Vec::new(), mark: None }))).is_err()
                || failed
            {
                self.stop();
                return;
            }
        }
    }

    /// Ends the work: nothing more is written.
    pub fn stop(&self) {
        if let Ok(mut turn) = self.turn.lock() {
            turn.broken = true;
        }
        self.next.notify_all();
    }

    fn one<'p>(
        &self,
        seq: u64,
        job: Job,
        profiles: &[&'p artifacts::log::Profile],
        parsers: &mut [Option<LineParser<'p>>],
        work: &mut Work,
    ) -> Result<Option<Done>, String> {
        let mut batches = Vec::with_capacity(1);
        let mut unread: Option<(u32, u16, Unread)> = None;
        let mut ended = None;
        let mut mark = None;
        match job {
            Job::Rows(batch) => batches.push(batch),
            Job::Lines { source, profile, layout, offset, bytes } => {
                let slot = parsers.get_mut(usize::from(profile)).ok_or("lines of an unknown profile")?;
                let known = profiles.get(usize::from(profile)).ok_or("lines of an unknown profile")?;
                let parser = slot.get_or_insert_with(|| LineParser::new(known));
                let mut batch = Batch::new(Table::Event);
                batch.buffer.reserve(bytes.len() * 3);
                let mut lost = Unread::default();
                parser.records(source, &layout, offset, &bytes, &mut batch, &mut lost);
                unread = Some((source, profile, lost));
                batches.push(batch);
            }
            Job::LinesEnd { source } => ended = Some(source),
            Job::Mark(m) => mark = Some(m),
        }
        // From here on in the reader's order.
        let mut turn = self.turn.lock().map_err(|_| "a parsing thread failed")?;
        while (turn.seq != seq || seq >= turn.written + self.most_ahead) && !turn.broken {
            turn = self.next.wait(turn).map_err(|_| "a parsing thread failed")?;
        }
        if turn.broken {
            return Ok(None);
        }
        if let Some((source, profile, lost)) = unread {
            turn.unread.add(source, profile, lost);
        }
        if let Some(source) = ended {
            batches.push(finding_rows(source, turn.unread.take(source), profiles));
        }
        let firsts: Vec<u64> = batches.iter().map(|b| turn.counters.take(b.table, b.rows)).collect();
        let counters = turn.counters;
        turn.seq += 1;
        drop(turn);
        self.next.notify_all();

        let mut rows = Vec::with_capacity(batches.len());
        for (batch, first) in batches.into_iter().zip(firsts) {
            rows.push(self.hash(batch, first, work)?);
        }
        Ok(Some(Done { seq, rows, mark: mark.map(|m| (m, counters)) }))
    }

    fn hash(&self, batch: Batch, first: u64, work: &mut Work) -> Result<HashedRows, String> {
        let hasher = &self.hashers[batch.table as usize];
        let known = self.committed.of(batch.table).saturating_sub(first).min(u64::from(batch.rows));
        let mut leaves = Vec::with_capacity(batch.rows as usize - known as usize);
        let mut rows = Vec::with_capacity(leaves.capacity());
        for (i, row) in batch.iter().enumerate().skip(known as usize) {
            let row = row.map_err(|e| e.to_string())?;
            rows.push(EncodedRow { row: first + i as u64, header: row.header, fields: row.encoded_fields });
        }
        hasher.leaves_of(&rows, work, &mut leaves).map_err(|e| e.to_string())?;
        Ok(HashedRows { batch, first, known: known as u32, leaves })
    }
}

//! Drives the worker through the tasks of an item and passes on what it says, in order. A worker
//! that dies or falls silent costs the item it held.

use super::hashing::Hashed;
use super::job::{Job, Mark};
use super::progress::Monitor;
use super::writer::Position;
use crate::error::{CaseError, Result};
use crate::worker::protocol::{Digests, Frame, LogChoice, Order, Task};
use crate::worker::{Worker, WorkerError};
use evidence::open::Item;
use model::{Batch, Code, Finding, Table};
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// Deaths of the worker on one item after which the rest of it is left.
const MOST_DEATHS: u32 = 200;
/// A worker that says nothing for so long is hung.
const SILENCE: Duration = Duration::from_secs(40);

pub struct Reader<'a> {
    item: &'a Item,
    choice: LogChoice,
    tasks: VecDeque<(u32, Task)>,
    next_source: u32,
    next_task: u32,
    jobs: SyncSender<(u64, Job)>,
    seq: u64,
    worker: Option<Worker>,
    deaths: u32,
    monitor: &'a Monitor<'a>,
    current: String,
}

/// How a task ended.
enum End {
    Done,
    /// At a member, where members are what the task walks.
    Died(WorkerError, Option<u32>),
}

impl<'a> Reader<'a> {
    pub fn new(
        item: &'a Item,
        choice: LogChoice,
        tasks: Vec<(u32, Task)>,
        position: &Position,
        jobs: SyncSender<(u64, Job)>,
        monitor: &'a Monitor<'a>,
    ) -> Self {
        Self {
            item,
            choice,
            tasks: tasks.into(),
            next_source: position.next_source,
            next_task: position.next_task.max(1),
            jobs,
            seq: 0,
            worker: None,
            deaths: 0,
            monitor,
            current: String::new(),
        }
    }

    pub fn run(&mut self) -> Result<()> {
        while let Some((n, task)) = self.tasks.pop_front() {
            self.mark(Mark::TaskBegin { n, spec: task.clone(), next_source: self.next_source, next_task: self.next_task })?;
            match self.task(&task)? {
                End::Done => {}
                End::Died(why, member) => self.after_death(n, &task, &why, member)?,
            }
        }
        Ok(())
    }

    /// The item's digests, and what they contradict.
    pub fn digests(&mut self, (digests, nodes): Hashed) -> Result<()> {
        let mut findings = Batch::new(Table::Finding);
        contradictions(&digests, &mut findings);
        if !findings.is_empty() {
            self.send(Job::Rows(findings))?;
        }
        if !nodes.is_empty() {
            self.mark(Mark::Blocks { source: 0, hashes: nodes })?;
        }
        self.mark(Mark::Digests(Box::new(digests)))
    }

    fn task(&mut self, task: &Task) -> Result<End> {
        let mut worker = match self.worker.take() {
            Some(w) => w,
            None => Worker::start(self.extra_memory(task))?,
        };
        let order = Order::Scan {
            paths: self.item.paths.clone(),
            task: task.clone(),
            next_source: self.next_source,
            choice: self.choice.clone(),
        };
        if let Err(e) = worker.order(&order) {
            return Ok(End::Died(e, None));
        }
        let (mut member, mut heard) = (None, Instant::now());
        loop {
            if self.monitor.cancelled() {
                return Err(CaseError::Cancelled);
            }
            let frame = match worker.poll(Duration::from_millis(200)) {
                Ok(Some(frame)) => frame,
                Ok(None) if heard.elapsed() < SILENCE => continue,
                Ok(None) => return Ok(End::Died(WorkerError::Silent, member)),
                Err(e) => return Ok(End::Died(e, member)),
            };
            heard = Instant::now();
            match frame {
                Frame::Done => break,
                Frame::Failed(why) => {
                    self.finding(Code::Unreadable, "the unit is read to its end", &why)?;
                    break;
                }
                Frame::Member(n) => member = Some(n),
                other => self.frame(other)?,
            }
        }
        self.worker = Some(worker);
        Ok(End::Done)
    }

    fn frame(&mut self, frame: Frame) -> Result<()> {
        match frame {
            Frame::Rows(batch) => self.send(Job::Rows(batch)),
            Frame::Lines { source, profile, layout, offset, bytes } => {
                self.send(Job::Lines { source, profile, layout, offset, bytes })
            }
            Frame::LinesEnd { source } => self.send(Job::LinesEnd { source }),
            Frame::SourceBegin(s) => {
                self.next_source = s.number + 1;
                self.mark(Mark::SourceBegin(s))
            }
            Frame::SourceEnd(s) => self.mark(Mark::SourceEnd(s)),
            Frame::Blocks { source, hashes } => self.mark(Mark::Blocks { source, hashes }),
            Frame::Task(spec) => {
                let n = self.next_task;
                self.next_task += 1;
                self.tasks.push_back((n, spec.clone()));
                self.mark(Mark::TaskAdded { n, spec })
            }
            Frame::Item(name) => {
                self.monitor.say(&name);
                self.current = name;
                Ok(())
            }
            Frame::Progress(bytes) => {
                self.monitor.read(bytes);
                Ok(())
            }
            Frame::Member(_) | Frame::Done | Frame::Failed(_) | Frame::Answer(_) | Frame::Chunk(_) => Ok(()),
        }
    }

    fn after_death(&mut self, n: u32, task: &Task, why: &WorkerError, member: Option<u32>) -> Result<()> {
        self.worker = None;
        self.deaths += 1;
        let code = match why {
            WorkerError::Silent => Code::WorkerTimeout,
            WorkerError::Died | WorkerError::Start(_) => Code::WorkerDied,
        };
        self.finding(code, "the item is read to its end", &why.to_string())?;
        if let WorkerError::Start(_) = why {
            return Err(CaseError::Evidence(why.to_string()));
        }
        // An archive or a folder goes on behind the member that was being read.
        if let (Task::Members { source, .. }, Some(after)) = (task, member)
            && self.deaths < MOST_DEATHS
        {
            self.tasks.push_front((n, Task::Members { source: *source, after }));
        }
        Ok(())
    }

    fn finding(&mut self, code: Code, expected: &str, found: &str) -> Result<()> {
        let mut batch = Batch::new(Table::Finding);
        let source = self.next_source.saturating_sub(1);
        let finding = Finding { code, at: None, place: self.current.as_bytes(), expected, found, count: 1 };
        batch.finding(&finding, 0, source);
        self.send(Job::Rows(batch))
    }

    fn mark(&mut self, mark: Mark) -> Result<()> {
        self.send(Job::Mark(Box::new(mark)))
    }

    fn send(&mut self, job: Job) -> Result<()> {
        let seq = self.seq;
        self.seq += 1;
        // The pool is gone only when the writer failed, whose error is the one that is told.
        self.jobs.send((seq, job)).map_err(|_| CaseError::Cancelled)
    }

    /// File-system tables grow with the volume: about a hundred bytes of memory a record.
    fn extra_memory(&self, task: &Task) -> u64 {
        match task {
            Task::Volume { length, .. } | Task::Parse { length, .. } => length / 100,
            Task::Open | Task::Members { .. } | Task::Single { .. } => self.item.bytes / 400,
        }
    }
}

/// Stored hashes that differ from the computed ones, and bytes that could not be read.
fn contradictions(d: &Digests, out: &mut Batch) {
    for (name, stored, computed) in [("MD5", &d.stored_md5, &d.md5), ("SHA-1", &d.stored_sha1, &d.sha1)] {
        if let (Some(stored), Some(computed)) = (stored, computed)
            && stored != computed
        {
            let place = format!("stored {name} of the media");
            let code = Code::ChecksumMismatch;
            let finding = Finding { code, at: None, place: place.as_bytes(), expected: stored, found: computed, count: 1 };
            out.finding(&finding, 0, 0);
        }
    }
    for m in &d.damage {
        let Some(code) = Code::from_label(m.code.as_bytes()) else { continue };
        let at = m.at.map(|(offset, length)| model::Span { source: 0, offset, length });
        let (expected, found, count) = (m.expected.as_str(), m.found.as_str(), m.count);
        out.finding(&Finding { code, at, place: m.place.as_bytes(), expected, found, count }, 0, 0);
    }
    for (offset, length) in &d.unreadable {
        let at = model::Span { source: 0, offset: *offset, length: *length };
        let finding = Finding {
            code: Code::Unreadable,
            at: Some(at),
            place: b"",
            expected: "bytes that can be read",
            found: "none; hashed as zeros",
            count: 1,
        };
        out.finding(&finding, 0, 0);
    }
}

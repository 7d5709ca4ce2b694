//! How far an import is: told at most ten times a second, and where it can be stopped.

use super::writer::Written;
use evidence::open::{Format, Item};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Hashing,
    Reading,
    Sealing,
}

impl Phase {
    pub fn label(self) -> &'static str {
        match self {
            Self::Hashing => "hashing",
            Self::Reading => "reading",
            Self::Sealing => "sealing",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Progress {
    pub phase: Phase,
    /// The evidence being imported.
    pub evidence: String,
    /// What in it is being read now.
    pub item: String,
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub files: u64,
    pub events: u64,
    pub findings: u64,
    pub seconds: u64,
    pub seconds_left: Option<u64>,
}

impl Progress {
    pub fn hashing(evidence: &str, bytes_done: u64, bytes_total: u64) -> Self {
        Self {
            phase: Phase::Hashing,
            evidence: evidence.into(),
            item: evidence.into(),
            bytes_done,
            bytes_total,
            files: 0,
            events: 0,
            findings: 0,
            seconds: 0,
            seconds_left: None,
        }
    }
}

/// Collects what the threads of an import say of themselves.
pub struct Monitor<'a> {
    evidence: String,
    /// Hashing sets the pace for images; reading for everything else.
    paced_by_hash: bool,
    total: u64,
    began: Instant,
    item: Mutex<String>,
    read: AtomicU64,
    hashed: Arc<AtomicU64>,
    cancel: AtomicBool,
    ended: AtomicBool,
    written: &'a Written,
}

impl<'a> Monitor<'a> {
    pub fn new(item: &Item, written: &'a Written) -> Self {
        let paced_by_hash = matches!(item.format, Format::RawImage | Format::SplitRaw | Format::Ewf | Format::Folder);
        Self {
            evidence: item.name.clone(),
            paced_by_hash,
            total: item.bytes,
            began: Instant::now(),
            item: Mutex::new(item.name.clone()),
            read: AtomicU64::new(0),
            hashed: Arc::default(),
            cancel: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            written,
        }
    }

    pub fn say(&self, item: &str) {
        if let Ok(mut current) = self.item.lock() {
            item.clone_into(&mut current);
        }
    }
    pub fn read(&self, bytes: u64) {
        self.read.store(bytes, Ordering::Relaxed);
    }
    pub fn hashed(&self) -> Arc<AtomicU64> {
        self.hashed.clone()
    }
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
    pub fn ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    fn now(&self) -> Progress {
        let (read, hashed) = (self.read.load(Ordering::Relaxed), self.hashed.load(Ordering::Relaxed));
        let done = if self.paced_by_hash { hashed } else { read };
        let total = self.total.max(done);
        let seconds = self.began.elapsed();
        let left = (done > 0 && total > done && seconds > Duration::from_secs(1))
            .then(|| seconds.as_millis() as u64 * (total - done) / done / 1000);
        let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
        Progress {
            phase: if self.ended.load(Ordering::Relaxed) { Phase::Sealing } else { Phase::Reading },
            evidence: self.evidence.clone(),
            item: self.item.lock().map(|i| i.clone()).unwrap_or_default(),
            bytes_done: done,
            bytes_total: total,
            files: load(&self.written.files),
            events: load(&self.written.events),
            findings: load(&self.written.findings),
            seconds: seconds.as_secs(),
            seconds_left: left,
        }
    }

    /// Runs the writer and tells progress whenever it asks, at most ten times a second.
    pub fn watch<T>(&self, progress: &mut dyn FnMut(&Progress) -> bool, write: impl FnOnce(&mut dyn FnMut()) -> T) -> T {
        let mut last: Option<Instant> = None;
        let mut tell = || {
            if last.is_some_and(|l| l.elapsed() < Duration::from_millis(100)) {
                return;
            }
            last = Some(Instant::now());
            if !progress(&self.now()) {
                self.cancel.store(true, Ordering::Relaxed);
            }
        };
        write(&mut tell)
    }
}

//! The item's digests, made by a worker of their own while another reads.

use super::progress::Monitor;
use crate::error::{CaseError, Result};
use crate::worker::protocol::{Digests, Frame, Order, Which};
use crate::worker::{Answer, Worker};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Digests and the 1 MiB nodes of the block tree.
pub type Hashed = (Digests, Vec<u8>);

/// Hashes an item; `progress` gets the bytes done and stops it by answering false.
pub fn item(paths: &[PathBuf], which: Which, progress: &mut dyn FnMut(u64) -> bool) -> Result<Hashed> {
    let mut worker = Worker::start(0)?;
    let mut nodes = Vec::new();
    let mut stopped = false;
    let answer = worker.ask(&Order::Hash { paths: paths.to_vec(), which }, &mut |frame| match frame {
        Frame::Blocks { hashes, .. } => {
            nodes.extend_from_slice(hashes);
            true
        }
        Frame::Progress(bytes) => {
            stopped = !progress(*bytes);
            !stopped
        }
        _ => true,
    })?;
    match answer {
        Answer::Text(text) => {
            let digests = serde_json::from_str(&text).map_err(|e| CaseError::Evidence(format!("digests: {e}")))?;
            Ok((digests, nodes))
        }
        Answer::Failed(_) if stopped => Err(CaseError::Cancelled),
        Answer::Failed(why) => Err(CaseError::Evidence(format!("the evidence could not be hashed: {why}"))),
    }
}

/// Hashing on a thread of its own, which ends when this is dropped.
pub struct Background<T> {
    thread: JoinHandle<Result<T>>,
    _stop: Stop,
}

/// Tells the thread to end, by being dropped.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Background<T> {
    /// `work` tells the bytes it has done, which go into `done`, and is to end where the answer is false.
    pub fn start(done: Arc<AtomicU64>, work: impl FnOnce(&mut dyn FnMut(u64) -> bool) -> Result<T> + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            work(&mut |bytes| {
                done.store(bytes, Ordering::Relaxed);
                !stopped.load(Ordering::Relaxed)
            })
        });
        Self { thread, _stop: Stop(stop) }
    }

    /// Waits for the end; leaves the work undone where `go_on` answers false.
    pub fn finish(self, go_on: &mut dyn FnMut() -> bool) -> Result<T> {
        while go_on() {
            if self.thread.is_finished() {
                let failed = |_| Err(CaseError::Evidence("the hashing thread failed".into()));
                return self.thread.join().unwrap_or_else(failed);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(CaseError::Cancelled)
    }
}

/// Hashing under way, or done before.
pub enum Hashing {
    Known(Box<Hashed>),
    Running(Background<Hashed>),
}

impl Hashing {
    pub fn known(hashed: Hashed) -> Self {
        Self::Known(Box::new(hashed))
    }

    pub fn start(paths: Vec<PathBuf>, monitor: &Monitor<'_>) -> Self {
        Self::Running(Background::start(monitor.hashed(), move |tell| item(&paths, Which::All, tell)))
    }

    /// Waits for the digests; stops where the import is cancelled.
    pub fn finish(self, monitor: &Monitor<'_>) -> Result<Hashed> {
        match self {
            Self::Known(hashed) => Ok(*hashed),
            Self::Running(background) => {
                monitor.say("hashing the evidence");
                background.finish(&mut || !monitor.cancelled())
            }
        }
    }
}

//! The item's digests, made by a worker of their own while another reads.

use super::progress::Monitor;
use crate::error::{CaseError, Result};
use crate::worker::protocol::{Digests, Frame, Order};
use crate::worker::{Answer, Worker};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Digests and the 1 MiB nodes of the block tree.
pub type Hashed = (Digests, Vec<u8>);

/// Hashes an item; `progress` gets the bytes done and stops it by answering false.
pub fn item(paths: &[PathBuf], progress: &mut dyn FnMut(u64) -> bool) -> Result<Hashed> {
    let mut worker = Worker::start(0)?;
    let mut nodes = Vec::new();
    let mut stopped = false;
    let answer = worker.ask(&Order::Hash { paths: paths.to_vec() }, &mut |frame| match frame {
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

/// Hashing under way, or done before.
pub enum Hashing {
    Known(Box<Hashed>),
    Running(JoinHandle<Result<Hashed>>, Arc<AtomicBool>),
}

impl Hashing {
    pub fn known(hashed: Hashed) -> Self {
        Self::Known(Box::new(hashed))
    }

    pub fn start(paths: Vec<PathBuf>, monitor: &Monitor<'_>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, bytes): (Arc<AtomicBool>, Arc<AtomicU64>) = (stop.clone(), monitor.hashed());
        let thread = std::thread::spawn(move || {
            item(&paths, &mut |n| {
                bytes.store(n, Ordering::Relaxed);
                !stopped.load(Ordering::Relaxed)
            })
        });
        Self::Running(thread, stop)
    }

    /// Waits for the digests; stops where the import is cancelled.
    pub fn finish(self, monitor: &Monitor<'_>) -> Result<Hashed> {
        match self {
            Self::Known(hashed) => Ok(*hashed),
            Self::Running(thread, stop) => {
                monitor.say("hashing the evidence");
                while !thread.is_finished() {
                    stop.store(monitor.cancelled(), Ordering::Relaxed);
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                thread.join().unwrap_or_else(|_| Err(CaseError::Evidence("the hashing thread failed".into())))
            }
        }
    }
}

//! The importer's end of a worker: starts it, sends orders, takes frames, and stops it when it
//! falls silent.

use super::WORKER_ARGUMENT;
use super::protocol::{Frame, Order};
use std::io::{self, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// A worker that says nothing for so long is hung.
const SILENCE: Duration = Duration::from_secs(40);
/// Frames under way between the worker and the importer.
const QUEUE: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the reader process could not be started: {0}")]
    Start(io::Error),
    #[error("the reader process ended")]
    Died,
    #[error("the reader process said nothing for {} seconds and was stopped", SILENCE.as_secs())]
    Silent,
}

pub struct Worker {
    child: Child,
    orders: ChildStdin,
    frames: Receiver<io::Result<Frame>>,
}

/// What an order without rows ends in.
pub enum Answer {
    Text(String),
    Failed(String),
}

impl Worker {
    /// `extra` bytes of address space beyond the usual, for volumes with very large tables.
    pub fn start(extra: u64) -> Result<Self, WorkerError> {
        let program = std::env::current_exe().map_err(WorkerError::Start)?;
        let program = std::env::var_os("CASEBOOK_WORKER").map_or(program, Into::into);
        let mut child = Command::new(program)
            .arg(WORKER_ARGUMENT)
            .arg(extra.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(WorkerError::Start)?;
        let (Some(orders), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(WorkerError::Died);
        };
        let (send, frames) = sync_channel(QUEUE);
        std::thread::spawn(move || pump(BufReader::with_capacity(512 << 10, stdout), &send));
        Ok(Self { child, orders, frames })
    }

    pub fn order(&mut self, order: &Order) -> Result<(), WorkerError> {
        let mut line = serde_json::to_vec(order).map_err(|_| WorkerError::Died)?;
        line.push(b'\n');
        self.orders.write_all(&line).and_then(|()| self.orders.flush()).map_err(|_| WorkerError::Died)
    }

    /// The next frame; None when nothing came within `wait`.
    pub fn poll(&mut self, wait: Duration) -> Result<Option<Frame>, WorkerError> {
        match self.frames.recv_timeout(wait) {
            Ok(Ok(frame)) => Ok(Some(frame)),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(WorkerError::Died),
            Err(RecvTimeoutError::Timeout) => Ok(None),
        }
    }

    /// The next frame, within the time a reader may be silent.
    pub fn frame(&mut self) -> Result<Frame, WorkerError> {
        self.poll(SILENCE)?.ok_or(WorkerError::Silent)
    }

    /// Runs an order that answers in chunks of bytes; `take` stops it by an error, after which the worker is of no further use.
    pub fn read(&mut self, order: &Order, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<io::Result<()>, WorkerError> {
        self.order(order)?;
        loop {
            match self.frame()? {
                Frame::Done => return Ok(Ok(())),
                Frame::Failed(why) => return Ok(Err(io::Error::other(why))),
                Frame::Chunk(bytes) => {
                    if let Err(e) = take(&bytes) {
                        return Ok(Err(e));
                    }
                }
                _ => {}
            }
        }
    }

    /// Runs an order that answers with one text; `progress` sees every other frame and may stop it.
    pub fn ask(&mut self, order: &Order, progress: &mut dyn FnMut(&Frame) -> bool) -> Result<Answer, WorkerError> {
        self.order(order)?;
        let mut answer = None;
        loop {
            match self.frame()? {
                Frame::Done => return answer.map(Answer::Text).ok_or(WorkerError::Died),
                Frame::Failed(why) => return Ok(Answer::Failed(why)),
                Frame::Answer(text) => answer = Some(text),
                other => {
                    if !progress(&other) {
                        return Ok(Answer::Failed("cancelled".into()));
                    }
                }
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pump(mut input: BufReader<std::process::ChildStdout>, send: &SyncSender<io::Result<Frame>>) {
    loop {
        let frame = Frame::read(&mut input);
        let last = frame.is_err();
        if send.send(frame).is_err() || last {
            return;
        }
    }
}

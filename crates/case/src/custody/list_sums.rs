//! Hashes of files that are read for it.

use crate::cat::content_of;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::worker::Worker;
use sha2::Digest;

/// Reads files through one worker, started anew after it was of no further use.
#[derive(Default)]
pub struct Reader {
    worker: Option<Worker>,
    /// Read so far, of all files.
    pub bytes: u64,
}

/// Bytes after which a person is told, and may stop.
const STEP: u64 = 16 << 20;

impl Reader {
    /// The hashes of the file row `id`, of the kinds asked for; or why it cannot be read.
    pub fn read(
        &mut self,
        store: &Store,
        id: i64,
        kinds: &[&str],
        going: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Result<Vec<String>, String>> {
        let (order, size, _) = match content_of(store, id) {
            Ok(way) => way,
            Err(e @ (CaseError::Sql(_) | CaseError::EvidenceMissing(_))) => return Err(e),
            Err(e) => return Ok(Err(e.to_string())),
        };
        let mut worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(0)?,
        };
        let mut sums = Sums::new(kinds);
        let (mut read, mut told, mut cancelled) = (0u64, 0u64, false);
        let before = self.bytes;
        let done = worker.read(&order, &mut |chunk| {
            sums.update(chunk);
            read += chunk.len() as u64;
            if read - told >= STEP {
                told = read;
                cancelled = !going(before + read);
            }
            if cancelled { Err(std::io::Error::other("cancelled")) } else { Ok(()) }
        });
        self.bytes += read;
        if cancelled {
            return Err(CaseError::Cancelled);
        }
        match done {
            Ok(Ok(())) => self.worker = Some(worker),
            Ok(Err(e)) => {
                self.worker = Some(worker);
                return Ok(Err(e.to_string()));
            }
            // The worker ended over this file; the next gets a new one.
            Err(e) => return Ok(Err(e.to_string())),
        }
        if let Some(size) = size.filter(|s| read < *s) {
            return Ok(Err(format!("the evidence ends within it: {read} of {size} bytes are there")));
        }
        Ok(Ok(sums.finish(kinds)))
    }
}

/// Only the hashes that are asked for.
struct Sums {
    md5: Option<md5::Md5>,
    sha1: Option<sha1::Sha1>,
    sha256: Option<sha2::Sha256>,
}

impl Sums {
    fn new(kinds: &[&str]) -> Self {
        let asked = |kind: &str| kinds.contains(&kind);
        Self {
            md5: asked("md5").then(md5::Md5::new),
            sha1: asked("sha1").then(sha1::Sha1::new),
            sha256: asked("sha256").then(sha2::Sha256::new),
        }
    }

    fn update(&mut self, chunk: &[u8]) {
        if let Some(h) = &mut self.md5 {
            h.update(chunk);
        }
        if let Some(h) = &mut self.sha1 {
            h.update(chunk);
        }
        if let Some(h) = &mut self.sha256 {
            h.update(chunk);
        }
    }

    fn finish(self, kinds: &[&str]) -> Vec<String> {
        let md5 = self.md5.map(|h| hex::encode(h.finalize()));
        let sha1 = self.sha1.map(|h| hex::encode(h.finalize()));
        let sha256 = self.sha256.map(|h| hex::encode(h.finalize()));
        let of = |kind: &&str| match *kind {
            "md5" => md5.clone(),
            "sha1" => sha1.clone(),
            _ => sha256.clone(),
        };
        kinds.iter().filter_map(of).collect()
    }
}

//! Pieces of a stream for two threads that each go through all of them, in order. The one that is ahead
//! reads, so that reading falls to whoever has the time for it, and wholly to one that does nothing else.

use super::hash::{PIECE, read_or_zero};
use super::scan::failed;
use model::{ByteSource, Stop};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

/// Pieces held at once.
const PIECES: usize = 16;
/// Pieces not yet done with at which one who waits for room goes on: to wake it for every single one
/// costs half of what reading it does.
const AGAIN: u64 = PIECES as u64 / 2;

pub(super) struct Ring<'m> {
    media: &'m dyn ByteSource,
    count: u64,
    slots: Vec<RwLock<Piece>>,
    turns: Mutex<Turns>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct Piece {
    pub bytes: Vec<u8>,
    /// Offset and length of what could not be read in it.
    pub unreadable: Vec<(u64, u64)>,
}

#[derive(Default)]
struct Turns {
    /// Pieces that someone has read or is reading.
    claimed: u64,
    /// Which piece each slot holds, once it is read.
    held: [Option<u64>; PIECES],
    /// Pieces that each of the two is done with.
    done: [u64; 2],
    stopped: bool,
}

impl Turns {
    /// Pieces claimed that not both are done with.
    fn used(&self) -> u64 {
        self.claimed - self.done[0].min(self.done[1])
    }
}

enum Next {
    Ready,
    Read(u64),
}

impl<'m> Ring<'m> {
    pub fn new(media: &'m dyn ByteSource) -> Self {
        Self {
            media,
            count: media.len().div_ceil(PIECE as u64),
            slots: (0..PIECES).map(|_| RwLock::default()).collect(),
            turns: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Gives reader `who`, 0 or 1, every piece in order.
    pub fn each(&self, who: usize, mut piece: impl FnMut(&Piece) -> Result<(), Stop>) -> Result<(), Stop> {
        let result = (0..self.count).try_for_each(|n| {
            self.wait_for(n)?;
            let given = piece(&self.slot(n).read().unwrap_or_else(PoisonError::into_inner));
            let mut turns = self.turns();
            turns.done[who] = n + 1;
            if turns.used() <= AGAIN {
                self.changed.notify_all();
            }
            given
        });
        if result.is_err() {
            // The other must not wait for one that is gone.
            self.turns().stopped = true;
            self.changed.notify_all();
        }
        result
    }

    /// Returns once piece `n` is read; until then reads what nobody has begun to read.
    fn wait_for(&self, n: u64) -> Result<(), Stop> {
        loop {
            match self.next(n)? {
                Next::Ready => return Ok(()),
                Next::Read(m) => {
                    let at = m * PIECE as u64;
                    let mut slot = self.slot(m).write().unwrap_or_else(PoisonError::into_inner);
                    let Piece { bytes, unreadable } = &mut *slot;
                    unreadable.clear();
                    bytes.resize(usize::try_from(self.media.len() - at).unwrap_or(usize::MAX).min(PIECE), 0);
                    read_or_zero(self.media, at, bytes, unreadable);
                    drop(slot);
                    self.turns().held[place(m)] = Some(m);
                    self.changed.notify_all();
                }
            }
        }
    }

    fn next(&self, n: u64) -> Result<Next, Stop> {
        let (mut turns, mut most) = (self.turns(), PIECES as u64 - 1);
        loop {
            if turns.stopped {
                return Err(failed("a hashing thread failed"));
            }
            if turns.held[place(n)] == Some(n) {
                return Ok(Next::Ready);
            }
            if turns.claimed < self.count && turns.used() <= most {
                turns.claimed += 1;
                return Ok(Next::Read(turns.claimed - 1));
            }
            most = AGAIN;
            turns = self.changed.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn slot(&self, n: u64) -> &RwLock<Piece> {
        &self.slots[place(n)]
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(n: u64) -> usize {
    (n % PIECES as u64) as usize
}

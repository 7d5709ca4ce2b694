//! Counts and sets made anew from the rows, while these are read: what an entry says of a derived
//! table must follow from its events, not only agree with the table.

use super::leaves::Events;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::tally::{Derived, Held, Recount};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Batches of rows that wait to be counted.
const WAITING: usize = 4;

enum Told {
    Rows(Held),
    /// The rows given since the last one are all of this import; whether they are what its entry says.
    End {
        n: u32,
        sound: bool,
    },
    /// There are no more rows; whether those of every import were what its entry says.
    All {
        sound: bool,
    },
}

/// Counts on a thread of its own, in memory that does not grow with the rows.
pub struct Counting {
    send: SyncSender<Told>,
    thread: JoinHandle<rusqlite::Result<Recounted>>,
}

/// What follows from the rows of a case.
#[derive(Debug, Default)]
pub struct Recounted {
    /// Of each import whose rows are sound, by its number.
    pub imports: BTreeMap<u32, Vec<Derived>>,
    /// Where the rows of all are: of the whole case, with the number of texts of subjects and third parties that its rows have.
    pub case: Option<(Vec<Derived>, u64)>,
}

impl Counting {
    pub fn start(case: &Path) -> Result<Self> {
        let store = Store::read(case)?;
        let (send, receive) = sync_channel(WAITING);
        Ok(Self { send, thread: std::thread::spawn(move || count(&store, &receive)) })
    }

    /// The next events of an import, in order.
    pub fn add(&self, events: Events) {
        // A thread that has failed takes no more; `finish` tells why.
        let _failed = self.send.send(Told::Rows(events.counted));
    }

    pub fn end_import(&self, n: u32, sound: bool) {
        let _failed = self.send.send(Told::End { n, sound });
    }

    pub fn finish(self, sound: bool) -> Result<Recounted> {
        let _failed = self.send.send(Told::All { sound });
        let done = self.thread.join().map_err(|_| CaseError::Ledger("the counting thread failed".into()))?;
        Ok(done?)
    }
}

fn count(store: &Store, receive: &Receiver<Told>) -> rusqlite::Result<Recounted> {
    let mut recount = Recount::new()?;
    let mut all = Recounted::default();
    for told in receive {
        match told {
            Told::Rows(rows) => recount.add(&store.db, &rows)?,
            Told::End { n, sound } => {
                let derived = recount.import(&store.db)?;
                if sound {
                    all.imports.insert(n, derived);
                }
            }
            Told::All { sound } => {
                all.case = if sound { Some(recount.case()?) } else { None };
                break;
            }
        }
    }
    Ok(all)
}

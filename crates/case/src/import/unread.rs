//! Lines that fit no profile: counted and sampled for each source, told when the source ends.

use artifacts::log::{Profile, Unread};
use model::{Batch, Table};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What was not read of the sources that are still being read.
#[derive(Default)]
pub struct Unreads(BTreeMap<u32, (u16, Unread)>);

impl Unreads {
    pub fn add(&mut self, source: u32, profile: u16, unread: Unread) {
        self.0.entry(source).or_insert_with(|| (profile, Unread::default())).1.merge(unread);
    }
    pub fn take(&mut self, source: u32) -> Option<(u16, Unread)> {
        self.0.remove(&source)
    }
}

/// What is told of a source that has ended.
pub fn finding_rows(source: u32, unread: Option<(u16, Unread)>, profiles: &[&Profile]) -> Batch {
    let mut out = Batch::new(Table::Finding);
    if let Some((profile, unread)) = unread
        && let Some(profile) = profiles.get(usize::from(profile))
    {
        let Ok(()) = unread.tell(source, profile, |finding| {
            out.finding(finding, 0, source);
            Ok::<(), Infallible>(())
        });
    }
    out
}

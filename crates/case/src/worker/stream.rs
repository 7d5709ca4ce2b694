//! A log on its way to the importer: cut into blocks of whole records.

use super::output::Output;
use super::scan::ProfileSet;
use artifacts::log::{Layout, Splitter};
use model::Stop;

/// The number of a profile, and how a file is cut by it.
pub struct Detected {
    pub number: u16,
    pub layout: Layout,
}

pub struct RecordStream<'p> {
    profile: u16,
    splitter: Splitter<'p>,
}

impl<'p> RecordStream<'p> {
    /// None where no profile bears the number.
    pub fn new(profiles: &'p ProfileSet, found: Detected) -> Option<Self> {
        let profile = profiles.get(usize::from(found.number))?;
        Some(Self { profile: found.number, splitter: Splitter::new(profile, found.layout) })
    }

    pub fn push(&mut self, source: u32, chunk: &[u8], out: &mut Output<'_>) -> Result<(), Stop> {
        let profile = self.profile;
        self.splitter.push(chunk, &mut |block| Ok(out.records(source, profile, &block)?))
    }

    pub fn pass_hole(&mut self, source: u32, bytes: u64, out: &mut Output<'_>) -> Result<(), Stop> {
        let profile = self.profile;
        self.splitter.pass_hole(bytes, &mut |block| Ok(out.records(source, profile, &block)?))
    }

    pub fn finish(self, source: u32, out: &mut Output<'_>) -> Result<(), Stop> {
        let profile = self.profile;
        let lost = self.splitter.finish(&mut |block| Ok::<(), Stop>(out.records(source, profile, &block)?))?;
        out.frame(&super::protocol::Frame::LinesEnd { source })?;
        out.about(source, 0)?;
        lost.tell(out)
    }
}

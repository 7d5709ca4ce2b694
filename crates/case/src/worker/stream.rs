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

#[cfg(test)]
mod tests {
    use super::super::protocol::{Frame, LogChoice};
    use super::*;
    use artifacts::log::Encoding;

    #[test]
    fn a_log_in_utf16_crosses_as_text_with_its_place_in_the_file() {
        let profiles = ProfileSet::new(&LogChoice::default()).unwrap();
        let layout = Layout { encoding: Encoding::Utf16Be, ..Layout::default() };
        let mut bytes = Vec::new();
        let mut out = Output::new(&mut bytes, 0);
        let mut stream = RecordStream::new(&profiles, Detected { number: 3, layout: layout.clone() }).unwrap();
        for chunk in [&b"\xFE\xFF\xAC"[..], b"\0\0\n\0", b"b"] {
            stream.push(1, chunk, &mut out).unwrap();
        }
        stream.finish(1, &mut out).unwrap();
        let mut rest = bytes.as_slice();
        let mut seen = Vec::new();
        while let Ok(Frame::Lines { source, profile, layout: told, offset, bytes }) = Frame::read(&mut rest) {
            assert_eq!((source, profile, &told), (1, 3, &layout));
            seen.push((offset, String::from_utf8(bytes).unwrap()));
        }
        assert_eq!(seen, [(0, "\u{feff}\u{ac00}\n".to_owned()), (6, "b".to_owned())]);
    }
}

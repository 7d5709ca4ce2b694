//! Lines that fit no profile: counted and sampled for each source, told when the source ends.

use artifacts::log::{Profile, Unread};
use model::{Batch, Code, Finding, Span, Table};
use std::collections::BTreeMap;

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

/// One finding for each reason.
pub fn finding_rows(source: u32, unread: Option<(u16, Unread)>, profiles: &[&Profile]) -> Batch {
    let mut out = Batch::new(Table::Finding);
    let Some((profile, unread)) = unread else { return out };
    let name = profiles.get(usize::from(profile)).map_or("", |p| p.name());
    let expected = format!("a line of the log profile {name}");
    for reason in unread.reasons() {
        let samples: Vec<String> =
            reason.samples.iter().map(|s| format!("at {}: {}", s.offset, String::from_utf8_lossy(&s.text))).collect();
        let found = format!("{}; {} lines; first {}: {}", reason.reason, reason.count, samples.len(), samples.join(" | "));
        let at = reason.samples.first().map(|s| Span { source, offset: s.offset, length: s.length });
        let finding =
            Finding { code: Code::LinesNotParsed, at, place: b"", expected: &expected, found: &found, count: reason.count };
        out.finding(&finding, 0, source);
    }
    // Told of once a source: the rows themselves say it of each time.
    let place = name.as_bytes();
    for (code, count, expected, found) in [
        (
            Code::TimeNotRead,
            unread.without_time,
            "a time that tells year, month and day",
            "another text; state time in the log profile, such as \"dmy\" or \"mdy\", as in docs/log-profiles.md",
        ),
        (
            Code::TimeWithoutYear,
            unread.without_year,
            "the year of each time",
            "none; state year in the log profile, as in docs/log-profiles.md",
        ),
        (
            Code::TimeWithoutZone,
            unread.without_zone,
            "the offset of each time",
            "none; state the zone with the import or in the log profile",
        ),
    ] {
        if count > 0 {
            out.finding(&Finding { code, at: None, place, expected, found, count }, 0, source);
        }
    }
    out
}

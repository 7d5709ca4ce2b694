//! Which profile reads a file, by its first records.

use super::encoding::HeadText;
use super::framing::{Framing, Layout};
use super::line::LineParser;
use super::profile::{Profile, Shape, TextFormat};
use super::splitter::Splitter;
use super::table::{Header, seems_time};
use super::unread::Unread;
use super::zeros;
use crate::Facts;
use model::{Event, Value};
use std::convert::Infallible;

/// Records looked at.
const SAMPLE_LINES: usize = 128;
/// Lines read at either end of the sample before a profile of which none fits is given up; bytes,
/// of records that are no lines.
const FIRST_LINES: usize = 8;
const FIRST_BYTES: usize = 8 << 10;
/// Bytes of a file that may be read to find whole records: as many as hold a record past the
/// bound, and some behind it.
pub const LONGEST_HEAD: usize = 4 << 20;
/// Bytes of an unfinished line by which the rest of a head tells too little.
const LONG_LINE: usize = 32 << 10;
/// Share of the records that must be read, in percent.
const ENOUGH: usize = 60;
/// Confidence, in percent of the share, where only common names of fields speak for a profile.
const UNSPECIFIC: usize = 70;

/// A profile that reads a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Position among the profiles given.
    pub profile: usize,
    /// 0 to 100: the share of the first records it reads, less where the log shows nothing that
    /// only this profile has.
    pub confidence: u8,
    /// How the file is cut into records.
    pub layout: Layout,
    /// Of the first records, how many were read, and how many there were.
    pub read: usize,
    pub records: usize,
}

/// The profiles that read most of the first records of a text file, best first: the higher rank,
/// then the shape a profile is made for, decide. A profile with hints is among them only where
/// the records show one.
pub fn candidates(facts: &Facts<'_>, profiles: &[&Profile]) -> Vec<Candidate> {
    let mut found: Vec<(u32, usize, Candidate)> = Vec::new();
    // Asked once: most files of an archive are no text at all, and only a journal need not be.
    let head = HeadText::of(facts);
    let is_text = looks_like_text(&head.text);
    let lines = if is_text { sample(&head) } else { None };
    for (index, profile) in profiles.iter().enumerate().filter(|(_, p)| is_text || p.journal.is_some()) {
        let Some(layout) = profile.layout(&head) else { continue };
        let Some(fit) = (match layout.framing {
            Framing::Lines => lines.and_then(|lines| fit(profile, lines)),
            Framing::Journal => fit_framed(profile, &layout, facts),
            _ if is_text => fit_framed(profile, &layout, facts),
            _ => None,
        }) else {
            continue;
        };
        let share = if profile.is_specific() { 100 } else { UNSPECIFIC };
        let confidence = fit.percent.saturating_mul(share) / 100;
        let candidate = Candidate {
            profile: index,
            confidence: u8::try_from(confidence).unwrap_or(100),
            layout,
            read: fit.read,
            records: fit.records,
        };
        found.push((profile.rank, fit.native, candidate));
    }
    found.sort_by_key(|(rank, native, c)| std::cmp::Reverse((*rank, *native, c.confidence, std::cmp::Reverse(c.profile))));
    found.into_iter().map(|f| f.2).collect()
}

/// The first of `candidates`, and its confidence.
pub fn detect(facts: &Facts<'_>, profiles: &[&Profile]) -> Option<(usize, u8)> {
    candidates(facts, profiles).first().map(|c| (c.profile, c.confidence))
}

/// Whether the head of a file, by which no profile was found, ends before its first records do:
/// more of it, up to `LONGEST_HEAD`, may tell. So it is of text within a long line or a JSON
/// document, and of zeros that something may follow.
pub fn ends_too_early(facts: &Facts<'_>) -> bool {
    if facts.size <= facts.head.len() as u64 || facts.head.len() >= LONGEST_HEAD {
        return false;
    }
    let head = HeadText::of(facts);
    let text = zeros::before(&head.text).1;
    if text.is_empty() {
        return true;
    }
    let open = memchr::memrchr(b'\n', text).map_or(text.len(), |i| text.len().saturating_sub(i));
    let document = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    (open > LONG_LINE || document) && looks_like_text(text)
}

/// Whether a file may be read by a profile that a person chose: it is text, or the profile reads
/// some of its first records.
pub fn may_be_of(facts: &Facts<'_>, profile: &Profile) -> Option<Layout> {
    let head = HeadText::of(facts);
    let layout = profile.layout(&head)?;
    let some = || match layout.framing {
        Framing::Journal => true,
        Framing::Lines => lines(&head).is_some_and(|lines| count(profile, lines).0 > 0),
        Framing::Continued
        | Framing::Delimited
        | Framing::JsonArray
        | Framing::JsonValues
        | Framing::Counted
        | Framing::Unframed
        | Framing::TornRows
        | Framing::TornJson => count_framed(profile, &layout, facts.head, head.whole).0 > 0,
    };
    (looks_like_text(&head.text) || zeros::before(&head.text).1.is_empty() || some()).then_some(layout)
}

/// The whole lines at the head of a file, from the first that is no zeros on.
fn lines<'a>(head: &'a HeadText<'_>) -> Option<&'a [u8]> {
    let text = zeros::before(&head.text).1;
    let end = if head.whole { text.len() } else { memchr::memrchr(b'\n', text)?.saturating_add(1) };
    let lines = text.get(..end)?;
    let stop = memchr::memchr_iter(b'\n', lines).nth(SAMPLE_LINES).map_or(lines.len(), |i| i.saturating_add(1));
    lines.get(..stop).filter(|lines| !lines.is_empty())
}

/// The whole lines at the head of a text file.
fn sample<'a>(head: &'a HeadText<'_>) -> Option<&'a [u8]> {
    lines(head).filter(|lines| looks_like_text(lines))
}

/// Whether UTF-8 may be lines of text: of control characters other than tab and line ends at most
/// one in a hundred, since a log may hold a few that a client sent. Runs of zeros are not counted:
/// a crash leaves blocks of a log unwritten, and some servers make room for it ahead.
pub fn looks_like_text(head: &[u8]) -> bool {
    // Counted in bytes, a piece at a time, which the processor does for many bytes at once.
    let count = |piece: &[u8]| piece.iter().fold(0u8, |n, b| n.wrapping_add(u8::from(matches!(b, 0..=8 | 14..=31))));
    let control: usize = head.chunks(255).map(|piece| usize::from(count(piece))).sum();
    let few = |control: usize, bytes: usize| bytes > 0 && control.saturating_mul(100) <= bytes;
    if few(control, head.len()) {
        return true;
    }
    let zeros = zeros::in_runs(head);
    zeros > 0 && few(control.saturating_sub(zeros), head.len().saturating_sub(zeros))
}

struct Fit {
    /// Records of the shape the profile is made for.
    native: usize,
    percent: usize,
    read: usize,
    records: usize,
}

impl Fit {
    /// None where too little was read, or no hint was shown.
    fn of(profile: &Profile, (read, native, hinted, unread): (usize, usize, usize, usize)) -> Option<Self> {
        let records = read.saturating_add(unread);
        let percent = read.saturating_mul(100).checked_div(records)?;
        let enough = percent >= ENOUGH && (hinted > 0 || profile.hints.is_none());
        enough.then_some(Self { native, percent, read, records })
    }
}

fn native(profile: &Profile) -> Option<Shape> {
    match profile.text.as_ref()? {
        TextFormat::Access { native, .. } => Some(*native),
        TextFormat::Pattern { .. } => Some(Shape::Pattern),
    }
}

fn fit(profile: &Profile, sample: &[u8]) -> Option<Fit> {
    // Either end is enough: a log may begin with lines of its program's start.
    let first = memchr::memchr_iter(b'\n', sample).nth(FIRST_LINES).unwrap_or(sample.len());
    let last = memchr::memrchr_iter(b'\n', sample).nth(FIRST_LINES).map_or(0, |i| i.saturating_add(1));
    if count(profile, sample.get(..first)?).0 == 0 && count(profile, sample.get(last..)?).0 == 0 {
        return None;
    }
    Fit::of(profile, count(profile, sample))
}

/// Records that are no lines: those that are whole at the head of the file.
fn fit_framed(profile: &Profile, layout: &Layout, facts: &Facts<'_>) -> Option<Fit> {
    let whole = facts.size <= facts.head.len() as u64;
    if let Some(first) = facts.head.get(..FIRST_BYTES) {
        let (read, _, _, unread) = count_framed(profile, layout, first, false);
        if read == 0 && unread > 0 {
            return None;
        }
    }
    let counted = count_framed(profile, layout, facts.head, whole);
    // A table that was begun, and nothing written to it: its header says what it is.
    if whole && counted.0 == 0 && counted.3 == 0 && !layout.header.is_empty() {
        return Some(Fit { native: 0, percent: 100, read: 0, records: 0 });
    }
    if counted.0 == 0 { None } else { Fit::of(profile, counted) }
}

/// As `count`, for the records at the head of a file; `whole`: it is all of the file.
fn count_framed(profile: &Profile, layout: &Layout, head: &[u8], whole: bool) -> (usize, usize, usize, usize) {
    let mut parser = LineParser::new(profile);
    let mut unread = Unread::default();
    let (mut read, mut rows, mut hinted) = (0usize, 0usize, 0usize);
    let mut splitter = Splitter::new(profile, layout.clone());
    let mut take = |block: super::Block<'_>| {
        // What the head breaks off says nothing of the file.
        if block.bytes.is_empty() && !whole {
            return Ok::<(), Infallible>(());
        }
        for part in [block.carry, block.bytes] {
            parser.each(0, block.layout, block.offset, part, &mut unread, |event, _| {
                read = read.saturating_add(usize::from(is_sound(profile, event)));
                rows = rows.saturating_add(1);
                hinted = hinted.saturating_add(usize::from(shows(profile, event)));
                Ok::<(), Infallible>(())
            })?;
        }
        Ok(())
    };
    let Ok(()) = splitter.push(head, &mut take);
    let Ok(_) = splitter.finish(&mut take);
    let unread = usize::try_from(unread.total()).unwrap_or(usize::MAX).saturating_add(rows.saturating_sub(read));
    (read, read, hinted, unread)
}

/// Lines read, of them native, of them hinted at; lines not read.
fn count(profile: &Profile, sample: &[u8]) -> (usize, usize, usize, usize) {
    let native = native(profile);
    let mut parser = LineParser::new(profile);
    let (mut read, mut of_shape, mut hinted, mut unsound) = (0usize, 0usize, 0usize, 0usize);
    let mut unread = Unread::default();
    let mut rest = sample;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i.saturating_add(1));
        let Some((line, after)) = rest.split_at_checked(end) else { break };
        let mut there = false;
        let Ok(()) = parser.each(0, &Layout::default(), 0, line, &mut unread, |event, _| {
            there = is_sound(profile, event);
            unsound = unsound.saturating_add(usize::from(!there));
            hinted = hinted.saturating_add(usize::from(shows(profile, event)));
            Ok::<(), Infallible>(())
        });
        read = read.saturating_add(usize::from(there));
        let shape = parser.shape;
        of_shape = of_shape.saturating_add(usize::from(there && (shape == Shape::Json || Some(shape) == native)));
        rest = after;
    }
    (read, of_shape, hinted, usize::try_from(unread.total()).unwrap_or(usize::MAX).saturating_add(unsound))
}

/// Whether a row speaks for its profile: what stands where the time is expected is a time. Syslog
/// may lack the year, a table that names its own columns the day, and one whose header row the
/// profile knows may write its times in a way that has to be stated.
fn is_sound(profile: &Profile, event: &Event<'_>) -> bool {
    let header = profile.delimited.as_ref().map(|d| &d.header);
    let lenient = profile.syslog.is_some() || header == Some(&Header::Directive);
    let sound = |value: &Value<'_>| header == Some(&Header::Row) && matches!(value, Value::Text(text) if seems_time(text));
    let raw = event.more.iter().find(|(name, _)| *name == "raw_time");
    event.at.is_some() || lenient || raw.is_none_or(|(_, value)| sound(value))
}

/// Whether a row shows one of the profile's hints.
fn shows(profile: &Profile, event: &Event<'_>) -> bool {
    let Some(hints) = &profile.hints else { return false };
    let target = event.object.is_some_and(|t| hints.targets.iter().any(|p| p.find(super::target::path(t)).is_some()));
    let key = event.request.as_ref().and_then(|r| r.key);
    target || key.is_some_and(|k| hints.keys.iter().any(|r| r.is_match(k)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Profiles;

    const LINE: &[u8] = b"203.0.113.7 - - [12/Mar/2024:09:00:01 +0000] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8.5.0\"\n";

    fn found(bytes: &[u8], head: usize) -> Option<(&'static str, u8)> {
        let facts =
            Facts { path: b"a", stream: b"", size: bytes.len() as u64, head: &bytes[..bytes.len().min(head)], file_system: None };
        let profiles = Profiles::builtin();
        let all: Vec<&Profile> = profiles.all().iter().collect();
        let (n, confidence) = detect(&facts, &all)?;
        let name = crate::log::BUILTIN.iter().find(|b| b.0 == all[n].name()).unwrap().0;
        Some((name, confidence))
    }

    fn longer(bytes: &[u8]) -> bool {
        let head = &bytes[..bytes.len().min(64 << 10)];
        ends_too_early(&Facts { path: b"a", stream: b"", size: bytes.len() as u64, head, file_system: None })
    }

    #[test]
    fn zeros_do_not_hide_a_log() {
        for (before, zeros, after) in [(0, 3000, 600), (300, 100_000, 300), (600, 40_000, 0), (5, 40_000, 0)] {
            let log = [LINE.repeat(before), vec![0; zeros], LINE.repeat(after)].concat();
            assert_eq!(found(&log, 64 << 10).map(|f| f.0), Some("combined"), "{before} {zeros} {after}");
        }
        let log = [vec![0; 100_000], LINE.repeat(600)].concat();
        assert!(longer(&log));
        assert_eq!(found(&log, LONGEST_HEAD).map(|f| f.0), Some("combined"));
        assert!(!looks_like_text(&[0; 4096]) && !looks_like_text(&[b"a\0b\x01".repeat(100), vec![0; 4096]].concat()));
    }

    #[test]
    fn a_long_first_record_asks_for_more() {
        let request =
            [b"203.0.113.7 - - [12/Mar/2024:09:00:01 +0000] \"GET /".as_slice(), &[b'a'; 200_000], &LINE[50..]].concat();
        let record = format!(
            "{{\"eventVersion\":\"1.08\",\"eventTime\":\"2024-03-12T09:00:01Z\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"a\":\"{}\"}}",
            "b".repeat(90_000)
        );
        let document = format!("{{\"Records\":[{record},{record},{record}]}}").into_bytes();
        let lines = format!("{record}\n{record}\n{record}\n").into_bytes();
        for (bytes, name) in [
            ([request, LINE.repeat(600)].concat(), "combined"),
            ([vec![b'A'; 3_000_000], b"\n".to_vec(), LINE.repeat(600)].concat(), "combined"),
            (document, "aws_cloudtrail"),
            (lines, "aws_cloudtrail"),
        ] {
            assert_eq!(found(&bytes, 64 << 10), None, "{name}");
            assert!(longer(&bytes), "{name}");
            assert_eq!(found(&bytes, LONGEST_HEAD).map(|f| f.0), Some(name));
        }
        assert!(!longer(&LINE.repeat(2000)));
    }

    #[test]
    fn a_banner_at_the_top_does_not_hide_a_log() {
        let banner = b"Starting web server, listening on port 80\n".repeat(12);
        assert_eq!(found(&[banner, LINE.repeat(600)].concat(), 64 << 10), Some(("combined", 90)));
    }
}

//! Which profile reads a file, by its first records.

use super::encoding::HeadText;
use super::framing::{Framing, Layout};
use super::line::LineParser;
use super::profile::{Profile, Shape, TextFormat};
use super::splitter::Splitter;
use super::table::{Header, seems_time};
use super::unread::Unread;
use crate::Facts;
use model::{Event, Value};
use std::convert::Infallible;

/// Records looked at.
const SAMPLE_LINES: usize = 128;
/// Lines read before a profile of which none fits is given up; bytes, of records that are no lines.
const FIRST_LINES: usize = 8;
const FIRST_BYTES: usize = 8 << 10;
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

/// The whole lines at the head of a text file.
fn sample<'a>(head: &'a HeadText<'_>) -> Option<&'a [u8]> {
    let end = if head.whole { head.text.len() } else { memchr::memrchr(b'\n', &head.text)?.saturating_add(1) };
    let lines = head.text.get(..end)?;
    let stop = memchr::memchr_iter(b'\n', lines).nth(SAMPLE_LINES).map_or(lines.len(), |i| i.saturating_add(1));
    let lines = lines.get(..stop)?;
    (!lines.is_empty() && looks_like_text(lines)).then_some(lines)
}

/// Whether UTF-8 may be lines of text: of control characters other than tab and line ends at most
/// one in a hundred, since a log may hold a few that a client sent.
pub fn looks_like_text(head: &[u8]) -> bool {
    // Counted in bytes, a piece at a time, which the processor does for many bytes at once.
    let count = |piece: &[u8]| piece.iter().fold(0u8, |n, b| n.wrapping_add(u8::from(matches!(b, 0..=8 | 14..=31))));
    let control: usize = head.chunks(255).map(|piece| usize::from(count(piece))).sum();
    !head.is_empty() && control.saturating_mul(100) <= head.len()
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
    let first = memchr::memchr_iter(b'\n', sample).nth(FIRST_LINES).unwrap_or(sample.len());
    let (read, ..) = count(profile, sample.get(..first)?);
    if read == 0 {
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

//! Which profile reads a file, by its first lines.

use super::line::LineParser;
use super::profile::{Profile, Shape, TextFormat};
use super::unread::Unread;
use crate::Facts;
use model::Event;
use std::convert::Infallible;

/// Lines looked at.
const SAMPLE_LINES: usize = 400;
/// Lines read before a profile of which none fits is given up.
const FIRST_LINES: usize = 8;
/// Share of the lines that must be read, in percent.
const ENOUGH: usize = 60;

/// The profile that fits best and how sure that is, 0 to 100: the share of the first lines it
/// reads. None where no profile reads most of them, or the file is no text. A profile with hints
/// is taken only where the lines show one; then the higher rank, then the shape the profile is
/// made for, decide.
pub fn detect(facts: &Facts<'_>, profiles: &[&Profile]) -> Option<(usize, u8)> {
    let sample = sample(facts)?;
    let mut best: Option<(u32, usize, u8, usize)> = None;
    for (index, profile) in profiles.iter().enumerate() {
        let Some(fit) = fit(profile, sample) else { continue };
        let better = best.is_none_or(|(rank, native, ..)| (profile.rank, fit.native) > (rank, native));
        if better {
            best = Some((profile.rank, fit.native, fit.percent, index));
        }
    }
    best.map(|(_, _, percent, index)| (index, percent))
}

/// The whole lines at the head of a text file.
fn sample<'a>(facts: &Facts<'a>) -> Option<&'a [u8]> {
    let head = facts.head;
    let whole = facts.size <= head.len() as u64;
    let end = if whole { head.len() } else { memchr::memrchr(b'\n', head)?.saturating_add(1) };
    let lines = head.get(..end)?;
    let stop = memchr::memchr_iter(b'\n', lines).nth(SAMPLE_LINES).map_or(lines.len(), |i| i.saturating_add(1));
    let lines = lines.get(..stop)?;
    (!lines.is_empty() && looks_like_text(lines)).then_some(lines)
}

/// Whether bytes may be lines of text: of control characters other than tab and line ends at most
/// one in a hundred, since a log may hold a few that a client sent.
pub fn looks_like_text(head: &[u8]) -> bool {
    let control = head.iter().filter(|b| matches!(b, 0..=8 | 14..=31)).count();
    !head.is_empty() && control.saturating_mul(100) <= head.len()
}

struct Fit {
    /// Lines of the shape the profile is made for.
    native: usize,
    percent: u8,
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
    let (read, native, hinted, unread) = count(profile, sample);
    let lines = read.saturating_add(unread);
    let percent = read.saturating_mul(100).checked_div(lines)?;
    let enough = percent >= ENOUGH && (hinted > 0 || profile.hints.is_none());
    enough.then_some(Fit { native, percent: u8::try_from(percent).unwrap_or(100) })
}

/// Lines read, of them native, of them hinted at; lines not read.
fn count(profile: &Profile, sample: &[u8]) -> (usize, usize, usize, usize) {
    let native = native(profile);
    let mut parser = LineParser::new(profile);
    let (mut read, mut of_shape, mut hinted) = (0usize, 0usize, 0usize);
    let mut unread = Unread::default();
    let mut rest = sample;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i.saturating_add(1));
        let Some((line, after)) = rest.split_at_checked(end) else { break };
        let mut there = false;
        let Ok(()) = parser.lines(0, 0, line, &mut unread, |event, _| {
            there = true;
            hinted = hinted.saturating_add(usize::from(shows(profile, event)));
            Ok::<(), Infallible>(())
        });
        read = read.saturating_add(usize::from(there));
        let shape = parser.shape;
        of_shape = of_shape.saturating_add(usize::from(there && (shape == Shape::Json || Some(shape) == native)));
        rest = after;
    }
    (read, of_shape, hinted, usize::try_from(unread.total()).unwrap_or(usize::MAX))
}

/// Whether a row shows one of the profile's hints.
fn shows(profile: &Profile, event: &Event<'_>) -> bool {
    let Some(hints) = &profile.hints else { return false };
    let target = event.object.is_some_and(|t| hints.targets.iter().any(|p| p.find(super::target::path(t)).is_some()));
    let key = event.request.as_ref().and_then(|r| r.key);
    target || key.is_some_and(|k| hints.keys.iter().any(|r| r.is_match(k)))
}

//! From bytes of a source to the bytes of its parent that they are, where no decoding lies
//! between: a volume in its image, a file's runs in its volume. Source: docs/format.md, "Sources".

use crate::Json;

/// Most pieces one lookup yields.
const MOST_PIECES: usize = 4096;

const VOLUME: u8 = 5;
const FILE_SYSTEM_FILE: u8 = 6;
const GAP: u8 = 8;
/// Flags of a file's stream: compressed or encrypted, so that its runs hold other bytes.
const ENCODED: u8 = 2 | 4;

/// A piece of a source: offset and length in bytes.
pub type Piece = (u64, u64);

/// The pieces of the parent that the given pieces of a source are, from the source's kind and
/// locator. None where they are none, or only after decoding.
pub fn parent_pieces(kind: u8, locator: &[u8], pieces: &[Piece]) -> Option<Vec<Piece>> {
    let locator = Json::read_loosely(locator).ok()?;
    match kind {
        VOLUME | GAP => {
            let (start, length) = (number(locator.get("offset")?)?, number(locator.get("length")?)?);
            let within = |(offset, n): &Piece| offset.checked_add(*n).is_some_and(|end| end <= length);
            pieces.iter().map(|p| within(p).then_some((start.checked_add(p.0)?, p.1))).collect()
        }
        FILE_SYSTEM_FILE => {
            let flags = locator.get("flags").and_then(Json::as_int).and_then(|f| u8::try_from(f).ok())?;
            let initialized = number(locator.get("initialized")?)?;
            if flags & ENCODED != 0 {
                return None;
            }
            let runs = runs(locator.get("runs")?)?;
            let mut out = Vec::new();
            for (offset, length) in pieces {
                // Past what was ever written a file reads as zeros: no bytes of the volume say so.
                let end = offset.checked_add(*length).filter(|end| *end <= initialized)?;
                through_runs(&runs, *offset, end, &mut out)?;
            }
            Some(out)
        }
        _ => None,
    }
}

/// A number, or one of 2^53 and above as text.
fn number(value: &Json) -> Option<u64> {
    value.as_int().and_then(|i| u64::try_from(i).ok()).or_else(|| value.as_big())
}

/// Start in the volume, None for a hole, and length of each run.
fn runs(list: &Json) -> Option<Vec<(Option<u64>, u64)>> {
    list.as_list()?
        .iter()
        .map(|run| match run.as_list()? {
            [start, length] => Some((number(start), number(length)?)),
            _ => None,
        })
        .collect()
}

fn through_runs(runs: &[(Option<u64>, u64)], mut from: u64, end: u64, out: &mut Vec<Piece>) -> Option<()> {
    let mut at = 0u64;
    for (start, length) in runs {
        let run_end = at.checked_add(*length)?;
        if from < end && from < run_end {
            let upto = end.min(run_end);
            let within = from.checked_sub(at)?;
            out.push((start.as_ref()?.checked_add(within)?, upto.checked_sub(from)?));
            from = upto;
        }
        if out.len() > MOST_PIECES {
            return None;
        }
        at = run_end;
    }
    (from >= end).then_some(())
}

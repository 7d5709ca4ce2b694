//! Where each table's chunks lie in the media. Tables only count; their numbers follow from order,
//! so a segment that is missing or broken leaves open where later ones belong, unless the end of
//! the image is there: then they are counted back from it.

use super::geometry::Geometry;
use super::recover;
use super::section::SectionKind;
use super::segment::Segment;
use super::table::{Body, Table, of_segment};
use crate::Note;
use crate::note::push_bounded;
use model::Code;
use std::sync::Arc;

/// Tables without a break between them.
#[derive(Default)]
struct Run {
    tables: Vec<Table>,
    /// What is wrong before this run; empty where it begins with the first segment.
    gap: Option<(Code, String)>,
}

impl Run {
    fn chunks(&self) -> u64 {
        self.tables.iter().fold(0, |sum, t| sum.saturating_add(t.count))
    }
}

pub fn place(segments: &[Segment], geometry: &Geometry, notes: &mut Vec<Note>) -> Vec<Table> {
    let chunk = geometry.chunk_bytes().max(1);
    let needed = geometry.media_bytes().div_ceil(chunk);
    let mut runs = runs(segments, geometry, needed, notes);
    let complete = segments.last().is_some_and(|s| s.sections.iter().any(|x| x.kind == SectionKind::Done));
    if runs.len() > 1 && !complete {
        // Nothing to count back from: the end is missing too.
        let (code, what) = (Code::MissingSegment, "the image has no end (no done section)".to_owned());
        runs.push(Run { tables: Vec::new(), gap: Some((code, what)) });
    }
    let mut out: Vec<Table> = Vec::new();
    let mut at = 0u64;
    let last = runs.len().saturating_sub(1);
    let mut why: Vec<(Code, String)> = Vec::new();
    for (index, run) in runs.into_iter().enumerate() {
        let count = run.chunks();
        let first = if run.gap.is_none() {
            Some(0)
        } else {
            (index == last && !run.tables.is_empty()).then(|| needed.saturating_sub(count))
        };
        why.extend(run.gap.clone());
        match first.filter(|f| *f >= at) {
            Some(first) => {
                hole(at, first, geometry, &why, notes);
                why.clear();
                at = first;
                for mut table in run.tables {
                    table.first = at;
                    at = at.saturating_add(table.count);
                    out.push(table);
                }
            }
            None if run.tables.is_empty() => {}
            None => {
                let found = format!("{count} chunks whose place in the media cannot be told");
                push_bounded(notes, Note::new(Code::MissingSegment, "segments", "all segments up to the end", found));
            }
        }
    }
    if at < needed {
        let short = (Code::Truncated, format!("the tables hold {at} of {needed} chunks"));
        why.push(short);
        hole(at, needed, geometry, &why, notes);
    } else if at > needed {
        let found = format!("tables of {at} chunks; the surplus is left aside");
        push_bounded(notes, Note::new(Code::Damaged, "tables", format!("{needed} chunks, as the media's length says"), found));
    }
    out
}

/// A note for the media range of chunks `from..to`, which reads as zeros.
fn hole(from: u64, to: u64, geometry: &Geometry, why: &[(Code, String)], notes: &mut Vec<Note>) {
    let chunk = geometry.chunk_bytes();
    let start = from.saturating_mul(chunk);
    let length = to.saturating_mul(chunk).min(geometry.media_bytes()).saturating_sub(start);
    let Some((code, _)) = why.first().filter(|_| length > 0) else { return };
    let reasons: Vec<&str> = why.iter().map(|(_, text)| text.as_str()).collect();
    let found = format!("{}; {length} bytes read as zeros", reasons.join("; "));
    push_bounded(notes, Note::new(*code, "media", "chunks for the whole media", found).at(start, length));
}

fn runs(segments: &[Segment], geometry: &Geometry, needed: u64, notes: &mut Vec<Note>) -> Vec<Run> {
    let mut runs = vec![Run::default()];
    let mut expected = 1u16;
    let mut known = 0u64;
    for (index, segment) in segments.iter().enumerate() {
        if segment.number != expected {
            let upto = segment.number.saturating_sub(1);
            let what = if upto <= expected {
                format!("segment {expected} is missing")
            } else {
                format!("segments {expected} to {upto} are missing")
            };
            runs.push(Run { tables: Vec::new(), gap: Some((Code::MissingSegment, what)) });
        }
        expected = segment.number.saturating_add(1);
        let mut tables = of_segment(index, segment, geometry, notes);
        known = tables.iter().fold(known, |sum, t| sum.saturating_add(t.count));
        let ended = segment.sections.iter().any(|s| matches!(s.kind, SectionKind::Next | SectionKind::Done));
        if let Some(section) = recover::lost_sections(segment)
            && let Ok(found) = recover::scan(segment, &section, geometry, needed.saturating_sub(known))
            && !found.chunks.is_empty()
        {
            let count = found.chunks.len() as u64;
            known = known.saturating_add(count);
            let text = format!("{count} chunks, found by reading them one after the other");
            push_bounded(notes, Note::new(Code::Damaged, segment.name.clone(), "a table behind the last sectors section", text));
            tables.push(Table { segment: index, first: 0, count, body: Body::Recovered(Arc::new(found)) });
        }
        if let Some(run) = runs.last_mut() {
            run.tables.append(&mut tables);
        }
        let name = String::from_utf8_lossy(&segment.name).into_owned();
        if !ended && index.saturating_add(1) < segments.len() {
            runs.push(Run { tables: Vec::new(), gap: Some((Code::Truncated, format!("{name} breaks off"))) });
        }
    }
    runs
}

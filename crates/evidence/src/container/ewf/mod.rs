//! Expert Witness Format, version 1: EnCase, FTK Imager and libewf images (`.E01`), SMART (`.s01`).
//!
//! Source of the format: the EWF specification of the libewf documentation, and "ASR Data SMART
//! image format". A segment file is a header and a chain of sections; `table` sections say where in
//! the file the chunks of the media lie, each 32 KiB as a rule, deflated or stored.

mod chunk;
mod chunk_source;
mod error2;
mod geometry;
mod header;
mod placement;
mod recover;
mod section;
mod segment;
mod table;

use super::{Damage, Media, OpenError};
use crate::Note;
use crate::note::push_bounded;
use chunk_source::ChunkSource;
use model::{Code, SourceKind};
use segment::Segment;
use std::path::PathBuf;
use std::sync::Arc;
use table::Tables;

pub use section::{SIGNATURE, SIGNATURES_OF_KIN};

/// Opens the segments given, in order of their names; the numbers in their headers decide.
pub fn open(paths: &[PathBuf]) -> Result<Media, OpenError> {
    let mut notes = Vec::new();
    let mut segments: Vec<Segment> = Vec::new();
    for path in paths {
        if let Some(segment) = Segment::open(path, &mut notes)? {
            segments.push(segment);
        }
    }
    segments.sort_by_key(|s| s.number);
    let first = paths.first().cloned().unwrap_or_default();
    let damaged = |what: String| OpenError::Damaged { path: first.clone(), what };
    let Some(geometry) = geometry::find(&segments, &mut notes) else {
        return Err(damaged("no volume section says how large the media is".to_owned()));
    };
    let geometry = geometry.check().map_err(damaged)?;
    let chunks = geometry.media_bytes().div_ceil(geometry.chunk_bytes().max(1));
    if geometry.chunk_count != chunks && geometry.chunk_count != 0 {
        let expected = format!("{chunks} chunks for {} sectors", geometry.sector_count);
        push_bounded(
            &mut notes,
            Note::new(Code::Damaged, "volume section", expected, format!("{} chunks", geometry.chunk_count)),
        );
    }
    segments.dedup_by(|later, earlier| {
        let twice = later.number == earlier.number;
        if twice {
            push_bounded(
                &mut notes,
                Note::new(
                    Code::DuplicateName,
                    later.name.clone(),
                    format!("one segment {}", later.number),
                    "a second one; left aside",
                ),
            );
        }
        twice
    });
    let stored = header::stored(&segments, &geometry, &mut notes);
    error2::notes(&segments, &geometry, &mut notes);
    let damage = Damage::default();
    let tables = Tables::build(segments, &geometry, &mut notes);
    let source = Arc::new(ChunkSource::new(tables, geometry, damage.clone()));
    Ok(Media { kind: SourceKind::EwfImage, source, stored, notes, damage })
}

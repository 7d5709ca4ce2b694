//! Reads bytes of evidence again, by the way from the item to them.

use super::protocol::{FileRef, Frame};
use super::scan::failed;
use evidence::Note;
use evidence::archive::{self, Limits, Member, Visit};
use evidence::open::{Format, Item};
use evidence::{container, filesystem, open};
use model::{ByteSource, SharedSource, Stop, SubSource, read_full};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// One step from outer bytes to inner ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Volume {
        offset: u64,
        length: u64,
    },
    File(FileRef),
    /// Ordinal of a member of an archive or a folder.
    Member {
        ordinal: u32,
    },
}

const CHUNK: usize = 1 << 20;

pub fn run(paths: &[PathBuf], steps: &[Step], offset: u64, length: Option<u64>, out: &mut dyn Write) -> Result<(), Stop> {
    let item = open::group(paths).into_iter().next().ok_or_else(|| failed("nothing lies at the path"))?;
    match steps {
        [Step::Member { ordinal }] => member(&item, *ordinal, offset, length, out),
        _ => {
            let mut source = container::open(&item).map_err(failed)?.source;
            for step in steps {
                source = inner(source, step)?;
            }
            copy(&*source, offset, length, out)
        }
    }
}

fn inner(source: SharedSource, step: &Step) -> Result<SharedSource, Stop> {
    match step {
        Step::Volume { offset, length } => Ok(Arc::new(SubSource::new(source, *offset, *length))),
        Step::File(file) => match filesystem::open(&source) {
            Ok(Some(fs)) => fs.open(file.record, &file.to_stream()),
            Ok(None) => Err(failed("no file system lies there")),
            Err(note) => Err(failed(note.found)),
        },
        Step::Member { .. } => Err(failed("a member inside a volume is not read")),
    }
}

fn copy(source: &dyn ByteSource, offset: u64, length: Option<u64>, out: &mut dyn Write) -> Result<(), Stop> {
    let end = length.map_or(source.len(), |l| source.len().min(offset.saturating_add(l)));
    let mut at = offset;
    let mut buf = vec![0; CHUNK];
    while at < end {
        let want = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        let n = read_full(source, at, &mut buf[..want])?;
        if n == 0 {
            break;
        }
        Frame::Chunk(buf[..n].to_vec()).write(out)?;
        at += n as u64;
    }
    Ok(())
}

/// The walk begins right before the member, as directly as the format allows.
fn member(item: &Item, ordinal: u32, offset: u64, length: Option<u64>, out: &mut dyn Write) -> Result<(), Stop> {
    let limits = Limits::default();
    let end = length.map_or(u64::MAX, |l| offset.saturating_add(l));
    let mut one = One { ordinal, offset, end, at: 0, met: false, open: false, out };
    let before = ordinal.saturating_sub(1);
    let result = if item.format == Format::Folder {
        let folder = item.paths.first().ok_or_else(|| failed("no folder"))?;
        archive::walk_folder(folder, &limits, before, &mut one)
    } else {
        let source = container::open(item).map_err(failed)?.source;
        archive::walk_from(source, item.name.as_bytes(), &limits, before, &mut one)
    };
    match result {
        Err(Stop::Cancelled) | Ok(()) if one.met => Ok(()),
        Ok(()) => Err(failed(format!("no member {ordinal}"))),
        Err(e) => Err(e),
    }
}

/// Takes the bytes of one member and stops the walk behind them.
struct One<'w> {
    ordinal: u32,
    offset: u64,
    end: u64,
    at: u64,
    met: bool,
    open: bool,
    out: &'w mut dyn Write,
}

impl Visit for One<'_> {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        self.open = member.ordinal == self.ordinal;
        self.met |= self.open;
        Ok(self.open)
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if !self.open {
            return Ok(());
        }
        let from = usize::try_from(self.offset.saturating_sub(self.at)).unwrap_or(usize::MAX).min(chunk.len());
        let to = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(chunk.len());
        if let Some(part) = chunk.get(from..to).filter(|p| !p.is_empty()) {
            Frame::Chunk(part.to_vec()).write(self.out)?;
        }
        self.at += chunk.len() as u64;
        if self.at >= self.end { Err(Stop::Cancelled) } else { Ok(()) }
    }
    fn end(&mut self, member: &Member, _complete: bool) -> Result<(), Stop> {
        if member.ordinal == self.ordinal { Err(Stop::Cancelled) } else { Ok(()) }
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

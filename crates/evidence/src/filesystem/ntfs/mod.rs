//! NTFS, all versions: names and deleted names, streams, times, owners, and the state of each.
//!
//! Reading order: `boot` and `opening` (where the table lies) → `mft`, `fixup` (its records) →
//! `record`, `runs`, `standard_information`, `file_name`, `reparse`, `security` (one structure
//! each) → `extensions`, `collect` (a record with its extension records) → `table`, `paths`,
//! `claims`, `bitmap`, `verdict`, `mask` (what a state rests on) → `index`, `stale`, `stale_entry`
//! (names left in folder indexes) → `entry`, `walk`. `content`, `lznt1` open streams.
//!
//! Source of the structures: the documentation of the Linux NTFS project ("ntfsdoc"), [MS-FSCC]
//! for reparse points, [MS-XCA] for LZNT1, [MS-DTYP] for security descriptors.

mod bitmap;
mod boot;
mod claims;
mod collect;
mod content;
mod entry;
mod extensions;
mod file_name;
mod fixup;
mod index;
mod lznt1;
mod mask;
mod mft;
mod opening;
mod paths;
mod record;
mod reparse;
mod runs;
mod security;
mod stale;
mod stale_entry;
mod standard_information;
mod table;
mod tally;
mod verdict;
mod walk;

use super::{Facts, FileSystem, RunSource, Walk};
use crate::Note;
use boot::Boot;
use collect::{Collected, Want};
use mft::{Mft, Shape};
use model::{FieldError, FieldReader, MemorySource, SharedSource, Stop, Stream};
use record::{Header, kind};
use std::sync::Arc;

const VOLUME: u64 = 3;
const BITMAP: u64 = 6;
const SECURE: u64 = 9;

struct Ntfs {
    volume: SharedSource,
    /// Bytes of the volume that are there.
    bytes: u64,
    boot: Boot,
    mft: Mft,
    facts: Facts,
    /// Found while opening; told at the start of every walk.
    notes: Vec<Note>,
}

/// Opens NTFS at the start of `volume`; None where neither the boot sector nor its copy says NTFS.
pub fn open(volume: &SharedSource) -> Result<Option<Box<dyn FileSystem>>, Note> {
    let mut notes = Vec::new();
    let bytes = opening::readable(volume);
    let Some(boot) = opening::boot(volume, bytes, &mut notes)? else { return Ok(None) };
    let mft = opening::table(volume, &boot, &mut notes)?;
    let mut ntfs = Ntfs { volume: volume.clone(), bytes, boot, mft, facts: Facts::default(), notes };
    ntfs.facts = ntfs.tell_facts();
    Ok(Some(Box::new(ntfs)))
}

impl Ntfs {
    fn tell_facts(&self) -> Facts {
        let volume = self.system(VOLUME);
        let mut more = Vec::new();
        if let Some(information) = volume.as_ref().and_then(|v| v.volume_information.as_deref()) {
            let mut r = FieldReader::new(information, 0);
            if let (Ok(()), Ok([major, minor]), Ok(flags)) = (r.skip(8, "reserved"), r.array("version"), r.u16("volume flags")) {
                more.push(("version", format!("{major}.{minor}")));
                more.push(("dirty", if flags & 1 == 0 { "no" } else { "yes" }.to_owned()));
            }
        }
        more.push(("records", self.mft.count.to_string()));
        more.push(("record size", self.boot.record_size.to_string()));
        Facts {
            kind: "NTFS",
            label: volume.and_then(|v| v.volume_name).filter(|n| !n.is_empty()),
            serial: Some(format!("{:016X}", self.boot.serial)),
            cluster_size: self.boot.cluster_size,
            bytes: self.boot.bytes(),
            more,
        }
    }

    /// One record alone, without its extension records.
    fn alone(&self, number: u64) -> Result<Collected, Stop> {
        let wrong = |found: &str| damaged("MFT record", format!("a FILE record {number}"), found);
        let (record, shape) = self.mft.record(number)?.ok_or_else(|| wrong("past the end of the table"))?;
        if !matches!(shape, Shape::File { .. } | Shape::NoFixup) {
            return Err(wrong("another structure"));
        }
        let header = Header::parse(&record)?;
        let mut out = Collected::new(number, header);
        out.take(&self.mft, number, &record, &header, self.boot.cluster_size, Want::File);
        out.finish();
        Ok(out)
    }

    /// Resident content, from the record that holds its place.
    fn resident(&self, number: u64, stream: &Stream) -> Result<SharedSource, Stop> {
        let none = || damaged("stream", "content in the record".into(), "none of that name and place");
        let Some(at) = stream.runs.first().and_then(|r| r.offset) else { return Ok(Arc::new(MemorySource(Vec::new()))) };
        let holder = self.alone(self.mft.record_at(at).ok_or_else(none)?)?;
        let ours = holder.number == number || holder.header.base.is_some_and(|b| b.record == number);
        let found = holder.find(kind::DATA, &stream.name).filter(|f| ours && f.stream.runs == stream.runs);
        let bytes = found.and_then(|f| f.resident.clone()).ok_or_else(none)?;
        Ok(Arc::new(MemorySource(bytes)))
    }
}

impl FileSystem for Ntfs {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn walk(&self, out: &mut dyn Walk) -> Result<(), Stop> {
        self.walk_all(out)
    }

    fn open(&self, record: Option<u64>, stream: &Stream) -> Result<SharedSource, Stop> {
        if stream.flags.encrypted {
            return Err(unsupported("the stream is encrypted by EFS"));
        }
        let Some(number) = record else { return Err(unsupported("a stream of NTFS needs its record")) };
        if stream.flags.resident {
            return self.resident(number, stream);
        }
        // The record's own words matter only where the stream's do not tell enough.
        let own = self.alone(number).ok();
        let tag = own.as_ref().and_then(|r| r.reparse.as_deref()).and_then(reparse::parse).map(|r| r.tag);
        if stream.name.is_empty() && tag == Some(reparse::WOF) && stream.size > 0 {
            return Err(unsupported("the content is compressed by the Windows Overlay Filter"));
        }
        if stream.flags.compressed {
            let found = own.as_ref().and_then(|r| r.find(kind::DATA, &stream.name));
            // 16 clusters is what Windows writes; the piece with the number may be elsewhere.
            let unit = found.map(|f| f.unit).filter(|u| *u > 0 && *u < 32).unwrap_or(4);
            let unit = self.boot.cluster_size.saturating_mul(1u64.checked_shl(u32::from(unit)).unwrap_or(0));
            return Ok(Arc::new(content::CompressedSource::new(self.volume.clone(), stream, unit)?));
        }
        Ok(Arc::new(RunSource::new(self.volume.clone(), stream)))
    }
}

fn damaged(field: &'static str, expected: String, found: &str) -> Stop {
    Stop::Damaged(FieldError { field, at: 0, expected, found: found.to_owned() })
}

fn unsupported(why: &'static str) -> Stop {
    Stop::Io(std::io::Error::new(std::io::ErrorKind::Unsupported, why))
}

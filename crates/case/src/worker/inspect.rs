//! Says what an item is, before anything is imported.

use super::protocol::Frame;
use super::scan::{ProfileSet, failed, scheme_name};
use crate::api::{InspectedItem, VolumeInfo};
use artifacts::Facts;
use evidence::archive::{self, Limits, Member, Visit};
use evidence::open::{self, Format, Inspection, Item, VolumeContent};
use evidence::volume::{Volume, VolumeKind};
use evidence::{Note, container};
use model::Stop;
use std::io::Write;
use std::path::PathBuf;

pub fn run(paths: &[PathBuf], out: &mut dyn Write) -> Result<(), Stop> {
    let item = open::group(paths).into_iter().next().ok_or_else(|| failed("nothing lies at the path"))?;
    let inspection = open::inspect(&item).map_err(failed)?;
    let described = describe(&item, &inspection);
    Frame::Answer(serde_json::to_string(&described).map_err(failed)?).write(out)?;
    Ok(())
}

fn describe(item: &Item, i: &Inspection) -> InspectedItem {
    let name = |s: &open::SegmentFile| s.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let hashes = [("md5", i.stored.md5.map(hex::encode)), ("sha1", i.stored.sha1.map(hex::encode))];
    let mut stored: Vec<(String, String)> = hashes.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect();
    stored.extend(i.stored.metadata.iter().cloned());
    let all = i.volumes.as_ref().map(|m| m.volumes.as_slice()).unwrap_or_default();
    let volumes = all.iter().zip(&i.contents).enumerate().map(|(n, (v, content))| volume(n, v, content)).collect();
    let encryption = i.contents.iter().enumerate().filter_map(|(n, c)| match c {
        VolumeContent::Recognized(seen) if seen.encrypted => Some(format!("{} on volume {n}", seen.name)),
        VolumeContent::FileSystem(_) | VolumeContent::Recognized(_) | VolumeContent::Unknown | VolumeContent::Gap => None,
    });
    let log = log_profile(item, i);
    InspectedItem {
        handle: String::new(),
        name: item.name.clone(),
        format: i.signature.filter(|_| item.format == Format::File).unwrap_or(item.format.name()).to_owned(),
        bytes: item.bytes.to_string(),
        segments: i.segments.iter().map(name).collect(),
        stored,
        media_bytes: i.media_bytes.map(|b| b.to_string()),
        scheme: i.volumes.as_ref().map(|m| scheme_name(m.scheme).to_owned()),
        volumes,
        encryption: encryption.collect(),
        members: i.members.map(|m| m.to_string()),
        log_profile: log.as_ref().map(|l| l.0.clone()),
        log_confidence: log.map(|l| u32::from(l.1)),
        notes: i.notes.iter().map(|n| format!("{}: expected {}, found {}", n.code.label(), n.expected, n.found)).collect(),
    }
}

fn volume(n: usize, v: &Volume, content: &VolumeContent) -> VolumeInfo {
    let (file_system, label) = match content {
        VolumeContent::FileSystem(f) => {
            (Some(f.kind.to_owned()), f.label.as_ref().map(|l| String::from_utf8_lossy(l).into_owned()))
        }
        VolumeContent::Recognized(seen) => (Some(format!("{} (not read)", seen.name)), None),
        VolumeContent::Unknown | VolumeContent::Gap => (None, None),
    };
    VolumeInfo {
        id: n.to_string(),
        offset: v.offset.to_string(),
        bytes: v.length.to_string(),
        kind: match v.kind {
            VolumeKind::Gap => "gap",
            VolumeKind::Whole => "whole",
            VolumeKind::Partition => "partition",
        }
        .into(),
        type_name: v.type_name.map(str::to_owned).or_else(|| v.type_code.clone()),
        file_system,
        label,
    }
}

/// The log profile that fits: of the file itself, or of the first log an archive or folder holds.
fn log_profile(item: &Item, i: &Inspection) -> Option<(String, u8)> {
    let set = ProfileSet::new(None).ok()?;
    let all = set.all();
    let found = |path: &[u8], head: &[u8]| {
        let facts = Facts { path, stream: b"", size: head.len() as u64, head, file_system: None };
        let (at, confidence) = artifacts::log::detect(&facts, &all)?;
        Some((all.get(at)?.name().to_owned(), confidence))
    };
    match item.format {
        Format::File => found(item.name.as_bytes(), &i.head),
        Format::RawImage | Format::SplitRaw | Format::Ewf | Format::Unsupported(_) => None,
        Format::Zip | Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd | Format::Folder => {
            let mut first = FirstLog { head: Vec::new(), name: Vec::new(), members: 0, try_log: &found, answer: None };
            let limits = Limits { bytes: 64 << 20, members: 200, ..Limits::default() };
            let walked = if item.format == Format::Folder {
                item.paths.first().map(|p| archive::walk_folder(p, &limits, 0, &mut first))
            } else {
                container::open(item).ok().map(|m| archive::walk(m.source, item.name.as_bytes(), &limits, &mut first))
            };
            drop(walked);
            first.answer
        }
    }
}

/// Name and head of a file to the profile that fits, with its confidence.
type TryLog<'a> = dyn Fn(&[u8], &[u8]) -> Option<(String, u8)> + 'a;

/// Looks at the heads of the first members until one is a log.
struct FirstLog<'a> {
    head: Vec<u8>,
    name: Vec<u8>,
    members: u32,
    try_log: &'a TryLog<'a>,
    answer: Option<(String, u8)>,
}

const MEMBERS_TRIED: u32 = 50;

impl FirstLog<'_> {
    fn decide(&mut self) -> Result<(), Stop> {
        let head = std::mem::take(&mut self.head);
        self.answer = (self.try_log)(&self.name, &head);
        if self.answer.is_some() || self.members >= MEMBERS_TRIED { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

impl Visit for FirstLog<'_> {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        self.members += 1;
        self.head.clear();
        self.name = member.name.clone();
        Ok(true)
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if self.head.len() < open::HEAD_BYTES {
            self.head.extend_from_slice(chunk);
            if self.head.len() >= open::HEAD_BYTES {
                self.head.truncate(open::HEAD_BYTES);
                return self.decide();
            }
        }
        Ok(())
    }
    fn end(&mut self, _member: &Member, _complete: bool) -> Result<(), Stop> {
        if self.head.is_empty() || self.head.len() >= open::HEAD_BYTES { Ok(()) } else { self.decide() }
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

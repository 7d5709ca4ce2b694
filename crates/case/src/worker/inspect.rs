//! Says what an item is, before anything is imported.

use super::protocol::Frame;
use super::scan::{ProfileSet, failed, scheme_name};
use crate::api::{InspectedItem, VolumeInfo};
use artifacts::Facts;
use evidence::open::{self, Format, Inspection};
use evidence::volume::VolumeKind;
use model::Stop;
use std::io::Write;
use std::path::PathBuf;

pub fn run(paths: &[PathBuf], out: &mut dyn Write) -> Result<(), Stop> {
    let item = open::group(paths).into_iter().next().ok_or_else(|| failed("nothing lies at the path"))?;
    let inspection = open::inspect(&item);
    let described = describe(&inspection, paths);
    Frame::Answer(serde_json::to_string(&described).map_err(failed)?).write(out)?;
    Ok(())
}

fn describe(i: &Inspection, paths: &[PathBuf]) -> InspectedItem {
    let item = &i.item;
    let name = |p: &PathBuf| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut stored = Vec::new();
    if let Some(md5) = i.stored.md5 {
        stored.push(("md5".into(), hex::encode(md5)));
    }
    if let Some(sha1) = i.stored.sha1 {
        stored.push(("sha1".into(), hex::encode(sha1)));
    }
    stored.extend(i.stored.metadata.iter().cloned());
    let volumes = i.volumes.iter().enumerate().map(|(n, v)| VolumeInfo {
        id: n.to_string(),
        offset: v.volume.offset.to_string(),
        bytes: v.volume.length.to_string(),
        kind: match v.volume.kind {
            VolumeKind::Gap => "gap",
            VolumeKind::Whole => "whole",
            VolumeKind::Partition => "partition",
        }
        .into(),
        type_name: v.volume.type_name.map(str::to_owned).or_else(|| v.volume.type_code.clone()),
        file_system: v.file_system.as_ref().map(|f| f.kind.to_owned()),
        label: v.file_system.as_ref().and_then(|f| f.label.as_ref()).map(|l| String::from_utf8_lossy(l).into_owned()),
    });
    let volumes: Vec<VolumeInfo> = volumes.collect();
    let encryption = i.volumes.iter().enumerate().filter_map(|(n, v)| v.encryption.map(|e| format!("{e} on volume {n}"))).collect();
    let log = log_profile(i, paths);
    InspectedItem {
        handle: String::new(),
        name: item.name.clone(),
        format: format_name(item.format).into(),
        bytes: item.bytes.to_string(),
        segments: item.paths.iter().map(name).collect(),
        stored,
        media_bytes: i.media_bytes.map(|b| b.to_string()),
        scheme: i.scheme.map(|s| scheme_name(s).to_owned()),
        volumes,
        encryption,
        members: i.members.map(|m| m.to_string()),
        log_profile: log.as_ref().map(|l| l.0.clone()),
        log_confidence: log.map(|l| u32::from(l.1)),
        notes: i.notes.iter().map(|n| format!("{}: expected {}, found {}", n.code.label(), n.expected, n.found)).collect(),
    }
}

fn log_profile(i: &Inspection, _paths: &[PathBuf]) -> Option<(String, u8)> {
    let set = ProfileSet::new(None).ok()?;
    let all = set.all();
    let path = i.item.name.as_bytes();
    let facts = Facts { path, stream: b"", size: i.item.bytes, head: &i.head, file_system: None };
    let (at, confidence) = artifacts::log::detect(&facts, &all)?;
    Some((all.get(at)?.name().to_owned(), confidence))
}

pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::RawImage => "raw image",
        Format::SplitRaw => "split raw image",
        Format::Ewf => "EWF image",
        Format::Zip => "zip archive",
        Format::Tar => "tar archive",
        Format::Gzip => "gzip",
        Format::Bzip2 => "bzip2",
        Format::Xz => "xz",
        Format::Zstd => "zstd",
        Format::Folder => "folder",
        Format::File => "file",
        Format::Unsupported(what) => what,
    }
}

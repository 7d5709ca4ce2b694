//! Says what an item is, before anything is imported.

use super::heads::{self, Go};
use super::protocol::{Frame, LogChoice};
use super::scan::{ProfileSet, failed, scheme_name};
use crate::api::{InspectedItem, LogFormat, VolumeInfo};
use artifacts::log::{Candidate, Profile};
use evidence::open::{self, Format, Inspection, Item, VolumeContent};
use evidence::volume::{Volume, VolumeKind};
use model::{Stop, Zone};
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
    let logs = log_formats(item);
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
        log_profile: logs.first().map(|l| l.profile.clone()),
        log_confidence: logs.first().map(|l| l.confidence),
        log_formats: logs,
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

/// Logs named for one item.
const MOST_LOGS: usize = 20;

/// The log profiles that fit the item's files, as far as they were looked at.
fn log_formats(item: &Item) -> Vec<LogFormat> {
    let Ok(set) = ProfileSet::new(&LogChoice::default()) else { return Vec::new() };
    let mut found = Vec::new();
    let looked = heads::each(item, &mut |head| {
        if set.want_more(&head.facts()) {
            return Go::Longer;
        }
        let candidates = set.candidates(&head.facts());
        let name = |c: &Candidate| set.get(c.profile).map(|p| p.name().to_owned()).unwrap_or_default();
        if let Some(best) = candidates.first() {
            let zone = set.get(best.profile).map_or(Zone::Unknown, Profile::zone);
            found.push(LogFormat {
                file: String::from_utf8_lossy(head.name).into_owned(),
                profile: name(best),
                confidence: u32::from(best.confidence),
                runner_up: candidates.get(1).map(name),
                runner_up_confidence: candidates.get(1).map(|c| u32::from(c.confidence)),
                zone: zone_words(zone),
            });
        }
        if found.len() < MOST_LOGS { Go::On } else { Go::Stop }
    });
    // What could not be opened is told by the inspection itself.
    drop(looked);
    found
}

/// What times without an offset are taken as.
pub fn zone_words(zone: Zone) -> String {
    match zone {
        Zone::Utc => "UTC, as the format defines".into(),
        Zone::Assumed(m) | Zone::Stated(m) => format!("{}, as stated", crate::import::zone_text(m)),
        Zone::Unknown => "as each record states it, else unknown".into(),
    }
}

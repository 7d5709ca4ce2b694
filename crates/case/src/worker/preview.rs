//! The first records of an item's logs as rows, before anything is imported.

use super::heads::{self, Go, Head};
use super::inspect::zone_words;
use super::profiles::ProfileSet;
use super::protocol::{Frame, LogChoice, ProfileChoice};
use super::scan::failed;
use crate::api::{LogPreview, UnreadRecord};
use crate::view::time_text;
use artifacts::log::{BUILTIN, Block, Candidate, Framing, HeadText, Layout, LineParser, Oddity, Profile, Splitter, Unread};
use evidence::open;
use model::{Event, Json, Stop};
use std::io::Write;
use std::path::PathBuf;

/// Logs previewed of one item, and rows of each.
const MOST_LOGS: usize = 8;
const ROWS: usize = 20;
/// Names of fields told.
const FIELDS: usize = 300;

pub const COLUMNS: [&str; 14] = [
    "at", "action", "actor", "key", "address", "method", "object", "subject", "status", "bytes", "exposes", "agent", "referrer",
    "more",
];

pub fn run(paths: &[PathBuf], choice: &LogChoice, out: &mut dyn Write) -> Result<(), Stop> {
    let item = open::group(paths).into_iter().next().ok_or_else(|| failed("nothing lies at the path"))?;
    let set = ProfileSet::new(choice).map_err(failed)?;
    let mut logs = Vec::new();
    heads::each(&item, &mut |head| {
        if set.want_more(&head.facts()) {
            return Go::Longer;
        }
        logs.extend(preview(head, &set, choice));
        if logs.len() < MOST_LOGS { Go::On } else { Go::Stop }
    })?;
    Frame::Answer(serde_json::to_string(&logs).map_err(failed)?).write(out)?;
    Ok(())
}

/// None for a file that no profile reads.
fn preview(head: &Head<'_>, set: &ProfileSet, choice: &LogChoice) -> Option<LogPreview> {
    let facts = head.facts();
    let found = set.detect(&facts)?;
    let profile = set.get(usize::from(found.number))?;
    let others = set.candidates(&facts);
    let place = others.iter().find(|c| c.profile == usize::from(found.number));
    let name = |c: &Candidate| set.get(c.profile).map(|p| p.name().to_owned());
    let mut out = LogPreview {
        file: String::from_utf8_lossy(head.name).into_owned(),
        profile: profile.name().to_owned(),
        // A profile that was chosen may read too little to be recognised.
        confidence: place.map_or(0, |c| u32::from(c.confidence)),
        runner_up: others.iter().find(|c| c.profile != usize::from(found.number)).and_then(name),
        zone: zone_words(profile.zone()),
        columns: COLUMNS.map(str::to_owned).to_vec(),
        toml: toml_of(profile, choice),
        fields: fields(profile, &found.layout, &HeadText::of(&facts).text),
        ..LogPreview::default()
    };
    let mut unread = Unread::default();
    let mut parser = LineParser::new(profile);
    let mut read = 0u32;
    let rows = &mut out.rows;
    let mut take = |block: Block<'_>| {
        // What the head breaks off is no damage of the file.
        if block.bytes.is_empty() && !head.whole {
            return Ok::<(), Stop>(());
        }
        let bytes = [block.carry, block.bytes].concat();
        parser.each(0, block.layout, block.offset, &bytes, &mut unread, |event, _| {
            read += 1;
            if rows.len() < ROWS {
                rows.push(cells(event));
            }
            Ok(())
        })
    };
    let mut splitter = Splitter::new(profile, found.layout);
    splitter.push(head.bytes, &mut take).ok()?;
    splitter.finish(&mut take).ok()?;
    out.read = read;
    out.unread = u32::try_from(unread.total()).unwrap_or(u32::MAX);
    out.without_year = u32::try_from(unread.rows_with(Oddity::WithoutYear)).unwrap_or(u32::MAX);
    out.without_zone = u32::try_from(unread.rows_with(Oddity::WithoutZone)).unwrap_or(u32::MAX);
    let sample = |reason: &str, s: &artifacts::log::UnreadLine| UnreadRecord {
        reason: reason.to_owned(),
        offset: s.offset.to_string(),
        text: String::from_utf8_lossy(&s.text).into_owned(),
    };
    out.unread_samples = unread.reasons().flat_map(|r| r.samples.iter().map(|s| sample(r.reason.label(), s))).collect();
    Some(out)
}

/// One row under `COLUMNS`.
fn cells(e: &Event<'_>) -> Vec<Option<String>> {
    let text = |b: Option<&[u8]>| b.map(|b| String::from_utf8_lossy(b).into_owned());
    let q = e.request.unwrap_or_default();
    let mut more = Vec::new();
    if !e.more.is_empty() {
        Json::map(&mut more, e.more);
    }
    vec![
        e.at.map(|m| time_text(m.micros, m.zone)),
        Some(e.action.label().to_owned()),
        text(e.actor),
        text(q.key),
        text(q.address),
        text(q.method),
        text(e.object),
        text(e.subject),
        q.status.map(|s| s.to_string()),
        q.bytes.map(|b| b.to_string()),
        text(q.exposes),
        text(q.agent),
        text(q.referrer),
        text(Some(more.as_slice()).filter(|m| !m.is_empty())),
    ]
}

/// The text of the profile, for a person to correct.
fn toml_of(profile: &Profile, choice: &LogChoice) -> String {
    match &choice.profile {
        Some(ProfileChoice::Toml(text)) => text.clone(),
        _ => BUILTIN.iter().find(|b| b.0 == profile.name()).map(|b| b.1.to_owned()).unwrap_or_default(),
    }
}

/// Names of the fields that the log itself shows: of its columns, or of its first JSON record.
fn fields(profile: &Profile, layout: &Layout, head: &[u8]) -> Vec<String> {
    if layout.framing == Framing::Delimited {
        return profile.column_names(layout).iter().map(|n| String::from_utf8_lossy(n).into_owned()).collect();
    }
    let mut out = Vec::new();
    let start = head.iter().position(|b| matches!(b, b'{' | b'[')).unwrap_or(head.len());
    let mut values = serde_json::Deserializer::from_slice(&head[start..]).into_iter::<serde_json::Value>();
    if let Some(Ok(first)) = values.next() {
        let first = match &first {
            serde_json::Value::Array(all) => all.first().cloned().unwrap_or_default(),
            serde_json::Value::Object(map) if layout.framing == Framing::JsonArray => {
                let records = map.values().find_map(|v| v.as_array()?.first().filter(|f| f.is_object()));
                records.cloned().unwrap_or_default()
            }
            _ => first,
        };
        paths(&first, "", &mut out);
    }
    out
}

/// Paths of the values that are no objects, as profiles name them.
fn paths(value: &serde_json::Value, path: &str, out: &mut Vec<String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        _ if out.len() >= FIELDS => {}
        serde_json::Value::Object(map) => map.iter().for_each(|(k, v)| paths(v, &below(k), out)),
        serde_json::Value::Array(all) if all.first().is_some_and(serde_json::Value::is_object) => {
            paths(&all[0], &below("0"), out);
        }
        _ if !path.is_empty() => out.push(path.to_owned()),
        _ => {}
    }
}

use super::{say_json, size};
use crate::Outcome;
use case::CaseError;
use case::api::InspectedItem;
use serde_json::{Value, json};
use std::path::PathBuf;

pub fn run(paths: &[PathBuf], json: bool) -> Result<Outcome, CaseError> {
    let items = case::inspect(paths)?;
    if json {
        say_json(&Value::Array(items.iter().map(item_json).collect()))?;
    } else {
        items.iter().for_each(print);
    }
    Ok(Outcome::Done)
}

/// A decimal text as a JSON number.
pub fn number(text: &str) -> Value {
    text.parse::<u64>().map_or(Value::Null, Value::from)
}

fn item_json(i: &InspectedItem) -> Value {
    json!({
        "name": i.name,
        "format": i.format,
        "bytes": number(&i.bytes),
        "segments": i.segments,
        "stored": i.stored.iter().cloned().map(|(k, v)| (k, Value::from(v))).collect::<serde_json::Map<_, _>>(),
        "media_bytes": i.media_bytes.as_deref().map(number),
        "scheme": i.scheme,
        "volumes": super::info::volumes_json(&i.volumes),
        "encryption": i.encryption,
        "members": i.members.as_deref().map(number),
        "log_profile": i.log_profile,
        "log_confidence": i.log_confidence,
        "log_formats": i.log_formats,
        "notes": i.notes,
    })
}

fn print(i: &InspectedItem) {
    let shown = |t: &str| case::view::visible(t, 120);
    println!("{}", shown(&i.name));
    println!("  format     {}", i.format);
    println!("  size       {}", size(i.bytes.parse().unwrap_or(0)));
    if i.segments.len() > 1 {
        println!("  segments   {} ({} to {})", i.segments.len(), i.segments[0], i.segments[i.segments.len() - 1]);
    }
    if let Some(media) = &i.media_bytes {
        println!("  media      {}", size(media.parse().unwrap_or(0)));
    }
    for (name, value) in &i.stored {
        println!("  stored     {name}: {}", shown(value));
    }
    if let Some(scheme) = &i.scheme {
        println!("  partitions {scheme}");
    }
    for v in &i.volumes {
        let what = v.file_system.as_deref().or(v.type_name.as_deref()).unwrap_or("");
        let label = v.label.as_deref().map(|l| format!(" \"{}\"", shown(l))).unwrap_or_default();
        println!("    {:>2}  {:<9} at {:>12}  {:>10}  {what}{label}", v.id, v.kind, v.offset, size(v.bytes.parse().unwrap_or(0)));
    }
    for e in &i.encryption {
        println!("  encrypted  {e}");
    }
    if let Some(members) = &i.members {
        println!("  members    {members}");
    }
    for l in &i.log_formats {
        let next = l.runner_up.as_ref().map(|r| format!("; next {r}, {} %", l.runner_up_confidence.unwrap_or(0)));
        println!("  log        {}, {} % sure{}: {}", l.profile, l.confidence, next.unwrap_or_default(), shown(&l.file));
        println!("             times without offset: {}", l.zone);
    }
    for n in &i.notes {
        println!("  note       {}", shown(n));
    }
}

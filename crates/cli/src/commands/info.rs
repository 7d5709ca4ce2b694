use super::inspect::number;
use super::{grouped, say_json, size};
use crate::Outcome;
use case::api::{CaseInfo, VolumeInfo};
use case::{CaseError, Store};
use serde_json::{Map, Value, json};
use std::path::Path;

pub fn run(case: &Path, json: bool) -> Result<Outcome, CaseError> {
    let info = case::info(&Store::read(case)?)?;
    if json {
        say_json(&info_json(&info))?;
    } else {
        print(&info);
    }
    Ok(Outcome::Done)
}

pub fn volumes_json(volumes: &[VolumeInfo]) -> Value {
    let one = |v: &VolumeInfo| {
        json!({
            "volume": number(&v.id),
            "offset": number(&v.offset),
            "bytes": number(&v.bytes),
            "kind": v.kind,
            "type": v.type_name,
            "file_system": v.file_system,
            "label": v.label,
        })
    };
    Value::Array(volumes.iter().map(one).collect())
}

fn info_json(i: &CaseInfo) -> Value {
    let sources = i.sources.iter().map(|s| {
        json!({
            "id": number(&s.id),
            "label": s.label,
            "kind": s.kind,
            "bytes": number(&s.bytes),
            "sha256": s.sha256,
            "sha1": s.sha1,
            "md5": s.md5,
            "stored": s.stored.iter().cloned().map(|(k, v)| (k, Value::from(v))).collect::<Map<_, _>>(),
            "volumes": volumes_json(&s.volumes),
            "content_root": s.content_root,
            "receipts": s.receipts,
        })
    });
    json!({
        "id": i.id,
        "title": i.title,
        "sources": sources.collect::<Vec<_>>(),
        "files": number(&i.files),
        "events": number(&i.events),
        "findings": number(&i.findings),
        "entries": number(&i.entries),
        "content_root": i.content_root,
        "root": i.root,
        "unfinished": i.unfinished,
        "standing": i.standing,
    })
}

fn print(i: &CaseInfo) {
    let count = |text: &str| grouped(text.parse().unwrap_or(0));
    println!("{}", case::view::visible(&i.title, 120));
    println!("  case          {}", i.id);
    println!("  files         {}", count(&i.files));
    println!("  events        {}", count(&i.events));
    println!("  findings      {}", count(&i.findings));
    println!("  entries       {}", count(&i.entries));
    println!("  root          {}", i.root);
    println!("  content root  {}", i.content_root);
    println!("  standing      {}", i.standing);
    for name in &i.unfinished {
        println!("  unfinished    {name}: add it again to go on");
    }
    if i.sources.is_empty() {
        println!("no evidence yet: casebook add CASE PATH");
    }
    for s in &i.sources {
        println!("source {}  {}", s.id, case::view::visible(&s.label, 100));
        println!(
            "  {}, {}, {} receipt{}",
            s.kind,
            size(s.bytes.parse().unwrap_or(0)),
            s.receipts,
            if s.receipts == 1 { "" } else { "s" }
        );
        for (name, value) in [("sha256", &s.sha256), ("sha1", &s.sha1), ("md5", &s.md5)] {
            if let Some(value) = value {
                println!("  {name:<8} {value}");
            }
        }
        for (name, value) in &s.stored {
            println!("  stored   {name}: {}", case::view::visible(value, 100));
        }
        for v in s.volumes.iter().filter(|v| v.kind != "gap") {
            let what = v.file_system.as_deref().or(v.type_name.as_deref()).unwrap_or("not recognised");
            let label = v.label.as_deref().map(|l| format!(" \"{}\"", case::view::visible(l, 40))).unwrap_or_default();
            println!("  volume {} at {}: {}, {what}{label}", v.id, v.offset, size(v.bytes.parse().unwrap_or(0)));
        }
    }
}

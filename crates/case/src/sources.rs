//! Sources of rows: what they are called, and how their bytes are read again.

use crate::columns::{join_id, split_id};
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::worker::protocol::{FileRef, Order};
use crate::worker::{Step, Worker};
use model::SourceKind;
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;
use serde_json::Value;
use std::path::PathBuf;

/// A source as the case has it.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: i64,
    /// Id of the parent source.
    pub parent: Option<i64>,
    pub kind: SourceKind,
    pub bytes: u64,
    pub sha256: Option<Vec<u8>>,
    pub locator: Value,
    pub detail: Value,
}

/// A text of canonical JSON: a string, or `{"hex":"..."}` where the bytes are not UTF-8.
pub fn json_bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(s) => s.clone().into_bytes(),
        other => other.get("hex").and_then(Value::as_str).and_then(|h| hex::decode(h).ok()).unwrap_or_default(),
    }
}

/// A number of canonical JSON, which is a string past 2^53.
pub fn json_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok()))
}

/// The path in a locator; empty where it has none.
pub fn locator_path(locator: &str) -> Vec<u8> {
    let value: Value = serde_json::from_str(locator).unwrap_or_default();
    value.get("path").map(json_bytes).unwrap_or_default()
}

impl Source {
    pub fn load(store: &Store, id: i64) -> Result<Self> {
        let mut q = store.db.prepare_cached("SELECT parent, kind, bytes, sha256, locator, detail FROM source WHERE id = ?1")?;
        let (import, _) = split_id(id);
        let text =
            |v: ValueRef<'_>| v.as_str_or_null().ok().flatten().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
        let found = q
            .query_row([id], |r| {
                Ok(Self {
                    id,
                    parent: r.get::<_, Option<i64>>(0)?.map(|p| join_id(import, p.cast_unsigned())),
                    kind: SourceKind::from_code(r.get(1)?).unwrap_or(SourceKind::File),
                    bytes: r.get::<_, i64>(2)?.cast_unsigned(),
                    sha256: r.get(3)?,
                    locator: text(r.get_ref(4)?),
                    detail: text(r.get_ref(5)?),
                })
            })
            .optional()?;
        found.ok_or_else(|| CaseError::NoSuchRow(format!("source {id}")))
    }

    /// What the source is called within its parent; for a root, the name of the evidence.
    pub fn name(&self, store: &Store) -> Result<String> {
        let path = self.locator.get("path").map(json_bytes);
        if let Some(path) = path {
            return Ok(String::from_utf8_lossy(&path).into_owned());
        }
        if let Some(n) = self.locator.get("volume") {
            let offset = self.locator.get("offset").and_then(json_number).unwrap_or(0);
            return Ok(format!("{} {n} at {offset}", self.kind.label()));
        }
        evidence_name(store, split_id(self.id).0)
    }

    /// From this source up to the evidence.
    pub fn chain(self, store: &Store) -> Result<Vec<Self>> {
        let mut chain = vec![self];
        while let Some(parent) = chain.last().and_then(|s| s.parent) {
            // A parent has a smaller number; anything else is a doctored table.
            if chain.len() > 64 || chain.iter().any(|s| s.id == parent) {
                return Err(CaseError::Ledger(format!("the sources above {parent} form no tree")));
            }
            chain.push(Self::load(store, parent)?);
        }
        Ok(chain)
    }

    /// The step from the parent's bytes to this source's.
    pub fn step(&self) -> Option<Step> {
        let number = |name: &str| self.locator.get(name).and_then(json_number);
        match self.kind {
            SourceKind::Volume | SourceKind::Gap => {
                Some(Step::Volume { offset: number("offset")?.cast_unsigned(), length: number("length")?.cast_unsigned() })
            }
            SourceKind::FileSystemFile => {
                let runs = self.locator.get("runs")?.as_array()?;
                let run = |r: &Value| Some((json_number(r.get(0)?)?, json_number(r.get(1)?)?.cast_unsigned()));
                Some(Step::File(FileRef {
                    path: crate::worker::text_or_hex(&self.locator.get("path").map(json_bytes).unwrap_or_default()),
                    record: number("record").map(i64::cast_unsigned),
                    stream: crate::worker::text_or_hex(&self.locator.get("stream").map(json_bytes).unwrap_or_default()),
                    size: self.bytes,
                    initialized: number("initialized").unwrap_or(0).cast_unsigned(),
                    runs: runs.iter().map(run).collect::<Option<Vec<_>>>()?,
                    flags: u8::try_from(number("flags").unwrap_or(0)).unwrap_or(0),
                }))
            }
            SourceKind::File | SourceKind::Archive | SourceKind::Decompressed => {
                number("member").and_then(|m| u32::try_from(m).ok()).map(|ordinal| Step::Member { ordinal })
            }
            SourceKind::RawImage | SourceKind::EwfImage | SourceKind::Folder => None,
        }
    }
}

/// Name of an import's evidence, from its first entry.
pub fn evidence_name(store: &Store, import: u32) -> Result<String> {
    let begin: Option<i64> =
        store.db.prepare_cached("SELECT begin FROM import WHERE n = ?1")?.query_row([import], |r| r.get(0)).optional()?;
    let begin = begin.ok_or_else(|| CaseError::NoSuchRow(format!("import {import}")))?;
    let entry = crate::import::read_entry(store, begin.cast_unsigned())?;
    let name = entry.get("inputs").and_then(ledger::Json::as_list).and_then(|l| l.first()).and_then(|i| i.get("name"));
    Ok(name.and_then(ledger::Json::as_text).unwrap_or_default().to_owned())
}

/// Remembers where an import's evidence lies.
pub fn remember_places(store: &Store, import: u32, paths: &[PathBuf]) -> Result<()> {
    for (n, path) in paths.iter().enumerate() {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let bytes = path.as_os_str().as_encoded_bytes();
        store
            .db
            .execute("INSERT OR REPLACE INTO place VALUES (?1, ?2, ?3)", (import, n as i64, crate::words::TextOrBlob(bytes)))?;
    }
    Ok(())
}

/// Where an import's evidence lies now: where it was, or beside the case.
pub fn find_places(store: &Store, import: u32) -> Result<Vec<PathBuf>> {
    let mut q = store.db.prepare("SELECT path FROM place WHERE import = ?1 ORDER BY n")?;
    let paths = q.query_map([import], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let beside = store.path.parent().map(PathBuf::from).unwrap_or_default();
    let found = paths.iter().map(|p| {
        let was = PathBuf::from(p);
        let here = was.file_name().map(|n| beside.join(n));
        [Some(was), here].into_iter().flatten().find(|p| p.exists()).ok_or_else(|| CaseError::EvidenceMissing(p.clone()))
    });
    let found = found.collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        return Err(CaseError::EvidenceMissing(evidence_name(store, import)?));
    }
    Ok(found)
}

/// The order that reads a source's bytes again.
pub fn read_order(store: &Store, source: i64, offset: u64, length: Option<u64>) -> Result<Order> {
    let chain = Source::load(store, source)?.chain(store)?;
    let mut steps: Vec<Step> = chain.iter().filter_map(Source::step).collect();
    if let Some(member) = steps.iter().find(|s| matches!(s, Step::Member { .. })).cloned() {
        // Ordinals count nested members too, so the innermost one is the whole way.
        steps = vec![member];
    }
    steps.reverse();
    let paths = find_places(store, split_id(source).0)?;
    Ok(Order::Read { paths, steps, offset, length })
}

/// Reads bytes of a source again through a worker.
pub fn read_bytes(store: &Store, source: i64, offset: u64, length: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    read_stream(&read_order(store, source, offset, Some(length))?, &mut |chunk| {
        out.extend_from_slice(chunk);
        Ok(())
    })?;
    Ok(out)
}

pub fn read_stream(order: &Order, take: &mut dyn FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let mut worker = Worker::start(0)?;
    worker.read(order, take)?.map_err(|e| CaseError::Evidence(e.to_string()))
}

/// A file row's stream as a step of reading.
pub fn file_step(path: &[u8], record: Option<i64>, detail: &Value, stream: &[u8]) -> Option<FileRef> {
    let streams = detail.get("streams")?.as_array()?;
    let found = streams.iter().find(|s| s.get("name").map(json_bytes).unwrap_or_default() == stream)?;
    let number = |name: &str| found.get(name).and_then(json_number).map(i64::cast_unsigned);
    let run = |r: &Value| Some((json_number(r.get(0)?)?, json_number(r.get(1)?)?.cast_unsigned()));
    let on = |name: &str, bit: u8| if found.get(name) == Some(&Value::Bool(true)) { bit } else { 0 };
    let size = number("size")?;
    Some(FileRef {
        path: crate::worker::text_or_hex(path),
        record: record.map(i64::cast_unsigned),
        stream: crate::worker::text_or_hex(stream),
        size,
        initialized: number("initialized").unwrap_or(size),
        runs: found.get("runs")?.as_array()?.iter().map(run).collect::<Option<Vec<_>>>()?,
        flags: on("resident", 1) | on("compressed", 2) | on("encrypted", 4) | on("sparse", 8),
    })
}

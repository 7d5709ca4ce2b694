//! A file's bytes again, out of the evidence.

use crate::columns::{join_id, split_id};
use crate::error::{CaseError, Result};
use crate::sources::{Source, file_step, find_places, read_stream};
use crate::store::Store;
use crate::worker::Step;
use crate::worker::protocol::Order;
use model::{ContentState, SourceKind};
use rusqlite::types::Value;
use std::io::Write;

/// Which file.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Number of the source, as `info` gives it.
    pub source: u32,
    pub path: Option<String>,
    pub record: Option<u64>,
    /// Number of the volume, where several have such a file.
    pub volume: Option<u64>,
    /// Name of the stream; the content proper where absent.
    pub stream: Option<String>,
    /// Bytes that now belong to something else are read only on demand.
    pub overwritten_too: bool,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub path: String,
    pub content: ContentState,
}

/// A sparse file may be far larger than its volume, but no disk holds more zeros than this.
const MOST_HOLES: u64 = 16 << 40;

/// Writes the file's bytes to `out`. Of several entries that fit, an allocated one is taken first.
pub fn cat(store: &Store, wanted: &Wanted, out: &mut dyn Write) -> Result<Read> {
    let stream = wanted.stream.as_deref().unwrap_or_default();
    let Some(found) = find(store, wanted)? else {
        return root_file(store, wanted, out);
    };
    if found.content == ContentState::Overwritten && !wanted.overwritten_too {
        return Err(CaseError::Evidence(format!(
            "the content of {} is overwritten: its bytes belong to something else now; --overwritten reads them all the same",
            found.path
        )));
    }
    let (order, size) = way(store, wanted.source, &found, stream)?;
    let mut written = 0u64;
    read_stream(&order, &mut |chunk| {
        written = written.saturating_add(chunk.len() as u64);
        out.write_all(chunk)
    })?;
    if let Some(size) = size.filter(|s| written < *s) {
        return Err(CaseError::Evidence(format!(
            "the evidence ends within {}: {written} of {size} bytes are there and were written",
            found.path
        )));
    }
    Ok(Read { path: found.path, content: found.content })
}

/// The order that reads a file's stream, and the size that is stated for it.
fn way(store: &Store, import: u32, found: &Found, stream: &str) -> Result<(Order, Option<u64>)> {
    let source = Source::load(store, join_id(import, found.source))?;
    let mut size = None;
    let steps = match source.kind {
        SourceKind::Volume => {
            let volume = source.step().ok_or_else(|| CaseError::Ledger("the volume has no place".into()))?;
            let file = file_step(found.path.as_bytes(), found.record, &found.detail, stream.as_bytes());
            let missing = || CaseError::NoSuchRow(format!("{} has no stream \"{stream}\"", found.path));
            let file = file.ok_or_else(missing)?;
            let mapped = file.runs.iter().map(|(_, length)| *length).fold(0, u64::saturating_add);
            let holes = file.runs.iter().filter(|(at, _)| *at < 0).map(|(_, length)| *length).fold(0, u64::saturating_add);
            let holes = holes.saturating_add(file.size.saturating_sub(mapped));
            if holes > MOST_HOLES {
                return Err(CaseError::Evidence(format!(
                    "{} claims {} bytes, {holes} of them holes; at most {MOST_HOLES} are written out",
                    found.path, file.size
                )));
            }
            size = Some(file.size);
            vec![volume, Step::File(file)]
        }
        _ => vec![Step::Member { ordinal: found.record.and_then(|r| u32::try_from(r).ok()).unwrap_or(0) }],
    };
    Ok((Order::Read { paths: find_places(store, import)?, steps, offset: 0, length: None }, size))
}

/// The order that reads the content proper of the file row `id`, its stated size, and the content's state.
pub(crate) fn content_of(store: &Store, id: i64) -> Result<(Order, Option<u64>, ContentState)> {
    let (import, _) = split_id(id);
    let mut q = store.db.prepare_cached("SELECT source, path, record, content_state, detail FROM file WHERE id = ?1")?;
    let mut rows = q.query([id])?;
    let row = rows.next()?.ok_or_else(|| CaseError::NoSuchRow(format!("file {id}")))?;
    let found = found(row)?;
    let (order, size) = way(store, import, &found, "")?;
    Ok((order, size, found.content))
}

struct Found {
    source: u64,
    path: String,
    record: Option<i64>,
    content: ContentState,
    detail: serde_json::Value,
}

fn find(store: &Store, wanted: &Wanted) -> Result<Option<Found>> {
    let mut sql = String::from(
        "SELECT source, path, record, content_state, detail, (SELECT json_extract(s.locator, '$.volume') FROM source s
           WHERE s.id = (f.id & -1099511627776 | f.source)) AS volume
         FROM file f WHERE id >= ? AND id <= ?",
    );
    let mut values = vec![Value::Integer(join_id(wanted.source, 0)), Value::Integer(join_id(wanted.source, (1 << 40) - 1))];
    if let Some(path) = &wanted.path {
        sql.push_str(" AND path = ?");
        values.push(Value::Text(path.trim_start_matches('/').to_owned()));
    }
    if let Some(record) = wanted.record {
        sql.push_str(" AND record = ?");
        values.push(Value::Integer(record.cast_signed()));
    }
    if let Some(volume) = wanted.volume {
        sql.push_str(" AND volume = ?");
        values.push(Value::Integer(volume.cast_signed()));
    }
    // The state of the name first, then the more readable content, then the order of the walk.
    sql.push_str(" ORDER BY name_state, content_state, id LIMIT 1");
    let mut q = store.db.prepare(&sql)?;
    let mut rows = q.query(rusqlite::params_from_iter(values))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    found(row).map(Some)
}

fn found(row: &rusqlite::Row<'_>) -> Result<Found> {
    let text = |i: usize| -> Result<String> {
        Ok(match row.get_ref(i)? {
            rusqlite::types::ValueRef::Text(b) | rusqlite::types::ValueRef::Blob(b) => String::from_utf8_lossy(b).into_owned(),
            _ => String::new(),
        })
    };
    Ok(Found {
        source: row.get::<_, i64>(0)?.cast_unsigned(),
        path: text(1)?,
        record: row.get(2)?,
        content: ContentState::from_code(row.get(3)?).unwrap_or(ContentState::Unknown),
        detail: serde_json::from_str(&text(4)?).unwrap_or_default(),
    })
}

/// A single file given as evidence has no file row of its own: it is the source.
fn root_file(store: &Store, wanted: &Wanted, out: &mut dyn Write) -> Result<Read> {
    let root = Source::load(store, join_id(wanted.source, 0))?;
    let name = root.name(store)?;
    let asked = wanted.path.clone().or(wanted.record.map(|r| format!("record {r}"))).unwrap_or_default();
    if root.kind != SourceKind::File || wanted.path.as_deref() != Some(name.as_str()) {
        return Err(CaseError::NoSuchRow(format!("source {} has no file {asked}", wanted.source)));
    }
    let order = Order::Read { paths: find_places(store, wanted.source)?, steps: Vec::new(), offset: 0, length: None };
    read_stream(&order, &mut |chunk| out.write_all(chunk))?;
    Ok(Read { path: name, content: ContentState::Intact })
}

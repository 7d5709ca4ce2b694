//! One row, decoded: what it says, the bytes that say so, and the sources from them up to the
//! evidence.

use crate::api::{ChainLink, ColumnKind, DetailField, RowDetail, RowTable, SpanView};
use crate::columns::{Cells, Dictionaries, join_id, read_back, split_id};
use crate::error::{CaseError, Result};
use crate::prove::{Blocks, Proved, prove, prove_entry};
use crate::sources::{Source, json_number};
use crate::store::Store;
use crate::view::time_text;
use model::{Batch, EventHeader, FieldRef, FileHeader, FindingHeader, Span, StampKind, Table, Zone};
use serde_json::Value;

/// The table of evidence rows behind a table of the API; none for entries.
pub fn evidence_table(table: RowTable) -> Option<Table> {
    match table {
        RowTable::Source => Some(Table::Source),
        RowTable::File => Some(Table::File),
        RowTable::Event => Some(Table::Event),
        RowTable::Finding => Some(Table::Finding),
        RowTable::Entry => None,
    }
}

/// The proof of any row or entry.
pub fn prove_row(store: &Store, table: RowTable, id: i64, blocks: Blocks) -> Result<Proved> {
    match evidence_table(table) {
        Some(table) => prove(store, table, id, blocks),
        None => prove_entry(store, id.cast_unsigned()),
    }
}

/// One row in its canonical bytes, re-made from the columns.
pub fn canonical_row(store: &Store, table: Table, id: i64) -> Result<Batch> {
    let mut batch = Batch::new(table);
    let mut q = store.db.prepare_cached(&format!("SELECT * FROM {} WHERE id = ?1", table.name()))?;
    let mut rows = q.query([id])?;
    let row = rows.next()?.ok_or_else(|| CaseError::NoSuchRow(format!("{} {id}", table.name())))?;
    read_back(&store.db, &mut Dictionaries::default(), &Cells::of(table, row)?, &mut batch)?;
    Ok(batch)
}

pub fn detail(store: &Store, table: RowTable, id: i64) -> Result<RowDetail> {
    let Some(kind) = evidence_table(table) else { return entry(store, id) };
    let batch = canonical_row(store, kind, id)?;
    let row = batch.iter().next().ok_or_else(|| CaseError::NoSuchRow(id.to_string()))?;
    let damaged = |e: model::FieldError| CaseError::Ledger(e.to_string());
    let row = row.map_err(damaged)?;
    let fields = row.fields().map_err(damaged)?;
    match kind {
        Table::Event => event(store, id, &EventHeader::decode(row.header).map_err(damaged)?, &fields),
        Table::File => file(store, id, &FileHeader::decode(row.header).map_err(damaged)?, &fields),
        Table::Finding => finding(store, id, &FindingHeader::decode(row.header).map_err(damaged)?, &fields),
        Table::Source => source(store, id),
    }
}

/// Fields in reading order.
#[derive(Default)]
struct Fields(Vec<DetailField>);

impl Fields {
    fn add(&mut self, name: &str, title: &str, kind: ColumnKind, value: Option<String>) {
        if value.is_some() {
            self.0.push(DetailField { name: name.into(), title: title.into(), value, kind });
        }
    }
    fn text(&mut self, name: &str, title: &str, value: impl Into<String>) {
        self.add(name, title, ColumnKind::Text, Some(value.into()));
    }
    fn bytes(&mut self, name: &str, title: &str, kind: ColumnKind, value: FieldRef<'_>) {
        self.add(name, title, kind, value.as_bytes().map(|b| String::from_utf8_lossy(b).into_owned()));
    }
    /// The members of a detail object, one field each.
    fn json(&mut self, detail: FieldRef<'_>) {
        let parsed = detail.as_bytes().and_then(|b| serde_json::from_slice::<Value>(b).ok());
        for (name, value) in parsed.as_ref().and_then(Value::as_object).into_iter().flatten() {
            if let ("request" | "more", Some(inner)) = (name.as_str(), value.as_object()) {
                for (name, value) in inner {
                    self.member(name, value);
                }
            } else {
                self.member(name, value);
            }
        }
    }
    fn member(&mut self, name: &str, value: &Value) {
        let (kind, text) = match value {
            Value::String(s) => (ColumnKind::Text, s.clone()),
            Value::Number(n) => (ColumnKind::Integer, n.to_string()),
            Value::Bool(b) => (ColumnKind::Text, if *b { "yes" } else { "no" }.to_owned()),
            Value::Null => return,
            Value::Array(_) | Value::Object(_) => (ColumnKind::Json, value.to_string()),
        };
        let title = name.replace('_', " ");
        let mut letters = title.chars();
        let title = letters.next().map(|c| c.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default();
        self.add(name, &title, kind, Some(text));
    }
}

fn zone_words(zone: Zone) -> String {
    let offset = |m: i16| format!("{}{:02}:{:02}", if m < 0 { '-' } else { '+' }, m.abs() / 60, m.abs() % 60);
    match zone {
        Zone::Utc => "the format records UTC".into(),
        Zone::Stated(m) => format!("the record states the offset {}", offset(m)),
        Zone::Assumed(m) => format!("the offset {} is a setting of the import", offset(m)),
        Zone::Unknown => "local clock; its zone is not recorded".into(),
    }
}

fn event(store: &Store, id: i64, h: &EventHeader, fields: &[FieldRef<'_>; 4]) -> Result<RowDetail> {
    let [actor, object, subject, detail] = fields;
    let mut out = Fields::default();
    match h.at {
        Some(at) => {
            out.add("at", "When", ColumnKind::Time, Some(time_text(at.micros, at.zone)));
            out.add("until", "Until", ColumnKind::Time, at.until.map(|u| time_text(u, at.zone)));
            out.text("zone", "Zone basis", zone_words(at.zone));
            out.text("precision", "Precision", format!("{:?}", at.precision).to_lowercase());
        }
        None => out.text("at", "When", "the evidence gives no time"),
    }
    out.add("action", "Action", ColumnKind::State, Some(h.action.label().into()));
    out.add("state", "State", ColumnKind::State, Some(h.state.label().into()));
    out.bytes("object", "What", ColumnKind::Path, *object);
    out.bytes("actor", "Actor", ColumnKind::Text, *actor);
    out.bytes("subject", "Subject", ColumnKind::Text, *subject);
    out.json(*detail);
    let what = object.as_bytes().map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default();
    let title = format!("{} {what}", h.action.label());
    whole(store, RowTable::Event, id, title, out, h.source, &h.spans, h.parser)
}

fn file(store: &Store, id: i64, h: &FileHeader, fields: &[FieldRef<'_>; 4]) -> Result<RowDetail> {
    let [path, detail, ..] = fields;
    let rules: Value = detail.as_bytes().and_then(|b| serde_json::from_slice(b).ok()).unwrap_or_default();
    let rule = |name: &str| rules.get("rules").and_then(|r| r.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut out = Fields::default();
    out.bytes("path", "Path", ColumnKind::Path, *path);
    out.add("kind", "Kind", ColumnKind::State, Some(h.kind.label().into()));
    for (name, title, state) in [
        ("name", "Name", h.name.label()),
        ("record", "Record", h.record_state.label()),
        ("content", "Content", h.content.label()),
    ] {
        out.add(&format!("{name}_state"), &format!("{title} state"), ColumnKind::State, Some(state.into()));
        out.text(&format!("{name}_rule"), &format!("{title}: why"), rule(name));
    }
    out.add("size", "Size", ColumnKind::Bytes, Some(h.size.to_string()));
    out.add("record", "Record number", ColumnKind::Integer, h.record.map(|r| r.to_string()));
    out.add("sequence", "Sequence", ColumnKind::Integer, h.sequence.map(|r| r.to_string()));
    out.add("parent", "Parent record", ColumnKind::Integer, h.parent.map(|r| r.to_string()));
    for (kind, time) in StampKind::ALL.iter().zip(h.times) {
        out.add(kind.label(), kind.label(), ColumnKind::Time, time.map(|t| time_text(t, h.zone)));
    }
    for (name, value) in rules.get("name_times").and_then(Value::as_object).into_iter().flatten() {
        out.add(name, name, ColumnKind::Time, json_number(value).map(|t| time_text(t, h.zone)));
    }
    out.text("zone", "Zone basis", zone_words(h.zone));
    if h.from_journal {
        out.text("from_journal", "Read from", "the file system's journal: an earlier state");
    }
    out.json(*detail);
    out.0.retain(|f| !matches!(f.name.as_str(), "rules" | "name_times"));
    let title = path.as_bytes().map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default();
    whole(store, RowTable::File, id, title, out, h.source, &h.spans, 0)
}

fn finding(store: &Store, id: i64, h: &FindingHeader, fields: &[FieldRef<'_>; 4]) -> Result<RowDetail> {
    let [code, place, says, _] = fields;
    let mut out = Fields::default();
    out.add("severity", "Severity", ColumnKind::State, Some(h.severity.label().into()));
    out.bytes("code", "Code", ColumnKind::Text, *code);
    if let Some(code) = FindingHeader::code(fields) {
        out.text("meaning", "What it means", code.meaning());
    }
    out.bytes("place", "Place", ColumnKind::Path, *place);
    out.json(*says);
    out.add("count", "Occurrences", ColumnKind::Integer, Some(h.count.to_string()));
    let title = code.as_bytes().map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default();
    whole(store, RowTable::Finding, id, title, out, h.source, &h.spans, h.parser)
}

fn source(store: &Store, id: i64) -> Result<RowDetail> {
    let s = Source::load(store, id)?;
    let mut out = Fields::default();
    out.add("kind", "Kind", ColumnKind::State, Some(s.kind.label().into()));
    out.add("bytes", "Bytes", ColumnKind::Bytes, Some(s.bytes.to_string()));
    out.add("sha256", "SHA-256", ColumnKind::Digest, s.sha256.as_ref().map(hex::encode));
    out.add("locator", "Where", ColumnKind::Json, Some(s.locator.to_string()));
    if !s.detail.is_null() {
        out.add("detail", "Detail", ColumnKind::Json, Some(s.detail.to_string()));
    }
    let title = s.name(store)?;
    let (_, n) = split_id(id);
    whole(store, RowTable::Source, id, title, out, u32::try_from(n).unwrap_or(0), &[], 0)
}

#[expect(clippy::too_many_arguments, reason = "one call gathers what the four kinds of row share")]
fn whole(
    store: &Store,
    table: RowTable,
    id: i64,
    title: String,
    fields: Fields,
    source: u32,
    spans: &[Span],
    parser: u16,
) -> Result<RowDetail> {
    let (import, _) = split_id(id);
    let from = spans.first().map_or(source, |s| s.source);
    let chain = match Source::load(store, join_id(import, u64::from(from))) {
        Ok(s) => s.chain(store)?,
        Err(_) => Vec::new(),
    };
    let link = |s: &Source| -> Result<ChainLink> {
        Ok(ChainLink {
            source: s.id.to_string(),
            kind: s.kind.label().into(),
            name: s.name(store)?,
            bytes: s.bytes.to_string(),
            sha256: s.sha256.as_ref().map(hex::encode),
        })
    };
    let spans = spans.iter().map(|s| SpanView {
        source: join_id(import, u64::from(s.source)).to_string(),
        offset: s.offset.to_string(),
        length: s.length.to_string(),
    });
    let known = artifacts::parser_by_id(parser);
    Ok(RowDetail {
        table,
        id: id.to_string(),
        title,
        fields: fields.0,
        spans: spans.collect(),
        chain: chain.iter().map(link).collect::<Result<_>>()?,
        parser: known.map(|p| format!("{} {}", p.name, p.version)),
        parser_limits: known.map(|p| p.limits.iter().map(|l| (*l).to_owned()).collect()).unwrap_or_default(),
    })
}

fn entry(store: &Store, seq: i64) -> Result<RowDetail> {
    let entry = crate::import::read_entry(store, seq.cast_unsigned())?;
    let mut out = Fields::default();
    out.json(FieldRef::Text(entry.text().as_bytes()));
    Ok(RowDetail {
        table: RowTable::Entry,
        id: seq.to_string(),
        title: format!("{} {}", entry.head.seq, entry.head.kind),
        fields: out.0,
        spans: Vec::new(),
        chain: Vec::new(),
        parser: None,
        parser_limits: Vec::new(),
    })
}

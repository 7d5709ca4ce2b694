//! Rows of evidence in the case's columns, and back. Writing and reading stand side by side here,
//! because verification re-makes the canonical bytes from the columns.

use crate::words::{TextOrBlob, WordReader, WordWriter};
use model::{
    Action, Batch, ContentState, EntryKind, EventHeader, FieldError, FieldRef, FileHeader, FindingHeader, Moment, NameState,
    Precision, RecordState, Request, RowView, Severity, SourceHeader, SourceKind, Span, State, Table, Zone,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

/// Why a row could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("row {id} of {table}: {why}")]
    NotARow { table: &'static str, id: i64, why: String },
}

/// Row number within its import and number of the import, from an id.
pub fn split_id(id: i64) -> (u32, u64) {
    let id = id.cast_unsigned();
    (u32::try_from(id >> 40).unwrap_or(u32::MAX), id & ((1 << 40) - 1))
}

/// `import << 40 | row`.
pub fn join_id(import: u32, row: u64) -> i64 {
    (u64::from(import) << 40 | row & ((1 << 40) - 1)).cast_signed()
}

fn spans_blob(spans: &[Span]) -> Vec<u8> {
    let mut out = Vec::with_capacity(spans.len() * 20);
    for s in spans {
        out.extend_from_slice(&s.source.to_le_bytes());
        out.extend_from_slice(&s.offset.to_le_bytes());
        out.extend_from_slice(&s.length.to_le_bytes());
    }
    out
}

fn blob_spans(blob: &[u8]) -> Option<Vec<Span>> {
    if !blob.len().is_multiple_of(20) {
        return None;
    }
    let (items, _) = blob.as_chunks::<20>();
    let read = |b: &[u8; 20]| {
        let (source, rest) = b.split_first_chunk::<4>()?;
        let (offset, rest) = rest.split_first_chunk::<8>()?;
        let length = rest.first_chunk::<8>()?;
        Some(Span {
            source: u32::from_le_bytes(*source),
            offset: u64::from_le_bytes(*offset),
            length: u64::from_le_bytes(*length),
        })
    };
    items.iter().map(read).collect()
}

const REQUEST: i64 = 1 << 7;

fn form(at: Option<Moment>, request: bool) -> i64 {
    let (precision, (zone, minutes)) = at.map_or((0, (0, 0)), |m| (m.precision as u8, m.zone.code()));
    i64::from(precision) | i64::from(zone) << 4 | if request { REQUEST } else { 0 } | i64::from(minutes) << 8
}

/// Writes one row of a batch.
pub fn insert(db: &Connection, words: &mut WordWriter, table: Table, id: i64, row: &RowView<'_>) -> Result<(), RowError> {
    let bad = |e: FieldError| RowError::NotARow { table: table.name(), id, why: e.to_string() };
    let fields = row.fields().map_err(bad)?;
    match table {
        Table::Event => {
            let h = EventHeader::decode(row.header).map_err(bad)?;
            let request = row.request().map_err(bad)?;
            insert_event(db, words, id, &h, &fields, request)
        }
        Table::File => {
            let h = FileHeader::decode(row.header).map_err(bad)?;
            insert_file(db, id, &h, &fields)
        }
        Table::Finding => {
            let h = FindingHeader::decode(row.header).map_err(bad)?;
            let [code, place, says, _] = fields;
            db.prepare_cached("INSERT INTO finding VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")?.execute(params![
                id,
                h.severity.code(),
                h.parser,
                h.source,
                h.count.cast_signed(),
                spans_blob(&h.spans),
                code.as_bytes().map(TextOrBlob),
                place.as_bytes().map(TextOrBlob),
                says.as_bytes().map(TextOrBlob),
            ])?;
            Ok(())
        }
        Table::Source => Err(RowError::NotARow { table: "source", id, why: "sources are not written from batches".into() }),
    }
}

type Fields<'a> = [FieldRef<'a>; 4];

fn insert_event(
    db: &Connection,
    words: &mut WordWriter,
    id: i64,
    h: &EventHeader,
    fields: &Fields<'_>,
    request: Option<(Request<'_>, Option<&[u8]>)>,
) -> Result<(), RowError> {
    let [actor, object, subject, detail] = fields;
    let is_request = request.is_some();
    let (q, detail) = match request {
        Some((q, more)) => (q, more),
        None => (Request::default(), detail.as_bytes()),
    };
    let one = match h.spans.as_slice() {
        [span] if span.source == h.source => Some((span.offset.cast_signed(), span.length.cast_signed())),
        _ => None,
    };
    let spans = if one.is_none() { Some(spans_blob(&h.spans)) } else { None };
    let mut word = |v| words.number(db, v);
    let actor = word(actor.as_bytes())?;
    let (address, agent, exposes, key) = (word(q.address)?, word(q.agent)?, word(q.exposes)?, word(q.key)?);
    let (method, protocol, referrer) = (word(q.method)?, word(q.protocol)?, word(q.referrer)?);
    db.prepare_cached(
        "INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)",
    )?
    .execute(params![
        id,
        h.at.map(|m| m.micros),
        h.at.and_then(|m| m.until),
        form(h.at, is_request),
        h.action.code(),
        h.state.code(),
        h.parser,
        h.source,
        one.map(|o| o.0),
        one.map(|o| o.1),
        spans,
        actor,
        object.as_bytes().map(TextOrBlob),
        subject.as_bytes().map(TextOrBlob),
        address,
        agent,
        exposes,
        key,
        method,
        protocol,
        referrer,
        q.bytes.map(u64::cast_signed),
        q.status,
        detail.map(TextOrBlob),
    ])?;
    Ok(())
}

fn insert_file(db: &Connection, id: i64, h: &FileHeader, fields: &Fields<'_>) -> Result<(), RowError> {
    let (zone, minutes) = h.zone.code();
    let [path, detail, _, _] = fields;
    let [modified, accessed, changed, created, deleted] = h.times;
    db.prepare_cached("INSERT INTO file VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)")?
        .execute(params![
            id,
            h.source,
            h.kind.code(),
            h.name.code(),
            h.record_state.code(),
            h.content.code(),
            h.from_journal,
            h.record.map(u64::cast_signed),
            h.sequence,
            h.parent.map(u64::cast_signed),
            h.size.cast_signed(),
            i64::from(zone) | i64::from(minutes) << 8,
            modified,
            accessed,
            changed,
            created,
            deleted,
            spans_blob(&h.spans),
            path.as_bytes().map(TextOrBlob),
            detail.as_bytes().map(TextOrBlob),
        ])?;
    Ok(())
}

/// Appends the canonical bytes of a row read with `SELECT * FROM <table>` to a batch.
pub fn read_back(db: &Connection, words: &mut WordReader, table: Table, row: &Row<'_>, out: &mut Batch) -> Result<(), RowError> {
    match table {
        Table::Event => read_event(db, words, row, out),
        Table::File => read_file(row, out),
        Table::Finding => read_finding(row, out),
        Table::Source => read_source(row, out),
    }
}

struct Columns<'r, 's> {
    row: &'r Row<'s>,
    table: &'static str,
    id: i64,
}

impl<'r> Columns<'r, '_> {
    fn wrong(&self, column: &str) -> RowError {
        RowError::NotARow { table: self.table, id: self.id, why: format!("column {column} holds what no import writes") }
    }
    fn code<T, U>(&self, column: &str, make: impl Fn(U) -> Option<T>) -> Result<T, RowError>
    where
        U: TryFrom<i64>,
    {
        let n: i64 = self.row.get(column)?;
        U::try_from(n).ok().and_then(make).ok_or_else(|| self.wrong(column))
    }
    fn number<U: TryFrom<i64>>(&self, column: &str) -> Result<U, RowError> {
        self.code(column, Some)
    }
    fn bytes(&self, column: &str) -> Result<Option<&'r [u8]>, RowError> {
        match self.row.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(b) | ValueRef::Blob(b) => Ok(Some(b)),
            ValueRef::Integer(_) | ValueRef::Real(_) => Err(self.wrong(column)),
        }
    }
    fn spans(&self, column: &str) -> Result<Vec<Span>, RowError> {
        self.bytes(column)?.and_then(blob_spans).ok_or_else(|| self.wrong(column))
    }
    fn digest(&self, column: &str) -> Result<Option<[u8; 32]>, RowError> {
        self.bytes(column)?.map(|b| <[u8; 32]>::try_from(b).map_err(|_| self.wrong(column))).transpose()
    }
}

fn columns<'r, 's>(row: &'r Row<'s>, table: &'static str) -> Result<Columns<'r, 's>, RowError> {
    Ok(Columns { row, table, id: row.get("id")? })
}

fn read_event(db: &Connection, words: &mut WordReader, row: &Row<'_>, out: &mut Batch) -> Result<(), RowError> {
    let c = columns(row, "event")?;
    let form: i64 = row.get("form")?;
    let at: Option<i64> = row.get("at")?;
    let until: Option<i64> = row.get("until")?;
    let minutes = i16::try_from(form >> 8).map_err(|_| c.wrong("form"))?;
    let precision = Precision::from_u8((form & 15) as u8).ok_or_else(|| c.wrong("form"))?;
    let zone = Zone::from_code((form >> 4 & 7) as u8, minutes).ok_or_else(|| c.wrong("form"))?;
    let at = match at {
        Some(micros) => Some(Moment { micros, until, precision, zone }),
        None if until.is_none() && form & !REQUEST == 0 => None,
        None => return Err(c.wrong("form")),
    };
    let source: u32 = c.number("source")?;
    let offset: Option<i64> = row.get("offset")?;
    let length: Option<i64> = row.get("length")?;
    let spans = match (offset, length) {
        (Some(o), Some(l)) if c.bytes("spans")?.is_none() => {
            vec![Span { source, offset: o.cast_unsigned(), length: l.cast_unsigned() }]
        }
        (None, None) => c.spans("spans")?,
        _ => return Err(c.wrong("spans")),
    };
    let action: Action = c.code("action", Action::from_code)?;
    let state: State = c.code("state", State::from_code)?;
    let mut header = Vec::with_capacity(64);
    EventHeader::encode(&mut header, at, action, state, c.number("parser")?, source, &spans);
    let mut word = |name: &str| -> Result<Option<Vec<u8>>, RowError> { Ok(words.bytes(db, row.get_ref(name)?)?) };
    let actor = word("actor")?;
    let (address, agent, exposes, key) = (word("address")?, word("agent")?, word("exposes")?, word("key")?);
    let (method, protocol, referrer) = (word("method")?, word("protocol")?, word("referrer")?);
    let bytes: Option<i64> = row.get("bytes")?;
    let status: Option<i64> = row.get("status")?;
    let stored = c.bytes("detail")?;
    let request = Request {
        address: address.as_deref(),
        agent: agent.as_deref(),
        bytes: bytes.map(i64::cast_unsigned),
        exposes: exposes.as_deref(),
        key: key.as_deref(),
        method: method.as_deref(),
        protocol: protocol.as_deref(),
        referrer: referrer.as_deref(),
        status: status.map(|s| u16::try_from(s).map_err(|_| c.wrong("status"))).transpose()?,
    };
    let rebuilt;
    let detail = if form & REQUEST != 0 {
        rebuilt = Batch::request_detail(&request, stored);
        Some(rebuilt.as_slice())
    } else if request != Request::default() {
        return Err(c.wrong("form"));
    } else {
        stored
    };
    let fields = [actor.as_deref(), c.bytes("object")?, c.bytes("subject")?, detail].map(FieldRef::text);
    out.raw(&header, &fields);
    Ok(())
}

fn read_file(row: &Row<'_>, out: &mut Batch) -> Result<(), RowError> {
    let c = columns(row, "file")?;
    let zone: i64 = row.get("zone")?;
    let minutes = i16::try_from(zone >> 8).map_err(|_| c.wrong("zone"))?;
    let whole = |name: &str| -> Result<Option<u64>, RowError> { Ok(row.get::<_, Option<i64>>(name)?.map(i64::cast_unsigned)) };
    let journal: i64 = row.get("journal")?;
    let header = FileHeader {
        source: c.number("source")?,
        kind: c.code("kind", EntryKind::from_code)?,
        name: c.code("name_state", NameState::from_code)?,
        record_state: c.code("record_state", RecordState::from_code)?,
        content: c.code("content_state", ContentState::from_code)?,
        from_journal: if journal & !1 == 0 { journal == 1 } else { return Err(c.wrong("journal")) },
        record: whole("record")?,
        sequence: row
            .get::<_, Option<i64>>("sequence")?
            .map(|s| u32::try_from(s).map_err(|_| c.wrong("sequence")))
            .transpose()?,
        parent: whole("parent")?,
        size: row.get::<_, i64>("size")?.cast_unsigned(),
        zone: Zone::from_code((zone & 255) as u8, minutes).ok_or_else(|| c.wrong("zone"))?,
        times: [row.get("modified")?, row.get("accessed")?, row.get("changed")?, row.get("created")?, row.get("deleted")?],
        spans: c.spans("spans")?,
    };
    let mut bytes = Vec::with_capacity(128);
    header.encode(&mut bytes);
    out.raw(&bytes, &[FieldRef::text(c.bytes("path")?), FieldRef::text(c.bytes("detail")?), FieldRef::Null, FieldRef::Null]);
    Ok(())
}

fn read_finding(row: &Row<'_>, out: &mut Batch) -> Result<(), RowError> {
    let c = columns(row, "finding")?;
    let header = FindingHeader {
        severity: c.code("severity", Severity::from_code)?,
        parser: c.number("parser")?,
        source: c.number("source")?,
        count: row.get::<_, i64>("count")?.cast_unsigned(),
        spans: c.spans("spans")?,
    };
    let mut bytes = Vec::with_capacity(64);
    header.encode(&mut bytes);
    let fields = [c.bytes("code")?, c.bytes("place")?, c.bytes("says")?, None].map(FieldRef::text);
    out.raw(&bytes, &fields);
    Ok(())
}

fn read_source(row: &Row<'_>, out: &mut Batch) -> Result<(), RowError> {
    let c = columns(row, "source")?;
    let header = SourceHeader {
        parent: row.get::<_, Option<i64>>("parent")?.map(|p| u32::try_from(p).map_err(|_| c.wrong("parent"))).transpose()?,
        kind: c.code("kind", SourceKind::from_code)?,
        bytes: row.get::<_, i64>("bytes")?.cast_unsigned(),
        sha256: c.digest("sha256")?,
        blocks_root: c.digest("blocks_root")?,
    };
    let mut bytes = Vec::with_capacity(96);
    header.encode(&mut bytes);
    let fields = [c.bytes("locator")?, c.bytes("codec")?, c.bytes("detail")?, None].map(FieldRef::text);
    out.raw(&bytes, &fields);
    Ok(())
}

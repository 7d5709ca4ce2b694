//! Rows of evidence in the case's columns, and back. Writing and reading stand side by side here,
//! because verification re-makes the canonical bytes from the columns.

mod event;

pub use event::is_request;

use crate::shapes::ShapeReader;
use crate::tally::Tally;
use crate::words::{TextOrBlob, WordReader};
use event::EventWriter;
use model::{
    Batch, ContentState, EntryKind, EventHeader, FieldError, FieldRef, FileHeader, FindingHeader, NameState, RecordState,
    RowView, Severity, SourceHeader, SourceKind, Span, Table, Zone,
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

/// Writes rows of batches; keeps what a million rows would ask for anew.
pub struct RowWriter<'a> {
    db: &'a Connection,
    events: EventWriter<'a>,
}

impl<'a> RowWriter<'a> {
    /// For an import that has so many events already.
    pub fn resume(db: &'a Connection, import: u32, events: u64) -> Result<Self, RowError> {
        let postings = crate::postings::drop_tail(db, join_id(import, 0), events)?;
        Ok(Self { db, events: EventWriter::new(db, postings)? })
    }

    /// Packs the postings of the last rows of an import.
    pub fn pack(&mut self) -> Result<(), RowError> {
        Ok(self.events.pack()?)
    }

    /// What was counted of the events written.
    pub fn into_tally(self) -> Tally {
        self.events.into_tally()
    }

    /// Announces that so many rows of a table come one after the other.
    pub fn announce(&mut self, table: Table, rows: usize) {
        if table == Table::Event {
            self.events.announce(rows);
        }
    }

    /// Writes one row of a batch.
    pub fn insert(&mut self, table: Table, id: i64, row: &RowView<'_>) -> Result<(), RowError> {
        let db = self.db;
        let bad = |e: FieldError| RowError::NotARow { table: table.name(), id, why: e.to_string() };
        let fields = row.fields().map_err(bad)?;
        match table {
            Table::Event => {
                let h = EventHeader::decode(row.header).map_err(bad)?;
                let request = row.request().map_err(bad)?;
                self.events.insert(id, &h, &fields, request)
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
}

type Fields<'a> = [FieldRef<'a>; 4];

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

/// What reading rows back looks up again and again.
#[derive(Default)]
pub struct Dictionaries {
    pub words: WordReader,
    pub shapes: ShapeReader,
}

/// Appends the canonical bytes of a row read with `SELECT * FROM <table>` to a batch.
pub fn read_back(
    db: &Connection,
    known: &mut Dictionaries,
    table: Table,
    row: &Row<'_>,
    out: &mut Batch,
) -> Result<(), RowError> {
    match table {
        Table::Event => event::read(db, known, row, out),
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

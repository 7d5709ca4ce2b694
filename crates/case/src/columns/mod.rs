//! Rows of evidence in the case's columns, and back. Writing and reading stand side by side here,
//! because verification re-makes the canonical bytes from the columns.

pub(crate) mod cells;
mod event;

pub use cells::{Cells, EVENT_COLUMNS};
pub use event::is_request;

use crate::shapes::ShapeReader;
use crate::tally::Tally;
use crate::words::{TextOrBlob, WordReader};
pub(crate) use cells::at;
use event::EventWriter;
use model::{
    Batch, ContentState, EntryKind, EventHeader, FieldError, FieldRef, FileHeader, FindingHeader, NameState, RecordState,
    RowView, Severity, SourceHeader, SourceKind, Span, Table, Zone,
};
use rusqlite::{Connection, params};

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

/// Appends the canonical bytes of a row to a batch.
pub fn read_back(db: &Connection, known: &mut Dictionaries, row: &Cells<'_>, out: &mut Batch) -> Result<(), RowError> {
    match row.table {
        Table::Event => event::read(db, known, row, out),
        Table::File => read_file(row, out),
        Table::Finding => read_finding(row, out),
        Table::Source => read_source(row, out),
    }
}

fn read_file(c: &Cells<'_>, out: &mut Batch) -> Result<(), RowError> {
    let zone = c.integer(at!(FILE, "zone"))?;
    let minutes = i16::try_from(zone >> 8).map_err(|_| c.wrong(at!(FILE, "zone")))?;
    let whole = |place: usize| -> Result<Option<u64>, RowError> { Ok(c.integer_or_null(place)?.map(i64::cast_unsigned)) };
    let header = FileHeader {
        source: c.number(at!(FILE, "source"))?,
        kind: c.code(at!(FILE, "kind"), EntryKind::from_code)?,
        name: c.code(at!(FILE, "name_state"), NameState::from_code)?,
        record_state: c.code(at!(FILE, "record_state"), RecordState::from_code)?,
        content: c.code(at!(FILE, "content_state"), ContentState::from_code)?,
        from_journal: c.code(at!(FILE, "journal"), |n: u8| (n < 2).then_some(n == 1))?,
        record: whole(at!(FILE, "record"))?,
        sequence: c.number_or_null(at!(FILE, "sequence"))?,
        parent: whole(at!(FILE, "parent"))?,
        size: c.integer(at!(FILE, "size"))?.cast_unsigned(),
        zone: Zone::from_code((zone & 255) as u8, minutes).ok_or_else(|| c.wrong(at!(FILE, "zone")))?,
        times: [
            c.integer_or_null(at!(FILE, "modified"))?,
            c.integer_or_null(at!(FILE, "accessed"))?,
            c.integer_or_null(at!(FILE, "changed"))?,
            c.integer_or_null(at!(FILE, "created"))?,
            c.integer_or_null(at!(FILE, "deleted"))?,
        ],
        spans: c.spans(at!(FILE, "spans"))?,
    };
    let mut bytes = Vec::with_capacity(128);
    header.encode(&mut bytes);
    let (path, detail) = (c.bytes(at!(FILE, "path"))?, c.bytes(at!(FILE, "detail"))?);
    out.raw(&bytes, &[FieldRef::text(path), FieldRef::text(detail), FieldRef::Null, FieldRef::Null]);
    Ok(())
}

fn read_finding(c: &Cells<'_>, out: &mut Batch) -> Result<(), RowError> {
    let header = FindingHeader {
        severity: c.code(at!(FINDING, "severity"), Severity::from_code)?,
        parser: c.number(at!(FINDING, "parser"))?,
        source: c.number(at!(FINDING, "source"))?,
        count: c.integer(at!(FINDING, "count"))?.cast_unsigned(),
        spans: c.spans(at!(FINDING, "spans"))?,
    };
    let mut bytes = Vec::with_capacity(64);
    header.encode(&mut bytes);
    let fields = [c.bytes(at!(FINDING, "code"))?, c.bytes(at!(FINDING, "place"))?, c.bytes(at!(FINDING, "says"))?, None];
    out.raw(&bytes, &fields.map(FieldRef::text));
    Ok(())
}

fn read_source(c: &Cells<'_>, out: &mut Batch) -> Result<(), RowError> {
    let header = SourceHeader {
        parent: c.number_or_null(at!(SOURCE, "parent"))?,
        kind: c.code(at!(SOURCE, "kind"), SourceKind::from_code)?,
        bytes: c.integer(at!(SOURCE, "bytes"))?.cast_unsigned(),
        sha256: c.digest(at!(SOURCE, "sha256"))?,
        blocks_root: c.digest(at!(SOURCE, "blocks_root"))?,
    };
    let mut bytes = Vec::with_capacity(96);
    header.encode(&mut bytes);
    let fields = [c.bytes(at!(SOURCE, "locator"))?, c.bytes(at!(SOURCE, "codec"))?, c.bytes(at!(SOURCE, "detail"))?, None];
    out.raw(&bytes, &fields.map(FieldRef::text));
    Ok(())
}

use crate::canonical::{event_detail, request_detail};
use crate::{
    Event, EventHeader, FieldError, FieldReader, FieldRef, FileEntry, FileHeader, Finding, FindingHeader, Request, RowParts, Span,
};

/// The tables whose rows come from evidence, in the order of their roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    Source = 0,
    File = 1,
    Event = 2,
    Finding = 3,
}

impl Table {
    pub const ALL: [Table; 4] = [Table::Source, Table::File, Table::Event, Table::Finding];
    /// Name of the table in the case and in the ledger's entries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::File => "file",
            Self::Event => "event",
            Self::Finding => "finding",
        }
    }
    /// Tag of the salted leaf and tag of the content leaf.
    pub fn tags(self) -> (&'static [u8; 4], &'static [u8; 4]) {
        match self {
            Self::Source => (b"SRC1", b"SCN1"),
            Self::File => (b"FIL1", b"FCN1"),
            Self::Event => (b"ROW1", b"CON1"),
            Self::Finding => (b"FND1", b"NCN1"),
        }
    }
    pub fn from_u8(v: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| *t as u8 == v)
    }
}

/// Rows of one table in their canonical encoding, in one buffer, so that millions of rows cross
/// threads and processes without an allocation each.
///
/// A row is `total u32 | header length u32 | canonical length u32 | header | 4 fields | columns`;
/// `columns` repeats the request's values so that the store need not read the detail again.
#[derive(Clone, Debug)]
pub struct Batch {
    pub table: Table,
    pub rows: u32,
    pub buffer: Vec<u8>,
}

/// One row of a batch.
#[derive(Clone, Debug)]
pub struct RowView<'a> {
    pub header: &'a [u8],
    /// The fields, each as tag, length and value: with the header, the input of the content leaf.
    pub encoded_fields: &'a [u8],
    columns: &'a [u8],
}

impl Batch {
    pub fn new(table: Table) -> Self {
        Self { table, rows: 0, buffer: Vec::new() }
    }
    /// A batch received from another process; its rows are checked when they are read.
    pub fn from_parts(table: Table, rows: u32, buffer: Vec<u8>) -> Self {
        Self { table, rows, buffer }
    }
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
    pub fn clear(&mut self) {
        self.rows = 0;
        self.buffer.clear();
    }

    pub fn event(&mut self, e: &Event<'_>, parser: u16, source: u32) {
        let start = self.begin();
        EventHeader::encode(&mut self.buffer, e.at, e.action, e.state, parser, source, e.origin);
        let header = self.since(start);
        for f in [e.actor, e.object, e.subject] {
            FieldRef::text(f).encode(&mut self.buffer);
        }
        // The detail is written in place; its length is known afterwards.
        let field = self.buffer.len();
        self.buffer.extend_from_slice(&[0; FIELD_PREFIX]);
        let text = self.buffer.len();
        let more = event_detail(&mut self.buffer, e.request.as_ref(), e.more);
        let length = self.buffer.len().saturating_sub(text);
        if length > 0
            && let Some(prefix) = self.buffer.get_mut(field..text)
        {
            prefix.copy_from_slice(&FieldRef::prefix(FieldRef::TEXT, length));
        }
        let canonical = self.since(start);
        if let Some(q) = &e.request {
            encode_request(&mut self.buffer, q);
            if more.is_empty() {
                FieldRef::Null.encode(&mut self.buffer);
            } else {
                self.buffer.extend_from_slice(&FieldRef::prefix(FieldRef::TEXT, more.len()));
                self.buffer.extend_from_within(more);
            }
        }
        self.end(start, header, canonical);
    }

    pub fn file(&mut self, entry: &FileEntry, source: u32) {
        let start = self.begin();
        FileHeader::of(entry, source).encode(&mut self.buffer);
        let header = self.since(start);
        FieldRef::Text(&entry.path).encode(&mut self.buffer);
        FieldRef::Text(&FileHeader::detail(entry)).encode(&mut self.buffer);
        FieldRef::Null.encode(&mut self.buffer);
        FieldRef::Null.encode(&mut self.buffer);
        let canonical = self.since(start);
        self.end(start, header, canonical);
    }

    pub fn finding(&mut self, f: &Finding<'_>, parser: u16, source: u32) {
        let start = self.begin();
        FindingHeader::of(f, parser, source).encode(&mut self.buffer);
        let header = self.since(start);
        FieldRef::Text(f.code.label().as_bytes()).encode(&mut self.buffer);
        FieldRef::Text(f.place).encode(&mut self.buffer);
        FieldRef::Text(&FindingHeader::text(f)).encode(&mut self.buffer);
        FieldRef::Null.encode(&mut self.buffer);
        let canonical = self.since(start);
        self.end(start, header, canonical);
    }

    /// Any row from its header and fields, as the store reads them back.
    pub fn raw(&mut self, header: &[u8], fields: &[FieldRef<'_>; 4]) {
        let start = self.begin();
        self.buffer.extend_from_slice(header);
        for f in fields {
            f.encode(&mut self.buffer);
        }
        let canonical = self.since(start);
        self.end(start, header.len(), canonical);
    }

    /// Rewrites the numbers of the sources in every row, from those a reader used to those of the
    /// import.
    pub fn renumber(&mut self, map: &dyn Fn(u32) -> u32) -> Result<(), FieldError> {
        let mut at = 0usize;
        for _ in 0..self.rows {
            let (total, header, _) = lengths(self.buffer.get(at..).unwrap_or_default(), at)?;
            let from = at.saturating_add(PREFIX);
            let Some(bytes) = self.buffer.get_mut(from..from.saturating_add(header)) else { break };
            match self.table {
                Table::Event => EventHeader::renumber(bytes, map),
                Table::File => FileHeader::renumber(bytes, map),
                Table::Finding => FindingHeader::renumber(bytes, map),
                Table::Source => {}
            }
            at = at.saturating_add(total);
        }
        Ok(())
    }

    pub fn iter(&self) -> BatchReader<'_> {
        BatchReader { data: &self.buffer, at: 0, left: self.rows }
    }

    fn begin(&mut self) -> usize {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; PREFIX]);
        start
    }
    /// Bytes of the row written so far, without its prefix.
    fn since(&self, start: usize) -> usize {
        self.buffer.len().saturating_sub(start).saturating_sub(PREFIX)
    }
    fn end(&mut self, start: usize, header: usize, canonical: usize) {
        let total = self.buffer.len().saturating_sub(start);
        let prefix = self.buffer.get_mut(start..start.saturating_add(PREFIX)).unwrap_or_default();
        for (place, n) in prefix.chunks_exact_mut(4).zip([total, header, canonical]) {
            place.copy_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
        }
        self.rows = self.rows.saturating_add(1);
    }
}

const PREFIX: usize = 12;
/// Tag and length of a field.
const FIELD_PREFIX: usize = 5;

fn lengths(data: &[u8], at: usize) -> Result<(usize, usize, usize), FieldError> {
    let mut r = FieldReader::new(data, at as u64);
    let total = r.u32("row length")? as usize;
    let header = r.u32("header length")? as usize;
    let canonical = r.u32("canonical length")? as usize;
    if header > canonical || canonical.saturating_add(PREFIX) > total || total > data.len() {
        return Err(r.wrong("row length", "lengths that nest", format!("{total}, {header}, {canonical}")));
    }
    Ok((total, header, canonical))
}

/// Reads the rows of a batch.
pub struct BatchReader<'a> {
    data: &'a [u8],
    at: usize,
    left: u32,
}

impl<'a> Iterator for BatchReader<'a> {
    type Item = Result<RowView<'a>, FieldError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let rest = self.data.get(self.at..).unwrap_or_default();
        let (total, header, canonical) = match lengths(rest, self.at) {
            Ok(l) => l,
            Err(e) => {
                self.left = 0;
                return Some(Err(e));
            }
        };
        self.at = self.at.saturating_add(total);
        let body = rest.get(PREFIX..total).unwrap_or_default();
        Some(Ok(RowView {
            header: body.get(..header).unwrap_or_default(),
            encoded_fields: body.get(header..canonical).unwrap_or_default(),
            columns: body.get(canonical..).unwrap_or_default(),
        }))
    }
}

/// The request's values, and the further values as JSON.
type RequestColumns<'a> = (Request<'a>, Option<&'a [u8]>);

impl<'a> RowView<'a> {
    pub fn fields(&self) -> Result<[FieldRef<'a>; 4], FieldError> {
        let mut r = FieldReader::new(self.encoded_fields, 0);
        Ok([FieldRef::decode(&mut r)?, FieldRef::decode(&mut r)?, FieldRef::decode(&mut r)?, FieldRef::decode(&mut r)?])
    }
    pub fn parts(&self) -> Result<RowParts<'a>, FieldError> {
        Ok(RowParts { header: self.header, fields: self.fields()? })
    }
    /// The request's values and the further values as JSON, for an event that is a request.
    pub fn request(&self) -> Result<Option<RequestColumns<'a>>, FieldError> {
        if self.columns.is_empty() {
            return Ok(None);
        }
        let mut r = FieldReader::new(self.columns, 0);
        let mut text = || FieldRef::decode(&mut r).map(|f| f.as_bytes());
        let (address, agent, exposes, key) = (text()?, text()?, text()?, text()?);
        let (method, protocol, referrer) = (text()?, text()?, text()?);
        let mut number = || {
            FieldRef::decode(&mut r).map(|f| match f {
                FieldRef::Int(i) => Some(i),
                FieldRef::Null | FieldRef::Text(_) | FieldRef::Blob(_) => None,
            })
        };
        let bytes = number()?.map(i64::cast_unsigned);
        let status = number()?.and_then(|s| u16::try_from(s).ok());
        let more = FieldRef::decode(&mut r)?.as_bytes();
        Ok(Some((Request { address, agent, bytes, exposes, key, method, protocol, referrer, status }, more)))
    }
}

fn encode_request(out: &mut Vec<u8>, q: &Request<'_>) {
    for f in [q.address, q.agent, q.exposes, q.key, q.method, q.protocol, q.referrer] {
        FieldRef::text(f).encode(out);
    }
    for n in [q.bytes.map(u64::cast_signed), q.status.map(i64::from)] {
        n.map_or(FieldRef::Null, FieldRef::Int).encode(out);
    }
}

/// The canonical detail text of a request, rebuilt from its stored columns.
impl Batch {
    pub fn request_detail(request: &Request<'_>, more: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        request_detail(&mut out, request, |out| out.extend_from_slice(more.unwrap_or_default()));
        out
    }
}

/// Spans of the bytes the reader was given, from file-entry origins.
impl From<(u64, u64)> for Span {
    fn from((offset, length): (u64, u64)) -> Self {
        Span::here(offset, length)
    }
}

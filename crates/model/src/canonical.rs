//! The canonical bytes of a row: the header that is never masked, then the fields that may be.
//! docs/format.md is the specification; whoever changes a byte here changes every root.

use std::ops::Range;

use crate::{
    Action, Code, FieldError, FieldReader, Finding, Json, Moment, Precision, Request, Severity, SourceKind, Span, State, Value,
    Zone,
};

/// A field as hashed. Null differs from empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldRef<'a> {
    Null,
    Text(&'a [u8]),
    Blob(&'a [u8]),
    Int(i64),
}

impl<'a> FieldRef<'a> {
    pub fn text(value: Option<&'a [u8]>) -> Self {
        value.map_or(Self::Null, Self::Text)
    }
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(b) | Self::Blob(b) => Some(b),
            Self::Null | Self::Int(_) => None,
        }
    }
    pub(crate) const TEXT: u8 = 1;
    /// Tag and length, as they stand before a value.
    pub(crate) fn prefix(tag: u8, length: usize) -> [u8; 5] {
        let [a, b, c, d] = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        [tag, a, b, c, d]
    }
    /// Appends tag, length and value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let int;
        let (tag, value): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Text(b) => (Self::TEXT, b),
            Self::Blob(b) => (2, b),
            Self::Int(i) => {
                int = i.to_le_bytes();
                (3, &int)
            }
        };
        out.extend_from_slice(&Self::prefix(tag, value.len()));
        out.extend_from_slice(value);
    }
    pub fn decode(r: &mut FieldReader<'a>) -> Result<Self, FieldError> {
        let tag = r.u8("field tag")?;
        let n = r.u32("field length")? as usize;
        let value = r.bytes(n, "field value")?;
        match tag {
            0 if n == 0 => Ok(Self::Null),
            1 => Ok(Self::Text(value)),
            2 => Ok(Self::Blob(value)),
            3 => <[u8; 8]>::try_from(value)
                .map(|b| Self::Int(i64::from_le_bytes(b)))
                .map_err(|_| r.wrong("field value", "8 bytes", n)),
            _ => Err(r.wrong("field tag", "0 to 3", tag)),
        }
    }
}

/// Header and fields of one encoded row.
#[derive(Clone, Debug)]
pub struct RowParts<'a> {
    pub header: &'a [u8],
    pub fields: [FieldRef<'a>; 4],
}

const NO_U32: u32 = u32::MAX;

pub(crate) fn put_u32(out: &mut Vec<u8>, v: u32) {
    out.extend_from_slice(&v.to_le_bytes());
}
pub(crate) fn put_u64(out: &mut Vec<u8>, v: u64) {
    out.extend_from_slice(&v.to_le_bytes());
}
pub(crate) fn put_option(out: &mut Vec<u8>, v: Option<u64>) {
    out.push(u8::from(v.is_some()));
    put_u64(out, v.unwrap_or(0));
}
pub(crate) fn get_option(r: &mut FieldReader<'_>, field: &'static str) -> Result<Option<u64>, FieldError> {
    let there = r.u8(field)?;
    let v = r.u64(field)?;
    Ok((there != 0).then_some(v))
}
pub(crate) fn put_spans(out: &mut Vec<u8>, spans: &[Span]) {
    put_u32(out, u32::try_from(spans.len()).unwrap_or(u32::MAX));
    for s in spans {
        let mut span = [0u8; 20];
        let (source, rest) = span.split_at_mut(4);
        let (offset, length) = rest.split_at_mut(8);
        source.copy_from_slice(&s.source.to_le_bytes());
        offset.copy_from_slice(&s.offset.to_le_bytes());
        length.copy_from_slice(&s.length.to_le_bytes());
        out.extend_from_slice(&span);
    }
}
pub(crate) fn get_spans(r: &mut FieldReader<'_>) -> Result<Vec<Span>, FieldError> {
    let n = r.u32("span count")? as usize;
    if n > r.remaining() / 20 {
        return Err(r.wrong("span count", "spans that fit the row", n));
    }
    (0..n)
        .map(|_| Ok(Span { source: r.u32("span source")?, offset: r.u64("span offset")?, length: r.u64("span length")? }))
        .collect()
}

/// Header of an event row.
#[derive(Clone, Debug, PartialEq)]
pub struct EventHeader {
    pub at: Option<Moment>,
    pub action: Action,
    pub state: State,
    /// `Parser::id`.
    pub parser: u16,
    pub source: u32,
    pub spans: Vec<Span>,
}

impl EventHeader {
    pub fn encode(out: &mut Vec<u8>, at: Option<Moment>, action: Action, state: State, parser: u16, source: u32, spans: &[Span]) {
        let kind = match at {
            None => 0,
            Some(Moment { until: None, .. }) => 1u8,
            Some(_) => 2,
        };
        let (precision, (zone, minutes)) = at.map_or((0, (0, 0)), |m| (m.precision as u8, m.zone.code()));
        out.push(kind);
        out.extend_from_slice(&at.map_or(0, |m| m.micros).to_le_bytes());
        out.extend_from_slice(&at.and_then(|m| m.until).unwrap_or(0).to_le_bytes());
        out.push(precision);
        out.push(zone);
        out.extend_from_slice(&minutes.to_le_bytes());
        out.extend_from_slice(&action.code().to_le_bytes());
        out.push(state.code());
        out.extend_from_slice(&parser.to_le_bytes());
        put_u32(out, source);
        put_spans(out, spans);
    }

    pub fn decode(header: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(header, 0);
        let kind = r.u8("time kind")?;
        let micros = r.i64("time")?;
        let until = r.i64("time until")?;
        let precision = r.u8("precision")?;
        let basis = r.u8("zone basis")?;
        let minutes = i16::from_le_bytes(r.array("zone minutes")?);
        let at = if kind == 0 {
            None
        } else {
            Some(Moment {
                micros,
                until: (kind == 2).then_some(until),
                precision: Precision::from_u8(precision).ok_or_else(|| r.wrong("precision", "a known precision", precision))?,
                zone: Zone::from_code(basis, minutes).ok_or_else(|| r.wrong("zone basis", "a known basis", basis))?,
            })
        };
        let action = r.u16("action")?;
        let state = r.u8("state")?;
        Ok(Self {
            at,
            action: Action::from_code(action).ok_or_else(|| r.wrong("action", "a known action", action))?,
            state: State::from_code(state).ok_or_else(|| r.wrong("state", "a known state", state))?,
            parser: r.u16("parser")?,
            source: r.u32("source")?,
            spans: get_spans(&mut r)?,
        })
    }

    /// Rewrites the numbers of the sources in an encoded header.
    pub(crate) fn renumber(header: &mut [u8], map: &dyn Fn(u32) -> u32) {
        patch(header, 26, map);
        patch_spans(header, 30, map);
    }
}

pub(crate) fn patch(bytes: &mut [u8], at: usize, map: &dyn Fn(u32) -> u32) {
    if let Some(part) = bytes.get_mut(at..at.saturating_add(4)) {
        let old = u32::from_le_bytes([
            part.first().copied().unwrap_or(0),
            part.get(1).copied().unwrap_or(0),
            part.get(2).copied().unwrap_or(0),
            part.get(3).copied().unwrap_or(0),
        ]);
        part.copy_from_slice(&map(old).to_le_bytes());
    }
}
pub(crate) fn patch_spans(bytes: &mut [u8], count_at: usize, map: &dyn Fn(u32) -> u32) {
    let first = count_at.saturating_add(4);
    let n = bytes.len().saturating_sub(first) / 20;
    for i in 0..n {
        patch(bytes, first.saturating_add(i.saturating_mul(20)), map);
    }
}

/// The canonical detail of an event: the further values alone, or, for a request,
/// `{"more":{...},"request":{...}}` (without `more` where there is none). Nothing is written where
/// both lack. Returns where in `out` the further values lie.
pub(crate) fn event_detail(out: &mut Vec<u8>, request: Option<&Request<'_>>, more: &[(&str, Value<'_>)]) -> Range<usize> {
    let mut place = out.len()..out.len();
    let mut write = |out: &mut Vec<u8>| {
        let from = out.len();
        if !more.is_empty() {
            Json::map(out, more);
        }
        place = from..out.len();
    };
    match request {
        None => write(out),
        Some(q) => request_detail(out, q, write),
    }
    place
}

/// The detail of a request; `more` writes the further values as JSON, or nothing.
pub(crate) fn request_detail(out: &mut Vec<u8>, q: &Request<'_>, more: impl FnOnce(&mut Vec<u8>)) {
    const MORE: &[u8] = b"{\"more\":";
    let start = out.len();
    out.extend_from_slice(MORE);
    let from = out.len();
    more(out);
    if out.len() == from {
        out.truncate(start);
        out.push(b'{');
    } else {
        out.push(b',');
    }
    out.extend_from_slice(b"\"request\":{");
    let first = out.len();
    // Each name with the comma before it; the first comma is left out.
    let key = |out: &mut Vec<u8>, name: &[u8]| {
        let name = if out.len() == first { name.get(1..).unwrap_or_default() } else { name };
        out.extend_from_slice(name);
    };
    let text = |out: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>| {
        if let Some(v) = value {
            key(out, name);
            Json::text(out, v);
        }
    };
    text(out, b",\"address\":", q.address);
    text(out, b",\"agent\":", q.agent);
    if let Some(b) = q.bytes {
        key(out, b",\"bytes\":");
        Json::uint(out, b);
    }
    text(out, b",\"exposes\":", q.exposes);
    text(out, b",\"key\":", q.key);
    text(out, b",\"method\":", q.method);
    text(out, b",\"protocol\":", q.protocol);
    text(out, b",\"referrer\":", q.referrer);
    if let Some(s) = q.status {
        key(out, b",\"status\":");
        Json::uint(out, u64::from(s));
    }
    out.extend_from_slice(b"}}");
}

/// Header of a finding row; its fields are code, place, text, and one that is reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingHeader {
    pub severity: Severity,
    pub parser: u16,
    pub source: u32,
    pub count: u64,
    pub spans: Vec<Span>,
}

impl FindingHeader {
    pub fn of(f: &Finding<'_>, parser: u16, source: u32) -> Self {
        Self { severity: f.code.severity(), parser, source, count: f.count, spans: f.at.into_iter().collect() }
    }
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.severity.code());
        out.extend_from_slice(&self.parser.to_le_bytes());
        put_u32(out, self.source);
        put_u64(out, self.count);
        put_spans(out, &self.spans);
    }
    pub fn decode(header: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(header, 0);
        let severity = r.u8("severity")?;
        Ok(Self {
            severity: Severity::from_code(severity).ok_or_else(|| r.wrong("severity", "a known severity", severity))?,
            parser: r.u16("parser")?,
            source: r.u32("source")?,
            count: r.u64("count")?,
            spans: get_spans(&mut r)?,
        })
    }
    pub(crate) fn renumber(header: &mut [u8], map: &dyn Fn(u32) -> u32) {
        patch(header, 3, map);
        patch_spans(header, 15, map);
    }
    /// What a finding says, as one text: expected and found.
    pub fn text(f: &Finding<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        Json::map(&mut out, &[("expected", f.expected.into()), ("found", f.found.into())]);
        out
    }
    pub fn code(fields: &[FieldRef<'_>; 4]) -> Option<Code> {
        let [code, ..] = fields;
        Code::from_label(code.as_bytes()?)
    }
}

/// Header of a source row; its fields are locator, codec, detail, and one that is reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceHeader {
    pub parent: Option<u32>,
    pub kind: SourceKind,
    pub bytes: u64,
    pub sha256: Option<[u8; 32]>,
    pub blocks_root: Option<[u8; 32]>,
}

impl SourceHeader {
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_u32(out, self.parent.unwrap_or(NO_U32));
        out.push(self.kind.code());
        put_u64(out, self.bytes);
        for digest in [self.sha256, self.blocks_root] {
            out.push(u8::from(digest.is_some()));
            out.extend_from_slice(&digest.unwrap_or_default());
        }
    }
    pub fn decode(header: &[u8]) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(header, 0);
        let parent = r.u32("parent")?;
        let kind = r.u8("kind")?;
        let kind = SourceKind::from_code(kind).ok_or_else(|| r.wrong("kind", "a known kind", kind))?;
        let bytes = r.u64("bytes")?;
        let mut digest = || -> Result<Option<[u8; 32]>, FieldError> {
            let there = r.u8("digest")?;
            let d = r.array::<32>("digest")?;
            Ok((there != 0).then_some(d))
        };
        Ok(Self { parent: (parent != NO_U32).then_some(parent), kind, bytes, sha256: digest()?, blocks_root: digest()? })
    }
}

//! Rows as they are hashed, in named values again.

use super::cells::RowCells;
use super::text::JsonText;
use crate::columns::join_id;
use ledger::Leaves;
use model::{EventHeader, FieldError, FieldRef, FileHeader, FindingHeader, Moment, Precision, RowView, SourceHeader, Zone};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Where a row stands and what it hashes to.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub import: u32,
    pub row: u64,
    pub leaves: Leaves,
}

impl Place {
    pub fn id(&self) -> i64 {
        join_id(self.import, self.row)
    }
    pub fn source(&self, source: u32) -> i64 {
        join_id(self.import, u64::from(source))
    }
    fn begin(&self, cells: &mut RowCells<'_>) {
        cells.whole(Some(self.id()));
        cells.small(Some(self.import.cast_signed()));
        cells.whole(Some(self.row.cast_signed()));
    }
    fn end(&self, mut cells: RowCells<'_>) {
        cells.digest(Some(&self.leaves.row));
        cells.digest(Some(&self.leaves.content));
        cells.end();
    }
}

/// The request of an event, and what else it says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail<'a> {
    #[serde(borrow, default)]
    more: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Request<'a>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request<'a> {
    #[serde(borrow, default)]
    pub address: Option<JsonText<'a>>,
    #[serde(borrow, default)]
    pub agent: Option<JsonText<'a>>,
    /// A number, or its digits from 2^53.
    #[serde(borrow, default)]
    bytes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub exposes: Option<JsonText<'a>>,
    #[serde(borrow, default)]
    pub key: Option<JsonText<'a>>,
    #[serde(borrow, default)]
    pub method: Option<JsonText<'a>>,
    #[serde(borrow, default)]
    pub protocol: Option<JsonText<'a>>,
    #[serde(borrow, default)]
    pub referrer: Option<JsonText<'a>>,
    #[serde(default)]
    pub status: Option<u16>,
}

impl Request<'_> {
    pub fn bytes(&self) -> Option<u64> {
        self.bytes.and_then(|b| b.get().trim_matches('"').parse().ok())
    }
}

pub struct EventRecord<'a> {
    pub place: Place,
    pub header: EventHeader,
    pub actor: Option<&'a [u8]>,
    pub object: Option<&'a [u8]>,
    pub subject: Option<&'a [u8]>,
    pub request: Option<Request<'a>>,
    /// Further values, canonical JSON.
    pub detail: Option<&'a [u8]>,
}

impl<'a> EventRecord<'a> {
    pub fn read(place: Place, row: &RowView<'a>) -> Result<Self, FieldError> {
        let header = EventHeader::decode(row.header)?;
        let [actor, object, subject, detail] = row.fields()?.map(|f: FieldRef<'a>| f.as_bytes());
        let (request, detail) = match detail.and_then(request) {
            Some((request, more)) => (Some(request), more),
            None => (None, detail),
        };
        Ok(Self { place, header, actor, object, subject, request, detail })
    }

    pub fn cells(&self, mut cells: RowCells<'_>) {
        let (h, p) = (&self.header, &self.place);
        p.begin(&mut cells);
        cells.whole(h.at.map(|m| m.micros));
        cells.whole(h.at.and_then(|m| m.until));
        cells.label(h.at.map(|m| precision(m.precision)));
        zone(h.at, &mut cells);
        cells.label(Some(h.action.label()));
        cells.label(Some(h.state.label()));
        cells.label(Some(parser(h.parser)));
        cells.whole(Some(p.source(h.source)));
        cells.spans(p.import, &h.spans);
        cells.text(self.actor);
        cells.text(self.object);
        cells.text(self.subject);
        let none = Request::default();
        let q = self.request.as_ref().unwrap_or(&none);
        cells.text(bytes(&q.address));
        cells.text(bytes(&q.agent));
        cells.texts(q.exposes.as_ref().map(|e| e.0.split(|b| *b == b',')));
        cells.text(bytes(&q.key));
        cells.text(bytes(&q.method));
        cells.text(bytes(&q.protocol));
        cells.text(bytes(&q.referrer));
        cells.whole(q.bytes().map(u64::cast_signed));
        cells.small(q.status.map(i32::from));
        cells.text(self.detail);
        p.end(cells);
    }
}

fn bytes<'t>(text: &'t Option<JsonText<'_>>) -> Option<&'t [u8]> {
    text.as_ref().map(|t| t.0.as_ref())
}

/// The request in a detail, and the further values beside it.
fn request(detail: &[u8]) -> Option<(Request<'_>, Option<&[u8]>)> {
    if !detail.starts_with(b"{\"request\":{") && !detail.starts_with(b"{\"more\":{") {
        return None;
    }
    let read: Detail<'_> = serde_json::from_slice(detail).ok()?;
    Some((read.request, read.more.map(|m| m.get().as_bytes())))
}

pub fn file(place: Place, row: &RowView<'_>, mut cells: RowCells<'_>) -> Result<(), FieldError> {
    let h = FileHeader::decode(row.header)?;
    let [path, detail, _, _] = row.fields()?.map(|f| f.as_bytes());
    place.begin(&mut cells);
    cells.whole(Some(place.source(h.source)));
    cells.text(path);
    for label in [h.kind.label(), h.name.label(), h.record_state.label(), h.content.label()] {
        cells.label(Some(label));
    }
    cells.flag(h.from_journal);
    cells.whole(h.record.map(u64::cast_signed));
    cells.whole(h.sequence.map(i64::from));
    cells.whole(h.parent.map(u64::cast_signed));
    cells.whole(Some(h.size.cast_signed()));
    zone_cells(Some(h.zone), &mut cells);
    for time in h.times {
        cells.whole(time);
    }
    cells.spans(place.import, &h.spans);
    cells.text(detail);
    place.end(cells);
    Ok(())
}

pub fn finding(place: Place, row: &RowView<'_>, mut cells: RowCells<'_>) -> Result<(), FieldError> {
    let h = FindingHeader::decode(row.header)?;
    let [code, what, says, _] = row.fields()?.map(|f| f.as_bytes());
    place.begin(&mut cells);
    cells.whole(Some(place.source(h.source)));
    cells.label(Some(h.severity.label()));
    cells.label(Some(parser(h.parser)));
    cells.text(code);
    cells.text(what);
    cells.text(says);
    cells.whole(Some(h.count.cast_signed()));
    cells.spans(place.import, &h.spans);
    place.end(cells);
    Ok(())
}

pub fn source(place: Place, row: &RowView<'_>, mut cells: RowCells<'_>) -> Result<(), FieldError> {
    let h = SourceHeader::decode(row.header)?;
    let [locator, codec, detail, _] = row.fields()?.map(|f| f.as_bytes());
    place.begin(&mut cells);
    cells.whole(h.parent.map(|p| place.source(p)));
    cells.label(Some(h.kind.label()));
    cells.whole(Some(h.bytes.cast_signed()));
    cells.digest(h.sha256.as_ref());
    cells.digest(h.blocks_root.as_ref());
    cells.text(locator);
    cells.text(codec);
    cells.text(detail);
    place.end(cells);
    Ok(())
}

pub fn precision(p: Precision) -> &'static str {
    match p {
        Precision::SubMicro => "finer than a microsecond",
        Precision::Micro => "microsecond",
        Precision::Milli => "millisecond",
        Precision::Centi => "10 ms",
        Precision::Second => "second",
        Precision::TwoSeconds => "2 s",
        Precision::Minute => "minute",
        Precision::Day => "day",
    }
}

/// Basis of a zone, and minutes where there are any.
pub fn zone_words(zone: Zone) -> (&'static str, Option<i16>) {
    match zone {
        Zone::Utc => ("utc", None),
        Zone::Stated(m) => ("stated", Some(m)),
        Zone::Assumed(m) => ("assumed", Some(m)),
        Zone::Unknown => ("unknown", None),
    }
}

fn zone(at: Option<Moment>, cells: &mut RowCells<'_>) {
    zone_cells(at.map(|m| m.zone), cells);
}

fn zone_cells(zone: Option<Zone>, cells: &mut RowCells<'_>) {
    let words = zone.map(zone_words);
    cells.label(words.map(|(basis, _)| basis));
    cells.small(words.and_then(|(_, minutes)| minutes).map(i32::from));
}

/// Name of a parser; empty for the import itself.
pub fn parser(id: u16) -> &'static str {
    artifacts::PARSERS.iter().find(|p| p.id == id).map_or("", |p| p.name)
}

//! Rows as readable text, one a line, for goldens and comparisons.

use model::{Action, Batch, BatchReader, Event, EventHeader, FieldRef, Finding, Json, Moment, Sink, Stop, Table};
use std::fmt::Write as _;

/// Keeps what a parser reports as text.
#[derive(Default)]
pub struct Rows {
    pub events: Vec<String>,
    pub findings: Vec<String>,
    pub actions: Vec<Action>,
}

impl Sink for Rows {
    fn event(&mut self, e: &Event<'_>) -> Result<(), Stop> {
        assert!(!e.origin.is_empty(), "a row without the bytes that say so");
        self.actions.push(e.action);
        self.events.push(event(e));
        Ok(())
    }
    fn finding(&mut self, f: &Finding<'_>) -> Result<(), Stop> {
        assert!(f.count > 0);
        let at = f.at.map_or("-".to_owned(), |s| format!("{}+{}", s.offset, s.length));
        let place = f.place.escape_ascii();
        self.findings.push(format!("finding {} x{} at {at} in {place}: {} / {}", f.code.label(), f.count, f.expected, f.found));
        Ok(())
    }
}

impl Rows {
    pub fn text(&self) -> String {
        self.events.iter().chain(&self.findings).flat_map(|l| [l.as_str(), "\n"]).collect()
    }
}

pub fn event(e: &Event<'_>) -> String {
    let mut out = format!("{} {} {}", e.action.label(), e.state.label(), e.at.map_or("-".to_owned(), |m| time(&m)));
    for (name, value) in [("actor", e.actor), ("object", e.object), ("subject", e.subject)] {
        text(&mut out, name, value);
    }
    if let Some(q) = &e.request {
        for (name, value) in [
            ("key", q.key),
            ("address", q.address),
            ("method", q.method),
            ("protocol", q.protocol),
            ("referrer", q.referrer),
            ("agent", q.agent),
            ("exposes", q.exposes),
        ] {
            text(&mut out, name, value);
        }
        if let Some(s) = q.status {
            write!(out, " status={s}").unwrap();
        }
        if let Some(b) = q.bytes {
            write!(out, " bytes={b}").unwrap();
        }
    }
    if !e.more.is_empty() {
        let mut json = Vec::new();
        Json::map(&mut json, e.more);
        write!(out, " more={}", json.escape_ascii().to_string().replace("\\\"", "\"")).unwrap();
    }
    for s in e.origin {
        write!(out, " @{}+{}", s.offset, s.length).unwrap();
    }
    out
}

fn text(out: &mut String, name: &str, value: Option<&[u8]>) {
    if let Some(v) = value {
        let shown = std::str::from_utf8(v).map_or_else(|_| v.escape_ascii().to_string(), |s| s.escape_debug().to_string());
        write!(out, " {name}=\"{shown}\"").unwrap();
    }
}

/// UTC, precision and zone basis; an unknown zone keeps the local clock.
pub fn time(m: &Moment) -> String {
    let shown = jiff::Timestamp::from_microsecond(m.micros).map_or_else(|_| m.micros.to_string(), |t| t.to_string());
    format!("{shown}/{:?}/{:?}", m.precision, m.zone)
}

/// The rows of a batch: header, fields.
pub fn decoded(batch: &Batch) -> impl Iterator<Item = (EventHeader, [FieldRef<'_>; 4], model::RowView<'_>)> {
    assert_eq!(batch.table, Table::Event);
    let rows: BatchReader<'_> = batch.iter();
    rows.map(|r| {
        let r = r.unwrap();
        (EventHeader::decode(r.header).unwrap(), r.fields().unwrap(), r)
    })
}

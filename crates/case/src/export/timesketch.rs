//! JSON lines as Timesketch imports them: `message`, `datetime`, `timestamp_desc`, and `timestamp` in
//! microseconds. Source: Timesketch, "Create timeline from JSONL or CSV file", and its reader of such files.

use super::folder::{Hashing, beside};
use super::partitions::day_of;
use super::records::{EventRecord, Request, parser, precision, zone_words};
use super::scan::{Order, Scan};
use super::text::{JsonText, lossless};
use super::{Count, Job, Made, Progress, Watch, left_out};
use crate::error::{CaseError, Result};
use crate::view::civil;
use model::{Action, Moment, Table, Zone};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file while it is written.
pub struct Output {
    to: PathBuf,
    from: PathBuf,
    file: Option<Hashing<BufWriter<File>>>,
}

impl Output {
    pub fn begin(to: &Path, overwrite: bool) -> Result<Self> {
        let refuse = |why: &str| Err(CaseError::Output(format!("{}: {why}", to.display())));
        if to.extension().is_none_or(|e| e != "jsonl") {
            return refuse("Timesketch takes files whose names end in .jsonl only");
        }
        if to.is_dir() || to.exists() && !overwrite {
            return refuse("it is there already");
        }
        let from = beside(to, "unfinished")?;
        let file = Some(Hashing::new(BufWriter::with_capacity(1 << 20, File::create(&from)?)));
        Ok(Self { to: to.into(), from, file })
    }
    pub fn publish(self) -> Result<()> {
        Ok(fs::rename(&self.from, &self.to)?)
    }
    pub fn give_up(self) {
        let _ = fs::remove_file(&self.from);
    }
}

#[derive(Serialize)]
struct Line<'a> {
    message: String,
    datetime: String,
    timestamp: i64,
    timestamp_desc: &'static str,
    data_type: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag: Vec<&'static str>,
    event_id: i64,
    source: u32,
    source_id: i64,
    action: &'static str,
    state: &'static str,
    parser: &'static str,
    precision: &'static str,
    zone_basis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_minutes: Option<i16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposes: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a RawValue>,
    /// `source_id:offset:length`, one for each place.
    spans: Vec<String>,
    leaf: String,
    content_leaf: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    escaped: Vec<&'static str>,
}

/// Writes the events that have a time; the others are counted.
pub fn write(job: &Job<'_>, out: &mut Output, open: &[u32], watch: &mut Watch<'_>) -> Result<Made> {
    let mut file = out.file.take().ok_or_else(|| CaseError::Output("the file is closed".into()))?;
    let of: u64 = job.imports.iter().map(|i| i.head(Table::Event).size).sum();
    let (mut rows, mut undated, mut done) = (0u64, 0u64, 0u64);
    for import in job.imports {
        let (hasher, size) = (import.hasher(Table::Event), import.head(Table::Event).size);
        let which = job.selection.events(import.n);
        let scan = Scan { case: job.case, table: Table::Event, hasher, rows: size, which, order: Order::Row };
        let mut tell = |seen: u64| watch(&Progress { table: "events", done: done + seen, total: of });
        let head = scan.run(
            &mut |place, row| {
                let record = EventRecord::read(place, row).map_err(|e| CaseError::Ledger(e.to_string()))?;
                let Some(at) = record.header.at.filter(|m| day_of(m.micros).is_some()) else {
                    undated += 1;
                    return Ok(());
                };
                serde_json::to_writer(&mut file, &line(&record, at)).map_err(std::io::Error::from)?;
                rows += 1;
                Ok(file.write_all(b"\n")?)
            },
            &mut tell,
        )?;
        if let Some(head) = head {
            import.check(Table::Event, &head)?;
        }
        done += size;
    }
    let (_, bytes, digest) = file.finish()?;
    let mut remarks: Vec<String> = left_out(open).collect();
    if undated > 0 {
        remarks.push(format!("{undated} events have no time, or one outside the years 1 to 9999; Timesketch can not hold them"));
    }
    Ok(Made { counts: vec![Count { table: "events", rows, of }], files: 1, bytes, digest, remarks })
}

fn line<'a>(r: &'a EventRecord<'a>, at: Moment) -> Line<'a> {
    let (h, p) = (&r.header, &r.place);
    let q = r.request.as_ref();
    let mut escaped = Vec::new();
    let mut text = |name: &'static str, bytes: Option<&'a [u8]>| {
        let (text, was) = lossless(bytes?);
        if was {
            escaped.push(name);
        }
        Some(text)
    };
    let of = |get: fn(&'a Request<'a>) -> &'a Option<JsonText<'a>>| q.and_then(|q| get(q).as_ref()).map(|t| t.0.as_ref());
    let (zone_basis, zone_minutes) = zone_words(at.zone);
    let (actor, object, subject) = (text("actor", r.actor), text("object", r.object), text("subject", r.subject));
    let address = text("address", of(|q| &q.address));
    let method = text("method", of(|q| &q.method));
    let status = q.and_then(|q| q.status);
    let span = |s: &model::Span| format!("{}:{}:{}", p.source(s.source), s.offset, s.length);
    let message = message(h.action, &actor, &object, &subject, &address, &method, status);
    Line {
        message,
        datetime: iso(at.micros),
        timestamp: at.micros,
        timestamp_desc: describes(h.action),
        data_type: format!("casebook:{}:{}", parser(h.parser), h.action.label().replace(' ', "_")),
        tag: if at.zone == Zone::Unknown { vec!["zone-unknown"] } else { Vec::new() },
        event_id: p.id(),
        source: p.import,
        source_id: p.source(h.source),
        action: h.action.label(),
        state: h.state.label(),
        parser: parser(h.parser),
        precision: precision(at.precision),
        zone_basis,
        zone_minutes,
        until: at.until.map(iso),
        agent: text("agent", of(|q| &q.agent)),
        exposes: text("exposes", of(|q| &q.exposes)),
        key: text("key", of(|q| &q.key)),
        protocol: text("protocol", of(|q| &q.protocol)),
        referrer: text("referrer", of(|q| &q.referrer)),
        bytes: q.and_then(Request::bytes),
        detail: r.detail.and_then(|d| serde_json::from_slice(d).ok()),
        spans: h.spans.iter().map(span).collect(),
        leaf: hex::encode(p.leaves.row),
        content_leaf: hex::encode(p.leaves.content),
        actor,
        object,
        subject,
        address,
        method,
        status,
        escaped,
    }
}

type Words<'a> = Option<Cow<'a, str>>;

/// One line for a person: what, on what, about whom, by whom.
fn message(
    action: Action,
    actor: &Words<'_>,
    object: &Words<'_>,
    subject: &Words<'_>,
    address: &Words<'_>,
    method: &Words<'_>,
    status: Option<u16>,
) -> String {
    let status = status.map(|s| s.to_string());
    let parts = [
        ("", Some(action.label())),
        (" ", method.as_deref()),
        (" ", object.as_deref()),
        (", status ", status.as_deref()),
        (", about ", subject.as_deref()),
        (", by ", actor.as_deref()),
        (", from ", address.as_deref()),
    ];
    parts.iter().filter_map(|(before, what)| what.map(|w| format!("{before}{w}"))).collect()
}

/// The words Timesketch and plaso have for these times, where they have any.
fn describes(action: Action) -> &'static str {
    match action {
        Action::Created => "Creation Time",
        Action::Modified => "Content Modification Time",
        Action::Accessed => "Last Access Time",
        Action::MetadataChanged => "Metadata Modification Time",
        Action::Deleted | Action::Trashed => "Deletion Time",
        Action::Renamed => "Rename Time",
        Action::FileTimes => "File Times",
        Action::Changed => "Change Time",
        Action::Closed => "Close Time",
        Action::Requested => "Request Time",
        Action::Logged => "Log Entry Time",
        Action::Called => "Call Time",
        Action::SignIn => "Logon Time",
        Action::Opened => "Last Opened Time",
        Action::Executed => "Last Executed Time",
    }
}

/// "2025-06-24T07:20:34.000000+00:00".
fn iso(micros: i64) -> String {
    let clock = |c: jiff::civil::DateTime| format!("{}T{}", c.date(), c.strftime("%H:%M:%S.%6f+00:00"));
    civil(micros).map_or_else(|| format!("{micros} microseconds from 1970"), clock)
}

//! Windows event logs, `.evtx`: one row a record, with the values its template names.

mod chunk;
mod fields;
mod nodes;
mod value;

use crate::{Claim, Facts, Input, Parser};
use chunk::Chunk;
use fields::Named;
use model::{Action, Code, Event, Finding, Moment, Sink, Span, State, Stop, Value, read_full};

pub const PARSER: Parser = Parser {
    id: 9,
    name: "windows_event_log",
    version: 1,
    about: "Records of Windows event logs (.evtx), with provider, channel, event id and the named values of each.",
    format: "libyal, libevtx, \"Windows XML Event Log (EVTX)\"; [MS-EVEN6] 2.2.12 (BinXml)",
    limits: &[
        "Messages are not composed: their texts lie in the providers' own files, not in the log. The named values are kept.",
        "Records in the slack of a chunk, behind its last record, are not recovered.",
        "A record whose values can not be read keeps its time and number, and says so; its chunk's other records are read.",
        "At most 200 values and 64 KiB of a record's values are kept; a row that leaves some out says so.",
        "Times among a record's values are kept as the numbers they are (FILETIME).",
        "Logs of Windows XP and Server 2003 (.evt) are not read.",
    ],
    claims,
    companions: &[],
    parse,
};

const SIGNATURE: &[u8] = b"ElfFile\0";
const HEADER: u64 = 4096;
pub(crate) const CHUNK: usize = 65_536;

fn claims(facts: &Facts<'_>) -> Claim {
    if facts.stream.is_empty() && facts.head.starts_with(SIGNATURE) { Claim::Yes } else { Claim::No }
}

fn parse(input: &Input<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut at = HEADER;
    let mut buffer = vec![0; CHUNK];
    let mut told = Told::default();
    while at < input.data.len() {
        let n = read_full(input.data, at, &mut buffer)?;
        let bytes = buffer.get(..n).unwrap_or_default();
        match Chunk::read(bytes, at) {
            // Space that was never written to.
            None if bytes.iter().all(|b| *b == 0) => {}
            None => told.note(Code::Damaged, at, n as u64, "a chunk's signature", "other bytes"),
            Some(chunk) => records(&chunk, sink, &mut told)?,
        }
        at = at.saturating_add(CHUNK as u64);
    }
    told.tell(input.facts.path, sink)
}

fn records(chunk: &Chunk<'_>, sink: &mut dyn Sink, told: &mut Told) -> Result<(), Stop> {
    if chunk.truncated {
        told.note(
            Code::Truncated,
            chunk.offset,
            chunk.bytes.len() as u64,
            "a chunk of 65536 bytes",
            "fewer, at the end of the file",
        );
    }
    let mut templates = nodes::Templates::default();
    let mut at = chunk::FIRST_RECORD;
    while let Some(record) = chunk.record(at) {
        let record = match record {
            Ok(record) => record,
            Err(why) => {
                let rest = chunk.end.saturating_sub(at) as u64;
                told.note(Code::Damaged, chunk.offset.saturating_add(at as u64), rest, "a record up to the chunk's last", why);
                break;
            }
        };
        let mut named = Named::default();
        let read = nodes::record(chunk.bytes, record.body, &mut templates, &mut named);
        let span = Span::here(chunk.offset.saturating_add(at as u64), record.length as u64);
        if let Err(why) = read {
            told.note(Code::Damaged, span.offset, span.length, "the values of a record", why);
        }
        row(&record, &named, read.is_ok(), span, sink)?;
        at = at.saturating_add(record.length);
    }
    Ok(())
}

/// Event ids of sign-ins and of attempts at them, in the Security log. Source: Microsoft, "Events
/// to Monitor": 4624, 4625, 4648.
const SIGN_INS: [&str; 3] = ["4624", "4625", "4648"];

fn row(record: &chunk::Record, named: &Named, whole: bool, span: Span, sink: &mut dyn Sink) -> Result<(), Stop> {
    let system = |path: &str| named.system(path);
    let data = |name: &str| named.data(name).filter(|v| !matches!(*v, "" | "-" | "S-1-0-0"));
    let id = system("EventID").unwrap_or("?");
    let provider = system("Provider.Name").unwrap_or("?");
    let channel = system("Channel").unwrap_or("?");
    let object = format!("{channel} {provider} {id}");
    let actor = ["TargetUserName", "SubjectUserName", "User", "AccountName", "UserName", "TargetUserSid", "SubjectUserSid"]
        .iter()
        .find_map(|n| data(n))
        .or_else(|| system("Security.UserID"));
    let address = ["IpAddress", "ClientAddress", "SourceIp", "SourceAddress", "Address", "ClientIP"].iter().find_map(|n| data(n));
    let written = Moment::from_filetime(record.written);
    // The time of the event itself; that of the record is when the service wrote it.
    let at = named.time.and_then(Moment::from_filetime).or(written);
    let (mut values, cut) = named.values();
    let raw = named.time.unwrap_or(record.written).to_string();
    let mut more: Vec<(&str, Value<'_>)> = vec![("record", Value::Uint(record.number))];
    if at.is_some() {
        more.push(("raw", Value::Text(raw.as_bytes())));
    }
    for (name, path) in [
        ("computer", "Computer"),
        ("level", "Level"),
        ("keywords", "Keywords"),
        ("task", "Task"),
        ("opcode", "Opcode"),
        ("event_version", "Version"),
        ("process", "Execution.ProcessID"),
        ("thread", "Execution.ThreadID"),
        ("user_sid", "Security.UserID"),
        ("activity", "Correlation.ActivityID"),
    ] {
        if let Some(v) = system(path) {
            more.push((name, Value::Text(v.as_bytes())));
        }
    }
    if cut {
        more.push(("values_cut", Value::Bool(true)));
    }
    if !whole {
        more.push(("values_unread", Value::Bool(true)));
    }
    values.sort_by_key(|v| v.0);
    values.dedup_by_key(|v| v.0);
    if !values.is_empty() {
        more.push(("values", Value::Map(values)));
    }
    let sign_in = channel == "Security" && SIGN_INS.contains(&id);
    let request = address.map(|a| model::Request { address: Some(a.as_bytes()), ..model::Request::default() });
    sink.event(&Event {
        action: if sign_in { Action::SignIn } else { Action::Logged },
        state: State::Live,
        at,
        actor: actor.map(str::as_bytes),
        object: Some(object.as_bytes()),
        subject: None,
        request,
        more: &more,
        origin: &[span],
    })
}

/// Damage by kind, so that a broken file gives a few findings and not one a record.
#[derive(Default)]
struct Told(Vec<(Code, &'static str, &'static str, Span, u64)>);

impl Told {
    fn note(&mut self, code: Code, offset: u64, length: u64, expected: &'static str, found: &'static str) {
        match self.0.iter_mut().find(|t| (t.0, t.1, t.2) == (code, expected, found)) {
            Some(t) => t.4 = t.4.saturating_add(1),
            None => self.0.push((code, expected, found, Span::here(offset, length), 1)),
        }
    }
    fn tell(self, path: &[u8], sink: &mut dyn Sink) -> Result<(), Stop> {
        for (code, expected, found, at, count) in self.0 {
            sink.finding(&Finding { code, at: Some(at), place: path, expected, found, count })?;
        }
        Ok(())
    }
}

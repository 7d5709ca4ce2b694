//! The NTFS change journal, `$Extend/$UsnJrnl:$J`.

use super::usn_record::{FileId, Found, HEADER_V2, MAX_RECORD, UsnRecord, action, read, reason_names, unknown_reasons};
use crate::text::utf16le;
use crate::{Claim, Facts, Input, Parser};
use model::{Code, Event, Finding, Moment, Sink, Span, State, Stop, Value, read_full};

pub const PARSER: Parser = Parser {
    id: 3,
    name: "usn_journal",
    version: 1,
    about: "Changes to files from the NTFS change journal: what happened to which name, in order of the journal.",
    format: "[MS-FSCC] 2.5.1 and 2.5.2; Windows SDK, winioctl.h",
    limits: &[
        "A record names its folder by number only; the row has no path.",
        "Flags pile up while a file is open, so the row's action is the last step among them: deleted, closed, renamed, modified, changed, created. All flags are kept in the row.",
        "Version 4 records (ranges written) hold neither name nor time; they are counted.",
        "The journal wraps: that a change is not in it does not mean that it did not happen.",
        "Records outside the journal file (slack, unallocated space) are not searched.",
    ],
    claims,
    companions: &[],
    parse,
};

/// Records start at multiples of this.
const ALIGNMENT: usize = 8;
/// Bytes read at a time; a sparse journal is mostly holes, which are passed over whole.
const STEP: usize = 64 * 1024;

fn claims(facts: &Facts<'_>) -> Claim {
    if facts.stream == b"$J" {
        return Claim::Yes;
    }
    if !facts.stream.is_empty() {
        return Claim::No;
    }
    let head = facts.head;
    let first = head.chunks(ALIGNMENT).position(|c| c.iter().any(|b| *b != 0));
    let two_records = first.and_then(|n| head.get(n.saturating_mul(ALIGNMENT)..)).is_some_and(|records| {
        let Some((length, _)) = read(records) else { return false };
        let after = records.get(length..).unwrap_or_default();
        // A record alone could be chance: another follows, or the page or the file ends.
        read(after).is_some() || after.iter().take(ALIGNMENT).all(|b| *b == 0)
    });
    let name = facts.name();
    let named = name == b"$J" || memchr::memmem::find(name, b"UsnJrnl").is_some();
    match (two_records, named) {
        (true, _) => Claim::Yes,
        // The head of an exported journal may be one long hole.
        (false, true) => Claim::Maybe,
        (false, false) => Claim::No,
    }
}

/// Bytes that are neither records nor zeros, counted rather than told one by one.
#[derive(Default)]
struct Damage {
    places: u64,
    bytes: u64,
    first: Option<u64>,
    last_end: u64,
}

impl Damage {
    fn add(&mut self, at: u64, length: u64) {
        self.first.get_or_insert(at);
        if self.last_end != at || self.places == 0 {
            self.places = self.places.saturating_add(1);
        }
        self.last_end = at.saturating_add(length);
        self.bytes = self.bytes.saturating_add(length);
    }
}

fn parse(input: &Input<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let total = input.data.len();
    let mut buffer = vec![0u8; STEP.saturating_add(MAX_RECORD)];
    let mut damage = Damage::default();
    let (mut ranges, mut first_range, mut records) = (0u64, None, 0u64);
    let mut at = 0u64;
    while at < total {
        // What a record maps to nothing is not read: most of a journal, or all that a hostile one claims.
        at = input.data.data_from(at).max(at);
        // Each step reads on past its end by one record, so that none is cut by a step.
        let n = read_full(input.data, at, &mut buffer)?;
        if n == 0 {
            break;
        }
        let window = buffer.get(..n).unwrap_or_default();
        let step = n.min(STEP);
        let mut pos = zeros(window, 0);
        while pos < step {
            let here = at.saturating_add(pos as u64);
            let rest = window.get(pos..).unwrap_or_default();
            match read(rest) {
                Some((length, Found::Record(record))) => {
                    records = records.saturating_add(1);
                    emit(&record, Span::here(here, length as u64), sink)?;
                    pos = pos.saturating_add(length);
                }
                Some((length, Found::Ranges)) => {
                    ranges = ranges.saturating_add(1);
                    first_range.get_or_insert(Span::here(here, length as u64));
                    pos = pos.saturating_add(length);
                }
                None => {
                    damage.add(here, rest.len().min(ALIGNMENT) as u64);
                    pos = pos.saturating_add(ALIGNMENT);
                }
            }
            pos = zeros(window, pos);
        }
        // Zeros may have been passed over past the step; records are looked for from there.
        at = at.saturating_add(pos.max(step).min(n) as u64);
    }
    let place = input.facts.path;
    if damage.bytes > 0 {
        let found = format!("{} bytes in {} places that are no record", damage.bytes, damage.places);
        let at = damage.first.map(|o| Span::here(o, damage.last_end.saturating_sub(o)));
        let expected = "records of version 2 or 3, or zeros";
        sink.finding(&Finding { code: Code::Damaged, at, place, expected, found: &found, count: damage.places })?;
    }
    if ranges > 0 {
        let expected = "records that name a file and a time";
        let found = "version 4 records, of ranges written";
        sink.finding(&Finding { code: Code::NotSupported, at: first_range, place, expected, found, count: ranges })?;
    }
    if records == 0 && ranges == 0 && damage.bytes == 0 {
        let found = format!("{total} bytes, all zero");
        let expected = "at least one record";
        sink.finding(&Finding { code: Code::Empty, at: None, place, expected, found: &found, count: 1 })?;
    }
    Ok(())
}

/// The next multiple of 8 at or after `from` whose bytes are not all zero.
fn zeros(window: &[u8], from: usize) -> usize {
    const PAGE: usize = 4096;
    let mut pos = from;
    loop {
        let rest = window.get(pos..).unwrap_or_default();
        let page = rest.get(..PAGE).unwrap_or(rest);
        if rest.is_empty() {
            return pos;
        }
        // A whole page is compared at once; the compiler makes wide loads of the fold.
        if page.len() == PAGE && page.iter().fold(0, |a, b| a | b) == 0 {
            pos = pos.saturating_add(PAGE);
            continue;
        }
        match page.chunks(ALIGNMENT).position(|c| c.iter().any(|b| *b != 0)) {
            Some(n) => return pos.saturating_add(n.saturating_mul(ALIGNMENT)),
            None => pos = pos.saturating_add(page.len()),
        }
    }
}

/// Names of an id's values in the row.
type Names = (&'static str, &'static str, &'static str);
const FILE: Names = ("record", "sequence", "file_id");
const PARENT: Names = ("parent_record", "parent_sequence", "parent_id");

fn emit(r: &UsnRecord<'_>, span: Span, sink: &mut dyn Sink) -> Result<(), Stop> {
    let name = utf16le(r.name);
    let at = Moment::from_filetime(r.time);
    let wide = [hex_id(r.file), hex_id(r.parent)];
    let mut more = Vec::with_capacity(12);
    for ((id, (record, sequence, whole)), text) in [(r.file, FILE), (r.parent, PARENT)].into_iter().zip(&wide) {
        match id {
            FileId::Ntfs { record: n, sequence: s } => {
                more.push((record, Value::Uint(n)));
                more.push((sequence, Value::Uint(u64::from(s))));
            }
            FileId::Wide(_) => more.push((whole, Value::from(text.as_str()))),
        }
    }
    more.push(("attributes", Value::Uint(u64::from(r.attributes))));
    more.push(("reasons", Value::List(reason_names(r.reasons).map(Value::from).collect())));
    let unknown = unknown_reasons(r.reasons);
    if unknown != 0 {
        more.push(("unknown_reasons", Value::Uint(u64::from(unknown))));
    }
    if r.source_info != 0 {
        more.push(("source_info", Value::Uint(u64::from(r.source_info))));
    }
    more.push(("usn", Value::Uint(r.usn)));
    more.push(("version", Value::Uint(u64::from(r.version))));
    let mut digits = [0u8; 20];
    match &at {
        Some(m) => {
            if let Some(raw) = crate::file_times::raw_text(m, r.time, &mut digits) {
                more.push(("raw", Value::Text(raw)));
            }
        }
        None => more.push(("raw_time", Value::Uint(r.time))),
    }
    sink.event(&Event {
        action: action(r.reasons),
        state: State::Journal,
        at,
        actor: None,
        object: Some(&name),
        subject: None,
        request: None,
        more: &more,
        origin: &[span],
    })
}

fn hex_id(id: FileId) -> String {
    match id {
        FileId::Ntfs { .. } => String::new(),
        FileId::Wide(v) => format!("{v:032x}"),
    }
}

const _: () = assert!(HEADER_V2 < MAX_RECORD && MAX_RECORD < STEP);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_over_zeros() {
        let mut w = vec![0u8; 10_000];
        assert_eq!(zeros(&w, 0), 10_000);
        w[8_195] = 1;
        assert_eq!(zeros(&w, 0), 8_192);
        assert_eq!(zeros(&w, 8_192), 8_192);
        assert_eq!(zeros(&w, 8_200), 10_000);
    }
}

//! The log readers as parsers. The importer finds logs by `candidates` and reads them in blocks
//! with `LineParser`, so these claim nothing; `parse` reads a log as a whole by the built-in
//! profile that fits.

use super::{Block, LineParser, Lost, MAX_LINE, Profile, Profiles, Splitter, Unread, candidates};
use crate::{Claim, Facts, Input, Parser};
use model::{Code, Event, Finding, Sink, Span, Stop, read_full};

/// What all of them read but UTF-8. The bytes of what is not Unicode stay, as in a log that is no UTF-8.
const IN_UTF16: &str = "UTF-16 is known by its byte order mark, or by 64 first characters of ASCII alone; a surrogate without its partner is kept as three bytes (WTF-8), and lengths are those of the text as UTF-8.";

/// Web access logs.
pub const ACCESS: Parser = Parser {
    id: 5,
    name: "web_access_log",
    version: 3,
    about: "Web access logs, one row a request line, with the meaning a log profile gives its fields.",
    format: "Apache HTTP Server, mod_log_config; nginx, ngx_http_log_module",
    limits: &[
        "Escapes in a line (\\\", \\x22, %41) are kept as written and not undone before a target is compared.",
        "A line that ends within its quotes, or before its size, is counted as cut short and gives no row.",
        "A last line without its end may have been cut where the format allows an end; its row says so (no_line_end).",
        "HAProxy's captured headers are kept as one text.",
        "Lines longer than 1 MiB are counted and passed over.",
        IN_UTF16,
    ],
    claims,
    companions: &[],
    parse,
};

/// JSON lines and documents.
pub const JSON_LINES: Parser = Parser {
    id: 6,
    name: "json_lines_log",
    version: 4,
    about: "Requests, calls and sign-ins logged as JSON, an object a line or in an array of a document, with the meaning a log profile gives their fields.",
    format: "RFC 8259; jsonlines.org; the vendors' pages named in the profiles",
    limits: &[
        "Only the fields the profile names become part of the row; the row's bytes lead to the rest.",
        "Where a field stands twice the last one is taken, and the row says so.",
        "Objects that hold no field of a request give no row and are counted.",
        "Nesting deeper than 64 and records longer than 1 MiB are counted and passed over.",
        "Records are taken from the arrays a profile names, at the top of a document; what stands beside the array is not read.",
        "Where a bracket or a quote is missing within a record, reading goes on with the next line that begins another; of records that share a line, those behind it are part of it, and the whole is one unread record.",
        IN_UTF16,
    ],
    claims,
    companions: &[],
    parse,
};

/// Tables of text.
pub const DELIMITED: Parser = Parser {
    id: 7,
    name: "delimited_log",
    version: 3,
    about: "Logs as tables of text: CSV, TSV, W3C extended, and rows of AWS services, with the meaning a log profile gives their columns.",
    format: "RFC 4180; W3C, WD-logfile; the vendors' pages named in the profiles",
    limits: &[
        "Columns are known by their names; a table whose names no profile knows is not read without a profile of one's own.",
        "A row with another number of fields than the table has columns is counted and gives no row.",
        "A row over several lines that has another number of fields than the table, or whose quote is not closed within 1 MiB, is taken line by line: its first line is unread, and rows over more than 8 lines within that part are too.",
        IN_UTF16,
    ],
    claims,
    companions: &[],
    parse,
};

/// Logs of systems and servers.
pub const TEXT_LOG: Parser = Parser {
    id: 8,
    name: "text_log",
    version: 3,
    about: "Entries of syslog, of the systemd journal's export and of servers' error logs, with the meaning a log profile gives their fields.",
    format: "RFC 3164; RFC 5424; RFC 6587; systemd, \"Journal Export Formats\"; Apache HTTP Server, ErrorLogFormat; nginx, error_log",
    limits: &[
        "A time without a year leaves its row undated, with the time's text kept, until a profile states the year.",
        "A message is kept as one text; accounts and addresses within it are not picked out.",
        "A message with its length before it (octet counting) is read where another, or the end, follows it; what lies between is counted as one unread record.",
        "The binary files of the journal are not read.",
        "Records longer than 1 MiB are counted and passed over.",
        IN_UTF16,
    ],
    claims,
    companions: &[],
    parse,
};

fn claims(_: &Facts<'_>) -> Claim {
    Claim::No
}

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

fn parse(input: &Input<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let profiles = Profiles::builtin();
    let all: Vec<&Profile> = profiles.all().iter().collect();
    let Some(best) = candidates(&input.facts, &all).into_iter().next() else { return Ok(()) };
    let Some(profile) = all.get(best.profile) else { return Ok(()) };
    let mut parser = LineParser::new(profile);
    let mut unread = Unread::default();
    let mut splitter = Splitter::new(profile, best.layout);
    let mut joined = Vec::new();
    let mut take = |block: Block<'_>| {
        joined.clear();
        joined.extend_from_slice(block.carry);
        joined.extend_from_slice(block.bytes);
        parser.each(0, block.layout, block.offset, &joined, &mut unread, |event: &Event<'_>, _| sink.event(event))
    };
    let mut buffer = vec![0; BLOCK];
    let mut at = 0u64;
    loop {
        let n = read_full(input.data, at, &mut buffer)?;
        if n == 0 {
            break;
        }
        splitter.push(buffer.get(..n).unwrap_or_default(), &mut take)?;
        at = at.saturating_add(n as u64);
    }
    let lost = splitter.finish(&mut take)?;
    unread.tell(0, profile, |finding| sink.finding(finding))?;
    lost.tell(sink)
}

impl Lost {
    /// What no block holds, as findings.
    pub fn tell(&self, sink: &mut dyn Sink) -> Result<(), Stop> {
        if let Some((offset, length)) = self.too_long.first() {
            let places: Vec<String> = self.too_long.iter().map(|(o, l)| format!("{l} bytes at {o}")).collect();
            let expected = format!("records of at most {MAX_LINE} bytes");
            let (at, count) = (Some(Span::here(*offset, *length)), self.too_long_count);
            let found = places.join(", ");
            sink.finding(&Finding { code: Code::LineTooLong, at, place: b"", expected: &expected, found: &found, count })?;
        }
        if let Some(end) = self.unclosed {
            let found = format!("the end of the file at {end}");
            let expected = "the end of the document's array of records";
            sink.finding(&Finding { code: Code::Truncated, at: None, place: b"", expected, found: &found, count: 1 })?;
        }
        if let Some(at) = self.half_unit {
            let found = format!("one byte at {at}");
            let (at, expected) = (Some(Span::here(at, 1)), "UTF-16: units of two bytes");
            sink.finding(&Finding { code: Code::Truncated, at, place: b"", expected, found: &found, count: 1 })?;
        }
        Ok(())
    }
}

//! The two log readers as parsers. The importer finds logs by `detect` and reads them in blocks
//! with `LineParser`, so both claim nothing; `parse` reads a log as a whole by the built-in
//! profile that fits.

use super::{LineParser, MAX_LINE, Profile, Profiles, Unread, detect};
use crate::{Claim, Facts, Input, Parser};
use model::{Code, Event, Finding, Sink, Span, Stop, read_full};

/// Web access logs.
pub const ACCESS: Parser = Parser {
    id: 5,
    name: "web_access_log",
    version: 1,
    about: "Web access logs, one row a request line, with the meaning a log profile gives its fields.",
    format: "Apache HTTP Server, mod_log_config; nginx, ngx_http_log_module",
    limits: &[
        "Escapes in a line (\\\", \\x22, %41) are kept as written and not undone before a target is compared.",
        "A line that ends within its quotes, or before its size, is counted as cut short and gives no row.",
        "A last line without its end may have been cut where the format allows an end; its row says so (no_line_end).",
        "W3C extended logs (IIS), AWS load balancer and HAProxy logs have no built-in profile.",
        "Lines longer than 1 MiB are counted and passed over.",
    ],
    claims,
    companions: &[],
    parse,
};

/// Requests as JSON lines.
pub const JSON_LINES: Parser = Parser {
    id: 6,
    name: "json_lines_log",
    version: 1,
    about: "Requests logged as one JSON object a line, with the meaning a log profile gives its fields.",
    format: "RFC 8259; jsonlines.org",
    limits: &[
        "Only the fields the profile names become part of the row; the row's bytes lead to the rest.",
        "Where a field stands twice the last one is taken, and the row says so.",
        "Objects that hold no field of a request give no row and are counted.",
        "Nesting deeper than 64 and lines longer than 1 MiB are counted and passed over.",
        "An object that spans several lines is not read.",
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
    let Some(profile) = detect(&input.facts, &all).and_then(|(i, _)| all.get(i)) else { return Ok(()) };
    let mut parser = LineParser::new(profile);
    let mut unread = Unread::default();
    let mut emit = |event: &Event<'_>, _: u16| sink.event(event);
    // A line of at most MAX_LINE is always read whole; the rest of a longer one counts as lines
    // of its own.
    let mut block = vec![0; BLOCK.saturating_add(MAX_LINE)];
    let mut at = 0u64;
    loop {
        let n = read_full(input.data, at, &mut block)?;
        let read = block.get(..n).unwrap_or_default();
        let last = at.saturating_add(n as u64) >= input.data.len() || n < block.len();
        let end = if last { n } else { memchr::memrchr(b'\n', read).map_or(n, |i| i.saturating_add(1)) };
        parser.lines(0, at, read.get(..end).unwrap_or_default(), &mut unread, &mut emit)?;
        at = at.saturating_add(end as u64);
        if last || end == 0 {
            break;
        }
    }
    for lines in unread.reasons() {
        let first = lines.samples.first();
        let found = first.map(|s| s.text.escape_ascii().to_string()).unwrap_or_default();
        sink.finding(&Finding {
            code: Code::LinesNotParsed,
            at: first.map(|s| Span::here(s.offset, s.length)),
            place: lines.reason.label().as_bytes(),
            expected: profile.about(),
            found: &found,
            count: lines.count,
        })?;
    }
    Ok(())
}

//! What the evidence covers in time, and what of it is missing: for each series of log files, and
//! for each other source with events.

use super::gather::{Gathered, Names, micros, streams};
use super::rhythm::{self, Found, Looked};
use super::{names, of_clock, stray};
use crate::error::Result;
use crate::reached::{Counter, Tell};
use crate::store::Store;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything that has times, and what they leave open.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Coverage {
    pub streams: Vec<Stream>,
    /// First and last day on which any stream has an event.
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    /// Sources whose bytes are equal, in groups: at most 1,000 of `duplicate_groups`.
    pub duplicates: Vec<Vec<String>>,
    #[ts(type = "number")]
    pub duplicate_groups: u64,
}

/// A series of log files, or another source with events. Series of one name and parser in several
/// evidence items are one where their times follow each other. Times are UTC, or local where their zone
/// is unknown, and then say so. Of each list of names at most 1,000 are here; the count is of all.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Stream {
    /// Numbers of the evidence items.
    pub sources: Vec<u32>,
    pub name: String,
    /// "web_access_log", "file_times", ...
    pub parser: String,
    /// Other streams of the same name and parser: their times overlap, or they hold files of the same
    /// names, so that they may be of other machines.
    #[ts(type = "number")]
    pub namesakes: u64,
    #[ts(type = "number")]
    pub files: u64,
    /// Files with times of a local clock whose zone is unknown.
    #[ts(type = "number")]
    pub local_files: u64,
    #[ts(type = "number")]
    pub events: u64,
    #[ts(type = "number")]
    pub undated: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    /// Events that lie far from the rest, at most one group before and one after.
    pub stray: Vec<Stray>,
    /// First day of `days`.
    pub first_day: Option<String>,
    /// Events of each day, from the first without what is stray; at most 20,000 days.
    #[ts(type = "number[]")]
    pub days: Vec<u64>,
    pub looked: Looked,
    /// Hours between which holes were looked for, without what is stray.
    pub looked_from: Option<String>,
    pub looked_to: Option<String>,
    /// Hours that a hole needs, at the usual rate of the stream, to be told.
    #[ts(type = "number | null")]
    pub least_hours: Option<i64>,
    pub holes: Vec<Hole>,
    /// Files of the series that are not there, by the names they would have.
    pub missing_files: Vec<String>,
    #[ts(type = "number")]
    pub missing_count: u64,
    pub empty_files: Vec<String>,
    #[ts(type = "number")]
    pub empty_count: u64,
    /// Files that end before their end.
    pub cut_files: Vec<String>,
    #[ts(type = "number")]
    pub cut_count: u64,
    /// Files in which the time runs backwards by more than five minutes.
    pub backwards: Vec<Backwards>,
    #[ts(type = "number")]
    pub backwards_count: u64,
    /// Lines or records that were not read; each has a finding.
    #[ts(type = "number")]
    pub unread: u64,
}

/// Events far from the rest of a stream: 30 days or more, and few.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Stray {
    /// Whole hours; `to` is the first after the last event.
    pub from: String,
    pub to: String,
    #[ts(type = "number")]
    pub events: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Hole {
    /// The hours are whole; `to` is the first hour that is not quiet.
    pub from: String,
    pub to: String,
    #[ts(type = "number")]
    pub hours: i64,
    /// Events expected by the stream's own rhythm, rounded, and seen.
    #[ts(type = "number")]
    pub expected: u64,
    #[ts(type = "number")]
    pub seen: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Backwards {
    pub file: String,
    #[ts(type = "number")]
    pub times: u64,
    #[ts(type = "number")]
    pub furthest_seconds: u64,
}

/// Days shown of one stream.
const MOST_DAYS: i64 = 20_000;
/// Names listed of one kind.
pub const MOST_NAMES: usize = 1000;

/// `tell` is told of the rows read: of findings, of sources, and of the pace of each source.
pub fn coverage(store: &Store, tell: Option<&Tell>) -> Result<Coverage> {
    let of = "SELECT (SELECT count(*) FROM finding) + (SELECT count(*) FROM source) + (SELECT count(*) FROM pace)";
    let read = Counter::new(tell, store.db.query_row(of, [], |r| r.get::<_, i64>(0))?.cast_unsigned())?;
    let names = Names::read(store, &read)?;
    let mut all: Vec<Stream> = Vec::new();
    for ((series, parser), alike) in streams(store, &names, is_log, &read)? {
        let namesakes = if is_log(parser) { alike.len().saturating_sub(1) as u64 } else { 0 };
        all.extend(alike.into_iter().map(|g| Stream { namesakes, ..stream(series.clone(), parser, g) }));
    }
    all.sort_by(|a, b| (a.sources.first(), &a.name).cmp(&(b.sources.first(), &b.name)));
    let days = |pick: fn(&Stream) -> Option<&String>| all.iter().filter_map(pick).map(|t| t.chars().take(10).collect());
    let (duplicates, duplicate_groups) = duplicates(store, &names)?;
    Ok(Coverage {
        first_day: days(|s| s.first.as_ref()).min(),
        last_day: days(|s| s.last.as_ref()).max(),
        duplicates,
        duplicate_groups,
        streams: all,
    })
}

fn stream(name: String, parser: u16, mut g: Gathered) -> Stream {
    let hours = &g.pace.hours;
    let log = is_log(parser);
    let local = g.local_files > 0;
    let ends = hours.keys().next().zip(hours.keys().next_back()).map(|(a, b)| (*a, *b));
    let core = if log { stray::core(hours) } else { None };
    let reach = core.as_ref().map(|c| (c.first, c.last)).or(ends);
    let first_day = reach.map(|(a, _)| a.div_euclid(24));
    let length = reach.map_or(0, |(a, b)| b.div_euclid(24).saturating_sub(a.div_euclid(24)).saturating_add(1).min(MOST_DAYS));
    let mut days = vec![0u64; usize::try_from(length).unwrap_or(0)];
    if let Some((first, last)) = reach {
        for (hour, n) in hours.range(first..=last) {
            let at = usize::try_from(hour.div_euclid(24) - first.div_euclid(24)).ok();
            if let Some(day) = at.and_then(|i| days.get_mut(i)) {
                *day = day.saturating_add(*n);
            }
        }
    }
    let found = match reach {
        Some((first, last)) if log => rhythm::find(hours, first, last),
        None if log => Found::nothing(Looked::TooShort),
        _ => Found::nothing(Looked::NoRhythm),
    };
    let clock = |hour: i64| of_clock(micros(hour), local);
    let missing = names::missing(&g.marks);
    g.imports.sort_unstable();
    Stream {
        sources: g.imports,
        name,
        parser: artifacts::parser_by_id(parser).map_or_else(|| parser.to_string(), |p| p.name.to_owned()),
        namesakes: 0,
        files: g.files,
        local_files: g.local_files,
        events: g.pace.rows.cast_unsigned(),
        undated: g.pace.undated.cast_unsigned(),
        first: g.pace.first.map(|at| of_clock(at, g.local_ends.0)),
        last: g.pace.last.map(|at| of_clock(at, g.local_ends.1)),
        stray: core.map_or_else(Vec::new, |c| c.stray).iter().map(|s| stray_of(s, clock)).collect(),
        first_day: first_day.map(super::day_text),
        days,
        looked: found.looked,
        looked_from: reach.filter(|_| log).map(|(first, _)| clock(first)),
        looked_to: reach.filter(|_| log).map(|(_, last)| clock(last.saturating_add(1))),
        least_hours: found.least_hours,
        holes: found
            .holes
            .into_iter()
            .map(|h| Hole {
                from: clock(h.from),
                to: clock(h.to),
                hours: h.to - h.from,
                expected: h.expected.round() as u64,
                seen: h.seen,
            })
            .collect(),
        missing_files: missing.names,
        missing_count: missing.count,
        empty_files: g.empty.names,
        empty_count: g.empty.count,
        cut_files: g.cut.names,
        cut_count: g.cut.count,
        backwards: g.backwards,
        backwards_count: g.backwards_files,
        unread: g.unread,
    }
}

fn stray_of(s: &stray::Group, clock: impl Fn(i64) -> String) -> Stray {
    Stray { from: clock(s.from), to: clock(s.to.saturating_add(1)), events: s.events }
}

/// Parsers whose rows are no log: their times follow no rhythm, no order and no retention.
const NO_LOGS: [&str; 4] = ["file_times", "mft", "recycle_bin", "usn_journal"];

pub(super) fn is_log(parser: u16) -> bool {
    artifacts::parser_by_id(parser).is_some_and(|p| !NO_LOGS.contains(&p.name))
}

impl Stream {
    /// Whether retention and rhythm mean anything for it.
    pub fn is_log(&self) -> bool {
        !NO_LOGS.contains(&self.parser.as_str())
    }
}

fn duplicates(store: &Store, names: &Names) -> Result<(Vec<Vec<String>>, u64)> {
    let alike = "FROM source WHERE sha256 IS NOT NULL AND bytes > 0 GROUP BY sha256 HAVING count(*) > 1";
    let of = format!("SELECT count(*) FROM (SELECT 1 {alike})");
    let count: i64 = store.db.query_row(&of, [], |r| r.get(0))?;
    let mut q = store.db.prepare(&format!("SELECT group_concat(id) {alike} ORDER BY min(id) LIMIT {MOST_NAMES}"))?;
    let groups = q.query_map([], |r| r.get::<_, String>(0))?.collect::<std::result::Result<Vec<_>, _>>()?;
    let name = |id: &str| id.parse().ok().and_then(|id: i64| names.by_id(id)).map(str::to_owned);
    Ok((groups.iter().map(|g| g.split(',').filter_map(name).collect()).collect(), count.unsigned_abs()))
}

//! What the evidence covers in time, and what of it is missing: for each series of log files, and
//! for each other source with events.

use super::names::{self, Mark};
use super::{rhythm, utc};
use crate::columns::{join_id, split_id};
use crate::error::Result;
use crate::reached::{Counter, Tell};
use crate::sources::Source;
use crate::store::Store;
use crate::tally::{HOUR, Pace};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Everything that has times, and what they leave open.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Coverage {
    pub streams: Vec<Stream>,
    /// First and last day that any stream covers.
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    /// Sources whose bytes are equal, in groups.
    pub duplicates: Vec<Vec<String>>,
}

/// A series of log files of one evidence item, or another source with events.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Stream {
    /// Number of the evidence item.
    pub source: u32,
    pub name: String,
    /// "web_access_log", "file_times", ...
    pub parser: String,
    #[ts(type = "number")]
    pub files: u64,
    #[ts(type = "number")]
    pub events: u64,
    #[ts(type = "number")]
    pub undated: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    /// First day of `days`.
    pub first_day: Option<String>,
    /// Events of each day (UTC), from the first; at most 20,000 days.
    #[ts(type = "number[]")]
    pub days: Vec<u64>,
    pub holes: Vec<Hole>,
    /// Files of the series that are not there, by the names they would have.
    pub missing_files: Vec<String>,
    pub empty_files: Vec<String>,
    /// Files that end before their end.
    pub cut_files: Vec<String>,
    /// Files in which the time runs backwards by more than five minutes.
    pub backwards: Vec<Backwards>,
    /// Lines or records that were not read; each has a finding.
    #[ts(type = "number")]
    pub unread: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Hole {
    /// The hours are whole, UTC; `to` is the first hour that is not quiet.
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
const MOST_NAMES: usize = 1000;

/// A stream being gathered.
#[derive(Default)]
struct Gathered {
    files: u64,
    pace: Pace,
    marks: BTreeMap<String, BTreeSet<Mark>>,
    empty: Vec<String>,
    cut: Vec<String>,
    backwards: Vec<Backwards>,
    unread: u64,
}

type Key = (u32, String, u16);

/// `tell` is told of the rows read: of findings, of sources, and of the pace of each source.
pub fn coverage(store: &Store, tell: Option<&Tell>) -> Result<Coverage> {
    let of = "SELECT (SELECT count(*) FROM finding) + (SELECT count(*) FROM source) + (SELECT count(*) FROM pace)";
    let read = Counter::new(tell, store.db.query_row(of, [], |r| r.get::<_, i64>(0))?.cast_unsigned())?;
    let mut all: BTreeMap<Key, Gathered> = BTreeMap::new();
    let findings = findings(store, &read)?;
    let names = Names::read(store, &read)?;
    let mut q = store.db.prepare(
        "SELECT import, source, parser, rows, undated, first, last, backwards, furthest, hours FROM pace ORDER BY import, n",
    )?;
    let mut rows = q.query([])?;
    while let Some(r) = rows.next()? {
        read.row()?;
        let (import, source, parser): (u32, u32, u16) = (r.get(0)?, r.get(1)?, r.get(2)?);
        let name = names.of(import, source);
        let pace = Pace {
            rows: r.get(3)?,
            undated: r.get(4)?,
            first: r.get(5)?,
            last: r.get(6)?,
            previous: None,
            backwards: r.get(7)?,
            furthest: r.get(8)?,
            hours: Pace::read_hours(&r.get::<_, Vec<u8>>(9)?).unwrap_or_default(),
        };
        let (series, mark) = names::series(&name);
        let g = all.entry((import, series.clone(), parser)).or_default();
        g.files += 1;
        g.marks.entry(series).or_default().insert(mark);
        if pace.backwards > 0 && is_log(parser) && g.backwards.len() < MOST_NAMES {
            g.backwards.push(Backwards {
                file: name.clone(),
                times: pace.backwards.cast_unsigned(),
                furthest_seconds: (pace.furthest / 1_000_000).cast_unsigned(),
            });
        }
        let (unread, cut) = findings.get(&join_id(import, u64::from(source))).copied().unwrap_or_default();
        g.unread += unread;
        if cut && g.cut.len() < MOST_NAMES {
            g.cut.push(name);
        }
        g.pace = pace.after(std::mem::take(&mut g.pace));
    }
    // A file of a series that holds nothing has no event, but its place in the series is taken.
    for (import, name, empty) in names.without_events(&all) {
        let (series, mark) = names::series(&name);
        if let Some((_, g)) = all.iter_mut().find(|((n, s, _), _)| (*n, s) == (import, &series)) {
            g.files += 1;
            g.marks.entry(series).or_default().insert(mark);
            if empty && g.empty.len() < MOST_NAMES {
                g.empty.push(name);
            }
        }
    }
    let streams: Vec<Stream> = all.into_iter().map(|(key, g)| stream(key, g)).collect();
    let days = |pick: fn(&Stream) -> Option<String>| streams.iter().filter_map(pick);
    Ok(Coverage {
        first_day: days(|s| s.first.as_ref().map(|t| t.chars().take(10).collect())).min(),
        last_day: days(|s| s.last.as_ref().map(|t| t.chars().take(10).collect())).max(),
        duplicates: duplicates(store, &names)?,
        streams,
    })
}

fn stream((source, name, parser): Key, g: Gathered) -> Stream {
    let hours = &g.pace.hours;
    let day_of = |hour: &i64| hour.div_euclid(24);
    let first_day = hours.keys().next().map(day_of);
    let last_day = hours.keys().next_back().map(day_of);
    let length = first_day.zip(last_day).map_or(0, |(a, b)| (b - a + 1).min(MOST_DAYS));
    let mut days = vec![0u64; usize::try_from(length).unwrap_or(0)];
    for (hour, n) in hours {
        let at = usize::try_from(day_of(hour) - first_day.unwrap_or(0)).ok();
        if let Some(day) = at.and_then(|i| days.get_mut(i)) {
            *day += n;
        }
    }
    let holes = if is_log(parser) { rhythm::holes(hours) } else { Vec::new() };
    Stream {
        source,
        name,
        parser: artifacts::parser_by_id(parser).map_or_else(|| parser.to_string(), |p| p.name.to_owned()),
        files: g.files,
        events: g.pace.rows.cast_unsigned(),
        undated: g.pace.undated.cast_unsigned(),
        first: g.pace.first.map(utc),
        last: g.pace.last.map(utc),
        first_day: first_day.map(super::day_text),
        days,
        holes: holes
            .into_iter()
            .map(|h| Hole {
                from: utc(h.from * HOUR),
                to: utc(h.to * HOUR),
                hours: h.to - h.from,
                expected: h.expected.round() as u64,
                seen: h.seen,
            })
            .collect(),
        missing_files: names::missing(&g.marks).into_iter().flat_map(|(_, names)| names).collect(),
        empty_files: g.empty,
        cut_files: g.cut,
        backwards: g.backwards,
        unread: g.unread,
    }
}

/// Parsers whose rows are no log: their times follow no rhythm, no order and no retention.
const NO_LOGS: [&str; 4] = ["file_times", "mft", "recycle_bin", "usn_journal"];

pub(super) fn is_log(parser: u16) -> bool {
    artifacts::parser_by_id(parser).is_some_and(|p| !NO_LOGS.contains(&p.name))
}

/// Lines not read, and whether the file is cut, by source.
fn findings(store: &Store, read: &Counter) -> Result<BTreeMap<i64, (u64, bool)>> {
    let mut out: BTreeMap<i64, (u64, bool)> = BTreeMap::new();
    let mut q = store.db.prepare("SELECT (id & -1099511627776) | source, code, count FROM finding")?;
    let mut rows = q.query([])?;
    while let Some(r) = rows.next()? {
        read.row()?;
        let (source, code, n): (i64, String, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
        let entry = out.entry(source).or_default();
        match code.as_str() {
            "lines-not-parsed" | "line-too-long" => entry.0 += n.cast_unsigned(),
            "truncated" | "damaged" => entry.1 = true,
            _ => {}
        }
    }
    Ok(out)
}

/// Names and sizes of all sources, from the evidence down.
struct Names {
    of: BTreeMap<i64, (String, u64)>,
    /// Files and members, which may be logs.
    files: BTreeSet<i64>,
    with_events: BTreeSet<i64>,
}

impl Stream {
    /// Whether retention and rhythm mean anything for it.
    pub fn is_log(&self) -> bool {
        !NO_LOGS.contains(&self.parser.as_str())
    }
}

impl Names {
    fn read(store: &Store, read: &Counter) -> Result<Self> {
        let mut of = BTreeMap::new();
        let mut files = BTreeSet::new();
        let ids: Vec<i64> = {
            let mut q = store.db.prepare("SELECT id FROM source ORDER BY id")?;
            q.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?
        };
        for id in ids {
            read.row()?;
            let source = Source::load(store, id)?;
            if source.kind == model::SourceKind::File {
                files.insert(id);
            }
            of.insert(id, (source.name(store)?, source.bytes));
        }
        let mut q = store.db.prepare("SELECT import, source FROM pace")?;
        let with_events = q
            .query_map([], |r| Ok(join_id(r.get(0)?, r.get::<_, i64>(1)?.cast_unsigned())))?
            .collect::<std::result::Result<_, _>>()?;
        Ok(Self { of, files, with_events })
    }

    fn of(&self, import: u32, source: u32) -> String {
        self.of.get(&join_id(import, u64::from(source))).map(|n| n.0.clone()).unwrap_or_default()
    }

    /// Files in a series that has events, without events of their own; and whether they are empty.
    fn without_events(&self, streams: &BTreeMap<Key, Gathered>) -> Vec<(u32, String, bool)> {
        let series: BTreeSet<(u32, &str)> = streams.keys().map(|(n, s, _)| (*n, s.as_str())).collect();
        let quiet = self.files.iter().filter(|id| !self.with_events.contains(id)).filter_map(|id| Some((id, self.of.get(id)?)));
        quiet
            .filter(|(id, (name, _))| series.contains(&(split_id(**id).0, names::series(name).0.as_str())))
            .map(|(id, (name, bytes))| (split_id(*id).0, name.clone(), *bytes == 0))
            .collect()
    }
}

fn duplicates(store: &Store, names: &Names) -> Result<Vec<Vec<String>>> {
    let mut q = store.db.prepare(
        "SELECT group_concat(id) FROM source WHERE sha256 IS NOT NULL AND bytes > 0
         GROUP BY sha256 HAVING count(*) > 1 ORDER BY min(id) LIMIT 1000",
    )?;
    let groups = q.query_map([], |r| r.get::<_, String>(0))?.collect::<std::result::Result<Vec<_>, _>>()?;
    let name = |id: &str| id.parse().ok().and_then(|id: i64| names.of.get(&id)).map(|n| n.0.clone());
    Ok(groups.iter().map(|g| g.split(',').filter_map(name).collect()).collect())
}

//! Streams as they are gathered from the counts of each source, and which of several imports are one.

use super::coverage::{Backwards, MOST_NAMES};
use super::names::{self, Marks};
use super::stray;
use crate::columns::{join_id, split_id};
use crate::error::Result;
use crate::reached::Counter;
use crate::sources::Source;
use crate::store::Store;
use crate::tally::{HOUR, Pace};
use std::collections::{BTreeMap, BTreeSet};

/// Hours by which the end of one part may reach into the next: what lasts over a change of files.
const MOST_OVERLAP: i64 = 24;

/// Names of one kind: the first thousand, and how many there are.
#[derive(Default)]
pub struct Listed {
    pub names: Vec<String>,
    pub count: u64,
}

impl Listed {
    fn push(&mut self, name: String) {
        self.count += 1;
        if self.names.len() < MOST_NAMES {
            self.names.push(name);
        }
    }
    fn add(&mut self, more: Self) {
        self.count += more.count;
        self.names.extend(more.names.into_iter().take(MOST_NAMES.saturating_sub(self.names.len())));
    }
}

/// A series of files of one parser in one import, or in several whose times follow each other.
#[derive(Default)]
pub struct Gathered {
    pub imports: Vec<u32>,
    pub files: u64,
    pub pace: Pace,
    pub marks: Marks,
    pub empty: Listed,
    pub cut: Listed,
    pub backwards: Vec<Backwards>,
    pub backwards_files: u64,
    pub unread: u64,
    /// Files with times of a local clock of unknown zone, and whether the first and the last are such.
    pub local_files: u64,
    pub local_ends: (bool, bool),
}

impl Gathered {
    fn add_pace(&mut self, pace: Pace, local: (bool, bool)) {
        let before = (self.pace.first, self.pace.last);
        self.pace = pace.after(std::mem::take(&mut self.pace));
        if self.pace.first != before.0 {
            self.local_ends.0 = local.0;
        }
        if self.pace.last != before.1 {
            self.local_ends.1 = local.1;
        }
    }

    fn add(&mut self, mut more: Self) {
        self.imports.append(&mut more.imports);
        self.files += more.files;
        self.add_pace(more.pace, more.local_ends);
        self.marks.append(&mut more.marks);
        self.empty.add(more.empty);
        self.cut.add(more.cut);
        self.backwards_files += more.backwards_files;
        self.backwards.extend(more.backwards.into_iter().take(MOST_NAMES.saturating_sub(self.backwards.len())));
        self.unread += more.unread;
        self.local_files += more.local_files;
    }

    /// First and last hour without stray rows.
    fn reach(&self) -> Option<(i64, i64)> {
        stray::core(&self.pace.hours).map(|c| (c.first, c.last))
    }
}

/// Series and parser, in which there may be several streams.
pub type Streams = BTreeMap<(String, u16), Vec<Gathered>>;

/// All streams of a case. `is_log` tells of a parser whether its rows are those of a log.
pub fn streams(store: &Store, names: &Names, is_log: fn(u16) -> bool, read: &Counter) -> Result<Streams> {
    let mut all: BTreeMap<(String, u16), BTreeMap<u32, Gathered>> = BTreeMap::new();
    let findings = findings(store, read)?;
    let local_parsers = local_parsers(store)?;
    let mut q = store.db.prepare(
        "SELECT import, source, parser, rows, undated, first, last, backwards, furthest, hours FROM pace ORDER BY import, n",
    )?;
    let mut rows = q.query([])?;
    while let Some(r) = rows.next()? {
        read.row()?;
        let (import, source, parser): (u32, u32, u16) = (r.get(0)?, r.get(1)?, r.get(2)?);
        let path = names.of(import, source);
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
        let name = names::read(&path);
        let of_import = all.entry((name.series, parser)).or_default();
        let g = of_import.entry(import).or_insert_with(|| Gathered { imports: vec![import], ..Gathered::default() });
        g.files += 1;
        g.marks.insert(name.mark, name.file.to_owned());
        if pace.backwards > 0 && is_log(parser) {
            g.backwards_files += 1;
            if g.backwards.len() < MOST_NAMES {
                g.backwards.push(Backwards {
                    file: path.clone(),
                    times: pace.backwards.cast_unsigned(),
                    furthest_seconds: (pace.furthest / 1_000_000).cast_unsigned(),
                });
            }
        }
        let of_source = findings.get(&join_id(import, u64::from(source))).copied().unwrap_or_default();
        g.unread += of_source.unread;
        if of_source.cut {
            g.cut.push(path);
        }
        let local = of_source.local || local_parsers.contains(&parser);
        g.local_files += u64::from(local);
        g.add_pace(pace, (local, local));
    }
    let mut parsers: BTreeMap<String, u16> = BTreeMap::new();
    for (series, parser) in all.keys() {
        parsers.entry(series.clone()).or_insert(*parser);
    }
    // A file of a series that holds nothing has no event, but its place in the series is taken.
    for (import, path, bytes) in names.without_events() {
        let name = names::read(path);
        let Some(parser) = parsers.get(&name.series) else { continue };
        let Some(of_import) = all.get_mut(&(name.series, *parser)) else { continue };
        // An item that holds no other file of the series belongs to those of other items.
        let own = of_import.contains_key(&import);
        let Some(g) = (if own { of_import.get_mut(&import) } else { of_import.values_mut().next() }) else { continue };
        g.files += 1;
        g.marks.entry(name.mark).or_insert_with(|| name.file.to_owned());
        if bytes == 0 {
            g.empty.push(path.to_owned());
        }
    }
    let one = |(key, parts): ((String, u16), BTreeMap<u32, Gathered>)| {
        let parts = parts.into_values();
        let streams = if is_log(key.1) { chained(parts) } else { parts.collect() };
        (key, streams)
    };
    Ok(all.into_iter().map(one).collect())
}

/// Parts of several imports that follow each other in time are one stream; those that overlap, or that
/// hold a file of the same mark, may be of two machines and stay apart.
fn chained(parts: impl Iterator<Item = Gathered>) -> Vec<Gathered> {
    let (mut dated, undated): (Vec<_>, Vec<_>) = parts.map(|p| (p.reach(), p)).partition(|(reach, _)| reach.is_some());
    dated.sort_by_key(|(reach, p)| (*reach, p.imports.first().copied()));
    let mut out: Vec<(Option<(i64, i64)>, Gathered)> = Vec::new();
    for (reach, part) in dated {
        let (from, to) = reach.unwrap_or_default();
        let follows = |(before, g): &&mut (Option<(i64, i64)>, Gathered)| {
            let (begun, ended) = before.unwrap_or_default();
            let shorter = (ended.saturating_sub(begun)).min(to.saturating_sub(from));
            ended.saturating_sub(from) <= MOST_OVERLAP.min(shorter / 2) && !part.marks.keys().any(|m| g.marks.contains_key(m))
        };
        match out.iter_mut().find(follows) {
            Some((before, g)) => {
                *before = before.map(|(begun, ended)| (begun, ended.max(to)));
                g.add(part);
            }
            None => out.push((reach, part)),
        }
    }
    out.into_iter().chain(undated).map(|(_, g)| g).collect()
}

/// What findings tell of a source.
#[derive(Clone, Copy, Default)]
struct Told {
    /// Lines or records that were not read.
    unread: u64,
    cut: bool,
    /// Rows of it state no zone.
    local: bool,
}

fn findings(store: &Store, read: &Counter) -> Result<BTreeMap<i64, Told>> {
    let mut out: BTreeMap<i64, Told> = BTreeMap::new();
    let mut q = store.db.prepare("SELECT (id & -1099511627776) | source, code, count FROM finding")?;
    let mut rows = q.query([])?;
    while let Some(r) = rows.next()? {
        read.row()?;
        let (source, code, n): (i64, String, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
        let told = match code.as_str() {
            "lines-not-parsed" | "line-too-long" => Told { unread: n.max(0).cast_unsigned(), ..Told::default() },
            "truncated" | "damaged" => Told { cut: true, ..Told::default() },
            "time-without-zone" => Told { local: true, ..Told::default() },
            _ => continue,
        };
        let of = out.entry(source).or_default();
        *of = Told { unread: of.unread + told.unread, cut: of.cut || told.cut, local: of.local || told.local };
    }
    Ok(out)
}

/// Parsers none of whose dated rows has a zone, in the whole case: those of cases older than the
/// finding, and of volumes with local times.
fn local_parsers(store: &Store) -> Result<BTreeSet<u16>> {
    let mut q = store.db.prepare(
        "SELECT parser FROM shape WHERE form & 15 <> 0 GROUP BY parser HAVING min(form >> 4 & 7) = 3 AND max(form >> 4 & 7) = 3",
    )?;
    Ok(q.query_map([], |r| r.get(0))?.collect::<std::result::Result<_, _>>()?)
}

/// Names and sizes of all sources, from the evidence down.
pub struct Names {
    of: BTreeMap<i64, (String, u64)>,
    /// Files and members, which may be logs.
    files: BTreeSet<i64>,
    with_events: BTreeSet<i64>,
}

impl Names {
    pub fn read(store: &Store, read: &Counter) -> Result<Self> {
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
        self.by_id(join_id(import, u64::from(source))).unwrap_or_default().to_owned()
    }

    pub fn by_id(&self, id: i64) -> Option<&str> {
        self.of.get(&id).map(|n| n.0.as_str())
    }

    /// Files without events: import, name and bytes.
    fn without_events(&self) -> impl Iterator<Item = (u32, &str, u64)> {
        let quiet = self.files.iter().filter(|id| !self.with_events.contains(id));
        quiet.filter_map(|id| self.of.get(id).map(|(name, bytes)| (split_id(*id).0, name.as_str(), *bytes)))
    }
}

/// Microseconds since 1970 of an hour; of hours that no clock has, the furthest.
pub fn micros(hour: i64) -> i64 {
    hour.saturating_mul(HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(import: u32, hours: std::ops::Range<i64>, files: &[&str]) -> Gathered {
        let hours: BTreeMap<i64, u64> = hours.map(|h| (h, 9)).collect();
        let marks = files.iter().map(|f| (names::read(f).mark, (*f).to_owned())).collect();
        Gathered { imports: vec![import], pace: Pace { hours, ..Pace::default() }, marks, ..Gathered::default() }
    }

    fn chains(parts: Vec<Gathered>) -> Vec<Vec<u32>> {
        chained(parts.into_iter()).into_iter().map(|g| g.imports).collect()
    }

    #[test]
    fn imports_that_follow_each_other_are_one_stream() {
        let january = || part(2, 0..100, &["a-2025-01-01.log"]);
        assert_eq!(chains(vec![part(1, 900..999, &["a-2025-02-01.log"]), january()]), [[2, 1]]);
        assert_eq!(chains(vec![january(), part(3, 90..200, &["a-2025-01-05.log"])]), [[2, 3]], "over a change of files");
        let other = vec![january(), part(3, 0..100, &["a-2025-01-05.log"])];
        assert_eq!(chains(other), [[2], [3]], "two at one time may be of two machines");
        assert_eq!(chains(vec![january(), part(3, 200..300, &["a-2025-01-01.log"])]), [[2], [3]], "two of one name");
    }
}

//! What the names of log files say: which belong together, and which of a series are not there.

use std::collections::BTreeMap;

/// Names told of what is missing from a series.
const MOST_MISSING: usize = 1000;
/// Endings of packed files.
const PACKED: [&str; 4] = [".gz", ".bz2", ".xz", ".zst"];
/// Marks from which a series shows its steps.
const LEAST: usize = 3;

/// What varies in the names of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Days since 1970.
    Day(i64),
    /// Hours since 1970.
    Hour(i64),
    /// Minutes since 1970, where they are not of a whole hour: such files follow no steps.
    Minute(i64),
    /// `access.log.3`, `access.3.log`
    Rotation(i64),
    None,
}

/// Files of a series by what varies in their names. Several files may share a mark; one name is kept.
pub type Marks = BTreeMap<Mark, String>;

/// A name taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Name<'n> {
    /// The name without what varies in it: one for all of the series.
    pub series: String,
    pub mark: Mark,
    /// The file itself: what a packed file holds is named by the packed file.
    pub file: &'n str,
    /// Where in `file` the mark stands: its first byte, and the first after it.
    at: (usize, usize),
}

pub fn read(path: &str) -> Name<'_> {
    // What a compressed file holds is named below it: `access.log.1.gz/access.log.1`.
    let packed = |p: &str| PACKED.iter().any(|e| p.ends_with(e)) && !p.contains(".tar.");
    let file = path.rsplit_once('/').map_or(path, |(above, _)| if packed(above) { above } else { path });
    let name = PACKED.iter().fold(file, |name, ending| name.trim_end_matches(ending));
    if let Some((from, to, mark)) = date_in(name) {
        let series = format!("{}{{date}}{}", name.get(..from).unwrap_or_default(), name.get(to..).unwrap_or_default());
        return Name { series, mark, file, at: (from, to) };
    }
    if let Some((from, to, n)) = number_in(name) {
        // With the point before it.
        let series = format!("{}{}", name.get(..from.saturating_sub(1)).unwrap_or_default(), name.get(to..).unwrap_or_default());
        return Name { series, mark: Mark::Rotation(n), file, at: (from, to) };
    }
    Name { series: name.to_owned(), mark: Mark::None, file, at: (name.len(), name.len()) }
}

/// The number of a rotation, at the end or before the ending. One that follows another number is part
/// of an address or a version.
fn number_in(name: &str) -> Option<(usize, usize, i64)> {
    let start = name.rfind('/').map_or(0, |i| i + 1);
    let number = |from: usize, to: usize| {
        let text = name.get(from..to).filter(|t| (1..=4).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()))?;
        let before = name.get(start..from)?.strip_suffix('.')?;
        let above = before.rsplit('.').next()?;
        let follows = above.bytes().all(|b| b.is_ascii_digit());
        (!follows).then(|| text.parse().ok().map(|n| (from, to, n)))?
    };
    let last = name.rfind('.').filter(|i| *i > start)?;
    number(last + 1, name.len()).or_else(|| {
        let ending = name.get(last + 1..)?;
        let one_before = name.get(start..last)?.rfind('.')? + start;
        let is_ending = (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphabetic());
        is_ending.then(|| number(one_before + 1, last))?
    })
}

/// The last date in a name, with an hour behind it where there is one: where it is, and its mark.
fn date_in(name: &str) -> Option<(usize, usize, Mark)> {
    let bytes = name.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let digits_at = |at: usize| (at..bytes.len()).take_while(|i| digit(*i)).count();
    let mut found = None;
    for at in 0..bytes.len() {
        if !digit(at) || at > 0 && digit(at - 1) {
            continue;
        }
        let run = digits_at(at);
        let (to, text) = match run {
            // 20250601, and 2025060113 with an hour, and with minutes and seconds.
            8 | 10 | 12 | 14 => (at + 8, name.get(at..at + 8).map(|t| format!("{}-{}-{}", &t[..4], &t[4..6], &t[6..8]))),
            4 => {
                let text = name.get(at..at + 10).filter(|t| t.is_ascii() && !digit(at + 10));
                (at + 10, text.map(|t| t.replace(['_', '.', '/'], "-")))
            }
            _ => continue,
        };
        let date = text.and_then(|t| t.parse::<jiff::civil::Date>().ok());
        let Some(midnight) = date.and_then(|d| crate::view::parse_time(&d.to_string())) else { continue };
        let day = midnight / crate::tally::DAY;
        // -13, _13, .13, T13 and /13 behind it, and the same with minutes and seconds.
        let parted = matches!(bytes.get(to), Some(b'-' | b'_' | b'.' | b'T' | b't' | b'/'));
        let from = if parted { to + 1 } else { to };
        let behind = name.get(from..from + digits_at(from)).filter(|t| t.len() == 2 || bytes.get(to) != Some(&b'/'));
        let clock = behind.and_then(clock);
        found = Some(match clock {
            Some((minute, true)) => (at, from + digits_at(from), Mark::Hour(day * 24 + minute / 60)),
            Some((minute, false)) => (at, from + digits_at(from), Mark::Minute(day * 1440 + minute)),
            None => (at, to, Mark::Day(day)),
        });
    }
    found
}

/// Minutes of `13`, `1300` or `130000`, and whether they are of a whole hour.
fn clock(text: &str) -> Option<(i64, bool)> {
    let two = |at: usize, most: i64| -> Option<i64> {
        if at >= text.len() {
            return Some(0);
        }
        text.get(at..at + 2)?.parse().ok().filter(|n| *n < most)
    };
    let (h, m, s) = (two(0, 24)?, two(2, 60)?, two(4, 60)?);
    matches!(text.len(), 2 | 4 | 6).then_some((h * 60 + m, m == 0 && s == 0))
}

/// What is not there of a series.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// As the files would be named; at most `MOST_MISSING`.
    pub names: Vec<String>,
    pub count: u64,
}

pub fn missing(marks: &Marks) -> Missing {
    let of = |pick: fn(&Mark) -> Option<i64>| marks.keys().filter_map(pick).collect::<Vec<i64>>();
    let days = of(|m| if let Mark::Day(n) = m { Some(*n) } else { None });
    let hours = of(|m| if let Mark::Hour(n) = m { Some(*n) } else { None });
    let turns = of(|m| if let Mark::Rotation(n) = m { Some(*n) } else { None });
    let mut out = Missing::default();
    out.fill(marks, &days, &[1, 7], Mark::Day);
    if !out.fill(marks, &hours, &[1], Mark::Hour) {
        let mut days: Vec<i64> = hours.iter().map(|h| h.div_euclid(24)).collect();
        days.dedup();
        out.fill(marks, &days, &[1], |day| Mark::Hour(day * 24));
    }
    out.fill(marks, &turns, &[1], Mark::Rotation);
    out
}

impl Missing {
    /// Adds what lacks between numbers in order; false where they follow no step.
    fn fill(&mut self, marks: &Marks, numbers: &[i64], steps: &[i64], mark: fn(i64) -> Mark) -> bool {
        let numbers = without_far(numbers);
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return false };
        let gaps: Vec<(i64, i64)> = numbers.iter().zip(numbers.iter().skip(1)).map(|(a, b)| (*a, b - a)).collect();
        let follows = |step: i64| {
            let usual = gaps.iter().filter(|(_, gap)| *gap == step).count() * 2 >= gaps.len();
            let mostly_there = step == 1 && last - first < 2 * numbers.len() as i64;
            (usual || mostly_there) && gaps.iter().all(|(_, gap)| gap % step == 0)
        };
        let Some(step) = steps.iter().copied().find(|s| numbers.len() >= LEAST && follows(*s)) else { return false };
        for (from, gap) in gaps {
            self.count += (gap / step - 1).unsigned_abs();
            let lacks = (1..gap / step).map(|n| mark(from + n * step));
            let room = MOST_MISSING.saturating_sub(self.names.len());
            self.names.extend(lacks.take(room).filter_map(|m| Some(named_like(marks.range(..m).next_back()?.1, m))));
        }
        true
    }
}

/// Without a single number at an end that is further from the rest than the rest is long, and than a
/// year: one odd name does not make a series of years.
fn without_far(mut numbers: &[i64]) -> &[i64] {
    let far = |gap: i64, length: i64| gap > length.max(365);
    if let [a, rest @ ..] = numbers
        && let (Some(b), Some(c)) = (rest.first(), rest.last())
        && rest.len() >= LEAST
        && far(b - a, c - b)
    {
        numbers = rest;
    }
    if let [rest @ .., c] = numbers
        && let (Some(a), Some(b)) = (rest.first(), rest.last())
        && rest.len() >= LEAST
        && far(c - b, b - a)
    {
        numbers = rest;
    }
    numbers
}

/// The name that the file of a mark would have, in the form of another of its series.
fn named_like(file: &str, mark: Mark) -> String {
    let Name { at: (from, to), .. } = read(file);
    let old = file.get(from..to).unwrap_or_default();
    let new = match mark {
        Mark::Rotation(n) if old.starts_with('0') => format!("{n:0w$}", w = old.len()),
        Mark::Rotation(n) => n.to_string(),
        Mark::Day(n) => redated(old, n, None),
        Mark::Hour(n) => redated(old, n.div_euclid(24), Some(n.rem_euclid(24))),
        Mark::Minute(_) | Mark::None => old.to_owned(),
    };
    format!("{}{new}{}", file.get(..from).unwrap_or_default(), file.get(to..).unwrap_or_default())
}

/// A date as text with the digits of another; what follows its digits stays.
fn redated(old: &str, day: i64, hour: Option<i64>) -> String {
    let digits: String = super::day_text(day).chars().filter(char::is_ascii_digit).collect();
    let hour = hour.map(|h| format!("{h:02}")).unwrap_or_default();
    let mut new = digits.chars().chain(hour.chars());
    old.chars().map(|c| if c.is_ascii_digit() { new.next().unwrap_or(c) } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(files: &[&str]) -> Missing {
        let mut series: BTreeMap<String, Marks> = BTreeMap::new();
        for file in files {
            let name = read(file);
            series.entry(name.series).or_default().insert(name.mark, name.file.to_owned());
        }
        assert_eq!(series.len(), 1, "{series:?}");
        missing(series.values().next().unwrap())
    }

    fn names(files: &[&str]) -> Vec<String> {
        lacks(files).names
    }

    #[test]
    fn series_of_names() {
        let series = |path: &str| (read(path).series, read(path).mark);
        assert_eq!(series("a/access-2025-06-01.log").0, "a/access-{date}.log");
        assert_eq!(series("a/access_20250601.log.gz").0, "a/access_{date}.log");
        assert_eq!(series("access.log.12.gz"), ("access.log".into(), Mark::Rotation(12)));
        assert_eq!(series("access.log"), ("access.log".into(), Mark::None));
        assert_eq!(series("a/access-2025-06-01.log.gz/access-2025-06-01.log").0, "a/access-{date}.log");
        assert_eq!(series("a.tar.gz/access.log").0, "a.tar.gz/access.log");
        assert_eq!(series("gw-99999999.log").1, Mark::None, "no date");
    }

    #[test]
    fn hours_behind_dates() {
        let at = |text: &str| crate::view::parse_time(text).unwrap() / crate::tally::HOUR;
        let hour = at("2025-01-01T13:00:00Z");
        for (name, series) in [
            ("app-2025010113.log", "app-{date}.log"),
            ("app-2025-01-01-13.log", "app-{date}.log"),
            ("app-2025-01-01_13.log", "app-{date}.log"),
            ("app-20250101T13.log.gz", "app-{date}.log"),
            ("app.2025-01-01.13", "app.{date}"),
            ("app/2025/01/01/13.log", "app/{date}.log"),
            ("app-20250101-1300.log", "app-{date}.log"),
            ("app-20250101130000.log", "app-{date}.log"),
        ] {
            let read = read(name);
            assert_eq!((read.series.as_str(), read.mark), (series, Mark::Hour(hour)), "{name}");
        }
        assert_eq!(read("app-202501011305.log").mark, Mark::Minute(hour * 60 + 5));
        assert_eq!(read("app-2025010124.log").mark, Mark::Day(hour / 24), "no hour 24");
        assert_eq!(read("app-2025-01-01.1.log").mark, Mark::Day(hour / 24), "no hour, but a part");
        let hourly = ["04", "05", "08", "09", "10"].map(|h| format!("app-20250101{h}.log"));
        assert_eq!(names(&hourly.each_ref().map(String::as_str)), ["app-2025010106.log", "app-2025010107.log"]);
        assert_eq!(names(&["a-2025-01-01-22.gz", "a-2025-01-01-23.gz", "a-2025-01-02-01.gz"]), ["a-2025-01-02-00.gz"]);
    }

    #[test]
    fn numbers_before_the_ending() {
        for (name, series, n) in
            [("app.001.log", "app.log", 1), ("a/app.12.log.gz", "a/app.log", 12), ("app.log.3", "app.log", 3)]
        {
            assert_eq!((read(name).series.as_str(), read(name).mark), (series, Mark::Rotation(n)), "{name}");
        }
        for name in ["10.0.0.1.log", "10.0.0.1", "1.log", "v/.1", "app.12345.log", "app.1.tar.gz.log2"] {
            assert_eq!(read(name).mark, Mark::None, "{name}");
        }
        assert_eq!(names(&["app.008.log", "app.009.log", "app.011.log"]), ["app.010.log"]);
        assert_eq!(names(&["app.log", "app.1.log.gz", "app.2.log.gz", "app.4.log.gz"]), ["app.3.log.gz"]);
    }

    #[test]
    fn what_is_missing_is_named_like_its_neighbours() {
        assert_eq!(names(&["x-2025-06-01.log", "x-2025-06-02.log", "x-2025-06-04.log"]), ["x-2025-06-03.log"]);
        assert_eq!(names(&["x-20250228.log.gz", "x-20250301.log.gz", "x-20250303.log.gz"]), ["x-20250302.log.gz"]);
        let packed = ["x_20250228.gz/x_20250228", "x_20250301.gz/x_20250301", "x_20250303.gz/x_20250303"];
        assert_eq!(names(&packed), ["x_20250302.gz"]);
        assert_eq!(names(&["y.log.1", "y.log.2", "y.log.4"]), ["y.log.3"]);
        assert_eq!(names(&["z-2025-06-01", "z-2025-06-08", "z-2025-06-15", "z-2025-06-29"]), ["z-2025-06-22"]);
        assert_eq!(names(&["z-2025-06-01", "z-2025-07-01", "z-2025-08-01"]), [""; 0], "no step");
    }

    #[test]
    fn most_of_a_series_may_be_missing() {
        let day = |n: i64| format!("a-{}.log", super::super::day_text(20_000 + n));
        let some: Vec<String> = (0..10).chain(60..70).map(day).collect();
        let found = lacks(&some.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((found.count, found.names.first(), found.names.len()), (50, Some(&day(10)), 50));
        let far: Vec<String> = (0..10).chain(5000..5010).map(day).collect();
        let found = lacks(&far.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((found.count, found.names.len()), (4990, MOST_MISSING), "a long list has its true count");
        let odd: Vec<String> = (0..10).chain([9000]).map(day).collect();
        assert_eq!(lacks(&odd.iter().map(String::as_str).collect::<Vec<_>>()), Missing::default());
    }
}

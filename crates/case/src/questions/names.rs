//! What the names of log files say: which belong together, and which of a series are not there.

use std::collections::{BTreeMap, BTreeSet};

/// A series longer than this is not filled in.
const MOST_MISSING: usize = 1000;

/// What varies in the names of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Days since 1970.
    Date(i64),
    /// `access.log.3`
    Rotation(i64),
    None,
}

/// The name without what varies in it, and that.
pub fn series(path: &str) -> (String, Mark) {
    // What a compressed file holds is named below it: `access.log.1.gz/access.log.1`.
    let packed = |p: &str| [".gz", ".bz2", ".xz", ".zst"].iter().any(|e| p.ends_with(e)) && !p.contains(".tar.");
    let path = path.rsplit_once('/').map_or(path, |(above, _)| if packed(above) { above } else { path });
    let name = path.trim_end_matches(".gz").trim_end_matches(".bz2").trim_end_matches(".xz").trim_end_matches(".zst");
    if let Some((at, length, day)) = date_in(name) {
        let (before, rest) = name.split_at(at);
        return (format!("{before}{{date}}{}", rest.get(length..).unwrap_or_default()), Mark::Date(day));
    }
    if let Some((base, number)) = name.rsplit_once('.')
        && let Ok(n) = number.parse::<i64>()
        && number.len() <= 4
    {
        return (base.to_owned(), Mark::Rotation(n));
    }
    (name.to_owned(), Mark::None)
}

/// The last date in a name: where it is, its length, its day.
fn date_in(name: &str) -> Option<(usize, usize, i64)> {
    let bytes = name.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut found = None;
    for at in 0..bytes.len() {
        if !digit(at) || at > 0 && digit(at - 1) {
            continue;
        }
        let run = (at..bytes.len()).take_while(|i| digit(*i)).count();
        let text = match run {
            // 20250601, and 2025060113 with an hour that is left in the name.
            8 | 10 => name.get(at..at + 8).map(|t| (8, format!("{}-{}-{}", &t[..4], &t[4..6], &t[6..8]))),
            4 => name.get(at..at + 10).filter(|t| t.is_ascii() && !digit(at + 10)).map(|t| (10, t.replace(['_', '.', '/'], "-"))),
            _ => None,
        };
        if let Some((length, text)) = text
            && let Some(at_midnight) =
                text.parse::<jiff::civil::Date>().ok().and_then(|d| crate::view::parse_time(&d.to_string()))
        {
            found = Some((at, length, at_midnight / crate::tally::DAY));
        }
    }
    found
}

/// What is not there of each series, as the names it would have. Several members may share a mark.
pub fn missing(marks: &BTreeMap<String, BTreeSet<Mark>>) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    for (series, marks) in marks {
        let dates: BTreeSet<i64> = marks.iter().filter_map(|m| if let Mark::Date(d) = m { Some(*d) } else { None }).collect();
        let turns: BTreeSet<i64> = marks.iter().filter_map(|m| if let Mark::Rotation(n) = m { Some(*n) } else { None }).collect();
        let gaps = |set: &BTreeSet<i64>| -> Vec<i64> {
            match (set.first(), set.last()) {
                // Weekly and monthly series have no day missing; a series must be mostly there.
                (Some(a), Some(b)) if set.len() >= 3 && (b - a) < 2 * set.len() as i64 => {
                    (*a..=*b).filter(|n| !set.contains(n)).take(MOST_MISSING).collect()
                }
                _ => Vec::new(),
            }
        };
        let names: Vec<String> = gaps(&dates)
            .into_iter()
            .map(|d| series.replace("{date}", &super::day_text(d)))
            .chain(gaps(&turns).into_iter().map(|n| format!("{series}.{n}")))
            .collect();
        if !names.is_empty() {
            out.push((series.clone(), names));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_names() {
        assert_eq!(series("a/access-2025-06-01.log").0, "a/access-{date}.log");
        assert_eq!(series("a/access_20250601.log.gz").0, "a/access_{date}.log");
        assert_eq!(series("access.log.12.gz"), ("access.log".into(), Mark::Rotation(12)));
        assert_eq!(series("access.log"), ("access.log".into(), Mark::None));
        assert_eq!(series("a/access-2025-06-01.log.gz/access-2025-06-01.log").0, "a/access-{date}.log");
        assert_eq!(series("a.tar.gz/access.log").0, "a.tar.gz/access.log");
        assert_eq!(series("gw-99999999.log").1, Mark::None, "no date");
    }

    #[test]
    fn what_is_missing() {
        let mut all: BTreeMap<String, BTreeSet<Mark>> = BTreeMap::new();
        for name in [
            "x-2025-06-01.log",
            "x-2025-06-02.log",
            "x-2025-06-04.log",
            "y.log.1",
            "y.log.2",
            "y.log.4",
            "z-2025-06-01",
            "z-2025-06-08",
            "z-2025-06-15",
        ] {
            let (s, m) = series(name);
            all.entry(s).or_default().insert(m);
        }
        let found = missing(&all);
        assert_eq!(found, [("x-{date}.log".into(), vec!["x-2025-06-03.log".into()]), ("y.log".into(), vec!["y.log.3".into()])]);
    }
}

//! Holes in a source, measured against the source's own rhythm.
//!
//! What an hour is expected to hold is the median of the same hour of the week over the whole span,
//! or of the same hour of the day where the span is shorter than four weeks. A run of hours in which
//! less than a tenth of that came, and in which at least 20 events were expected, is a hole: with 20
//! expected, none at all comes by chance once in half a billion times.

use std::collections::BTreeMap;

/// Expected events from which a run of quiet hours is told.
const LEAST_EXPECTED: f64 = 20.0;
/// Hours of a span that are looked at: some 57 years.
const MOST_HOURS: i64 = 500_000;
const WEEK: i64 = 168;
const DAY: i64 = 24;

/// A run of hours, from the first to the one after the last, counted from 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub from: i64,
    pub to: i64,
    pub expected: f64,
    pub seen: u64,
}

/// Quiet runs of hours. `hours`: events by hour.
pub fn holes(hours: &BTreeMap<i64, u64>) -> Vec<Hole> {
    let (Some((first, _)), Some((last, _))) = (hours.first_key_value(), hours.last_key_value()) else { return Vec::new() };
    let (first, last) = (*first, *last);
    let span = last - first + 1;
    if !(DAY * 3..=MOST_HOURS).contains(&span) {
        return Vec::new();
    }
    let period = if span >= WEEK * 4 { WEEK } else { DAY };
    let expected = medians(hours, first, last, period);
    let mut out: Vec<Hole> = Vec::new();
    let mut open: Option<Hole> = None;
    for hour in first..=last {
        let seen = hours.get(&hour).copied().unwrap_or(0);
        let wanted = expected.get(hour.rem_euclid(period) as usize).copied().unwrap_or(0.0);
        if seen as f64 >= 0.1 * wanted && (seen > 0 || wanted > 0.0) {
            out.extend(open.take().filter(|h| h.expected >= LEAST_EXPECTED));
            continue;
        }
        let hole = open.get_or_insert(Hole { from: hour, to: hour, expected: 0.0, seen: 0 });
        hole.to = hour + 1;
        hole.expected += wanted;
        hole.seen += seen;
    }
    // A run at the end would hold the last event itself: it is none.
    out
}

/// The median of each hour of the period.
fn medians(hours: &BTreeMap<i64, u64>, first: i64, last: i64, period: i64) -> Vec<f64> {
    let mut columns: Vec<Vec<u64>> = vec![Vec::new(); period as usize];
    for hour in first..=last {
        if let Some(column) = columns.get_mut(hour.rem_euclid(period) as usize) {
            column.push(hours.get(&hour).copied().unwrap_or(0));
        }
    }
    let median = |column: &mut Vec<u64>| {
        column.sort_unstable();
        let n = column.len();
        match (column.get(n / 2), column.get(n.saturating_sub(1) / 2)) {
            (Some(a), Some(b)) => (*a + *b) as f64 / 2.0,
            _ => 0.0,
        }
    };
    columns.iter_mut().map(median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(days: i64, per_hour: u64) -> BTreeMap<i64, u64> {
        (480_000..480_000 + days * 24).map(|h| (h, per_hour)).collect()
    }

    #[test]
    fn a_hole_is_found_and_bounded() {
        let mut hours = steady(60, 30);
        for h in 480_500..480_512 {
            hours.remove(&h);
        }
        let found = holes(&hours);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].from, found[0].to, found[0].seen), (480_500, 480_512, 0));
        assert!((found[0].expected - 360.0).abs() < 1.0);
    }

    #[test]
    fn a_thin_stretch_counts_and_a_slow_source_has_none() {
        let mut hours = steady(60, 100);
        for h in 480_500..480_503 {
            hours.insert(h, 2);
        }
        assert_eq!(holes(&hours)[0].seen, 6);
        assert_eq!(holes(&steady(60, 0)), []);
        let rare: BTreeMap<i64, u64> = (0..60).map(|d| (480_000 + d * 24, 3)).collect();
        assert_eq!(holes(&rare), [], "one busy hour a day is its rhythm");
    }

    #[test]
    fn weekends_are_a_rhythm() {
        let hours: BTreeMap<i64, u64> = (0..70 * 24).filter(|h| (h / 24) % 7 < 5).map(|h| (480_000 + h, 50)).collect();
        assert_eq!(holes(&hours), []);
    }
}

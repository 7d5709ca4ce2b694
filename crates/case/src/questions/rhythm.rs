//! Holes in a log, measured against the log's own rhythm.
//!
//! What an hour is expected to hold is the median of the same hour of the week over the days that have
//! events, or of the same hour of the day where these are fewer than four weeks; long empty stretches
//! so say nothing of what is usual. A weekday on which the log is mostly silent is expected to be. A run
//! of hours in which less than a tenth of that came, and in which at least 20 events were expected, is a
//! hole: with 20 expected, none at all comes by chance once in half a billion times. The same is done
//! with days, for logs of a few events a day; and for logs that are silent on many days, a run of silent
//! days is a hole where at least 20 days with events were expected in it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Expected events, or days with events, from which a quiet run is told.
const LEAST_EXPECTED: f64 = 20.0;
/// Hours of a span that are looked at: some 57 years.
const MOST_HOURS: i64 = 500_000;
const DAY: i64 = 24;
/// Days without an event that part one stretch of the log from the next.
const SILENT_DAYS: i64 = 7;
/// Days of a stretch, on average, from which hours and days have a rhythm.
const LEAST_STRETCH: usize = 3;
/// The part of its days on which a weekday must have events for its hours, and for its days, to be
/// expected ones.
const OFTEN: f64 = 0.4;
const NEARLY_ALWAYS: f64 = 0.9;

/// A run of hours, from the first to the one after the last, counted from 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub from: i64,
    pub to: i64,
    pub expected: f64,
    pub seen: u64,
}

/// How holes were looked for, or why they were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum Looked {
    /// By the hour.
    Hours,
    /// By the day: too few events for a rhythm of hours.
    Days,
    /// By how many days have events: too few events, or too uneven ones, for a rhythm of days.
    EventDays,
    /// Not: the events span less than three days.
    #[default]
    TooShort,
    /// Not: they span more hours than are looked at.
    TooLong,
    /// Not: so few or so uneven that a hole would be as long as the log.
    TooFew,
    /// Not: the rows are of no log.
    NoRhythm,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub looked: Looked,
    /// Hours that a hole of the log needs, by its usual rate, to be told.
    pub least_hours: Option<i64>,
    pub holes: Vec<Hole>,
}

impl Found {
    pub fn nothing(looked: Looked) -> Self {
        Self { looked, least_hours: None, holes: Vec::new() }
    }
}

/// Quiet runs between two hours with events. `hours`: events by hour. The first and the last hour are
/// parts of hours, and of no hole.
pub fn find(hours: &BTreeMap<i64, u64>, first: i64, last: i64) -> Found {
    let span = last.saturating_sub(first).saturating_add(1);
    if span < DAY * 3 {
        return Found::nothing(Looked::TooShort);
    }
    if span > MOST_HOURS {
        return Found::nothing(Looked::TooLong);
    }
    let events = |range: std::ops::RangeInclusive<i64>| hours.range(range).filter(|(_, n)| **n > 0).map(|(h, n)| (*h, *n));
    let rhythm = Rhythm::of(events(first..=last), first, last);
    let mut seen = events(first + 1..=last - 1).peekable();
    let mut holes = runs(first + 1..last, |hour| (take(&mut seen, hour), rhythm.hour(hour)));
    let mut seen = rhythm.days.iter().map(|(d, n)| (*d, *n)).peekable();
    let (first_day, last_day) = (first.div_euclid(DAY), last.div_euclid(DAY));
    let mut by_day = runs(first_day + 1..last_day, |day| (take(&mut seen, day), rhythm.day(day)));
    for h in &mut by_day {
        (h.from, h.to) = (h.from * DAY, h.to * DAY);
    }
    holes = joined(holes, by_day);
    holes = joined(holes, rhythm.silent_runs(last_day - first_day + 1));
    for h in &mut holes {
        h.seen = events(h.from..=h.to - 1).map(|(_, n)| n).sum();
    }
    let (looked, least) = rhythm.least(last_day - first_day + 1);
    match looked {
        Looked::TooFew if holes.is_empty() => Found::nothing(looked),
        _ => Found { looked, least_hours: Some(least).filter(|n| *n < span), holes },
    }
}

/// What there is at a place, of things in the order of their places.
fn take(from: &mut std::iter::Peekable<impl Iterator<Item = (i64, u64)>>, at: i64) -> u64 {
    while from.next_if(|(place, _)| *place < at).is_some() {}
    from.next_if(|(place, _)| *place == at).map_or(0, |(_, n)| n)
}

/// Runs of places at which less than a tenth of the expected came. `at`: seen and expected.
fn runs(places: std::ops::Range<i64>, mut at: impl FnMut(i64) -> (u64, f64)) -> Vec<Hole> {
    let mut out: Vec<Hole> = Vec::new();
    let mut open: Option<Hole> = None;
    for place in places {
        let (seen, wanted) = at(place);
        if seen as f64 >= 0.1 * wanted && (seen > 0 || wanted > 0.0) {
            out.extend(open.take().filter(|h| h.expected >= LEAST_EXPECTED));
            continue;
        }
        let hole = open.get_or_insert(Hole { from: place, to: place, expected: 0.0, seen: 0 });
        hole.to = place + 1;
        hole.expected += wanted;
    }
    out.extend(open.filter(|h| h.expected >= LEAST_EXPECTED));
    out
}

/// Holes in order, with those of a coarser look: one that finer ones fill by half is theirs, else it
/// takes their place. Of two rates for the same hole the higher is its own: a median of hours is below
/// the rate where events are few. None of either list overlaps another of it.
fn joined(mut fine: Vec<Hole>, coarse: Vec<Hole>) -> Vec<Hole> {
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    let mut more = Vec::new();
    for mut c in coarse {
        let from = fine.partition_point(|f| f.to <= c.from);
        let to = fine.partition_point(|f| f.from < c.to);
        let within = fine.get_mut(from..to).unwrap_or_default();
        let filled: i64 = within.iter().map(|f| f.to.min(c.to) - f.from.max(c.from)).sum();
        if filled * 2 >= c.to - c.from {
            if let [one] = within {
                one.expected = one.expected.max(c.expected);
            }
            continue;
        }
        for f in within.iter() {
            (c.from, c.to) = (c.from.min(f.from), c.to.max(f.to));
        }
        gone.extend(from..to);
        more.push(c);
    }
    let kept = fine.into_iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, h)| h);
    let mut all: Vec<Hole> = kept.chain(more).collect();
    all.sort_by_key(|h| h.from);
    let mut out: Vec<Hole> = Vec::new();
    for h in all {
        match out.last_mut() {
            Some(before) if h.from < before.to => {
                before.to = before.to.max(h.to);
                before.expected += h.expected;
            }
            _ => out.push(h),
        }
    }
    out
}

/// What is usual, by weekdays or for all days alike.
struct Rhythm {
    /// Events of each day that has some.
    days: BTreeMap<i64, u64>,
    /// 7, or 1 where the days with events are fewer than four weeks.
    classes: i64,
    /// By class and hour of the day.
    hours: Vec<f64>,
    /// By class.
    by_day: Vec<f64>,
}

impl Rhythm {
    fn of(events: impl Iterator<Item = (i64, u64)>, first: i64, last: i64) -> Self {
        let events: Vec<(i64, u64)> = events.collect();
        let mut days: BTreeMap<i64, u64> = BTreeMap::new();
        for (hour, n) in &events {
            let day = days.entry(hour.div_euclid(DAY)).or_default();
            *day = day.saturating_add(*n);
        }
        let stretches = stretches(&days);
        let lived: i64 = stretches.iter().map(|(from, to)| to - from + 1).sum();
        let classes = if lived >= 28 { 7 } else { 1 };
        let none = Self { classes, hours: Vec::new(), by_day: Vec::new(), days };
        if none.days.len() < LEAST_STRETCH * stretches.len() {
            return none;
        }
        let class = |day: i64| usize::try_from(day.rem_euclid(classes)).unwrap_or(0);
        let count = |days: &mut dyn Iterator<Item = i64>| {
            let mut by = vec![0usize; class(-1) + 1];
            for day in days {
                if let Some(n) = by.get_mut(class(day)) {
                    *n += 1;
                }
            }
            by
        };
        let lived = count(&mut stretches.iter().flat_map(|(from, to)| *from..=*to));
        let with_events = count(&mut none.days.keys().copied());
        let share = |c: usize| with_events.get(c).copied().unwrap_or(0) as f64 / lived.get(c).copied().unwrap_or(0).max(1) as f64;
        let (first_day, last_day) = (first.div_euclid(DAY), last.div_euclid(DAY));

        let mut columns: Vec<Vec<u64>> = vec![Vec::new(); lived.len() * 24];
        let place = |hour: i64| class(hour.div_euclid(DAY)) * 24 + usize::try_from(hour.rem_euclid(DAY)).unwrap_or(0);
        for (hour, n) in events.iter().filter(|(h, _)| *h != first && *h != last) {
            if let Some(column) = columns.get_mut(place(*hour)) {
                column.push(*n);
            }
        }
        let median_of_hour = |(i, column): (usize, &mut Vec<u64>)| {
            let (c, hour) = (i / 24, i as i64 % 24);
            if share(c) < OFTEN {
                return 0.0;
            }
            // Of the first and the last day only the hours between the first and the last event count.
            let out = usize::from(c == class(first_day) && hour <= first.rem_euclid(DAY))
                + usize::from(c == class(last_day) && hour >= last.rem_euclid(DAY));
            median(column, with_events.get(c).copied().unwrap_or(0).saturating_sub(out))
        };
        let hours = columns.iter_mut().enumerate().map(median_of_hour).collect();

        let mut columns: Vec<Vec<u64>> = vec![Vec::new(); lived.len()];
        for (day, n) in none.days.iter().filter(|(d, _)| **d != first_day && **d != last_day) {
            if let Some(column) = columns.get_mut(class(*day)) {
                column.push(*n);
            }
        }
        let median_of_day = |(c, column): (usize, &mut Vec<u64>)| {
            let n = column.len();
            if share(c) < NEARLY_ALWAYS { 0.0 } else { median(column, n) }
        };
        let by_day = columns.iter_mut().enumerate().map(median_of_day).collect();
        Self { hours, by_day, ..none }
    }

    fn class(&self, day: i64) -> usize {
        usize::try_from(day.rem_euclid(self.classes)).unwrap_or(0)
    }

    fn hour(&self, hour: i64) -> f64 {
        let place = self.class(hour.div_euclid(DAY)) * 24 + usize::try_from(hour.rem_euclid(DAY)).unwrap_or(0);
        self.hours.get(place).copied().unwrap_or(0.0)
    }

    fn day(&self, day: i64) -> f64 {
        self.by_day.get(self.class(day)).copied().unwrap_or(0.0)
    }

    /// Runs of days without any event in which, by the other days, at least 20 would have had some.
    fn silent_runs(&self, span: i64) -> Vec<Hole> {
        let n = self.days.len();
        if (n as f64) < LEAST_EXPECTED {
            return Vec::new();
        }
        let usual = median(&mut self.days.values().copied().collect::<Vec<_>>(), n);
        let pairs = self.days.keys().zip(self.days.keys().skip(1));
        let run = |(a, b): (&i64, &i64)| {
            let silent = b - a - 1;
            let expected = (n - 1) as f64 / (span - silent).max(1) as f64 * silent as f64;
            let hole = || Hole { from: (a + 1) * DAY, to: b * DAY, expected: expected * usual, seen: 0 };
            (expected >= LEAST_EXPECTED).then(hole)
        };
        pairs.filter_map(run).collect()
    }

    /// The finest way to look for holes, and the hours that a hole needs, by it, to be told.
    fn least(&self, span: i64) -> (Looked, i64) {
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
        let needs = |rate: f64, unit: i64| {
            if rate > 0.0 { ((LEAST_EXPECTED / rate).ceil() as i64).saturating_mul(unit) } else { i64::MAX }
        };
        let n = self.days.len() as f64;
        let silent = if n < LEAST_EXPECTED { i64::MAX } else { needs((n + LEAST_EXPECTED - 1.0) / span as f64, DAY) };
        let ways = [
            (Looked::Hours, needs(mean(&self.hours), 1)),
            (Looked::Days, needs(mean(&self.by_day), DAY)),
            (Looked::EventDays, silent),
        ];
        let finest = ways.into_iter().min_by_key(|(_, hours)| *hours);
        finest.filter(|(_, hours)| *hours < span * DAY).unwrap_or((Looked::TooFew, i64::MAX))
    }
}

/// First and last days of the stretches in which no week is without events.
fn stretches(days: &BTreeMap<i64, u64>) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for day in days.keys() {
        match out.last_mut() {
            Some((_, to)) if day - *to <= SILENT_DAYS => *to = *day,
            _ => out.push((*day, *day)),
        }
    }
    out
}

/// The median of some counts and of as many zeros as make them `n`.
fn median(counts: &mut [u64], n: usize) -> f64 {
    counts.sort_unstable();
    let zeros = n.saturating_sub(counts.len());
    let at = |i: usize| i.checked_sub(zeros).and_then(|i| counts.get(i)).copied().unwrap_or(0) as f64;
    if n == 0 { 0.0 } else { (at(n / 2) + at((n - 1) / 2)) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 480_000;

    fn steady(days: i64, per_hour: u64) -> BTreeMap<i64, u64> {
        (T0..T0 + days * 24).map(|h| (h, per_hour)).collect()
    }

    fn look(hours: &BTreeMap<i64, u64>) -> Found {
        let of = |e: Option<(&i64, &u64)>| e.map_or(0, |(h, _)| *h);
        find(hours, of(hours.first_key_value()), of(hours.last_key_value()))
    }

    fn places(found: &Found) -> Vec<(i64, i64)> {
        found.holes.iter().map(|h| (h.from - T0, h.to - T0)).collect()
    }

    #[test]
    fn a_hole_is_found_and_bounded() {
        let mut hours = steady(60, 30);
        hours.retain(|h, _| !(T0 + 500..T0 + 512).contains(h));
        let found = look(&hours);
        assert_eq!((places(&found), found.looked, found.least_hours), (vec![(500, 512)], Looked::Hours, Some(1)));
        assert!((found.holes[0].expected - 360.0).abs() < 1.0);
    }

    #[test]
    fn most_of_the_span_may_be_the_hole() {
        let mut hours = steady(70, 120);
        hours.retain(|h, _| !(T0 + 240..T0 + 1440).contains(h));
        assert_eq!(places(&look(&hours)), [(240, 1440)]);
    }

    #[test]
    fn days_tell_of_logs_with_few_events() {
        // Ten a day at changing hours: no hour of the week has a median over none.
        let at = |n: i64| T0 + n / 10 * 24 + (n * 7 + n / 10 * 5) % 24;
        let hours = (0..1800).filter(|n| !(600..900).contains(n)).fold(BTreeMap::new(), |mut all, n| {
            *all.entry(at(n)).or_insert(0) += 1;
            all
        });
        let found = look(&hours);
        assert_eq!(found.looked, Looked::Days);
        assert_eq!(places(&found), [(60 * 24, 90 * 24)]);
        assert!((found.holes[0].expected - 300.0).abs() < 1.0);
        // One on some days: a month is no hole, half a year is.
        let some = |without: std::ops::Range<i64>| -> BTreeMap<i64, u64> {
            (0..200).map(|n| n * 4 + n % 3).filter(|d| !without.contains(d)).map(|d| (T0 + d * 24, 2)).collect()
        };
        let (month, half) = (look(&some(300..330)), look(&some(300..480)));
        assert_eq!((month.looked, month.holes.len(), half.holes.len()), (Looked::EventDays, 0, 1));
        assert!(month.least_hours.is_some_and(|n| (30 * 24..180 * 24).contains(&n)), "{month:?}");
    }

    #[test]
    fn the_first_and_the_last_hour_are_parts_of_hours() {
        let mut hours = steady(20, 60);
        hours.insert(T0 - 1, 4);
        hours.insert(T0 + 480, 1);
        assert_eq!(look(&hours).holes, []);
        // The last event does not hide what is missing before it.
        hours.retain(|h, _| !(T0 + 470..T0 + 480).contains(h));
        assert_eq!(places(&look(&hours)), [(470, 480)]);
    }

    #[test]
    fn a_thin_stretch_counts_and_a_slow_source_has_none() {
        let mut hours = steady(60, 100);
        for h in 500..503 {
            hours.insert(T0 + h, 2);
        }
        assert_eq!(look(&hours).holes[0].seen, 6);
        assert_eq!(look(&steady(60, 0)).holes, []);
        let rare: BTreeMap<i64, u64> = (0..60).map(|d| (T0 + d * 24, 3)).collect();
        assert_eq!(look(&rare).holes, [], "one busy hour a day is its rhythm");
        let monthly: BTreeMap<i64, u64> = (0..40).map(|d| (T0 + d * 24 * 30, 300)).collect();
        assert_eq!(look(&monthly).holes, [], "one busy day a month is its rhythm");
    }

    #[test]
    fn weekends_are_a_rhythm() {
        let mut hours: BTreeMap<i64, u64> = (0..70 * 24).filter(|h| (h / 24) % 7 < 5).map(|h| (T0 + h, 50)).collect();
        assert_eq!(look(&hours).holes, []);
        hours.extend((0..24).map(|h| (T0 + 5 * 24 + h, 50)));
        assert_eq!(look(&hours).holes, [], "one Saturday of work makes no rhythm");
    }

    #[test]
    fn what_was_not_looked_for_is_said() {
        assert_eq!(look(&steady(2, 60)), Found::nothing(Looked::TooShort));
        assert_eq!(look(&BTreeMap::from([(T0, 1), (T0 + 400, 1)])), Found::nothing(Looked::TooFew));
        assert_eq!(find(&BTreeMap::new(), 0, i64::MAX), Found::nothing(Looked::TooLong));
        assert_eq!(find(&BTreeMap::new(), i64::MIN, i64::MAX), Found::nothing(Looked::TooLong));
    }
}

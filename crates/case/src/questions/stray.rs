//! Rows whose times lie far from the rest of a log: a clock that was not set, a year written wrong,
//! or what is left of days that are lost. They say nothing of how long the log reaches.

use std::collections::BTreeMap;

/// Hours without any event that part one group of events from the next.
const APART: i64 = 30 * 24;

/// Events from an hour to another, both since 1970 and both with events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub from: i64,
    pub to: i64,
    pub events: u64,
}

/// First and last hour of a log without what lies far from the rest, and that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    pub first: i64,
    pub last: i64,
    /// At most one group before and one after.
    pub stray: Vec<Group>,
}

/// A group at an end is stray where it is 30 days or more from the rest, holds at most one event in a
/// thousand (in small logs one in a hundred, and at most ten), and is further from the rest than the
/// rest is long or smaller than a tenth of a usual day. None without events.
pub fn core(hours: &BTreeMap<i64, u64>) -> Option<Core> {
    let mut groups: Vec<Group> = Vec::new();
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    for (hour, n) in hours.iter().filter(|(_, n)| **n > 0) {
        let day = days.entry(hour.div_euclid(24)).or_default();
        *day = day.saturating_add(*n);
        match groups.last_mut() {
            Some(g) if hour.saturating_sub(g.to) <= APART => {
                g.to = *hour;
                g.events = g.events.saturating_add(*n);
            }
            _ => groups.push(Group { from: *hour, to: *hour, events: *n }),
        }
    }
    let total = groups.iter().fold(0u64, |n, g| n.saturating_add(g.events));
    let few = (total / 1000).max((total / 100).min(10));
    let mut usual: Vec<u64> = days.into_values().collect();
    usual.sort_unstable();
    let usual = usual.get(usual.len() / 2).copied().unwrap_or(0);
    let much = |g: &&Group| g.events > few;
    let mut core = Group { events: 0, ..*groups.iter().find(much).or(groups.first())? };
    core.to = groups.iter().rev().find(much).or(groups.last())?.to;
    let length = core.to.saturating_sub(core.from);
    let near = |g: &Group, gap: i64| gap < length && g.events > usual / 10;
    for g in groups.iter().rev().filter(|g| g.to < core.from).collect::<Vec<_>>() {
        if !near(g, core.from.saturating_sub(g.to)) {
            break;
        }
        core.from = g.from;
    }
    for g in groups.iter().filter(|g| g.from > core.to).collect::<Vec<_>>() {
        if !near(g, g.from.saturating_sub(core.to)) {
            break;
        }
        core.to = g.to;
    }
    let mut stray: Vec<Group> = Vec::new();
    for side in [|g: &Group, c: &Group| g.to < c.from, |g: &Group, c: &Group| g.from > c.to] {
        let all = groups.iter().filter(|g| side(g, &core));
        stray.extend(all.copied().reduce(|a, b| Group { from: a.from, to: b.to, events: a.events.saturating_add(b.events) }));
    }
    Some(Core { first: core.from, last: core.to, stray })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(from: i64, days: i64) -> impl Iterator<Item = (i64, u64)> {
        (from..from + days * 24).map(|h| (h, 30))
    }

    #[test]
    fn one_line_of_1970_is_not_the_log() {
        let mut hours: BTreeMap<i64, u64> = steady(480_000, 60).collect();
        hours.insert(0, 1);
        hours.insert(900_000, 2);
        let c = core(&hours).unwrap();
        assert_eq!((c.first, c.last), (480_000, 480_000 + 60 * 24 - 1));
        let both = [Group { from: 0, to: 0, events: 1 }, Group { from: 900_000, to: 900_000, events: 2 }];
        assert_eq!(c.stray, both);
    }

    #[test]
    fn what_is_much_is_not_stray_however_far() {
        let hours: BTreeMap<i64, u64> = steady(480_000, 10).chain(steady(490_000, 10)).collect();
        let c = core(&hours).unwrap();
        assert_eq!((c.first, c.last, c.stray), (480_000, 490_239, Vec::new()));
        let few: BTreeMap<i64, u64> = (0..30).map(|n| (n * 2000, 1)).collect();
        assert_eq!(core(&few).unwrap().stray, [], "a log of few events has no rest");
        assert_eq!(core(&BTreeMap::new()), None);
        assert_eq!(core(&BTreeMap::from([(i64::MIN, 1), (i64::MAX, u64::MAX)])).map(|c| c.last), Some(i64::MAX));
    }
}

//! Whether subjects were walked in some order of their numbers: up or down by small steps, by even steps,
//! or as a few such walks one step of each in turn.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use ts_rs::TS;

/// Largest of the small steps.
const SMALL: i64 = 10;
/// Walks in turn that are looked for.
const MOST_LANES: usize = 4;
/// Steps in a row that point to a walk.
const ENOUGH: u64 = 20;

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Enumeration {
    /// Steps from one numeric subject to the next, other than to the same.
    #[ts(type = "number")]
    pub steps: u64,
    /// Of those, rising ones by 1 to 10.
    #[ts(type = "number")]
    pub small_rising: u64,
    /// Longest run of such steps, with the subjects it began and ended at.
    #[ts(type = "number")]
    pub longest_run: u64,
    pub run_from: Option<String>,
    pub run_to: Option<String>,
    /// Steps falling by 1 to 10.
    #[ts(type = "number")]
    pub small_falling: u64,
    /// A walk of another kind than rising by 1 to 10, where there is one of 20 steps or more.
    pub walk: Option<Walk>,
    /// Requests whose subject is no number: in their order no walk is looked for.
    #[ts(type = "number")]
    pub texts: u64,
    /// In words; none where nothing points to enumeration.
    pub says: Option<String>,
}

/// The longest run of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Walk {
    pub kind: WalkKind,
    /// Walks in turn; 1 of a plain one.
    pub lanes: u32,
    /// The step of even ones, of the last walk in turn.
    #[ts(type = "number")]
    pub step: i64,
    /// Steps in a row.
    #[ts(type = "number")]
    pub length: u64,
    pub from: String,
    pub to: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum WalkKind {
    /// Down by 1 to 10.
    Falling,
    /// Each step as large as the one before.
    Even,
    /// Several of those in turn.
    InTurn,
}

/// The run that goes on, and the longest.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    length: u64,
    from: i64,
    longest: u64,
    longest_from: i64,
    longest_to: i64,
    longest_step: i64,
}

impl Run {
    /// A step from `before` to `to` that goes on with the run, or ends it.
    fn step(&mut self, goes_on: bool, before: i64, to: i64, step: i64) {
        if !goes_on {
            self.length = 0;
            return;
        }
        if self.length == 0 {
            self.from = before;
        }
        self.length += 1;
        if self.length > self.longest {
            (self.longest, self.longest_from, self.longest_to, self.longest_step) = (self.length, self.from, to, step);
        }
    }

    fn walk(&self, kind: WalkKind, lanes: usize) -> Option<Walk> {
        (self.longest >= ENOUGH).then(|| Walk {
            kind,
            lanes: lanes as u32,
            step: self.longest_step,
            length: self.longest,
            from: self.longest_from.to_string(),
            to: self.longest_to.to_string(),
        })
    }
}

/// Takes the subjects of one actor in the order of their requests.
#[derive(Default)]
pub struct Walks {
    enumeration: Enumeration,
    /// The subjects before, the latest first.
    before: VecDeque<i64>,
    rising: Run,
    falling: Run,
    /// Runs of even steps, of one walk and of several in turn.
    even: [Run; MOST_LANES],
}

impl Walks {
    pub fn text(&mut self) {
        self.enumeration.texts += 1;
    }

    pub fn number(&mut self, subject: i64) {
        let Some(&before) = self.before.front() else {
            self.before.push_front(subject);
            return;
        };
        if subject == before {
            return;
        }
        let step = subject.saturating_sub(before);
        let (rises, falls) = ((1..=SMALL).contains(&step), (-SMALL..=-1).contains(&step));
        self.enumeration.steps += 1;
        self.enumeration.small_rising += u64::from(rises);
        self.enumeration.small_falling += u64::from(falls);
        self.rising.step(rises, before, subject, step);
        self.falling.step(falls, before, subject, step);
        for (lanes, run) in (1..).zip(&mut self.even) {
            let of = |back: usize| self.before.get(back - 1).copied();
            let (Some(last), Some(one_more)) = (of(lanes), of(2 * lanes)) else { continue };
            let step = subject.saturating_sub(last);
            run.step(step != 0 && step == last.saturating_sub(one_more), one_more, subject, step);
        }
        self.before.push_front(subject);
        self.before.truncate(2 * MOST_LANES);
    }

    pub fn finish(mut self) -> Enumeration {
        let e = &mut self.enumeration;
        if self.rising.longest > 0 {
            e.longest_run = self.rising.longest;
            e.run_from = Some(self.rising.longest_from.to_string());
            e.run_to = Some(self.rising.longest_to.to_string());
        }
        let turns = (1..).zip(&self.even).skip(1).find_map(|(lanes, run)| run.walk(WalkKind::InTurn, lanes));
        let even = self.even.first().and_then(|run| run.walk(WalkKind::Even, 1)).filter(|w| !(1..=SMALL).contains(&w.step));
        e.walk = self.falling.walk(WalkKind::Falling, 1).or(even).or(turns.filter(|_| self.rising.longest < ENOUGH));
        let share = |n: u64| n as f64 / e.steps.max(1) as f64;
        let most = |n: u64| e.steps >= ENOUGH && share(n) >= 0.5;
        const WALKED: &str = "the subjects were walked in order of their numbers";
        const IN_PART: &str = "part of the subjects were walked in order of their numbers";
        e.says = if most(e.small_rising) {
            let part = share(e.small_rising) * 100.0;
            Some(format!("{part:.0} % of the steps from one subject to the next go up by 1 to 10: {WALKED}"))
        } else if most(e.small_falling) {
            let part = share(e.small_falling) * 100.0;
            Some(format!("{part:.0} % of the steps from one subject to the next go down by 1 to 10: {WALKED}"))
        } else if e.longest_run >= ENOUGH {
            Some(format!("a run of {} steps up by 1 to 10: {IN_PART}", e.longest_run))
        } else {
            e.walk.as_ref().map(|w| match w.kind {
                WalkKind::Falling => format!("a run of {} steps down by 1 to 10: {IN_PART}", w.length),
                WalkKind::Even => {
                    format!("a run of {} steps by {:+}, from {} to {}: {IN_PART}", w.length, w.step, w.from, w.to)
                }
                WalkKind::InTurn => {
                    format!("a run of {} steps of {} walks in turn, each by even steps: {IN_PART}", w.length, w.lanes)
                }
            })
        };
        self.enumeration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subjects: impl IntoIterator<Item = i64>) -> Enumeration {
        let mut walks = Walks::default();
        subjects.into_iter().for_each(|s| walks.number(s));
        walks.finish()
    }

    fn kind(e: &Enumeration) -> Option<(WalkKind, u32, i64)> {
        e.walk.as_ref().map(|w| (w.kind, w.lanes, w.step))
    }

    #[test]
    fn walks_are_seen_in_each_direction_and_stride() {
        let up = of(1000..1100);
        assert!(up.says.as_ref().is_some_and(|s| s.contains("go up by 1 to 10")), "{up:?}");
        assert_eq!((up.longest_run, kind(&up)), (99, None));
        let down = of((1000..1100).rev());
        assert!(down.says.as_ref().is_some_and(|s| s.contains("go down by 1 to 10")), "{down:?}");
        assert_eq!(kind(&down), Some((WalkKind::Falling, 1, -1)));
        let strides = of((0..100).map(|n| 1000 + 50 * n));
        assert!(strides.says.as_ref().is_some_and(|s| s.contains("by +50, from 1000 to 5950")), "{strides:?}");
        let back = of((0..100).map(|n| 9000 - 50 * n));
        assert_eq!(kind(&back), Some((WalkKind::Even, 1, -50)), "{back:?}");
        for lanes in 2..=4 {
            let turns = of((0..100).map(|n| 1000 + 500_000 * (n % lanes) + n / lanes));
            assert_eq!(kind(&turns), Some((WalkKind::InTurn, lanes as u32, 1)), "{turns:?}");
            assert!(turns.says.is_some());
        }
    }

    #[test]
    fn no_walk_is_seen_where_there_is_none() {
        let mut n = 7u64;
        let random: Vec<i64> = std::iter::repeat_with(|| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (n >> 40).cast_signed()
        })
        .take(20_000)
        .collect();
        assert_eq!(of(random).says, None);
        // The same few again and again are no walk.
        for few in 2..=5 {
            assert_eq!(of((0..500).map(|n| 1000 * (n % few))).says, None, "{few}");
        }
        assert_eq!(of([i64::MAX, i64::MIN, 0, i64::MAX]).says, None);
    }
}

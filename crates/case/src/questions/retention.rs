//! How much of what should still have been kept is gone: a policy's length, the day on which keeping
//! was ordered, the days that have events.

use super::coverage::{Coverage, Stream};
use super::day_text;
use crate::error::{CaseError, Result};
use crate::tally::DAY;
use crate::view::parse_time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A hundred years: more is no policy.
const MOST_POLICY_DAYS: u32 = 36_500;

/// What is asked. Dates as `2025-11-20`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RetentionQuestion {
    /// Days that logs are kept by the policy: 1 to 36,500.
    pub policy_days: u32,
    /// Day on which keeping them was ordered.
    pub preserved: String,
    /// First day of the period in question; before `preserved`.
    pub interest_from: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Retention {
    /// First day that the policy would still have kept when keeping was ordered.
    pub kept_from: String,
    /// Days that were counted: those kept that are in question, and the day of the order, not counted.
    pub counted_from: String,
    pub counted_to: String,
    #[ts(type = "number")]
    pub counted_days: i64,
    pub streams: Vec<StreamRetention>,
    /// Questions about days that no surviving log covers.
    pub questions: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct StreamRetention {
    pub name: String,
    /// Without what lies far from the rest; then to the hour. Without one no day is counted.
    pub first_event: Option<String>,
    /// Days of the period in question without an event that the policy would not have kept.
    #[ts(type = "number")]
    pub rolled_off_days: i64,
    /// Counted days without an event: those before the first event that survives, those after the
    /// last, and those between.
    #[ts(type = "number")]
    pub unexplained_days: i64,
    #[ts(type = "number")]
    pub before_first_days: i64,
    #[ts(type = "number")]
    pub between_days: i64,
    #[ts(type = "number")]
    pub after_last_days: i64,
    /// Days from the first event before the day the policy would have kept: kept longer than it says.
    #[ts(type = "number")]
    pub beyond_policy_days: i64,
    /// Events without a time, which may be of any day, and those far from the rest, which count for none.
    #[ts(type = "number")]
    pub undated: u64,
    #[ts(type = "number")]
    pub stray: u64,
    /// Other streams of the same name, in which days that lack here may have events.
    #[ts(type = "number")]
    pub namesakes: u64,
    /// First day of a stream of more days than are listed that was not counted.
    pub cut_from: Option<String>,
    /// In words.
    pub says: String,
}

fn refused(why: String) -> CaseError {
    CaseError::BadQuestion {
        why,
        hint: "Say for how many days logs are kept, and the day of the order to keep them: 90, 2025-11-20.",
    }
}

fn day(text: &str) -> Result<i64> {
    let micros = parse_time(text).ok_or_else(|| refused(format!("{text} is not a date such as 2025-11-20")))?;
    Ok(micros.div_euclid(DAY))
}

/// What days are counted, since 1970.
struct Asked {
    kept: i64,
    interest: Option<i64>,
    /// The day of the order: it was not over.
    ordered: i64,
}

impl Asked {
    fn of(q: &RetentionQuestion) -> Result<Self> {
        let refused = |why: String| Err(refused(why));
        if !(1..=MOST_POLICY_DAYS).contains(&q.policy_days) {
            return refused(format!("a policy keeps 1 to {MOST_POLICY_DAYS} days, not {}", q.policy_days));
        }
        let ordered = day(&q.preserved)?;
        let interest = q.interest_from.as_deref().map(day).transpose()?;
        if ordered < 0 {
            return refused(format!("{} is before 1970", q.preserved));
        }
        match (interest, &q.interest_from) {
            (Some(from), Some(text)) if from < 0 => refused(format!("{text} is before 1970")),
            (Some(from), Some(text)) if from >= ordered => {
                refused(format!("the period in question begins on {text}, not before keeping was ordered on {}", q.preserved))
            }
            _ => Ok(Self { kept: ordered - i64::from(q.policy_days), interest, ordered }),
        }
    }

    /// First day that is counted.
    fn from(&self) -> i64 {
        self.interest.unwrap_or(self.kept).max(self.kept)
    }
}

pub fn retention(coverage: &Coverage, q: &RetentionQuestion) -> Result<Retention> {
    let asked = Asked::of(q)?;
    let logs = coverage.streams.iter().filter(|s| s.is_log());
    let streams: Vec<StreamRetention> = logs.map(|s| of_stream(s, &asked)).collect::<Result<_>>()?;
    let lacking = streams.iter().any(|s| s.rolled_off_days > 0 || s.unexplained_days > 0);
    let questions = if lacking {
        [
            "Q5: which accounts were accessed, first and last: the first access may lie before the first surviving event",
            "Q6: how many distinct accounts and page views: a count over surviving logs is a lower bound",
            "Q7: which kinds of personal data: kinds served only in the lost days are not seen",
            "Q17: which logs should exist for this period but do not",
            "Q19: whether others used the same key: use in the lost days is not seen",
        ]
        .map(str::to_owned)
        .to_vec()
    } else {
        Vec::new()
    };
    Ok(Retention {
        kept_from: day_text(asked.kept),
        counted_from: day_text(asked.from()),
        counted_to: day_text(asked.ordered),
        counted_days: asked.ordered - asked.from(),
        streams,
        questions,
    })
}

fn of_stream(s: &Stream, asked: &Asked) -> Result<StreamRetention> {
    let listed = s.first_day.as_deref().map(day).transpose()?;
    if listed.is_none() {
        let (name, undated, namesakes) = (s.name.clone(), s.undated, s.namesakes);
        let mut none = StreamRetention { name, undated, namesakes, ..StreamRetention::default() };
        none.says = says(&none, asked);
        return Ok(none);
    }
    // The list of days has an end of its own: what it does not hold, no day is told of.
    let begins = listed.unwrap_or(i64::MAX);
    let ends = begins.saturating_add(s.days.len() as i64);
    let whole = s.looked_to.as_deref().map(day).transpose()?.is_none_or(|last| last <= ends);
    let ordered = if whole { asked.ordered } else { asked.ordered.min(ends) };
    let without = |from: i64, to: i64| {
        let to = to.min(ordered);
        let place = |d: i64| usize::try_from(d.clamp(begins, ends) - begins).unwrap_or(usize::MAX);
        let listed = s.days.get(place(from)..place(to)).unwrap_or_default();
        (to - from).max(0) - listed.iter().filter(|n| **n > 0).count() as i64
    };
    let from = asked.from();
    let rolled = asked.interest.map_or(0, |interest| without(interest, asked.kept));
    let unexplained = without(from, asked.ordered);
    let before = without(from, begins);
    let after = without(from.max(ends), asked.ordered);
    let mut r = StreamRetention {
        name: s.name.clone(),
        first_event: if s.stray.is_empty() { s.first.clone() } else { s.looked_from.clone() },
        rolled_off_days: rolled,
        unexplained_days: unexplained,
        before_first_days: before,
        between_days: unexplained - before - after,
        after_last_days: after,
        beyond_policy_days: listed.map_or(0, |first| (asked.kept - first).max(0)),
        undated: s.undated,
        stray: s.stray.iter().map(|s| s.events).sum(),
        namesakes: s.namesakes,
        cut_from: (!whole).then(|| day_text(ends)),
        says: String::new(),
    };
    r.says = says(&r, asked);
    Ok(r)
}

fn says(r: &StreamRetention, asked: &Asked) -> String {
    if r.first_event.is_none() {
        return "no event of it has a time: its days were not counted".into();
    }
    let mut all = Vec::new();
    let days = |n: i64| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
    if r.rolled_off_days > 0 {
        let n = days(r.rolled_off_days);
        all.push(format!("{n} of the period in question without an event would not have been kept by the policy"));
    }
    if r.unexplained_days > 0 {
        all.push(format!(
            "{} that the policy would have kept, of {}, have no event ({} before the first event, {} between, {} after the last): retention does not explain them; a day on which nothing happened looks the same",
            days(r.unexplained_days),
            asked.ordered - asked.from(),
            r.before_first_days,
            r.between_days,
            r.after_last_days
        ));
    }
    if r.beyond_policy_days > 0 {
        all.push(format!("events survive from {} longer than the policy says", days(r.beyond_policy_days)));
    }
    if r.rolled_off_days == 0 && r.unexplained_days == 0 && r.cut_from.is_none() {
        let (from, to) = (day_text(asked.from()), day_text(asked.ordered));
        all.push(format!("every day from {from} to before {to} has an event"));
    }
    if r.namesakes > 0 && r.rolled_off_days + r.unexplained_days > 0 {
        all.push("another stream of this name may hold these days".into());
    }
    if r.undated > 0 {
        all.push(format!("{} events without a time may be of any day", r.undated));
    }
    if r.stray > 0 {
        all.push(format!("{} events far from the rest are left out", r.stray));
    }
    if let Some(day) = &r.cut_from {
        all.push(format!("days from {day} on were not counted"));
    }
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::coverage::Stray;

    /// A stream with events on some days from a first one on.
    fn stream(first: &str, days: &[(bool, usize)]) -> Stream {
        Stream {
            name: "gw".into(),
            parser: "web_access_log".into(),
            first: Some(format!("{first}T10:00:00Z")),
            looked_from: Some(format!("{first}T10:00:00Z")),
            first_day: Some(first.into()),
            days: days.iter().flat_map(|(some, n)| std::iter::repeat_n(u64::from(*some), *n)).collect(),
            ..Stream::default()
        }
    }

    fn asked(policy_days: u32, preserved: &str, interest_from: Option<&str>) -> RetentionQuestion {
        RetentionQuestion { policy_days, preserved: preserved.into(), interest_from: interest_from.map(Into::into) }
    }

    fn one(s: Stream, q: &RetentionQuestion) -> StreamRetention {
        let c = Coverage { streams: vec![s], first_day: None, last_day: None, duplicates: Vec::new(), duplicate_groups: 0 };
        retention(&c, q).unwrap().streams.remove(0)
    }

    fn numbers(r: &StreamRetention) -> [i64; 6] {
        [r.rolled_off_days, r.unexplained_days, r.before_first_days, r.between_days, r.after_last_days, r.beyond_policy_days]
    }

    #[test]
    fn days_lost_before_the_first_event() {
        let q = asked(90, "2025-11-20", Some("2025-06-24"));
        assert_eq!(numbers(&one(stream("2025-09-01", &[(true, 90)]), &q)), [59, 10, 10, 0, 0, 0]);
        assert_eq!(numbers(&one(stream("2025-08-01", &[(true, 120)]), &q)), [38, 0, 0, 0, 0, 21]);
        let s = stream("2025-09-01", &[(true, 90)]);
        let c = Coverage { streams: vec![s], first_day: None, last_day: None, duplicates: Vec::new(), duplicate_groups: 0 };
        let r = retention(&c, &q).unwrap();
        assert_eq!((r.kept_from.as_str(), r.counted_from.as_str(), r.counted_days), ("2025-08-22", "2025-08-22", 90));
        assert!(!r.questions.is_empty());
    }

    #[test]
    fn days_lost_between_and_after() {
        // 10 days, 50 of nothing, 10 days.
        let half = || stream("2025-01-01", &[(true, 10), (false, 50), (true, 10)]);
        let r = one(half(), &asked(70, "2025-03-12", None));
        assert_eq!(numbers(&r), [0, 50, 0, 50, 0, 0], "{}", r.says);
        let r = one(stream("2025-03-01", &[(true, 50)]), &asked(30, "2025-06-20", None));
        assert_eq!(numbers(&r), [0, 30, 0, 0, 30, 81], "nothing of what was kept is there: {}", r.says);
        assert!(r.says.contains("30 days that the policy would have kept, of 30, have no event"), "{}", r.says);
    }

    #[test]
    fn only_days_in_question_are_spoken_of() {
        let r = one(stream("2025-01-01", &[(true, 60)]), &asked(90, "2025-03-01", Some("2025-01-01")));
        assert_eq!(numbers(&r), [0; 6]);
        assert_eq!(r.says, "every day from 2025-01-01 to before 2025-03-01 has an event");
    }

    #[test]
    fn stray_events_and_streams_apart_are_told() {
        let mut s = stream("2025-01-01", &[(true, 60)]);
        s.first = Some("1970-01-01T00:00:00Z".into());
        s.stray = vec![Stray { from: "1970-01-01T00:00:00Z".into(), to: "1970-01-01T01:00:00Z".into(), events: 1 }];
        (s.undated, s.namesakes) = (3, 1);
        let r = one(s, &asked(90, "2025-03-01", None));
        assert_eq!((r.beyond_policy_days, r.first_event.as_deref()), (0, Some("2025-01-01T10:00:00Z")));
        for word in ["31 days", "another stream of this name", "3 events without a time", "1 events far from the rest"] {
            assert!(r.says.contains(word), "{word}: {}", r.says);
        }
    }

    #[test]
    fn a_list_of_days_that_ends_early_claims_nothing_beyond() {
        let mut s = stream("1971-01-01", &[(true, 100)]);
        s.looked_to = Some("2025-01-01T00:00:00Z".into());
        let r = one(s, &asked(30, "2024-12-01", None));
        assert_eq!(numbers(&r)[1], 0);
        assert_eq!(
            r.says,
            "events survive from 19663 days longer than the policy says; days from 1971-04-11 on were not counted"
        );
    }

    #[test]
    fn a_stream_without_times_loses_no_day() {
        let r = one(Stream { undated: 9, parser: "web_access_log".into(), ..Stream::default() }, &asked(30, "2024-12-01", None));
        assert_eq!((numbers(&r), r.says.as_str()), ([0; 6], "no event of it has a time: its days were not counted"));
    }

    #[test]
    fn absurd_questions_are_refused() {
        for q in [
            asked(4_000_000_000, "2025-03-01", None),
            asked(0, "2025-03-01", None),
            asked(90, "soon", None),
            asked(90, "-009999-01-01", None),
            asked(90, "2025-03-01", Some("2025-03-01")),
        ] {
            assert!(Asked::of(&q).is_err(), "{q:?}");
        }
    }
}

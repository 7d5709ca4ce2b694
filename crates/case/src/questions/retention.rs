//! How much of what should still have been kept is gone: a policy's length, the day on which keeping
//! was ordered, the first event that survives.

use super::coverage::{Coverage, Stream};
use crate::error::{CaseError, Result};
use crate::tally::DAY;
use crate::view::parse_time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is asked. Dates as `2025-11-20`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RetentionQuestion {
    /// Days that logs are kept by the policy.
    pub policy_days: u32,
    /// Day on which keeping them was ordered.
    pub preserved: String,
    /// First day of the period in question.
    pub interest_from: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Retention {
    /// First day that the policy would still have kept when keeping was ordered.
    pub kept_from: String,
    pub streams: Vec<StreamRetention>,
    /// Questions about days that no surviving log covers.
    pub questions: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct StreamRetention {
    pub name: String,
    pub first_event: Option<String>,
    /// Days of the period in question that had rolled off by the policy before the order.
    #[ts(type = "number")]
    pub rolled_off_days: i64,
    /// Days that the policy would have kept, before the first event that survives.
    #[ts(type = "number")]
    pub unexplained_days: i64,
    /// Days from the first event before the day the policy would have kept: kept longer than it says.
    #[ts(type = "number")]
    pub beyond_policy_days: i64,
    /// In words.
    pub says: String,
}

fn day(text: &str) -> Result<i64> {
    let micros = parse_time(text).ok_or_else(|| CaseError::BadFilter(format!("{text} is not a date such as 2025-11-20")))?;
    Ok(micros.div_euclid(DAY))
}

pub fn retention(coverage: &Coverage, q: &RetentionQuestion) -> Result<Retention> {
    let kept = day(&q.preserved)? - i64::from(q.policy_days);
    let interest = q.interest_from.as_deref().map(day).transpose()?;
    let logs = coverage.streams.iter().filter(|s| s.is_log());
    let streams: Vec<StreamRetention> = logs.map(|s| of_stream(s, kept, interest)).collect::<Result<_>>()?;
    let lost = streams.iter().any(|s| s.rolled_off_days > 0 || s.unexplained_days > 0);
    let questions = if lost {
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
    Ok(Retention { kept_from: super::day_text(kept), streams, questions })
}

fn of_stream(s: &Stream, kept: i64, interest: Option<i64>) -> Result<StreamRetention> {
    let first = s.first.as_deref().map(day).transpose()?;
    let rolled = interest.map_or(0, |from| (kept.min(first.unwrap_or(kept)) - from).max(0));
    let unexplained = first.map_or(0, |f| (f - kept.max(interest.unwrap_or(kept))).max(0));
    let beyond = first.map_or(0, |f| (kept - f).max(0));
    let mut says = Vec::new();
    if rolled > 0 {
        says.push(format!("{rolled} days of the period in question had rolled off by retention before keeping was ordered"));
    }
    if unexplained > 0 {
        says.push(format!("{unexplained} days that the policy would have kept have no event: retention does not explain them"));
    }
    if beyond > 0 {
        says.push(format!("events survive from {beyond} days longer than the policy says"));
    }
    if says.is_empty() {
        says.push("the surviving events begin where the policy would have them begin".into());
    }
    Ok(StreamRetention {
        name: s.name.clone(),
        first_event: s.first.clone(),
        rolled_off_days: rolled,
        unexplained_days: unexplained,
        beyond_policy_days: beyond,
        says: says.join("; "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lost() {
        let stream = |first: &str| Stream {
            source: 1,
            name: "gw".into(),
            parser: "web_access_log".into(),
            files: 1,
            events: 1,
            undated: 0,
            first: Some(first.into()),
            last: None,
            first_day: None,
            days: Vec::new(),
            holes: Vec::new(),
            missing_files: Vec::new(),
            empty_files: Vec::new(),
            cut_files: Vec::new(),
            backwards: Vec::new(),
            unread: 0,
        };
        let q = RetentionQuestion { policy_days: 90, preserved: "2025-11-20".into(), interest_from: Some("2025-06-24".into()) };
        let kept = day("2025-11-20").unwrap() - 90;
        let r = of_stream(&stream("2025-09-01T00:00:00Z"), kept, Some(day("2025-06-24").unwrap())).unwrap();
        assert_eq!((r.rolled_off_days, r.unexplained_days, r.beyond_policy_days), (59, 10, 0));
        let r = of_stream(&stream("2025-08-01T00:00:00Z"), kept, Some(day("2025-06-24").unwrap())).unwrap();
        assert_eq!((r.rolled_off_days, r.unexplained_days, r.beyond_policy_days), (38, 0, 21));
        let c =
            Coverage { streams: vec![stream("2025-09-01T00:00:00Z")], first_day: None, last_day: None, duplicates: Vec::new() };
        let r = retention(&c, &q).unwrap();
        assert_eq!(r.kept_from, "2025-08-22");
        assert!(!r.questions.is_empty());
        assert!(retention(&c, &RetentionQuestion { preserved: "soon".into(), ..q }).is_err());
    }
}

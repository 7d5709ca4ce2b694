//! Questions about a case, answered as text or JSON.

use super::{grouped, say_json};
use crate::Outcome;
use crate::args::{ActorBy, CountArgs, CountBy};
use case::questions::actor::{self, ActorKind, ActorQuestion, Others};
use case::questions::compare::{self, CompareQuestion};
use case::questions::count::{self, By, CountQuestion};
use case::questions::coverage::{self, Stream};
use case::questions::figures::{self, Figure};
use case::questions::retention::{self, RetentionQuestion};
use case::questions::rhythm::Looked;
use case::{CaseError, Store};
use serde::Serialize;
use std::path::Path;

fn json_of(value: &impl Serialize) -> Result<Outcome, CaseError> {
    say_json(&serde_json::to_value(value).map_err(std::io::Error::from)?)?;
    Ok(Outcome::Done)
}

pub fn question(what: CountArgs) -> CountQuestion {
    let CountArgs { actor, kind, source, from, to, asked } = what;
    CountQuestion { by: Vec::new(), actor, kind, source, from, to, asked }
}

/// Minutes of `+09:00`.
fn minutes(zone: &str) -> Result<i32, CaseError> {
    let bad = || CaseError::BadFilter(format!("{zone} is not a zone such as +09:00"));
    let (sign, rest) = match zone.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(bad()),
    };
    let (h, m) = rest.split_once(':').ok_or_else(bad)?;
    let (h, m): (i32, i32) = (h.parse().map_err(|_| bad())?, m.parse().map_err(|_| bad())?);
    if h > 15 || m > 59 { Err(bad()) } else { Ok(sign * (h * 60 + m)) }
}

fn say_others(title: &str, others: &Others) {
    let more = if others.more { " or more" } else { "" };
    println!("{title:<22} {}{more} distinct", grouped(others.distinct));
    for (value, n) in others.top.iter().take(8) {
        println!("  {:>12}  {}", grouped(*n), case::view::visible(value, 100));
    }
}

pub fn actor(
    case: &Path,
    name: String,
    by: ActorBy,
    zone: &str,
    (from, to): (Option<String>, Option<String>),
    json: bool,
) -> Result<Outcome, CaseError> {
    let kind = match by {
        ActorBy::Actor => ActorKind::Actor,
        ActorBy::Key => ActorKind::Key,
        ActorBy::Address => ActorKind::Address,
        ActorBy::Agent => ActorKind::Agent,
    };
    let q = ActorQuestion { kind, name, zone_minutes: Some(minutes(zone)?), from, to };
    let r = actor::actor(&Store::read(case)?, &q, &mut |_| true)?;
    if json {
        return json_of(&r);
    }
    println!("{} {}", kind.column(), r.name);
    let share = 100.0 * r.requests as f64 / r.requests_of_all.max(1) as f64;
    println!(
        "requests               {} ({share:.2} % of all {}), {} served",
        grouped(r.requests),
        grouped(r.requests_of_all),
        grouped(r.served)
    );
    println!("subjects               {} served, {} asked for", grouped(r.subjects_served), grouped(r.subjects_asked));
    println!("first, last            {} to {}", r.first.as_deref().unwrap_or("-"), r.last.as_deref().unwrap_or("-"));
    println!("sessions               {}, the longest {} s", grouped(r.sessions.count), grouped(r.sessions.longest_seconds));
    for (from, to) in r.sessions.quiet.iter().take(5) {
        println!("  quiet from {from} to {to}");
    }
    let seconds = |s: Option<f64>| s.map_or_else(|| "-".into(), |s| format!("{s:.1} s"));
    println!(
        "pace                   median step {}, {:.0} % within a tenth of {}; busiest hour {} with {}",
        seconds(r.pace.median_seconds),
        r.pace.share_at_commonest * 100.0,
        seconds(r.pace.commonest_seconds),
        r.pace.busiest_hour_at.as_deref().unwrap_or("-"),
        grouped(r.pace.busiest_hour)
    );
    let e = &r.enumeration;
    println!("enumeration            {}", e.says.as_deref().unwrap_or("nothing points to it"));
    println!(
        "  {} of {} steps up by 1 to 10; longest run {} from {} to {}",
        grouped(e.small_rising),
        grouped(e.steps),
        grouped(e.longest_run),
        e.run_from.as_deref().unwrap_or("-"),
        e.run_to.as_deref().unwrap_or("-")
    );
    say_others("addresses", &r.addresses);
    if let Some(countries) = &r.countries {
        say_others("countries of addresses", countries);
    }
    say_others("agents", &r.agents);
    say_others("keys", &r.keys);
    say_others("others at them", &r.others_at_addresses);
    say_others("statuses", &r.statuses);
    let hours: Vec<String> = r.hours.iter().map(u64::to_string).collect();
    println!("hours 0 to 23 ({zone})  {}", hours.join(" "));
    let days: Vec<String> = r.weekdays.iter().map(u64::to_string).collect();
    println!("Monday to Sunday       {}", days.join(" "));
    for line in &r.basis {
        println!("  {line}");
    }
    Ok(Outcome::Done)
}

pub fn count(case: &Path, by: &[CountBy], what: CountArgs, json: bool) -> Result<Outcome, CaseError> {
    let by = by.iter().map(|b| match b {
        CountBy::Actor => By::Actor,
        CountBy::Kind => By::Kind,
        CountBy::Day => By::Day,
        CountBy::Source => By::Source,
    });
    let q = CountQuestion { by: by.collect(), ..question(what) };
    let counts = count::count(&Store::read(case)?, &q, None)?;
    if json {
        return json_of(&counts);
    }
    println!("{:>14} {:>14} {:>14}", "requests", "subjects", "third parties");
    for r in &counts.rows {
        let source = r.source.map(|s| format!("source {s}"));
        let of: Vec<&str> = [&r.day, &r.actor, &r.kind, &source].into_iter().flatten().map(String::as_str).collect();
        println!("{:>14} {:>14} {:>14}  {}", grouped(r.requests), grouped(r.subjects), grouped(r.third_parties), of.join("  "));
    }
    for (name, unit) in &counts.units {
        println!("{name}: {unit}");
    }
    Ok(Outcome::Done)
}

/// Names shown of a list.
const FEW: usize = 5;

fn say_names(title: &str, names: &[String], count: u64) {
    if count > 0 {
        let shown: Vec<String> = names.iter().take(FEW).map(|n| case::view::visible(n, 200)).collect();
        let more = if count > shown.len() as u64 { format!("; {} shown", shown.len()) } else { String::new() };
        println!("  {title}: {} ({}{more})", grouped(count), shown.join(", "));
    }
}

fn say_stream(s: &Stream) {
    let sources: Vec<String> = s.sources.iter().map(u32::to_string).collect();
    let of = if sources.len() == 1 { "source" } else { "sources" };
    println!("{}  [{}, {of} {}]", case::view::visible(&s.name, 100), s.parser, sources.join(", "));
    println!(
        "  {} events in {} files, {} undated, {} lines not read; {} to {}",
        grouped(s.events),
        grouped(s.files),
        grouped(s.undated),
        grouped(s.unread),
        s.first.as_deref().unwrap_or("-"),
        s.last.as_deref().unwrap_or("-")
    );
    if s.local_files > 0 {
        println!(
            "  times of {} of {} files are of a local clock whose zone is unknown",
            grouped(s.local_files),
            grouped(s.files)
        );
    }
    if s.namesakes > 0 {
        println!(
            "  {} more of this name: their times overlap, or they hold files of the same names; what lacks here may be there",
            grouped(s.namesakes)
        );
    }
    for far in &s.stray {
        let (n, from, to) = (grouped(far.events), &far.from, &far.to);
        println!("  {n} events far from the rest, {from} to {to}: left out when holes were looked for");
    }
    for h in &s.holes {
        println!(
            "  hole: {} to {} ({} hours): {} events where its rhythm has {}",
            h.from,
            h.to,
            h.hours,
            grouped(h.seen),
            grouped(h.expected)
        );
    }
    println!("  {}", looked(s));
    say_names("files of the series not there", &s.missing_files, s.missing_count);
    say_names("empty files", &s.empty_files, s.empty_count);
    say_names("files cut or damaged", &s.cut_files, s.cut_count);
    for b in s.backwards.iter().take(FEW) {
        let file = case::view::visible(&b.file, 200);
        println!("  time runs backwards {} times in {file}, by up to {} s", grouped(b.times), grouped(b.furthest_seconds));
    }
    if s.backwards_count > FEW as u64 {
        println!("  time runs backwards in {} files; {FEW} shown", grouped(s.backwards_count));
    }
}

/// What was looked for, and what would not be seen.
fn looked(s: &Stream) -> String {
    let by = match s.looked {
        Looked::Hours => "by the hour",
        Looked::Days => "by the day, too few events for hours",
        Looked::EventDays => "by days with events, too few or too uneven for more",
        Looked::TooShort => return "holes were not looked for: less than three days of events tell no rhythm".into(),
        Looked::TooLong => return "holes were not looked for: the events span more than 57 years".into(),
        Looked::TooFew => return "holes were not looked for: the events are too few or too uneven to tell a rhythm".into(),
        Looked::NoRhythm => return "holes were not looked for: times of files follow no rhythm".into(),
    };
    let none = if s.holes.is_empty() { "no hole was seen" } else { "holes were looked for" };
    let least = |n: i64| format!("; shorter than about {} hours, none can be seen", grouped(n.unsigned_abs()));
    let least = s.least_hours.filter(|n| *n > 1).map(least).unwrap_or_default();
    let (from, to) = (s.looked_from.as_deref().unwrap_or("-"), s.looked_to.as_deref().unwrap_or("-"));
    format!("{none} from {from} to {to}, {by}{least}")
}

pub fn coverage(case: &Path, json: bool) -> Result<Outcome, CaseError> {
    let c = coverage::coverage(&Store::read(case)?, None)?;
    if json {
        return json_of(&c);
    }
    c.streams.iter().for_each(say_stream);
    for group in &c.duplicates {
        println!("the same bytes: {}", group.join(", "));
    }
    if c.duplicate_groups > c.duplicates.len() as u64 {
        println!("the same bytes: {} groups; {} shown", grouped(c.duplicate_groups), grouped(c.duplicates.len() as u64));
    }
    println!(
        "A hole: less than a tenth of what the same hours of the week hold (of the day, where fewer than four weeks have events), by the median of days with events, where at least 20 events were expected; or the same by days. The first and the last hour are not looked at. Hours are UTC but where a zone is unknown."
    );
    println!("Time runs backwards: a row more than five minutes before the row above it; less is the order of writing.");
    Ok(Outcome::Done)
}

pub fn retention(case: &Path, q: RetentionQuestion, json: bool) -> Result<Outcome, CaseError> {
    let r = retention::retention(&coverage::coverage(&Store::read(case)?, None)?, &q)?;
    if json {
        return json_of(&r);
    }
    println!("kept by the policy from {}", r.kept_from);
    println!("counted: {} days, {} to before {}", grouped(r.counted_days.unsigned_abs()), r.counted_from, r.counted_to);
    for s in &r.streams {
        let name = case::view::visible(&s.name, 100);
        println!("{name}  first event {}\n  {}", s.first_event.as_deref().unwrap_or("-"), s.says);
    }
    r.questions.iter().for_each(|q| println!("touched: {q}"));
    Ok(Outcome::Done)
}

pub fn compare(case: &Path, q: &CompareQuestion, json: bool) -> Result<Outcome, CaseError> {
    let c = compare::compare(&Store::read(case)?, q, &mut |_| true)?;
    if json {
        return json_of(&c);
    }
    println!("in the logs            {}", grouped(c.in_logs));
    println!("in the files           {}", grouped(c.in_files));
    println!("in both                {}", grouped(c.in_both));
    println!("only in the logs       {}  {}", grouped(c.only_in_logs), c.examples_only_in_logs.join(" "));
    println!("only in the files      {}  {}", grouped(c.only_in_files), c.examples_only_in_files.join(" "));
    for f in &c.files {
        println!(
            "  source {} {}  name {}, content {}: {} subjects, {} of them in the logs",
            f.source, f.path, f.name_state, f.content_state, f.subjects, f.also_in_logs
        );
    }
    for (path, why) in &c.not_read {
        println!("  not read: {path}: {why}");
    }
    for (why, n) in &c.skipped {
        println!("  passed over: {} files: {why}", grouped(*n));
    }
    println!("subjects in files are what {} finds", c.pattern);
    Ok(Outcome::Done)
}

pub fn figures(case: &Path, figure: Option<Figure>, document: Option<&Path>, json: bool) -> Result<Outcome, CaseError> {
    if let Some(mut figure) = figure {
        if let Some(path) = document {
            figure.document_sha256 = Some(figures::digest_of(path)?);
        }
        figures::add(&mut Store::open(case)?, figure)?;
    }
    let all = figures::list(&Store::read(case)?)?;
    if json {
        return json_of(&all);
    }
    for s in &all {
        let f = &s.figure;
        let superseded = s.superseded_by.map(|n| format!(" (superseded by {n})")).unwrap_or_default();
        println!("{}. {} {} on {} by {}: {}{superseded}", f.number, f.value, f.unit, f.date, f.author, f.definition);
        let found = s.found.map(|n| format!(": the evidence held gives {n}")).unwrap_or_default();
        println!("   {}{found}", s.standing);
    }
    if all.is_empty() {
        println!("no figure was entered");
    }
    Ok(Outcome::Done)
}

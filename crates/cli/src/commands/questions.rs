//! Questions about a case, answered as text or JSON.

use super::{grouped, say_json};
use crate::Outcome;
use crate::args::{ActorBy, CountArgs, CountBy};
use case::questions::actor::{self, ActorKind, ActorQuestion, Others};
use case::questions::compare::{self, CompareQuestion};
use case::questions::count::{self, By, CountQuestion};
use case::questions::coverage::{self, Stream};
use case::questions::figures::{self, Figure};
use case::questions::held::Held;
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

/// Minutes of `+09:00`, as `add --zone` reads it.
fn minutes(zone: &str) -> Result<i32, CaseError> {
    let minutes = case::zone_minutes(zone).map_err(|e| CaseError::BadQuestion {
        why: e.to_string(),
        hint: "A zone is written +09:00: hours and minutes east of UTC.",
    })?;
    Ok(minutes.into())
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
    let bounded = from.is_some() || to.is_some();
    let q = ActorQuestion { kind, name, zone_minutes: Some(minutes(zone)?), from, to };
    let r = actor::actor(&Store::read(case)?, &q, &mut |_| true)?;
    if json {
        return json_of(&r);
    }
    println!("{} {}", kind.column(), case::view::visible(&r.name, 200));
    if r.requests == 0 {
        let within = if bounded { "in that time " } else { "" };
        println!("no request of it {within}is in the logs held; `casebook coverage` tells what they cover");
        return Ok(Outcome::Done);
    }
    let share = 100.0 * r.requests as f64 / r.requests_of_all.max(1) as f64;
    println!(
        "requests               {} ({share:.2} % of all {} of the whole case{}), {} served",
        grouped(r.requests),
        grouped(r.requests_of_all),
        if bounded { ", at any time" } else { "" },
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
    let none = if e.steps == 0 {
        "cannot be tested: no two subjects in a row are different numbers"
    } else {
        "nothing points to it: looked for were steps by 1 to 10 up or down, even steps, and up to 4 walks of even steps in turn"
    };
    println!("enumeration            {}", e.says.as_deref().unwrap_or(none));
    if e.texts > 0 {
        println!("  {} requests have a subject that is no number: in those nothing is looked for", grouped(e.texts));
    }
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
    if kind != ActorKind::Actor {
        say_others("actors", &r.actors);
    }
    say_others("others at addresses", &r.others_at_addresses);
    say_others("keys of others there", &r.other_keys_at_addresses);
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
    if counts.rows.is_empty() {
        println!("no request is of what was asked for");
    } else {
        println!("{:>14} {:>14} {:>14}", "requests", "subjects", "third parties");
    }
    let by = &q.by;
    for r in &counts.rows {
        // What has none is named so: a row without a name would look like the sum of the others.
        let of = [
            by.contains(&By::Day).then(|| r.day.clone().unwrap_or_else(|| "(no time)".into())),
            by.contains(&By::Actor)
                .then(|| r.actor.as_ref().map_or_else(|| "(no actor)".into(), |a| case::view::visible(a, 200))),
            by.contains(&By::Kind).then(|| r.kind.clone().unwrap_or_else(|| "(no kind)".into())),
            by.contains(&By::Source).then(|| r.source.map_or_else(|| "(no source)".into(), |s| format!("source {s}"))),
        ];
        let of: Vec<String> = of.into_iter().flatten().collect();
        println!("{:>14} {:>14} {:>14}  {}", grouped(r.requests), grouped(r.subjects), grouped(r.third_parties), of.join("  "));
    }
    say_held(&counts.held, q.from.is_some() || q.to.is_some());
    for (name, unit) in &counts.units {
        println!("{name}: {unit}");
    }
    Ok(Outcome::Done)
}

/// What the logs cover of the days asked about: without it a small number says nothing.
fn say_held(held: &Held, bounded: bool) {
    let (Some(first), Some(last)) = (&held.first, &held.last) else {
        println!("covered: no log in it has an event with a time");
        return;
    };
    let asked = if bounded { "asked about" } else { "between" };
    let which = if held.examples_without.is_empty() {
        String::new()
    } else {
        let more = if held.days_without > held.examples_without.len() as u64 { ", ..." } else { "" };
        format!(" ({}{more})", held.examples_without.join(", "))
    };
    println!(
        "covered: events of logs from {first} to {last}; days {asked}: {}, without an event of any log: {}{which}",
        grouped(held.days),
        grouped(held.days_without)
    );
    if held.undated > 0 {
        let left = if bounded { "; they are left out here" } else { "" };
        println!("  {} events have no time{left}", grouped(held.undated));
    }
    if held.repeated > 0 {
        println!("  {} files have the same bytes as another: their events are counted once for each", grouped(held.repeated));
    }
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

fn shown(subjects: &[String]) -> String {
    subjects.iter().map(|s| case::view::visible(s, 60)).collect::<Vec<_>>().join(" ")
}

pub fn compare(case: &Path, q: &CompareQuestion, json: bool) -> Result<Outcome, CaseError> {
    let c = compare::compare(&Store::read(case)?, q, &mut |_| true)?;
    if json {
        return json_of(&c);
    }
    let to = q.actor.as_ref().map(|a| format!(" to {}", case::view::visible(a, 100))).unwrap_or_default();
    if let (Some(0), Some(actor)) = (c.actor_requests, &q.actor) {
        println!("no request of an actor {} is in the logs held", case::view::visible(actor, 100));
    }
    println!("served by the logs     {} subjects{to}", grouped(c.in_logs));
    println!(
        "in the files           {} subjects, in {} of {} files read",
        grouped(c.in_files),
        c.files.len(),
        grouped(c.files_read)
    );
    println!("in both                {}", grouped(c.in_both));
    println!("only in the logs       {}  {}", grouped(c.only_in_logs), shown(&c.examples_only_in_logs));
    println!("asked for, not served  {}  {}", grouped(c.not_served), shown(&c.examples_not_served));
    println!("only in the files      {}  {}", grouped(c.only_in_files), shown(&c.examples_only_in_files));
    if c.files_read == 0 && c.not_read.is_empty() {
        println!("no file was read: none with \"{}\" in its path has content that can be compared", q.files);
    } else if c.in_files == 0 {
        println!("the pattern fits nothing in the files read");
    }
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
        let hint = if why == "read as logs" { "; --logs-too reads them as files too" } else { "" };
        println!("  passed over: {} files: {why}{hint}", grouped(*n));
    }
    println!("subjects in files are what {} finds", c.pattern);
    Ok(Outcome::Done)
}

/// The query of a figure. Conditions without `--reproducible` would be dropped unsaid.
pub fn figure_query(reproducible: bool, what: CountArgs) -> Result<Option<CountQuestion>, CaseError> {
    let q = question(what);
    if !reproducible && q != CountQuestion::default() {
        return Err(CaseError::BadQuestion {
            why: "--actor, --kind, --source, --from, --to and --asked are the query of a figure".into(),
            hint: "Add --reproducible, or leave them out.",
        });
    }
    Ok(reproducible.then_some(q))
}

fn query_text(q: &CountQuestion) -> String {
    let of = |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("{name} {}", case::view::visible(v, 100)));
    let all = [
        of("actor", &q.actor),
        of("kind", &q.kind),
        q.source.map(|n| format!("source {n}")),
        of("from", &q.from),
        of("to", &q.to),
    ];
    let which = if q.asked { "requests, served or not" } else { "requests served" };
    [Some(which.to_owned())].into_iter().chain(all).flatten().collect::<Vec<_>>().join(", ")
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
        if let Some(q) = &f.query {
            println!("   query: {}", query_text(q));
            if s.imports_then != s.imports_now {
                println!("   entered when the case had {} of its {} imports", s.imports_then, s.imports_now);
            }
        }
        if let Some(hash) = &f.document_sha256 {
            println!("   document: SHA-256 {hash}");
        }
    }
    if all.is_empty() {
        println!("no figure was entered");
    }
    Ok(Outcome::Done)
}

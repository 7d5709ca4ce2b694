//! Custody, lists of files, and a hash from paper.

use super::{grouped, say_json};
use crate::Outcome;
use crate::args_acts::CustodyArgs;
use case::custody::{self, Custody, CustodyRecord, Given, HashAnswer, ListCheck, ListOptions};
use case::view::visible;
use case::{CaseError, Store};
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;

fn json_of(value: &impl Serialize) -> Result<(), CaseError> {
    say_json(&serde_json::to_value(value).map_err(std::io::Error::from)?)
}

pub fn run(args: CustodyArgs) -> Result<Outcome, CaseError> {
    if let Some(list) = &args.check_list {
        return check(&args, list);
    }
    if let Some(file) = &args.import {
        let (records, given) = custody::read(file)?;
        let n = records.len();
        let first = custody::add(&mut Store::open(&args.case)?, records, &given)?;
        if !args.json {
            println!("{n} records taken, from number {first}");
        }
    } else if args.add {
        let number = custody::add(&mut Store::open(&args.case)?, vec![record(&args)], &Given::FORM)?;
        if !args.json {
            println!("record {number} added");
        }
    }
    let all = custody::custody(&Store::read(&args.case)?)?;
    if args.json {
        json_of(&all)?;
    } else {
        say(&all);
    }
    Ok(Outcome::Done)
}

fn record(args: &CustodyArgs) -> CustodyRecord {
    let (participation, participation_by) = match args.participation.as_deref().map(|p| p.split_once(':').unwrap_or((p, ""))) {
        Some((what, who)) => (Some(what.to_owned()), Some(who.to_owned()).filter(|w| !w.is_empty())),
        None => (None, None),
    };
    CustodyRecord {
        number: 0,
        item: args.item.clone().unwrap_or_default(),
        make: args.make.clone(),
        model: args.model.clone(),
        serial: args.serial.clone(),
        seal: args.seal.clone(),
        holder: args.holder.clone().unwrap_or_default(),
        from: args.from.clone().unwrap_or_default(),
        to: args.to.clone(),
        place: args.place.clone(),
        purpose: args.purpose.clone(),
        hashes: args.hashes.clone(),
        stated_by: args.stated_by.clone(),
        stated_on: args.stated_on.clone(),
        participation,
        participation_by,
        source: args.source,
        supersedes: args.supersedes,
    }
}

fn say(all: &Custody) {
    for item in &all.items {
        println!("{}", visible(&item.item, 100));
        for f in &item.findings {
            let of: Vec<String> = f.records.iter().map(u32::to_string).collect();
            println!("  {:<8} {:<18} [{}] {}", f.severity, f.code, of.join(", "), visible(&f.says, 300));
        }
        for s in &item.records {
            let r = &s.record;
            let superseded = s.superseded_by.map(|n| format!(" (superseded by {n})")).unwrap_or_default();
            let to = r.to.as_deref().unwrap_or("no end stated");
            println!("  {}. {} to {to}: {}{superseded}", r.number, r.from, visible(&r.holder, 100));
            let more = [
                ("place", &r.place),
                ("purpose", &r.purpose),
                ("make", &r.make),
                ("model", &r.model),
                ("serial", &r.serial),
                ("seal", &r.seal),
                ("stated by", &r.stated_by),
                ("stated on", &r.stated_on),
                ("participation", &r.participation),
                ("by", &r.participation_by),
            ];
            for (name, value) in more {
                if let Some(value) = value {
                    println!("     {name:<13} {}", visible(value, 200));
                }
            }
            r.hashes.iter().for_each(|h| println!("     hash          {h}"));
        }
        for place in &item.known_hashes {
            println!("  {} is {}", place.hash, place.says());
        }
    }
    if all.items.is_empty() {
        println!("no custody was recorded");
    }
    for checked in &all.lists {
        let l = &checked.list;
        println!("list {} (entry {}): {} of {} files match", visible(&l.name, 100), checked.entry, l.matched, l.rows);
    }
}

fn check(args: &CustodyArgs, list: &Path) -> Result<Outcome, CaseError> {
    let store = Store::read(&args.case)?;
    let options = ListOptions { made: args.made.clone(), source: args.source };
    let tell = !args.json && std::io::stderr().is_terminal();
    let mut last = std::time::Instant::now();
    let checked = custody::check_list(&store, list, &options, &mut |p| {
        if tell && last.elapsed().as_millis() > 500 {
            last = std::time::Instant::now();
            eprint!("\r{} of {} files, {}   ", grouped(p.done), grouped(p.total), super::size(p.bytes));
        }
        true
    })?;
    if tell {
        eprint!("\r                                                  \r");
    }
    drop(store);
    let entry = if args.record { Some(custody::record_list(&mut Store::open(&args.case)?, &checked)?) } else { None };
    if args.json {
        json_of(&checked)?;
    } else {
        say_list(&checked);
        if let Some(entry) = entry {
            println!("recorded as entry {entry}");
        }
    }
    let whole = checked.changed + checked.missing + checked.unreadable + checked.bad == 0;
    Ok(if whole { Outcome::Done } else { Outcome::Mismatch })
}

fn say_list(l: &ListCheck) {
    println!("{} files on the list {}, SHA-256 {}", l.rows, visible(&l.name, 100), l.sha256);
    let counts = [
        ("matched", l.matched),
        ("changed", l.changed),
        ("missing", l.missing),
        ("unreadable", l.unreadable),
        ("size only", l.size_only),
        ("bad lines", l.bad),
        ("not on the list", l.extra),
    ];
    for (name, n) in counts {
        println!("  {name:<16} {n}");
    }
    for (line, why) in &l.bad_lines {
        println!("line {line}: {}", visible(why, 200));
    }
    for row in &l.told {
        let (path, status) = (visible(&row.path, 200), &row.status);
        let stated = row.expected.as_ref().map(|e| format!(": {e} is stated")).unwrap_or_default();
        let found = row.found.as_ref().map(|f| format!(", {f} is there")).unwrap_or_default();
        let why = row.why.as_ref().map(|w| format!(": {}", visible(w, 200))).unwrap_or_default();
        let at = row.found_at.as_ref().map(|p| format!("; its hash is at {}", visible(p, 200))).unwrap_or_default();
        println!("line {}: {status} {path}{stated}{found}{why}{at}", row.line);
    }
    for extra in &l.extras {
        println!("not on the list: {} ({} bytes)", visible(&extra.path, 200), extra.bytes);
    }
    for t in &l.timing {
        let way = if t.seconds < 0 { "before" } else { "after" };
        let fact = if t.after_the_fact { ": made after the fact" } else { "" };
        println!("made {} {way} {} was {} on {}{fact}", custody::spell(t.seconds), visible(&t.of, 100), t.what, t.at);
    }
    if l.made.is_none() {
        println!("no day was given on which the list was made (--made)");
    }
}

/// Exit code 1 where it equals none.
pub fn hash(case: &Path, text: &[String], json: bool) -> Result<Outcome, CaseError> {
    let answer = custody::compare_hash(&Store::read(case)?, &text.join(" "))?;
    if json {
        json_of(&answer)?;
    } else {
        say_hash(&answer);
    }
    Ok(if answer.equals.is_empty() { Outcome::Mismatch } else { Outcome::Done })
}

fn say_hash(a: &HashAnswer) {
    if !a.odd.is_empty() {
        let at: Vec<String> = a.odd.iter().map(u32::to_string).collect();
        println!("no hexadecimal digit stands at {}", at.join(", "));
    }
    for place in &a.equals {
        println!("equals {}", place.says());
    }
    for place in &a.begins {
        println!("{} digits only; so begins {}: {}", a.typed.chars().count(), place.says(), place.hash);
    }
    if a.equals.is_empty() {
        println!("equals none of the {} hashes that the case holds", grouped(a.compared));
        match &a.nearest {
            Some(n) => {
                let at: Vec<String> = n.at.iter().map(u32::to_string).collect();
                let at = if at.is_empty() { String::new() } else { format!(" (at {})", at.join(", ")) };
                println!("nearest: {}, {}{at}: {}", n.place.says(), n.words(), n.place.hash);
            }
            None => println!("none is near: this is no typing mistake in one of them"),
        }
    }
}

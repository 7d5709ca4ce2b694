//! Time-stamps over a checkpoint. Requests and replies travel as files.

use super::say_json;
use crate::Outcome;
use case::anchors::timestamp::{self, Listed, Reply};
use case::anchors::timestamp_certificate::MAX_PEM;
use case::anchors::timestamp_check::NOT_CHECKED;
use case::anchors::timestamp_token::MAX_REPLY;
use case::{CaseError, Store};
use clap::Subcommand;
use serde_json::json;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Command {
    /// Make the request for the newest checkpoint, and write its exact note beside it.
    #[command(after_help = "Example:\n  casebook timestamp request laptop.casebook --out head.tsq")]
    Request {
        case: PathBuf,
        /// The request, to be carried to a time-stamping authority.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Where the note is written; beside the request, ending in .note, by default.
        #[arg(long, value_name = "FILE")]
        note: Option<PathBuf>,
    },
    /// Check an authority's reply and add it to the case; a reply that does not hold is refused.
    #[command(
        after_help = "Example:\n  casebook timestamp add laptop.casebook head.tsr --note head.note --request head.tsq --chain authority.pem"
    )]
    Add {
        case: PathBuf,
        reply: PathBuf,
        /// The note that `request` wrote.
        #[arg(long, value_name = "FILE")]
        note: PathBuf,
        /// The request: its nonce is compared.
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
        /// PEM with the authority's root, and what lies between where the reply lacks it.
        #[arg(long, value_name = "FILE")]
        chain: Option<PathBuf>,
    },
    /// List the time-stamps of the case.
    List {
        case: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

pub fn run(command: Command) -> Result<Outcome, CaseError> {
    match command {
        Command::Request { case, out, note } => request(&case, &out, note),
        Command::Add { case, reply, note, request, chain } => {
            let token = read(&reply, MAX_REPLY)?;
            let note = read(&note, MAX_REPLY)?;
            let request = request.map(|p| read(&p, MAX_REPLY)).transpose()?;
            let chain = chain.map(|p| read(&p, MAX_PEM)).transpose()?;
            let reply = Reply { token: &token, note: &note, request: request.as_deref(), chain: chain.as_deref() };
            let added = timestamp::add(&mut Store::open(&case)?, &reply)?;
            say(&added);
            println!(
                "the nonce was {}",
                if request.is_some() { "that of the request" } else { "not compared: no request was given" }
            );
            println!("not looked at: {NOT_CHECKED}");
            Ok(Outcome::Done)
        }
        Command::List { case, json } => list(&case, json),
    }
}

fn request(case: &Path, out: &Path, note: Option<PathBuf>) -> Result<Outcome, CaseError> {
    let note = note.unwrap_or_else(|| out.with_extension("note"));
    let made = timestamp::request(&Store::read(case)?)?;
    if let Some(there) = [out, &note].into_iter().find(|p| p.exists()) {
        return Err(CaseError::Output(format!("{} is there already; it is not written over", there.display())));
    }
    // The note first: a request without it would be of no use.
    write_new(&note, made.note.as_bytes())?;
    write_new(out, &made.bytes)?;
    println!("{}: request for the checkpoint of size {}", out.display(), made.size);
    println!("{}: its exact note; keep both for the reply", note.display());
    Ok(Outcome::Done)
}

fn list(case: &Path, json: bool) -> Result<Outcome, CaseError> {
    let all = timestamp::list(&Store::read(case)?)?;
    if json {
        say_json(&json!(all))?;
    } else if all.is_empty() {
        println!("no time-stamp was added");
    } else {
        all.iter().for_each(say);
    }
    let whole = all.iter().all(|l| l.fault.is_none());
    Ok(if whole { Outcome::Done } else { Outcome::Mismatch })
}

fn say(l: &Listed) {
    if let Some(fault) = &l.fault {
        println!("anchor {}: FAILED: {fault}", l.anchor);
        return;
    }
    let authority = l.authority.as_deref().unwrap_or("-");
    println!("anchor {}: {} at {} by {authority}", l.anchor, timestamp::existed(l.size), l.time);
    println!("  token {} under policy {}", l.serial.as_deref().unwrap_or("-"), l.policy.as_deref().unwrap_or("-"));
    match &l.path {
        Some(path) => println!("  chain {}", path.join(" <- ")),
        None => println!("  chain not checked: none was given"),
    }
}

/// A file of at most `most` bytes.
fn read(path: &Path, most: usize) -> Result<Vec<u8>, CaseError> {
    let bad = |e: std::io::Error| CaseError::Output(format!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(bad)?.take(most as u64 + 1).read_to_end(&mut bytes).map_err(bad)?;
    if bytes.len() > most {
        return Err(CaseError::Output(format!("{} has more than {most} bytes", path.display())));
    }
    Ok(bytes)
}

/// A new file; what is there already stays.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CaseError> {
    let bad = |e: std::io::Error| CaseError::Output(format!("{}: {e}", path.display()));
    File::create_new(path).and_then(|mut f| f.write_all(bytes)).map_err(bad)
}

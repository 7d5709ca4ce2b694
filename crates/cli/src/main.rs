//! `casebook` on the command line. Everything it does is `case`'s; here it is only said.

mod args;
mod args_acts;
mod args_parts;
mod commands;

use args::{Cli, Command};
use case::CaseError;
use case::export::{Format, Rows, Wanted};
use case::import::Options;
use case::printed::Language;
use case::questions::compare::CompareQuestion;
use case::questions::figures::Figure;
use case::questions::retention::RetentionQuestion;
use clap::Parser;
use std::process::ExitCode;

include!(concat!(env!("OUT_DIR"), "/interface.rs"));

/// What a command came to.
pub enum Outcome {
    Done,
    Mismatch,
}

/// As a shell tells a program that wrote into a closed pipe.
const PIPE_CLOSED: u8 = 141;

/// A reader that closed the pipe early, such as `head`, has what it wanted; `println!` would panic.
/// What the command would have come to is not known then, so that it does not end with success.
fn end_where_the_pipe_is_closed() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        if said.is_some_and(|said| said.starts_with("failed printing to stdout")) {
            std::process::exit(PIPE_CLOSED.into());
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    case::worker::run_if_asked();
    end_where_the_pipe_is_closed();
    let cli = Cli::parse();
    let done = case::keys::passphrases_from(&cli.passphrase_file).and_then(|()| run(cli.command));
    match done {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Mismatch) => ExitCode::from(1),
        Err(CaseError::Io(e)) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(PIPE_CLOSED),
        Err(e) => {
            eprintln!("casebook: {e}");
            if let Some(hint) = e.hint() {
                eprintln!("  {hint}");
            }
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<Outcome, CaseError> {
    if let Some(case) = command.answers_from() {
        commands::say_unfinished(case);
    }
    match command {
        Command::New { case, title, examiner, key } => {
            commands::new::run(&case, title.as_deref(), examiner.as_deref(), key.as_deref())
        }
        Command::Key { act } => commands::keys::run(act),
        Command::Seal { case, out, pdf, lang, json } => {
            let language = match lang {
                args::Lang::En => Language::English,
                args::Lang::Ko => Language::Korean,
            };
            commands::seal::run(&case, out.as_deref(), pdf.as_deref(), language, json)
        }
        Command::Anchor { case, note, json } => commands::seal::anchor(&case, &note, json),
        Command::Branch { case, reason } => commands::seal::branch(&case, &reason),
        Command::Add { case, paths, profile, zone, label, threads, json } => {
            let logs = commands::log_choice(profile.as_deref(), zone.as_deref())?;
            commands::add::run(&case, &paths, Options { logs, label, threads }, json)
        }
        Command::Inspect { paths, json } => commands::inspect::run(&paths, json),
        Command::Preview { paths, profile, zone, json } => {
            commands::preview::run(&paths, &commands::log_choice(profile.as_deref(), zone.as_deref())?, json)
        }
        Command::Info { case, json } => commands::info::run(&case, json),
        Command::View { case, name, query } => commands::view::run(&case, name.as_deref(), &query),
        Command::Actor { case, name, by, zone, from, to, json } => {
            commands::questions::actor(&case, name, by, &zone, (from, to), json)
        }
        Command::Count { case, by, what, json } => commands::questions::count(&case, &by, what, json),
        Command::Countries { case, table, out, json } => commands::countries::run(&case, table.as_deref(), out.as_deref(), json),
        Command::Coverage { case, json } => commands::questions::coverage(&case, json),
        Command::Retention { case, policy_days, preserved, interest_from, json } => {
            commands::questions::retention(&case, RetentionQuestion { policy_days, preserved, interest_from }, json)
        }
        Command::Compare { case, files, actor, pattern, logs_too, json } => {
            commands::questions::compare(&case, &CompareQuestion { actor, files, pattern, logs_too }, json)
        }
        Command::Figures { case, add, unit, date, author, definition, document, supersedes, reproducible, what, json } => {
            let text = Option::unwrap_or_default;
            let query = commands::questions::figure_query(reproducible, what)?;
            let figure = add.map(|value| Figure {
                value,
                unit: text(unit),
                date: text(date),
                author: text(author),
                definition: text(definition),
                query,
                supersedes,
                ..Figure::default()
            });
            commands::questions::figures(&case, figure, document.as_deref(), json)
        }
        Command::Custody(args) => commands::custody::run(*args),
        Command::Hash { case, text, json } => commands::custody::hash(&case, &text, json),
        Command::Tag(args) => commands::acts::tag(&args),
        Command::Note(args) => commands::acts::note(&args),
        Command::Bookmark(args) => commands::acts::bookmark(&args),
        Command::Annotations { case, removed, json } => commands::acts::annotations(&case, removed, json),
        Command::Unmask(a) => commands::acts::unmask(&a.case, &a.row, &a.field, &a.reason, a.opening.as_deref()),
        Command::Files { case, deleted, query } => commands::view::files(&case, deleted, &query),
        Command::Cat { case, source, path, record, volume, stream, overwritten } => {
            let wanted = case::Wanted { source, path, record, volume, stream, overwritten_too: overwritten };
            commands::cat::run(&case, &wanted)
        }
        Command::Verify(args) => commands::verify::run(args),
        Command::Timestamp { what } => commands::timestamp::run(what),
        Command::Prove { case, id, no_blocks, out } => commands::prove::run(&case, &id, no_blocks, out.as_deref()),
        Command::Diff { a, b, json } => commands::diff::run(&a, &b, json),
        Command::Disclose { case, what } => commands::disclose::run(&case, what),
        Command::Formats { json, profile } => commands::formats::run(json, profile.as_deref()),
        Command::Export { case, format, out, tables, from, to_time, filters, overwrite, json } => {
            let format = match format {
                args::ExportTo::Parquet => Format::Parquet,
                args::ExportTo::Timesketch => Format::Timesketch,
            };
            let table = |t| match t {
                args::ExportTable::Events => Rows::Events,
                args::ExportTable::Files => Rows::Files,
                args::ExportTable::Findings => Rows::Findings,
            };
            let tables = tables.into_iter().map(table).collect();
            let wanted = Wanted { format, out, tables, from, to: to_time, filters, overwrite };
            commands::export::run(&case, &wanted, json)
        }
        Command::Serve { case, paths, port, unrecorded } => commands::serve::run(&case, paths, port, !unrecorded, ASSETS),
    }
}

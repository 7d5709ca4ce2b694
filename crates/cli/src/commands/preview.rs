use super::say_json;
use crate::Outcome;
use case::CaseError;
use case::api::LogPreview;
use case::worker::protocol::LogChoice;
use serde_json::json;
use std::path::PathBuf;

pub fn run(paths: &[PathBuf], choice: &LogChoice, json: bool) -> Result<Outcome, CaseError> {
    let logs = case::preview(paths, choice)?;
    if json {
        say_json(&json!(logs))?;
    } else if logs.is_empty() {
        println!("no log profile reads what lies there; docs/log-profiles.md says how to write one");
    } else {
        logs.iter().for_each(print);
    }
    Ok(Outcome::Done)
}

fn print(log: &LogPreview) {
    let shown = |t: &str| case::view::visible(t, 100);
    println!("{}", shown(&log.file));
    let next = log.runner_up.as_ref().map(|r| format!("; next {r}")).unwrap_or_default();
    println!("  profile    {}, {} % sure{next}", log.profile, log.confidence);
    println!("  zone       {}", log.zone);
    println!("  records    {} read, {} not, of the first 64 KiB", log.read, log.unread);
    if log.without_year > 0 {
        println!("  undated    {} rows, since nothing states their year", log.without_year);
    }
    if log.without_zone > 0 {
        println!("  no offset  {} rows; --zone states one", log.without_zone);
    }
    for row in &log.rows {
        let cells = log.columns.iter().zip(row).filter_map(|(name, cell)| Some(format!("{name}={}", shown(cell.as_ref()?))));
        println!("    {}", cells.collect::<Vec<_>>().join("  "));
    }
    for s in &log.unread_samples {
        println!("  unread     {} at {}: {}", s.reason, s.offset, shown(&s.text));
    }
    if !log.fields.is_empty() {
        println!("  fields     {}", shown(&log.fields.join(", ")));
    }
}

//! One command a file.

pub mod acts;
pub mod add;
pub mod cat;
pub mod countries;
pub mod custody;
pub mod diff;
pub mod disclose;
pub mod export;
pub mod formats;
pub mod info;
pub mod inspect;
pub mod keys;
pub mod new;
pub mod preview;
pub mod prove;
pub mod questions;
pub mod seal;
pub mod serve;
pub mod timestamp;
pub mod verify;
pub mod view;

use case::worker::protocol::{LogChoice, ProfileChoice};
use std::io::Write;
use std::path::Path;

/// A value as JSON on one line of standard output.
pub fn say_json(value: &serde_json::Value) -> Result<(), case::CaseError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

/// How logs are read: a file that is there is a profile of the user's, any other text names a
/// built-in one.
pub fn log_choice(profile: Option<&str>, zone: Option<&str>) -> Result<LogChoice, case::CaseError> {
    let profile = match profile {
        Some(path) if Path::new(path).is_file() => Some(ProfileChoice::Toml(std::fs::read_to_string(path)?)),
        Some(name) => Some(ProfileChoice::Builtin(name.into())),
        None => None,
    };
    Ok(LogChoice { profile, zone: zone.map(case::zone_minutes).transpose()? })
}

/// Says of a case that is read which evidence is in it only in part.
pub fn say_unfinished(case: &Path) {
    // What is wrong with the case is told by the command.
    let names = case::Store::read(case).and_then(|store| case::unfinished(&store)).unwrap_or_default();
    for name in names {
        eprintln!("casebook: the import of {name} was interrupted: only a part of it is here; add it again to go on");
    }
}

/// "1,234,567".
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// "1.4 GB".
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

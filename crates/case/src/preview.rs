//! What the logs of an item come to under a profile, told by a worker, before anything is imported.

use crate::api::LogPreview;
use crate::error::{CaseError, Result};
use crate::worker::protocol::{LogChoice, Order};
use crate::worker::{Answer, Worker};
use std::path::PathBuf;

/// The first rows of each log, as far as an archive's first members hold some.
pub fn preview(paths: &[PathBuf], choice: &LogChoice) -> Result<Vec<LogPreview>> {
    for path in paths {
        if !path.exists() {
            return Err(CaseError::Missing(path.clone()));
        }
    }
    let mut all = Vec::new();
    for item in evidence::open::group(paths) {
        let order = Order::Preview { paths: item.paths.clone(), choice: choice.clone() };
        match Worker::start(0)?.ask(&order, &mut |_| true)? {
            Answer::Text(text) => {
                let logs: Vec<LogPreview> = serde_json::from_str(&text).map_err(|e| CaseError::Evidence(e.to_string()))?;
                all.extend(logs);
            }
            Answer::Failed(why) => return Err(CaseError::Evidence(why)),
        }
    }
    Ok(all)
}

/// The TOML of a built-in log profile.
pub fn profile_text(name: &str) -> Result<&'static str> {
    let found = artifacts::log::BUILTIN.iter().find(|b| b.0 == name).map(|b| b.1);
    found.ok_or_else(|| CaseError::Evidence(format!("no built-in log profile is called {name}")))
}

/// Minutes east of UTC of an offset such as `+09:00`.
pub fn zone_minutes(text: &str) -> Result<i16> {
    let wrong = || CaseError::Evidence(format!("{text} is no offset from UTC such as +09:00"));
    artifacts::log::zone_minutes(text).ok_or_else(wrong)
}

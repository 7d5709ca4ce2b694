//! What paths are, told by a worker, before anything is imported.

use crate::api::InspectedItem;
use crate::error::{CaseError, Result};
use crate::worker::protocol::Order;
use crate::worker::{Answer, Worker, WorkerError};
use std::path::PathBuf;

/// One description for each item; a reader that dies on one is told of in its notes.
pub fn inspect(paths: &[PathBuf]) -> Result<Vec<InspectedItem>> {
    for path in paths {
        if !path.exists() {
            return Err(CaseError::Missing(path.clone()));
        }
    }
    evidence::open::group(paths).iter().map(one).collect()
}

fn one(item: &evidence::open::Item) -> Result<InspectedItem> {
    let answer = Worker::start(0).and_then(|mut w| w.ask(&Order::Inspect { paths: item.paths.clone() }, &mut |_| true));
    let why = match answer {
        Ok(Answer::Text(text)) => return serde_json::from_str(&text).map_err(|e| CaseError::Evidence(e.to_string())),
        Ok(Answer::Failed(why)) => why,
        Err(e @ WorkerError::Start(_)) => return Err(e.into()),
        Err(e) => e.to_string(),
    };
    Ok(InspectedItem {
        handle: String::new(),
        name: item.name.clone(),
        format: item.format.name().into(),
        bytes: item.bytes.to_string(),
        segments: Vec::new(),
        stored: Vec::new(),
        media_bytes: None,
        scheme: None,
        volumes: Vec::new(),
        encryption: Vec::new(),
        members: None,
        log_profile: None,
        log_confidence: None,
        log_formats: Vec::new(),
        notes: vec![why],
    })
}

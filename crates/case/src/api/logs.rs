//! What is told of logs before they are imported.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The log profile that reads a file.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct LogFormat {
    /// Name of the file or member.
    pub file: String,
    pub profile: String,
    /// Percent: the share of the first records that were read, less where only common names of
    /// fields speak for the profile.
    pub confidence: u32,
    /// The profile that would be next.
    pub runner_up: Option<String>,
    pub runner_up_confidence: Option<u32>,
    /// What times that state no offset are taken as, in words.
    pub zone: String,
}

/// The first records of a log as rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct LogPreview {
    pub file: String,
    pub profile: String,
    /// Percent; 0 where the profile was chosen and would not have been recognised.
    pub confidence: u32,
    pub runner_up: Option<String>,
    /// What times that state no offset are taken as, in words.
    pub zone: String,
    /// Names of the cells of `rows`.
    pub columns: Vec<String>,
    /// At most 20.
    pub rows: Vec<Vec<Option<String>>>,
    /// Of the file's first 64 KiB: records that gave a row, and that did not.
    pub read: u32,
    pub unread: u32,
    /// Of these rows, how many are undated since nothing states their year.
    pub without_year: u32,
    /// Of these rows, how many have a time whose offset nothing states.
    pub without_zone: u32,
    pub unread_samples: Vec<UnreadRecord>,
    /// Names of the file's own fields, as a profile would name them; empty where they have none.
    pub fields: Vec<String>,
    /// Text of the profile, to be corrected and given back.
    pub toml: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct UnreadRecord {
    pub reason: String,
    pub offset: String,
    /// At most 120 bytes of it.
    pub text: String,
}

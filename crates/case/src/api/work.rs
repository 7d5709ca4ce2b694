//! Types of long work and what it ends with: jobs, verifications, what evidence is, formats.

use super::*;
use crate::custody::ListCheck;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct JobProgress {
    /// "running", "done", "cancelled", "failed".
    pub state: String,
    pub phase: String,
    /// The item being read now.
    pub item: String,
    pub bytes_done: String,
    pub bytes_total: Option<String>,
    pub files: String,
    pub rows: String,
    /// Rows that are to be read; where they are not known before, none.
    pub rows_total: Option<String>,
    pub findings: String,
    pub seconds: u32,
    pub seconds_left: Option<u32>,
    pub error: Option<ApiError>,
    /// For a finished verification.
    pub verification: Option<Verification>,
    /// For a finished question, the first time its end is told.
    pub answer: Option<Box<Response>>,
    /// For a finished check of a list of files.
    #[serde(default)]
    #[ts(as = "Option<ListCheck>", optional)]
    pub list: Option<Box<ListCheck>>,
    /// For a finished disclosure.
    #[serde(default)]
    #[ts(as = "Option<PackageMade>", optional)]
    pub package: Option<Box<PackageMade>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Verification {
    /// "consistent, not anchored", "verified", "mismatch".
    pub verdict: String,
    pub ok: bool,
    /// What was not covered comes first.
    pub checks: Vec<Check>,
    pub root: String,
    pub entries: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Check {
    pub name: String,
    /// None: not checked, and `says` tells why.
    pub ok: Option<bool>,
    pub says: String,
    /// Where it failed: table and row, entry, block range.
    pub place: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct InspectedItem {
    pub handle: String,
    pub name: String,
    pub format: String,
    pub bytes: String,
    pub segments: Vec<String>,
    pub stored: Vec<(String, String)>,
    pub media_bytes: Option<String>,
    pub scheme: Option<String>,
    pub volumes: Vec<VolumeInfo>,
    /// "BitLocker on volume 2", ...
    pub encryption: Vec<String>,
    pub members: Option<String>,
    /// Log profile recognised, with confidence in percent.
    pub log_profile: Option<String>,
    pub log_confidence: Option<u32>,
    /// Of each log among the files looked at; the first is the one above.
    #[serde(default)]
    #[ts(as = "Option<Vec<LogFormat>>", optional)]
    pub log_formats: Vec<LogFormat>,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct FormatInfo {
    pub name: String,
    pub version: String,
    pub about: String,
    pub format: String,
    pub limits: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum ExportFormat {
    Csv,
    JsonLines,
}

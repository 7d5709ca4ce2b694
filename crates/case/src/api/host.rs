//! What the interface asks of the host around a case: which case, which paths. The window and the
//! loopback host answer the same questions, each with what it may offer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum HostRequest {
    /// What the start screen shows.
    Start,
    /// Opens a case by the handle of `Start`.
    OpenRecent { handle: String },
    /// Lets a person choose a case file, and opens it.
    OpenCase,
    /// Lets a person choose where a new case goes, and makes it.
    CreateCase { title: String },
    /// Opens a fresh copy of the sample case.
    OpenSample,
    /// Closes the case; the start screen follows.
    CloseCase,
    /// Lets a person choose evidence; answers with handles.
    ChooseEvidence { kind: EvidenceKind },
    /// Lets a person choose where an export goes; answers with one handle, or none.
    ChooseExport { ending: FileEnding, name: String },
    /// Lets a person save a text the interface holds: a proof, a report of a verification.
    SaveText { name: String, text: String },
    /// The same for bytes: a sheet to print, a request for a time-stamp.
    SaveBytes { name: String, base64: String },
}

/// Bytes that crossed as base64.
pub fn decoded(base64: &str) -> Result<Vec<u8>, super::ApiError> {
    super::session_acts::bytes(base64).map_err(|e| e.to_api())
}

/// What an export is called after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum FileEnding {
    Csv,
    Jsonl,
    Zip,
}

impl FileEnding {
    pub fn text(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Zip => "zip",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum EvidenceKind {
    Files,
    Folder,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum HostResponse {
    Start {
        start: StartInfo,
    },
    /// A case is open now.
    Opened,
    /// The person chose nothing.
    Nothing,
    Chosen {
        items: Vec<Chosen>,
    },
    Done,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct StartInfo {
    /// Whether a case is open already: named on the command line.
    pub open: bool,
    /// Cases opened before, latest first.
    pub recent: Vec<RecentCase>,
    /// Whether this host has dialogs: open, create, choose.
    pub dialogs: bool,
    /// Whether a sample can be opened.
    pub sample: bool,
    /// Evidence the host was started with.
    pub offered: Vec<Chosen>,
    pub version: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct RecentCase {
    pub handle: String,
    pub title: String,
    pub path: String,
    /// False where the file is gone.
    pub exists: bool,
}

/// A path the host knows; the interface sees a handle and a name.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Chosen {
    pub handle: String,
    pub name: String,
}

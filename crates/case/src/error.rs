//! Failed machinery: what, where, and what to do. Damage in evidence is never one of these.

use crate::api::ApiError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} already exists")]
    Exists(PathBuf),
    #[error("{path} is not a Casebook case: {why}")]
    NotACase { path: PathBuf, why: String },
    #[error("{path} was made by a newer version (format {found}; this version reads {known})")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("another import into this case is running")]
    Busy,
    #[error("cancelled")]
    Cancelled,
    #[error("{0}")]
    Evidence(String),
    #[error("{0}")]
    Worker(#[from] crate::worker::WorkerError),
    #[error("the case database: {0}")]
    Sql(#[from] rusqlite::Error),
    #[error("{0}")]
    Row(#[from] crate::columns::RowError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the ledger: {0}")]
    Ledger(String),
    /// A key is missing, locked or wrong.
    #[error("{0}")]
    Key(String),
    /// What is asked for does not fit the case as it stands.
    #[error("{0}")]
    Refused(String),
    /// The case is not the one last seen on this machine.
    #[error("{0}")]
    OlderCopy(String),
    #[error("the postings: {0}; `casebook verify` says more")]
    Postings(String),
    /// Nothing can be written to where it was asked for.
    #[error("{0}")]
    Output(String),
    #[error("no view is called {0}")]
    NoSuchView(String),
    #[error("the view {view} has no column {column}")]
    NoSuchColumn { view: String, column: String },
    #[error("{0}")]
    BadFilter(String),
    /// A question that cannot be answered as it was put, and how to put it.
    #[error("{why}")]
    BadQuestion { why: String, hint: &'static str },
    /// A record of custody, a list or a file of them that a person gave and that is not right.
    #[error("{0}")]
    BadRecord(String),
    #[error("no such row: {0}")]
    NoSuchRow(String),
    #[error("the evidence is not at hand: {0}")]
    EvidenceMissing(String),
    /// A reply that is not added, and why.
    #[error("no time-stamp was added: {0}")]
    Timestamp(String),
}

pub type Result<T, E = CaseError> = std::result::Result<T, E>;

impl CaseError {
    /// What the interface and the command line branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Exists(_) => "exists",
            Self::NotACase { .. } => "not-a-case",
            Self::Newer { .. } => "newer-case",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::Evidence(_) => "evidence",
            Self::EvidenceMissing(_) => "evidence-missing",
            Self::Output(_) => "output",
            Self::NoSuchView(_) => "no-such-view",
            Self::NoSuchColumn { .. } => "no-such-column",
            Self::BadFilter(_) => "bad-filter",
            Self::BadQuestion { .. } => "bad-question",
            Self::BadRecord(_) => "bad-record",
            Self::NoSuchRow(_) => "no-such-row",
            Self::Timestamp(_) => "timestamp",
            Self::Key(_) => "key",
            Self::Refused(_) => "refused",
            Self::OlderCopy(_) => "older-copy",
            Self::Worker(_) | Self::Sql(_) | Self::Row(_) | Self::Io(_) | Self::Ledger(_) | Self::Postings(_) => "failed",
        }
    }

    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing(_) => "Check the path. A new case is made with `casebook new`.",
            Self::Exists(_) => "Choose another name, or add evidence to the case that is there.",
            Self::NotACase { .. } => "Open a file made by `casebook new`; evidence is imported with `casebook add`.",
            Self::Newer { .. } => "Open it with a newer version of Casebook.",
            Self::Busy => "Wait until it ends, or cancel it.",
            Self::EvidenceMissing(_) => "Give the evidence's present path, or put the file back where it was imported from.",
            Self::NoSuchView(_) => "`casebook view CASE` lists the views.",
            Self::NoSuchColumn { .. } => "The columns of each view are listed in docs/views.md.",
            Self::BadFilter(_) => "A filter reads \"column op value\" with =, !=, <, <=, >, >=, contains or in.",
            Self::BadQuestion { hint, .. } => hint,
            Self::Key(_) => {
                "`casebook key list` lists the keys of this machine; --passphrase-file FILE unlocks those kept in files."
            }
            Self::OlderCopy(_) => {
                "Go on with the newest copy; or, with `casebook branch CASE --reason TEXT`, with this one, as a branch."
            }
            Self::Sql(e) | Self::Row(crate::columns::RowError::Sql(e)) if is_of_the_disk(e) => {
                "Look whether there is room on the case's disk. What is written stays: the same command goes on from there."
            }
            Self::Cancelled
            | Self::Refused(_)
            | Self::BadRecord(_)
            | Self::Output(_)
            | Self::Evidence(_)
            | Self::NoSuchRow(_)
            | Self::Timestamp(_)
            | Self::Worker(_)
            | Self::Sql(_)
            | Self::Row(_)
            | Self::Io(_)
            | Self::Ledger(_)
            | Self::Postings(_) => return None,
        })
    }

    pub fn to_api(&self) -> ApiError {
        ApiError { code: self.code().into(), message: self.to_string(), hint: self.hint().map(Into::into) }
    }
}

/// Whether a disk that is full, or no longer there, is to blame.
fn is_of_the_disk(e: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
    matches!(e.sqlite_error_code(), Some(DiskFull | SystemIoFailure))
}

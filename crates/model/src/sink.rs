use crate::{Event, FieldError, Finding};
use std::fmt;

/// Why a reader or parser stops early.
#[derive(Debug)]
pub enum Stop {
    /// The import was cancelled or its writer is gone.
    Cancelled,
    /// The evidence can not be read further; the caller turns this into a finding.
    Damaged(FieldError),
    /// The machinery below failed.
    Io(std::io::Error),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Cancelled => f.write_str("cancelled"),
            Stop::Damaged(e) => e.fmt(f),
            Stop::Io(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl From<FieldError> for Stop {
    fn from(e: FieldError) -> Self {
        Stop::Damaged(e)
    }
}

impl From<std::io::Error> for Stop {
    fn from(e: std::io::Error) -> Self {
        Stop::Io(e)
    }
}

/// Takes what a parser reports, in the parser's order.
pub trait Sink {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Stop>;
    fn finding(&mut self, finding: &Finding<'_>) -> Result<(), Stop>;
}

//! The vocabulary of Casebook. Everything above speaks in these types; this crate knows no file,
//! clock, database or format.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod batch;
mod bytes;
mod canonical;
mod detail;
mod event;
mod file_entry;
mod file_header;
mod finding;
mod moment;
mod reader;
mod sink;
mod source;
mod span;

pub use batch::{Batch, BatchReader, RowView, Table};
pub use bytes::{ByteSource, MemorySource, SharedSource, SubSource, read_full, read_vec};
pub use canonical::{EventHeader, FieldRef, FindingHeader, RowParts, SourceHeader};
pub use detail::{Json, Value};
pub use event::{Action, Event, Request, State};
pub use file_entry::{
    ContentState, EntryKind, FileEntry, NameState, Owner, RecordState, Run, Stamp, StampKind, Stream, StreamFlags, Verdict,
};
pub use file_header::FileHeader;
pub use finding::{Code, Finding, Severity};
pub use moment::{Moment, Precision, Zone};
pub use reader::{FieldError, FieldReader};
pub use sink::{Sink, Stop};
pub use source::SourceKind;
pub use span::Span;

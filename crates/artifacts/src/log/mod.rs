//! Logs: declarative profiles say what their fields mean, byte parsers read the records.

mod access;
mod builtin;
mod delimited;
mod detect;
mod fields;
mod framing;
mod journal;
mod json_extent;
mod json_lines;
mod line;
mod mapped;
mod parsers;
mod pattern;
mod profile;
mod record;
mod row;
mod schema;
mod schema_fields;
mod schema_tables;
mod splitter;
mod syslog;
mod target;
mod time;
mod time_texts;
mod unread;

pub use builtin::{BUILTIN, Profiles};
pub use detect::{Candidate, candidates, detect, looks_like_text};
pub use framing::{Framing, Layout};
pub use line::{LineParser, MAX_LINE};
pub use parsers::{ACCESS, DELIMITED, JSON_LINES, TEXT_LOG};
pub use profile::{Profile, ProfileError};
pub use schema::zone_minutes;
pub use splitter::{Block, Lost, Splitter};
pub use target::TargetPattern;
pub use time::TimeFormat;
pub use unread::{Reason, Unread, UnreadLine, UnreadLines};

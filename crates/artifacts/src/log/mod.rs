//! Logs of requests: declarative profiles say what their fields mean, byte parsers read the lines.

mod access;
mod detect;
mod json_lines;
mod line;
mod parsers;
mod pattern;
mod profile;
mod schema;
mod target;
mod time;
mod unread;

pub use detect::{detect, looks_like_text};
pub use line::{LineParser, MAX_LINE};
pub use parsers::{ACCESS, JSON_LINES};
pub use profile::{BUILTIN, Profile, ProfileError, Profiles};
pub use target::TargetPattern;
pub use time::TimeFormat;
pub use unread::{Reason, Unread, UnreadLine, UnreadLines};

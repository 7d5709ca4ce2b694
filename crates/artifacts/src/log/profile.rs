//! Log profiles: what the fields of a log mean, written down as TOML. `schema.rs` holds the shape
//! of the text, this file what a parser works with.

use super::fields::FieldMap;
use super::framing::Framing;
use super::pattern::LinePattern;
use super::table::{DelimitedFormat, Header};
use super::target::TargetPattern;
use super::time::{Clock, TimeFormat};
use crate::Parser;
use model::{Action, Zone};
use regex::bytes::Regex;

/// What a field of a line is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Time,
    Actor,
    Key,
    Address,
    /// A whole request line, `GET /path HTTP/1.1`; method, target and protocol come from it.
    Request,
    Method,
    Target,
    Protocol,
    Status,
    Bytes,
    Referrer,
    Agent,
    Subject,
}

impl Role {
    pub const ALL: [Role; 13] = [
        Self::Time,
        Self::Actor,
        Self::Key,
        Self::Address,
        Self::Request,
        Self::Method,
        Self::Target,
        Self::Protocol,
        Self::Status,
        Self::Bytes,
        Self::Referrer,
        Self::Agent,
        Self::Subject,
    ];
    pub const COUNT: usize = Self::ALL.len();
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Actor => "actor",
            Self::Key => "key",
            Self::Address => "address",
            Self::Request => "request",
            Self::Method => "method",
            Self::Target => "target",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Bytes => "bytes",
            Self::Referrer => "referrer",
            Self::Agent => "agent",
            Self::Subject => "subject",
        }
    }
    /// `object` is another name of `target`, for entries that are no requests.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name || name == "object" && *r == Self::Target)
    }
}

/// How a line looks; what detection compares a profile with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Common,
    Combined,
    /// Combined or Common after a virtual host.
    WithVhost,
    /// Combined, and more fields after the agent.
    Extended,
    Pattern,
    Json,
    Delimited,
    Syslog,
    Journal,
}

/// Whether an address has its port behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Always,
    Maybe,
}

/// How text lines are read.
#[derive(Clone, Debug)]
pub(crate) enum TextFormat {
    Access {
        native: Shape,
        /// Names of the fields after the agent, in order.
        trailing: Vec<String>,
        /// Where the actor and the key stand, of the fields before the time.
        actor: Option<NameField>,
        key: Option<NameField>,
    },
    /// The first that fits a line reads it.
    Pattern { patterns: Vec<LinePattern>, time: TimeFormat },
}

/// A field before the time of an access line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameField {
    Vhost,
    Host,
    Ident,
    User,
}

#[derive(Clone, Debug)]
pub(crate) struct JsonFormat {
    /// Members of a document's top object that hold an array of records.
    pub records: Vec<String>,
    pub map: FieldMap,
}

#[derive(Clone, Debug)]
pub(crate) struct SyslogFormat {
    /// None where the first bytes of a file tell it.
    pub framing: Option<Framing>,
    pub map: FieldMap,
}

#[derive(Clone, Debug)]
pub(crate) struct ExposesRule {
    pub target: TargetPattern,
    /// Sorted and joined by commas, as in the row.
    pub kinds: Vec<u8>,
}

/// What a log must show somewhere in its first lines for the profile to be taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    pub targets: Vec<TargetPattern>,
    /// Whole keys.
    pub keys: Vec<Regex>,
}

/// What the fields of a log mean.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) name: String,
    pub(crate) about: String,
    /// Among profiles that read a log equally well the higher rank is taken.
    pub(crate) rank: u32,
    /// What times that do not state it are given.
    pub(crate) clock: Clock,
    /// What a record says happened, where its own fields name nothing else.
    pub(crate) action: Action,
    pub(crate) port: Option<Port>,
    pub(crate) text: Option<TextFormat>,
    pub(crate) json: Option<JsonFormat>,
    pub(crate) delimited: Option<DelimitedFormat>,
    pub(crate) syslog: Option<SyslogFormat>,
    pub(crate) journal: Option<FieldMap>,
    pub(crate) subject: Vec<TargetPattern>,
    /// Of a person whom the subject entered, such as an address of an address book.
    pub(crate) third_party: Vec<TargetPattern>,
    pub(crate) exposes: Vec<ExposesRule>,
    /// Inclusive ranges of the statuses by which data was served.
    pub(crate) served: Vec<(u16, u16)>,
    pub(crate) hints: Option<Hints>,
}

impl Profile {
    /// Reads a profile; the error names line and key.
    pub fn from_toml(text: &str) -> Result<Profile, ProfileError> {
        super::schema::read(text)
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn about(&self) -> &str {
        &self.about
    }
    /// The parser whose rows this profile makes of a file that is cut so.
    pub fn parser_of(&self, framing: Framing) -> &'static Parser {
        match framing {
            Framing::Delimited | Framing::TornRows => &super::DELIMITED,
            Framing::Continued | Framing::Counted | Framing::Unframed | Framing::Journal => &super::TEXT_LOG,
            Framing::JsonArray | Framing::JsonValues | Framing::TornJson => &super::JSON_LINES,
            Framing::Lines if self.text.is_none() => &super::JSON_LINES,
            Framing::Lines if self.action == Action::Requested => &super::ACCESS,
            Framing::Lines => &super::TEXT_LOG,
        }
    }
    /// The parser of the form this profile is made for first of all.
    pub fn parser(&self) -> &'static Parser {
        self.parser_of(if self.text.is_some() {
            Framing::Lines
        } else if self.syslog.is_some() || self.journal.is_some() {
            Framing::Continued
        } else if self.json.is_some() {
            Framing::JsonArray
        } else {
            Framing::Delimited
        })
    }
    /// Times that state no offset are read as local times of a zone so many minutes east of UTC,
    /// unless the format itself says what they are.
    pub fn assume_zone(&mut self, minutes_east: i16) {
        if self.clock.zone != Zone::Utc {
            self.clock.zone = Zone::Assumed(minutes_east);
        }
    }
    /// What is known of times that state no offset.
    pub fn zone(&self) -> Zone {
        self.clock.zone
    }
    /// Whether the log itself must show that it is of this profile, by its shape, names or hints;
    /// else common names of fields are all there is.
    pub(crate) fn is_specific(&self) -> bool {
        /// A list of more names than a format has spellings is a list of common ones.
        const SPELLINGS: usize = 4;
        let named = |m: &FieldMap| m.require.iter().any(|any| any.len() <= SPELLINGS);
        let shown = self.delimited.as_ref().is_some_and(|d| d.header != Header::Row || named(&d.map));
        let own = self.text.is_some() || self.hints.is_some() || self.syslog.is_some() || self.journal.is_some();
        own || shown || self.json.as_ref().is_some_and(|j| named(&j.map))
    }
    pub(crate) fn served(&self, status: Option<u16>) -> bool {
        status.is_some_and(|s| self.served.iter().any(|(from, to)| (*from..=*to).contains(&s)))
    }
}

/// Why a profile can not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {key}: {message}")]
pub struct ProfileError {
    /// Line of the profile's text, from 1.
    pub line: usize,
    /// The key concerned; "profile" where it is none in particular.
    pub key: String,
    pub message: String,
}

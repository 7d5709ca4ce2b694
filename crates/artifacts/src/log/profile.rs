//! Log profiles: what the fields of a log mean, written down as TOML. `schema.rs` holds the shape
//! of the text, this file what a parser works with.

use super::json_lines::PathTree;
use super::pattern::LinePattern;
use super::target::TargetPattern;
use super::time::TimeFormat;
use model::Zone;
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
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
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
    Pattern {
        pattern: LinePattern,
        time: TimeFormat,
    },
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
    pub tree: PathTree,
    pub time: TimeFormat,
    /// For each role, in the order of `Role::ALL`, the slots that may hold it; the first that
    /// does is taken.
    pub roles: Vec<Vec<usize>>,
    /// Further fields that are kept: name in the row, slot.
    pub keep: Vec<(String, usize)>,
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
    /// Zone of times that state no offset.
    pub(crate) zone: Zone,
    pub(crate) text: Option<TextFormat>,
    pub(crate) json: Option<JsonFormat>,
    pub(crate) subject: Vec<TargetPattern>,
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
    /// The parser whose rows this profile makes: JSON lines where it reads nothing else.
    pub fn parser(&self) -> &'static crate::Parser {
        if self.text.is_some() { &super::ACCESS } else { &super::JSON_LINES }
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

/// Profiles in a fixed order.
#[derive(Clone, Debug)]
pub struct Profiles(Vec<Profile>);

/// Name and text of each built-in profile, alphabetical by name.
pub const BUILTIN: [(&str, &str); 6] = [
    ("combined", include_str!("profiles/combined.toml")),
    ("common", include_str!("profiles/common.toml")),
    ("gateway", include_str!("profiles/gateway.toml")),
    ("json_lines", include_str!("profiles/json_lines.toml")),
    ("nginx", include_str!("profiles/nginx.toml")),
    ("vhost_combined", include_str!("profiles/vhost_combined.toml")),
];

impl Profiles {
    /// The profiles that come with the program, alphabetical by name; a test reads them all.
    pub fn builtin() -> Profiles {
        Profiles(BUILTIN.iter().filter_map(|(_, text)| Profile::from_toml(text).ok()).collect())
    }
    pub fn all(&self) -> &[Profile] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads() {
        for (name, text) in BUILTIN {
            let p = Profile::from_toml(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(p.name(), name);
        }
        assert_eq!(Profiles::builtin().all().len(), BUILTIN.len());
        assert!(BUILTIN.is_sorted_by_key(|b| b.0));
    }
}

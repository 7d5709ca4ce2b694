//! The TOML of a log profile and its errors.
//!
//! ```toml
//! name = "shop"                      # a-z, 0-9, _
//! about = "What the log is."
//! rank = 60                          # optional; higher wins where several profiles fit
//! zone = "+09:00"                    # optional; of times that state no offset
//!
//! [text]                             # lines of text; this, [json] or both
//! format = "combined"                # common, combined, vhost_combined or pattern
//! trailing = ["request_time"]        # names of the fields after the agent
//! fields = { actor = "user", key = "user" }   # of vhost, host, ident, user
//! # with format = "pattern":
//! # pattern = '{time} {address} "{request}" {status}'
//! # time = "rfc3339"                 # auto, clf, epoch_s, epoch_ms, epoch_us, rfc3339
//!
//! [json]                             # one object a line
//! time = "auto"
//! fields = { time = "ts", target = ["path", "http.url"] }   # roles; the first present is taken
//! keep = ["node"]                    # further fields of the row
//!
//! [subject]
//! targets = ["/v1/customers/{subject}/**"]
//!
//! [exposes]
//! status = ["2xx"]                   # statuses by which data was served; 2xx where left out
//! rules = [{ target = "/v1/customers/{*}/profile", kinds = ["name", "email"] }]   # first match
//!
//! [detect]                           # at least one of the first lines must show one of these
//! targets = ["/v1/customers/{*}/**"]
//! keys = ["SK[A-Z2-9]{18}"]
//! ```

use super::json_lines::PathTree;
use super::pattern::{Field, LinePattern, valid_name};
use super::profile::{ExposesRule, Hints, JsonFormat, NameField, Profile, ProfileError, Role, Shape, TextFormat};
use super::target::TargetPattern;
use super::time::TimeFormat;
use model::Zone;
use regex::bytes::RegexBuilder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Text,
    about: Text,
    rank: Option<u32>,
    zone: Option<Text>,
    text: Option<Spanned<TextTable>>,
    json: Option<Spanned<JsonTable>>,
    subject: Option<SubjectTable>,
    exposes: Option<ExposesTable>,
    detect: Option<Spanned<DetectTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextTable {
    format: Text,
    pattern: Option<Text>,
    time: Option<Text>,
    trailing: Option<Vec<Text>>,
    fields: Option<BTreeMap<Text, Text>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonTable {
    time: Option<Text>,
    fields: BTreeMap<Text, OneOrMany>,
    #[serde(default)]
    keep: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectTable {
    targets: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExposesTable {
    status: Option<Vec<Text>>,
    rules: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    target: Text,
    kinds: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DetectTable {
    #[serde(default)]
    targets: Vec<Text>,
    #[serde(default)]
    keys: Vec<Text>,
}

/// The text of a profile, for positions.
struct Source<'a>(&'a str);

impl Source<'_> {
    fn error(&self, span: Range<usize>, key: &str, message: impl Into<String>) -> ProfileError {
        let before = self.0.get(..span.start).unwrap_or(self.0);
        let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
        ProfileError { line, key: key.to_owned(), message: message.into() }
    }

    /// The key written on the line of an error of the TOML reader itself.
    fn toml(&self, e: &toml::de::Error) -> ProfileError {
        let mut error = self.error(e.span().unwrap_or(0..0), "profile", e.message().trim());
        let text = self.0.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
        if let Some((key, _)) = text.split_once('=') {
            error.key = key.trim().to_owned();
        }
        error
    }

    fn target(&self, key: &str, text: &Text) -> Result<TargetPattern, ProfileError> {
        TargetPattern::new(text.get_ref()).map_err(|m| self.error(text.span(), key, m))
    }

    fn time(&self, key: &str, text: Option<&Text>) -> Result<TimeFormat, ProfileError> {
        let Some(text) = text else { return Ok(TimeFormat::Auto) };
        TimeFormat::from_name(text.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = TimeFormat::NAMES.iter().map(|n| n.0).collect();
            self.error(text.span(), key, format!("one of {}, this is {:?}", known.join(", "), text.get_ref()))
        })
    }
}

pub(super) fn read(text: &str) -> Result<Profile, ProfileError> {
    let source = Source(text);
    let file: File = toml::from_str(text).map_err(|e| source.toml(&e))?;
    if !valid_name(file.name.get_ref()) {
        return Err(source.error(file.name.span(), "name", "a name holds a-z, 0-9 and _ only"));
    }
    let zone = match &file.zone {
        None => Zone::Unknown,
        Some(z) => zone(z.get_ref()).ok_or_else(|| source.error(z.span(), "zone", "an offset such as \"+09:00\""))?,
    };
    let text = file.text.as_ref().map(|t| text_format(&source, t)).transpose()?;
    let json = file.json.as_ref().map(|j| json_format(&source, j)).transpose()?;
    if text.is_none() && json.is_none() {
        return Err(source.error(file.name.span(), "profile", "a profile has [text], [json] or both"));
    }
    let mut subject = Vec::new();
    for t in file.subject.iter().flat_map(|s| &s.targets) {
        let pattern = source.target("subject.targets", t)?;
        if !pattern.has_subject() {
            return Err(source.error(t.span(), "subject.targets", "the pattern has no {subject}"));
        }
        subject.push(pattern);
    }
    let (exposes, served) = exposes(&source, file.exposes.as_ref())?;
    let hints = file.detect.as_ref().map(|d| hints(&source, d)).transpose()?;
    Ok(Profile {
        name: file.name.into_inner(),
        about: file.about.into_inner(),
        rank: file.rank.unwrap_or(if hints.is_some() { 50 } else { 10 }),
        zone,
        text,
        json,
        subject,
        exposes,
        served,
        hints,
    })
}

/// `+09:00`, `-0330` or `Z`.
fn zone(text: &str) -> Option<Zone> {
    let whole = format!("2000-01-01T00:00:00{text}");
    let read = TimeFormat::Rfc3339.read(whole.as_bytes(), Zone::Unknown)?;
    match read.moment.zone {
        Zone::Utc => Some(Zone::Assumed(0)),
        Zone::Stated(m) => Some(Zone::Assumed(m)),
        Zone::Assumed(_) | Zone::Unknown => None,
    }
}

fn text_format(source: &Source<'_>, table: &Spanned<TextTable>) -> Result<TextFormat, ProfileError> {
    let t = table.get_ref();
    let misplaced = |there: Option<&Text>, key: &str| match there {
        Some(p) => Err(source.error(p.span(), key, "only with format = \"pattern\"")),
        None => Ok(()),
    };
    let native = match t.format.get_ref().as_str() {
        "common" => Shape::Common,
        "combined" if t.trailing.is_some() => Shape::Extended,
        "combined" => Shape::Combined,
        "vhost_combined" => Shape::WithVhost,
        "pattern" => {
            let p = t.pattern.as_ref().ok_or_else(|| source.error(table.span(), "text.pattern", "missing"))?;
            let pattern = LinePattern::new(p.get_ref()).map_err(|m| source.error(p.span(), "text.pattern", m))?;
            let taken = |f: &Field| matches!(f, Field::Keep(n) if RESERVED.contains(&n.as_str()));
            if pattern.fields.iter().any(|f| taken(&f.0)) {
                return Err(source.error(p.span(), "text.pattern", "a name is one that the reader writes itself"));
            }
            let names_request =
                pattern.fields.iter().any(|f| matches!(f.0, Field::Role(Role::Target | Role::Request | Role::Address)));
            if !names_request {
                return Err(source.error(p.span(), "text.pattern", "needs at least {target}, {request} or {address}"));
            }
            if let Some((key, _)) = t.fields.iter().flatten().next() {
                return Err(source.error(key.span(), "text.fields", "a pattern names its fields itself"));
            }
            let time = source.time("text.time", t.time.as_ref())?;
            return Ok(TextFormat::Pattern { pattern, time });
        }
        other => {
            let m = format!("one of common, combined, vhost_combined, pattern, this is {other:?}");
            return Err(source.error(t.format.span(), "text.format", m));
        }
    };
    misplaced(t.pattern.as_ref(), "text.pattern")?;
    misplaced(t.time.as_ref(), "text.time")?;
    let mut trailing = Vec::new();
    for name in t.trailing.iter().flatten() {
        let taken = trailing.contains(name.get_ref()) || RESERVED.contains(&name.get_ref().as_str());
        if !valid_name(name.get_ref()) || taken {
            return Err(source.error(
                name.span(),
                "text.trailing",
                "each name once, of a-z, 0-9 and _ only, none the reader writes itself",
            ));
        }
        trailing.push(name.get_ref().clone());
    }
    let (mut actor, mut key) = (Some(NameField::User), None);
    for (role, field) in t.fields.iter().flatten() {
        let place = match field.get_ref().as_str() {
            "vhost" => Some(NameField::Vhost),
            "host" => Some(NameField::Host),
            "ident" => Some(NameField::Ident),
            "user" => Some(NameField::User),
            "" => None,
            other => {
                let m = format!("one of vhost, host, ident, user, this is {other:?}");
                return Err(source.error(field.span(), "text.fields", m));
            }
        };
        match role.get_ref().as_str() {
            "actor" => actor = place,
            "key" => key = place,
            other => return Err(source.error(role.span(), "text.fields", format!("actor or key, this is {other:?}"))),
        }
    }
    Ok(TextFormat::Access { native, trailing, actor, key })
}

fn json_format(source: &Source<'_>, table: &Spanned<JsonTable>) -> Result<JsonFormat, ProfileError> {
    let t = table.get_ref();
    let mut paths: Vec<String> = Vec::new();
    let mut slot = |path: &str| {
        paths.iter().position(|p| p == path).unwrap_or_else(|| {
            paths.push(path.to_owned());
            paths.len().saturating_sub(1)
        })
    };
    let mut roles = vec![Vec::new(); Role::COUNT];
    for (name, fields) in &t.fields {
        let Some(role) = Role::from_name(name.get_ref()) else {
            let known: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
            let m = format!("one of {}, this is {:?}", known.join(", "), name.get_ref());
            return Err(source.error(name.span(), "json.fields", m));
        };
        let candidates = match fields {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        };
        if candidates.is_empty() || candidates.iter().any(String::is_empty) {
            return Err(source.error(name.span(), "json.fields", "a role needs at least one field, and no empty name"));
        }
        if let Some(list) = roles.get_mut(role as usize) {
            *list = candidates.iter().map(|c| slot(c)).collect();
        }
    }
    let mut keep: Vec<(String, usize)> = Vec::new();
    for path in &t.keep {
        let name: String =
            path.get_ref().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
        if name.is_empty() || keep.iter().any(|k| k.0 == name) || RESERVED.contains(&name.as_str()) {
            let m = format!("the name {name:?} in the row is empty or taken");
            return Err(source.error(path.span(), "json.keep", m));
        }
        keep.push((name, slot(path.get_ref())));
    }
    let time = source.time("json.time", t.time.as_ref())?;
    Ok(JsonFormat { tree: PathTree::new(&paths), time, roles, keep })
}

/// Names of further values that the parser writes itself.
pub(super) const RESERVED: [&str; 9] =
    ["duplicate_keys", "extra", "ident", "no_line_end", "note", "raw_bytes", "raw_status", "raw_time", "vhost"];

type Exposes = (Vec<ExposesRule>, Vec<(u16, u16)>);

fn exposes(source: &Source<'_>, table: Option<&ExposesTable>) -> Result<Exposes, ProfileError> {
    let mut rules = Vec::new();
    let mut served = Vec::new();
    for rule in table.iter().flat_map(|t| &t.rules) {
        let target = source.target("exposes.rules.target", &rule.target)?;
        let mut kinds = rule.kinds.get_ref().clone();
        kinds.sort();
        kinds.dedup();
        if kinds.is_empty() || !kinds.iter().all(|k| valid_name(k)) {
            return Err(source.error(rule.kinds.span(), "exposes.rules.kinds", "at least one name, of a-z, 0-9 and _ only"));
        }
        rules.push(ExposesRule { target, kinds: kinds.join(",").into_bytes() });
    }
    for s in table.iter().flat_map(|t| t.status.iter().flatten()) {
        let range = match s.get_ref().as_bytes() {
            [c @ b'1'..=b'9', b'x', b'x'] => {
                let from = u16::from(c.wrapping_sub(b'0')).saturating_mul(100);
                Some((from, from.saturating_add(99)))
            }
            _ => s.get_ref().parse().ok().filter(|n| (100..1000).contains(n)).map(|n: u16| (n, n)),
        };
        served
            .push(range.ok_or_else(|| {
                source.error(s.span(), "exposes.status", "a status such as \"206\" or a class such as \"2xx\"")
            })?);
    }
    if served.is_empty() {
        served.push((200, 299));
    }
    Ok((rules, served))
}

fn hints(source: &Source<'_>, table: &Spanned<DetectTable>) -> Result<Hints, ProfileError> {
    let t = table.get_ref();
    if t.targets.is_empty() && t.keys.is_empty() {
        return Err(source.error(table.span(), "detect", "needs targets or keys"));
    }
    let targets = t.targets.iter().map(|p| source.target("detect.targets", p)).collect::<Result<_, _>>()?;
    let mut keys = Vec::new();
    for k in &t.keys {
        let whole = format!("^(?:{})$", k.get_ref());
        let regex = RegexBuilder::new(&whole).size_limit(1 << 20).build();
        keys.push(regex.map_err(|e| source.error(k.span(), "detect.keys", e.to_string()))?);
    }
    Ok(Hints { targets, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_line_and_key() {
        let head = "name = \"x\"\nabout = \"y\"\n";
        for (text, line, key) in [
            ("name = \"x\"\nabout = 3\n[text]\nformat = \"common\"\n", 2, "about"),
            ("name = \"X y\"\nabout = \"\"\n[text]\nformat = \"common\"\n", 1, "name"),
            (&format!("{head}[text]\nformat = \"elb\"\n"), 4, "text.format"),
            (&format!("{head}[text]\nformat = \"common\"\nfromat = 1\n"), 5, "fromat"),
            (&format!("{head}[text]\nformat = \"pattern\"\npattern = '{{a}}{{b}}'\n"), 5, "text.pattern"),
            (&format!("{head}[json]\n[json.fields]\nwhen = \"ts\"\n"), 5, "json.fields"),
            (&format!("{head}zone = \"Seoul\"\n[text]\nformat = \"common\"\n"), 3, "zone"),
            (&format!("{head}[text]\nformat = \"common\"\n[subject]\ntargets = [\"/a/{{*}}\"]\n"), 6, "subject.targets"),
            (&format!("{head}[text]\nformat = \"common\"\n[exposes]\nstatus = [\"ok\"]\nrules = []\n"), 6, "exposes.status"),
            (head, 1, "profile"),
        ] {
            let e = Profile::from_toml(text).unwrap_err();
            assert_eq!((e.line, e.key.as_str()), (line, key), "{text}\n{e}");
        }
    }
}

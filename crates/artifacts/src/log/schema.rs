//! The TOML of a log profile and its errors. `docs/log-profiles.md` describes every key.

use super::delimited::Dialect;
use super::framing::Framing;
use super::pattern::{Field, LinePattern, valid_name};
use super::profile::{
    ExposesRule, Hints, JsonFormat, NameField, Port, Profile, ProfileError, Role, Shape, SyslogFormat, TextFormat,
};
use super::schema_fields::{Actions, field_map};
use super::schema_tables::*;
use super::table::{DelimitedFormat, Header};
use super::target::TargetPattern;
use super::time::{Clock, Time, TimeFormat, Year};
use model::{Action, Zone};
use regex::bytes::RegexBuilder;
use std::ops::Range;
use toml::Spanned;

/// The text of a profile, for positions.
pub(super) struct Source<'a>(&'a str);

impl Source<'_> {
    pub fn error(&self, span: Range<usize>, key: &str, message: impl Into<String>) -> ProfileError {
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

    pub fn time(&self, key: &str, text: Option<&Text>) -> Result<TimeFormat, ProfileError> {
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
        Some(z) if z.get_ref().eq_ignore_ascii_case("utc") => Zone::Utc,
        Some(z) => zone(z.get_ref())
            .ok_or_else(|| source.error(z.span(), "zone", "an offset such as \"+09:00\", or \"utc\" where the format says so"))?,
    };
    let year = file.year.as_ref().map(|y| year(&source, y)).transpose()?;
    let action = file.action.as_ref().map(|a| action(&source, a)).transpose()?;
    let port = file.port.as_ref().map(|p| port(&source, p)).transpose()?;
    let actions = file.actions.as_ref().map(|a| Actions::new(a.get_ref()));
    let actions = actions.as_ref();
    let text = file.text.as_ref().map(|t| text_format(&source, t)).transpose()?;
    let json = match &file.json {
        Some(table) => {
            let t = table.get_ref();
            let map = field_map(
                &source,
                "json",
                (t.time.as_ref(), &t.fields, t.keep.as_ref(), &t.require, (t.nested.as_ref(), t.within.all())),
                actions,
            )?;
            Some(JsonFormat { records: t.records.clone(), map })
        }
        None => None,
    };
    let delimited = file.delimited.as_ref().map(|d| delimited(&source, d, actions)).transpose()?;
    let syslog = match file.syslog.as_ref().map(Spanned::get_ref) {
        Some(t) => {
            let map =
                field_map(&source, "syslog", (t.time.as_ref(), &t.fields, t.keep.as_ref(), &t.require, (None, &[])), actions)?;
            Some(SyslogFormat { framing: t.framing.as_ref().map(|f| framing(&source, f)).transpose()?, map })
        }
        None => None,
    };
    let journal = match file.journal.as_ref().map(Spanned::get_ref) {
        Some(t) => {
            Some(field_map(&source, "journal", (t.time.as_ref(), &t.fields, t.keep.as_ref(), &t.require, (None, &[])), actions)?)
        }
        None => None,
    };
    if text.is_none() && json.is_none() && delimited.is_none() && syslog.is_none() && journal.is_none() {
        let m = "a profile has [text], [json], [delimited], [syslog] or [journal]";
        return Err(source.error(file.name.span(), "profile", m));
    }
    let capturing = |name: &str, table: &Option<TargetsTable>| {
        let place = format!("{name}.targets");
        let captured = format!("{{{name}}}");
        let read = |t: &Text| match t.get_ref().split('/').filter(|s| *s == captured).count() {
            1 => source.target(&place, t),
            _ => Err(source.error(t.span(), &place, format!("the pattern has not one {captured}"))),
        };
        table.iter().flat_map(|s| &s.targets).map(read).collect::<Result<Vec<_>, _>>()
    };
    let subject = capturing("subject", &file.subject)?;
    let third_party = capturing("third_party", &file.third_party)?;
    let (exposes, served) = exposes(&source, file.exposes.as_ref())?;
    let hints = file.detect.as_ref().map(|d| hints(&source, d)).transpose()?;
    Ok(Profile {
        name: file.name.into_inner(),
        about: file.about.into_inner(),
        rank: file.rank.unwrap_or(if hints.is_some() { 50 } else { 10 }),
        clock: Clock { zone, year },
        action: action.unwrap_or(Action::Requested),
        port,
        text,
        json,
        delimited,
        syslog,
        journal,
        subject,
        third_party,
        exposes,
        served,
        hints,
    })
}

fn framing(source: &Source<'_>, text: &Text) -> Result<Framing, ProfileError> {
    match text.get_ref().as_str() {
        "lines" => Ok(Framing::Continued),
        "counted" => Ok(Framing::Counted),
        other => Err(source.error(text.span(), "syslog.framing", format!("one of lines, counted, this is {other:?}"))),
    }
}

fn action(source: &Source<'_>, text: &Text) -> Result<Action, ProfileError> {
    ACTIONS.iter().find(|(name, _)| name == text.get_ref()).map(|(_, a)| *a).ok_or_else(|| {
        let known: Vec<&str> = ACTIONS.iter().map(|a| a.0).collect();
        source.error(text.span(), "action", format!("one of {}, this is {:?}", known.join(", "), text.get_ref()))
    })
}

/// What records may say happened, as profiles name it.
pub(super) const ACTIONS: [(&str, Action); 4] =
    [("requested", Action::Requested), ("logged", Action::Logged), ("called", Action::Called), ("sign_in", Action::SignIn)];

fn year(source: &Source<'_>, value: &Spanned<YearValue>) -> Result<Year, ProfileError> {
    let text = match value.get_ref() {
        YearValue::Number(n) => n.to_string(),
        YearValue::Text(t) => t.clone(),
    };
    Year::read(&text).ok_or_else(|| {
        let m = "a year such as 2024, or \"2023-07\": 2023 from July on, earlier months of 2024";
        source.error(value.span(), "year", m)
    })
}

fn port(source: &Source<'_>, text: &Text) -> Result<Port, ProfileError> {
    match text.get_ref().as_str() {
        "always" => Ok(Port::Always),
        "maybe" => Ok(Port::Maybe),
        other => Err(source.error(text.span(), "port", format!("always or maybe, this is {other:?}"))),
    }
}

/// Minutes east of UTC of `+09:00`, `-0330` or `Z`.
pub fn zone_minutes(text: &str) -> Option<i16> {
    match zone(text)? {
        Zone::Assumed(m) => Some(m),
        Zone::Utc | Zone::Stated(_) | Zone::Unknown => None,
    }
}

fn zone(text: &str) -> Option<Zone> {
    let whole = format!("2000-01-01T00:00:00{text}");
    let Time::Read(read) = TimeFormat::Rfc3339.read(whole.as_bytes(), Clock { zone: Zone::Unknown, year: None }) else {
        return None;
    };
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
            let wrong = |m: String| source.error(p.span(), "text.pattern", m);
            let mut patterns = Vec::new();
            for text in p.get_ref().all() {
                let pattern = LinePattern::new(text).map_err(wrong)?;
                let taken = |f: &Field| matches!(f, Field::Keep(n) if RESERVED.contains(&n.as_str()));
                if pattern.fields.iter().any(|f| taken(&f.0)) {
                    return Err(wrong("a name is one that the reader writes itself".to_owned()));
                }
                let says = |f: &Field| matches!(f, Field::Role(Role::Target | Role::Request | Role::Address));
                if !pattern.fields.iter().any(|f| says(&f.0)) {
                    return Err(wrong("needs at least {object}, {request} or {address}".to_owned()));
                }
                patterns.push(pattern);
            }
            if let Some((key, _)) = t.fields.iter().flatten().next() {
                return Err(source.error(key.span(), "text.fields", "a pattern names its fields itself"));
            }
            let time = source.time("text.time", t.time.as_ref())?;
            return Ok(TextFormat::Pattern { patterns, time });
        }
        other => {
            let m = format!("one of common, combined, vhost_combined, pattern, this is {other:?}");
            return Err(source.error(t.format.span(), "text.format", m));
        }
    };
    if let Some(p) = &t.pattern {
        return Err(source.error(p.span(), "text.pattern", "only with format = \"pattern\""));
    }
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

fn delimited(
    source: &Source<'_>,
    table: &Spanned<DelimitedTable>,
    actions: Option<&Actions>,
) -> Result<DelimitedFormat, ProfileError> {
    let t = table.get_ref();
    let byte = |text: &Text, key: &str| match text.get_ref().as_bytes() {
        [b] if *b != b'\n' && *b != b'\r' => Ok(Some(*b)),
        [] => Ok(None),
        _ => Err(source.error(text.span(), key, "one byte")),
    };
    let between = |name: &String| match (name.as_str(), name.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("tab", _) => Ok(b'\t'),
        ("space", _) => Ok(b' '),
        ("semicolon", _) => Ok(b';'),
        ("pipe", _) => Ok(b'|'),
        (_, [b]) if !matches!(b, 0 | b'\n' | b'\r') => Ok(*b),
        _ => Err(source.error(t.delimiter.span(), "delimited.delimiter", "comma, tab, space, semicolon, pipe or one byte")),
    };
    let mut delimiters = t.delimiter.get_ref().all().iter().map(between).collect::<Result<Vec<u8>, _>>()?;
    if delimiters.is_empty() {
        return Err(source.error(t.delimiter.span(), "delimited.delimiter", "at least one"));
    }
    let delimiter = delimiters.remove(0);
    let quote = t.quote.as_ref().map_or(Ok(Some(b'"')), |q| byte(q, "delimited.quote"))?;
    let escape = t.escape.as_ref().map_or(Ok(None), |e| byte(e, "delimited.escape"))?;
    let header = match (t.header.as_ref().map(|h| h.get_ref().as_str()), &t.columns) {
        (None | Some("none"), Some(names)) if !names.is_empty() && names.len() <= super::delimited::MOST_COLUMNS => {
            let names: Vec<Vec<u8>> = names.iter().map(|n| n.as_bytes().to_vec()).collect();
            Header::Columns { least: t.least.unwrap_or(names.len()), names }
        }
        (None | Some("row"), None) => Header::Row,
        (Some("directive"), None) => Header::Directive,
        _ => {
            let m = "header is \"row\" or \"directive\", or there is none and columns names them";
            return Err(source.error(table.span(), "delimited.header", m));
        }
    };
    let multiline = t.multiline.unwrap_or(header == Header::Row);
    let dialect = Dialect { delimiter, quote, escape, multiline, brackets: t.brackets };
    let fields = (t.time.as_ref(), &t.fields, t.keep.as_ref(), t.require.as_slice(), (t.nested.as_ref(), &[][..]));
    let map = field_map(source, "delimited", fields, actions)?;
    Ok(DelimitedFormat { dialect, delimiters, header, map })
}

/// Names of further values that the parser writes itself.
pub(super) const RESERVED: [&str; 10] =
    ["duplicate_keys", "extra", "ident", "no_line_end", "note", "port", "raw_bytes", "raw_status", "raw_time", "vhost"];

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

//! A line described by literal text and named fields, for text logs of other shapes:
//! `{address} {actor} [{time}] "{request}" {status} {bytes}`.

use super::profile::{Port, Role};
use super::row::without_port;

/// Where a field of a pattern goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Role(Role),
    /// Kept in the row under this name.
    Keep(String),
    Ignore,
}

/// What the text of a field has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    /// Without spaces and quotes.
    Word,
    /// A decimal number; it may have a sign.
    Number,
    /// Such numbers with slashes between them.
    Counts,
    /// An address with its port behind it.
    Port,
    /// A word of so many bytes.
    Length(usize),
}

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "word" => Self::Word,
            "number" => Self::Number,
            "counts" => Self::Counts,
            "port" => Self::Port,
            _ => Self::Length(name.parse().ok()?),
        })
    }

    fn fits(self, text: &[u8]) -> bool {
        let word = || !text.iter().any(|b| matches!(b, b' ' | b'"'));
        match self {
            Self::Any => true,
            Self::Word => word(),
            Self::Number => !text.is_empty() && is_number(text),
            Self::Counts => !text.is_empty() && text.split(|b| *b == b'/').all(is_number),
            Self::Port => word() && without_port(text, Port::Always).is_some(),
            Self::Length(n) => text.len() == n && word(),
        }
    }
}

/// Digits, with a sign or none before them; a sign or nothing alone stands for no number.
fn is_number(text: &[u8]) -> bool {
    let digits = match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    };
    !text.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// A compiled pattern. A field reaches to the next occurrence of the literal after it; the last
/// reaches to the end of the line, or to the literal there.
#[derive(Clone, Debug)]
pub(crate) struct LinePattern {
    /// Literal before the first field.
    pub lead: Vec<u8>,
    /// Each field with the literal after it.
    pub fields: Vec<(Field, Vec<u8>, Kind)>,
}

/// Fields of one pattern.
const MAX_FIELDS: usize = 32;

impl LinePattern {
    /// `{time}` and the other roles, `{*}` for a field that is not kept, any other `{name}` for
    /// one that is; `{name:kind}` for one of a kind; `{{` and `}}` stand for the braces themselves.
    pub fn new(text: &str) -> Result<Self, String> {
        let mut lead = Vec::new();
        let mut fields: Vec<(Field, Vec<u8>, Kind)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let literal = fields.last_mut().map_or(&mut lead, |f| &mut f.1);
            if let Some(after) = rest.strip_prefix("{{") {
                literal.push(b'{');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("}}") {
                literal.push(b'}');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or("a \"{\" has no \"}\"")?;
                if literal.is_empty() && !fields.is_empty() {
                    return Err(format!("{{{name}}} follows another field with nothing between them"));
                }
                let (name, kind) = match name.split_once(':') {
                    None => (name, Kind::Any),
                    Some((name, kind)) => {
                        let known = "one of word, number, counts, port, or a number of bytes";
                        (name, Kind::from_name(kind).ok_or_else(|| format!("{{{name}:{kind}}}: a kind is {known}"))?)
                    }
                };
                let field = match Role::from_name(name) {
                    Some(role) => Field::Role(role),
                    None if name == "*" => Field::Ignore,
                    None if valid_name(name) => Field::Keep(name.to_owned()),
                    None => return Err(format!("{{{name}}}: a name holds a-z, 0-9 and _ only")),
                };
                if field != Field::Ignore && fields.iter().any(|f| f.0 == field) {
                    return Err(format!("{{{name}}} stands twice"));
                }
                fields.push((field, Vec::new(), kind));
                rest = after;
            } else {
                let n = rest.chars().next().map_or(1, char::len_utf8);
                literal.extend_from_slice(rest.get(..n).unwrap_or_default().as_bytes());
                rest = rest.get(n..).unwrap_or_default();
            }
        }
        if fields.is_empty() || fields.len() > MAX_FIELDS {
            return Err(format!("a pattern has 1 to {MAX_FIELDS} fields, this has {}", fields.len()));
        }
        Ok(Self { lead, fields })
    }

    /// The fields of a line in order; None where the line does not fit.
    pub fn read<'a>(&'a self, line: &'a [u8], mut take: impl FnMut(&'a Field, Kind, &'a [u8])) -> Option<()> {
        let mut rest = line.strip_prefix(self.lead.as_slice())?;
        let last = self.fields.len().saturating_sub(1);
        for (n, (field, literal, kind)) in self.fields.iter().enumerate() {
            let end = match literal.as_slice() {
                [] => rest.len(),
                // What ends the line may stand within its last field too.
                end if n == last => rest.strip_suffix(end)?.len(),
                other => memchr::memmem::find(rest, other)?,
            };
            let text = rest.get(..end)?;
            if !kind.fits(text) {
                return None;
            }
            take(field, *kind, text);
            rest = rest.get(end.saturating_add(literal.len())..)?;
        }
        rest.is_empty().then_some(())
    }
}

/// Names of a row's further values.
pub(crate) fn valid_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let p = LinePattern::new("{time} {{{host}}} \"{request}\" {status} {*}").unwrap();
        let mut got = Vec::new();
        p.read(b"1 {web} \"GET / HTTP/1.1\" 200 rest of it", |f, _, v| got.push((f.clone(), v.to_vec()))).unwrap();
        assert_eq!(got[1], (Field::Keep("host".into()), b"web".to_vec()));
        assert_eq!(got[2], (Field::Role(Role::Request), b"GET / HTTP/1.1".to_vec()));
        assert_eq!(got[4].0, Field::Ignore);
        assert!(p.read(b"1 web", |_, _, _| {}).is_none());
        for bad in ["", "x", "{a}{b}", "{a} {a}", "{A}", "{a", "{a:b}"] {
            assert!(LinePattern::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn kinds() {
        for (kind, yes, no) in [
            ("word", "a/b", "a b"),
            ("number", "+12", "1/2"),
            ("counts", "0/-1/2", "0/x"),
            ("port", "2001:db8::1:443", "192.0.2.1"),
            ("2", "--", "---"),
        ] {
            let p = LinePattern::new(&format!("{{*:{kind}}}")).unwrap();
            assert!(p.read(yes.as_bytes(), |_, _, _| {}).is_some(), "{kind} {yes}");
            assert!(p.read(no.as_bytes(), |_, _, _| {}).is_none(), "{kind} {no}");
        }
    }
}

//! A line described by literal text and named fields, for text logs of other shapes:
//! `{address} {actor} [{time}] "{request}" {status} {bytes}`.

use super::profile::Role;

/// Where a field of a pattern goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Role(Role),
    /// Kept in the row under this name.
    Keep(String),
    Ignore,
}

/// A compiled pattern. A field reaches to the next occurrence of the literal after it; the last
/// reaches to the end of the line, or to the literal there.
#[derive(Clone, Debug)]
pub(crate) struct LinePattern {
    /// Literal before the first field.
    pub lead: Vec<u8>,
    /// Each field with the literal after it.
    pub fields: Vec<(Field, Vec<u8>)>,
}

/// Fields of one pattern.
const MAX_FIELDS: usize = 32;

impl LinePattern {
    /// `{time}` and the other roles, `{*}` for a field that is not kept, any other `{name}` for
    /// one that is; `{{` and `}}` stand for the braces themselves.
    pub fn new(text: &str) -> Result<Self, String> {
        let mut lead = Vec::new();
        let mut fields: Vec<(Field, Vec<u8>)> = Vec::new();
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
                let field = match Role::from_name(name) {
                    Some(role) => Field::Role(role),
                    None if name == "*" => Field::Ignore,
                    None if valid_name(name) => Field::Keep(name.to_owned()),
                    None => return Err(format!("{{{name}}}: a name holds a-z, 0-9 and _ only")),
                };
                if field != Field::Ignore && fields.iter().any(|f| f.0 == field) {
                    return Err(format!("{{{name}}} stands twice"));
                }
                fields.push((field, Vec::new()));
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
    pub fn read<'a>(&'a self, line: &'a [u8], mut take: impl FnMut(&'a Field, &'a [u8])) -> Option<()> {
        let mut rest = line.strip_prefix(self.lead.as_slice())?;
        let last = self.fields.len().saturating_sub(1);
        for (n, (field, literal)) in self.fields.iter().enumerate() {
            let end = match literal.as_slice() {
                [] => rest.len(),
                // What ends the line may stand within its last field too.
                end if n == last => rest.strip_suffix(end)?.len(),
                other => memchr::memmem::find(rest, other)?,
            };
            take(field, rest.get(..end)?);
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
        p.read(b"1 {web} \"GET / HTTP/1.1\" 200 rest of it", |f, v| got.push((f.clone(), v.to_vec()))).unwrap();
        assert_eq!(got[1], (Field::Keep("host".into()), b"web".to_vec()));
        assert_eq!(got[2], (Field::Role(Role::Request), b"GET / HTTP/1.1".to_vec()));
        assert_eq!(got[4].0, Field::Ignore);
        assert!(p.read(b"1 web", |_, _| {}).is_none());
        for bad in ["", "x", "{a}{b}", "{a} {a}", "{A}", "{a"] {
            assert!(LinePattern::new(bad).is_err(), "{bad}");
        }
    }
}

//! Patterns on the path of a request's target: whom it names and which data it exposes.

/// A pattern such as `/v1/customers/{subject}/addresses/{*}/entrance`. Segments are literal, `{*}`
/// (any one segment), `{subject}` or `{third_party}` (any one segment, captured: a pattern has one); a final `/**` takes any rest,
/// also none. The query is not part of the path; one slash at the end is ignored. Bytes are
/// compared as they stand in the log: percent escapes are not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetPattern {
    /// Everything before the first segment that is not literal: rejects most targets at once.
    prefix: Vec<u8>,
    rest: Vec<Segment>,
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Vec<u8>),
    Any,
    Captured,
}

impl TargetPattern {
    pub fn new(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix('/') else {
            return Err(format!("a pattern starts with \"/\", this is {text:?}"));
        };
        let (path, open) = match path.strip_suffix("**") {
            Some(p) if p.is_empty() || p.ends_with('/') => (p.strip_suffix('/').unwrap_or(p), true),
            Some(_) => return Err(format!("\"**\" stands only after a \"/\" at the end, this is {text:?}")),
            None => (path, false),
        };
        let mut prefix = b"/".to_vec();
        let mut rest = Vec::new();
        let mut segments = path.split('/').peekable();
        if path.is_empty() {
            return Ok(Self { prefix, rest, open });
        }
        while let Some(s) = segments.next() {
            let segment = match s {
                "{*}" => Segment::Any,
                "{subject}" | "{third_party}" => Segment::Captured,
                _ if s.contains(['{', '}', '*', '?', '#']) => {
                    return Err(format!("a segment is literal, {{*}}, {{subject}} or {{third_party}}, this is {s:?}"));
                }
                _ => Segment::Literal(s.as_bytes().to_vec()),
            };
            match segment {
                // The prefix ends with a slash, so that it never ends within a segment.
                Segment::Literal(l) if rest.is_empty() && segments.peek().is_some() => {
                    prefix.extend_from_slice(&l);
                    prefix.push(b'/');
                }
                other => rest.push(other),
            }
        }
        Ok(Self { prefix, rest, open })
    }

    /// Some where the path matches, with the captured segment where the pattern has one.
    pub fn find<'a>(&self, path: &'a [u8]) -> Option<Option<&'a [u8]>> {
        let mut left = path.strip_prefix(self.prefix.as_slice())?;
        let mut captured = None;
        let mut ended = false;
        for segment in &self.rest {
            if ended {
                return None;
            }
            let (here, after) = match memchr::memchr(b'/', left) {
                Some(i) => (left.get(..i)?, left.get(i.saturating_add(1)..)?),
                None => {
                    ended = true;
                    (left, &[][..])
                }
            };
            match segment {
                Segment::Literal(l) if l != here => return None,
                Segment::Literal(_) => {}
                Segment::Any | Segment::Captured if here.is_empty() => return None,
                Segment::Any => {}
                Segment::Captured => captured = Some(here),
            }
            left = after;
        }
        (self.open || left.is_empty()).then_some(captured)
    }
}

/// The path of a target: without scheme and authority, query and fragment.
pub fn path(target: &[u8]) -> &[u8] {
    let target = match target {
        [b'/', ..] => target,
        _ => memchr::memmem::find(target, b"://")
            .and_then(|i| target.get(i.saturating_add(3)..))
            .and_then(|rest| memchr::memchr(b'/', rest).and_then(|i| rest.get(i..)))
            .unwrap_or(target),
    };
    match memchr::memchr2(b'?', b'#', target) {
        Some(i) => target.get(..i).unwrap_or_default(),
        None => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, target: &str) -> Option<Option<String>> {
        let p = TargetPattern::new(pattern).unwrap();
        p.find(path(target.as_bytes())).map(|s| s.map(|s| String::from_utf8(s.to_vec()).unwrap()))
    }

    #[test]
    fn patterns() {
        let subject = |s: &str| Some(Some(s.to_owned()));
        let customers = "/v1/customers/{subject}/**";
        assert_eq!(find(customers, "/v1/customers/12/orders?limit=5"), subject("12"));
        assert_eq!(find(customers, "/v1/customers/12"), subject("12"));
        assert_eq!(find(customers, "/v1/customers/12/"), subject("12"));
        assert_eq!(find(customers, "https://shop.example/v1/customers/12/x?a=/b"), subject("12"));
        assert_eq!(find(customers, "/v1/customers/"), None);
        assert_eq!(find(customers, "/v1/customersX/12"), None);
        assert_eq!(find("/v1/customers/{*}/addresses", "/v1/customers/7/addresses/"), Some(None));
        assert_eq!(find("/v1/customers/{*}/addresses", "/v1/customers/7/addresses/1/entrance"), None);
        assert_eq!(find("/v1/customers/{*}/addresses/{*}/entrance", "/v1/customers/7/addresses/1/entrance"), Some(None));
        assert_eq!(find("/**", "/anything"), Some(None));
        assert_eq!(find("/health", "/health"), Some(None));
        assert_eq!(find("/health", "/healthz"), None);
        for bad in ["v1", "/a/{b}/c", "/a**", "/a?b"] {
            assert!(TargetPattern::new(bad).is_err(), "{bad}");
        }
    }
}

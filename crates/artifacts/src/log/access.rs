//! One line of a web access log: Common, Combined, with a virtual host before and any fields
//! after. Fields are slices of the line as they stand there; escapes (`\"`, `\x22`) are kept.
//! Sources: Apache HTTP Server, mod_log_config ("Common", "Combined", "vhost_combined"); nginx,
//! ngx_http_log_module ("combined", "main" of the packaged nginx.conf).

use super::profile::Port;
use super::row::without_port;
use super::unread::Reason;
use memchr::{memchr, memchr2};

/// The parts of a line. A part that is `-` is present as `-`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLine<'a> {
    pub vhost: Option<&'a [u8]>,
    pub host: &'a [u8],
    pub ident: &'a [u8],
    pub user: &'a [u8],
    /// Between the brackets.
    pub time: &'a [u8],
    /// Between the quotes.
    pub request: &'a [u8],
    pub status: &'a [u8],
    pub bytes: &'a [u8],
    pub referrer: Option<&'a [u8]>,
    pub agent: Option<&'a [u8]>,
    /// What follows the agent (or the bytes), without the space before it.
    pub trailing: &'a [u8],
    /// The list of addresses whose first is `host`.
    pub chain: Option<&'a [u8]>,
    /// What lies beyond the time, or the user, holds the time of another line. Whoever asks can
    /// write that, so the line is no less a line.
    pub holds_another: bool,
}

/// Bytes searched for the `]` after a `[`.
const LONGEST_TIME: usize = 64;

/// Whether a second field may be the client's address, so that the first is a virtual host.
fn is_address(field: &[u8]) -> bool {
    field.len() >= 2
        && field.iter().any(|b| matches!(b, b'.' | b':'))
        && field.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'%'))
}

impl<'a> AccessLine<'a> {
    /// `with_vhost`: the profile says that a virtual host comes first, also where the client is
    /// logged by name.
    pub fn read(line: &'a [u8], with_vhost: WithVhost) -> Result<Self, Reason> {
        let (open, close) = time_brackets(line)?;
        let time = line.get(open.saturating_add(1)..close).unwrap_or_default();
        let names = line.get(..open.saturating_sub(1)).unwrap_or_default();
        let mut out = Self { time, ..Self::default() };
        out.names(names, with_vhost)?;
        let rest = line.get(close.saturating_add(1)..).unwrap_or_default();
        out.holds_another = holds_another(rest)? || memchr(b'[', out.user).is_some_and(|i| is_time(out.user.get(i..)));
        let rest = match rest {
            [b' ', b'"', rest @ ..] => rest,
            [] | [b' '] => return Err(Reason::CutShort),
            [b' ', b' ', rest @ ..] => rest.trim_ascii_start().strip_prefix(b"\"").ok_or(Reason::NotThisFormat)?,
            _ => return Err(Reason::NotThisFormat),
        };
        let end = request_end(rest).ok_or(Reason::CutShort)?;
        out.request = rest.get(..end).unwrap_or_default();
        // `request_end` has seen the quote and the space after it.
        let rest = rest.get(end.saturating_add(2)..).unwrap_or_default();
        let (status, rest) = token(rest);
        out.status = status;
        let Some(rest) = rest else { return Err(Reason::CutShort) };
        let (bytes, rest) = token(rest);
        out.bytes = bytes;
        if bytes.is_empty() {
            return Err(Reason::CutShort);
        }
        // No client writes what stands here: another line begins within this one.
        if out.holds_another && bytes != b"-" && !bytes.iter().all(u8::is_ascii_digit) {
            return Err(Reason::CutShort);
        }
        let Some(rest) = rest else { return Ok(out) };
        out.after(rest)
    }

    /// `[vhost] host ident user`; the user may hold spaces.
    fn names(&mut self, names: &'a [u8], with_vhost: WithVhost) -> Result<(), Reason> {
        let (first, rest) = token(names);
        let (second, rest) = token(rest.ok_or(Reason::NotThisFormat)?);
        let third = rest.ok_or(Reason::NotThisFormat)?;
        if first.is_empty() {
            return Err(Reason::NotThisFormat);
        }
        if first.last() == Some(&b',') {
            return self.listed(names);
        }
        (self.host, self.ident, self.user) = (first, second, third);
        if let (ident, Some(user)) = token(third)
            && (with_vhost == WithVhost::Stated || is_address(second))
        {
            (self.vhost, self.host, self.ident, self.user) = (Some(first), second, ident, user);
        }
        Ok(())
    }

    /// `client, proxy, proxy ident user`: the addresses of X-Forwarded-For in place of the client's.
    fn listed(&mut self, names: &'a [u8]) -> Result<(), Reason> {
        let (mut rest, mut length) = (names, 0usize);
        loop {
            let (item, after) = token(rest);
            rest = after.ok_or(Reason::NotThisFormat)?;
            length = length.saturating_add(item.len());
            if item.last() != Some(&b',') {
                break;
            }
            length = length.saturating_add(1);
        }
        let (ident, user) = token(rest);
        let (Some(list), Some(user)) = (names.get(..length), user) else { return Err(Reason::NotThisFormat) };
        self.host = list.split(|b| *b == b',').next().unwrap_or_default();
        (self.chain, self.ident, self.user) = (Some(list), ident, user);
        Ok(())
    }

    /// Referrer and agent, where two quoted fields follow, and the rest.
    fn after(mut self, rest: &'a [u8]) -> Result<Self, Reason> {
        self.trailing = rest;
        let [b'"', quoted @ ..] = rest else { return Ok(self) };
        let end = quote_end(quoted).ok_or(Reason::CutShort)?;
        let referrer = quoted.get(..end);
        let [b' ', b'"', quoted @ ..] = quoted.get(end.saturating_add(1)..).unwrap_or_default() else {
            return Ok(self);
        };
        let end = quote_end(quoted).ok_or(Reason::CutShort)?;
        self.referrer = referrer;
        self.agent = quoted.get(..end);
        self.trailing = quoted.get(end.saturating_add(2)..).unwrap_or_default();
        Ok(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithVhost {
    Stated,
    IfAddressFollows,
}

/// A field up to the next space, and what follows the space; None at the end of the line.
fn token(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr(b' ', text) {
        Some(i) => (text.get(..i).unwrap_or_default(), text.get(i.saturating_add(1)..)),
        None => (text, None),
    }
}

/// Positions of the brackets around the time: the first `[` after a space whose content has the
/// shape of a time, so that a bracket in a user's name does no harm.
fn time_brackets(line: &[u8]) -> Result<(usize, usize), Reason> {
    let mut from = 0usize;
    let mut reason = Reason::NotThisFormat;
    while let Some(i) = line.get(from..).and_then(|rest| memchr(b'[', rest)) {
        let open = from.saturating_add(i);
        from = open.saturating_add(1);
        if open == 0 || line.get(open.saturating_sub(1)) != Some(&b' ') {
            continue;
        }
        let content = line.get(from..).unwrap_or_default();
        let window = content.get(..LONGEST_TIME).unwrap_or(content);
        match memchr(b']', window) {
            Some(n) if content.get(2) == Some(&b'/') && content.get(6) == Some(&b'/') || is_iso(content) => {
                return Ok((open, from.saturating_add(n)));
            }
            None if content.len() < 26 => reason = Reason::CutShort,
            Some(_) | None => {}
        }
    }
    Err(reason)
}

/// `2024-03-12T10:00:01+01:00`, nginx's `$time_iso8601`.
pub(super) fn is_iso(text: &[u8]) -> bool {
    text.get(4) == Some(&b'-') && text.get(7) == Some(&b'-') && text.get(10) == Some(&b'T')
}

/// Whether text from a bracket on begins as the time of a line does, whole or torn off: `[12/`.
fn is_time(text: Option<&[u8]>) -> bool {
    matches!(text, Some([b'[', a, b, b'/', ..]) if a.is_ascii_digit() && b.is_ascii_digit())
}

/// Whether what follows the time of a line holds the time of another. A bare CR is no part of any
/// field, since servers escape it: the file has other line ends.
fn holds_another(rest: &[u8]) -> Result<bool, Reason> {
    let mut from = 0usize;
    while let Some(i) = rest.get(from..).and_then(|rest| memchr2(b'[', b'\r', rest)) {
        let at = from.saturating_add(i);
        match rest.get(at..) {
            Some([b'\r', ..]) => return Err(Reason::NotThisFormat),
            found @ Some([_, _, _, _, _, _, _, b'/', _, _, _, _, b':', ..]) if is_time(found) => return Ok(true),
            Some(_) | None => from = at.saturating_add(1),
        }
    }
    Ok(false)
}

/// Whether `rest`, which follows a closing quote, begins with a space and a status.
fn status_follows(rest: &[u8]) -> bool {
    match rest {
        [b' ', a, b, c, after @ ..] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() => {
            matches!(after.first(), None | Some(b' '))
        }
        [b' ', b'-', after @ ..] => matches!(after.first(), None | Some(b' ')),
        _ => false,
    }
}

/// Length of the request line: up to the quote that a status follows. Quotes inside that nobody
/// escaped do not end it.
fn request_end(text: &[u8]) -> Option<usize> {
    find_quote(text, status_follows).or_else(|| {
        // A lone backslash before the last quote was not an escape.
        let mut from = 0usize;
        while let Some(i) = text.get(from..).and_then(|rest| memchr(b'"', rest)) {
            let at = from.saturating_add(i);
            from = at.saturating_add(1);
            if status_follows(text.get(from..).unwrap_or_default()) {
                return Some(at);
            }
        }
        None
    })
}

/// Length of a quoted field: up to the quote that a space or the end of the line follows.
fn quote_end(text: &[u8]) -> Option<usize> {
    find_quote(text, |rest| matches!(rest.first(), None | Some(b' ')))
}

/// Position of the first quote that is not escaped and is followed as `ends` demands.
fn find_quote(text: &[u8], ends: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut from = 0usize;
    while let Some(i) = text.get(from..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        let at = from.saturating_add(i);
        from = at.saturating_add(1);
        if text.get(at) == Some(&b'\\') {
            from = from.saturating_add(1);
        } else if ends(text.get(from..).unwrap_or_default()) {
            return Some(at);
        }
    }
    None
}

/// One field after the agent, quoted or bare, and what follows it.
pub fn trailing_field(text: &[u8]) -> (&[u8], &[u8]) {
    if let [b'"', quoted @ ..] = text
        && let Some(end) = quote_end(quoted)
    {
        return (quoted.get(..end).unwrap_or_default(), quoted.get(end.saturating_add(2)..).unwrap_or_default());
    }
    let (field, rest) = token(text);
    (field, rest.unwrap_or_default())
}

/// Fields after the agent that are looked at.
const FIELDS_BEHIND: usize = 32;

/// The addresses of X-Forwarded-For in what follows the agent, and what is left where it stands
/// first: a quoted list of addresses. Only there may `-` stand for none.
pub fn forwarded_for(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut rest = text;
    // A quote that is never closed is searched to the end of the line each time.
    for _ in 0..FIELDS_BEHIND {
        if rest.is_empty() {
            break;
        }
        let (value, after) = trailing_field(rest);
        let quoted = rest.first() == Some(&b'"');
        let first = rest.len() == text.len();
        if quoted && (first && value == b"-" || value.split(|b| *b == b',').all(is_forwarded)) {
            return (Some(value), if first { after } else { text });
        }
        rest = after;
    }
    (None, text)
}

/// An address as a proxy writes it, with a port or without.
fn is_forwarded(item: &[u8]) -> bool {
    let item = item.trim_ascii();
    let is = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|t| t.parse::<std::net::IpAddr>().is_ok());
    item == b"unknown" || is(item) || without_port(item, Port::Maybe).is_some_and(|(host, _)| is(host))
}

/// A client's address without its port and brackets, and the port.
pub fn host_and_port(host: &[u8]) -> (&[u8], Option<&[u8]>) {
    if memchr(b':', host).is_none() {
        return (host, None);
    }
    match (without_port(host, Port::Maybe), host) {
        (Some((host, port)), _) => (host, Some(port)),
        (None, [b'[', inner @ .., b']']) => (inner, None),
        (None, _) => (host, None),
    }
}

/// Method, target and protocol of a request line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestLine<'a> {
    pub method: Option<&'a [u8]>,
    pub target: Option<&'a [u8]>,
    pub protocol: Option<&'a [u8]>,
    /// What is wrong with it; the row says so.
    pub note: Option<&'static str>,
}

impl<'a> RequestLine<'a> {
    /// Reads `GET /path HTTP/1.1`. A line of another shape (empty, `-`, the bytes of another
    /// protocol) keeps its bytes as the target and bears a note.
    pub fn read(text: &'a [u8]) -> Self {
        if text.is_empty() || text == b"-" {
            return Self { note: Some("no request line"), ..Self::default() };
        }
        let malformed = Self { target: Some(text), note: Some("malformed request line"), ..Self::default() };
        let (method, Some(rest)) = token(text) else { return malformed };
        if method == b"-" {
            return Self::without_method(rest);
        }
        if method.is_empty() || method.len() > 32 || !method.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_')
        {
            return malformed;
        }
        // A target may hold spaces that nobody escaped; the protocol is what follows the last.
        let (target, protocol) = match memchr::memrchr(b' ', rest) {
            Some(i) if is_protocol(rest.get(i.saturating_add(1)..).unwrap_or_default()) => {
                (rest.get(..i).unwrap_or_default(), rest.get(i.saturating_add(1)..))
            }
            _ => (rest, None),
        };
        if target.is_empty() {
            return malformed;
        }
        Self { method: Some(method), target: Some(target), protocol, note: None }
    }

    /// `- - - `, `- http://lb:80- -`: load balancers write dashes for what a connection without a
    /// request lacks. Source: AWS, access logs of the Classic and Application Load Balancers.
    fn without_method(rest: &'a [u8]) -> Self {
        let rest = rest.trim_ascii();
        let target = rest.strip_suffix(b" -").unwrap_or(rest);
        let target = (target != b"-" && !target.is_empty()).then_some(target);
        Self { target, note: Some("no request line"), ..Self::default() }
    }
}

/// `HTTP/1.1`, `RTSP/1.0`: letters, a slash, a digit.
fn is_protocol(text: &[u8]) -> bool {
    let Some(slash) = memchr(b'/', text) else { return false };
    slash > 0
        && slash <= 8
        && text.iter().take(slash).all(u8::is_ascii_uppercase)
        && text.get(slash.saturating_add(1)).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<AccessLine<'_>, Reason> {
        AccessLine::read(line.as_bytes(), WithVhost::IfAddressFollows)
    }

    #[test]
    fn shapes() {
        let l = read(r#"::1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326"#).unwrap();
        assert_eq!(
            (l.host, l.user, l.request, l.status, l.bytes),
            (&b"::1"[..], &b"frank"[..], &b"GET /a HTTP/1.0"[..], &b"200"[..], &b"2326"[..])
        );
        assert_eq!(l.agent, None);
        let l = read(r#"h:443 10.1.1.2 - - [13/Jan/2018:19:31:17 +0000] "GET / HTTP/1.1" 200 1063 "-" "a \"b\" c" "-" 0.003"#)
            .unwrap();
        assert_eq!(
            (l.vhost, l.host, l.agent, l.trailing),
            (Some(&b"h:443"[..]), &b"10.1.1.2"[..], Some(&br#"a \"b\" c"#[..]), &br#""-" 0.003"#[..])
        );
        assert_eq!(trailing_field(l.trailing), (&b"-"[..], &b"0.003"[..]));
        let l = read(r#"10.0.0.1 - John [x] Smith [13/Jan/2018:19:31:17 +0000] "GET / HTTP/1.1" 200 -"#).unwrap();
        assert_eq!((l.vhost, l.user, l.bytes), (None, &b"John [x] Smith"[..], &b"-"[..]));
        let l = read(r#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "GET /a?<script>alert("text")</script> HTTP/1.0" 404 1164"#)
            .unwrap();
        assert_eq!(l.request, br#"GET /a?<script>alert("text")</script> HTTP/1.0"#);
        let l = read(r#"1.2.3.4 - - [25/Apr/2021:06:15:33 +0000] "GET /a\" 404 1164 "-" "=HYPERLINK("http://evil")""#).unwrap();
        assert_eq!((l.request, l.agent), (&br"GET /a\"[..], Some(&br#"=HYPERLINK("http://evil")"#[..])));
    }

    #[test]
    fn what_follows_the_agent() {
        for (text, list, rest) in [
            (r#""-" 0.003"#, Some("-"), "0.003"),
            (r#""203.0.113.7, 10.0.0.2:80" 1"#, Some("203.0.113.7, 10.0.0.2:80"), "1"),
            ("12345", None, "12345"),
            (r#"1234 "198.51.100.1""#, Some("198.51.100.1"), r#"1234 "198.51.100.1""#),
            (r#""0.003" "-""#, None, r#""0.003" "-""#),
            ("0.003 0.002 0.001 .", None, "0.003 0.002 0.001 ."),
            ("vhost=example.com rt=0.1", None, "vhost=example.com rt=0.1"),
            ("203.0.113.7", None, "203.0.113.7"),
        ] {
            assert_eq!(forwarded_for(text.as_bytes()), (list.map(str::as_bytes), rest.as_bytes()), "{text}");
        }
        for (host, address, port) in [
            ("203.0.113.7:51234", "203.0.113.7", Some("51234")),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("[2001:db8::1]:443", "2001:db8::1", Some("443")),
            ("2001:db8::1", "2001:db8::1", None),
            ("client.example.com", "client.example.com", None),
        ] {
            assert_eq!(host_and_port(host.as_bytes()), (address.as_bytes(), port.map(str::as_bytes)));
        }
    }

    #[test]
    fn broken_lines() {
        for (line, reason) in [
            ("2025-07-01 health checker: upstream pool ok (3)", Reason::NotThisFormat),
            (r#"192.168.202.254 [20/Jul/2009:22:59:29 +0000] "GET / HTTP/1.0" 404 46210"#, Reason::NotThisFormat),
            (r#"1.1.1.1 - - [20/Jul/2009:22:59"#, Reason::CutShort),
            (r#"1.1.1.1 - - [20/Jul/2009:22:59:29 +0000] "GET /v1/cust"#, Reason::CutShort),
            (r#"1.1.1.1 - - [20/Jul/2009:22:59:29 +0000] "GET /" 200"#, Reason::CutShort),
            (r#"1.1.1.1 - - [20/Jul/2009:22:59:29 +0000] "GET /" 200 12 "-" "Mozi"#, Reason::CutShort),
        ] {
            assert_eq!(read(line).unwrap_err(), reason, "{line}");
        }
    }

    #[test]
    fn request_lines() {
        let r = RequestLine::read(b"GET /a b HTTP/1.1");
        assert_eq!((r.target, r.protocol, r.note), (Some(&b"/a b"[..]), Some(&b"HTTP/1.1"[..]), None));
        let r = RequestLine::read(b"GET /");
        assert_eq!((r.method, r.target, r.protocol), (Some(&b"GET"[..]), Some(&b"/"[..]), None));
        assert_eq!(RequestLine::read(b"-").target, None);
        let r = RequestLine::read(b"- - - ");
        assert_eq!((r.method, r.target, r.note), (None, None, Some("no request line")));
        let r = RequestLine::read(b"- http://lb:80- -");
        assert_eq!((r.method, r.target), (None, Some(&b"http://lb:80-"[..])));
        let r = RequestLine::read(b"\\x16\\x03\\x01");
        assert_eq!((r.method, r.target), (None, Some(&b"\\x16\\x03\\x01"[..])));
    }
}

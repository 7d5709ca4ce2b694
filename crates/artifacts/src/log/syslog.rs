//! Lines of syslog: RFC 5424, RFC 3164 as it lies in files, and the latter with RFC 3339 times as
//! rsyslog writes them. Sources: RFC 3164 section 4, RFC 5424 section 6; rsyslog, "Templates".

use super::unread::Reason;
use memchr::memchr;

/// The parts of a line that a profile may name.
pub(crate) const FIELDS: [&str; 9] = ["time", "host", "app", "pid", "msgid", "data", "message", "severity", "facility"];

const SEVERITIES: [&str; 8] = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit",
    "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// Slices of a line, each None where it is absent or `-`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyslogLine<'a> {
    pub time: Option<&'a [u8]>,
    pub host: Option<&'a [u8]>,
    pub app: Option<&'a [u8]>,
    pub pid: Option<&'a [u8]>,
    pub msgid: Option<&'a [u8]>,
    /// Structured data, with its brackets.
    pub data: Option<&'a [u8]>,
    pub message: Option<&'a [u8]>,
    /// Words for the two parts of `<PRI>`.
    pub severity: Option<&'static str>,
    pub facility: Option<&'static str>,
}

impl<'a> SyslogLine<'a> {
    pub fn read(line: &'a [u8]) -> Result<Self, Reason> {
        let mut out = Self::default();
        let (rest, has_priority) = out.priority(line)?;
        match rest {
            [b'1', b' ', rest @ ..] if has_priority => out.rfc5424(rest)?,
            _ => out.rfc3164(rest)?,
        }
        Ok(out)
    }

    /// In the order of `FIELDS`.
    pub fn fields(&self) -> [Option<&[u8]>; FIELDS.len()] {
        let word = |w: Option<&'static str>| w.map(str::as_bytes);
        let (severity, facility) = (word(self.severity), word(self.facility));
        [self.time, self.host, self.app, self.pid, self.msgid, self.data, self.message, severity, facility]
    }

    /// `<34>`, where it is there.
    fn priority(&mut self, line: &'a [u8]) -> Result<(&'a [u8], bool), Reason> {
        let [b'<', rest @ ..] = line else { return Ok((line, false)) };
        let window = rest.get(..4).unwrap_or(rest);
        let Some(end) = memchr(b'>', window) else { return Err(Reason::NotThisFormat) };
        let digits = rest.get(..end).unwrap_or_default();
        let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse::<usize>().ok()).filter(|n| *n < 192);
        let number = number.ok_or(Reason::NotThisFormat)?;
        self.severity = SEVERITIES.get(number % 8).copied();
        self.facility = FACILITIES.get(number / 8).copied();
        Ok((rest.get(end.saturating_add(1)..).unwrap_or_default(), true))
    }

    /// `TIMESTAMP HOST APP PROCID MSGID DATA [MESSAGE]`.
    fn rfc5424(&mut self, line: &'a [u8]) -> Result<(), Reason> {
        let mut rest = line;
        let mut word = || {
            let end = memchr(b' ', rest).ok_or(Reason::CutShort)?;
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or_default();
            Ok((!word.is_empty() && word != b"-").then_some(word))
        };
        self.time = word()?;
        self.host = word()?;
        self.app = word()?;
        self.pid = word()?;
        self.msgid = word()?;
        if self.time.is_some_and(|t| !is_iso(t)) {
            return Err(Reason::NotThisFormat);
        }
        let message = match rest {
            [b'-', after @ ..] => after,
            [b'[', ..] => {
                let end = data_end(rest).ok_or(Reason::CutShort)?;
                self.data = rest.get(..end);
                rest.get(end..).unwrap_or_default()
            }
            [] => return Err(Reason::CutShort),
            _ => return Err(Reason::NotThisFormat),
        };
        let message = message.trim_ascii_start();
        self.message = Some(message.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(message)).filter(|m| !m.is_empty());
        Ok(())
    }

    /// `Oct 11 22:14:15 host app[pid]: message`, or with an RFC 3339 time.
    fn rfc3164(&mut self, line: &'a [u8]) -> Result<(), Reason> {
        let length = match bsd_length(line) {
            Some(length) => length,
            None if is_iso(line) => memchr(b' ', line).ok_or(Reason::CutShort)?,
            None => return Err(Reason::NotThisFormat),
        };
        self.time = line.get(..length);
        let rest = match line.get(length..).unwrap_or_default() {
            [b' ', rest @ ..] => rest,
            // A line of syslogd itself, such as "last message repeated".
            [b':', b' ', rest @ ..] => {
                self.message = Some(rest);
                self.mnemonic();
                return Ok(());
            }
            _ => return Err(Reason::CutShort),
        };
        let (host, mut rest) = split(rest).ok_or(Reason::CutShort)?;
        if let Some(level) = level(host) {
            // A program's own log: where others have the host, it has the level.
            self.severity = self.severity.or(Some(level));
            rest = rest.trim_ascii_start();
        } else if matches!(host, b"stdout" | b"stderr") {
            // Lines of containers, whole or in part. Source: Kubernetes, CRI logging.
            self.app = Some(host);
            self.message = rest.strip_prefix(b"F ").or_else(|| rest.strip_prefix(b"P ")).or(Some(rest)).filter(|m| !m.is_empty());
            return Ok(());
        } else {
            self.host = Some(host).filter(|h| !h.is_empty());
        }
        // The tag reaches to a colon or a space; `app[pid]:`.
        let end = rest.iter().position(|b| matches!(b, b':' | b' ' | b'[')).unwrap_or(rest.len());
        let (tag, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let (pid, after) = match after {
            [b'[', inner @ ..] => match memchr(b']', inner) {
                Some(n) => (inner.get(..n), inner.get(n.saturating_add(1)..).unwrap_or_default()),
                None => (None, after),
            },
            _ => (None, after),
        };
        match after {
            [b':', message @ ..] => {
                self.app = Some(tag).filter(|t| !t.is_empty());
                self.pid = pid;
                self.message = Some(message.trim_ascii_start()).filter(|m| !m.is_empty());
            }
            [b' ', message @ ..] if !tag.is_empty() && pid.is_some() => {
                self.app = Some(tag);
                self.pid = pid;
                self.message = Some(message.trim_ascii_start()).filter(|m| !m.is_empty());
            }
            // Without a colon nothing says where a tag would end.
            _ => self.message = Some(rest).filter(|m| !m.is_empty()),
        }
        self.mnemonic();
        Ok(())
    }

    /// `%ASA-6-302013: text`: what stands before the colon is the tag. Source: Cisco, system message format.
    fn mnemonic(&mut self) {
        let Some(message) = self.message.filter(|m| self.app.is_none() && m.first() == Some(&b'%')) else { return };
        let Some((tag, text)) = memchr(b':', message).and_then(|n| message.split_at_checked(n)) else { return };
        if tag.iter().filter(|b| **b == b'-').count() >= 2 && !tag.contains(&b' ') {
            self.app = Some(tag);
            self.message = text.get(1..).map(<[u8]>::trim_ascii_start).filter(|m| !m.is_empty());
        }
    }
}

/// The severity that a name of a level stands for; a host of such a name is none.
fn level(word: &[u8]) -> Option<&'static str> {
    const LEVELS: [(&[&[u8]], usize); 8] = [
        (&[b"EMERG", b"EMERGENCY"], 0),
        (&[b"ALERT"], 1),
        (&[b"CRIT", b"CRITICAL", b"FATAL"], 2),
        (&[b"ERR", b"ERROR", b"SEVERE"], 3),
        (&[b"WARN", b"WARNING"], 4),
        (&[b"NOTICE"], 5),
        (&[b"INFO"], 6),
        (&[b"DEBUG", b"TRACE"], 7),
    ];
    let inner = word.strip_prefix(b"[").and_then(|w| w.strip_suffix(b"]")).unwrap_or(word);
    let at = LEVELS.iter().find(|(names, _)| names.iter().any(|n| inner == *n || inner == n.to_ascii_lowercase()))?.1;
    SEVERITIES.get(at).copied()
}

/// Where the next message begins of those that lie behind one another without a line end, each
/// with its `<PRI>`. A message that quotes another has a mark or a space before it.
pub(crate) fn run_on(line: &[u8]) -> Option<usize> {
    let apart = |n: usize| line.get(n.checked_sub(1)?).filter(|b| !b" \t\"'`:=([{,|".contains(b));
    memchr::memchr_iter(b'<', line).find(|n| apart(*n).is_some() && line.get(*n..).is_some_and(begins_message))
}

/// `<13>` and a time behind it.
fn begins_message(text: &[u8]) -> bool {
    let [b'<', rest @ ..] = text else { return false };
    let digits = rest.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    match rest.get(digits..) {
        Some([b'>', time @ ..]) if digits > 0 => {
            is_iso(time) || bsd_length(time).is_some() || time.starts_with(b"1 ") && time.get(2..).is_some_and(is_iso)
        }
        _ => false,
    }
}

fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let n = memchr(b' ', text)?;
    Some((text.get(..n)?, text.get(n.saturating_add(1)..)?))
}

/// Length of `Oct 11 22:14:15`, the day with a space for its first digit or without it. With the
/// year before the time, as Cisco writes it, or behind it, with a zone, as in RFC 3164 section 5.4.
fn bsd_length(line: &[u8]) -> Option<usize> {
    let digits = |at: usize| line.iter().skip(at).take_while(|b| b.is_ascii_digit()).count();
    let [m, n, _, b' ', ..] = line else { return None };
    if !m.is_ascii_uppercase() || !n.is_ascii_alphabetic() {
        return None;
    }
    let mut at = 4usize;
    if line.get(at) == Some(&b' ') {
        at = at.saturating_add(1);
    }
    let day = digits(at);
    at = at.saturating_add(day);
    if !(1..=2).contains(&day) || line.get(at) != Some(&b' ') {
        return None;
    }
    at = at.saturating_add(1);
    if digits(at) == 4 && line.get(at.saturating_add(4)) == Some(&b' ') {
        at = at.saturating_add(5);
    }
    let [h, h2, b':', m, m2, b':', s, s2] = line.get(at..at.saturating_add(8))? else { return None };
    if ![h, h2, m, m2, s, s2].iter().all(|b| b.is_ascii_digit()) {
        return None;
    }
    at = at.saturating_add(8);
    if line.get(at) == Some(&b'.') {
        let part = digits(at.saturating_add(1));
        at = if part == 0 { at } else { at.saturating_add(part).saturating_add(1) };
    }
    Some(at.saturating_add(zone_and_year(line.get(at..)?)))
}

/// Length of ` CST 1987` at the start of `text`; 0 where it is none.
fn zone_and_year(text: &[u8]) -> usize {
    let [b' ', rest @ ..] = text else { return 0 };
    let zone = rest.iter().take_while(|b| b.is_ascii_uppercase()).count();
    match rest.get(zone..) {
        Some([b' ', c @ (b'1' | b'2'), y @ ..]) if (2..=5).contains(&zone) => {
            let year = c.is_ascii_digit() && y.iter().take_while(|b| b.is_ascii_digit()).count() == 3;
            if year && y.get(3).is_none_or(|b| matches!(b, b' ' | b':')) { zone.saturating_add(6) } else { 0 }
        }
        _ => 0,
    }
}

fn is_iso(text: &[u8]) -> bool {
    matches!(text.first_chunk::<11>(), Some([y, _, _, _, b'-', _, _, b'-', _, _, b'T']) if y.is_ascii_digit())
}

/// Position after the last `]` of structured data; quotes within hold anything, `\"` too.
fn data_end(text: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut at = 0usize;
    loop {
        match text.get(at)? {
            b'\\' if quoted => at = at.saturating_add(1),
            b'"' => quoted = !quoted,
            b']' if !quoted && text.get(at.saturating_add(1)) != Some(&b'[') => return Some(at.saturating_add(1)),
            _ => {}
        }
        at = at.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let read = |l: &'static str| SyslogLine::read(l.as_bytes());
        let t = |b: Option<&[u8]>| b.map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap_or_default();
        let l = read("<34>Oct 11 22:14:15 mymachine su: 'su root' failed").unwrap();
        assert_eq!((l.severity, l.facility), (Some("critical"), Some("auth")));
        assert_eq!(
            (t(l.time), t(l.host), t(l.app), t(l.message)),
            ("Oct 11 22:14:15".into(), "mymachine".into(), "su".into(), "'su root' failed".into())
        );
        let l = read("Oct  1 22:14:15 h app[12]: x: y").unwrap();
        assert_eq!((t(l.app), t(l.pid), t(l.message)), ("app".into(), "12".into(), "x: y".into()));
        let l = read(r#"<165>1 2003-10-11T22:14:15.003Z h.example evntslog - ID47 [a@1 b="]\"" c="d"][e] msg"#).unwrap();
        assert_eq!((t(l.data), t(l.msgid), t(l.message)), (r#"[a@1 b="]\"" c="d"][e]"#.into(), "ID47".into(), "msg".into()));
        let l = read("2020-05-31T00:00:45.698463+00:00 localhost systemd[1]: Started").unwrap();
        assert_eq!((t(l.host), t(l.pid)), ("localhost".into(), "1".into()));
        assert_eq!(t(read("Nov  3 09:23:38 v lookup for opt failed").unwrap().message), "lookup for opt failed");
        assert_eq!(t(read("Mar 23 23:01:18.123 h a: b").unwrap().time), "Mar 23 23:01:18.123");
        // RFC 3164 section 5.4; Cisco's ASA; one space before a day of one digit.
        let l = read("<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time").unwrap();
        assert_eq!((t(l.time), t(l.host), t(l.pid)), ("Aug 24 05:34:00 CST 1987".into(), "mymachine".into(), "10".into()));
        let l = read("<166>Mar 12 2024 09:00:01: %ASA-6-302013: Built inbound").unwrap();
        assert_eq!((t(l.time), l.host, t(l.app)), ("Mar 12 2024 09:00:01".into(), None, "%ASA-6-302013".into()));
        let l = read("Mar 12 2024 09:00:02 fw1 : %ASA-6-302014: Teardown").unwrap();
        assert_eq!((t(l.host), t(l.app), t(l.message)), ("fw1".into(), "%ASA-6-302014".into(), "Teardown".into()));
        assert_eq!(t(read("Mar 2 09:00:01 web1 sshd[1]: a").unwrap().time), "Mar 2 09:00:01");
        // A level, or a stream, is no host.
        let l = read("2024-03-12T09:00:01.123Z INFO  [main] com.example.App: started").unwrap();
        assert_eq!((l.host, l.severity, t(l.message)), (None, Some("informational"), "[main] com.example.App: started".into()));
        let l = read("2024-03-12T09:00:01.123456789Z stdout F 203.0.113.7 - - [").unwrap();
        assert_eq!((l.host, t(l.app), t(l.message)), (None, "stdout".into(), "203.0.113.7 - - [".into()));
        for bad in ["", "<999>x", "<34>1 2003-10-11T22:14:15Z h", "hello", "Oct 11", "\ta b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}

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
        let length = if is_bsd(line) {
            let part = line.get(16..).filter(|_| line.get(15) == Some(&b'.')).unwrap_or_default();
            let digits = part.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 { 15 } else { digits.saturating_add(16) }
        } else if is_iso(line) {
            memchr(b' ', line).ok_or(Reason::CutShort)?
        } else {
            return Err(Reason::NotThisFormat);
        };
        self.time = line.get(..length);
        let rest = match line.get(length..).unwrap_or_default() {
            [b' ', rest @ ..] => rest,
            // A line of syslogd itself, such as "last message repeated".
            [b':', b' ', rest @ ..] => {
                self.message = Some(rest);
                return Ok(());
            }
            _ => return Err(Reason::CutShort),
        };
        let (host, rest) = split(rest).ok_or(Reason::CutShort)?;
        self.host = Some(host).filter(|h| !h.is_empty());
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
        Ok(())
    }
}

fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let n = memchr(b' ', text)?;
    Some((text.get(..n)?, text.get(n.saturating_add(1)..)?))
}

/// `Oct 11 22:14:15`, the day with a space for its first digit.
fn is_bsd(line: &[u8]) -> bool {
    let Some(head) = line.first_chunk::<15>() else { return false };
    let [m, _, _, b' ', d0, d1, b' ', h, _, b':', _, _, b':', _, s] = head else { return false };
    m.is_ascii_uppercase() && (*d0 == b' ' || d0.is_ascii_digit()) && [d1, h, s].iter().all(|b| b.is_ascii_digit())
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
        for bad in ["", "<999>x", "<34>1 2003-10-11T22:14:15Z h", "hello", "Oct 11", "\ta b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}

//! The values of a record's fields, and the row.

use super::access::RequestLine;
use super::line::{Fields, LineParser, More};
use super::profile::{Port, Role, Shape};
use super::table::Header;
use super::target::path;
use super::time::{Time, TimeFormat};
use super::unread::Oddity;
use model::{Action, Event, Moment, Request, Span, State, Value, Zone};

/// The name under which a row keeps whom else its target names.
const THIRD_PARTY: &str = "third_party";

/// From 1990, before which no server kept such logs, to 2099: microseconds from 1970.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000_000_000..4_102_444_800_000_000;

/// A decimal number of digits only.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |n, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b.wrapping_sub(b'0')))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

impl<'p> LineParser<'p> {
    #[expect(clippy::too_many_arguments, reason = "one call for each kind of record; a struct would be built for each row")]
    pub(super) fn row<'a, E>(
        &mut self,
        fields: &Fields<'a>,
        time: TimeFormat,
        action: Action,
        parser: u16,
        span: Span,
        mut more: More<'a>,
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<More<'a>, E> {
        let at = self.time(fields.get(Role::Time), time, span, &mut more);
        let mut status = None;
        if let Some(text) = fields.get(Role::Status) {
            status = number(text).and_then(|n| u16::try_from(n).ok());
            if status.is_none() {
                self.beyond(span, text);
                more.push(("raw_status", Value::Text(text)));
            }
        }
        let mut bytes = None;
        if let Some(text) = fields.get(Role::Bytes) {
            bytes = number(text);
            if bytes.is_none() {
                self.beyond(span, text);
                more.push(("raw_bytes", Value::Text(text)));
            }
        }
        let line = fields.get(Role::Request).map(RequestLine::read).unwrap_or_default();
        if let Some(note) = fields.note.or(line.note) {
            more.push(("note", note.into()));
        }
        if fields.duplicate {
            more.push(("duplicate_keys", Value::Bool(true)));
        }
        if self.unended {
            more.push(("no_line_end", Value::Bool(true)));
        }
        // In a table of the vendor's own columns a key or an operation stands in for a request, as
        // where S3 itself removes an object.
        let columns = self.shape == Shape::Delimited
            && self.profile.delimited.as_ref().is_some_and(|d| matches!(d.header, Header::Columns { .. }));
        let (said, method) = (fields.get(Role::Target), fields.get(Role::Method));
        let (target, method) =
            if columns { (line.target.or(said), line.method.or(method)) } else { (said.or(line.target), method.or(line.method)) };
        let mut subject = fields.get(Role::Subject);
        let mut exposes = None;
        if let Some(t) = target {
            let path = path(t);
            subject = subject.or_else(|| self.profile.subject.iter().find_map(|p| p.find(path)).flatten());
            if self.profile.served(status) {
                let rule = self.profile.exposes.iter().find(|r| r.target.find(path).is_some());
                exposes = rule.map(|r| r.kinds.as_slice());
            }
            if let Some(third) = self.profile.third_party.iter().find_map(|p| p.find(path)).flatten() {
                more.push((THIRD_PARTY, Value::Text(third)));
            }
        }
        let mut address = fields.get(Role::Address);
        if let (Some(port), Some(text)) = (self.profile.port, address)
            && let Some((host, number)) = without_port(text, port)
        {
            address = Some(host);
            more.push(("port", Value::Text(number)));
        }
        let request = Request {
            address,
            agent: fields.get(Role::Agent),
            bytes,
            exposes,
            key: fields.get(Role::Key),
            method,
            protocol: fields.get(Role::Protocol).or(line.protocol),
            referrer: fields.get(Role::Referrer),
            status,
        };
        let event = Event {
            action,
            state: State::Live,
            at,
            actor: fields.get(Role::Actor),
            object: target,
            subject,
            // Entries of other logs have the fields of a request where they state one of them.
            request: (action == Action::Requested || request != Request::default()).then_some(request),
            more: &more,
            origin: &[span],
        };
        emit(&event, parser)?;
        Ok(more)
    }

    /// A time that can not be read leaves the row undated and keeps its text.
    fn time<'a>(&mut self, text: Option<&'a [u8]>, format: TimeFormat, span: Span, more: &mut More<'a>) -> Option<Moment> {
        let text = text?;
        let moment = match format.read(text, self.profile.clock) {
            Time::Read(read) if !read.finer => Some(read.moment),
            Time::Read(read) => {
                more.push(("raw_time", Value::Text(text)));
                Some(read.moment)
            }
            Time::NoYear => {
                self.odd.odd(Oddity::WithoutYear, span, text);
                more.push(("raw_time", Value::Text(text)));
                None
            }
            Time::None => {
                self.odd.odd(Oddity::TimeNotRead, span, text);
                more.push(("raw_time", Value::Text(text)));
                None
            }
        };
        if moment.is_some_and(|m| m.zone == Zone::Unknown) {
            self.odd.odd(Oddity::WithoutZone, span, text);
        }
        if moment.is_some_and(|m| !PLAUSIBLE.contains(&m.micros)) {
            self.odd.odd(Oddity::TimeImplausible, span, text);
        }
        moment
    }

    /// A number that is none: what begins with no digit is a word, as some logs have.
    fn beyond(&mut self, span: Span, text: &[u8]) {
        if text.first().is_some_and(u8::is_ascii_digit) {
            self.odd.odd(Oddity::NumberNotRead, span, text);
        }
    }
}

/// Address and port of `192.0.2.1:443`, `[2001:db8::1]:443`, and, where a port is always there,
/// of `2001:db8::1:443`.
pub(super) fn without_port(text: &[u8], port: Port) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memrchr(b':', text)?;
    let (host, number) = (text.get(..colon)?, text.get(colon.saturating_add(1)..)?);
    if number.is_empty() || number.len() > 5 || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if let [b'[', inner @ .., b']'] = host {
        return Some((inner, number));
    }
    let bare = memchr::memchr(b':', host).is_none();
    (bare || port == Port::Always).then_some((host, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports() {
        let split = |t: &str, p| without_port(t.as_bytes(), p).map(|(h, n)| (h.to_vec(), n.to_vec()));
        let pair = |h: &str, n: &str| Some((h.as_bytes().to_vec(), n.as_bytes().to_vec()));
        assert_eq!(split("192.0.2.1:443", Port::Maybe), pair("192.0.2.1", "443"));
        assert_eq!(split("[2001:db8::1]:443", Port::Maybe), pair("2001:db8::1", "443"));
        assert_eq!((split("2001:db8::1", Port::Maybe), split("192.0.2.1", Port::Always)), (None, None));
        assert_eq!(split("2001:db8::1:443", Port::Always), pair("2001:db8::1", "443"));
    }
}

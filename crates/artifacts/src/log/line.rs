//! Lines to rows by a profile: the hot path. No row allocates where its line is plain.

use super::access::{AccessLine, RequestLine, WithVhost, trailing_field};
use super::json_lines::{self, Raw, Slots};
use super::pattern::Field;
use super::profile::{JsonFormat, NameField, Profile, Role, Shape, TextFormat};
use super::target::path;
use super::time::TimeFormat;
use super::unread::{Reason, Unread};
use super::{ACCESS, JSON_LINES};
use memchr::memchr;
use model::{Action, Batch, Event, Moment, Request, Span, State, Value};
use std::convert::Infallible;

/// Bytes of a line; a longer one is counted and passed over.
pub const MAX_LINE: usize = 1 << 20;

type More<'a> = Vec<(&'a str, Value<'a>)>;

/// Reads whole lines by one profile. Each thread has its own; what one reads does not depend on
/// what it read before.
pub struct LineParser<'p> {
    profile: &'p Profile,
    slots: Slots,
    /// JSON strings without their escapes.
    unescaped: Vec<u8>,
    /// Kept for its capacity only.
    more: More<'static>,
    /// The line at hand ends with its block: whether it is whole is not known.
    unended: bool,
    /// Shape of the last line that was read.
    pub(super) shape: Shape,
}

/// The fields of a line by role, before the values are read.
#[derive(Default)]
struct Fields<'a> {
    by_role: [Option<&'a [u8]>; Role::COUNT],
    duplicate: bool,
}

impl<'a> Fields<'a> {
    fn get(&self, role: Role) -> Option<&'a [u8]> {
        self.by_role.get(role as usize).copied().flatten()
    }
    fn set(&mut self, role: Role, value: &'a [u8]) {
        if let Some(f) = self.by_role.get_mut(role as usize) {
            *f = Some(value);
        }
    }
}

/// A field of a text log; `-` stands for none.
fn present(field: &[u8]) -> Option<&[u8]> {
    (field != b"-" && !field.is_empty()).then_some(field)
}

/// A decimal number of digits only.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |n, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b.wrapping_sub(b'0')))?;
        n.checked_mul(10)?.checked_add(digit)
    })
}

/// An emptied vector of another lifetime; the allocation is used again.
fn recycle<'a>(mut v: More<'_>) -> More<'a> {
    v.clear();
    v.into_iter().map(|_| ("", Value::Bool(false))).collect()
}

impl<'p> LineParser<'p> {
    pub fn new(profile: &'p Profile) -> Self {
        Self { profile, slots: Slots::default(), unescaped: Vec::new(), more: Vec::new(), unended: false, shape: Shape::Common }
    }

    /// Reads a block of whole lines that lies at `offset` of `source` and writes a row for each.
    /// Lines end with LF or CRLF; the last may lack its end.
    pub fn block(&mut self, source: u32, offset: u64, block: &[u8], out: &mut Batch, unread: &mut Unread) {
        let Ok(()) = self.lines(source, offset, block, unread, |event, parser| {
            out.event(event, parser, source);
            Ok::<(), Infallible>(())
        });
    }

    /// As `block`, with the rows and their parser's id given to `emit`.
    pub(super) fn lines<E>(
        &mut self,
        source: u32,
        offset: u64,
        block: &[u8],
        unread: &mut Unread,
        mut emit: impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = block;
        let mut at = offset;
        while !rest.is_empty() {
            let length = memchr(b'\n', rest).map_or(rest.len(), |i| i.saturating_add(1));
            let (whole, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let ended = whole.strip_suffix(b"\n");
            self.unended = ended.is_none();
            let line = ended.unwrap_or(whole);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.iter().all(u8::is_ascii_whitespace) {
                unread.blank = unread.blank.saturating_add(1);
            } else if let Err(reason) = self.line(Span { source, offset: at, length: line.len() as u64 }, line, &mut emit)? {
                unread.count(reason, at, line);
            }
            rest = after;
            at = at.saturating_add(length as u64);
        }
        Ok(())
    }

    fn line<E>(
        &mut self,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        if line.len() > MAX_LINE {
            return Ok(Err(Reason::TooLong));
        }
        let profile = self.profile;
        let bare = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let json = profile.json.as_ref().filter(|_| matches!(bare.first(), Some(b'{' | b' ' | b'\t')));
        match (json, &profile.text) {
            (Some(format), _) => self.json(format, span, bare, emit),
            (None, Some(TextFormat::Access { native, trailing, actor, key })) => {
                let vhost = if *native == Shape::WithVhost { WithVhost::Stated } else { WithVhost::IfAddressFollows };
                match AccessLine::read(bare, vhost) {
                    Ok(access) => self.access(&access, trailing, (*actor, *key), span, emit).map(Ok),
                    Err(reason) => Ok(Err(reason)),
                }
            }
            (None, Some(TextFormat::Pattern { pattern, time })) => {
                let mut fields = Fields::default();
                let mut more = recycle(std::mem::take(&mut self.more));
                let fits = pattern.read(bare, |field, value| match (field, present(value)) {
                    (Field::Role(role), Some(v)) => fields.set(*role, v),
                    // A request line that is `-` is still a request.
                    (Field::Role(Role::Request), None) => fields.set(Role::Request, value),
                    (Field::Keep(name), Some(v)) => more.push((name, Value::Text(v))),
                    (Field::Role(_) | Field::Keep(_) | Field::Ignore, _) => {}
                });
                if fits.is_none() {
                    self.more = recycle(more);
                    return Ok(Err(Reason::NotThisFormat));
                }
                self.shape = Shape::Pattern;
                let more = self.row(&fields, *time, ACCESS.id, span, more, emit)?;
                self.more = recycle(more);
                Ok(Ok(()))
            }
            (None, None) => Ok(Err(Reason::NotJson)),
        }
    }

    fn access<'a, E>(
        &mut self,
        line: &AccessLine<'a>,
        trailing: &'a [String],
        (actor, key): (Option<NameField>, Option<NameField>),
        span: Span,
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<(), E> {
        let name = |field: Option<NameField>| match field? {
            NameField::Vhost => line.vhost,
            NameField::Host => present(line.host),
            NameField::Ident => present(line.ident),
            NameField::User => present(line.user),
        };
        let mut fields = Fields::default();
        for (role, value) in [
            (Role::Time, Some(line.time)),
            (Role::Actor, name(actor)),
            (Role::Key, name(key)),
            (Role::Address, present(line.host)),
            (Role::Request, Some(line.request)),
            (Role::Status, present(line.status)),
            (Role::Bytes, present(line.bytes)),
            (Role::Referrer, line.referrer.and_then(present)),
            (Role::Agent, line.agent.and_then(present)),
        ] {
            if let Some(v) = value {
                fields.set(role, v);
            }
        }
        let mut more = recycle(std::mem::take(&mut self.more));
        if let Some(v) = line.vhost {
            more.push(("vhost", Value::Text(v)));
        }
        if let Some(v) = present(line.ident) {
            more.push(("ident", Value::Text(v)));
        }
        let mut rest = line.trailing;
        for name in trailing {
            if rest.is_empty() {
                break;
            }
            let (value, after) = trailing_field(rest);
            if let Some(v) = present(value) {
                more.push((name, Value::Text(v)));
            }
            rest = after;
        }
        if !rest.is_empty() {
            more.push(("extra", Value::Text(rest)));
        }
        self.shape = match (line.vhost, line.agent) {
            (Some(_), _) => Shape::WithVhost,
            (None, None) => Shape::Common,
            (None, Some(_)) if line.trailing.is_empty() => Shape::Combined,
            (None, Some(_)) => Shape::Extended,
        };
        let more = self.row(&fields, TimeFormat::Clf, ACCESS.id, span, more, emit)?;
        self.more = recycle(more);
        Ok(())
    }

    fn json<E>(
        &mut self,
        format: &'p JsonFormat,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        let mut slots = std::mem::take(&mut self.slots);
        let scanned = json_lines::scan(line, &format.tree, &mut slots);
        let read = match scanned {
            Err(reason) => Ok(Err(reason)),
            Ok(()) => self.json_row(format, &mut slots, span, line, emit),
        };
        self.slots = slots;
        read
    }

    fn json_row<E>(
        &mut self,
        format: &'p JsonFormat,
        slots: &mut Slots,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        // Strings with escapes are written out first; their ranges then lie past the line's end.
        let mut unescaped = std::mem::take(&mut self.unescaped);
        unescaped.clear();
        for value in &mut slots.values {
            if let Raw::Escaped(a, b) = *value {
                let from = unescaped.len();
                json_lines::unescape(line.get(a..b).unwrap_or_default(), &mut unescaped);
                *value = Raw::Escaped(from, unescaped.len());
            }
        }
        let text = |slot: usize| match slots.values.get(slot).copied().unwrap_or_default() {
            Raw::Absent | Raw::Null => None,
            Raw::Bool(true) => Some(&b"true"[..]),
            Raw::Bool(false) => Some(&b"false"[..]),
            Raw::Escaped(a, b) => unescaped.get(a..b),
            Raw::Number(a, b) | Raw::Plain(a, b) | Raw::Compound(a, b) => line.get(a..b),
        };
        let mut fields = Fields { duplicate: slots.duplicate, ..Fields::default() };
        for (role, candidates) in Role::ALL.into_iter().zip(&format.roles) {
            // An object is no value: `url` may hold one in a line where `url.original` is meant.
            let scalar = |c: &&usize| !matches!(slots.values.get(**c), Some(Raw::Compound(..)));
            if let Some(v) = candidates.iter().filter(scalar).find_map(|c| text(*c)) {
                fields.set(role, v);
            }
        }
        const SAID_BY_A_REQUEST: [Role; 5] = [Role::Target, Role::Request, Role::Method, Role::Address, Role::Key];
        let read = if SAID_BY_A_REQUEST.iter().any(|r| fields.get(*r).is_some()) {
            let mut more = recycle(std::mem::take(&mut self.more));
            for (name, slot) in &format.keep {
                let Some(v) = text(*slot) else { continue };
                let value = match slots.values.get(*slot) {
                    Some(Raw::Bool(b)) => Value::Bool(*b),
                    Some(Raw::Number(..)) => number(v).map_or(Value::Text(v), Value::Uint),
                    _ => Value::Text(v),
                };
                more.push((name, value));
            }
            self.shape = Shape::Json;
            let more = self.row(&fields, format.time, JSON_LINES.id, span, more, emit)?;
            self.more = recycle(more);
            Ok(())
        } else {
            Err(Reason::NotARequest)
        };
        self.unescaped = unescaped;
        Ok(read)
    }

    /// The values of the fields, and the row.
    fn row<'a, E>(
        &self,
        fields: &Fields<'a>,
        time: TimeFormat,
        parser: u16,
        span: Span,
        mut more: More<'a>,
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<More<'a>, E> {
        let at = self.time(fields.get(Role::Time), time, &mut more);
        let mut status = None;
        if let Some(text) = fields.get(Role::Status) {
            status = number(text).and_then(|n| u16::try_from(n).ok());
            if status.is_none() {
                more.push(("raw_status", Value::Text(text)));
            }
        }
        let mut bytes = None;
        if let Some(text) = fields.get(Role::Bytes) {
            bytes = number(text);
            if bytes.is_none() {
                more.push(("raw_bytes", Value::Text(text)));
            }
        }
        let line = fields.get(Role::Request).map(RequestLine::read).unwrap_or_default();
        if let Some(note) = line.note {
            more.push(("note", note.into()));
        }
        if fields.duplicate {
            more.push(("duplicate_keys", Value::Bool(true)));
        }
        if self.unended {
            more.push(("no_line_end", Value::Bool(true)));
        }
        let target = fields.get(Role::Target).or(line.target);
        let mut subject = fields.get(Role::Subject);
        let mut exposes = None;
        if let Some(t) = target {
            let path = path(t);
            subject = subject.or_else(|| self.profile.subject.iter().find_map(|p| p.find(path)).flatten());
            if self.profile.served(status) {
                let rule = self.profile.exposes.iter().find(|r| r.target.find(path).is_some());
                exposes = rule.map(|r| r.kinds.as_slice());
            }
        }
        let event = Event {
            action: Action::Requested,
            state: State::Live,
            at,
            actor: fields.get(Role::Actor),
            object: target,
            subject,
            request: Some(Request {
                address: fields.get(Role::Address),
                agent: fields.get(Role::Agent),
                bytes,
                exposes,
                key: fields.get(Role::Key),
                method: fields.get(Role::Method).or(line.method),
                protocol: fields.get(Role::Protocol).or(line.protocol),
                referrer: fields.get(Role::Referrer),
                status,
            }),
            more: &more,
            origin: &[span],
        };
        emit(&event, parser)?;
        Ok(more)
    }

    /// A time that can not be read leaves the row undated and keeps its text.
    fn time<'a>(&self, text: Option<&'a [u8]>, format: TimeFormat, more: &mut More<'a>) -> Option<Moment> {
        let text = text?;
        let read = format.read(text, self.profile.zone);
        if read.is_none_or(|r| r.finer) {
            more.push(("raw_time", Value::Text(text)));
        }
        read.map(|r| r.moment)
    }
}

//! Lines to rows by a profile: the hot path. No row allocates where its line is plain. Records
//! that are no lines are in `record.rs`, fields by their names in `mapped.rs`, rows in `row.rs`.

use super::access::{AccessLine, WithVhost, forwarded_for, host_and_port, is_iso, trailing_field};
use super::delimited::Cell;
use super::encoding::Places;
use super::framing::{Framing, Layout};
use super::json_lines::Slots;
use super::pattern::{Field, Kind};
use super::profile::{NameField, Port, Profile, Role, Shape, TextFormat};
use super::row::without_port;
use super::time::TimeFormat;
use super::time_free::Order;
use super::unread::{Oddity, Reason, Unread};
use super::{ACCESS, TEXT_LOG, zeros};
use memchr::memchr;
use model::{Action, Batch, Event, Span, Value};
use std::convert::Infallible;

/// Bytes of a line; a longer one is counted and passed over.
pub const MAX_LINE: usize = 1 << 20;

pub(super) type More<'a> = Vec<(&'a str, Value<'a>)>;

/// Reads whole lines by one profile. Each thread has its own; what one reads does not depend on
/// what it read before.
pub struct LineParser<'p> {
    pub(super) profile: &'p Profile,
    pub(super) slots: Slots,
    /// Texts without their escapes, and texts joined of several.
    pub(super) unescaped: Vec<u8>,
    pub(super) cells: Vec<Cell>,
    /// Of the row at hand, what lies beyond the known columns.
    pub(super) extra: Option<(usize, usize)>,
    /// The header of the rows at hand, and the slot of each of its columns.
    pub(super) columns: (Vec<u8>, Vec<Option<usize>>),
    /// Which number of a date is the month, where the rows at hand are of a table that shows it.
    pub(super) order: Option<Order>,
    /// Kept for its capacity only.
    pub(super) more: More<'static>,
    /// The line at hand ends with its block: whether it is whole is not known.
    pub(super) unended: bool,
    /// What is odd about the rows of the block.
    pub(super) odd: Unread,
    /// The block at hand holds NUL bytes, or is not UTF-8.
    pub(super) unclean: bool,
    /// Shape of the last line that was read.
    pub(super) shape: Shape,
}

/// The fields of a line by role, before the values are read.
#[derive(Default)]
pub(super) struct Fields<'a> {
    by_role: [Option<&'a [u8]>; Role::COUNT],
    pub duplicate: bool,
    /// What is wrong with the line as a whole.
    pub note: Option<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn get(&self, role: Role) -> Option<&'a [u8]> {
        self.by_role.get(role as usize).copied().flatten()
    }
    pub fn set(&mut self, role: Role, value: &'a [u8]) {
        if let Some(f) = self.by_role.get_mut(role as usize) {
            *f = Some(value);
        }
    }
}

/// The field after the agent that is told by what it holds, not by its place alone.
const FORWARDED_FOR: &str = "forwarded_for";
const HOLDS_ANOTHER: &str = "holds the time of another line";

/// A field of a text log; `-` stands for none.
pub(super) fn present(field: &[u8]) -> Option<&[u8]> {
    (field != b"-" && !field.is_empty()).then_some(field)
}

/// An emptied vector of another lifetime; the allocation is used again.
pub(super) fn recycle<'a>(mut v: More<'_>) -> More<'a> {
    v.clear();
    v.into_iter().map(|_| ("", Value::Bool(false))).collect()
}

/// Counts a run of zeros that stands beside a record.
pub(super) fn zeros_at(unread: &mut Unread, places: &mut Places<'_>, source: u32, from: usize, zeros: usize) {
    if zeros > 0 {
        unread.count(Reason::Zeros, places.span(source, from, zeros), b"");
    }
}

impl<'p> LineParser<'p> {
    pub fn new(profile: &'p Profile) -> Self {
        Self {
            profile,
            slots: Slots::default(),
            unescaped: Vec::new(),
            cells: Vec::new(),
            extra: None,
            columns: (Vec::new(), Vec::new()),
            order: None,
            more: Vec::new(),
            unended: false,
            odd: Unread::default(),
            unclean: false,
            shape: Shape::Common,
        }
    }

    /// Reads a block of whole lines that lies at `offset` of `source` and writes a row for each.
    /// Lines end with LF or CRLF; the last may lack its end.
    pub fn block(&mut self, source: u32, offset: u64, block: &[u8], out: &mut Batch, unread: &mut Unread) {
        self.records(source, &Layout::default(), offset, block, out, unread);
    }

    /// As `block`, for records of any layout; `offset` is where the block lies in its file, whatever the encoding.
    pub fn records(&mut self, source: u32, layout: &Layout, offset: u64, block: &[u8], out: &mut Batch, unread: &mut Unread) {
        let Ok(()) = self.each(source, layout, offset, block, unread, |event, parser| {
            out.event(event, parser, source);
            Ok::<(), Infallible>(())
        });
    }

    /// As `records`, with the rows and their parser's id given to `emit`.
    pub fn each<E>(
        &mut self,
        source: u32,
        layout: &Layout,
        offset: u64,
        block: &[u8],
        unread: &mut Unread,
        emit: impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<(), E> {
        self.unclean = memchr(0, block).is_some() || std::str::from_utf8(block).is_err();
        let done = match layout.framing {
            Framing::Lines => self.lines(source, Places::new(layout.encoding, offset, block), block, unread, emit),
            _ => self.framed(source, layout, offset, block, unread, emit),
        };
        unread.merge(std::mem::take(&mut self.odd));
        done
    }

    /// Looks for bytes in a record that no text has.
    pub(super) fn look(&mut self, span: Span, record: &[u8]) {
        if !self.unclean {
            return;
        }
        if memchr(0, record).is_some() {
            self.odd.odd(Oddity::Nul, span, record);
        }
        if std::str::from_utf8(record).is_err() {
            self.odd.odd(Oddity::InvalidText, span, record);
        }
    }

    fn lines<E>(
        &mut self,
        source: u32,
        mut places: Places<'_>,
        block: &[u8],
        unread: &mut Unread,
        mut emit: impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = block;
        let mut at = 0usize;
        while !rest.is_empty() {
            let length = memchr(b'\n', rest).map_or(rest.len(), |i| i.saturating_add(1));
            let (whole, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let ended = whole.strip_suffix(b"\n");
            self.unended = ended.is_none();
            let line = ended.unwrap_or(whole);
            let mut line = line.strip_suffix(b"\r").unwrap_or(line);
            let (mut from, mut behind) = (at, 0usize);
            if line.first() == Some(&0) || line.last() == Some(&0) {
                let before;
                (before, line, behind) = zeros::around(line);
                zeros_at(unread, &mut places, source, from, before);
                from = from.saturating_add(before);
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                unread.blank = unread.blank.saturating_add(u64::from(from == at && behind == 0));
            } else {
                let span = places.span(source, from, line.len());
                match self.line(span, line, &mut emit)? {
                    Ok(()) => self.look(span, line),
                    Err(reason) => unread.count(reason, span, line),
                }
            }
            zeros_at(unread, &mut places, source, from.saturating_add(line.len()), behind);
            rest = after;
            at = at.saturating_add(length);
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
        let bare = super::json_lines::without_mark(bare);
        let json = profile.json.as_ref().filter(|_| matches!(bare.first(), Some(b'{' | b' ' | b'\t')));
        match (json, &profile.text) {
            (Some(format), _) => self.json(&format.map, span, bare, emit),
            (None, Some(TextFormat::Access { native, trailing, actor, key })) => {
                let vhost = if *native == Shape::WithVhost { WithVhost::Stated } else { WithVhost::IfAddressFollows };
                match AccessLine::read(bare, vhost) {
                    Ok(access) => self.access(&access, trailing, (*actor, *key), span, emit).map(Ok),
                    Err(reason) => Ok(Err(reason)),
                }
            }
            (None, Some(TextFormat::Pattern { patterns, time })) => {
                for pattern in patterns {
                    let mut fields = Fields::default();
                    let mut more = recycle(std::mem::take(&mut self.more));
                    let fits = pattern.read(bare, |field, kind, value| match (field, present(value)) {
                        (Field::Role(role), Some(v)) if kind == Kind::Port => {
                            let (host, port) = without_port(v, Port::Always).unwrap_or((v, b""));
                            fields.set(*role, host);
                            more.push(("port", Value::Text(port)));
                        }
                        (Field::Role(role), Some(v)) => fields.set(*role, v),
                        // A request line that is `-` is still a request.
                        (Field::Role(Role::Request), None) => fields.set(Role::Request, value),
                        (Field::Keep(name), Some(v)) => more.push((name, Value::Text(v))),
                        (Field::Role(_) | Field::Keep(_) | Field::Ignore, _) => {}
                    });
                    if fits.is_none() {
                        self.more = recycle(more);
                        continue;
                    }
                    // An entry's object is its message; what was requested is told beside it.
                    if let (Some(_), Some(request)) = (fields.get(Role::Target), fields.get(Role::Request)) {
                        more.push(("request", Value::Text(request)));
                    }
                    self.shape = Shape::Pattern;
                    let parser = if profile.action == Action::Requested { ACCESS.id } else { TEXT_LOG.id };
                    let more = self.row(&fields, *time, profile.action, parser, span, more, emit)?;
                    self.more = recycle(more);
                    return Ok(Ok(()));
                }
                Ok(Err(Reason::NotThisFormat))
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
        let mut fields = Fields { note: line.holds_another.then_some(HOLDS_ANOTHER), ..Fields::default() };
        let (address, port) = present(line.host).map_or((None, None), |host| {
            let (address, port) = host_and_port(host);
            (Some(address), port)
        });
        for (role, value) in [
            (Role::Time, Some(line.time)),
            (Role::Actor, name(actor)),
            (Role::Key, name(key)),
            (Role::Address, address),
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
        if let Some(v) = port {
            more.push(("port", Value::Text(v)));
        }
        if let Some(v) = line.chain {
            more.push((FORWARDED_FOR, Value::Text(v)));
        }
        let mut rest = line.trailing;
        for name in trailing {
            if rest.is_empty() {
                break;
            }
            if name == FORWARDED_FOR {
                let (value, after) = forwarded_for(rest);
                if let Some(v) = value.and_then(present).filter(|_| line.chain.is_none()) {
                    more.push((FORWARDED_FOR, Value::Text(v)));
                }
                rest = after;
                continue;
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
        let time = if is_iso(line.time) { TimeFormat::Rfc3339 } else { TimeFormat::Clf };
        let more = self.row(&fields, time, Action::Requested, ACCESS.id, span, more, emit)?;
        self.more = recycle(more);
        Ok(())
    }
}

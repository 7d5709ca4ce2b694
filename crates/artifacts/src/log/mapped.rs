//! Records whose fields have names: which slot means what, and the row that follows.

use super::fields::{FieldMap, Nested};
use super::json_lines::{self, Raw, Slots};
use super::line::{Fields, LineParser, present, recycle};
use super::profile::{Role, Shape};
use super::row::number;
use super::time::TimeFormat;
use super::time_free::Order;
use super::unread::Reason;
use super::{DELIMITED, JSON_LINES};
use model::{Action, Event, Span, Value};

impl<'p> LineParser<'p> {
    pub(super) fn json<E>(
        &mut self,
        map: &'p FieldMap,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        let mut slots = std::mem::take(&mut self.slots);
        let scanned = json_lines::scan(line, &map.tree, &mut slots);
        let read = match scanned {
            Err(reason) => Ok(Err(reason)),
            Ok(()) => {
                let mut unescaped = std::mem::take(&mut self.unescaped);
                unescaped.clear();
                // Strings with escapes are written out first; their ranges are those of `unescaped`.
                for value in &mut slots.values {
                    if let Raw::Escaped(a, b) = *value {
                        let from = unescaped.len();
                        json_lines::unescape(line.get(a..b).unwrap_or_default(), &mut unescaped);
                        *value = Raw::Escaped(from, unescaped.len());
                    }
                }
                self.shape = Shape::Json;
                let read = self.mapped(map, JSON_LINES.id, &mut slots, &mut unescaped, span, line, emit);
                self.unescaped = unescaped;
                read
            }
        };
        self.slots = slots;
        read
    }

    /// The row of a record whose slots are filled in. `Raw::Escaped` is a range of `unescaped`,
    /// any other range one of `line`.
    #[expect(clippy::too_many_arguments, reason = "the parser's own buffers are lent apart from it")]
    pub(super) fn mapped<E>(
        &mut self,
        map: &'p FieldMap,
        parser: u16,
        slots: &mut Slots,
        unescaped: &mut Vec<u8>,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        if self.profile.journal.is_some() {
            arrays(slots, unescaped, line);
        }
        for nested in &map.nested {
            inside(nested, map, slots, unescaped, line);
        }
        if !map.joins.is_empty() {
            join(map, slots, unescaped, line);
        }
        let unescaped = &*unescaped;
        let text = |slot: usize| match slots.values.get(slot).copied().unwrap_or_default() {
            Raw::Absent | Raw::Null => None,
            Raw::Bool(true) => Some(&b"true"[..]),
            Raw::Bool(false) => Some(&b"false"[..]),
            Raw::Escaped(a, b) => unescaped.get(a..b),
            Raw::Number(a, b) | Raw::Plain(a, b) | Raw::Compound(a, b) => line.get(a..b),
        };
        // A table has its columns, but a row of it may leave any of them empty.
        let required = parser == DELIMITED.id || map.require.iter().all(|any| any.iter().any(|slot| text(*slot).is_some()));
        if !required {
            return Ok(Err(Reason::LacksFields));
        }
        let mut fields = Fields::default();
        fields.duplicate = slots.duplicate;
        for (role, candidates) in Role::ALL.into_iter().zip(&map.roles) {
            // An object is no value: `url` may hold one in a line where `url.original` is meant.
            let scalar = |c: &&usize| !matches!(slots.values.get(**c), Some(Raw::Compound(..)));
            let mut given = candidates.iter().filter(scalar).filter_map(|c| text(*c));
            // Writers put "" or "-" where they have no value, as text logs do.
            if let Some(v) = given.clone().find_map(present) {
                fields.set(role, if matches!(role, Role::Status | Role::Bytes) { whole_number(v) } else { v });
            } else if let (Role::Request, Some(v)) = (role, given.next()) {
                // A request line that is empty is still a request.
                fields.set(role, v);
            }
        }
        if parser == DELIMITED.id && Role::ALL.iter().all(|r| fields.get(*r).is_none()) {
            return Ok(Err(Reason::LacksFields));
        }
        let mut action = self.profile.action;
        if let Some((which, named)) = &map.actions
            && let Some(said) = which.iter().find_map(|slot| text(*slot))
            && let Some((_, other)) = named.iter().find(|(word, _)| word == said)
        {
            action = *other;
        }
        const SAID_BY_A_REQUEST: [Role; 5] = [Role::Target, Role::Request, Role::Method, Role::Address, Role::Key];
        if action == Action::Requested && !SAID_BY_A_REQUEST.iter().any(|r| fields.get(*r).is_some()) {
            return Ok(Err(Reason::NotARequest));
        }
        let mut more = recycle(std::mem::take(&mut self.more));
        for (name, candidates) in &map.keep {
            let Some((slot, v)) = candidates.iter().find_map(|c| Some((*c, text(*c).and_then(present)?))) else { continue };
            let value = match slots.values.get(slot) {
                Some(Raw::Bool(b)) => Value::Bool(*b),
                Some(Raw::Number(..)) => number(v).map_or(Value::Text(v), Value::Uint),
                _ => Value::Text(v),
            };
            more.push((name, value));
        }
        if let Some(extra) = self.extra.take().and_then(|(from, to)| line.get(from..to)) {
            more.push(("extra", Value::Text(extra)));
        }
        let time = match (map.time, self.order) {
            (TimeFormat::Auto, Some(Order::MonthFirst)) => TimeFormat::Mdy,
            (TimeFormat::Auto, Some(Order::DayFirst)) => TimeFormat::Dmy,
            (stated, _) => stated,
        };
        let more = self.row(&fields, time, action, parser, span, more, emit)?;
        self.more = recycle(more);
        Ok(Ok(()))
    }
}

/// Values of the journal as JSON: bytes that are no text as an array of numbers, a field that
/// stands there several times as an array of texts, of which the last is taken, as elsewhere.
fn arrays(slots: &mut Slots, unescaped: &mut Vec<u8>, line: &[u8]) {
    for value in &mut slots.values {
        let Raw::Compound(a, b) = *value else { continue };
        let Some([b'[', inner @ .., b']']) = line.get(a..b) else { continue };
        let from = unescaped.len();
        if inner.iter().all(|b| b.is_ascii_digit() || *b == b',' || b.is_ascii_whitespace()) {
            let bytes = inner.split(|b| *b == b',').map(|n| number(n.trim_ascii()).and_then(|n| u8::try_from(n).ok()));
            if let Some(bytes) = bytes.collect::<Option<Vec<u8>>>() {
                unescaped.extend(bytes);
                *value = Raw::Escaped(from, unescaped.len());
            }
        } else if let Some(last) = json_lines::last_text(inner) {
            json_lines::unescape(last, unescaped);
            slots.duplicate = true;
            *value = Raw::Escaped(from, unescaped.len());
        }
    }
}

/// `200.0` as `200`: some writers of JSON have no whole numbers.
fn whole_number(text: &[u8]) -> &[u8] {
    match memchr::memchr(b'.', text).and_then(|point| text.split_at_checked(point)) {
        Some((whole, [_, zeros @ ..])) if !zeros.is_empty() && zeros.iter().all(|b| *b == b'0') => whole,
        _ => text,
    }
}

/// Reads the text of the nested field, where it is JSON, into the slots of its paths.
fn inside(nested: &Nested, map: &FieldMap, slots: &mut Slots, unescaped: &mut Vec<u8>, line: &[u8]) {
    let text = match slots.values.get(nested.slot).copied().unwrap_or_default() {
        Raw::Escaped(a, b) => unescaped.get(a..b),
        Raw::Plain(a, b) | Raw::Compound(a, b) => line.get(a..b),
        Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Number(..) => None,
    };
    let Some(text) = text.map(<[u8]>::to_vec) else { return };
    let mut inner = Slots::default();
    if json_lines::scan(&text, &nested.tree, &mut inner).is_err() {
        return;
    }
    slots.values.resize(map.slots(), Raw::Absent);
    slots.duplicate |= inner.duplicate;
    for (value, slot) in inner.values.iter().zip(&nested.slots) {
        let from = unescaped.len();
        let there = match *value {
            Raw::Absent | Raw::Null | Raw::Bool(_) => *value,
            Raw::Number(a, b) | Raw::Plain(a, b) | Raw::Compound(a, b) => {
                unescaped.extend_from_slice(text.get(a..b).unwrap_or_default());
                Raw::Escaped(from, unescaped.len())
            }
            Raw::Escaped(a, b) => {
                json_lines::unescape(text.get(a..b).unwrap_or_default(), unescaped);
                Raw::Escaped(from, unescaped.len())
            }
        };
        if let Some(place) = slots.values.get_mut(*slot) {
            *place = there;
        }
    }
}

/// Fills the slots that are joined of others.
fn join(map: &FieldMap, slots: &mut Slots, unescaped: &mut Vec<u8>, line: &[u8]) {
    slots.values.resize(map.slots(), Raw::Absent);
    for (n, join) in map.joins.iter().enumerate() {
        let from = unescaped.len();
        let place = |slot: usize| match slots.values.get(slot).copied().unwrap_or_default() {
            Raw::Escaped(a, b) => Some((true, a, b)),
            Raw::Number(a, b) | Raw::Plain(a, b) => Some((false, a, b)),
            Raw::Absent | Raw::Null | Raw::Bool(_) | Raw::Compound(..) => None,
        };
        let place = |slot: usize| place(slot).filter(|(_, from, to)| from < to);
        let any = join.write(place, line, unescaped);
        if let Some(there) = slots.values.get_mut(map.names.len().saturating_add(n)) {
            *there = if any { Raw::Escaped(from, unescaped.len()) } else { Raw::Absent };
        }
    }
}

//! Records that are no lines: rows of delimited text, elements of JSON arrays, entries of a
//! journal, lines that go on.

use super::delimited::{self, MOST_COLUMNS};
use super::encoding::Places;
use super::fields::FieldMap;
use super::framing::{Framing, LONGEST_RECORD, Layout, Next, fields_directive, next};
use super::journal;
use super::json_lines::{Raw, Slots};
use super::line::{LineParser, zeros_at};
use super::profile::{Role, Shape};
use super::row::number;
use super::syslog::{FIELDS, SyslogLine};
use super::table::{DelimitedFormat, Header, is_preamble};
use super::time::Time;
use super::torn::after_gap;
use super::unread::{Reason, Unread};
use super::{DELIMITED, TEXT_LOG, zeros};
use model::{Event, Span};

impl<'p> LineParser<'p> {
    pub(super) fn framed<E>(
        &mut self,
        source: u32,
        layout: &Layout,
        offset: u64,
        block: &[u8],
        unread: &mut Unread,
        mut emit: impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<(), E> {
        let delimited = self.profile.delimited.as_ref();
        let rows = delimited.map(|d| d.rows(layout));
        self.order = layout.table.order;
        let mut places = Places::new(layout.encoding, offset, block);
        let (mut at, mut torn) = (0usize, 0usize);
        while at < block.len() {
            let (framing, until) = if at < torn { (layout.framing.torn(), torn) } else { (layout.framing, block.len()) };
            let rest = block.get(at..until).unwrap_or_default();
            let is_json = matches!(framing, Framing::JsonArray | Framing::JsonValues | Framing::TornJson);
            let (start, end, after) = match next(framing, rows, rest, true) {
                Next::Torn { next } => {
                    torn = at.saturating_add(next);
                    continue;
                }
                Next::Record { start, end, next } => (start, end, next),
                // No splitter leaves a bracket in a block; it is passed over.
                Next::Close { next } => (next, next, next),
                Next::Unframed { next } => (0, next, next),
                // What is left breaks off, or lacks its end.
                Next::More if is_json => (after_gap(rest, 0).unwrap_or(0), rest.len(), rest.len()),
                Next::More => (0, rest.len(), rest.len()),
            };
            let ends_by_itself =
                matches!(framing, Framing::Delimited | Framing::TornRows | Framing::Continued | Framing::Journal);
            self.unended = after == end && ends_by_itself;
            let record = rest.get(start..end).unwrap_or_default();
            let from = at.saturating_add(start);
            at = at.saturating_add(after.max(1));
            // A message that is counted may end with its line end.
            let record = if framing == Framing::Counted { record.strip_suffix(b"\n").unwrap_or(record) } else { record };
            let record = delimited::without_cr(record);
            let bare = record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record);
            let from = from.saturating_add(record.len().saturating_sub(bare.len()));
            let of_lines = matches!(framing, Framing::Delimited | Framing::TornRows | Framing::Continued);
            let (before, bare, behind) = if of_lines { zeros::around(bare) } else { (0, bare, 0) };
            zeros_at(unread, &mut places, source, from, before);
            let from = from.saturating_add(before);
            if bare.iter().all(|b| b.is_ascii_whitespace() || *b == b',' && is_json) {
                unread.blank = unread.blank.saturating_add(u64::from(!is_json && before == 0 && behind == 0));
                zeros_at(unread, &mut places, source, from.saturating_add(bare.len()), behind);
                continue;
            }
            let span = places.span(source, from, bare.len());
            let read = if bare.len() > LONGEST_RECORD {
                Err(Reason::TooLong)
            } else {
                match framing {
                    Framing::Delimited | Framing::TornRows => match delimited {
                        Some(format) if is_header(format, layout, bare) => {
                            unread.blank = unread.blank.saturating_add(1);
                            Ok(())
                        }
                        Some(format) => self.delimited(format, layout, span, bare, &mut emit)?,
                        None => Err(Reason::NotThisFormat),
                    },
                    Framing::JsonArray | Framing::JsonValues | Framing::TornJson | Framing::Lines => match &self.profile.json {
                        Some(format) => self.json(&format.map, span, bare, &mut emit)?,
                        None => Err(Reason::NotThisFormat),
                    },
                    Framing::Unframed => Err(Reason::NotFramed),
                    Framing::Continued | Framing::Counted => match &self.profile.syslog {
                        Some(format) => self.syslog(&format.map, span, bare, &mut emit)?,
                        None => Err(Reason::NotThisFormat),
                    },
                    Framing::Journal => match &self.profile.journal {
                        Some(map) => self.journal(map, span, bare, &mut emit)?,
                        None => Err(Reason::NotThisFormat),
                    },
                }
            };
            match read {
                // Lengths between the fields of a journal are no text.
                Ok(()) if layout.framing == Framing::Journal => {}
                Ok(()) => self.look(span, bare),
                Err(reason) => unread.count(reason, span, bare),
            }
            zeros_at(unread, &mut places, source, from.saturating_add(bare.len()), behind);
        }
        Ok(())
    }

    fn delimited<E>(
        &mut self,
        format: &'p DelimitedFormat,
        layout: &Layout,
        span: Span,
        row: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        if self.columns.0 != layout.header || self.columns.1.is_empty() {
            self.columns = (layout.header.clone(), format.map.columns(&format.names(layout)));
        }
        let mut cells = std::mem::take(&mut self.cells);
        let mut slots = std::mem::take(&mut self.slots);
        let mut unescaped = std::mem::take(&mut self.unescaped);
        unescaped.clear();
        let whole = format.dialect.with(layout.table).cells(row, &mut cells).is_some();
        let filled = if whole { self.fill(format, &cells, row, &mut slots, &mut unescaped) } else { Err(Reason::CutShort) };
        let read = match filled {
            Err(reason) => Ok(Err(reason)),
            Ok(()) => {
                self.shape = Shape::Delimited;
                self.mapped(&format.map, DELIMITED.id, &mut slots, &mut unescaped, span, row, emit)
            }
        };
        (self.cells, self.slots, self.unescaped) = (cells, slots, unescaped);
        read
    }

    /// Cells to slots; a row with another number of cells than there are columns is none of the table.
    fn fill(
        &mut self,
        format: &DelimitedFormat,
        cells: &[delimited::Cell],
        row: &[u8],
        slots: &mut Slots,
        unescaped: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        slots.values.clear();
        slots.values.resize(format.map.slots(), Raw::Absent);
        slots.duplicate = false;
        let columns = &self.columns.1;
        // Where `-` stands for nothing, two spaces stand for one.
        let spaced = format.header == Header::Directive && format.dialect.delimiter == b' ';
        let told: Vec<delimited::Cell>;
        let cells = if spaced && cells.len() > columns.len() {
            told = cells.iter().copied().filter(|c| c.from != c.to).collect();
            told.as_slice()
        } else {
            cells
        };
        // Some writers end each row with a delimiter.
        let given = match cells.split_last() {
            Some((last, rest)) if last.from == last.to && cells.len() == columns.len().saturating_add(1) => rest,
            _ => cells,
        };
        let fits = match &format.header {
            Header::Columns { least, .. } => given.len() >= *least,
            Header::Row | Header::Directive => given.len() == columns.len(),
        };
        if !fits || columns.len() > MOST_COLUMNS {
            return Err(if given.len() < columns.len() { Reason::TooFewFields } else { Reason::TooManyFields });
        }
        for (cell, slot) in given.iter().zip(columns) {
            let Some(there) = slot.and_then(|s| slots.values.get_mut(s)) else { continue };
            let text = row.get(cell.from..cell.to).unwrap_or_default();
            if text.is_empty() || text == b"-" {
                continue;
            }
            *there = if cell.escaped {
                let from = unescaped.len();
                format.dialect.unescape(text, unescaped);
                Raw::Escaped(from, unescaped.len())
            } else {
                Raw::Plain(cell.from, cell.to)
            };
        }
        // A format may have grown since its profile was written.
        self.extra = given.get(columns.len()).map(|c| (c.from, row.len()));
        let named = !matches!(format.header, Header::Columns { .. });
        if named || self.is_of(format, row, slots) { Ok(()) } else { Err(Reason::NotThisFormat) }
    }

    /// Nothing but the rows themselves says that columns without names are those of the profile:
    /// the time must be one, and the status a number.
    fn is_of(&self, format: &DelimitedFormat, row: &[u8], slots: &Slots) -> bool {
        let text = |role: Role| {
            let mut candidates = format.map.roles.get(role as usize).into_iter().flatten();
            candidates.find_map(|slot| match slots.values.get(*slot) {
                Some(Raw::Plain(a, b)) => row.get(*a..*b),
                _ => None,
            })
        };
        let time = text(Role::Time).is_some_and(|t| format.map.time.read(t, self.profile.clock) != Time::None);
        time && text(Role::Status).is_none_or(|s| number(s).is_some())
    }

    fn syslog<E>(
        &mut self,
        map: &'p FieldMap,
        span: Span,
        line: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        let read = match SyslogLine::read(line) {
            Ok(read) => read,
            Err(reason) => return Ok(Err(reason)),
        };
        let (mut slots, mut unescaped) = (std::mem::take(&mut self.slots), std::mem::take(&mut self.unescaped));
        unescaped.clear();
        slots.values.clear();
        slots.values.resize(map.slots(), Raw::Absent);
        slots.duplicate = false;
        for (name, value) in FIELDS.iter().zip(read.fields()) {
            let slot = map.names.iter().position(|n| n == name);
            if let (Some(there), Some(value)) = (slot.and_then(|s| slots.values.get_mut(s)), value) {
                let from = unescaped.len();
                unescaped.extend_from_slice(value);
                *there = Raw::Escaped(from, unescaped.len());
            }
        }
        self.shape = Shape::Syslog;
        let read = self.mapped(map, TEXT_LOG.id, &mut slots, &mut unescaped, span, line, emit);
        (self.slots, self.unescaped) = (slots, unescaped);
        read
    }

    fn journal<E>(
        &mut self,
        map: &'p FieldMap,
        span: Span,
        entry: &[u8],
        emit: &mut impl FnMut(&Event<'_>, u16) -> Result<(), E>,
    ) -> Result<Result<(), Reason>, E> {
        let mut slots = std::mem::take(&mut self.slots);
        slots.values.clear();
        slots.values.resize(map.slots(), Raw::Absent);
        slots.duplicate = false;
        let mut at = 0usize;
        while at < entry.len() {
            let Some(field) = journal::field(entry, at) else {
                self.slots = slots;
                return Ok(Err(Reason::CutShort));
            };
            at = field.next;
            let slot = entry.get(field.name.0..field.name.1).and_then(|name| map.tree.top(name));
            if let Some(there) = slot.and_then(|s| slots.values.get_mut(s)) {
                slots.duplicate |= *there != Raw::Absent;
                *there = Raw::Plain(field.value.0, field.value.1);
            }
        }
        let mut unescaped = std::mem::take(&mut self.unescaped);
        unescaped.clear();
        self.shape = Shape::Journal;
        let read = self.mapped(map, TEXT_LOG.id, &mut slots, &mut unescaped, span, entry, emit);
        (self.slots, self.unescaped) = (slots, unescaped);
        read
    }
}

/// A row that names columns or directs the reader; it is no record.
fn is_header(format: &DelimitedFormat, layout: &Layout, row: &[u8]) -> bool {
    match format.header {
        // Files that were joined bear their header again.
        Header::Row => row == layout.header.as_slice() || is_preamble(row),
        Header::Directive => row.first() == Some(&b'#') || fields_directive(row).is_some(),
        Header::Columns { .. } => false,
    }
}

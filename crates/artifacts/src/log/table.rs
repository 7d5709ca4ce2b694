//! Tables of a profile: how a file shows that it is one, and what its own rows say of it.

use super::delimited::{self, Dialect, Rows, TableShape, without_cr};
use super::framing::{Framing, LONGEST_HEADER, Layout, fields_directive};
use super::profile::Role;
use super::time::TimeFormat;
use super::time_free::{Order, order_of};

/// How the columns of delimited text are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// The first row names them.
    Row,
    /// Lines that begin with `#Fields:` name them, anywhere in the file.
    Directive,
    /// The profile names them; a row has at least so many.
    Columns { names: Vec<Vec<u8>>, least: usize },
}

/// Delimited text as a profile describes it.
#[derive(Clone, Debug)]
pub(crate) struct DelimitedFormat {
    pub dialect: Dialect,
    /// Other bytes that may stand between fields, for a file whose header row shows it.
    pub delimiters: Vec<u8>,
    pub header: Header,
    pub map: super::fields::FieldMap,
}

impl DelimitedFormat {
    /// How a file is cut, where its columns are those that the profile requires.
    pub fn layout(&self, head: &[u8]) -> Option<Layout> {
        let of =
            |header: &[u8], table| Layout { framing: Framing::Delimited, header: header.to_vec(), table, ..Layout::default() };
        match &self.header {
            Header::Columns { .. } => Some(of(&[], TableShape::default())),
            Header::Directive => {
                let mut lines = head.split(|b| *b == b'\n').take_while(|l| l.first() == Some(&b'#'));
                let layout = of(without_cr(lines.find_map(fields_directive)?), TableShape::default());
                self.fits(&layout).then_some(layout)
            }
            Header::Row => {
                let (rows, stated) = without_preamble(head);
                let known = std::iter::once(self.dialect.delimiter).chain(self.delimiters.iter().copied());
                stated.into_iter().chain(known).find_map(|byte| {
                    let delimiter = (byte != self.dialect.delimiter).then_some(byte);
                    let table = TableShape { delimiter, order: None };
                    let end = self.dialect.with(table).row_end(rows)?;
                    let mut layout = of(without_cr(rows.get(..end)?), table);
                    let fits = self.fits(&layout);
                    layout.table.order = self.order(&layout, rows.get(end.saturating_add(1)..)?);
                    fits.then_some(layout)
                })
            }
        }
    }

    fn fits(&self, layout: &Layout) -> bool {
        let names = self.names(layout);
        layout.header.len() <= LONGEST_HEADER && names.len() > 1 && self.map.fits(&names)
    }

    /// Names of the columns under a header.
    pub fn names(&self, layout: &Layout) -> Vec<Vec<u8>> {
        let dialect = self.dialect.with(layout.table);
        match &self.header {
            Header::Columns { names, .. } => names.clone(),
            Header::Row => delimited::names(&layout.header, dialect, false).unwrap_or_default(),
            Header::Directive => delimited::names(&layout.header, dialect, true).unwrap_or_default(),
        }
    }

    pub fn rows(&self, layout: &Layout) -> Rows {
        let dialect = self.dialect.with(layout.table);
        match &self.header {
            Header::Columns { least, .. } => Rows { dialect, least: *least, most: delimited::MOST_COLUMNS },
            Header::Row | Header::Directive => {
                let columns = self.names(layout).len();
                // Some writers end each row with a delimiter.
                Rows { dialect, least: columns, most: columns.saturating_add(1) }
            }
        }
    }

    /// Which number of a date is the month, where the first rows tell it and do not contradict one
    /// another: one of two numbers is more than twelve.
    fn order(&self, layout: &Layout, rows: &[u8]) -> Option<Order> {
        let auto = self.map.time == TimeFormat::Auto;
        let times = self.map.parts_of(self.map.roles.get(Role::Time as usize).filter(|_| auto)?);
        let columns = self.map.columns(&self.names(layout));
        let dialect = self.dialect.with(layout.table);
        let (mut cells, mut rest, mut told) = (Vec::new(), rows, None);
        while let Some(end) = dialect.row_end(rest) {
            let row = without_cr(rest.get(..end)?);
            rest = rest.get(end.saturating_add(1)..)?;
            let whole = dialect.cells(row, &mut cells).is_some();
            for (cell, _) in cells.iter().zip(&columns).filter(|(_, slot)| whole && slot.is_some_and(|s| times.contains(&s))) {
                match (order_of(row.get(cell.from..cell.to)?), told) {
                    (Some(order), Some(other)) if order != other => return None,
                    (order, known) => told = known.or(order),
                }
            }
        }
        told
    }
}

/// A line before the header row: Excel's `sep=;`, or the type of the rows by PowerShell 5.1.
pub(crate) fn is_preamble(line: &[u8]) -> bool {
    separator(line).is_some() || line.starts_with(b"#TYPE ")
}

fn separator(line: &[u8]) -> Option<u8> {
    let (name, rest) = line.split_at_checked(4)?;
    match rest {
        [byte] if name.eq_ignore_ascii_case(b"sep=") && !byte.is_ascii_alphanumeric() => Some(*byte),
        _ => None,
    }
}

/// What follows such lines, and the byte between fields that they state.
fn without_preamble(head: &[u8]) -> (&[u8], Option<u8>) {
    let (mut rest, mut stated) = (head, None);
    while let Some((line, after)) =
        memchr::memchr(b'\n', rest).and_then(|n| Some((rest.get(..n)?, rest.get(n.saturating_add(1)..)?)))
    {
        let line = without_cr(line);
        if !is_preamble(line) {
            break;
        }
        stated = stated.or(separator(line));
        rest = after;
    }
    (rest, stated)
}

/// Whether a text that could not be read as a time may be one, such as a date whose order nothing
/// tells: digits of a date or a clock, and little else.
pub(crate) fn seems_time(text: &[u8]) -> bool {
    const DIGITS: std::ops::RangeInclusive<usize> = 4..=24;
    text.len() <= 64 && DIGITS.contains(&text.iter().filter(|b| b.is_ascii_digit()).count())
}

//! Rows of delimited text: comma, tab or space between fields, quotes around some. Sources:
//! RFC 4180; W3C, "Extended Log File Format" (WD-logfile); the vendors' pages named in the profiles.

use super::time_free::Order;
use memchr::{memchr, memchr2};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// A byte before a quote that takes its meaning away, beside a doubled quote.
    pub escape: Option<u8>,
    /// A quoted field may hold line ends.
    pub multiline: bool,
    /// A field that begins with `[` ends with `]`.
    pub brackets: bool,
}

/// What the first rows of a file say of the table, beside what its profile does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableShape {
    /// The byte between fields, where it is not the profile's.
    pub delimiter: Option<u8>,
    /// Which number of a date is the month.
    pub order: Option<Order>,
}

impl TableShape {
    /// As two bytes, for another process.
    pub fn bytes(self) -> [u8; 2] {
        let order = match self.order {
            None => 0,
            Some(Order::MonthFirst) => 1,
            Some(Order::DayFirst) => 2,
        };
        [self.delimiter.unwrap_or(0), order]
    }
    pub fn from_bytes([delimiter, order]: [u8; 2]) -> Self {
        let order = match order {
            1 => Some(Order::MonthFirst),
            2 => Some(Order::DayFirst),
            _ => None,
        };
        Self { delimiter: Some(delimiter).filter(|b| *b != 0), order }
    }
}

/// How rows of a file are cut, and how many fields one may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub dialect: Dialect,
    pub least: usize,
    pub most: usize,
}

impl Rows {
    pub fn fits(self, row: &[u8]) -> bool {
        let mut cells = Vec::new();
        let whole = self.dialect.cells(without_cr(row), &mut cells).is_some();
        let fields = whole && (self.least..=self.most).contains(&cells.len());
        fields && !cells.iter().any(|c| row.get(c.from..c.to).is_some_and(|text| self.holds_rows(text)))
    }

    /// Whether a field over several lines holds the beginning of a quoted one: the quote of its own
    /// is another's.
    fn holds_rows(self, text: &[u8]) -> bool {
        let Some((quote, lines)) = self.dialect.quote.zip(memchr(b'\n', text).and_then(|n| text.get(n..))) else { return false };
        let begins = |w: &[u8]| matches!(w, [b, q, next] if *q == quote && *next != quote && (*b == self.dialect.delimiter || *b == b'\n'));
        lines.windows(3).any(begins)
    }
}

/// Columns of one row; what lies beyond is no table.
pub(crate) const MOST_COLUMNS: usize = 1024;

/// A field as it lies in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub from: usize,
    pub to: usize,
    /// Holds doubled or escaped quotes.
    pub escaped: bool,
}

impl Dialect {
    /// Of a file that shows another byte between its fields.
    pub fn with(self, table: TableShape) -> Self {
        Self { delimiter: table.delimiter.unwrap_or(self.delimiter), ..self }
    }

    fn ends_field(self, byte: Option<&u8>) -> bool {
        byte.is_none_or(|b| *b == self.delimiter || matches!(b, b'\n' | b'\r'))
    }

    /// Whether `rest`, which follows a quote, goes on as a row does. Where spaces stand between
    /// fields, a client's own text may hold `" `; a quote inside the bare field after it gives it away.
    fn fits_after(self, rest: &[u8], quote: u8) -> bool {
        let [b' ', field @ ..] = rest else { return true };
        if self.delimiter != b' ' || field.first() == Some(&quote) {
            return true;
        }
        memchr2(quote, b' ', field).is_none_or(|n| field.get(n) == Some(&b' '))
    }

    /// Position of the quote that closes a field whose text begins at `from`, and whether quotes
    /// within were escaped. A quote that nothing ends a field behind is part of the text. None
    /// where the text ends before it, or, without `last`, where what follows the quote is not known.
    fn closing(self, text: &[u8], from: usize, quote: u8, last: bool) -> Option<(usize, bool)> {
        let mut at = from;
        let mut escaped = false;
        loop {
            let rest = text.get(at..)?;
            at = at.saturating_add(memchr2(quote, self.escape.unwrap_or(quote), rest)?);
            let after = at.saturating_add(1);
            if text.get(at) != Some(&quote) {
                escaped = true;
                at = at.saturating_add(2);
                continue;
            }
            match text.get(after) {
                // Where spaces stand between fields, as in logs of S3, quotes are not doubled.
                Some(b) if *b == quote && self.delimiter != b' ' => {
                    escaped = true;
                    at = at.saturating_add(2);
                }
                None if !last => return None,
                next if self.ends_field(next) && self.fits_after(text.get(after..).unwrap_or_default(), quote) => {
                    return Some((at, escaped));
                }
                Some(_) | None => at = after,
            }
        }
    }

    /// Position of the line end that ends the row at the start of `text`. None where the row goes
    /// on past the end of `text`.
    pub fn row_end(self, text: &[u8]) -> Option<usize> {
        let Some(quote) = self.quote.filter(|_| self.multiline) else { return memchr(b'\n', text) };
        let mut at = 0usize;
        loop {
            if text.get(at) == Some(&quote) {
                at = self.closing(text, at.saturating_add(1), quote, false)?.0.saturating_add(1);
            }
            let rest = text.get(at..)?;
            at = at.saturating_add(memchr2(self.delimiter, b'\n', rest)?);
            if text.get(at) == Some(&b'\n') {
                return Some(at);
            }
            at = at.saturating_add(1);
        }
    }

    /// The fields of one row without its line end. None where a quote is not closed, or where
    /// there are more than `MOST_COLUMNS`.
    pub fn cells(self, row: &[u8], out: &mut Vec<Cell>) -> Option<()> {
        out.clear();
        let mut at = 0usize;
        loop {
            if out.len() >= MOST_COLUMNS {
                return None;
            }
            let first = row.get(at);
            let (cell, end) = match (self.quote, first) {
                (Some(quote), Some(b)) if *b == quote => {
                    let from = at.saturating_add(1);
                    let (to, escaped) = self.closing(row, from, quote, true)?;
                    (Cell { from, to, escaped }, to.saturating_add(1))
                }
                (_, Some(b'[')) if self.brackets => {
                    let from = at.saturating_add(1);
                    let to = from.saturating_add(memchr(b']', row.get(from..)?)?);
                    (Cell { from, to, escaped: false }, to.saturating_add(1))
                }
                _ => {
                    let to = memchr(self.delimiter, row.get(at..)?).map_or(row.len(), |n| at.saturating_add(n));
                    (Cell { from: at, to, escaped: false }, to)
                }
            };
            out.push(cell);
            match row.get(end) {
                None => return Some(()),
                Some(b) if *b == self.delimiter => at = end.saturating_add(1),
                Some(_) => return None,
            }
        }
    }

    /// The text of a field without the marks of its escaped quotes.
    pub fn unescape(self, text: &[u8], out: &mut Vec<u8>) {
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            let marked = after.first().is_some_and(|next| {
                Some(*next) == self.quote && (Some(*byte) == self.quote || Some(*byte) == self.escape)
                    || Some(*byte) == self.escape && Some(*next) == self.escape
            });
            if marked {
                out.extend(after.first());
                rest = after.get(1..).unwrap_or_default();
            } else {
                out.push(*byte);
                rest = after;
            }
        }
    }
}

/// A row without the CR of its line end.
pub(crate) fn without_cr(row: &[u8]) -> &[u8] {
    row.strip_suffix(b"\r").unwrap_or(row)
}

/// Names of the columns of a header row, or of what follows `#Fields:`; None where it is no header.
pub(crate) fn names(header: &[u8], dialect: Dialect, directive: bool) -> Option<Vec<Vec<u8>>> {
    if directive {
        let names: Vec<Vec<u8>> = header.split(u8::is_ascii_whitespace).filter(|n| !n.is_empty()).map(<[u8]>::to_vec).collect();
        return (!names.is_empty() && names.len() <= MOST_COLUMNS).then_some(names);
    }
    let mut cells = Vec::new();
    dialect.cells(header, &mut cells)?;
    let name = |c: &Cell| {
        let mut out = Vec::new();
        dialect.unescape(header.get(c.from..c.to).unwrap_or_default(), &mut out);
        out.trim_ascii().to_vec()
    };
    Some(cells.iter().map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), escape: None, multiline: true, brackets: false };
    const S3: Dialect = Dialect { delimiter: b' ', quote: Some(b'"'), escape: None, multiline: false, brackets: true };

    fn row(dialect: Dialect, text: &str) -> Option<Vec<String>> {
        let mut cells = Vec::new();
        dialect.cells(text.as_bytes(), &mut cells)?;
        let one = |c: &Cell| {
            let mut out = Vec::new();
            let text = &text.as_bytes()[c.from..c.to];
            if c.escaped {
                dialect.unescape(text, &mut out)
            } else {
                out.extend(text)
            }
            String::from_utf8(out).unwrap()
        };
        Some(cells.iter().map(one).collect())
    }

    #[test]
    fn rows() {
        assert_eq!(row(CSV, r#"a,"b ""x"", c",,"#).unwrap(), ["a", r#"b "x", c"#, "", ""]);
        assert_eq!(row(CSV, r#""","#).unwrap(), ["", ""]);
        assert_eq!(row(CSV, r#""""abc""",1"#).unwrap(), [r#""abc""#, "1"]);
        assert_eq!(row(CSV, r#""a"b",1"#).unwrap(), [r#"a"b"#, "1"]);
        assert_eq!(row(CSV, r#"a,"b"#), None);
        assert_eq!(
            row(S3, r#"o b [06/Feb/2019:00:00:38 +0000] "GET /"x" HTTP/1.1" -"#).unwrap()[2..4],
            ["06/Feb/2019:00:00:38 +0000", r#"GET /"x" HTTP/1.1"#]
        );
    }

    /// A client's own quotes take nothing of the field behind them.
    #[test]
    fn quotes_of_clients() {
        assert_eq!(
            row(S3, r#"- "http://ex.com/?q="x"" "agent "7"" -"#).unwrap(),
            ["-", r#"http://ex.com/?q="x""#, r#"agent "7""#, "-"]
        );
        assert_eq!(row(S3, r#"a "" "" b"#).unwrap(), ["a", "", "", "b"]);
    }

    #[test]
    fn ends_of_rows() {
        for (text, end) in [
            ("a,b\nc", Some(3)),
            ("a,\"b\nc\"\nd", Some(7)),
            ("a,\"b\"\"\nc\"\r\nd", Some(10)),
            ("a,\"b\nc", None),
            ("a,\"b\"", None),
            ("a\"b\nc\"", Some(3)),
        ] {
            assert_eq!(CSV.row_end(text.as_bytes()), end, "{text:?}");
        }
    }
}

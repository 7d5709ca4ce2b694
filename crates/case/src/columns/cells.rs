//! The columns of a row, each read once and found by its place: to look for a name in every row takes longer
//! than to read what stands there.

use super::RowError;
use model::{Span, Table};
use rusqlite::Row;
use rusqlite::types::ValueRef;

pub const SOURCE: [&str; 9] = ["id", "parent", "kind", "bytes", "sha256", "blocks_root", "locator", "codec", "detail"];

pub const FILE: [&str; 20] = [
    "id",
    "source",
    "kind",
    "name_state",
    "record_state",
    "content_state",
    "journal",
    "record",
    "sequence",
    "parent",
    "size",
    "zone",
    "modified",
    "accessed",
    "changed",
    "created",
    "deleted",
    "spans",
    "path",
    "detail",
];

pub const EVENT: [&str; 18] = [
    "id", "at", "until", "shape", "source", "offset", "length", "spans", "actor", "object", "numbers", "subject", "address",
    "agent", "key", "referrer", "bytes", "detail",
];

/// Columns of an event.
pub const EVENT_COLUMNS: usize = EVENT.len();

pub const FINDING: [&str; 9] = ["id", "severity", "parser", "source", "count", "spans", "code", "place", "says"];

/// In the order in which `SELECT *` gives them.
fn names(table: Table) -> &'static [&'static str] {
    match table {
        Table::Source => &SOURCE,
        Table::File => &FILE,
        Table::Event => &EVENT,
        Table::Finding => &FINDING,
    }
}

/// Columns of the widest table.
const MOST: usize = FILE.len();

/// A row of one of the four tables, read with `SELECT * FROM` it; further columns after its own are left alone.
pub struct Cells<'r> {
    pub table: Table,
    pub id: i64,
    values: [ValueRef<'r>; MOST],
}

impl<'r> Cells<'r> {
    pub fn of(table: Table, row: &'r Row<'_>) -> rusqlite::Result<Self> {
        let mut values = [ValueRef::Null; MOST];
        for (i, value) in values.iter_mut().enumerate().take(names(table).len()) {
            *value = row.get_ref(i)?;
        }
        Ok(Self { table, id: row.get(0)?, values })
    }

    /// Each column by its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, ValueRef<'r>)> {
        names(self.table).iter().copied().zip(self.values)
    }

    pub fn value(&self, place: usize) -> ValueRef<'r> {
        self.values.get(place).copied().unwrap_or(ValueRef::Null)
    }
    pub fn wrong(&self, place: usize) -> RowError {
        let column = names(self.table).get(place).copied().unwrap_or_default();
        RowError::NotARow { table: self.table.name(), id: self.id, why: format!("column {column} holds what no import writes") }
    }
    pub fn integer_or_null(&self, place: usize) -> Result<Option<i64>, RowError> {
        match self.value(place) {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(n) => Ok(Some(n)),
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Err(self.wrong(place)),
        }
    }
    pub fn integer(&self, place: usize) -> Result<i64, RowError> {
        self.integer_or_null(place)?.ok_or_else(|| self.wrong(place))
    }
    pub fn number_or_null<U: TryFrom<i64>>(&self, place: usize) -> Result<Option<U>, RowError> {
        let n = self.integer_or_null(place)?;
        n.map(|n| U::try_from(n).map_err(|_| self.wrong(place))).transpose()
    }
    pub fn number<U: TryFrom<i64>>(&self, place: usize) -> Result<U, RowError> {
        self.code(place, Some)
    }
    pub fn code<T, U: TryFrom<i64>>(&self, place: usize, make: impl Fn(U) -> Option<T>) -> Result<T, RowError> {
        U::try_from(self.integer(place)?).ok().and_then(make).ok_or_else(|| self.wrong(place))
    }
    pub fn bytes(&self, place: usize) -> Result<Option<&'r [u8]>, RowError> {
        match self.value(place) {
            ValueRef::Null => Ok(None),
            ValueRef::Text(b) | ValueRef::Blob(b) => Ok(Some(b)),
            ValueRef::Integer(_) | ValueRef::Real(_) => Err(self.wrong(place)),
        }
    }
    pub fn spans(&self, place: usize) -> Result<Vec<Span>, RowError> {
        self.bytes(place)?.and_then(blob_spans).ok_or_else(|| self.wrong(place))
    }
    pub fn digest(&self, place: usize) -> Result<Option<[u8; 32]>, RowError> {
        self.bytes(place)?.map(|b| <[u8; 32]>::try_from(b).map_err(|_| self.wrong(place))).transpose()
    }
}

fn blob_spans(blob: &[u8]) -> Option<Vec<Span>> {
    if !blob.len().is_multiple_of(20) {
        return None;
    }
    let (items, _) = blob.as_chunks::<20>();
    let read = |b: &[u8; 20]| {
        let (source, rest) = b.split_first_chunk::<4>()?;
        let (offset, rest) = rest.split_first_chunk::<8>()?;
        let length = rest.first_chunk::<8>()?;
        Some(Span {
            source: u32::from_le_bytes(*source),
            offset: u64::from_le_bytes(*offset),
            length: u64::from_le_bytes(*length),
        })
    };
    items.iter().map(read).collect()
}

/// Where a column stands; a name that is none does not compile where this is asked in `const`.
pub const fn place(columns: &[&str], name: &str) -> usize {
    let mut i = 0;
    while i < columns.len() {
        if same(columns[i].as_bytes(), name.as_bytes()) {
            return i;
        }
        i += 1;
    }
    panic!("no such column")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// `at!(EVENT, "shape")`: the place of a column of a table.
macro_rules! at {
    ($table:ident, $name:literal) => {
        const { $crate::columns::cells::place(&$crate::columns::cells::$table, $name) }
    };
}
pub(crate) use at;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_where_the_schema_has_them() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch(crate::store::SCHEMA).unwrap();
        for table in Table::ALL {
            let q = db.prepare(&format!("SELECT * FROM {}", table.name())).unwrap();
            assert!(q.column_names().eq(names(table).iter().copied()), "{table:?}");
        }
        assert_eq!((at!(EVENT, "id"), at!(EVENT, "detail"), at!(FINDING, "says")), (0, 17, 8));
    }
}

//! Rows of the derived tables as they are hashed: made and stored at the end of an import, made anew
//! and only hashed by verification, read back from the case.

use super::record::stored;
use crate::address::Address;
use crate::words::{TextOrBlob, WordReader};
use hashbrown::HashMap;
use ledger::{Frontier, Hash, leaf_hash};
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Statement};

/// Words looked up and kept.
const MOST_WORDS: usize = 50_000;

/// A derived table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Tally,
    Pair,
    Exposed,
    Pace,
}

impl Table {
    pub const ALL: [Self; 4] = [Self::Tally, Self::Pair, Self::Exposed, Self::Pace];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tally => "tally",
            Self::Pair => "pair",
            Self::Exposed => "exposed",
            Self::Pace => "pace",
        }
    }
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
    fn tag(self) -> &'static [u8; 4] {
        match self {
            Self::Tally => b"TAL1",
            Self::Pair => b"PAI1",
            Self::Exposed => b"EXP1",
            Self::Pace => b"PAC1",
        }
    }
    fn columns(self) -> usize {
        match self {
            Self::Tally => 13,
            Self::Pair => 14,
            Self::Exposed => 10,
            Self::Pace => 11,
        }
    }
    /// Whether its rows are of the whole case, as it stood after an import.
    pub fn is_of_case(self) -> bool {
        match self {
            Self::Pair | Self::Exposed => true,
            Self::Tally | Self::Pace => false,
        }
    }
    /// Columns that may hold the number of a word.
    fn has_word(column: &str) -> bool {
        matches!(column, "actor" | "exposes")
    }
}

/// Rows and root of a derived table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    pub table: &'static str,
    pub rows: u64,
    pub root: Hash,
}

/// A value of a derived row.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    Number(Option<i64>),
    /// Stored by its number where it is a word.
    Word(Option<&'a [u8]>),
    Text(Option<&'a [u8]>),
    Bytes(Option<&'a [u8]>),
    Address(Option<Address<'a>>),
}

impl Column<'_> {
    fn put(&self, leaf: &mut Vec<u8>) {
        match self {
            Self::Number(Some(n)) => put(leaf, 3, &n.to_le_bytes()),
            Self::Word(Some(b)) => put(leaf, 1, b),
            Self::Text(b) => put_value(leaf, stored(*b)),
            Self::Bytes(Some(b)) => put(leaf, 2, b),
            Self::Address(Some(Address::V4(n))) => put(leaf, 3, &i64::from(*n).to_le_bytes()),
            Self::Address(Some(Address::V6(b))) => put(leaf, 2, b),
            Self::Address(Some(Address::Text(b))) => put_value(leaf, stored(Some(b))),
            Self::Number(None) | Self::Word(None) | Self::Bytes(None) | Self::Address(None) => put(leaf, 0, &[]),
        }
    }
}

fn put(leaf: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    leaf.push(tag);
    leaf.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    leaf.extend_from_slice(bytes);
}

fn put_value(leaf: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Null | ValueRef::Real(_) => put(leaf, 0, &[]),
        ValueRef::Integer(n) => put(leaf, 3, &n.to_le_bytes()),
        ValueRef::Text(b) => put(leaf, 1, b),
        ValueRef::Blob(b) => put(leaf, 2, b),
    }
}

/// The number of a word that the rows use, or its text where they hold the text.
struct Numbers<'a> {
    db: &'a Connection,
    known: HashMap<Vec<u8>, Value>,
}

impl Numbers<'_> {
    fn of(&mut self, text: &[u8]) -> rusqlite::Result<Value> {
        if let Some(known) = self.known.get(text) {
            return Ok(known.clone());
        }
        let found = self
            .db
            .prepare_cached("SELECT id FROM word WHERE value = ?1")?
            .query_row([TextOrBlob(text)], |r| r.get(0))
            .optional()?;
        let value = match (found, stored(Some(text))) {
            (Some(n), _) => Value::Integer(n),
            (None, ValueRef::Text(t)) => Value::Text(String::from_utf8_lossy(t).into_owned()),
            (None, _) => Value::Blob(text.to_vec()),
        };
        if self.known.len() >= MOST_WORDS {
            self.known.clear();
        }
        self.known.insert(text.to_vec(), value.clone());
        Ok(value)
    }
}

/// Takes the rows of a derived table in their order, hashes them, and stores them where it is told to.
pub struct Rows<'a> {
    table: Table,
    tree: Frontier,
    leaf: Vec<u8>,
    insert: Option<Insert<'a>>,
}

struct Insert<'a> {
    statement: Statement<'a>,
    numbers: Numbers<'a>,
    import: Option<u32>,
}

impl<'a> Rows<'a> {
    /// Rows that are only hashed.
    pub fn hashed(table: Table) -> Self {
        Self { table, tree: Frontier::new(), leaf: Vec::new(), insert: None }
    }
    /// Rows that are stored too, in place of those that are there of the import or of the case.
    pub fn stored(table: Table, db: &'a Connection, import: u32) -> rusqlite::Result<Self> {
        let name = table.name();
        if table.is_of_case() {
            db.execute(&format!("DELETE FROM {name}"), [])?;
        } else {
            db.execute(&format!("DELETE FROM {name} WHERE import = ?1"), [import])?;
        }
        let statement = db.prepare(&format!("INSERT INTO {name} VALUES ({})", vec!["?"; table.columns()].join(",")))?;
        let numbers = Numbers { db, known: HashMap::new() };
        let insert = Some(Insert { statement, numbers, import: (!table.is_of_case()).then_some(import) });
        Ok(Self { insert, ..Self::hashed(table) })
    }

    /// A row, without the column `import`.
    pub fn row(&mut self, columns: &[Column<'_>]) -> rusqlite::Result<()> {
        let Self { table, tree, leaf, insert } = self;
        leaf.clear();
        leaf.extend_from_slice(table.tag().as_slice());
        columns.iter().for_each(|c| c.put(leaf));
        tree.push(leaf_hash(leaf), |_, _, _| {});
        let Some(Insert { statement, numbers, import }) = insert else { return Ok(()) };
        let first = match import {
            Some(n) => {
                statement.raw_bind_parameter(1, *n)?;
                2
            }
            None => 1,
        };
        for (i, column) in columns.iter().enumerate() {
            let word;
            let value = match column {
                Column::Number(n) => ToSqlOutput::Owned((*n).map_or(Value::Null, Value::Integer)),
                Column::Word(None) | Column::Bytes(None) | Column::Address(None) => ToSqlOutput::Owned(Value::Null),
                Column::Word(Some(text)) => {
                    word = numbers.of(text)?;
                    word.to_sql()?
                }
                Column::Text(text) => ToSqlOutput::Borrowed(stored(*text)),
                Column::Bytes(Some(bytes)) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
                Column::Address(Some(address)) => address.to_sql()?,
            };
            statement.raw_bind_parameter(first + i, value)?;
        }
        statement.raw_execute().map(|_| ())
    }

    pub fn finish(self) -> Derived {
        Derived { table: self.table.name(), rows: self.tree.size(), root: self.tree.root() }
    }
}

/// The tree over the rows of a derived table as they are stored: `H(00 | tag | for each column: tag
/// u8 | length u32 | value)`, words as their text, integers as 8 bytes, the column `import` left out.
/// Source: docs/format.md, "Derived tables".
pub fn hash(db: &Connection, table: Table, import: u32) -> rusqlite::Result<Derived> {
    let mut words = WordReader::default();
    let mut tree = Frontier::new();
    let mut leaf = Vec::new();
    let (condition, skipped) = if table.is_of_case() { ("?1 IS NOT NULL", 0) } else { ("import = ?1", 1) };
    let mut q = db.prepare(&format!("SELECT * FROM {} WHERE {condition} ORDER BY n", table.name()))?;
    let is_word: Vec<bool> = q.column_names().map(Table::has_word).collect();
    let mut rows = q.query([import])?;
    while let Some(row) = rows.next()? {
        leaf.clear();
        leaf.extend_from_slice(table.tag());
        for (i, is_word) in is_word.iter().enumerate().skip(skipped) {
            match (row.get_ref(i)?, is_word) {
                (v @ ValueRef::Integer(_), true) => put(&mut leaf, 1, &words.bytes(db, v)?.unwrap_or_default()),
                // In another form than an import stores it, a filter would not find it.
                (v @ (ValueRef::Text(b) | ValueRef::Blob(b)), true) if stored(Some(b)) == v => put(&mut leaf, 1, b),
                (v, _) => put_value(&mut leaf, v),
            }
        }
        tree.push(leaf_hash(&leaf), |_, _, _| {});
    }
    Ok(Derived { table: table.name(), rows: tree.size(), root: tree.root() })
}

/// The texts of subjects that are not numbers, up to a number: `H(00 | SUT1 | n u64 | text)` each.
pub fn texts(db: &Connection, most: Option<u64>) -> rusqlite::Result<Derived> {
    let mut tree = Frontier::new();
    let mut q = db.prepare("SELECT n, value FROM subject_text WHERE n <= ?1 ORDER BY n")?;
    let mut rows = q.query([most.map_or(i64::MAX, u64::cast_signed)])?;
    while let Some(row) = rows.next()? {
        let mut leaf = b"SUT1".to_vec();
        leaf.extend_from_slice(&row.get::<_, i64>(0)?.to_le_bytes());
        if let ValueRef::Text(b) | ValueRef::Blob(b) = row.get_ref(1)? {
            leaf.extend_from_slice(b);
        }
        tree.push(leaf_hash(&leaf), |_, _, _| {});
    }
    Ok(Derived { table: "subject_text", rows: tree.size(), root: tree.root() })
}

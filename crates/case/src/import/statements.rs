//! Free text that people entered, as salted rows: entries hold pseudonyms and roots, never names.

use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{CaseKey, Field, Frontier, ImportKey, Json, RowHasher};

pub const STATEMENT_TAGS: (&[u8; 4], &[u8; 4]) = (b"STM1", b"STC1");

/// One thing a person said: the case's title, the name behind a pseudonym, a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// "title", "person", "label".
    pub kind: String,
    /// What it is about: a pseudonym, the number of an import.
    pub about: Option<String>,
    pub value: Option<String>,
}

/// Header of a statement's row: the entry it belongs to.
pub fn statement_row(entry: u64, s: &Statement) -> ([u8; 8], [Field<'_>; 4]) {
    fn field(text: Option<&String>) -> Field<'_> {
        text.map_or(Field::Null, |t| Field::Text(t.as_bytes()))
    }
    (entry.to_le_bytes(), [field(Some(&s.kind)), field(s.about.as_ref()), field(s.value.as_ref()), Field::Null])
}

/// Key of the salts of statements: they belong to no import.
pub fn statement_key(store: &Store) -> Result<ImportKey> {
    let case: Vec<u8> = store.db.query_row("SELECT value FROM secret WHERE name = 'case'", [], |r| r.get(0))?;
    let case = <[u8; 32]>::try_from(case).map_err(|_| CaseError::Ledger("the case's secret is damaged".into()))?;
    Ok(CaseKey(case).import(b"statement", b"", b""))
}

/// Writes the statements of one entry; returns the entry's `outputs`, empty where there are none.
pub fn write_statements(store: &Store, entry: u64, statements: &[Statement]) -> Result<Json> {
    if statements.is_empty() {
        return Ok(Json::List(Vec::new()));
    }
    let hasher = RowHasher::new(&statement_key(store)?, 0, STATEMENT_TAGS);
    let first: i64 = store.db.query_row("SELECT coalesce(max(id) + 1, 0) FROM statement", [], |r| r.get(0))?;
    let mut tree = Frontier::new();
    let mut insert = store.db.prepare_cached("INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (i, s) in statements.iter().enumerate() {
        let id = first + i as i64;
        insert.execute((id, entry.cast_signed(), &s.kind, &s.about, &s.value))?;
        let (header, fields) = statement_row(entry, s);
        tree.push(hasher.leaves(id.cast_unsigned(), &header, &fields).row, |_, _, _| {});
    }
    let head = tree.head();
    Ok(Json::List(vec![Json::map([
        ("table", Json::Text("statement".into())),
        ("first", Json::big(first.cast_unsigned())),
        ("rows", Json::big(head.size)),
        ("root", Json::hex(&head.root)),
        ("schema", Json::Text("STM1".into())),
    ])]))
}

//! Roots that would let a reader try guesses at masked values: over content without salts, over counts
//! and sets. They stand in a salted statement of the sealing entry, not in the entry itself, which
//! every disclosure carries. Source: docs/format.md, "Rows".

use super::statements::Statement;
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::{Frontier, Hash, Json, TreeHead, leaf_hash};
use model::Table;
use rusqlite::OptionalExtension;

/// Kind of the statement.
const KIND: &str = "roots";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Over the content roots of the tables.
    pub content_root: Hash,
    /// By `Table as usize`.
    pub content: [Hash; 4],
    /// Derived tables, with rows and root.
    pub derived: Vec<(String, TreeHead)>,
}

impl Roots {
    pub fn statement(&self, import: u32) -> Result<Statement> {
        let derived = self.derived.iter().map(|(table, head)| {
            Json::map([("root", Json::hex(&head.root)), ("rows", Json::big(head.size)), ("table", Json::from(table.as_str()))])
        });
        let content = Table::ALL.map(|t| (t.name(), Json::hex(&self.content[t as usize])));
        let json = Json::map([
            ("content", Json::map(content)),
            ("content_root", Json::hex(&self.content_root)),
            ("derived", Json::List(derived.collect())),
        ]);
        let value = json.to_text().map_err(|e| CaseError::Ledger(e.to_string()))?;
        Ok(Statement { kind: KIND.into(), about: Some(import.to_string()), value: Some(value) })
    }

    fn read(text: &str) -> Option<Self> {
        let json = Json::read(text.as_bytes()).ok()?;
        let content = json.get("content")?;
        let [source, file, event, finding] = Table::ALL.map(|t| content.get(t.name()).and_then(Json::as_hash));
        let derived = json.get("derived")?.as_list()?.iter().map(|d| {
            let head = TreeHead { size: d.get("rows")?.as_big()?, root: d.get("root")?.as_hash()? };
            Some((d.get("table")?.as_text()?.to_owned(), head))
        });
        Some(Self {
            content_root: json.get("content_root")?.as_hash()?,
            content: [source?, file?, event?, finding?],
            derived: derived.collect::<Option<_>>()?,
        })
    }

    /// What the sealing entry `seq` says; None where it says nothing that can be read.
    pub fn of_entry(store: &Store, seq: u64) -> rusqlite::Result<Option<Self>> {
        let mut q = store.db.prepare_cached("SELECT value FROM statement WHERE entry = ?1 AND kind = ?2")?;
        let value: Option<String> = q.query_row((seq.cast_signed(), KIND), |r| r.get(0)).optional()?;
        Ok(value.and_then(|v| Self::read(&v)))
    }
}

/// Content root of a case: over the content roots of its sealed imports, sorted, so that the order
/// in which evidence was added does not matter. Hex.
pub fn content_root_of_case(store: &Store) -> Result<String> {
    let mut q = store.db.prepare_cached("SELECT value FROM statement WHERE kind = ?1")?;
    let values = q.query_map([KIND], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut roots: Vec<Hash> = values.iter().filter_map(|v| Roots::read(v)).map(|r| r.content_root).collect();
    roots.sort_unstable();
    let mut tree = Frontier::new();
    for root in &roots {
        tree.push(leaf_hash(&[b"CASE", root.as_slice()].concat()), |_, _, _| {});
    }
    Ok(hex::encode(tree.root()))
}

//! Two cases of the same evidence: whether they hold the same rows, and where they first differ. Found
//! by descending both content trees, whose leaves have no salts; rows are read only at the end.

use crate::columns::{Cells, Dictionaries, join_id, read_back};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Roots, hashers, import_key, is_seal, read_entry};
use crate::row_tree::RowTree;
use crate::store::Store;
use crate::tiles::Tree;
use ledger::{Entry, Hash, Json, Nodes, decode_fields};
use model::{Batch, Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How two cases stand to each other.
#[derive(Clone, Debug, Serialize)]
pub struct Diff {
    /// Every import of either has one in the other with the same rows.
    pub equal: bool,
    pub imports: Vec<ImportDiff>,
}

/// One item of evidence in both cases, or in one of them.
#[derive(Clone, Debug, Serialize)]
pub struct ImportDiff {
    pub name: String,
    /// SHA-256 of the evidence.
    pub sha256: String,
    /// Number of the import in either case.
    pub imports: [Option<u32>; 2],
    pub content_roots: [Option<String>; 2],
    pub equal: bool,
    /// What produced the rows, where the two differ: tool, parsers, zone.
    pub made_by: Vec<Made>,
    /// The first row that differs, by table.
    pub tables: Vec<TableDiff>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// `casebook`, `parser evtx`, `zone_default`, `profile`.
    pub what: String,
    pub of: [Option<String>; 2],
}

#[derive(Clone, Debug, Serialize)]
pub struct TableDiff {
    pub table: &'static str,
    pub rows: [u64; 2],
    /// Number of the first row that differs, or that only one has.
    pub first: u64,
    /// The row in either case: its fields as text, the header in hexadecimal.
    pub row: [Option<Vec<String>>; 2],
    /// Hashes compared on the way.
    pub compared: u64,
}

/// Compares two cases.
pub fn diff(a: &Path, b: &Path) -> Result<Diff> {
    let (a, b) = (Side::open(a)?, Side::open(b)?);
    let mut imports = Vec::new();
    let digests: BTreeSet<&String> = a.imports.keys().chain(b.imports.keys()).collect();
    for digest in digests {
        let (left, right) = (a.imports.get(digest), b.imports.get(digest));
        let both = left.zip(right).map(|(l, r)| pair(&a, l, &b, r)).transpose()?.unwrap_or_default();
        let root = |i: Option<&Sealed>| i.map(|i| hex::encode(i.roots.content_root));
        let name = left.or(right).map(|i| i.name.clone()).unwrap_or_default();
        imports.push(ImportDiff {
            name,
            sha256: digest.clone(),
            imports: [left.map(|i| i.n), right.map(|i| i.n)],
            equal: root(left) == root(right),
            content_roots: [root(left), root(right)],
            made_by: both.0,
            tables: both.1,
        });
    }
    imports.sort_by_key(|i| (i.imports[0].is_none(), i.imports));
    Ok(Diff { equal: imports.iter().all(|i| i.equal), imports })
}

struct Sealed {
    n: u32,
    name: String,
    begin: Entry,
    seal: Entry,
    roots: Roots,
}

struct Side {
    store: Store,
    /// By the SHA-256 of the evidence.
    imports: BTreeMap<String, Sealed>,
}

impl Side {
    fn open(path: &Path) -> Result<Self> {
        let store = Store::read(path)?;
        let (chain, all) = entries::chain(&store)?;
        if let Some(fault) = chain.faults().first() {
            return Err(CaseError::Ledger(format!("{}: {fault}; verify it first", path.display())));
        }
        let mut imports = BTreeMap::new();
        for seal in all.iter().filter(|e| is_seal(e)) {
            let damaged = || CaseError::Ledger(format!("{}: entry {} is damaged", path.display(), seal.head.seq));
            let n = seal.get("params").and_then(|p| p.get("import")).and_then(Json::as_int);
            let n = n.and_then(|n| u32::try_from(n).ok()).ok_or_else(damaged)?;
            let input = seal.get("inputs").and_then(Json::as_list).and_then(<[Json]>::first).ok_or_else(damaged)?;
            let sha256 = input.get("media").and_then(|m| m.get("sha256")).and_then(Json::as_text).ok_or_else(damaged)?;
            let begin: i64 = store.db.query_row("SELECT begin FROM import WHERE n = ?1", [n], |r| r.get(0))?;
            let sealed = Sealed {
                n,
                name: input.get("name").and_then(Json::as_text).unwrap_or_default().to_owned(),
                begin: read_entry(&store, begin.cast_unsigned())?,
                seal: seal.clone(),
                roots: Roots::of_entry(&store, seal.head.seq)?.ok_or_else(damaged)?,
            };
            imports.insert(sha256.to_owned(), sealed);
        }
        Ok(Self { store, imports })
    }

    fn rows(&self, import: &Sealed, table: Table) -> Result<u64> {
        let head = ledger::import_root(&import.seal, import.n, table.name(), table.tags().0);
        head.map(|h| h.size).ok_or_else(|| CaseError::Ledger(format!("entry {} names no rows", import.seal.head.seq)))
    }

    fn tree(&self, import: &Sealed, table: Table) -> Result<RowTree<'_>> {
        let hashers = hashers(&import_key(&self.store, &import.begin)?, import.n);
        let [source, file, event, finding] = hashers;
        let hasher = match table {
            Table::Source => source,
            Table::File => file,
            Table::Event => event,
            Table::Finding => finding,
        };
        Ok(RowTree::new(&self.store, table, Tree::Content, hasher, self.rows(import, table)?))
    }

    /// A row as a person reads it; None where it is not there.
    fn row(&self, import: &Sealed, table: Table, number: u64) -> Result<Option<Vec<String>>> {
        if number >= self.rows(import, table)? {
            return Ok(None);
        }
        let mut q = self.store.db.prepare(&format!("SELECT * FROM {} WHERE id = ?1", table.name()))?;
        let mut found = q.query([join_id(import.n, number)])?;
        let Some(row) = found.next()? else { return Ok(None) };
        let mut batch = Batch::new(table);
        read_back(&self.store.db, &mut Dictionaries::default(), &Cells::of(table, row)?, &mut batch)?;
        let Some(Ok(view)) = batch.iter().next() else { return Ok(None) };
        let fields = decode_fields(view.encoded_fields).map_err(|e| CaseError::Ledger(e.to_string()))?;
        let text = |f: &ledger::Field<'_>| crate::view::visible(&f.value_bytes(|b| String::from_utf8_lossy(b).into_owned()), 300);
        let mut out = vec![format!("header {}", hex::encode(view.header))];
        out.extend(fields.iter().map(text));
        Ok(Some(out))
    }
}

type Found = (Vec<Made>, Vec<TableDiff>);

fn pair(a: &Side, left: &Sealed, b: &Side, right: &Sealed) -> Result<Found> {
    let mut tables = Vec::new();
    for table in Table::ALL {
        let rows = [a.rows(left, table)?, b.rows(right, table)?];
        let at = table as usize;
        if (rows[0], left.roots.content[at]) == (rows[1], right.roots.content[at]) {
            continue;
        }
        let (mut l, mut r) = (a.tree(left, table)?, b.tree(right, table)?);
        let (first, compared) = descend(&mut l, &mut r, rows[0].min(rows[1]))?;
        let row = [a.row(left, table, first)?, b.row(right, table, first)?];
        tables.push(TableDiff { table: table.name(), rows, first, row, compared });
    }
    Ok((made_by(left, right), tables))
}

/// The first leaf in which two trees differ, or the length of the shorter one; and the number of hashes
/// compared. Nodes over 2^24, 2^16 and 2^8 leaves come from tiles, then one run of rows is hashed.
/// `common`: leaves that both trees have.
fn descend<E>(a: &mut dyn Nodes<Error = E>, b: &mut dyn Nodes<Error = E>, common: u64) -> Result<(u64, u64), E> {
    let (mut first, mut compared) = (0u64, 0u64);
    // The highest stored level with a whole node in both, then down to the leaves.
    let top = common.checked_ilog2().map_or(0, |bit| bit / 8);
    for level in (0..=top).rev().map(|l| l * 8) {
        let nodes = common >> level;
        while first < nodes {
            let count = (256 - first % 256).min(nodes - first) as usize;
            let stored = u8::try_from(level).unwrap_or(u8::MAX);
            let (left, right): (Vec<Hash>, Vec<Hash>) = (a.hashes(stored, first, count)?, b.hashes(stored, first, count)?);
            let same = left.iter().zip(&right).take_while(|(l, r)| l == r).count();
            compared += (same as u64 + 1).min(count as u64);
            first += same as u64;
            if same < count {
                break;
            }
        }
        if level > 0 {
            first <<= 8;
        }
    }
    Ok((first, compared))
}

/// What an import was made by, as names and values that can be compared.
fn settings(import: &Sealed) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let text = |j: &Json| j.as_text().map_or_else(|| j.to_text().unwrap_or_default(), str::to_owned);
    if let Some(Json::Map(tool)) = import.begin.get("tool") {
        for (name, value) in tool {
            match (name.as_str(), value) {
                ("parsers", Json::Map(parsers)) => {
                    out.extend(parsers.iter().map(|(name, version)| (format!("parser {name}"), text(version))));
                }
                ("version" | "commit" | "lock_sha256", value) => drop(out.insert(name.clone(), text(value))),
                _ => {}
            }
        }
    }
    if let Some(Json::Map(params)) = import.begin.get("params") {
        let kept = params.iter().filter(|(name, _)| name.as_str() != "import");
        out.extend(kept.map(|(name, value)| (name.clone(), text(value))));
    }
    out
}

fn made_by(left: &Sealed, right: &Sealed) -> Vec<Made> {
    let (l, r) = (settings(left), settings(right));
    let names: BTreeSet<&String> = l.keys().chain(r.keys()).collect();
    let made = names.into_iter().map(|what| Made { what: what.clone(), of: [l.get(what).cloned(), r.get(what).cloned()] });
    made.filter(|m| m.of[0] != m.of[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::MemoryTree;

    /// Over trees in memory.
    fn found(a: &[Hash], b: &[Hash]) -> u64 {
        let trees: [MemoryTree; 2] = [a.iter().copied().collect(), b.iter().copied().collect()];
        let common = a.len().min(b.len()) as u64;
        let (mut l, mut r) = (&trees[0], &trees[1]);
        descend(&mut l, &mut r, common).expect("memory").0
    }

    #[test]
    fn the_first_leaf_that_differs_is_found() {
        let leaf = |n: u64| ledger::leaf_hash(&n.to_le_bytes());
        for size in [0u64, 1, 2, 255, 256, 257, 512, 65_537] {
            let same: Vec<Hash> = (0..size).map(leaf).collect();
            assert_eq!(found(&same, &same), size, "{size} equal leaves");
            for at in [0, 255, 256, 65_535, size.saturating_sub(1)] {
                if at < size {
                    let mut other = same.clone();
                    other[at as usize] = leaf(u64::MAX);
                    assert_eq!(found(&same, &other), at, "{size} leaves, changed at {at}");
                    assert_eq!(found(&other, &same[..at as usize]), at, "cut at {at}");
                }
            }
        }
    }
}

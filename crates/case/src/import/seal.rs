//! The end of an import: the tree over its sources, the entry with all roots; and what
//! is done when the same evidence comes a second time.

use super::hashing::Hashed;
use super::roots::Roots;
use super::statements::write_statements;
use super::{Options, inputs};
use crate::columns::{Cells, Dictionaries, join_id, read_back};
use crate::entries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::tally::{self, Tally};
use crate::tiles::Trees;
use crate::worker::protocol::Digests;
use evidence::open::{Format, Item};
use ledger::{Entry, Frontier, Hash, Json, Member, RowHasher, TreeHead, leaf_hash, members_root};
use model::{Batch, SourceKind, Table};

/// Digests of an import, kept with it between the end of reading and the seal, and in its entry.
fn digests_json(store: &Store, item: &Item, n: u32, d: &Digests) -> Result<Json> {
    let text = |t: &Option<String>| t.clone().map_or(Json::Null, Json::Text);
    let files = d.files.iter().map(|f| {
        Json::map([("name", Json::Text(f.name.clone())), ("bytes", Json::big(f.bytes)), ("sha256", Json::Text(f.sha256.clone()))])
    });
    let matched = d.match_stored().map_or(Json::Null, Json::Bool);
    let mut members = vec![
        ("role", Json::Text("evidence".into())),
        ("name", Json::Text(item.name.clone())),
        ("files", Json::List(files.collect())),
        (
            "media",
            Json::map([
                ("bytes", Json::big(d.bytes)),
                ("md5", text(&d.md5)),
                ("sha1", text(&d.sha1)),
                ("sha256", Json::Text(d.sha256.clone())),
                ("block", Json::Int(4096)),
                ("blocks_root", text(&d.blocks_root)),
            ]),
        ),
        ("stored", Json::map([("md5", text(&d.stored_md5)), ("sha1", text(&d.stored_sha1)), ("match", matched)])),
    ];
    if let Some(head) = archive_members(store, n)? {
        members.push(("members", Json::map([("count", Json::big(head.size)), ("root", Json::hex(&head.root))])));
    }
    Ok(Json::List(vec![Json::map(members)]))
}

/// The tree over the members of an archive or a folder, from its sources.
fn archive_members(store: &Store, n: u32) -> Result<Option<ledger::TreeHead>> {
    let root: Option<u8> =
        store.db.query_row("SELECT kind FROM source WHERE id = ?1", [join_id(n, 0)], |r| r.get(0)).map(Some).or_else(
            |e| match e {
                rusqlite::Error::QueryReturnedNoRows => Ok(None),
                other => Err(other),
            },
        )?;
    let container = [SourceKind::Archive.code(), SourceKind::Folder.code()];
    if !root.is_some_and(|k| container.contains(&k)) {
        return Ok(None);
    }
    let mut q = store.db.prepare(
        "SELECT locator, bytes, sha256 FROM source WHERE id > ?1 AND id <= ?2 AND parent = 0 AND sha256 IS NOT NULL ORDER BY id",
    )?;
    let mut found = q.query([join_id(n, 0), join_id(n, (1 << 40) - 1)])?;
    let mut all: Vec<(Vec<u8>, u64, Hash)> = Vec::new();
    while let Some(row) = found.next()? {
        let locator: String = row.get(0)?;
        let sha256: Vec<u8> = row.get(2)?;
        let Ok(sha256) = Hash::try_from(sha256) else { continue };
        all.push((crate::sources::locator_path(&locator), row.get::<_, i64>(1)?.cast_unsigned(), sha256));
    }
    let mut members: Vec<Member<'_>> =
        all.iter().map(|(path, bytes, sha256)| Member { path, bytes: *bytes, sha256: *sha256 }).collect();
    Ok(Some(members_root(&mut members)))
}

/// Seals an import whose rows are all written.
pub fn seal(
    store: &mut Store,
    item: &Item,
    n: u32,
    hashers: &[RowHasher; 4],
    mut trees: [Trees; 4],
    tally: Option<Tally>,
) -> Result<()> {
    let digests = store.state(n, "digests")?.ok_or_else(|| CaseError::Ledger(format!("import {n} was not hashed")))?;
    let digests: Digests = serde_json::from_slice(&digests).map_err(|e| CaseError::Ledger(e.to_string()))?;
    entries::append(store, "import.seal", |store, seq| {
        // Merged in the transaction that seals the import, so that nothing is ever merged twice.
        earlier_counts_hold(store)?;
        let derived = match tally {
            Some(tally) => tally.finish(&store.db, n)?,
            None => tally::rebuild(&store.db, n)?,
        };
        trees[Table::Source as usize] = source_trees(store, n, &hashers[Table::Source as usize])?;
        for table in Table::ALL {
            trees[table as usize].save(store, n, table)?;
        }
        store.db.execute("DELETE FROM import_state WHERE import = ?1", [n])?;
        store.db.execute("DELETE FROM import_task WHERE import = ?1", [n])?;
        store.db.execute("UPDATE import SET state = 1, seal = (SELECT count(*) FROM entry) WHERE n = ?1", [n])?;
        let outputs = Table::ALL.map(|table| {
            let t = &trees[table as usize];
            Json::map([
                ("table", Json::Text(table.name().into())),
                ("import", Json::Int(i64::from(n))),
                ("rows", Json::big(t.rows.size())),
                ("root", Json::hex(&t.rows.head().root)),
                ("schema", Json::Text(String::from_utf8_lossy(table.tags().0).into_owned())),
            ])
        });
        let roots = Roots {
            content_root: content_root(&trees),
            content: Table::ALL.map(|table| trees[table as usize].content.head().root),
            derived: derived.iter().map(|d| (d.table.to_owned(), TreeHead { size: d.rows, root: d.root })).collect(),
        };
        let mut outputs = Vec::from(outputs);
        outputs.extend(write_statements(store, seq, &[roots.statement(n)?])?.as_list().unwrap_or_default().iter().cloned());
        Ok(vec![
            ("inputs", digests_json(store, item, n, &digests)?),
            ("params", Json::map([("import", Json::Int(i64::from(n)))])),
            ("outputs", Json::List(outputs)),
        ])
    })?;
    Ok(())
}

/// Fails where a table over the whole case, to which an import adds, is not what the import before left:
/// adding to it would put what was changed under a new root.
pub fn earlier_counts_hold(store: &Store) -> Result<()> {
    let last: Option<i64> = store.db.query_row("SELECT max(seal) FROM import WHERE state = 1", [], |r| r.get(0))?;
    let said = match last {
        Some(seq) => Roots::of_entry(store, seq.cast_unsigned())?.map(|r| (seq, r.derived)),
        None => None,
    };
    for table in tally::Table::ALL.into_iter().filter(|t| t.is_of_case()) {
        let found = tally::hash_derived(&store.db, table, 0)?;
        let known = match &said {
            Some((_, derived)) => derived.iter().find(|(name, _)| name == table.name()).map(|(_, head)| *head),
            None => Some(TreeHead::EMPTY),
        };
        if known != Some(TreeHead { size: found.rows, root: found.root }) {
            let of = said.as_ref().map_or("and no import is sealed".into(), |(seq, _)| format!("under entry {seq}"));
            return Err(CaseError::Ledger(format!(
                "table {} is not as it was written {of}: it was changed or is damaged, and nothing is added to it; \
                 `casebook verify` says more, and evidence can be imported into a new case",
                table.name()
            )));
        }
    }
    Ok(())
}

/// The trees over the sources of an import: they are hashed last, since digests come last.
fn source_trees(store: &Store, n: u32, hasher: &RowHasher) -> Result<Trees> {
    let mut trees = Trees::default();
    let mut words = Dictionaries::default();
    let mut q = store.db.prepare("SELECT * FROM source WHERE id >= ?1 AND id <= ?2 ORDER BY id")?;
    let mut rows = q.query([join_id(n, 0), join_id(n, (1 << 40) - 1)])?;
    let mut batch = Batch::new(Table::Source);
    let mut number = 0u64;
    while let Some(row) = rows.next()? {
        batch.clear();
        read_back(&store.db, &mut words, &Cells::of(Table::Source, row)?, &mut batch)?;
        for view in batch.iter() {
            let view = view.map_err(|e| CaseError::Ledger(e.to_string()))?;
            let leaves = hasher
                .leaves_encoded(number, view.header, view.encoded_fields)
                .map_err(|e| CaseError::Ledger(format!("{e:?}")))?;
            trees.push_all(store, n, Table::Source, &[leaves])?;
            number += 1;
        }
    }
    Ok(trees)
}

/// Content root of an import: over its tables in their fixed order. Source: docs/format.md.
fn content_root(trees: &[Trees; 4]) -> Hash {
    let mut tree = Frontier::new();
    for table in Table::ALL {
        let t = &trees[table as usize];
        tree.push(table_leaf(table, t.content.size(), &t.content.head().root), |_, _, _| {});
    }
    tree.root()
}

/// `H(00 | content tag | rows u64 | content root)`.
pub fn table_leaf(table: Table, rows: u64, root: &Hash) -> Hash {
    let mut leaf = table.tags().1.to_vec();
    leaf.extend_from_slice(&rows.to_le_bytes());
    leaf.extend_from_slice(root);
    leaf_hash(&leaf)
}

/// Whether a sealed import has evidence of the item's size, which may be the same.
pub fn same_size_is_here(store: &Store, item: &Item) -> Result<bool> {
    let (_, entries) = entries::chain(store)?;
    let here = entries.iter().filter(|e| e.head.kind == "import.seal").any(|e| {
        let input = e.get("inputs").and_then(Json::as_list).and_then(<[Json]>::first);
        let Some(input) = input else { return false };
        if item.format == Format::Folder {
            return input.get("media").and_then(|m| m.get("md5")) == Some(&Json::Null);
        }
        let bytes: u64 = input
            .get("files")
            .and_then(Json::as_list)
            .into_iter()
            .flatten()
            .filter_map(|f| f.get("bytes").and_then(Json::as_big))
            .sum();
        bytes == item.bytes
    });
    Ok(here)
}

/// Whether an entry seals an import, and is not a second receipt.
pub fn is_seal(entry: &Entry) -> bool {
    entry.head.kind == "import.seal" && entry.get("params").is_some_and(|p| p.get("receipt_of").is_none())
}

/// The import whose evidence has these digests.
pub fn same_content(store: &Store, hashed: &Hashed) -> Result<Option<u32>> {
    let (_, entries) = entries::chain(store)?;
    let digest = Json::Text(hashed.0.sha256.clone());
    let same = entries.iter().filter(|e| is_seal(e)).find(|e| {
        let input = e.get("inputs").and_then(Json::as_list).and_then(<[Json]>::first);
        let media = input.and_then(|i| i.get("media"));
        media.and_then(|m| m.get("sha256")) == Some(&digest)
            && media.and_then(|m| m.get("bytes")).and_then(Json::as_big) == Some(hashed.0.bytes)
    });
    let n = same.and_then(|e| e.get("params")?.get("import")?.as_int());
    Ok(n.and_then(|n| u32::try_from(n).ok()))
}

/// A second receipt for evidence that is in the case: an entry, and no row.
pub fn receipt(store: &mut Store, item: &Item, n: u32, hashed: &Hashed, options: &Options) -> Result<()> {
    entries::append(store, "import.seal", |store, seq| {
        Ok(vec![
            ("inputs", digests_json(store, item, n, &hashed.0)?),
            ("params", Json::map([("receipt_of", Json::Int(i64::from(n))), ("given", inputs(item))])),
            ("outputs", write_statements(store, seq, &super::label(n, options))?),
        ])
    })?;
    Ok(())
}

//! Every row of every sealed import against the roots in its entry; where they differ, which rows.

use super::counts::{Counting, Recounted};
use super::imports::{Import, Output, Seal};
use super::leaves::{Readers, Rehashed};
use super::postings::{self, Comparison};
use super::report::Checks;
use super::{Progress, Watch};
use crate::columns::join_id;
use crate::error::{CaseError, Result};
use crate::import::{hashers, import_key, table_leaf};
use crate::store::Store;
use crate::tiles::{self, Tree};
use ledger::{Frontier, Hash, RowHasher, Tile};
use model::Table;
use std::collections::BTreeMap;
use std::ops::Range;

const LAST_ROW: u64 = (1 << 40) - 1;

/// Returns what follows from the rows; None where that can not be made.
pub fn check(
    store: &Store,
    imports: &[Import],
    readers: &mut Readers,
    watch: &mut Watch<'_>,
    checks: &mut Checks,
) -> Result<Option<Recounted>> {
    let counting = Counting::start(&store.path)?;
    let mut all_sound = true;
    let total: u64 = imports.iter().filter_map(|i| i.seal.as_ref()).flat_map(|s| &s.outputs).map(|o| o.rows).sum();
    let mut done = 0u64;
    for import in imports {
        let Some(seal) = &import.seal else {
            let says = if import.aborted { "was given up" } else { "is not sealed; its rows are under no root yet" };
            checks.skipped("rows", format!("import {} {says}", import.n));
            continue;
        };
        let hashers = match import_key(store, &import.begin) {
            Ok(key) => hashers(&key, import.n),
            Err(e) => {
                checks.failed("rows", format!("import {}", import.n), format!("its salts can not be made: {e}"));
                all_sound = false;
                continue;
            }
        };
        let mut content = Frontier::new();
        let mut sound = true;
        let mut comparison = Comparison::new(&store.db, import.n);
        for (table, (hasher, output)) in Table::ALL.into_iter().zip(hashers.iter().zip(&seal.outputs)) {
            let mut tell = |rows: u64| watch(&Progress { phase: "rows", done: done + rows, total });
            let rehashed = readers
                .rehash(table, hasher, output.rows, &mut tell, &mut |events| {
                    events.keys.iter().for_each(|(id, keys)| comparison.row(*id, keys));
                    counting.add(events);
                })
                .ok_or(CaseError::Cancelled)?;
            done += output.rows;
            content.push(table_leaf(table, rehashed.content.size, &rehashed.content.root), |_, _, _| {});
            sound &= table_holds(store, table, hasher, output, &rehashed, seal, checks)?;
        }
        comparison.end(sound, checks);
        if sound && content.root() != seal.roots.content_root {
            sound = false;
            let place = format!("entry {}", seal.entry.head.seq);
            checks.failed("rows", place, "its content root is not the one over the content roots of its tables");
        }
        all_sound &= sound;
        counting.end_import(import.n, sound);
        if sound {
            let [sources, files, events, findings] = seal.outputs.each_ref().map(|o| o.rows);
            let seq = seal.entry.head.seq;
            checks.holds(
                "rows",
                format!(
                    "import {}: {sources} sources, {files} files, {events} events and {findings} findings hash to the roots in entry {seq}",
                    import.n
                ),
            );
        }
    }
    postings::strays(store, imports, checks)?;
    strays(store, imports, checks)?;
    match counting.finish(all_sound) {
        Ok(recounted) => Ok(Some(recounted)),
        Err(e) => {
            checks.failed("derived", "derived tables", format!("the rows can not be counted again: {e}"));
            Ok(None)
        }
    }
}

/// Compares one table; true where everything holds.
fn table_holds(
    store: &Store,
    table: Table,
    hasher: &RowHasher,
    output: &Output,
    now: &Rehashed,
    seal: &Seal,
    checks: &mut Checks,
) -> Result<bool> {
    let import = hasher.import();
    let content_root = seal.roots.content[table as usize];
    let place = |rows: &Range<u64>| rows_place(table, import, rows);
    let mut sound = now.faults.is_empty();
    for fault in &now.faults {
        checks.failed("rows", place(&fault.rows), fault.why.clone());
    }
    let stored = match tiles::stored(store, import, Tree::Rows.kind(table)) {
        Ok(stored) => stored,
        Err(e) => {
            checks.failed(
                "rows",
                format!("tiles of table {} of import {import}", table.name()),
                format!("they can not be read: {e}"),
            );
            BTreeMap::new()
        }
    };
    if now.rows.root != output.root {
        let seq = seal.entry.head.seq;
        if now.content.root == content_root {
            let says = format!(
                "its rows are those that were imported, but not under the salts of entry {seq}: the case's secret or an entry was changed"
            );
            checks.failed("rows", format!("table {} of import {import}", table.name()), says);
            return Ok(false);
        }
        let (found, sure) = locate(now, output, &stored);
        for rows in found.iter().filter(|r| !now.faults.iter().any(|f| r.start <= f.rows.start && f.rows.end <= r.end)) {
            let says = if sure {
                "one of these rows was changed"
            } else {
                "one of these rows, or the hashes kept beside them, was changed"
            };
            checks.failed("rows", place(rows), format!("{says}: they do not hash to the root in entry {seq}"));
        }
        return Ok(false);
    }
    if now.content.root != content_root {
        sound = false;
        checks.failed(
            "rows",
            format!("entry {}", seal.entry.head.seq),
            format!("its statement has another content root of table {}", table.name()),
        );
    }
    let content = tiles::stored(store, import, Tree::Content.kind(table)).unwrap_or_default();
    for (stored, expected, of) in [(&stored, &now.tiles, "of"), (&content, &now.content_tiles, "of the content tree of")] {
        let expected: BTreeMap<(u8, u64), &Vec<u8>> = expected.iter().map(|t| ((t.level, t.index), &t.hashes)).collect();
        let differing = stored.keys().chain(expected.keys()).find(|key| stored.get(*key) != expected.get(*key).copied());
        if let Some((level, n)) = differing {
            sound = false;
            let place = format!("tile {n} of level {level} {of} table {} of import {import}", table.name());
            checks.failed("rows", place, "it does not hold the hashes of its rows, which themselves are unchanged");
        }
    }
    Ok(sound)
}

/// `event rows 256 to 511 of import 1`, with the id where it is one row.
fn rows_place(table: Table, import: u32, rows: &Range<u64>) -> String {
    let last = rows.end.saturating_sub(1);
    if last == rows.start {
        return format!("table {}, row {} of import {import} (id {})", table.name(), rows.start, join_id(import, rows.start));
    }
    format!("table {}, rows {} to {last} of import {import}", table.name(), rows.start)
}

/// Which runs of 256 rows differ from the hashes kept beside them; and whether those hashes are
/// beyond doubt, because with them the root in the entry comes out.
fn locate(now: &Rehashed, output: &Output, stored: &BTreeMap<(u8, u64), Vec<u8>>) -> (Vec<Range<u64>>, bool) {
    let kept: Vec<Hash> = level_one(stored.iter().map(|((level, _), hashes)| (*level, hashes)));
    let found: Vec<Hash> = level_one(now.tiles.iter().map(|t: &Tile| (t.level, &t.hashes)));
    let runs = (0u64..).zip(&found).filter(|(i, hash)| usize::try_from(*i).ok().and_then(|i| kept.get(i)) != Some(*hash));
    let mut differing: Vec<Range<u64>> = runs.map(|(i, _)| i * 256..(i + 1) * 256).collect();
    let mut tree = Frontier::new();
    kept.iter().for_each(|hash| tree.push(*hash, |_, _, _| {}));
    if let Some(tail) = now.tail {
        tree.push(tail, |_, _, _| {});
    }
    let sure = kept.len() == found.len() && tree.root() == output.root;
    let tail = output.rows & !255..output.rows;
    if !sure && !tail.is_empty() {
        // No hash is kept of the rows after the last full run: they are under the same doubt.
        differing.push(tail);
    }
    let only_tail = differing.len() == 1 && !sure && kept == found;
    (differing, sure || only_tail)
}

fn level_one<'t>(tiles: impl Iterator<Item = (u8, &'t Vec<u8>)>) -> Vec<Hash> {
    tiles.filter(|(level, _)| *level == 1).flat_map(|(_, hashes)| hashes.as_chunks::<32>().0.iter().copied()).collect()
}

/// Rows that belong to no import, or lie past the last row of one.
fn strays(store: &Store, imports: &[Import], checks: &mut Checks) -> Result<()> {
    for table in Table::ALL {
        // What lies between the rows of the sealed and the open imports.
        let mut free = Vec::new();
        let mut from = i64::MIN;
        for import in imports {
            free.push((from, join_id(import.n, 0).saturating_sub(1)));
            from = match &import.seal {
                Some(seal) => join_id(import.n, seal.outputs[table as usize].rows),
                None => join_id(import.n, LAST_ROW).saturating_add(1),
            };
        }
        free.push((from, i64::MAX));
        let sql = format!("SELECT min(id) FROM {} WHERE id BETWEEN ?1 AND ?2", table.name());
        for (from, to) in free.into_iter().filter(|(from, to)| from <= to) {
            match store.db.query_row(&sql, (from, to), |r| r.get::<_, Option<i64>>(0)) {
                Ok(None) => {}
                Ok(Some(id)) => {
                    checks.failed("rows", format!("table {}, id {id}", table.name()), "no import wrote this row");
                }
                Err(e) => checks.failed("rows", format!("table {}", table.name()), format!("it can not be read: {e}")),
            }
        }
    }
    Ok(())
}

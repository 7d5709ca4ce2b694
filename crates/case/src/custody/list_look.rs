//! Which files of the case the rows of a list may mean, and which it does not name.

use super::hashes::{self, HashPlace};
use super::list::{ExtraFile, ListCheck};
use super::list_file::{Listed, normal};
use super::stated::hash_kind;
use crate::columns::{join_id, split_id};
use crate::error::Result;
use crate::sources::Source;
use crate::store::Store;
use model::{ContentState, EntryKind, SourceKind};
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};

/// Most extra files that are told one by one.
const MOST_EXTRA: usize = 200;
/// Files of the case that are tried for one row of the list.
const MOST_TRIED: usize = 8;
/// Leading parts of a listed path that the case may not have: a mount, the name of an image.
const MOST_LEADING: usize = 4;

/// A file of the case that a row of the list may mean.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: i64,
    /// Leading parts of the listed path that were left out to find it.
    pub left_out: usize,
    pub path: String,
    pub size: u64,
    pub record: i64,
    pub content: ContentState,
    pub allocated: bool,
}

#[derive(Default)]
pub struct Found {
    pub of_row: BTreeMap<usize, Vec<Candidate>>,
    /// Evidence of which a file was found by its whole path.
    pub sources: BTreeSet<u32>,
}

const FILES: &str = "SELECT id, path, size, record, name_state, content_state FROM file WHERE kind = ?1 AND journal = 0
    AND id BETWEEN ?2 AND ?3 ORDER BY id";

fn range(source: Option<u32>) -> (i64, i64) {
    source.map_or((0, i64::MAX), |n| (join_id(n, 0), join_id(n, (1 << 40) - 1)))
}

/// Files of the case by the paths of the list: one walk over the files.
pub fn look(store: &Store, rows: &[Listed], source: Option<u32>) -> Result<Found> {
    let mut wanted: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        let path = normal(&row.path);
        let parts: Vec<&str> = path.split('/').collect();
        // A name alone says too little of which file is meant.
        let most = parts.len().saturating_sub(2).min(MOST_LEADING);
        for left_out in 0..=most {
            wanted.entry(parts[left_out..].join("/")).or_default().push((n, left_out));
        }
    }
    let mut found = Found::default();
    let mut q = store.db.prepare(FILES)?;
    let (first, last) = range(source);
    let mut files = q.query((EntryKind::File.code(), first, last))?;
    while let Some(file) = files.next()? {
        let (ValueRef::Text(path) | ValueRef::Blob(path)) = file.get_ref(1)? else { continue };
        let path = String::from_utf8_lossy(path).into_owned();
        let Some(rows) = wanted.get(&normal(&path)) else { continue };
        let id = file.get(0)?;
        for (row, left_out) in rows {
            let allocated = file.get::<_, u8>(4)? == 0;
            if *left_out == 0 {
                found.sources.insert(split_id(id).0);
            }
            let candidate = Candidate {
                id,
                left_out: *left_out,
                path: path.clone(),
                size: file.get::<_, i64>(2)?.cast_unsigned(),
                record: file.get::<_, Option<i64>>(3)?.unwrap_or(0),
                content: ContentState::from_code(file.get(5)?).unwrap_or(ContentState::Unknown),
                allocated,
            };
            let all = found.of_row.entry(*row).or_default();
            all.push(candidate);
            all.sort_by_key(|c| (c.left_out, !c.allocated, c.content.code(), c.id));
            all.truncate(MOST_TRIED);
        }
    }
    Ok(found)
}

/// Files that the evidence has and the list has not: allocated ones of the evidence it is of.
pub fn extras(store: &Store, found: &Found, out: &mut ListCheck) -> Result<()> {
    let named: BTreeSet<i64> = found.of_row.values().flatten().map(|c| c.id).collect();
    let mut q = store.db.prepare(FILES)?;
    for source in &found.sources {
        let (first, last) = range(Some(*source));
        let mut files = q.query((EntryKind::File.code(), first, last))?;
        while let Some(file) = files.next()? {
            let id: i64 = file.get(0)?;
            if file.get::<_, u8>(4)? != 0 || named.contains(&id) {
                continue;
            }
            out.extra = out.extra.saturating_add(1);
            if out.extras.len() < MOST_EXTRA {
                let (ValueRef::Text(path) | ValueRef::Blob(path)) = file.get_ref(1)? else { continue };
                let path = String::from_utf8_lossy(path).into_owned();
                let bytes = file.get::<_, i64>(2)?.cast_unsigned().to_string();
                out.extras.push(ExtraFile { file: id.to_string(), path, bytes });
            }
        }
    }
    out.sources = found.sources.iter().copied().collect();
    Ok(())
}

/// Where hashes of rows without a file stand all the same: renamed or moved files.
pub fn elsewhere(store: &Store, rows: &[Listed], found: &Found) -> Result<BTreeMap<String, Vec<HashPlace>>> {
    let lost = rows.iter().enumerate().filter(|(n, _)| !found.of_row.contains_key(n));
    hashes::find(store, &lost.flat_map(|(_, r)| r.hashes.iter().cloned()).collect())
}

/// SHA-256 of members, by import and ordinal, for the candidates.
pub fn stored(store: &Store, rows: &[Listed], found: &Found) -> Result<BTreeMap<(u32, i64), String>> {
    let mut wanted: BTreeMap<u32, BTreeSet<i64>> = BTreeMap::new();
    let asked = |n: &usize| rows.get(*n).is_some_and(|r| r.hashes.iter().any(|h| hash_kind(h) == Some("sha256")));
    for candidate in found.of_row.iter().filter(|(n, _)| asked(n)).flat_map(|(_, c)| c) {
        wanted.entry(split_id(candidate.id).0).or_default().insert(candidate.record);
    }
    let mut out = BTreeMap::new();
    for (import, ordinals) in wanted {
        let root = Source::load(store, join_id(import, 0))?;
        // Of a disk, a record's number means something else.
        if matches!(root.kind, SourceKind::Archive | SourceKind::Folder) {
            out.extend(hashes::members(store, import, &ordinals)?.into_iter().map(|(n, h)| ((import, n), h)));
        }
    }
    Ok(out)
}

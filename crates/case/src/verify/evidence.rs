//! The evidence itself, where it is given: read again, read-only, and hashed again.

use super::blocks::nodes;
use super::imports::Import;
use super::report::Checks;
use super::{Progress, Watch};
use crate::columns::join_id;
use crate::error::{CaseError, Result};
use crate::import::hash_item;
use crate::store::Store;
use crate::worker::protocol::Digests;
use ::evidence::open;
use ledger::{Hash, Json, NODE_BYTES};
use std::path::PathBuf;

/// Most differing ranges named for one item.
const MOST_RANGES: usize = 20;

pub fn check(store: &Store, imports: &[Import], paths: &[PathBuf], watch: &mut Watch<'_>, checks: &mut Checks) -> Result<()> {
    // What is not there, or cannot be read, was not checked: that is no mismatch.
    if let Some(missing) = paths.iter().find(|p| !p.exists()) {
        return Err(CaseError::Missing(missing.clone()));
    }
    let mut seen = Vec::new();
    for item in open::group(paths) {
        let mut tell = |done: u64| watch(&Progress { phase: "evidence", done, total: item.bytes });
        let (digests, found) = hash_item(&item.paths, &mut tell)?;
        let sealed = || imports.iter().filter_map(|i| Some((i, media(i)?)));
        let same = sealed().find(|(_, m)| m.sha256.as_deref() == Some(&digests.sha256) && m.bytes == Some(digests.bytes));
        if let Some((import, _)) = same {
            seen.push(import.n);
            files_hold(import, &digests, &item.name, checks);
            continue;
        }
        let named = sealed().find(|(_, m)| m.name.as_deref() == Some(&item.name));
        let Some((import, media)) = named.or_else(|| sealed().find(|(_, m)| m.bytes == Some(digests.bytes))) else {
            checks.failed(
                "evidence",
                item.name.clone(),
                "no import has this evidence: neither its digest, its name nor its size",
            );
            continue;
        };
        seen.push(import.n);
        let folder = item.paths.first().filter(|p| p.is_dir());
        if let Some(folder) = folder
            && super::members::check(store, import.n, folder, &item.name, checks)?
        {
            continue;
        }
        let (found, _) = found.as_chunks::<32>();
        differs(store, import, &media, &digests, found, &item.name, checks)?;
    }
    for import in imports.iter().filter(|i| i.seal.is_some() && !seen.contains(&i.n)) {
        let name = media(import).and_then(|m| m.name).unwrap_or_default();
        checks.skipped(
            "evidence",
            format!("the evidence of import {} ({name}) was not given; its bytes were not read again", import.n),
        );
    }
    Ok(())
}

/// What the sealing entry says of the evidence.
struct Media {
    name: Option<String>,
    bytes: Option<u64>,
    sha256: Option<String>,
}

fn input(import: &Import) -> Option<&Json> {
    import.seal.as_ref()?.entry.get("inputs")?.as_list()?.first()
}

fn media(import: &Import) -> Option<Media> {
    let input = input(import)?;
    let media = input.get("media")?;
    let text = |v: Option<&Json>| v.and_then(Json::as_text).map(str::to_owned);
    Some(Media {
        name: text(input.get("name")),
        bytes: media.get("bytes").and_then(Json::as_big),
        sha256: text(media.get("sha256")),
    })
}

/// The media are the same; so must be the files that hold them.
fn files_hold(import: &Import, digests: &Digests, name: &str, checks: &mut Checks) {
    let listed = input(import).and_then(|i| i.get("files")).and_then(Json::as_list).unwrap_or_default();
    let digest = |f: &Json| f.get("sha256").and_then(Json::as_text).map(str::to_owned);
    let before: Vec<_> = listed.iter().filter_map(digest).collect();
    let now: Vec<_> = digests.files.iter().map(|f| f.sha256.clone()).collect();
    let bytes = digests.bytes;
    if before == now {
        checks.holds("evidence", format!("{name}: {bytes} bytes are those of import {}, SHA-256 {}", import.n, digests.sha256));
    } else {
        // Another container of the same media, or a container changed where it holds no media.
        let says =
            format!("{name}: its {bytes} bytes of media are those of import {}; the files that hold them are others", import.n);
        checks.failed("evidence", name, says);
    }
}

/// Names what differs: the length, and the byte ranges whose hashes are others.
fn differs(
    store: &Store,
    import: &Import,
    media: &Media,
    digests: &Digests,
    found: &[Hash],
    name: &str,
    checks: &mut Checks,
) -> Result<()> {
    let n = import.n;
    if let Some(bytes) = media.bytes.filter(|b| *b != digests.bytes) {
        checks.failed("evidence", name, format!("it has {} bytes; the evidence of import {n} had {bytes}", digests.bytes));
    }
    let kept = nodes(store, join_id(n, 0))?.unwrap_or_default();
    if kept.is_empty() {
        let was = media.sha256.as_deref().unwrap_or("unknown");
        let says = format!("its digest is {}; the evidence of import {n} had {was}", digests.sha256);
        checks.failed("evidence", name, says);
        return Ok(());
    }
    let ranges = differing(&kept, found);
    for (from, to) in ranges.iter().take(MOST_RANGES) {
        let end = (to * NODE_BYTES).min(digests.bytes.max(media.bytes.unwrap_or(0)));
        let place = format!("{name}, bytes {} to {}", from * NODE_BYTES, end.saturating_sub(1));
        checks.failed("evidence", place, format!("they are not those of import {n}"));
    }
    if ranges.len() > MOST_RANGES {
        checks.failed("evidence", name, format!("{} further byte ranges differ", ranges.len() - MOST_RANGES));
    }
    if ranges.is_empty() {
        checks.failed("evidence", name, format!("its digest is not the one in the entry of import {n}, though every MiB is"));
    }
    Ok(())
}

/// Runs of MiBs whose hashes differ: (first, one past the last).
fn differing(kept: &[Hash], found: &[Hash]) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for i in 0..kept.len().max(found.len()) {
        if kept.get(i) == found.get(i) {
            continue;
        }
        let mib = i as u64;
        match out.last_mut() {
            Some(last) if last.1 == mib => last.1 += 1,
            _ => out.push((mib, mib + 1)),
        }
    }
    out
}

//! The evidence itself, where it is given: read again, read-only, and hashed again, on a thread of its own
//! while the rows are checked.

use super::blocks::nodes;
use super::imports::Import;
use super::report::Checks;
use super::{Progress, Watch};
use crate::columns::join_id;
use crate::error::{CaseError, Result};
use crate::import::{Background, Hashed, hash_item};
use crate::store::Store;
use crate::worker::protocol::{Digests, Which};
use ::evidence::open::{self, Item};
use ledger::{Hash, Json, NODE_BYTES};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most differing ranges named for one item.
const MOST_RANGES: usize = 20;

/// Evidence that is being hashed, one item after the other.
pub struct Rehashing {
    items: Background<Vec<(Item, Hashed)>>,
    done: Arc<AtomicU64>,
    total: u64,
}

impl Rehashing {
    pub fn start(paths: &[PathBuf], all_digests: bool) -> Result<Self> {
        // What is not there, or cannot be read, was not checked: that is no mismatch.
        if let Some(missing) = paths.iter().find(|p| !p.exists()) {
            return Err(CaseError::Missing(missing.clone()));
        }
        let items = open::group(paths);
        let (done, total) = (Arc::<AtomicU64>::default(), items.iter().map(|i| i.bytes).sum());
        let which = if all_digests { Which::All } else { Which::Sha256 };
        let items = Background::start(done.clone(), move |tell| {
            let mut before = 0u64;
            let mut hash = |item: Item| {
                let hashed = hash_item(&item.paths, which, &mut |bytes| tell(before + bytes))?;
                before += hashed.0.bytes;
                Ok((item, hashed))
            };
            items.into_iter().map(&mut hash).collect()
        });
        Ok(Self { items, done, total })
    }

    pub fn finish(self, watch: &mut Watch<'_>) -> Result<Vec<(Item, Hashed)>> {
        let Self { items, done, total } = self;
        items.finish(&mut || {
            let done = done.load(Ordering::Relaxed);
            // Media may be more than the files that hold them.
            watch(&Progress { phase: "evidence", done, total: total.max(done) })
        })
    }
}

pub fn check(store: &Store, imports: &[Import], given: &[(Item, Hashed)], all_digests: bool, checks: &mut Checks) -> Result<()> {
    let mut seen = Vec::new();
    for (item, (digests, found)) in given {
        let sealed = || imports.iter().filter_map(|i| Some((i, media(i)?)));
        let same = sealed().find(|(_, m)| m.sha256.as_deref() == Some(&digests.sha256) && m.bytes == Some(digests.bytes));
        if let Some((import, _)) = same {
            seen.push(import.n);
            if files_hold(import, digests, &item.name, checks) {
                stated_holds(import, digests, all_digests, &item.name, checks);
            }
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
        differs(store, import, &media, digests, found, &item.name, checks)?;
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

/// The media are the same; so must be the files that hold them. True where they are.
fn files_hold(import: &Import, digests: &Digests, name: &str, checks: &mut Checks) -> bool {
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
    before == now
}

/// What else the entry states of the evidence, as far as it was made anew.
fn stated_holds(import: &Import, digests: &Digests, all_digests: bool, name: &str, checks: &mut Checks) {
    let (Some(seal), Some(input)) = (&import.seal, input(import)) else { return };
    let seq = seal.entry.head.seq;
    let said = |part: &str, member: &str| input.get(part).and_then(|p| p.get(member));
    let text = |part, member| said(part, member).and_then(Json::as_text);
    let slow = [("MD5", text("media", "md5"), &digests.md5), ("SHA-1", text("media", "sha1"), &digests.sha1)];
    let fast = [
        ("root over the blocks", text("media", "blocks_root"), &digests.blocks_root),
        ("MD5 in the container", text("stored", "md5"), &digests.stored_md5),
        ("SHA-1 in the container", text("stored", "sha1"), &digests.stored_sha1),
    ];
    let stated: Vec<&str> = slow.iter().filter(|(_, said, _)| said.is_some()).map(|(what, ..)| *what).collect();
    let named = stated.join(" and ");
    if !all_digests && !stated.is_empty() {
        let says = format!("{named} of {name} were not made anew, nor compared with entry {seq}: --all-digests does that");
        checks.skipped("evidence", says);
    }
    let mut hold = true;
    let made = fast.into_iter().chain(slow.into_iter().filter(|_| all_digests));
    for (what, said, now) in made.filter(|(_, said, now)| said.is_some() && *said != now.as_deref()) {
        hold = false;
        let (said, now) = (said.unwrap_or("none"), now.as_deref().unwrap_or("none"));
        checks.failed("evidence", format!("entry {seq}, {what} of {name}"), format!("it states {said}; the evidence has {now}"));
    }
    let matched = said("stored", "match").and_then(Json::as_bool);
    if all_digests && hold && matched != digests.match_stored() {
        hold = false;
        let says = "it states otherwise than the evidence whether the media have the digests in their container";
        checks.failed("evidence", format!("entry {seq}, {name}"), says);
    }
    if all_digests && hold && !stated.is_empty() {
        checks.holds("evidence", format!("{name}: {named} are those that entry {seq} states"));
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

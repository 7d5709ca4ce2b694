//! The case at a glance: its sources with their digests, its counts, the head of its ledger.

use crate::api::{CaseInfo, SourceInfo, VolumeInfo};
use crate::columns::join_id;
use crate::error::Result;
use crate::head_memory::{Memory, recall};
use crate::import::{Roots, content_root_of_case, is_seal};
use crate::sources::{evidence_name, json_number};
use crate::store::Store;
use crate::{entries, sources};
use ledger::{Anchor, Chain, Entry, Json};
use model::{SourceKind, Table};
use serde_json::Value;

pub fn info(store: &Store) -> Result<CaseInfo> {
    let (chain, entries) = entries::chain(store)?;
    let sealed = entries.iter().filter(|e| is_seal(e));
    Ok(CaseInfo {
        id: entries.first().map(|e| e.head.case.clone()).unwrap_or_default(),
        title: title(store)?,
        path: store.path.display().to_string(),
        sources: sealed.map(|e| source_info(store, e, &entries)).collect::<Result<_>>()?,
        events: rows(store, Table::Event)?.to_string(),
        files: rows(store, Table::File)?.to_string(),
        findings: rows(store, Table::Finding)?.to_string(),
        entries: entries.len().to_string(),
        root: hex::encode(chain.head().root),
        content_root: content_root_of_case(store)?,
        unfinished: unfinished(store)?,
        standing: standing(&chain, entries.first()),
    })
}

/// Evidence whose import was interrupted: of it only a part is in the case.
pub fn unfinished(store: &Store) -> Result<Vec<String>> {
    let mut q = store.db.prepare("SELECT n FROM import WHERE state = 0 ORDER BY n")?;
    let open = q.query_map([], |r| r.get::<_, u32>(0))?.collect::<Result<Vec<_>, _>>()?;
    open.into_iter().map(|n| evidence_name(store, n)).collect()
}

/// Rows of a table in all imports. Rows of an import are numbered without gaps, so that nothing is counted.
pub fn rows(store: &Store, table: Table) -> Result<u64> {
    let mut q = store.db.prepare("SELECT n FROM import")?;
    let imports = q.query_map([], |r| r.get::<_, u32>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut last = store.db.prepare(&format!("SELECT max(id) FROM {} WHERE id BETWEEN ?1 AND ?2", table.name()))?;
    let mut sum = 0u64;
    for n in imports {
        let first = join_id(n, 0);
        let last: Option<i64> = last.query_row((first, join_id(n, u64::MAX)), |r| r.get(0))?;
        sum += last.map_or(0, |last| (last - first).cast_unsigned() + 1);
    }
    Ok(sum)
}

/// The case's title, or the name of its file.
pub fn title(store: &Store) -> Result<String> {
    let mut q = store.db.prepare_cached("SELECT value FROM statement WHERE kind = 'title' ORDER BY id DESC LIMIT 1")?;
    let title = q.query_map([], |r| r.get::<_, String>(0))?.next().transpose()?;
    let name = || store.path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(title.unwrap_or_else(name))
}

/// The label a person gave an import, or the name of its evidence.
pub fn label(store: &Store, import: u32) -> Result<String> {
    let mut q =
        store.db.prepare_cached("SELECT value FROM statement WHERE kind = 'label' AND about = ?1 ORDER BY id DESC LIMIT 1")?;
    let label = q.query_map([import.to_string()], |r| r.get::<_, String>(0))?.next().transpose()?;
    label.map_or_else(|| evidence_name(store, import), Ok)
}

/// How the head stands to what this program remembers outside the case.
fn standing(chain: &Chain, first: Option<&Entry>) -> String {
    if let Some(fault) = chain.faults().first() {
        return format!("damaged: {fault}");
    }
    let Some(first) = first else { return "empty".into() };
    match recall(&first.head.case) {
        Memory::Unknown => "not anchored; not seen on this machine before".into(),
        Memory::Seen(kept) => match chain.compare_head(&kept) {
            Anchor::Holds if kept == chain.head() => "not anchored; the head last seen on this machine".into(),
            Anchor::Holds => "not anchored; has grown since last seen on this machine".into(),
            Anchor::Truncated { .. } => "an older copy: shorter than last seen on this machine".into(),
            Anchor::Rewritten | Anchor::OtherCase => "another branch than last seen on this machine".into(),
        },
    }
}

fn source_info(store: &Store, seal: &Entry, entries: &[Entry]) -> Result<SourceInfo> {
    let n = seal.get("params").and_then(|p| p.get("import")).and_then(Json::as_int).unwrap_or(0);
    let import = u32::try_from(n).unwrap_or(0);
    let input = seal.get("inputs").and_then(Json::as_list).and_then(<[Json]>::first);
    let media = input.and_then(|i| i.get("media"));
    let text = |name: &str| media.and_then(|m| m.get(name)).and_then(Json::as_text).map(str::to_owned);
    let receipts = entries.iter().filter(|e| {
        let of = e.get("params").and_then(|p| p.get("receipt_of")).and_then(Json::as_int);
        e.head.kind == "import.seal" && of == Some(n)
    });
    let root = sources::Source::load(store, join_id(import, 0)).ok();
    let stored = root.as_ref().and_then(|r| r.detail.get("stored")).and_then(Value::as_object);
    let pair = |(k, v): (&String, &Value)| (k.clone(), String::from_utf8_lossy(&sources::json_bytes(v)).into_owned());
    Ok(SourceInfo {
        id: import.to_string(),
        label: label(store, import)?,
        kind: root.as_ref().map_or("file", |r| r.kind.label()).to_owned(),
        bytes: text("bytes").unwrap_or_default(),
        sha256: text("sha256"),
        sha1: text("sha1"),
        md5: text("md5"),
        stored: stored.into_iter().flatten().map(pair).collect(),
        volumes: volumes(store, import)?,
        content_root: Roots::of_entry(store, seal.head.seq)?.map(|r| hex::encode(r.content_root)).unwrap_or_default(),
        receipts: 1 + u32::try_from(receipts.count()).unwrap_or(0),
    })
}

fn volumes(store: &Store, import: u32) -> Result<Vec<VolumeInfo>> {
    let mut q = store.db.prepare("SELECT id FROM source WHERE id >= ?1 AND id <= ?2 AND kind IN (?3, ?4) ORDER BY id")?;
    let range = (join_id(import, 0), join_id(import, (1 << 40) - 1), SourceKind::Volume.code(), SourceKind::Gap.code());
    let ids = q.query_map(range, |r| r.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut out = Vec::new();
    for id in ids {
        let s = sources::Source::load(store, id)?;
        let text = |name: &str| s.detail.get(name).map(|v| String::from_utf8_lossy(&sources::json_bytes(v)).into_owned());
        let number = |name: &str| s.locator.get(name).and_then(json_number).unwrap_or(0);
        out.push(VolumeInfo {
            id: number("volume").to_string(),
            offset: number("offset").to_string(),
            bytes: s.bytes.to_string(),
            kind: text("part").unwrap_or_else(|| "partition".into()),
            type_name: text("type_name").or_else(|| text("type")),
            file_system: text("file_system"),
            label: text("label"),
        });
    }
    Ok(out)
}

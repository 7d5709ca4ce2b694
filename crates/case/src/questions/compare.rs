//! Two sets of subjects: those in the logs and those found in files of a device; what is in both,
//! only here and only there.

use crate::cat::{Wanted, cat};
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::words::{TextOrBlob, stored_forms};
use regex::bytes::Regex;
use roaring::RoaringTreemap;
use rusqlite::OptionalExtension;
use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Write;
use ts_rs::TS;

/// Examples of each side.
const MOST_EXAMPLES: usize = 20;
/// Files read.
const MOST_FILES: usize = 10_000;
/// Subjects of one file that are not written as numbers.
const MOST_TEXTS: usize = 1_000_000;
/// Bytes read of one file.
const MOST_BYTES: u64 = 1 << 30;

#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct CompareQuestion {
    /// Actor whose subjects are taken from the logs; all where absent.
    pub actor: Option<String>,
    /// Part of the path of the files to read.
    pub files: String,
    /// Expression whose first group is a subject; `"customer_id": 1003342` and `"id":` where absent.
    pub pattern: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Comparison {
    #[ts(type = "number")]
    pub in_logs: u64,
    #[ts(type = "number")]
    pub in_files: u64,
    #[ts(type = "number")]
    pub in_both: u64,
    #[ts(type = "number")]
    pub only_in_logs: u64,
    #[ts(type = "number")]
    pub only_in_files: u64,
    pub examples_only_in_logs: Vec<String>,
    pub examples_only_in_files: Vec<String>,
    pub files: Vec<ComparedFile>,
    /// Files whose content could not be read, with the reason: what they held is not in the numbers.
    pub not_read: Vec<(String, String)>,
    /// Files with such a path that were passed over: why, and how many.
    #[ts(type = "[string, number][]")]
    pub skipped: Vec<(String, u64)>,
    pub pattern: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct ComparedFile {
    /// Number of the evidence item.
    pub source: u32,
    pub path: String,
    /// Name and content states, in words.
    pub name_state: String,
    pub content_state: String,
    #[ts(type = "number")]
    pub subjects: u64,
    #[ts(type = "number")]
    pub also_in_logs: u64,
}

/// An id in JSON, CSV with a heading of its own being the task of a pattern.
const DEFAULT_PATTERN: &str =
    r#"(?-u)"(?:customer_?id|customerId|account_?id|accountId|subject|user_?id|id)"\s*:\s*"?([0-9]{3,18})"?"#;

/// Finds subjects in a stream of bytes, with an overlap so that none is cut.
struct Finder<'a> {
    pattern: &'a Regex,
    pending: Vec<u8>,
    found: RoaringTreemap,
    texts: BTreeSet<Vec<u8>>,
    bytes: u64,
}

impl Finder<'_> {
    const OVERLAP: usize = 4096;

    fn search(&mut self, last: bool) {
        let end = if last { self.pending.len() } else { self.pending.len().saturating_sub(Self::OVERLAP) };
        for found in self.pattern.captures_iter(&self.pending) {
            let Some(group) = found.get(1).or_else(|| found.get(0)) else { continue };
            if group.start() >= end {
                break;
            }
            match crate::template::decimal(group.as_bytes()) {
                Some(n) => {
                    self.found.insert(n.cast_unsigned());
                }
                None if self.texts.len() < MOST_TEXTS => {
                    self.texts.insert(group.as_bytes().to_vec());
                }
                None => {}
            }
        }
        self.pending.drain(..end);
    }
}

impl Write for Finder<'_> {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        self.bytes += chunk.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(std::io::Error::other(format!("only its first {MOST_BYTES} bytes are searched")));
        }
        self.pending.extend_from_slice(chunk);
        if self.pending.len() > 1 << 20 {
            self.search(false);
        }
        Ok(chunk.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn compare(store: &Store, q: &CompareQuestion, progress: &mut dyn FnMut(&str) -> bool) -> Result<Comparison> {
    let text = q.pattern.clone().unwrap_or_else(|| DEFAULT_PATTERN.into());
    let pattern = Regex::new(&text).map_err(|e| CaseError::BadFilter(format!("the pattern: {e}")))?;
    let logs = in_logs(store, q.actor.as_deref())?;
    let mut in_files = RoaringTreemap::new();
    let (mut files, mut not_read) = (Vec::new(), Vec::new());
    for (source, path, record, name_state, content_state) in wanted(store, &q.files)? {
        if !progress(&path) {
            return Err(CaseError::Cancelled);
        }
        let mut finder =
            Finder { pattern: &pattern, pending: Vec::new(), found: RoaringTreemap::new(), texts: BTreeSet::new(), bytes: 0 };
        let file = Wanted { source, path: Some(path.clone()), record, ..Wanted::default() };
        if let Err(e) = cat(store, &file, &mut finder) {
            not_read.push((path.clone(), e.to_string()));
        }
        finder.search(true);
        if finder.texts.len() >= MOST_TEXTS {
            not_read.push((path.clone(), format!("only its first {MOST_TEXTS} subjects that are no numbers are compared")));
        }
        for text in std::mem::take(&mut finder.texts) {
            if let Some(n) = number_of(store, &text)? {
                finder.found.insert(n);
            }
        }
        if finder.found.is_empty() {
            continue;
        }
        files.push(ComparedFile {
            source,
            path,
            name_state,
            content_state,
            subjects: finder.found.len(),
            also_in_logs: finder.found.intersection_len(&logs),
        });
        in_files |= finder.found;
    }
    let (only_logs, only_files) = (&logs - &in_files, &in_files - &logs);
    Ok(Comparison {
        in_logs: logs.len(),
        in_files: in_files.len(),
        in_both: logs.intersection_len(&in_files),
        only_in_logs: only_logs.len(),
        only_in_files: only_files.len(),
        examples_only_in_logs: examples(store, &only_logs)?,
        examples_only_in_files: examples(store, &only_files)?,
        files,
        not_read,
        skipped: skipped(store, &q.files)?,
        pattern: text,
    })
}

/// Subjects served to an actor, or to all.
fn in_logs(store: &Store, actor: Option<&str>) -> Result<RoaringTreemap> {
    let values = actor.map(|name| stored_forms(&store.db, name)).transpose()?;
    let condition = match &values {
        None => "1".to_owned(),
        Some(values) => format!("actor IN ({})", vec!["?"; values.len()].join(", ")),
    };
    let mut statement = store.db.prepare(&format!("SELECT set_union(got) FROM pair WHERE {condition}"))?;
    let stored: Option<Vec<u8>> = statement.query_row(params_from_iter(values.unwrap_or_default()), |r| r.get(0))?;
    let mut set = RoaringTreemap::new();
    if let Some(bytes) = stored
        && !crate::tally::add_to(&mut set, &bytes)
    {
        return Err(CaseError::Ledger("a set of subjects is damaged; verify the case".into()));
    }
    Ok(set)
}

type WantedFile = (u32, String, Option<u64>, String, String);

/// Files whose path contains the text, with what is known of their state.
fn wanted(store: &Store, part: &str) -> Result<Vec<WantedFile>> {
    let mut statement = store.db.prepare(
        "SELECT id, path, record, name_state, content_state FROM file
         WHERE kind = ?1 AND size > 0 AND content_state <> 2 AND text_contains(path, ?2) ORDER BY id LIMIT ?3",
    )?;
    let mut rows = statement.query((model::EntryKind::File.code(), part, MOST_FILES as i64))?;
    let mut out = Vec::new();
    while let Some(r) = rows.next()? {
        let (ValueRef::Text(path) | ValueRef::Blob(path)) = r.get_ref(1)? else { continue };
        let name = model::NameState::from_code(r.get(3)?).map_or("unknown", model::NameState::label);
        let content = model::ContentState::from_code(r.get(4)?).map_or("unknown", model::ContentState::label);
        out.push((
            crate::columns::split_id(r.get(0)?).0,
            String::from_utf8_lossy(path).into_owned(),
            r.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
            name.to_owned(),
            content.to_owned(),
        ));
    }
    Ok(out)
}

/// Files whose path contains the text and that are not read, by why.
fn skipped(store: &Store, part: &str) -> Result<Vec<(String, u64)>> {
    let sql = "SELECT count(*) FILTER (WHERE size <= 0), count(*) FILTER (WHERE size > 0 AND content_state = 2),
         count(*) FILTER (WHERE size > 0 AND content_state <> 2)
         FROM file WHERE kind = ?1 AND text_contains(path, ?2)";
    let (empty, overwritten, readable): (i64, i64, i64) =
        store.db.query_row(sql, (model::EntryKind::File.code(), part), |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let past = (readable - MOST_FILES as i64).max(0);
    let all = [
        ("empty", empty),
        ("their content is overwritten", overwritten),
        ("more than 10,000 files have such a path: narrow it", past),
    ];
    Ok(all.into_iter().filter(|(_, n)| *n > 0).map(|(why, n)| (why.to_owned(), n.cast_unsigned())).collect())
}

/// The number of a subject that is not written as one, where a log has it.
fn number_of(store: &Store, text: &[u8]) -> Result<Option<u64>> {
    let n = store
        .db
        .prepare_cached("SELECT n FROM subject_text WHERE value = ?1")?
        .query_row([TextOrBlob(text)], |r| r.get::<_, i64>(0))
        .optional()?;
    Ok(n.map(|n| crate::tally::TEXTS + n.cast_unsigned()))
}

fn examples(store: &Store, set: &RoaringTreemap) -> Result<Vec<String>> {
    set.iter()
        .take(MOST_EXAMPLES)
        .map(|n| match n.checked_sub(crate::tally::TEXTS) {
            None => Ok(n.to_string()),
            Some(n) => Ok(store
                .db
                .query_row("SELECT CAST(value AS TEXT) FROM subject_text WHERE n = ?1", [n.cast_signed()], |r| r.get(0))
                .optional()?
                .unwrap_or_default()),
        })
        .collect()
}

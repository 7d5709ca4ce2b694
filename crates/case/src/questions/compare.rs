//! Two sets of subjects: those in the logs and those found in files of a device; what is in both,
//! only here and only there.

use super::coverage::is_log;
use super::finder::Finder;
use crate::cat::{Wanted, cat};
use crate::columns::{join_id, split_id};
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::words::{TextOrBlob, stored_forms};
use ledger::sha256;
use regex::bytes::{Regex, RegexBuilder};
use roaring::RoaringTreemap;
use rusqlite::OptionalExtension;
use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use ts_rs::TS;

/// Examples of each side.
const MOST_EXAMPLES: usize = 20;
/// Files read.
const MOST_FILES: usize = 10_000;
/// Subjects of all files that are no numbers and that no log has; further ones are not counted.
const MOST_TEXTS: usize = 2_000_000;
/// Subjects that are no numbers between two times that the logs are asked for them.
const MOST_WAITING: usize = 10_000;
/// Bytes of a subject.
const LONGEST: usize = 1024;
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
    /// Files that were read as logs too.
    #[serde(default)]
    pub logs_too: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Comparison {
    /// Requests of the actor, where one was asked about.
    #[ts(type = "number | null")]
    pub actor_requests: Option<u64>,
    /// Subjects served by the logs, to the actor asked about.
    #[ts(type = "number")]
    pub in_logs: u64,
    #[ts(type = "number")]
    pub in_files: u64,
    #[ts(type = "number")]
    pub in_both: u64,
    #[ts(type = "number")]
    pub only_in_logs: u64,
    /// Of those in the files: asked for in the logs, and never served.
    #[ts(type = "number")]
    pub not_served: u64,
    /// Of those in the files: not asked for in the logs.
    #[ts(type = "number")]
    pub only_in_files: u64,
    pub examples_only_in_logs: Vec<String>,
    pub examples_not_served: Vec<String>,
    pub examples_only_in_files: Vec<String>,
    /// Files that were read, those without a subject too.
    #[ts(type = "number")]
    pub files_read: u64,
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
    r#"(?-u)"(?:customer_?id|customerId|account_?id|accountId|subject|user_?id|id)"\s*:\s*"?([0-9]{3,})\b"#;

/// Subjects found in one file, or in all.
#[derive(Default)]
struct Found {
    /// Numbers, and those of texts that the logs have.
    numbers: RoaringTreemap,
    /// Short hashes of texts that the logs do not have.
    texts: HashSet<u128>,
}

impl Found {
    fn len(&self) -> u64 {
        self.numbers.len() + self.texts.len() as u64
    }

    /// False where there is no more room.
    fn add_text(&mut self, hash: u128) -> bool {
        self.texts.contains(&hash) || (self.texts.len() < MOST_TEXTS && self.texts.insert(hash))
    }
}

/// Takes the bytes of a file and finds the subjects in them.
struct Reading<'a> {
    store: &'a Store,
    finder: Finder<'a>,
    subjects: Subjects<'a>,
    bytes: u64,
    /// What the case could not tell.
    failed: Option<CaseError>,
}

struct Subjects<'a> {
    found: Found,
    /// Texts for which the logs are not asked yet.
    waiting: BTreeSet<Vec<u8>>,
    /// The first texts of all files that the logs do not have.
    examples: &'a mut Vec<String>,
    too_long: u64,
    full: bool,
}

impl Subjects<'_> {
    fn take(&mut self, store: &Store, subject: &[u8]) -> Result<()> {
        if let Some(n) = crate::template::decimal(subject) {
            self.found.numbers.insert(n.cast_unsigned());
        } else if subject.len() > LONGEST {
            self.too_long += 1;
        } else {
            self.waiting.insert(subject.to_vec());
        }
        if self.waiting.len() >= MOST_WAITING { self.ask(store) } else { Ok(()) }
    }

    fn ask(&mut self, store: &Store) -> Result<()> {
        for text in std::mem::take(&mut self.waiting) {
            if let Some(n) = number_of(store, &text)? {
                self.found.numbers.insert(n);
                continue;
            }
            if !self.found.add_text(short_hash(&[&text])) {
                self.full = true;
            } else if self.examples.len() < MOST_EXAMPLES {
                let text = String::from_utf8_lossy(&text).into_owned();
                if !self.examples.contains(&text) {
                    self.examples.push(text);
                }
            }
        }
        Ok(())
    }
}

/// Half a SHA-256, which is enough to tell texts apart.
fn short_hash(parts: &[&[u8]]) -> u128 {
    sha256(parts).iter().take(16).fold(0, |n, b| n << 8 | u128::from(*b))
}

impl Reading<'_> {
    /// Keeps what the case could not tell, and says so to the reader of the file.
    fn kept(&mut self, done: Result<()>) -> std::io::Result<()> {
        done.map_err(|e| {
            let said = std::io::Error::other(e.to_string());
            self.failed = Some(e);
            said
        })
    }
}

impl Write for Reading<'_> {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        self.bytes += chunk.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(std::io::Error::other(format!("only its first {MOST_BYTES} bytes are searched")));
        }
        let Self { store, finder, subjects, .. } = self;
        let store: &Store = store;
        let done = finder.push(chunk, &mut |s| subjects.take(store, s));
        self.kept(done)?;
        Ok(chunk.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The expression of a question; `^` and `$` are the ends of lines.
fn expression(text: &str) -> Result<Regex> {
    RegexBuilder::new(text).multi_line(true).crlf(true).build().map_err(|e| CaseError::BadQuestion {
        why: format!("the pattern: {e}"),
        hint: "A pattern is a regular expression; its first group is the subject, and ^ and $ are the ends of a line.",
    })
}

pub fn compare(store: &Store, q: &CompareQuestion, progress: &mut dyn FnMut(&str) -> bool) -> Result<Comparison> {
    let text = q.pattern.clone().unwrap_or_else(|| DEFAULT_PATTERN.into());
    let pattern = expression(&text)?;
    let Logs { requests, served, asked } = in_logs(store, q.actor.as_deref())?;
    let mut all = Found::default();
    let (mut files, mut not_read, mut examples_of_texts, mut files_read) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let Choice { files: wanted, skipped } = choice(store, q)?;
    for (source, path, record, name_state, content_state) in wanted {
        if !progress(&path) {
            return Err(CaseError::Cancelled);
        }
        let subjects = Subjects {
            found: Found::default(),
            waiting: BTreeSet::new(),
            examples: &mut examples_of_texts,
            too_long: 0,
            full: false,
        };
        let mut reading = Reading { store, finder: Finder::new(&pattern), subjects, bytes: 0, failed: None };
        let file = Wanted { source, path: Some(path.clone()), record, ..Wanted::default() };
        let read = cat(store, &file, &mut reading);
        let Reading { mut finder, mut subjects, failed, bytes, .. } = reading;
        if let Some(e) = failed {
            return Err(e);
        }
        files_read += u64::from(read.is_ok() || bytes > 0);
        if let Err(e) = read {
            not_read.push((path.clone(), e.to_string()));
        }
        finder.finish(&mut |s| subjects.take(store, s))?;
        subjects.ask(store)?;
        let Subjects { found, too_long, mut full, .. } = subjects;
        for hash in &found.texts {
            full |= !all.add_text(*hash);
        }
        if too_long > 0 {
            not_read.push((path.clone(), format!("{too_long} subjects longer than {LONGEST} bytes are not compared")));
        }
        if full {
            not_read.push((path.clone(), format!("only {MOST_TEXTS} subjects that are no numbers and in no log are counted")));
        }
        if found.len() == 0 {
            continue;
        }
        files.push(ComparedFile {
            source,
            path,
            name_state,
            content_state,
            subjects: found.len(),
            also_in_logs: found.numbers.intersection_len(&served),
        });
        all.numbers |= found.numbers;
    }
    let (only_logs, not_served, only_files) =
        (&served - &all.numbers, &(&all.numbers & &asked) - &served, &(&all.numbers - &asked) - &served);
    let mut examples_only_in_files = examples(store, &only_files)?;
    examples_only_in_files.extend(examples_of_texts);
    examples_only_in_files.truncate(MOST_EXAMPLES);
    Ok(Comparison {
        actor_requests: q.actor.is_some().then_some(requests),
        in_logs: served.len(),
        in_files: all.len(),
        in_both: served.intersection_len(&all.numbers),
        only_in_logs: only_logs.len(),
        not_served: not_served.len(),
        only_in_files: only_files.len() + all.texts.len() as u64,
        examples_only_in_logs: examples(store, &only_logs)?,
        examples_not_served: examples(store, &not_served)?,
        examples_only_in_files,
        files_read,
        files,
        not_read,
        skipped,
        pattern: text,
    })
}

/// What the logs have of an actor, or of all.
struct Logs {
    requests: u64,
    served: RoaringTreemap,
    /// All that were asked for.
    asked: RoaringTreemap,
}

fn in_logs(store: &Store, actor: Option<&str>) -> Result<Logs> {
    let values = actor.map(|name| stored_forms(&store.db, name)).transpose()?;
    let condition = match &values {
        None => "1".to_owned(),
        Some(values) => format!("actor IN ({})", vec!["?"; values.len()].join(", ")),
    };
    let sql =
        format!("SELECT coalesce(sum(requests), 0), set_union(got), set_union(coalesce(asked, got)) FROM pair WHERE {condition}");
    let mut statement = store.db.prepare(&sql)?;
    let (requests, got, asked): (i64, Option<Vec<u8>>, Option<Vec<u8>>) =
        statement.query_row(params_from_iter(values.unwrap_or_default()), |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let set = |stored: Option<Vec<u8>>| -> Result<RoaringTreemap> {
        let mut set = RoaringTreemap::new();
        if stored.is_some_and(|bytes| !crate::tally::add_to(&mut set, &bytes)) {
            return Err(CaseError::Ledger("a set of subjects is damaged; verify the case".into()));
        }
        Ok(set)
    };
    Ok(Logs { requests: requests.cast_unsigned(), served: set(got)?, asked: set(asked)? })
}

type WantedFile = (u32, String, Option<u64>, String, String);

/// Files to read, and those with such a path that are not, by why.
struct Choice {
    files: Vec<WantedFile>,
    skipped: Vec<(String, u64)>,
}

/// Files whose path contains the text, with what is known of their state.
fn choice(store: &Store, q: &CompareQuestion) -> Result<Choice> {
    let logs = if q.logs_too { HashSet::new() } else { read_as_logs(store)? };
    let mut statement = store.db.prepare(
        "SELECT id, path, record, name_state, content_state, size FROM file
         WHERE kind = ?1 AND text_contains(path, ?2) ORDER BY id",
    )?;
    let mut rows = statement.query((model::EntryKind::File.code(), &q.files))?;
    let mut files = Vec::new();
    let [mut empty, mut overwritten, mut as_logs, mut past] = [0u64; 4];
    while let Some(r) = rows.next()? {
        let (ValueRef::Text(path) | ValueRef::Blob(path)) = r.get_ref(1)? else { continue };
        let source = split_id(r.get(0)?).0;
        let content = model::ContentState::from_code(r.get(4)?);
        let why = if r.get::<_, i64>(5)? <= 0 {
            &mut empty
        } else if content == Some(model::ContentState::Overwritten) {
            &mut overwritten
        } else if logs.contains(&place(source, path)) {
            &mut as_logs
        } else if files.len() >= MOST_FILES {
            &mut past
        } else {
            let name = model::NameState::from_code(r.get(3)?).map_or("unknown", model::NameState::label);
            files.push((
                source,
                String::from_utf8_lossy(path).into_owned(),
                r.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
                name.to_owned(),
                content.map_or("unknown", model::ContentState::label).to_owned(),
            ));
            continue;
        };
        *why += 1;
    }
    let all = [
        ("empty", empty),
        ("their content is overwritten", overwritten),
        ("read as logs", as_logs),
        ("more than 10,000 files have such a path: narrow it", past),
    ];
    let skipped = all.into_iter().filter(|(_, n)| *n > 0).map(|(why, n)| (why.to_owned(), n)).collect();
    Ok(Choice { files, skipped })
}

/// Evidence item and path, short.
fn place(import: u32, path: &[u8]) -> u128 {
    short_hash(&[&import.to_be_bytes(), path])
}

/// Places of files whose rows are the logs themselves: what stands in them is no second witness.
fn read_as_logs(store: &Store) -> Result<HashSet<u128>> {
    let mut statement = store.db.prepare("SELECT DISTINCT import, source, parser FROM pace")?;
    let mut locator = store.db.prepare("SELECT locator FROM source WHERE id = ?1")?;
    let mut rows = statement.query([])?;
    let mut places = HashSet::new();
    while let Some(r) = rows.next()? {
        let (import, source): (u32, u32) = (r.get(0)?, r.get(1)?);
        if !is_log(r.get(2)?) {
            continue;
        }
        let id = join_id(import, u64::from(source));
        if let Some(text) = locator.query_row([id], |r| r.get::<_, String>(0)).optional()? {
            places.insert(place(import, &crate::sources::locator_path(&text)));
        }
    }
    Ok(places)
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

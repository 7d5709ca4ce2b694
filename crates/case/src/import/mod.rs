//! The import: a worker process reads, a pool parses and hashes, one writer writes, the ledger
//! seals. Killed at any moment, it goes on where it stopped, to the same content root.

mod hashing;
mod job;
mod lock;
mod pool;
mod progress;
mod reader;
mod roots;
mod seal;
mod statements;
mod unread;
mod writer;

pub use hashing::{Background, Hashed, item as hash_item};
pub use progress::{Phase, Progress};
pub use roots::{Roots, content_root_of_case};
pub use seal::{is_seal, table_leaf};
pub use statements::{STATEMENT_TAGS, Statement, statement_key, statement_row, write_statements};

use crate::entries;
use crate::error::{CaseError, Result};
use crate::info;
use crate::sources::remember_places;
use crate::store::Store;
use crate::worker::ProfileSet;
use crate::worker::protocol::{LogChoice, ProfileChoice, Task, Which};
use evidence::open::{self, Item};
use ledger::{CaseKey, Entry, ImportKey, Json, RowHasher};
use model::Table;
use pool::Pool;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use writer::{Position, Writer, Written};

/// How an import is to be done. Nothing here changes a content root but the profile and the zone.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub logs: LogChoice,
    pub label: Option<String>,
    /// Threads that parse and hash; the machine's cores where absent.
    pub threads: Option<usize>,
}

/// What came of the paths given.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Numbers of the sources, in the order of the paths.
    pub sources: Vec<u32>,
    pub events: u64,
    pub files: u64,
    pub findings: u64,
    /// Of the whole case, hex.
    pub content_root: String,
    pub root: String,
    /// What was in the case before, and was not read again.
    pub already: Vec<Already>,
}

/// Evidence that is in the case: of it a further receipt was written.
#[derive(Clone, Debug)]
pub struct Already {
    pub name: String,
    pub import: u32,
    /// Its rows were read with the profile and zone that are asked for now.
    pub as_asked: bool,
}

/// Imports paths into a case: each image, archive, folder or file is one import. `progress` is
/// called at most ten times a second and stops the import by answering false; what was written
/// stays, and the same call goes on with it.
pub fn add(case: &Path, paths: &[PathBuf], options: &Options, progress: &mut dyn FnMut(&Progress) -> bool) -> Result<Outcome> {
    for path in paths {
        if !path.exists() {
            return Err(CaseError::Missing(path.clone()));
        }
    }
    let mut store = Store::open(case)?;
    let _lock = lock::exclusive(&entries::case_id(&store)?)?;
    store.db.pragma_update(None, "journal_mode", "WAL")?;
    let result = add_items(&mut store, paths, options, progress);
    // Back to one file, whatever happened.
    let closed = store.db.pragma_update(None, "journal_mode", "DELETE");
    let outcome = result?;
    closed?;
    Ok(outcome)
}

fn add_items(
    store: &mut Store,
    paths: &[PathBuf],
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for item in open::group(paths) {
        let (n, already) = one(store, &item, options, progress)?;
        outcome.sources.push(n);
        outcome.already.extend(already);
    }
    outcome.events = info::rows(store, Table::Event)?;
    outcome.files = info::rows(store, Table::File)?;
    outcome.findings = info::rows(store, Table::Finding)?;
    outcome.root = hex::encode(entries::chain(store)?.0.head().root);
    outcome.content_root = content_root_of_case(store)?;
    Ok(outcome)
}

/// Imports one item; returns the number of its source, and whether it was in the case.
fn one(
    store: &mut Store,
    item: &Item,
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<(u32, Option<Already>)> {
    let name = inputs(item);
    if let Some((n, begin)) = unfinished(store, &name, options)? {
        return Ok((run(store, item, n, &begin, options, None, progress)?, None));
    }
    // An item of the same size may be one that is here already; then it is hashed first.
    let digests = if seal::same_size_is_here(store, item)? {
        let mut tell = |bytes| progress(&Progress::hashing(&item.name, bytes, item.bytes));
        let digests = hashing::item(&item.paths, Which::All, &mut tell)?;
        if let Some(n) = seal::same_content(store, &digests)? {
            seal::receipt(store, item, n, &digests, options)?;
            let begin: i64 = store.db.query_row("SELECT begin FROM import WHERE n = ?1", [n], |r| r.get(0))?;
            let read_as = read_entry(store, begin.cast_unsigned())?;
            let as_asked = read_as.get("params") == Some(&params(n, options));
            return Ok((n, Some(Already { name: item.name.clone(), import: n, as_asked })));
        }
        Some(digests)
    } else {
        None
    };
    let n: u32 = store.db.query_row("SELECT coalesce(max(n), 0) + 1 FROM import", [], |r| r.get(0))?;
    let params = params(n, options);
    let begin = entries::append(store, "import.begin", |store, seq| {
        store.db.execute("INSERT INTO import VALUES (?1, 0, ?2, NULL)", (n, seq.cast_signed()))?;
        remember_places(store, n, &item.paths)?;
        let outputs = write_statements(store, seq, &label(n, options))?;
        Ok(vec![("inputs", name.clone()), ("params", params.clone()), ("outputs", outputs)])
    })?;
    let entry = read_entry(store, begin)?;
    Ok((run(store, item, n, &entry, options, digests, progress)?, None))
}

/// The label a person gave, as a statement about an import.
fn label(n: u32, options: &Options) -> Vec<Statement> {
    let said = |label: &String| Statement { kind: "label".into(), about: Some(n.to_string()), value: Some(label.clone()) };
    options.label.iter().map(said).collect()
}

pub fn read_entry(store: &Store, seq: u64) -> Result<Entry> {
    let body: Vec<u8> = store.db.query_row("SELECT body FROM entry WHERE seq = ?1", [seq.cast_signed()], |r| r.get(0))?;
    Entry::read(&body).map_err(|e| CaseError::Ledger(format!("entry {seq}: {e}")))
}

/// What is known of the evidence before it is read: names and sizes, without folders.
fn inputs(item: &Item) -> Json {
    let files = item.paths.iter().map(|p| {
        let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = std::fs::metadata(p).map(|m| if m.is_file() { m.len() } else { 0 }).unwrap_or(0);
        Json::map([("name", Json::Text(name)), ("bytes", Json::big(bytes))])
    });
    Json::List(vec![Json::map([
        ("role", Json::Text("evidence".into())),
        ("name", Json::Text(item.name.clone())),
        ("files", Json::List(files.collect())),
    ])])
}

fn params(n: u32, options: &Options) -> Json {
    let profile = match &options.logs.profile {
        None => Json::Null,
        Some(ProfileChoice::Builtin(name)) => Json::Text(name.clone()),
        Some(ProfileChoice::Toml(text)) => Json::map([("toml", Json::Text(text.clone()))]),
    };
    let zone = options.logs.zone.map_or("unknown".to_owned(), zone_text);
    Json::map([("import", Json::Int(i64::from(n))), ("profile", profile), ("zone_default", Json::Text(zone))])
}

/// `+09:00`, of minutes east of UTC.
pub fn zone_text(minutes: i16) -> String {
    let (sign, m) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    format!("{sign}{:02}:{:02}", m / 60, m % 60)
}

/// An open import of the same input with the same profile and zone.
fn unfinished(store: &Store, inputs: &Json, options: &Options) -> Result<Option<(u32, Entry)>> {
    let mut q = store.db.prepare("SELECT n, begin FROM import WHERE state = 0 ORDER BY n")?;
    let open = q.query_map([], |r| Ok((r.get::<_, u32>(0)?, r.get::<_, i64>(1)?)))?.collect::<Result<Vec<_>, _>>()?;
    for (n, begin) in open {
        let entry = read_entry(store, begin.cast_unsigned())?;
        let same_tool = entry.get("tool").and_then(|t| t.get("parsers")) == crate::tool::tool().get("parsers");
        let wanted = params(n, options);
        let same = |name: &str| entry.get("params").and_then(|p| p.get(name)) == wanted.get(name);
        if entry.get("inputs") == Some(inputs) && same_tool && same("profile") && same("zone_default") {
            return Ok(Some((n, entry)));
        }
    }
    Ok(None)
}

/// The secret of the salts of one import, from its `import.begin` entry.
pub fn import_key(store: &Store, begin: &Entry) -> Result<ImportKey> {
    let case: Vec<u8> = store.db.query_row("SELECT value FROM secret WHERE name = 'case'", [], |r| r.get(0))?;
    let case = <[u8; 32]>::try_from(case).map_err(|_| CaseError::Ledger("the case's secret is damaged".into()))?;
    let text = |name: &str| {
        let member = begin.get(name).ok_or_else(|| CaseError::Ledger(format!("entry {} has no {name}", begin.head.seq)))?;
        member.to_text().map_err(|e| CaseError::Ledger(e.to_string()))
    };
    Ok(CaseKey(case).import(text("inputs")?.as_bytes(), text("tool")?.as_bytes(), text("params")?.as_bytes()))
}

pub fn hashers(key: &ImportKey, import: u32) -> [RowHasher; 4] {
    Table::ALL.map(|t| RowHasher::new(key, import, t.tags()))
}

fn run(
    store: &mut Store,
    item: &Item,
    n: u32,
    begin: &Entry,
    options: &Options,
    digests: Option<Hashed>,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Result<u32> {
    // Said before hours of reading, and again before anything is merged.
    seal::earlier_counts_hold(store)?;
    let hashers = hashers(&import_key(store, begin)?, n);
    let profiles = ProfileSet::new(&options.logs).map_err(CaseError::Evidence)?;
    let written = Written::default();
    let mut writer = Writer::resume(store, n, &written)?;
    let tasks = tasks(store, n, &writer.position)?;
    let position = writer.position.clone();
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(2).clamp(1, 64);
    let pool = Pool::new(&profiles, hashers.clone(), position.start, position.committed, threads);
    let (job_send, job_receive) = sync_channel(threads * 3);
    let (done_send, done_receive) = sync_channel(threads * 3);
    // Of the pool alone: when it is gone, the reader is told, wherever it waits.
    let job_receive = Arc::new(Mutex::new(job_receive));
    let monitor = progress::Monitor::new(item, &written);
    let (result, read) = std::thread::scope(|scope| {
        for _ in 0..threads {
            let (jobs, done, pool) = (job_receive.clone(), done_send.clone(), &pool);
            scope.spawn(move || pool.work(&jobs, &done));
        }
        drop((job_receive, done_send));
        let (monitor, choice) = (&monitor, options.logs.clone());
        let reading = scope.spawn(move || {
            let hash = match digests {
                Some(known) => hashing::Hashing::known(known),
                None => hashing::Hashing::start(item.paths.clone(), monitor),
            };
            let mut reader = reader::Reader::new(item, choice, tasks, &position, job_send, monitor);
            let result = reader.run().and_then(|()| reader.digests(hash.finish(monitor)?));
            monitor.ended();
            result
        });
        // The writer owns the database connection, so it works on this thread, and progress is
        // told between its jobs.
        let result = monitor.watch(progress, |tell| writer.run(&done_receive, &pool, tell));
        // Where it failed, some wait until it has written what is before them.
        pool.stop();
        drop(done_receive);
        (result, reading.join().unwrap_or_else(|_| Err(CaseError::Evidence("the reading thread failed".into()))))
    });
    result?;
    read?;
    let (trees, tally) = writer.finish()?;
    seal::seal(store, item, n, &hashers, trees, tally)?;
    Ok(n)
}

/// Tasks from the one to go on with. Those it had added before are added again by itself.
fn tasks(store: &Store, n: u32, position: &Position) -> Result<Vec<(u32, Task)>> {
    let mut q = store.db.prepare("SELECT n, spec FROM import_task WHERE import = ?1 AND n >= ?2 AND n < ?3 ORDER BY n")?;
    let known = q.query_map((n, position.task, position.next_task), |r| Ok((r.get::<_, u32>(0)?, r.get::<_, String>(1)?)))?;
    let mut tasks = Vec::new();
    for row in known {
        let (number, spec) = row?;
        let task = serde_json::from_str(&spec).map_err(|e| CaseError::Ledger(format!("task {number}: {e}")))?;
        tasks.push((number, task));
    }
    if tasks.is_empty() {
        tasks.push((0, Task::Open));
    }
    Ok(tasks)
}

//! Rows for other programs: Parquet for databases, JSON lines for Timesketch. Every export is an entry of the
//! ledger. Reading order: `tables`, `scan`, `records`, `cells`, `partitions`, `folder`.

mod about;
mod cells;
mod folder;
mod imports;
mod parquet;
mod partitions;
mod records;
mod scan;
mod selection;
mod tables;
mod text;
mod timesketch;

use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::{Hash, Json};
use selection::Selection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
pub use tables::manual;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A folder of Parquet files, partitioned by source and day.
    Parquet,
    /// One file of JSON lines, as Timesketch imports it.
    Timesketch,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Timesketch => "timesketch",
        }
    }
    /// Version of the columns or fields; a reader need know no other.
    pub const VERSION: i64 = 1;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rows {
    Events,
    Files,
    Findings,
}

impl Rows {
    pub const ALL: [Self; 3] = [Self::Events, Self::Files, Self::Findings];
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Files => "files",
            Self::Findings => "findings",
        }
    }
    fn table(self) -> model::Table {
        match self {
            Self::Events => model::Table::Event,
            Self::Files => model::Table::File,
            Self::Findings => model::Table::Finding,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub format: Format,
    pub out: PathBuf,
    /// Empty: all, or events alone where they are filtered.
    pub tables: Vec<Rows>,
    /// Events from a time, inclusive, to another, exclusive; as the view `timeline` takes them.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Filters of events: `column op value`, with the columns of the view `timeline`.
    pub filters: Vec<String>,
    /// An earlier export in the same place is replaced.
    pub overwrite: bool,
}

#[derive(Clone, Debug)]
pub struct Progress {
    pub table: &'static str,
    pub done: u64,
    pub total: u64,
}

/// Stops the export by answering false.
pub type Watch<'w> = dyn FnMut(&Progress) -> bool + 'w;

/// Rows of a table: exported, and there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub table: &'static str,
    pub rows: u64,
    pub of: u64,
}

#[derive(Clone, Debug)]
pub struct Exported {
    pub counts: Vec<Count>,
    pub files: u64,
    pub bytes: u64,
    /// Root over the files of a folder; digest of a single file.
    pub digest: Hash,
    /// Number of the entry that tells of it.
    pub entry: u64,
    /// What is not in it, and why.
    pub remarks: Vec<String>,
}

/// What was written, before the ledger knows.
struct Made {
    counts: Vec<Count>,
    files: u64,
    bytes: u64,
    digest: Hash,
    remarks: Vec<String>,
}

/// Exports rows of sealed imports and appends the entry `export`. Nothing stays where it fails.
pub fn export(case: &Path, wanted: &Wanted, watch: &mut Watch<'_>) -> Result<Exported> {
    let wanted = &checked(wanted)?;
    // Opened for writing from the start: what is exported without an entry would have to be taken back.
    let mut store = Store::open(case)?;
    crate::seal::sign_newest(&mut store)?;
    let (sealed, open) = imports::sealed(&store)?;
    let rows = sealed.iter().map(|i| (i.n, i.head(model::Table::Event).size)).collect::<BTreeMap<_, _>>();
    let selection = Selection::of(&store, wanted, &rows)?;
    let job = Job { case, store: &store, wanted, imports: &sealed, selection };
    match wanted.format {
        Format::Parquet => {
            let mut folder = folder::Folder::begin(&wanted.out, wanted.overwrite)?;
            let made = parquet::write(&job, &mut folder, &open, watch);
            drop(job);
            let done = made.and_then(|made| {
                let entry = append(&mut store, wanted, &made)?;
                Ok((made, entry))
            });
            match done {
                Ok((made, entry)) => {
                    // The entry tells of the folder, so it is not among what it tells of.
                    let text = crate::import::read_entry(&store, entry)?.text().to_owned();
                    folder.add("entry.json", format!("{text}\n").as_bytes())?;
                    folder.publish()?;
                    Ok(made.exported(entry))
                }
                Err(e) => {
                    folder.give_up();
                    Err(e)
                }
            }
        }
        Format::Timesketch => {
            let mut file = timesketch::Output::begin(&wanted.out, wanted.overwrite)?;
            let made = timesketch::write(&job, &mut file, &open, watch);
            drop(job);
            match made.and_then(|made| append(&mut store, wanted, &made).map(|entry| made.exported(entry))) {
                Ok(exported) => {
                    file.publish()?;
                    Ok(exported)
                }
                Err(e) => {
                    file.give_up();
                    Err(e)
                }
            }
        }
    }
}

/// What all formats read from.
struct Job<'a> {
    case: &'a Path,
    store: &'a Store,
    wanted: &'a Wanted,
    imports: &'a [imports::Sealed],
    selection: Selection,
}

/// The tables that are meant; what can not be is refused.
fn checked(wanted: &Wanted) -> Result<Wanted> {
    let mut out = wanted.clone();
    let filtered = wanted.from.is_some() || wanted.to.is_some() || !wanted.filters.is_empty();
    if out.tables.is_empty() {
        let all = if filtered || out.format == Format::Timesketch { &Rows::ALL[..1] } else { &Rows::ALL[..] };
        out.tables = all.to_vec();
    }
    out.tables.sort_unstable();
    out.tables.dedup();
    if let Some(other) = out.tables.iter().find(|t| **t != Rows::Events) {
        if out.format == Format::Timesketch {
            return Err(CaseError::BadFilter(format!("Timesketch takes events; it has no place for {}", other.name())));
        }
        if filtered {
            return Err(CaseError::BadFilter(format!("times and filters choose events; {} are exported whole", other.name())));
        }
    }
    Ok(out)
}

impl Made {
    fn exported(self, entry: u64) -> Exported {
        let Self { counts, files, bytes, digest, remarks } = self;
        Exported { counts, files, bytes, digest, entry, remarks }
    }
}

/// The entry: what was asked for, how many rows, and the digest of what was written. Filters are what a
/// person typed, so they stand in statements, as names do.
fn append(store: &mut Store, wanted: &Wanted, made: &Made) -> Result<u64> {
    let said = |value: &String| Statement { kind: "filter".into(), about: None, value: Some(value.clone()) };
    let filters: Vec<_> = wanted.filters.iter().map(said).collect();
    let time = |t: &Option<String>| t.as_ref().map_or(Json::Null, |t| Json::Text(t.clone()));
    let params = Json::map([
        ("format", Json::Text(wanted.format.name().into())),
        ("version", Json::Int(Format::VERSION)),
        ("from", time(&wanted.from)),
        ("to", time(&wanted.to)),
        ("filters", Json::big(filters.len() as u64)),
    ]);
    let count =
        |c: &Count| Json::map([("table", Json::Text(c.table.into())), ("rows", Json::big(c.rows)), ("of", Json::big(c.of))]);
    let written = Json::map([
        ("rows", Json::List(made.counts.iter().map(count).collect())),
        ("files", Json::big(made.files)),
        ("bytes", Json::big(made.bytes)),
        (
            match wanted.format {
                Format::Parquet => "root",
                Format::Timesketch => "sha256",
            },
            Json::hex(&made.digest),
        ),
    ]);
    entries::append(store, "export", |store, seq| {
        Ok(vec![("params", params), ("written", written), ("outputs", write_statements(store, seq, &filters)?)])
    })
}

/// "import 3 is not sealed; its rows are not exported".
fn left_out(open: &[u32]) -> impl Iterator<Item = String> {
    open.iter().map(|n| format!("import {n} is not sealed: its rows are under no root yet, and are not exported"))
}

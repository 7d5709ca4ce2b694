//! One open case, answering the interface: every host calls this and nothing else.

use super::jobs::Jobs;
use super::long::{self, Ground};
use super::*;
use crate::detail::{detail, prove_row};
use crate::error::{CaseError, Result as CaseResult};
use crate::prove::Blocks;
use crate::questions::figures;
use crate::store::Store;
use crate::view::{Kept, RowOf, View, views};
use crate::worker::protocol::{LogChoice, ProfileChoice};
use crate::{countries, info, inspect, preview, sources, verify};
use ledger::base64_encode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

/// Most bytes of one `Bytes`.
const MOST_BYTES: u32 = 64 << 10;
/// Longest wait for an answer before it is told as a job, milliseconds.
pub(super) const MOST_PATIENCE: u32 = 1_000;

/// A case under a path. Connections are opened for each question and are read-only, so that an
/// import in another program is never held up.
pub struct Session {
    path: PathBuf,
    opened: Once,
    handles: Mutex<BTreeMap<String, PathBuf>>,
    pub(super) jobs: Jobs,
    kept: Arc<Kept>,
}

impl Session {
    pub fn open(path: &Path) -> CaseResult<Self> {
        Store::read(path)?;
        Ok(Self {
            path: path.to_owned(),
            opened: Once::new(),
            handles: Mutex::default(),
            jobs: Jobs::default(),
            kept: Arc::default(),
        })
    }

    /// Puts into the ledger that the case was opened on screen by `host`, once a session; nothing where
    /// that is switched off or the file cannot be written.
    pub fn record_opening(&self, host: &str) {
        self.opened.call_once(|| {
            crate::acts::record_opening(&self.path, host);
        });
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle for a path that a person chose in the host; the interface sees only the handle.
    pub fn issue(&self, path: &Path) -> String {
        let Ok(mut handles) = self.handles.lock() else { return String::new() };
        if let Some((handle, _)) = handles.iter().find(|(_, p)| p.as_path() == path) {
            return handle.clone();
        }
        let handle = format!("h{}", handles.len() + 1);
        handles.insert(handle.clone(), path.to_owned());
        handle
    }

    pub fn call(&self, request: Request) -> Result<Response, ApiError> {
        self.answer(request).map_err(|e| e.to_api())
    }

    fn answer(&self, request: Request) -> CaseResult<Response> {
        match request {
            Request::Info => Ok(Response::Info { info: info::info(&self.store()?)? }),
            Request::Views => Ok(Response::Views { views: views().iter().map(view_info).collect() }),
            Request::Detail { table, id } => Ok(Response::Detail { detail: detail(&self.store()?, table, number(&id)?)? }),
            Request::Bytes { source, offset, length } => self.bytes(number(&source)?, &offset, length),
            Request::Proof { table, id } => {
                Ok(Response::Proof { proof: prove_row(&self.store()?, table, number(&id)?, Blocks::Shown)?.to_api()? })
            }
            Request::Verify { evidence, all_digests } => {
                let options = verify::Options { evidence: self.paths(&evidence)?, all_digests, ..verify::Options::default() };
                Ok(Response::Job { job: self.jobs.verify(self.path.clone(), options) })
            }
            Request::Inspect { handles } => self.inspect(&handles),
            Request::Formats => {
                let (parsers, profiles) = formats();
                Ok(Response::Formats { parsers, profiles })
            }
            Request::Preview { handles, profile, toml, zone } => {
                let paths = self.paths(&handles)?;
                Ok(Response::Preview { logs: preview::preview(&paths, &log_choice(profile, toml, zone.as_deref())?)? })
            }
            Request::Import { handles, profile, label, toml, zone } => {
                let paths = self.paths(&handles)?;
                let logs = log_choice(profile, toml, zone.as_deref())?;
                let options = crate::import::Options { logs, label, threads: None };
                Ok(Response::Job { job: self.jobs.import(self.path.clone(), paths, options)? })
            }
            Request::Progress { job } => Ok(Response::Progress { progress: self.jobs.progress(job)? }),
            Request::Cancel { job } => {
                self.jobs.cancel(job)?;
                Ok(Response::Done)
            }
            Request::Begin { question, patience } => {
                let patience = Duration::from_millis(patience.min(MOST_PATIENCE).into());
                self.jobs.question(self.ground(&question)?, *question, patience)
            }
            Request::Figures => self.figures(),
            Request::AddFigure { figure } => {
                figures::add(&mut Store::open(&self.path)?, figure)?;
                self.figures()
            }
            Request::Countries => Ok(Response::Countries { table: countries::in_force(&self.store()?)?, faults: Vec::new() }),
            Request::AddCountries { handle } => {
                let path = self.paths(&[handle])?.remove(0);
                let added = countries::add(&mut Store::open(&self.path)?, &path)?;
                let faults = added.faults.iter().map(|f| format!("line {}: {}", f.line, f.why)).collect();
                Ok(Response::Countries { table: Some(added.table), faults })
            }
            Request::Custody { asked } => self.custody(asked),
            Request::Annotations { asked } => self.annotations(asked),
            Request::Heads { asked } => self.heads(asked),
            Request::Disclose { asked } => self.disclose(asked),
            // The rest may be read for long, and is refused where it is none of those questions.
            question => long::answer(&self.ground(&question)?, question, None),
        }
    }

    fn figures(&self) -> CaseResult<Response> {
        let units = figures::UNITS.map(str::to_owned).to_vec();
        Ok(Response::Figures { figures: figures::list(&self.store()?)?, units })
    }

    fn ground(&self, question: &Request) -> CaseResult<Ground> {
        let to = match question {
            Request::Export { handle, .. } => Some(self.paths(std::slice::from_ref(handle))?.remove(0)),
            _ => None,
        };
        Ok(Ground { store: self.store()?, kept: self.kept.clone(), to })
    }

    pub(super) fn store(&self) -> CaseResult<Store> {
        let store = Store::read(&self.path)?;
        Ok(store)
    }

    pub(super) fn paths(&self, handles: &[String]) -> CaseResult<Vec<PathBuf>> {
        let known = self.handles.lock().map_err(|_| CaseError::Evidence("the host failed".into()))?;
        let path = |h: &String| known.get(h).cloned().ok_or_else(|| CaseError::NoSuchRow(format!("no path has the handle {h}")));
        handles.iter().map(path).collect()
    }

    fn bytes(&self, source: i64, offset: &str, length: u32) -> CaseResult<Response> {
        let store = self.store()?;
        let known = sources::Source::load(&store, source)?;
        let offset = number(offset)?.cast_unsigned();
        let bytes = sources::read_bytes(&store, source, offset, u64::from(length.min(MOST_BYTES)))?;
        Ok(Response::Bytes { offset: offset.to_string(), base64: base64_encode(&bytes), source_bytes: known.bytes.to_string() })
    }

    fn inspect(&self, handles: &[String]) -> CaseResult<Response> {
        let paths = self.paths(handles)?;
        let mut items = inspect::inspect(&paths)?;
        for (item, group) in items.iter_mut().zip(evidence::open::group(&paths)) {
            item.handle = group.paths.first().map(|p| self.issue(p)).unwrap_or_default();
        }
        Ok(Response::Inspect { items })
    }
}

impl crate::serve::Served for Session {
    fn call(&self, request: Request) -> Result<Response, ApiError> {
        Session::call(self, request)
    }
    fn issue(&self, path: &Path) -> String {
        Session::issue(self, path)
    }
}

/// A text is taken before a name.
fn log_choice(profile: Option<String>, toml: Option<String>, zone: Option<&str>) -> CaseResult<LogChoice> {
    let zone = zone.filter(|z| !z.is_empty()).map(preview::zone_minutes).transpose()?;
    Ok(LogChoice { profile: toml.map(ProfileChoice::Toml).or(profile.map(ProfileChoice::Builtin)), zone })
}

pub(super) fn number(text: &str) -> CaseResult<i64> {
    text.parse().map_err(|_| CaseError::NoSuchRow(text.into()))
}

fn view_info(v: &View) -> ViewInfo {
    let column = |c: &crate::view::Column| ColumnInfo {
        name: c.name.into(),
        title: c.title.into(),
        kind: c.kind,
        facet: c.facet,
        order: c.order,
    };
    ViewInfo {
        name: v.name.into(),
        title: v.title.into(),
        about: v.about.into(),
        columns: v.columns.iter().map(column).collect(),
        time: v.time.filter(|_| v.row != RowOf::None).map(Into::into),
    }
}

/// Parsers and log profiles, from their registries.
pub fn formats() -> (Vec<FormatInfo>, Vec<FormatInfo>) {
    let one = |f: artifacts::Format| FormatInfo {
        name: f.name,
        version: f.version.to_string(),
        about: f.about,
        format: f.format.into(),
        limits: f.limits.iter().map(|l| (*l).to_owned()).collect(),
    };
    let (parsers, profiles): (Vec<_>, Vec<_>) =
        artifacts::formats().into_iter().partition(|f| f.kind == artifacts::FormatKind::Parser);
    let list = |v: Vec<artifacts::Format>| v.into_iter().map(one).collect();
    (list(parsers), list(profiles))
}

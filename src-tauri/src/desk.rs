//! What the window has in hand: the open case, the paths that may be offered, the list of recent
//! cases. The page only ever sees handles.

use crate::recent::{self, Recent};
use crate::sample;
use case::CaseError;
use case::api::{ApiError, Chosen, RecentCase, Request, Response, Session, StartInfo};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Desk {
    open: Mutex<Option<Arc<Session>>>,
    /// Why the case of the command line could not be opened; told once.
    fault: Mutex<Option<ApiError>>,
    /// Evidence named on the command line.
    evidence: Vec<PathBuf>,
    /// recent.json in the folder of this user's settings.
    list: PathBuf,
    /// Where the sample case is made anew each time.
    data: PathBuf,
}

pub fn failed(message: impl ToString) -> ApiError {
    ApiError { code: "failed".into(), message: message.to_string(), hint: None }
}

impl Desk {
    pub fn new(evidence: Vec<PathBuf>, settings: &Path, data: &Path) -> Self {
        Self {
            open: Mutex::default(),
            fault: Mutex::default(),
            evidence,
            list: settings.join("recent.json"),
            data: data.to_owned(),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn session(&self) -> Result<Arc<Session>, ApiError> {
        self.slot().clone().ok_or_else(|| ApiError {
            code: "no-case".into(),
            message: "No case is open.".into(),
            hint: Some("Open or create a case first.".into()),
        })
    }

    pub fn call(&self, request: Request) -> Result<Response, ApiError> {
        self.session()?.call(request)
    }

    /// Opens a case in place of the one open now.
    pub fn open(&self, path: &Path) -> Result<(), ApiError> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let session = Session::open(&path).map_err(|e| e.to_api())?;
        session.record_opening("window");
        let title = match session.call(Request::Info) {
            Ok(Response::Info { info }) => info.title,
            Ok(_) => String::new(),
            Err(error) => return Err(error),
        };
        // A list that cannot be written loses a convenience, nothing of the case.
        let _ = recent::remember(&self.list, Recent { path, title });
        *self.slot() = Some(Arc::new(session));
        Ok(())
    }

    pub fn create(&self, path: &Path, title: &str) -> Result<(), ApiError> {
        case::create(path, Some(title), None).map_err(|e: CaseError| e.to_api())?;
        self.open(path)
    }

    pub fn open_recent(&self, handle: &str) -> Result<(), ApiError> {
        let gone = || ApiError { code: "missing".into(), message: "This case is not in the list any more.".into(), hint: None };
        let number: usize = handle.parse().map_err(|_| gone())?;
        let known = recent::load(&self.list).into_iter().nth(number).ok_or_else(gone)?;
        self.open(&known.path)
    }

    pub fn open_sample(&self) -> Result<(), ApiError> {
        let path = sample::make(&self.data)?;
        self.open(&path)
    }

    /// Opens the case named on the command line; a fault is kept for the start screen.
    pub fn open_first(&self, path: &Path) {
        if let Err(fault) = self.open(path) {
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
    }

    pub fn close(&self) {
        *self.slot() = None;
    }

    /// Handles for paths that a person chose or dropped.
    pub fn issue(&self, paths: &[PathBuf]) -> Result<Vec<Chosen>, ApiError> {
        let session = self.session()?;
        let chosen = |path: &PathBuf| Chosen { handle: session.issue(path), name: path.display().to_string() };
        Ok(paths.iter().map(chosen).collect())
    }

    pub fn start(&self) -> Result<StartInfo, ApiError> {
        if let Some(fault) = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(fault);
        }
        let recent = recent::load(&self.list).into_iter().enumerate().map(|(i, r)| RecentCase {
            handle: i.to_string(),
            exists: r.path.exists(),
            path: r.path.display().to_string(),
            title: r.title,
        });
        // Not inside the literal: its lock would be held while `issue` asks for it.
        let open = self.slot().is_some();
        Ok(StartInfo {
            open,
            recent: recent.collect(),
            dialogs: true,
            sample: sample::available(),
            offered: self.issue(&self.evidence).unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
    }
}

//! Long work on threads of its own: imports, verifications and questions, with progress and a way to stop.

use super::long::{self, Ground};
use super::{ApiError, JobProgress, PackageMade, Request, Response, Verification};
use crate::custody;
use crate::disclose;
use crate::error::{CaseError, Result};
use crate::import::{self, Options, Progress};
use crate::reached::{Reached, Tell};
use crate::store::Store;
use crate::verify;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All jobs of a session, by number from 1; of questions those whose answer was not told yet.
#[derive(Default)]
pub struct Jobs(Mutex<All>);

#[derive(Default)]
struct All {
    jobs: BTreeMap<u32, Arc<Job>>,
    last: u32,
}

struct Job {
    kind: Kind,
    state: Mutex<JobProgress>,
    ended: Condvar,
    failed: Mutex<Option<CaseError>>,
    cancel: Arc<AtomicBool>,
}

impl Job {
    /// Tells how far a phase is; false where the work is to stop.
    fn reached(&self, phase: &str, done: u64, total: u64) -> bool {
        let mut state = locked(&self.state);
        state.phase = phase.into();
        state.item = phase.into();
        state.bytes_done = done.to_string();
        state.bytes_total = Some(total.to_string());
        !self.cancel.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    Verify,
    Question,
    List,
    Disclose,
}

/// What work ends with, where it ends well.
#[derive(Default)]
struct Ended {
    verification: Option<Verification>,
    answer: Option<Box<Response>>,
}

fn locked<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Jobs {
    pub fn import(&self, case: PathBuf, paths: Vec<PathBuf>, options: Options) -> Result<u32> {
        let running = locked(&self.0).jobs.values().any(|j| j.kind == Kind::Import && locked(&j.state).state == "running");
        if running {
            return Err(CaseError::Busy);
        }
        Ok(self.start(Kind::Import, move |job| {
            let mut tell = |p: &Progress| {
                *locked(&job.state) = progress(p);
                !job.cancel.load(Ordering::Relaxed)
            };
            import::add(&case, &paths, &options, &mut tell).map(|_| Ended::default())
        }))
    }

    pub fn verify(&self, case: PathBuf, options: verify::Options) -> u32 {
        self.start(Kind::Verify, move |job| {
            let mut tell = |p: &verify::Progress| job.reached(p.phase, p.done, p.total);
            verify::verify(&case, &options, &mut tell).map(|r| Ended { verification: Some(r.to_api()), answer: None })
        })
    }

    /// Checks a list of files against the case.
    pub fn list(&self, case: PathBuf, name: String, bytes: Vec<u8>, options: custody::ListOptions) -> u32 {
        self.start(Kind::List, move |job| {
            let mut tell = |p: &custody::ListProgress| {
                let mut state = locked(&job.state);
                state.phase = "files".into();
                state.item.clone_from(&p.path);
                state.files = p.done.to_string();
                state.bytes_done = p.bytes.to_string();
                state.rows = p.total.to_string();
                !job.cancel.load(Ordering::Relaxed)
            };
            let list = custody::check_bytes(&Store::read(&case)?, &name, &bytes, &options, &mut tell)?;
            locked(&job.state).list = Some(Box::new(list));
            Ok(Ended::default())
        })
    }

    /// Writes a disclosure package.
    pub fn disclose(&self, case: PathBuf, wanted: disclose::Wanted, handle: String) -> u32 {
        self.start(Kind::Disclose, move |job| {
            let mut tell = |p: &disclose::Progress| job.reached(p.phase, p.done, p.total);
            let made = disclose::disclose(&case, &wanted, &mut tell)?;
            locked(&job.state).package = Some(Box::new(PackageMade::of(made, &wanted, handle)));
            Ok(Ended::default())
        })
    }

    /// The answer to a question, or after `patience` the job that it has become.
    pub fn question(&self, ground: Ground, question: Request, patience: Duration) -> Result<Response> {
        if !long::is_long(&question) {
            return Err(CaseError::BadFilter("this question is answered at once and is no job".into()));
        }
        let number = self.start(Kind::Question, move |job| {
            let told = job.clone();
            let tell: Tell = Arc::new(move |reached: Reached| {
                let mut state = locked(&told.state);
                state.phase = "reading".into();
                state.rows = reached.rows.to_string();
                state.rows_total = reached.of.map(|n| n.to_string());
                state.item = reached.item;
                !told.cancel.load(Ordering::Relaxed)
            });
            let answer = long::answer_until(ground, question, &job.cancel, &tell)?;
            Ok(Ended { verification: None, answer: Some(Box::new(answer)) })
        });
        let job = self.job(number)?;
        let waited = job.ended.wait_timeout_while(locked(&job.state), patience, |state| state.state == "running");
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.state == "running" {
            return Ok(Response::Job { job: number });
        }
        let answer = state.answer.take();
        drop(state);
        locked(&self.0).jobs.remove(&number);
        let failed = || locked(&job.failed).take().unwrap_or(CaseError::Cancelled);
        answer.map(|answer| *answer).ok_or_else(failed)
    }

    fn start(&self, kind: Kind, work: impl FnOnce(&Arc<Job>) -> Result<Ended> + Send + 'static) -> u32 {
        let job = Arc::new(Job {
            kind,
            state: Mutex::new(blank()),
            ended: Condvar::new(),
            failed: Mutex::default(),
            cancel: Arc::default(),
        });
        let mut all = locked(&self.0);
        all.last += 1;
        let number = all.last;
        all.jobs.insert(number, job.clone());
        drop(all);
        std::thread::spawn(move || {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&job)));
            let result = caught.unwrap_or_else(|_| Err(CaseError::Evidence("the job failed".into())));
            let mut state = locked(&job.state);
            match result {
                Ok(ended) => {
                    state.state = "done".into();
                    (state.verification, state.answer) = (ended.verification, ended.answer);
                }
                Err(CaseError::Cancelled) => state.state = "cancelled".into(),
                Err(e) => {
                    state.state = "failed".into();
                    state.error = Some(ApiError::from(&e));
                    *locked(&job.failed) = Some(e);
                }
            }
            job.ended.notify_all();
        });
        number
    }

    fn job(&self, number: u32) -> Result<Arc<Job>> {
        let found = locked(&self.0).jobs.get(&number).cloned();
        found.ok_or_else(|| CaseError::NoSuchRow(format!("no job {number}")))
    }

    /// How far a job is. A question is forgotten once its end is told.
    pub fn progress(&self, number: u32) -> Result<JobProgress> {
        let job = self.job(number)?;
        let mut state = locked(&job.state);
        let answer = state.answer.take();
        let told = JobProgress { answer, ..state.clone() };
        // Who looks for a running import holds all jobs first, and then one.
        drop(state);
        if job.kind == Kind::Question && told.state != "running" {
            locked(&self.0).jobs.remove(&number);
        }
        Ok(told)
    }

    pub fn cancel(&self, number: u32) -> Result<()> {
        self.job(number)?.cancel.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl From<&CaseError> for ApiError {
    fn from(e: &CaseError) -> Self {
        e.to_api()
    }
}

fn blank() -> JobProgress {
    JobProgress {
        state: "running".into(),
        phase: "starting".into(),
        item: String::new(),
        bytes_done: "0".into(),
        bytes_total: None,
        files: "0".into(),
        rows: "0".into(),
        rows_total: None,
        findings: "0".into(),
        seconds: 0,
        seconds_left: None,
        error: None,
        verification: None,
        answer: None,
        list: None,
        package: None,
    }
}

fn progress(p: &Progress) -> JobProgress {
    JobProgress {
        phase: p.phase.label().into(),
        item: p.item.clone(),
        bytes_done: p.bytes_done.to_string(),
        bytes_total: Some(p.bytes_total.to_string()),
        files: p.files.to_string(),
        rows: p.events.to_string(),
        findings: p.findings.to_string(),
        seconds: u32::try_from(p.seconds).unwrap_or(u32::MAX),
        seconds_left: p.seconds_left.and_then(|s| u32::try_from(s).ok()),
        ..blank()
    }
}

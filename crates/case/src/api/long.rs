//! Questions that may read for long: answered at once, or as a job that tells how far it is and can be
//! stopped.

use super::{Request, Response};
use crate::error::{CaseError, Result};
use crate::questions::{actor, compare, count, coverage, retention};
use crate::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Steps of SQLite's machine between two looks at whether to stop: well under a millisecond.
const STEPS: i32 = 2_000;

/// What a question has read so far.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// Rows read.
    pub rows: u64,
    /// The file being read.
    pub item: String,
}

/// Whether a question is one that `answer` answers.
pub fn is_long(request: &Request) -> bool {
    matches!(
        request,
        Request::Coverage | Request::Retention { .. } | Request::Actor { .. } | Request::Counts { .. } | Request::Compare { .. }
    )
}

/// Answers a question; `tell` is given what was reached and stops the work by answering false.
pub fn answer(store: &Store, request: Request, tell: &mut dyn FnMut(Reached) -> bool) -> Result<Response> {
    let mut rows = |rows: u64| tell(Reached { rows, item: String::new() });
    match request {
        Request::Coverage => Ok(Response::Coverage { coverage: coverage::coverage(store)? }),
        Request::Retention { question } => {
            let coverage = coverage::coverage(store)?;
            Ok(Response::Retention { retention: retention::retention(&coverage, &question)? })
        }
        Request::Actor { question } => Ok(Response::Actor { report: Box::new(actor::actor(store, &question, &mut rows)?) }),
        Request::Counts { question } => Ok(Response::Counts { counts: count::count(store, &question)? }),
        Request::Compare { question } => {
            let mut file = |path: &str| tell(Reached { rows: 0, item: path.to_owned() });
            Ok(Response::Compare { comparison: compare::compare(store, &question, &mut file)? })
        }
        _ => Err(CaseError::BadFilter("this question is answered at once and is no job".into())),
    }
}

/// `answer`, which ends soon after `stop` is set, whatever it is at.
pub fn answer_until(
    mut store: Store,
    request: Request,
    stop: &Arc<AtomicBool>,
    tell: &mut dyn FnMut(Reached) -> bool,
) -> Result<Response> {
    let asked = stop.clone();
    store.db.progress_handler(STEPS, Some(move || asked.load(Ordering::Relaxed)))?;
    match answer(&store, request, tell) {
        Err(_) if stop.load(Ordering::Relaxed) => Err(CaseError::Cancelled),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{JobProgress, Session};
    use crate::questions::count::CountQuestion;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    /// An empty case with rows in a table that questions read.
    fn case(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("long.casebook");
        let store = Store::create(&path).unwrap();
        store
            .db
            .execute_batch(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 INSERT INTO tally SELECT 1, i, 0, i % 100, NULL, NULL, 1, 1, 1, NULL, NULL, NULL, NULL FROM n",
            )
            .unwrap();
        path
    }

    #[test]
    fn a_question_is_stopped_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = case(&folder);
        let question = || Request::Counts { question: CountQuestion::default() };
        let stop = Arc::new(AtomicBool::new(true));
        let stopped = answer_until(Store::read(&path).unwrap(), question(), &stop, &mut |_| true);
        assert!(matches!(stopped, Err(CaseError::Cancelled)), "{stopped:?}");
        stop.store(false, Ordering::Relaxed);
        let answered = answer_until(Store::read(&path).unwrap(), question(), &stop, &mut |_| true);
        assert!(matches!(answered, Ok(Response::Counts { .. })), "{answered:?}");
    }

    fn end(session: &Session, job: u32) -> JobProgress {
        let began = Instant::now();
        loop {
            let Ok(Response::Progress { progress }) = session.call(Request::Progress { job }) else { panic!("no job {job}") };
            if progress.state != "running" {
                return progress;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{progress:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_question_is_a_job_whose_answer_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::open(&case(&folder)).unwrap();
        let begin = |question: Request| session.call(Request::Begin { question: Box::new(question) });
        let Ok(Response::Job { job }) = begin(Request::Counts { question: CountQuestion::default() }) else { panic!("no job") };
        let progress = end(&session, job);
        assert_eq!(progress.state, "done");
        let Some(Response::Counts { counts }) = progress.answer.as_deref() else { panic!("{progress:?}") };
        assert_eq!(counts.rows.first().map(|r| r.requests), Some(20_001));
        assert!(end(&session, job).answer.is_none(), "it is not kept");
        let Ok(Response::Job { job }) = begin(Request::Coverage) else { panic!("no job") };
        session.call(Request::Cancel { job }).unwrap();
        assert!(matches!(end(&session, job).state.as_str(), "done" | "cancelled"));
        let bad = Request::Counts { question: CountQuestion { from: Some("noon".into()), ..CountQuestion::default() } };
        let Ok(Response::Job { job }) = begin(bad) else { panic!("no job") };
        let failed = end(&session, job);
        assert_eq!((failed.state.as_str(), failed.error.map(|e| e.code)), ("failed", Some("bad-filter".into())));
        assert!(begin(Request::Info).is_err(), "what is answered at once is no job");
    }
}

//! Questions that may read for long: answered at once, or as a job that tells how far it is and can be
//! stopped.

use super::{Request, Response};
use crate::error::{CaseError, Result};
use crate::questions::{Reached, Tell, actor, compare, count, coverage, retention};
use crate::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Steps of SQLite's machine between two looks at whether to stop: well under a millisecond.
const STEPS: i32 = 2_000;

/// Whether a question is one that `answer` answers.
pub fn is_long(request: &Request) -> bool {
    matches!(
        request,
        Request::Coverage | Request::Retention { .. } | Request::Actor { .. } | Request::Counts { .. } | Request::Compare { .. }
    )
}

/// Answers a question; `tell` is given what was reached and stops the work by answering false.
pub fn answer(store: &Store, request: Request, tell: Option<&Tell>) -> Result<Response> {
    let reached = |reached: Reached| tell.is_none_or(|tell| tell(reached));
    let mut rows = |rows: u64| reached(Reached { rows, ..Reached::default() });
    match request {
        Request::Coverage => Ok(Response::Coverage { coverage: coverage::coverage(store, tell)? }),
        Request::Retention { question } => {
            let coverage = coverage::coverage(store, tell)?;
            Ok(Response::Retention { retention: retention::retention(&coverage, &question)? })
        }
        Request::Actor { question } => Ok(Response::Actor { report: Box::new(actor::actor(store, &question, &mut rows)?) }),
        Request::Counts { question } => Ok(Response::Counts { counts: count::count(store, &question, tell)? }),
        Request::Compare { question } => {
            let mut file = |path: &str| reached(Reached { item: path.to_owned(), ..Reached::default() });
            Ok(Response::Compare { comparison: compare::compare(store, &question, &mut file)? })
        }
        _ => Err(CaseError::BadFilter("this question is answered at once and is no job".into())),
    }
}

/// `answer`, which ends soon after `stop` is set, whatever it is at.
pub fn answer_until(mut store: Store, request: Request, stop: &Arc<AtomicBool>, tell: &Tell) -> Result<Response> {
    let asked = stop.clone();
    store.db.progress_handler(STEPS, Some(move || asked.load(Ordering::Relaxed)))?;
    match answer(&store, request, Some(tell)) {
        Err(_) if stop.load(Ordering::Relaxed) => Err(CaseError::Cancelled),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{JobProgress, Session};
    use crate::questions::count::{By, CountQuestion};
    use crate::questions::retention::RetentionQuestion;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// An empty case with rows in the tables that questions read.
    fn case(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("long.casebook");
        let store = Store::create(&path).unwrap();
        store
            .db
            .execute_batch(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                 INSERT INTO tally SELECT 1, i, 0, i % 100, NULL, NULL, 1, 1, 1, NULL, NULL, NULL, NULL FROM n;
                 INSERT INTO exposed SELECT n, NULL, 'name', 1, NULL, NULL, 0, 0, NULL, NULL FROM tally WHERE n < 2000;
                 INSERT INTO finding SELECT n, 1, 0, 1, 1, x'', 'lines-not-parsed', NULL, NULL FROM tally WHERE n < 3000;
                 INSERT INTO source SELECT (1 << 40) + n, NULL, 0, 1, NULL, NULL, json_object('path', 'a.log'), NULL, NULL FROM tally WHERE n < 4;
                 INSERT INTO pace SELECT 1, n, n % 4, 0, 1, 0, NULL, NULL, 0, 0, x'' FROM tally WHERE n < 5000",
            )
            .unwrap();
        path
    }

    /// What was told of an answer, until `most` were told.
    fn told(path: &Path, question: Request, most: usize) -> (Result<Response>, Vec<(u64, Option<u64>)>) {
        let all = Arc::new(Mutex::new(Vec::new()));
        let kept = all.clone();
        let tell: Tell = Arc::new(move |reached: Reached| {
            let mut kept = kept.lock().unwrap();
            kept.push((reached.rows, reached.of));
            kept.len() < most
        });
        let answered = answer(&Store::read(path).unwrap(), question, Some(&tell));
        let all = all.lock().unwrap().clone();
        (answered, all)
    }

    #[test]
    fn rows_read_are_told_of_all_rows_and_telling_can_end_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let path = case(&folder);
        let by = |by: &[By]| Request::Counts { question: CountQuestion { by: by.into(), ..CountQuestion::default() } };
        let retention = RetentionQuestion { policy_days: 90, preserved: "2025-11-20".into(), interest_from: None };
        let asked = [
            (20_001, by(&[])),
            (20_001, by(&[By::Day, By::Source])),
            (2_000, by(&[By::Actor, By::Kind])),
            (2_000, by(&[By::Kind])),
            (3_000 + 4 + 5_000, Request::Coverage),
            (3_000 + 4 + 5_000, Request::Retention { question: retention }),
        ];
        for (of, question) in asked {
            let (answered, all) = told(&path, question.clone(), usize::MAX);
            assert!(answered.is_ok(), "{question:?}: {answered:?}");
            let steps = (of / 1_000 + u64::from(of % 1_000 > 0)) as usize;
            assert_eq!(
                (all.first(), all.last(), all.len()),
                (Some(&(0, Some(of))), Some(&(of, Some(of))), 1 + steps),
                "{question:?}"
            );
            assert!(all.is_sorted(), "{question:?}: {all:?}");
            // Ended at the first, and in the middle: in SQLite too, where an answer is summed.
            for most in (1..=all.len()).take(4) {
                let (stopped, few) = told(&path, question.clone(), most);
                assert!(matches!(stopped, Err(CaseError::Cancelled)), "{question:?}: {stopped:?}");
                assert_eq!(few, all[..most], "{question:?}");
            }
        }
    }

    #[test]
    fn a_question_is_stopped_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = case(&folder);
        let question = || Request::Counts { question: CountQuestion::default() };
        let everything: Tell = Arc::new(|_| true);
        let stop = Arc::new(AtomicBool::new(true));
        let stopped = answer_until(Store::read(&path).unwrap(), question(), &stop, &everything);
        assert!(matches!(stopped, Err(CaseError::Cancelled)), "{stopped:?}");
        stop.store(false, Ordering::Relaxed);
        let answered = answer_until(Store::read(&path).unwrap(), question(), &stop, &everything);
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
        assert_eq!((progress.rows.as_str(), progress.rows_total.as_deref()), ("20001", Some("20001")));
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

//! Questions that may read for long: answered at once, or as a job that tells how far it is and can be
//! stopped.

use super::{Request, Response, Row, RowPage};
use crate::error::{CaseError, Result};
use crate::questions::{actor, compare, count, coverage, retention};
use crate::reached::{Reached, Tell};
use crate::store::Store;
use crate::view::{Cell, Engine, Kept, View, ViewRow, export, view};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Steps of SQLite's machine between two looks at whether to stop: well under a millisecond.
const STEPS: i32 = 2_000;

/// What questions are asked of.
pub struct Ground {
    pub store: Store,
    /// What other questions have summed.
    pub kept: Arc<Kept>,
    /// Where an export is written.
    pub to: Option<PathBuf>,
}

/// Whether a question is one that `answer` answers.
pub fn is_long(request: &Request) -> bool {
    matches!(
        request,
        Request::Rows { .. }
            | Request::Count { .. }
            | Request::Facets { .. }
            | Request::Histogram { .. }
            | Request::Export { .. }
            | Request::Coverage
            | Request::Retention { .. }
            | Request::Actor { .. }
            | Request::Counts { .. }
            | Request::Compare { .. }
    )
}

/// Answers a question; `tell` is given what was reached and stops the work by answering false.
pub fn answer(ground: &Ground, request: Request, tell: Option<&Tell>) -> Result<Response> {
    let store = &ground.store;
    let engine = |name: &str| Ok::<_, CaseError>(Engine::new(&store.db, find(name)?).keeping(&ground.kept).telling(tell));
    let reached = |reached: Reached| tell.is_none_or(|tell| tell(reached));
    let mut rows = |rows: u64| reached(Reached { rows, ..Reached::default() });
    match request {
        Request::Rows { view, query, page } => {
            let (rows, next) = engine(&view)?.page(&query, &page)?;
            Ok(Response::Rows { rows: RowPage { rows: rows.into_iter().map(shown).collect(), next } })
        }
        Request::Count { view, query } => {
            let (matching, total) = engine(&view)?.count(&query)?;
            Ok(Response::Count { matching: matching.to_string(), total: total.to_string() })
        }
        Request::Facets { view, query, column, limit } => {
            let (facets, more) = engine(&view)?.facets(&query, &column, limit)?;
            Ok(Response::Facets { facets, more })
        }
        Request::Histogram { view, query, bins } => {
            Ok(Response::Histogram { histogram: engine(&view)?.histogram(&query, bins)? })
        }
        Request::Export { view, query, format, handle } => {
            let path = ground.to.as_ref().ok_or(CaseError::NoSuchRow(handle))?;
            let engine = engine(&view)?;
            let mut out = BufWriter::new(File::create(path)?);
            let written = export(engine, &query, format, None, &mut out).and_then(|rows| Ok(out.flush().map(|()| rows)?));
            if written.is_err() {
                // Half a list is taken for a whole one.
                drop(out);
                let _ = std::fs::remove_file(path);
            }
            Ok(Response::Exported { rows: written?.to_string(), path: path.display().to_string() })
        }
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

fn find(name: &str) -> Result<&'static View> {
    view(name).ok_or_else(|| CaseError::NoSuchView(name.into()))
}

fn shown(row: ViewRow) -> Row {
    Row { id: row.id.map(|i| i.to_string()), table: row.table, cells: row.cells.iter().map(Cell::text).collect() }
}

/// `answer`, which ends soon after `stop` is set, whatever it is at.
pub fn answer_until(mut ground: Ground, request: Request, stop: &Arc<AtomicBool>, tell: &Tell) -> Result<Response> {
    let asked = stop.clone();
    ground.store.db.progress_handler(STEPS, Some(move || asked.load(Ordering::Relaxed)))?;
    match answer(&ground, request, Some(tell)) {
        Err(_) if stop.load(Ordering::Relaxed) => Err(CaseError::Cancelled),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::session::MOST_PATIENCE;
    use crate::api::{ExportFormat, JobProgress, Page, Query, Session};
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

    fn ground(path: &Path) -> Ground {
        Ground { store: Store::read(path).unwrap(), kept: Arc::default(), to: None }
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
        let answered = answer(&ground(path), question, Some(&tell));
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
        let stopped = answer_until(ground(&path), question(), &stop, &everything);
        assert!(matches!(stopped, Err(CaseError::Cancelled)), "{stopped:?}");
        stop.store(false, Ordering::Relaxed);
        let answered = answer_until(ground(&path), question(), &stop, &everything);
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
        let begin = |question: Request| session.call(Request::Begin { question: Box::new(question), patience: 0 });
        let Ok(Response::Job { job }) = begin(Request::Counts { question: CountQuestion::default() }) else { panic!("no job") };
        let progress = end(&session, job);
        assert_eq!(progress.state, "done");
        assert_eq!((progress.rows.as_str(), progress.rows_total.as_deref()), ("20001", Some("20001")));
        let Some(Response::Counts { counts }) = progress.answer.as_deref() else { panic!("{progress:?}") };
        assert_eq!(counts.rows.first().map(|r| r.requests), Some(20_001));
        assert!(session.call(Request::Progress { job }).is_err(), "it is not kept");
        let Ok(Response::Job { job }) = begin(Request::Coverage) else { panic!("no job") };
        session.call(Request::Cancel { job }).unwrap();
        assert!(matches!(end(&session, job).state.as_str(), "done" | "cancelled"));
        let bad = Request::Counts { question: CountQuestion { from: Some("noon".into()), ..CountQuestion::default() } };
        let Ok(Response::Job { job }) = begin(bad) else { panic!("no job") };
        let failed = end(&session, job);
        assert_eq!((failed.state.as_str(), failed.error.map(|e| e.code)), ("failed", Some("bad-question".into())));
        assert!(begin(Request::Info).is_err(), "what is answered at once is no job");
    }

    #[test]
    fn who_is_patient_has_the_answer_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::open(&case(&folder)).unwrap();
        let begin = |question: Request, patience| session.call(Request::Begin { question: Box::new(question), patience });
        let rows = |order: Option<&str>| Request::Rows {
            view: "findings".into(),
            query: Query { order: order.map(str::to_owned), ..Query::default() },
            page: Page::First { limit: 2 },
        };
        // As long as it is let; a loaded machine may still be slower.
        let mut first = begin(rows(None), MOST_PATIENCE).unwrap();
        if let Response::Job { job } = first {
            first = *end(&session, job).answer.unwrap();
        }
        let Response::Rows { rows: page } = first else { panic!("{first:?}") };
        assert_eq!(page.rows.len(), 2);
        let failed = match begin(rows(Some("no such")), MOST_PATIENCE) {
            Ok(Response::Job { job }) => end(&session, job).error.unwrap(),
            other => other.unwrap_err(),
        };
        assert_eq!(failed.code, "no-such-column");
        assert!(session.call(Request::Progress { job: 1 }).is_err(), "its end was told");
    }

    #[test]
    fn an_export_that_is_stopped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = case(&folder);
        let to = folder.path().join("out.csv");
        let export = || Request::Export {
            view: "findings".into(),
            query: Query::default(),
            format: ExportFormat::Csv,
            handle: "h1".into(),
        };
        for most in [u64::MAX, 1] {
            let rows = Arc::new(Mutex::new(Vec::new()));
            let told = rows.clone();
            let tell: Tell = Arc::new(move |reached: Reached| {
                told.lock().unwrap().push(reached.rows);
                reached.rows < most
            });
            let answered = answer(&Ground { to: Some(to.clone()), ..ground(&path) }, export(), Some(&tell));
            if most == u64::MAX {
                assert!(matches!(&answered, Ok(Response::Exported { rows, .. }) if rows == "3000"), "{answered:?}");
                assert_eq!((rows.lock().unwrap().clone(), to.is_file()), (vec![1_000, 2_000, 3_000], true));
            } else {
                assert!(matches!(answered, Err(CaseError::Cancelled)), "{answered:?}");
                assert!(!to.exists());
            }
        }
    }
}

//! Acts of people, asked of a session.

use super::session::number;
use super::{AnnotationAct, CustodyAct, Response, Session};
use crate::acts::{self, Shown};
use crate::custody::{self, Given, ListOptions};
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::base64_decode;

pub(super) fn bytes(data: &str) -> Result<Vec<u8>> {
    base64_decode(data).ok_or_else(|| CaseError::BadRecord("the file did not arrive whole".into()))
}

impl Session {
    pub(super) fn custody(&self, asked: CustodyAct) -> Result<Response> {
        match asked {
            CustodyAct::List => {}
            CustodyAct::Add { record } => {
                custody::add(&mut Store::open(self.path())?, vec![*record], &Given::FORM)?;
            }
            CustodyAct::Import { name, data } => {
                let (records, given) = custody::read_text(&name, &bytes(&data)?)?;
                custody::add(&mut Store::open(self.path())?, records, &given)?;
            }
            CustodyAct::CheckList { name, data, made, source } => {
                let options = ListOptions { made, source };
                return Ok(Response::Job { job: self.jobs.list(self.path().to_owned(), name, bytes(&data)?, options) });
            }
            CustodyAct::RecordList { job } => {
                let unfinished = || CaseError::NoSuchRow(format!("job {job} has checked no list"));
                let list = self.jobs.progress(job)?.list.ok_or_else(unfinished)?;
                custody::record_list(&mut Store::open(self.path())?, &list)?;
            }
            CustodyAct::CompareHash { text } => {
                return Ok(Response::Hash { hash: custody::compare_hash(&self.store()?, &text)? });
            }
        }
        Ok(Response::Custody { custody: custody::custody(&self.store()?)? })
    }

    pub(super) fn annotations(&self, asked: AnnotationAct) -> Result<Response> {
        let mut shown = Shown { rows_read: true, ..Shown::default() };
        match asked {
            AnnotationAct::List { removed } => shown.removed = removed,
            AnnotationAct::Of { row } => {
                shown = Shown { row: Some((row.table, row.number()?)), ..Shown::default() };
            }
            AnnotationAct::Add { kind, text, rows } => {
                let rows = rows.iter().map(|r| Ok((r.table, r.number()?))).collect::<Result<Vec<_>>>()?;
                acts::annotate(&mut Store::open(self.path())?, &kind, text.as_deref(), &rows)?;
                shown = Shown { row: rows.first().copied(), ..Shown::default() };
            }
            AnnotationAct::AddToView { kind, text, view, query } => {
                let rows = acts::rows_of_view(&self.store()?, &view, &query)?;
                acts::annotate(&mut Store::open(self.path())?, &kind, text.as_deref(), &rows)?;
            }
            AnnotationAct::Remove { number } => {
                acts::remove(&mut Store::open(self.path())?, number)?;
            }
            AnnotationAct::OpenMasked { table, id, field, reason } => {
                let mut store = Store::open(self.path())?;
                return Ok(Response::Unmasked { unmasked: acts::open_masked(&mut store, table, number(&id)?, &field, &reason)? });
            }
            AnnotationAct::RecordOpening { choice } => {
                if let Some(choice) = choice {
                    acts::set_opening_recorded(choice)?;
                }
                return Ok(Response::RecordOpening { recorded: acts::opening_is_recorded() });
            }
        }
        Ok(Response::Annotations { annotations: acts::annotations(&self.store()?, &shown)? })
    }
}

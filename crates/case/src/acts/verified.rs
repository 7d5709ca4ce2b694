//! A verification that a person wants on record.

use crate::entries;
use crate::error::Result;
use crate::import::{Statement, write_statements};
use crate::store::Store;
use crate::verify::{Report, Verdict};
use ledger::Json;

/// Most failures whose place and words are kept.
const MOST_KEPT: usize = 50;

/// Writes the outcome of a verification as an entry; returns its number. Where the ledger itself is
/// damaged nothing is added to it, and that is the error. `evidence` is how many paths were given.
pub fn record_verification(store: &mut Store, report: &Report, evidence: usize) -> Result<u64> {
    let count = |ok: Option<bool>| Json::big(report.checks.iter().filter(|c| c.ok == ok).count() as u64);
    let anchor = match &report.verdict {
        Verdict::Verified { anchor } => Json::big(anchor.size),
        Verdict::Consistent | Verdict::Mismatch => Json::Null,
    };
    let params = Json::map([
        ("verdict", Json::Text(report.word().into())),
        ("size", Json::big(report.head.size)),
        ("root", Json::hex(&report.head.root)),
        ("held", count(Some(true))),
        ("failed", count(Some(false))),
        ("not_checked", count(None)),
        ("evidence", Json::big(evidence as u64)),
        ("anchor", anchor),
    ]);
    // Names of files stand in the words of a failure.
    let failed = report.checks.iter().filter(|c| c.ok == Some(false)).take(MOST_KEPT);
    let said =
        |c: &crate::verify::Check| Statement { kind: "mismatch".into(), about: c.place.clone(), value: Some(c.says.clone()) };
    let statements: Vec<Statement> = failed.map(said).collect();
    entries::append(store, "verify", |store, seq| {
        Ok(vec![("params", params), ("outputs", write_statements(store, seq, &statements)?)])
    })
}

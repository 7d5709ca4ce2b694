//! Verification: walks the same road as the import, from the stored columns to the head, with no
//! trust in the file. Opens it read-only and leaves it as it is to the byte.

mod acts;
mod anchors;
mod blocks;
mod chain;
mod counts;
mod derived;
mod evidence;
mod imports;
mod inputs;
mod leaves;
mod members;
mod postings;
mod report;
mod rows;
mod schema;
mod signatures;
mod texts;
mod timestamps;

pub(crate) use blocks::nodes as block_nodes;
pub(crate) use chain::kept_head;
pub use report::{Check, Report, Verdict};

use crate::error::Result;
use crate::store::Store;
use report::Checks;
use std::path::{Path, PathBuf};

/// How a case is to be verified.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A checkpoint kept outside the case: the text of a note, or a printed `size root`.
    pub anchor: Option<Vec<u8>>,
    /// A verifier key from outside the case: its text.
    pub key: Option<Vec<u8>>,
    /// Evidence to read again: images, segments, archives, folders, files.
    pub evidence: Vec<PathBuf>,
    /// Make the evidence's MD5 and SHA-1 anew too.
    pub all_digests: bool,
    /// Roots, and what lies between, by which the reader judges time-stamps: PEM.
    pub tsa_chain: Option<Vec<u8>>,
    /// Threads that hash rows; the machine's cores where absent.
    pub threads: Option<usize>,
}

/// How far a verification is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// "database", "rows", "evidence".
    pub phase: &'static str,
    /// Rows or bytes done, and in all.
    pub done: u64,
    pub total: u64,
}

/// Told now and then; stops the verification by answering false.
pub(crate) type Watch<'w> = dyn FnMut(&Progress) -> bool + 'w;

/// Verifies a case. A failure of the machinery, such as a path with no case, is an error; whatever
/// is wrong with the case is in the report.
pub fn verify(case: &Path, options: &Options, watch: &mut Watch<'_>) -> Result<Report> {
    let store = Store::read(case)?;
    // One state of the file for every question below.
    store.db.execute_batch("BEGIN")?;
    let mut checks = Checks::default();
    watch(&Progress { phase: "database", done: 0, total: 0 });
    schema::check(&store, &mut checks)?;
    if checks.has_failed("schema") {
        // Nothing that is read through a doctored schema means anything.
        checks.skipped("rows", "the schema is not this program's; nothing else was read");
        return Ok(checks.report(ledger::TreeHead::EMPTY, None));
    }
    let integrity = schema::Integrity::start(case)?;
    let rehashing = evidence::Rehashing::start(&options.evidence, options.all_digests)?;
    let ledger = chain::check(&store, &mut checks)?;
    chain::checkpoints(&store, &ledger, &mut checks);
    let anchor = options.anchor.as_deref().and_then(|text| chain::outside(text, &ledger, &mut checks));
    let signed = signatures::check(&store, &ledger, options.key.as_deref(), &mut checks);
    anchors::check(&store, &ledger, &mut checks);
    // The larger of what a kept checkpoint and a key from elsewhere vouch for.
    let anchor = [anchor, signed].into_iter().flatten().max_by_key(|head| head.size);
    if options.anchor.is_none() && options.key.is_none() {
        checks.skipped("anchor", "no checkpoint or key from outside the case was given: consistent is not unchanged");
    }
    chain::memory(&ledger, &mut checks);
    timestamps::check(&store, &ledger, options.tsa_chain.as_deref(), &mut checks)?;
    let imports = imports::check(&store, &ledger, &mut checks);
    inputs::check(&store, &ledger, &mut checks);
    texts::statements(&store, &ledger, &mut checks)?;
    texts::words(&store, &mut checks);
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(2);
    let mut readers = leaves::Readers::open(case, threads)?;
    let recounted = rows::check(&store, &imports, &mut readers, watch, &mut checks)?;
    acts::check(&store, &ledger, &mut checks);
    integrity.end(&mut checks);
    derived::check(&store, &imports, recounted.as_ref(), &mut checks);
    blocks::check(&store, &mut checks)?;
    evidence::check(&store, &imports, &rehashing.finish(watch)?, options.all_digests, &mut checks)?;
    Ok(checks.report(ledger.chain.head(), anchor))
}

//! Time-stamp tokens: each is over its note, its note is a head of this case, its signature and chain
//! hold as stored; and by roots that the reader trusts, where these are given. A token brackets the
//! entries: those under it are older, the entry that holds it and those after it are later.

use super::chain::{Ledger, standing};
use super::report::Checks;
use crate::anchors::timestamp::{Kept, existed, is_token, kept, shown, stored};
use crate::anchors::timestamp_certificate::{Certificate, read_pem};
use crate::anchors::timestamp_check::{NOT_CHECKED, Stamp};
use crate::error::Result;
use crate::store::Store;
use crate::view::visible;
use jiff::{SignedDuration, Timestamp};
use ledger::Checkpoint;

const NAME: &str = "timestamps";
/// How far a machine's clock may be from an authority's before it is told.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);
const WIDEST: usize = 200;

pub fn check(store: &Store, ledger: &Ledger, trusted: Option<&[u8]>, checks: &mut Checks) -> Result<()> {
    let trusted = match trusted.map(read_pem).transpose() {
        Ok(bundle) => bundle,
        Err(fault) => {
            checks.failed(NAME, "the chain given", shown(&fault));
            return Ok(());
        }
    };
    let mut seen = 0u64;
    for entry in ledger.entries.iter().filter(|e| is_token(e)) {
        seen += 1;
        let place = format!("anchor {}", entry.head.seq);
        let judged = match kept(entry) {
            None => Err("its entry does not say what an entry of a time-stamp says".to_owned()),
            Some(kept) => one(store, ledger, &kept, trusted.as_ref().map(|b| &b.certificates[..]))?,
        };
        match judged {
            Ok(says) => checks.holds(NAME, format!("{place}: {says}")),
            Err(why) => checks.failed(NAME, place, why),
        }
    }
    if seen > 0 {
        checks.skipped(NAME, format!("not looked at: {NOT_CHECKED}"));
        if trusted.is_none() {
            let says = "no certificates that the reader trusts were given (--tsa-chain): each token was held against those stored beside it";
            checks.skipped(NAME, says);
        }
    } else if trusted.is_some() {
        checks.skipped(NAME, "there is no time-stamp in the case");
    }
    Ok(())
}

/// What one token shows, or why it shows nothing.
fn one(
    store: &Store,
    ledger: &Ledger,
    kept: &Kept,
    trusted: Option<&[Certificate]>,
) -> Result<std::result::Result<String, String>> {
    let stored = match stored(store, kept)? {
        Ok(stored) => stored,
        Err(fault) => return Ok(Err(shown(&fault))),
    };
    let stamp = match stored.check().and_then(|own| trusted.map_or(Ok(own), |roots| stored.check_against(roots))) {
        Ok(stamp) => stamp,
        Err(fault) => return Ok(Err(shown(&fault))),
    };
    let checkpoint = match Checkpoint::read(stored.note.as_bytes()) {
        Ok(checkpoint) => checkpoint,
        Err(e) => return Ok(Err(format!("its note is {e}"))),
    };
    if let Some(why) = standing(ledger.chain.compare(&checkpoint)) {
        return Ok(Err(format!("its note: {why}")));
    }
    if checkpoint.head.size != kept.size {
        return Ok(Err(format!("its note is of {} entries, its entry says {}", checkpoint.head.size, kept.size)));
    }
    if stamp.time.to_string() != kept.time {
        return Ok(Err(format!("the token says {}, its entry {}", stamp.time, visible(&kept.time, WIDEST))));
    }
    Ok(Ok(says(&stamp, kept, trusted.is_some(), &clocks(ledger, kept, &stamp))))
}

fn says(stamp: &Stamp, kept: &Kept, trusted: bool, clocks: &str) -> String {
    let authority = visible(&stamp.authority, WIDEST);
    let within = match stamp.accuracy.unwrap_or(0) {
        0 => String::new(),
        micros => format!(" (within {} s)", micros.div_ceil(1_000_000)),
    };
    let root = stamp.path.as_ref().and_then(|p| p.last()).map(|c| visible(&c.name(), WIDEST));
    let chain = match root {
        Some(root) if trusted => format!("its chain ends at {root}, which was given"),
        Some(root) => format!("its chain ends at {root}, as stored"),
        None => "no chain was stored with it, and none was looked for".to_owned(),
    };
    format!(
        "{} at {}{within} by {authority}; entry {} and those after it are later; {chain}{clocks}",
        existed(kept.size),
        stamp.time,
        kept.seq
    )
}

/// Where the machine's clock, as the entries state it, contradicts the token.
fn clocks(ledger: &Ledger, kept: &Kept, stamp: &Stamp) -> String {
    let apart = |time: &str| time.parse::<Timestamp>().map_or(SignedDuration::ZERO, |t| t.duration_since(stamp.time));
    let before = ledger.entries.iter().filter(|e| e.head.seq < kept.size).find(|e| apart(&e.head.time) > CLOCKS_APART);
    let after = ledger.entries.iter().filter(|e| e.head.seq >= kept.seq).find(|e| apart(&e.head.time) < -CLOCKS_APART);
    match before.or(after) {
        Some(e) => format!("; the machine's clock says otherwise: entry {} is dated {}", e.head.seq, e.head.time),
        None => String::new(),
    }
}

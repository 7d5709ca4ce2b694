//! Time-stamp tokens of a case: asked for by a file, added from a file, listed. The request and its
//! note stay with the user: nothing in the case waits for a reply.

use super::timestamp_certificate::{Certificate, read_pem, to_pem};
use super::timestamp_check::{Fault, Given, Stamp, check};
use super::timestamp_request;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use crate::view::visible;
use ledger::{Anchor, Checkpoint, Entry, Hash, Json, sha256};
use rusqlite::OptionalExtension;
use serde::Serialize;

/// Most characters of a reason or a name that are shown.
const WIDEST: usize = 400;

/// A request for the newest checkpoint.
pub struct Request {
    /// The `TimeStampReq`.
    pub bytes: Vec<u8>,
    /// The exact note that it is for.
    pub note: String,
    /// Entries of the checkpoint.
    pub size: u64,
}

/// What an authority sent back, and what it is held against.
pub struct Reply<'a> {
    pub token: &'a [u8],
    pub note: &'a [u8],
    /// The request: its nonce is compared where it is given.
    pub request: Option<&'a [u8]>,
    /// PEM with roots and what lies between.
    pub chain: Option<&'a [u8]>,
}

/// A token of the case.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Number of its `anchor` entry.
    pub anchor: u64,
    /// The first entries, so many, existed at `time`.
    pub size: u64,
    /// What the token says, RFC 3339.
    pub time: String,
    /// Microseconds either way, where the token says so.
    pub accuracy_us: Option<u64>,
    /// Subject of the authority's certificate; None where the token does not hold.
    pub authority: Option<String>,
    pub serial: Option<String>,
    pub policy: Option<String>,
    /// Subjects from the authority's certificate to the root, as stored; None where no chain was given.
    pub path: Option<Vec<String>>,
    /// Why the token does not hold.
    pub fault: Option<String>,
}

/// "the first 7 entries existed", for reports.
pub fn existed(size: u64) -> String {
    if size == 1 { "the first entry existed".into() } else { format!("the first {size} entries existed") }
}

/// The request for the newest checkpoint. Writes nothing.
pub fn request(store: &Store) -> Result<Request> {
    let mut q = store.db.prepare("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1")?;
    let found: Option<(i64, String)> = q.query_row([], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    let (size, note) = found.ok_or_else(|| CaseError::Ledger("there is no checkpoint".into()))?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|e| CaseError::Io(std::io::Error::other(e.to_string())))?;
    let bytes = timestamp_request::request(&sha256(&[note.as_bytes()]), nonce);
    Ok(Request { bytes, note, size: size.cast_unsigned() })
}

/// Adds a reply that holds, with the path that was found; refuses any other. Gives it as listed.
pub fn add(store: &mut Store, reply: &Reply<'_>) -> Result<Listed> {
    let checkpoint = Checkpoint::read(reply.note).map_err(|e| CaseError::Timestamp(format!("the note is {e}")))?;
    let note = String::from_utf8(reply.note.to_vec()).map_err(|e| CaseError::Timestamp(e.to_string()))?;
    let (chain, known) = entries::chain(store)?;
    if chain.compare(&checkpoint) != Anchor::Holds {
        return Err(CaseError::Timestamp("the note is not a checkpoint of this case as it stands".into()));
    }
    let digest = sha256(&[reply.token]);
    if let Some(entry) = known.iter().find(|e| kept(e).is_some_and(|k| k.token == digest)) {
        return Err(CaseError::Timestamp(format!("the same reply is in the case already: anchor {}", entry.head.seq)));
    }
    let stamp = judge(reply).map_err(|f| CaseError::Timestamp(shown(&f)))?;
    let pem = stamp.path.as_deref().map(to_pem);
    let size = checkpoint.head.size;
    let seq = entries::append(store, "anchor", |store, seq| {
        let row = (seq.cast_signed(), &note, reply.token, &pem);
        store.db.execute("INSERT INTO anchor (seq, note, token, chain) VALUES (?1, ?2, ?3, ?4)", row)?;
        let anchor = Json::map([
            ("kind", Json::Text("rfc3161".into())),
            ("size", Json::big(size)),
            ("note", Json::hex(&sha256(&[note.as_bytes()]))),
            ("token", Json::hex(&digest)),
            ("chain", pem.as_ref().map_or(Json::Null, |p| Json::hex(&sha256(&[p.as_bytes()])))),
            ("time", Json::Text(stamp.time.to_string())),
        ]);
        Ok(vec![("anchor", anchor)])
    })?;
    Ok(listed(seq, size, Ok(stamp)))
}

fn judge(reply: &Reply<'_>) -> Result<Stamp, Fault> {
    let asked = reply.request.map(timestamp_request::read).transpose()?;
    if asked.as_ref().is_some_and(|a| !a.imprint.is_sha256_of(&sha256(&[reply.note]))) {
        return Err(Fault::Request);
    }
    let chain = reply.chain.map(read_pem).transpose()?;
    let nonce = asked.as_ref().and_then(|a| a.nonce.as_deref());
    check(reply.token, &Given { note: reply.note, nonce, chain: chain.as_ref().map(|b| &b.certificates[..]), kept: &[] })
}

/// All tokens of the case, in order, each held against the chain stored with it.
pub fn list(store: &Store) -> Result<Vec<Listed>> {
    let (_, entries) = entries::chain(store)?;
    entries.iter().filter_map(kept).map(|k| Ok(listed(k.seq, k.size, stored(store, &k)?.and_then(|s| s.check())))).collect()
}

fn listed(anchor: u64, size: u64, stamp: std::result::Result<Stamp, Fault>) -> Listed {
    let mut out = Listed {
        anchor,
        size,
        time: String::new(),
        accuracy_us: None,
        authority: None,
        serial: None,
        policy: None,
        path: None,
        fault: None,
    };
    match stamp {
        Ok(stamp) => {
            out.time = stamp.time.to_string();
            out.accuracy_us = stamp.accuracy;
            out.authority = Some(visible(&stamp.authority, WIDEST));
            out.serial = Some(stamp.serial);
            out.policy = Some(stamp.policy);
            let names = |path: Vec<Certificate>| path.iter().map(|c| visible(&c.name(), WIDEST)).collect();
            out.path = stamp.path.map(names);
        }
        Err(fault) => out.fault = Some(shown(&fault)),
    }
    out
}

/// A reason in visible characters.
pub(crate) fn shown(fault: &Fault) -> String {
    visible(&fault.to_string(), WIDEST)
}

/// What an `anchor` entry says of a token.
pub(crate) struct Kept {
    pub seq: u64,
    pub size: u64,
    pub note: Hash,
    pub token: Hash,
    pub chain: Option<Hash>,
    pub time: String,
}

/// None for entries of another kind; and for one whose members are not those of a token.
pub(crate) fn kept(entry: &Entry) -> Option<Kept> {
    let anchor = entry.get("anchor").filter(|_| is_token(entry))?;
    let chain = anchor.get("chain")?;
    Some(Kept {
        seq: entry.head.seq,
        size: anchor.get("size")?.as_big()?,
        note: anchor.get("note")?.as_hash()?,
        token: anchor.get("token")?.as_hash()?,
        chain: if *chain == Json::Null { None } else { Some(chain.as_hash()?) },
        time: anchor.get("time")?.as_text()?.to_owned(),
    })
}

/// Whether an entry says that it holds a token.
pub(crate) fn is_token(entry: &Entry) -> bool {
    let kind = entry.get("anchor").and_then(|a| a.get("kind")).and_then(Json::as_text);
    entry.head.kind == "anchor" && kind == Some("rfc3161")
}

/// A token as stored, its parts being those of the entry.
pub(crate) struct Stored {
    pub note: String,
    pub token: Vec<u8>,
    pub chain: Option<Vec<Certificate>>,
}

impl Stored {
    /// Against the chain stored with it.
    pub fn check(&self) -> Result<Stamp, Fault> {
        check(&self.token, &Given { note: self.note.as_bytes(), nonce: None, chain: self.chain.as_deref(), kept: &[] })
    }

    /// Against roots that the reader trusts; what is stored may only lie between.
    pub fn check_against(&self, trusted: &[Certificate]) -> Result<Stamp, Fault> {
        let kept = self.chain.as_deref().unwrap_or_default();
        check(&self.token, &Given { note: self.note.as_bytes(), nonce: None, chain: Some(trusted), kept })
    }
}

/// Reads the row of an entry. The inner fault: what is stored is not what the entry says.
pub(crate) fn stored(store: &Store, kept: &Kept) -> Result<Result<Stored, Fault>> {
    type Row = (String, Option<Vec<u8>>, Option<String>);
    let mut q = store.db.prepare_cached("SELECT note, token, chain FROM anchor WHERE seq = ?1")?;
    let row: Option<Row> = q.query_row([kept.seq.cast_signed()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
    Ok(whole(row, kept))
}

fn whole(row: Option<(String, Option<Vec<u8>>, Option<String>)>, kept: &Kept) -> Result<Stored, Fault> {
    let Some((note, Some(token), chain)) = row else { return Err(Fault::Stored("the token is not in the case")) };
    if sha256(&[note.as_bytes()]) != kept.note {
        return Err(Fault::Stored("the note is not the one that the entry names"));
    }
    if sha256(&[&token]) != kept.token {
        return Err(Fault::Stored("the token is not the one that the entry names"));
    }
    if chain.as_ref().map(|c| sha256(&[c.as_bytes()])) != kept.chain {
        return Err(Fault::Stored("the chain is not the one that the entry names"));
    }
    let chain = chain.map(|c| read_pem(c.as_bytes())).transpose()?.map(|b| b.certificates);
    Ok(Stored { note, token, chain })
}

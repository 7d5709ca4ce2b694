//! Signed heads and what goes out of the house: keys, checkpoints, time-stamps, disclosure packages.

use super::Query;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Deserialize, Serialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
#[ts(export, export_to = "api.gen.ts")]
pub enum HeadAct {
    /// Head, keys, time-stamps.
    Show,
    /// Signs the newest checkpoint where it is not signed yet.
    Seal,
    /// Opens a key that is kept in a file, until the program ends.
    Unlock { key: String, passphrase: String },
    /// Makes a key on this machine: in the system's key store, or in a file where a passphrase is given.
    NewKey { name: Option<String>, passphrase: Option<String> },
    /// Lets a key of this machine sign the case.
    UseKey { key: String },
    /// Puts a key of this machine in the place of one of the case's; both sign that.
    RotateKey { from: String, to: String },
    /// Takes a key from the case.
    RevokeKey { key: String, reason: String },
    /// The head as a sheet to print and sign, PDF, in "en" or "ko".
    Print { language: String },
    /// A request to a time-stamping authority, with the exact note it is for.
    TimestampRequest,
    /// Adds an authority's reply; all files as base64.
    TimestampAdd { reply: String, note: String, request: Option<String>, chain: Option<String> },
    /// Keeps a checkpoint that another party gave or signed.
    AddNote { note: String },
}

/// A passphrase is not shown where a request is.
impl std::fmt::Debug for HeadAct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeadAct")
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct Heads {
    /// Entries under the newest checkpoint.
    pub entries: String,
    pub root: String,
    /// The root as it is read aloud.
    pub words: Vec<String>,
    /// The checkpoint as a signed note, to be kept elsewhere.
    pub note: String,
    /// "signed", "not-signed" (a case with keys), "no-key", "forged".
    pub signed: String,
    /// Names of the keys under it.
    pub signed_by: Vec<String>,
    /// Keys of the case as they stand, oldest first.
    pub keys: Vec<HeadKey>,
    /// Keys of this machine that never were the case's.
    pub others: Vec<HeadKey>,
    pub timestamps: Vec<HeadStamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct HeadKey {
    pub name: String,
    /// The verifier key: given to whoever is to check signatures.
    pub key: String,
    /// "system", "file", or "elsewhere".
    pub place: String,
    /// "ready", "locked" (its passphrase is wanting), "closed" (the system's key store does not give it),
    /// "elsewhere".
    pub state: String,
    /// Why, where it is closed.
    pub why: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct HeadStamp {
    /// Number of its entry.
    pub entry: String,
    /// The first entries, so many, existed at `time`.
    pub size: String,
    pub time: String,
    pub authority: Option<String>,
    /// Why it does not hold.
    pub fault: Option<String>,
}

/// A file that an act made, for the host to save.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct MadeFile {
    pub name: String,
    pub base64: String,
}

/// What is disclosed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct DiscloseAsked {
    pub view: String,
    pub query: Query,
    /// "subject", "actor", "address", "object", "path", "text".
    pub masks: Vec<String>,
    /// "unmasked", "clean", "none".
    pub blocks: String,
    /// An age recipient for the masked values.
    pub annex_to: Option<String>,
    /// Who gets it.
    pub recipient: Option<String>,
    /// Where the host lets it be written.
    pub handle: String,
}

/// A package as it was written and checked.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct PackageMade {
    pub handle: String,
    pub path: String,
    pub bytes: String,
    pub sha256: String,
    /// Number of the entry that tells of it.
    pub entry: String,
    pub rows: Vec<PackageRows>,
    /// Fields masked, by kind.
    pub masked: Vec<(String, String)>,
    /// Ranges of evidence in it.
    pub ranges: String,
    /// What is not in it, and why.
    pub remarks: Vec<String>,
    /// "consistent", or "mismatch", which would be a fault of this program.
    pub verdict: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[ts(export, export_to = "api.gen.ts")]
pub struct PackageRows {
    pub import: u32,
    pub table: String,
    pub shown: String,
    pub of: String,
}

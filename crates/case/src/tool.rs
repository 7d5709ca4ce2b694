//! What the program says of itself in every entry: names and digests a stranger can compare.

use crate::digest;
use ledger::{Json, sha256};
use std::sync::OnceLock;

const LOCK: &[u8] = include_bytes!(env!("CASEBOOK_LOCK"));

/// The `tool` member of an entry.
pub fn tool() -> Json {
    let parsers = artifacts::PARSERS.iter().map(|p| (p.name, Json::Text(p.version.to_string())));
    Json::map([
        ("name", Json::Text("casebook".into())),
        ("version", Json::Text(env!("CARGO_PKG_VERSION").into())),
        ("commit", Json::Text(env!("CASEBOOK_COMMIT").into())),
        ("exe_sha256", program_digest().map_or(Json::Null, Json::Text)),
        ("lock_sha256", Json::Text(hex::encode(sha256(&[LOCK])))),
        ("target", Json::Text(env!("CASEBOOK_TARGET").into())),
        ("parsers", Json::map(parsers)),
    ])
}

/// SHA-256 of the running program, read once.
fn program_digest() -> Option<String> {
    static DIGEST: OnceLock<Option<String>> = OnceLock::new();
    let read = || Some(hex::encode(digest::of_file(&std::env::current_exe().ok()?).ok()?.1));
    DIGEST.get_or_init(read).clone()
}

//! What the program says of itself in every entry: names and digests a stranger can compare.

use ledger::Json;
use sha2::{Digest, Sha256};
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
        ("lock_sha256", Json::Text(hex::encode(Sha256::digest(LOCK)))),
        ("target", Json::Text(env!("CASEBOOK_TARGET").into())),
        ("parsers", Json::map(parsers)),
    ])
}

/// SHA-256 of the running program, read once.
fn program_digest() -> Option<String> {
    static DIGEST: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let mut file = std::fs::File::open(std::env::current_exe().ok()?).ok()?;
        let mut sha = Sha256::new();
        let mut buf = vec![0; 1 << 20];
        loop {
            match std::io::Read::read(&mut file, &mut buf).ok()? {
                0 => return Some(hex::encode(sha.finalize())),
                n => sha.update(&buf[..n]),
            }
        }
    };
    DIGEST.get_or_init(read).clone()
}

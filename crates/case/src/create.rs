//! A new case: its identity, its secret, and its first entry.

use crate::entries;
use crate::error::{CaseError, Result};
use crate::import::{Statement, write_statements};
use crate::store::Store;
use ledger::{Json, VerifierKey};
use std::path::Path;

/// Makes `path`, a new case. Title and name are kept as salted rows; entries know the pseudonym A1.
pub fn create(path: &Path, title: Option<&str>, examiner: Option<&str>) -> Result<()> {
    make(path, title, examiner, None)
}

/// As `create`, with the key that signs the case's checkpoints from the first; it can sign now.
pub fn create_signed(path: &Path, title: Option<&str>, examiner: Option<&str>, key: &VerifierKey) -> Result<()> {
    crate::keys::signer(key)?;
    make(path, title, examiner, Some(key))
}

fn make(path: &Path, title: Option<&str>, examiner: Option<&str>, key: Option<&VerifierKey>) -> Result<()> {
    let mut store = Store::create(path)?;
    let made = first_entry(&mut store, title, examiner, key);
    if made.is_err() {
        drop(store);
        // Nothing was in it yet: half a case would only be in the way of the next try.
        let _ = std::fs::remove_file(path);
    }
    made
}

fn first_entry(store: &mut Store, title: Option<&str>, examiner: Option<&str>, key: Option<&VerifierKey>) -> Result<()> {
    let secret: [u8; 32] = random()?;
    let nonce: [u8; 32] = random()?;
    let case = uuid(random()?);
    store.db.execute("INSERT INTO secret VALUES ('case', ?1)", [secret.as_slice()])?;
    entries::append_to(store, &case, "case.create", |store, seq| {
        let mut said = Vec::new();
        if let Some(title) = title {
            said.push(Statement { kind: "title".into(), about: None, value: Some(title.into()) });
        }
        if let Some(name) = examiner {
            said.push(Statement { kind: "person".into(), about: Some("A1".into()), value: Some(name.into()) });
        }
        Ok(vec![
            ("nonce", Json::hex(&nonce)),
            ("suite", Json::Text("SHA-256, RFC 9162".into())),
            ("key", key.map_or(Json::Null, |k| Json::Text(k.to_string()))),
            ("outputs", write_statements(store, seq, &said)?),
        ])
    })?;
    Ok(())
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| CaseError::Io(std::io::Error::other(e.to_string())))?;
    Ok(bytes)
}

/// RFC 9562 version 4.
fn uuid(mut b: [u8; 16]) -> String {
    b[6] = b[6] & 0x0f | 0x40;
    b[8] = b[8] & 0x3f | 0x80;
    let h = hex::encode(b);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

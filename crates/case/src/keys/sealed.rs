//! A seed under a passphrase: Argon2id (RFC 9106) makes the key, ChaCha20-Poly1305 (RFC 8439)
//! closes the box, and the box is bound to the verifier key it belongs to.

use super::passphrase::Passphrase;
use crate::error::{CaseError, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub type Seed = Zeroizing<[u8; 32]>;

/// Argon2id as new files have it: 64 MiB, three passes; the second choice of RFC 9106 section 4,
/// with one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// Most a file may ask for.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 16;

/// The box as it is written: everything that is needed to open it, but the passphrase.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedSeed {
    /// "argon2id", version 1.3.
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    /// 16 bytes, hex.
    salt: String,
    /// "chacha20-poly1305"; the verifier key's text is its associated data.
    cipher: String,
    /// 12 bytes, hex.
    nonce: String,
    /// 32 bytes of the seed and 16 of the tag, hex.
    seed: String,
}

pub fn seal(seed: &Seed, key: &str, passphrase: &Passphrase) -> Result<SealedSeed> {
    let salt: [u8; 16] = crate::create::random()?;
    let nonce: [u8; 12] = crate::create::random()?;
    let cipher = cipher(passphrase, &salt, MEMORY_KIB, PASSES, 1)?;
    let payload = Payload { msg: seed.as_slice(), aad: key.as_bytes() };
    let closed = cipher.encrypt(&nonce.into(), payload).map_err(|_| CaseError::Key("the key can not be encrypted".into()))?;
    Ok(SealedSeed {
        kdf: "argon2id".into(),
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: 1,
        salt: hex::encode(salt),
        cipher: "chacha20-poly1305".into(),
        nonce: hex::encode(nonce),
        seed: hex::encode(closed),
    })
}

/// The seed; None where the passphrase is another, or the box was changed.
pub fn open(sealed: &SealedSeed, key: &str, passphrase: &Passphrase) -> Result<Option<Seed>> {
    let damaged = |what: &str| CaseError::Key(format!("the file of the key {key} is damaged: {what}"));
    if sealed.kdf != "argon2id" || sealed.cipher != "chacha20-poly1305" {
        return Err(damaged("another method than this version knows"));
    }
    if sealed.memory_kib > MOST_MEMORY_KIB || sealed.passes > MOST_PASSES || sealed.lanes > MOST_LANES {
        return Err(damaged("it asks for too much memory or time"));
    }
    let salt = hex::decode(&sealed.salt).ok().filter(|s| s.len() == 16).ok_or_else(|| damaged("the salt"))?;
    let nonce: [u8; 12] = hex::decode(&sealed.nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(|| damaged("the nonce"))?;
    let closed = hex::decode(&sealed.seed).map_err(|_| damaged("the seed"))?;
    let cipher = cipher(passphrase, &salt, sealed.memory_kib, sealed.passes, sealed.lanes)?;
    let Ok(seed) = cipher.decrypt(&nonce.into(), Payload { msg: &closed, aad: key.as_bytes() }) else { return Ok(None) };
    let seed = Zeroizing::new(seed);
    let seed = <[u8; 32]>::try_from(seed.as_slice()).map_err(|_| damaged("the seed's length"))?;
    Ok(Some(Zeroizing::new(seed)))
}

fn cipher(passphrase: &Passphrase, salt: &[u8], memory_kib: u32, passes: u32, lanes: u32) -> Result<ChaCha20Poly1305> {
    let failed = |e: argon2::Error| CaseError::Key(format!("the passphrase can not be stretched: {e}"));
    let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(failed)?;
    let mut key = Zeroizing::new([0u8; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.bytes(), salt, key.as_mut_slice()).map_err(failed)?;
    Ok(ChaCha20Poly1305::new((&*key).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.to_owned())).unwrap()
    }

    #[test]
    fn a_seed_comes_back_with_its_passphrase_and_key_alone() {
        let seed = Zeroizing::new([7; 32]);
        let mut sealed = seal(&seed, "name+key", &passphrase("correct")).unwrap();
        assert!(!serde_json::to_string(&sealed).unwrap().contains(&hex::encode(*seed)));
        assert_eq!(open(&sealed, "name+key", &passphrase("correct")).unwrap().as_deref(), Some(&[7; 32]));
        assert!(open(&sealed, "name+key", &passphrase("Correct")).unwrap().is_none());
        assert!(open(&sealed, "name+other", &passphrase("correct")).unwrap().is_none());
        sealed.memory_kib = u32::MAX;
        assert!(open(&sealed, "name+key", &passphrase("correct")).is_err());
    }
}

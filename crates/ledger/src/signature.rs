//! Keys and signatures of checkpoints. Source: C2SP signed-note, RFC 8032.

use crate::{Checkpoint, SignatureLine, base64_decode, base64_encode, hex_encode, sha256};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::fmt;

/// Algorithm byte of Ed25519 in signed notes.
const ED25519: u8 = 1;
/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A key that checks signatures: its name and public half.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

/// A text that is no verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifierKeyFault(pub &'static str);

impl fmt::Display for VerifierKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a verifier key: {}", self.0)
    }
}
impl std::error::Error for VerifierKeyFault {}

impl VerifierKey {
    /// A key by its parts. Whether the bytes are a point of the curve is not asked here: a key
    /// that is none verifies nothing.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, VerifierKeyFault> {
        if !is_key_name(name) {
            return Err(VerifierKeyFault("a name with a space, a `+` or nothing in it"));
        }
        Ok(Self { name: name.to_owned(), public })
    }

    /// Reads `<name>+<key id>+<base64>`; refuses every other text of the same key.
    pub fn read(text: &str) -> Result<Self, VerifierKeyFault> {
        let fault = |what| Err(VerifierKeyFault(what));
        // Base64 may hold a `+`, a name may not: the first two are the separators.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return fault("not three parts with `+` between");
        };
        let Some(bytes) = base64_decode(bytes) else { return fault("its base64") };
        let Some((&ED25519, public)) = bytes.split_first() else { return fault("not of Ed25519") };
        let Ok(public) = <[u8; 32]>::try_from(public) else { return fault("not 32 bytes") };
        let key = Self::new(name, public)?;
        if hex_encode(&key.id()) != id {
            return fault("its id is not that of its name and bytes");
        }
        Ok(key)
    }

    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }
    /// First four bytes of `H( name | 0a | 01 | public key )`.
    pub fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &[ED25519], &self.public]);
        [a, b, c, d]
    }

    /// Whether `signature` is this key's over exactly `text`. Strict: a key or a nonce of small
    /// order and a scalar past the order of the group are refused, so that a signature binds key
    /// and text.
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(&self.public), Signature::from_slice(signature)) else {
            return false;
        };
        key.verify_strict(text, &signature).is_ok()
    }

    /// Whether a line of a note names this key.
    pub fn is_named_by(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.bytes.get(..4) == Some(&self.id())
    }
    /// Whether a line of a checkpoint is this key's signature over it.
    pub fn signed(&self, checkpoint: &Checkpoint, line: &SignatureLine) -> bool {
        let signature = line.bytes.get(4..).unwrap_or_default();
        self.is_named_by(line) && self.verifies(checkpoint.signed_text().as_bytes(), signature)
    }
}

/// The key's one text: `<name>+<key id, hex>+<base64 of 01 and the public key>`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<u8> = std::iter::once(ED25519).chain(self.public).collect();
        write!(f, "{}+{}+{}", self.name, hex_encode(&self.id()), base64_encode(&bytes))
    }
}

/// Whether a key may have this name: at least one character, no white space, no control
/// character, no `+`.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A key that signs. Its secret is wiped when it is dropped, and never printed.
pub struct NoteSigner {
    key: VerifierKey,
    secret: SigningKey,
}

impl NoteSigner {
    /// The key of a 32-byte seed. Source: RFC 8032 5.1.5.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, VerifierKeyFault> {
        let secret = SigningKey::from_bytes(seed);
        Ok(Self { key: VerifierKey::new(name, secret.verifying_key().to_bytes())?, secret })
    }
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }
    pub fn sign(&self, text: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.secret.sign(text).to_bytes()
    }
    /// The line that goes under a checkpoint.
    pub fn line(&self, checkpoint: &Checkpoint) -> SignatureLine {
        let signature = self.sign(checkpoint.signed_text().as_bytes());
        SignatureLine { name: self.key.name.clone(), bytes: self.key.id().into_iter().chain(signature).collect() }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.key)
    }
}

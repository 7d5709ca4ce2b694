use crate::{Hash, sha256};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 128 bits that keep a masked value from being guessed.
pub type Salt = [u8; 16];

type Hmac256 = Hmac<Sha256>;

/// The case's secret, from which every salt follows. 32 random bytes; no export reads it.
#[derive(Clone)]
pub struct CaseKey(pub [u8; 32]);

/// The secret of one import.
#[derive(Clone)]
pub struct ImportKey([u8; 32]);

impl CaseKey {
    /// `HMAC(K_case, SHA256(inputs | tool | params))`: the exact JSON bytes of those three values
    /// in the `import.begin` entry, one after another.
    pub fn import(&self, inputs: &[u8], tool: &[u8], params: &[u8]) -> ImportKey {
        ImportKey(mac(&self.0, &sha256(&[inputs, tool, params])))
    }
}

impl ImportKey {
    /// `HMAC(K_import, leaf tag)`. Rows of two tables share numbers; without a key of its own, a
    /// table's disclosed salt would open the masked field of the same number in another table.
    pub(crate) fn table(&self, leaf_tag: &[u8; 4]) -> TableKey {
        TableKey(keyed(&mac(&self.0, leaf_tag)))
    }
}

impl std::fmt::Debug for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CaseKey(secret)")
    }
}
impl std::fmt::Debug for ImportKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportKey(secret)")
    }
}

/// A keyed state that is cloned for each salt, so that the key is hashed once an import.
#[derive(Clone)]
pub(crate) struct TableKey(Hmac256);

impl TableKey {
    /// `HMAC(K_table, row u64 | field u8)[..16]`.
    pub(crate) fn salt(&self, row: u64, field: u8) -> Salt {
        let mut mac = self.0.clone();
        mac.update(&row.to_le_bytes());
        mac.update(&[field]);
        let full: Hash = mac.finalize().into_bytes().into();
        full.first_chunk().copied().unwrap_or_default()
    }
}

fn keyed(key: &[u8; 32]) -> Hmac256 {
    // A key no longer than a block is padded with zeros: the same key, and no error to handle.
    let mut block = [0u8; 64];
    if let Some(start) = block.first_chunk_mut::<32>() {
        *start = *key;
    }
    Hmac256::new(&block.into())
}

fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

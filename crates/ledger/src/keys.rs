use crate::sha256;
use hmac::{Hmac, KeyInit, Mac};
use lanes::{Block, Messages, START, State};
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
        TableKey::new(&mac(&self.0, leaf_tag))
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

/// HMAC with the key hashed once an import: the states after the key's two blocks. Source: RFC 2104.
#[derive(Clone)]
pub(crate) struct TableKey {
    inner: State,
    outer: State,
}

impl TableKey {
    fn new(key: &[u8; 32]) -> Self {
        let start = |pad: u8| {
            let mut block: Block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
            lanes::after(START, &block)
        };
        Self { inner: start(0x36), outer: start(0x5c) }
    }
    /// Begins the inner hash of the salt of one field.
    pub(crate) fn inner(&self, row: u64, field: u8, work: &mut Messages) {
        let mut message = [field; 9];
        if let Some(front) = message.first_chunk_mut::<8>() {
            *front = row.to_le_bytes();
        }
        work.one(self.inner, size_of::<Block>() as u64, message);
    }
    /// Begins the outer hash over an inner one; the front of its digest is the salt.
    pub(crate) fn outer(&self, inner: &State, work: &mut Messages) {
        work.one(self.outer, size_of::<Block>() as u64, lanes::digest(inner));
    }
    /// `HMAC(K_table, row u64 | field u8)[..16]`.
    pub(crate) fn salt(&self, row: u64, field: u8) -> Salt {
        let (mut inner, mut outer) = (Messages::default(), Messages::default());
        self.inner(row, field, &mut inner);
        inner.hash().iter().for_each(|state| self.outer(state, &mut outer));
        outer.hash().first().map(front).unwrap_or_default()
    }
}

/// The salt that an outer hash ends in.
pub(crate) fn front(outer: &State) -> Salt {
    lanes::digest(outer).first_chunk().copied().unwrap_or_default()
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

//! The ledger against vectors of another implementation, against a naive one, and under attack.

mod attacks;
mod blocks;
mod chain;
mod checkpoint;
mod json;
mod keys;
mod naive;
mod packages;
mod proof;
mod rows;
mod tree;

use serde_json::Value;

/// A file of `vectors/`.
fn vectors(name: &str) -> Value {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
fn bytes(v: &Value) -> Vec<u8> {
    hex::decode(v.as_str().unwrap()).unwrap()
}
fn hash(v: &Value) -> ledger::Hash {
    bytes(v).try_into().unwrap()
}
fn hashes(v: &Value) -> Vec<ledger::Hash> {
    v.as_array().unwrap().iter().map(hash).collect()
}

/// Pseudo-random numbers with a seed, so that a failure can be repeated. Source: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Every cut of `text` at a few hundred lengths and a few hundred flipped bytes.
fn mutations(text: &[u8]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = (0..text.len()).step_by((text.len() / 200).max(1)).map(|n| text[..n].to_vec()).collect();
    let mut random = Random(text.len() as u64);
    for _ in 0..300 {
        let mut copy = text.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(copy.len());
            copy[at] ^= 1 << random.below(8);
        }
        if copy != text {
            out.push(copy);
        }
    }
    out
}

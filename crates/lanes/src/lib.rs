//! Hashes where the time goes: many short SHA-256 messages at once, and MD5 of a stream. A row is hashed as some fifteen messages of one or two
//! blocks; the instructions for SHA-256 wait for their own results, so that three messages side by
//! side take little more time than one. Why this is a crate of ours: docs/decisions/0009.
#![deny(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation
    )
)]

mod md5;
mod plain;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use md5::Md5;

/// The eight words that a block is mixed into.
pub type State = [u32; 8];

/// A block of a message.
pub type Block = [u8; 64];

/// Where every message starts. Source: FIPS 180-4, 5.3.3.
pub const START: State = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The state after a block.
pub fn after(mut state: State, block: &Block) -> State {
    plain::compress(&mut state, std::slice::from_ref(block));
    state
}

/// The five words of SHA-1.
pub type State1 = [u32; 5];

/// Where every SHA-1 starts. Source: FIPS 180-4, 5.3.1.
pub const START1: State1 = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// Mixes the blocks of two messages into their states, side by side as far as both reach, and those of
/// the second into a SHA-1 too where one is given.
pub fn two(states: &mut [State; 2], sha1: Option<&mut State1>, blocks: [&[Block]; 2]) {
    #[cfg(target_arch = "x86_64")]
    let Some(sha1) = x86::two(states, sha1, blocks) else { return };
    for (state, blocks) in states.iter_mut().zip(blocks) {
        plain::compress(state, blocks);
    }
    if let Some(state) = sha1 {
        plain::compress1(state, blocks[1]);
    }
}

/// SHA-1 of a message that was mixed into a state up to its last, unfinished block.
pub fn end1(mut state: State1, before: u64, rest: &[u8]) -> [u8; 20] {
    let mut last = Messages::default();
    last.begin(START, before);
    last.put(rest);
    last.end();
    plain::compress1(&mut state, last.bytes.as_chunks::<64>().0);
    let mut out = [0u8; 20];
    let (words, _) = out.as_chunks_mut::<4>();
    for (bytes, word) in words.iter_mut().zip(&state) {
        *bytes = word.to_be_bytes();
    }
    out
}

/// A state as the bytes of a digest.
pub fn digest(state: &State) -> [u8; 32] {
    let mut out = [0u8; 32];
    let (words, _) = out.as_chunks_mut::<4>();
    for (bytes, word) in words.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    out
}

/// Messages to be hashed together. Its memory is kept when it is cleared.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    bytes: Vec<u8>,
    /// Length of `bytes` where the message at hand began, and what was hashed before it.
    begun: usize,
    before: u64,
    states: Vec<State>,
    /// First block of each message; a message ends where the next begins.
    firsts: Vec<usize>,
}

impl Messages {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.states.clear();
        self.firsts.clear();
    }

    /// Begins a message that goes on from a state after `before` bytes, whole blocks of them.
    pub fn begin(&mut self, state: State, before: u64) {
        self.begun = self.bytes.len();
        self.before = before;
        self.states.push(state);
        self.firsts.push(self.begun >> 6);
    }
    /// Adds a message whose one last block is `bytes`, after `before` bytes; at most 55 bytes fit.
    #[inline]
    pub fn one<const N: usize>(&mut self, state: State, before: u64, bytes: [u8; N]) {
        const { assert!(N <= 55) }
        let mut block: Block = [0; 64];
        if let Some((front, [end, ..])) = block.split_first_chunk_mut::<N>() {
            (*front, *end) = (bytes, 0x80);
        }
        let bits = before.saturating_add(N as u64).saturating_mul(8);
        if let Some(end) = block.last_chunk_mut::<8>() {
            *end = bits.to_be_bytes();
        }
        self.states.push(state);
        self.firsts.push(self.bytes.len() >> 6);
        self.bytes.extend_from_slice(&block);
    }
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
    /// Ends the message. Source: FIPS 180-4, 5.1.1.
    pub fn end(&mut self) {
        let length = self.bytes.len().saturating_sub(self.begun) as u64;
        let bits = self.before.saturating_add(length).saturating_mul(8);
        self.bytes.push(0x80);
        // The length takes the last eight bytes of a block.
        let filled = self.bytes.len().saturating_add(8).next_multiple_of(size_of::<Block>());
        self.bytes.resize(filled.saturating_sub(8), 0);
        self.bytes.extend_from_slice(&bits.to_be_bytes());
    }

    /// Hashes all that were ended: their last states, in order.
    pub fn hash(&mut self) -> &[State] {
        let (blocks, _) = self.bytes.as_chunks::<64>();
        #[cfg(target_arch = "x86_64")]
        if x86::hash(&mut self.states, &self.firsts, blocks) {
            return &self.states;
        }
        plain::hash(&mut self.states, &self.firsts, blocks);
        &self.states
    }
}

/// The blocks of message `n`.
fn blocks_of<'b>(firsts: &[usize], blocks: &'b [Block], n: usize) -> &'b [Block] {
    let first = firsts.get(n).copied().unwrap_or(blocks.len());
    let next = firsts.get(n.saturating_add(1)).copied().unwrap_or(blocks.len());
    blocks.get(first..next).unwrap_or_default()
}

#[cfg(test)]
mod tests;

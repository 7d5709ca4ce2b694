//! One message after the other, by the library that the rest of the program hashes with.

use crate::{Block, State, State1, blocks_of};

pub fn compress(state: &mut State, blocks: &[Block]) {
    sha2::block_api::compress256(state, blocks);
}

pub fn compress1(state: &mut State1, blocks: &[Block]) {
    sha1::block_api::compress(state, blocks);
}

pub fn hash(states: &mut [State], firsts: &[usize], blocks: &[Block]) {
    for (n, state) in states.iter_mut().enumerate() {
        compress(state, blocks_of(firsts, blocks, n));
    }
}

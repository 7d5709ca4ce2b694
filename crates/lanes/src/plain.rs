//! One message after the other, by the library that the rest of the program hashes with.

use crate::{Block, State, blocks_of};

pub fn compress(state: &mut State, blocks: &[Block]) {
    sha2::block_api::compress256(state, blocks);
}

pub fn hash(states: &mut [State], firsts: &[usize], blocks: &[Block]) {
    for (n, state) in states.iter_mut().enumerate() {
        compress(state, blocks_of(firsts, blocks, n));
    }
}

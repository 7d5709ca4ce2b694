use super::*;
use proptest::prelude::*;
use sha1::Sha1;
use sha2::{Digest, Sha256};

fn hash_all(messages: &[Vec<u8>]) -> Vec<[u8; 32]> {
    let mut all = Messages::default();
    for m in messages {
        all.begin(START, 0);
        let (front, back) = m.split_at(m.len() / 2);
        all.put(front);
        all.put(back);
        all.end();
    }
    all.hash().iter().map(digest).collect()
}

fn expected(messages: &[Vec<u8>]) -> Vec<[u8; 32]> {
    messages.iter().map(|m| Sha256::digest(m).into()).collect()
}

#[test]
fn every_length_about_a_block() {
    for count in 0..8 {
        for length in (0..=130).step_by(1) {
            let messages: Vec<Vec<u8>> = (0..count).map(|n| vec![n as u8; length + n * 7]).collect();
            assert_eq!(hash_all(&messages), expected(&messages), "{count} messages from {length} bytes");
        }
    }
}

#[test]
fn without_the_instructions_too() {
    let messages: Vec<Vec<u8>> = (0..9).map(|n| vec![n as u8; n * 31]).collect();
    let mut all = Messages::default();
    for m in &messages {
        all.begin(START, 0);
        all.put(m);
        all.end();
    }
    let (blocks, _) = all.bytes.as_chunks::<64>();
    plain::hash(&mut all.states, &all.firsts, blocks);
    assert_eq!(all.states.iter().map(digest).collect::<Vec<_>>(), expected(&messages));
}

#[test]
fn a_message_goes_on_from_a_state() {
    let block = [7u8; 64];
    let mut all = Messages::default();
    for n in 0..5u8 {
        all.begin(after(START, &block), 64);
        all.put(&[n; 20]);
        all.end();
    }
    let found: Vec<[u8; 32]> = all.hash().iter().map(digest).collect();
    let whole: Vec<Vec<u8>> = (0..5u8).map(|n| [block.as_slice(), &[n; 20]].concat()).collect();
    assert_eq!(found, expected(&whole));
    all.clear();
    let start = after(START, &block);
    all.one(start, 64, [3; 0]);
    all.one(start, 64, [3; 9]);
    all.one(start, 64, [3; 32]);
    all.one(start, 64, [3; 55]);
    let found: Vec<[u8; 32]> = all.hash().iter().map(digest).collect();
    let whole: Vec<Vec<u8>> = [0usize, 9, 32, 55].map(|n| [block.as_slice(), &vec![3; n]].concat()).into();
    assert_eq!(found, expected(&whole));
    all.clear();
    assert!(all.hash().is_empty());
}

#[test]
fn two_messages_of_any_lengths() {
    let blocks: Vec<Block> = (0..9u8).map(|n| std::array::from_fn(|i| n.wrapping_mul(31) ^ i as u8)).collect();
    for (a, b) in [(0, 0), (0, 3), (4, 4), (9, 2), (5, 9)] {
        let mut states = [START, START.map(|w| w.wrapping_add(1))];
        let mut plain = states;
        let (mut sha1, mut plain1) = (START1, START1);
        let mut with_sha1 = states;
        two(&mut with_sha1, Some(&mut sha1), [&blocks[..a], &blocks[9 - b..]]);
        plain::compress1(&mut plain1, &blocks[9 - b..]);
        assert_eq!(sha1, plain1, "SHA-1 of {b} blocks beside {a}");
        two(&mut states, None, [&blocks[..a], &blocks[9 - b..]]);
        assert_eq!(states, with_sha1);
        plain::compress(&mut plain[0], &blocks[..a]);
        plain::compress(&mut plain[1], &blocks[9 - b..]);
        assert_eq!(states, plain, "{a} and {b} blocks");
    }
}

#[test]
fn sha1_ends() {
    for n in [0usize, 1, 55, 56, 63] {
        let rest = vec![5u8; n];
        assert_eq!(end1(START1, 0, &rest), <[u8; 20]>::from(Sha1::digest(&rest)), "{n} bytes");
    }
}

proptest! {
    #[test]
    fn as_the_library(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
        prop_assert_eq!(hash_all(&messages), expected(&messages));
    }
}

#[test]
fn md5_of_every_length_in_any_pieces() {
    let bytes: Vec<u8> = (0..400u32).map(|n| (n.wrapping_mul(0x9e37_79b1) >> 11) as u8).collect();
    for length in 0..bytes.len() {
        for piece in [1, 3, 63, 64, 65, 200, 400] {
            let mut state = Md5::default();
            for piece in bytes[..length].chunks(piece) {
                state.update(piece);
            }
            assert_eq!(state.finish(), <[u8; 16]>::from(::md5::Md5::digest(&bytes[..length])), "{length} bytes by {piece}");
        }
    }
}

//! Three messages side by side with the SHA instructions of x86. Source: Intel 64 and IA-32
//! Architectures Software Developer's Manual, volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2.

use crate::{Block, State, State1, blocks_of};
use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi8, _mm_set_epi32, _mm_set_epi64x, _mm_setzero_si128,
    _mm_sha1msg1_epu32, _mm_sha1msg2_epu32, _mm_sha1nexte_epu32, _mm_sha1rnds4_epu32, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32,
    _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32, _mm_xor_si128,
};

/// Messages side by side: a fourth would no longer fit the registers.
const LANES: usize = 3;

/// Constants of four rounds each. Source: FIPS 180-4, 4.2.2.
const ROUNDS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

fn able() -> bool {
    std::is_x86_feature_detected!("sha") && std::is_x86_feature_detected!("sse4.1")
}

/// Hashes messages of the states given; false where the processor lacks the instructions.
#[expect(unsafe_code, reason = "the call of a function that needs instructions which were just asked for")]
pub fn hash(states: &mut [State], firsts: &[usize], blocks: &[Block]) -> bool {
    let able = able();
    if able {
        // SAFETY: the processor has the instructions that the function is compiled for.
        unsafe { hash_with_instructions(states, firsts, blocks) };
    }
    able
}

/// As `lanes::two`; gives the SHA-1 back where the processor lacks the instructions.
#[expect(unsafe_code, reason = "the call of a function that needs instructions which were just asked for")]
pub fn two<'s>(states: &mut [State; 2], sha1: Option<&'s mut State1>, blocks: [&[Block]; 2]) -> Option<Option<&'s mut State1>> {
    if !able() {
        return Some(sha1);
    }
    // SAFETY: the processor has the instructions that the function is compiled for.
    unsafe { two_with_instructions(states, sha1, blocks) };
    None
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn two_with_instructions(states: &mut [State; 2], sha1: Option<&mut State1>, [a, b]: [&[Block]; 2]) {
    let [x, y] = states;
    let mut both = [load_state(x), load_state(y)];
    let together = a.len().min(b.len());
    let (a, more_of_a) = a.split_at(together);
    let (b, more_of_b) = b.split_at(together);
    if let Some(state) = sha1 {
        let mut one = load_state1(state);
        for (a, b) in a.iter().zip(b) {
            compress_with_sha1(&mut both, &mut one, [a, b]);
        }
        *state = store_state1(&one);
        crate::plain::compress1(state, more_of_b);
    } else {
        for (a, b) in a.iter().zip(b) {
            compress(&mut both, [a, b]);
        }
    }
    let [mut first, mut second] = both;
    for (state, blocks) in [(&mut first, more_of_a), (&mut second, more_of_b)] {
        for block in blocks {
            let mut one = [*state];
            compress(&mut one, [block]);
            [*state] = one;
        }
    }
    (*x, *y) = (store_state(&first), store_state(&second));
}

/// A message on its way.
#[derive(Clone, Copy)]
struct Lane<'b> {
    message: usize,
    state: [__m128i; 2],
    blocks: &'b [Block],
}

#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn hash_with_instructions(states: &mut [State], firsts: &[usize], blocks: &[Block]) {
    let mut next = 0usize;
    let mut start = |states: &[State]| {
        // A message has at least one block.
        let state = states.get(next)?;
        let lane = Lane { message: next, state: load_state(state), blocks: blocks_of(firsts, blocks, next) };
        next = next.saturating_add(1);
        Some(lane)
    };
    let mut lanes: [Option<Lane<'_>>; LANES] = [start(states), start(states), start(states)];
    while let [Some(a), Some(b), Some(c)] = &mut lanes {
        let together = a.blocks.len().min(b.blocks.len()).min(c.blocks.len());
        for n in 0..together {
            if let (Some(x), Some(y), Some(z)) = (a.blocks.get(n), b.blocks.get(n), c.blocks.get(n)) {
                let mut three = [a.state, b.state, c.state];
                compress(&mut three, [x, y, z]);
                [a.state, b.state, c.state] = three;
            }
        }
        for lane in &mut lanes {
            let Some(at) = lane else { continue };
            at.blocks = at.blocks.get(together..).unwrap_or_default();
            if at.blocks.is_empty() {
                if let Some(state) = states.get_mut(at.message) {
                    *state = store_state(&at.state);
                }
                *lane = start(states);
            }
        }
    }
    for lane in lanes.iter_mut().flatten() {
        for block in lane.blocks {
            let mut one = [lane.state];
            compress(&mut one, [block]);
            [lane.state] = one;
        }
        if let Some(state) = states.get_mut(lane.message) {
            *state = store_state(&lane.state);
        }
    }
}

/// The sixteen words of a block that come next.
#[derive(Clone, Copy)]
struct Words {
    w0: __m128i,
    w1: __m128i,
    w2: __m128i,
    w3: __m128i,
}

fn word(n: u32) -> i32 {
    n.cast_signed()
}

/// The instructions want words a, b, e, f and c, d, g, h together.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn load_state(state: &State) -> [__m128i; 2] {
    let [a, b, c, d, e, f, g, h] = *state;
    [_mm_set_epi32(word(a), word(b), word(e), word(f)), _mm_set_epi32(word(c), word(d), word(g), word(h))]
}

#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn store_state([abef, cdgh]: &[__m128i; 2]) -> State {
    [
        _mm_extract_epi32::<3>(*abef).cast_unsigned(),
        _mm_extract_epi32::<2>(*abef).cast_unsigned(),
        _mm_extract_epi32::<3>(*cdgh).cast_unsigned(),
        _mm_extract_epi32::<2>(*cdgh).cast_unsigned(),
        _mm_extract_epi32::<1>(*abef).cast_unsigned(),
        _mm_extract_epi32::<0>(*abef).cast_unsigned(),
        _mm_extract_epi32::<1>(*cdgh).cast_unsigned(),
        _mm_extract_epi32::<0>(*cdgh).cast_unsigned(),
    ]
}

/// Four words of a block, big-endian as they stand.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn load(low: [u8; 8], high: [u8; 8]) -> __m128i {
    let order = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    _mm_shuffle_epi8(_mm_set_epi64x(i64::from_le_bytes(high), i64::from_le_bytes(low)), order)
}

#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn load_words(block: &Block) -> Words {
    match block.as_chunks::<8>() {
        ([a, b, c, d, e, f, g, h], []) => Words { w0: load(*a, *b), w1: load(*c, *d), w2: load(*e, *f), w3: load(*g, *h) },
        _ => Words { w0: _mm_setzero_si128(), w1: _mm_setzero_si128(), w2: _mm_setzero_si128(), w3: _mm_setzero_si128() },
    }
}

// Four rounds of every lane with the words `$w`, in whose place come those of sixteen rounds on. Rounds
// are written out, since a loop would keep the words in memory; those of all lanes stand side by side,
// so that one is under way while another waits.
macro_rules! rounds {
    ($states:ident, $words:ident, $n:literal, $w:ident, $w1:ident, $w2:ident, $w3:ident) => {
        let [a, b, c, d] = const { ROUNDS[$n] };
        let constants = _mm_set_epi32(word(d), word(c), word(b), word(a));
        for ([abef, cdgh], words) in $states.iter_mut().zip(&mut $words) {
            let Words { $w, $w1, $w2, $w3 } = words;
            let t = _mm_add_epi32(*$w, constants);
            if $n < 12 {
                let sum = _mm_add_epi32(_mm_sha256msg1_epu32(*$w, *$w1), _mm_alignr_epi8::<4>(*$w3, *$w2));
                *$w = _mm_sha256msg2_epu32(sum, *$w3);
            }
            *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, t);
            *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0x0E>(t));
        }
    };
}

// Four rounds of SHA-1, in the same manner. Source: FIPS 180-4, 6.1.2.
macro_rules! rounds1 {
    ($state:ident, $words:ident, $n:literal, $w:ident, $w1:ident, $w2:ident, $w3:ident) => {
        let Words { $w, $w1, $w2, $w3 } = &mut $words;
        let e = if $n == 0 { _mm_add_epi32($state.e, *$w) } else { _mm_sha1nexte_epu32($state.e, *$w) };
        if $n < 16 {
            *$w = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(*$w, *$w1), *$w2), *$w3);
        }
        $state.e = $state.abcd;
        $state.abcd = _mm_sha1rnds4_epu32::<{ $n / 5 }>($state.abcd, e);
    };
}

/// Mixes a block into each state.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress<const N: usize>(states: &mut [[__m128i; 2]; N], blocks: [&Block; N]) {
    let before = *states;
    let mut words = [load_words(&[0; 64]); N];
    for (words, block) in words.iter_mut().zip(blocks) {
        *words = load_words(block);
    }
    macro_rules! sixteen_rounds {
        ($n:literal, $m:literal, $o:literal, $p:literal) => {
            rounds!(states, words, $n, w0, w1, w2, w3);
            rounds!(states, words, $m, w1, w2, w3, w0);
            rounds!(states, words, $o, w2, w3, w0, w1);
            rounds!(states, words, $p, w3, w0, w1, w2);
        };
    }
    sixteen_rounds!(0, 1, 2, 3);
    sixteen_rounds!(4, 5, 6, 7);
    sixteen_rounds!(8, 9, 10, 11);
    sixteen_rounds!(12, 13, 14, 15);
    for ([abef, cdgh], [a, c]) in states.iter_mut().zip(before) {
        *abef = _mm_add_epi32(*abef, a);
        *cdgh = _mm_add_epi32(*cdgh, c);
    }
}

/// SHA-1 under way: `e` is the highest word, and within a block the words a to d of four rounds before.
#[derive(Clone, Copy)]
struct Sha1 {
    abcd: __m128i,
    e: __m128i,
}

#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn load_state1(state: &State1) -> Sha1 {
    let [a, b, c, d, e] = *state;
    Sha1 { abcd: _mm_set_epi32(word(a), word(b), word(c), word(d)), e: _mm_set_epi32(word(e), 0, 0, 0) }
}

#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn store_state1(state: &Sha1) -> State1 {
    [
        _mm_extract_epi32::<3>(state.abcd).cast_unsigned(),
        _mm_extract_epi32::<2>(state.abcd).cast_unsigned(),
        _mm_extract_epi32::<1>(state.abcd).cast_unsigned(),
        _mm_extract_epi32::<0>(state.abcd).cast_unsigned(),
        _mm_extract_epi32::<3>(state.e).cast_unsigned(),
    ]
}

/// The instructions for SHA-1 want the first of four words highest.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn reversed(words: Words) -> Words {
    Words {
        w0: _mm_shuffle_epi32::<0x1B>(words.w0),
        w1: _mm_shuffle_epi32::<0x1B>(words.w1),
        w2: _mm_shuffle_epi32::<0x1B>(words.w2),
        w3: _mm_shuffle_epi32::<0x1B>(words.w3),
    }
}

/// As `compress`, and mixes the second block into a SHA-1 too.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress_with_sha1(states: &mut [[__m128i; 2]; 2], sha1: &mut Sha1, [a, b]: [&Block; 2]) {
    let (before, mut one) = (*states, *sha1);
    let mut words = [load_words(a), load_words(b)];
    let mut words1 = reversed(words[1]);
    macro_rules! sixteen_rounds {
        ($n:literal, $m:literal, $o:literal, $p:literal) => {
            rounds!(states, words, $n, w0, w1, w2, w3);
            rounds1!(one, words1, $n, w0, w1, w2, w3);
            rounds!(states, words, $m, w1, w2, w3, w0);
            rounds1!(one, words1, $m, w1, w2, w3, w0);
            rounds!(states, words, $o, w2, w3, w0, w1);
            rounds1!(one, words1, $o, w2, w3, w0, w1);
            rounds!(states, words, $p, w3, w0, w1, w2);
            rounds1!(one, words1, $p, w3, w0, w1, w2);
        };
    }
    sixteen_rounds!(0, 1, 2, 3);
    sixteen_rounds!(4, 5, 6, 7);
    sixteen_rounds!(8, 9, 10, 11);
    sixteen_rounds!(12, 13, 14, 15);
    rounds1!(one, words1, 16, w0, w1, w2, w3);
    rounds1!(one, words1, 17, w1, w2, w3, w0);
    rounds1!(one, words1, 18, w2, w3, w0, w1);
    rounds1!(one, words1, 19, w3, w0, w1, w2);
    for ([abef, cdgh], [a, c]) in states.iter_mut().zip(before) {
        *abef = _mm_add_epi32(*abef, a);
        *cdgh = _mm_add_epi32(*cdgh, c);
    }
    sha1.e = _mm_sha1nexte_epu32(one.e, sha1.e);
    sha1.abcd = _mm_add_epi32(one.abcd, sha1.abcd);
}

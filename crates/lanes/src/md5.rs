//! MD5 of a stream. No processor has an instruction for it, and every step waits for the one before:
//! it is what a pass over evidence takes longest for, and what counts is how few instructions stand
//! between a step's result and the next. Source: RFC 1321.

use crate::Block;

/// Where every MD5 starts. Source: RFC 1321, 3.3.
const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// 2^32 times the sine of 1 to 64 without its sign. Source: RFC 1321, 3.4.
static SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// MD5 of what it was given so far.
#[derive(Clone, Debug)]
pub struct Md5 {
    state: [u32; 4],
    rest: Vec<u8>,
    bytes: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        Self { state: START, rest: Vec::new(), bytes: 0 }
    }
}

impl Md5 {
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.bytes = self.bytes.wrapping_add(bytes.len() as u64);
        if !self.rest.is_empty() {
            let (taken, left) = bytes.split_at(bytes.len().min(size_of::<Block>().saturating_sub(self.rest.len())));
            self.rest.extend_from_slice(taken);
            if self.rest.len() < size_of::<Block>() {
                return;
            }
            compress(&mut self.state, self.rest.as_chunks().0);
            self.rest.clear();
            bytes = left;
        }
        let (blocks, rest) = bytes.as_chunks();
        compress(&mut self.state, blocks);
        self.rest.extend_from_slice(rest);
    }

    /// Source: RFC 1321, 3.1 and 3.2.
    pub fn finish(mut self) -> [u8; 16] {
        self.rest.push(0x80);
        let filled = self.rest.len().saturating_add(8).next_multiple_of(size_of::<Block>());
        self.rest.resize(filled.saturating_sub(8), 0);
        self.rest.extend_from_slice(&self.bytes.wrapping_mul(8).to_le_bytes());
        compress(&mut self.state, self.rest.as_chunks().0);
        let mut out = [0; 16];
        for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        out
    }
}

/// One of the four functions of RFC 1321, 3.4, on the words but the oldest. The second is a sum where
/// the text has an or: its halves share no bit, and the half without `$x`, the word that was made
/// last, need not wait for it.
macro_rules! mixed {
    (f $sum:expr, $x:ident $y:ident $z:ident) => {
        $sum.wrapping_add((($y ^ $z) & $x) ^ $z)
    };
    (g $sum:expr, $x:ident $y:ident $z:ident) => {
        $sum.wrapping_add($y & !$z).wrapping_add($x & $z)
    };
    (h $sum:expr, $x:ident $y:ident $z:ident) => {
        $sum.wrapping_add(($y ^ $z) ^ $x)
    };
    (i $sum:expr, $x:ident $y:ident $z:ident) => {
        $sum.wrapping_add($y ^ ($x | !$z))
    };
}

/// Sixteen steps: the words of the block from `first` in steps of `by`.
macro_rules! round {
    ($f:ident $block:ident $sines:ident $first:literal $by:literal $at:literal [$($turns:literal)+] $a:ident $b:ident $c:ident $d:ident) => {
        round!(@four $f $block $sines $first $by $at 0 [$($turns)+] $a $b $c $d);
        round!(@four $f $block $sines $first $by $at 4 [$($turns)+] $a $b $c $d);
        round!(@four $f $block $sines $first $by $at 8 [$($turns)+] $a $b $c $d);
        round!(@four $f $block $sines $first $by $at 12 [$($turns)+] $a $b $c $d);
    };
    (@four $f:ident $block:ident $sines:ident $first:literal $by:literal $at:literal $n:literal
     [$t0:literal $t1:literal $t2:literal $t3:literal] $a:ident $b:ident $c:ident $d:ident) => {
        round!(@step $f $block $sines ($first + $by * $n) ($at + $n) $t0 $a $b $c $d);
        round!(@step $f $block $sines ($first + $by * ($n + 1)) ($at + $n + 1) $t1 $d $a $b $c);
        round!(@step $f $block $sines ($first + $by * ($n + 2)) ($at + $n + 2) $t2 $c $d $a $b);
        round!(@step $f $block $sines ($first + $by * ($n + 3)) ($at + $n + 3) $t3 $b $c $d $a);
    };
    (@step $f:ident $block:ident $sines:ident ($word:expr) ($sine:expr) $turn:literal $a:ident $b:ident $c:ident $d:ident) => {
        let sum = $a.wrapping_add($block[const { $word % 16 }]).wrapping_add($sines[const { $sine }]);
        $a = mixed!($f sum, $b $c $d).rotate_left($turn).wrapping_add($b);
    };
}

fn compress(state: &mut [u32; 4], blocks: &[Block]) {
    // Hidden from the compiler, which otherwise adds each constant last, where the next step waits.
    let sines = std::hint::black_box(&SINES);
    let [mut a, mut b, mut c, mut d] = *state;
    for bytes in blocks {
        let mut block = [0u32; 16];
        for (word, bytes) in block.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let before = [a, b, c, d];
        round!(f block sines 0 1 0 [7 12 17 22] a b c d);
        round!(g block sines 1 5 16 [5 9 14 20] a b c d);
        round!(h block sines 5 3 32 [4 11 16 23] a b c d);
        round!(i block sines 0 7 48 [6 10 15 21] a b c d);
        a = a.wrapping_add(before[0]);
        b = b.wrapping_add(before[1]);
        c = c.wrapping_add(before[2]);
        d = d.wrapping_add(before[3]);
    }
    *state = [a, b, c, d];
}

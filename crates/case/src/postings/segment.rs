//! Pairs (key, row) as bytes: segments of at most 1,024 pairs in ascending order, and the directory
//! of the segments of one kind in one part.
//!
//! segment:   unit, first key, then for each key: (distance to the key before / unit) << 1 | whether
//!            it has several rows; if so their number - 2; the first row as its distance to the row
//!            before; further rows as distance - 1.
//! directory: pairs, last key, then the first key of each segment as its distance to the one before.
//!
//! All are varints of 7 bits a byte, low bits first; what may be negative is zigzag-coded.

/// Pairs of a full segment; only the last of a part may have fewer.
pub const PAIRS: usize = 1024;
/// Rows of a part; row numbers in pairs are within it.
pub const PART_ROWS: u32 = 1 << 18;

pub type Pair = (i64, u32);

/// A distance of this or more stands after its mark, whole.
const ESCAPE: u64 = u64::MAX >> 1;

pub fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, ((n << 1) ^ (n >> 63)).cast_unsigned());
}

/// Takes varints off the front; None once one is cut, too long, or not in its shortest form.
pub struct Taken<'b>(pub &'b [u8]);

impl Taken<'_> {
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        match self.0 {
            [one, rest @ ..] if *one < 0x80 => {
                self.0 = rest;
                Some(u64::from(*one))
            }
            [one, two, rest @ ..] if *two < 0x80 => {
                self.0 = rest;
                (*two != 0).then_some(u64::from(one & 0x7f) | u64::from(*two) << 7)
            }
            [one, two, three, rest @ ..] if *three < 0x80 => {
                self.0 = rest;
                let n = u64::from(one & 0x7f) | u64::from(two & 0x7f) << 7 | u64::from(*three) << 14;
                (*three != 0).then_some(n)
            }
            _ => self.long(),
        }
    }
    /// A number of several bytes.
    fn long(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            n |= bits << shift;
            if *byte < 0x80 {
                return (*byte != 0).then_some(n);
            }
        }
        None
    }
    #[inline]
    fn signed(&mut self) -> Option<i64> {
        let n = self.number()?;
        Some((n >> 1).cast_signed() ^ -((n & 1).cast_signed()))
    }
}

/// Greatest common divisor of the distances between keys: times of a log are whole seconds.
fn unit(pairs: &[Pair]) -> u64 {
    let mut unit = 0u64;
    for two in pairs.windows(2) {
        let [(a, _), (b, _)] = two else { continue };
        let (mut x, mut y) = (b.wrapping_sub(*a).cast_unsigned(), unit);
        // Nearly always a multiple of what is known.
        if y != 0 && x % y == 0 {
            continue;
        }
        while y != 0 {
            (x, y) = (y, x % y);
        }
        unit = x;
        if unit == 1 {
            break;
        }
    }
    unit.max(1)
}

/// Appends the pairs, which ascend.
pub fn encode(pairs: &[Pair], out: &mut Vec<u8>) {
    let Some((first, _)) = pairs.first() else { return };
    let unit = unit(pairs);
    put(out, unit);
    put_signed(out, *first);
    let (mut key, mut row) = (*first, 0u32);
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let Some((k, _)) = group.first() else { continue };
        let distance = k.wrapping_sub(key).cast_unsigned() / unit;
        let several = group.len() > 1;
        put(out, distance.min(ESCAPE) << 1 | u64::from(several));
        if distance >= ESCAPE {
            put(out, distance);
        }
        if several {
            put(out, group.len() as u64 - 2);
        }
        for (i, (_, r)) in group.iter().enumerate() {
            if i == 0 {
                put_signed(out, i64::from(*r) - i64::from(row));
            } else {
                put(out, u64::from(r.wrapping_sub(row)).saturating_sub(1));
            }
            row = *r;
        }
        key = *k;
    }
}

/// Reads a segment of so many pairs into `out`; None where the bytes are no such segment. What is
/// read ascends, and rows are rows of a part.
pub fn decode(data: &[u8], pairs: usize, out: &mut Vec<Pair>) -> Option<()> {
    out.clear();
    out.reserve(pairs.min(PAIRS));
    let mut from = Taken(data);
    let unit = from.number().filter(|u| *u > 0)?;
    let mut key = from.signed()?;
    let mut row = 0u32;
    while out.len() < pairs {
        let token = from.number()?;
        let distance = match token >> 1 {
            ESCAPE => from.number().filter(|d| *d >= ESCAPE)?,
            near => near,
        };
        if (distance == 0) != out.is_empty() {
            return None;
        }
        key = key.checked_add_unsigned(distance.checked_mul(unit)?)?;
        let more = if token & 1 == 1 { from.number()?.checked_add(1)? } else { 0 };
        if more >= (pairs - out.len()) as u64 {
            return None;
        }
        let first = i64::from(row).checked_add(from.signed()?)?;
        row = u32::try_from(first).ok().filter(|r| *r < PART_ROWS)?;
        out.push((key, row));
        for _ in 0..more {
            // Of two numbers below it the sum is one.
            let distance = u32::try_from(from.number()?).ok().filter(|d| *d < PART_ROWS)?;
            row += distance + 1;
            if row >= PART_ROWS {
                return None;
            }
            out.push((key, row));
        }
    }
    from.0.is_empty().then_some(())
}

/// Where the segments of one kind in one part begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub pairs: usize,
    /// First key of each segment.
    pub firsts: Vec<i64>,
    pub last: i64,
}

impl Directory {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.firsts.len() * 4 + 16);
        put(&mut out, self.pairs as u64);
        put_signed(&mut out, self.last);
        let mut before = None;
        for first in &self.firsts {
            match before {
                None => put_signed(&mut out, *first),
                Some(b) => put(&mut out, first.wrapping_sub(b).cast_unsigned()),
            }
            before = Some(*first);
        }
        out
    }

    pub fn decode(data: &[u8]) -> Option<Self> {
        let mut from = Taken(data);
        let pairs = usize::try_from(from.number()?).ok().filter(|p| (1..=PART_ROWS as usize).contains(p))?;
        let last = from.signed()?;
        let mut firsts: Vec<i64> = Vec::with_capacity(pairs.div_ceil(PAIRS));
        for _ in 0..pairs.div_ceil(PAIRS) {
            firsts.push(match firsts.last() {
                None => from.signed()?,
                Some(before) => before.checked_add_unsigned(from.number()?)?,
            });
        }
        let whole = from.0.is_empty() && firsts.last().is_some_and(|f| *f <= last);
        whole.then_some(Self { pairs, firsts, last })
    }

    /// Pairs of a segment.
    pub fn len(&self, segment: usize) -> usize {
        self.pairs.saturating_sub(segment.saturating_mul(PAIRS)).min(PAIRS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 20
    }

    fn sample(seed: &mut u64, keys: u64, scale: i64, pairs: usize) -> Vec<Pair> {
        let mut all: Vec<Pair> = (0..pairs)
            .map(|_| ((next(seed) % keys).cast_signed().wrapping_mul(scale), (next(seed) % u64::from(PART_ROWS)) as u32))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn there_and_back() {
        let mut seed = 7;
        let mut far: Vec<Pair> = [(i64::MIN, 0), (-1, PART_ROWS - 1), (0, 0), (0, 5), (i64::MAX - 1, 3), (i64::MAX, 9)].into();
        for (keys, scale, pairs) in [(1, 1, 1024), (3, 1, 900), (50, 1_000_000, 1024), (1 << 40, 1, 1024), (1 << 30, -7, 10)] {
            let pairs = sample(&mut seed, keys, scale, pairs);
            let (mut bytes, mut read) = (Vec::new(), Vec::new());
            encode(&pairs, &mut bytes);
            decode(&bytes, pairs.len(), &mut read).unwrap();
            assert_eq!(read, pairs);
            assert!(decode(&bytes, pairs.len() + 1, &mut read).is_none());
            assert!(decode(&bytes[..bytes.len() - 1], pairs.len(), &mut read).is_none());
        }
        while !far.is_empty() {
            let (mut bytes, mut read) = (Vec::new(), Vec::new());
            encode(&far, &mut bytes);
            decode(&bytes, far.len(), &mut read).unwrap();
            assert_eq!(read, far);
            far.remove(0);
        }
    }

    #[test]
    fn hostile_bytes() {
        let mut seed = 3;
        for round in 0..20_000 {
            let pairs = sample(&mut seed, 1 << (round % 40), 1_000, 1 + round % 60);
            let (mut bytes, mut read) = (Vec::new(), Vec::new());
            encode(&pairs, &mut bytes);
            for _ in 0..=round % 3 {
                let at = next(&mut seed) as usize % bytes.len();
                bytes[at] = next(&mut seed) as u8;
            }
            if decode(&bytes, pairs.len(), &mut read).is_some() {
                assert!(read.is_sorted() && read.len() == pairs.len() && read.iter().all(|p| p.1 < PART_ROWS));
            }
            let _ = Directory::decode(&bytes);
        }
    }

    #[test]
    fn directories() {
        let d = Directory { pairs: 2049, firsts: vec![-5, 0, i64::MAX], last: i64::MAX };
        assert_eq!(Directory::decode(&d.encode()).unwrap(), d);
        assert_eq!([0, 1, 2, 3].map(|i| d.len(i)), [1024, 1024, 1, 0]);
        assert!(Directory::decode(&d.encode()[1..]).is_none());
    }
}

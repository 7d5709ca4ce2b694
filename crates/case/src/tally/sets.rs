//! Sets of subjects as they are stored: exact, and small where they are small.
//!
//! A set is `00`, then the members in rising order, each as the difference from the one before in
//! 7-bit groups, low group first; or `01`, then a 64-bit bitmap in the portable Roaring format. The
//! second form is taken from 257 members on. Source: github.com/RoaringBitmap/RoaringFormatSpec.

use roaring::{MultiOps, RoaringTreemap};

/// Larger sets are bitmaps.
const MOST_LISTED: usize = 256;

/// The stored form of members in rising order, each once; None of no members.
pub fn encode(members: &[u64]) -> Option<Vec<u8>> {
    if members.is_empty() {
        return None;
    }
    if members.len() > MOST_LISTED {
        let mut set = RoaringTreemap::new();
        set.extend(members.iter().copied());
        return encode_set(&set);
    }
    let mut out = vec![0];
    let mut before = 0u64;
    for m in members {
        let mut rest = m.wrapping_sub(before);
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
        before = *m;
    }
    Some(out)
}

/// A union of sets as it grows. Members of lists are gathered and sorted once, which is many times as
/// fast as to put each into a bitmap.
#[derive(Clone, Debug, Default)]
pub struct Union {
    /// In no order, some maybe more than once.
    list: Vec<u64>,
    /// To be united at once: one by one, each would be copied again and again.
    maps: Vec<RoaringTreemap>,
    /// Members of those maps, some maybe counted more than once; and at how many they are united.
    mapped: u64,
    most_mapped: u64,
}

impl Union {
    /// Members gathered before they go into a bitmap.
    const LONGEST_LIST: usize = 1 << 16;
    /// Bitmaps of fewer members are taken apart.
    const SHORT_MAP: u64 = 1 << 12;
    /// Bitmaps kept apart.
    const MOST_MAPS: usize = 64;
    /// Members in bitmaps kept apart, where they are not those of one large set.
    const MOST_MAPPED: u64 = 4 << 20;

    /// Adds a stored set; false where the bytes are none, of which some members may have been added.
    pub fn add(&mut self, stored: &[u8]) -> bool {
        let whole = match stored.split_first() {
            Some((0, rest)) => list(rest, &mut |m| self.list.push(m)),
            _ => {
                let mut map = RoaringTreemap::new();
                let whole = add_to(&mut map, stored);
                // A bitmap of few members has nearly as many parts as members, which cost more to unite than to sort.
                if map.len() < Self::SHORT_MAP {
                    self.list.extend(map);
                } else {
                    self.push(map);
                }
                whole
            }
        };
        self.bound();
        whole
    }
    fn merge(&mut self, other: Self) {
        self.list.extend(other.list);
        other.maps.into_iter().for_each(|map| self.push(map));
        self.bound();
    }
    fn bound(&mut self) {
        if self.list.len() > Self::LONGEST_LIST {
            self.tidy();
            let map = self.list.drain(..).collect();
            self.push(map);
        }
        if self.maps.len() > Self::MOST_MAPS || self.mapped > self.most_mapped.max(Self::MOST_MAPPED) {
            let all: RoaringTreemap = std::mem::take(&mut self.maps).into_iter().union();
            self.mapped = 0;
            self.most_mapped = all.len() * 2;
            self.push(all);
        }
    }
    fn push(&mut self, map: RoaringTreemap) {
        self.mapped += map.len();
        self.maps.push(map);
    }
    /// All members as a bitmap.
    fn map(mut self) -> RoaringTreemap {
        self.maps.push(self.list.into_iter().collect());
        self.maps.into_iter().union()
    }
    fn tidy(&mut self) {
        self.list.sort_unstable();
        self.list.dedup();
    }
    fn is_empty(&self) -> bool {
        self.list.is_empty() && self.maps.iter().all(RoaringTreemap::is_empty)
    }
    /// How many members there are.
    pub fn count(mut self) -> u64 {
        self.tidy();
        if self.maps.is_empty() { self.list.len() as u64 } else { self.map().len() }
    }
    /// The stored form, and how many members there are.
    pub fn encode(mut self) -> (Option<Vec<u8>>, u64) {
        self.tidy();
        if self.maps.is_empty() {
            return (encode(&self.list), self.list.len() as u64);
        }
        let map = self.map();
        (encode_set(&map), map.len())
    }
}

/// A set on its way to be stored. Most are never touched again, so that they stay as they are stored
/// until another is added.
#[derive(Clone, Debug)]
pub enum Set {
    /// In the stored form; empty where the set is.
    Stored(Vec<u8>),
    Open(Union),
}

impl Default for Set {
    fn default() -> Self {
        Self::Stored(Vec::new())
    }
}

impl Set {
    pub fn stored(bytes: Option<&[u8]>) -> Self {
        Self::Stored(bytes.unwrap_or_default().to_vec())
    }
    /// As `stored`, of bytes that may have been tampered with; None where they are no set.
    pub fn read(bytes: Option<&[u8]>) -> Option<Self> {
        let whole = bytes.is_none_or(|b| Union::default().add(b));
        whole.then(|| Self::stored(bytes))
    }
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Stored(bytes) => bytes.is_empty(),
            Self::Open(union) => union.is_empty(),
        }
    }
    /// Bytes of the stored form, where it is in that.
    pub fn stored_bytes(&self) -> usize {
        match self {
            Self::Stored(bytes) => bytes.len(),
            Self::Open(_) => 0,
        }
    }
    fn open(self) -> Union {
        match self {
            Self::Stored(bytes) => {
                let mut union = Union::default();
                union.add(&bytes);
                union
            }
            Self::Open(union) => union,
        }
    }
    /// Adds a set in its stored form; false where the bytes are none.
    pub fn add_stored(&mut self, stored: &[u8]) -> bool {
        let mut union = std::mem::take(self).open();
        let whole = union.add(stored);
        *self = Self::Open(union);
        whole
    }
    /// Puts it into its stored form, which is the shortest.
    pub fn close(&mut self) {
        *self = Self::Stored(std::mem::take(self).encode().0.unwrap_or_default());
    }
    pub fn add(&mut self, other: Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other;
            return;
        }
        let mut union = std::mem::take(self).open();
        match other {
            Self::Stored(bytes) => {
                union.add(&bytes);
            }
            Self::Open(other) => union.merge(other),
        }
        *self = Self::Open(union);
    }
    /// How many members there are.
    pub fn count(self) -> u64 {
        match self {
            Self::Stored(bytes) if bytes.is_empty() => 0,
            Self::Stored(bytes) => size(&bytes).unwrap_or(0),
            Self::Open(union) => union.count(),
        }
    }
    /// The stored form, and how many members there are.
    pub fn encode(self) -> (Option<Vec<u8>>, u64) {
        match self {
            Self::Stored(bytes) if bytes.is_empty() => (None, 0),
            Self::Stored(bytes) => {
                let members = size(&bytes).unwrap_or(0);
                (Some(bytes), members)
            }
            Self::Open(union) => union.encode(),
        }
    }
}

/// How many members a stored set has; None where the bytes are no set.
pub fn size(stored: &[u8]) -> Option<u64> {
    let mut members = 0;
    if let [0, rest @ ..] = stored {
        return list(rest, &mut |_| members += 1).then_some(members);
    }
    let mut set = RoaringTreemap::new();
    add_to(&mut set, stored).then(|| set.len())
}

pub fn encode_set(set: &RoaringTreemap) -> Option<Vec<u8>> {
    if set.len() as usize <= MOST_LISTED {
        return encode(&set.iter().collect::<Vec<_>>());
    }
    let mut out = Vec::with_capacity(set.serialized_size() + 1);
    out.push(1);
    set.serialize_into(&mut out).ok()?;
    Some(out)
}

/// Gives the numbers of a list; false where the bytes are none.
fn list(mut rest: &[u8], take: &mut impl FnMut(u64)) -> bool {
    let mut before = 0u64;
    while !rest.is_empty() {
        let (mut value, mut shift) = (0u64, 0u32);
        loop {
            let Some((b, after)) = rest.split_first() else { return false };
            rest = after;
            if shift > 63 {
                return false;
            }
            value |= u64::from(b & 0x7f) << shift;
            shift += 7;
            if b & 0x80 == 0 {
                break;
            }
        }
        before = before.wrapping_add(value);
        take(before);
    }
    true
}

/// Adds the members of a stored set; false where the bytes are no set.
pub fn add_to(set: &mut RoaringTreemap, stored: &[u8]) -> bool {
    match stored.split_first() {
        Some((0, rest)) => list(rest, &mut |m| {
            set.insert(m);
        }),
        Some((1, rest)) => match RoaringTreemap::deserialize_from(rest) {
            Ok(other) => {
                *set |= other;
                true
            }
            Err(_) => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for n in [1usize, 2, 256, 257, 5000] {
            let members: Vec<u64> = (0..n as u64).map(|i| i * 77_777 + (i % 3) * (1 << 40)).collect();
            let mut members = members;
            members.sort_unstable();
            let stored = encode(&members).unwrap();
            let mut set = RoaringTreemap::new();
            assert!(add_to(&mut set, &stored));
            assert_eq!(set.iter().collect::<Vec<_>>(), members);
            assert_eq!(encode_set(&set).unwrap(), stored, "one form for one set");
        }
        assert_eq!(encode(&[]), None);
        assert_eq!(Set::default().encode(), (None, 0));
        for bad in [&b""[..], b"\x00\x80", b"\x01\xff\xff", b"\x02"] {
            let mut set = RoaringTreemap::new();
            assert!(!add_to(&mut set, bad), "{bad:?}");
        }
    }

    #[test]
    fn sets_add_up_whatever_their_form() {
        let sizes = [0usize, 1, 20, 250, 257, 5000, 70_000];
        for a in sizes {
            for b in sizes {
                let of = |n: usize, from: u64| (0..n as u64).map(|i| from + i * 3).collect::<Vec<_>>();
                let (x, y) = (of(a, 5), of(b, 11));
                let mut sum = Set::stored(encode(&x).as_deref());
                sum.add(Set::stored(encode(&y).as_deref()));
                let both: std::collections::BTreeSet<u64> = x.into_iter().chain(y).collect();
                let both: Vec<u64> = both.into_iter().collect();
                assert_eq!(sum.encode(), (encode(&both), both.len() as u64), "{a} and {b}");
            }
        }
    }
}

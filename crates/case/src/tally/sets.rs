//! Sets of subjects as they are stored: exact, and small where they are small.
//!
//! A set is `00`, then the members in rising order, each as the difference from the one before in
//! 7-bit groups, low group first; or `01`, then a 64-bit bitmap in the portable Roaring format. The
//! second form is taken from 257 members on. Source: github.com/RoaringBitmap/RoaringFormatSpec.

use roaring::{MultiOps, RoaringBitmap, RoaringTreemap};

/// Larger sets are bitmaps.
const MOST_LISTED: usize = 256;

/// The stored form of members in rising order, each once; None of no members.
pub fn encode(members: &[u64]) -> Option<Vec<u8>> {
    if members.len() > MOST_LISTED {
        return Some(bitmap(members, &RoaringTreemap::new()).0);
    }
    if members.is_empty() {
        return None;
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

/// The second form of members in rising order and those of a map, and how many there are. Written a part
/// at a time: as a map in memory, members that lie far apart take ten times as much.
fn bitmap(members: &[u64], map: &RoaringTreemap) -> (Vec<u8>, u64) {
    let (mut out, mut parts, mut count) = (vec![1; 9], 0u64, 0);
    let mut lists = members.chunk_by(|a, b| a >> 32 == b >> 32).peekable();
    let mut maps = map.bitmaps().peekable();
    let high_of = |list: &&[u64]| list.first().map_or(0, |m| (m >> 32) as u32);
    while let Some(high) = lists.peek().map(high_of).into_iter().chain(maps.peek().map(|(high, _)| *high)).min() {
        let list = lists.next_if(|list| high_of(list) == high);
        let map = maps.next_if(|(of, _)| *of == high).map(|(_, map)| map);
        let listed: Option<RoaringBitmap> = list.map(|list| list.iter().map(|m| *m as u32).collect());
        let both;
        let part = match (&listed, map) {
            (Some(one), Some(other)) => {
                both = one | other;
                &both
            }
            (Some(one), None) => one,
            (None, Some(other)) => other,
            (None, None) => break,
        };
        out.extend_from_slice(&high.to_le_bytes());
        // Nothing is refused by a vector.
        let _ = part.serialize_into(&mut out);
        parts += 1;
        count += part.len();
    }
    if let Some(place) = out.get_mut(1..9) {
        place.copy_from_slice(&parts.to_le_bytes());
    }
    (out, count)
}

/// Gives the parts of a set in the second form, behind its first byte: the upper halves of their members,
/// and those; false where the bytes are none.
fn parts(mut rest: &[u8], mut take: impl FnMut(u32, RoaringBitmap)) -> bool {
    let Some((count, after)) = rest.split_first_chunk::<8>() else { return false };
    rest = after;
    for _ in 0..u64::from_le_bytes(*count) {
        let Some((high, after)) = rest.split_first_chunk::<4>() else { return false };
        rest = after;
        let Ok(part) = RoaringBitmap::deserialize_from(&mut rest) else { return false };
        take(u32::from_le_bytes(*high), part);
    }
    true
}

/// A union of sets as it grows. Members of lists are gathered and sorted once, which is many times as
/// fast as to put each into a bitmap, and takes a tenth of the memory where they lie far apart.
#[derive(Clone, Debug)]
pub struct Union {
    /// In no order, some maybe more than once; and at how many they are sorted.
    list: Vec<u64>,
    most_listed: usize,
    /// To be united at once: one by one, each would be copied again and again.
    maps: Vec<RoaringTreemap>,
    /// Members of those maps, some maybe counted more than once; and at how many they are united.
    mapped: u64,
    most_mapped: u64,
}

impl Default for Union {
    fn default() -> Self {
        Self { list: Vec::new(), most_listed: Self::LONGEST_LIST, maps: Vec::new(), mapped: 0, most_mapped: Self::MOST_MAPPED }
    }
}

impl Union {
    /// Members gathered before they go into a bitmap.
    const LONGEST_LIST: usize = if cfg!(test) { 1 << 12 } else { 1 << 16 };
    /// Bitmaps of fewer members are taken apart, and those in whose containers there are fewer.
    const SHORT_MAP: u64 = 1 << 12;
    const SPARSE: u64 = 8;
    /// Bitmaps kept apart.
    const MOST_MAPS: usize = 64;
    /// Members in bitmaps kept apart, where they are not those of one large set.
    const MOST_MAPPED: u64 = 4 << 20;

    /// Adds a stored set; false where the bytes are none, of which some members may have been added.
    pub fn add(&mut self, stored: &[u8]) -> bool {
        let list = &mut self.list;
        let whole = match stored.split_first() {
            Some((0, rest)) => each_listed(rest, &mut |m| list.push(m)),
            Some((1, rest)) => {
                let mut dense = Vec::new();
                let whole = parts(rest, |high, part| {
                    // Two bytes a member, eight a container.
                    let containers = (part.serialized_size() as u64).saturating_sub(part.len() * 2) / 8;
                    if part.len() < Self::SHORT_MAP || part.len() < containers * Self::SPARSE {
                        list.extend(part.iter().map(|low| u64::from(high) << 32 | u64::from(low)));
                    } else {
                        dense.push((high, part));
                    }
                });
                if !dense.is_empty() {
                    self.push(RoaringTreemap::from_bitmaps(dense));
                }
                whole
            }
            _ => false,
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
        if self.list.len() > self.most_listed {
            self.tidy();
            let containers = self.list.chunk_by(|a, b| a >> 16 == b >> 16).count() as u64;
            if self.list.len() > Self::LONGEST_LIST && self.list.len() as u64 >= containers * Self::SPARSE {
                let map = self.list.drain(..).collect();
                self.push(map);
            }
            self.most_listed = Self::LONGEST_LIST.max(self.list.len() * 2);
        }
        if self.maps.len() > Self::MOST_MAPS || self.mapped > self.most_mapped {
            let all: RoaringTreemap = std::mem::take(&mut self.maps).into_iter().union();
            self.mapped = 0;
            self.most_mapped = Self::MOST_MAPPED.max(all.len() * 2);
            self.push(all);
        }
    }
    fn push(&mut self, map: RoaringTreemap) {
        self.mapped += map.len();
        self.maps.push(map);
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
        let map: RoaringTreemap = self.maps.into_iter().union();
        map.len() + self.list.iter().filter(|m| !map.contains(**m)).count() as u64
    }
    /// The stored form, and how many members there are.
    pub fn encode(mut self) -> (Option<Vec<u8>>, u64) {
        let mut map: RoaringTreemap = std::mem::take(&mut self.maps).into_iter().union();
        if map.len() <= MOST_LISTED as u64 {
            self.list.extend(std::mem::take(&mut map));
        }
        self.tidy();
        if map.is_empty() {
            return (encode(&self.list), self.list.len() as u64);
        }
        let (stored, count) = bitmap(&self.list, &map);
        (Some(stored), count)
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
    let whole = match stored.split_first() {
        Some((0, rest)) => each_listed(rest, &mut |_| members += 1),
        Some((1, rest)) => parts(rest, |_, part| members += part.len()),
        _ => false,
    };
    whole.then_some(members)
}

/// Gives the numbers of a list; false where the bytes are none.
fn each_listed(mut rest: &[u8], take: &mut impl FnMut(u64)) -> bool {
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
        Some((0, rest)) => each_listed(rest, &mut |m| {
            set.insert(m);
        }),
        Some((1, rest)) => {
            let mut all = Vec::new();
            let whole = parts(rest, |high, part| all.push((high, part)));
            *set |= RoaringTreemap::from_bitmaps(all);
            whole
        }
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
            let mut union = Union::default();
            assert!(union.add(&stored));
            assert_eq!(union.encode(), (Some(stored.clone()), n as u64), "one form for one set");
            if let Some(portable) = stored.strip_prefix(&[1]) {
                let mut written = Vec::new();
                set.serialize_into(&mut written).unwrap();
                assert_eq!(written, portable);
            }
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
        let sizes = [0usize, 1, 20, 250, 257, 5000, 20_000];
        let of = |n: usize, from: u64, apart: u64| (0..n as u64).map(|i| from + i * apart).collect::<Vec<_>>();
        // Close together, far apart, and one set of each.
        for (apart, other) in [(3, 3), (40_000, 40_000), (5 << 30, 5 << 30), (40_000, 3), (3, 5 << 30)] {
            for (a, b) in sizes.into_iter().flat_map(|a| sizes.map(|b| (a, b))) {
                let (x, y) = (of(a, 5, apart), of(b, 11, other));
                let mut sum = Set::stored(encode(&x).as_deref());
                sum.add(Set::stored(encode(&y).as_deref()));
                let both: std::collections::BTreeSet<u64> = x.into_iter().chain(y).collect();
                let both: Vec<u64> = both.into_iter().collect();
                assert_eq!(sum.clone().count(), both.len() as u64, "{a} and {b}");
                assert_eq!(sum.encode(), (encode(&both), both.len() as u64), "{a} and {b}");
            }
        }
    }
}

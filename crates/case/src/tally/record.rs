//! Counts on their way to be merged: a key whose bytes order alike on every machine, and sums.

use super::sets::Set;
use crate::address::Address;
use crate::words::text_or_blob;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;

/// What is summed under one key.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    pub requests: u64,
    pub served: u64,
    pub bytes: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// The key id, or `SEVERAL`.
    pub key: Option<Vec<u8>>,
    /// Kinds of data served, sorted, with commas between.
    pub kinds: Option<Vec<u8>>,
    /// Of pairs the subjects served, and those asked for in vain; of days subjects and third parties.
    pub got: Set,
    pub denied: Set,
}

impl Sums {
    pub fn add(&mut self, other: Sums) {
        self.requests = self.requests.saturating_add(other.requests);
        self.served = self.served.saturating_add(other.served);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = [self.last, other.last].into_iter().flatten().max();
        self.key = one_of(self.key.take(), other.key);
        if self.kinds != other.kinds {
            self.kinds = kinds([self.kinds.as_deref(), other.kinds.as_deref()].into_iter().flatten());
        }
        self.got.add(other.got);
        self.denied.add(other.denied);
    }
}

/// What is told of a key id where several were used.
pub const SEVERAL: &[u8] = b"(several)";

/// The only one of two, of which each may be none.
pub fn one_of(a: Option<Vec<u8>>, b: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a == b { a } else { SEVERAL.to_vec() }),
        (one, other) => one.or(other),
    }
}

/// The kinds of several lists, each once, as one list; None of none.
pub fn kinds<'a>(lists: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let all: BTreeSet<&[u8]> = lists.flat_map(|l| l.split(|b| *b == b',')).filter(|k| !k.is_empty()).collect();
    (!all.is_empty()).then(|| all.into_iter().collect::<Vec<_>>().join(&b','))
}

/// Writes numbers and byte strings one after another; `Reader` reads them back.
pub struct Record<'a>(pub &'a mut Vec<u8>);

impl Record<'_> {
    pub fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }
    fn signed(&mut self, n: Option<i64>) {
        match n {
            None => self.0.push(0),
            Some(n) => {
                self.0.push(1);
                self.0.extend_from_slice(&n.to_le_bytes());
            }
        }
    }
    /// Fixed-width length first, so that keys compare by their bytes.
    pub fn text(&mut self, text: Option<&[u8]>) {
        match text {
            None => self.0.push(0),
            Some(t) => {
                self.0.push(1);
                self.0.extend_from_slice(&(t.len() as u32).to_be_bytes());
                self.0.extend_from_slice(t);
            }
        }
    }
    pub fn ordered(&mut self, n: Option<i64>) {
        match n {
            None => self.0.push(0),
            Some(n) => {
                self.0.push(1);
                self.0.extend_from_slice(&(n.cast_unsigned() ^ 1 << 63).to_be_bytes());
            }
        }
    }
    /// An address in its stored form.
    pub fn address(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Integer(n) => {
                self.0.push(1);
                self.ordered(Some(n));
            }
            ValueRef::Blob(b) if b.len() == 16 => {
                self.0.push(2);
                self.0.extend_from_slice(b);
            }
            ValueRef::Text(b) | ValueRef::Blob(b) => {
                self.0.push(3);
                self.text(Some(b));
            }
            ValueRef::Null | ValueRef::Real(_) => self.0.push(0),
        }
    }
    pub fn sums(&mut self, s: Sums) {
        for n in [s.requests, s.served, s.bytes] {
            self.number(n);
        }
        self.signed(s.first);
        self.signed(s.last);
        self.text(s.key.as_deref());
        self.text(s.kinds.as_deref());
        for set in [s.got, s.denied] {
            self.text(set.encode().0.as_deref());
        }
    }
}

/// Reads what `Record` wrote; None where the bytes are something else.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
    pub fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            value |= u64::from(b & 0x7f).checked_shl(shift)?;
            if b & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    fn signed(&mut self) -> Option<Option<i64>> {
        Some(match self.byte()? {
            0 => None,
            _ => Some(i64::from_le_bytes(self.take(8)?.try_into().ok()?)),
        })
    }
    pub fn text(&mut self) -> Option<Option<&'a [u8]>> {
        Some(match self.byte()? {
            0 => None,
            _ => {
                let n = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
                Some(self.take(n as usize)?)
            }
        })
    }
    pub fn ordered(&mut self) -> Option<Option<i64>> {
        Some(match self.byte()? {
            0 => None,
            _ => Some((u64::from_be_bytes(self.take(8)?.try_into().ok()?) ^ 1 << 63).cast_signed()),
        })
    }
    pub fn address(&mut self) -> Option<Option<Address<'a>>> {
        Some(match self.byte()? {
            0 => None,
            1 => Some(Address::V4(i32::try_from(self.ordered()??).ok()?)),
            2 => Some(Address::V6(self.take(16)?.try_into().ok()?)),
            _ => self.text()?.map(Address::Text),
        })
    }
    pub fn sums(&mut self) -> Option<Sums> {
        let (requests, served, bytes) = (self.number()?, self.number()?, self.number()?);
        let (first, last) = (self.signed()?, self.signed()?);
        let key = self.text()?.map(<[u8]>::to_vec);
        let kinds = self.text()?.map(<[u8]>::to_vec);
        let (got, denied) = (Set::stored(self.text()?), Set::stored(self.text()?));
        Some(Sums { requests, served, bytes, first, last, key, kinds, got, denied })
    }
}

/// Text as SQLite holds it.
pub fn stored(text: Option<&[u8]>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, text_or_blob)
}

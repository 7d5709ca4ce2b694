//! Stored values as keys that are quickly compared.

use hashbrown::HashMap;
use rusqlite::types::ValueRef;

/// A stored value as a key: none, a number, or text and blobs by an interned number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ref(i64);

impl Ref {
    pub const NONE: Self = Self(i64::MIN);
    /// Stored numbers are words and addresses: far above these.
    const INTERNED: i64 = i64::MIN + 1;

    fn interned(n: usize) -> Self {
        Self(Self::INTERNED.saturating_add_unsigned(n as u64))
    }
    fn as_interned(self) -> Option<usize> {
        let n = self.0.checked_sub(Self::INTERNED)?;
        usize::try_from(n).ok().filter(|n| *n <= u32::MAX as usize)
    }
}

/// Text and blobs seen since the last spill.
#[derive(Default)]
pub struct Interner {
    numbers: HashMap<(bool, Box<[u8]>), Ref>,
    values: Vec<(bool, Box<[u8]>)>,
}

impl Interner {
    pub fn of(&mut self, value: ValueRef<'_>) -> Ref {
        let (is_text, bytes) = match value {
            ValueRef::Null | ValueRef::Real(_) => return Ref::NONE,
            ValueRef::Integer(n) => return Ref(n),
            ValueRef::Text(b) => (true, b),
            ValueRef::Blob(b) => (false, b),
        };
        let key: (bool, Box<[u8]>) = (is_text, bytes.into());
        if let Some(n) = self.numbers.get(&key) {
            return *n;
        }
        let n = Ref::interned(self.values.len());
        self.values.push(key.clone());
        self.numbers.insert(key, n);
        n
    }
    pub fn value(&self, r: Ref) -> ValueRef<'_> {
        if r == Ref::NONE {
            return ValueRef::Null;
        }
        let Some(n) = r.as_interned() else { return ValueRef::Integer(r.0) };
        match self.values.get(n) {
            Some((true, b)) => ValueRef::Text(b),
            Some((false, b)) => ValueRef::Blob(b),
            None => ValueRef::Null,
        }
    }
    pub fn len(&self) -> usize {
        self.values.len()
    }
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.values.clear();
    }
}

use std::fmt;

/// A value of a row that may be masked. Null differs from empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    Null,
    /// Raw bytes, valid UTF-8 or not.
    Text(&'a [u8]),
    Blob(&'a [u8]),
    Int(i64),
}

/// Fields whose encoding does not add up; `at` is the offset of the field that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFields {
    pub at: usize,
}

impl fmt::Display for BadFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field at byte {} is not a tag, a length and a value", self.at)
    }
}
impl std::error::Error for BadFields {}

impl<'a> Field<'a> {
    /// The value that a tag and its hashed bytes stand for; None where they do not fit.
    pub fn of(tag: u8, value: &'a [u8]) -> Option<Self> {
        match tag {
            0 => value.is_empty().then_some(Self::Null),
            1 => Some(Self::Text(value)),
            2 => Some(Self::Blob(value)),
            3 => value.try_into().ok().map(|int| Self::Int(i64::from_le_bytes(int))),
            _ => None,
        }
    }
    pub fn tag(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Text(_) => 1,
            Self::Blob(_) => 2,
            Self::Int(_) => 3,
        }
    }
    /// The bytes that are hashed: none for null, 8 little-endian for an integer.
    pub fn value_bytes<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Null => with(&[]),
            Self::Text(b) | Self::Blob(b) => with(b),
            Self::Int(i) => with(&i.to_le_bytes()),
        }
    }
    /// Appends `tag u8 | length u32 | value`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.tag());
        self.value_bytes(|value| {
            out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(value);
        });
    }
}

/// Walks fields encoded one after another as `tag u8 | length u32 | value`, in order.
pub(crate) struct EncodedFields<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> EncodedFields<'a> {
    pub(crate) fn new(encoded: &'a [u8]) -> Self {
        Self { rest: encoded, at: 0 }
    }
    fn split(&self) -> Option<(Field<'a>, &'a [u8])> {
        let ([tag, n @ ..], body) = self.rest.split_first_chunk::<5>()?;
        let (value, rest) = body.split_at_checked(u32::from_le_bytes(*n) as usize)?;
        Field::of(*tag, value).map(|field| (field, rest))
    }
}

impl<'a> Iterator for EncodedFields<'a> {
    type Item = Result<Field<'a>, BadFields>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((field, rest)) = self.split() else {
            self.rest = &[];
            return Some(Err(BadFields { at: self.at }));
        };
        self.at = self.at.saturating_add(self.rest.len().saturating_sub(rest.len()));
        self.rest = rest;
        Some(Ok(field))
    }
}

/// The fields of an encoded row.
pub fn decode_fields(encoded: &[u8]) -> Result<Vec<Field<'_>>, BadFields> {
    EncodedFields::new(encoded).collect()
}

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

impl Field<'_> {
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

/// Walks fields encoded one after another as `tag u8 | length u32 | value`, giving tag and value.
pub(crate) struct EncodedFields<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> EncodedFields<'a> {
    pub(crate) fn new(encoded: &'a [u8]) -> Self {
        Self { rest: encoded, at: 0 }
    }
    fn split(&self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let ([tag, n @ ..], body) = self.rest.split_first_chunk::<5>()?;
        let (value, rest) = body.split_at_checked(u32::from_le_bytes(*n) as usize)?;
        let fits = match tag {
            0 => value.is_empty(),
            1 | 2 => true,
            3 => value.len() == 8,
            _ => false,
        };
        fits.then_some((*tag, value, rest))
    }
}

impl<'a> Iterator for EncodedFields<'a> {
    type Item = Result<(u8, &'a [u8]), BadFields>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((tag, value, rest)) = self.split() else {
            self.rest = &[];
            return Some(Err(BadFields { at: self.at }));
        };
        self.at = self.at.saturating_add(self.rest.len().saturating_sub(rest.len()));
        self.rest = rest;
        Some(Ok((tag, value)))
    }
}

/// The fields of an encoded row.
pub fn decode_fields(encoded: &[u8]) -> Result<Vec<Field<'_>>, BadFields> {
    let mut at = 0usize;
    EncodedFields::new(encoded)
        .map(|field| {
            let (tag, value) = field?;
            let here = at;
            at = at.saturating_add(value.len()).saturating_add(5);
            match (tag, <[u8; 8]>::try_from(value)) {
                (0, _) => Ok(Field::Null),
                (1, _) => Ok(Field::Text(value)),
                (2, _) => Ok(Field::Blob(value)),
                (3, Ok(int)) => Ok(Field::Int(i64::from_le_bytes(int))),
                _ => Err(BadFields { at: here }),
            }
        })
        .collect()
}

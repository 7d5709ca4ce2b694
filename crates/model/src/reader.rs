use std::fmt;

/// What a field reader could not read, and where: position, expected, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub field: &'static str,
    /// Offset in the source the reader was given.
    pub at: u64,
    pub expected: String,
    pub found: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: expected {}, found {}", self.field, self.at, self.expected, self.found)
    }
}

impl std::error::Error for FieldError {}

/// Reads named little- or big-endian fields from bytes; every read checks its bounds and names
/// its field in the error.
#[derive(Clone)]
pub struct FieldReader<'a> {
    data: &'a [u8],
    base: u64,
    pos: usize,
}

macro_rules! number {
    ($name:ident, $name_be:ident, $t:ty, $n:literal) => {
        pub fn $name(&mut self, field: &'static str) -> Result<$t, FieldError> {
            self.array::<$n>(field).map(<$t>::from_le_bytes)
        }
        pub fn $name_be(&mut self, field: &'static str) -> Result<$t, FieldError> {
            self.array::<$n>(field).map(<$t>::from_be_bytes)
        }
    };
}

impl<'a> FieldReader<'a> {
    /// `base` is the offset of `data[0]` in its source, for error positions.
    pub fn new(data: &'a [u8], base: u64) -> Self {
        Self { data, base, pos: 0 }
    }
    pub fn position(&self) -> usize {
        self.pos
    }
    /// Offset in the source.
    pub fn offset(&self) -> u64 {
        self.base.saturating_add(self.pos as u64)
    }
    pub fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.pos)
    }
    pub fn seek(&mut self, pos: usize, field: &'static str) -> Result<(), FieldError> {
        if pos > self.data.len() {
            return Err(self.short(field, pos));
        }
        self.pos = pos;
        Ok(())
    }
    pub fn skip(&mut self, n: usize, field: &'static str) -> Result<(), FieldError> {
        self.seek(self.pos.saturating_add(n), field)
    }
    pub fn bytes(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], FieldError> {
        let end = self.pos.saturating_add(n);
        let out = self.data.get(self.pos..end).ok_or_else(|| self.short(field, n))?;
        self.pos = end;
        Ok(out)
    }
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FieldError> {
        let bytes = self.bytes(N, field)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.short(field, N))
    }
    pub fn u8(&mut self, field: &'static str) -> Result<u8, FieldError> {
        self.array::<1>(field).map(u8::from_le_bytes)
    }
    number!(u16, u16_be, u16, 2);
    number!(u32, u32_be, u32, 4);
    number!(u64, u64_be, u64, 8);
    number!(i64, i64_be, i64, 8);

    /// An error at the current position: the field was there, but not what the format allows.
    pub fn wrong(&self, field: &'static str, expected: impl Into<String>, found: impl fmt::Display) -> FieldError {
        FieldError { field, at: self.offset(), expected: expected.into(), found: found.to_string() }
    }
    fn short(&self, field: &'static str, n: usize) -> FieldError {
        self.wrong(field, format!("{n} bytes"), format!("{} bytes", self.remaining()))
    }
}

/// Bytes of one source that say what a row says. `source` is the number of the source within its
/// import; readers and parsers write 0 for "the bytes I was given", the importer sets the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub source: u32,
    /// Bytes from the start of the source.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

impl Span {
    /// A span of the bytes the reader was given.
    pub fn here(offset: u64, length: u64) -> Self {
        Self { source: 0, offset, length }
    }
}

//! The parts of a row's header that a proof leads on with: which bytes of which source the row
//! cites, and the digests of a source. Source: docs/format.md, "Headers".

use crate::Hash;

/// Bytes of one source, named by the source's row number within the import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub source: u32,
    pub offset: u64,
    pub length: u64,
}

/// What a source's header says of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDigests {
    /// Row of the parent source; None for the evidence itself.
    pub parent: Option<u32>,
    /// Code of the kind of source.
    pub kind: u8,
    pub bytes: u64,
    pub sha256: Option<Hash>,
    pub blocks_root: Option<Hash>,
}

/// The spans in the header of an event, file or finding; none for a source or a statement. None where the header
/// does not hold what its table requires.
pub fn header_spans(leaf_tag: &[u8; 4], header: &[u8]) -> Option<Vec<Span>> {
    let count_at = match leaf_tag {
        b"ROW1" => 30,
        b"FIL1" => 92,
        b"FND1" => 15,
        b"SRC1" => return source_digests(header).map(|_| Vec::new()),
        b"STM1" => return (header.len() == 8).then(Vec::new),
        _ => return None,
    };
    let (count, spans) = header.get(count_at..)?.split_first_chunk::<4>()?;
    let (spans, rest) = spans.as_chunks::<20>();
    if !rest.is_empty() || u32::from_le_bytes(*count) as usize != spans.len() {
        return None;
    }
    spans
        .iter()
        .map(|span| {
            let (source, numbers) = span.split_first_chunk::<4>()?;
            let (offset, length) = numbers.split_first_chunk::<8>()?;
            Some(Span {
                source: u32::from_le_bytes(*source),
                offset: u64::from_le_bytes(*offset),
                length: u64::from_le_bytes(*length.first_chunk()?),
            })
        })
        .collect()
}

/// Length and digests in the header of a source:
/// `parent u32 | kind u8 | bytes u64 | 0 or 1, sha256 | 0 or 1, blocks root`.
pub fn source_digests(header: &[u8]) -> Option<SourceDigests> {
    let (parent, rest) = header.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first()?;
    let (bytes, digests) = rest.split_first_chunk::<8>()?;
    let (sha256, rest) = digests.split_first_chunk::<33>()?;
    let digest = |[there, hash @ ..]: &[u8; 33]| match there {
        0 => Some(None),
        1 => Some(Some(*hash)),
        _ => None,
    };
    let parent = u32::from_le_bytes(*parent);
    Some(SourceDigests {
        parent: (parent != u32::MAX).then_some(parent),
        kind: *kind,
        bytes: u64::from_le_bytes(*bytes),
        sha256: digest(sha256)?,
        blocks_root: digest(rest.try_into().ok()?)?,
    })
}

//! Commitments to fields, and the two leaves of a row. Source: docs/format.md, "Rows".

use crate::field::EncodedFields;
use crate::keys::{TableKey, front};
use crate::{BadFields, Field, Hash, ImportKey, Salt, sha256};
use lanes::{Messages, START, digest};
use sha2::{Digest, Sha256};

/// The tags that keep the rows of one table apart from those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTags {
    /// Of the salted leaf, such as `ROW1`.
    pub leaf: [u8; 4],
    /// Of the content leaf, such as `CON1`.
    pub content: [u8; 4],
}

/// The leaf of a row in the salted tree, and in the tree two strangers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaves {
    pub row: Hash,
    pub content: Hash,
}

/// Hashes the rows of one table of one import; share it or clone it between threads.
#[derive(Clone)]
pub struct RowHasher {
    key: TableKey,
    import: u32,
    tags: RowTags,
}

/// A row to be hashed.
#[derive(Clone, Copy, Debug)]
pub struct EncodedRow<'a> {
    pub row: u64,
    pub header: &'a [u8],
    /// One after another, each as `tag u8 | length u32 | value`.
    pub fields: &'a [u8],
}

/// Memory for hashing rows, used again and again.
#[derive(Clone, Debug, Default)]
pub struct Work {
    inner: Messages,
    outer: Messages,
    commitments: Messages,
    leaves: Messages,
}

/// Rows that are hashed side by side: their messages fit a processor's nearest memory.
const TOGETHER: usize = 32;

impl RowHasher {
    /// `tags`: the table's leaf tag and content tag.
    pub fn new(key: &ImportKey, import: u32, tags: (&[u8; 4], &[u8; 4])) -> Self {
        Self { key: key.table(tags.0), import, tags: RowTags { leaf: *tags.0, content: *tags.1 } }
    }

    /// Both leaves of each row, appended to `out`. On an error the rows before its own may be there.
    pub fn leaves_of(&self, rows: &[EncodedRow<'_>], work: &mut Work, out: &mut Vec<Leaves>) -> Result<(), BadFields> {
        rows.chunks(TOGETHER).try_for_each(|rows| self.chunk(rows, work, out))
    }

    fn chunk(&self, rows: &[EncodedRow<'_>], work: &mut Work, out: &mut Vec<Leaves>) -> Result<(), BadFields> {
        let Work { inner, outer, commitments, leaves } = work;
        [&mut *inner, outer, commitments, leaves].into_iter().for_each(Messages::clear);
        for row in rows {
            for (number, field) in (0u8..=u8::MAX).zip(EncodedFields::new(row.fields)) {
                field?;
                self.key.inner(row.row, number, inner);
            }
        }
        inner.hash().iter().for_each(|state| self.key.outer(state, outer));
        let mut salts = outer.hash().iter().map(front);
        for row in rows {
            for (number, field) in (0u8..=u8::MAX).zip(EncodedFields::new(row.fields)) {
                let salt = salts.next().unwrap_or_default();
                let field = field?;
                commitments.begin(START, 0);
                commitments.put(&committed(number, &salt, &field));
                field.value_bytes(|value| commitments.put(value));
                commitments.end();
            }
        }
        let mut made = commitments.hash().iter().map(digest);
        for row in rows {
            leaves.begin(START, 0);
            leaves.put(&[0]);
            leaves.put(&self.tags.leaf);
            leaves.put(&self.import.to_le_bytes());
            leaves.put(&row.row.to_le_bytes());
            leaves.put(row.header);
            let fields = (0u8..=u8::MAX).zip(EncodedFields::new(row.fields)).count();
            made.by_ref().take(fields).for_each(|hash| leaves.put(&hash));
            leaves.end();
            leaves.begin(START, 0);
            leaves.put(&[0]);
            leaves.put(&self.tags.content);
            leaves.put(&row.row.to_le_bytes());
            leaves.put(row.header);
            leaves.put(row.fields);
            leaves.end();
        }
        let (pairs, _) = leaves.hash().as_chunks::<2>();
        out.extend(pairs.iter().map(|[row, content]| Leaves { row: digest(row), content: digest(content) }));
        Ok(())
    }

    /// Both leaves of a row whose fields are encoded.
    pub fn leaves_encoded(&self, row: u64, header: &[u8], encoded_fields: &[u8]) -> Result<Leaves, BadFields> {
        let mut out = Vec::with_capacity(1);
        self.leaves_of(&[EncodedRow { row, header, fields: encoded_fields }], &mut Work::default(), &mut out)?;
        out.pop().ok_or(BadFields { at: 0 })
    }

    /// Both leaves of a row.
    pub fn leaves(&self, row: u64, header: &[u8], fields: &[Field<'_>]) -> Leaves {
        let mut leaf = begin(&self.tags.leaf);
        leaf.update(self.import.to_le_bytes());
        leaf.update(row.to_le_bytes());
        leaf.update(header);
        for (number, field) in (0u8..=u8::MAX).zip(fields) {
            leaf.update(commitment(number, &self.key.salt(row, number), field));
        }
        Leaves { row: leaf.finalize().into(), content: content_leaf(&self.tags.content, row, header, fields) }
    }

    /// The salt of one field: what is disclosed together with the field's value.
    pub fn salt(&self, row: u64, field: u8) -> Salt {
        self.key.salt(row, field)
    }
    pub fn import(&self) -> u32 {
        self.import
    }
    pub fn tags(&self) -> RowTags {
        self.tags
    }
}

/// `SHA256(02 | field u8 | salt[16] | tag u8 | value)`.
pub fn commitment(number: u8, salt: &Salt, field: &Field<'_>) -> Hash {
    field.value_bytes(|value| sha256(&[&committed(number, salt, field), value]))
}

/// What a commitment hashes before the value.
fn committed(number: u8, salt: &Salt, field: &Field<'_>) -> [u8; 19] {
    let mut front = [0u8; 19];
    let [prefix, f, rest @ .., tag] = &mut front;
    (*prefix, *f, *tag) = (2, number, field.tag());
    rest.copy_from_slice(salt);
    front
}

/// `SHA256(00 | leaf tag | import u32 | row u64 | header | commitments)`.
pub fn row_leaf(leaf_tag: &[u8; 4], import: u32, row: u64, header: &[u8], commitments: &[Hash]) -> Hash {
    let mut leaf = begin(leaf_tag);
    leaf.update(import.to_le_bytes());
    leaf.update(row.to_le_bytes());
    leaf.update(header);
    leaf.update(commitments.as_flattened());
    leaf.finalize().into()
}

/// `SHA256(00 | content tag | row u64 | header | for each field: tag u8 | length u32 | value)`.
pub fn content_leaf(content_tag: &[u8; 4], row: u64, header: &[u8], fields: &[Field<'_>]) -> Hash {
    let mut leaf = begin(content_tag);
    leaf.update(row.to_le_bytes());
    leaf.update(header);
    for field in fields {
        field.value_bytes(|value| {
            leaf.update([field.tag()]);
            leaf.update(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            leaf.update(value);
        });
    }
    leaf.finalize().into()
}

fn begin(tag: &[u8; 4]) -> Sha256 {
    let mut leaf = Sha256::new();
    leaf.update([0]);
    leaf.update(tag);
    leaf
}

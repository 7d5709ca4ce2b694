//! Commitments to fields, and the two leaves of a row. Source: docs/format.md, "Rows".

use crate::field::EncodedFields;
use crate::keys::TableKey;
use crate::{BadFields, Field, Hash, ImportKey, Salt, sha256};
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

/// Hashes the rows of one table of one import. Allocates nothing for a row; share it or clone it
/// between threads.
#[derive(Clone)]
pub struct RowHasher {
    key: TableKey,
    import: u32,
    tags: RowTags,
}

impl RowHasher {
    /// `tags`: the table's leaf tag and content tag.
    pub fn new(key: &ImportKey, import: u32, tags: (&[u8; 4], &[u8; 4])) -> Self {
        Self { key: key.table(tags.0), import, tags: RowTags { leaf: *tags.0, content: *tags.1 } }
    }

    /// Both leaves of a row whose fields are encoded one after another as
    /// `tag u8 | length u32 | value`.
    pub fn leaves_encoded(&self, row: u64, header: &[u8], encoded_fields: &[u8]) -> Result<Leaves, BadFields> {
        let mut leaf = begin(&self.tags.leaf);
        leaf.update(self.import.to_le_bytes());
        leaf.update(row.to_le_bytes());
        leaf.update(header);
        for (number, field) in (0u8..=u8::MAX).zip(EncodedFields::new(encoded_fields)) {
            leaf.update(commitment(number, &self.key.salt(row, number), &field?));
        }
        let mut content = begin(&self.tags.content);
        content.update(row.to_le_bytes());
        content.update(header);
        content.update(encoded_fields);
        Ok(Leaves { row: leaf.finalize().into(), content: content.finalize().into() })
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
    let mut front = [0u8; 19];
    let [prefix, f, rest @ .., tag] = &mut front;
    (*prefix, *f, *tag) = (2, number, field.tag());
    rest.copy_from_slice(salt);
    field.value_bytes(|value| sha256(&[&front, value]))
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

use crate::{Frontier, Hash, TreeHead, sha256};

/// One member of a folder or archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member<'a> {
    /// As the folder or archive stores it, `/` between names; UTF-8 or not.
    pub path: &'a [u8],
    /// Length of the content.
    pub bytes: u64,
    pub sha256: Hash,
}

impl Member<'_> {
    /// `SHA256(00 | "MEM1" | path length u32 | path | bytes u64 | sha256)`.
    pub fn leaf(&self) -> Hash {
        let length = u32::try_from(self.path.len()).unwrap_or(u32::MAX).to_le_bytes();
        sha256(&[&[0], b"MEM1", &length, self.path, &self.bytes.to_le_bytes(), &self.sha256])
    }
}

/// The tree over the members of a folder or archive, in byte order of their paths; members of one
/// path follow by length, then digest. The order given does not matter.
pub fn members_root(members: &mut [Member<'_>]) -> TreeHead {
    members.sort_unstable();
    let mut tree = Frontier::new();
    for member in members.iter() {
        tree.push(member.leaf(), |_, _, _| {});
    }
    tree.head()
}

//! Verification of inclusion and consistency paths, step by step as RFC 9162 writes it.

use crate::{Hash, TreeHead, node_hash};

/// Whether `leaf` is leaf number `index` of the tree `head`. Source: RFC 9162 2.1.3.2.
pub fn verify_inclusion(leaf: &Hash, index: u64, path: &[Hash], head: &TreeHead) -> bool {
    if index >= head.size {
        return false;
    }
    let mut walk = Walk { node: index, last: head.size.saturating_sub(1) };
    let mut root = *leaf;
    for sibling in path {
        if walk.last == 0 {
            return false;
        }
        root = if walk.sibling_is_left() {
            walk.skip_missing_levels();
            node_hash(sibling, &root)
        } else {
            node_hash(&root, sibling)
        };
        walk.up();
    }
    walk.last == 0 && root == head.root
}

/// Whether the tree `new` begins with the tree `old`. Source: RFC 9162 2.1.4.2. Every tree begins
/// with the empty one; that and two equal heads are proved by an empty path.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, path: &[Hash]) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == new.size {
        return path.is_empty() && old.root == new.root;
    }
    if old.size == 0 {
        return path.is_empty() && old.root == TreeHead::EMPTY.root;
    }
    let mut walk = Walk { node: old.size.saturating_sub(1), last: new.size.saturating_sub(1) };
    while walk.node & 1 == 1 {
        walk.up();
    }
    // Where the old tree is one full subtree, its root is the first hash and is left out.
    let (first, rest) = if old.size.is_power_of_two() {
        (old.root, path)
    } else {
        match path.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return false,
        }
    };
    let (mut old_root, mut new_root) = (first, first);
    for hash in rest {
        if walk.last == 0 {
            return false;
        }
        if walk.sibling_is_left() {
            old_root = node_hash(hash, &old_root);
            new_root = node_hash(hash, &new_root);
            walk.skip_missing_levels();
        } else {
            new_root = node_hash(&new_root, hash);
        }
        walk.up();
    }
    walk.last == 0 && old_root == old.root && new_root == new.root
}

/// Number of the node on the way up, and of the last node of its level.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
    fn sibling_is_left(&self) -> bool {
        self.node & 1 == 1 || self.node == self.last
    }
    /// The last node of a level with an odd count has no sibling until its number is odd.
    fn skip_missing_levels(&mut self) {
        while self.node & 1 == 0 && self.node != 0 {
            self.up();
        }
    }
}

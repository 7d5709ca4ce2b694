use crate::{hash, hashes, naive, vectors};
use ledger::{
    EMPTY_ROOT, Frontier, Hash, MemoryTree, Nodes, Tile, TreeBuilder, TreeHead, consistency_path, inclusion_path, leaf_hash,
    root_of, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

pub fn leaves(n: usize) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(i.to_string().as_bytes())).collect()
}

#[test]
fn vectors_of_another_implementation() {
    let v = vectors("tree.json");
    let all = leaves(70_000);
    let tree: MemoryTree = all.iter().copied().collect();
    for r in v["roots"].as_array().unwrap() {
        let size = r["size"].as_u64().unwrap();
        let mut frontier = Frontier::new();
        all[..size as usize].iter().for_each(|l| frontier.push(*l, |_, _, _| {}));
        assert_eq!(frontier.root(), hash(&r["root"]), "root of {size}");
        assert_eq!(tree.head_at(size).unwrap().root, hash(&r["root"]), "root at {size}");
    }
    for p in v["inclusion"].as_array().unwrap() {
        let (size, index) = (p["size"].as_u64().unwrap(), p["index"].as_u64().unwrap());
        let path = tree.inclusion(index, size).unwrap();
        assert_eq!(path, hashes(&p["path"]), "leaf {index} of {size}");
        assert!(verify_inclusion(&all[index as usize], index, &path, &tree.head_at(size).unwrap()));
    }
    for p in v["consistency"].as_array().unwrap() {
        let (old, new) = (p["old"].as_u64().unwrap(), p["new"].as_u64().unwrap());
        let path = tree.consistency(old, new).unwrap();
        assert_eq!(path, hashes(&p["path"]), "{old} within {new}");
        assert!(verify_consistency(&tree.head_at(old).unwrap(), &tree.head_at(new).unwrap(), &path));
    }
}

#[test]
fn every_small_tree_agrees_with_the_naive_one() {
    let all = leaves(70);
    let tree: MemoryTree = all.iter().copied().collect();
    for n in 0..=70usize {
        let head = tree.head_at(n as u64).unwrap();
        assert_eq!(head.root, naive::root(&all[..n]));
        for i in 0..n {
            let path = tree.inclusion(i as u64, n as u64).unwrap();
            assert_eq!(path, naive::inclusion(i, &all[..n]));
            assert!(verify_inclusion(&all[i], i as u64, &path, &head));
        }
        for m in 0..=n {
            let path = tree.consistency(m as u64, n as u64).unwrap();
            if m > 0 {
                assert_eq!(path, naive::consistency(m, &all[..n], true), "{m} within {n}");
            }
            let old = tree.head_at(m as u64).unwrap();
            assert!(verify_consistency(&old, &head, &path), "{m} within {n}");
            let other = TreeHead { root: leaf_hash(b"other"), ..old };
            assert!(!verify_consistency(&other, &head, &path), "another root, {m} within {n}");
            let other = TreeHead { root: leaf_hash(b"other"), ..head };
            assert!(m == 0 || !verify_consistency(&old, &other, &path), "another new root, {m} within {n}");
        }
        assert_eq!(tree.inclusion(n as u64, n as u64), None);
        assert_eq!(tree.consistency(n as u64 + 1, n as u64), None);
    }
}

/// Rows and tiles as a store has them: leaves re-hashed, levels 8 and 16 from tiles.
struct Stored<'a> {
    leaves: &'a [Hash],
    tiles: &'a [Tile],
    reads: usize,
}

impl Nodes for Stored<'_> {
    type Error = String;
    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, String> {
        self.reads += 1;
        assert!(count.is_power_of_two() && count <= 128 && first / 256 == (first + count as u64 - 1) / 256);
        if level == 0 {
            return Ok(self.leaves[first as usize..first as usize + count].to_vec());
        }
        let tile = self.tiles.iter().find(|t| t.level == level / 8 && t.index == first / 256).ok_or("no tile")?;
        let (hashes, _) = tile.hashes.as_chunks::<32>();
        let from = (first % 256) as usize;
        Ok(hashes.get(from..from + count).ok_or("tile too short")?.to_vec())
    }
}

#[test]
fn proofs_come_from_tiles_and_one_run_of_rows() {
    const N: usize = 66_000;
    let all = leaves(N);
    let (mut builder, mut tiles) = (TreeBuilder::new(), Vec::new());
    all.iter().for_each(|l| builder.push(*l, &mut tiles));
    assert_eq!(tiles.len(), 1, "one full tile of level 1");
    tiles.extend(builder.open_tiles().cloned());
    assert_eq!(
        tiles.iter().map(|t| (t.level, t.index, t.hashes.len() / 32)).collect::<Vec<_>>(),
        [(1, 0, 256), (1, 1, 1), (2, 0, 1)]
    );
    let tree: MemoryTree = all.iter().copied().collect();
    let head = builder.head();
    assert_eq!(head, tree.head());
    for index in [0, 1, 255, 256, 40_000, 65_535, 65_536, 65_791, 65_792, 65_999] {
        let mut stored = Stored { leaves: &all, tiles: &tiles, reads: 0 };
        let path = inclusion_path(&mut stored, index, N as u64).unwrap().unwrap();
        assert_eq!(Some(&path), tree.inclusion(index, N as u64).as_ref());
        assert!(verify_inclusion(&all[index as usize], index, &path, &head));
        assert!(stored.reads < 64, "{} reads", stored.reads);
    }
    let mut stored = Stored { leaves: &all, tiles: &tiles, reads: 0 };
    assert_eq!(root_of(&mut stored, N as u64).unwrap(), head.root);
    let path = consistency_path(&mut stored, 300, N as u64).unwrap().unwrap();
    assert!(verify_consistency(&tree.head_at(300).unwrap(), &head, &path));
    let mut none = Stored { leaves: &all, tiles: &[], reads: 0 };
    assert!(inclusion_path(&mut none, 0, N as u64).is_err(), "a missing tile is an error, not a wrong path");
}

#[test]
fn an_import_resumes_to_the_same_root_and_tiles() {
    const N: usize = 66_000;
    let all = leaves(N);
    let (mut whole, mut expected) = (TreeBuilder::new(), Vec::new());
    all.iter().for_each(|l| whole.push(*l, &mut expected));
    for cut in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537] {
        let (mut first, mut tiles) = (TreeBuilder::new(), Vec::new());
        all[..cut].iter().for_each(|l| first.push(*l, &mut tiles));
        let saved = first.frontier().to_bytes();
        let open: Vec<Tile> = first.open_tiles().cloned().collect();
        let frontier = Frontier::from_bytes(&saved).unwrap();
        let mut second = TreeBuilder::resume(frontier, open.clone()).unwrap();
        all[cut..].iter().for_each(|l| second.push(*l, &mut tiles));
        assert_eq!(second.head(), whole.head());
        assert_eq!(tiles, expected);
        assert!(second.open_tiles().eq(whole.open_tiles()));
        if cut >= 256 {
            assert!(TreeBuilder::resume(Frontier::from_bytes(&saved).unwrap(), Vec::new()).is_err() || open.is_empty());
        }
        for n in 0..saved.len() {
            assert!(Frontier::from_bytes(&saved[..n]).is_err());
        }
    }
    assert!(Frontier::from_bytes(&[0xff; 8 + 64 * 32]).is_ok());
    assert_eq!(Frontier::new().root(), EMPTY_ROOT);
}

#[test]
fn many_leaves_at_once_are_the_same_tree() {
    let all = leaves(1500);
    for step in [1usize, 2, 3, 255, 256, 257, 700] {
        let (mut one, mut many) = (ledger::TreeBuilder::new(), ledger::TreeBuilder::new());
        let (mut tiles, mut tiles_of_many) = (Vec::new(), Vec::new());
        for part in all.chunks(step) {
            part.iter().for_each(|leaf| one.push(*leaf, &mut tiles));
            many.push_all(part.to_vec(), &mut tiles_of_many);
            assert_eq!(one.frontier().to_bytes(), many.frontier().to_bytes(), "steps of {step}");
        }
        tiles.sort_by_key(|t| (t.level, t.index));
        tiles_of_many.sort_by_key(|t| (t.level, t.index));
        assert_eq!(tiles, tiles_of_many);
        assert!(one.open_tiles().eq(many.open_tiles()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_tree_and_leaf(n in 1usize..1200, at in 0usize..1200, bit in 0usize..256) {
        let at = at % n;
        let all = leaves(n);
        let tree: MemoryTree = all.iter().copied().collect();
        let head = tree.head();
        prop_assert_eq!(head.root, naive::root(&all));
        let path = tree.inclusion(at as u64, n as u64).unwrap();
        prop_assert!(verify_inclusion(&all[at], at as u64, &path, &head));
        // Another leaf, another place, a longer or shorter path, or one flipped bit: refused.
        let mut leaf = all[at];
        leaf[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!verify_inclusion(&leaf, at as u64, &path, &head));
        prop_assert!(!verify_inclusion(&all[at], at as u64 + 1, &path, &head));
        let mut longer = path.clone();
        longer.push(head.root);
        prop_assert!(!verify_inclusion(&all[at], at as u64, &longer, &head));
        if let Some((last, shorter)) = path.split_last() {
            prop_assert!(!verify_inclusion(&all[at], at as u64, shorter, &head));
            let mut changed = path.clone();
            changed[bit % path.len()][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!verify_inclusion(&all[at], at as u64, &changed, &head));
            // An inner node does not pass for a leaf.
            prop_assert!(!verify_inclusion(last, at as u64, shorter, &head));
        }
    }

    #[test]
    fn any_history(n in 1usize..900, m in 0usize..900, other in 0usize..900) {
        let m = m % (n + 1);
        let all = leaves(n);
        let tree: MemoryTree = all.iter().copied().collect();
        let (old, new) = (tree.head_at(m as u64).unwrap(), tree.head());
        let path = tree.consistency(m as u64, n as u64).unwrap();
        prop_assert!(verify_consistency(&old, &new, &path));
        // A history in which one old leaf was another one.
        if m > 0 {
            let mut rewritten = all.clone();
            rewritten[other % m] = leaf_hash(b"rewritten");
            let fork: MemoryTree = rewritten.iter().copied().collect();
            let path = fork.consistency(m as u64, n as u64).unwrap();
            prop_assert!(!verify_consistency(&old, &fork.head(), &path));
        }
    }
}

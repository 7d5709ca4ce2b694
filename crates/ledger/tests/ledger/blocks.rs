use crate::tree::leaves;
use crate::{Random, hash, hashes, mutations, naive, vectors};
use ledger::{BLOCK_BYTES, BlockTree, Blocks, NODE_BYTES, RangeFault, RangeProof, block_leaf, prove_range, sha256, verify_range};

fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * i / 256 + i) as u8).collect()
}
fn hash_stream(data: &[u8], piece: usize) -> Blocks {
    let mut tree = BlockTree::new();
    data.chunks(piece).for_each(|p| tree.update(p));
    tree.finish()
}
fn prove(data: &[u8], blocks: &Blocks, offset: u64, length: u64) -> Result<RangeProof, RangeFault<String>> {
    prove_range(blocks.bytes, &blocks.nodes, offset, length, |at, n| {
        assert_eq!(at % NODE_BYTES, 0);
        Ok(data[at as usize..at as usize + n].to_vec())
    })
}

#[test]
fn vectors_of_another_implementation() {
    let v = vectors("blocks.json");
    for s in v["streams"].as_array().unwrap() {
        let data = pattern(s["bytes"].as_u64().unwrap() as usize);
        for piece in [1 << 22, 4096, 1000, 7919] {
            let blocks = hash_stream(&data, piece);
            assert_eq!(blocks.root, hash(&s["root"]), "{} in pieces of {piece}", data.len());
            assert_eq!(blocks.nodes, hashes(&s["nodes"]));
            assert_eq!(blocks.bytes, data.len() as u64);
            assert_eq!(blocks.sha256, sha256(&[&data]), "the hash of the whole stream");
            assert_eq!(naive::root(&blocks.nodes), blocks.root, "the tree over the nodes has the same root");
        }
    }
    for r in v["ranges"].as_array().unwrap() {
        let number = |name: &str| r[name].as_u64().unwrap();
        let data = pattern(number("bytes") as usize);
        let blocks = hash_stream(&data, 1 << 20);
        let proof = prove(&data, &blocks, number("offset"), number("length")).unwrap();
        assert_eq!(proof.first_block, number("first_block"));
        assert_eq!(proof.path, hashes(&r["path"]));
        let shown = verify_range(&proof, blocks.bytes, &blocks.root).unwrap();
        assert!(shown.start <= number("offset") && number("offset") + number("length") <= shown.end);
    }
}

#[test]
fn sha1_of_a_stream_where_it_is_wanted() {
    use sha1::{Digest, Sha1};
    for bytes in [0, 1, 4095, 4096, 4097, 9000] {
        let data = pattern(bytes);
        let mut tree = BlockTree::with_sha1();
        data.chunks(777).for_each(|p| tree.update(p));
        let blocks = tree.finish();
        assert_eq!(blocks.sha1, Some(Sha1::digest(&data).into()), "{bytes} bytes");
        assert_eq!(Blocks { sha1: None, ..blocks }, hash_stream(&data, 512));
    }
}

#[test]
fn any_range_of_a_stream() {
    let data = pattern(2 * (1 << 20) + 12_345);
    let blocks = hash_stream(&data, 1 << 20);
    let mut random = Random(1);
    for _ in 0..60 {
        let offset = random.below(data.len()) as u64;
        let length = 1 + random.below((data.len() as u64 - offset).min(100_000) as usize) as u64;
        let proof = prove(&data, &blocks, offset, length).unwrap();
        let shown = verify_range(&proof, blocks.bytes, &blocks.root).unwrap();
        assert_eq!(proof.data, data[shown.start as usize..shown.end as usize]);
        assert!(shown.start <= offset && offset + length <= shown.end);
        assert!(shown.end - shown.start <= length + 2 * BLOCK_BYTES as u64, "only the touched blocks are shown");
    }
    let all = prove(&data, &blocks, 0, data.len() as u64).unwrap();
    assert!(all.path.is_empty() && verify_range(&all, blocks.bytes, &blocks.root).is_some());
}

#[test]
fn a_changed_proof_is_refused() {
    let data = pattern((1 << 20) + 12_345);
    let blocks = hash_stream(&data, 1 << 20);
    let proof = prove(&data, &blocks, 1 << 20, 5000).unwrap();
    assert!(verify_range(&proof, blocks.bytes, &blocks.root).is_some());
    for copy in mutations(&proof.data) {
        let changed = RangeProof { data: copy, ..proof.clone() };
        assert_eq!(verify_range(&changed, blocks.bytes, &blocks.root), None);
    }
    for first_block in [0, 255, 257, u64::MAX / 4096, u64::MAX] {
        assert_eq!(verify_range(&RangeProof { first_block, ..proof.clone() }, blocks.bytes, &blocks.root), None, "another place");
    }
    for bytes in [0, 1, proof.bytes - 1, proof.bytes + 4096, u64::MAX] {
        assert_eq!(verify_range(&RangeProof { bytes, ..proof.clone() }, blocks.bytes, &blocks.root), None, "another length");
    }
    let mut longer = proof.clone();
    longer.path.push([0; 32]);
    assert_eq!(verify_range(&longer, blocks.bytes, &blocks.root), None);
    longer.path.clear();
    assert_eq!(verify_range(&longer, blocks.bytes, &blocks.root), None);
    assert_eq!(verify_range(&proof, blocks.bytes, &leaves(1)[0]), None, "another root");
}

#[test]
fn what_can_not_be_proved_says_why() {
    let mut data = pattern((1 << 20) + 10);
    let blocks = hash_stream(&data, 1 << 20);
    let n = data.len() as u64;
    for (offset, length) in [(0, 0), (n, 1), (0, n + 1), (u64::MAX, 1), (1, u64::MAX)] {
        assert!(matches!(prove(&data, &blocks, offset, length), Err(RangeFault::OutOfBounds)));
    }
    let none = Blocks { nodes: Vec::new(), ..blocks.clone() };
    assert!(matches!(prove(&data, &none, 0, 1), Err(RangeFault::MissingNodes)));
    data[(1 << 20) + 3] ^= 1;
    assert!(prove(&data, &blocks, 0, 1).is_ok(), "another MiB changed");
    assert!(matches!(prove(&data, &blocks, 1 << 20, 1), Err(RangeFault::Changed { mib: 1 })));
    let failed = prove_range(n, &blocks.nodes, 0, 1, |_, _| Err("unplugged"));
    assert!(matches!(failed, Err(RangeFault::Read("unplugged"))));
    let short = prove_range::<String>(n, &blocks.nodes, 0, 1, |_, _| Ok(Vec::new()));
    assert!(matches!(short, Err(RangeFault::Changed { mib: 0 })));
}

#[test]
fn swapped_blocks_change_the_root() {
    let mut data = pattern(3 * BLOCK_BYTES);
    let before = hash_stream(&data, 1 << 20).root;
    data.rotate_left(BLOCK_BYTES);
    assert_ne!(hash_stream(&data, 1 << 20).root, before);
    assert_ne!(block_leaf(b""), hash_stream(b"", 1).root, "no block differs from an empty one");
}

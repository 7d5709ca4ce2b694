//! The attacks of the ledger's specification that end in this crate; numbers are those of
//! docs/format.md, "Attacks". The others are tested where the case is.

use crate::tree::leaves;
use ledger::{CaseKey, Field, Json, MemoryTree, RowHasher, TreeHead, leaf_hash, node_hash, verify_inclusion};

/// 25: a path alone does not bind the size; with another size the proof must not be taken from
/// anywhere but the trusted pair.
#[test]
fn proof_under_a_wrong_size() {
    let tree: MemoryTree = leaves(300).into_iter().collect();
    let path = tree.inclusion(17, 300).unwrap();
    let head = tree.head();
    let shapes = (0..2000u64).filter(|size| verify_inclusion(&leaves(18)[17], 17, &path, &TreeHead { size: *size, ..head }));
    assert!(shapes.clone().count() > 1, "several sizes share the shape: that is why size and root travel together");
    assert!(shapes.clone().all(|size| (257..=512).contains(&size)));
    assert!(!verify_inclusion(&leaves(18)[17], 17, &path, &TreeHead { size: 0, ..head }));
}

/// 26: an interior node offered as a leaf, the last leaf doubled.
#[test]
fn interior_nodes_and_doubled_leaves() {
    let three = leaves(3);
    let tree: MemoryTree = three.iter().copied().collect();
    let doubled: MemoryTree = three.iter().chain(&three[2..]).copied().collect();
    assert_ne!(tree.head().root, doubled.head().root);
    // The same 64 bytes as data of a leaf do not hash to the node.
    let joined = [three[0], three[1]].concat();
    assert_ne!(leaf_hash(&joined), node_hash(&three[0], &three[1]));
    let inner = node_hash(&three[0], &three[1]);
    let two: MemoryTree = [inner, three[2]].into_iter().collect();
    assert_eq!(two.head().root, tree.head().root, "a smaller tree over inner nodes has the same root");
    assert_ne!(two.head(), tree.head(), "but not the same size");
}

/// 21: a masked value is not found by trying likely values without its salt.
#[test]
fn guessing_masked_values() {
    let hasher = RowHasher::new(&CaseKey([9; 32]).import(b"i", b"t", b"p"), 1, (b"ROW1", b"CON1"));
    let masked = ledger::commitment(2, &hasher.salt(8, 2), &Field::Text(b"17"));
    for guess in 0..1000u32 {
        let text = guess.to_string();
        // Salts disclosed with this row's other fields, and with this field of other rows.
        for salt in [[0; 16], hasher.salt(8, 0), hasher.salt(8, 1), hasher.salt(8, 3), hasher.salt(7, 2), hasher.salt(9, 2)] {
            assert_ne!(ledger::commitment(2, &salt, &Field::Text(text.as_bytes())), masked);
        }
    }
}

/// 2, 3: re-pointed rows, moved and swapped values, swapped rows.
#[test]
fn rows_and_values_keep_their_places() {
    let hasher = RowHasher::new(&CaseKey([9; 32]).import(b"i", b"t", b"p"), 1, (b"ROW1", b"CON1"));
    let rows: Vec<[Field<'_>; 2]> = vec![[Field::Text(b"a"), Field::Text(b"b")], [Field::Text(b"c"), Field::Null]];
    let root = |order: [usize; 2]| {
        let tree: MemoryTree = (0..).zip(order).map(|(row, i)| hasher.leaves(row, b"h", &rows[i]).row).collect();
        tree.head().root
    };
    assert_ne!(root([0, 1]), root([1, 0]));
    // Moving whole leaves moves their numbers too, which are inside.
    let (first, second) = (hasher.leaves(0, b"h", &rows[0]).row, hasher.leaves(1, b"h", &rows[1]).row);
    let moved: MemoryTree = [second, first].into_iter().collect();
    assert_ne!(moved.head().root, root([0, 1]));
}

/// 27: duplicate keys and odd white space.
#[test]
fn two_parser_tricks() {
    for text in [r#"{"a":1,"a":1}"#, "{\"a\":1 }", "{\"a\":1}\n", "\u{feff}{}", r#"{"a":1.0}"#, r#"{"a":"\u0061"}"#] {
        assert!(Json::read(text.as_bytes()).is_err(), "{text}");
    }
}

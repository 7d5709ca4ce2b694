use crate::{bytes, hash, hashes, mutations, vectors};
use ledger::{CaseKey, Field, Member, RowHasher, commitment, content_leaf, decode_fields, members_root, row_leaf};

#[test]
fn vectors_of_another_implementation() {
    let v = vectors("rows.json");
    let text = |name: &str| v[name].as_str().unwrap().as_bytes();
    let key = CaseKey(hash(&v["case_key"])).import(text("inputs"), text("tool"), text("params"));
    for r in v["rows"].as_array().unwrap() {
        let tag = |name: &str| -> [u8; 4] { r[name].as_str().unwrap().as_bytes().try_into().unwrap() };
        let (leaf_tag, content_tag) = (tag("leaf_tag"), tag("content_tag"));
        let import = r["import"].as_u64().unwrap() as u32;
        let row: u64 = r["row"].as_str().unwrap().parse().unwrap();
        let (header, encoded) = (bytes(&r["header"]), bytes(&r["fields"]));
        let fields = decode_fields(&encoded).unwrap();

        let hasher = RowHasher::new(&key, import, (&leaf_tag, &content_tag));
        let leaves = hasher.leaves_encoded(row, &header, &encoded).unwrap();
        assert_eq!(leaves.row, hash(&r["leaf"]));
        assert_eq!(leaves.content, hash(&r["content_leaf"]));
        assert_eq!(hasher.leaves(row, &header, &fields), leaves);

        let commitments = hashes(&r["commitments"]);
        for (i, field) in fields.iter().enumerate() {
            let salt = hasher.salt(row, i as u8);
            assert_eq!(salt.to_vec(), bytes(&r["salts"][i]));
            assert_eq!(commitment(i as u8, &salt, field), commitments[i]);
        }
        assert_eq!(row_leaf(&leaf_tag, import, row, &header, &commitments), leaves.row);
        assert_eq!(content_leaf(&content_tag, row, &header, &fields), leaves.content);

        let mut again = Vec::new();
        fields.iter().for_each(|f| f.encode(&mut again));
        assert_eq!(again, encoded);
    }
}

#[test]
fn the_members_of_a_folder() {
    let v = vectors("members.json");
    let listed: Vec<_> = v["members"].as_array().unwrap().iter().map(|m| (bytes(&m["path"]), m)).collect();
    let mut members: Vec<Member<'_>> =
        listed.iter().map(|(path, m)| Member { path, bytes: m["bytes"].as_u64().unwrap(), sha256: hash(&m["sha256"]) }).collect();
    assert_eq!(members_root(&mut members).root, hash(&v["root"]));
    members.rotate_left(2);
    assert_eq!(members_root(&mut members).root, hash(&v["root"]), "the order given does not matter");
    members.pop();
    assert_ne!(members_root(&mut members).root, hash(&v["root"]));
}

fn hasher(import: u32, tags: (&[u8; 4], &[u8; 4])) -> RowHasher {
    RowHasher::new(&CaseKey([1; 32]).import(b"a", b"b", b"c"), import, tags)
}

#[test]
fn everything_about_a_row_is_in_its_leaf() {
    let event = hasher(1, (b"ROW1", b"CON1"));
    let fields = [Field::Text(b"actor"), Field::Text(b"object"), Field::Null, Field::Int(7)];
    let base = event.leaves(5, b"header", &fields);
    let mut others = vec![
        ("another row", event.leaves(6, b"header", &fields)),
        ("another header", event.leaves(5, b"headex", &fields)),
        ("fewer fields", event.leaves(5, b"header", &fields[..3])),
    ];
    // A value moved to another field, values swapped, null for empty, text for blob, another type.
    let [actor, object, subject, detail] = fields;
    for (name, changed) in [
        ("swapped", [object, actor, subject, detail]),
        ("moved", [Field::Null, object, actor, detail]),
        ("empty for null", [actor, object, Field::Text(b""), detail]),
        ("blob for text", [Field::Blob(b"actor"), object, subject, detail]),
        ("text for integer", [actor, object, subject, Field::Blob(&[7, 0, 0, 0, 0, 0, 0, 0])]),
        ("one byte", [Field::Text(b"actos"), object, subject, detail]),
        ("split elsewhere", [Field::Text(b"actorobject"), Field::Text(b""), subject, detail]),
    ] {
        others.push((name, event.leaves(5, b"header", &changed)));
    }
    for (name, other) in others {
        assert_ne!(other.row, base.row, "{name}");
        assert_ne!(other.content, base.content, "{name}");
    }
    let other_import = hasher(2, (b"ROW1", b"CON1")).leaves(5, b"header", &fields);
    assert_ne!(other_import.row, base.row);
    assert_eq!(other_import.content, base.content, "the content leaf is the same in every import");
    let file = hasher(1, (b"FIL1", b"FCN1")).leaves(5, b"header", &fields);
    assert_ne!(file.row, base.row);
    assert_ne!(file.content, base.content);
}

#[test]
fn no_two_fields_share_a_salt() {
    let (event, file) = (hasher(1, (b"ROW1", b"CON1")), hasher(1, (b"FIL1", b"FCN1")));
    let mut salts = std::collections::BTreeSet::new();
    for row in 0..100 {
        for field in 0..4 {
            assert!(salts.insert(event.salt(row, field)));
            assert!(salts.insert(file.salt(row, field)), "a table's salts say nothing of another's");
        }
    }
    let key = CaseKey([1; 32]);
    let other = RowHasher::new(&key.import(b"a", b"b", b"d"), 1, (b"ROW1", b"CON1"));
    assert_ne!(other.salt(0, 0), event.salt(0, 0));
    assert_eq!(format!("{key:?}"), "CaseKey(secret)", "keys do not print themselves");
}

#[test]
fn damaged_fields_are_refused_and_never_panic() {
    let mut encoded = Vec::new();
    for f in [Field::Text(b"some text"), Field::Null, Field::Blob(&[0; 40]), Field::Int(-1)] {
        f.encode(&mut encoded);
    }
    let hasher = hasher(1, (b"ROW1", b"CON1"));
    let good = hasher.leaves_encoded(1, b"h", &encoded).unwrap();
    for copy in mutations(&encoded) {
        match (hasher.leaves_encoded(1, b"h", &copy), decode_fields(&copy)) {
            (Ok(leaves), Ok(_)) => assert!(leaves.row != good.row && leaves.content != good.content),
            (Err(a), Err(b)) => assert_eq!(a, b),
            other => panic!("the two readers disagree: {other:?}"),
        }
    }
    for bad in [&[4, 0, 0, 0, 0][..], &[0, 1, 0, 0, 0, 9], &[3, 1, 0, 0, 0, 9], &[1, 255, 255, 255, 255], &[1]] {
        assert!(decode_fields(bad).is_err());
    }
}

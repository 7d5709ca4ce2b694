use crate::chain::CASE;
use crate::mutations;
use ledger::{
    BlockTree, CaseKey, Chain, Checkpoint, Entry, EntryHead, Field, Json, MemoryTree, Proof, ProofBytes, ProofFault, ProofField,
    ProofRow, RowHasher, TreeHead, hex_encode, parent_pieces, prove_range,
};

/// A case with one import of 300 events, each citing 100 bytes of its one source.
pub fn sample() -> Proof {
    let evidence: Vec<u8> = (0..30_000u32).map(|i| (i / 7) as u8).collect();
    let mut blocks = BlockTree::new();
    blocks.update(&evidence);
    let blocks = blocks.finish();

    let key = CaseKey([3; 32]).import(b"[]", b"{}", b"{}");
    let sources = RowHasher::new(&key, 1, (b"SRC1", b"SCN1"));
    let mut source_header = vec![255, 255, 255, 255, 0];
    source_header.extend_from_slice(&blocks.bytes.to_le_bytes());
    source_header.extend_from_slice(&[0; 33]);
    source_header.push(1);
    source_header.extend_from_slice(&blocks.root);
    let locator = [Field::Text(b"disk.raw"), Field::Null, Field::Null, Field::Null];
    let source_tree: MemoryTree = [sources.leaves(0, &source_header, &locator).row].into_iter().collect();

    let events = RowHasher::new(&key, 1, (b"ROW1", b"CON1"));
    let header = |row: u64| {
        let mut h = vec![0; 30];
        h.extend_from_slice(&1u32.to_le_bytes());
        h.extend_from_slice(&0u32.to_le_bytes());
        h.extend_from_slice(&(row * 100).to_le_bytes());
        h.extend_from_slice(&100u64.to_le_bytes());
        h
    };
    let fields = [Field::Text(b"user of account A"), Field::Text(b"/records/17"), Field::Text(b"a secret name"), Field::Null];
    let tree: MemoryTree = (0..300).map(|row| events.leaves(row, &header(row), &fields).row).collect();

    let output = |table: &str, schema: &str, head: TreeHead| {
        Json::map([
            ("import", Json::Int(1)),
            ("root", Json::hex(&head.root)),
            ("rows", Json::big(head.size)),
            ("schema", Json::from(schema)),
            ("table", Json::from(table)),
        ])
    };
    let outputs = Json::List(vec![output("source", "SRC1", source_tree.head()), output("event", "ROW1", tree.head())]);
    let mut chain = Chain::new(CASE);
    let mut texts = Vec::new();
    for (seq, kind) in (0..).zip(["case.create", "import.begin", "import.seal", "annotate"]) {
        let head = EntryHead { case: CASE.to_owned(), seq, kind: kind.to_owned(), prev: chain.head(), time: String::new() };
        let members = (kind == "import.seal").then(|| ("outputs", outputs.clone()));
        let entry = Entry::new(head, members).unwrap();
        chain.push(entry.text().as_bytes());
        texts.push(entry.text().to_owned());
    }

    const ROW: u64 = 42;
    let shown = |row: u64, hasher: &RowHasher, fields: &[Field<'_>]| -> Vec<ProofField> {
        fields
            .iter()
            .zip(0u8..)
            .map(|(f, n)| ProofField::Shown { salt: hasher.salt(row, n), tag: f.tag(), value: f.value_bytes(<[u8]>::to_vec) })
            .collect()
    };
    let mut event_fields = shown(ROW, &events, &fields);
    event_fields[2] = ProofField::Masked(ledger::commitment(2, &events.salt(ROW, 2), &fields[2]));
    let range = prove_range::<()>(blocks.bytes, &blocks.nodes, ROW * 100, 100, |at, n| {
        Ok(evidence[at as usize..at as usize + n].to_vec())
    });
    Proof {
        import: 1,
        rows: vec![
            ProofRow {
                table: "event".to_owned(),
                tag: *b"ROW1",
                row: ROW,
                header: header(ROW),
                fields: event_fields,
                path: tree.inclusion(ROW, 300).unwrap(),
            },
            ProofRow {
                table: "source".to_owned(),
                tag: *b"SRC1",
                row: 0,
                header: source_header.clone(),
                fields: shown(0, &sources, &locator),
                path: Vec::new(),
            },
        ],
        bytes: vec![ProofBytes { source: 0, range: range.unwrap() }],
        entry: texts[2].clone(),
        seq: 2,
        entry_path: chain.tree().inclusion(2, 4).unwrap(),
        checkpoint: Checkpoint::unsigned(CASE, chain.head()),
    }
}

#[test]
fn a_whole_proof_holds_and_comes_back_from_its_text() {
    let proof = sample();
    let report = proof.check(Some(&proof.checkpoint.head));
    assert_eq!(report.faults, []);
    assert!(report.anchored);
    assert!(report.spans.len() == 1 && report.spans[0].shown);
    assert!(!proof.check(None).anchored);
    let text = proof.to_json().to_text().unwrap();
    assert_eq!(Proof::read(text.as_bytes()).unwrap(), proof);
    assert!(!text.contains(&hex_encode(b"a secret name")), "the masked value is not in the text");
}

fn faults(change: impl FnOnce(&mut Proof)) -> Vec<ProofFault> {
    let mut proof = sample();
    let anchor = proof.checkpoint.head;
    change(&mut proof);
    proof.check(Some(&anchor)).faults
}

#[test]
fn each_step_that_fails_is_named() {
    let row = [ProofFault::RowPath { row: 0 }];
    assert_eq!(faults(|p| p.rows[0].row += 1), row, "another row number");
    assert_eq!(faults(|p| p.rows[0].fields.swap(0, 1)), row, "swapped fields");
    assert_eq!(faults(|p| p.rows[0].header[1] ^= 1), row, "another time");
    assert_eq!(faults(|p| p.rows[0].header[38] ^= 1), row, "other bytes cited");
    assert_eq!(faults(|p| p.rows[0].fields[2] = ProofField::Masked([0; 32])), row);
    assert_eq!(
        faults(|p| p.rows[0].fields[0] = ProofField::Shown { salt: [0; 16], tag: 3, value: vec![1] }),
        [ProofFault::Field { row: 0, field: 0 }, row[0].clone()]
    );
    assert_eq!(faults(|p| p.rows[0].table = "file".to_owned()), [ProofFault::Output { row: 0 }]);
    assert_eq!(faults(|p| p.rows[0].tag = *b"XXXX"), [ProofFault::Header { row: 0 }, ProofFault::Output { row: 0 }]);
    assert!(faults(|p| p.import = 2).contains(&ProofFault::Output { row: 0 }), "another import");
    assert_eq!(faults(|p| p.rows[0].path.clear()), row);
    assert!(faults(|p| p.entry = p.entry.replace("\"rows\":\"300\"", "\"rows\":\"301\"")).contains(&ProofFault::EntryPath));
    assert!(matches!(faults(|p| p.entry.push(' '))[..], [ProofFault::EntryPath, ProofFault::Entry(_)]));
    assert!(faults(|p| p.seq = 1).contains(&ProofFault::EntryPath));
    assert!(matches!(faults(|p| p.checkpoint.head.size = 5)[0], ProofFault::Anchor(_)));
    assert!(matches!(faults(|p| p.checkpoint.case.replace_range(0..1, "1"))[..], [ProofFault::Entry(_)]));
    assert_eq!(faults(|p| p.bytes[0].range.data[200] ^= 1), [ProofFault::Bytes { source: 0 }]);
    assert_eq!(faults(|p| p.bytes[0].range.bytes -= 1), [ProofFault::Bytes { source: 0 }]);
    assert_eq!(faults(|p| drop(p.rows.pop())), [ProofFault::Source { source: 0 }], "bytes of a source that is not proved");
    assert_eq!(faults(|p| p.rows[1].header[60] ^= 1).len(), 2, "another block root");
}

#[test]
fn a_span_without_its_bytes_is_not_shown() {
    let mut proof = sample();
    proof.bytes.clear();
    let report = proof.check(None);
    assert!(report.faults.is_empty() && !report.spans[0].shown);
}

/// Made by the program from the sample disk; the other verifier, check_proof.py, finds it whole too.
#[test]
fn the_bundle_of_a_real_case_holds() {
    let text = std::fs::read(format!("{}/vectors/proof.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let text = text.trim_ascii_end();
    let proof = Proof::read(text).unwrap();
    let report = proof.check(None);
    assert_eq!(report.faults, []);
    assert!(!report.spans.is_empty() && report.spans.iter().all(|s| s.shown), "a line of a file, through its runs, to the image");
    for copy in mutations(text) {
        let holds = Proof::read(&copy).is_ok_and(|p| p.check(Some(&proof.checkpoint.head)).faults.is_empty());
        assert!(!holds, "a changed bundle held");
    }
}

#[test]
fn without_rows_it_proves_an_entry() {
    let mut proof = sample();
    (proof.rows, proof.bytes) = (Vec::new(), Vec::new());
    assert_eq!(proof.check(Some(&proof.checkpoint.head)).faults, []);
    proof.entry = proof.entry.replace("import.seal", "import.seam");
    assert_eq!(proof.check(None).faults, [ProofFault::EntryPath]);
}

#[test]
fn bytes_of_a_file_lead_to_the_image() {
    let file =
        br#"{"flags":0,"initialized":7000,"path":"a\u000ab","record":5,"runs":[[8192,4096],[-1,512],[40960,4096]],"stream":""}"#;
    let pieces = |offset, length| parent_pieces(6, file, &[(offset, length)]);
    assert_eq!(pieces(0, 10), Some(vec![(8192, 10)]));
    assert_eq!(pieces(4090, 6), Some(vec![(12_282, 6)]));
    assert_eq!(pieces(4090, 7), None, "a hole has no bytes");
    assert_eq!(pieces(4608, 100), Some(vec![(40_960, 100)]));
    assert_eq!(pieces(6990, 11), None, "past what was written");
    assert_eq!(pieces(u64::MAX, 2), None);
    let volume = br#"{"length":1000,"offset":512,"volume":1}"#;
    assert_eq!(parent_pieces(5, volume, &[(0, 1000), (8, 2)]), Some(vec![(512, 1000), (520, 2)]));
    assert_eq!(parent_pieces(5, volume, &[(999, 2)]), None);
    assert_eq!(parent_pieces(4, br#"{"member":3,"path":"x"}"#, &[(0, 1)]), None, "an archive's member is decoded");
    let packed = br#"{"flags":2,"initialized":7000,"runs":[[0,9000]]}"#;
    assert_eq!(parent_pieces(6, packed, &[(0, 1)]), None);
    for copy in mutations(file) {
        let _ = parent_pieces(6, &copy, &[(0, 5000), (4608, 100)]);
    }
}

#[test]
fn header_bytes_do_not_pass_for_a_field() {
    // The first commitment moved into the header would give the same leaf.
    let moved = faults(|p| {
        let row = &mut p.rows[0];
        let ProofField::Shown { salt, tag, value } = row.fields.remove(0) else { panic!() };
        row.header.extend_from_slice(&ledger::commitment(0, &salt, &Field::of(tag, &value).unwrap()));
    });
    assert!(moved.contains(&ProofFault::Header { row: 0 }));
}

#[test]
fn a_mutated_proof_fails_and_never_panics() {
    let proof = sample();
    let text = proof.to_json().to_text().unwrap();
    let (mut read, mut refused) = (0, 0);
    for copy in mutations(text.as_bytes()) {
        match Proof::read(&copy) {
            Ok(other) => {
                read += 1;
                let report = other.check(Some(&proof.checkpoint.head));
                assert!(!report.faults.is_empty() || other == proof, "a changed proof held");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(read > 0 && refused > 0);
}

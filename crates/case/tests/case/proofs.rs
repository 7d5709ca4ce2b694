use crate::Test;
use crate::sample::{LINES, copy, disk_bytes, log_bytes, sample};
use case::Store;
use case::prove::{Blocks, Proved, prove, prove_entry};
use ledger::{Checkpoint, Proof, ProofField};
use model::Table;
use rusqlite::Connection;

pub const TESTS: &[Test] = &[
    ("proofs::a_row_of_each_table", a_row_of_each_table),
    ("proofs::a_line_leads_to_bytes_of_the_disk", a_line_leads_to_bytes_of_the_disk),
    ("proofs::masked_fields_keep_it_whole", masked_fields_keep_it_whole),
    ("proofs::an_entry", an_entry),
    ("proofs::a_tampered_row_has_none", a_tampered_row_has_none),
    ("proofs::evidence_that_is_gone_or_changed_is_told", evidence_that_is_gone_or_changed_is_told),
];

fn first(table: &str, import: i64) -> i64 {
    let db = Connection::open(&sample().case).unwrap();
    db.query_row(&format!("SELECT min(id) FROM {table} WHERE id >> 40 = {import}"), [], |r| r.get(0)).unwrap()
}

/// The bundle as a stranger gets it: text in, checked against the kept checkpoint.
fn by_a_stranger(proved: &Proved) -> ledger::ProofReport {
    let kept = Checkpoint::read(&sample().note).unwrap();
    let read = Proof::read(proved.bundle().unwrap().as_bytes()).unwrap();
    assert_eq!(read, proved.proof);
    read.check(Some(&kept.head))
}

fn a_row_of_each_table() {
    let store = Store::read(&sample().case).unwrap();
    for (table, name) in [(Table::Event, "event"), (Table::File, "file"), (Table::Source, "source"), (Table::Finding, "finding")]
    {
        let db = Connection::open(&sample().case).unwrap();
        let ids: Vec<i64> = db
            .prepare(&format!("SELECT id FROM {name} ORDER BY id"))
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let step = (ids.len() / 12).max(1);
        for id in ids.iter().step_by(step) {
            let proved = prove(&store, table, *id, Blocks::Left).unwrap();
            assert!(proved.holds(), "{name} {id}: {:?}", proved.report.faults);
            assert_eq!(by_a_stranger(&proved).faults, []);
            assert!(proved.steps().iter().all(|s| s.ok != Some(false)));
        }
    }
    assert!(prove(&store, Table::Event, 7, Blocks::Left).is_err());
    assert!(prove(&store, Table::Event, first("event", 1) + 10_000, Blocks::Left).is_err());
}

fn a_line_leads_to_bytes_of_the_disk() {
    let store = Store::read(&sample().case).unwrap();
    let disk = disk_bytes();
    let log = log_bytes(&disk);
    let db = Connection::open(&sample().case).unwrap();
    for import in [1, 2] {
        let ids: Vec<i64> = db
            .prepare("SELECT id FROM event WHERE id >> 40 = ?1 AND shape IN (SELECT id FROM shape WHERE action = 20) ORDER BY id")
            .unwrap()
            .query_map([import], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(ids.len() as i64, LINES);
        for line in [0, 255, 256, 341, 342, 343, 1499] {
            let proved = prove(&store, Table::Event, ids[line], Blocks::Shown).unwrap();
            let report = by_a_stranger(&proved);
            assert_eq!(report.faults, []);
            assert!(!report.spans.is_empty() && report.spans.iter().all(|s| s.shown), "{line}: {:?}", proved.not_shown);
            // What is shown is the line, found at its place in the log by another tool.
            let span = report.spans[0].span;
            let text = &log[span.offset as usize..(span.offset + span.length) as usize];
            assert_eq!(text.iter().filter(|b| **b == b'\n').count(), usize::from(text.ends_with(b"\n")));
            let evidence: &[u8] = if import == 1 { &disk } else { &log };
            let mut joined = Vec::new();
            for shown in &proved.proof.bytes {
                let from = shown.offset() as usize;
                assert_eq!(shown.range.data, evidence[from..from + shown.range.data.len()], "{line}");
                joined.extend_from_slice(&shown.range.data);
            }
            let part = &text[..text.len().min(20)];
            assert!(joined.windows(part.len()).any(|w| w == part), "the line stands in the shown blocks");
            assert!(joined.len() <= 4 * 4096);
        }
    }
}

fn masked_fields_keep_it_whole() {
    let store = Store::read(&sample().case).unwrap();
    let mut proof = prove(&store, Table::Event, first("event", 2) + 5, Blocks::Left).unwrap().proof;
    let mut values = Vec::new();
    for (field, number) in proof.rows[0].fields.iter_mut().zip(0u8..) {
        if let ProofField::Shown { salt, tag, value } = field {
            let masked = ledger::commitment(number, salt, &ledger::Field::of(*tag, value).unwrap());
            values.push(hex::encode(&value));
            *field = ProofField::Masked(masked);
        }
    }
    assert_eq!(proof.check(None).faults, []);
    let text = proof.to_json().to_text().unwrap();
    assert!(values.iter().filter(|v| v.len() > 8).all(|v| !text.contains(v.as_str())));
}

fn an_entry() {
    let store = Store::read(&sample().case).unwrap();
    for seq in 0..5 {
        let proved = prove_entry(&store, seq).unwrap();
        assert!(proved.holds());
        assert_eq!(by_a_stranger(&proved).faults, []);
    }
    assert!(prove_entry(&store, 5).is_err());
}

fn a_tampered_row_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy(&folder);
    let id = first("event", 2) + 100;
    Connection::open(&path).unwrap().execute("UPDATE event SET bytes = 418 WHERE id = ?1", [id]).unwrap();
    let store = Store::read(&path).unwrap();
    let proved = prove(&store, Table::Event, id, Blocks::Left).unwrap();
    assert!(!proved.holds() && proved.verdict().contains("not under"));
    assert!(proved.steps().iter().any(|s| s.name == "import" && s.ok == Some(false)));
    // A row of another run of 256 still has its proof: the damage stays where it is.
    assert!(prove(&store, Table::Event, id + 512, Blocks::Left).unwrap().holds());
}

fn evidence_that_is_gone_or_changed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("own.casebook"), folder.path().join("own.log"));
    std::fs::copy(&sample().log, &log).unwrap();
    case::create(&path, None, None).unwrap();
    case::import::add(&path, std::slice::from_ref(&log), &Default::default(), &mut |_| true).unwrap();
    let store = Store::read(&path).unwrap();
    let id = 1i64 << 40;
    let shown = |why: &str| {
        let proved = prove(&store, Table::Event, id, Blocks::Shown).unwrap();
        assert!(proved.holds(), "the row stands without its evidence");
        assert_eq!(proved.not_shown.is_empty(), why.is_empty(), "{:?}", proved.not_shown);
        assert!(proved.not_shown.iter().all(|n| n.contains(why)), "{:?}", proved.not_shown);
    };
    shown("");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&log, &bytes).unwrap();
    shown("not those that were imported");
    std::fs::remove_file(&log).unwrap();
    shown("own.log");
}

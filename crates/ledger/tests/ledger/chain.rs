use crate::{mutations, vectors};
use ledger::{Anchor, Chain, ChainFaultKind, Checkpoint, Entry, EntryFault, EntryHead, Json, TreeHead, verify_inclusion};

pub const CASE: &str = "0f8b5c1e-1d2a-4c3b-9e4f-5a6b7c8d9e0f";

/// A ledger of `n` entries, as the program writes one.
pub fn entries(n: u64) -> Vec<Vec<u8>> {
    let mut chain = Chain::new(CASE);
    let mut out = Vec::new();
    for seq in 0..n {
        let kind = if seq == 0 { "case.create" } else { "annotate" };
        let head = EntryHead {
            case: CASE.to_owned(),
            seq,
            kind: kind.to_owned(),
            prev: chain.head(),
            time: "2026-11-22T00:00:00.000Z".to_owned(),
        };
        let entry = Entry::new(head, [("note", Json::from("entry")), ("number", Json::big(seq))]).unwrap();
        chain.push(entry.text().as_bytes()).unwrap();
        out.push(entry.text().as_bytes().to_vec());
    }
    assert!(chain.faults().is_empty());
    out
}
pub fn run(entries: &[Vec<u8>]) -> Chain {
    let mut chain = Chain::new(CASE);
    entries.iter().for_each(|e| {
        chain.push(e);
    });
    chain
}
fn places(chain: &Chain) -> Vec<u64> {
    chain.faults().iter().map(|f| f.position).collect()
}

#[test]
fn vectors_of_another_implementation() {
    let v = vectors("entries.json");
    let mut chain = Chain::new(v["case"].as_str().unwrap());
    for (text, note) in v["entries"].as_array().unwrap().iter().zip(v["notes"].as_array().unwrap()) {
        let text = text.as_str().unwrap();
        let entry = chain.push(text.as_bytes()).unwrap();
        assert_eq!(entry.json.to_text().unwrap(), text);
        assert_eq!(Checkpoint::unsigned(CASE, chain.head()).to_note(), note.as_str().unwrap());
    }
    assert_eq!(chain.faults(), []);
}

#[test]
fn entries_prove_their_place() {
    let chain = run(&entries(9));
    for (seq, bytes) in entries(9).iter().enumerate() {
        let path = chain.tree().inclusion(seq as u64, 9).unwrap();
        assert!(verify_inclusion(&Entry::read(bytes).unwrap().leaf(), seq as u64, &path, &chain.head()));
    }
}

#[test]
fn a_head_must_be_whole() {
    let head =
        EntryHead { case: CASE.to_owned(), seq: 0, kind: "annotate".to_owned(), prev: TreeHead::EMPTY, time: String::new() };
    assert_eq!(Entry::new(head.clone(), [("seq", Json::Int(1))]), Err(EntryFault::Reserved("seq".to_owned())));
    assert!(Entry::new(EntryHead { case: CASE.to_uppercase(), ..head.clone() }, []).is_err());
    assert!(Entry::new(EntryHead { kind: String::new(), ..head.clone() }, []).is_err());
    assert!(Entry::new(EntryHead { seq: u64::MAX, ..head.clone() }, []).is_err());
    let text = Entry::new(head, []).unwrap().text().to_owned();
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"seq\":0", "\"seq\":\"0\""),
        ("\"size\":0", "\"size\":-1"),
        ("\"root\":\"e3", "\"root\":\"E3"),
    ] {
        let changed = text.replace(from, to);
        assert!(changed != text && Entry::read(changed.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn any_changed_byte_is_found_and_placed() {
    let good = entries(6);
    for at in 0..6usize {
        for copy in mutations(&good[at]).into_iter().step_by(7) {
            let mut changed = good.clone();
            changed[at] = copy;
            let chain = run(&changed);
            let kept = run(&good).head();
            if at < 5 {
                let first = places(&chain)[0];
                assert!(first == at as u64 || first == at as u64 + 1, "entry {at} changed, found at {first}");
            }
            assert_eq!(chain.compare_head(&kept), Anchor::Rewritten);
        }
    }
}

#[test]
fn the_place_is_named_once() {
    let mut changed = entries(6);
    let text = String::from_utf8(changed[2].clone()).unwrap().replace("\"note\":\"entry\"", "\"note\":\"other\"");
    changed[2] = text.into_bytes();
    let chain = run(&changed);
    assert_eq!(places(&chain), [3]);
    assert!(chain.faults()[0].to_string().starts_with("entry 2 is not the one"));
}

#[test]
fn removed_reordered_inserted_and_foreign_entries() {
    let good = entries(6);
    let mut removed = good.clone();
    removed.remove(3);
    assert!(run(&removed).faults().iter().any(|f| f.position == 3 && f.kind == ChainFaultKind::Sequence { found: 4 }));
    let mut swapped = good.clone();
    swapped.swap(2, 4);
    assert!(places(&run(&swapped)).contains(&2));
    let mut doubled = good.clone();
    doubled.push(good[5].clone());
    assert!(places(&run(&doubled)).contains(&6), "the last leaf doubled");
    let mut headless = good.clone();
    headless.remove(0);
    assert!(run(&headless).faults().iter().any(|f| f.kind == ChainFaultKind::Creation));
    let mut foreign = Chain::new("00000000-0000-0000-0000-000000000000");
    foreign.push(&good[0]);
    assert!(matches!(foreign.faults()[0].kind, ChainFaultKind::Case { .. }));
}

#[test]
fn a_kept_checkpoint_sees_what_the_chain_can_not() {
    let good = entries(6);
    let kept = run(&good).head();
    let cut = run(&good[..4]);
    assert_eq!(cut.faults(), [], "a shorter ledger is whole in itself");
    assert_eq!(cut.compare_head(&kept), Anchor::Truncated { entries: 4 });
    assert_eq!(run(&entries(9)).compare_head(&kept), Anchor::Holds, "it went on");
    // All rebuilt by the owner: consistent in itself, another history.
    let mut rebuilt = Chain::new(CASE);
    for seq in 0..6 {
        let kind = if seq == 0 { "case.create" } else { "annotate" };
        let head =
            EntryHead { case: CASE.to_owned(), seq, kind: kind.to_owned(), prev: rebuilt.head(), time: "earlier".to_owned() };
        rebuilt.push(Entry::new(head, []).unwrap().text().as_bytes());
    }
    assert_eq!(rebuilt.faults(), []);
    assert_eq!(rebuilt.compare_head(&kept), Anchor::Rewritten);
    let other = Checkpoint::unsigned("00000000-0000-0000-0000-000000000000", kept);
    assert_eq!(rebuilt.compare(&other), Anchor::OtherCase);
}

//! Keys and signatures against vectors made with another implementation of Ed25519.

use crate::{bytes, vectors};
use ledger::{CaseKeys, Chain, Checkpoint, KeyFaultKind, NoteSigner, Signed, VerifierKey, rotation_members};
use serde_json::Value;

fn text(v: &Value) -> &str {
    v.as_str().unwrap()
}
fn seed(v: &Value) -> [u8; 32] {
    bytes(v).try_into().unwrap()
}
fn list(v: &Value) -> &Vec<Value> {
    v.as_array().unwrap()
}

/// The chain and the keys over the entries of one ledger of the vectors.
fn replay(case: &str, entries: &Value) -> (Chain, CaseKeys) {
    let (mut chain, mut keys) = (Chain::new(case), CaseKeys::new(case));
    for (position, entry) in list(entries).iter().enumerate() {
        let entry = chain.push(text(entry).as_bytes()).unwrap();
        keys.push(position as u64, &entry);
    }
    assert_eq!(chain.faults(), []);
    (chain, keys)
}

#[test]
fn keys_and_signatures_are_those_of_rfc_8032() {
    let v = vectors("keys.json");
    for sample in list(&v["rfc8032"]) {
        let signer = NoteSigner::new("test", &seed(&sample["seed"])).unwrap();
        assert_eq!(signer.key().public().to_vec(), bytes(&sample["public"]));
        let message = bytes(&sample["message"]);
        assert_eq!(signer.sign(&message).to_vec(), bytes(&sample["signature"]));
        assert!(signer.key().verifies(&message, &bytes(&sample["signature"])));
        assert!(!signer.key().verifies(b"another text", &bytes(&sample["signature"])));
    }
}

#[test]
fn a_key_has_one_text() {
    let v = vectors("keys.json");
    for sample in list(&v["keys"]) {
        let signer = NoteSigner::new(text(&sample["name"]), &seed(&sample["seed"])).unwrap();
        assert_eq!(signer.key().to_string(), text(&sample["text"]));
        assert_eq!(VerifierKey::read(text(&sample["text"])).as_ref(), Ok(signer.key()));
        assert!(!format!("{signer:?}").contains(text(&sample["seed"])));
    }
    for sample in list(&v["not_keys"]) {
        assert!(VerifierKey::read(text(&sample["text"])).is_err(), "{}", sample["is"]);
    }
}

#[test]
fn lines_are_judged_by_the_keys_of_their_time() {
    let v = vectors("keys.json");
    for ledger in list(&v["ledgers"]) {
        let (chain, keys) = replay(text(&v["case"]), &ledger["entries"]);
        for sample in list(&ledger["notes"]) {
            let place = format!("{}: {}", ledger["is"], sample["is"]);
            let note = Checkpoint::read(text(&sample["note"]).as_bytes()).unwrap();
            assert_eq!(note.to_note(), text(&sample["note"]), "{place}");
            assert_eq!(chain.compare(&note), ledger::Anchor::Holds, "{place}");
            let (says, by, line) = match keys.judge(&note) {
                Signed::ByCase(by) => ("by case", by, None),
                Signed::NotByCase => ("not by case", Vec::new(), None),
                Signed::NoKey => ("no key", Vec::new(), None),
                Signed::Forged { line, .. } => ("forged", Vec::new(), Some(line as u64)),
            };
            let mut expected: Vec<&str> = list(&sample["by"]).iter().map(text).collect();
            let mut by: Vec<String> = by.iter().map(ToString::to_string).collect();
            expected.sort_unstable();
            by.sort_unstable();
            assert_eq!((says, line), (text(&sample["says"]), sample["line"].as_u64()), "{place}");
            assert_eq!(by, expected, "{place}");
        }
    }
}

#[test]
fn entries_about_keys_are_faulted_by_their_place() {
    let v = vectors("keys.json");
    let mut seen = 0;
    for ledger in list(&v["ledgers"]) {
        let (_, keys) = replay(text(&v["case"]), &ledger["entries"]);
        let kind = |kind: &KeyFaultKind| match kind {
            KeyFaultKind::Member(_) => "member",
            KeyFaultKind::Known(_) => "known",
            KeyFaultKind::NotTheCases(_) => "not the case's",
            KeyFaultKind::RevokedAgain(_) => "revoked again",
            KeyFaultKind::RotationSignature(_) => "rotation signature",
        };
        let found: Vec<(u64, &str)> = keys.faults().iter().map(|f| (f.entry, kind(&f.kind))).collect();
        let expected: Vec<(u64, &str)> =
            list(&ledger["faults"]).iter().map(|f| (f["entry"].as_u64().unwrap(), text(&f["kind"]))).collect();
        assert_eq!(found, expected, "{}", ledger["is"]);
        for fault in keys.faults() {
            assert!(fault.to_string().starts_with(&format!("entry {}: ", fault.entry)));
        }
        seen += found.len();
    }
    assert!(seen > 10);
}

#[test]
fn what_is_signed_here_is_judged_signed() {
    let case = crate::chain::CASE;
    let (old, new) = (NoteSigner::new("old", &[7; 32]).unwrap(), NoteSigner::new("new", &[8; 32]).unwrap());
    let (mut chain, mut keys) = (Chain::new(case), CaseKeys::new(case));
    let members = [vec![("key", ledger::Json::from(old.key().to_string()))], rotation_members(case, 1, &old, &new)];
    for (seq, members) in members.into_iter().enumerate() {
        let kind = if seq == 0 { "case.create" } else { "key.rotate" };
        let head = ledger::EntryHead {
            case: case.into(),
            seq: seq as u64,
            kind: kind.into(),
            prev: chain.head(),
            time: "2026-11-22T00:00:00.000Z".into(),
        };
        let entry = ledger::Entry::new(head, members).unwrap();
        keys.push(seq as u64, &chain.push(entry.text().as_bytes()).unwrap());
        let mut note = Checkpoint::unsigned(case, chain.head());
        note.signatures = [&old, &new].map(|s| s.line(&note)).to_vec();
        let signer = if seq == 0 { &old } else { &new };
        assert_eq!(keys.judge(&note), Signed::ByCase(vec![signer.key().clone()]));
        assert_eq!(Checkpoint::read(note.to_note().as_bytes()).as_ref(), Ok(&note));
    }
    assert_eq!(keys.faults(), []);
    assert_eq!(keys.after(2).collect::<Vec<_>>(), [new.key()]);
    assert!(keys.knows(old.key()) && keys.after(0).next().is_none());
}

//! Every change after the fact is found, with its place, by `verify`: exit 0, 1 or 2.

use super::laptop_case;
use crate::support::{Bench, Said};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

fn verify(bench: &Bench, evidence: &Path) -> Said {
    bench.on("verify", &["--evidence", evidence.to_str().unwrap()])
}

/// Changes a case behind the program's back.
fn sql(bench: &Bench, statement: &str) {
    let db = Connection::open(bench.case()).unwrap();
    let changed = db.execute(statement, []).unwrap_or_else(|e| panic!("{statement}: {e}"));
    assert!(changed > 0, "{statement} changes something");
}

#[test]
fn an_untouched_case_verifies_with_its_evidence() {
    let [laptop, usb, logs] = laptop_case();
    let bench = Bench::with(&[&laptop, &usb, &logs]);
    let options =
        ["--evidence", laptop.to_str().unwrap(), "--evidence", usb.to_str().unwrap(), "--evidence", logs.to_str().unwrap()];
    let said = bench.on("verify", &[&options[..], &["--json"]].concat()).good();
    assert_eq!(said.json()["ok"], true, "{}", said.text());
}

#[test]
fn md5_and_sha1_are_made_anew_where_they_are_asked_for() {
    let [laptop, ..] = laptop_case();
    let bench = Bench::with(&[&laptop]);
    let image = laptop.to_str().unwrap();
    let lines = |said: Said| -> Vec<String> {
        said.good().text().lines().filter(|l| l.contains("MD5 and SHA-1")).map(str::to_owned).collect()
    };
    let by_default = lines(bench.on("verify", &["--evidence", image]));
    assert!(by_default.len() == 1 && by_default[0].starts_with("not checked"), "{by_default:?}");
    let asked = lines(bench.on("verify", &["--evidence", image, "--all-digests"]));
    assert!(asked.len() == 1 && asked[0].starts_with("holds"), "{asked:?}");
    assert_eq!(bench.on("verify", &["--all-digests"]).code, Some(2), "of which evidence?");
}

#[test]
fn a_changed_byte_of_the_evidence_is_found_with_its_range() {
    let [_, usb, _] = laptop_case();
    let bench = Bench::with(&[&usb]);
    let copy = bench.path("usb-stick.dd");
    let mut bytes = fs::read(&usb).unwrap();
    for place in [0_usize, 700_001, 2_097_151] {
        bytes[place] ^= 1;
        fs::write(&copy, &bytes).unwrap();
        let said = verify(&bench, &copy);
        assert_eq!(said.code, Some(1), "byte {place}: {}", said.text());
        // A range that holds the byte, wherever in the line it stands.
        let text = said.text();
        let line = text.lines().find(|l| l.contains("usb-stick.dd") && !l.starts_with("holds")).unwrap_or(&text);
        let numbers: Vec<usize> = line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        assert!(numbers.windows(2).any(|w| w[0] <= place && place <= w[1]), "byte {place} is in no range of: {line}");
        bytes[place] ^= 1;
    }
    fs::write(&copy, &bytes).unwrap();
    assert_eq!(verify(&bench, &copy).code, Some(0), "put right again");
}

#[test]
fn evidence_that_is_not_there_does_not_verify() {
    let [_, usb, _] = laptop_case();
    let bench = Bench::with(&[&usb]);
    let said = verify(&bench, &bench.path("not-there.dd"));
    assert_eq!(said.code, Some(2), "{}{}", said.text(), said.err);
    assert!(format!("{}{}", said.text(), said.err).contains("not-there.dd"));
    // Nothing to compare with: not even a case.
    assert_eq!(bench.run(["verify", "nowhere.casebook"]).code, Some(2));
}

#[test]
fn rows_that_were_changed_removed_or_added_are_found() {
    let [_, usb, _] = laptop_case();
    let whole = Bench::with(&[&usb]);
    let kept = fs::read(whole.case()).unwrap();
    for statement in [
        "UPDATE file SET size = size + 1 WHERE id = (SELECT max(id) FROM file)",
        "UPDATE event SET at = at + 1 WHERE id = (SELECT min(id) FROM event)",
        "DELETE FROM event WHERE id = (SELECT max(id) FROM event)",
        "DELETE FROM file WHERE id = (SELECT min(id) FROM file)",
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "DELETE FROM entry WHERE seq = 1",
    ] {
        fs::write(whole.case(), &kept).unwrap();
        sql(&whole, statement);
        let said = whole.on("verify", &[]);
        assert_eq!(said.code, Some(1), "{statement}: {}{}", said.text(), said.err);
        assert!(said.text().lines().any(|l| !l.starts_with("holds") && !l.starts_with("not checked")), "{}", said.text());
    }
}

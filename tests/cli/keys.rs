//! Signed heads: keys, rotation, revocation, kept checkpoints, older copies, what came from outside.

use crate::support::{Bench, Said, gateway_log, text};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// A bench with a passphrase and the file-kept key `one`.
struct Signing {
    bench: Bench,
}

impl Signing {
    fn new() -> Self {
        let bench = Bench::empty();
        fs::write(bench.path("pass"), "a passphrase\n").unwrap();
        let signing = Self { bench };
        signing.key("one");
        signing
    }

    /// With a case that the key `one` signs from its first entry.
    fn with_case() -> Self {
        let signing = Self::new();
        signing.run(&["new", "test.casebook", "--key", "one"]).good();
        signing
    }

    fn key(&self, name: &str) -> String {
        let said = self.run(&["key", "new", "--name", name, "--store", "file", "--json"]).good();
        text(&said.json(), "key").to_owned()
    }

    /// A run with the passphrase.
    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.bench.command(arguments);
        Said::of(command.env("CASEBOOK_PASSPHRASE_FILE", self.bench.path("pass")).output().unwrap())
    }
    /// A run on the case with the passphrase.
    fn on(&self, command: &str, arguments: &[&str]) -> Said {
        self.run(&[&[command, "test.casebook"], arguments].concat())
    }
    fn vkey(&self, name: &str) -> String {
        let all = self.run(&["key", "list", "--json"]).good().json();
        let found = all.as_array().unwrap().iter().find(|k| k["name"] == name).unwrap();
        text(found, "key").to_owned()
    }
    /// Any act: an import of a log.
    fn act(&self, name: &str) {
        fs::write(self.bench.path(name), gateway_log(name.as_bytes()[0].into())).unwrap();
        self.on("add", &[name]).good();
    }
    fn db(&self) -> Connection {
        Connection::open(self.bench.case()).unwrap()
    }
    /// The checks of a name, with whether they hold.
    fn checks(&self, name: &str, arguments: &[&str]) -> (Option<i32>, Vec<(Value, String)>) {
        let said = self.bench.on("verify", &[&["--json"], arguments].concat());
        let report = said.json();
        let named = report["checks"].as_array().unwrap().iter().filter(|c| c["name"] == name);
        (said.code, named.map(|c| (c["ok"].clone(), text(c, "says").to_owned())).collect())
    }
    fn copy(&self, from: &str, to: &str) -> PathBuf {
        fs::copy(self.bench.path(from), self.bench.path(to)).unwrap();
        self.bench.path(to)
    }
}

#[test]
fn a_case_with_a_key_is_signed_from_its_first_entry() {
    let s = Signing::with_case();
    s.act("a.log");
    let (code, checks) = s.checks("signatures", &[]);
    assert_eq!((code, checks.len()), (Some(0), 1), "{checks:?}");
    assert!(checks[0].0 == true && checks[0].1.starts_with("3 checkpoints are signed"), "{checks:?}");
    let sealed = s.on("seal", &["--json", "--out", "kept.note"]).good().json();
    assert_eq!(sealed["signed_by"][0], s.vkey("one"));
    assert_eq!(fs::read_to_string(s.bench.path("kept.note")).unwrap(), text(&sealed, "note"));
    // Every entry names the key that signed the checkpoint over it.
    let bodies: Vec<Vec<u8>> =
        s.db().prepare("SELECT body FROM entry").unwrap().query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    for body in bodies {
        let entry: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(entry["actor"]["key"], s.vkey("one"), "{entry}");
    }
    let known = s.bench.on("verify", &["--key", &s.vkey("one"), "--json"]).good().json();
    assert_eq!(known["verdict"], "verified");
}

#[test]
fn a_key_from_elsewhere_that_did_not_sign_is_a_mismatch() {
    let s = Signing::with_case();
    let other = s.key("two");
    for key in [other.as_str(), "one+00000000+AAAA", "nothing"] {
        let said = s.bench.on("verify", &["--key", key]);
        assert_eq!(said.code, Some(1), "{key}: {}", said.text());
    }
}

#[test]
fn a_case_without_a_key_chains_and_says_what_is_unsigned() {
    let s = Signing::new();
    s.run(&["new", "test.casebook"]).good();
    s.act("a.log");
    let (code, checks) = s.checks("signatures", &[]);
    assert!(code == Some(0) && checks.len() == 1 && checks[0].0.is_null(), "{checks:?}");
    assert!(checks[0].1.contains("checkpoints of 1 to 3 entries"), "{checks:?}");
    let sealed = s.on("seal", &["--json"]).good().json();
    assert_eq!(sealed["signed_by"].as_array().map(Vec::len), Some(0));
    s.run(&["key", "use", "test.casebook", "one"]).good();
    s.act("b.log");
    let (_, checks) = s.checks("signatures", &[]);
    assert_eq!(checks.iter().map(|(ok, _)| ok.as_bool()).collect::<Vec<_>>(), [None, Some(true)], "{checks:?}");
    assert!(checks[0].1.contains("1 to 3") && checks[1].1.starts_with("3 checkpoints"), "{checks:?}");
    assert_eq!(s.run(&["key", "use", "test.casebook", "one"]).code, Some(2), "a key is added once");
}

#[test]
fn without_its_passphrase_a_key_does_not_sign() {
    let s = Signing::with_case();
    fs::write(s.bench.path("a.log"), gateway_log(9)).unwrap();
    let added = s.bench.on("add", &["a.log"]).good();
    assert!(added.err.contains("not signed yet: the key one is locked"), "{}", added.err);
    let locked = s.bench.on("seal", &[]);
    assert!(locked.code == Some(2) && locked.err.contains("locked"), "{}", locked.err);
    fs::write(s.bench.path("wrong"), "another").unwrap();
    let wrong = s.bench.on("seal", &["--passphrase-file", "wrong"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("does not open"), "{}", wrong.err);
    let (code, checks) = s.checks("signatures", &[]);
    assert!(code == Some(0) && checks[0].1.contains("checkpoints of 2 to 3 entries"), "{checks:?}");
    // Sealing signs the newest; an export begins with that.
    s.on("export", &["--to", "timesketch", "--out", "rows.jsonl"]).good();
    let (_, checks) = s.checks("signatures", &[]);
    assert!(checks[0].1.contains("checkpoints of 2 entries"), "{checks:?}");
    assert!(s.run(&["key", "new", "--name", "a b", "--store", "file"]).code == Some(2), "a name has no space");
    let file = fs::read_dir(s.bench.path("state/keys")).unwrap().next().unwrap().unwrap().path();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!((&kept["version"], &kept["sealed"]["kdf"]), (&Value::from(1), &Value::from("argon2id")));
}

#[test]
fn nothing_is_disclosed_that_the_key_of_the_case_can_not_sign() {
    let s = Signing::with_case();
    s.act("a.log");
    let entries = || s.bench.on("info", &["--json"]).good().json()["entries"].clone();
    let (before, options) = (entries(), ["--view", "timeline", "--out", "p.zip"]);
    let refused = s.bench.on("disclose", &options);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("the key one is locked") && refused.err.contains("--passphrase-file"), "{}", refused.err);
    assert!(!s.bench.path("p.zip").exists());
    assert_eq!(entries(), before, "an entry of what was not done");
    s.on("disclose", &options).good();
    s.bench.run(["verify", "p.zip"]).good();
}

#[test]
fn a_case_only_grew_since_a_checkpoint_that_was_kept() {
    let s = Signing::with_case();
    s.act("a.log");
    let sealed = s.on("seal", &["--out", "kept.note", "--json"]).good().json();
    s.act("b.log");
    let paper = format!("{} {}\n", sealed["entries"], text(&sealed, "root"));
    let words: Vec<&str> = sealed["words"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    fs::write(s.bench.path("paper.txt"), &paper).unwrap();
    fs::write(s.bench.path("words.txt"), format!("{} {}", sealed["entries"], words.join(" "))).unwrap();
    for kept in ["kept.note", "paper.txt", "words.txt"] {
        let said = s.bench.on("verify", &["--since", kept, "--json"]).good().json();
        assert_eq!(said["verdict"], "verified", "{kept}");
    }
    s.bench.on("verify", &["--checkpoint", "kept.note"]).good();
    fs::write(s.bench.path("paper.txt"), paper.replace(['1', '2'], "3")).unwrap();
    assert_eq!(s.bench.on("verify", &["--since", "paper.txt"]).code, Some(1));
    let other = Signing::with_case();
    other.on("seal", &["--out", "other.note"]).good();
    let other = other.bench.path("other.note");
    assert_eq!(s.bench.on("verify", &["--since", other.to_str().unwrap()]).code, Some(1), "of another case");
}

#[test]
fn keys_are_rotated_and_revoked() {
    let s = Signing::with_case();
    let (one, two) = (s.vkey("one"), s.key("two"));
    s.act("a.log");
    s.run(&["key", "rotate", "test.casebook", "--to", "two"]).good();
    s.act("b.log");
    let (code, checks) = s.checks("signatures", &[]);
    assert!(code == Some(0) && checks.len() == 1, "{checks:?}");
    assert!(checks[0].1.contains(&format!("3 by {one}")) && checks[0].1.contains(&format!("3 by {two}")), "{checks:?}");
    for key in [&one, &two] {
        s.bench.on("verify", &["--key", key]).good();
    }
    assert_eq!(s.run(&["key", "rotate", "test.casebook", "--to", "one"]).code, Some(2), "a replaced key does not come back");
    assert_eq!(s.run(&["key", "revoke", "test.casebook", "one", "--reason", "x"]).code, Some(2), "it is none of the case's");
    assert_eq!(s.run(&["key", "revoke", "test.casebook", "two", "--reason", " "]).code, Some(2), "a reason in words");
    s.run(&["key", "revoke", "test.casebook", "two", "--reason", "the machine was stolen"]).good();
    assert_eq!(s.run(&["key", "revoke", "test.casebook", "two", "--reason", "again"]).code, Some(2));
    let sealed = s.on("seal", &["--json"]).good().json();
    assert_eq!(sealed["signed_by"].as_array().map(Vec::len), Some(0), "{sealed}");
    let (code, checks) = s.checks("signatures", &["--key", &two]);
    assert!(code == Some(0) && checks[0].1.contains("as the case had no key: checkpoints of 7 entries"), "{checks:?}");
    assert_eq!(s.run(&["key", "list", "test.casebook", "--json"]).good().json().as_array().map(Vec::len), Some(0));
}

#[test]
fn signatures_that_were_stripped_or_forged_are_told() {
    let s = Signing::with_case();
    s.act("a.log");
    let note: String = s.db().query_row("SELECT note FROM checkpoint WHERE size = 2", [], |r| r.get(0)).unwrap();
    let first: String = s.db().query_row("SELECT note FROM checkpoint WHERE size = 1", [], |r| r.get(0)).unwrap();
    let (text, line) = note.split_once("\n\n").unwrap();
    let set = |note: String| s.db().execute("UPDATE checkpoint SET note = ?1 WHERE size = 2", [note]).unwrap();
    set(format!("{text}\n\n"));
    let (code, checks) = s.checks("signatures", &[]);
    assert!(code == Some(0) && checks[0].0.is_null() && checks[0].1.contains("not signed by a key of the case"), "{checks:?}");
    set(format!("{text}\n\n{}", first.split_once("\n\n").unwrap().1));
    let (code, checks) = s.checks("signatures", &[]);
    assert!(code == Some(1) && checks.iter().any(|(ok, says)| ok == false && says.contains("forged")), "{checks:?}");
    set(format!("{text}\n\n{line}"));
    assert_eq!(s.checks("signatures", &[]).0, Some(0));
}

#[test]
fn an_older_copy_is_not_signed_and_goes_on_only_as_a_branch() {
    let s = Signing::with_case();
    s.act("a.log");
    s.copy("test.casebook", "older.casebook");
    s.act("b.log");
    assert_eq!(s.on("branch", &["--reason", "none"]).code, Some(2), "the newest copy has nothing to part from");
    s.copy("test.casebook", "newer.casebook");
    s.copy("older.casebook", "test.casebook");
    fs::write(s.bench.path("c.log"), gateway_log(3)).unwrap();
    for run in [
        ["add", "c.log"].as_slice(),
        &["key", "revoke", "one", "--reason", "x"],
        &["export", "--to", "timesketch", "--out", "x.jsonl"],
    ] {
        let said = match run {
            ["key", act, rest @ ..] => s.run(&[&["key", act, "test.casebook"], rest].concat()),
            [command, rest @ ..] => s.on(command, rest),
            [] => unreachable!(),
        };
        // Revoking the only key leaves none to sign with, and is chained.
        let expected = if run[0] == "key" { Some(0) } else { Some(2) };
        assert_eq!(said.code, expected, "{run:?}: {}{}", said.err, said.text());
        if expected == Some(2) {
            assert!(said.err.contains("older copy") && said.err.contains("casebook branch"), "{}", said.err);
        }
        s.copy("older.casebook", "test.casebook");
    }
    assert_eq!(s.bench.on("verify", &[]).code, Some(1), "verification tells of the older copy too");
    assert_eq!(s.on("branch", &["--reason", ""]).code, Some(2), "a reason in words");
    s.on("branch", &["--reason", "the newer copy was lost"]).good();
    s.act("d.log");
    s.bench.on("verify", &[]).good();
    let body: Vec<u8> = s.db().query_row("SELECT body FROM entry WHERE seq = 3", [], |r| r.get(0)).unwrap();
    let entry: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&entry["type"], &entry["parts_from"]["size"]), (&"case.branch".into(), &"5".into()), "{entry}");
    // Now the copy that was newer is the other branch.
    s.copy("newer.casebook", "test.casebook");
    let said = s.on("add", &["c.log"]);
    assert!(said.code == Some(2) && said.err.contains("another branch"), "{}", said.err);
}

#[test]
fn a_checkpoint_of_another_party_is_kept_and_checked() {
    let s = Signing::with_case();
    s.on("seal", &["--out", "kept.note"]).good();
    s.act("a.log");
    let mut note = fs::read_to_string(s.bench.path("kept.note")).unwrap();
    note.push_str("\u{2014} witness.example AAAAAAAA\n");
    fs::write(s.bench.path("cosigned.note"), &note).unwrap();
    let taken = s.on("anchor", &["--note", "cosigned.note", "--json"]).good().json();
    assert_eq!((&taken["entry"], &taken["size"], &taken["others"][0]), (&3.into(), &1.into(), &"witness.example".into()));
    let (code, checks) = s.checks("anchors", &[]);
    assert!(code == Some(0) && checks.len() == 1 && checks[0].0 == true, "{checks:?}");
    // The first line ends with the case's own number.
    let end = note.find('\n').expect("a first line");
    let other = if &note[end - 1..end] == "0" { "1" } else { "0" };
    let of_another_case = format!("{}{other}{}", &note[..end - 1], &note[end..]);
    for wrong in [note.replace("\n1\n", "\n2\n"), of_another_case, "nothing".into()] {
        fs::write(s.bench.path("wrong.note"), &wrong).unwrap();
        assert_eq!(s.on("anchor", &["--note", "wrong.note"]).code, Some(2), "{wrong}");
    }
    for change in
        ["UPDATE anchor SET note = note || char(10)", "DELETE FROM anchor", "INSERT INTO anchor VALUES (1, 'x', NULL, NULL)"]
    {
        let kept = fs::read(s.bench.case()).unwrap();
        s.db().execute(change, []).unwrap();
        let (code, checks) = s.checks("anchors", &[]);
        assert!(code == Some(1) && checks.iter().any(|(ok, _)| ok == false), "{change}: {checks:?}");
        fs::write(s.bench.case(), kept).unwrap();
    }
}

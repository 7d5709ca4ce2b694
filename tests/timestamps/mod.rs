//! Time-stamps against a local authority: what holds is added and verifies, here and by OpenSSL;
//! whatever does not is refused with its reason, and found with its place where it is in a case.

mod authority;

use crate::support::{Bench, Said, sha256};
use authority::{Authority, P256, RSA};
use rusqlite::Connection;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn word(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

fn timestamp(bench: &Bench, what: &str, options: &[&str]) -> Said {
    let case = bench.case();
    let head = [OsStr::new("timestamp"), OsStr::new(what), case.as_os_str()];
    bench.run(head.into_iter().chain(options.iter().map(OsStr::new)))
}

/// A case with a request for its head.
struct Asked {
    bench: Bench,
    request: PathBuf,
    note: PathBuf,
}

impl Asked {
    fn new() -> Self {
        let bench = Bench::new();
        let (request, note) = (bench.path("head.tsq"), bench.path("head.note"));
        timestamp(&bench, "request", &["--out", word(&request)]).good();
        Self { bench, request, note }
    }

    fn add(&self, reply: &Path, chain: &Path) -> Said {
        let options = [word(reply), "--note", word(&self.note), "--request", word(&self.request), "--chain", word(chain)];
        timestamp(&self.bench, "add", &options)
    }

    /// That a reply is refused for a reason, and that nothing of it is in the case.
    fn refuses(&self, reply: &Path, chain: &Path, reason: &str) {
        let said = self.add(reply, chain);
        assert_eq!(said.code, Some(2), "{reason}: {}{}", said.text(), said.err);
        assert!(said.err.contains(reason), "{reason}: {}", said.err);
        assert_eq!(self.bench.info()["entries"], 1, "{reason}");
        let tokens: u32 = self.sql().query_row("SELECT count(*) FROM anchor", [], |r| r.get(0)).expect("a count");
        assert_eq!(tokens, 0, "{reason}");
    }

    fn sql(&self) -> Connection {
        Connection::open(self.bench.case()).expect("the case")
    }

    /// What `verify` says of time-stamps: whether each holds, its place, its words.
    fn verify(&self, options: &[&str]) -> (Option<i32>, Vec<Value>) {
        let said = self.bench.on("verify", &[options, &["--json"]].concat());
        let checks = said.json()["checks"].as_array().expect("checks").clone();
        (said.code, checks.into_iter().filter(|c| c["name"] == "timestamps").collect())
    }
}

/// Bytes of a reply with one byte changed, as a file.
fn changed(asked: &Asked, reply: &Path, at: impl Fn(&[u8]) -> usize) -> PathBuf {
    let mut bytes = fs::read(reply).expect("a reply");
    let at = at(&bytes);
    bytes[at] ^= 1;
    let path = asked.bench.path("changed.tsr");
    fs::write(&path, bytes).expect("a changed reply");
    path
}

#[test]
fn replies_by_rsa_and_ecdsa_are_added_listed_and_verified() {
    for key in [RSA, P256] {
        let (asked, authority) = (Asked::new(), Authority::new(key));
        let (reply, root) = (authority.reply(&asked.request, "signer"), authority.pem("root"));
        // OpenSSL agrees on the request, and on the note alone.
        for by in ["-queryfile", "-data"] {
            let file = if by == "-data" { &asked.note } else { &asked.request };
            authority.openssl(&["ts", "-verify", by, word(file), "-in", word(&reply), "-CAfile", word(&root)]);
        }
        let said = asked.add(&reply, &root).good().text();
        assert!(said.contains("CN=Example signer,O=Example Authority"), "{said}");
        assert!(said.contains("the nonce was that of the request") && said.contains("not looked at"), "{said}");
        let listed = timestamp(&asked.bench, "list", &["--json"]).good().json();
        assert_eq!((&listed[0]["anchor"], &listed[0]["size"]), (&1.into(), &1.into()), "{listed}");
        assert_eq!(listed[0]["path"].as_array().map(Vec::len), Some(2), "{listed}");

        let body: Vec<u8> = asked.sql().query_row("SELECT body FROM entry WHERE seq = 1", [], |r| r.get(0)).expect("an entry");
        let entry: Value = serde_json::from_slice(&body).expect("an entry");
        let anchor = &entry["anchor"];
        assert_eq!((&entry["type"], &anchor["kind"], &anchor["size"]), (&"anchor".into(), &"rfc3161".into(), &"1".into()));
        assert_eq!(anchor["note"], sha256(&fs::read(&asked.note).expect("a note")));
        assert_eq!(anchor["token"], sha256(&fs::read(&reply).expect("a reply")));
        assert_eq!(anchor["time"], listed[0]["time"]);
        let (token, chain): (Vec<u8>, String) = asked
            .sql()
            .query_row("SELECT token, chain FROM anchor WHERE seq = 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .expect("a row");
        assert_eq!(anchor["chain"], sha256(chain.as_bytes()));
        // A stranger has what is in the case, and OpenSSL.
        for (name, bytes) in [("token.tsr", &token[..]), ("chain.pem", chain.as_bytes())] {
            fs::write(asked.bench.path(name), bytes).expect("a file");
        }
        let (token, chain) = (asked.bench.path("token.tsr"), asked.bench.path("chain.pem"));
        authority.openssl(&["ts", "-verify", "-data", word(&asked.note), "-in", word(&token), "-CAfile", word(&chain)]);

        let (code, checks) = asked.verify(&[]);
        assert_eq!(code, Some(0), "{checks:?}");
        let holds = checks.iter().find(|c| c["ok"] == true).expect("it holds");
        let says = holds["says"].as_str().expect("words");
        assert!(says.starts_with("anchor 1: the first entry existed at 20"), "{says}");
        assert!(says.contains("entry 1 and those after it are later") && !says.contains("clock"), "{says}");
        assert!(checks.iter().any(|c| c["ok"].is_null() && c["says"].as_str().is_some_and(|s| s.contains("--tsa-chain"))));
        let (code, checks) = asked.verify(&["--tsa-chain", word(&root)]);
        assert_eq!(code, Some(0), "{checks:?}");
        assert!(checks.iter().any(|c| c["says"].as_str().is_some_and(|s| s.contains("which was given"))), "{checks:?}");

        let again = asked.add(&reply, &root);
        assert!(again.code == Some(2) && again.err.contains("anchor 1"), "{}", again.err);
    }
}

#[test]
fn a_token_signed_with_pss_and_one_under_an_authority_between_hold() {
    let (asked, authority) = (Asked::new(), Authority::new(RSA));
    let pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"];
    asked.add(&authority.signed_again(&asked.request, "signer", &pss, |_| {}), &authority.pem("root")).good();

    authority.certificate("between", "root", "root", RSA, "365");
    authority.certificate("below", "between", "signer", P256, "365");
    let reply = authority.reply(&asked.request, "below");
    let alone = asked.add(&reply, &authority.pem("root"));
    assert!(alone.err.contains("CN=Example between,O=Example Authority, which issued"), "{}", alone.err);
    let chain = asked.bench.path("both.pem");
    let text = |name: &str| fs::read_to_string(authority.pem(name)).expect("a certificate");
    fs::write(&chain, format!("Text is passed over.\n{}{}", text("between"), text("root"))).expect("a file");
    asked.add(&reply, &chain).good();
    // The reader's root is enough: what lies between is kept in the case.
    let (code, checks) = asked.verify(&["--tsa-chain", word(&authority.pem("root"))]);
    assert_eq!((code, checks.iter().filter(|c| c["ok"] == true).count()), (Some(0), 2), "{checks:?}");
}

#[test]
fn forged_replies_are_refused() {
    let (asked, authority) = (Asked::new(), Authority::new(RSA));
    let (reply, root) = (authority.reply(&asked.request, "signer"), authority.pem("root"));
    let digest = hex::decode(sha256(&fs::read(&asked.note).expect("a note"))).expect("a digest");
    let imprint = |b: &[u8]| b.windows(32).position(|w| w == digest).expect("the imprint");
    asked.refuses(&changed(&asked, &reply, imprint), &root, "the imprint is not the SHA-256 of this note");
    asked.refuses(&changed(&asked, &reply, |b| b.len() - 1), &root, "the token's signature does not hold");
    // The time: the last digit before its `Z`.
    let time = |b: &[u8]| b.windows(2).position(|w| w == [0x18, 15]).expect("a time") + 15;
    asked.refuses(&changed(&asked, &reply, time), &root, "the message digest is not that of the time-stamp");
    let bytes = fs::read(&reply).expect("a reply");
    for length in [0, 1, 9, bytes.len() / 2, bytes.len() - 1] {
        let cut = asked.bench.path("cut.tsr");
        fs::write(&cut, &bytes[..length]).expect("a cut reply");
        asked.refuses(&cut, &root, "the reply cannot be read");
    }
    // What is left holds.
    asked.add(&reply, &root).good();
}

#[test]
fn replies_to_others_are_refused() {
    let (asked, authority) = (Asked::new(), Authority::new(P256));
    let root = authority.pem("root");
    // Over another note, with its own request.
    let other = Asked::new();
    asked.refuses(&authority.reply(&other.request, "signer"), &root, "the imprint is not the SHA-256 of this note");
    // To another request for the same note.
    let second = asked.bench.path("second.tsq");
    let beside = asked.bench.path("note of the second");
    timestamp(&asked.bench, "request", &["--out", word(&second), "--note", word(&beside)]).good();
    assert_eq!(fs::read(beside).expect("a note"), fs::read(&asked.note).expect("a note"));
    let reply = authority.reply(&second, "signer");
    asked.refuses(&reply, &root, "the nonce is not that of the request");
    // A request for another note, and a note of another case.
    let options = [word(&reply), "--note", word(&asked.note), "--request", word(&other.request)];
    let said = timestamp(&asked.bench, "add", &options);
    assert!(said.code == Some(2) && said.err.contains("the request is not for this note"), "{}", said.err);
    let said = timestamp(&asked.bench, "add", &[word(&reply), "--note", word(&other.note)]);
    assert!(said.code == Some(2) && said.err.contains("not a checkpoint of this case"), "{}", said.err);
    // Without a request or a chain it is added, and says what was not compared.
    let said = timestamp(&asked.bench, "add", &[word(&reply), "--note", word(&asked.note)]).good().text();
    assert!(said.contains("chain not checked") && said.contains("not compared"), "{said}");
    let (code, checks) = asked.verify(&[]);
    assert!(code == Some(0) && checks.iter().any(|c| c["says"].as_str().is_some_and(|s| s.contains("no chain was stored"))));
    assert_eq!(asked.verify(&["--tsa-chain", word(&root)]).0, Some(0));
}

#[test]
fn certificates_that_may_not_sign_are_refused() {
    let (asked, authority) = (Asked::new(), Authority::new(RSA));
    let root = authority.pem("root");
    for (name, section, days, reason) in [
        ("plain", "leaf", "365", "it has no extended key usage"),
        ("loose", "not-critical", "365", "its extended key usage is not marked critical"),
        ("two", "two-usages", "365", "it is not one for time-stamping alone"),
        ("expired", "signer", "-1", "it was not valid at that time"),
    ] {
        authority.certificate(name, "root", section, P256, days);
        asked.refuses(&authority.signed_again(&asked.request, name, &[], |_| {}), &root, reason);
    }
    // Issued by one that is no authority.
    authority.certificate("child", "signer", "signer", P256, "365");
    let chain = asked.bench.path("chain.pem");
    let both = ["signer", "root"].map(|n| fs::read_to_string(authority.pem(n)).expect("a certificate")).concat();
    fs::write(&chain, both).expect("a file");
    asked.refuses(&authority.signed_again(&asked.request, "child", &[], |_| {}), &chain, "it is not an authority's");
    // Under other roots: of another name, and of the same name with another key.
    let reply = authority.reply(&asked.request, "signer");
    asked.refuses(&reply, &Authority::new(RSA).pem("root"), "not signed by the key of the certificate given");
    authority.certificate("stranger", "stranger", "root", P256, "365");
    asked.refuses(&reply, &authority.pem("stranger"), "CN=Example root,O=Example Authority, which issued");
    asked.refuses(&reply, &asked.note, "a certificate in PEM was expected");
}

#[test]
fn a_rejection_is_told_in_its_words() {
    let (asked, authority) = (Asked::new(), Authority::new(P256));
    let query = authority.path("policy.tsq");
    let request =
        ["ts", "-query", "-data", word(&asked.note), "-sha256", "-tspolicy", "1.3.6.1.4.1.99999.7", "-out", word(&query)];
    authority.openssl(&request);
    let reply = authority.reply(&query, "signer");
    asked.refuses(&reply, &authority.pem("root"), "the authority did not grant a token: rejection");
    asked.refuses(&reply, &authority.pem("root"), "policy not supported");
}

#[test]
fn what_is_changed_in_the_case_is_found_with_its_place() {
    let (asked, authority) = (Asked::new(), Authority::new(P256));
    let root = authority.pem("root");
    asked.add(&authority.reply(&asked.request, "signer"), &root).good();
    let kept = fs::read(asked.bench.case()).expect("the case");
    for statement in [
        "UPDATE anchor SET token = CAST(substr(token, 1, length(token) - 1) || x'00' AS BLOB)",
        "UPDATE anchor SET token = NULL",
        "UPDATE anchor SET note = note || ' '",
        "UPDATE anchor SET chain = NULL",
        "DELETE FROM anchor",
    ] {
        fs::write(asked.bench.case(), &kept).expect("the case");
        assert_eq!(asked.sql().execute(statement, []).expect(statement), 1);
        let (code, checks) = asked.verify(&[]);
        let failed = checks.iter().find(|c| c["ok"] == false).unwrap_or_else(|| panic!("{statement}: {checks:?}"));
        assert_eq!((code, &failed["place"]), (Some(1), &"anchor 1".into()), "{statement}");
        assert_eq!(timestamp(&asked.bench, "list", &[]).code, Some(1), "{statement}");
    }
    fs::write(asked.bench.case(), &kept).expect("the case");
    // A reader who trusts another authority is told which certificate ends it.
    let stranger = Authority::new(P256);
    let (code, checks) = asked.verify(&["--tsa-chain", word(&stranger.pem("root"))]);
    let failed = checks.iter().find(|c| c["ok"] == false).expect("it fails");
    assert_eq!((code, &failed["place"]), (Some(1), &"anchor 1".into()), "{failed}");
    assert!(failed["says"].as_str().is_some_and(|s| s.contains("CN=Example signer")), "{failed}");
    assert_eq!(asked.verify(&[]).0, Some(0), "put right again");
}

#[test]
fn a_clock_that_contradicts_a_token_is_told() {
    let (asked, authority) = (Asked::new(), Authority::new(P256));
    // A token of the middle of next month: entry 1, which holds it, is dated before it.
    let later = |info: &mut Vec<u8>| {
        let at = info.windows(2).position(|w| w == [0x18, 15]).expect("a time") + 2;
        let (year, month): (u32, u32) = (number(&info[at..at + 4]), number(&info[at + 4..at + 6]));
        let next = if month == 12 { format!("{}01", year + 1) } else { format!("{year}{:02}", month + 1) };
        info[at..at + 8].copy_from_slice(format!("{next}15").as_bytes());
    };
    asked.add(&authority.signed_again(&asked.request, "signer", &[], later), &authority.pem("root")).good();
    let (code, checks) = asked.verify(&[]);
    let says = |c: &Value| c["says"].as_str().is_some_and(|s| s.contains("clock says otherwise: entry 1 is dated"));
    assert!(code == Some(0) && checks.iter().any(says), "{checks:?}");
}

fn number(digits: &[u8]) -> u32 {
    std::str::from_utf8(digits).expect("digits").parse().expect("a number")
}

#[test]
fn files_that_are_there_are_not_written_over() {
    let asked = Asked::new();
    let before = fs::read(&asked.request).expect("a request");
    let said = timestamp(&asked.bench, "request", &["--out", word(&asked.request)]);
    assert_eq!((said.code, fs::read(&asked.request).expect("a request")), (Some(2), before));
    let new = asked.bench.path("new.tsq");
    let beside = ["--out", word(&new), "--note", word(&asked.note)];
    assert_eq!(timestamp(&asked.bench, "request", &beside).code, Some(2));
    let folder = fs::read_dir(asked.bench.folder.path()).expect("a folder").count();
    // The case, the note, the request, the state.
    assert_eq!(folder, 4, "nothing else is written");
}

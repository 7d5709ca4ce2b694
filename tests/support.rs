//! The command line as a program, run on real files in a folder of its own.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The program under test: what `CASEBOOK_BIN` names, else the one built beside these tests.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("CASEBOOK_BIN") {
        return PathBuf::from(named);
    }
    let here = std::env::current_exe().expect("the path of this test");
    let folder = here.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let found = folder.join(format!("casebook{}", std::env::consts::EXE_SUFFIX));
    assert!(found.is_file(), "{} is not there; build it first: cargo build -p casebook", found.display());
    found
}

/// What a run said.
pub struct Said {
    pub code: Option<i32>,
    pub out: Vec<u8>,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self { code: output.status.code(), out: output.stdout, err: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    /// Itself, if the run ended with exit code 0.
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.err, self.text());
        self
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|e| panic!("not JSON ({e}): {}\n{}", self.text(), self.err))
    }

    /// One value a line.
    pub fn rows(&self) -> Vec<Value> {
        let line = |l: &str| serde_json::from_str(l).unwrap_or_else(|e| panic!("not JSON ({e}): {l}"));
        self.text().lines().map(line).collect()
    }
}

/// A folder with one case in it and a state folder of its own; gone when dropped.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    /// A folder in which `new` has made a case.
    pub fn new() -> Self {
        let bench = Self::empty();
        bench.run(["new", bench.case().to_str().expect("a path that is text"), "--title", "Test", "--examiner", "A1"]).good();
        bench
    }

    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A new case with evidence in it.
    pub fn with(evidence: &[&Path]) -> Self {
        let bench = Self::new();
        bench.add(evidence);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn case(&self) -> PathBuf {
        self.path("test.casebook")
    }

    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).env("CASEBOOK_STATE", self.path("state")).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Said {
        Said::of(self.command(arguments).output().expect("the program starts"))
    }

    /// A subcommand on the case of this folder.
    pub fn on(&self, subcommand: &str, arguments: &[&str]) -> Said {
        let case = self.case();
        let head = [OsStr::new(subcommand), case.as_os_str()];
        self.run(head.into_iter().chain(arguments.iter().map(OsStr::new)))
    }

    /// Imports evidence; the last line of its progress.
    pub fn add(&self, evidence: &[&Path]) -> Value {
        self.add_with(evidence, &[])
    }

    pub fn add_with(&self, evidence: &[&Path], options: &[&str]) -> Value {
        let paths: Vec<&str> = evidence.iter().map(|p| p.to_str().expect("a path that is text")).collect();
        let said = self.on("add", &[&paths, options, &["--json"]].concat()).good();
        let last = said.rows().pop().expect("a last line");
        assert_eq!(last["done"], true, "{last}");
        last
    }

    pub fn view(&self, name: &str, options: &[&str]) -> Vec<Value> {
        self.on("view", &[&[name, "--format", "jsonl"], options].concat()).good().rows()
    }

    pub fn files(&self, options: &[&str]) -> Vec<Value> {
        self.on("files", &[&["--format", "jsonl"], options].concat()).good().rows()
    }

    pub fn info(&self) -> Value {
        self.on("info", &["--json"]).good().json()
    }

    /// Bytes of a file by path.
    pub fn cat(&self, source: i64, path: &str, options: &[&str]) -> Vec<u8> {
        self.on("cat", &[&["--source", &source.to_string(), "--path", path], options].concat()).out
    }
}

pub fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}

/// A sample of this repository.
pub fn sample(path: &str) -> PathBuf {
    crate::tree::root().join("samples").join(path)
}

/// Access log lines, the same ones each time, made by no clock and no chance.
pub fn gateway_log(lines: u32) -> String {
    use std::fmt::Write;
    let mut log = String::new();
    for n in 0..lines {
        let (hour, minute, second) = (n / 3600 % 24, n / 60 % 60, n % 60);
        writeln!(
            log,
            "192.0.2.{} - KEY{:04} [0{}/Jun/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET /v1/customers/{}/profile HTTP/1.1\" {} {} \"-\" \"test\"",
            n % 200,
            n.wrapping_mul(2_654_435_761) >> 24,
            1 + n / 86_400 % 9,
            70_000_000 + n.wrapping_mul(48_271) % 99_991,
            if n % 17 == 0 { 404 } else { 200 },
            200 + n % 1000,
        )
        .expect("text");
    }
    log
}

/// The collection of evidence by others, where it is; else says that its checks were skipped.
pub fn evidence_by_others() -> Option<PathBuf> {
    let beside = crate::tree::root().parent().map(|p| p.join("shared/evidence"));
    let found = std::env::var_os("CASEBOOK_EVIDENCE").map(PathBuf::from).or(beside).filter(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: external evidence not found");
    }
    found
}

/// A file of the collection with its original bytes: unpacked into the bench's folder where it is there as `.xz`.
pub fn original(bench: &Bench, path: &str) -> Option<PathBuf> {
    let collection = evidence_by_others()?;
    let plain = collection.join(path);
    if plain.is_file() {
        return Some(plain);
    }
    let packed = collection.join(format!("{path}.xz"));
    assert!(packed.is_file(), "{path} is not in {}", collection.display());
    Some(unpacked(bench, &packed))
}

/// The original bytes of a `.xz` file, read by the program under test itself.
pub fn unpacked(bench: &Bench, packed: &Path) -> PathBuf {
    let name = packed.file_stem().expect("a name").to_owned();
    let to = bench.path("unpacked").join(&name);
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    let source = Bench::with(&[packed]);
    let bytes = source.cat(1, name.to_str().expect("a name that is text"), &[]);
    std::fs::write(&to, bytes).expect("room for the original bytes");
    to
}

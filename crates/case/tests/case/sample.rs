use case::verify::{Check, Options, Report, verify};
use ledger::{Chain, Checkpoint, Entry};
use rusqlite::Connection;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

pub const LINES: i64 = 1500;

/// The sample disk, a lone log of the same lines, and a case of both.
pub struct Sample {
    pub folder: TempDir,
    pub disk: PathBuf,
    pub log: PathBuf,
    pub case: PathBuf,
    /// The checkpoint after the last entry, as kept elsewhere.
    pub note: Vec<u8>,
}

pub fn truth(name: &str) -> Vec<String> {
    let path = format!("{}/../../samples/case/disk.tsv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|l| l.split_once('\t')).filter(|(n, _)| *n == name).map(|(_, v)| v.to_owned()).collect()
}

pub fn disk_bytes() -> Vec<u8> {
    let path = format!("{}/../../samples/case/disk.raw.zst", env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    let mut packed = std::fs::File::open(path).unwrap();
    ruzstd::decoding::StreamingDecoder::new(&mut packed).unwrap().read_to_end(&mut out).unwrap();
    out
}

/// The log's bytes from its sectors in the volume, as The Sleuth Kit lists them.
pub fn log_bytes(disk: &[u8]) -> Vec<u8> {
    const VOLUME: usize = 64 * 512;
    let mut out = Vec::new();
    for run in truth("log_run") {
        let (first, count) = run.split_once(' ').unwrap();
        let from = VOLUME + first.parse::<usize>().unwrap() * 512;
        out.extend_from_slice(&disk[from..from + count.parse::<usize>().unwrap() * 512]);
    }
    let end = out.iter().rposition(|b| *b == b'\n').unwrap();
    out.truncate(end + 1);
    out
}

/// Made once; tests work on copies.
pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (disk, log, path) = (at("disk.raw"), at("gateway.log"), at("sample.casebook"));
        let bytes = disk_bytes();
        std::fs::write(&disk, &bytes).unwrap();
        std::fs::write(&log, log_bytes(&bytes)).unwrap();
        case::create(&path, Some("The sample"), Some("An examiner")).unwrap();
        let options = case::import::Options { label: Some("the laptop".into()), ..Default::default() };
        case::import::add(&path, std::slice::from_ref(&disk), &options, &mut |_| true).unwrap();
        case::import::add(&path, std::slice::from_ref(&log), &Default::default(), &mut |_| true).unwrap();
        let note = last_note(&path);
        Sample { folder, disk, log, case: path, note }
    })
}

pub fn last_note(path: &Path) -> Vec<u8> {
    let db = Connection::open(path).unwrap();
    db.query_row("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", [], |r| r.get::<_, String>(0)).unwrap().into_bytes()
}

/// A copy of the sample's case.
pub fn copy(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("copy.casebook");
    std::fs::copy(&sample().case, &path).unwrap();
    path
}

/// A copy changed by SQL as anyone with the file can.
pub fn changed(folder: &TempDir, sql: &str) -> PathBuf {
    let path = copy(folder);
    let db = Connection::open(&path).unwrap();
    db.execute_batch(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    path
}

/// Changes the text of the last entry, and makes the chain and its checkpoint anew over it.
pub fn restated(path: &Path, change: impl Fn(&str) -> String) {
    let db = Connection::open(path).unwrap();
    let mut q = db.prepare("SELECT body FROM entry ORDER BY seq").unwrap();
    let mut bodies: Vec<Vec<u8>> = q.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let last = bodies.last_mut().unwrap();
    let text = String::from_utf8(last.clone()).unwrap();
    *last = change(&text).into_bytes();
    assert_ne!(*last, text.into_bytes(), "the change changes something");
    let case = Entry::read(last).unwrap().head.case;
    let mut chain = Chain::new(&case);
    bodies.iter().for_each(|body| assert!(chain.push(body).is_some()));
    let (head, note) = (chain.head(), Checkpoint::unsigned(&case, chain.head()).to_note());
    db.execute("UPDATE entry SET body = ?1 WHERE seq = ?2", (bodies.last(), head.size as i64 - 1)).unwrap();
    db.execute("UPDATE checkpoint SET note = ?1 WHERE size = ?2", (note, head.size as i64)).unwrap();
}

pub fn run(path: &Path, options: &Options) -> Report {
    verify(path, options, &mut |_| true).unwrap()
}

pub fn failures(report: &Report) -> Vec<&Check> {
    report.checks.iter().filter(|c| c.ok == Some(false)).collect()
}

/// Whether a failed check of this name names this place.
pub fn fails_at(report: &Report, name: &str, place: &str) -> bool {
    failures(report).iter().any(|c| c.name == name && c.place.as_deref().is_some_and(|p| p.contains(place)))
}

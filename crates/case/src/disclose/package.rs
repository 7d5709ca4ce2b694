//! The zip: lines and evidence from a scratch folder, with the ledger, anchors, and verifiers.

use super::collect::Made;
use crate::digest;
use crate::entries;
use crate::error::{CaseError, Result};
use crate::store::Store;
use ledger::package::{CHECKPOINT, ENTRIES};
use ledger::{Hash, Json};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What a reader without this program needs, in every package.
const FOR_READERS: [(&str, &[u8]); 3] = [
    ("SPEC.txt", include_bytes!("../../../../docs/format.md")),
    ("verify.py", include_bytes!("../../../../verifiers/verify.py")),
    ("verify.html", include_bytes!("../../../../verifiers/verify.html")),
];

/// A folder beside the package, gone when it is dropped. What comes from evidence never names a file in it.
pub struct Scratch {
    folder: TempDir,
    /// Files to be packed, in order, by the names they get.
    names: Vec<(String, PathBuf)>,
}

impl Scratch {
    pub fn beside(out: &Path) -> Result<Self> {
        let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new().prefix(".casebook-package-").tempdir_in(parent)?;
        Ok(Self { folder, names: Vec::new() })
    }
    /// Where a file of the package is written.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub fn file(&mut self, name: &str) -> Result<Lines> {
        let path = self.path(name);
        self.names.push((name.to_owned(), path.clone()));
        Ok(Lines(BufWriter::new(File::create_new(path)?)))
    }
    /// Adds a whole file under a name of the package.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(&format!("{}.part", self.names.len()));
        fs::write(&path, bytes)?;
        self.names.push((name.to_owned(), path));
        Ok(())
    }
}

/// A file of lines in the JSON profile.
pub struct Lines(BufWriter<File>);

impl Lines {
    pub fn line(&mut self, json: &Json) -> Result<()> {
        writeln!(self.0, "{}", json.to_text().map_err(|e| CaseError::Ledger(e.to_string()))?)?;
        Ok(())
    }
    pub fn finish(mut self) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

/// Packs all up to and with entry `seq`; the package appears under its name when it is whole. Its
/// length and SHA-256.
pub fn write(store: &Store, seq: u64, made: &Made, scratch: Scratch, out: &Path) -> Result<(u64, Hash)> {
    let whole = scratch.path("package.zip");
    let written = pack(store, seq, made, &scratch, &whole).and_then(|()| {
        let result = digest::of_file(&whole)?;
        fs::rename(&whole, out)?;
        Ok(result)
    });
    written.map_err(|e| match e {
        CaseError::Io(e) => CaseError::Io(io::Error::new(
            e.kind(),
            format!("entry {seq} tells of this disclosure, but its package could not be written: {e}"),
        )),
        other => other,
    })
}

fn pack(store: &Store, seq: u64, made: &Made, scratch: &Scratch, to: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create_new(to)?));
    let (chain, all) = entries::chain(store)?;
    let mut lines = String::new();
    for entry in &all {
        lines.push_str(entry.text());
        lines.push('\n');
    }
    if all.last().map(|e| e.head.seq) != Some(seq) {
        return Err(CaseError::Ledger("another program added to the case meanwhile; disclose again".into()));
    }
    let note: String =
        store.db.query_row("SELECT note FROM checkpoint WHERE size = ?1", [chain.head().size.cast_signed()], |r| r.get(0))?;
    add(&mut zip, CHECKPOINT, note.as_bytes())?;
    add(&mut zip, ENTRIES, lines.as_bytes())?;
    for (name, path) in &scratch.names {
        copy(&mut zip, name, path)?;
    }
    if made.disclosed.annex.is_some() {
        copy(&mut zip, ledger::package::ANNEX, &scratch.path(ledger::package::ANNEX))?;
    }
    copy(&mut zip, "view.sqlite", &scratch.path("view.sqlite"))?;
    let mut q = store.db.prepare("SELECT seq, note, token, chain FROM anchor ORDER BY seq")?;
    let mut rows = q.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        add(&mut zip, &format!("anchors/{seq}/note"), row.get::<_, String>(1)?.as_bytes())?;
        if let Some(token) = row.get::<_, Option<Vec<u8>>>(2)? {
            add(&mut zip, &format!("anchors/{seq}/token.tsr"), &token)?;
        }
        if let Some(chain) = row.get::<_, Option<String>>(3)? {
            add(&mut zip, &format!("anchors/{seq}/chain.pem"), chain.as_bytes())?;
        }
    }
    for (name, bytes) in FOR_READERS {
        add(&mut zip, name, bytes)?;
    }
    let file = zip.finish().map_err(io::Error::other)?.into_inner().map_err(|e| CaseError::Io(e.into_error()))?;
    Ok(file.sync_all()?)
}

type Zip = ZipWriter<BufWriter<File>>;

fn begin(zip: &mut Zip, name: &str, bytes: u64) -> Result<()> {
    // One time for all: the same disclosure gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .large_file(bytes >= u64::from(u32::MAX));
    Ok(zip.start_file(name, options).map_err(io::Error::other)?)
}

fn add(zip: &mut Zip, name: &str, bytes: &[u8]) -> Result<()> {
    begin(zip, name, bytes.len() as u64)?;
    Ok(zip.write_all(bytes)?)
}

fn copy(zip: &mut Zip, name: &str, path: &Path) -> Result<()> {
    let file = File::open(path)?;
    begin(zip, name, file.metadata()?.len())?;
    io::copy(&mut BufReader::new(file), zip)?;
    Ok(())
}

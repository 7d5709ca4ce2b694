//! The folder that is exported to: filled under another name, then renamed, so that nobody reads half of it.

use crate::error::{CaseError, Result};
use ledger::{Hash, Member};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Marks a folder that an export is filling; what holds it may be removed by the next one.
const UNFINISHED: &str = "UNFINISHED";
/// What an earlier export is called while another takes its place.
const OLD: &str = "replaced";
/// Every finished export has it.
pub const LEDGER: &str = "ledger.json";

/// A file that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Within the folder, with `/`.
    pub path: String,
    pub bytes: u64,
    pub sha256: Hash,
}

/// Hashes what passes through.
pub struct Hashing<W> {
    inner: W,
    sha: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, sha: Sha256::new(), bytes: 0 }
    }
    /// What was written, and its digest.
    pub fn finish(mut self) -> io::Result<(W, u64, Hash)> {
        self.inner.flush()?;
        Ok((self.inner, self.bytes, self.sha.finalize().into()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(data)?;
        self.sha.update(&data[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

pub type Sheet = Hashing<BufWriter<File>>;

/// The folder while it is filled.
pub struct Folder {
    to: PathBuf,
    from: PathBuf,
    replace: bool,
    pub written: Vec<Written>,
}

impl Folder {
    /// Refuses a place that holds anything, unless it is an earlier export that may be replaced.
    pub fn begin(to: &Path, overwrite: bool) -> Result<Self> {
        let refuse = |why: &str| Err(CaseError::Output(format!("{}: {why}", to.display())));
        let replace = match fs::read_dir(to) {
            Ok(mut entries) => entries.next().is_some(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => false,
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => return refuse("a file is there; give a folder"),
            Err(e) => return Err(e.into()),
        };
        if replace && !overwrite {
            return refuse("the folder is not empty");
        }
        // What is removed for good must surely be ours.
        if replace && !is_export(to) {
            return refuse("the folder holds something else than an export of Casebook, and is left as it is");
        }
        let (from, old) = (beside(to, "unfinished")?, beside(to, OLD)?);
        if old.exists() {
            return refuse(&format!("{} is in the way", old.display()));
        }
        if from.exists() {
            if !from.join(UNFINISHED).is_file() {
                return refuse(&format!("{} is in the way", from.display()));
            }
            fs::remove_dir_all(&from)?;
        }
        fs::create_dir_all(&from)?;
        fs::write(from.join(UNFINISHED), "An export of Casebook that is being written, or broke off.\n")?;
        Ok(Self { to: to.into(), from, replace, written: Vec::new() })
    }

    pub fn create(&self, path: &str) -> Result<Sheet> {
        let place = self.from.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(Hashing::new(BufWriter::with_capacity(1 << 18, File::create_new(place)?)))
    }

    pub fn finish(&mut self, path: &str, sheet: Sheet) -> Result<()> {
        let (file, bytes, sha256) = sheet.finish()?;
        drop(file);
        self.written.push(Written { path: path.into(), bytes, sha256 });
        Ok(())
    }

    pub fn write(&mut self, path: &str, text: &[u8]) -> Result<()> {
        let mut sheet = self.create(path)?;
        sheet.write_all(text)?;
        self.finish(path, sheet)
    }

    /// A file that is not told of.
    pub fn add(&self, path: &str, text: &[u8]) -> Result<()> {
        Ok(fs::write(self.from.join(path), text)?)
    }

    /// Takes back what lies below a path.
    pub fn discard(&mut self, below: &str) -> Result<()> {
        self.written.retain(|w| !w.path.starts_with(&format!("{below}/")));
        match fs::remove_dir_all(self.from.join(below)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Root over all files written so far, as over the members of a folder of evidence.
    pub fn root(&mut self) -> Hash {
        self.written.sort_by(|a, b| a.path.cmp(&b.path));
        root(&self.written)
    }

    /// The folder gets its name. What it replaces is gone afterwards.
    pub fn publish(self) -> Result<()> {
        if self.replace {
            let old = beside(&self.to, OLD)?;
            fs::rename(&self.to, &old)?;
            if let Err(e) = fs::rename(&self.from, &self.to) {
                let _ = fs::rename(&old, &self.to);
                return Err(e.into());
            }
            fs::remove_dir_all(&old)?;
        } else {
            // An empty folder may be there.
            match fs::remove_dir(&self.to) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
                Ok(()) | Err(_) => {}
            }
            fs::rename(&self.from, &self.to)?;
        }
        Ok(fs::remove_file(self.to.join(UNFINISHED))?)
    }

    /// Nothing is left of an export that broke off.
    pub fn give_up(self) {
        let _ = fs::remove_dir_all(&self.from);
    }
}

pub fn root(written: &[Written]) -> Hash {
    let members = written.iter().map(|w| Member { path: w.path.as_bytes(), bytes: w.bytes, sha256: w.sha256 });
    let mut members: Vec<Member<'_>> = members.collect();
    ledger::members_root(&mut members).root
}

fn is_export(folder: &Path) -> bool {
    let text = fs::read(folder.join(LEDGER)).unwrap_or_default();
    let found: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    found.get("casebook_export").is_some()
}

/// `NAME.SUFFIX` beside a place.
pub fn beside(place: &Path, suffix: &str) -> Result<PathBuf> {
    let name = place.file_name().ok_or_else(|| CaseError::Output(format!("{} has no name", place.display())))?;
    let mut name = name.to_os_string();
    name.push(format!(".{suffix}"));
    Ok(place.with_file_name(name))
}

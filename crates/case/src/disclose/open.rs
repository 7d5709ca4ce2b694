//! A package as a file: taken apart with bounds, then checked by the pure verifier.

use crate::error::{CaseError, Result};
use crate::verify::kept_head;
use ledger::VerifierKey;
use ledger::package::{CHECKPOINT, ENTRIES, PackageReport, ROWS, check_package, is_package_name};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

pub use ledger::package::{Opened, Trust};

/// Most bytes that the files of a package may have in all.
const MOST_BYTES: u64 = 4 << 30;
/// Most files.
const MOST_FILES: usize = 200_000;

/// Checks a package. An error where it can not be read at all; what is wrong with it is in the report.
pub fn check_file(path: &Path, trust: &Trust) -> Result<PackageReport> {
    let file = File::open(path)?;
    Ok(match files(file) {
        Ok(files) => check_package(&files, trust),
        Err(says) => PackageReport::of_bad_zip(&says),
    })
}

/// Holds openings of masked fields, one a line, against the rows of a package, which is checked by itself.
pub fn check_openings(path: &Path, openings: &[u8]) -> Result<Vec<Opened>> {
    let files = files(File::open(path)?).map_err(CaseError::Refused)?;
    Ok(ledger::package::check_openings(files.get(ROWS).map(Vec::as_slice).unwrap_or_default(), openings))
}

/// What the reader got from elsewhere: a checkpoint (a note, or a printed `size root`), a key.
pub fn trust(checkpoint: Option<&[u8]>, key: Option<&str>) -> Result<Trust> {
    let head = checkpoint.map(|text| kept_head(text).ok_or_else(|| CaseError::BadFilter("the checkpoint given is none".into())));
    let key = key.map(|k| VerifierKey::read(k).map_err(|e| CaseError::BadFilter(e.to_string())));
    Ok(Trust { head: head.transpose()?, key: key.transpose()? })
}

/// Whether a file looks like a package: a zip in which the ledger lies.
pub fn is_package(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let Ok(zip) = zip::ZipArchive::new(BufReader::new(file)) else { return false };
    zip.index_for_name(CHECKPOINT).is_some() || zip.index_for_name(ENTRIES).is_some()
}

/// Its files by name. The central directory is read by the zip library; names that are there twice are
/// found by counting the directory's own entries, since a library keeps one of them.
fn files(mut file: File) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let bad = |e: &dyn std::fmt::Display| format!("it is no zip that can be read: {e}");
    let names = directory(&mut file).map_err(|e| bad(&e))?;
    let mut seen = BTreeSet::new();
    for name in &names {
        let text = std::str::from_utf8(name).map_err(|_| "a name in it is not UTF-8".to_owned())?;
        if !is_package_name(text) {
            return Err(format!("{text:?} is no file of a package"));
        }
        if !seen.insert(text) {
            return Err(format!("{text} is in it twice"));
        }
    }
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| bad(&e))?;
    if zip.len() != names.len() {
        return Err("its directory does not agree with itself".into());
    }
    let mut files = BTreeMap::new();
    let mut left = MOST_BYTES;
    for (n, name) in names.iter().enumerate() {
        let name = String::from_utf8_lossy(name).into_owned();
        let mut member = zip.by_index(n).map_err(|e| bad(&e))?;
        if member.encrypted() {
            return Err(format!("{name} is encrypted"));
        }
        if member.name().ok().as_deref() != Some(&name) {
            return Err("its directory does not agree with itself".into());
        }
        let mut bytes = Vec::new();
        (&mut member)
            .take(left.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|e| format!("{name:?} can not be read: {e}"))?;
        left = left.checked_sub(bytes.len() as u64).ok_or("its files are larger than any package")?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// The names in the central directory, as they are. Source: PKWARE APPNOTE 6.3.10, 4.3.12 and 4.3.16.
fn directory(file: &mut File) -> std::io::Result<Vec<Vec<u8>>> {
    use std::io::{Error, ErrorKind, Seek, SeekFrom};
    let bad = |what: &'static str| Error::new(ErrorKind::InvalidData, what);
    let length = file.seek(SeekFrom::End(0))?;
    // The end record lies in the last 64 KiB, its comment included.
    let tail_length = length.min(65_557);
    file.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    file.by_ref().take(tail_length).read_to_end(&mut tail)?;
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or_else(|| bad("it has no end record"))?;
    let record = tail.get(end..end + 22).ok_or_else(|| bad("its end record is cut"))?;
    let u16_at = |b: &[u8], at: usize| b.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    let u32_at = |b: &[u8], at: usize| b.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let u64_at = |b: &[u8], at: usize| b.get(at..at + 8).map_or(0, |b| u64::from_le_bytes(std::array::from_fn(|i| b[i])));
    let (mut count, mut size, mut start) =
        (u64::from(u16_at(record, 10)), u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
    if let Some(far) = end.checked_sub(20).and_then(|at| tail.get(at..end)).filter(|r| r.starts_with(b"PK\x06\x07")) {
        let mut record = [0; 56];
        file.seek(SeekFrom::Start(u64_at(far, 8)))?;
        file.read_exact(&mut record)?;
        (count, size, start) = (u64_at(&record, 32), u64_at(&record, 40), u64_at(&record, 48));
    }
    if count > MOST_FILES as u64 || size > 64 << 20 {
        return Err(bad("it has more files than any package"));
    }
    file.seek(SeekFrom::Start(start))?;
    let mut all = Vec::new();
    file.take(size).read_to_end(&mut all)?;
    let (mut names, mut at) = (Vec::new(), 0usize);
    while let Some(record) = all.get(at..at + 46) {
        if !record.starts_with(b"PK\x01\x02") {
            return Err(bad("its directory is damaged"));
        }
        let [name, extra, comment] = [28, 30, 32].map(|i| usize::from(u16_at(record, i)));
        names.push(all.get(at + 46..at + 46 + name).ok_or_else(|| bad("its directory is cut"))?.to_vec());
        at += 46 + name + extra + comment;
        if names.len() > MOST_FILES {
            return Err(bad("it has more files than any package"));
        }
    }
    if names.len() as u64 != count || at != all.len() {
        return Err(bad("its directory does not agree with itself"));
    }
    Ok(names)
}

//! The sample case: made afresh each time from invented evidence, so that every class begins alike.

use crate::desk::failed;
use case::api::ApiError;
use std::path::{Path, PathBuf};

const TITLE: &str = "Sample: the laptop";
/// Endings of what is evidence in the folder; the rest tells how it was made and what is in it.
const EVIDENCE: [&str; 6] = ["E01", "dd", "gz", "raw", "zip", "zst"];

/// Where the evidence of the sample lies: beside the program, installed, or in the tree it was built from.
fn evidence() -> Option<Vec<PathBuf>> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let places = [
        folder.join("samples/laptop-case"),
        folder.join("../lib/casebook/samples/laptop-case"),
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/laptop-case"),
    ];
    places.iter().find_map(|place| {
        let entries = std::fs::read_dir(place).ok()?.filter_map(Result::ok).map(|e| e.path());
        let mut paths: Vec<PathBuf> =
            entries.filter(|p| EVIDENCE.iter().any(|e| p.extension().is_some_and(|x| x == *e))).collect();
        paths.sort();
        (!paths.is_empty()).then_some(paths)
    })
}

pub fn available() -> bool {
    evidence().is_some()
}

/// Makes the case anew and returns its path.
pub fn make(data: &Path) -> Result<PathBuf, ApiError> {
    let evidence = evidence().ok_or_else(|| failed("the evidence of the sample is not installed"))?;
    std::fs::create_dir_all(data).map_err(failed)?;
    let path = data.join("sample.casebook");
    if path.exists() {
        std::fs::remove_file(&path).map_err(failed)?;
    }
    case::create(&path, Some(TITLE), None).map_err(|e| e.to_api())?;
    case::import::add(&path, &evidence, &case::import::Options::default(), &mut |_| true).map_err(|e| e.to_api())?;
    Ok(path)
}

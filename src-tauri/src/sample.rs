//! The sample case: made afresh each time from invented evidence, so that a class begins alike.

use crate::desk::failed;
use case::api::ApiError;
use std::path::{Path, PathBuf};

/// Where the evidence of the sample lies: beside the program, or in the tree it was built from.
fn evidence() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let beside = program.parent().map(|p| p.join("samples/training"));
    let installed = program.parent().and_then(Path::parent).map(|p| p.join("lib/casebook/samples/training"));
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/training");
    [beside, installed, Some(tree)].into_iter().flatten().find(|p| p.is_dir())
}

pub fn available() -> bool {
    evidence().is_some()
}

/// Makes the case anew and returns its path.
pub fn make(data: &Path) -> Result<PathBuf, ApiError> {
    let from = evidence().ok_or_else(|| failed("the evidence of the sample is not installed"))?;
    std::fs::create_dir_all(data).map_err(failed)?;
    let path = data.join("sample.casebook");
    if path.exists() {
        std::fs::remove_file(&path).map_err(failed)?;
    }
    case::create(&path, Some("Sample"), None).map_err(|e| e.to_api())?;
    case::import::add(&path, &[from], &case::import::Options::default(), &mut |_| true).map_err(|e| e.to_api())?;
    Ok(path)
}

use crate::Outcome;
use case::CaseError;
use std::path::{Path, PathBuf};

pub fn run(case: &Path, title: Option<&str>, examiner: Option<&str>, key: Option<&str>) -> Result<Outcome, CaseError> {
    let path = with_ending(case);
    match key.map(case::keys::find).transpose()? {
        Some(held) => {
            super::keys::unlock(&held)?;
            case::create_signed(&path, title, examiner, &held.key)?;
        }
        None => case::create(&path, title, examiner)?,
    }
    println!("{}", path.display());
    Ok(Outcome::Done)
}

/// A case is called NAME.casebook; the ending is added where no other is given.
fn with_ending(path: &Path) -> PathBuf {
    if path.extension().is_some() { path.to_owned() } else { path.with_extension("casebook") }
}

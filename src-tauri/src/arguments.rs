//! What the program is started with: a case to open, and evidence to offer for import.

use std::ffi::OsString;
use std::path::PathBuf;

pub const USAGE: &str = "usage: casebook-desktop [--case CASE [EVIDENCE...]]";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub case: Option<PathBuf>,
    /// Offered in the import dialog; nothing is imported by itself.
    pub evidence: Vec<PathBuf>,
}

impl Arguments {
    pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut read = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            if argument == "--case" {
                let path = arguments.next().ok_or("--case needs the path of a case")?;
                read.case = Some(path.into());
            } else if argument.to_string_lossy().starts_with("--") {
                return Err(format!("unknown option {}", argument.to_string_lossy()));
            } else if read.case.is_none() {
                // A case opened from a file manager comes as a bare path.
                read.case = Some(argument.into());
            } else {
                read.evidence.push(argument.into());
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        Arguments::read(words.iter().map(OsString::from))
    }

    #[test]
    fn a_case_and_evidence() {
        let both = Arguments { case: Some("c.casebook".into()), evidence: vec!["disk.E01".into()] };
        assert_eq!(read(&["--case", "c.casebook", "disk.E01"]), Ok(both));
        assert_eq!(read(&["c.casebook"]).unwrap().case, Some("c.casebook".into()));
        assert_eq!(read(&[]), Ok(Arguments::default()));
        assert!(read(&["--case"]).is_err());
        assert!(read(&["--delete"]).is_err());
    }
}

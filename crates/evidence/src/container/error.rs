use std::io;
use std::path::PathBuf;

/// Why an item could not be opened at all. Damage that leaves something readable is a note instead.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path}: {source}; check that the file is there and may be read", path = path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: not a regular file; copy or image it first and add the copy", path = path.display())]
    NotAFile { path: PathBuf },
    #[error("{path}: {format} has no reader in this version; convert it to raw or E01 and add that as well", path = path.display())]
    Unsupported { path: PathBuf, format: &'static str },
    #[error("{path}: {what}; check the copy against its source, or add the file as plain bytes", path = path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{name}: an item needs at least one path")]
    NoPath { name: String },
}

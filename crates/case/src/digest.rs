//! SHA-256 of a file, in pieces.

use ledger::Hash;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What is read at once.
const PIECE: usize = 1 << 20;

/// Length and SHA-256 of a file as it is now.
pub fn of_file(path: &Path) -> io::Result<(u64, Hash)> {
    let (mut file, mut sha, mut bytes, mut piece) = (File::open(path)?, Sha256::new(), 0u64, vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((bytes, sha.finalize().into())),
            n => {
                sha.update(&piece[..n]);
                bytes += n as u64;
            }
        }
    }
}

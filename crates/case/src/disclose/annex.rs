//! Openings of masked fields, encrypted to one recipient with age (age-encryption.org/v1).

use super::package::Scratch;
use crate::digest;
use crate::error::{CaseError, Result};
use age::stream::StreamWriter;
use ledger::package::{ANNEX, Opening, PackageTable};
use ledger::{Hash, ProofField};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Whom the annex is encrypted to.
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    /// An X25519 recipient: `age1...`.
    pub fn read(text: &str) -> Result<Self> {
        let wrong = |e: &str| CaseError::BadFilter(format!("{text} is no age recipient (age1...): {e}"));
        text.trim().parse().map(Self).map_err(wrong)
    }
}

pub struct Annex {
    out: StreamWriter<BufWriter<File>>,
    path: PathBuf,
}

impl Annex {
    pub fn begin(recipient: &Recipient, scratch: &Scratch) -> Result<Self> {
        let path = scratch.path(ANNEX);
        let failed = |e: age::EncryptError| CaseError::Io(std::io::Error::other(e.to_string()));
        let one = &recipient.0 as &dyn age::Recipient;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(one)).map_err(failed)?;
        let out = encryptor.wrap_output(BufWriter::new(File::create_new(&path)?))?;
        Ok(Self { out, path })
    }

    /// One line for each masked field: its salt and value.
    pub fn row(&mut self, import: u32, table: PackageTable, row: u64, masked: &[(u8, ProofField)]) -> Result<()> {
        for (field, shown) in masked {
            let opening = Opening { import, table, row, field: *field, shown: shown.clone() };
            let Some(line) = opening.to_json() else { continue };
            writeln!(self.out, "{}", line.to_text().map_err(|e| CaseError::Ledger(e.to_string()))?)?;
        }
        Ok(())
    }

    /// SHA-256 of the annex.
    pub fn finish(self) -> Result<Hash> {
        self.out.finish()?.into_inner().map_err(|e| CaseError::Io(e.into_error()))?.sync_all()?;
        Ok(digest::of_file(&self.path)?.1)
    }
}

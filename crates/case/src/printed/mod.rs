//! The printable head: what a case is at one moment, on paper. Whoever keeps the sheet can tell
//! later whether the case only grew since. Made of entries alone, so that the same case gives the
//! same bytes.

mod facts;
mod layout;
mod pdf;
mod wording;
mod words;

pub use wording::Language;
pub(crate) use words::root_of_words;
pub use words::words_of_root;

use crate::error::Result;
use crate::seal::Sealed;
use crate::store::Store;
use std::path::Path;

/// The head of a case as a PDF; `sealed` is its newest checkpoint.
pub fn head(case: &Path, sealed: &Sealed, language: Language) -> Result<Vec<u8>> {
    let facts = facts::gather(&Store::read(case)?, sealed)?;
    layout::pages(&facts, language)
}

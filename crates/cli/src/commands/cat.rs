use crate::Outcome;
use case::{CaseError, Store, Wanted};
use std::io::{BufWriter, Write};
use std::path::Path;

pub fn run(case: &Path, wanted: &Wanted) -> Result<Outcome, CaseError> {
    let store = Store::read(case)?;
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let read = case::cat(&store, wanted, &mut out)?;
    out.flush()?;
    let label = read.content.label();
    if label != "intact" {
        eprintln!(
            "casebook: the content of {} is {label}: these bytes may not be the file's",
            case::view::visible(&read.path, 120)
        );
    }
    Ok(Outcome::Done)
}

use crate::Outcome;
use case::api::RowTable;
use case::prove::Blocks;
use case::{CaseError, Store};
use std::path::Path;

pub fn run(case: &Path, id: &str, no_blocks: bool, out: Option<&Path>) -> Result<Outcome, CaseError> {
    let (table, number) = id.split_once(':').unwrap_or(("event", id));
    let table = match table {
        "event" => RowTable::Event,
        "file" => RowTable::File,
        "finding" => RowTable::Finding,
        "source" => RowTable::Source,
        _ => return Err(CaseError::NoSuchRow(format!("{id}: give an event's id, or file:ID, finding:ID, source:ID"))),
    };
    let number = number.parse().map_err(|_| CaseError::NoSuchRow(id.into()))?;
    let proved = case::prove_row(&Store::read(case)?, table, number, if no_blocks { Blocks::Left } else { Blocks::Shown })?;
    let bundle = proved.bundle()?;
    match out {
        Some(path) => std::fs::write(path, format!("{bundle}\n"))?,
        None => println!("{bundle}"),
    }
    eprintln!("{}", proved.verdict());
    for what in &proved.not_shown {
        eprintln!("  not shown: {what}");
    }
    Ok(if proved.holds() { Outcome::Done } else { Outcome::Mismatch })
}

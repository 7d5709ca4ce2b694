use super::{grouped, say_json};
use crate::Outcome;
use case::CaseError;
use case::diff::{ImportDiff, TableDiff, diff};
use std::path::Path;

pub fn run(a: &Path, b: &Path, json: bool) -> Result<Outcome, CaseError> {
    let found = diff(a, b)?;
    if json {
        say_json(&serde_json::to_value(&found).map_err(|e| CaseError::Ledger(e.to_string()))?)?;
    } else {
        let names = [a, b].map(|p| p.display().to_string());
        for import in &found.imports {
            tell(import, &names);
        }
        println!("{}", if found.equal { "equal: the same evidence gave the same rows" } else { "different" });
    }
    Ok(if found.equal { Outcome::Done } else { Outcome::Mismatch })
}

fn tell(import: &ImportDiff, names: &[String; 2]) {
    println!("{} (SHA-256 {})", case::view::visible(&import.name, 200), import.sha256);
    match (&import.imports, &import.content_roots) {
        ([Some(_), Some(_)], [Some(root), _]) if import.equal => println!("  equal: content root {root}"),
        ([Some(_), None], _) => println!("  only in {}", names[0]),
        ([None, _], _) => println!("  only in {}", names[1]),
        _ => {}
    }
    for (name, side) in names.iter().zip([0, 1]).filter(|_| !import.equal) {
        if let Some(root) = &import.content_roots[side] {
            println!("  content root {root}  {name}");
        }
    }
    for made in &import.made_by {
        let value = |side: usize| made.of[side].as_deref().unwrap_or("-");
        println!("  {:<20} {}  |  {}", made.what, value(0), value(1));
    }
    for table in &import.tables {
        first_row(table, names);
    }
}

fn first_row(t: &TableDiff, names: &[String; 2]) {
    println!(
        "  table {}: {} and {} rows; the first that differs is row {} ({} hashes compared)",
        t.table,
        grouped(t.rows[0]),
        grouped(t.rows[1]),
        grouped(t.first),
        t.compared
    );
    for (name, row) in names.iter().zip(&t.row) {
        match row {
            None => println!("    {name}: no such row"),
            Some(fields) => {
                println!("    {name}:");
                for field in fields.iter().filter(|f| !f.is_empty()) {
                    println!("      {field}");
                }
            }
        }
    }
}

//! What lies beside the tables: a README, the ledger, and digests.

use super::folder::Written;
use super::tables::{EVENTS, FILES, FINDINGS, SOURCES, described};
use super::{Count, Format, Job, Rows};
use crate::entries;
use crate::error::Result;
use crate::import::Roots;
use ledger::Checkpoint;
use model::Table;
use serde_json::json;
use std::fmt::Write;

/// `sha256sum -c` reads it.
pub fn sums(written: &[Written]) -> String {
    let mut lines: Vec<String> = written.iter().map(|w| format!("{}  {}\n", hex::encode(w.sha256), w.path)).collect();
    lines.sort_by(|a, b| a.get(66..).cmp(&b.get(66..)));
    lines.concat()
}

/// The entries as they are hashed, their head, and what was exported.
pub fn ledger(job: &Job<'_>, counts: &[Count]) -> Result<Vec<u8>> {
    let (chain, entries) = entries::chain(job.store)?;
    let case = entries::case_id(job.store)?;
    let root = |import: &super::imports::Sealed| -> Result<serde_json::Value> {
        let roots = Roots::of_entry(job.store, import.seal)?;
        let tables = Table::ALL.map(|t| {
            let head = import.head(t);
            let content_root = roots.as_ref().map(|r| hex::encode(r.content[t as usize]));
            json!({ "table": t.name(), "rows": head.size.to_string(), "root": hex::encode(head.root), "content_root": content_root })
        });
        Ok(json!({ "import": import.n, "name": import.name, "entry": import.seal, "tables": tables }))
    };
    let value = json!({
        "casebook_export": {
            "format": job.wanted.format.name(),
            "version": Format::VERSION,
            "from": job.wanted.from,
            "to": job.wanted.to,
            "filters": job.wanted.filters,
            "rows": counts.iter().map(count_json).collect::<Vec<_>>(),
            "imports": job.imports.iter().map(root).collect::<Result<Vec<_>>>()?,
        },
        "entries": entries.iter().map(ledger::Entry::text).collect::<Vec<_>>(),
        "checkpoint": Checkpoint::unsigned(&case, chain.head()).to_note(),
    });
    let mut out = serde_json::to_vec_pretty(&value).map_err(std::io::Error::from)?;
    out.push(b'\n');
    Ok(out)
}

pub fn count_json(c: &Count) -> serde_json::Value {
    json!({ "table": c.table, "rows": c.rows.to_string(), "of": c.of.to_string() })
}

/// What a person finds who opens the folder.
pub fn readme(job: &Job<'_>, counts: &[Count], remarks: &[String]) -> String {
    let mut out = String::from("Rows of a Casebook case, for programs that read Parquet.\n\n");
    for c in counts {
        let _ = writeln!(out, "{}: {} of {} rows", c.table, c.rows, c.of);
    }
    let w = job.wanted;
    for (name, value) in [("from", &w.from), ("to", &w.to)] {
        if let Some(value) = value {
            let _ = writeln!(out, "{name} {value}");
        }
    }
    for filter in &w.filters {
        let _ = writeln!(out, "where {filter}");
    }
    for remark in remarks {
        let _ = writeln!(out, "{remark}");
    }
    let _ = writeln!(out, "\nSources:");
    for import in job.imports {
        let _ = writeln!(out, "  {}  {}", import.n, crate::view::visible(&import.name, 200));
    }
    out.push_str(NOTES);
    for rows in &w.tables {
        let (name, columns) = match rows {
            Rows::Events => ("events/source=N/day=YYYY-MM-DD/part-N.parquet", EVENTS),
            Rows::Files => ("files/source=N/part-N.parquet", FILES),
            Rows::Findings => ("findings/source=N/part-N.parquet", FINDINGS),
        };
        let _ = writeln!(out, "\n{name}\n\n{}", described(columns));
    }
    let _ = writeln!(out, "\nsources.parquet\n\n{}", described(SOURCES));
    let _ = writeln!(out, "\nRoots of the sources' rows are in {}, with the entries they stand in.", super::folder::LEDGER);
    out
}

const NOTES: &str = "
A folder's name holds a value, as Hive has it: source=3 is the source of that number, day=2025-06-24 a day in
UTC. Rows without a time, and times outside the years 1 to 9999, are under day=__HIVE_DEFAULT_PARTITION__,
which readers take for null. Where zone_basis is unknown, a time is that of the local clock.

Unsigned 64-bit numbers are kept as the signed number of the same bits. Text that is not UTF-8 is written with
\\xNN for each byte that is none and \\\\ for a backslash; the column `escaped` names such columns of a row, and in
all others a backslash is a backslash.

SHA256SUMS lists every file. The case's ledger holds the root over them in an entry of kind export, which is
entry.json here.
";

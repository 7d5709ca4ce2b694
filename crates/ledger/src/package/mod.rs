//! Disclosure packages: chosen rows with their proofs, for a reader without the case. Pure: files come
//! as names and bytes. Source: docs/format.md, "Disclosure packages".

mod check;
mod disclosed;
mod names;
mod opening;
mod report;
mod row;

pub use check::{Trust, check_package};
pub use disclosed::{Counter, Disclosed, Tally};
pub use names::{PackageTable, evidence_name, is_package_name};
pub use opening::{Opened, Opening, check_openings};
pub use report::{PackageFault, PackageReport, PackageVerdict};
pub use row::{PackageRange, PackageRow};

/// Files every package has.
pub const CHECKPOINT: &str = "checkpoint.note";
pub const ENTRIES: &str = "entries.jsonl";
pub const ROWS: &str = "rows.jsonl";
pub const BLOCKS: &str = "blocks.jsonl";
/// Openings of masked fields for one recipient.
pub const ANNEX: &str = "annex.age";

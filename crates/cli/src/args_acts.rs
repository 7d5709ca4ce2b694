//! What can be typed about custody and annotations.

use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct CustodyArgs {
    pub case: PathBuf,
    /// Add a record; needs --item, --holder and --from.
    #[arg(long, requires_all = ["item", "holder", "from"], conflicts_with_all = ["import", "check_list"])]
    pub add: bool,
    /// Number or name of the exhibit.
    #[arg(long)]
    pub item: Option<String>,
    #[arg(long)]
    pub holder: Option<String>,
    /// Time with its zone: 2025-06-24T10:00+09:00.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    #[arg(long)]
    pub place: Option<String>,
    #[arg(long)]
    pub purpose: Option<String>,
    #[arg(long)]
    pub make: Option<String>,
    #[arg(long)]
    pub model: Option<String>,
    #[arg(long)]
    pub serial: Option<String>,
    #[arg(long)]
    pub seal: Option<String>,
    /// MD5, SHA-1 or SHA-256 as stated; may repeat.
    #[arg(long = "hash", value_name = "HASH")]
    pub hashes: Vec<String>,
    #[arg(long, value_name = "NAME")]
    pub stated_by: Option<String>,
    /// Day or time at which the statement was made.
    #[arg(long, value_name = "DATE")]
    pub stated_on: Option<String>,
    /// offered, taken or waived, and by whom.
    #[arg(long, value_name = "WHAT[:WHO]")]
    pub participation: Option<String>,
    /// Number of the evidence that is this item; of --check-list, the evidence it is of.
    #[arg(long, value_name = "ID")]
    pub source: Option<u32>,
    /// The record it takes the place of.
    #[arg(long, value_name = "N")]
    pub supersedes: Option<u32>,
    /// Add all records of a file: CSV, JSON, or CASE/UCO JSON-LD.
    #[arg(long, value_name = "FILE", conflicts_with = "check_list")]
    pub import: Option<PathBuf>,
    /// Check a list of files with hashes (CSV) against the case; reads files that have no stored hash.
    #[arg(long, value_name = "FILE")]
    pub check_list: Option<PathBuf>,
    /// Day or time at which the list was made.
    #[arg(long, value_name = "DATE", requires = "check_list")]
    pub made: Option<String>,
    /// Put the outcome of --check-list into the ledger.
    #[arg(long, requires = "check_list")]
    pub record: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct TagArgs {
    pub case: PathBuf,
    /// The row, then the tag; with --view the tag alone.
    #[arg(value_name = "ROW TAG", num_args = 0..=2)]
    pub what: Vec<String>,
    /// Tag every row of this view under the filters.
    #[arg(long, value_name = "NAME", conflicts_with = "undo")]
    pub view: Option<String>,
    /// "column op value"; may repeat.
    #[arg(long = "where", value_name = "FILTER", requires = "view")]
    pub filters: Vec<String>,
    #[arg(long, requires = "view")]
    pub from: Option<String>,
    #[arg(long, requires = "view")]
    pub to: Option<String>,
    /// Take annotation N back.
    #[arg(long, value_name = "N", conflicts_with = "what")]
    pub undo: Option<u32>,
}

#[derive(Args)]
pub struct NoteArgs {
    pub case: PathBuf,
    /// An event's id, or file:ID, finding:ID, source:ID, entry:N.
    #[arg(required_unless_present = "undo")]
    pub row: Option<String>,
    #[arg(required_unless_present = "undo")]
    pub text: Option<String>,
    /// Take annotation N back.
    #[arg(long, value_name = "N", conflicts_with = "row")]
    pub undo: Option<u32>,
}

#[derive(Args)]
pub struct BookmarkArgs {
    pub case: PathBuf,
    /// An event's id, or file:ID, finding:ID, source:ID, entry:N.
    #[arg(required_unless_present = "undo")]
    pub row: Option<String>,
    /// Take annotation N back.
    #[arg(long, value_name = "N", conflicts_with = "row")]
    pub undo: Option<u32>,
}

#[derive(Args)]
pub struct UnmaskArgs {
    pub case: PathBuf,
    /// An event's id, or file:ID, finding:ID, source:ID.
    pub row: String,
    /// event: actor object subject detail; file: path detail; finding: code place says; source: locator codec detail
    pub field: String,
    #[arg(long)]
    pub reason: String,
    /// Write salt and value for whoever holds the field masked in a package: `verify PACKAGE --openings FILE`.
    #[arg(long, value_name = "FILE")]
    pub opening: Option<PathBuf>,
}

//! Parts of what can be typed that several commands share, or that are long.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum KeyAct {
    /// Make a key on this machine.
    New {
        /// No space and no `+`; shown under every signature.
        #[arg(long)]
        name: Option<String>,
        /// The system's key store, or a file under a passphrase; the first that works where absent.
        #[arg(long, value_enum)]
        store: Option<StoreKind>,
        #[arg(long)]
        json: bool,
    },
    /// List the keys of this machine, or those of a case.
    List {
        case: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Let a key of this machine sign a case's checkpoints.
    Use { case: PathBuf, key: String },
    /// Put another key of this machine in the place of the case's; both sign that.
    Rotate {
        case: PathBuf,
        #[arg(long, value_name = "KEY")]
        to: String,
    },
    /// Take a key from a case, such as one that was lost.
    Revoke {
        case: PathBuf,
        key: String,
        /// Kept as a salted row.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StoreKind {
    System,
    File,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Lang {
    En,
    Ko,
}

#[derive(Args)]
pub struct VerifyArgs {
    /// A case, or a package that `disclose` made.
    pub case: PathBuf,
    /// Evidence to read again: SHA-256 and every block are made anew and compared.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub evidence: Vec<PathBuf>,
    /// MD5 and SHA-1 of the evidence too, which takes longer; without it they are listed as not checked.
    #[arg(long, requires = "evidence")]
    pub all_digests: bool,
    /// A checkpoint kept outside the case, as a note or as `size root` from paper: proves that the
    /// case only grew since.
    #[arg(long, alias = "checkpoint", value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// A key known from outside the case: proves that its holder signed.
    #[arg(long, value_name = "VKEY")]
    pub key: Option<String>,
    /// Certificates by which time-stamps are judged: PEM with the roots you trust.
    #[arg(long, value_name = "FILE")]
    pub tsa_chain: Option<PathBuf>,
    /// Put the verdict into the ledger; without it nothing is written.
    #[arg(long)]
    pub record: bool,
    /// Masked fields of a package that were opened later, one a line: each is held against the package.
    #[arg(long, value_name = "FILE")]
    pub openings: Option<PathBuf>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DiscloseArgs {
    /// A view whose rows are rows of evidence: timeline, accessed, deleted, files, findings.
    #[arg(long, value_name = "NAME")]
    pub view: String,
    /// "column op value"; may repeat.
    #[arg(long = "where", value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Time from which, inclusive.
    #[arg(long)]
    pub from: Option<String>,
    /// Time up to which, exclusive.
    #[arg(long)]
    pub to: Option<String>,
    /// Comma-separated: subject, actor, address, object, path, text, all.
    #[arg(long, value_name = "KINDS")]
    pub mask: Option<String>,
    /// Evidence beside the rows: by default where nothing is masked; clean: wherever no masked row or value lies in it.
    #[arg(long, value_enum)]
    pub blocks: Option<DiscloseBlocks>,
    /// Add the masked values, encrypted to this age recipient (age1...).
    #[arg(long, value_name = "RECIPIENT")]
    pub annex_to: Option<String>,
    /// Who gets it; kept as a salted statement.
    #[arg(long, value_name = "NAME")]
    pub recipient: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace an earlier package.
    #[arg(long)]
    pub overwrite: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiscloseBlocks {
    Clean,
    None,
}

#[derive(Args)]
pub struct QueryArgs {
    /// "column op value"; may repeat.
    #[arg(long = "where", value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Time from which, inclusive: 2025-06-24 or 2025-06-24T07:00:00Z.
    #[arg(long)]
    pub from: Option<String>,
    /// Time up to which, exclusive.
    #[arg(long)]
    pub to: Option<String>,
    #[arg(long, value_name = "COLUMN")]
    pub order: Option<String>,
    #[arg(long)]
    pub descending: bool,
    #[arg(long)]
    pub limit: Option<u64>,
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Csv,
    Jsonl,
}

/// What is counted.
#[derive(Args)]
pub struct CountArgs {
    #[arg(long)]
    pub actor: Option<String>,
    /// A kind of personal data.
    #[arg(long)]
    pub kind: Option<String>,
    /// Number of the evidence item, as `info` gives it.
    #[arg(long, value_name = "ID")]
    pub source: Option<u32>,
    /// First day, UTC.
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// The day after the last.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Requests that were refused or failed too.
    #[arg(long)]
    pub asked: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ActorBy {
    Actor,
    Key,
    Address,
    Agent,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum CountBy {
    Actor,
    Kind,
    Day,
    Source,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTo {
    Parquet,
    Timesketch,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportTable {
    Events,
    Files,
    Findings,
}

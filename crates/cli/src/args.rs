//! What can be typed, with examples.

use crate::args_acts::{BookmarkArgs, CustodyArgs, NoteArgs, TagArgs, UnmaskArgs};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

pub use crate::args_parts::*;

#[derive(Parser)]
#[command(
    name = "casebook",
    version,
    about = "Imports disk images and log archives into one case file whose every row leads back to bytes of the evidence",
    after_help = "Examples:\n  casebook new laptop.casebook --title \"Laptop of desk 4\"\n  casebook add laptop.casebook disk.E01 gateway-logs.zip\n  casebook view laptop.casebook deleted\n  casebook verify laptop.casebook --evidence disk.E01\n\nExit codes: 0 done or verified, 1 mismatch, 2 failure."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// File whose first line is the passphrase of a key kept in a file; may repeat. Also taken from
    /// $CASEBOOK_PASSPHRASE_FILE.
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Vec<PathBuf>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a new, empty case.
    #[command(after_help = "Example:\n  casebook new laptop.casebook --title \"Laptop of desk 4\" --examiner \"A. Kim\"")]
    New {
        case: PathBuf,
        #[arg(long)]
        title: Option<String>,
        /// Kept as a salted row; the ledger knows a pseudonym.
        #[arg(long, value_name = "NAME")]
        examiner: Option<String>,
        /// A key of this machine that signs the case's checkpoints.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Keys that sign: make one, list them, use one in a case, replace or revoke it.
    #[command(
        after_help = "Examples:\n  casebook key new --name examiner-1\n  casebook key use laptop.casebook examiner-1\n  casebook key rotate laptop.casebook --to examiner-2\n  casebook key revoke laptop.casebook examiner-1 --reason \"the machine was stolen\""
    )]
    Key {
        #[command(subcommand)]
        act: KeyAct,
    },
    /// Sign the newest checkpoint and print it; write it as a note or as a sheet to be signed by hand.
    #[command(
        after_help = "Examples:\n  casebook seal laptop.casebook --out laptop.note\n  casebook seal laptop.casebook --pdf laptop.pdf --lang ko\n\nWho keeps the note or the sheet can check later: casebook verify laptop.casebook --since laptop.note"
    )]
    Seal {
        case: PathBuf,
        /// The checkpoint as a signed note.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// One sheet of paper: root in digits, words and QR, hash values, lines to be signed.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// Language of the sheet; what is signed stands in both.
        #[arg(long, value_enum, default_value = "en")]
        lang: Lang,
        #[arg(long)]
        json: bool,
    },
    /// Take a checkpoint that another party kept or signed; it becomes an entry of the ledger.
    #[command(after_help = "Example:\n  casebook anchor laptop.casebook --note from-the-other-side.note")]
    Anchor {
        case: PathBuf,
        #[arg(long, value_name = "FILE")]
        note: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Go on with a copy that lacks entries seen on this machine, as a branch of its own.
    Branch {
        case: PathBuf,
        /// Kept as a salted row.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Import evidence: images, folders, archives, logs. Interrupted imports go on where they stopped.
    #[command(
        after_help = "Examples:\n  casebook add laptop.casebook disk.E01\n  casebook add laptop.casebook logs.zip --profile gateway --label \"gateway, June to November\"\n  casebook add laptop.casebook my.log --profile ./my-profile.toml --zone +09:00"
    )]
    Add {
        case: PathBuf,
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Log profile: the name of a built-in one, or a TOML file.
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
        /// Offset from UTC of times in logs that state none, such as +09:00; it goes into the ledger.
        #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
        zone: Option<String>,
        #[arg(long)]
        label: Option<String>,
        /// Threads that parse and hash; the machine's cores by default. No root depends on it.
        #[arg(long, value_name = "N")]
        threads: Option<usize>,
        /// One JSON object a line of progress; the last has "done": true.
        #[arg(long)]
        json: bool,
    },
    /// Say what paths are, before anything is imported.
    Inspect {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Show the first records of logs as rows, before anything is imported.
    #[command(
        after_help = "Examples:\n  casebook preview access.log\n  casebook preview logs.zip --profile ./my-profile.toml --zone +09:00"
    )]
    Preview {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Log profile: the name of a built-in one, or a TOML file; recognised where absent.
        #[arg(long, value_name = "NAME|FILE")]
        profile: Option<String>,
        /// Offset from UTC of times that state none, such as +09:00.
        #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
        zone: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// The case at a glance: sources, digests, counts, head of the ledger.
    Info {
        case: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Show a view; without a name, list them.
    #[command(
        after_help = "Examples:\n  casebook view laptop.casebook accessed --from 2025-06-24 --to 2025-06-25\n  casebook view laptop.casebook requests-by-actor --where \"status = 200\" --limit 10\n  casebook view laptop.casebook files --where \"path contains report\" --format jsonl\n\nOperators: = != < <= > >= contains in (comma-separated). All --where must hold."
    )]
    View {
        case: PathBuf,
        name: Option<String>,
        #[command(flatten)]
        query: QueryArgs,
    },
    /// What one actor did: first, last, sessions, pace, addresses, enumeration, hours.
    #[command(
        after_help = "Examples:\n  casebook actor gateway.casebook SKKSJ7QG39LQL53X4NYW --zone +09:00\n  casebook actor gateway.casebook 203.0.113.41 --by address --json"
    )]
    Actor {
        case: PathBuf,
        /// An account, key, address or agent.
        name: String,
        /// What the name is of.
        #[arg(long, value_enum, default_value = "actor")]
        by: ActorBy,
        /// Zone in which hours of the day are told.
        #[arg(long, value_name = "+HH:MM", default_value = "+00:00", allow_hyphen_values = true)]
        zone: String,
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Requests and distinct subjects over any days, by actor, kind of data, day or source.
    #[command(
        after_help = "Examples:\n  casebook count gateway.casebook --by kind --actor SKKSJ7QG39LQL53X4NYW\n  casebook count gateway.casebook --by day --kind name --from 2025-06-24 --to 2025-07-01\n\nDays are whole, UTC; --to is exclusive. Numbers of distinct subjects overlap and are never added."
    )]
    Count {
        case: PathBuf,
        /// Comma-separated: actor, kind, day, source.
        #[arg(long, value_enum, value_delimiter = ',')]
        by: Vec<CountBy>,
        #[command(flatten)]
        what: CountArgs,
        #[arg(long)]
        json: bool,
    },
    /// The table that says which addresses are of which country: put one in force, or show the one that is.
    #[command(
        after_help = "Examples:\n  casebook countries gateway.casebook --table countries.csv\n  casebook countries gateway.casebook --out as-it-was-given.csv\n\nLines are first,last,country or CIDR,country, IPv4 and IPv6. None is bundled; the table is recorded in the ledger."
    )]
    Countries {
        case: PathBuf,
        /// The table to put in force, in place of any before.
        #[arg(long, value_name = "FILE.csv", conflicts_with = "out")]
        table: Option<PathBuf>,
        /// Writes the table in force as it was given.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// What the evidence covers in time, and what is missing: holes, files not there, cut files, clocks.
    #[command(after_help = "Example:\n  casebook coverage gateway.casebook")]
    Coverage {
        case: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// What should still have been kept: a policy's days, the day of the order, the first event.
    #[command(
        after_help = "Example:\n  casebook retention gateway.casebook --policy-days 90 --preserved 2025-11-20 --interest-from 2025-06-24"
    )]
    Retention {
        case: PathBuf,
        #[arg(long, value_name = "N")]
        policy_days: u32,
        /// Day on which keeping was ordered.
        #[arg(long, value_name = "DATE")]
        preserved: String,
        /// First day of the period in question.
        #[arg(long, value_name = "DATE")]
        interest_from: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Subjects served by the logs against those found in files: in both, only here, only there.
    #[command(
        after_help = "Examples:\n  casebook compare laptop.casebook --files customers --actor SKKSJ7QG39LQL53X4NYW\n  casebook compare laptop.casebook --files .csv --pattern \"^([0-9]+),\""
    )]
    Compare {
        case: PathBuf,
        /// Part of the path of the files to read.
        #[arg(long, value_name = "TEXT")]
        files: String,
        /// Actor whose subjects are taken from the logs.
        #[arg(long)]
        actor: Option<String>,
        /// Expression whose first group is a subject; ids in JSON by default. ^ and $ are the ends of lines.
        #[arg(long, value_name = "REGEX")]
        pattern: Option<String>,
        /// Files that were read as logs too.
        #[arg(long)]
        logs_too: bool,
        #[arg(long)]
        json: bool,
    },
    /// Figures that were published: add one, or list all with what the evidence gives for each.
    #[command(
        after_help = "Examples:\n  casebook figures gateway.casebook\n  casebook figures gateway.casebook --add 3000 --unit accounts --date 2025-11-29 --author \"the company\" --definition \"accounts saved to disk\"\n  casebook figures gateway.casebook --add 24258 --unit accounts --date 2025-12-01 --author \"A. Kim\" --definition \"accounts served to the key\" --actor SKKSJ7QG39LQL53X4NYW --reproducible --supersedes 1"
    )]
    Figures {
        case: PathBuf,
        /// Add a figure of this value.
        #[arg(long, value_name = "VALUE", allow_negative_numbers = true, requires_all = ["unit", "date", "author", "definition"])]
        add: Option<i64>,
        /// requests, accounts, third_parties, data_kinds, people, files, bytes, days, other
        #[arg(long, requires = "add")]
        unit: Option<String>,
        #[arg(long, requires = "add")]
        date: Option<String>,
        #[arg(long, requires = "add")]
        author: Option<String>,
        #[arg(long, requires = "add")]
        definition: Option<String>,
        /// The document it stands in; its SHA-256 is kept.
        #[arg(long, value_name = "FILE", requires = "add")]
        document: Option<PathBuf>,
        #[arg(long, value_name = "N", requires = "add")]
        supersedes: Option<u32>,
        /// The count by --actor, --kind, --source, --from, --to gives it.
        #[arg(long, requires = "add")]
        reproducible: bool,
        #[command(flatten)]
        what: CountArgs,
        #[arg(long)]
        json: bool,
    },
    /// Custody of items: list with findings, add records, check lists of seized files.
    #[command(
        after_help = "Examples:\n  casebook custody laptop.casebook\n  casebook custody laptop.casebook --add --item E-1 --holder \"Officer A\" --from 2025-06-24T10:00+09:00 --to 2025-06-24T18:30+09:00 --place \"Desk 4\" --purpose seizure --seal S-0193 --source 1\n  casebook custody laptop.casebook --import custody.csv\n  casebook custody laptop.casebook --check-list seized-files.csv --made 2025-06-25 --record\n\nExit code 1 of --check-list: a file changed, is missing or cannot be read. docs/custody.md describes the files."
    )]
    Custody(Box<CustodyArgs>),
    /// Compare a hash typed from paper with every hash of the case, and say which it is.
    #[command(
        after_help = "Example:\n  casebook hash laptop.casebook 825AC373 AFF4D5AF 610BC445 129F317D\n\nExit codes: 0 equals one, 1 equals none."
    )]
    Hash {
        case: PathBuf,
        /// Spaces, hyphens, colons and case do not matter.
        #[arg(required = true, value_name = "HASH")]
        text: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Tag a row, or all rows of a view under a filter; an entry of the ledger, as is its undo.
    #[command(
        after_help = "Examples:\n  casebook tag laptop.casebook 1099511627776 relevant\n  casebook tag laptop.casebook --view deleted --where \"path contains customers\" relevant\n  casebook tag laptop.casebook --undo 2"
    )]
    Tag(TagArgs),
    /// Write a note on a row.
    #[command(after_help = "Example:\n  casebook note laptop.casebook file:1099511627809 \"the file named in the complaint\"")]
    Note(NoteArgs),
    /// Bookmark a row.
    Bookmark(BookmarkArgs),
    /// List tags, notes and bookmarks with their rows.
    Annotations {
        case: PathBuf,
        /// Also those that were taken back.
        #[arg(long)]
        removed: bool,
        #[arg(long)]
        json: bool,
    },
    /// Show one field of a row that is masked elsewhere; row, field and reason go into the ledger.
    #[command(
        after_help = "Example:\n  casebook unmask laptop.casebook 1099511627776 subject --reason \"request 14 of the court\""
    )]
    Unmask(UnmaskArgs),
    /// List files, allocated and deleted.
    Files {
        case: PathBuf,
        /// Only entries whose name is no longer in use, or lies in a bin.
        #[arg(long)]
        deleted: bool,
        #[command(flatten)]
        query: QueryArgs,
    },
    /// Write a file's bytes to standard output.
    #[command(
        after_help = "Examples:\n  casebook cat laptop.casebook --source 1 --path \"Users/mira/plan.docx\" > plan.docx\n  casebook cat laptop.casebook --source 1 --record 64 --stream Zone.Identifier"
    )]
    Cat {
        case: PathBuf,
        /// Number of the source, as `info` gives it.
        #[arg(long, value_name = "ID")]
        source: u32,
        #[arg(long, required_unless_present = "record")]
        path: Option<String>,
        #[arg(long)]
        record: Option<u64>,
        #[arg(long)]
        volume: Option<u64>,
        #[arg(long)]
        stream: Option<String>,
        /// Read bytes that belong to something else now.
        #[arg(long)]
        overwritten: bool,
    },
    /// Check a case (entries, rows, trees, and the evidence where it is given) or a disclosure package.
    #[command(
        after_help = "Examples:\n  casebook verify laptop.casebook\n  casebook verify laptop.casebook --evidence disk.E01 --evidence logs.zip\n  casebook verify laptop.casebook --evidence disk.E01 --all-digests\n  casebook verify laptop.casebook --since kept.note\n  casebook verify laptop.casebook --key examiner-1+063602c0+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea\n  casebook verify package.zip --since kept.note --openings openings.jsonl\n\nExit codes: 0 everything checked holds, 1 mismatch (says where), 2 could not check."
    )]
    Verify(VerifyArgs),
    /// Time-stamps by an outside authority over the newest checkpoint: request, add, list.
    Timestamp {
        #[command(subcommand)]
        what: crate::commands::timestamp::Command,
    },
    /// The proof of a row, from its bytes of evidence to the head of the ledger.
    #[command(
        after_help = "Examples:\n  casebook prove laptop.casebook 1099511627776 --out row.proof\n  casebook prove laptop.casebook file:1099511627780 --no-blocks\n\nIds are those of the views (column event_id, file_id ...). docs/verify.md tells how to check a proof without Casebook."
    )]
    Prove {
        case: PathBuf,
        /// An event's id, or file:ID, finding:ID, source:ID.
        #[arg(value_name = "EVENT_ID")]
        id: String,
        /// Leave the bytes of the evidence out: smaller, and nothing is shown that lies beside the row's own.
        #[arg(long)]
        no_blocks: bool,
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write rows for other programs; every export is an entry of the ledger.
    #[command(
        after_help = "Examples:\n  casebook export laptop.casebook --to parquet --out rows\n  casebook export laptop.casebook --to parquet --out june --from 2026-06-08 --to-time 2026-06-15\n  casebook export laptop.casebook --to timesketch --out laptop.jsonl --where \"action = requested\"\n\nFilters are those of the view `timeline`; they and times choose events. docs/export.md lists the columns."
    )]
    Export {
        case: PathBuf,
        /// What to write.
        #[arg(long = "to", value_enum)]
        format: ExportTo,
        /// Folder for Parquet, file for Timesketch (its name ends in .jsonl).
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Tables of a Parquet export; may repeat. All, or events alone where they are filtered.
        #[arg(long = "table", value_enum)]
        tables: Vec<ExportTable>,
        /// Time from which, inclusive: 2025-06-24 or 2025-06-24T07:00:00Z.
        #[arg(long)]
        from: Option<String>,
        /// Time up to which, exclusive.
        #[arg(long)]
        to_time: Option<String>,
        /// "column op value"; may repeat.
        #[arg(long = "where", value_name = "FILTER")]
        filters: Vec<String>,
        /// Replace an earlier export.
        #[arg(long)]
        overwrite: bool,
        #[arg(long)]
        json: bool,
    },
    /// Compare two cases of the same evidence: equal, or the first row that differs.
    #[command(
        after_help = "Example:\n  casebook diff mine.casebook theirs.casebook\n\nExit codes: 0 equal, 1 different, 2 failure."
    )]
    Diff {
        a: PathBuf,
        b: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Write chosen rows with their proofs as a package that anyone can check, personal data masked.
    #[command(
        after_help = "Examples:\n  casebook disclose laptop.casebook --view deleted --out deleted.zip\n  casebook disclose laptop.casebook --view timeline --where \"actor = SKKSJ7QG39LQL53X4NYW\" --mask subject,address --out key.zip\n  casebook disclose laptop.casebook --view files --mask path --annex-to age1... --out files.zip\n\nMasks: subject, actor, address, object, path, text, all; a masked value is masked wherever it stands in the package.\nCheck it with casebook verify PACKAGE, or with the verify.py and verify.html in it."
    )]
    Disclose {
        case: PathBuf,
        #[command(flatten)]
        what: DiscloseArgs,
    },
    /// List what can be read: parsers and log profiles, with their limits.
    Formats {
        #[arg(long)]
        json: bool,
        /// Print the TOML of a built-in log profile, to be copied and corrected.
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
    },
    /// Open the case in a browser on this machine.
    Serve {
        case: PathBuf,
        /// Evidence that the page may offer for import.
        paths: Vec<PathBuf>,
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Write no entry that the case was opened.
        #[arg(long)]
        unrecorded: bool,
    },
}

impl Command {
    /// The case that a command answers from, where the answer is a part of one while an import is not done.
    pub fn answers_from(&self) -> Option<&Path> {
        match self {
            Self::View { case, .. }
            | Self::Actor { case, .. }
            | Self::Count { case, .. }
            | Self::Coverage { case, .. }
            | Self::Retention { case, .. }
            | Self::Compare { case, .. }
            | Self::Figures { case, .. }
            | Self::Files { case, .. }
            | Self::Export { case, .. } => Some(case),
            _ => None,
        }
    }
}

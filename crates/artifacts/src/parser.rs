use model::{ByteSource, Sink, Stop};

/// What is known of a file before it is parsed.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Path from the root of its volume, archive or folder, `/` between names.
    pub path: &'a [u8],
    /// Name of the stream; empty for the content proper.
    pub stream: &'a [u8],
    pub size: u64,
    /// The first bytes: 64 KiB, or up to 4 MiB where a log's first record is longer.
    pub head: &'a [u8],
    /// "NTFS", "ext4", ... where the file comes from a file system.
    pub file_system: Option<&'static str>,
}

impl Facts<'_> {
    pub fn name(&self) -> &[u8] {
        self.path.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }
}

/// Whether a parser takes a file. `Yes` is certain by signature or by name and structure;
/// `Maybe` is tried only where no other parser says `Yes`. Ties go to the lower parser id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    No,
    Maybe,
    Yes,
}

/// A file that belongs to another, by the rule that names it: `$I...` → `$R...`, `-wal`.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    pub about: &'static str,
    /// The companion's path for a given path, where it has one.
    pub path: fn(&[u8]) -> Option<Vec<u8>>,
}

/// What a parser is given. `companions` are in the order of `Parser::companions`.
pub struct Input<'a> {
    pub facts: Facts<'a>,
    pub data: &'a dyn ByteSource,
    pub companions: &'a [Option<&'a dyn ByteSource>],
}

/// A parser: a plain struct of functions. Its metadata makes `casebook formats`, the documentation
/// page and the coverage list.
pub struct Parser {
    /// Stable number, hashed into every row; never reused.
    pub id: u16,
    pub name: &'static str,
    /// Raised whenever the same bytes would give other rows.
    pub version: u32,
    /// One sentence: what it reads and what its rows mean.
    pub about: &'static str,
    /// Source of the format.
    pub format: &'static str,
    /// What it is known not to see.
    pub limits: &'static [&'static str],
    pub claims: fn(&Facts<'_>) -> Claim,
    pub companions: &'static [Companion],
    pub parse: fn(&Input<'_>, &mut dyn Sink) -> Result<(), Stop>,
}

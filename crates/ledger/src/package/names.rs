//! Names: of the files of a package, of the tables and their fields.

/// Tables whose rows a package may show, in the order of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageTable {
    Source,
    File,
    Event,
    Finding,
    Statement,
}

impl PackageTable {
    pub const ALL: [Self; 5] = [Self::Source, Self::File, Self::Event, Self::Finding, Self::Statement];

    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::File => "file",
            Self::Event => "event",
            Self::Finding => "finding",
            Self::Statement => "statement",
        }
    }
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
    /// Leaf tag of its rows.
    pub fn tag(self) -> &'static [u8; 4] {
        match self {
            Self::Source => b"SRC1",
            Self::File => b"FIL1",
            Self::Event => b"ROW1",
            Self::Finding => b"FND1",
            Self::Statement => b"STM1",
        }
    }
    /// Names of its fields; those past them are always null.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Source => &["locator", "codec", "detail"],
            Self::File => &["path", "detail"],
            Self::Event => &["actor", "object", "subject", "detail"],
            Self::Finding => &["code", "place", "says"],
            Self::Statement => &["kind", "about", "value"],
        }
    }
    /// Name under which a masked field is counted: `event_actor`.
    pub fn masked_name(self, field: usize) -> String {
        match self.fields().get(field) {
            Some(name) => format!("{}_{name}", self.name()),
            None => format!("{}_{field}", self.name()),
        }
    }
}

/// File of a shown range.
pub fn evidence_name(import: u32, source: u32, first_block: u64) -> String {
    format!("evidence/{import}-{source}/{first_block}.bin")
}

/// Whether a package may hold a file of this name.
pub fn is_package_name(name: &str) -> bool {
    const PLAIN: [&str; 9] = [
        super::CHECKPOINT,
        super::ENTRIES,
        super::ROWS,
        super::BLOCKS,
        super::ANNEX,
        "view.sqlite",
        "SPEC.txt",
        "verify.py",
        "verify.html",
    ];
    if PLAIN.contains(&name) {
        return true;
    }
    match name.split('/').collect::<Vec<_>>()[..] {
        ["anchors", seq, part] => is_number(seq) && matches!(part, "note" | "token.tsr" | "chain.pem"),
        ["evidence", source, file] => {
            let numbers = source.split_once('-').is_some_and(|(import, source)| is_number(import) && is_number(source));
            numbers && file.strip_suffix(".bin").is_some_and(is_number)
        }
        _ => false,
    }
}

/// A decimal number in its one text.
fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok_and(|n| n.to_string() == text)
}

use crate::Span;
use crate::event::coded;

coded! {
    Severity: u8 {
        /// Part of the coverage: what was not examined and why.
        Note = 0 "note",
        /// Something is damaged, missing or contradicts itself; the rest was read.
        Warning = 1 "warning",
        /// Evidence could not be read at all, or a reader failed on it.
        Error = 2 "error",
    }
}

macro_rules! codes {
    ($($v:ident $label:literal $severity:ident $meaning:literal),* $(,)?) => {
        /// What kind of trouble or gap, stable across versions. The interface branches on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($v),* }
        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$v),*];
            pub const fn label(self) -> &'static str { match self { $(Code::$v => $label),* } }
            pub const fn severity(self) -> Severity { match self { $(Code::$v => Severity::$severity),* } }
            pub const fn meaning(self) -> &'static str { match self { $(Code::$v => $meaning),* } }
            pub fn from_label(label: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|c| c.label().as_bytes() == label)
            }
        }
    };
}

codes! {
    Empty "empty" Note "The item holds no bytes.",
    NotRecognized "not-recognized" Note "No reader or parser recognises the bytes; they were hashed but not examined.",
    NotSupported "not-supported" Note "The format is recognised, but this version has no reader for it; hashed, not examined.",
    Encrypted "encrypted" Warning "The bytes are encrypted; only what lies outside the encryption was examined.",
    Truncated "truncated" Warning "The item ends before its own structures say it should.",
    Damaged "damaged" Warning "A structure does not hold what its format requires.",
    ChecksumMismatch "checksum-mismatch" Warning "A stored checksum or hash differs from the one computed.",
    Loop "loop" Warning "Structures refer back to themselves; the chain was cut.",
    Overlap "overlap" Warning "Two structures claim the same bytes.",
    Gap "gap" Note "Bytes between structures that no volume or file claims.",
    LimitReached "limit-reached" Warning "A bound on size, depth, ratio or count was reached; the rest was not examined.",
    PathTraversal "path-traversal" Warning "A member's name is absolute or climbs out of its archive; the name is kept as data and never used as a path.",
    Unreadable "unreadable" Error "The bytes could not be read.",
    MissingSegment "missing-segment" Error "A segment of a split image is missing.",
    BackupDiffers "backup-differs" Warning "A backup copy of a structure differs from the primary.",
    LinesNotParsed "lines-not-parsed" Warning "Lines of a log do not fit its profile; counted, with samples.",
    LinesWithoutRow "lines-without-row" Note "Lines of a log that hold nothing to read: white space, names of columns, directives; so that rows, these and the lines not parsed make all lines.",
    TimeNotRead "time-not-read" Warning "Times in a log have no known form, do not tell the day from the month, or are of days that do not exist; their rows are undated and keep the text.",
    NumberNotRead "number-not-read" Warning "Numbers in a log exceed what they may be; their rows keep the text.",
    TimeWithoutYear "time-without-year" Warning "Times in a log state no year or no day; their rows are undated until the log profile states the year.",
    TimeWithoutZone "time-without-zone" Note "Times in a log state no offset from UTC; they are kept as the clock showed them until an import states the zone.",
    LineTooLong "line-too-long" Warning "A line is longer than the bound; it was skipped up to its end.",
    InvalidText "invalid-text" Warning "Text is not valid in its stated encoding; its bytes are kept as they are.",
    ImplausibleTime "implausible-time" Warning "A time lies outside the range its format or the evidence makes plausible; kept as recorded.",
    DuplicateName "duplicate-name" Warning "Two members or entries bear the same name.",
    WorkerDied "worker-died" Error "The reader process ended on this item; the import went on with the next.",
    WorkerTimeout "worker-timeout" Error "The reader exceeded its time on this item and was stopped; the import went on with the next.",
    MissingCompanion "missing-companion" Note "A file that belongs to this one was not found.",
    JournalPending "journal-pending" Note "The volume was not cleanly unmounted; changes in its journal were not yet written in place.",
    LinkNotFollowed "link-not-followed" Note "A link inside an archive or a folder; its target is kept as data and never followed.",
}

/// A gap or damage in the evidence, kept as a row. Parsing goes on.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    pub code: Code,
    /// Bytes concerned, in the source the reader was given; None for the item as a whole.
    pub at: Option<Span>,
    /// What within the item: a path, a member, a field.
    pub place: &'a [u8],
    pub expected: &'a str,
    pub found: &'a str,
    /// How many occurrences this row stands for; at least 1.
    pub count: u64,
}

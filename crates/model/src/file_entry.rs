use crate::Moment;
use crate::event::coded;

coded! {
    /// Whether the name is in use.
    NameState: u8 { Allocated = 0 "allocated", Deleted = 1 "deleted", Trashed = 2 "trashed" }
}
coded! {
    /// Whether the record (MFT record, inode, directory entry) is in use, and by this file.
    RecordState: u8 { Allocated = 0 "allocated", Free = 1 "free", Reused = 2 "reused", Unknown = 3 "unknown" }
}
coded! {
    /// Whether the content can still be read, decided by the allocation bitmap, never guessed.
    ContentState: u8 {
        Intact = 0 "intact",
        PartlyOverwritten = 1 "partly overwritten",
        Overwritten = 2 "overwritten",
        Unknown = 3 "unknown",
    }
}
coded! {
    EntryKind: u8 {
        File = 0 "file",
        Directory = 1 "directory",
        SymbolicLink = 2 "symbolic link",
        BlockDevice = 3 "block device",
        CharacterDevice = 4 "character device",
        Fifo = 5 "fifo",
        Socket = 6 "socket",
        /// Part of the file system itself: $MFT, journal, bitmap.
        System = 7 "system",
        VolumeLabel = 8 "volume label",
        Unknown = 9 "unknown",
    }
}
coded! {
    StampKind: u8 {
        Modified = 0 "modified",
        Accessed = 1 "accessed",
        /// Record or inode change.
        Changed = 2 "changed",
        Created = 3 "created",
        Deleted = 4 "deleted",
        /// NTFS $FILE_NAME times.
        NameModified = 5 "fn_modified",
        NameAccessed = 6 "fn_accessed",
        NameChanged = 7 "fn_changed",
        NameCreated = 8 "fn_created",
    }
}

/// One recorded timestamp and the bytes that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub kind: StampKind,
    pub moment: Moment,
    /// The value as recorded: FILETIME, seconds, DOS date and time packed as (date << 16 | time).
    pub raw: u64,
    /// Offset of the value in the volume, and its length in bytes.
    pub offset: u64,
    pub length: u32,
}

/// A piece of a stream. `offset` is in the volume; None for a sparse hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub offset: Option<u64>,
    pub length: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamFlags {
    /// Content lies inside the record itself.
    pub resident: bool,
    pub compressed: bool,
    pub encrypted: bool,
    pub sparse: bool,
}

/// A named stream of content. The unnamed stream is the file's content proper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub name: Vec<u8>,
    /// Logical size in bytes.
    pub size: u64,
    /// Bytes initialised; content past it reads as zero. Equal to `size` where the format has none.
    pub initialized: u64,
    pub flags: StreamFlags,
    /// In order; the last may reach past `size` to the end of its cluster.
    pub runs: Vec<Run>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// SID in text form, NTFS.
    pub sid: Option<String>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

/// The three independent states and the rule that decided each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub name: NameState,
    pub name_rule: &'static str,
    pub record: RecordState,
    pub record_rule: &'static str,
    pub content: ContentState,
    pub content_rule: &'static str,
}

/// One name of one file, allocated or not, as a file system yields it. A file with two hard links
/// yields two entries. All offsets are in the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// MFT record, inode number; for FAT and exFAT the number The Sleuth Kit would give.
    pub record: Option<u64>,
    pub sequence: Option<u32>,
    pub parent: Option<u64>,
    pub parent_sequence: Option<u32>,
    /// From the volume's root, `/` between names, no leading slash; empty for the root itself.
    /// Deleted entries whose parent is gone start with `$Orphans/`.
    pub path: Vec<u8>,
    pub kind: EntryKind,
    pub verdict: Verdict,
    /// Logical size of the unnamed stream, bytes.
    pub size: u64,
    pub stamps: Vec<Stamp>,
    /// As the format stores them: DOS attribute bits, Unix mode.
    pub attributes: u32,
    pub owner: Owner,
    pub links: u32,
    /// Target of a symbolic link or reparse point, where it is readable.
    pub target: Option<Vec<u8>>,
    pub streams: Vec<Stream>,
    /// Where the record (and the directory entry, where that is elsewhere) lies: (offset, length).
    pub origin: Vec<(u64, u64)>,
    /// Where this version of the entry came from: the live structures or the journal.
    pub from_journal: bool,
    /// Further format-specific facts worth a row: short name, reparse tag, transaction id.
    pub more: Vec<(&'static str, String)>,
}

impl FileEntry {
    /// The unnamed stream.
    pub fn content(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.name.is_empty())
    }
    pub fn name(&self) -> &[u8] {
        self.path.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }
}

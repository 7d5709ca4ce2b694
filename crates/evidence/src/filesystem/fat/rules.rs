//! The sentences that say why an entry has the state it has.

pub const LIVE_NAME: &str = "its directory entry is in use";
pub const LIVE_RECORD: &str = "its directory entry is in use by this file";
pub const SYSTEM_NAME: &str = "named by the reader: an area of the file system that has no directory entry";
pub const ERASED_FAT: &str = "the first byte of its directory entry is 0xE5: deleted";
pub const ERASED_EXFAT: &str = "the entries of its set are marked as not in use: deleted";
pub const PAST_END: &str = "its entry lies behind the mark that ends the directory";
pub const IN_DELETED: &str = "its entry is not marked, but the directory that holds it is deleted or gone";
pub const ORPHAN_NAME: &str = "no directory names it any more: its number stands in for its name";
pub const ORPHAN_RECORD: &str = "an unallocated cluster still begins with the directory's own '.' entry";
pub const FREE_RECORD: &str = "its directory entry is free for reuse and still holds these values";

pub const NO_CONTENT: &str = "its recorded size is 0: there is no content";
pub const LABEL: &str = "a volume label has no content";
pub const AREA: &str = "the boot sector states where it lies";
pub const FIXED_ROOT: &str = "the boot sector states where the root directory lies";
pub const LIVE_CHAIN: &str = "its chain in the file allocation table covers its size";
pub const LIVE_CONTIGUOUS: &str = "its entry states that its clusters follow one another, and all are allocated";
pub const LIVE_UNALLOCATED: &str = "its entry states that its clusters follow one another, but some are not allocated";
pub const LIVE_SHORT: &str = "its chain ends before its size is covered; what is missing reads as zeros";
pub const LIVE_SHARED: &str = "another live entry holds some of the same clusters: at most one of the two has its own content";
pub const BAD_START: &str = "its recorded start cluster lies outside the volume";

pub const ASSUMED_FREE: &str = "all its clusters, assuming it was contiguous, are unallocated";
pub const ASSUMED_PARTLY: &str =
    "its start cluster is unallocated, but, assuming it was contiguous, some of its clusters are allocated; those read as zeros";
pub const ASSUMED_TAKEN: &str = "its start cluster is allocated to a live entry";
pub const STATED_FREE: &str = "its entry states that its clusters follow one another, and all are unallocated";
pub const STATED_PARTLY: &str =
    "its entry states that its clusters follow one another; some are allocated again, and those read as zeros";
pub const STATED_TAKEN: &str = "its entry states that its clusters follow one another, and all are allocated again";
pub const CHAIN_FREE: &str = "its chain is still in the file allocation table, and all its clusters are unallocated";
pub const CHAIN_PARTLY: &str =
    "its chain is still in the file allocation table; some clusters are allocated again, and those read as zeros";
pub const CHAIN_TAKEN: &str = "its chain is still in the file allocation table, and all its clusters are allocated again";
pub const CONTESTED: &str =
    "its clusters are unallocated, but another deleted entry claims some of them: the last writer is not known";
pub const TOO_LONG: &str =
    "assuming it was contiguous it would reach past the end of the volume: its clusters after the start are not known";
pub const MOVED: &str =
    "its start cluster is the start of a live entry of the same size: moved or renamed, or replaced by one of the same size";
pub const LOST: &str =
    "no live entry holds its start cluster, though a chain in the file allocation table starts there: a lost chain";
pub const NOT_FOLLOWED: &str = "the bound on work was reached before its clusters could be checked";

pub const DIRECTORY_READ: &str = "its first cluster is unallocated and still holds directory entries; later ones follow it on the disk or are tied to it by a checksum";
pub const DIRECTORY_PARTLY: &str = "it recorded more clusters than still hold directory entries";
pub const DIRECTORY_GONE: &str = "its first cluster is unallocated but no longer holds a directory";
pub const DIRECTORY_TAKEN: &str = "its first cluster is allocated again";

//! Archives and compressed streams, read in one forward pass with bounds on depth, ratio, count
//! and size. A member's name is data, never a path.
//!
//! `walk` announces every member, those of nested archives included, in an order that depends on
//! the bytes alone. An archive inside an archive is given twice: its own bytes as a member, then
//! its members. Damage is a note; every member that can be read is read.

mod body;
mod codec;
mod folder;
mod format;
mod input;
mod limits;
mod member;
mod nested;
mod pass;
mod tar;
mod trouble;
mod wanted;
mod zip;

use crate::Note;
use body::Body;
use format::{Format, HEAD};
use member::Walk;
use model::{Code, SharedSource, Stop, read_vec};

pub use folder::{read_folder_member, walk_folder};
pub use limits::Limits;
pub use member::NOT_OPENED;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    File,
    Folder,
    /// The link's target is its content; links are never followed.
    Link,
    /// A nested archive, whose own members follow with this one as parent. A compressed tar is one
    /// archive: its members follow directly.
    Archive,
    /// A compressed single stream (`x.log.gz`); its decompressed bytes follow as one child member.
    Compressed,
}

/// One member. Ordinals count every member of the walk, nested ones included, from 1 in the order
/// met; 0 is the archive itself. The same bytes always give the same ordinals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub ordinal: u32,
    pub parent: u32,
    pub kind: MemberKind,
    /// Name as stored, raw bytes.
    pub name: Vec<u8>,
    /// How its bytes lie in its parent: "stored", "deflate", "gzip", "bzip2", "xz", "zstd", "tar",
    /// "file" (a member of a folder), or the name of a zip method that is not read.
    pub codec: &'static str,
    /// Declared size, where the format states one.
    pub declared: Option<u64>,
    /// Seconds since 1970 as stored (tar, gzip, zip extra fields, a folder's file system); a zip's
    /// DOS local time is text in `more`.
    pub modified: Option<i64>,
    pub more: Vec<(&'static str, String)>,
}

/// Takes members in order: `begin`, then `bytes` until `end`. Children of an archive member come
/// after its `end`; members never interleave.
pub trait Visit {
    /// False: the member's bytes are not wanted (they are skipped where the format allows it, and
    /// not checked). The members of a nested archive follow all the same.
    fn begin(&mut self, member: &Member) -> Result<bool, Stop>;
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop>;
    /// `complete` is false where bytes are missing; a note came before.
    fn end(&mut self, member: &Member, complete: bool) -> Result<(), Stop>;
    /// `member` is the ordinal concerned; 0 for the archive as a whole. A member's own notes come
    /// between its `begin` and `end`, notes on a nested archive as such after its `end`. `at` is
    /// in the bytes of that member (the decoded bytes, where it is a compressed stream).
    fn note(&mut self, member: u32, note: Note) -> Result<(), Stop>;
    /// A resumed walk goes on inside this archive, which an earlier walk announced: called before
    /// the first `begin` or `note`, once for each archive around it, the outermost first.
    fn within(&mut self, _archive: &Member) -> Result<(), Stop> {
        Ok(())
    }
}

/// Whether `head` (the first bytes, at least 512 where there are so many) begins an archive or a
/// compressed stream this module reads.
pub fn recognizes(head: &[u8]) -> bool {
    Format::of(head).is_some()
}

/// Walks the archive at `source`. `name` is its file name, used for the name of a decompressed
/// single stream (`x.log.gz` → `x.log`).
pub fn walk(source: SharedSource, name: &[u8], limits: &Limits, visit: &mut dyn Visit) -> Result<(), Stop> {
    walk_from(source, name, limits, 0, visit)
}

/// As `walk`, resumed: members up to the ordinal `start_after` are not announced again, nor is
/// anything noted before the end of that member. A zip is passed over by its directory; streams
/// are decoded and dropped.
pub fn walk_from(
    source: SharedSource,
    name: &[u8],
    limits: &Limits,
    start_after: u32,
    visit: &mut dyn Visit,
) -> Result<(), Stop> {
    let mut walk = Walk::new(*limits, visit);
    walk.start_after = start_after;
    top(&mut walk, source, name)
}

fn top(walk: &mut Walk<'_>, source: SharedSource, name: &[u8]) -> Result<(), Stop> {
    let head = match read_vec(&source, 0, HEAD) {
        Ok(head) => head,
        Err(e) => return walk.note(0, Note::new(Code::Unreadable, name, "readable bytes", e.to_string()).at(0, HEAD as u64)),
    };
    let format = match Format::of(&head) {
        // A zip may have other bytes before it.
        None if zip::has_directory(&source) => Some(Format::Zip),
        f => f,
    };
    match format {
        Some(format) => {
            walk.archive(&Body::Plain(source), format, 0, 0, name)?;
            walk.tell_unopened(name)
        }
        None => walk.note(0, Note::new(Code::NotRecognized, name, "an archive or a compressed stream", "other bytes")),
    }
}

/// Bytes of one member again, by its ordinal: at most `length` from `offset`, fewer where the
/// member ends or breaks off. As direct as the format allows: stored bytes at once, a zip's member
/// from its start, streams from their beginning. An ordinal that does not exist is an error of
/// kind `NotFound`.
pub fn read_member(
    source: SharedSource,
    name: &[u8],
    ordinal: u32,
    offset: u64,
    length: usize,
    limits: &Limits,
) -> Result<Vec<u8>, Stop> {
    wanted::read(ordinal, offset, length, limits, |walk| top(walk, source, name))
}

/// Uncompressed bytes of the archive's own members, where the format tells without decoding: a
/// zip's directory, a plain tar's length. A statement of the archive, for progress only.
pub fn estimate(source: &SharedSource) -> Option<u64> {
    let head = read_vec(source, 0, HEAD).ok()?;
    match Format::of(&head) {
        Some(Format::Zip) => zip::declared_total(source),
        Some(Format::Tar) => Some(source.len()),
        Some(Format::Compressed(_)) => None,
        None => zip::has_directory(source).then(|| zip::declared_total(source)).flatten(),
    }
}

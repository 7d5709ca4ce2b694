//! Zip archives, by their central directory, and by their local headers where that is missing or
//! silent. Both statements of a member are compared. Source: APPNOTE.TXT 6.3.10.

mod directory;
mod plan;
mod record;
mod scan;

use super::MemberKind;
use super::body::Body;
use super::codec::{Side, decode_with};
use super::member::{Spec, Walk};
use super::trouble::{Remarks, Trouble};
use crate::Note;
use directory::{Directory, Pages};
use model::{Code, SharedSource, Stop, SubSource, read_vec};
use plan::{Overlap, Plan};
use record::{Central, LOCAL_LENGTH, Local, Method, Stated, dos_text};
use std::io::{self, Read};
use std::sync::Arc;

/// Compressed bytes read in all, as a multiple of the archive's length: members that overlap can
/// claim the same bytes any number of times.
const READ_FACTOR: u64 = 4;

/// Whether the bytes end in a zip's directory with a member in it, whatever they begin with.
pub(super) fn has_directory(source: &SharedSource) -> bool {
    let Ok(Some(dir)) = Directory::find(source) else { return false };
    let mut pages = Pages::new(source.clone());
    dir.record(&mut pages, dir.at).is_ok_and(|c| local_header(source, c.local_offset.saturating_add(dir.shift)).is_ok())
}

/// Sizes of all members, as the directory states them.
pub(super) fn declared_total(source: &SharedSource) -> Option<u64> {
    let dir = Directory::find(source).ok()??;
    let mut pages = Pages::new(source.clone());
    let (mut at, mut total) = (dir.at, 0u64);
    while at < dir.limit {
        let Ok(c) = dir.record(&mut pages, at) else { break };
        total = total.saturating_add(c.stated.size);
        at = at.saturating_add(c.length as u64);
    }
    Some(total)
}

pub(super) fn walk(walk: &mut Walk<'_>, source: &SharedSource, owner: u32, depth: u32, name: &[u8]) -> Result<(), Stop> {
    let dir = match Directory::find(source) {
        Ok(dir) => dir,
        Err(e) => {
            return walk.note(owner, Note::new(Code::Unreadable, name, "a readable end of the archive", e.to_string()));
        }
    };
    let mut zip = Zip { walk, source, owner, depth, name, read: 0 };
    match dir {
        Some(dir) => zip.by_directory(&dir),
        None => {
            let found = "none; members read by their local headers";
            zip.walk.note(owner, Note::new(Code::Truncated, name, "an end of central directory record", found))?;
            let mut scan = scan::Scan::new(source);
            scan.range(&mut zip, 0, source.len(), scan::Why::NoDirectory)?;
            scan.finish(&mut zip)
        }
    }
}

/// An archive being walked.
struct Zip<'w, 'v, 's> {
    walk: &'w mut Walk<'v>,
    source: &'s SharedSource,
    owner: u32,
    depth: u32,
    name: &'s [u8],
    /// Compressed bytes claimed so far.
    read: u64,
}

/// A member to read: what is stated of it, where its data lie.
struct Item {
    stated: Stated,
    mode: Option<u32>,
    comment: Vec<u8>,
    /// Offset of the data; None where the local header is not there.
    data_at: Option<u64>,
    notes: Vec<Trouble>,
    /// Neither size nor checksum is stated anywhere.
    unstated: bool,
}

impl Zip<'_, '_, '_> {
    fn by_directory(&mut self, dir: &Directory) -> Result<(), Stop> {
        for note in dir.notes(self.source, self.name) {
            self.walk.note(self.owner, note)?;
        }
        let mut pages = Pages::new(self.source.clone());
        let mut plan = Plan::make(dir, &mut pages, self.walk.limits.members);
        for note in plan.notes(self.name) {
            self.walk.note(self.owner, note)?;
        }
        for i in 0..plan.slots.len() {
            let Some(slot) = plan.slots.get(i).copied() else { break };
            let Ok(central) = dir.record(&mut pages, slot.record) else { break };
            let (item, end) = self.item(central, slot, dir);
            if let Some(s) = plan.slots.get_mut(i) {
                s.end = end;
            }
            self.give(item)?;
            if self.walk.full {
                return Ok(());
            }
        }
        let mut scan = scan::Scan::new(self.source);
        for (from, to) in plan.unclaimed(dir.at, dir.shift) {
            scan.range(self, from, to, scan::Why::Unclaimed)?;
        }
        if dir.end < self.source.len() {
            scan.range(self, dir.end, self.source.len(), scan::Why::Outside)?;
        }
        scan.finish(self)
    }

    /// What the directory and the local header say of a member, and where its data end.
    fn item(&mut self, central: Central, slot: plan::Slot, dir: &Directory) -> (Item, u64) {
        let mut notes = Vec::new();
        if let Some(other) = slot.overlaps {
            let found = match other {
                Overlap::Member(end) => format!("bytes of another member, which ends at {end}"),
                Overlap::Directory => "bytes of the central directory".to_owned(),
            };
            notes.push(Trouble::new(Code::Overlap, format!("its own bytes from {}", slot.start), found));
        }
        if slot.duplicate {
            notes.push(Trouble::new(Code::DuplicateName, "a name of its own", "an earlier member's name"));
        }
        if central.disk != 0 && !dir.wide {
            notes.push(Trouble::new(Code::MissingSegment, "a member in this file", format!("one on disk {}", central.disk)));
        }
        let mode = central.mode();
        let mut stated = central.stated;
        let mut end = slot.end;
        let data_at = match local_header(self.source, slot.start) {
            Ok(local) => {
                compare(&stated, &local.stated, &mut notes);
                // A local statement of AES is enough to know that the bytes mean nothing.
                stated.extra.aes |= local.stated.extra.aes;
                stated.extra.modified = stated.extra.modified.or(local.stated.extra.modified);
                let at = slot.start.saturating_add(local.length);
                end = at.saturating_add(stated.compressed);
                Some(at)
            }
            Err(t) => {
                notes.push(t);
                None
            }
        };
        (Item { stated, mode, comment: central.comment, data_at, notes, unstated: false }, end)
    }

    /// Gives one member to the visitor.
    fn give(&mut self, mut item: Item) -> Result<(), Stop> {
        let s = &item.stated;
        let method = Method::of(s.method);
        let is_folder = s.name.ends_with(b"/") || item.mode.is_some_and(|m| m & 0o170_000 == 0o040_000);
        let kind = match (is_folder, item.mode.map(|m| m & 0o170_000)) {
            (true, _) if s.size == 0 => MemberKind::Folder,
            (false, Some(0o120_000)) => MemberKind::Link,
            _ => MemberKind::File,
        };
        if is_folder && kind == MemberKind::File {
            item.notes.push(Trouble::damaged("a folder without bytes", format!("{} bytes, given as a file", s.size)));
        }
        let body = self.body(&mut item, method);
        let s = item.stated;
        let mut spec = Spec::new(self.owner, s.name, kind, method.name());
        spec.declared = Some(s.size).filter(|_| !item.unstated);
        spec.modified = s.extra.modified;
        spec.crc32 = Some(s.crc32).filter(|_| !s.extra.aes && !item.unstated);
        spec.more = more(&item.comment, item.mode, &spec, dos_text(s.dos_date, s.dos_time), s.extra.unicode_name);
        spec.notes = item.notes;
        spec.unreadable = body.is_none();
        let body = body.unwrap_or_else(Body::empty);
        let place = spec.name.clone();
        let side = Side::default();
        let mut reader: Box<dyn Read> = match (&body, method, item.data_at) {
            _ if spec.unreadable => Box::new(io::empty()),
            (Body::Stream { .. }, Method::Coded(codec), Some(at)) => {
                let raw = SubSource::new(self.source.clone(), at, s.compressed);
                let raw = Body::Plain(Arc::new(raw)).open(&self.walk.remarks);
                decode_with(codec, raw, self.walk.limits.ratio, &self.walk.remarks, &side)
            }
            _ => body.open(&self.walk.remarks),
        };
        let outcome = self.walk.member(spec, &mut *reader, &body, self.depth)?;
        let unused = s.compressed.saturating_sub(side.consumed.get());
        if let (true, Method::Coded(_), true, Some(at)) = (outcome.complete, method, unused > 0, item.data_at) {
            let found = format!("{unused} more bytes after the end of the stream");
            let note = Note::new(Code::Gap, place, "a stream that fills its compressed size", found);
            self.walk.note(self.owner, note.at(at.saturating_add(side.consumed.get()), unused))?;
        }
        Ok(())
    }

    /// The member's bytes; None, with a note, where they can not be had.
    fn body(&mut self, item: &mut Item, method: Method) -> Option<Body> {
        let s = &item.stated;
        let at = item.data_at?;
        if s.encrypted() || s.extra.aes {
            item.notes.push(Trouble::new(Code::Encrypted, "a readable member", "an encrypted one; not read"));
            return None;
        }
        if let Method::Unread(name) = method {
            let found = format!("method {} ({name}); not read", s.method);
            item.notes.push(Trouble::new(Code::NotSupported, "a compression method this version reads", found));
            return None;
        }
        self.read = self.read.saturating_add(s.compressed.min(self.source.len()));
        if self.read > self.source.len().saturating_mul(READ_FACTOR) {
            let limit = format!("at most {READ_FACTOR} times the archive's bytes read");
            item.notes.push(Trouble::new(Code::LimitReached, limit, "more, through members that overlap; not read"));
            return None;
        }
        let raw: SharedSource = Arc::new(SubSource::new(self.source.clone(), at, s.compressed));
        match method {
            Method::Coded(codec) => {
                let ratio = self.walk.limits.ratio;
                Some(Body::stream(0, move |remarks: &Remarks| {
                    super::codec::decode(codec, Body::Plain(raw.clone()).open(remarks), ratio, remarks)
                }))
            }
            Method::Stored | Method::Unread(_) => Some(Body::Plain(raw)),
        }
    }
}

fn local_header(source: &SharedSource, at: u64) -> Result<Local, Trouble> {
    let trouble = |found: String| Trouble::damaged(format!("a local header at {at}"), found);
    let read = |n: usize| read_vec(source, at, n).map_err(|e| Trouble::new(Code::Unreadable, "a local header", e.to_string()));
    // One read for a usual header; a second for a long one.
    let mut data = read(LOCAL_LENGTH.saturating_add(226))?;
    let whole = LOCAL_LENGTH.saturating_add(Local::tail_length(&data).unwrap_or(0));
    if data.len() < whole && data.starts_with(b"PK\x03\x04") {
        data = read(whole)?;
    }
    Local::read(&data, at).map_err(|e| trouble(e.to_string()))
}

/// The directory's statement is followed; where the local header differs, both are noted.
fn compare(central: &Stated, local: &Stated, notes: &mut Vec<Trouble>) {
    let mut differ = |what: &str, c: String, l: String| {
        notes.push(Trouble::new(Code::BackupDiffers, format!("{what} {c} (central directory)"), format!("{l} (local header)")));
    };
    let text = |name: &[u8]| name.escape_ascii().take(200).map(char::from).collect::<String>();
    if local.masked() || central.masked() {
        return;
    }
    if central.name != local.name {
        differ("name", text(&central.name), text(&local.name));
    }
    if central.method != local.method {
        differ("method", central.method.to_string(), local.method.to_string());
    }
    if central.encrypted() != local.encrypted() {
        differ("encrypted", central.encrypted().to_string(), local.encrypted().to_string());
    }
    let follow = local.sizes_follow() && local.compressed == 0 && local.size == 0 && local.crc32 == 0;
    if follow {
        return;
    }
    if central.crc32 != local.crc32 {
        differ("crc32", format!("{:08x}", central.crc32), format!("{:08x}", local.crc32));
    }
    if central.size != local.size {
        differ("size", central.size.to_string(), local.size.to_string());
    }
    if central.compressed != local.compressed {
        differ("compressed size", central.compressed.to_string(), local.compressed.to_string());
    }
}

/// Longest comment kept as text, characters.
const MAX_COMMENT: usize = 1024;

fn more(
    comment: &[u8],
    mode: Option<u32>,
    spec: &Spec,
    dos: Option<String>,
    unicode_name: Option<Vec<u8>>,
) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let text = |b: &[u8]| String::from_utf8_lossy(b).chars().take(MAX_COMMENT).collect::<String>();
    if let Some(t) = dos {
        out.push(("modified local", t));
    }
    if let Some(c) = spec.crc32 {
        out.push(("crc32", format!("{c:08x}")));
    }
    if let Some(m) = mode {
        out.push(("mode", format!("{:04o}", m & 0o7777)));
    }
    if let Some(n) = unicode_name.filter(|n| *n != spec.name) {
        out.push(("unicode name", text(&n)));
    }
    if !comment.is_empty() {
        out.push(("comment", text(comment)));
    }
    out
}

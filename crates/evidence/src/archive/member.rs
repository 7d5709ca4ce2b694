//! One member from head to end: what it is, its bytes to the visitor, checks and limits, then the
//! members inside it.

use super::body::{Body, SourceReader, drop_bytes, fill};
use super::codec::{Codec, decode};
use super::format::{Format, HEAD, name_trouble};
use super::trouble::{Remarks, Trouble};
use super::{Limits, Member, MemberKind, Visit, tar};
use crate::Note;
use flate2::Crc;
use model::{Code, MemorySource, SharedSource, Stop};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes handed to the visitor at a time; also holds a whole bzip2 block when its kind is decided.
const CHUNK: usize = 1 << 20;

/// The longest first block of gzip, xz and zstd, with headers.
const FIRST_BLOCK: usize = 192 << 10;

/// Decoding a stream again to reach a large nested archive may cost this many times the bytes
/// given so far.
const REPLAY_FACTOR: u64 = 8;

/// What an archive says of a member before its bytes are read.
pub(super) struct Spec {
    pub parent: u32,
    pub name: Vec<u8>,
    pub kind: MemberKind,
    pub codec: &'static str,
    pub declared: Option<u64>,
    pub modified: Option<i64>,
    pub more: Vec<(&'static str, String)>,
    pub crc32: Option<u32>,
    /// What was already noticed about it.
    pub notes: Vec<Trouble>,
    /// Its bytes can not be had at all; `notes` say why.
    pub unreadable: bool,
}

impl Spec {
    pub fn new(parent: u32, name: Vec<u8>, kind: MemberKind, codec: &'static str) -> Self {
        Self {
            parent,
            name,
            kind,
            codec,
            declared: None,
            modified: None,
            more: Vec::new(),
            crc32: None,
            notes: Vec::new(),
            unreadable: false,
        }
    }
}

/// What became of a member's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Bytes read from the member's reader.
    pub read: u64,
    /// Read to the end without loss.
    pub complete: bool,
}

/// Bytes wanted of one member, instead of a walk.
pub(super) struct Wanted {
    pub ordinal: u32,
    pub offset: u64,
    pub length: usize,
    pub out: Vec<u8>,
    /// The member was reached.
    pub met: bool,
}

/// The state of a walk through an archive and the archives inside it.
pub(super) struct Walk<'v> {
    pub limits: Limits,
    /// Members up to this ordinal are passed over, not announced.
    pub start_after: u32,
    pub wanted: Option<Wanted>,
    pub remarks: Remarks,
    /// A limit of the walk as a whole was reached: nothing more is read.
    pub full: bool,
    /// Archives in the archive at hand that lie too deep to be opened.
    pub too_deep: u64,
    visit: &'v mut dyn Visit,
    last: u32,
    ended: u32,
    given: u64,
    replayed: u64,
    held: u64,
    chunk: Vec<u8>,
}

impl<'v> Walk<'v> {
    pub fn new(limits: Limits, visit: &'v mut dyn Visit) -> Self {
        Self {
            limits,
            start_after: 0,
            wanted: None,
            remarks: Remarks::default(),
            full: false,
            too_deep: 0,
            visit,
            last: 0,
            ended: 0,
            given: 0,
            replayed: 0,
            held: 0,
            chunk: vec![0; CHUNK],
        }
    }

    /// Passes a note on, unless it belongs to what an earlier walk already told.
    pub fn note(&mut self, member: u32, note: Note) -> Result<(), Stop> {
        if self.ended < self.start_after || self.wanted.is_some() { Ok(()) } else { self.visit.note(member, note) }
    }
    pub fn trouble(&mut self, member: u32, place: &[u8], t: Trouble) -> Result<(), Stop> {
        self.note(member, Note::new(t.code, place, t.expected, t.found))
    }
    /// Passes on what decoders noticed meanwhile; true where bytes were lost.
    pub fn pass_remarks(&mut self, member: u32, place: &[u8]) -> Result<bool, Stop> {
        let mut lost = false;
        for r in self.remarks.take() {
            lost |= r.loses_bytes;
            self.note(member, Note::new(r.trouble.code, place, r.trouble.expected, r.trouble.found).at(r.at, 0))?;
        }
        Ok(lost)
    }
    /// Reads and drops bytes of a stream.
    pub fn pass_over(&mut self, reader: &mut dyn Read, n: u64) -> (u64, Option<Trouble>) {
        drop_bytes(reader, n, &mut self.chunk)
    }

    /// Announces a member, gives its bytes and then the members inside it. `reader` stands at its
    /// first byte; `body` opens it again.
    pub fn member(&mut self, mut spec: Spec, reader: &mut dyn Read, body: &Body, depth: u32) -> Result<Outcome, Stop> {
        let none = Outcome { read: 0, complete: false };
        if self.full {
            return Ok(none);
        }
        if u64::from(self.last) >= self.limits.members.min(u64::from(u32::MAX - 1)) {
            return self
                .stop_at(spec.parent, &spec.name, format!("at most {} members", self.limits.members), "more")
                .map(|()| none);
        }
        self.last = self.last.saturating_add(1);
        let ordinal = self.last;
        if let Some(found) = name_trouble(&spec.name) {
            spec.notes.insert(0, Trouble::new(Code::PathTraversal, "a relative name", found));
        }
        let mut member = Member {
            ordinal,
            parent: spec.parent,
            kind: spec.kind,
            name: spec.name,
            codec: spec.codec,
            declared: spec.declared,
            modified: spec.modified,
            more: spec.more,
        };
        if self.wanted.as_ref().is_some_and(|w| w.ordinal == ordinal) {
            return self.give_wanted(reader, body).map(|()| none);
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        let told = ordinal > self.start_after;
        let (mut n, mut end) = match spec.unreadable || member.kind == MemberKind::Folder {
            true => (0, None),
            false => fill(reader, chunk.get_mut(..HEAD).unwrap_or_default()),
        };
        let mut room = HEAD;
        let mut format = match member.kind {
            MemberKind::File => Format::of_member(chunk.get(..n.min(HEAD)).unwrap_or_default(), &member.name),
            MemberKind::Folder | MemberKind::Link | MemberKind::Archive | MemberKind::Compressed => None,
        };
        if format.is_some() && depth >= self.limits.depth {
            member.more.push(("not opened", "depth limit".to_owned()));
            self.too_deep = self.too_deep.saturating_add(1);
            format = None;
        }
        if let Some(Format::Compressed(codec)) = format {
            // What it holds decides its kind.
            room = if codec == Codec::Bzip2 { CHUNK } else { FIRST_BLOCK };
            (n, end) = fill_on(reader, &mut chunk, n, room, end);
        }
        let holds_tar = match format {
            Some(Format::Compressed(codec)) => holds_tar(codec, chunk.get(..n).unwrap_or_default()),
            Some(Format::Zip | Format::Tar) | None => false,
        };
        member.kind = match format {
            Some(Format::Compressed(_)) if !holds_tar => MemberKind::Compressed,
            Some(_) => MemberKind::Archive,
            None => member.kind,
        };
        let wanted = told && {
            let w = self.visit.begin(&member)?;
            for t in spec.notes {
                self.visit.note(ordinal, Note::new(t.code, member.name.as_slice(), t.expected, t.found))?;
            }
            w
        };
        let mut copy = self.copy_for(format, body, member.declared);
        let mut crc = spec.crc32.filter(|_| wanted).map(|stored| (stored, Crc::new()));
        let mut read = 0u64;
        let mut lost = spec.unreadable;
        let mut left_alone = false;
        if wanted || copy.is_some() {
            (n, end) = fill_on(reader, &mut chunk, n, CHUNK, end);
            room = CHUNK;
        }
        loop {
            let part = chunk.get(..n).unwrap_or_default();
            read = read.saturating_add(n as u64);
            if wanted {
                if let Some((_, crc)) = &mut crc {
                    crc.update(part);
                }
                if !part.is_empty() {
                    self.visit.bytes(part)?;
                }
            }
            if let Some(c) = &mut copy {
                self.held = self.held.saturating_add(n as u64);
                if self.held > self.limits.nested_in_memory {
                    self.held = self.held.saturating_sub(read);
                    copy = None;
                } else {
                    c.extend_from_slice(part);
                }
            }
            self.given = self.given.saturating_add(n as u64);
            if self.given > self.limits.bytes {
                let limit = format!("at most {} bytes in all", self.limits.bytes);
                self.stop_at(ordinal, &member.name, limit, "more")?;
                lost = true;
                break;
            }
            if n < room || end.is_some() {
                break;
            }
            if !wanted && copy.is_none() {
                left_alone = true;
                break;
            }
            (n, end) = fill(reader, &mut chunk);
            room = CHUNK;
        }
        self.chunk = chunk;
        if let Some(t) = end {
            let note = Note::new(t.code, member.name.as_slice(), t.expected, t.found).at(read, 0);
            if told {
                self.visit.note(ordinal, note)?;
            }
            lost = true;
        }
        if told {
            lost |= self.pass_remarks(ordinal, &member.name)?;
        } else {
            lost |= self.remarks.take().iter().any(|r| r.loses_bytes);
        }
        if wanted && !left_alone && !self.full && !spec.unreadable {
            if let Some(declared) = member.declared.filter(|d| *d != read && !lost && member.kind != MemberKind::Folder) {
                let t = Trouble::damaged(format!("{declared} bytes, as declared"), format!("{read} bytes"));
                self.trouble(ordinal, &member.name, t)?;
            }
            if let Some((stored, crc)) = crc.filter(|(stored, crc)| !lost && *stored != crc.sum()) {
                let found = format!("crc32 {:08x}", crc.sum());
                self.trouble(ordinal, &member.name, Trouble::new(Code::ChecksumMismatch, format!("crc32 {stored:08x}"), found))?;
            }
        }
        if told {
            self.visit.end(&member, !lost)?;
        }
        self.ended = ordinal;
        if let Some(format) = format.filter(|_| !self.full) {
            self.inside(&member, format, copy, body, read, depth)?;
        } else if let Some(c) = copy {
            self.held = self.held.saturating_sub(c.len() as u64);
        }
        Ok(Outcome { read, complete: !lost && !left_alone })
    }

    /// Room for a nested archive that is cheaper to hold than to decode again, or must be held.
    fn copy_for(&self, format: Option<Format>, body: &Body, declared: Option<u64>) -> Option<Vec<u8>> {
        let room = self.limits.nested_in_memory.saturating_sub(self.held);
        match (format, body) {
            (None, _) | (_, Body::Plain(_)) => None,
            (Some(Format::Zip), Body::Stream { .. }) => declared.is_none_or(|d| d <= room).then(Vec::new),
            (Some(Format::Tar | Format::Compressed(_)), Body::Stream { cost, .. }) => {
                (*cost > 0 && declared.is_none_or(|d| d <= room)).then(Vec::new)
            }
        }
    }

    /// The members of a nested archive.
    fn inside(
        &mut self,
        member: &Member,
        format: Format,
        copy: Option<Vec<u8>>,
        body: &Body,
        read: u64,
        depth: u32,
    ) -> Result<(), Stop> {
        let held = copy.as_ref().map_or(0, |c| c.len() as u64);
        let body = match (copy, body) {
            (Some(bytes), _) => Body::Plain(Arc::new(MemorySource(bytes)) as SharedSource),
            (None, Body::Plain(_)) => body.clone(),
            (None, Body::Stream { .. }) if format == Format::Zip => {
                let limit = format!("a zip in a stream, to be held, of at most {} bytes", self.limits.nested_in_memory);
                let size = member.declared.map_or_else(|| "more".to_owned(), |d| format!("{d} bytes"));
                return self.trouble(
                    member.ordinal,
                    &member.name,
                    Trouble::new(Code::LimitReached, limit, format!("{size}; not opened")),
                );
            }
            (None, Body::Stream { cost, .. }) => {
                self.replayed = self.replayed.saturating_add(*cost);
                if *cost > 0 && self.replayed > self.given.saturating_mul(REPLAY_FACTOR) {
                    let limit = format!("decoding again at most {REPLAY_FACTOR} times the bytes read");
                    let found = format!("an archive of {read} bytes, too far inside a stream; not opened");
                    return self.trouble(member.ordinal, &member.name, Trouble::new(Code::LimitReached, limit, found));
                }
                body.clone()
            }
        };
        let out = self.archive(&body, format, member.ordinal, depth.saturating_add(1), &member.name);
        self.held = self.held.saturating_sub(held);
        out
    }

    fn stop_at(&mut self, member: u32, place: &[u8], limit: String, found: &str) -> Result<(), Stop> {
        self.full = true;
        self.trouble(member, place, Trouble::new(Code::LimitReached, limit, format!("{found}; the rest was not read")))
    }

    /// Gives the wanted window of the member at hand, then ends the walk.
    fn give_wanted(&mut self, reader: &mut dyn Read, body: &Body) -> Result<(), Stop> {
        let Some(mut w) = self.wanted.take() else { return Ok(()) };
        let mut direct;
        w.met = true;
        let reader = match body {
            Body::Plain(source) => {
                direct = SourceReader::new(source.clone(), w.offset);
                &mut direct as &mut dyn Read
            }
            Body::Stream { .. } => {
                drop_bytes(reader, w.offset, &mut self.chunk);
                reader
            }
        };
        while w.out.len() < w.length {
            let want = w.length.saturating_sub(w.out.len()).min(self.chunk.len());
            let part = self.chunk.get_mut(..want).unwrap_or_default();
            let (n, broke) = fill(reader, part);
            w.out.extend_from_slice(part.get(..n).unwrap_or_default());
            if n < want || broke.is_some() {
                break;
            }
        }
        self.wanted = Some(w);
        Err(Stop::Cancelled)
    }
}

/// Goes on filling `chunk` from `n` up to `room`, unless the reader already ended or broke.
fn fill_on(reader: &mut dyn Read, chunk: &mut [u8], n: usize, room: usize, end: Option<Trouble>) -> (usize, Option<Trouble>) {
    if end.is_some() {
        return (n, end);
    }
    let (more, end) = fill(reader, chunk.get_mut(n..room).unwrap_or_default());
    (n.saturating_add(more), end)
}

/// Whether the compressed bytes begin a tar. `head` is long enough for the first block of any
/// codec.
fn holds_tar(codec: Codec, head: &[u8]) -> bool {
    let mut reader = decode(codec, Box::new(io::Cursor::new(head.to_vec())), u64::MAX, &Remarks::default());
    let mut block = [0u8; 512];
    let (n, _) = fill(&mut *reader, &mut block);
    tar::is_tar(block.get(..n).unwrap_or_default())
}

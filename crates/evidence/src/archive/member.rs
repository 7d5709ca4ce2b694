//! One member from head to end: what it is, its bytes to the visitor, checks and limits, then the
//! members inside it.

use super::body::{Body, drop_bytes, fill};
use super::codec::{Codec, decode};
use super::format::{Format, HEAD, name_trouble};
use super::pass::{Aim, Look, Passed};
use super::trouble::{Remarks, Trouble};
use super::wanted::Wanted;
use super::{Limits, Member, MemberKind, Visit, tar};
use crate::Note;
use flate2::Crc;
use model::{Code, Stop};
use std::io::{self, Read};

/// Holds a whole bzip2 block when a member's kind is decided.
const BUFFER: usize = 1 << 20;

/// The word under which a member says which limit kept it closed.
pub const NOT_OPENED: &str = "not opened";

/// The longest first block of gzip, xz and zstd, with headers.
const FIRST_BLOCK: usize = 192 << 10;

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

/// Nested archives that a limit kept closed: their bytes are given as those of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unopened {
    too_deep: u64,
    too_many: u64,
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
    /// Zips and tars opened inside nested archives so far.
    nested: u64,
    pub unopened: Unopened,
    /// The nested archives around the member at hand, the outermost first.
    pub around: Vec<Member>,
    pub(super) visit: &'v mut dyn Visit,
    last: u32,
    ended: u32,
    /// The archives around the first member announced were told.
    resumed: bool,
    pub(super) given: u64,
    pub(super) replayed: u64,
    pub(super) held: u64,
    pub(super) chunk: Vec<u8>,
}

impl<'v> Walk<'v> {
    pub fn new(limits: Limits, visit: &'v mut dyn Visit) -> Self {
        Self {
            limits,
            start_after: 0,
            wanted: None,
            remarks: Remarks::default(),
            full: false,
            nested: 0,
            unopened: Unopened::default(),
            around: Vec::new(),
            resumed: false,
            visit,
            last: 0,
            ended: 0,
            given: 0,
            replayed: 0,
            held: 0,
            chunk: vec![0; BUFFER],
        }
    }

    /// Passes a note on, unless it belongs to what an earlier walk already told.
    pub fn note(&mut self, member: u32, note: Note) -> Result<(), Stop> {
        if self.ended < self.start_after || self.wanted.is_some() {
            return Ok(());
        }
        self.resume()?;
        self.visit.note(member, note)
    }
    pub fn trouble(&mut self, member: u32, place: &[u8], t: Trouble) -> Result<(), Stop> {
        self.note(member, Note::new(t.code, place, t.expected, t.found))
    }
    /// Tells, once, where a resumed walk goes on.
    fn resume(&mut self) -> Result<(), Stop> {
        if !std::mem::replace(&mut self.resumed, true) {
            for archive in self.around.iter().filter(|a| a.ordinal <= self.start_after) {
                self.visit.within(archive)?;
            }
        }
        Ok(())
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
            let limit = format!("at most {} members", self.limits.members);
            return self.stop_at(spec.parent, &spec.name, limit).map(|()| none);
        }
        self.last = self.last.saturating_add(1);
        let ordinal = self.last;
        if self.wanted.as_ref().is_some_and(|w| w.ordinal == ordinal) {
            return self.give_wanted(reader, body).map(|()| none);
        }
        if let Some(found) = name_trouble(&spec.name) {
            spec.notes.insert(0, Trouble::new(Code::PathTraversal, "a relative name", found));
        }
        let mut chunk = std::mem::take(&mut self.chunk);
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
        let look = match spec.unreadable || member.kind == MemberKind::Folder {
            true => Look::default(),
            false => self.look(&mut member, reader, &mut chunk, depth),
        };
        let format = look.format;
        let told = ordinal > self.start_after;
        if told {
            self.resume()?;
        }
        let wanted = told && self.visit.begin(&member)?;
        if told {
            for t in spec.notes {
                self.visit.note(ordinal, Note::new(t.code, member.name.as_slice(), t.expected, t.found))?;
            }
        }
        let aim = Aim {
            wanted,
            copy: self.copy_for(format, body, member.declared),
            crc: spec.crc32.filter(|_| wanted).map(|stored| (stored, Crc::new())),
        };
        let mut passed = self.pass(&member, reader, &mut chunk, look, aim)?;
        self.chunk = chunk;
        passed.lost |= spec.unreadable;
        if let Some(t) = passed.broke.take() {
            passed.lost = true;
            let note = Note::new(t.code, member.name.as_slice(), t.expected, t.found).at(passed.read, 0);
            self.tell(told, ordinal, note)?;
        }
        for r in self.remarks.take() {
            passed.lost |= r.loses_bytes;
            let note = Note::new(r.trouble.code, member.name.as_slice(), r.trouble.expected, r.trouble.found).at(r.at, 0);
            self.tell(told, ordinal, note)?;
        }
        if wanted && !passed.left_alone && !passed.lost {
            self.check(&member, &passed)?;
        }
        if told {
            self.visit.end(&member, !passed.lost)?;
        }
        self.ended = ordinal;
        let outcome = Outcome { read: passed.read, complete: !passed.lost && !passed.left_alone };
        let held = passed.copy.as_ref().map_or(0, |c| c.len() as u64);
        if let Some(format) = format.filter(|_| !self.full) {
            self.inside(&member, format, passed.copy, body, depth)?;
        }
        self.held = self.held.saturating_sub(held);
        Ok(outcome)
    }

    /// Reads the member's first bytes and decides what it is.
    fn look(&mut self, member: &mut Member, reader: &mut dyn Read, chunk: &mut [u8], depth: u32) -> Look {
        let (n, broke) = fill(reader, chunk.get_mut(..HEAD).unwrap_or_default());
        let mut look = Look { n, room: HEAD, broke, format: None };
        if member.kind != MemberKind::File {
            return look;
        }
        let Some(format) = Format::of_member(chunk.get(..n).unwrap_or_default(), &member.name) else { return look };
        if depth >= self.limits.depth {
            member.more.push((NOT_OPENED, "depth limit".to_owned()));
            self.unopened.too_deep = self.unopened.too_deep.saturating_add(1);
            return look;
        }
        let mut kind = MemberKind::Archive;
        if let Format::Compressed(codec) = format {
            let room = if codec == Codec::Bzip2 { BUFFER } else { FIRST_BLOCK };
            look.fill_on(reader, chunk, room);
            if !holds_tar(codec, chunk.get(..look.n).unwrap_or_default()) {
                kind = MemberKind::Compressed;
            }
        }
        if depth > 0 && kind == MemberKind::Archive {
            if self.nested >= self.limits.nested {
                member.more.push((NOT_OPENED, "count limit".to_owned()));
                self.unopened.too_many = self.unopened.too_many.saturating_add(1);
                return look;
            }
            self.nested = self.nested.saturating_add(1);
        }
        member.kind = kind;
        look.format = Some(format);
        look
    }

    /// The archive's own statements against the bytes that came.
    fn check(&mut self, member: &Member, passed: &Passed) -> Result<(), Stop> {
        let read = passed.read;
        if let Some(declared) = member.declared.filter(|d| *d != read) {
            let t = Trouble::damaged(format!("{declared} bytes, as declared"), format!("{read} bytes"));
            self.trouble(member.ordinal, &member.name, t)?;
        }
        if let Some((stored, crc)) = passed.crc.as_ref().filter(|(stored, crc)| *stored != crc.sum()) {
            let found = format!("crc32 {:08x}", crc.sum());
            let t = Trouble::new(Code::ChecksumMismatch, format!("crc32 {stored:08x}"), found);
            self.trouble(member.ordinal, &member.name, t)?;
        }
        Ok(())
    }

    fn tell(&mut self, told: bool, member: u32, note: Note) -> Result<(), Stop> {
        if told { self.visit.note(member, note) } else { Ok(()) }
    }

    /// One note for each limit that kept nested archives closed: at the end of the whole walk, since a
    /// hostile archive can have as many as it likes.
    pub fn tell_unopened(&mut self, name: &[u8]) -> Result<(), Stop> {
        let Unopened { too_deep, too_many } = self.unopened;
        let depth = format!("archives inside archives {} deep at most", self.limits.depth);
        let number = format!("at most {} archives inside nested archives", self.limits.nested);
        for (count, limit, which) in [(too_deep, depth, "deeper"), (too_many, number, "more")] {
            if count > 0 {
                let mut note = Note::new(Code::LimitReached, name, limit, format!("{count} {which}, kept as files, not opened"));
                note.count = count;
                self.note(0, note)?;
            }
        }
        Ok(())
    }

    /// A limit of the walk as a whole.
    pub(super) fn stop_at(&mut self, member: u32, place: &[u8], limit: String) -> Result<(), Stop> {
        self.full = true;
        self.trouble(member, place, Trouble::new(Code::LimitReached, limit, "more; the rest was not read"))
    }
}

/// Whether the compressed bytes begin a tar. `head` is long enough for the first block of any
/// codec.
fn holds_tar(codec: Codec, head: &[u8]) -> bool {
    let mut reader = decode(codec, Box::new(io::Cursor::new(head.to_vec())), u64::MAX, &Remarks::default());
    let mut block = [0u8; 512];
    let (n, _) = fill(&mut *reader, &mut block);
    tar::is_tar(block.get(..n).unwrap_or_default())
}

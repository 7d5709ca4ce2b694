//! Archives and folders: every member becomes a source and a file, is hashed, and is offered to
//! the parsers.

use super::output::Output;
use super::parse;
use super::protocol::{Frame, SourceEnd};
use super::scan::{Counted, ProfileSet, failed};
use super::stream::RecordStream;
use artifacts::log::LONGEST_HEAD;
use artifacts::{Claim, Facts, PARSERS, Parser};
use evidence::archive::{self, Limits, Member, MemberKind, Visit};
use evidence::open::{Format, Item};
use evidence::{Note, container};
use ledger::{BlockTree, Hash};
use model::{
    Code, ContentState, EntryKind, FileEntry, Moment, NameState, Owner, Precision, RecordState, SourceKind, Stamp, StampKind,
    Stop, Stream, Value, Verdict,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A member that a parser must read at random is held in memory up to this size.
const HELD: usize = 256 << 20;
/// Bytes looked at to tell what a member is.
const HEAD: usize = 64 << 10;

pub fn walk(
    item: &Item,
    source: u32,
    after: u32,
    profiles: &ProfileSet,
    read: &Arc<AtomicU64>,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    let mut visit = Members {
        out,
        root: source,
        profiles,
        read: read.clone(),
        reported: 0,
        parents: BTreeMap::new(),
        open: Vec::new(),
        seen: 0,
    };
    visit.parents.insert(0, (source, Vec::new()));
    let limits = Limits::default();
    if item.format == Format::Folder {
        let path = item.paths.first().ok_or_else(|| failed("no folder"))?;
        archive::walk_folder(path, &limits, after, &mut visit)?;
    } else {
        let media = container::open(item).map_err(failed)?;
        let counted = Arc::new(Counted { inner: media.source, read: read.clone() });
        archive::walk_from(counted, item.name.as_bytes(), &limits, after, &mut visit)?;
    }
    if visit.seen == 0 && after == 0 {
        visit.out.about(source, 0)?;
        visit.out.note(&Note::new(Code::Empty, "", "members", "none that could be read"))?;
    }
    Ok(())
}

struct Members<'a, 'w> {
    out: &'a mut Output<'w>,
    root: u32,
    profiles: &'a ProfileSet,
    read: Arc<AtomicU64>,
    reported: u64,
    /// Source and path of what may have members of its own.
    parents: BTreeMap<u32, (u32, Vec<u8>)>,
    open: Vec<Open<'a>>,
    seen: u64,
}

/// A member being read.
struct Open<'p> {
    ordinal: u32,
    source: u32,
    path: Vec<u8>,
    size: u64,
    hash: BlockTree,
    head: Vec<u8>,
    /// Bytes of the head by which the reader is chosen.
    wanted: usize,
    reader: Reader<'p>,
}

enum Reader<'p> {
    /// Not yet decided: the head is still growing.
    Waiting,
    Log(Box<RecordStream<'p>>),
    /// Held for a parser that reads at random.
    Held(&'static Parser, Vec<u8>),
    /// Hashed only.
    Nothing,
}

impl Members<'_, '_> {
    /// Source of the member's parent, and the member's path from the root.
    fn place(&self, member: &Member) -> (u32, Vec<u8>) {
        let (parent, mut path) = self.parents.get(&member.parent).cloned().unwrap_or((self.root, Vec::new()));
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(&member.name);
        (parent, path)
    }
}

impl Visit for Members<'_, '_> {
    /// Behind a member that killed its reader: what is in archives that were announced before
    /// hangs below the root, since their sources were numbered by another process.
    fn within(&mut self, member: &Member) -> Result<(), Stop> {
        let place = self.place(member);
        self.parents.insert(member.ordinal, place);
        Ok(())
    }

    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        let (parent, path) = self.place(member);
        let container = matches!(member.kind, MemberKind::Archive | MemberKind::Compressed);
        if member.kind == MemberKind::Folder {
            return Ok(false);
        }
        self.seen += 1;
        self.out.frame(&Frame::Member(member.ordinal))?;
        self.out.item(&path)?;
        let locator = [("member", Value::Uint(u64::from(member.ordinal))), ("path", Value::Text(&path))];
        let mut detail: Vec<(&str, Value<'_>)> = member.more.iter().map(|(k, v)| (*k, Value::from(v.as_str()))).collect();
        if let Some(m) = member.modified {
            detail.push(("modified", Value::Int(m)));
        }
        if member.kind == MemberKind::Link {
            detail.push(("link", Value::Bool(true)));
        }
        let kind = if container { SourceKind::Archive } else { SourceKind::File };
        let source =
            self.out.begin_source(Some(parent), kind, member.declared.unwrap_or(0), &locator, Some(member.codec), &detail)?;
        if container {
            self.parents.insert(member.ordinal, (source, path.clone()));
        }
        if member.kind == MemberKind::Link {
            self.out.about(source, 0)?;
            self.out.note(&Note::new(Code::LinkNotFollowed, path.clone(), "a file or a folder", "a link"))?;
        }
        // One finding for all archives that stay closed comes with the end of the walk.
        let closed = member.more.iter().any(|(k, _)| *k == archive::NOT_OPENED);
        let unread = container || closed || member.kind == MemberKind::Link;
        let reader = if unread { Reader::Nothing } else { Reader::Waiting };
        let (ordinal, hash) = (member.ordinal, BlockTree::new());
        let open = Open { ordinal, source, path, size: 0, hash, head: Vec::new(), wanted: HEAD, reader };
        self.open.push(open);
        Ok(true)
    }

    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        open.size += chunk.len() as u64;
        open.hash.update(chunk);
        let read = self.read.load(Ordering::Relaxed);
        if read.saturating_sub(self.reported) > 4 << 20 {
            self.reported = read;
            self.out.frame(&Frame::Progress(read))?;
        }
        open.take(chunk, self.profiles, self.out)
    }

    fn end(&mut self, member: &Member, complete: bool) -> Result<(), Stop> {
        let Some(at) = self.open.iter().rposition(|o| o.ordinal == member.ordinal) else { return Ok(()) };
        let mut open = self.open.remove(at);
        open.decide(self.profiles, self.out)?;
        let entry = file_entry(member, &open);
        let parent = self.parents.get(&member.parent).map_or(self.root, |p| p.0);
        self.out.about(parent, 0)?;
        self.out.entry(&entry)?;
        self.out.about(open.source, 0)?;
        match std::mem::replace(&mut open.reader, Reader::Nothing) {
            Reader::Log(stream) => stream.finish(open.source, self.out)?,
            Reader::Held(parser, bytes) => {
                let facts = open.facts();
                parse::run(parser, open.source, &facts, &model::MemorySource(bytes), None, self.out)?;
            }
            Reader::Nothing | Reader::Waiting => {}
        }
        let hashed = open.hash.finish();
        if !hashed.nodes.is_empty() {
            self.out.frame(&Frame::Blocks { source: open.source, hashes: hashed.nodes.concat() })?;
        }
        // What broke off is hashed as far as it was read, but that is no digest of the member.
        let whole = |hash: Hash| complete.then(|| hex::encode(hash));
        self.out.end_source(SourceEnd {
            number: open.source,
            bytes: open.size,
            sha256: whole(hashed.sha256),
            blocks_root: Some(hex::encode(hashed.root)),
        })?;
        Ok(())
    }

    fn note(&mut self, member: u32, note: Note) -> Result<(), Stop> {
        let open = self.open.iter().find(|o| o.ordinal == member).map(|o| o.source);
        let source = open.or_else(|| self.parents.get(&member).map(|p| p.0)).unwrap_or(self.root);
        self.out.about(source, 0)?;
        Ok(self.out.note(&note)?)
    }
}

impl<'p> Open<'p> {
    fn facts(&self) -> Facts<'_> {
        Facts { path: &self.path, stream: b"", size: self.size, head: &self.head, file_system: None }
    }

    fn take(&mut self, chunk: &[u8], profiles: &'p ProfileSet, out: &mut Output<'_>) -> Result<(), Stop> {
        match &mut self.reader {
            Reader::Nothing => Ok(()),
            Reader::Log(stream) => stream.push(self.source, chunk, out),
            Reader::Held(parser, bytes) if bytes.len() + chunk.len() > HELD => {
                let note =
                    Note::new(Code::LimitReached, self.path.clone(), format!("at most {HELD} bytes for {}", parser.name), "more");
                self.reader = Reader::Nothing;
                out.about(self.source, 0)?;
                Ok(out.note(&note)?)
            }
            Reader::Held(_, bytes) => {
                bytes.extend_from_slice(chunk);
                Ok(())
            }
            Reader::Waiting => {
                self.head.extend_from_slice(chunk);
                if self.head.len() <= self.wanted {
                    return Ok(());
                }
                let first = Facts { head: self.head.get(..HEAD).unwrap_or(&self.head), ..self.facts() };
                if self.wanted == HEAD && profiles.want_more(&first) {
                    self.wanted = LONGEST_HEAD;
                    return Ok(());
                }
                self.decide(profiles, out)
            }
        }
    }

    /// Chooses the reader once the head is known, and gives it what has come so far.
    fn decide(&mut self, profiles: &'p ProfileSet, out: &mut Output<'_>) -> Result<(), Stop> {
        if !matches!(self.reader, Reader::Waiting) {
            return Ok(());
        }
        let mut seen = std::mem::take(&mut self.head);
        let rest = if seen.len() > self.wanted { seen.split_off(self.wanted) } else { Vec::new() };
        self.head = seen;
        let facts = self.facts();
        self.reader = if let Some(parser) = claimed(&facts) {
            Reader::Held(parser, Vec::new())
        } else if let Some(stream) = profiles.detect(&facts).and_then(|found| RecordStream::new(profiles, found)) {
            Reader::Log(Box::new(stream))
        } else {
            out.about(self.source, 0)?;
            out.note(&unrecognised(&facts))?;
            Reader::Nothing
        };
        let head = self.head.clone();
        self.take(&head, profiles, out)?;
        self.take(&rest, profiles, out)
    }
}

/// The parser that takes a file by its head; log profiles are asked after.
pub fn claimed(facts: &Facts<'_>) -> Option<&'static Parser> {
    let best =
        PARSERS.iter().copied().map(|p| ((p.claims)(facts), std::cmp::Reverse(p.id), p)).max_by_key(|(c, id, _)| (*c, *id));
    best.filter(|(c, _, _)| *c > Claim::No).map(|(_, _, p)| p)
}

/// Why a file was only hashed.
pub fn unrecognised(facts: &Facts<'_>) -> Note {
    if facts.head.is_empty() {
        return Note::new(Code::Empty, facts.path, "bytes", "none");
    }
    match evidence::open::signature_name(facts.head) {
        Some(what) => Note::new(Code::NotSupported, facts.path, "a format this version parses", what),
        None => Note::new(Code::NotRecognized, facts.path, "a format this version parses", "unknown bytes"),
    }
}

/// A member as a file: its name is in use and its content is all there.
fn file_entry(member: &Member, open: &Open<'_>) -> FileEntry {
    let stamps = member.modified.and_then(|m| Moment::from_unix(m, 0, Precision::Second)).map(|moment| Stamp {
        kind: StampKind::Modified,
        moment,
        raw: member.modified.unwrap_or(0).cast_unsigned(),
        offset: 0,
        length: 0,
    });
    FileEntry {
        record: Some(u64::from(member.ordinal)),
        sequence: None,
        parent: (member.parent > 0).then_some(u64::from(member.parent)),
        parent_sequence: None,
        path: open.path.clone(),
        kind: if member.kind == MemberKind::Link { EntryKind::SymbolicLink } else { EntryKind::File },
        verdict: Verdict {
            name: NameState::Allocated,
            name_rule: "listed as a member",
            record: RecordState::Allocated,
            record_rule: "listed as a member",
            content: ContentState::Intact,
            content_rule: "read to its end",
        },
        size: open.size,
        stamps: stamps.into_iter().collect(),
        attributes: 0,
        owner: Owner::default(),
        links: 1,
        target: None,
        streams: vec![Stream { size: open.size, initialized: open.size, ..Stream::default() }],
        origin: Vec::new(),
        from_journal: false,
        more: member.more.clone(),
    }
}

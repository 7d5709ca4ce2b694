//! Files to rows: which files of a volume are read, and how a parser is run.

use super::holes::read_log;
use super::members::{claimed, unrecognised};
use super::output::Output;
use super::protocol::{FileRef, SourceEnd};
use super::scan::ProfileSet;
use super::stream::RecordStream;
use artifacts::log::LONGEST_HEAD;
use artifacts::{Facts, Parser};
use evidence::Note;
use evidence::filesystem::{CUT_RULE, FileSystem};
use model::{
    ByteSource, Code, ContentState, EntryKind, FileEntry, NameState, Run, SourceKind, Stop, Stream, StreamFlags, Value, read_vec,
};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

const HEAD: usize = 64 << 10;
/// Files of one volume that may be noted for parsing.
const MOST_FILES: usize = 200_000;

/// Files of a volume whose names ask for a closer look once the walk is done. Names decide, since
/// reading the head of every file of a volume would cost more than the walk itself.
#[derive(Default)]
pub struct Wanted {
    files: Vec<FileRef>,
    /// `$R...` by path, for their `$I...`.
    trashed: BTreeMap<Vec<u8>, FileRef>,
    /// Files past `MOST_FILES`, which are not parsed.
    pub passed_over: u64,
}

impl Wanted {
    pub fn offer(&mut self, entry: &FileEntry, _file_system: &'static str) {
        let readable = match entry.verdict.content {
            ContentState::Intact | ContentState::PartlyOverwritten => true,
            // What is there of a file in a truncated image is read as far as it goes.
            ContentState::Unknown => entry.verdict.content_rule == CUT_RULE,
            ContentState::Overwritten => false,
        };
        if entry.kind == EntryKind::Directory || !readable {
            return;
        }
        let name = entry.name();
        for stream in &entry.streams {
            let journal = stream.name == b"$J";
            let plain = stream.name.is_empty() && entry.kind == EntryKind::File && stream.size > 0;
            if journal || plain && (name.starts_with(b"$I") || looks_like_log(name)) {
                if self.files.len() < MOST_FILES {
                    self.files.push(FileRef::new(entry, stream));
                } else {
                    self.passed_over += 1;
                }
            } else if plain
                && name.starts_with(b"$R")
                && entry.verdict.name != NameState::Deleted
                && self.trashed.len() < MOST_FILES
            {
                self.trashed.insert(entry.path.clone(), FileRef::new(entry, stream));
            }
        }
    }

    pub fn into_tasks(self) -> Vec<(FileRef, Option<FileRef>)> {
        let trashed = self.trashed;
        self.files
            .into_iter()
            .map(|file| {
                let path = file.path_bytes();
                let facts = Facts { path: &path, stream: file.stream.as_bytes(), size: file.size, head: b"", file_system: None };
                let name = facts.name().to_vec();
                let companion = name.starts_with(b"$I").then(|| {
                    let at = path.len() - name.len() + 1;
                    let mut other = path.clone();
                    if let Some(letter) = other.get_mut(at) {
                        *letter = b'R';
                    }
                    trashed.get(&other).cloned()
                });
                (file, companion.flatten())
            })
            .collect()
    }
}

/// Names under which logs are kept: `access.log`, `access.log.1`, `requests.jsonl`, `access_log-20250601`,
/// `Security.evtx`, `syslog.1`.
fn looks_like_log(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |needle: &[u8]| memchr::memmem::find(&lower, needle).is_some();
    let named = |stem: &[u8]| lower.strip_prefix(stem).is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-')));
    lower.ends_with(b".evtx")
        || named(b"syslog")
        || named(b"messages")
        || named(b"secure")
        || has(b".log")
        || has(b"access_log")
        || lower.ends_with(b".jsonl")
        || lower.ends_with(b".ndjson")
        || lower.ends_with(b".json")
}

impl FileRef {
    fn new(entry: &FileEntry, stream: &Stream) -> Self {
        let f = stream.flags;
        let bits = [(f.resident, 1), (f.compressed, 2), (f.encrypted, 4), (f.sparse, 8)];
        Self {
            path: text_or_hex(&entry.path),
            record: entry.record,
            stream: text_or_hex(&stream.name),
            size: stream.size,
            initialized: stream.initialized,
            runs: stream.runs.iter().map(|r| (r.offset.map_or(-1, u64::cast_signed), r.length)).collect(),
            flags: bits.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum(),
        }
    }
    pub fn path_bytes(&self) -> Vec<u8> {
        from_text_or_hex(&self.path)
    }
    pub fn to_stream(&self) -> Stream {
        let on = |bit: u8| self.flags & bit != 0;
        Stream {
            name: from_text_or_hex(&self.stream),
            size: self.size,
            initialized: self.initialized,
            flags: StreamFlags { resident: on(1), compressed: on(2), encrypted: on(4), sparse: on(8) },
            runs: self.runs.iter().map(|(o, length)| Run { offset: u64::try_from(*o).ok(), length: *length }).collect(),
        }
    }
}

pub fn text_or_hex(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(s) if !s.starts_with("hex:") => s.to_owned(),
        _ => format!("hex:{}", hex::encode(bytes)),
    }
}
pub fn from_text_or_hex(text: &str) -> Vec<u8> {
    let decoded = text.strip_prefix("hex:").and_then(|h| hex::decode(h).ok());
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

/// A lone file: a log, or a file that a parser claims.
pub fn whole_file(
    source: u32,
    name: &[u8],
    data: &dyn ByteSource,
    profiles: &ProfileSet,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    let (first, longer);
    first = read_vec(data, 0, HEAD)?;
    let mut facts = Facts { path: name, stream: b"", size: data.len(), head: &first, file_system: None };
    if profiles.want_more(&facts) {
        longer = read_vec(data, 0, LONGEST_HEAD)?;
        facts.head = &longer;
    }
    read(source, &facts, data, None, profiles, out)
}

/// One file of a volume: becomes a source of its own when something reads it.
pub fn volume_file(
    volume: u32,
    fs: &dyn FileSystem,
    file: &FileRef,
    companion: Option<&FileRef>,
    profiles: &ProfileSet,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    let path = file.path_bytes();
    out.item(&path)?;
    let stream = file.to_stream();
    let data = match fs.open(file.record, &stream) {
        Ok(data) => data,
        Err(Stop::Damaged(e)) => {
            out.about(volume, 0)?;
            return Ok(out.note(&Note::new(Code::Unreadable, path, e.expected, e.found))?);
        }
        Err(e) => return Err(e),
    };
    let (head, longer);
    head = read_vec(&*data, 0, HEAD)?;
    let file_system = Some(fs.facts().kind);
    let mut facts = Facts { path: &path, stream: &stream.name, size: stream.size, head: &head, file_system };
    if profiles.want_more(&facts) {
        longer = read_vec(&*data, 0, LONGEST_HEAD)?;
        facts.head = &longer;
    }
    if claimed(&facts).is_none() && profiles.detect(&facts).is_none() {
        return Ok(());
    }
    let runs = file.runs.iter().map(|(o, l)| Value::List(vec![Value::Int(*o), Value::Uint(*l)])).collect();
    let mut locator = vec![("path", Value::Text(&path)), ("runs", Value::List(runs))];
    if let Some(record) = file.record {
        locator.push(("record", Value::Uint(record)));
    }
    locator.push(("stream", Value::Text(&stream.name)));
    locator.push(("flags", Value::Uint(u64::from(file.flags))));
    locator.push(("initialized", Value::Uint(file.initialized)));
    let source = out.begin_source(Some(volume), SourceKind::FileSystemFile, stream.size, &locator, None, &[])?;
    let companion = match companion {
        Some(c) => Some(fs.open(c.record, &c.to_stream())?),
        None => None,
    };
    read(source, &facts, &*data, companion.as_deref(), profiles, out)?;
    // Verified through its byte runs in the volume, so it needs no digest of its own.
    out.end_source(SourceEnd { number: source, bytes: stream.size, sha256: None, blocks_root: None })?;
    Ok(())
}

fn read(
    source: u32,
    facts: &Facts<'_>,
    data: &dyn ByteSource,
    companion: Option<&dyn ByteSource>,
    profiles: &ProfileSet,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    out.about(source, 0)?;
    let whole = Whole { inner: data, ends: AtomicU64::new(u64::MAX) };
    if let Some(parser) = claimed(facts) {
        run(parser, source, facts, &whole, companion, out)?;
    } else if let Some(stream) = profiles.detect(facts).and_then(|found| RecordStream::new(profiles, found)) {
        read_log(source, facts, &whole, stream, out)?;
    } else {
        return Ok(out.note(&unrecognised(facts))?);
    }
    if let Some(at) = whole.ends() {
        let (expected, found) = (format!("{} bytes", data.len()), format!("the end of the evidence after {at} bytes"));
        out.about(source, 0)?;
        out.note(&Note::new(Code::Truncated, facts.path, expected, found))?;
    }
    Ok(())
}

/// Notices where the bytes end before the length that is stated of them.
struct Whole<'a> {
    inner: &'a dyn ByteSource,
    /// The lowest offset at which nothing more was there.
    ends: AtomicU64,
}

impl Whole<'_> {
    fn ends(&self) -> Option<u64> {
        Some(self.ends.load(Ordering::Relaxed)).filter(|at| *at != u64::MAX)
    }
}

impl ByteSource for Whole<'_> {
    fn len(&self) -> u64 {
        self.inner.len()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read_at(offset, buf)?;
        if n == 0 && !buf.is_empty() && offset < self.inner.len() {
            self.ends.fetch_min(offset, Ordering::Relaxed);
        }
        Ok(n)
    }
    fn data_from(&self, offset: u64) -> u64 {
        self.inner.data_from(offset)
    }
}

/// Runs a parser over a file; what breaks it is a finding, and rows made before stay.
pub fn run(
    parser: &'static Parser,
    source: u32,
    facts: &Facts<'_>,
    data: &dyn ByteSource,
    companion: Option<&dyn ByteSource>,
    out: &mut Output<'_>,
) -> Result<(), Stop> {
    out.about(source, parser.id)?;
    let companions = [companion];
    let companions = companions.get(..parser.companions.len()).unwrap_or_default();
    let input = artifacts::Input { facts: facts.clone(), data, companions };
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (parser.parse)(&input, out)));
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Stop::Damaged(e))) => {
            let note = Note::new(Code::Damaged, facts.path, e.expected.clone(), format!("{}: {}", e.field, e.found)).at(e.at, 1);
            Ok(out.note(&note)?)
        }
        Ok(Err(e)) => Err(e),
        Err(_) => {
            let note = Note::new(
                Code::WorkerDied,
                facts.path,
                format!("{} reads the file to its end", parser.name),
                "it failed on these bytes",
            );
            Ok(out.note(&note)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{MemorySource, SubSource, read_full};
    use std::sync::Arc;

    #[test]
    fn bytes_that_end_before_their_length_are_noticed() {
        let ends = |stated: u64| {
            let short = SubSource::new(Arc::new(MemorySource(vec![1; 100])), 0, stated);
            let whole = Whole { inner: &short, ends: AtomicU64::new(u64::MAX) };
            read_full(&whole, 0, &mut [0; 200]).unwrap();
            whole.ends()
        };
        assert_eq!((ends(100), ends(101)), (None, Some(100)));
    }
}

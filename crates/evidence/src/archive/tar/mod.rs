//! Tar archives, plain or out of a decoder: ustar, pax, GNU long names and sizes. A damaged header
//! costs the bytes up to the next header that holds.

mod header;
mod pax;

use super::body::{Body, SourceReader, drop_bytes};
use super::input::{self, AHEAD};
use super::member::{Spec, Walk};
use super::trouble::{Remarks, Trouble};
use super::{MemberKind, body};
use crate::Note;
use header::{BLOCK, Header, checksum_holds};
use model::{Code, Stop, SubSource};
use pax::Extended;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

pub(super) use header::is_tar;

/// Longest extended header or long name that is read; a longer one is passed over with a note.
const MAX_EXTENDED: u64 = 1 << 20;

/// Reads every member. `reader` stands at the tar's first byte; `whole` opens the tar again.
pub(super) fn walk(
    walk: &mut Walk<'_>,
    reader: Box<dyn Read>,
    whole: &Body,
    owner: u32,
    depth: u32,
    name: &[u8],
) -> Result<(), Stop> {
    let mut tar =
        Tar { walk, input: Input { reader: input::Input::new(reader), whole, at: 0 }, owner, depth, name, ended: false };
    tar.members()
}

/// The tar's bytes in order. Over a source that can seek, passing over costs nothing.
struct Input<'b> {
    reader: input::Input,
    whole: &'b Body,
    at: u64,
}

impl Input<'_> {
    fn skip(&mut self, walk: &mut Walk<'_>, n: u64) -> Result<(), Trouble> {
        if let (Body::Plain(source), true) = (self.whole, n > AHEAD as u64) {
            let to = self.at.saturating_add(n);
            if to > source.len() {
                self.at = source.len();
                return Err(Trouble::truncated(format!("{} more bytes", to.saturating_sub(source.len()))));
            }
            self.at = to;
            self.reader = input::Input::new(Box::new(SourceReader::new(source.clone(), to)));
            return Ok(());
        }
        let (done, broke) = walk.pass_over(&mut self.reader, n);
        self.at = self.at.saturating_add(done);
        match broke {
            Some(t) => Err(t),
            None if done < n => Err(Trouble::truncated(format!("{} more bytes", n.saturating_sub(done)))),
            None => Ok(()),
        }
    }
    /// The next block; shorter at the end.
    fn block(&mut self, block: &mut [u8; BLOCK]) -> (usize, Option<Trouble>) {
        let (n, broke) = body::fill(&mut self.reader, block);
        self.at = self.at.saturating_add(n as u64);
        (n, broke)
    }
}

/// The bytes of the member at hand.
struct Content<'a, 'b> {
    input: &'a mut Input<'b>,
    left: u64,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let Some(part) = buf.get_mut(..want).filter(|p| !p.is_empty()) else { return Ok(0) };
        let n = self.input.reader.read(part)?;
        if n == 0 {
            return Err(Trouble::truncated(format!("{} more bytes", self.left)).into_io());
        }
        self.left = self.left.saturating_sub(n as u64);
        self.input.at = self.input.at.saturating_add(n as u64);
        Ok(n)
    }
}

struct Tar<'w, 'v, 'b> {
    walk: &'w mut Walk<'v>,
    input: Input<'b>,
    owner: u32,
    depth: u32,
    name: &'b [u8],
    /// The end-of-archive marker was met.
    ended: bool,
}

impl Tar<'_, '_, '_> {
    fn members(&mut self) -> Result<(), Stop> {
        let mut next = Extended::default();
        let mut global = Extended::default();
        // Bytes passed over in search of a header: where they began.
        let mut lost_from: Option<u64> = None;
        loop {
            if self.walk.full {
                break;
            }
            let at = self.input.at;
            let mut block = [0u8; BLOCK];
            let (n, broke) = self.input.block(&mut block);
            if n < BLOCK {
                self.lost(lost_from.take(), at)?;
                self.end(&block, n, at, broke)?;
                break;
            }
            if block.iter().all(|b| *b == 0) {
                self.lost(lost_from.take(), at)?;
                self.ended = true;
                continue;
            }
            if !checksum_holds(&block) {
                lost_from.get_or_insert(at);
                continue;
            }
            self.lost(lost_from.take(), at)?;
            if std::mem::take(&mut self.ended) {
                self.note(
                    Code::Damaged,
                    at,
                    BLOCK as u64,
                    "the end of the archive after its end marker",
                    "further members; read",
                )?;
            }
            let header = Header::read(&block);
            if !self.one(at, header, &mut next, &mut global)? {
                break;
            }
        }
        if self.walk.pass_remarks(self.owner, self.name)? {
            self.note(Code::Damaged, self.input.at, 0, "a stream without loss", "bytes were lost")?;
        }
        Ok(())
    }

    /// One header and what follows it; false when the archive breaks off there.
    fn one(&mut self, at: u64, header: Header, next: &mut Extended, global: &mut Extended) -> Result<bool, Stop> {
        match header.flag {
            b'x' | b'X' | b'g' | b'L' | b'K' => {
                let size = header.size.unwrap_or(0);
                let Some(data) = self.extended(at, size)? else { return self.pass_on(padded(size)) };
                let data = data.as_slice();
                let text = || data.split(|b| *b == 0).next().unwrap_or_default().to_vec();
                let well = match header.flag {
                    b'L' => {
                        next.path = Some(text());
                        true
                    }
                    b'K' => {
                        next.link = Some(text());
                        true
                    }
                    b'g' => global.read(data),
                    _ => next.read(data),
                };
                if !well {
                    self.note(Code::Damaged, at, BLOCK as u64, "pax records", "a malformed record")?;
                }
                self.pass_on(padded(size).saturating_sub(size))
            }
            _ => self.member(header, std::mem::take(next), global),
        }
    }

    /// Content of an extended header; None where it is too long to be one.
    fn extended(&mut self, at: u64, size: u64) -> Result<Option<Vec<u8>>, Stop> {
        if size > MAX_EXTENDED {
            let limit = format!("an extended header of at most {MAX_EXTENDED} bytes");
            self.note(Code::LimitReached, at, BLOCK as u64, &limit, &format!("{size} bytes; passed over"))?;
            return Ok(None);
        }
        let mut data = vec![0; usize::try_from(size).unwrap_or(0)];
        let (n, _) = body::fill(&mut self.input.reader, &mut data);
        self.input.at = self.input.at.saturating_add(n as u64);
        data.truncate(n);
        Ok(Some(data))
    }

    fn member(&mut self, header: Header, next: Extended, global: &Extended) -> Result<bool, Stop> {
        let sparse = next.sparse || header.flag == b'S';
        let kind = match header.flag {
            b'1' | b'2' => MemberKind::Link,
            b'5' | b'D' => MemberKind::Folder,
            _ => MemberKind::File,
        };
        let stored = next.size.or(global.size).or(header.size);
        let mut spec = Spec::new(self.owner, next.path.unwrap_or_else(|| header.name.clone()), kind, "tar");
        // Old tars mark a folder by the slash at the end of its name.
        if matches!(header.flag, 0 | b'0') && spec.name.ends_with(b"/") && stored.unwrap_or(0) == 0 {
            spec.kind = MemberKind::Folder;
        }
        spec.modified = next.modified.or(global.modified).or(header.modified);
        spec.more = more(&header, next.modified_text.or_else(|| global.modified_text.clone()));
        let size = stored.unwrap_or(0);
        if stored.is_none() {
            spec.notes.push(Trouble::damaged("a size", "no number in range; read as empty"));
        }
        if header.extended {
            self.pass_sparse_blocks();
        }
        let data_at = self.input.at;
        let outcome = match spec.kind {
            MemberKind::Link => {
                let target = next.link.or_else(|| global.link.clone()).unwrap_or(header.link);
                let body = Body::Plain(Arc::new(model::MemorySource(target.clone())));
                self.walk.member(spec, &mut Cursor::new(target), &body, self.depth)?;
                // POSIX: a link's size field says nothing of its content; pax may let a hard link have one.
                let content = if header.flag == b'1' && size > 0 && !self.header_follows() { size } else { 0 };
                return self.pass_on(padded(content));
            }
            MemberKind::File if matches!(header.flag, b'3' | b'4' | b'6' | b'V') => {
                self.walk.member(spec, &mut io::empty(), &Body::empty(), self.depth)?;
                return Ok(true);
            }
            MemberKind::Folder if size > 0 => {
                self.walk.member(spec, &mut io::empty(), &Body::empty(), self.depth)?;
                return self.pass_on(padded(size));
            }
            MemberKind::File | MemberKind::Folder | MemberKind::Archive | MemberKind::Compressed => {
                if sparse {
                    let real = next.real_size.or(header.real_size);
                    let found = real.map_or_else(|| "a sparse file".to_owned(), |r| format!("a sparse file of {r} bytes"));
                    spec.notes.push(Trouble::new(
                        Code::NotSupported,
                        "a plain file",
                        format!("{found}; its stored parts are given as they lie"),
                    ));
                } else if stored.is_some() {
                    spec.declared = Some(size);
                }
                if matches!(header.flag, b'M') {
                    spec.notes.push(Trouble::new(
                        Code::MissingSegment,
                        "a whole file",
                        "the rest of a file begun on an earlier volume",
                    ));
                }
                let body = self.body(data_at, size);
                let mut content = Content { input: &mut self.input, left: size };
                self.walk.member(spec, &mut content, &body, self.depth)?
            }
        };
        self.pass_on(padded(size).saturating_sub(outcome.read))
    }

    /// The member's bytes again: a window of the tar's source, or of its decoded stream.
    fn body(&self, at: u64, size: u64) -> Body {
        match self.input.whole {
            Body::Plain(source) => Body::Plain(Arc::new(SubSource::new(source.clone(), at, size))),
            Body::Stream { cost, .. } => {
                let whole = self.input.whole.clone();
                Body::stream(cost.saturating_add(at).max(1), move |remarks: &Remarks| {
                    let mut reader = whole.open(remarks);
                    let mut scratch = vec![0; AHEAD];
                    drop_bytes(&mut *reader, at, &mut scratch);
                    Box::new(reader.take(size))
                })
            }
        }
    }

    /// Further header blocks of an old GNU sparse member.
    fn pass_sparse_blocks(&mut self) {
        let mut block = [0u8; BLOCK];
        while self.input.block(&mut block).0 == BLOCK && block.get(504).is_some_and(|b| *b != 0) {}
    }

    /// Whether a header, the end marker or the end lies at hand: a hard link then has no content.
    fn header_follows(&mut self) -> bool {
        let data = self.input.reader.look(BLOCK);
        data.len() < BLOCK || checksum_holds(data) || data.iter().take(BLOCK).all(|b| *b == 0)
    }

    /// Goes past `n` bytes; false where the archive ends before that.
    fn pass_on(&mut self, n: u64) -> Result<bool, Stop> {
        if n == 0 || self.walk.full {
            return Ok(true);
        }
        match self.input.skip(self.walk, n) {
            Ok(()) => Ok(true),
            Err(t) => {
                // Where the data end, however they were passed over.
                let note = Note::new(t.code, self.name, t.expected, t.found).at(self.input.at, 0);
                self.walk.note(self.owner, note)?;
                Ok(false)
            }
        }
    }

    fn lost(&mut self, from: Option<u64>, to: u64) -> Result<(), Stop> {
        match from {
            Some(from) => {
                let n = to.saturating_sub(from);
                self.note(Code::Damaged, from, n, "a tar header", &format!("{n} bytes that are none; passed over"))
            }
            None => Ok(()),
        }
    }

    /// The stream gave no whole block any more.
    fn end(&mut self, block: &[u8], n: usize, at: u64, broke: Option<Trouble>) -> Result<(), Stop> {
        let rest = block.get(..n).unwrap_or_default();
        match broke {
            Some(t) => self.note(t.code, at, n as u64, &t.expected, &t.found),
            None if !self.ended => self.note(Code::Truncated, at, n as u64, "an end marker", "the end of the data"),
            None if rest.iter().any(|b| *b != 0) => {
                self.note(Code::Gap, at, n as u64, "zeros after the end marker", "other bytes")
            }
            None => Ok(()),
        }
    }

    fn note(&mut self, code: Code, at: u64, length: u64, expected: &str, found: &str) -> Result<(), Stop> {
        self.walk.note(self.owner, Note::new(code, self.name, expected, found).at(at, length))
    }
}

fn padded(size: u64) -> u64 {
    size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64)
}

/// Further facts of a header worth a row.
fn more(header: &Header, modified: Option<String>) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
    match header.flag {
        b'1' => out.push(("type", "hard link".to_owned())),
        b'2' => out.push(("type", "symbolic link".to_owned())),
        b'3' => out.push(("type", "character device".to_owned())),
        b'4' => out.push(("type", "block device".to_owned())),
        b'6' => out.push(("type", "fifo".to_owned())),
        b'V' => out.push(("type", "volume label".to_owned())),
        _ => {}
    }
    if let Some(m) = header.mode {
        out.push(("mode", format!("{:04o}", m & 0o7777)));
    }
    if let (Some(u), Some(g)) = (header.uid, header.gid) {
        out.push(("owner", format!("{u}:{g}")));
    }
    if !header.user.is_empty() || !header.group.is_empty() {
        out.push(("owner name", format!("{}:{}", text(&header.user), text(&header.group))));
    }
    if let Some(m) = modified {
        out.push(("modified", m));
    }
    out
}

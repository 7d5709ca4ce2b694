//! What the importer and its worker process say to each other: orders as JSON lines down, frames
//! of bytes up. Rows cross in their canonical encoding.

use artifacts::log::{Block, Encoding, Framing, Layout, TableShape};
use model::{Batch, SourceKind, Table};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// One unit of reading. Tasks are stored in the case while its import is open, so they hold no
/// path of the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// What the item is: yields its source, its volumes, and the tasks that follow.
    Open,
    /// Walks the file system of a volume.
    Volume { source: u32, offset: u64, length: u64 },
    /// Walks an archive or a folder; members up to `after` were read before.
    Members { source: u32, after: u32 },
    /// Reads a lone file.
    Single { source: u32 },
    /// Parses one file of a file system.
    Parse { volume: u32, offset: u64, length: u64, file: Box<FileRef>, companion: Option<Box<FileRef>> },
}

/// A stream of a file, enough to read it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRef {
    /// Path in the volume: text, or hex after `hex:` where it is not UTF-8.
    pub path: String,
    pub record: Option<u64>,
    pub stream: String,
    pub size: u64,
    pub initialized: u64,
    /// (offset in the volume or -1 for a hole, length).
    pub runs: Vec<(i64, u64)>,
    /// Bits: 1 resident, 2 compressed, 4 encrypted, 8 sparse.
    pub flags: u8,
}

/// What a worker is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Read a unit of an item.
    Scan {
        paths: Vec<PathBuf>,
        task: Task,
        /// Number of the next source row.
        next_source: u32,
        #[serde(flatten)]
        choice: LogChoice,
    },
    /// Hash the item: media, segments, members.
    Hash { paths: Vec<PathBuf>, which: Which },
    /// Say what the item is.
    Inspect { paths: Vec<PathBuf> },
    /// Read the first records of the item's logs.
    Preview {
        paths: Vec<PathBuf>,
        #[serde(flatten)]
        choice: LogChoice,
    },
    /// Read bytes of the item again.
    Read { paths: Vec<PathBuf>, steps: Vec<super::read::Step>, offset: u64, length: Option<u64> },
}

/// Digests of the media that are made beside the block tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Sha256,
    /// MD5 and SHA-1 too.
    All,
}

/// How logs are to be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogChoice {
    /// None where logs are to be recognised.
    pub profile: Option<ProfileChoice>,
    /// Minutes east of UTC of times that state no offset; None where that is not known.
    pub zone: Option<i16>,
}

/// TOML of a profile of the user's, or the name of a built-in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileChoice {
    Builtin(String),
    Toml(String),
}

/// What a worker answers.
#[derive(Debug)]
pub enum Frame {
    SourceBegin(SourceBegin),
    SourceEnd(SourceEnd),
    /// 1 MiB nodes of the source's block tree, in order.
    Blocks {
        source: u32,
        hashes: Vec<u8>,
    },
    Rows(Batch),
    /// Whole records of a log, for the importer's own parsers. `profile` counts built-in profiles,
    /// then the user's.
    Lines {
        source: u32,
        profile: u16,
        layout: Layout,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// No more lines of this source.
    LinesEnd {
        source: u32,
    },
    /// What is being read now.
    Item(String),
    /// Bytes of the evidence read so far by this worker.
    Progress(u64),
    /// A further task, after those known.
    Task(Task),
    /// The member that is being read, for going on after a death.
    Member(u32),
    Done,
    /// The order failed as a whole.
    Failed(String),
    /// A JSON answer: digests of `Hash`, the description of `Inspect`.
    Answer(String),
    /// Bytes asked for by `Read`, in order.
    Chunk(Vec<u8>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceBegin {
    pub number: u32,
    pub parent: Option<u32>,
    pub kind: u8,
    pub bytes: u64,
    /// JSON.
    pub locator: String,
    pub codec: Option<String>,
    /// JSON.
    pub detail: Option<String>,
}

impl SourceBegin {
    pub fn kind(&self) -> SourceKind {
        SourceKind::from_code(self.kind).unwrap_or(SourceKind::File)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceEnd {
    pub number: u32,
    pub bytes: u64,
    /// Hex; None where the bytes were not hashed as a whole.
    pub sha256: Option<String>,
    pub blocks_root: Option<String>,
}

/// Digests of one item, made in one pass; those that were not asked for are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Digests {
    pub files: Vec<FileDigest>,
    /// Of the media, the archive file, or the lone file; for a folder only `sha256`: the root over its members.
    pub bytes: u64,
    pub md5: Option<String>,
    pub sha1: Option<String>,
    pub sha256: String,
    /// Number of 4 KiB blocks and root of their tree; none for a folder.
    pub blocks: u64,
    pub blocks_root: Option<String>,
    /// What the container stores.
    pub stored_md5: Option<String>,
    pub stored_sha1: Option<String>,
    /// Bytes that could not be read and were hashed as zeros: (offset, length).
    pub unreadable: Vec<(u64, u64)>,
    /// Damage of the container met on the way.
    pub damage: Vec<Damage>,
}

impl Digests {
    /// Whether the media have the digests that their container states; None where it states none.
    pub fn match_stored(&self) -> Option<bool> {
        let stated = [(&self.stored_md5, &self.md5), (&self.stored_sha1, &self.sha1)];
        stated.into_iter().filter(|(stored, _)| stored.is_some()).map(|(stored, made)| stored == made).reduce(|a, b| a && b)
    }
}

/// A finding of the hashing pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Damage {
    /// Label of the finding's code.
    pub code: String,
    pub at: Option<(u64, u64)>,
    pub place: String,
    pub expected: String,
    pub found: String,
    pub count: u64,
}

impl Damage {
    pub fn of(note: &evidence::Note) -> Self {
        Self {
            code: note.code.label().into(),
            at: note.at,
            place: String::from_utf8_lossy(&note.place).into_owned(),
            expected: note.expected.clone(),
            found: note.found.clone(),
            count: note.count,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileDigest {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

const MAX_FRAME: u32 = 64 << 20;

impl Frame {
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Frame::SourceBegin(s) => put(out, 1, &[&json(s)]),
            Frame::SourceEnd(s) => put(out, 2, &[&json(s)]),
            Frame::Blocks { source, hashes } => put(out, 3, &[&source.to_le_bytes(), hashes]),
            Frame::Rows(b) => put(out, 4, &[&[b.table as u8], &b.rows.to_le_bytes(), &b.buffer]),
            Frame::Lines { source, profile, layout, offset, bytes } => {
                write_lines(out, *source, *profile, &Block { layout, offset: *offset, carry: bytes, bytes: &[] })
            }
            Frame::LinesEnd { source } => put(out, 6, &[&source.to_le_bytes()]),
            Frame::Item(s) => put(out, 7, &[s.as_bytes()]),
            Frame::Progress(n) => put(out, 8, &[&n.to_le_bytes()]),
            Frame::Task(t) => put(out, 9, &[&json(t)]),
            Frame::Member(n) => put(out, 10, &[&n.to_le_bytes()]),
            Frame::Done => put(out, 11, &[]),
            Frame::Failed(s) => put(out, 12, &[s.as_bytes()]),
            Frame::Answer(s) => put(out, 13, &[s.as_bytes()]),
            Frame::Chunk(bytes) => put(out, 14, &[bytes]),
        }
    }

    pub fn read(input: &mut dyn Read) -> io::Result<Frame> {
        let mut head = [0u8; 5];
        input.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_le_bytes(length);
        if length > MAX_FRAME {
            return Err(bad("a frame larger than its bound"));
        }
        let mut body = vec![0u8; length as usize];
        input.read_exact(&mut body)?;
        Ok(match kind {
            1 => Frame::SourceBegin(parse(&body)?),
            2 => Frame::SourceEnd(parse(&body)?),
            3 => {
                let (source, hashes) = split_u32(&body)?;
                Frame::Blocks { source, hashes: hashes.to_vec() }
            }
            4 => {
                let table = body.first().copied().and_then(Table::from_u8).ok_or_else(|| bad("an unknown table"))?;
                let (rows, _) = split_u32(body.get(1..).unwrap_or_default())?;
                body.drain(..5);
                Frame::Rows(Batch::from_parts(table, rows, body))
            }
            5 => {
                let (source, rest) = split_u32(&body)?;
                let (profile, rest) = rest.split_first_chunk::<2>().ok_or_else(|| bad("a short frame"))?;
                let (offset, _) = rest.split_first_chunk::<8>().ok_or_else(|| bad("a short frame"))?;
                let (profile, offset) = (u16::from_le_bytes(*profile), u64::from_le_bytes(*offset));
                let ([encoding, framing, delimiter, order], rest) =
                    body.get(14..).and_then(<[u8]>::split_first_chunk::<4>).ok_or_else(|| bad("a short frame"))?;
                let encoding = Encoding::from_u8(*encoding).ok_or_else(|| bad("an unknown encoding"))?;
                let framing = Framing::from_u8(*framing).ok_or_else(|| bad("an unknown framing"))?;
                let (length, rest) = split_u32(rest)?;
                let header = rest.get(..length as usize).ok_or_else(|| bad("a short frame"))?.to_vec();
                let table = TableShape::from_bytes([*delimiter, *order]);
                body.drain(..22 + header.len());
                Frame::Lines { source, profile, layout: Layout { encoding, framing, header, table }, offset, bytes: body }
            }
            6 => Frame::LinesEnd { source: split_u32(&body)?.0 },
            7 => Frame::Item(String::from_utf8_lossy(&body).into_owned()),
            8 => Frame::Progress(body.first_chunk().map(|b| u64::from_le_bytes(*b)).ok_or_else(|| bad("a short frame"))?),
            9 => Frame::Task(parse(&body)?),
            10 => Frame::Member(split_u32(&body)?.0),
            11 => Frame::Done,
            12 => Frame::Failed(String::from_utf8_lossy(&body).into_owned()),
            13 => Frame::Answer(String::from_utf8(body).map_err(|_| bad("an answer that is not text"))?),
            14 => Frame::Chunk(body),
            _ => return Err(bad("an unknown frame")),
        })
    }
}

/// A `Lines` frame straight from two buffers that follow each other, without a copy.
pub fn write_lines(out: &mut dyn Write, source: u32, profile: u16, block: &Block<'_>) -> io::Result<()> {
    let header = &block.layout.header;
    let length = u32::try_from(header.len()).map_err(|_| bad("a header larger than its bound"))?;
    let (source, profile, offset) = (source.to_le_bytes(), profile.to_le_bytes(), block.offset.to_le_bytes());
    let [delimiter, order] = block.layout.table.bytes();
    let kind = [block.layout.encoding as u8, block.layout.framing as u8, delimiter, order];
    put(out, 5, &[&source, &profile, &offset, &kind, &length.to_le_bytes(), header, block.carry, block.bytes])
}

fn put(out: &mut dyn Write, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let length = u32::try_from(length).ok().filter(|l| *l <= MAX_FRAME).ok_or_else(|| bad("a frame larger than its bound"))?;
    out.write_all(&[kind])?;
    out.write_all(&length.to_le_bytes())?;
    parts.iter().try_for_each(|p| out.write_all(p))
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
fn parse<T: for<'a> Deserialize<'a>>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|e| bad(&e.to_string()))
}
fn split_u32(body: &[u8]) -> io::Result<(u32, &[u8])> {
    let (n, rest) = body.split_first_chunk::<4>().ok_or_else(|| bad("a short frame"))?;
    Ok((u32::from_le_bytes(*n), rest))
}
fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("worker protocol: {what}"))
}

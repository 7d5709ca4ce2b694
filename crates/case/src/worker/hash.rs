//! Hashes an item in one pass: SHA-256 and the block tree, and MD5 and SHA-1 where they are wanted, on two threads.

use super::protocol::{Damage, Digests, FileDigest, Frame, Which};
use super::ring::Ring;
use super::scan::failed;
use evidence::archive::{self, Limits, Member, Visit};
use evidence::container::FileSource;
use evidence::open::{Format, Item};
use evidence::{Note, container, open};
use lanes::Md5;
use ledger::{BlockTree, Hash};
use model::{ByteSource, Stop, read_full};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

/// What is read at once: small enough that much of the ring of pieces stays in a processor's own cache.
pub(super) const PIECE: usize = 64 << 10;
/// What is skipped and taken as zeros where the media cannot be read.
const UNREADABLE_STEP: u64 = 64 << 10;
const MOST_UNREADABLE: usize = 10_000;

pub fn run(paths: &[PathBuf], which: Which, out: &mut dyn Write) -> Result<(), Stop> {
    let item = open::group(paths).into_iter().next().ok_or_else(|| failed("nothing lies at the path"))?;
    let digests = match item.format {
        Format::Folder => folder(&item, out)?,
        Format::RawImage | Format::SplitRaw | Format::Ewf => match container::open(&item) {
            Ok(media) => {
                let mut d = whole(&*media.source, &item, which, out)?;
                d.stored_md5 = media.stored.md5.map(hex::encode);
                d.stored_sha1 = media.stored.sha1.map(hex::encode);
                d.damage = media.damage.notes().iter().map(Damage::of).collect();
                d
            }
            // An image that cannot be opened is still the file it is.
            Err(_) => whole(&file(&item)?, &item, which, out)?,
        },
        _ => whole(&file(&item)?, &item, which, out)?,
    };
    Frame::Answer(serde_json::to_string(&digests).map_err(failed)?).write(out)?;
    Ok(())
}

fn file(item: &Item) -> Result<FileSource, Stop> {
    let path = item.paths.first().ok_or_else(|| failed("nothing lies at the path"))?;
    FileSource::open(path).map_err(failed)
}

fn whole(media: &dyn ByteSource, item: &Item, which: Which, out: &mut dyn Write) -> Result<Digests, Stop> {
    // One plain file is its own media; segments and containers are hashed beside it.
    let own_bytes = item.paths.len() == 1 && item.format != Format::Ewf;
    let paths = if own_bytes { Vec::new() } else { item.paths.clone() };
    let segments = thread::spawn(move || paths.iter().map(|p| file_digest(p)).collect::<Result<Vec<_>, _>>());
    let mut d = one_pass(media, which, out)?;
    d.files = segments.join().map_err(|_| failed("hashing a segment failed"))??;
    if own_bytes {
        d.files = vec![FileDigest { name: item.name.clone(), bytes: d.bytes, sha256: d.sha256.clone() }];
    }
    Ok(d)
}

fn file_digest(path: &Path) -> Result<FileDigest, Stop> {
    let file = FileSource::open(path).map_err(failed)?;
    let mut sha = Sha256::new();
    let mut buf = vec![0; PIECE];
    let mut at = 0u64;
    loop {
        let n = read_full(&file, at, &mut buf)?;
        if n == 0 {
            break;
        }
        sha.update(&buf[..n]);
        at += n as u64;
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(FileDigest { name, bytes: at, sha256: hex::encode(sha.finalize()) })
}

/// Reads the media once. MD5, which no processor has an instruction for, takes longer than all other
/// hashes together: it has a thread of its own. Where it is not wanted, that thread reads ahead.
fn one_pass(media: &dyn ByteSource, which: Which, out: &mut dyn Write) -> Result<Digests, Stop> {
    let ring = Ring::new(media);
    let (mut tree, md5) = match which {
        Which::All => (BlockTree::with_sha1(), Some(Md5::default())),
        Which::Sha256 => (BlockTree::new(), None),
    };
    let (mut unreadable, mut at) = (Vec::new(), 0u64);
    let md5 = thread::scope(|scope| {
        let md5 = scope.spawn(|| {
            let mut md5 = md5;
            ring.each(0, |piece| {
                md5.iter_mut().for_each(|state| state.update(&piece.bytes));
                Ok(())
            })?;
            Ok(md5.map(|state| hex::encode(state.finish())))
        });
        let result = ring.each(1, |piece| {
            tree.update(&piece.bytes);
            piece.unreadable.iter().for_each(|&(offset, length)| add_unreadable(&mut unreadable, offset, length));
            at += piece.bytes.len() as u64;
            if at.is_multiple_of(512 * PIECE as u64) {
                Frame::Progress(at).write(out)?;
                out.flush()?;
            }
            Ok(())
        });
        let md5 = md5.join().map_err(|_| failed("a hashing thread failed"))?;
        result.and(md5)
    })?;
    Frame::Progress(at).write(out)?;
    let blocks = tree.finish();
    for chunk in blocks.nodes.chunks(32 << 10) {
        Frame::Blocks { source: 0, hashes: chunk.concat() }.write(out)?;
    }
    Ok(Digests {
        files: Vec::new(),
        bytes: blocks.bytes,
        md5,
        sha1: blocks.sha1.map(hex::encode),
        sha256: hex::encode(blocks.sha256),
        blocks: ledger::blocks_of(blocks.bytes),
        blocks_root: Some(hex::encode(blocks.root)),
        stored_md5: None,
        stored_sha1: None,
        unreadable,
        damage: Vec::new(),
    })
}

/// One range for what is unreadable in a row.
fn add_unreadable(unreadable: &mut Vec<(u64, u64)>, offset: u64, length: u64) {
    let room = unreadable.len() < MOST_UNREADABLE;
    match unreadable.last_mut() {
        Some(last) if last.0 + last.1 == offset => last.1 += length,
        _ if room => unreadable.push((offset, length)),
        _ => {}
    }
}

/// Bytes that cannot be read count as zeros, and are told.
pub(super) fn read_or_zero(media: &dyn ByteSource, at: u64, buffer: &mut [u8], unreadable: &mut Vec<(u64, u64)>) {
    if matches!(read_full(media, at, buffer), Ok(n) if n == buffer.len()) {
        return;
    }
    let mut offset = at;
    for part in buffer.chunks_mut(UNREADABLE_STEP as usize) {
        part.fill(0);
        if !matches!(read_full(media, offset, part), Ok(n) if n == part.len()) {
            add_unreadable(unreadable, offset, part.len() as u64);
        }
        offset += part.len() as u64;
    }
}

/// A folder's digest is the root over its members; each member is hashed with SHA-256.
fn folder(item: &Item, out: &mut dyn Write) -> Result<Digests, Stop> {
    let path = item.paths.first().ok_or_else(|| failed("no folder"))?;
    let mut visit = FolderHash { members: Vec::new(), open: None, bytes: 0, out };
    archive::walk_folder(path, &Limits { depth: 0, ..Limits::default() }, 0, &mut visit)?;
    let mut members: Vec<ledger::Member<'_>> =
        visit.members.iter().map(|(path, bytes, sha256)| ledger::Member { path, bytes: *bytes, sha256: *sha256 }).collect();
    let head = ledger::members_root(&mut members);
    Ok(Digests { bytes: visit.bytes, sha256: hex::encode(head.root), ..Digests::default() })
}

struct FolderHash<'w> {
    members: Vec<(Vec<u8>, u64, Hash)>,
    open: Option<(Sha256, u64)>,
    bytes: u64,
    out: &'w mut dyn Write,
}

impl Visit for FolderHash<'_> {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        let own = member.parent == 0 && member.kind != archive::MemberKind::Folder;
        if own {
            self.open = Some((Sha256::new(), 0));
        }
        Ok(own)
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if let Some((sha, n)) = &mut self.open {
            sha.update(chunk);
            *n += chunk.len() as u64;
        }
        Ok(())
    }
    fn end(&mut self, member: &Member, _complete: bool) -> Result<(), Stop> {
        if member.parent == 0
            && let Some((sha, n)) = self.open.take()
        {
            self.bytes += n;
            self.members.push((member.name.clone(), n, sha.finalize().into()));
            Frame::Progress(self.bytes).write(self.out)?;
        }
        Ok(())
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

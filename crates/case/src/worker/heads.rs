//! The first bytes of each file of an item: of the file itself, or of the members of an archive or
//! a folder, as far as that costs moments.

use evidence::Note;
use evidence::archive::{self, Limits, Member, MemberKind, Visit};
use evidence::container;
use evidence::open::{Format, HEAD_BYTES, Item};
use model::{Stop, read_vec};

/// Members looked at.
const MEMBERS_TRIED: u32 = 50;

/// The head of one file.
pub struct Head<'a> {
    pub name: &'a [u8],
    pub bytes: &'a [u8],
    /// Nothing of the file lies beyond.
    pub whole: bool,
}

impl Head<'_> {
    pub fn facts(&self) -> artifacts::Facts<'_> {
        let size = self.bytes.len() as u64 + u64::from(!self.whole);
        artifacts::Facts { path: self.name, stream: b"", size, head: self.bytes, file_system: None }
    }
}

/// Whether more heads are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Go {
    On,
    Stop,
}

/// Calls `take` for each file that holds bytes; images have none that could be a log.
pub fn each(item: &Item, take: &mut dyn FnMut(&Head<'_>) -> Go) -> Result<(), Stop> {
    match item.format {
        Format::RawImage | Format::SplitRaw | Format::Ewf | Format::Unsupported(_) => Ok(()),
        Format::File => {
            let media = container::open(item).map_err(super::scan::failed)?;
            let bytes = read_vec(&*media.source, 0, HEAD_BYTES)?;
            let whole = bytes.len() as u64 >= media.source.len();
            if !bytes.is_empty() {
                take(&Head { name: item.name.as_bytes(), bytes: &bytes, whole });
            }
            Ok(())
        }
        Format::Zip | Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd | Format::Folder => {
            let mut heads = Heads { held: Vec::new(), name: Vec::new(), members: 0, told: false, take };
            let limits = Limits { bytes: 64 << 20, members: 200, ..Limits::default() };
            let walked = if item.format == Format::Folder {
                let path = item.paths.first().ok_or_else(|| super::scan::failed("no folder"))?;
                archive::walk_folder(path, &limits, 0, &mut heads)
            } else {
                let media = container::open(item).map_err(super::scan::failed)?;
                archive::walk(media.source, item.name.as_bytes(), &limits, &mut heads)
            };
            match walked {
                // Enough was seen, or the limits were reached, which says nothing of the evidence.
                Ok(()) | Err(Stop::Cancelled | Stop::Damaged(_)) => Ok(()),
                Err(e) => Err(e),
            }
        }
    }
}

struct Heads<'a> {
    held: Vec<u8>,
    name: Vec<u8>,
    members: u32,
    /// The head of the member at hand was given away.
    told: bool,
    take: &'a mut dyn FnMut(&Head<'_>) -> Go,
}

impl Heads<'_> {
    fn tell(&mut self, whole: bool) -> Result<(), Stop> {
        self.told = true;
        self.members += 1;
        let go = (self.take)(&Head { name: &self.name, bytes: &self.held, whole });
        if go == Go::Stop || self.members >= MEMBERS_TRIED { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

impl Visit for Heads<'_> {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        self.held.clear();
        self.name = member.name.clone();
        self.told = matches!(member.kind, MemberKind::Archive | MemberKind::Compressed | MemberKind::Folder | MemberKind::Link);
        Ok(true)
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if self.told {
            return Ok(());
        }
        self.held.extend_from_slice(chunk);
        if self.held.len() <= HEAD_BYTES {
            return Ok(());
        }
        self.held.truncate(HEAD_BYTES);
        self.tell(false)
    }
    fn end(&mut self, _member: &Member, complete: bool) -> Result<(), Stop> {
        if self.told || self.held.is_empty() { Ok(()) } else { self.tell(complete) }
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

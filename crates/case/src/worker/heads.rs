//! The first bytes of each file of an item: of the file itself, or of the members of an archive or
//! a folder, as far as that costs moments.

use artifacts::log::LONGEST_HEAD;
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
    /// Longer heads, up to `LONGEST_HEAD`, of the same file first.
    Longer,
    Stop,
}

/// Calls `take` for each file that holds bytes; images have none that could be a log.
pub fn each(item: &Item, take: &mut dyn FnMut(&Head<'_>) -> Go) -> Result<(), Stop> {
    match item.format {
        Format::RawImage | Format::SplitRaw | Format::Ewf | Format::Unsupported(_) => Ok(()),
        Format::File => {
            let media = container::open(item).map_err(super::scan::failed)?;
            for wanted in [HEAD_BYTES, LONGEST_HEAD] {
                let bytes = read_vec(&*media.source, 0, wanted)?;
                let whole = bytes.len() as u64 >= media.source.len();
                let name = item.name.as_bytes();
                if bytes.is_empty() || take(&Head { name, bytes: &bytes, whole }) != Go::Longer {
                    break;
                }
            }
            Ok(())
        }
        Format::Zip | Format::Tar | Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd | Format::Folder => {
            let mut heads = Heads { held: Vec::new(), wanted: HEAD_BYTES, name: Vec::new(), members: 0, told: false, take };
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
    wanted: usize,
    name: Vec<u8>,
    members: u32,
    /// The head of the member at hand was given away.
    told: bool,
    take: &'a mut dyn FnMut(&Head<'_>) -> Go,
}

impl Heads<'_> {
    fn tell(&mut self, whole: bool) -> Result<(), Stop> {
        let bytes = self.held.get(..self.wanted).unwrap_or(&self.held);
        let go = (self.take)(&Head { name: &self.name, bytes, whole });
        if go == Go::Longer && !whole && self.wanted < LONGEST_HEAD {
            self.wanted = LONGEST_HEAD;
            return Ok(());
        }
        self.told = true;
        self.members += 1;
        if go == Go::Stop || self.members >= MEMBERS_TRIED { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

impl Visit for Heads<'_> {
    fn begin(&mut self, member: &Member) -> Result<bool, Stop> {
        self.held.clear();
        self.wanted = HEAD_BYTES;
        self.name = member.name.clone();
        self.told = matches!(member.kind, MemberKind::Archive | MemberKind::Compressed | MemberKind::Folder | MemberKind::Link);
        Ok(true)
    }
    fn bytes(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        if self.told {
            return Ok(());
        }
        self.held.extend_from_slice(chunk);
        if self.held.len() <= self.wanted { Ok(()) } else { self.tell(false) }
    }
    fn end(&mut self, _member: &Member, complete: bool) -> Result<(), Stop> {
        if self.told || self.held.is_empty() { Ok(()) } else { self.tell(complete) }
    }
    fn note(&mut self, _member: u32, _note: Note) -> Result<(), Stop> {
        Ok(())
    }
}

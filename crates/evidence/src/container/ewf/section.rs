use crate::Note;
use crate::container::FileSource;
use crate::note::push_bounded;
use model::{ByteSource, Code, FieldError, FieldReader, read_vec};

/// Start of every segment file of version 1.
pub const SIGNATURE: [u8; 8] = *b"EVF\x09\x0d\x0a\xff\x00";

/// Relatives that this version does not read.
pub const SIGNATURES_OF_KIN: [([u8; 8], &str); 3] = [
    (*b"LVF\x09\x0d\x0a\xff\x00", "EWF logical evidence (L01)"),
    (*b"EVF2\x0d\x0a\x81\x00", "EWF version 2 (Ex01)"),
    (*b"LEF2\x0d\x0a\x81\x00", "EWF version 2 logical evidence (Lx01)"),
];

/// Length of a segment file's header: signature, 1, segment number u16, 0 u16.
pub const FILE_HEADER: u64 = 13;
/// Length of a section's descriptor.
pub const DESCRIPTOR: u64 = 76;
/// A 1 TiB image in one segment has some 6,000 sections.
const MAX_SECTIONS: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    Header,
    Header2,
    /// `volume`, `disk` or `data`: the geometry of the media.
    Volume,
    Sectors,
    Table,
    Table2,
    Error2,
    Digest,
    Hash,
    /// Another segment follows.
    Next,
    Done,
    /// `session`, `xheader`, `xhash` and what other tools add: not needed for the media.
    Other,
}

/// A section by its descriptor; `start` is that of the descriptor, `end` that of the next section.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub kind: SectionKind,
    pub start: u64,
    pub end: u64,
}

impl Section {
    pub fn data_start(&self) -> u64 {
        self.start.saturating_add(DESCRIPTOR)
    }
    pub fn data_length(&self) -> u64 {
        self.end.saturating_sub(self.data_start())
    }
    /// At most `limit` bytes of the section's data.
    pub fn data(&self, file: &FileSource, limit: usize) -> std::io::Result<Vec<u8>> {
        let length = usize::try_from(self.data_length()).unwrap_or(usize::MAX).min(limit);
        read_vec(file, self.data_start(), length)
    }
}

/// Walks the chain of sections; breaks off with a note where it leaves the file, runs backwards or
/// fails its checksum beyond use. Offsets only grow, so the walk ends.
pub fn walk(file: &FileSource, name: &[u8], notes: &mut Vec<Note>) -> std::io::Result<Vec<Section>> {
    let mut out = Vec::new();
    let mut at = FILE_HEADER;
    loop {
        let raw = read_vec(file, at, 76)?;
        let descriptor = match Descriptor::read(&raw, at) {
            Ok(d) => d,
            Err(e) => {
                push_bounded(notes, broken(name, Code::Truncated, "a section descriptor", &e));
                break;
            }
        };
        if !descriptor.sound {
            let found = format!("it does not match at file offset {at}; the chain of sections breaks off");
            push_bounded(notes, Note::new(Code::ChecksumMismatch, name, "checksum of a section descriptor", found));
            break;
        }
        let end = descriptor.end(at, file.len());
        out.push(Section { kind: descriptor.kind, start: at, end });
        match descriptor.kind {
            SectionKind::Next | SectionKind::Done => return Ok(out),
            SectionKind::Header
            | SectionKind::Header2
            | SectionKind::Volume
            | SectionKind::Sectors
            | SectionKind::Table
            | SectionKind::Table2
            | SectionKind::Error2
            | SectionKind::Digest
            | SectionKind::Hash
            | SectionKind::Other => {}
        }
        if descriptor.next <= at {
            let found = format!("the section at file offset {at} points to {}", descriptor.next);
            push_bounded(notes, Note::new(Code::Loop, name, "sections that follow each other", found));
            break;
        }
        if descriptor.next >= file.len() {
            let found = format!("a section that goes on to {}, in a file of {} bytes", descriptor.next, file.len());
            push_bounded(notes, Note::new(Code::Truncated, name, "a next or done section", found));
            break;
        }
        if out.len() >= MAX_SECTIONS {
            push_bounded(notes, Note::new(Code::LimitReached, name, format!("at most {MAX_SECTIONS} sections"), "more"));
            break;
        }
        at = descriptor.next;
    }
    Ok(out)
}

fn broken(name: &[u8], code: Code, expected: &str, e: &FieldError) -> Note {
    Note::new(code, name, expected, format!("{e} (file offset)"))
}

struct Descriptor {
    kind: SectionKind,
    next: u64,
    size: u64,
    sound: bool,
}

impl Descriptor {
    fn read(raw: &[u8], at: u64) -> Result<Self, FieldError> {
        let mut r = FieldReader::new(raw, at);
        let kind = r.array::<16>("section type")?;
        let next = r.u64("next section")?;
        let size = r.u64("section size")?;
        r.skip(40, "section padding")?;
        let stored = r.u32("descriptor checksum")?;
        let sound = stored == adler32(raw.get(..72).unwrap_or_default());
        let kind = match kind.split(|b| *b == 0).next().unwrap_or_default() {
            b"header" => SectionKind::Header,
            b"header2" => SectionKind::Header2,
            b"volume" | b"disk" | b"data" => SectionKind::Volume,
            b"sectors" => SectionKind::Sectors,
            b"table" => SectionKind::Table,
            b"table2" => SectionKind::Table2,
            b"error2" => SectionKind::Error2,
            b"digest" => SectionKind::Digest,
            b"hash" => SectionKind::Hash,
            b"next" => SectionKind::Next,
            b"done" => SectionKind::Done,
            _other => SectionKind::Other,
        };
        Ok(Self { kind, next, size, sound })
    }

    /// The next section's offset says where this one ends; in the last section, which points to
    /// itself, the size does.
    fn end(&self, at: u64, file_length: u64) -> u64 {
        let end = if self.next > at { self.next } else { at.saturating_add(self.size) };
        end.max(at.saturating_add(DESCRIPTOR)).min(file_length)
    }
}

/// Adler-32 (RFC 1950), with which EWF guards its structures and stored chunks.
pub fn adler32(data: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut a, mut b) = (1u32, 0u32);
    // 5,552 is the most bytes whose sums stay within 32 bits between two reductions.
    for block in data.chunks(5552) {
        for byte in block {
            a = a.wrapping_add(u32::from(*byte));
            b = b.wrapping_add(a);
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    #[test]
    fn adler_of_known_text() {
        // RFC 1950's algorithm over "Wikipedia", a widely published value.
        assert_eq!(super::adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(super::adler32(&[0xff; 100_000]), 0x149a_302c);
    }
}

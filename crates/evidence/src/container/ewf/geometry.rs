use super::section::{SectionKind, adler32};
use super::segment::Segment;
use crate::Note;
use crate::note::push_bounded;
use model::{Code, FieldError, FieldReader};

/// What the volume section says of the media.
#[derive(Clone, Debug, Default)]
pub struct Geometry {
    pub chunk_count: u64,
    pub sectors_per_chunk: u32,
    pub bytes_per_sector: u32,
    pub sector_count: u64,
    /// 0 removable, 1 fixed, 3 optical, 14 logical file, 16 memory. None in SMART images.
    pub media_type: Option<u8>,
    /// 1 image, 2 physical, 4 write blocker (Fastbloc), 8 write blocker (Tableau).
    pub media_flags: u8,
    /// 0 none, 1 good, 2 best.
    pub compression: Option<u8>,
    /// Sectors given up together when one could not be read.
    pub error_granularity: u32,
    pub set_id: Option<[u8; 16]>,
    pub smart: bool,
}

/// EnCase allows 32,768 sectors of 512 bytes a chunk; four times that leaves room for large sectors.
const MAX_CHUNK: u64 = 64 << 20;

impl Geometry {
    pub fn chunk_bytes(&self) -> u64 {
        u64::from(self.sectors_per_chunk).saturating_mul(u64::from(self.bytes_per_sector))
    }
    pub fn media_bytes(&self) -> u64 {
        self.sector_count.saturating_mul(u64::from(self.bytes_per_sector))
    }
    /// Refuses what would need unbounded memory or makes no media.
    pub fn check(self) -> Result<Self, String> {
        let chunk = self.chunk_bytes();
        if chunk == 0 || chunk > MAX_CHUNK {
            return Err(format!(
                "chunks of {} sectors of {} bytes each lie outside 1 byte to {MAX_CHUNK} bytes",
                self.sectors_per_chunk, self.bytes_per_sector
            ));
        }
        if self.media_bytes() > i64::MAX.unsigned_abs() {
            return Err(format!("{} sectors are more than any media has", self.sector_count));
        }
        Ok(self)
    }
}

/// The first sound volume section of any segment; failing that, the first that can be read at all.
pub fn find(segments: &[Segment], notes: &mut Vec<Note>) -> Option<Geometry> {
    let mut spare = None;
    for segment in segments {
        for section in segment.sections.iter().filter(|s| s.kind == SectionKind::Volume) {
            // A long section is EnCase's of 1,052 bytes, a short one SMART's of 94.
            let Ok(data) = section.data(&segment.file, 1052) else { continue };
            let read = if data.len() >= 1052 { encase(&data) } else { smart(&data) };
            match read {
                Ok((geometry, true)) => return Some(geometry),
                Ok((geometry, false)) => {
                    let found = format!("it does not match at file offset {}", section.start);
                    push_bounded(
                        notes,
                        Note::new(Code::ChecksumMismatch, segment.name.clone(), "checksum of the volume section", found),
                    );
                    spare = spare.or(Some(geometry));
                }
                Err(e) => push_bounded(notes, Note::new(Code::Damaged, segment.name.clone(), "a volume section", e.to_string())),
            }
        }
    }
    spare
}

fn encase(data: &[u8]) -> Result<(Geometry, bool), FieldError> {
    let mut r = FieldReader::new(data, 0);
    let media_type = r.u8("media type")?;
    r.skip(3, "padding")?;
    let chunk_count = u64::from(r.u32("chunk count")?);
    let sectors_per_chunk = r.u32("sectors per chunk")?;
    let bytes_per_sector = r.u32("bytes per sector")?;
    let sector_count = r.u64("sector count")?;
    r.seek(36, "media flags")?;
    let media_flags = r.u8("media flags")?;
    r.seek(52, "compression level")?;
    let compression = r.u8("compression level")?;
    r.seek(56, "error granularity")?;
    let error_granularity = r.u32("error granularity")?;
    r.seek(64, "set identifier")?;
    let set_id = r.array::<16>("set identifier")?;
    r.seek(1048, "volume checksum")?;
    let sound = r.u32("volume checksum")? == adler32(data.get(..1048).unwrap_or_default());
    let geometry = Geometry {
        chunk_count,
        sectors_per_chunk,
        bytes_per_sector,
        sector_count,
        media_type: Some(media_type),
        media_flags,
        compression: Some(compression),
        error_granularity,
        set_id: (set_id != [0; 16]).then_some(set_id),
        smart: false,
    };
    Ok((geometry, sound))
}

fn smart(data: &[u8]) -> Result<(Geometry, bool), FieldError> {
    let mut r = FieldReader::new(data, 0);
    r.skip(4, "reserved")?;
    let chunk_count = u64::from(r.u32("chunk count")?);
    let sectors_per_chunk = r.u32("sectors per chunk")?;
    let bytes_per_sector = r.u32("bytes per sector")?;
    let sector_count = u64::from(r.u32("sector count")?);
    r.seek(90, "volume checksum")?;
    let sound = r.u32("volume checksum")? == adler32(data.get(..90).unwrap_or_default());
    let geometry =
        Geometry { chunk_count, sectors_per_chunk, bytes_per_sector, sector_count, smart: true, ..Geometry::default() };
    Ok((geometry, sound))
}

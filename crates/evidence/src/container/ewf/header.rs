//! What the acquirer wrote about the case (`header2`, else `header`) and the hashes the image
//! stores (`digest`, `hash`).

use super::geometry::Geometry;
use super::section::{SectionKind, adler32};
use super::segment::Segment;
use crate::Note;
use crate::container::Stored;
use crate::note::push_bounded;
use encoding_rs::{Encoding, UTF_8, UTF_16LE};
use flate2::read::ZlibDecoder;
use model::{Code, FieldError, FieldReader};
use std::io::Read;

/// Notes of a case can be long; a megabyte of text is far beyond any form.
const MAX_TEXT: u64 = 1 << 20;

/// Names of the columns of the `main` table, in the order they are given out.
/// Source: EWF specification, header section.
const COLUMNS: [(&str, &str); 13] = [
    ("c", "case number"),
    ("n", "evidence number"),
    ("e", "examiner"),
    ("a", "description"),
    ("t", "notes"),
    ("m", "acquired"),
    ("u", "system date"),
    ("av", "acquisition tool"),
    ("ov", "operating system"),
    ("md", "device model"),
    ("sn", "device serial"),
    ("l", "device label"),
    ("p", "password hash"),
];

pub fn stored(segments: &[Segment], geometry: &Geometry, notes: &mut Vec<Note>) -> Stored {
    let mut out = Stored::default();
    for kind in [SectionKind::Header2, SectionKind::Header] {
        // EnCase writes each text twice; the first that can be read is enough.
        for (segment, section) in of_kind(segments, kind) {
            let raw = section.data(&segment.file, usize::try_from(MAX_TEXT).unwrap_or(usize::MAX)).unwrap_or_default();
            match text(&raw, kind) {
                Ok(text) => {
                    out.metadata = main_table(&text);
                    break;
                }
                Err(e) => {
                    let found = format!("{e} at file offset {}", section.start);
                    push_bounded(
                        notes,
                        Note::new(Code::Damaged, segment.name.clone(), "a header section of deflated text", found),
                    );
                }
            }
        }
        if !out.metadata.is_empty() {
            break;
        }
    }
    out.metadata.extend(described(geometry));
    for (segment, section) in of_kind(segments, SectionKind::Digest).chain(of_kind(segments, SectionKind::Hash)) {
        let data = section.data(&segment.file, 80).unwrap_or_default();
        let read = if section.kind == SectionKind::Digest { digest(&data) } else { hash(&data) };
        match read {
            Ok((md5, sha1, sound)) => {
                if !sound {
                    let found = format!("it does not match at file offset {}", section.start);
                    push_bounded(
                        notes,
                        Note::new(Code::ChecksumMismatch, segment.name.clone(), "checksum of the stored hashes", found),
                    );
                }
                if let (Some(a), Some(b)) = (out.md5, md5)
                    && a != b
                {
                    let found = format!("{} and {}", hex(&a), hex(&b));
                    push_bounded(notes, Note::new(Code::BackupDiffers, segment.name.clone(), "one stored MD5", found));
                }
                out.md5 = out.md5.or(md5);
                out.sha1 = out.sha1.or(sha1);
            }
            Err(e) => push_bounded(notes, Note::new(Code::Damaged, segment.name.clone(), "stored hashes", e.to_string())),
        }
    }
    out
}

fn of_kind(segments: &[Segment], kind: SectionKind) -> impl Iterator<Item = (&Segment, &super::section::Section)> {
    segments.iter().flat_map(move |s| s.sections.iter().filter(move |x| x.kind == kind).map(move |x| (s, x)))
}

fn text(raw: &[u8], kind: SectionKind) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut inflate = ZlibDecoder::new(raw).take(MAX_TEXT);
    // A text that breaks off is still worth its beginning.
    if let Err(e) = inflate.read_to_end(&mut bytes)
        && bytes.is_empty()
    {
        return Err(e);
    }
    let encoding: &Encoding = if kind == SectionKind::Header2 { UTF_16LE } else { UTF_8 };
    Ok(encoding.decode(&bytes).0.into_owned())
}

/// The `main` table: a line of keys and a line of values, both separated by tabs.
fn main_table(text: &str) -> Vec<(String, String)> {
    let mut lines = text.split(['\n', '\r']).filter(|l| !l.is_empty()).skip_while(|l| *l != "main").skip(1);
    let (Some(keys), Some(values)) = (lines.next(), lines.next()) else { return Vec::new() };
    let pairs: Vec<(&str, &str)> = keys.split('\t').zip(values.split('\t')).collect();
    let mut out = Vec::new();
    for (key, name) in COLUMNS {
        let Some((_, value)) = pairs.iter().find(|(k, _)| *k == key) else { continue };
        // Unset: empty, or a password hash of 0.
        if value.is_empty() || (key == "p" && *value == "0") {
            continue;
        }
        let value = if matches!(key, "m" | "u") { date(value) } else { (*value).to_owned() };
        out.push((name.to_owned(), value));
    }
    out
}

/// A date as recorded, with a readable form beside it. `header2` has seconds since 1970; `header`
/// has the parts of a local time whose zone is not stated.
fn date(raw: &str) -> String {
    let parts: Vec<i64> = raw.split(' ').filter_map(|p| p.parse().ok()).collect();
    match parts.as_slice() {
        [seconds] => match utc(*seconds) {
            Some(text) => format!("{text} ({raw})"),
            None => raw.to_owned(),
        },
        [y, mo, d, h, mi, s] => format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02} local time, zone not stated"),
        _other => raw.to_owned(),
    }
}

/// RFC 3339 text of seconds since 1970 UTC, for years 1970 to 9999.
fn utc(seconds: i64) -> Option<String> {
    let seconds = u64::try_from(seconds).ok().filter(|s| *s < 253_402_300_800)?;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date, counted from 0000-03-01 in eras of 400 years.
    let z = days.checked_add(719_468)?;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = doe.checked_sub(doe / 1460)?.checked_add(doe / 36_524)?.checked_sub(doe / 146_096)? / 365;
    let doy = doe.checked_sub(yoe.checked_mul(365)?.checked_add(yoe / 4)?.checked_sub(yoe / 100)?)?;
    let mp = doy.checked_mul(5)?.checked_add(2)? / 153;
    let day = doy.checked_sub(mp.checked_mul(153)?.checked_add(2)? / 5)?.checked_add(1)?;
    let month = if mp < 10 { mp.checked_add(3)? } else { mp.checked_sub(9)? };
    let year = yoe.checked_add(era.checked_mul(400)?)?.checked_add(u64::from(month <= 2))?;
    Some(format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60))
}

/// What the volume section says, in words.
fn described(g: &Geometry) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut put = |name: &str, value: String| out.push((name.to_owned(), value));
    if let Some(kind) = g.media_type {
        let name = match kind {
            0 => "removable disk",
            1 => "fixed disk",
            3 => "optical disk",
            14 => "logical files",
            16 => "memory",
            _other => "unknown",
        };
        put("media type", format!("{name} ({kind})"));
        put("physical", if g.media_flags & 2 != 0 { "yes" } else { "no" }.to_owned());
        let blocker = [(4, "Fastbloc"), (8, "Tableau")].into_iter().find(|(bit, _)| g.media_flags & bit != 0);
        if let Some((_, name)) = blocker {
            put("write blocker", name.to_owned());
        }
    }
    put("sectors", g.sector_count.to_string());
    put("bytes per sector", g.bytes_per_sector.to_string());
    put("sectors per chunk", g.sectors_per_chunk.to_string());
    if let Some(level) = g.compression {
        let name = match level {
            0 => "none",
            1 => "good",
            2 => "best",
            _other => "unknown",
        };
        put("compression level", format!("{name} ({level})"));
    }
    if g.error_granularity > 0 {
        put("error granularity in sectors", g.error_granularity.to_string());
    }
    if let Some(id) = g.set_id {
        put("set identifier", hex(&id));
    }
    out
}

type Hashes = (Option<[u8; 16]>, Option<[u8; 20]>, bool);

fn digest(data: &[u8]) -> Result<Hashes, FieldError> {
    let mut r = FieldReader::new(data, 0);
    let md5 = r.array::<16>("MD5")?;
    let sha1 = r.array::<20>("SHA-1")?;
    r.seek(76, "digest checksum")?;
    let sound = r.u32("digest checksum")? == adler32(data.get(..76).unwrap_or_default());
    Ok(((md5 != [0; 16]).then_some(md5), (sha1 != [0; 20]).then_some(sha1), sound))
}

fn hash(data: &[u8]) -> Result<Hashes, FieldError> {
    let mut r = FieldReader::new(data, 0);
    let md5 = r.array::<16>("MD5")?;
    r.seek(32, "hash checksum")?;
    let sound = r.u32("hash checksum")? == adler32(data.get(..32).unwrap_or_default());
    Ok(((md5 != [0; 16]).then_some(md5), None, sound))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        out.push_str(&format!("{b:02x}"));
        out
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_as_recorded_and_readable() {
        assert_eq!(super::date("1783397865"), "2026-07-07T04:17:45Z (1783397865)");
        assert_eq!(super::date("951782400"), "2000-02-29T00:00:00Z (951782400)");
        assert_eq!(super::date("2026 7 7 12 17 45"), "2026-07-07T12:17:45 local time, zone not stated");
        assert_eq!(super::date("soon"), "soon");
    }
}

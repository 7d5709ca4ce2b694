//! `$I` files of the recycle bin: where a deleted file was, how large, and when it was deleted.

use crate::text::{until_nul, utf16le};
use crate::{Claim, Companion, Facts, Input, Parser};
use model::{Action, Code, Event, FieldReader, Finding, Moment, Sink, Span, State, Stop, Value, read_vec};

pub const PARSER: Parser = Parser {
    id: 2,
    name: "recycle_bin",
    version: 1,
    about: "Files moved to the recycle bin of Windows Vista and later, from their $I files.",
    format: "libyal, dtformats, \"Windows Recycle.Bin file formats\"",
    limits: &[
        "INFO2 of Windows XP and earlier is not read.",
        "Files inside a deleted folder have no $I of their own; they are listed by the file system only.",
        "A $R that is a folder is not told from one that is missing.",
        "The $I is written when the file is deleted and says nothing of a later restoration.",
    ],
    claims,
    companions: &[Companion { about: "the deleted file itself, $R", path: content_path }],
    parse,
};

/// Bytes before the path in versions 1 and 2.
const HEADER_V1: u64 = 24;
const HEADER_V2: u64 = 28;
/// Version 1 holds 260 UTF-16 units.
const SIZE_V1: u64 = 544;
/// Longest path of Windows in UTF-16 units, with its NUL.
const MAX_UNITS: u64 = 32_768;

fn claims(facts: &Facts<'_>) -> Claim {
    if !facts.stream.is_empty()
        || !is_index_name(facts.name())
        || facts.size > HEADER_V2.saturating_add(MAX_UNITS.saturating_mul(2))
    {
        return Claim::No;
    }
    let fits = match facts.head.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)) {
        Some(1) => facts.size == SIZE_V1,
        Some(2) => units(facts.head).is_some_and(|n| facts.size == HEADER_V2.saturating_add(u64::from(n).saturating_mul(2))),
        Some(_) | None => false,
    };
    // In the bin itself the name is enough, so that a damaged file is told of.
    if fits || sid(facts.path).is_some() {
        return Claim::Yes;
    }
    match facts.head.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)) {
        Some(1 | 2) => Claim::Maybe,
        Some(_) | None => Claim::No,
    }
}

fn units(head: &[u8]) -> Option<u32> {
    head.get(24..28).and_then(|b| b.first_chunk::<4>()).map(|b| u32::from_le_bytes(*b))
}

/// `$I`, six capital letters or digits, and the deleted file's extension.
fn is_index_name(name: &[u8]) -> bool {
    match name {
        [b'$', b'I', id @ ..] if id.len() >= 6 => {
            let (id, extension) = id.split_at_checked(6).unwrap_or((id, &[]));
            id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) && matches!(extension.first(), None | Some(b'.'))
        }
        _ => false,
    }
}

/// `$R...` beside `$I...`.
fn content_path(path: &[u8]) -> Option<Vec<u8>> {
    let name = path.len().saturating_sub(path.rsplit(|b| *b == b'/').next()?.len());
    is_index_name(path.get(name..)?).then_some(())?;
    let mut out = path.to_vec();
    *out.get_mut(name.saturating_add(1))? = b'R';
    Some(out)
}

/// The account whose bin it is: the folder below `$Recycle.Bin`.
fn sid(path: &[u8]) -> Option<&[u8]> {
    let mut folders = path.split(|b| *b == b'/');
    folders.find(|f| f.eq_ignore_ascii_case(b"$Recycle.Bin"))?;
    let sid = folders.next()?;
    folders.next()?;
    let text = sid.get(..4)?.eq_ignore_ascii_case(b"S-1-") && sid.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    text.then_some(sid)
}

fn parse(input: &Input<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let path = input.facts.path;
    let bytes = read_vec(input.data, 0, usize::try_from(HEADER_V2.saturating_add(MAX_UNITS.saturating_mul(2))).unwrap_or(0))?;
    let mut told = |code: Code, expected: &str, found: String| {
        sink.finding(&Finding {
            code,
            at: Some(Span::here(0, bytes.len() as u64)),
            place: path,
            expected,
            found: &found,
            count: 1,
        })
    };
    let mut r = FieldReader::new(&bytes, 0);
    let header = (|| Ok::<_, model::FieldError>((r.u64("version")?, r.u64("file size")?, r.u64("deletion time")?)))();
    let (version, size, deleted) = match header {
        Ok(h) => h,
        Err(e) => return told(Code::Truncated, "a $I header of 24 bytes", format!("{e}")),
    };
    let declared = match version {
        1 => SIZE_V1.saturating_sub(HEADER_V1),
        2 => match r.u32("path length") {
            Ok(n) if u64::from(n) <= MAX_UNITS => u64::from(n).saturating_mul(2),
            Ok(n) => {
                told(Code::Damaged, "a path of at most 32768 units", format!("{n} units"))?;
                MAX_UNITS.saturating_mul(2)
            }
            Err(e) => {
                told(Code::Truncated, "a path length", format!("{e}"))?;
                0
            }
        },
        other => return told(Code::Damaged, "$I version 1 or 2", format!("version {other}")),
    };
    let there = r.remaining().min(usize::try_from(declared).unwrap_or(usize::MAX));
    let (name, terminated) = until_nul(r.bytes(there, "path")?);
    if (there as u64) < declared || !terminated {
        let found = format!("{there} bytes, {}", if terminated { "ended by NUL" } else { "not ended by NUL" });
        told(Code::Truncated, "the whole original path", found)?;
    }
    let original = utf16le(name);
    let at = Moment::from_filetime(deleted);
    if at.is_none() {
        told(Code::ImplausibleTime, "a time of deletion", format!("FILETIME {deleted}"))?;
    }
    let content = input.companions.first().copied().flatten();
    let content_name = content_path(path);
    let mut digits = [0u8; 20];
    let mut more =
        vec![("r_present", Value::Bool(content.is_some())), ("size", Value::Uint(size)), ("version", Value::Uint(version))];
    if let Some(raw) = at.as_ref().and_then(|m| crate::file_times::raw_text(m, deleted, &mut digits)) {
        more.push(("raw", Value::Text(raw)));
    }
    if let Some(p) = &content_name {
        more.push(("r_path", Value::Text(p)));
    }
    if let Some(c) = content {
        more.push(("r_size", Value::Uint(c.len())));
    }
    if let Some(s) = sid(path) {
        more.push(("sid", Value::Text(s)));
    }
    sink.event(&Event {
        action: Action::Trashed,
        state: State::Trashed,
        at,
        actor: sid(path),
        object: (!original.is_empty()).then_some(original.as_slice()),
        subject: None,
        request: None,
        more: &more,
        origin: &[Span::here(0, r.position() as u64)],
    })?;
    if content.is_none()
        && let Some(p) = &content_name
    {
        let expected = "the deleted file itself beside its $I";
        sink.finding(&Finding { code: Code::MissingCompanion, at: None, place: p, expected, found: "no such file", count: 1 })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(is_index_name(b"$I103S5F.jpg") && is_index_name(b"$IABCDEF"));
        assert!(!is_index_name(b"$I30") && !is_index_name(b"$Ignored.txt") && !is_index_name(b"$R103S5F.jpg"));
        assert_eq!(content_path(b"a/$I103S5F.jpg").unwrap(), b"a/$R103S5F.jpg");
        assert_eq!(sid(b"$Recycle.Bin/S-1-5-21-1-2-3-1001/$IABCDEF").unwrap(), b"S-1-5-21-1-2-3-1001");
        assert_eq!(sid(b"$Recycle.Bin/$IABCDEF"), None);
    }
}

use model::{FieldError, FieldReader, SharedSource, read_vec};
use std::io;

/// Bytes of $Secure:$SDS that are read; Windows volumes hold a few MiB.
const MAX_BYTES: u64 = 64 << 20;
/// Every 256 KiB of descriptors are followed by a copy of them.
const MIRROR: usize = 256 << 10;

/// Owners by security id. Source: ntfsdoc, "$Secure"; [MS-DTYP] 2.4.6 for the descriptor.
#[derive(Default)]
pub(super) struct Owners {
    /// (security id, SID), sorted by id.
    by_id: Vec<(u32, String)>,
    pub cut: bool,
}

impl Owners {
    pub fn read(sds: &SharedSource) -> io::Result<Self> {
        let length = sds.len().min(MAX_BYTES);
        let bytes = read_vec(sds, 0, usize::try_from(length).unwrap_or(0))?;
        let mut by_id = Vec::new();
        for block in bytes.chunks(MIRROR).step_by(2) {
            let mut r = FieldReader::new(block, 0);
            while let Ok(Some((id, descriptor))) = next(&mut r) {
                if let Some(sid) = owner(descriptor) {
                    by_id.push((id, sid));
                }
            }
        }
        by_id.sort_by_key(|(id, _)| *id);
        by_id.dedup_by_key(|(id, _)| *id);
        Ok(Self { by_id, cut: sds.len() > MAX_BYTES })
    }

    pub fn sid(&self, id: u32) -> Option<&str> {
        let index = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.by_id.get(index).map(|(_, sid)| sid.as_str())
    }
}

/// One entry: hash, id, offset in the stream, length with this head; then the descriptor. Entries
/// start at multiples of 16; zeros end the block.
fn next<'a>(r: &mut FieldReader<'a>) -> Result<Option<(u32, &'a [u8])>, FieldError> {
    let start = r.position();
    r.skip(4, "descriptor hash")?;
    let id = r.u32("security id")?;
    r.skip(8, "descriptor offset")?;
    let length = r.u32("descriptor length")? as usize;
    let Some(body) = length.checked_sub(20).filter(|_| id != 0) else { return Ok(None) };
    let descriptor = r.bytes(body, "descriptor")?;
    let end = start.saturating_add(length).checked_next_multiple_of(16).unwrap_or(usize::MAX);
    if r.seek(end, "next descriptor").is_err() {
        r.skip(r.remaining(), "end of descriptors")?;
    }
    Ok(Some((id, descriptor)))
}

/// The owner of a self-relative security descriptor.
pub(super) fn owner(descriptor: &[u8]) -> Option<String> {
    let mut r = FieldReader::new(descriptor, 0);
    r.skip(4, "revision and control").ok()?;
    let at = r.u32("owner offset").ok().filter(|at| *at != 0)?;
    r.seek(at as usize, "owner").ok()?;
    sid(&mut r).ok()
}

/// Source: [MS-DTYP] 2.4.2.2, text form 2.4.2.1.
fn sid(r: &mut FieldReader<'_>) -> Result<String, FieldError> {
    let revision = r.u8("SID revision")?;
    let count = r.u8("SID parts")?;
    if revision != 1 || count > 15 {
        return Err(r.wrong("SID", "revision 1 and at most 15 parts", format!("{revision}, {count}")));
    }
    let [a, b, c, d, e, f] = r.array("SID authority")?;
    let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let mut text = if authority >> 32 == 0 { format!("S-1-{authority}") } else { format!("S-1-0x{authority:012x}") };
    for _ in 0..count {
        text.push_str(&format!("-{}", r.u32("SID part")?));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sid_in_its_text_form() {
        let bytes = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        assert_eq!(sid(&mut FieldReader::new(&bytes, 0)).unwrap(), "S-1-5-32-544");
    }
}

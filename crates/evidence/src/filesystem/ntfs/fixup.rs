use model::{FieldError, FieldReader};

/// Undoes the update sequence of a FILE or INDX block in place: NTFS replaces the last two bytes
/// of every sector by a counter and keeps the true ones in an array. Returns the sectors whose
/// counter did not match: a torn write or later damage; the array's bytes are put there all the
/// same, since they are the only candidates. Source: ntfsdoc, "Fixup".
pub fn apply(block: &mut [u8]) -> Result<u32, FieldError> {
    let length = block.len();
    let mut r = FieldReader::new(block, 0);
    r.seek(4, "update sequence offset")?;
    let offset = usize::from(r.u16("update sequence offset")?);
    let count = usize::from(r.u16("update sequence count")?);
    let sectors = count.saturating_sub(1);
    // 512 bytes a sector on every medium Windows has formatted so far; other divisions of the
    // block by its own count are accepted.
    let stride = if sectors.saturating_mul(512) == length { 512 } else { length.checked_div(sectors).unwrap_or(0) };
    if stride < 256 || stride.checked_mul(sectors) != Some(length) {
        return Err(r.wrong("update sequence count", format!("one for each sector of {length} bytes, and one"), count));
    }
    r.seek(offset, "update sequence")?;
    let counter: [u8; 2] = r.array("update sequence number")?;
    let array = r.position();
    r.skip(sectors.saturating_mul(2), "update sequence array")?;
    let mut torn = 0u32;
    for sector in 0..sectors {
        let saved = array.saturating_add(sector.saturating_mul(2));
        let saved = block.get(saved..).and_then(|b| b.first_chunk::<2>()).copied();
        let end = sector.saturating_add(1).saturating_mul(stride).saturating_sub(2);
        let end = block.get_mut(end..).and_then(|b| b.first_chunk_mut::<2>());
        let (Some(saved), Some(end)) = (saved, end) else { break };
        if *end != counter {
            torn = torn.saturating_add(1);
        }
        *end = saved;
    }
    Ok(torn)
}

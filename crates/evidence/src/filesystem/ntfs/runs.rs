use model::{FieldError, FieldReader, Run};

/// More pieces than this in one piece of a run list are not listed: a record of 64 KiB holds fewer.
const MAX_RUNS: usize = 65_536;

/// Decodes one run list into byte runs of the volume, `clusters` long in all. The error tells
/// where the list breaks off; what came before it stands. Source: ntfsdoc, "Data runs".
pub fn decode(list: &[u8], at: u64, clusters: u64, cluster_size: u64) -> (Vec<Run>, Option<FieldError>) {
    let mut out = Vec::new();
    let mut r = FieldReader::new(list, at);
    let error = read(&mut r, clusters, cluster_size, &mut out).err();
    (out, error)
}

fn read(r: &mut FieldReader<'_>, clusters: u64, cluster_size: u64, out: &mut Vec<Run>) -> Result<(), FieldError> {
    let mut left = clusters;
    let mut cluster = 0i64;
    while out.len() < MAX_RUNS {
        if r.remaining() == 0 && left == 0 {
            return Ok(());
        }
        let head = r.u8("run")?;
        if head == 0 {
            break;
        }
        let length = signed(r, usize::from(head & 0x0F), "run length")?;
        let delta = match head >> 4 {
            0 => None,
            n => Some(signed(r, usize::from(n), "run offset")?),
        };
        let length = u64::try_from(length).ok().filter(|l| *l > 0).ok_or_else(|| r.wrong("run length", "above 0", length))?;
        if length > left {
            return Err(r.wrong("run length", format!("at most the {left} clusters left"), length));
        }
        left = left.saturating_sub(length);
        // A hole has no offset, or -1 before NTFS 3.0.
        let offset = match delta {
            None => None,
            Some(-1) if cluster == 0 => None,
            Some(delta) => {
                let moved = cluster.checked_add(delta).filter(|c| *c >= 0);
                cluster = moved.ok_or_else(|| r.wrong("run offset", "a cluster of the volume", delta))?;
                let bytes = u64::try_from(cluster).ok().and_then(|c| c.checked_mul(cluster_size));
                Some(bytes.ok_or_else(|| r.wrong("run offset", "a cluster of the volume", cluster))?)
            }
        };
        let length = length.checked_mul(cluster_size).ok_or_else(|| r.wrong("run length", "below 2^64 bytes", length))?;
        out.push(Run { offset, length });
    }
    match left {
        0 => Ok(()),
        _ => Err(r.wrong("run list", format!("{clusters} clusters"), clusters.saturating_sub(left))),
    }
}

/// A little-endian signed number of 0 to 8 bytes.
fn signed(r: &mut FieldReader<'_>, bytes: usize, field: &'static str) -> Result<i64, FieldError> {
    if bytes > 8 {
        return Err(r.wrong(field, "at most 8 bytes", bytes));
    }
    let raw = r.bytes(bytes, field)?;
    let negative = raw.last().is_some_and(|b| b & 0x80 != 0);
    let mut full = if negative { [0xFF; 8] } else { [0; 8] };
    for (to, from) in full.iter_mut().zip(raw) {
        *to = *from;
    }
    Ok(i64::from_le_bytes(full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_holes_and_backward_offsets() {
        // 0x38 clusters at 0x342573, 0x114 at +0x363A.., a hole of 4, then back by 0x10.
        let list = [0x31, 0x38, 0x73, 0x25, 0x34, 0x01, 0x04, 0x11, 0x02, 0xF0, 0x00];
        let (runs, error) = decode(&list, 0, 0x38 + 4 + 2, 1);
        assert_eq!(error, None);
        let expect = [(Some(0x0034_2573), 0x38), (None, 4), (Some(0x0034_2563), 2)];
        assert_eq!(runs, expect.map(|(offset, length)| Run { offset, length }));
        assert!(decode(&list, 0, 0x38, 1).1.is_some());
        assert!(decode(&[0x91, 1], 0, 1, 1).1.is_some());
    }
}

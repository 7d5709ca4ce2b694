use super::collect::{Collected, MAX_LIST, Want};
use super::content;
use super::mft::{Mft, Shape};
use super::record::{Header, Reference};
use model::{FieldError, FieldReader, SharedSource, read_vec};
use std::collections::BTreeSet;

/// What reads a record together with its extension records.
pub(super) struct Gather<'a> {
    pub volume: &'a SharedSource,
    pub mft: &'a Mft,
    pub cluster_size: u64,
    /// Bytes of attribute lists that may still be read: honest lists do not overlap, so all of a
    /// walk's lists together fit into the volume.
    pub list_budget: u64,
}

/// True where a reference means the record as it is now: the sequence number is the same, or one
/// more once the record was freed, which is when NTFS counts it up.
pub(super) fn same_file(reference: u16, record: u16, in_use: bool) -> bool {
    let next = match reference {
        u16::MAX => 1,
        n => n.saturating_add(1),
    };
    reference == record || (!in_use && next == record)
}

impl Gather<'_> {
    /// Collects the record and whatever its attribute list names. `belongs` tells, without reading
    /// it, whether a record can be an extension of this one.
    pub fn all(&mut self, number: u64, record: &[u8], header: Header, want: Want, belongs: impl Fn(u64) -> bool) -> Collected {
        let mut out = Collected::new(number, header);
        out.take(self.mft, number, record, &header, self.cluster_size, want);
        for extension in self.list(&mut out) {
            let bytes = if belongs(extension) { self.mft.record(extension).ok().flatten() } else { None };
            let part = bytes.and_then(|(bytes, shape)| {
                let head = Header::parse(&bytes).ok().filter(|h| {
                    let base = h.base.filter(|b| b.record == number && same_file(b.sequence, header.sequence, header.in_use));
                    base.is_some() && matches!(shape, Shape::File { .. })
                });
                head.map(|h| (bytes, h))
            });
            match part {
                Some((bytes, head)) => {
                    out.take(self.mft, extension, &bytes, &head, self.cluster_size, want);
                    out.extensions.push(extension);
                }
                None => out.missing = out.missing.saturating_add(1),
            }
        }
        out.finish();
        out
    }

    /// The other records that the attribute list names, in its order, each once.
    fn list(&mut self, out: &mut Collected) -> Vec<u64> {
        let Some(mut list) = out.list.take() else { return Vec::new() };
        list.join(false);
        let length = list.stream.size.min(MAX_LIST).min(self.list_budget);
        self.list_budget = self.list_budget.saturating_sub(length);
        let bytes = match &list.resident {
            Some(bytes) => Ok(bytes.clone()),
            None => content::plain(self.volume, &list)
                .and_then(|source| read_vec(&source, 0, usize::try_from(length).unwrap_or(usize::MAX))),
        };
        let at = self.mft.start(out.number);
        let bytes = bytes.unwrap_or_else(|e| {
            out.damage.push((at, FieldError { field: "attribute list", at: 0, expected: "bytes".into(), found: e.to_string() }));
            Vec::new()
        });
        let mut order = Vec::new();
        let mut seen = BTreeSet::from([out.number]);
        let mut r = FieldReader::new(&bytes, 0);
        while r.remaining() >= 26 {
            let start = r.position();
            let entry = (|| -> Result<(u64, u16), FieldError> {
                r.skip(4, "listed type")?;
                let length = r.u16("listed length")?;
                r.skip(10, "listed name and cluster")?;
                Ok((Reference::from(r.u64("listed record")?).record, length))
            })();
            let Ok((record, length)) = entry else { break };
            if length < 26 {
                break;
            }
            if seen.insert(record) {
                order.push(record);
            }
            if r.seek(start.saturating_add(usize::from(length)), "next listed").is_err() {
                break;
            }
        }
        out.list = Some(list);
        order
    }
}

use model::{SharedSource, read_full};

/// Bytes of bitmap in a page; pages of zeros take no memory.
const PAGE: usize = 512;
const PAGE_BITS: u64 = 4096;
/// Pages are read so many at once.
const PIECE: usize = 256 * PAGE;

/// $Bitmap: one bit a cluster, set where the cluster is in use. Answers "how many of these are in
/// use" in constant time, so that run lists that claim the whole volume cost nothing.
#[derive(Default)]
pub(super) struct ClusterMap {
    pages: Vec<Option<Box<[u8; PAGE]>>>,
    /// Clusters in use before each page, and after the last.
    before: Vec<u64>,
    clusters: u64,
}

impl ClusterMap {
    /// Reads the bits of the volume's `clusters`; the map ends where the source ends.
    pub fn read(source: &SharedSource, clusters: u64) -> std::io::Result<Self> {
        let bits = source.len().saturating_mul(8).min(clusters);
        let mut map = Self { clusters: bits, ..Self::default() };
        let mut used = 0u64;
        let mut at = 0u64;
        let mut piece = vec![0u8; PIECE];
        while at.saturating_mul(8) < bits {
            piece.fill(0);
            read_full(source, at, &mut piece)?;
            for page in piece.as_chunks::<PAGE>().0 {
                if at.saturating_mul(8) >= bits {
                    break;
                }
                map.before.push(used);
                let set = ones(page);
                used = used.saturating_add(set);
                map.pages.push((set > 0).then(|| Box::new(*page)));
                at = at.saturating_add(PAGE as u64);
            }
        }
        map.before.push(used);
        Ok(map)
    }

    /// Clusters in use below `cluster`.
    fn rank(&self, cluster: u64) -> u64 {
        let index = usize::try_from(cluster / PAGE_BITS).unwrap_or(usize::MAX);
        let base = self.before.get(index).copied().unwrap_or(0);
        let Some(Some(page)) = self.pages.get(index) else { return base };
        let bits = cluster % PAGE_BITS;
        let bytes = usize::try_from(bits / 8).unwrap_or(0);
        let count = base.saturating_add(page.get(..bytes).map_or(0, ones));
        let mask = 1u8.checked_shl(u32::try_from(bits % 8).unwrap_or(0)).unwrap_or(0).wrapping_sub(1);
        let last = page.get(bytes).map_or(0, |b| b & mask);
        count.saturating_add(u64::from(last.count_ones()))
    }

    /// How many of the clusters are in use; None where the map does not cover them all.
    pub fn used(&self, first: u64, count: u64) -> Option<u64> {
        let end = first.checked_add(count).filter(|e| *e <= self.clusters)?;
        Some(self.rank(end).saturating_sub(self.rank(first)))
    }
}

/// Bits set.
fn ones(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let whole = words.iter().map(|w| u64::from(u64::from_le_bytes(*w).count_ones()));
    let rest = rest.iter().map(|b| u64::from(b.count_ones()));
    whole.chain(rest).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MemorySource;
    use std::sync::Arc;

    #[test]
    fn counts_across_pages() {
        let mut bytes = vec![0u8; 3 * PAGE];
        bytes[0] = 0b1010_0000;
        bytes[2 * PAGE] = 1;
        let source: SharedSource = Arc::new(MemorySource(bytes));
        let map = ClusterMap::read(&source, 3 * PAGE_BITS).unwrap();
        assert_eq!(map.used(0, 5), Some(0));
        assert_eq!(map.used(5, 1), Some(1));
        assert_eq!(map.used(6, 2), Some(1));
        assert_eq!(map.used(0, 3 * PAGE_BITS), Some(3));
        assert_eq!(map.used(2 * PAGE_BITS, 1), Some(1));
        assert_eq!(map.used(2 * PAGE_BITS, PAGE_BITS + 1), None);
    }
}

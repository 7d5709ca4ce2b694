use super::heap::{ClusterRun, FIRST_CLUSTER};

/// Clusters of a page.
const PAGE_BITS: u64 = 4096;
const PAGE_WORDS: usize = 64;

/// Which clusters are in use, as the file system's own table says. Pages that are wholly free or
/// wholly used take no bits, so that memory follows the metadata and not the declared size.
#[derive(Debug, Default)]
pub struct Allocation {
    pages: Vec<Page>,
    used: u64,
    /// Clusters with a bit; those after are counted as used.
    count: u64,
}

#[derive(Debug)]
struct Page {
    bits: Bits,
    /// Used clusters before this page.
    before: u64,
}

#[derive(Debug)]
enum Bits {
    Free,
    Used,
    Mixed(Box<[u64; PAGE_WORDS]>),
}

/// Fills an `Allocation` in order of cluster numbers.
#[derive(Default)]
pub struct AllocationBuilder {
    done: Allocation,
    words: Vec<u64>,
    word: u64,
    bits: u32,
}

impl AllocationBuilder {
    pub fn push(&mut self, used: bool) {
        if used {
            self.word |= 1u64.checked_shl(self.bits).unwrap_or(0);
        }
        self.done.count = self.done.count.saturating_add(1);
        self.bits = self.bits.saturating_add(1);
        if self.bits == u64::BITS {
            self.flush_word();
        }
    }
    /// Eight clusters a byte, the lowest bit first; whole bytes only ever follow whole bytes.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.word |= u64::from(*byte).checked_shl(self.bits).unwrap_or(0);
            self.done.count = self.done.count.saturating_add(8);
            self.bits = self.bits.saturating_add(8);
            if self.bits >= u64::BITS {
                self.flush_word();
            }
        }
    }
    /// As `finish`, without the bits past the last of `count` clusters.
    pub fn finish_at(self, count: u64) -> Allocation {
        let mut done = self.finish();
        done.count = done.count.min(count);
        done.used = done.rank(done.count);
        done
    }
    fn flush_word(&mut self) {
        self.words.push(std::mem::take(&mut self.word));
        self.bits = 0;
        if self.words.len() == PAGE_WORDS {
            self.flush_page();
        }
    }
    fn flush_page(&mut self) {
        let mut words = [0u64; PAGE_WORDS];
        for (to, from) in words.iter_mut().zip(&self.words) {
            *to = *from;
        }
        self.words.clear();
        let used: u64 = words.iter().map(|w| u64::from(w.count_ones())).sum();
        let bits = match used {
            0 => Bits::Free,
            PAGE_BITS => Bits::Used,
            _ => Bits::Mixed(Box::new(words)),
        };
        self.done.pages.push(Page { bits, before: self.done.used });
        self.done.used = self.done.used.saturating_add(used);
    }
    pub fn finish(mut self) -> Allocation {
        if self.bits > 0 {
            self.flush_word();
        }
        if !self.words.is_empty() {
            self.flush_page();
        }
        self.done
    }
}

impl Allocation {
    /// Clusters in use.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// A cluster without a bit (table cut short, number out of range) is never called free.
    pub fn is_free(&self, cluster: u32) -> bool {
        cluster >= FIRST_CLUSTER && self.stretch(cluster, 1).is_some_and(|(_, used)| !used)
    }

    /// Splits a run into stretches that are wholly free or wholly used, in order.
    pub fn stretches(&self, run: ClusterRun) -> Stretches<'_> {
        Stretches { map: self, at: u64::from(run.first), end: run.end() }
    }

    /// Used clusters of a run; those past the table count as used. Constant time a page.
    pub fn used_in(&self, run: ClusterRun) -> u64 {
        let from = u64::from(run.first).saturating_sub(u64::from(FIRST_CLUSTER));
        self.rank(from.saturating_add(run.count)).saturating_sub(self.rank(from))
    }

    /// Used clusters among the first `n`.
    fn rank(&self, n: u64) -> u64 {
        let past = n.saturating_sub(self.count);
        let n = n.min(self.count);
        let index = usize::try_from(n / PAGE_BITS).unwrap_or(usize::MAX);
        let within = n % PAGE_BITS;
        let known = match self.pages.get(index) {
            None => self.used,
            Some(page) => {
                let here = match &page.bits {
                    Bits::Free => 0,
                    Bits::Used => within,
                    Bits::Mixed(words) => {
                        let whole = usize::try_from(within / 64).unwrap_or(PAGE_WORDS);
                        let mut sum: u64 = words.iter().take(whole).map(|w| u64::from(w.count_ones())).sum();
                        if let Some(word) = words.get(whole) {
                            let mask = 1u64.checked_shl(u32::try_from(within % 64).unwrap_or(0)).unwrap_or(0).wrapping_sub(1);
                            sum = sum.saturating_add(u64::from((word & mask).count_ones()));
                        }
                        sum
                    }
                };
                page.before.saturating_add(here)
            }
        };
        known.saturating_add(past)
    }

    /// The longest stretch of one state from `cluster`, at most `limit` clusters and not past a
    /// word of a mixed page: (clusters, used).
    fn stretch(&self, cluster: u32, limit: u64) -> Option<(u64, bool)> {
        let at = u64::from(cluster.checked_sub(FIRST_CLUSTER)?);
        if at >= self.count {
            return None;
        }
        let page = self.pages.get(usize::try_from(at / PAGE_BITS).ok()?)?;
        let within = at % PAGE_BITS;
        let (length, used) = match &page.bits {
            Bits::Free => (PAGE_BITS.saturating_sub(within), false),
            Bits::Used => (PAGE_BITS.saturating_sub(within), true),
            Bits::Mixed(words) => {
                let bit = u32::try_from(within % 64).ok()?;
                let word = words.get(usize::try_from(within / 64).ok()?)?.checked_shr(bit)?;
                let used = word & 1 == 1;
                let same = if used { word.trailing_ones() } else { word.trailing_zeros() };
                (u64::from(same.min(u64::BITS.saturating_sub(bit))), used)
            }
        };
        Some((length.min(limit).min(self.count.saturating_sub(at)), used))
    }
}

/// Stretches of a run: (run, used).
pub struct Stretches<'a> {
    map: &'a Allocation,
    at: u64,
    end: u64,
}

impl Iterator for Stretches<'_> {
    type Item = (ClusterRun, bool);

    fn next(&mut self) -> Option<Self::Item> {
        let mut length = 0u64;
        let first = u32::try_from(self.at).ok()?;
        let mut state = None;
        while self.at < self.end {
            let left = self.end.saturating_sub(self.at);
            let cluster = u32::try_from(self.at).ok()?;
            let (n, used) = self.map.stretch(cluster, left).unwrap_or((left, true));
            if *state.get_or_insert(used) != used {
                break;
            }
            length = length.saturating_add(n.max(1));
            self.at = self.at.saturating_add(n.max(1));
        }
        Some((ClusterRun { first, count: length }, state?))
    }
}

/// Run pieces of deleted records that are kept to find records that claim the same clusters:
/// about 100 MiB. Past it no deleted content is called intact.
const MAX_CLAIMS: usize = 4 << 20;

/// Which deleted records claim bytes that another deleted record claims too.
#[derive(Default)]
pub(super) struct Claims {
    /// (start, end, record), bytes of the volume.
    intervals: Vec<(u64, u64, u32)>,
    contested: Vec<u32>,
    full: bool,
}

impl Claims {
    pub fn add(&mut self, record: u32, offset: u64, length: u64) {
        if self.intervals.len() >= MAX_CLAIMS {
            self.full = true;
        } else if length > 0 {
            self.intervals.push((offset, offset.saturating_add(length), record));
        }
    }

    /// Settles the claims; `owner` maps an extension record to its base record.
    pub fn settle(&mut self, owner: impl Fn(u32) -> u32) {
        let mut all = std::mem::take(&mut self.intervals);
        for claim in &mut all {
            claim.2 = owner(claim.2);
        }
        all.sort_unstable();
        let mut contested: Vec<u32> = Vec::new();
        // Claims that reach back: the two farthest ends seen so far, of two different records.
        let mut far: Option<(u64, u32)> = None;
        let mut second: Option<(u64, u32)> = None;
        for (start, end, record) in &all {
            if [far, second].into_iter().flatten().any(|(e, r)| r != *record && e > *start) {
                contested.push(*record);
            }
            match far {
                Some((e, r)) if r == *record => far = Some((e.max(*end), r)),
                Some((e, _)) if *end <= e => {
                    if second.is_none_or(|(e, r)| r == *record || *end > e) {
                        let reach = second.filter(|(_, r)| r == record).map_or(*end, |(e, _)| e.max(*end));
                        second = Some((reach, *record));
                    }
                }
                earlier => {
                    second = earlier;
                    far = Some((*end, *record));
                }
            }
        }
        // Claims that another record's later claim starts within.
        let mut next: Option<(u64, u32)> = None;
        let mut after: Option<(u64, u32)> = None;
        for (start, end, record) in all.iter().rev() {
            if let Some((s, r)) = next.filter(|(_, r)| r != record).or(after)
                && r != *record
                && s < *end
            {
                contested.push(*record);
            }
            match next {
                Some((_, r)) if r == *record => next = Some((*start, r)),
                earlier => {
                    after = earlier;
                    next = Some((*start, *record));
                }
            }
        }
        contested.sort_unstable();
        contested.dedup();
        self.contested = contested;
    }

    pub fn is_contested(&self, record: u32) -> bool {
        self.contested.binary_search(&record).is_ok()
    }
    /// True where the bound was reached and claims are missing.
    pub fn incomplete(&self) -> bool {
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contested(claims: &[(u32, u64, u64)]) -> Vec<u32> {
        let mut c = Claims::default();
        for (record, offset, length) in claims {
            c.add(*record, *offset, *length);
        }
        c.settle(|r| r);
        c.contested
    }

    #[test]
    fn overlaps_in_every_position() {
        assert_eq!(contested(&[(1, 0, 10), (2, 10, 10), (1, 20, 5)]), []);
        assert_eq!(contested(&[(1, 0, 100), (2, 10, 10), (3, 30, 10), (4, 100, 1)]), [1, 2, 3]);
        assert_eq!(contested(&[(1, 0, 10), (1, 5, 10)]), []);
        assert_eq!(contested(&[(1, 0, 50), (2, 5, 5), (1, 20, 5), (3, 60, 1)]), [1, 2]);
        assert_eq!(contested(&[(7, 5, 5), (9, 5, 5)]), [7, 9]);
    }

    /// Against every pair, on small random sets.
    #[test]
    fn agrees_with_every_pair() {
        let mut seed = 11u64;
        let mut random = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        for _ in 0..2000 {
            let set: Vec<(u32, u64, u64)> = (0..random(9)).map(|_| (random(4) as u32, random(40), 1 + random(9))).collect();
            let mut expect: Vec<u32> = set
                .iter()
                .filter(|a| set.iter().any(|b| a.0 != b.0 && a.1 < b.1 + b.2 && b.1 < a.1 + a.2))
                .map(|a| a.0)
                .collect();
            expect.sort_unstable();
            expect.dedup();
            assert_eq!(contested(&set), expect, "{set:?}");
        }
    }
}

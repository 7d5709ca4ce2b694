use super::heap::ClusterRun;
use std::collections::BTreeMap;

/// What two names of the same deleted file have in common: where it starts, its size, and its
/// creation time as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    pub start: u32,
    pub size: u64,
    pub created: u64,
}

/// Which clusters deleted entries lay claim to. Two entries that agree on start, size and creation
/// are two names of one file and do not compete.
#[derive(Default)]
pub struct Claims {
    /// (first, end, identity).
    ranges: Vec<(u64, u64, Identity)>,
}

impl Claims {
    pub fn add(&mut self, run: ClusterRun, identity: Identity) {
        self.ranges.push((u64::from(run.first), run.end(), identity));
    }

    /// The ranges that two different files claim.
    pub fn contested(mut self) -> Contested {
        self.ranges.sort_unstable();
        self.ranges.dedup();
        let mut out: Vec<(u64, u64)> = Vec::new();
        let mut reach = 0u64;
        for (first, end, _) in &self.ranges {
            if *first < reach {
                let end_here = reach.min(*end);
                match out.last_mut() {
                    Some((_, last)) if *last >= *first => *last = (*last).max(end_here),
                    _ => out.push((*first, end_here)),
                }
            }
            reach = reach.max(*end);
        }
        Contested(out)
    }
}

/// Sorted, disjoint ranges of clusters: (first, end).
#[derive(Default)]
pub struct Contested(Vec<(u64, u64)>);

impl Contested {
    pub fn touches(&self, run: &ClusterRun) -> bool {
        let next = self.0.partition_point(|(_, end)| *end <= u64::from(run.first));
        self.0.get(next).is_some_and(|(first, _)| *first < run.end())
    }
}

/// Stands for the size of a directory, which FAT does not record.
pub const DIRECTORY: u64 = u64::MAX;

/// What a live entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    end: u64,
    pub record: u64,
    /// Size of the file that starts here, or `DIRECTORY`; None within one.
    pub starts: Option<u64>,
}

/// Which live entry holds which clusters.
#[derive(Default)]
pub struct Holders {
    runs: BTreeMap<u32, Holder>,
    /// Clusters held.
    pub clusters: u64,
}

impl Holders {
    /// Notes who holds a run; returns the record of another entry that already held part of it.
    pub fn add(&mut self, run: ClusterRun, record: u64, starts: Option<u64>) -> Option<u64> {
        let other = self.overlapping(&run);
        if other.is_none() {
            self.runs.insert(run.first, Holder { end: run.end(), record, starts });
            self.clusters = self.clusters.saturating_add(run.count);
        }
        other
    }
    /// The first live holder of any cluster of the run.
    pub fn overlapping(&self, run: &ClusterRun) -> Option<u64> {
        let inside = self.runs.range(..=run.first).next_back().filter(|(_, h)| h.end > u64::from(run.first));
        let after = || self.runs.range(run.first..).next().filter(|(first, _)| u64::from(**first) < run.end());
        inside.or_else(after).map(|(_, h)| h.record)
    }
    /// The live entry whose content starts at this very cluster.
    pub fn starting_at(&self, cluster: u32) -> Option<&Holder> {
        self.runs.get(&cluster).filter(|h| h.starts.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_two_files_claim_is_contested() {
        let id = |start, size| Identity { start, size, created: 1 };
        let run = |first, count| ClusterRun { first, count };
        let mut claims = Claims::default();
        claims.add(run(10, 10), id(10, 40));
        claims.add(run(10, 10), id(10, 40)); // a second name of the same file
        claims.add(run(30, 5), id(30, 20));
        claims.add(run(32, 10), id(32, 40));
        claims.add(run(33, 1), id(33, 4));
        let contested = claims.contested();
        assert!(!contested.touches(&run(10, 10)));
        assert!(contested.touches(&run(30, 5)));
        assert!(contested.touches(&run(34, 1)));
        assert!(!contested.touches(&run(35, 10)));
        assert!(!contested.touches(&run(30, 2)));
    }

    #[test]
    fn holders_report_who_was_there() {
        let mut holders = Holders::default();
        assert_eq!(holders.add(ClusterRun { first: 5, count: 5 }, 100, Some(9)), None);
        assert_eq!(holders.add(ClusterRun { first: 9, count: 2 }, 101, Some(9)), Some(100));
        assert_eq!(holders.add(ClusterRun { first: 3, count: 3 }, 102, Some(9)), Some(100));
        assert_eq!(holders.add(ClusterRun { first: 10, count: 1 }, 103, None), None);
        assert!(holders.starting_at(5).is_some() && holders.starting_at(10).is_none());
    }
}

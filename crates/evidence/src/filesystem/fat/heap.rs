/// First number a cluster can have; 0 and 1 are reserved.
pub const FIRST_CLUSTER: u32 = 2;
/// Bytes of a directory slot, on FAT and on exFAT.
pub const SLOT: u64 = 32;
/// The number The Sleuth Kit gives the root directory, which has no slot of its own.
pub const ROOT_RECORD: u64 = 2;
/// The number The Sleuth Kit gives the first slot of the data area.
const FIRST_RECORD: u64 = 3;

/// Where the clusters of a FAT or exFAT volume lie. Offsets are bytes in the volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heap {
    /// Offset of cluster 2.
    pub offset: u64,
    /// Bytes of a cluster, a power of two.
    pub cluster_size: u64,
    /// Number of the last cluster; below 2 when there is none.
    pub last: u32,
    /// Offset the record numbers count from: the fixed root directory on FAT12 and FAT16, else
    /// cluster 2.
    pub data_start: u64,
    /// Bytes of the file system as its boot sector states them.
    pub end: u64,
}

impl Heap {
    pub fn contains(&self, cluster: u32) -> bool {
        (FIRST_CLUSTER..=self.last).contains(&cluster)
    }
    /// How many clusters there are.
    pub fn count(&self) -> u64 {
        u64::from(self.last).saturating_sub(1)
    }
    /// Offset of a cluster's first byte.
    pub fn byte(&self, cluster: u32) -> u64 {
        let index = u64::from(cluster.saturating_sub(FIRST_CLUSTER));
        self.offset.saturating_add(index.saturating_mul(self.cluster_size))
    }
    /// Clusters that hold `size` bytes.
    pub fn needed(&self, size: u64) -> u64 {
        size.div_ceil(self.cluster_size.max(1))
    }
    /// The number The Sleuth Kit prints for the directory slot at `offset`.
    pub fn record(&self, offset: u64) -> u64 {
        (offset.saturating_sub(self.data_start) / SLOT).saturating_add(FIRST_RECORD)
    }
    /// The number of the first of its virtual entries, `$MBR`.
    pub fn virtual_record(&self) -> u64 {
        self.record(self.end)
    }
}

/// Clusters that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterRun {
    pub first: u32,
    pub count: u64,
}

impl ClusterRun {
    /// Number of the cluster after the last.
    pub fn end(&self) -> u64 {
        u64::from(self.first).saturating_add(self.count)
    }
}

/// Adds a cluster to runs, extending the last one where it follows on.
pub fn push_cluster(runs: &mut Vec<ClusterRun>, cluster: u32) {
    match runs.last_mut() {
        Some(run) if run.end() == u64::from(cluster) => run.count = run.count.saturating_add(1),
        _ => runs.push(ClusterRun { first: cluster, count: 1 }),
    }
}

/// Work a walk may still do, so that a hostile volume in which many entries share long chains or
/// ranges costs no more than a small multiple of an honest one.
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    /// Steps granted whatever the volume's size.
    const BASE: u64 = 16 << 20;
    /// Steps granted per cluster.
    const PER_CLUSTER: u64 = 4;

    pub fn of(heap: &Heap) -> Self {
        Self(heap.count().saturating_mul(Self::PER_CLUSTER).saturating_add(Self::BASE))
    }
    /// False once the budget is used up.
    pub fn spend(&mut self, steps: u64) -> bool {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

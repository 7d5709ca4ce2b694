use super::claims::{DIRECTORY, Identity};
use super::content::Content;
use super::directory::{Directory, Item, Placement, Presence, SLOT_BYTES, Shape, byte_runs};
use super::entries::has_end;
use super::heap::{ClusterRun, FIRST_CLUSTER, push_cluster};
use super::rules;
use super::short_entry::ShortEntry;
use super::volume::Lineage;
use super::walk::{Pending, Phase, Walker};
use super::yielded::Standing;
use crate::Note;
use model::{Code, ContentState, EntryKind, Stop, read_vec};
use std::collections::{BTreeMap, BTreeSet};

/// A cluster this large is probed by its first sector; smaller ones are read in windows.
const PROBE_APART: u64 = 16 * 1024;
const PROBE_BYTES: usize = 512;
const WINDOW: u64 = 256 * 1024;
/// Entries that bytes without other signs of a directory must hold to be taken for one.
const CONVINCING: usize = 2;

/// Directory clusters that no directory leads to, and the ends of directories that break off.
#[derive(Default)]
pub struct Orphans {
    found: Vec<(u32, Shape)>,
    /// Last cluster of a directory that ends within an entry set, and the slots of that set.
    open: Vec<(u32, Vec<u8>)>,
    /// Which cluster follows which, as the checksum of the set across both proves.
    joins: BTreeMap<u32, u32>,
}

impl Orphans {
    pub fn open_end(&mut self, last_cluster: u32, directory: &Directory, slot: usize) {
        let slots = directory.bytes.get(slot.saturating_mul(SLOT_BYTES)..).unwrap_or_default();
        self.open.push((last_cluster, slots.to_vec()));
    }
}

impl Walker<'_> {
    /// A deleted directory: its clusters as far as they are unallocated and still hold entries.
    pub fn deleted_directory(&mut self, item: &Item) -> Content {
        let heap = self.volume.heap;
        if !heap.contains(item.start) {
            return Content::new(ContentState::Unknown, rules::BAD_START);
        }
        if !self.volume.allocation.is_free(item.start) {
            let mut out = Content::new(ContentState::Overwritten, rules::DIRECTORY_TAKEN);
            if let Some(holder) = self.holders.starting_at(item.start) {
                out.more.push(("clusters now held by record", holder.record.to_string()));
                if holder.starts == Some(DIRECTORY) {
                    (out.state, out.rule) = (ContentState::Unknown, rules::MOVED);
                }
            }
            return out;
        }
        let known = item.size > 0;
        let needed = if known { heap.needed(item.size) } else { u64::MAX };
        let runs = match item.placement {
            Placement::Chain if known => {
                let wanted = needed.saturating_add(1);
                let chain = super::chain::follow(&mut self.links, &heap, item.start, wanted, &mut self.budget);
                if chain.clusters == needed { chain.runs } else { Vec::new() }
            }
            Placement::Chain | Placement::Contiguous => Vec::new(),
        };
        let straight = vec![ClusterRun { first: item.start, count: needed.min(heap.count()) }];
        let clusters = self.directory_clusters(if runs.is_empty() { &straight } else { &runs });
        let found: u64 = clusters.iter().map(|r| r.count).sum();
        let mut out = match found {
            0 => Content::new(ContentState::Overwritten, rules::DIRECTORY_GONE),
            n if known && n < needed => Content::new(ContentState::PartlyOverwritten, rules::DIRECTORY_PARTLY),
            _ => Content::new(ContentState::Intact, rules::DIRECTORY_READ),
        };
        if found > 0 {
            out.runs = Some(byte_runs(&clusters, &heap));
        }
        out.clusters = clusters;
        out
    }

    /// Takes clusters from the front as long as they are unallocated, unread and hold entries;
    /// then those that the checksum of a set proves to follow.
    fn directory_clusters(&mut self, candidates: &[ClusterRun]) -> Vec<ClusterRun> {
        let heap = self.volume.heap;
        let dots = matches!(self.volume.dialect.lineage, Lineage::Dots);
        let limit = heap.needed(self.volume.dialect.max_directory);
        let mut out = Vec::new();
        let mut taken = 0u64;
        let mut last = 0;
        let numbers = candidates.iter().flat_map(|r| u64::from(r.first)..r.end());
        for cluster in numbers.map_while(|n| u32::try_from(n).ok()) {
            let usable = heap.contains(cluster) && self.volume.allocation.is_free(cluster) && !self.seen.contains(cluster);
            if !usable || taken >= limit || !self.budget.spend(1) {
                break;
            }
            let Some(bytes) = self.cluster_bytes(cluster) else { break };
            let holds = match (self.volume.dialect.shape)(&bytes, &heap) {
                Shape::First { own, .. } => taken == 0 && own == cluster,
                Shape::Entries { .. } => !dots || taken > 0,
                // An exFAT directory that held nothing is a cluster of zeros.
                Shape::Other => !dots && taken == 0 && bytes.iter().all(|b| *b == 0),
            };
            if !holds {
                break;
            }
            self.seen.insert(cluster);
            push_cluster(&mut out, cluster);
            last = cluster;
            taken = taken.saturating_add(1);
            if has_end(&bytes) {
                break;
            }
        }
        while let Some(next) = self.orphans.joins.get(&last).copied().filter(|_| taken > 0 && taken < limit) {
            if !self.seen.insert(next) {
                break;
            }
            push_cluster(&mut out, next);
            last = next;
            taken = taken.saturating_add(1);
        }
        out
    }

    fn cluster_bytes(&self, cluster: u32) -> Option<Vec<u8>> {
        let heap = self.volume.heap;
        read_vec(&self.volume.source, heap.byte(cluster), usize::try_from(heap.cluster_size).ok()?).ok()
    }

    /// Looks through all unallocated clusters for directories that nothing leads to.
    pub fn find_orphans(&mut self) -> Result<(), Stop> {
        let heap = self.volume.heap;
        let all = ClusterRun { first: FIRST_CLUSTER, count: heap.count() };
        let mut unreadable = 0u64;
        for (run, used) in self.volume.allocation.stretches(all) {
            if used {
                continue;
            }
            if heap.cluster_size >= PROBE_APART {
                for cluster in (u64::from(run.first)..run.end()).map_while(|n| u32::try_from(n).ok()) {
                    match read_vec(&self.volume.source, heap.byte(cluster), PROBE_BYTES) {
                        Ok(bytes) if bytes.is_empty() => return self.after_scan(unreadable),
                        Ok(bytes) => self.probe(cluster, &bytes),
                        Err(_) => unreadable = unreadable.saturating_add(1),
                    }
                }
                continue;
            }
            let step = WINDOW.checked_div(heap.cluster_size).unwrap_or(1).max(1);
            let mut at = u64::from(run.first);
            while at < run.end() {
                let count = step.min(run.end().saturating_sub(at));
                let length = usize::try_from(count.saturating_mul(heap.cluster_size)).unwrap_or(0);
                let Ok(first) = u32::try_from(at) else { break };
                match read_vec(&self.volume.source, heap.byte(first), length) {
                    Ok(bytes) if bytes.is_empty() => return self.after_scan(unreadable),
                    Ok(bytes) => {
                        let size = usize::try_from(heap.cluster_size).unwrap_or(usize::MAX);
                        for (cluster, bytes) in (first..).zip(bytes.chunks(size)) {
                            self.probe(cluster, bytes);
                        }
                    }
                    Err(_) => unreadable = unreadable.saturating_add(count),
                }
                at = at.saturating_add(count);
            }
        }
        self.after_scan(unreadable)
    }

    fn after_scan(&mut self, unreadable: u64) -> Result<(), Stop> {
        if unreadable > 0 {
            let mut note = Note::new(Code::Unreadable, "", "unallocated clusters", "clusters that can not be read");
            note.count = unreadable;
            self.out.note(note)?;
        }
        self.orphans.found.sort_unstable_by_key(|(cluster, _)| *cluster);
        self.join_open_ends()
    }

    /// Keeps a cluster that looks like part of a directory and was not read as one.
    fn probe(&mut self, cluster: u32, start: &[u8]) {
        let heap = self.volume.heap;
        // Almost all unallocated clusters end here: zeros, or a first byte no entry has.
        if start.first() == Some(&0) || self.seen.contains(cluster) {
            return;
        }
        let mut shape = (self.volume.dialect.shape)(start, &heap);
        if shape != Shape::Other && (start.len() as u64) < heap.cluster_size {
            shape = self.cluster_bytes(cluster).map_or(Shape::Other, |b| (self.volume.dialect.shape)(&b, &heap));
        }
        let kept = match shape {
            Shape::First { own, .. } => own == cluster,
            Shape::Entries { count } => count >= CONVINCING,
            Shape::Other => false,
        };
        if kept {
            self.orphans.found.push((cluster, shape));
        }
    }

    /// Finds the cluster in which a broken-off entry goes on: its checksum decides, and only where
    /// one cluster fits one end and no other.
    fn join_open_ends(&mut self) -> Result<(), Stop> {
        let found = self.orphans.found.clone();
        let heads: Vec<(u32, Shape, Vec<u8>)> =
            found.iter().filter_map(|(cluster, shape)| Some((*cluster, *shape, self.cluster_bytes(*cluster)?))).collect();
        let mut open = std::mem::take(&mut self.orphans.open);
        for (cluster, _, bytes) in &heads {
            let directory = Directory { extents: vec![(0, bytes.len() as u64)], bytes: bytes.clone() };
            let parsed = (self.volume.dialect.parse)(&directory, b"", &self.volume.heap);
            if let Some(slot) = parsed.open_set {
                let slots = bytes.get(slot.saturating_mul(SLOT_BYTES)..).unwrap_or_default();
                open.push((*cluster, slots.to_vec()));
            }
        }
        let mut fits: Vec<(u32, u32)> = Vec::new();
        for (last, tail) in &open {
            let loose = heads.iter().filter(|(c, shape, _)| c != last && !matches!(shape, Shape::First { .. }));
            let near = match self.volume.dialect.lineage {
                Lineage::Dots => loose.clone().find(|(c, _, _)| c > last).map(|(c, _, _)| *c),
                Lineage::Sets => None,
            };
            for (cluster, _, head) in loose.filter(|(c, _, _)| near.is_none_or(|n| n == *c)) {
                if !self.budget.spend(8) {
                    let found = "too many broken-off directories; some were not joined";
                    return self.out.note(Note::new(Code::LimitReached, "$Orphans", "all parts compared", found));
                }
                if (self.volume.dialect.join)(tail, head) {
                    fits.push((*last, *cluster));
                }
            }
        }
        let once = |pick: fn(&(u32, u32)) -> u32, value: u32| fits.iter().filter(|f| pick(f) == value).take(2).count() == 1;
        for (last, next) in &fits {
            if once(|f| f.0, *last) && once(|f| f.1, *next) {
                self.orphans.joins.insert(*last, *next);
            }
        }
        Ok(())
    }

    /// Visits the orphaned directories: first those whose parent is not orphaned itself, so that
    /// the others are reached by their names where these survive.
    pub fn visit_orphans(&mut self) -> Result<(), Stop> {
        let found = self.orphans.found.clone();
        let starts: BTreeSet<u32> = found.iter().map(|(cluster, _)| *cluster).collect();
        let followers: BTreeSet<u32> = self.orphans.joins.values().copied().collect();
        let is_child = |cluster: u32, shape: Shape| match shape {
            Shape::First { parent, .. } => parent != cluster && starts.contains(&parent),
            Shape::Entries { .. } | Shape::Other => followers.contains(&cluster),
        };
        for late in [false, true] {
            for (cluster, shape) in &found {
                if is_child(*cluster, *shape) == late && !self.seen.contains(*cluster) {
                    self.visit_orphan(*cluster, *shape)?;
                }
            }
        }
        Ok(())
    }

    fn visit_orphan(&mut self, cluster: u32, shape: Shape) -> Result<(), Stop> {
        let heap = self.volume.heap;
        let path = format!("$Orphans/cluster-{cluster}").into_bytes();
        let clusters = match shape {
            Shape::First { .. } => self.directory_clusters(&[ClusterRun { first: cluster, count: heap.count() }]),
            Shape::Entries { .. } | Shape::Other => self.loose_cluster(cluster),
        };
        let extents = Directory::extents_of(&clusters, &heap);
        let last = clusters.last().map_or(0, |r| r.end().saturating_sub(1));
        let mut record = None;
        if let Shape::First { parent, .. } = shape {
            let at = heap.byte(cluster);
            record = Some(heap.record(at));
            let mut content = Content::new(ContentState::Intact, rules::DIRECTORY_READ);
            content.runs = Some(byte_runs(&clusters, &heap));
            content.more.push(("parent's first cluster", parent.to_string()));
            content.clusters = clusters;
            if self.phase == Phase::Claims {
                for run in &content.clusters {
                    self.claims.add(*run, Identity { start: cluster, size: 0, created: 0 });
                }
            } else {
                let item = self.orphan_item(cluster);
                let standing = Standing::deleted(heap.record(at), None, rules::ORPHAN_NAME);
                let mut entry = self.entry(&item, content, path.clone(), standing);
                entry.verdict.record_rule = rules::ORPHAN_RECORD;
                entry.origin = vec![(at, SLOT_BYTES as u64)];
                self.out.entry(&entry)?;
            }
        }
        let last_cluster = u32::try_from(last).unwrap_or(0);
        self.visit_all(Pending { path, record, extents, last_cluster, live: false })
    }

    /// A cluster of entries that does not say where its directory starts, and its proven followers.
    fn loose_cluster(&mut self, cluster: u32) -> Vec<ClusterRun> {
        self.seen.insert(cluster);
        let mut out = vec![ClusterRun { first: cluster, count: 1 }];
        let mut last = cluster;
        while let Some(next) = self.orphans.joins.get(&last).copied() {
            if !self.seen.insert(next) {
                break;
            }
            push_cluster(&mut out, next);
            last = next;
        }
        out
    }

    /// The directory as its own `.` entry describes it.
    fn orphan_item(&self, cluster: u32) -> Item {
        let at = self.volume.heap.byte(cluster);
        let bytes = read_vec(&self.volume.source, at, SLOT_BYTES).unwrap_or_default();
        let dot = <[u8; SLOT_BYTES]>::try_from(bytes.as_slice()).ok().map(|slot| ShortEntry::parse(&slot));
        Item {
            name: Vec::new(),
            kind: EntryKind::Directory,
            presence: Presence::Erased,
            main: 0,
            first: 0,
            slots: 1,
            attributes: dot.map_or(0, |d| u32::from(d.attributes)),
            size: 0,
            initialized: 0,
            start: cluster,
            placement: Placement::Chain,
            stamps: dot.map_or_else(Vec::new, |d| d.stamps(at, &mut Vec::new())),
            more: Vec::new(),
        }
    }
}

use super::chain::{ChainEnd, follow, truncate_runs};
use super::directory::{Item, Placement, byte_runs};
use super::heap::ClusterRun;
use super::rules;
use super::table::Width;
use super::volume::Lineage;
use super::walk::Walker;
use crate::Note;
use model::{Code, ContentState, EntryKind, Run};

/// Where an entry's bytes lie, and what is left of them.
#[derive(Clone, Debug)]
pub struct Content {
    /// The clusters it holds or claims.
    pub clusters: Vec<ClusterRun>,
    /// None where nothing can be offered: overwritten, or held by another entry.
    pub runs: Option<Vec<Run>>,
    pub state: ContentState,
    pub rule: &'static str,
    pub more: Vec<(&'static str, String)>,
    pub notes: Vec<Note>,
}

impl Content {
    pub fn new(state: ContentState, rule: &'static str) -> Self {
        Self { clusters: Vec::new(), runs: None, state, rule, more: Vec::new(), notes: Vec::new() }
    }
    fn note(&mut self, code: Code, path: &[u8], expected: impl Into<String>, found: impl Into<String>) {
        self.notes.push(Note::new(code, path, expected, found));
    }
}

/// How a deleted file's clusters are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The table no longer tells: the file is taken to have been contiguous.
    Assumed,
    /// The entry itself says that it is contiguous.
    Stated,
    /// Its chain is still in the table.
    Chain,
}

impl Known {
    /// The rules for: all free, some allocated, all (when assumed: the first) allocated.
    fn rules(self) -> [&'static str; 3] {
        match self {
            Known::Assumed => [rules::ASSUMED_FREE, rules::ASSUMED_PARTLY, rules::ASSUMED_TAKEN],
            Known::Stated => [rules::STATED_FREE, rules::STATED_PARTLY, rules::STATED_TAKEN],
            Known::Chain => [rules::CHAIN_FREE, rules::CHAIN_PARTLY, rules::CHAIN_TAKEN],
        }
    }
}

impl Walker<'_> {
    /// Clusters of a live entry, by its chain or as its entry states.
    pub fn live_content(&mut self, item: &Item, path: &[u8]) -> Content {
        let heap = self.volume.heap;
        let sized = item.kind != EntryKind::Directory || item.size > 0;
        let needed = heap.needed(item.size);
        if sized && needed == 0 {
            return Content::new(ContentState::Intact, rules::NO_CONTENT);
        }
        let mut out = Content::new(ContentState::Intact, rules::LIVE_CHAIN);
        if !heap.contains(item.start) {
            out.state = ContentState::Unknown;
            out.rule = rules::BAD_START;
            out.note(Code::Damaged, path, format!("a start cluster of 2 to {}", heap.last), item.start.to_string());
            return out;
        }
        if item.placement == Placement::Contiguous {
            let there = heap.count().saturating_add(2).saturating_sub(u64::from(item.start));
            let run = ClusterRun { first: item.start, count: needed.min(there) };
            out.rule = rules::LIVE_CONTIGUOUS;
            let free = run.count.saturating_sub(self.volume.allocation.used_in(run));
            if free > 0 {
                out.state = ContentState::Unknown;
                out.rule = rules::LIVE_UNALLOCATED;
                out.note(Code::Damaged, path, "all clusters of a live entry allocated", format!("{free} that are not"));
            }
            out.clusters.push(run);
            self.cover(&mut out, needed, run.count, path);
        } else {
            let limit = if sized { needed.saturating_add(1) } else { heap.needed(self.volume.dialect.max_directory) };
            let mut chain = follow(&mut self.links, &heap, item.start, limit, &mut self.budget);
            let expected = "a chain that ends with an end mark";
            match chain.end {
                ChainEnd::Marked => {}
                ChainEnd::Enough if sized => {
                    out.note(Code::Damaged, path, format!("a chain of {needed} clusters"), "a longer one")
                }
                ChainEnd::Enough => {
                    out.note(Code::LimitReached, path, "a directory within the format's bound", "a longer one; cut")
                }
                ChainEnd::Broken => out.note(Code::Damaged, path, expected, "one that runs into a free, bad or reserved cluster"),
                ChainEnd::Outside(n) => out.note(Code::Damaged, path, expected, format!("one that points to cluster {n}")),
                ChainEnd::Loop => out.note(Code::Loop, path, expected, format!("a loop after {} clusters", chain.clusters)),
                ChainEnd::Budget => {
                    out.note(Code::LimitReached, path, expected, "too many long chains; this one was not followed")
                }
                ChainEnd::Unreadable => out.note(Code::Unreadable, path, expected, "a part of the table that is missing"),
            }
            truncate_runs(&mut chain.runs, if sized { needed } else { u64::MAX });
            out.clusters = chain.runs;
            self.cover(&mut out, if sized { needed } else { 0 }, chain.clusters, path);
        }
        out.runs = Some(byte_runs(&out.clusters, &heap));
        out
    }

    /// Says so when the clusters found do not cover the size.
    fn cover(&self, out: &mut Content, needed: u64, found: u64, path: &[u8]) {
        if found < needed {
            out.state = ContentState::Unknown;
            out.rule = rules::LIVE_SHORT;
            out.note(Code::Truncated, path, format!("{needed} clusters for its size"), format!("{found}"));
        }
    }

    /// What is left of a deleted file, by the allocation of its clusters alone.
    pub fn deleted_content(&mut self, item: &Item) -> Content {
        let heap = self.volume.heap;
        let needed = heap.needed(item.size);
        if needed == 0 {
            return Content::new(ContentState::Intact, rules::NO_CONTENT);
        }
        if !heap.contains(item.start) {
            return Content::new(ContentState::Unknown, rules::BAD_START);
        }
        let (clusters, known) = self.deleted_clusters(item, needed);
        let [all_free, partly, taken] = known.rules();
        let found: u64 = clusters.iter().map(|r| r.count).sum();
        let used: u64 = clusters.iter().map(|r| self.volume.allocation.used_in(*r)).sum();
        let mut out = Content::new(ContentState::Intact, all_free);
        if let Some(record) = clusters.iter().filter(|_| used > 0).find_map(|r| self.holders.overlapping(r)) {
            out.more.push(("clusters now held by record", record.to_string()));
        }
        let start_free = self.volume.allocation.is_free(item.start);
        if !start_free && self.holders.starting_at(item.start).is_some_and(|h| h.starts == Some(item.size)) {
            (out.state, out.rule) = (ContentState::Unknown, rules::MOVED);
            return out;
        }
        let start = ClusterRun { first: item.start, count: 1 };
        if !start_free && self.holders.overlapping(&start).is_none() {
            return self.lost_chain(item, needed);
        }
        if self.volume.table.width == Width::Fat32 && heap.last > 0xFFFF && item.start <= 0xFFFF {
            out.more.push(("start cluster", "its upper 16 bits are 0; some Windows versions clear them on deletion".into()));
        }
        out.clusters = clusters;
        if used == found || (known == Known::Assumed && !start_free) {
            (out.state, out.rule) = (ContentState::Overwritten, taken);
            return out;
        }
        if used > 0 {
            (out.state, out.rule) = (ContentState::PartlyOverwritten, partly);
        } else if found < needed {
            (out.state, out.rule) = (ContentState::Unknown, rules::TOO_LONG);
        } else if out.clusters.iter().any(|r| self.contested.touches(r)) {
            (out.state, out.rule) = (ContentState::Unknown, rules::CONTESTED);
        }
        match self.free_runs(&out.clusters) {
            Some(runs) => out.runs = Some(runs),
            None => (out.state, out.rule) = (ContentState::Unknown, rules::NOT_FOLLOWED),
        }
        out
    }

    /// A deleted entry whose start is allocated, but to no live entry: its chain was never freed.
    fn lost_chain(&mut self, item: &Item, needed: u64) -> Content {
        let heap = self.volume.heap;
        let mut out = Content::new(ContentState::Unknown, rules::LOST);
        let chain = follow(&mut self.links, &heap, item.start, needed.saturating_add(1), &mut self.budget);
        if chain.end == ChainEnd::Marked && chain.clusters == needed {
            out.runs = Some(byte_runs(&chain.runs, &heap));
            out.clusters = chain.runs;
        }
        out
    }

    /// The clusters a deleted entry of `needed` clusters had, cut at the end of the volume.
    fn deleted_clusters(&mut self, item: &Item, needed: u64) -> (Vec<ClusterRun>, Known) {
        let heap = self.volume.heap;
        let there = heap.count().saturating_add(2).saturating_sub(u64::from(item.start));
        let straight = vec![ClusterRun { first: item.start, count: needed.min(there) }];
        match (self.volume.dialect.lineage, item.placement) {
            (_, Placement::Contiguous) => (straight, Known::Stated),
            // On FAT the table is what says that the clusters are free: no chain can be left in it.
            (Lineage::Dots, Placement::Chain) => (straight, Known::Assumed),
            (Lineage::Sets, Placement::Chain) => {
                let chain = follow(&mut self.links, &heap, item.start, needed.saturating_add(1), &mut self.budget);
                if chain.end == ChainEnd::Marked && chain.clusters == needed {
                    (chain.runs, Known::Chain)
                } else {
                    (straight, Known::Assumed)
                }
            }
        }
    }

    /// Runs in bytes with holes where clusters are allocated, so that another file's content is
    /// never offered as this one's. None when the walk's budget is used up.
    fn free_runs(&mut self, clusters: &[ClusterRun]) -> Option<Vec<Run>> {
        let heap = self.volume.heap;
        let mut out = Vec::new();
        for run in clusters {
            for (part, used) in self.volume.allocation.stretches(*run) {
                if !self.budget.spend(part.count.div_ceil(4096)) {
                    return None;
                }
                let length = part.count.saturating_mul(heap.cluster_size);
                out.push(Run { offset: (!used).then(|| heap.byte(part.first)), length });
            }
        }
        Some(out)
    }
}

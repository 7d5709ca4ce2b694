use super::heap::{Budget, ClusterRun, Heap, push_cluster};
use super::table::{Link, Links};

/// Why a chain stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainEnd {
    /// An end-of-chain mark.
    Marked,
    /// As many clusters as the caller asked for.
    Enough,
    /// The last cluster is marked free, bad or reserved.
    Broken,
    /// It points outside the volume.
    Outside(u32),
    Loop,
    /// The walk's budget ran out.
    Budget,
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub runs: Vec<ClusterRun>,
    pub clusters: u64,
    pub end: ChainEnd,
}

/// Follows the chain that starts at `first`, at most `limit` clusters. A chain that comes back to
/// itself is cut before the first repeated cluster.
pub fn follow(links: &mut Links<'_>, heap: &Heap, first: u32, limit: u64, budget: &mut Budget) -> Chain {
    let mut chain = Chain { runs: Vec::new(), clusters: 0, end: ChainEnd::Enough };
    if !heap.contains(first) {
        chain.end = ChainEnd::Outside(first);
        return chain;
    }
    // Brent's cycle detection: `anchor` moves up at every power of two.
    let (mut anchor, mut power, mut since) = (first, 1u64, 0u64);
    let mut at = first;
    while chain.clusters < limit {
        if !budget.spend(1) {
            chain.end = ChainEnd::Budget;
            break;
        }
        push_cluster(&mut chain.runs, at);
        chain.clusters = chain.clusters.saturating_add(1);
        let next = match links.get(at) {
            Link::Next(n) if heap.contains(n) => n,
            Link::Next(n) => {
                chain.end = ChainEnd::Outside(n);
                break;
            }
            Link::End => {
                chain.end = ChainEnd::Marked;
                break;
            }
            Link::Free | Link::Bad | Link::Reserved(_) => {
                chain.end = ChainEnd::Broken;
                break;
            }
            Link::Unreadable => {
                chain.end = ChainEnd::Unreadable;
                break;
            }
        };
        since = since.saturating_add(1);
        if next == anchor {
            chain.end = ChainEnd::Loop;
            cut_loop(&mut chain, links, first, since);
            break;
        }
        if since == power {
            (anchor, power, since) = (next, power.saturating_mul(2), 0);
        }
        at = next;
    }
    chain
}

/// Leaves each cluster of a looping chain once. `period` is the length of the loop.
fn cut_loop(chain: &mut Chain, links: &mut Links<'_>, first: u32, period: u64) {
    let mut step = |c: u32| match links.get(c) {
        Link::Next(n) => n,
        Link::Free | Link::End | Link::Bad | Link::Reserved(_) | Link::Unreadable => c,
    };
    let (mut ahead, mut behind) = (first, first);
    for _ in 0..period {
        ahead = step(ahead);
    }
    let mut lead = 0u64;
    while ahead != behind && lead < chain.clusters {
        ahead = step(ahead);
        behind = step(behind);
        lead = lead.saturating_add(1);
    }
    truncate_runs(&mut chain.runs, lead.saturating_add(period));
    chain.clusters = chain.clusters.min(lead.saturating_add(period));
}

/// Keeps the first `clusters` clusters.
pub fn truncate_runs(runs: &mut Vec<ClusterRun>, clusters: u64) {
    let mut left = clusters;
    for run in runs.iter_mut() {
        run.count = run.count.min(left);
        left = left.saturating_sub(run.count);
    }
    runs.retain(|run| run.count > 0);
}

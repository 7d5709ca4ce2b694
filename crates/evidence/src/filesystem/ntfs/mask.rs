use super::bitmap::ClusterMap;
use model::{Run, Stream};

/// Times that one stream's runs are halved at most; past it what is mixed is masked as a whole.
const MAX_HALVINGS: u32 = 4096;

/// What was masked of a stream.
pub(super) struct Masked {
    pub runs: Vec<Run>,
    /// Free clusters were masked along with those in use.
    pub coarse: bool,
}

/// Turns the clusters of a deleted stream that are in use again into holes, so that what others
/// wrote there is never shown as its content. A compressed stream is masked as a whole: its units
/// can not be read in part.
pub(super) fn mask(stream: &mut Stream, map: &ClusterMap, cluster_size: u64) -> Masked {
    let mut masked = Vec::new();
    let mut halvings = MAX_HALVINGS;
    let mut out: Vec<Run> = Vec::new();
    for run in std::mem::take(&mut stream.runs) {
        let Some(offset) = run.offset else {
            out.push(run);
            continue;
        };
        let first = offset.checked_div(cluster_size).unwrap_or(u64::MAX);
        let clusters = run.length.checked_div(cluster_size).unwrap_or(0);
        for (from, count, used) in pieces(map, first, clusters, &mut halvings) {
            let piece = Run { offset: Some(from.saturating_mul(cluster_size)), length: count.saturating_mul(cluster_size) };
            if used || stream.flags.compressed {
                masked.push(piece);
                out.push(Run { offset: None, length: piece.length });
            } else {
                out.push(piece);
            }
        }
    }
    out.dedup_by(|next, last| {
        let joined = next.offset.is_none() && last.offset.is_none();
        if joined {
            last.length = last.length.saturating_add(next.length);
        }
        joined
    });
    stream.runs = out;
    Masked { runs: masked, coarse: halvings == 0 || stream.flags.compressed }
}

/// Stretches of clusters that are all free or all in use: (first, count, in use). Halves what is
/// mixed, so that the work follows the number of stretches and not that of clusters.
fn pieces(map: &ClusterMap, first: u64, count: u64, halvings: &mut u32) -> Vec<(u64, u64, bool)> {
    let mut out: Vec<(u64, u64, bool)> = Vec::new();
    let mut left = vec![(first, count)];
    while let Some((at, n)) = left.pop() {
        let used = match map.used(at, n) {
            Some(0) => false,
            Some(used) if used < n && *halvings > 0 => {
                *halvings = halvings.saturating_sub(1);
                let half = n / 2;
                left.push((at.saturating_add(half), n.saturating_sub(half)));
                left.push((at, half));
                continue;
            }
            // In use, or not covered by $Bitmap, or halved too often.
            _ => true,
        };
        match out.last_mut() {
            Some(last) if last.2 == used => last.1 = last.1.saturating_add(n),
            _ if n > 0 => out.push((at, n, used)),
            _ => {}
        }
    }
    out
}

/// Runs as text: offset and length in bytes, a bounded number of them.
pub(super) fn listed(runs: &[Run]) -> String {
    const LISTED: usize = 256;
    let one = |r: &Run| format!("{}+{}", r.offset.unwrap_or(0), r.length);
    let mut text = runs.iter().take(LISTED).map(one).collect::<Vec<_>>().join(",");
    if runs.len() > LISTED {
        text.push_str(&format!(" and {} more", runs.len().saturating_sub(LISTED)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MemorySource;
    use std::sync::Arc;

    #[test]
    fn clusters_in_use_become_holes() {
        let source: model::SharedSource = Arc::new(MemorySource(vec![0b0011_0000, 0b0000_0001]));
        let map = ClusterMap::read(&source, 16).unwrap();
        let mut halvings = 100;
        assert_eq!(pieces(&map, 2, 8, &mut halvings), [(2, 2, false), (4, 2, true), (6, 2, false), (8, 1, true), (9, 1, false)]);
        let run = |offset: Option<u64>, length| Run { offset, length };
        let mut stream = Stream { runs: vec![run(Some(8), 8), run(None, 4), run(Some(32), 4)], ..Stream::default() };
        let masked = mask(&mut stream, &map, 4);
        assert_eq!((masked.runs, masked.coarse), (vec![run(Some(32), 4)], false));
        assert_eq!(stream.runs, [run(Some(8), 8), run(None, 8)]);
        let mut packed = Stream { runs: vec![run(Some(8), 16)], ..Stream::default() };
        packed.flags.compressed = true;
        assert!(mask(&mut packed, &map, 4).coarse);
        assert_eq!(packed.runs, [run(None, 16)]);
    }
}

use super::bitmap::ClusterMap;
use super::claims::Claims;
use super::collect::{Collected, Found};
use super::record::kind;
use model::ContentState::{self, Intact, Overwritten, PartlyOverwritten, Unknown};

/// The rules that decide the state of content, as shown beside each verdict.
pub(super) mod rule {
    pub const IN_USE: &str = "the record is in use";
    pub const LIVE_BROKEN: &str = "the record is in use, but part of its run list is damaged or missing";
    pub const RESIDENT: &str = "the content lies in the record itself, which is free and not reused";
    pub const EMPTY: &str = "the record says the stream is empty";
    pub const HOLES: &str = "the stream maps no clusters: it is all holes";
    pub const FREE: &str = "all its clusters are free in $Bitmap and no other deleted record claims them";
    pub const CONTESTED: &str = "its clusters are free in $Bitmap, but another deleted record claims some of them too";
    pub const CLAIMS_CUT: &str =
        "its clusters are free in $Bitmap, but too many deleted records were found to compare their claims";
    pub const SOME_USED: &str = "some of its clusters are in use in $Bitmap; they read as holes";
    pub const ALL_USED: &str = "all its clusters are in use in $Bitmap; they read as holes";
    pub const STREAMS_DIFFER: &str = "its streams differ: some of their clusters are in use in $Bitmap; they read as holes";
    pub const BROKEN: &str = "part of its run list is damaged or missing";
    pub const NO_RUNS: &str = "the record tells a size but maps no clusters";
    pub const NO_BITMAP: &str = "$Bitmap does not cover all its clusters";
    pub const NO_DATA: &str = "the record holds no $DATA";
    pub const FOLDER: &str = "a deleted folder's names are judged one by one";
}

/// Judges streams of deleted records by $Bitmap and by each other's claims.
pub(super) struct Judge<'a> {
    pub clusters: Option<&'a ClusterMap>,
    pub claims: &'a Claims,
    pub cluster_size: u64,
}

impl Judge<'_> {
    /// State of the record's content: that of its streams where they agree.
    pub fn content(&self, record: &Collected) -> (ContentState, &'static str) {
        let mut streams = record.streams.iter().filter(|s| s.kind == kind::DATA).peekable();
        if record.header.in_use {
            return if streams.any(|s| s.broken) { (Unknown, rule::LIVE_BROKEN) } else { (Intact, rule::IN_USE) };
        }
        if streams.peek().is_none() {
            return (Unknown, if record.header.directory { rule::FOLDER } else { rule::NO_DATA });
        }
        let contested = u32::try_from(record.number).is_ok_and(|n| self.claims.is_contested(n));
        let mut whole: Option<(ContentState, &'static str)> = None;
        for found in streams {
            let state = self.stream(found, contested);
            whole = Some(match whole {
                None => state,
                Some(before) => worse(before, state),
            });
        }
        whole.unwrap_or((Unknown, rule::NO_DATA))
    }

    /// State of one stream of a free record.
    pub fn stream(&self, found: &Found, contested: bool) -> (ContentState, &'static str) {
        if found.stream.flags.resident {
            return (Intact, rule::RESIDENT);
        }
        if found.broken {
            return (Unknown, rule::BROKEN);
        }
        let (mut used, mut all, mut uncovered) = (0u64, 0u64, false);
        for run in &found.stream.runs {
            let Some(offset) = run.offset else { continue };
            let clusters = run.length.checked_div(self.cluster_size).unwrap_or(0);
            let first = offset.checked_div(self.cluster_size).unwrap_or(u64::MAX);
            all = all.saturating_add(clusters);
            match self.clusters.and_then(|map| map.used(first, clusters)) {
                Some(n) => used = used.saturating_add(n),
                None => uncovered = true,
            }
        }
        match (used, all) {
            (0, 0) if found.stream.size == 0 => (Intact, rule::EMPTY),
            (0, 0) if found.stream.runs.is_empty() => (Unknown, rule::NO_RUNS),
            (0, 0) => (Intact, rule::HOLES),
            (0, _) if uncovered => (Unknown, rule::NO_BITMAP),
            (0, _) if contested => (Unknown, rule::CONTESTED),
            (0, _) if self.claims.incomplete() => (Unknown, rule::CLAIMS_CUT),
            (0, _) => (Intact, rule::FREE),
            (n, m) if n >= m => (Overwritten, rule::ALL_USED),
            _ => (PartlyOverwritten, rule::SOME_USED),
        }
    }

    /// Clusters of a stream in use that $Bitmap calls free.
    pub fn unmarked(&self, found: &Found) -> u64 {
        let Some(map) = self.clusters else { return 0 };
        let mut free = 0u64;
        for run in &found.stream.runs {
            let Some(offset) = run.offset else { continue };
            let clusters = run.length.checked_div(self.cluster_size).unwrap_or(0);
            let first = offset.checked_div(self.cluster_size).unwrap_or(u64::MAX);
            if let Some(used) = map.used(first, clusters) {
                free = free.saturating_add(clusters.saturating_sub(used));
            }
        }
        free
    }
}

/// Both streams' states as one: only what holds for both is called intact or overwritten.
fn worse(a: (ContentState, &'static str), b: (ContentState, &'static str)) -> (ContentState, &'static str) {
    match (a.0, b.0) {
        (x, y) if x == y => a,
        (Intact, Unknown) => b,
        (Unknown, Intact) => a,
        _ => (PartlyOverwritten, rule::STREAMS_DIFFER),
    }
}

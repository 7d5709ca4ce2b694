use model::Run;

/// The runs of a stream, found by the offset in the stream.
#[derive(Clone, Debug)]
pub(super) struct RunMap {
    /// (offset in the stream, run), sorted.
    runs: Vec<(u64, Run)>,
    /// Bytes that the runs map, holes included.
    end: u64,
}

impl RunMap {
    pub fn new(runs: &[Run]) -> Self {
        let mut end = 0u64;
        let runs = runs
            .iter()
            .map(|run| {
                let start = end;
                end = end.saturating_add(run.length);
                (start, *run)
            })
            .collect();
        Self { runs, end }
    }

    pub fn all(&self) -> &[(u64, Run)] {
        &self.runs
    }
    pub fn end(&self) -> u64 {
        self.end
    }

    fn index(&self, offset: u64) -> usize {
        self.runs.partition_point(|(start, _)| *start <= offset).saturating_sub(1)
    }

    /// The run at `offset`: its place there (None in a hole) and how many bytes of it follow; None past
    /// the last run.
    pub fn at(&self, offset: u64) -> Option<(Option<u64>, u64)> {
        let (start, run) = self.runs.get(self.index(offset))?;
        let within = offset.checked_sub(*start)?;
        let left = run.length.checked_sub(within).filter(|n| *n > 0)?;
        Some((run.offset.and_then(|o| o.checked_add(within)), left))
    }

    /// Bytes from `offset` up to the next hole, at most `most`; 0 in a hole.
    pub fn mapped_from(&self, offset: u64, most: u64) -> u64 {
        let mut found = 0u64;
        while found < most
            && let Some((Some(_), left)) = self.at(offset.saturating_add(found))
        {
            found = found.saturating_add(left);
        }
        found.min(most)
    }

    /// The first offset at or after `offset` that is not in a hole; None where only holes follow.
    pub fn data_from(&self, offset: u64) -> Option<u64> {
        let from = self.runs.get(self.index(offset)..)?;
        let mapped = from.iter().find(|(start, run)| run.offset.is_some() && start.saturating_add(run.length) > offset);
        mapped.map(|(start, _)| offset.max(*start))
    }
}

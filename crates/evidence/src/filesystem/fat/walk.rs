use super::chain::truncate_runs;
use super::claims::{Claims, Contested, DIRECTORY, Holders, Identity};
use super::cluster_set::ClusterSet;
use super::content::Content;
use super::directory::{Directory, Item, Parsed, Placement, Presence, byte_runs};
use super::heap::{Budget, ClusterRun, ROOT_RECORD};
use super::orphans::Orphans;
use super::rules;
use super::table::Links;
use super::volume::{ClusterVolume, Root};
use super::yielded::Standing;
use crate::Note;
use crate::filesystem::Walk;
use model::{Code, ContentState, EntryKind, Run, StampKind, Stop};

/// Bytes of the longest path the walk builds; what lies deeper is counted, not walked.
const MAX_PATH: usize = 32 * 1024;

/// A walk passes over the directories three times, so that no state has to be guessed: what live
/// entries hold is known before anything deleted is judged, and so is what all deleted ones claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Yields live entries and notes the clusters they hold.
    Live,
    /// Notes the clusters that deleted entries claim.
    Claims,
    /// Yields deleted entries.
    Deleted,
}

/// A directory to visit.
#[derive(Clone, Debug)]
pub struct Pending {
    pub path: Vec<u8>,
    pub record: Option<u64>,
    /// (offset, length) in the volume.
    pub extents: Vec<(u64, u64)>,
    pub last_cluster: u32,
    pub live: bool,
}

pub struct Walker<'a> {
    pub volume: &'a ClusterVolume,
    pub out: &'a mut dyn Walk,
    pub links: Links<'a>,
    pub budget: Budget,
    pub phase: Phase,
    /// Clusters read as part of a directory in this phase.
    pub seen: ClusterSet,
    pub holders: Holders,
    pub claims: Claims,
    pub contested: Contested,
    pub orphans: Orphans,
    stack: Vec<Pending>,
}

impl<'a> Walker<'a> {
    pub fn new(volume: &'a ClusterVolume, out: &'a mut dyn Walk) -> Self {
        Self {
            volume,
            out,
            links: Links::new(&volume.source, volume.table),
            budget: Budget::of(&volume.heap),
            phase: Phase::Live,
            seen: ClusterSet::default(),
            holders: Holders::default(),
            claims: Claims::default(),
            contested: Contested::default(),
            orphans: Orphans::default(),
            stack: Vec::new(),
        }
    }

    pub fn run(mut self) -> Result<(), Stop> {
        for note in &self.volume.notes {
            self.out.note(note.clone())?;
        }
        self.tree()?;
        self.areas()?;
        self.lost_clusters()?;
        self.find_orphans()?;
        self.begin(Phase::Claims);
        self.tree()?;
        self.visit_orphans()?;
        self.contested = std::mem::take(&mut self.claims).contested();
        self.begin(Phase::Deleted);
        self.tree()?;
        self.visit_orphans()
    }

    /// Clusters in use that no live entry holds: the rest of a damaged tree, or marked as bad.
    fn lost_clusters(&mut self) -> Result<(), Stop> {
        let lost = self.volume.allocation.used().saturating_sub(self.holders.clusters);
        if lost == 0 {
            return Ok(());
        }
        let mut note = Note::new(Code::Gap, "", "a live entry for every allocated cluster", "allocated clusters that none holds");
        note.count = lost;
        self.out.note(note)
    }

    fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        self.seen = ClusterSet::default();
        self.budget = Budget::of(&self.volume.heap);
    }

    /// Visits the root directory and all below it, each directory's entries before its first
    /// subdirectory's.
    fn tree(&mut self) -> Result<(), Stop> {
        let root = self.root()?;
        self.visit_all(root)
    }

    pub fn visit_all(&mut self, first: Pending) -> Result<(), Stop> {
        self.stack.push(first);
        while let Some(dir) = self.stack.pop() {
            self.visit(dir)?;
        }
        Ok(())
    }

    fn root(&mut self) -> Result<Pending, Stop> {
        let item = self.root_item();
        let mut content = Content::new(ContentState::Intact, rules::FIXED_ROOT);
        let (extents, last_cluster) = match self.volume.root {
            Root::Fixed(offset, length) => {
                content.runs = Some(vec![Run { offset: Some(offset), length }]);
                (vec![(offset, length)], 0)
            }
            Root::Cluster(_) => {
                content = self.live_content(&item, b"");
                self.hold(&item, &mut content, ROOT_RECORD, b"");
                self.claim_directory(&mut content, b"");
                directory_place(&content, self.volume)
            }
        };
        if self.phase == Phase::Live {
            self.notes(&mut content.notes)?;
            let standing = Standing::live(ROOT_RECORD, None);
            let mut entry = self.entry(&item, content, Vec::new(), standing);
            entry.origin = vec![self.volume.root_origin];
            self.out.entry(&entry)?;
        }
        Ok(Pending { path: Vec::new(), record: Some(ROOT_RECORD), extents, last_cluster, live: true })
    }

    pub fn root_item(&self) -> Item {
        Item {
            name: Vec::new(),
            kind: EntryKind::Directory,
            presence: Presence::Live,
            main: 0,
            first: 0,
            slots: 0,
            attributes: 0x10,
            size: 0,
            initialized: 0,
            start: match self.volume.root {
                Root::Fixed(..) => 0,
                Root::Cluster(c) => c,
            },
            placement: Placement::Chain,
            stamps: Vec::new(),
            more: Vec::new(),
        }
    }

    fn visit(&mut self, dir: Pending) -> Result<(), Stop> {
        let directory = match Directory::read(&self.volume.source, &dir.extents) {
            Ok(d) => d,
            Err(e) => {
                if self.speaks_of(dir.live) {
                    let (at, length) = dir.extents.first().copied().unwrap_or_default();
                    let note = Note::new(Code::Unreadable, dir.path, "the directory's bytes", e.to_string()).at(at, length);
                    self.out.note(note)?;
                }
                return Ok(());
            }
        };
        let Parsed { items, mut notes, open_set } = (self.volume.dialect.parse)(&directory, &dir.path, &self.volume.heap);
        if self.speaks_of(dir.live) {
            self.notes(&mut notes)?;
        }
        if let Some(slot) = open_set.filter(|_| self.phase == Phase::Live && !dir.live) {
            self.orphans.open_end(dir.last_cluster, &directory, slot);
        }
        let mut children = Vec::new();
        for item in &items {
            children.extend(self.visit_item(item, &dir, &directory)?);
        }
        self.stack.extend(children.into_iter().rev());
        Ok(())
    }

    /// Yields or notes one entry; returns the directory to visit when it is one.
    fn visit_item(&mut self, item: &Item, dir: &Pending, directory: &Directory) -> Result<Option<Pending>, Stop> {
        let live = dir.live && item.presence == Presence::Live;
        let is_directory = item.kind == EntryKind::Directory;
        // A file's clusters matter in the phase that speaks of it; of a deleted one also its claims.
        let wanted = is_directory || (live == (self.phase == Phase::Live));
        if !wanted {
            return Ok(None);
        }
        let record = self.volume.heap.record(directory.offset(item.main));
        let mut path = dir.path.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(&item.name);
        let mut content = match (item.kind, live) {
            (EntryKind::VolumeLabel, _) => Content::new(ContentState::Intact, rules::LABEL),
            (EntryKind::Directory, false) => self.deleted_directory(item),
            (_, true) => self.live_content(item, &path),
            (_, false) => self.deleted_content(item),
        };
        if live {
            self.hold(item, &mut content, record, &path);
            if is_directory {
                self.claim_directory(&mut content, &path);
            }
        } else if self.phase == Phase::Claims {
            let created = item.stamps.iter().find(|s| s.kind == StampKind::Created).map_or(0, |s| s.raw);
            for run in &content.clusters {
                self.claims.add(*run, Identity { start: item.start, size: item.size, created });
            }
        }
        let child = self.child(item, &content, &path, record, live);
        if self.speaks_of(live) {
            if is_directory && child.is_none() && path.len() > MAX_PATH {
                let found = format!("a path of {} bytes", path.len());
                content.notes.push(Note::new(Code::LimitReached, dir.path.as_slice(), "paths of 32 KiB at most", found));
            }
            self.notes(&mut content.notes)?;
            let standing = match live {
                true => Standing::live(record, dir.record),
                false => Standing::deleted(record, dir.record, self.name_rule(item, dir)),
            };
            let mut entry = self.entry(item, content, path, standing);
            entry.origin = directory.origin(item.first, item.slots);
            self.out.entry(&entry)?;
        }
        Ok(child)
    }

    fn child(&self, item: &Item, content: &Content, path: &[u8], record: u64, live: bool) -> Option<Pending> {
        if item.kind != EntryKind::Directory || content.clusters.is_empty() || path.len() > MAX_PATH {
            return None;
        }
        let (extents, last_cluster) = directory_place(content, self.volume);
        Some(Pending { path: path.to_vec(), record: Some(record), extents, last_cluster, live })
    }

    /// Whether this phase yields entries of this kind.
    pub fn speaks_of(&self, live: bool) -> bool {
        match self.phase {
            Phase::Live => live,
            Phase::Claims => false,
            Phase::Deleted => !live,
        }
    }

    fn notes(&mut self, notes: &mut Vec<Note>) -> Result<(), Stop> {
        notes.drain(..).try_for_each(|note| self.out.note(note))
    }

    /// Notes what a live entry holds, once; entries that share clusters are told apart.
    fn hold(&mut self, item: &Item, content: &mut Content, record: u64, path: &[u8]) {
        if self.phase != Phase::Live {
            return;
        }
        let mut starts = Some(if item.kind == EntryKind::Directory { DIRECTORY } else { item.size });
        for run in content.clusters.clone() {
            if let Some(other) = self.holders.add(run, record, starts.take()) {
                (content.state, content.rule) = (ContentState::Unknown, rules::LIVE_SHARED);
                let length = run.count.saturating_mul(self.volume.heap.cluster_size);
                let note = Note::new(Code::Overlap, path, "clusters of its own", format!("some that record {other} holds"));
                content.notes.push(note.at(self.volume.heap.byte(run.first), length));
            }
        }
    }

    /// A cluster is read as part of one directory only: a second one ends there.
    fn claim_directory(&mut self, content: &mut Content, path: &[u8]) {
        let mut kept = 0u64;
        let limit = self.volume.heap.needed(self.volume.dialect.max_directory);
        for run in &content.clusters {
            for cluster in u64::from(run.first)..run.end() {
                let fresh = u32::try_from(cluster).is_ok_and(|c| self.seen.insert(c));
                if !fresh || kept >= limit {
                    let at = u32::try_from(cluster).unwrap_or(0);
                    let (code, found) = match fresh {
                        true => (Code::LimitReached, "a longer one; cut".to_string()),
                        false => (Code::Loop, format!("cluster {at}, read before as part of a directory; cut")),
                    };
                    let note = Note::new(code, path, "a directory of its own clusters, within the format's bound", found);
                    content.notes.push(note.at(self.volume.heap.byte(at), self.volume.heap.cluster_size));
                    truncate_runs(&mut content.clusters, kept);
                    content.runs = Some(byte_runs(&content.clusters, &self.volume.heap));
                    return;
                }
                kept = kept.saturating_add(1);
            }
        }
    }

    fn name_rule(&self, item: &Item, dir: &Pending) -> &'static str {
        match (item.presence, dir.live) {
            (Presence::Live, true) => rules::LIVE_NAME,
            (Presence::Live, false) => rules::IN_DELETED,
            (Presence::Erased, _) => self.volume.dialect.erased_name,
            (Presence::PastEnd, _) => rules::PAST_END,
        }
    }
}

/// Extents of a directory's clusters, and the number of the last one.
fn directory_place(content: &Content, volume: &ClusterVolume) -> (Vec<(u64, u64)>, u32) {
    let last = content.clusters.last().map_or(0, |r: &ClusterRun| r.end().saturating_sub(1));
    (Directory::extents_of(&content.clusters, &volume.heap), u32::try_from(last).unwrap_or(0))
}

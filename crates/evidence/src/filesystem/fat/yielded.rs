use super::content::Content;
use super::directory::Item;
use super::heap::ROOT_RECORD;
use super::rules;
use super::walk::Walker;
use model::{ContentState, EntryKind, FileEntry, NameState, Owner, RecordState, Run, Stop, Stream, StreamFlags, Verdict};

/// An entry's number and place, and whether its name and slot are in use.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub record: u64,
    pub parent: Option<u64>,
    name: NameState,
    name_rule: &'static str,
}

impl Standing {
    pub fn live(record: u64, parent: Option<u64>) -> Self {
        Self { record, parent, name: NameState::Allocated, name_rule: rules::LIVE_NAME }
    }
    pub fn deleted(record: u64, parent: Option<u64>, name_rule: &'static str) -> Self {
        Self { record, parent, name: NameState::Deleted, name_rule }
    }
    fn verdict(&self, content: &Content) -> Verdict {
        let (record, record_rule) = match self.name {
            NameState::Allocated => (RecordState::Allocated, rules::LIVE_RECORD),
            NameState::Deleted | NameState::Trashed => (RecordState::Free, rules::FREE_RECORD),
        };
        let Self { name, name_rule, .. } = *self;
        Verdict { name, name_rule, record, record_rule, content: content.state, content_rule: content.rule }
    }
}

impl Walker<'_> {
    /// The entry as it is yielded, but for its origin.
    pub fn entry(&self, item: &Item, content: Content, path: Vec<u8>, standing: Standing) -> FileEntry {
        let verdict = standing.verdict(&content);
        let (mut size, mut initialized) = (item.size, item.initialized);
        if item.kind == EntryKind::Directory && size == 0 {
            // FAT records no size for a directory: it is as long as its clusters.
            size = content.runs.iter().flatten().map(|r| r.length).sum();
            initialized = size;
        }
        let mut streams = Vec::new();
        if let Some(runs) = content.runs {
            let sparse = runs.iter().any(|r| r.offset.is_none());
            let flags = StreamFlags { sparse, ..StreamFlags::default() };
            streams.push(Stream { name: Vec::new(), size, initialized, flags, runs });
        } else if size == 0 && item.kind == EntryKind::File {
            streams.push(Stream::default());
        }
        FileEntry {
            record: Some(standing.record),
            sequence: None,
            parent: standing.parent,
            parent_sequence: None,
            path,
            kind: item.kind,
            verdict,
            size,
            stamps: item.stamps.clone(),
            attributes: item.attributes,
            owner: Owner::default(),
            links: 1,
            target: None,
            streams,
            origin: Vec::new(),
            from_journal: false,
            more: item.more.iter().cloned().chain(content.more).collect(),
        }
    }

    /// `$MBR`, `$FAT1`, ...: the areas before the clusters, numbered as The Sleuth Kit does.
    pub fn areas(&mut self) -> Result<(), Stop> {
        let mut record = self.volume.heap.virtual_record();
        for area in &self.volume.areas {
            let mut item = self.root_item();
            (item.kind, item.attributes) = (EntryKind::System, 0);
            (item.size, item.initialized) = (area.length, area.length);
            let mut content = Content::new(ContentState::Intact, rules::AREA);
            content.runs = Some(vec![Run { offset: Some(area.offset), length: area.length }]);
            let path = area.name.clone().into_bytes();
            let mut entry = self.entry(&item, content, path, Standing::live(record, Some(ROOT_RECORD)));
            entry.verdict.name_rule = rules::SYSTEM_NAME;
            entry.verdict.record_rule = rules::SYSTEM_NAME;
            entry.origin = vec![(area.offset, area.length)];
            self.out.entry(&entry)?;
            record = record.saturating_add(1);
        }
        Ok(())
    }
}

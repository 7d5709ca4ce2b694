use super::entry::Maker;
use super::extensions::same_file;
use super::file_name::{Namespace, TIMES_AT};
use super::index::{ENTRY_HEAD, Stale, cut};
use super::paths::{FIRST_OF_USERS, ROOT};
use super::stale::Left;
use super::table::Table;
use model::{ContentState, EntryKind, FileEntry, Moment, NameState, Owner, RecordState, Stamp, StampKind, Verdict};

/// The flag of a $FILE_NAME that means a folder.
const FOLDER_FLAG: u32 = 0x1000_0000;

impl Maker<'_> {
    /// The entry of a name that is left in a folder's index only.
    pub fn stale(&mut self, table: &Table, left: Left) -> FileEntry {
        let Left { stale, copies, short_name } = left;
        let (record, record_rule) = record_state(table, &stale);
        let (name, name_rule) = match stale.listed {
            true => (NameState::Allocated, "the folder's index lists the name, but its record does not confirm it"),
            false => (NameState::Deleted, "the name is in the slack of a folder's index and in no record"),
        };
        let prefix = self.paths.prefix(stale.parent, false);
        let mut path = prefix.path.clone();
        path.extend_from_slice(&stale.name);
        let system = prefix.system || stale.file.is_some_and(|f| f.record < FIRST_OF_USERS && f.record != ROOT);
        let kind = match (system, stale.flags & FOLDER_FLAG != 0) {
            (true, _) => EntryKind::System,
            (false, true) => EntryKind::Directory,
            (false, false) => EntryKind::File,
        };
        let mut more = vec![("found_in", "folder index".to_owned())];
        if copies > 1 {
            more.push(("copies", copies.to_string()));
        }
        if let Some(short) = short_name {
            more.push(("short_name", String::from_utf8_lossy(&short).into_owned()));
        }
        if stale.namespace == Namespace::Dos {
            more.push(("namespace", "DOS".into()));
        }
        FileEntry {
            record: stale.file.map(|f| f.record),
            sequence: stale.file.map(|f| u32::from(f.sequence)),
            parent: Some(stale.parent.record),
            parent_sequence: Some(u32::from(stale.parent.sequence)),
            path,
            kind,
            verdict: Verdict {
                name,
                name_rule,
                record,
                record_rule,
                content: ContentState::Unknown,
                content_rule: "only the name survives here; the index tells no clusters",
            },
            size: stale.size,
            stamps: stamps(&stale),
            attributes: stale.flags & !FOLDER_FLAG,
            owner: Owner::default(),
            links: 0,
            target: None,
            streams: Vec::new(),
            origin: stale.origin,
            from_journal: false,
            more,
        }
    }
}

fn record_state(table: &Table, stale: &Stale) -> (RecordState, &'static str) {
    let Some(file) = stale.file else {
        return (RecordState::Unknown, "the part of the index entry that names the record is overwritten");
    };
    match table.get(file.record) {
        None => (RecordState::Unknown, "the record it points to can not be read"),
        Some(e) if !same_file(file.sequence, e.sequence(), e.in_use()) => {
            (RecordState::Reused, "the record it points to has another sequence number: it was reused")
        }
        Some(e) if e.in_use() => {
            (RecordState::Allocated, "the record it points to still holds the same file, under another name or in another folder")
        }
        Some(_) => (RecordState::Free, "the record it points to is free and held the same file under another name"),
    }
}

/// The times of the index's copy of $FILE_NAME.
fn stamps(stale: &Stale) -> Vec<Stamp> {
    let head = if stale.file.is_some() { ENTRY_HEAD } else { 0 };
    let order =
        [(1, StampKind::NameModified), (3, StampKind::NameAccessed), (2, StampKind::NameChanged), (0, StampKind::NameCreated)];
    let stamp = |(index, kind): (usize, StampKind)| {
        let raw = stale.times.get(index).copied()?;
        let at = head.saturating_add(TIMES_AT).saturating_add(index.saturating_mul(8));
        let (offset, _) = cut(&stale.origin, at as u64, 8).first().copied()?;
        Some(Stamp { kind, moment: Moment::from_filetime(raw)?, raw, offset, length: 8 })
    };
    order.into_iter().filter_map(stamp).collect()
}

use super::entry::Maker;
use super::file_name::{Namespace, TIMES_AT};
use super::index::{ENTRY_HEAD, Stale, cut};
use super::record::Reference;
use super::table::Table;
use model::{ContentState, EntryKind, FileEntry, Moment, NameState, Owner, RecordState, Stamp, StampKind, Verdict};

/// Names out of indexes, in the order of the records they point to; those that a record still
/// bears are struck out as the walk passes it.
pub(super) struct StaleNames {
    names: Vec<Stale>,
    known: Vec<bool>,
    next: usize,
}

const FOLDER_FLAG: u32 = 0x1000_0000;

impl StaleNames {
    pub fn new(mut names: Vec<Stale>) -> Self {
        names.sort_by(|a, b| order(a).cmp(&order(b)));
        let known = vec![false; names.len()];
        Self { names, known, next: 0 }
    }

    /// Strikes out the names that `record` bears; records come in rising order.
    pub fn strike<'n>(&mut self, record: Reference, in_use: bool, names: impl Iterator<Item = (Reference, &'n [u8])> + Clone) {
        while self.names.get(self.next).is_some_and(|s| s.file.record < record.record) {
            self.next = self.next.saturating_add(1);
        }
        let mut at = self.next;
        while let Some(stale) = self.names.get(at).filter(|s| s.file.record == record.record) {
            if names.clone().any(|(parent, name)| stale.is(parent, name, record.sequence, in_use))
                && let Some(known) = self.known.get_mut(at)
            {
                *known = true;
            }
            at = at.saturating_add(1);
        }
    }

    /// What no record bears any more: each name once, with the number of its copies.
    pub fn rest(self) -> impl Iterator<Item = (Stale, usize, Option<Vec<u8>>)> {
        let mut left: Vec<Stale> =
            self.names.into_iter().zip(self.known).filter(|(_, known)| !known).map(|(stale, _)| stale).collect();
        let mut out: Vec<(Stale, usize, Option<Vec<u8>>)> = Vec::new();
        for stale in left.drain(..) {
            let same = |s: &Stale| s.file == stale.file && s.parent == stale.parent;
            match out.last_mut() {
                Some((last, copies, _)) if same(last) && last.name == stale.name => *copies = copies.saturating_add(1),
                // Sorted: the long names of a file in a folder come before its short ones.
                Some((last, _, short))
                    if same(last) && stale.namespace == Namespace::Dos && last.namespace == Namespace::Win32 =>
                {
                    *short = Some(stale.name);
                }
                _ => out.push((stale, 1, None)),
            }
        }
        out.into_iter()
    }
}

type Order<'a> = (u64, u16, u64, u16, bool, &'a [u8], bool, Option<&'a (u64, u64)>);

fn order(s: &Stale) -> Order<'_> {
    let (f, p) = (s.file, s.parent);
    (f.record, f.sequence, p.record, p.sequence, s.namespace == Namespace::Dos, &s.name, !s.listed, s.origin.first())
}

impl Maker<'_> {
    pub fn stale(&mut self, table: &Table, stale: Stale, copies: usize, short: Option<Vec<u8>>) -> FileEntry {
        let (record, record_rule) = match table.get(stale.file.record) {
            None => (RecordState::Unknown, "the record it points to can not be read"),
            Some(e) if e.in_use() && e.sequence() == stale.file.sequence => (
                RecordState::Allocated,
                "the record it points to still holds the same file, under another name or in another folder",
            ),
            Some(e) if super::extensions::same_file(stale.file.sequence, e.sequence(), e.in_use()) => {
                (RecordState::Free, "the record it points to is free and held the same file under another name")
            }
            Some(_) => (RecordState::Reused, "the record it points to has another sequence number: it was reused"),
        };
        let (name, name_rule) = match stale.listed {
            true => (NameState::Allocated, "the folder's index lists the name, but its record does not confirm it"),
            false => (NameState::Deleted, "the name is in the slack of a folder's index and in no record"),
        };
        let prefix = self.paths.prefix(stale.parent, false);
        let mut path = prefix.path.clone();
        path.extend_from_slice(&stale.name);
        let kind = match (prefix.system, stale.flags & FOLDER_FLAG != 0) {
            (true, _) => EntryKind::System,
            (false, true) => EntryKind::Directory,
            (false, false) => EntryKind::File,
        };
        let kinds = [StampKind::NameModified, StampKind::NameAccessed, StampKind::NameChanged, StampKind::NameCreated];
        let stamps = kinds.into_iter().zip([1usize, 3, 2, 0]).filter_map(|(kind, index)| {
            let raw = stale.times.get(index).copied()?;
            let at = ENTRY_HEAD.saturating_add(TIMES_AT).saturating_add(index.saturating_mul(8));
            let (offset, _) = cut(&stale.origin, at as u64, 8).first().copied()?;
            Some(Stamp { kind, moment: Moment::from_filetime(raw)?, raw, offset, length: 8 })
        });
        let mut more = vec![("found_in", "folder index".to_owned())];
        if copies > 1 {
            more.push(("copies", copies.to_string()));
        }
        if let Some(short) = short {
            more.push(("short_name", String::from_utf8_lossy(&short).into_owned()));
        }
        if stale.namespace == Namespace::Dos {
            more.push(("namespace", "DOS".into()));
        }
        FileEntry {
            record: Some(stale.file.record),
            sequence: Some(u32::from(stale.file.sequence)),
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
            stamps: stamps.collect(),
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

use super::collect::{Collected, Name};
use super::file_name::{Namespace, TIMES_AT};
use super::mask::{self, Masked};
use super::mft::Mft;
use super::paths::{Chain, FIRST_OF_USERS, Paths, ROOT};
use super::record::kind;
use super::reparse::{self, Reparse};
use super::security::{Owners, owner};
use super::verdict::{Judge, rule};
use model::{
    ContentState, EntryKind, FileEntry, Moment, NameState, Owner, RecordState, Run, Stamp, StampKind, Stop, Stream, Verdict,
};

/// $STANDARD_INFORMATION and $FILE_NAME hold created, modified, changed, accessed; entries tell
/// them as modified, accessed, changed, created.
const FILE_STAMPS: [(usize, StampKind); 4] =
    [(1, StampKind::Modified), (3, StampKind::Accessed), (2, StampKind::Changed), (0, StampKind::Created)];
const NAME_STAMPS: [(usize, StampKind); 4] =
    [(1, StampKind::NameModified), (3, StampKind::NameAccessed), (2, StampKind::NameChanged), (0, StampKind::NameCreated)];

const SYSTEM_ATTRIBUTE: u32 = 0x4;

mod state_rule {
    pub const NAMED: &str = "the name is in a record in use";
    pub const NAME_FREED: &str = "the name is in a free record";
    pub const NAME_TRASHED: &str = "the name is in a record in use, within the recycle bin";
    pub const NAMELESS: &str = "the record holds no name";
    pub const LOST_PART: &str = "an extension record whose base record is gone or reused";
    pub const RECORD_USED: &str = "the in-use flag of the record is set";
    pub const RECORD_FREE: &str = "the in-use flag of the record is not set; the record still holds this file";
}

/// What all entries of a walk share.
pub(super) struct Maker<'a> {
    pub mft: &'a Mft,
    pub paths: Paths<'a>,
    pub judge: Judge<'a>,
    pub owners: &'a Owners,
    /// Bytes the volume holds.
    pub volume_bytes: u64,
}

/// Trouble with an entry that its caller tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    ParentLost,
    PathLoop,
    /// The name is `.` or `..` or holds a `/`.
    BadName,
    /// Runs reach past the end of the volume.
    OutsideVolume,
    NotInBitmap,
    /// Content in a form this reader does not decode.
    Wof,
}

/// Takes an entry and the trouble with it.
pub(super) type Emit<'a> = dyn FnMut(&FileEntry, &[Trouble]) -> Result<(), Stop> + 'a;

impl Maker<'_> {
    /// The entries of one record, one for each name, in the record's order.
    pub fn entries(&mut self, record: &Collected, emit: &mut Emit<'_>) -> Result<(), Stop> {
        let mut troubles = Vec::new();
        let mut entry = self.base(record, &mut troubles);
        let has_data = entry.streams.iter().any(|s| s.size > 0 || !s.runs.is_empty());
        if record.names.is_empty() {
            // A record that was never used has neither name nor content and is no file.
            return if has_data { emit(&nameless(entry, record), &troubles) } else { Ok(()) };
        }
        // One entry takes each name in turn: its runs may be many.
        let (stamps, more, kind, verdict) = (entry.stamps.len(), entry.more.len(), entry.kind, entry.verdict);
        for (index, name) in record.names.iter().enumerate() {
            let short = name.namespace == Namespace::Dos;
            let sibling = |n: &&Name, space: Namespace| n.parent == name.parent && n.namespace == space;
            if short && record.names.iter().any(|n| sibling(&n, Namespace::Win32)) {
                continue;
            }
            entry.path.clear();
            entry.stamps.truncate(stamps);
            entry.more.truncate(more);
            (entry.kind, entry.verdict) = (kind, verdict);
            self.name(&mut entry, record, name, &mut troubles);
            // A short name belongs to the long one of the same folder; with two long ones it can
            // not be told whose it is, and goes to the first.
            let first = !record.names.iter().take(index).any(|n| sibling(&n, Namespace::Win32));
            if name.namespace == Namespace::Win32 && first {
                let dos = record.names.iter().filter(|n| sibling(n, Namespace::Dos)).take(1);
                entry.more.extend(dos.map(|n| ("short_name", String::from_utf8_lossy(&n.text).into_owned())));
            }
            if short {
                entry.more.push(("namespace", "DOS".into()));
            }
            emit(&entry, &troubles)?;
            troubles.clear();
        }
        Ok(())
    }

    /// All but name and path.
    fn base(&self, record: &Collected, troubles: &mut Vec<Trouble>) -> FileEntry {
        let header = record.header;
        let (content, content_rule) = self.judge.content(record);
        let mut streams: Vec<Stream> = record.streams.iter().filter(|s| s.kind == kind::DATA).map(|s| s.stream.clone()).collect();
        let mut origin = self.place(record.number);
        for extension in &record.extensions {
            origin.extend(self.place(*extension));
        }
        let attributes = record.standard.map_or(0, |(s, _)| s.attributes);
        let mut more = Vec::new();
        let mut entry_kind = if header.directory { EntryKind::Directory } else { EntryKind::File };
        let mut target = None;
        if let Some(Reparse { tag, kind, target: to }) = record.reparse.as_deref().and_then(reparse::parse) {
            entry_kind = kind.unwrap_or(entry_kind);
            target = to;
            more.push((
                "reparse_tag",
                match reparse::tag_name(tag) {
                    Some(name) => format!("0x{tag:08X} {name}"),
                    None => format!("0x{tag:08X}"),
                },
            ));
            if tag == reparse::WOF {
                troubles.push(Trouble::Wof);
            }
        }
        if attributes & SYSTEM_ATTRIBUTE != 0
            && let Some(content) = record.find(kind::DATA, b"").and_then(|s| s.resident.as_deref())
            && let Some((kind, to)) = reparse::interix(content)
        {
            entry_kind = kind;
            target = to;
        }
        if record.number < FIRST_OF_USERS && record.number != ROOT {
            entry_kind = EntryKind::System;
        }
        self.stream_facts(record, &mut more, troubles);
        if matches!(content, ContentState::PartlyOverwritten | ContentState::Overwritten)
            && let Some(map) = self.judge.clusters
        {
            let cluster_size = self.judge.cluster_size;
            let masked: Vec<Masked> = streams.iter_mut().map(|s| mask::mask(s, map, cluster_size)).collect();
            let key = if masked.iter().any(|m| m.coarse) { "masked_runs" } else { "overwritten_runs" };
            let runs: Vec<Run> = masked.into_iter().flat_map(|m| m.runs).collect();
            more.push((key, mask::listed(&runs)));
        }
        if let Some(usn) = record.standard.and_then(|(s, _)| s.usn).filter(|u| *u != 0) {
            more.push(("usn", usn.to_string()));
        }
        let sid = match record.standard.and_then(|(s, _)| s.security_id) {
            Some(id) if id != 0 => self.owners.sid(id).map(str::to_owned),
            _ => record.descriptor.as_deref().and_then(owner),
        };
        let (name, name_rule) = match header.in_use {
            true => (NameState::Allocated, state_rule::NAMED),
            false => (NameState::Deleted, state_rule::NAME_FREED),
        };
        let (state, record_rule) = match header.in_use {
            true => (RecordState::Allocated, state_rule::RECORD_USED),
            false => (RecordState::Free, state_rule::RECORD_FREE),
        };
        FileEntry {
            record: Some(record.number),
            sequence: Some(u32::from(header.sequence)),
            parent: None,
            parent_sequence: None,
            path: Vec::new(),
            kind: entry_kind,
            verdict: Verdict { name, name_rule, record: state, record_rule, content, content_rule },
            size: streams.iter().find(|s| s.name.is_empty()).map_or(0, |s| s.size),
            stamps: record.standard.map(|(s, at)| self.stamps(&s.times, at, &FILE_STAMPS)).unwrap_or_default(),
            attributes,
            owner: Owner { sid, uid: None, gid: None },
            links: u32::from(header.links),
            target,
            streams,
            origin,
            from_journal: false,
            more,
        }
    }

    /// What the streams say beyond their shape: states that differ, runs outside the volume.
    fn stream_facts(&self, record: &Collected, more: &mut Vec<(&'static str, String)>, troubles: &mut Vec<Trouble>) {
        let data: Vec<_> = record.streams.iter().filter(|s| s.kind == kind::DATA).collect();
        for found in &data {
            let outside = |r: &Run| r.offset.is_some_and(|o| o.saturating_add(r.length) > self.volume_bytes);
            if found.stream.runs.iter().any(outside) {
                troubles.push(Trouble::OutsideVolume);
            }
            if record.header.in_use && self.judge.unmarked(found) > 0 {
                troubles.push(Trouble::NotInBitmap);
            }
        }
        if !record.header.in_use && data.len() > 1 {
            let contested = u32::try_from(record.number).is_ok_and(|n| self.judge.claims.is_contested(n));
            let states: Vec<ContentState> = data.iter().map(|s| self.judge.stream(s, contested).0).collect();
            if states.windows(2).any(|w| w.first() != w.last()) {
                let one = |(s, state): (&&super::collect::Found, &ContentState)| {
                    let name = String::from_utf8_lossy(&s.stream.name).into_owned();
                    format!("{}: {}", if name.is_empty() { "unnamed" } else { &name }, state.label())
                };
                more.push(("stream_states", data.iter().zip(&states).map(one).collect::<Vec<_>>().join("; ")));
            }
        }
    }

    fn name(&mut self, entry: &mut FileEntry, record: &Collected, name: &Name, troubles: &mut Vec<Trouble>) {
        entry.parent = Some(name.parent.record);
        entry.parent_sequence = Some(u32::from(name.parent.sequence));
        entry.stamps.extend(self.stamps(&name.times, name.at.saturating_add(TIMES_AT as u64), &NAME_STAMPS));
        if record.number == ROOT {
            return;
        }
        let in_use = record.header.in_use;
        let prefix = self.paths.prefix(name.parent, in_use);
        entry.path.reserve(prefix.path.len().saturating_add(name.text.len()));
        entry.path.extend_from_slice(&prefix.path);
        entry.path.extend_from_slice(&name.text);
        match prefix.chain {
            Chain::Whole => {}
            Chain::Broken if in_use => troubles.push(Trouble::ParentLost),
            Chain::Broken => {}
            Chain::Loop => troubles.push(Trouble::PathLoop),
        }
        if prefix.system {
            entry.kind = EntryKind::System;
        }
        if name.text.contains(&b'/') || name.text == b"." || name.text == b".." {
            troubles.push(Trouble::BadName);
        }
        if in_use && in_recycle_bin(&entry.path) {
            entry.verdict.name = NameState::Trashed;
            entry.verdict.name_rule = state_rule::NAME_TRASHED;
        }
    }

    /// Stamps of four FILETIMEs that lie one after the other at `at` of the table.
    fn stamps(&self, times: &[u64; 4], at: u64, order: &[(usize, StampKind); 4]) -> Vec<Stamp> {
        let mut out = Vec::with_capacity(8);
        for (index, kind) in order {
            let there = times.get(*index).copied().and_then(|raw| Some((raw, Moment::from_filetime(raw)?)));
            let Some((raw, moment)) = there else { continue };
            let offset = self.mft.byte_at(at.saturating_add((*index as u64).saturating_mul(8))).unwrap_or(0);
            out.push(Stamp { kind: *kind, moment, raw, offset, length: 8 });
        }
        out
    }

    fn place(&self, record: u64) -> Vec<(u64, u64)> {
        self.mft.place(self.mft.start(record), self.mft.record_size as u64)
    }
}

/// An entry for content that has lost its name.
fn nameless(mut entry: FileEntry, record: &Collected) -> FileEntry {
    entry.path = format!("$Orphans/record-{}", record.number).into_bytes();
    if record.number < FIRST_OF_USERS {
        entry.path = format!("$Extend/record-{}", record.number).into_bytes();
    }
    entry.verdict.name = if record.header.in_use { NameState::Allocated } else { NameState::Deleted };
    entry.verdict.name_rule = state_rule::NAMELESS;
    if record.header.base.is_some() {
        entry.verdict.name = NameState::Deleted;
        entry.verdict.name_rule = state_rule::LOST_PART;
        if entry.verdict.content == ContentState::Intact {
            entry.verdict.content = ContentState::Unknown;
            entry.verdict.content_rule = rule::BROKEN;
        }
    }
    entry
}

/// Below `$Recycle.Bin/<SID>/$R…` (since Vista) or `RECYCLER/<SID>/D…` (before).
fn in_recycle_bin(path: &[u8]) -> bool {
    let mut parts = path.split(|b| *b == b'/');
    let (Some(bin), Some(sid), Some(item)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if !sid.starts_with(b"S-1-") {
        return false;
    }
    let starts = |prefix: &[u8]| item.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    (bin.eq_ignore_ascii_case(b"$Recycle.Bin") && starts(b"$R")) || (bin.eq_ignore_ascii_case(b"RECYCLER") && starts(b"D"))
}

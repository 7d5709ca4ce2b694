//! A master file table on its own, as collection tools bring it without its volume.

use super::mft_record::{Contents, Header, MAX_NAMES, Name, apply_fixups, keep_set};
use super::mft_table::{Chain, Table};
use crate::text::utf16le;
use crate::{Claim, Facts, Input, Parser, file_times};
use model::{
    Code, ContentState, EntryKind, FileEntry, Finding, NameState, Owner, RecordState, Sink, Span, Stop, Verdict, read_full,
    read_vec,
};

pub const PARSER: Parser = Parser {
    id: 4,
    name: "mft",
    version: 1,
    about: "Times of files and folders, in use and deleted, from a $MFT that was collected without its volume.",
    format: "[MS-FSCC] 2.4; libyal, libfsntfs, \"New Technologies File System (NTFS)\"",
    limits: &[
        "The $MFT of a volume in an image is read with the volume, not by this parser.",
        "Owners and content need the volume and are not given.",
        "A folder that is gone, or whose record was used again, leaves its files under $Orphans.",
        "The space behind a record's last attribute is not searched.",
        "A record that was torn while it was written is read as it stands, and counted.",
    ],
    claims,
    companions: &[],
    parse,
};

/// Bytes read at a time; a multiple of every record size.
const BLOCK: usize = 256 * 1024;

fn claims(facts: &Facts<'_>) -> Claim {
    let name = facts.name();
    if !facts.stream.is_empty() || facts.file_system == Some("NTFS") && matches!(name, b"$MFT" | b"$MFTMirr") {
        return Claim::No;
    }
    let named = name.eq_ignore_ascii_case(b"$MFT") || name.eq_ignore_ascii_case(b"MFT");
    let Some(size) = record_size(facts.head) else { return Claim::No };
    let records = facts.head.chunks(size).filter(|r| Header::read(r, 0).is_ok_and(|h| h.allocated == size)).count();
    if named || records > 1 || facts.size == size as u64 { Claim::Yes } else { Claim::Maybe }
}

/// Bytes of a record, by the first that can be read.
fn record_size(head: &[u8]) -> Option<usize> {
    head.chunks(512).enumerate().find_map(|(i, _)| {
        let at = i.saturating_mul(512);
        let allocated = Header::read(head.get(at..)?, 0).ok()?.allocated;
        at.is_multiple_of(allocated).then_some(allocated)
    })
}

/// Records that continue one file, and names of one file; NTFS allows 1024 links.
const MAX_CONTINUED: usize = 2048;

/// Troubles of one kind: the first, and how many.
struct Trouble {
    code: Code,
    expected: &'static str,
    first: Option<(Span, String)>,
    count: u64,
}

impl Trouble {
    fn new(code: Code, expected: &'static str) -> Self {
        Self { code, expected, first: None, count: 0 }
    }
    fn add(&mut self, at: u64, length: usize, found: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(1);
        if self.first.is_none() {
            self.first = Some((Span::here(at, length as u64), found()));
        }
    }
    fn tell(&self, place: &[u8], sink: &mut dyn Sink) -> Result<(), Stop> {
        let Some((at, found)) = &self.first else { return Ok(()) };
        sink.finding(&Finding { code: self.code, at: Some(*at), place, expected: self.expected, found, count: self.count })
    }
}

/// Reads records by position, fixups undone.
struct Records<'a> {
    input: &'a Input<'a>,
    size: usize,
    block: Vec<u8>,
    /// Position of the block's first record.
    first: usize,
}

impl<'a> Records<'a> {
    fn new(input: &'a Input<'a>, size: usize) -> Self {
        Self { input, size, block: Vec::new(), first: usize::MAX }
    }
    fn count(&self) -> usize {
        usize::try_from(self.input.data.len().div_ceil(self.size as u64)).unwrap_or(usize::MAX)
    }
    fn at(&self, position: usize) -> u64 {
        (position as u64).saturating_mul(self.size as u64)
    }
    /// Copies one record, shorter at the end of the file, and undoes its fixups. False where a
    /// sector does not bear the record's mark.
    fn copy(&mut self, position: usize, out: &mut Vec<u8>) -> Result<bool, Stop> {
        let each = BLOCK.checked_div(self.size).unwrap_or(0).max(1);
        let first = position.saturating_sub(position.checked_rem(each).unwrap_or(0));
        if first != self.first {
            self.block.resize(BLOCK, 0);
            let n = read_full(self.input.data, self.at(first), &mut self.block)?;
            self.block.truncate(n);
            self.first = first;
        }
        let from = position.saturating_sub(first).saturating_mul(self.size);
        let to = from.saturating_add(self.size).min(self.block.len());
        out.clear();
        out.extend_from_slice(self.block.get(from..to).unwrap_or_default());
        Ok(apply_fixups(out))
    }
}

fn parse(input: &Input<'_>, sink: &mut dyn Sink) -> Result<(), Stop> {
    let head = read_vec(input.data, 0, 64 * 1024)?;
    let place = input.facts.path;
    let Some(size) = record_size(&head) else {
        let found = "none in the first 64 KiB";
        return sink.finding(&Finding { code: Code::Damaged, at: None, place, expected: "a FILE record", found, count: 1 });
    };
    let mut troubles = Troubles::new();
    let mut records = Records::new(input, size);
    let table = names(&mut records, &mut troubles)?;
    let mut data = Vec::new();
    for position in 0..records.count() {
        let at = records.at(position);
        records.copy(position, &mut data)?;
        let Ok(header) = Header::read(&data, at) else { continue };
        if let Some(base) = header.base {
            if !table.has_base(base) {
                troubles.alone.add(at, data.len(), || format!("record {} continues {}", table.number(position), base.record));
            }
            continue;
        }
        let mut contents = Contents::read(&data, &header, at);
        // The records that continue this one, each with its own bytes.
        if table.extensions(position).nth(MAX_CONTINUED).is_some() {
            troubles.bound.add(at, data.len(), || format!("more at record {position}"));
        }
        let further: Vec<(Vec<u8>, u64)> = table
            .extensions(position)
            .take(MAX_CONTINUED)
            .map(|p| {
                let mut bytes = Vec::new();
                records.copy(p, &mut bytes).map(|_| (bytes, records.at(p)))
            })
            .collect::<Result<_, _>>()?;
        for (bytes, at) in &further {
            let Ok(h) = Header::read(bytes, *at) else { continue };
            if h.base.is_some_and(|b| b.sequence == header.sequence) && contents.names.len() < MAX_NAMES {
                let more = Contents::read(bytes, &h, *at);
                contents.names.extend(more.names);
                contents.size = contents.size.or(more.size);
            }
        }
        let number = table.number(position);
        for entry in entries(&header, &contents, number, (at, data.len()), &table, &mut troubles) {
            file_times::events(&entry, sink)?;
        }
    }
    troubles.tell(place, sink)
}

/// What was wrong, by kind, in the order it is told.
struct Troubles {
    signature: Trouble,
    torn: Trouble,
    chain: Trouble,
    short: Trouble,
    number: Trouble,
    round: Trouble,
    time: Trouble,
    bound: Trouble,
    alone: Trouble,
}

impl Troubles {
    fn new() -> Self {
        Self {
            signature: Trouble::new(Code::Damaged, "a FILE record or zeros"),
            torn: Trouble::new(Code::ChecksumMismatch, "sectors that bear the record's mark"),
            chain: Trouble::new(Code::Damaged, "attributes up to the end mark"),
            short: Trouble::new(Code::Truncated, "whole records"),
            number: Trouble::new(Code::Damaged, "a record that bears its own number"),
            round: Trouble::new(Code::Loop, "folders that lead to the root by a path of at most 32767 bytes"),
            time: Trouble::new(Code::ImplausibleTime, "a FILETIME within the range of calendars"),
            bound: Trouble::new(Code::LimitReached, "at most 2048 records for one file"),
            alone: Trouble::new(Code::MissingCompanion, "the record that another continues"),
        }
    }
    fn tell(&self, place: &[u8], sink: &mut dyn Sink) -> Result<(), Stop> {
        for t in [
            &self.signature,
            &self.torn,
            &self.chain,
            &self.short,
            &self.number,
            &self.round,
            &self.time,
            &self.bound,
            &self.alone,
        ] {
            t.tell(place, sink)?;
        }
        Ok(())
    }
}

/// First pass: every record's name and parent, and what is damaged.
fn names(records: &mut Records<'_>, troubles: &mut Troubles) -> Result<Table, Stop> {
    let mut table = Table::default();
    let mut data = Vec::new();
    let size = records.size;
    for position in 0..records.count() {
        let at = records.at(position);
        let whole = records.copy(position, &mut data)?;
        if data.len() < size {
            troubles.short.add(at, data.len(), || format!("{} bytes of {size}", data.len()));
        }
        let header = match Header::read(&data, at) {
            Ok(h) => h,
            Err(e) => {
                if data.iter().any(|b| *b != 0) && data.len() == size {
                    troubles.signature.add(at, size, || e.to_string());
                }
                table.add(None);
                continue;
            }
        };
        if !whole {
            troubles.torn.add(at, data.len(), || format!("record at {at} with a sector that does not"));
        }
        let contents = Contents::read(&data, &header, at);
        if let Some(e) = &contents.broken {
            troubles.chain.add(e.at, 4, || e.to_string());
        }
        table.add(Some((&header, &contents)));
        // The place counts; a record that was never used may bear no number yet.
        let expected = table.number(position);
        if let Some(n) = header.number.filter(|n| *n != expected && header.in_use) {
            troubles.number.add(at, 48, || format!("number {n} at the place of {expected}"));
        }
    }
    table.finish();
    for position in 0..records.count() {
        let further: Vec<usize> = table.extensions(position).collect();
        for p in further {
            records.copy(p, &mut data)?;
            let at = records.at(p);
            let Ok(header) = Header::read(&data, at) else { continue };
            let contents = Contents::read(&data, &header, at);
            if let Some(name) = Table::best(&contents.names) {
                table.adopt(position, name);
            }
        }
    }
    Ok(table)
}

/// One entry for each name of a file; a file without a name has one under its number.
fn entries(
    header: &Header,
    contents: &Contents<'_>,
    number: u64,
    (at, length): (u64, usize),
    table: &Table,
    troubles: &mut Troubles,
) -> Vec<FileEntry> {
    let long = contents.names.iter().filter(|n| n.namespace != 2);
    let mut names: Vec<Option<&Name<'_>>> = long.map(Some).collect();
    if names.is_empty() {
        names = vec![contents.names.first()];
    }
    names.into_iter().map(|name| entry(header, contents, number, (at, length), name, table, troubles)).collect()
}

fn entry(
    header: &Header,
    contents: &Contents<'_>,
    number: u64,
    (at, length): (u64, usize),
    name: Option<&Name<'_>>,
    table: &Table,
    troubles: &mut Troubles,
) -> FileEntry {
    let (path, chain) = match name {
        // The root folder names itself as its parent.
        Some(n) if number == n.parent.record => (Vec::new(), Chain::Whole),
        Some(n) => table.path(n.parent, &utf16le(n.name)),
        None => (format!("$Orphans/record {number}").into_bytes(), Chain::Orphan),
    };
    if chain == Chain::Loop {
        troubles.round.add(at, length, || format!("record {number}: its folders go round, or go on"));
    }
    let mut stamps = contents.stamps.clone();
    stamps.extend(name.iter().flat_map(|n| n.stamps.iter().cloned()));
    for s in stamps.iter().filter(|s| s.raw > i64::MAX.unsigned_abs()) {
        troubles.time.add(s.offset, 8, || format!("{} of record {number}: {}", s.kind.label(), s.raw));
    }
    keep_set(&mut stamps);
    let (name_state, name_rule, record, record_rule) = if header.in_use {
        (NameState::Allocated, "record in use", RecordState::Allocated, "record in use")
    } else {
        (NameState::Deleted, "record not in use", RecordState::Free, "record not in use")
    };
    FileEntry {
        record: Some(number),
        sequence: Some(u32::from(header.sequence)),
        parent: name.map(|n| n.parent.record),
        parent_sequence: name.map(|n| u32::from(n.parent.sequence)),
        path,
        kind: if header.directory { EntryKind::Directory } else { EntryKind::File },
        verdict: Verdict {
            name: name_state,
            name_rule,
            record,
            record_rule,
            content: ContentState::Unknown,
            content_rule: "no volume",
        },
        size: contents.size.unwrap_or(0),
        stamps,
        attributes: contents.attributes,
        owner: Owner::default(),
        links: u32::from(header.links),
        target: None,
        streams: Vec::new(),
        origin: vec![(at, length as u64)],
        from_journal: false,
        more: Vec::new(),
    }
}

use super::super::Walk;
use super::bitmap::ClusterMap;
use super::claims::Claims;
use super::collect::{Collected, Want};
use super::content;
use super::entry::{Maker, Trouble};
use super::extensions::Gather;
use super::index::IndexScan;
use super::mft::{Shape, shape};
use super::paths::Paths;
use super::record::{Attributes, Body, Header, Reference, kind};
use super::runs;
use super::security::Owners;
use super::stale::StaleNames;
use super::table::Table;
use super::tally::Tally;
use super::verdict::Judge;
use super::{BITMAP, Ntfs, SECURE};
use crate::Note;
use model::{Code, Stop};

/// Bytes of the table that are read at once.
const PIECE: usize = 2 << 20;

/// What the first pass finds.
#[derive(Default)]
struct Survey {
    table: Table,
    claims: Claims,
    folders: Vec<u32>,
}

/// Takes a record: number, bytes with fixups undone, what they are, whether the volume held them.
type EachRecord<'a> = dyn FnMut(u64, &[u8], Shape, bool) -> Result<(), Stop> + 'a;

impl Ntfs {
    pub(super) fn walk_all(&self, out: &mut dyn Walk) -> Result<(), Stop> {
        for note in &self.notes {
            out.note(note.clone())?;
        }
        let mut tally = Tally::default();
        let clusters = self.cluster_map(out)?;
        let owners = self.owners(out)?;
        let Survey { table, mut claims, folders } = self.survey(out, &mut tally)?;
        claims.settle(|n| table.base_of(u64::from(n)).and_then(|b| u32::try_from(b).ok()).unwrap_or(n));
        let mut stale = self.scan_folders(&table, &folders, out)?;
        drop(folders);

        let mut maker = Maker {
            mft: &self.mft,
            paths: Paths::new(&table),
            judge: Judge { clusters: clusters.as_ref(), claims: &claims, cluster_size: self.boot.cluster_size },
            owners: &owners,
            volume_bytes: self.bytes,
        };
        let mut gather = self.gather();
        self.records(&mut |number, record, shape, _| {
            if !matches!(shape, Shape::File { .. } | Shape::NoFixup) {
                return Ok(());
            }
            let Ok(header) = Header::parse(record) else { return Ok(()) };
            if header.base.is_some() && table.base_of(number).is_some() {
                return Ok(());
            }
            let all = gather.all(number, record, header, Want::File, |e| table.base_of(e) == Some(number));
            stale.strike(
                Reference { record: number, sequence: header.sequence },
                header.in_use,
                all.names.iter().map(|n| (n.parent, n.text.as_slice())),
            );
            self.damage(&all, out, &mut tally)?;
            maker.entries(&all, &mut |entry, troubles| {
                out.entry(entry)?;
                troubles.iter().try_for_each(|t| tell(&mut tally, out, *t, &entry.path))
            })
        })?;
        if gather.list_budget == 0 {
            out.note(Note::new(Code::LimitReached, "attribute lists", "lists that fit into the volume together", "more"))?;
        }
        for left in stale.rest() {
            out.entry(&maker.stale(&table, left))?;
        }
        if claims.incomplete() {
            let found = "more runs of deleted records than are kept";
            out.note(Note::new(Code::LimitReached, "deleted records", "runs that can be compared", found))?;
        }
        tally.finish(out)
    }

    pub(super) fn gather(&self) -> Gather<'_> {
        Gather {
            volume: &self.volume,
            mft: &self.mft,
            cluster_size: self.boot.cluster_size,
            list_budget: self.volume.len().saturating_add(1 << 20),
        }
    }

    /// Every record in its order. A piece that can not be read is tried again record by record.
    fn records(&self, each: &mut EachRecord<'_>) -> Result<(), Stop> {
        let size = self.mft.record_size;
        let per_piece = PIECE.checked_div(size).unwrap_or(1).max(1) as u64;
        let mut buffer = vec![0u8; PIECE.max(size)];
        let mut number = 0u64;
        while number < self.mft.count {
            let n = per_piece.min(self.mft.count.saturating_sub(number));
            let bytes = usize::try_from(n).unwrap_or(0).saturating_mul(size);
            let Some(piece) = buffer.get_mut(..bytes) else { break };
            let got = self.mft.read(self.mft.start(number), piece);
            for (index, record) in piece.chunks_exact_mut(size).enumerate() {
                let at = number.saturating_add(index as u64);
                let there = match &got {
                    Ok(got) => index.saturating_add(1).saturating_mul(size) <= *got,
                    Err(_) => self.mft.read(self.mft.start(at), record).is_ok_and(|got| got == size),
                };
                let shape = shape(record);
                each(at, record, shape, there)?;
            }
            number = number.saturating_add(n);
        }
        Ok(())
    }

    fn survey(&self, out: &mut dyn Walk, tally: &mut Tally) -> Result<Survey, Stop> {
        let mut survey = Survey { table: Table::new(self.mft.count), ..Survey::default() };
        let cluster_size = self.boot.cluster_size;
        self.records(&mut |number, record, shape, there| {
            let at = self.mft.byte_at(self.mft.start(number)).unwrap_or(0);
            let note = |code, expected: &str, found: String| {
                Note::new(code, format!("MFT record {number}"), expected, found).at(at, self.mft.record_size as u64)
            };
            match shape {
                _ if !there => {
                    let make = || note(Code::Unreadable, "a record", "the volume ends or can not be read here".into());
                    tally.count(Code::Unreadable, "record", make);
                    if shape == Shape::Empty {
                        return Ok(());
                    }
                }
                Shape::File { torn: 0 } | Shape::Empty => {}
                Shape::File { torn } => {
                    let found = format!("another one in {torn} sectors");
                    tally.tell(out, "torn", note(Code::Damaged, "the update sequence number at each sector's end", found))?;
                }
                Shape::NoFixup => tally.tell(out, "fixup", note(Code::Damaged, "an update sequence", "none that fits".into()))?,
                Shape::Bad => tally.tell(out, "bad", note(Code::Damaged, "FILE", "BAAD: marked damaged by Windows".into()))?,
                Shape::Foreign => {
                    tally.count(Code::Damaged, "foreign", || note(Code::Damaged, "FILE or zeros", "other bytes".into()))
                }
            }
            if !matches!(shape, Shape::File { .. } | Shape::NoFixup) {
                return Ok(());
            }
            let Ok(header) = Header::parse(record) else { return Ok(()) };
            survey.table.add(number, record, &header);
            let Ok(small) = u32::try_from(number) else { return Ok(()) };
            if header.directory && header.base.is_none() {
                survey.folders.push(small);
            }
            if header.in_use {
                return Ok(());
            }
            for attribute in Attributes::new(record, &header).map_while(Result::ok) {
                if let Body::NonResident { first_vcn, last_vcn, runs, .. } = attribute.body {
                    let clusters = last_vcn.wrapping_add(1).saturating_sub(first_vcn);
                    for run in runs::decode(runs, 0, clusters, cluster_size).0 {
                        if let Some(offset) = run.offset {
                            survey.claims.add(small, offset, run.length);
                        }
                    }
                }
            }
            Ok(())
        })?;
        if survey.table.unnamed > 0 {
            out.note(Note::new(Code::LimitReached, "folder names", "4 GiB of names", format!("{} more", survey.table.unnamed)))?;
        }
        Ok(survey)
    }

    fn scan_folders(&self, table: &Table, folders: &[u32], out: &mut dyn Walk) -> Result<StaleNames, Stop> {
        let mut gather = self.gather();
        let mut scan = IndexScan {
            volume: &self.volume,
            mft: &self.mft,
            table,
            budget: self.volume.len().saturating_add(1 << 20),
            found: Vec::new(),
            cut: false,
            damaged: 0,
        };
        for folder in folders {
            let number = u64::from(*folder);
            let Ok(Some((record, Shape::File { .. }))) = self.mft.record(number) else { continue };
            let Ok(header) = Header::parse(&record) else { continue };
            let mut attributes = Attributes::new(&record, &header);
            let sound = attributes.by_ref().all(|a| a.is_ok());
            // The end marker and four bytes of padding.
            let end = if sound { attributes.position().saturating_add(8) } else { record.len() };
            let all = gather.all(number, &record, header, Want::Index, |e| table.base_of(e) == Some(number));
            scan.folder(&all, &record, end);
        }
        if scan.damaged > 0 {
            let mut note = Note::new(Code::Damaged, "folder indexes", "index blocks that can be read", "blocks that can not");
            note.count = scan.damaged;
            out.note(note)?;
        }
        if scan.cut {
            out.note(Note::new(Code::LimitReached, "folder indexes", "names that can be kept for comparison", "more"))?;
        }
        Ok(StaleNames::new(scan.found))
    }

    fn cluster_map(&self, out: &mut dyn Walk) -> Result<Option<ClusterMap>, Stop> {
        let source = self.system(BITMAP).and_then(|c| {
            let found = c.find(kind::DATA, b"").filter(|f| !f.broken)?;
            content::plain(&self.volume, found).ok()
        });
        // Bits for clusters the volume does not hold say nothing.
        let held = self.volume.len().checked_div(self.boot.cluster_size).unwrap_or(0);
        let clusters = self.boot.clusters().min(held);
        if let Some(map) = source.and_then(|s| ClusterMap::read(&s, clusters).ok()) {
            return Ok(Some(map));
        }
        out.note(Note::new(
            Code::Damaged,
            "$Bitmap",
            "the cluster bitmap",
            "none that can be read; no deleted content can be judged",
        ))?;
        Ok(None)
    }

    fn owners(&self, out: &mut dyn Walk) -> Result<Owners, Stop> {
        let source = self.system(SECURE).and_then(|c| content::plain(&self.volume, c.find(kind::DATA, b"$SDS")?).ok());
        // Before NTFS 3.0 there is no $Secure: each record has its own descriptor.
        let owners = source.and_then(|s| Owners::read(&s).ok()).unwrap_or_default();
        if owners.cut {
            out.note(Note::new(Code::LimitReached, "$Secure:$SDS", "at most 64 MiB", "more; later owners are not told"))?;
        }
        Ok(owners)
    }

    /// A record of the file system's own, with its extension records.
    pub(super) fn system(&self, number: u64) -> Option<Collected> {
        let (record, shape) = self.mft.record(number).ok()??;
        let header = Header::parse(&record).ok().filter(|h| matches!(shape, Shape::File { .. }) && h.in_use)?;
        Some(self.gather().all(number, &record, header, Want::File, |_| true))
    }

    fn damage(&self, record: &Collected, out: &mut dyn Walk, tally: &mut Tally) -> Result<(), Stop> {
        for (at, e) in &record.damage {
            let place = format!("MFT record {}: {}", record.number, e.field);
            let note = Note::new(Code::Damaged, place, e.expected.clone(), e.found.clone());
            let at = self.mft.byte_at(*at);
            tally.tell(out, "attribute", at.map_or(note.clone(), |at| note.at(at, 1)))?;
        }
        if record.missing > 0 && record.header.in_use {
            let place = format!("MFT record {}: attribute list", record.number);
            let found = format!("{} that are gone or reused", record.missing);
            tally.tell(out, "extension", Note::new(Code::Damaged, place, "extension records of this file", found))?;
        }
        Ok(())
    }
}

fn tell(tally: &mut Tally, out: &mut dyn Walk, trouble: Trouble, path: &[u8]) -> Result<(), Stop> {
    let (code, kind, expected, found) = match trouble {
        Trouble::ParentLost => (Code::Damaged, "parent", "a parent folder in use", "a record that is free, reused or no folder"),
        Trouble::PathLoop => {
            (Code::Loop, "loop", "parents that lead to the root", "a chain that comes back to itself or is too deep")
        }
        Trouble::BadName => (Code::PathTraversal, "name", "a name", "a name that is a path, or means another folder"),
        Trouble::OutsideVolume => {
            (Code::Truncated, "runs", "clusters within the volume", "clusters past its end; they read as zeros")
        }
        Trouble::NotInBitmap => (Code::Damaged, "bitmap", "clusters marked in use in $Bitmap", "clusters marked free"),
        Trouble::Wof => (
            Code::NotSupported,
            "wof",
            "content as it is",
            "content compressed by the Windows Overlay Filter; only its stored form can be opened",
        ),
    };
    match trouble {
        Trouble::Wof => tally.count(code, kind, || Note::new(code, path, expected, found)),
        _ => return tally.tell(out, kind, Note::new(code, path, expected, found)),
    }
    Ok(())
}

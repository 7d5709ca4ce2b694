use super::boot::{BOOT_BYTES, Boot};
use super::collect::{Collected, Want};
use super::extensions::Gather;
use super::mft::{Mft, Shape, shape};
use super::record::{Header, kind};
use crate::Note;
use model::{ByteSource, Code, Run, SharedSource, read_vec};

/// Records that $MFTMirr repeats.
const MIRRORED: u64 = 4;
/// A table in so many rounds of pieces is not a table: each round may find further extension
/// records of $MFT through those found before.
const MAX_ROUNDS: usize = 64;

/// Where the volume's bytes end: a window of a truncated image tells the length it should have.
/// Bytes that can not be read count as there.
pub(super) fn readable(volume: &SharedSource) -> u64 {
    let there = |at: u64| !matches!(volume.read_at(at, &mut [0]), Ok(0));
    let (mut low, mut high) = (0u64, volume.len());
    if high == 0 || there(high.saturating_sub(1)) {
        return high;
    }
    while low < high {
        let middle = low.midpoint(high);
        if there(middle) { low = middle.saturating_add(1) } else { high = middle }
    }
    low
}

/// Finds the boot sector: the first sector, or its copy behind the last counted sector. None
/// where neither says NTFS.
pub(super) fn boot(volume: &SharedSource, bytes: u64, notes: &mut Vec<Note>) -> Result<Option<Boot>, Note> {
    let read = |at: u64| read_vec(volume, at, BOOT_BYTES).unwrap_or_default();
    let first = read(0);
    let parsed = Boot::parse(&first, 0);
    let end = volume.len();
    if let Ok(boot) = parsed {
        if boot.bytes() > bytes {
            let found = format!("{bytes} bytes");
            notes.push(Note::new(Code::Truncated, "volume", format!("{} bytes by the boot sector", boot.bytes()), found));
        } else {
            // The copy lies behind the counted sectors, where the partition has room for it.
            let copy = read(boot.bytes());
            if Boot::named(&copy) && copy != first {
                let note = Note::new(Code::BackupDiffers, "boot sector", "a copy equal to the first sector", "another one");
                notes.push(note.at(boot.bytes(), BOOT_BYTES as u64));
            }
        }
        return Ok(Some(boot));
    }
    for sector in [512u64, 4096] {
        let at = end.saturating_sub(sector);
        // A copy that lies where it says a volume that starts here would end; any other one
        // belongs to another volume.
        if let Ok(boot) = Boot::parse(&read(at), at)
            && boot.bytes() == at
        {
            let found = "a damaged one; its copy at the end of the volume was used";
            notes.push(Note::new(Code::Damaged, "boot sector", "an NTFS boot sector", found).at(0, BOOT_BYTES as u64));
            return Ok(Some(boot));
        }
    }
    match parsed {
        Err(e) if Boot::named(&first) => {
            Err(Note::new(Code::Damaged, format!("NTFS boot sector: {}", e.field), e.expected, e.found).at(e.at, 1))
        }
        _ => Ok(None),
    }
}

/// Finds the master file table by its own first record, or by the copy of it in $MFTMirr.
pub(super) fn table(volume: &SharedSource, boot: &Boot, notes: &mut Vec<Note>) -> Result<Mft, Note> {
    let primary = boot.mft_cluster.saturating_mul(boot.cluster_size);
    let mirror = boot.mirror_cluster.saturating_mul(boot.cluster_size);
    let found = own_record(volume, boot, primary);
    let copy = own_record(volume, boot, mirror);
    let length = boot.record_size as u64;
    let (record, start) = match (&found, &copy) {
        (Some(record), _) => (record, primary),
        (None, Some(record)) => {
            let note = Note::new(Code::Damaged, "$MFT", "its own record", "none that can be read; the one in $MFTMirr was used");
            notes.push(note.at(primary, length));
            (record, mirror)
        }
        (None, None) => {
            let note = Note::new(Code::Damaged, "$MFT", "its own record, or the copy in $MFTMirr", "neither can be read");
            return Err(note.at(primary, length));
        }
    };
    if found.is_some() {
        compare(volume, boot, primary, mirror, notes);
    }
    let mft = assemble(volume, boot, record, start);
    if mft.count == 0 {
        return Err(Note::new(Code::Damaged, "$MFT", "records", "a run list that maps none").at(start, length));
    }
    Ok(mft)
}

/// The record at `at`, where it looks like that of $MFT.
fn own_record(volume: &SharedSource, boot: &Boot, at: u64) -> Option<Vec<u8>> {
    let mut bytes = read_vec(volume, at, boot.record_size).ok().filter(|b| b.len() == boot.record_size)?;
    if !matches!(shape(&mut bytes), Shape::File { .. } | Shape::NoFixup) {
        return None;
    }
    let header = Header::parse(&bytes).ok()?;
    let scratch = Mft::new(volume.clone(), &[], 0, boot.record_size);
    let mut collected = Collected::new(0, header);
    collected.take(&scratch, 0, &bytes, &header, boot.cluster_size, Want::File);
    collected.finish();
    let data = collected.find(kind::DATA, b"")?;
    data.stream.runs.iter().any(|r| r.offset.is_some()).then_some(bytes)
}

/// Extension records of $MFT lie in the table itself: read what is mapped, look again, until no
/// more comes.
fn assemble(volume: &SharedSource, boot: &Boot, record: &[u8], start: u64) -> Mft {
    let first = [Run { offset: Some(start), length: boot.record_size as u64 }];
    let mut mft = Mft::new(volume.clone(), &first, u64::MAX, boot.record_size);
    let Ok(header) = Header::parse(record) else { return mft };
    for _ in 0..MAX_ROUNDS {
        let mut gather = Gather { volume, mft: &mft, cluster_size: boot.cluster_size, list_budget: 1 << 20 };
        let all = gather.all(0, record, header, Want::File, |_| true);
        let Some(data) = all.find(kind::DATA, b"") else { return mft };
        let next = Mft::new(volume.clone(), &data.stream.runs, data.stream.size, boot.record_size);
        if next.count <= mft.count && mft.count > 1 {
            break;
        }
        mft = next;
    }
    mft
}

/// Tells where the first records and their copies differ.
fn compare(volume: &SharedSource, boot: &Boot, primary: u64, mirror: u64, notes: &mut Vec<Note>) {
    for number in 0..MIRRORED {
        let at = |start: u64| start.saturating_add(number.saturating_mul(boot.record_size as u64));
        let read = |start: u64| {
            let mut bytes = read_vec(volume, at(start), boot.record_size).unwrap_or_default();
            shape(&mut bytes);
            // The log sequence number and the update sequence differ after a crash and say nothing.
            let used = Header::parse(&bytes).map_or(0, |h| h.used);
            bytes.get(0x30..used.max(0x30)).map(<[u8]>::to_vec)
        };
        if read(primary) != read(mirror) {
            let place = format!("$MFTMirr, record {number}");
            let note = Note::new(Code::BackupDiffers, place, "a copy equal to the record", "another one");
            notes.push(note.at(at(mirror), boot.record_size as u64));
        }
    }
}

//! The bytes no partition claims, and the partitions that claim too much.

use super::{Volume, VolumeKind};
use crate::Note;
use crate::note::push_bounded;
use model::Code;

/// Partitions and gaps in order of offset. `tables` are the sectors of the partition tables
/// themselves (offset, length, name); they become gaps of that name where no partition covers them.
/// Partitions keep the length their table states, past the end of the media too.
pub fn fill(
    media: u64,
    mut partitions: Vec<Volume>,
    tables: &[(u64, u64, &'static str)],
    table: &str,
    notes: &mut Vec<Note>,
) -> Vec<Volume> {
    partitions.sort_by_key(|v| (v.offset, v.length, v.slot));
    let mut tables: Vec<_> = tables.iter().copied().filter(|(at, length, _)| *length > 0 && *at < media).collect();
    tables.sort_unstable();
    let mut out = Vec::with_capacity(partitions.len().saturating_mul(2));
    let mut covered = 0u64;
    for volume in partitions {
        let place = || format!("{table} slot {}", volume.slot.unwrap_or(0));
        let end = volume.offset.saturating_add(volume.length);
        if end > media {
            let past = end.saturating_sub(media.max(volume.offset));
            let found = format!("{past} of its {} bytes lie past the end of the media ({media} bytes)", volume.length);
            push_bounded(
                notes,
                Note::new(Code::Truncated, place(), "a partition within the media", found).at(volume.offset, volume.length),
            );
        }
        if volume.offset < covered {
            let both = covered.min(end).saturating_sub(volume.offset);
            let found = format!("{both} bytes that an earlier partition claims too");
            push_bounded(notes, Note::new(Code::Overlap, place(), "bytes of its own", found).at(volume.offset, both));
        }
        gap(covered, volume.offset.min(media), &tables, &mut out);
        covered = covered.max(end);
        out.push(volume);
    }
    gap(covered, media, &tables, &mut out);
    out
}

/// Splits the free range `from..to` at the tables that lie in it.
fn gap(from: u64, to: u64, tables: &[(u64, u64, &'static str)], out: &mut Vec<Volume>) {
    let mut at = from;
    let first = tables.partition_point(|(start, length, _)| start.saturating_add(*length) <= from);
    for (start, length, name) in tables.iter().skip(first) {
        if *start >= to {
            break;
        }
        let end = start.saturating_add(*length).min(to);
        let start = (*start).max(at);
        push(at, start, "unallocated", out);
        push(start, end, name, out);
        at = at.max(end);
    }
    push(at, to, "unallocated", out);
}

fn push(from: u64, to: u64, name: &str, out: &mut Vec<Volume>) {
    if from < to {
        out.push(Volume {
            kind: VolumeKind::Gap,
            offset: from,
            length: to.saturating_sub(from),
            slot: None,
            type_code: None,
            type_name: None,
            name: name.to_owned(),
            guid: None,
            bootable: false,
        });
    }
}

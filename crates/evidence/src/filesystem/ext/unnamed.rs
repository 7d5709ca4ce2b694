//! Inodes that no live directory names: deleted, lost, or deleted while open.

use super::group::Group;
use super::inode::{Inode, flag};
use super::map::{AsOf, map};
use super::scan::{InodeSet, Scan};
use super::superblock::compat;
use super::tree::{Tree, pieces, read_piece};
use crate::Note;
use model::{ByteSource, Code, EntryKind};

/// An inode in use or left over that no live directory names.
pub struct Unnamed {
    pub number: u32,
    pub is_allocated: bool,
}

/// Reads every inode table, by number.
pub fn unnamed(scan: &mut Scan<'_>, tree: &Tree) -> Vec<Unnamed> {
    let disk = scan.disk;
    let sb = &disk.sb;
    let mut out = Vec::new();
    let mut values = 0u64;
    // Tables that overlap must not multiply the work: together they fit into the volume.
    let mut left = disk.volume.len().checked_div(u64::from(sb.block_size)).unwrap_or(0);
    let mut first = 1u32;
    for group in &disk.groups {
        let start = first;
        first = first.saturating_add(sb.inodes_per_group);
        if group.inode_table == 0 || group.flags & Group::INODE_UNINIT != 0 {
            continue;
        }
        let end = first.saturating_sub(group.unused_inodes).min(disk.inodes.saturating_add(1));
        let mut number = start;
        let mut block = group.inode_table;
        while number < end {
            let Some(less) = left.checked_sub(1) else {
                scan.tally.limit(
                    "inode tables",
                    "inode tables that fit into the volume together",
                    "more; the rest was not examined",
                );
                return out;
            };
            left = less;
            let next = number.saturating_add(disk.inodes_per_block());
            let wanted: Vec<u32> = (number..next.min(end)).filter(|n| !is_known(scan, tree, *n)).collect();
            if !wanted.is_empty() {
                read_table_block(scan, block, number, &wanted, &mut out, &mut values);
            }
            number = next;
            block = block.saturating_add(1);
        }
    }
    if values > 0 {
        let expected = "attributes stored with their files";
        let mut note = Note::new(Code::NotSupported, "inode tables", expected, "inodes that hold attribute values");
        note.count = values;
        scan.tally.add(note);
    }
    out
}

/// Whether an inode is named already, or belongs to the file system itself.
fn is_known(scan: &Scan<'_>, tree: &Tree, number: u32) -> bool {
    let sb = &scan.disk.sb;
    let own = [sb.journal_inode, sb.orphan_file, sb.project_quota_inode];
    number < sb.first_inode || own.contains(&number) || tree.named.contains(number)
}

fn read_table_block(scan: &mut Scan<'_>, block: u64, first: u32, wanted: &[u32], out: &mut Vec<Unnamed>, values: &mut u64) {
    let disk = scan.disk;
    let Some(data) = disk.read_block(block) else {
        let place = (disk.offset(block), u64::from(disk.sb.block_size));
        scan.tally.damaged("inode table", "readable inode tables", "past the end or unreadable", place);
        return;
    };
    let base = disk.locate(block).0;
    let size = usize::from(disk.sb.inode_size);
    for number in wanted {
        let slot = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        let at = slot.saturating_mul(size);
        let Some(raw) = data.get(at..at.saturating_add(size)).filter(|raw| raw.iter().any(|b| *b != 0)) else { continue };
        let Ok(inode) = Inode::parse(*number, base.saturating_add(at as u64), raw) else { continue };
        let is_allocated = scan.is_inode_allocated(*number).unwrap_or(false);
        let is_left_over = !inode.is_blank() && (inode.kind() != EntryKind::Unknown || inode.deletion != 0);
        if inode.has(flag::EA_VALUE) && is_allocated {
            *values = values.saturating_add(1);
        } else if is_allocated || is_left_over {
            out.push(Unnamed { number: *number, is_allocated });
        }
    }
}

/// Inodes deleted while open: the list through the deletion fields, or the orphan file.
pub fn orphan_list(scan: &mut Scan<'_>) -> InodeSet {
    let mut out = InodeSet::default();
    let mut next = scan.disk.sb.last_orphan;
    // Each step adds a member, so the list ends with the number of inodes.
    while next != 0 && next <= scan.disk.inodes {
        if !out.insert(next) {
            scan.tally.add(Note::new(Code::Loop, "orphan list", "an orphan list that ends", format!("inode {next} twice")));
            break;
        }
        next = scan.inode(next).map_or(0, |i| i.deletion);
    }
    if scan.disk.sb.has_compat(compat::ORPHAN_FILE)
        && let Some(inode) = scan.inode(scan.disk.sb.orphan_file).filter(Inode::is_alive)
    {
        let mapped = map(scan, &inode, AsOf::Now);
        for piece in pieces(scan, &mapped.runs, mapped.is_inline) {
            let Some((data, _)) = read_piece(scan, &piece) else { continue };
            // The last 8 bytes are magic and checksum.
            let words = data.get(..data.len().saturating_sub(8)).unwrap_or_default().as_chunks::<4>().0;
            for number in words.iter().map(|w| u32::from_le_bytes(*w)).filter(|n| *n != 0 && *n <= scan.disk.inodes) {
                out.insert(number);
            }
        }
    }
    out
}

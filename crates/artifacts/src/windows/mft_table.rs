//! Names and parents of a whole table, for paths: about 70 bytes a record.

use super::mft_record::{Contents, Header, Name, Reference};
use crate::text::utf16le;

/// The root folder's record.
const ROOT: u64 = 5;
/// Folders inside one another; a longer chain goes round.
const MAX_DEPTH: usize = 512;
/// Bytes of a path; Windows allows 32767 units.
const MAX_PATH: usize = 32_767;

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    parent: Reference,
    sequence: u16,
    in_use: bool,
    /// A record that stands for itself.
    own: bool,
    /// Where its name lies in the arena; no name where the length is 0.
    name: (u32, u16),
}

/// The records of a table by position.
#[derive(Default)]
pub(super) struct Table {
    nodes: Vec<Node>,
    arena: Vec<u8>,
    /// Number of the record at position 0: a piece of a table need not begin with record 0.
    first_number: Option<u64>,
    /// (base position, position of the record that continues it), sorted once all are read.
    extensions: Vec<(usize, usize)>,
}

/// How a path was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    Whole,
    /// A parent is gone or its record was used again.
    Orphan,
    /// The folders go round, or their path is longer than any can be.
    Loop,
}

impl Table {
    /// The name that a record's paths use: Win32 before POSIX before DOS.
    pub fn best<'a, 'n>(names: &'n [Name<'a>]) -> Option<&'n Name<'a>> {
        names.iter().min_by_key(|n| match n.namespace {
            1 | 3 => 0,
            0 => 1,
            _ => 2,
        })
    }

    /// Number of the record at a position.
    pub fn number(&self, position: usize) -> u64 {
        self.first_number.unwrap_or(0).saturating_add(position as u64)
    }

    /// Adds the record at the next position; None for one that can not be read.
    pub fn add(&mut self, record: Option<(&Header, &Contents<'_>)>) {
        let position = self.nodes.len();
        let mut node = Node::default();
        if let Some((header, contents)) = record {
            let number = header.number.unwrap_or(position as u64);
            let first = *self.first_number.get_or_insert(number.saturating_sub(position as u64));
            node.sequence = header.sequence;
            node.in_use = header.in_use;
            node.own = header.base.is_none();
            let name = Self::best(&contents.names);
            match header.base {
                None => {
                    if let Some(n) = name {
                        (node.parent, node.name) = (n.parent, self.keep(n));
                    }
                }
                Some(base) => {
                    if let Ok(b) = usize::try_from(base.record.saturating_sub(first))
                        && base.record >= first
                    {
                        self.extensions.push((b, position));
                    }
                    node.parent = base;
                }
            }
        }
        self.nodes.push(node);
    }

    fn keep(&mut self, name: &Name<'_>) -> (u32, u16) {
        let bytes = utf16le(name.name);
        let at = u32::try_from(self.arena.len());
        match (at, u16::try_from(bytes.len())) {
            (Ok(at), Ok(n)) => {
                self.arena.extend_from_slice(&bytes);
                (at, n)
            }
            _ => (0, 0),
        }
    }

    pub fn finish(&mut self) {
        self.extensions.sort_unstable();
    }

    /// Positions of the records that continue the one at `position`.
    pub fn extensions(&self, position: usize) -> impl Iterator<Item = usize> {
        let from = self.extensions.partition_point(|e| e.0 < position);
        self.extensions.get(from..).unwrap_or_default().iter().take_while(move |e| e.0 == position).map(|e| e.1)
    }

    /// A name of a record that continues another serves the base record, where that has none.
    pub fn adopt(&mut self, position: usize, name: &Name<'_>) {
        let without = self.nodes.get(position).is_some_and(|n| n.name.1 == 0);
        if without {
            let kept = self.keep(name);
            if let Some(node) = self.nodes.get_mut(position) {
                (node.parent, node.name) = (name.parent, kept);
            }
        }
    }

    /// Whether the record that another continues is there.
    pub fn has_base(&self, base: Reference) -> bool {
        let position = base.record.checked_sub(self.first_number.unwrap_or(0));
        let node = position.and_then(|p| self.nodes.get(usize::try_from(p).ok()?));
        node.is_some_and(|n| n.own && n.sequence == base.sequence)
    }

    fn node(&self, r: Reference) -> Option<&Node> {
        let position = r.record.checked_sub(self.first_number?)?;
        let node = self.nodes.get(usize::try_from(position).ok()?)?;
        // A record that is freed is counted on by one; the reference still means what it held.
        let freed = !node.in_use && node.sequence == r.sequence.wrapping_add(1);
        (node.name.1 > 0 && (node.sequence == r.sequence || freed)).then_some(node)
    }

    /// The path of a name below `parent`, from the root. An orphan's starts with `$Orphans/`.
    pub fn path(&self, parent: Reference, name: &[u8]) -> (Vec<u8>, Chain) {
        let mut parts: Vec<&[u8]> = vec![name];
        let mut at = parent;
        let mut chain = Chain::Whole;
        let mut bytes = name.len();
        while at.record != ROOT {
            let Some(node) = self.node(at) else {
                chain = Chain::Orphan;
                break;
            };
            if parts.len() >= MAX_DEPTH || bytes > MAX_PATH {
                chain = Chain::Loop;
                break;
            }
            let (from, length) = (node.name.0 as usize, usize::from(node.name.1));
            parts.push(self.arena.get(from..from.saturating_add(length)).unwrap_or_default());
            bytes = bytes.saturating_add(length).saturating_add(1);
            at = node.parent;
        }
        if chain == Chain::Loop {
            parts.truncate(1);
        }
        if chain != Chain::Whole {
            parts.push(b"$Orphans");
        }
        parts.reverse();
        (parts.join(&b'/'), chain)
    }
}

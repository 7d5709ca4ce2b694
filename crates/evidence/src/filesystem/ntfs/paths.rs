use super::extensions::same_file;
use super::record::Reference;
use super::table::Table;

/// Record of the root directory and of $Extend.
pub(super) const ROOT: u64 = 5;
pub(super) const EXTEND: u64 = 11;
/// Records below this are the file system's own.
pub(super) const FIRST_OF_USERS: u64 = 16;

/// Folders within folders that are followed.
const MAX_DEPTH: usize = 512;
/// Bytes of a path: Windows ends at 32,767 UTF-16 units.
const MAX_PATH: usize = 98_301;

/// How far the chain of parents holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// Up to the root.
    Whole,
    /// A parent's record is gone, reused, or not a directory any more.
    Broken,
    /// The chain comes back to itself, or is deeper than the bound.
    Loop,
}

/// A folder's path: names with `/` behind each; `$Orphans/` in front where the chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    pub path: Vec<u8>,
    pub chain: Chain,
    /// Below $Extend, by record number, whatever its name says.
    pub system: bool,
}

/// Builds paths upwards from a parent reference; keeps the last one, since neighbours in the table
/// are often neighbours in a folder.
pub(super) struct Paths<'a> {
    table: &'a Table,
    last: Option<((Reference, bool), Prefix)>,
    names: Vec<&'a [u8]>,
}

impl<'a> Paths<'a> {
    pub fn new(table: &'a Table) -> Self {
        Self { table, last: None, names: Vec::new() }
    }

    /// `child_in_use`: a record in use needs a parent in use; a deleted one may lie in a folder
    /// deleted after it.
    pub fn prefix(&mut self, parent: Reference, child_in_use: bool) -> &Prefix {
        let key = (parent, child_in_use);
        let kept = self.last.take().filter(|(k, _)| *k == key).map(|(_, p)| p);
        let prefix = kept.unwrap_or_else(|| self.build(parent, child_in_use));
        &self.last.insert((key, prefix)).1
    }

    fn build(&mut self, parent: Reference, child_in_use: bool) -> Prefix {
        self.names.clear();
        let mut at = parent;
        let mut below = child_in_use;
        let mut system = false;
        let mut bytes = 0usize;
        let chain = loop {
            if at.record == ROOT {
                break Chain::Whole;
            }
            let there = self.table.get(at.record).filter(|e| e.is_directory() && !e.is_extension());
            let there = there.filter(|e| same_file(at.sequence, e.sequence(), e.in_use()) && (e.in_use() || !below));
            let Some((entry, (upper, name))) = there.and_then(|e| Some((e, e.place()?))) else { break Chain::Broken };
            bytes = bytes.saturating_add(name.len()).saturating_add(1);
            if self.names.len() >= MAX_DEPTH || bytes > MAX_PATH {
                break Chain::Loop;
            }
            self.names.push(name);
            system |= at.record == EXTEND;
            below = entry.in_use();
            at = upper;
        };
        let mut path = Vec::with_capacity(bytes.saturating_add(10));
        if chain != Chain::Whole {
            path.extend_from_slice(b"$Orphans/");
        }
        // A loop has no top to start from: only the name itself follows.
        let names: &[&[u8]] = if chain == Chain::Loop { &[] } else { &self.names };
        for name in names.iter().rev() {
            path.extend_from_slice(name);
            path.push(b'/');
        }
        Prefix { path, chain, system }
    }
}

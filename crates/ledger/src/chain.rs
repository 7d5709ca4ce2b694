use crate::entry::{Entry, EntryFault};
use crate::{Checkpoint, Hash, MemoryTree, TreeHead, leaf_hash};
use std::fmt;

/// What is wrong with the ledger, and at which position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// Position in the order the entries were given, from 0.
    pub position: u64,
    pub kind: ChainFaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainFaultKind {
    /// The bytes are no entry of the profile.
    Unreadable(EntryFault),
    /// The entry belongs to another case.
    Case { found: String },
    /// An entry is missing before this one, or they were reordered.
    Sequence { found: u64 },
    /// The entry's `prev` names another number of earlier entries.
    PreviousSize { found: u64 },
    /// The earlier entries are not those this entry was appended to: the one before it, or the
    /// link itself, was changed.
    PreviousRoot { expected: Hash },
    /// The first entry does not create the case, or a later one creates it again.
    Creation,
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position;
        match &self.kind {
            ChainFaultKind::Unreadable(e) => write!(f, "entry {at}: {e}"),
            ChainFaultKind::Case { found } => write!(f, "entry {at} belongs to case {found}"),
            ChainFaultKind::Sequence { found } => write!(f, "entry {at} says it is number {found}"),
            ChainFaultKind::PreviousSize { found } => write!(f, "entry {at} was appended to {found} entries"),
            ChainFaultKind::PreviousRoot { .. } => {
                write!(f, "entry {} is not the one entry {at} was appended to", at.saturating_sub(1))
            }
            ChainFaultKind::Creation => write!(f, "entry {at}: the first entry, and only it, creates the case"),
        }
    }
}

/// Checks entries one after another. Goes on after a fault: the tree always holds the bytes that
/// are there.
pub struct Chain {
    case: String,
    tree: MemoryTree,
    root_broken: bool,
    faults: Vec<ChainFault>,
}

impl Chain {
    /// `case`: the UUID that every entry must name.
    pub fn new(case: &str) -> Self {
        Self { case: case.to_owned(), tree: MemoryTree::new(), root_broken: false, faults: Vec::new() }
    }

    /// Adds the next entry by its exact bytes. Gives the entry where it could be read.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Entry> {
        let position = self.tree.size();
        let entry = Entry::read(bytes);
        match &entry {
            Ok(entry) => self.check(position, entry),
            Err(e) => self.fault(position, ChainFaultKind::Unreadable(e.clone())),
        }
        self.tree.push(leaf_hash(bytes));
        entry.ok()
    }

    fn check(&mut self, position: u64, entry: &Entry) {
        let head = &entry.head;
        let before = self.tree.head();
        if head.case != self.case {
            self.fault(position, ChainFaultKind::Case { found: head.case.clone() });
        }
        if head.seq != position {
            self.fault(position, ChainFaultKind::Sequence { found: head.seq });
        }
        if head.prev.size != position {
            self.fault(position, ChainFaultKind::PreviousSize { found: head.prev.size });
        }
        // Once one root differs every later one does; the first names the place.
        if head.prev.root != before.root && !self.root_broken {
            self.root_broken = true;
            self.fault(position, ChainFaultKind::PreviousRoot { expected: head.prev.root });
        }
        if (head.kind == "case.create") != (position == 0) {
            self.fault(position, ChainFaultKind::Creation);
        }
    }
    fn fault(&mut self, position: u64, kind: ChainFaultKind) {
        self.faults.push(ChainFault { position, kind });
    }

    pub fn faults(&self) -> &[ChainFault] {
        &self.faults
    }
    pub fn head(&self) -> TreeHead {
        self.tree.head()
    }
    /// The tree over the entries given so far, for proofs.
    pub fn tree(&self) -> &MemoryTree {
        &self.tree
    }

    /// Whether the ledger still begins with what a checkpoint, kept here or elsewhere, says.
    pub fn compare(&self, checkpoint: &Checkpoint) -> Anchor {
        if checkpoint.case != self.case {
            return Anchor::OtherCase;
        }
        self.compare_head(&checkpoint.head)
    }
    /// As `compare`, for a bare size and root, such as a printed one.
    pub fn compare_head(&self, kept: &TreeHead) -> Anchor {
        match self.tree.head_at(kept.size) {
            None => Anchor::Truncated { entries: self.tree.size() },
            Some(now) if now == *kept => Anchor::Holds,
            Some(_) => Anchor::Rewritten,
        }
    }
}

/// How the ledger stands to a kept checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Every entry up to the checkpoint is the same.
    Holds,
    /// Some entry up to the checkpoint was changed: rewritten, or another branch of the case.
    Rewritten,
    /// The ledger is shorter than the checkpoint: entries were cut off, or this is an older copy.
    Truncated {
        entries: u64,
    },
    OtherCase,
}

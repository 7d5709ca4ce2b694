//! Files whose bytes lie past the end of the evidence, as in an image that was cut short.

use super::Walk;
use crate::Note;
use model::{Code, ContentState, FileEntry, Stop, Stream};

/// The rule of a content that was called readable until the evidence turned out too short for it.
pub const CUT_RULE: &str = "the evidence ends before the content does";

/// Passes a walk on. Content that the evidence does not reach is unknown, whatever the bitmap says of it,
/// and a note at the end counts such files.
pub struct Reach<'w> {
    inner: &'w mut dyn Walk,
    /// Bytes of the volume that are there.
    end: u64,
    cut: u64,
    first: Vec<u8>,
}

impl<'w> Reach<'w> {
    pub fn new(inner: &'w mut dyn Walk, end: u64) -> Self {
        Self { inner, end, cut: 0, first: Vec::new() }
    }

    /// After the walk.
    pub fn finish(self) -> Result<(), Stop> {
        if self.cut == 0 {
            return Ok(());
        }
        let expected = format!("the content of every file before byte {} of the volume, where the evidence ends", self.end);
        let found = match self.cut {
            1 => "a file that lies past it, at least in part".to_owned(),
            n => format!("{n} files that lie past it, at least in part; this is the first"),
        };
        let mut note = Note::new(Code::Truncated, self.first, expected, found);
        note.count = self.cut;
        self.inner.note(note)
    }

    fn lacks(&self, stream: &Stream) -> bool {
        // A compressed stream is shorter on the volume than its size; its last unit may be cut all the same.
        let size = if stream.flags.compressed { u64::MAX } else { stream.size.min(stream.initialized) };
        let mut at = 0u64;
        for run in &stream.runs {
            let used = run.length.min(size.saturating_sub(at));
            if used > 0 && run.offset.is_some_and(|o| o.saturating_add(used) > self.end) {
                return true;
            }
            at = at.saturating_add(run.length);
        }
        false
    }
}

impl Walk for Reach<'_> {
    fn entry(&mut self, entry: &FileEntry) -> Result<(), Stop> {
        if !entry.streams.iter().any(|s| self.lacks(s)) {
            return self.inner.entry(entry);
        }
        if self.cut == 0 {
            self.first.clone_from(&entry.path);
        }
        self.cut = self.cut.saturating_add(1);
        let mut entry = entry.clone();
        if matches!(entry.verdict.content, ContentState::Intact | ContentState::PartlyOverwritten) {
            entry.verdict.content = ContentState::Unknown;
            entry.verdict.content_rule = CUT_RULE;
        }
        self.inner.entry(&entry)
    }
    fn note(&mut self, note: Note) -> Result<(), Stop> {
        self.inner.note(note)
    }
}

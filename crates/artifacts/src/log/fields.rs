//! Which field of a record means what: slots by name, roles over slots, texts joined of several.

use super::json_lines::PathTree;
use super::time::TimeFormat;
use model::Action;

/// The wanted fields of a record. A slot holds one field; the slots behind those of `names` hold
/// what `joins` make of them.
#[derive(Clone, Debug)]
pub(crate) struct FieldMap {
    pub names: Vec<String>,
    /// The slots by their JSON paths; those inside `nested` are not among them.
    pub tree: PathTree,
    pub joins: Vec<Join>,
    pub time: TimeFormat,
    /// For each role, in the order of `Role::ALL`, the slots that may hold it; the first that
    /// does is taken.
    pub roles: Vec<Vec<usize>>,
    /// Further fields that are kept: name in the row, slots that may hold it.
    pub keep: Vec<(String, Vec<usize>)>,
    /// Of each list one must be there, else the record is not of the profile.
    pub require: Vec<Vec<usize>>,
    /// Fields whose text, or object, holds others; what is in it stands for what is beside it.
    pub nested: Vec<Nested>,
    /// Slots whose text may name another action than the profile's, and which.
    pub actions: Option<NamedActions>,
}

/// Slots that name an action, and which text stands for which.
pub(crate) type NamedActions = (Vec<usize>, Vec<(Vec<u8>, Action)>);

/// A field whose text is JSON: `AuditData` of a CSV, `CloudTrailEvent` of a look-up.
#[derive(Clone, Debug)]
pub(crate) struct Nested {
    pub slot: usize,
    /// Paths within the text, to slots of the map.
    pub tree: PathTree,
    pub slots: Vec<usize>,
}

/// Fields with literal text between them: `{date} {time}`, `{stem}?{query}`. A field that is
/// absent takes the text before it with it; without any field there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    pub parts: Vec<(Vec<u8>, usize)>,
    pub tail: Vec<u8>,
}

impl Join {
    /// `slot` gives the number of a field's slot.
    pub fn new(text: &str, mut slot: impl FnMut(&str) -> usize) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a \"{\" has no \"}\"")?;
            if name.is_empty() {
                return Err("a field between braces has no name".to_owned());
            }
            parts.push((before.as_bytes().to_vec(), slot(name)));
            rest = after;
        }
        Ok(Self { parts, tail: rest.as_bytes().to_vec() })
    }

    /// Appends the joined text; false where no field was there. `text` says of a slot whether its
    /// range is one of `out` or of `line`.
    pub fn write(&self, text: impl Fn(usize) -> Option<(bool, usize, usize)>, line: &[u8], out: &mut Vec<u8>) -> bool {
        let mut any = false;
        for (before, slot) in &self.parts {
            let Some((in_out, from, to)) = text(*slot) else { continue };
            // Space between two fields goes with either.
            if any || !before.trim_ascii().is_empty() {
                out.extend_from_slice(before);
            }
            any = true;
            if in_out {
                if from <= to && to <= out.len() {
                    out.extend_from_within(from..to);
                }
            } else {
                out.extend_from_slice(line.get(from..to).unwrap_or_default());
            }
        }
        if any {
            out.extend_from_slice(&self.tail);
        }
        any
    }
}

impl FieldMap {
    /// Slots, those of joins included.
    pub fn slots(&self) -> usize {
        self.names.len().saturating_add(self.joins.len())
    }

    /// The slots of fields among `slots`, and those that joins among them are made of.
    pub fn parts_of(&self, slots: &[usize]) -> Vec<usize> {
        let parts = |slot: &usize| match slot.checked_sub(self.names.len()).and_then(|j| self.joins.get(j)) {
            Some(join) => join.parts.iter().map(|(_, s)| *s).collect(),
            None => vec![*slot],
        };
        slots.iter().flat_map(parts).collect()
    }

    /// The slot of each column: names are compared without regard to case.
    pub fn columns(&self, names: &[Vec<u8>]) -> Vec<Option<usize>> {
        names.iter().map(|n| self.names.iter().position(|s| s.as_bytes().eq_ignore_ascii_case(n))).collect()
    }

    /// Whether columns of these names can give what the map requires.
    pub fn fits(&self, names: &[Vec<u8>]) -> bool {
        let there = self.columns(names);
        let has = |slot: &usize| {
            let join = slot.checked_sub(self.names.len()).and_then(|j| self.joins.get(j));
            match join {
                Some(j) => j.parts.iter().any(|(_, s)| there.contains(&Some(*s))),
                None => there.contains(&Some(*slot)),
            }
        };
        self.require.iter().all(|any| any.iter().any(has))
    }
}

//! Which fields are masked. A kind masks its fields, and any other field of any row in the package in
//! which a masked value stands: a target that names the subject, a referrer, a path.

use crate::error::{CaseError, Result};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use ledger::package::PackageTable;
use ledger::{ProofField, ProofRow};
use std::collections::BTreeSet;

/// A kind of thing that is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mask {
    /// Whose data a request is about.
    Subject,
    /// Who acted: accounts and keys.
    Actor,
    /// Addresses, agents and all else in the detail of an event.
    Address,
    /// Targets of requests, and paths that events name.
    Object,
    /// Paths of files, where sources lie, and details of files.
    Path,
    /// What findings quote.
    Text,
    /// Every field but those of sources.
    All,
}

impl Mask {
    pub const EACH: [Self; 7] = [Self::Subject, Self::Actor, Self::Address, Self::Object, Self::Path, Self::Text, Self::All];

    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Actor => "actor",
            Self::Address => "address",
            Self::Object => "object",
            Self::Path => "path",
            Self::Text => "text",
            Self::All => "all",
        }
    }
    /// Names with commas between; several kinds may be given.
    pub fn read(text: &str) -> Result<Vec<Self>> {
        let mut masks = Vec::new();
        for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let known = Self::EACH.into_iter().find(|m| m.name() == name);
            let names = Self::EACH.map(Self::name).join(", ");
            masks.push(known.ok_or_else(|| CaseError::BadFilter(format!("{name} can not be masked; one can: {names}")))?);
        }
        masks.sort_unstable();
        masks.dedup();
        Ok(masks)
    }

    fn covers(self, table: PackageTable, field: &str) -> bool {
        use PackageTable as T;
        match self {
            Self::Subject => table == T::Event && field == "subject",
            Self::Actor => table == T::Event && field == "actor",
            Self::Address => table == T::Event && field == "detail",
            Self::Object => table == T::Event && field == "object",
            Self::Path => {
                matches!((table, field), (T::File, "path" | "detail") | (T::Source, "locator" | "detail") | (T::Event, "object"))
            }
            Self::Text => table == T::Finding && matches!(field, "place" | "says"),
            Self::All => table != T::Source,
        }
    }
}

/// Whether a kind masks this field by itself.
pub fn is_masked(masks: &[Mask], table: PackageTable, field: usize) -> bool {
    table.fields().get(field).is_some_and(|name| masks.iter().any(|m| m.covers(table, name)))
}

/// Text of a value as other fields would have it: an integer in decimal.
pub fn value_text(tag: u8, value: &[u8]) -> Vec<u8> {
    match (tag, <[u8; 8]>::try_from(value)) {
        (3, Ok(bytes)) => i64::from_le_bytes(bytes).to_string().into_bytes(),
        _ => value.to_vec(),
    }
}

/// Most bytes of masked values that are looked for.
const MOST_VALUES: usize = 256 << 20;

/// The masked values of a package, to be looked for wherever something is shown.
#[derive(Default)]
pub struct Values {
    all: BTreeSet<Vec<u8>>,
    bytes: usize,
}

impl Values {
    /// Takes the masked values of a row.
    pub fn add(&mut self, masks: &[Mask], table: PackageTable, row: &ProofRow) -> Result<()> {
        for (n, field) in row.fields.iter().enumerate() {
            let ProofField::Shown { tag, value, .. } = field else { continue };
            if is_masked(masks, table, n) {
                // A detail is many values: each text in it is one.
                let values = if table.fields().get(n) == Some(&"detail") { texts(value) } else { vec![value_text(*tag, value)] };
                for value in values.into_iter().filter(|v| !v.is_empty()) {
                    let bytes = value.len();
                    if self.all.insert(value) {
                        self.bytes += bytes;
                    }
                }
            }
        }
        if self.bytes > MOST_VALUES {
            return Err(CaseError::BadFilter("more masked values than can be looked for: choose fewer rows".into()));
        }
        Ok(())
    }

    pub fn finder(self) -> Result<Finder> {
        if self.all.is_empty() {
            return Ok(Finder(None));
        }
        let built = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(&self.all)
            .map_err(|e| CaseError::BadFilter(format!("the masked values can not be looked for: {e}")))?;
        Ok(Finder(Some(built)))
    }
}

/// Texts of a canonical JSON value that may name someone: not its keys, numbers as they are written.
fn texts(json: &[u8]) -> Vec<Vec<u8>> {
    fn walk(value: &serde_json::Value, out: &mut Vec<Vec<u8>>) {
        match value {
            serde_json::Value::String(s) => out.push(s.clone().into_bytes()),
            serde_json::Value::Array(list) => list.iter().for_each(|v| walk(v, out)),
            serde_json::Value::Object(map) => map.values().for_each(|v| walk(v, out)),
            // Sizes and states are in every row; as masked values they would mask all there is.
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Ok(value) = serde_json::from_slice(json) {
        walk(&value, &mut out);
    }
    // Words such as GET or HTTP/1.1 name nobody.
    out.retain(|t| t.len() >= 6 && t.iter().any(u8::is_ascii_digit));
    out
}

/// Looks for masked values.
pub struct Finder(Option<AhoCorasick>);

impl Finder {
    /// Whether a masked value stands in the bytes by itself: a number is not found within a longer one.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let Some(finder) = &self.0 else { return false };
        let word = |at: Option<usize>| at.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
        finder.find_overlapping_iter(bytes).any(|found| {
            let inner = bytes.get(found.start()).is_some_and(u8::is_ascii_alphanumeric) && word(found.start().checked_sub(1));
            let outer = bytes.get(found.end() - 1).is_some_and(u8::is_ascii_alphanumeric) && word(Some(found.end()));
            !inner && !outer
        })
    }
}

/// Leaves the commitments of masked fields in their place; what they were, by number of the field.
pub fn mask(masks: &[Mask], finder: &Finder, table: PackageTable, row: &mut ProofRow) -> Vec<(u8, ProofField)> {
    let mut masked = Vec::new();
    for (n, field) in (0u8..).zip(&mut row.fields) {
        let ProofField::Shown { tag, value, .. } = &*field else { continue };
        // Null says nothing but that nothing is there.
        if *tag == 0 {
            continue;
        }
        if is_masked(masks, table, usize::from(n)) || finder.is_in(&value_text(*tag, value)) {
            let Some(commitment) = field.commitment(n) else { continue };
            masked.push((n, std::mem::replace(field, ProofField::Masked(commitment))));
        }
    }
    masked
}

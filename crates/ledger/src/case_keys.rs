//! Which keys are the case's, by its entries, and what the signatures of a checkpoint say.

use crate::{Checkpoint, Entry, Json, NoteSigner, VerifierKey, base64_decode, base64_encode};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What both keys of a rotation sign.
pub fn rotation_text(case: &str, seq: u64, old: &VerifierKey, new: &VerifierKey) -> String {
    format!("casebook key rotation\n{case}\n{seq}\n{old}\n{new}\n")
}

/// Members of a `key.rotate` entry that will be number `seq`.
pub fn rotation_members(case: &str, seq: u64, old: &NoteSigner, new: &NoteSigner) -> Vec<(&'static str, Json)> {
    let text = rotation_text(case, seq, old.key(), new.key());
    let signature = |signer: &NoteSigner| Json::Text(base64_encode(&signer.sign(text.as_bytes())));
    vec![
        ("old", Json::Text(old.key().to_string())),
        ("new", Json::Text(new.key().to_string())),
        ("signatures", Json::List(vec![signature(old), signature(new)])),
    ]
}

/// What is wrong with an entry about keys, and which entry. It changes no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFault {
    /// Position in the ledger, from 0.
    pub entry: u64,
    pub kind: KeyFaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFaultKind {
    /// A member is missing, or is no key.
    Member(&'static str),
    /// The key is or was one of the case's already.
    Known(VerifierKey),
    /// A key is rotated or revoked that is none of the case's then.
    NotTheCases(VerifierKey),
    /// A key is revoked that was revoked, or was rotated away.
    RevokedAgain(VerifierKey),
    /// A signature of a rotation does not verify with this key, which is the old or the new one.
    RotationSignature(VerifierKey),
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}: ", self.entry)?;
        match &self.kind {
            KeyFaultKind::Member(name) => write!(f, "the member `{name}` is missing or no key"),
            KeyFaultKind::Known(key) => write!(f, "{key} is or was a key of the case already"),
            KeyFaultKind::NotTheCases(key) => write!(f, "{key} is no key of the case"),
            KeyFaultKind::RevokedAgain(key) => write!(f, "{key} was revoked or replaced before"),
            KeyFaultKind::RotationSignature(key) => write!(f, "the rotation is not signed by {key}"),
        }
    }
}
impl std::error::Error for KeyFault {}

/// How long a key is the case's: after `from` entries, and no longer after `until`.
struct Tenure {
    key: VerifierKey,
    from: u64,
    until: Option<u64>,
}

impl Tenure {
    fn holds(&self, size: u64) -> bool {
        self.from <= size && self.until.is_none_or(|until| size < until)
    }
}

/// The keys of a case after any number of its entries.
pub struct CaseKeys {
    case: String,
    /// In the order in which they became the case's.
    tenures: Vec<Tenure>,
    /// Places in `tenures`, by what a signature line names.
    named: BTreeMap<(String, [u8; 4]), Vec<usize>>,
    /// Number of keys after a number of entries, where it changes.
    counts: Vec<(u64, usize)>,
    held: usize,
    faults: Vec<KeyFault>,
}

impl CaseKeys {
    /// `case`: the UUID that rotations are signed for.
    pub fn new(case: &str) -> Self {
        let (tenures, counts, faults) = (Vec::new(), Vec::new(), Vec::new());
        Self { case: case.to_owned(), tenures, named: BTreeMap::new(), counts, held: 0, faults }
    }

    /// The keys by the entries of a ledger, in their order.
    pub fn replay<'e>(case: &str, entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut keys = Self::new(case);
        for (position, entry) in (0..).zip(entries) {
            keys.push(position, entry);
        }
        keys
    }

    /// Takes the entry at a position, which lies after those taken before. Entries that are not
    /// about keys change nothing.
    pub fn push(&mut self, position: u64, entry: &Entry) {
        let done = match entry.head.kind.as_str() {
            "case.create" => match entry.get("key") {
                None | Some(Json::Null) => Ok(()),
                Some(_) => self.add(position, entry, "key").map(drop),
            },
            "key.add" => self.add(position, entry, "key").map(drop),
            "key.rotate" => self.rotate(position, entry),
            "key.revoke" => self.revoke(position, entry),
            _ => return,
        };
        match done {
            Ok(()) => self.counts.push((position.saturating_add(1), self.held)),
            Err(kind) => self.faults.push(KeyFault { entry: position, kind }),
        }
    }

    fn add(&mut self, position: u64, entry: &Entry, member: &'static str) -> Result<(), KeyFaultKind> {
        let key = key_of(entry, member)?;
        match self.find(&key) {
            Some(_) => Err(KeyFaultKind::Known(key)),
            None => {
                self.begin(position, key);
                Ok(())
            }
        }
    }

    fn rotate(&mut self, position: u64, entry: &Entry) -> Result<(), KeyFaultKind> {
        let (old, new) = (key_of(entry, "old")?, key_of(entry, "new")?);
        let place = self.current(&old)?;
        if self.find(&new).is_some() {
            return Err(KeyFaultKind::Known(new));
        }
        let signatures: Option<Vec<Vec<u8>>> = entry
            .get("signatures")
            .and_then(Json::as_list)
            .filter(|list| list.len() == 2)
            .and_then(|list| list.iter().map(|s| base64_decode(s.as_text()?)).collect());
        let signatures = signatures.ok_or(KeyFaultKind::Member("signatures"))?;
        let text = rotation_text(&self.case, position, &old, &new);
        for (key, signature) in [&old, &new].into_iter().zip(&signatures) {
            if !key.verifies(text.as_bytes(), signature) {
                return Err(KeyFaultKind::RotationSignature(key.clone()));
            }
        }
        self.end(position, place);
        self.begin(position, new);
        Ok(())
    }

    fn revoke(&mut self, position: u64, entry: &Entry) -> Result<(), KeyFaultKind> {
        let key = key_of(entry, "key")?;
        let place = match (self.find(&key), self.current(&key)) {
            (Some(_), Err(_)) => return Err(KeyFaultKind::RevokedAgain(key)),
            (_, place) => place?,
        };
        self.end(position, place);
        Ok(())
    }

    fn begin(&mut self, position: u64, key: VerifierKey) {
        self.named.entry((key.name().to_owned(), key.id())).or_default().push(self.tenures.len());
        self.held = self.held.saturating_add(1);
        self.tenures.push(Tenure { key, from: position.saturating_add(1), until: None });
    }
    fn end(&mut self, position: u64, place: usize) {
        if let Some(tenure) = self.tenures.get_mut(place) {
            self.held = self.held.saturating_sub(1);
            tenure.until = Some(position.saturating_add(1));
        }
    }

    /// Tenures of keys that a line with this name and id may mean.
    fn named(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = (usize, &Tenure)> {
        let places = self.named.get(&(name.to_owned(), id)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| Some((*place, self.tenures.get(*place)?)))
    }
    fn find(&self, key: &VerifierKey) -> Option<(usize, &Tenure)> {
        self.named(key.name(), key.id()).find(|(_, t)| t.key == *key)
    }
    fn current(&self, key: &VerifierKey) -> Result<usize, KeyFaultKind> {
        let held = self.find(key).filter(|(_, t)| t.until.is_none());
        held.map(|(place, _)| place).ok_or_else(|| KeyFaultKind::NotTheCases(key.clone()))
    }

    pub fn faults(&self) -> &[KeyFault] {
        &self.faults
    }
    /// The keys that are the case's after `size` entries, oldest first.
    pub fn after(&self, size: u64) -> impl Iterator<Item = &VerifierKey> {
        self.tenures.iter().filter(move |t| t.holds(size)).map(|t| &t.key)
    }
    /// Whether a key is or ever was the case's.
    pub fn knows(&self, key: &VerifierKey) -> bool {
        self.find(key).is_some()
    }
    fn count_after(&self, size: u64) -> usize {
        let later = self.counts.partition_point(|(from, _)| *from <= size);
        later.checked_sub(1).and_then(|i| self.counts.get(i)).map_or(0, |(_, n)| *n)
    }

    /// What the signature lines of a checkpoint of this case say. Whether its root is that of the
    /// entries is `Chain::compare`'s to tell.
    pub fn judge(&self, checkpoint: &Checkpoint) -> Signed {
        let size = checkpoint.head.size;
        let mut by = BTreeSet::new();
        for (number, line) in checkpoint.signatures.iter().enumerate() {
            let Some(id) = line.bytes.get(..4).and_then(|id| <[u8; 4]>::try_from(id).ok()) else { continue };
            let mut held = self.named(&line.name, id).filter(|(_, t)| t.holds(size)).map(|(_, t)| &t.key).peekable();
            if held.peek().is_none() {
                continue;
            }
            match held.find(|key| key.signed(checkpoint, line)) {
                Some(key) => by.insert(key.clone()),
                None => return Signed::Forged { line: number.saturating_add(1), name: line.name.clone() },
            };
        }
        match (by.is_empty(), self.count_after(size)) {
            (false, _) => Signed::ByCase(by.into_iter().collect()),
            (true, 0) => Signed::NoKey,
            (true, _) => Signed::NotByCase,
        }
    }
}

fn key_of(entry: &Entry, member: &'static str) -> Result<VerifierKey, KeyFaultKind> {
    let text = entry.get(member).and_then(Json::as_text).ok_or(KeyFaultKind::Member(member))?;
    VerifierKey::read(text).map_err(|_| KeyFaultKind::Member(member))
}

/// What the signature lines of a checkpoint say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Lines verify with these keys, which are the case's after its entries.
    ByCase(Vec<VerifierKey>),
    /// The case has a key then, and no line is by it.
    NotByCase,
    /// The case has no key then: the checkpoint is unsigned, whatever others wrote under it.
    NoKey,
    /// A line (counted from 1) names a key of the case and is not its signature.
    Forged { line: usize, name: String },
}
